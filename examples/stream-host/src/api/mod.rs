//! The API, below `/client/v4/accounts/{account}/stream`.

mod captions;
mod downloads;
mod keys;
mod tus;
pub(crate) mod uploads;
mod videos;
mod watermarks;
mod webhook;

pub(crate) use keys::new_key;
pub(crate) use watermarks::position_of;

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, Request, State};
use axum::http::{HeaderMap, header};
use axum::middleware::{Next, from_fn_with_state, map_response};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, options, post};
use serde_json::{Map, Value};

use crate::envelope::{ApiError, ApiResult};
use crate::host::Host;
use crate::video::Video;

const STREAM: &str = "/client/v4/accounts/{account}/stream";
/// Maximum bytes of a request other than an upload.
const MAX_BODY: usize = 4 << 20;

pub(crate) fn routes(host: &Arc<Host>) -> Router<Arc<Host>> {
    let stream = Router::new()
        .route("/copy", post(videos::copy))
        .route("/clip", post(videos::clip))
        .route("/{uid}", get(videos::get).post(videos::edit).delete(videos::delete))
        .route("/{uid}/embed", get(videos::embed))
        .route("/direct_upload", post(uploads::direct))
        .route("/storage-usage", get(videos::usage))
        .route("/webhook", get(webhook::get).put(webhook::put).delete(webhook::delete))
        .route("/keys", get(keys::list).post(keys::create))
        .route("/keys/{id}", delete(keys::delete))
        .route("/{uid}/token", post(keys::token))
        .route("/watermarks", get(watermarks::list).post(watermarks::create))
        .route("/watermarks/{id}", get(watermarks::get).delete(watermarks::delete))
        .route("/{uid}/captions", get(captions::list))
        .route("/{uid}/captions/{language}", get(captions::get).put(captions::put).delete(captions::delete))
        .route("/{uid}/captions/{language}/vtt", get(captions::vtt))
        .route("/{uid}/downloads", get(downloads::get).post(downloads::create).delete(downloads::delete))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .fallback(|| async { ApiError::not_found("resource of the API") });
    let guard = from_fn_with_state(host.clone(), authorize);
    Router::new()
        .route(STREAM, get(videos::list).post(uploads::create))
        .layer(DefaultBodyLimit::disable())
        .layer(guard.clone())
        // Needs no token (tus 1.0.0, OPTIONS).
        .route(STREAM, options(tus::options))
        .layer(map_response(uploads::allow_all_origins))
        .merge(Router::new().nest(STREAM, stream).layer(guard))
}

/// Refuses requests without the token.
async fn authorize(
    State(host): State<Arc<Host>>,
    Path(parts): Path<Vec<(String, String)>>,
    request: Request,
    next: Next,
) -> Response {
    let account = parts.iter().find(|(name, _)| name == "account").map_or("", |(_, account)| account);
    match check(&host, account, request.headers()) {
        Ok(()) => next.run(request).await,
        Err(error) => error.into_response(),
    }
}

fn check(host: &Host, account: &str, headers: &HeaderMap) -> ApiResult<()> {
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = given.and_then(|given| given.strip_prefix("Bearer ")).ok_or_else(|| {
        ApiError::unauthorized("the request has no token: send the header \"Authorization: Bearer TOKEN\"")
    })?;
    // Digests are compared, so that the time taken says nothing about the token.
    let digest = |text: &str| ring::digest::digest(&ring::digest::SHA256, text.trim().as_bytes());
    if digest(token).as_ref() != digest(&host.config.token).as_ref() || account != host.config.account {
        return Err(ApiError::forbidden("the token is not valid for this account"));
    }
    Ok(())
}

/// The JSON object of a request.
fn object(body: &Bytes) -> ApiResult<Map<String, Value>> {
    serde_json::from_slice(body)
        .map_err(|error| ApiError::bad_request(format!("the body is not a JSON object: {error}")))
}

/// A string field of a request.
fn text<'a>(body: &'a Map<String, Value>, name: &str) -> ApiResult<Option<&'a str>> {
    match body.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(ApiError::bad_request(format!("{name} must be a string"))),
    }
}

/// The video with this uid.
fn video(host: &Host, uid: &str) -> ApiResult<Video> {
    host.video(uid)?.ok_or_else(|| ApiError::not_found("video"))
}
