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
use crate::envelope::{Failure, Outcome, Reply};
use crate::host::Host;
use crate::store::Caption;
use crate::video::Video;
use crate::work;

type Parts = Path<HashMap<String, String>>;

fn part<'a>(path: &'a HashMap<String, String>, name: &str) -> &'a str {
    path.get(name).map_or("", String::as_str)
}

/// Puts the captions in a language: a form with the file, or JSON.
pub(super) async fn put(Shared(host): Shared<Arc<Host>>, Path(path): Parts, request: Request) -> Outcome<Reply<Value>> {
    let video = video(&host, part(&path, "uid"))?;
    let language = part(&path, "language").to_owned();
    let (webvtt, label) = content(request).await?;
    let label = label.unwrap_or_else(|| language.clone());
    let caption = Caption { language, label, webvtt };
    let told = told(&caption);
    let done = spawn_blocking(move || {
        // The engine says whether it is WebVTT, before anything is kept.
        vodkit::Captions {
            language: caption.language.clone(),
            name: caption.label.clone(),
            webvtt: caption.webvtt.clone(),
        }
        .check()?;
        host.store.put_captions(&video.uid, &caption)?;
        apply(&host, &video)
    });
    done.await.map_err(Failure::internal)??;
    Ok(Reply(told))
}

async fn content(request: Request) -> Outcome<(String, Option<String>)> {
    let bad = |error: &dyn std::fmt::Display| Failure::bad_request(format!("the request cannot be read: {error}"));
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let missing = || Failure::bad_request("file is missing: the captions in WebVTT");
    if !kind.starts_with("multipart/form-data") {
        let body = Bytes::from_request(request, &()).await.map_err(|error| bad(&error))?;
        let body = object(&body)?;
        let file = text(&body, "file")?.ok_or_else(missing)?;
        return Ok((file.to_owned(), text(&body, "label")?.map(str::to_owned)));
    }
    let mut form = Multipart::from_request(request, &()).await.map_err(|error| bad(&error))?;
    let (mut file, mut label) = (None, None);
    while let Some(field) = form.next_field().await.map_err(|error| bad(&error))? {
        let name = field.name().unwrap_or_default().to_owned();
        let text = field.text().await.map_err(|error| bad(&error))?;
        match name.as_str() {
            "file" => file = Some(text),
            "label" => label = Some(text),
            _ => {}
        }
    }
    Ok((file.ok_or_else(missing)?, label))
}

/// Brings a finished package to what the database has; one that is being made comes to it at its end.
fn apply(host: &Host, video: &Video) -> Outcome<()> {
    let folder = host.package_path(&video.uid);
    let current = host.store.video(&video.uid)?.ok_or_else(|| Failure::not_found("video"))?;
    if current.state != crate::video::State::Ready {
        return Ok(());
    }
    let plan = vodkit::Plan::from_json(&std::fs::read_to_string(folder.join(vodkit::engine::PLAN_KEY))?)?;
    let plan = work::with_captions(host, &video.uid, &plan)?;
    let sink: vodkit::SharedSink = Arc::new(vodkit::DirSink::open(&folder)?);
    Ok(vodkit::update_package(&plan, &sink)?)
}

pub(super) async fn list(Shared(host): Shared<Arc<Host>>, Path(path): Parts) -> Outcome<Reply<Vec<Value>>> {
    let video = video(&host, part(&path, "uid"))?;
    Ok(Reply(host.store.captions(&video.uid)?.iter().map(told).collect()))
}

pub(super) async fn get(Shared(host): Shared<Arc<Host>>, Path(path): Parts) -> Outcome<Reply<Value>> {
    Ok(Reply(told(&find(&host, &path)?)))
}

pub(super) async fn vtt(Shared(host): Shared<Arc<Host>>, Path(path): Parts) -> Outcome<impl IntoResponse> {
    Ok(([(header::CONTENT_TYPE, "text/vtt; charset=utf-8")], find(&host, &path)?.webvtt))
}

fn find(host: &Host, path: &HashMap<String, String>) -> Outcome<Caption> {
    let video = video(host, part(path, "uid"))?;
    let all = host.store.captions(&video.uid)?;
    let own = all.into_iter().find(|caption| caption.language == part(path, "language"));
    own.ok_or_else(|| Failure::not_found("captions"))
}

pub(super) async fn delete(Shared(host): Shared<Arc<Host>>, Path(path): Parts) -> Outcome<Reply<&'static str>> {
    let video = video(&host, part(&path, "uid"))?;
    if !host.store.remove_captions(&video.uid, part(&path, "language"))? {
        return Err(Failure::not_found("captions"));
    }
    spawn_blocking(move || apply(&host, &video)).await.map_err(Failure::internal)??;
    Ok(Reply(""))
}

fn told(caption: &Caption) -> Value {
    json!({ "language": caption.language, "label": caption.label, "generated": false, "status": "ready" })
}
