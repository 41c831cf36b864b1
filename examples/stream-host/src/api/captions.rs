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
use crate::video::{State, Video};
use crate::work;

/// What a plan can have.
const MOST_LANGUAGES: usize = 64;

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
        // What is wrong is said before anything is kept.
        let Caption { language, label, webvtt } = &caption;
        vodkit::Captions::new(language, label, webvtt).check()?;
        let _turn = host.captions();
        let others = host.store.captions(&video.uid)?;
        let others: Vec<_> = others.iter().filter(|other| !other.language.eq_ignore_ascii_case(language)).collect();
        if others.iter().any(|other| other.label == *label) {
            return Err(Failure::conflict(format!("there are captions called \"{label}\" already")));
        }
        if others.len() >= MOST_LANGUAGES {
            return Err(Failure::conflict("there are captions in 64 languages already"));
        }
        if !host.store.put_captions(&video.uid, &caption)? {
            return Err(Failure::not_found("video"));
        }
        apply(&host, &video)
    });
    done.await.map_err(Failure::internal)??;
    Ok(Reply(told))
}

async fn content(request: Request) -> Outcome<(String, Option<String>)> {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let missing = || Failure::bad_request("file is missing: the captions in WebVTT");
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

/// Brings a finished package to what the database has; one that is being made comes to it at its end.
fn apply(host: &Host, video: &Video) -> Outcome<()> {
    match host.store.video(&video.uid)? {
        Some(video) if video.state == State::Ready => Ok(work::apply_captions(host, &video.uid)?),
        _ => Ok(()),
    }
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
    let own = all.into_iter().find(|caption| caption.language.eq_ignore_ascii_case(part(path, "language")));
    own.ok_or_else(|| Failure::not_found("caption file"))
}

pub(super) async fn delete(Shared(host): Shared<Arc<Host>>, Path(path): Parts) -> Outcome<Reply<&'static str>> {
    let video = video(&host, part(&path, "uid"))?;
    let language = part(&path, "language").to_owned();
    let removed = spawn_blocking(move || {
        let _turn = host.captions();
        if !host.store.remove_captions(&video.uid, &language)? {
            return Err(Failure::not_found("caption file"));
        }
        apply(&host, &video)
    });
    removed.await.map_err(Failure::internal)??;
    Ok(Reply(""))
}

fn told(caption: &Caption) -> Value {
    json!({ "language": caption.language, "label": caption.label, "generated": false, "status": "ready" })
}
