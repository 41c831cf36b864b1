//! Videos: from a link or as a clip of another; list, change, delete.

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
use crate::envelope::{ApiError, ApiResult, Reply};
use crate::host::{Host, is_uid};
use crate::store::Filter;
use crate::video::{Origin, State, Timestamp, Video, VideoSettings};

const MAX_LISTED: u32 = 1000;
const MAX_LINK: usize = 4096;
/// Minimum duration of a clip in seconds.
const MIN_CLIP: f64 = 0.1;

type PathParams = Path<HashMap<String, String>>;

/// The uid in a path.
fn uid_of(path: &HashMap<String, String>) -> &str {
    path.get("uid").map_or("", String::as_str)
}

/// Adds a video from a link.
pub(super) async fn copy(Shared(host): Shared<Arc<Host>>, headers: HeaderMap, body: Bytes) -> ApiResult<Reply<Value>> {
    let body = object(&body)?;
    // The newer name takes precedence, as with the hosted API.
    let link = text(&body, "input")?.or(text(&body, "url")?);
    let link = link.ok_or_else(|| ApiError::bad_request("url is missing: the link to a video file"))?;
    check_link("url", link)?;
    let mut settings = settings(&host, &headers, &body)?;
    settings.meta.insert("downloaded-from".into(), link.into());
    let file_name = link.split(['?', '#']).next().and_then(|path| path.rsplit('/').next()).unwrap_or_default();
    settings.meta.entry("name").or_insert_with(|| file_name.into());
    let video = Video::new(host.new_uid(), Origin::Link(link.into()), State::Downloading, settings);
    add(&host, &video)
}

/// Adds a clip of another video.
pub(super) async fn clip(Shared(host): Shared<Arc<Host>>, headers: HeaderMap, body: Bytes) -> ApiResult<Reply<Value>> {
    let mut body = object(&body)?;
    // Null leaves a field as inherited from the video.
    body.retain(|name, value| !value.is_null() || name == "watermark");
    let uid = text(&body, "clippedFromVideoUID")?.unwrap_or_default();
    let of = video(&host, uid)?;
    let seconds = |name: &str| {
        let given = body.get(name).and_then(Value::as_f64).filter(|seconds| seconds.is_finite());
        given.ok_or_else(|| ApiError::bad_request(format!("{name} must be a number of seconds")))
    };
    let (start, end) = (seconds("startTimeSeconds")?, seconds("endTimeSeconds")?);
    let length = of.duration.filter(|_| of.state == State::Ready);
    let length = length.ok_or_else(|| ApiError::conflict("the video is not ready to be clipped"))?;
    if start < 0.0 || start >= length || end.min(length) - start < MIN_CLIP {
        let message =
            format!("the clip must be within the {length} seconds of the video, and last 0.1 seconds at least");
        return Err(ApiError::bad_request(message));
    }
    let mut settings = requested(&host, of.settings.for_clips(), &headers, &body)?;
    if settings.max_duration_seconds.is_some_and(|most| end.min(length) - start > f64::from(most)) {
        return Err(ApiError::bad_request("the clip is longer than maxDurationSeconds"));
    }
    settings.meta.entry("name").or_insert_with(|| of.name().into());
    // A clip of a clip has the source of the original video.
    let (offset, limit) = match &of.origin {
        Origin::Clip { start, end, .. } => (*start, *end),
        _ => (0.0, f64::MAX),
    };
    let origin = Origin::Clip { of: of.uid, start: offset + start, end: (offset + end).min(limit) };
    add(&host, &Video::new(host.new_uid(), origin, State::Downloading, settings))
}

/// The settings in a request that adds a video.
pub(super) fn settings(host: &Host, headers: &HeaderMap, body: &Map<String, Value>) -> ApiResult<VideoSettings> {
    requested(host, VideoSettings::default(), headers, body)
}

/// The same, with inherited settings.
fn requested(
    host: &Host,
    inherited: VideoSettings,
    headers: &HeaderMap,
    body: &Map<String, Value>,
) -> ApiResult<VideoSettings> {
    let mut settings = inherited.with(body)?.with_name(text(body, "name")?).with_watermark(host, body)?;
    let creator = headers.get("upload-creator").and_then(|value| value.to_str().ok());
    settings.creator = settings.creator.or(creator.map(str::to_owned));
    Ok(settings)
}

/// Checks that a link is plausible and not too long.
pub(super) fn check_link(name: &str, link: &str) -> ApiResult<()> {
    let (scheme, rest) = link.split_once("://").unwrap_or(("", ""));
    let known = scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if !known || host.is_empty() || host.contains(char::is_whitespace) || link.len() > MAX_LINK {
        return Err(ApiError::bad_request(format!("{name} must be an http or https link of at most 4096 bytes")));
    }
    Ok(())
}

