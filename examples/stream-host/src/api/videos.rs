//! Videos: from a link, as part of another, listed, changed, deleted.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State as Shared};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};
use tokio::task::spawn_blocking;

use super::uploads::expiry;
use super::{object, text, video};
use crate::envelope::{Failure, Outcome, Reply};
use crate::host::{Host, is_uid};
use crate::store::Filter;
use crate::video::{Moment, Origin, State, Video, Wishes};

const MOST_LISTED: u32 = 1000;
const LONGEST_LINK: usize = 4096;
/// Seconds.
const SHORTEST_CLIP: f64 = 0.1;

type Account = Path<HashMap<String, String>>;

/// The video that a path names.
fn named(path: &HashMap<String, String>) -> &str {
    path.get("uid").map_or("", String::as_str)
}

/// From a link.
pub(super) async fn copy(Shared(host): Shared<Arc<Host>>, headers: HeaderMap, body: Bytes) -> Outcome<Reply<Value>> {
    let body = object(&body)?;
    // The newer name goes before the older one, as with the hosted API.
    let link = text(&body, "input")?.or(text(&body, "url")?);
    let link = link.ok_or_else(|| Failure::bad_request("url is missing: the link to a video file"))?;
    check_link("url", link)?;
    let mut wishes = wishes(&host, &headers, &body)?;
    wishes.meta.insert("downloaded-from".into(), link.into());
    let usual = link.split(['?', '#']).next().and_then(|path| path.rsplit('/').next()).unwrap_or_default();
    wishes.meta.entry("name").or_insert_with(|| usual.into());
    let video = Video::new(host.new_uid(), Origin::Link(link.into()), State::Downloading, wishes);
    admit(&host, &video)
}

/// Seconds of another video.
pub(super) async fn clip(Shared(host): Shared<Arc<Host>>, headers: HeaderMap, body: Bytes) -> Outcome<Reply<Value>> {
    let mut body = object(&body)?;
    // Null is what a clip has when nobody sets it: who may see it is as with the whole.
    body.retain(|name, value| !value.is_null() || name == "watermark");
    let uid = text(&body, "clippedFromVideoUID")?.unwrap_or_default();
    let of = video(&host, uid)?;
    let seconds = |name: &str| {
        let given = body.get(name).and_then(Value::as_f64).filter(|seconds| seconds.is_finite());
        given.ok_or_else(|| Failure::bad_request(format!("{name} must be a number of seconds")))
    };
    let (start, end) = (seconds("startTimeSeconds")?, seconds("endTimeSeconds")?);
    let length = of.duration.filter(|_| of.state == State::Ready);
    let length = length.ok_or_else(|| Failure::conflict("the video is not ready to be clipped"))?;
    if start < 0.0 || start >= length || end.min(length) - start < SHORTEST_CLIP {
        let message = format!("the clip must lie within the {length} seconds of the video, and last a tenth of one");
        return Err(Failure::bad_request(message));
    }
    let mut wishes = asked(&host, of.wishes.for_clips(), &headers, &body)?;
    if wishes.max_duration_seconds.is_some_and(|most| end.min(length) - start > f64::from(most)) {
        return Err(Failure::bad_request("the clip is longer than maxDurationSeconds"));
    }
    wishes.meta.entry("name").or_insert_with(|| of.name().into());
    // A clip of a clip is seconds of the first video, whose source it has.
    let (offset, limit) = match &of.origin {
        Origin::Clip { start, end, .. } => (*start, *end),
        _ => (0.0, f64::MAX),
    };
    let origin = Origin::Clip { of: of.uid, start: offset + start, end: (offset + end).min(limit) };
    admit(&host, &Video::new(host.new_uid(), origin, State::Downloading, wishes))
}

/// What a request that makes a video asks of it.
pub(super) fn wishes(host: &Host, headers: &HeaderMap, body: &Map<String, Value>) -> Outcome<Wishes> {
    asked(host, Wishes::default(), headers, body)
}

/// The same, where the video has some of it already.
fn asked(host: &Host, known: Wishes, headers: &HeaderMap, body: &Map<String, Value>) -> Outcome<Wishes> {
    let mut wishes = known.with(body)?.named(text(body, "name")?).marked(host, body)?;
    let creator = headers.get("upload-creator").and_then(|value| value.to_str().ok());
    wishes.creator = wishes.creator.or(creator.map(str::to_owned));
    Ok(wishes)
}

/// A link that can be one, and is no way to fill the database.
pub(super) fn check_link(name: &str, link: &str) -> Outcome<()> {
    let (scheme, rest) = link.split_once("://").unwrap_or(("", ""));
    let known = scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if !known || host.is_empty() || host.contains(char::is_whitespace) || link.len() > LONGEST_LINK {
        return Err(Failure::bad_request(format!("{name} must be an http or https link of at most 4096 bytes")));
    }
    Ok(())
}

