//! Downloads: MP4s of finished videos.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{Path, State as Shared};
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use super::video;
use crate::envelope::{ApiError, ApiResult, Reply};
use crate::host::Host;
use crate::package;
use crate::video::{State, Video};

type PathParams = Path<HashMap<String, String>>;

fn found(host: &Host, path: &HashMap<String, String>) -> ApiResult<Video> {
    video(host, path.get("uid").map_or("", String::as_str))
}

/// MP4s that are written at the same time.
static WRITING: Semaphore = Semaphore::const_new(1);

/// Writes the MP4. Nothing is encoded: it takes about as long as copying the file.
pub(super) async fn create(Shared(host): Shared<Arc<Host>>, Path(path): PathParams) -> ApiResult<Reply<Value>> {
    let video = found(&host, &path)?;
    if video.state != State::Ready {
        return Err(ApiError::conflict("the video is not ready to be downloaded"));
    }
    let permit = WRITING.acquire().await;
    let made = spawn_blocking(move || -> ApiResult<Value> {
        let _permit = permit;
        let uid = &video.uid;
        package::check_changeable(&host, &video)?;
        let Some(video) = host.store.change(uid, |video| video.downloadable = true)? else {
            return Err(ApiError::not_found("video"));
        };
        if !host.download_path(uid).exists()
            && let Err(error) = package::save_mp4(&host, uid)
        {
            host.store.change(uid, |video| video.downloadable = false)?;
            return Err(error.into());
        }
        if host.store.state(uid)?.is_none() {
            // Deleted meanwhile.
            host.remove_files(uid);
            return Err(ApiError::not_found("video"));
        }
        to_json(&host, &video)
    });
    made.await.map_err(ApiError::internal)?.map(Reply)
}

pub(super) async fn get(Shared(host): Shared<Arc<Host>>, Path(path): PathParams) -> ApiResult<Reply<Value>> {
    to_json(&host, &found(&host, &path)?).map(Reply)
}

pub(super) async fn delete(Shared(host): Shared<Arc<Host>>, Path(path): PathParams) -> ApiResult<Reply<&'static str>> {
    let video = found(&host, &path)?;
    host.store.change(&video.uid, |video| video.downloadable = false)?;
    match std::fs::remove_file(host.download_path(&video.uid)) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(ApiError::not_found("download")),
        done => Ok(done.map(|()| Reply(""))?),
    }
}

fn to_json(host: &Host, video: &Video) -> ApiResult<Value> {
    if !video.downloadable {
        return Ok(json!({}));
    }
    let url = format!("{}/{}/downloads/default.mp4", host.config.public_url, video.uid);
    let (status, percent) = match host.download_path(&video.uid).exists() {
        true => ("ready", 100.0),
        // It is written when the package has been made anew.
        false if host.store.is_outdated(&video.uid)? => ("inprogress", 0.0),
        false => ("error", 0.0),
    };
    Ok(json!({ "default": { "status": status, "url": url, "percentComplete": percent } }))
}
