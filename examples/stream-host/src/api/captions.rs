//! Captions of a video.

use std::collections::HashMap;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{FromRequest, Multipart, Path, Request, State as Shared};
use axum::http::header;
use axum::response::IntoResponse;
use serde_json::{Value, json};
use tokio::task::spawn_blocking;

use super::{object, text, video};
use crate::envelope::{ApiError, ApiResult, Reply};
use crate::host::Host;
use crate::package;
use crate::store::Caption;
use crate::video::{State, Video};

/// The maximum of a plan.
const MAX_LANGUAGES: usize = 64;

type PathParams = Path<HashMap<String, String>>;

fn param<'a>(path: &'a HashMap<String, String>, name: &str) -> &'a str {
    path.get(name).map_or("", String::as_str)
}

/// Adds or replaces the captions in a language: a form with the file, or JSON.
pub(super) async fn put(
    Shared(host): Shared<Arc<Host>>,
    Path(path): PathParams,
    request: Request,
) -> ApiResult<Reply<Value>> {
    let video = video(&host, param(&path, "uid"))?;
    let language = param(&path, "language").to_owned();
    let (webvtt, label) = content(request).await?;
    let label = label.unwrap_or_else(|| language.clone());
    let caption = Caption { language, label, webvtt };
    let done = spawn_blocking(move || {
        // Everything is checked before anything is stored.
        package::check_changeable(&host, &video)?;
        let Caption { language, label, webvtt } = &caption;
        let whole = vodkit::Captions::new(language.clone(), label.clone(), webvtt.clone());
        whole.check()?;
        let _guard = host.captions();
        let others = host.store.captions(&video.uid)?;
        let others: Vec<_> = others.iter().filter(|other| !other.language.eq_ignore_ascii_case(language)).collect();
        if others.iter().any(|other| other.label == *label) {
            return Err(ApiError::conflict(format!("there are captions called \"{label}\" already")));
        }
        if others.len() >= MAX_LANGUAGES {
            return Err(ApiError::conflict("there are captions in 64 languages already"));
        }
        if !host.store.put_captions(&video.uid, &caption)? {
            return Err(ApiError::not_found("video"));
        }
        update(&host, &video)?;
        to_json(&host, &video, &caption)
    });
    done.await.map_err(ApiError::internal)?.map(Reply)
}

async fn content(request: Request) -> ApiResult<(String, Option<String>)> {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let missing = || ApiError::bad_request("file is missing: the captions in WebVTT");
    if !kind.starts_with("multipart/form-data") {
        let body = object(&Bytes::from_request(request, &()).await?)?;
        let file = text(&body, "file")?.ok_or_else(missing)?;
        return Ok((file.to_owned(), text(&body, "label")?.map(str::to_owned)));
    }
    let mut form = Multipart::from_request(request, &()).await?;
    let (mut file, mut label) = (None, None);
    while let Some(field) = form.next_field().await? {
        let name = field.name().unwrap_or_default().to_owned();
        let text = field.text().await?;
        match name.as_str() {
            "file" => file = Some(text),
            "label" => label = Some(text),
            _ => {}
        }
    }
    Ok((file.ok_or_else(missing)?, label))
}

/// Updates a finished package. One that is being made gets its captions at the end.
fn update(host: &Host, video: &Video) -> ApiResult<()> {
    match host.store.video(&video.uid)? {
        Some(video) if video.state == State::Ready => Ok(package::update_captions(host, &video.uid)?),
        _ => Ok(()),
    }
}

pub(super) async fn list(Shared(host): Shared<Arc<Host>>, Path(path): PathParams) -> ApiResult<Reply<Vec<Value>>> {
    let video = video(&host, param(&path, "uid"))?;
    let captions = host.store.captions(&video.uid)?;
    captions.iter().map(|caption| to_json(&host, &video, caption)).collect::<ApiResult<_>>().map(Reply)
}

pub(super) async fn get(Shared(host): Shared<Arc<Host>>, Path(path): PathParams) -> ApiResult<Reply<Value>> {
    let (video, caption) = find(&host, &path)?;
    to_json(&host, &video, &caption).map(Reply)
}

pub(super) async fn vtt(Shared(host): Shared<Arc<Host>>, Path(path): PathParams) -> ApiResult<impl IntoResponse> {
    Ok(([(header::CONTENT_TYPE, "text/vtt; charset=utf-8")], find(&host, &path)?.1.webvtt))
}

fn find(host: &Host, path: &HashMap<String, String>) -> ApiResult<(Video, Caption)> {
    let video = video(host, param(path, "uid"))?;
    let all = host.store.captions(&video.uid)?;
    let found = all.into_iter().find(|caption| caption.language.eq_ignore_ascii_case(param(path, "language")));
    found.map(|caption| (video, caption)).ok_or_else(|| ApiError::not_found("caption file"))
}

pub(super) async fn delete(Shared(host): Shared<Arc<Host>>, Path(path): PathParams) -> ApiResult<Reply<&'static str>> {
    let video = video(&host, param(&path, "uid"))?;
    let language = param(&path, "language").to_owned();
    let removed = spawn_blocking(move || {
        package::check_changeable(&host, &video)?;
        let _guard = host.captions();
        if !host.store.remove_captions(&video.uid, &language)? {
            return Err(ApiError::not_found("caption file"));
        }
        update(&host, &video)
    });
    removed.await.map_err(ApiError::internal)??;
    Ok(Reply(""))
}

fn to_json(host: &Host, video: &Video, caption: &Caption) -> ApiResult<Value> {
    let uid = &video.uid;
    let status = match host.store.has_changed_captions(uid)? {
        false => "ready",
        // They come into the package when it is made, or made anew.
        true if video.state != State::Ready || host.store.is_outdated(uid)? => "inprogress",
        true => "error",
    };
    Ok(json!({ "language": caption.language, "label": caption.label, "generated": false, "status": status }))
}
