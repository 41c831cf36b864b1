//! MP4s to download.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{Path, State as Shared};
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use super::video;
use crate::envelope::{Failure, Outcome, Reply};
use crate::host::Host;
use crate::video::{State, Video};

type Parts = Path<HashMap<String, String>>;

fn found(host: &Host, path: &HashMap<String, String>) -> Outcome<Video> {
    video(host, path.get("uid").map_or("", String::as_str))
}

/// MP4s that are made at the same time.
static MAKING: Semaphore = Semaphore::const_new(1);

/// Makes the MP4. Nothing is encoded: it takes about as long as copying it does.
pub(super) async fn create(Shared(host): Shared<Arc<Host>>, Path(path): Parts) -> Outcome<Reply<Value>> {
    let video = found(&host, &path)?;
    if video.state != State::Ready {
        return Err(Failure::conflict("the video is not ready to be downloaded"));
    }
    let turn = MAKING.acquire().await;
    let made = spawn_blocking(move || -> Outcome<Value> {
        let _turn = turn;
        let path = host.download_path(&video.uid);
        if video.downloadable && path.exists() {
            return Ok(told(&host, &video));
        }
        let folder = host.package_path(&video.uid);
        vodkit::Package::open(Arc::new(vodkit::DirSink::open(&folder)?))?.save_mp4(None, &path)?;
        match host.store.change(&video.uid, |video| video.downloadable = true)? {
            Some(video) => Ok(told(&host, &video)),
            None => {
                // Deleted meanwhile.
                host.remove_files(&video.uid);
                Err(Failure::not_found("video"))
            }
        }
    });
    made.await.map_err(Failure::internal)?.map(Reply)
}

pub(super) async fn get(Shared(host): Shared<Arc<Host>>, Path(path): Parts) -> Outcome<Reply<Value>> {
    let video = found(&host, &path)?;
    Ok(Reply(told(&host, &video)))
}

pub(super) async fn delete(Shared(host): Shared<Arc<Host>>, Path(path): Parts) -> Outcome<Reply<&'static str>> {
    let video = found(&host, &path)?;
    host.store.change(&video.uid, |video| video.downloadable = false)?;
    match std::fs::remove_file(host.download_path(&video.uid)) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(Failure::not_found("download")),
        done => Ok(done.map(|()| Reply(""))?),
    }
}

fn told(host: &Host, video: &Video) -> Value {
    if !video.downloadable {
        return json!({});
    }
    let url = format!("{}/{}/downloads/default.mp4", host.config.address, video.uid);
    json!({ "default": { "status": "ready", "url": url, "percentComplete": 100.0 } })
}
