//! Uploads in pieces, which go on where they broke off: the tus protocol 1.0.0 with `creation` and `termination`.

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

use super::uploads::{ALLOWED, Claim, claim, ensure_small, expiry};
use super::{text, videos};
use crate::envelope::{Failure, Outcome};
use crate::host::Host;
use crate::video::{Moment, Origin, State, Video};

pub(super) const VERSION: &str = "1.0.0";
/// Seconds that an upload may take.
const PATIENCE: i64 = 24 * 3600;

pub(super) fn pieces() -> MethodRouter<Arc<Host>> {
    on_options(options).head(head).patch(patch).delete(delete)
}

fn resumable(status: StatusCode) -> Response<Body> {
    let mut response = status.into_response();
    response.headers_mut().insert("tus-resumable", HeaderValue::from_static(VERSION));
    response
}

/// A header's number.
fn number(headers: &HeaderMap, name: &str) -> Outcome<u64> {
    let value = headers.get(name).and_then(|value| value.to_str().ok()).and_then(|text| text.parse().ok());
    value.ok_or_else(|| Failure::bad_request(format!("the header {name} must be a number of bytes")))
}

fn check_version(headers: &HeaderMap) -> Outcome<()> {
    if headers.get("tus-resumable").is_some_and(|version| version == VERSION) {
        return Ok(());
    }
    Err(Failure::precondition("the header Tus-Resumable must be 1.0.0"))
}

/// Begins a resumable upload.
pub(super) async fn create(host: &Host, query: &str, headers: &HeaderMap) -> Outcome<Response<Body>> {
    check_version(headers)?;
    let length = number(headers, "upload-length")?;
    ensure_small(host, length)?;
    if length == 0 {
        return Err(Failure::bad_request("the upload is empty"));
    }
    let metadata = headers.get("upload-metadata").map_or(Ok(""), |value| value.to_str());
    let metadata = metadata.map_err(|_| Failure::bad_request("Upload-Metadata is no plain text"))?;
    let request = from_metadata(metadata)?;
    let mut video =
        Video::new(host.new_uid(), Origin::Upload, State::PendingUpload, videos::wishes(host, headers, &request)?);
    video.upload_expiry = Some(match text(&request, "expiry")? {
        Some(text) if query.contains("direct_user") => expiry("expiry", text)?,
        _ => Moment::in_seconds(PATIENCE),
    });
    video.size = Some(length);
    host.admit(&video)?;
    if let Err(error) = File::create(host.unfinished_path(&video.uid)).await {
        // Nobody knows its name.
        host.store.remove_video(&video.uid)?;
        return Err(error.into());
    }
    let mut response = resumable(StatusCode::CREATED);
    let location = format!("{}/tus/{}", host.config.address, video.uid);
    for (name, value) in [("location", location.as_str()), ("stream-media-id", video.uid.as_str())] {
        response.headers_mut().insert(name, HeaderValue::from_str(value).map_err(Failure::internal)?);
    }
    Ok(response)
}

/// `Upload-Metadata` as the fields of a request: names in lower case, values in base64.
fn from_metadata(metadata: &str) -> Outcome<Map<String, Value>> {
    let (mut request, mut meta) = (Map::new(), Map::new());
    for pair in metadata.split(',').map(str::trim).filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once(' ').unwrap_or((pair, ""));
        let bytes = STANDARD.decode(value.trim()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        let text = bytes.ok_or_else(|| Failure::bad_request(format!("{name} in Upload-Metadata is not base64")))?;
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
                // What is no number is refused with the other fields.
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
    headers.insert("tus-max-size", HeaderValue::from(host.config.largest));
    for (name, value) in ALLOWED {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

/// How much of an upload is there.
async fn head(Shared(host): Shared<Arc<Host>>, Path(uid): Path<String>, headers: HeaderMap) -> Outcome<Response<Body>> {
    check_version(&headers)?;
    let video = host.video(&uid)?.filter(|video| video.size.is_some()).ok_or_else(|| Failure::not_found("upload"))?;
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

/// The next piece of an upload.
async fn patch(Shared(host): Shared<Arc<Host>>, Path(uid): Path<String>, request: Request) -> Outcome<Response<Body>> {
    let headers = request.headers();
    check_version(headers)?;
    if headers.get(header::CONTENT_TYPE).is_none_or(|kind| kind != "application/offset+octet-stream") {
        return Err(Failure::media_type("the Content-Type must be application/offset+octet-stream"));
    }
    let offset = number(headers, "upload-offset")?;
    let claim = claim(&host, &uid)?;
    // Not cut off in the middle of a write where the client goes: the next piece would find the file still growing.
    let taken = tokio::spawn(take(claim, offset, request.into_body()));
    let there = taken.await.map_err(Failure::internal)??;
    let mut response = resumable(StatusCode::NO_CONTENT);
    response.headers_mut().insert("upload-offset", HeaderValue::from(there));
    Ok(response)
}

/// Appends what comes; gives how much is there then.
async fn take(claim: Claim, offset: u64, mut body: Body) -> Outcome<u64> {
    let length = claim.video.size.unwrap_or(0);
    let mut file = OpenOptions::new().append(true).open(claim.path()).await?;
    let mut there = file.metadata().await?.len();
    if there != offset {
        return Err(Failure::conflict(format!("the upload is at {there}, not {offset}")));
    }
    // What came before a connection broke is kept, and the next piece goes on there.
    while there < length {
        let Some(frame) = claim.wait(body.frame()).await? else { break };
        let Ok(frame) = frame else { break };
        let Ok(piece) = frame.into_data() else { continue };
        there += piece.len() as u64;
        if there > length {
            return Err(Failure::too_large("the upload is longer than it said"));
        }
        file.write_all(&piece).await?;
    }
    file.flush().await?;
    drop(file);
    if there == length {
        claim.complete().await?;
    }
    Ok(there)
}

async fn delete(
    Shared(host): Shared<Arc<Host>>,
    Path(uid): Path<String>,
    headers: HeaderMap,
) -> Outcome<Response<Body>> {
    check_version(&headers)?;
    drop(claim(&host, &uid)?);
    host.store.remove_video(&uid)?;
    host.remove_files(&uid);
    Ok(resumable(StatusCode::NO_CONTENT))
}
