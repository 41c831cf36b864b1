//! Resumable uploads: the tus protocol 1.0.0 with `creation` and `termination`.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, Request, State as Shared};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::{MethodRouter, options as on_options};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http_body_util::BodyExt;
use serde_json::{Map, Value, json};
use tokio::fs::{File, OpenOptions};
use tokio::io::AsyncWriteExt;

use super::uploads::{ALLOWED, Claim, check_size, claim, expiry};
use super::{text, videos};
use crate::envelope::{ApiError, ApiResult};
use crate::host::Host;
use crate::video::{Origin, State, Timestamp, Video};

pub(super) const VERSION: &str = "1.0.0";
/// Seconds that an upload may take.
const DEFAULT_EXPIRY: i64 = 24 * 3600;

pub(super) fn routes() -> MethodRouter<Arc<Host>> {
    on_options(options).head(head).patch(patch).delete(delete)
}

fn resumable(status: StatusCode) -> Response<Body> {
    let mut response = status.into_response();
    response.headers_mut().insert("tus-resumable", HeaderValue::from_static(VERSION));
    response
}

/// A number in a header.
fn number(headers: &HeaderMap, name: &str) -> ApiResult<u64> {
    let value = headers.get(name).and_then(|value| value.to_str().ok()).and_then(|text| text.parse().ok());
    value.ok_or_else(|| ApiError::bad_request(format!("the header {name} must be a number of bytes")))
}

fn check_version(headers: &HeaderMap) -> ApiResult<()> {
    if headers.get("tus-resumable").is_some_and(|version| version == VERSION) {
        return Ok(());
    }
    Err(ApiError::precondition("the header Tus-Resumable must be 1.0.0"))
}

/// Creates a resumable upload.
pub(super) async fn create(host: &Host, query: &str, headers: &HeaderMap) -> ApiResult<Response<Body>> {
    check_version(headers)?;
    let length = number(headers, "upload-length")?;
    check_size(host, length)?;
    if length == 0 {
        return Err(ApiError::bad_request("the upload is empty"));
    }
    let metadata = headers.get("upload-metadata").map_or(Ok(""), |value| value.to_str());
    let metadata = metadata.map_err(|_| ApiError::bad_request("Upload-Metadata is not plain text"))?;
    let request = from_metadata(metadata)?;
    let mut video =
        Video::new(host.new_uid(), Origin::Upload, State::PendingUpload, videos::settings(host, headers, &request)?);
    video.upload_expiry = Some(match text(&request, "expiry")? {
        Some(text) if query.contains("direct_user") => expiry("expiry", text)?,
        _ => Timestamp::in_seconds(DEFAULT_EXPIRY),
    });
    video.size = Some(length);
    host.add_video(&video)?;
    if let Err(error) = File::create(host.unfinished_path(&video.uid)).await {
        // No client knows its uid yet.
        host.store.remove_video(&video.uid)?;
        return Err(error.into());
    }
    let mut response = resumable(StatusCode::CREATED);
    let location = format!("{}/tus/{}", host.config.public_url, video.uid);
    for (name, value) in [("location", location.as_str()), ("stream-media-id", video.uid.as_str())] {
        response.headers_mut().insert(name, HeaderValue::from_str(value).map_err(ApiError::internal)?);
    }
    Ok(response)
}

/// `Upload-Metadata` as the fields of a request: names in lower case, values in base64.
fn from_metadata(metadata: &str) -> ApiResult<Map<String, Value>> {
    let (mut request, mut meta) = (Map::new(), Map::new());
    for pair in metadata.split(',').map(str::trim).filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once(' ').unwrap_or((pair, ""));
        let bytes = STANDARD.decode(value.trim()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        let text = bytes.ok_or_else(|| ApiError::bad_request(format!("{name} in Upload-Metadata is not base64")))?;
        let finite = |number: &f64| number.is_finite();
        let number = || text.parse::<f64>().ok().filter(finite).map_or_else(|| text.clone().into(), Value::from);
        match name.to_ascii_lowercase().as_str() {
            "requiresignedurls" => drop(request.insert("requireSignedURLs".into(), (text != "false").into())),
            "allowedorigins" => {
                let origins: Vec<&str> = text.split(',').map(str::trim).filter(|origin| !origin.is_empty()).collect();
                request.insert("allowedOrigins".into(), origins.into());
            }
            "thumbnailtimestamppct" => drop(request.insert("thumbnailTimestampPct".into(), number())),
            "maxdurationseconds" => {
                // Anything else is refused with the other fields.
                let seconds = text.parse::<u32>().map_or_else(|_| text.clone().into(), Value::from);
                request.insert("maxDurationSeconds".into(), seconds);
            }
            "scheduleddeletion" => drop(request.insert("scheduledDeletion".into(), text.into())),
            "watermark" => drop(request.insert("watermark".into(), json!({ "uid": text }))),
            "expiry" => drop(request.insert("expiry".into(), text.into())),
            "filename" => drop(meta.entry("name").or_insert_with(|| text.into())),
            _ => drop(meta.insert(name.to_owned(), text.into())),
        }
    }
    request.insert("meta".into(), meta.into());
    Ok(request)
}