fn admit(host: &Host, video: &Video) -> Outcome<Reply<Value>> {
    host.admit(video)?;
    host.wake();
    Ok(Reply(host.tell(video)))
}

pub(super) async fn get(Shared(host): Shared<Arc<Host>>, Path(path): Account) -> Outcome<Reply<Value>> {
    Ok(Reply(host.tell(&video(&host, named(&path))?)))
}

pub(super) async fn list(
    Shared(host): Shared<Arc<Host>>,
    Query(query): Query<HashMap<String, String>>,
) -> Outcome<Response> {
    let filter = filter(&query)?;
    let videos: Vec<Value> = host.store.videos(&filter)?.iter().map(|video| host.tell(video)).collect();
    let counts = query.get("include_counts").is_some_and(|wish| wish == "true");
    let range = counts.then_some(videos.len());
    let total = if counts { Some(host.store.videos(&Filter { limit: u32::MAX, ..filter })?.len()) } else { None };
    let answer = json!({
        "result": videos, "success": true, "errors": [], "messages": [], "total": total, "range": range,
    });
    Ok(Json(answer).into_response())
}

fn filter(query: &HashMap<String, String>) -> Outcome<Filter> {
    let moment = |name: &str| query.get(name).map(|text| Moment::parse(name, text)).transpose();
    let state = query.get("status").map(|name| {
        let found = State::ALL.into_iter().find(|state| state.name() == name);
        found.ok_or_else(|| {
            Failure::bad_request(format!("status must be one of {}", State::ALL.map(State::name).join(", ")))
        })
    });
    let limit = query.get("limit").map_or(Ok(MOST_LISTED), |limit| {
        let number = limit.parse().ok().filter(|number| (1..=MOST_LISTED).contains(number));
        number.ok_or_else(|| Failure::bad_request("limit must be 1 to 1000"))
    })?;
    let name = query.get("search").or(query.get("name")).or(query.get("video_name"));
    Ok(Filter {
        search: name.cloned(),
        state: state.transpose()?,
        creator: query.get("creator").cloned(),
        before: moment("before")?.or(moment("end")?),
        after: moment("after")?.or(moment("start")?),
        oldest_first: query.get("asc").is_some_and(|wish| wish == "true"),
        limit,
    })
}

pub(super) async fn edit(Shared(host): Shared<Arc<Host>>, Path(path): Account, body: Bytes) -> Outcome<Reply<Value>> {
    let request = object(&body)?;
    let found = video(&host, named(&path))?;
    if text(&request, "uid")?.is_some_and(|uid| uid != found.uid) {
        return Err(Failure::bad_request("uid is that of another video than the path's"));
    }
    let expiry = text(&request, "uploadExpiry")?.map(|text| expiry("uploadExpiry", text)).transpose()?;
    let mut refused = None;
    // On what is there now: another edit may have come in between.
    let checked = |wishes: &Wishes| wishes.with(&request).and_then(|wishes| wishes.check().map(|()| wishes));
    let changed = host.store.change(&found.uid, |video| match checked(&video.wishes) {
        Ok(wishes) => {
            (video.wishes, video.modified) = (wishes, Moment::now());
            video.upload_expiry = expiry.or(video.upload_expiry);
        }
        Err(failure) => refused = Some(failure),
    })?;
    match (refused, changed) {
        (Some(failure), _) => Err(failure),
        (None, changed) => Ok(Reply(host.tell(&changed.ok_or_else(|| Failure::not_found("video"))?))),
    }
}

/// Deletes a video, whatever is being done with it.
pub(super) async fn delete(Shared(host): Shared<Arc<Host>>, Path(path): Account) -> Outcome<Reply<Value>> {
    let uid = Some(named(&path).to_owned()).filter(|uid| is_uid(uid)).ok_or_else(|| Failure::not_found("video"))?;
    let removed = spawn_blocking(move || crate::removal::remove(&host, &uid)).await.map_err(Failure::internal)??;
    if removed { Ok(Reply(Value::Null)) } else { Err(Failure::not_found("video")) }
}

/// How many minutes there are.
pub(super) async fn usage(
    Shared(host): Shared<Arc<Host>>,
    Query(query): Query<HashMap<String, String>>,
) -> Outcome<Reply<Value>> {
    let creator = query.get("creator").map(String::as_str);
    let (minutes, count) = host.store.usage(creator)?;
    Ok(Reply(json!({
        "creator": creator, "totalStorageMinutes": minutes.ceil(), "totalStorageMinutesLimit": null, "videoCount": count,
    })))
}

/// What to put into a page so that it has the video.
pub(super) async fn embed(Shared(host): Shared<Arc<Host>>, Path(path): Account) -> Outcome<String> {
    let video = video(&host, named(&path))?;
    Ok(crate::page::embed_code(&host.config.address, &video.uid))
}