fn add(host: &Host, video: &Video) -> ApiResult<Reply<Value>> {
    host.add_video(video)?;
    host.wake();
    Ok(Reply(host.to_json(video)))
}

pub(super) async fn get(Shared(host): Shared<Arc<Host>>, Path(path): PathParams) -> ApiResult<Reply<Value>> {
    Ok(Reply(host.to_json(&video(&host, uid_of(&path))?)))
}

pub(super) async fn list(
    Shared(host): Shared<Arc<Host>>,
    Query(query): Query<HashMap<String, String>>,
) -> ApiResult<Response> {
    let filter = filter(&query)?;
    let videos: Vec<Value> = host.store.videos(&filter)?.iter().map(|video| host.to_json(video)).collect();
    let counts = query.get("include_counts").is_some_and(|value| value == "true");
    let range = counts.then_some(videos.len());
    let total = if counts { Some(host.store.videos(&Filter { limit: u32::MAX, ..filter })?.len()) } else { None };
    let answer = json!({
        "result": videos, "success": true, "errors": [], "messages": [], "total": total, "range": range,
    });
    Ok(Json(answer).into_response())
}

fn filter(query: &HashMap<String, String>) -> ApiResult<Filter> {
    let moment = |name: &str| query.get(name).map(|text| Timestamp::parse(name, text)).transpose();
    let state = query.get("status").map(|name| {
        let found = State::ALL.into_iter().find(|state| state.name() == name);
        found.ok_or_else(|| {
            ApiError::bad_request(format!("status must be one of {}", State::ALL.map(State::name).join(", ")))
        })
    });
    let limit = query.get("limit").map_or(Ok(MAX_LISTED), |limit| {
        let number = limit.parse().ok().filter(|number| (1..=MAX_LISTED).contains(number));
        number.ok_or_else(|| ApiError::bad_request("limit must be 1 to 1000"))
    })?;
    let name = query.get("search").or(query.get("name")).or(query.get("video_name"));
    Ok(Filter {
        search: name.cloned(),
        state: state.transpose()?,
        creator: query.get("creator").cloned(),
        before: moment("before")?.or(moment("end")?),
        after: moment("after")?.or(moment("start")?),
        oldest_first: query.get("asc").is_some_and(|value| value == "true"),
        limit,
    })
}

pub(super) async fn edit(
    Shared(host): Shared<Arc<Host>>,
    Path(path): PathParams,
    body: Bytes,
) -> ApiResult<Reply<Value>> {
    let request = object(&body)?;
    let found = video(&host, uid_of(&path))?;
    if text(&request, "uid")?.is_some_and(|uid| uid != found.uid) {
        return Err(ApiError::bad_request("uid is not the uid in the path"));
    }
    let expiry = text(&request, "uploadExpiry")?.map(|text| expiry("uploadExpiry", text)).transpose()?;
    let mut refused = None;
    // Based on the current settings: another request may have changed them since.
    let checked =
        |settings: &VideoSettings| settings.with(&request).and_then(|settings| settings.check().map(|()| settings));
    let changed = host.store.change(&found.uid, |video| match checked(&video.settings) {
        Ok(settings) => {
            (video.settings, video.modified) = (settings, Timestamp::now());
            video.upload_expiry = expiry.or(video.upload_expiry);
        }
        Err(error) => refused = Some(error),
    })?;
    match (refused, changed) {
        (Some(error), _) => Err(error),
        (None, changed) => Ok(Reply(host.to_json(&changed.ok_or_else(|| ApiError::not_found("video"))?))),
    }
}

/// Deletes a video in any state.
pub(super) async fn delete(Shared(host): Shared<Arc<Host>>, Path(path): PathParams) -> ApiResult<Reply<Value>> {
    let uid = Some(uid_of(&path).to_owned()).filter(|uid| is_uid(uid)).ok_or_else(|| ApiError::not_found("video"))?;
    let removed = spawn_blocking(move || crate::removal::remove(&host, &uid)).await.map_err(ApiError::internal)??;
    if removed { Ok(Reply(Value::Null)) } else { Err(ApiError::not_found("video")) }
}

/// The number of videos, and their minutes.
pub(super) async fn usage(
    Shared(host): Shared<Arc<Host>>,
    Query(query): Query<HashMap<String, String>>,
) -> ApiResult<Reply<Value>> {
    let creator = query.get("creator").map(String::as_str);
    let (minutes, count) = host.store.usage(creator)?;
    Ok(Reply(json!({
        "creator": creator, "totalStorageMinutes": minutes.ceil(), "totalStorageMinutesLimit": null, "videoCount": count,
    })))
}

/// HTML that embeds the video.
pub(super) async fn embed(Shared(host): Shared<Arc<Host>>, Path(path): PathParams) -> ApiResult<String> {
    let video = video(&host, uid_of(&path))?;
    Ok(crate::page::embed_code(&host.config.public_url, &video.uid))
}