pub(super) async fn options(Shared(host): Shared<Arc<Host>>) -> Response<Body> {
    let mut response = resumable(StatusCode::NO_CONTENT);
    let headers = response.headers_mut();
    headers.insert("tus-version", HeaderValue::from_static(VERSION));
    headers.insert("tus-extension", HeaderValue::from_static("creation,termination"));
    headers.insert("tus-max-size", HeaderValue::from(host.config.max_bytes));
    for (name, value) in ALLOWED {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

/// How much of an upload has been received.
async fn head(
    Shared(host): Shared<Arc<Host>>,
    Path(uid): Path<String>,
    headers: HeaderMap,
) -> ApiResult<Response<Body>> {
    check_version(&headers)?;
    let video = host.video(&uid)?.filter(|video| video.size.is_some()).ok_or_else(|| ApiError::not_found("upload"))?;
    let length = video.size.unwrap_or(0);
    let offset = match video.state {
        State::PendingUpload => tokio::fs::metadata(host.unfinished_path(&uid)).await?.len(),
        _ => length,
    };
    let mut response = resumable(StatusCode::OK);
    let headers = response.headers_mut();
    headers.insert("upload-offset", HeaderValue::from(offset));
    headers.insert("upload-length", HeaderValue::from(length));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// The next chunk of an upload.
async fn patch(
    Shared(host): Shared<Arc<Host>>,
    Path(uid): Path<String>,
    request: Request,
) -> ApiResult<Response<Body>> {
    let headers = request.headers();
    check_version(headers)?;
    if headers.get(header::CONTENT_TYPE).is_none_or(|kind| kind != "application/offset+octet-stream") {
        return Err(ApiError::media_type("the Content-Type must be application/offset+octet-stream"));
    }
    let offset = number(headers, "upload-offset")?;
    let claim = claim(&host, &uid)?;
    // Not aborted in the middle of a write if the client disconnects: the next request would find the file still growing.
    let received = tokio::spawn(receive(claim, offset, request.into_body()));
    let offset = received.await.map_err(ApiError::internal)??;
    let mut response = resumable(StatusCode::NO_CONTENT);
    response.headers_mut().insert("upload-offset", HeaderValue::from(offset));
    Ok(response)
}

/// Appends what is received, and returns the new offset.
async fn receive(claim: Claim, offset: u64, mut body: Body) -> ApiResult<u64> {
    let length = claim.video.size.unwrap_or(0);
    let mut file = OpenOptions::new().append(true).open(claim.path()).await?;
    let mut received = file.metadata().await?.len();
    if received != offset {
        return Err(ApiError::conflict(format!("the upload is at offset {received}, not {offset}")));
    }
    // What was received before a connection broke is kept, and the next request continues there.
    while received < length {
        let Some(frame) = claim.wait(body.frame()).await? else { break };
        let Ok(frame) = frame else { break };
        let Ok(chunk) = frame.into_data() else { continue };
        received += chunk.len() as u64;
        if received > length {
            return Err(ApiError::too_large("the upload is longer than Upload-Length"));
        }
        file.write_all(&chunk).await?;
    }
    file.flush().await?;
    drop(file);
    if received == length {
        claim.complete().await?;
    }
    Ok(received)
}

async fn delete(
    Shared(host): Shared<Arc<Host>>,
    Path(uid): Path<String>,
    headers: HeaderMap,
) -> ApiResult<Response<Body>> {
    check_version(&headers)?;
    drop(claim(&host, &uid)?);
    host.store.remove_video(&uid)?;
    host.remove_files(&uid);
    Ok(resumable(StatusCode::NO_CONTENT))
}
