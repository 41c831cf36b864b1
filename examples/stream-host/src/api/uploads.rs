//! Uploads: by a form to a link that is good once, and in pieces that go on where they broke off (tus 1.0.0).

use std::path::Path as FilePath;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, FromRequest, Multipart, Path, Request, State as Shared};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::{options, post};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http_body_util::BodyExt;
use serde_json::{Map, Value, json};
use tokio::fs::{File, OpenOptions};
use tokio::io::AsyncWriteExt;
use tokio::time::timeout;

use super::{object, videos};
use crate::envelope::{Failure, Outcome, Reply};
use crate::host::{Host, Task};
use crate::video::{Moment, Origin, State, Video};
use vodkit::Cancel;

const VERSION: &str = "1.0.0";
/// Seconds that an upload may begin, and the least and the most that may be asked for.
const USUAL_EXPIRY: i64 = 1800;
const LONGEST_EXPIRY: i64 = 6 * 3600;
/// How long nothing may come.
const PATIENCE: Duration = Duration::from_secs(60);
/// Seconds that a resumable upload may take.
const RESUMABLE: i64 = 24 * 3600;

/// What needs no token: the links are the permission.
pub(crate) fn routes() -> Router<Arc<Host>> {
    let pieces = options(tus_options).head(tus_head).patch(tus_patch).delete(tus_delete);
    Router::new()
        .route("/upload/{uid}", post(form).options(preflight))
        .route("/tus/{uid}", pieces)
        .layer(DefaultBodyLimit::disable())
        .layer(axum::middleware::map_response(open_to_pages))
}

/// Pages of others upload too.
pub(super) async fn open_to_pages(mut response: Response<Body>) -> Response<Body> {
    let headers = response.headers_mut();
    headers.entry("tus-resumable").or_insert(HeaderValue::from_static(VERSION));
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    let exposed = "Location, Upload-Offset, Upload-Length, Tus-Resumable, Tus-Version, Tus-Extension, Stream-Media-Id";
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(exposed));
    response
}

const ALLOWED: [(header::HeaderName, &str); 3] = [
    (header::ACCESS_CONTROL_ALLOW_METHODS, "POST, HEAD, PATCH, DELETE, OPTIONS"),
    (
        header::ACCESS_CONTROL_ALLOW_HEADERS,
        "Authorization, Content-Type, Upload-Offset, Upload-Length, Upload-Metadata, Tus-Resumable, X-Requested-With",
    ),
    (header::ACCESS_CONTROL_MAX_AGE, "86400"),
];

async fn preflight() -> impl IntoResponse {
    (StatusCode::NO_CONTENT, ALLOWED)
}

/// A link for somebody who has no token.
pub(super) async fn direct(Shared(host): Shared<Arc<Host>>, headers: HeaderMap, body: Bytes) -> Outcome<Reply<Value>> {
    let body = object(&body)?;
    let wishes = videos::wishes(&host, &headers, &body)?;
    if wishes.max_duration_seconds.is_none() {
        return Err(Failure::bad_request("maxDurationSeconds is missing: the longest video that may be uploaded"));
    }
    let given = super::text(&body, "expiry")?.map(|text| expiry("expiry", text)).transpose()?;
    let mut video = Video::new(host.new_uid(), Origin::Upload, State::PendingUpload, wishes);
    video.upload_expiry = given.or_else(|| Some(Moment::in_seconds(USUAL_EXPIRY)));
    host.store.put_video(&video)?;
    Ok(Reply(json!({
        "uid": video.uid,
        "uploadURL": format!("{}/upload/{}", host.config.address, video.uid),
        "watermark": video.wishes.watermark,
        "scheduledDeletion": video.wishes.scheduled_deletion.map(Moment::text),
    })))
}

/// Until when an upload may come, from a request's field.
pub(super) fn expiry(name: &str, text: &str) -> Outcome<Moment> {
    let moment = Moment::parse(name, text)?;
    if moment <= Moment::now() || moment > Moment::in_seconds(LONGEST_EXPIRY) {
        return Err(Failure::bad_request(format!("{name} must lie ahead, by six hours at most")));
    }
    Ok(moment)
}

/// An upload that is still to come, and that nobody else is at.
struct Claim {
    host: Arc<Host>,
    video: Video,
    cancel: Cancel,
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.host.tasks().remove(&self.video.uid);
    }
}

fn claim(host: &Arc<Host>, uid: &str) -> Outcome<Claim> {
    // Nobody completes it while this looks.
    let mut tasks = host.tasks();
    let video = host.video(uid)?.ok_or_else(|| Failure::not_found("upload"))?;
    if video.state != State::PendingUpload {
        return Err(Failure::conflict("the upload is complete already"));
    }
    if video.upload_expiry.is_none_or(|expiry| expiry < Moment::now()) {
        return Err(Failure::gone("the time for this upload is over: ask for another link"));
    }
    if tasks.contains_key(uid) {
        return Err(Failure::locked("this upload is being written by another request"));
    }
    let cancel = Cancel::new();
    tasks.insert(uid.to_owned(), Task { cancel: cancel.clone(), job: None });
    drop(tasks);
    Ok(Claim { host: host.clone(), video, cancel })
}

impl Claim {
    /// The next piece of what comes, unless the video is deleted or nothing comes.
    async fn wait<T>(&self, piece: impl Future<Output = T>) -> Outcome<T> {
        if self.cancel.is_cancelled() {
            return Err(Failure::gone("the video was deleted"));
        }
        timeout(PATIENCE, piece).await.map_err(|_| Failure::timeout())
    }

    /// The file is whole: it is put in its place, and what is to be done next is written down, also where the client is
    /// gone meanwhile.
    async fn complete(self) -> Outcome<Video> {
        let done = tokio::spawn(async move {
            let uid = &self.video.uid;
            let part = self.host.unfinished_path(uid);
            File::open(&part).await?.sync_all().await?;
            tokio::fs::rename(&part, self.host.source_path(uid)).await?;
            let video = crate::work::uploaded(&self.host, uid).map_err(Failure::internal)?;
            let host = self.host.clone();
            drop(self);
            host.news.notify_all();
            video.ok_or_else(|| Failure::not_found("video"))
        });
        done.await.map_err(Failure::internal)?
    }
}

/// An upload by somebody who has the token: in pieces, or all of it in this request.
pub(super) async fn create(Shared(host): Shared<Arc<Host>>, request: Request) -> Outcome<Response<Body>> {
    if request.headers().contains_key("tus-resumable") {
        return tus_create(&host, request.uri().query().unwrap_or_default(), request.headers()).await;
    }
    let wishes = videos::wishes(&host, request.headers(), &Map::new())?;
    let mut video = Video::new(host.new_uid(), Origin::Upload, State::PendingUpload, wishes);
    video.upload_expiry = Some(Moment::in_seconds(LONGEST_EXPIRY));
    host.store.put_video(&video)?;
    match received(&host, &video.uid, request).await {
        Ok(told) => Ok(told.into_response()),
        Err(failure) => {
            // Nobody knows its name.
            host.store.remove_video(&video.uid)?;
            Err(failure)
        }
    }
}

/// An upload to a link that is good once.
async fn form(Shared(host): Shared<Arc<Host>>, Path(uid): Path<String>, request: Request) -> Outcome<Reply<Value>> {
    received(&host, &uid, request).await
}

/// All of a file in one form, in its field `file`.
async fn received(host: &Arc<Host>, uid: &str, request: Request) -> Outcome<Reply<Value>> {
    let claim = claim(host, uid)?;
    let mut form = Multipart::from_request(request, &()).await?;
    while let Some(mut field) = form.next_field().await? {
        if field.name() != Some("file") {
            continue;
        }
        let name = field.file_name().map(str::to_owned);
        let path = host.unfinished_path(uid);
        let mut file = File::create(&path).await?;
        let mut size = 0;
        let outcome: Outcome<()> = async {
            while let Some(piece) = claim.wait(field.chunk()).await?? {
                size += piece.len() as u64;
                ensure_small(host, size)?;
                file.write_all(&piece).await?;
            }
            Ok(file.flush().await?)
        }
        .await;
        if let Err(failure) = outcome {
            // The link stays good: the same file may come again.
            forget(&path).await;
            return Err(failure);
        }
        if let Some(name) = name {
            host.store.change(uid, |video| {
                video.wishes.meta.entry("name").or_insert_with(|| name.into());
            })?;
        }
        return Ok(Reply(host.tell(&claim.complete().await?)));
    }
    Err(Failure::bad_request("the form has no field \"file\""))
}

fn ensure_small(host: &Host, size: u64) -> Outcome<()> {
    let most = host.config.largest;
    if size <= most { Ok(()) } else { Err(Failure::too_large(format!("uploads may have {most} bytes at most"))) }
}

async fn forget(path: &FilePath) {
    let _ = tokio::fs::remove_file(path).await;
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
async fn tus_create(host: &Host, query: &str, headers: &HeaderMap) -> Outcome<Response<Body>> {
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
    video.upload_expiry = Some(match super::text(&request, "expiry")? {
        Some(text) if query.contains("direct_user") => expiry("expiry", text)?,
        _ => Moment::in_seconds(RESUMABLE),
    });
    video.size = Some(length);
    File::create(host.unfinished_path(&video.uid)).await?;
    host.store.put_video(&video)?;
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
        let number = || text.parse::<f64>().map_or(Value::Null, Value::from);
        match name.to_ascii_lowercase().as_str() {
            "requiresignedurls" => drop(request.insert("requireSignedURLs".into(), (text != "false").into())),
            "allowedorigins" => {
                let origins: Vec<&str> = text.split(',').map(str::trim).filter(|origin| !origin.is_empty()).collect();
                request.insert("allowedOrigins".into(), origins.into());
            }
            "thumbnailtimestamppct" => drop(request.insert("thumbnailTimestampPct".into(), number())),
            "maxdurationseconds" => {
                let seconds = text.parse::<u32>().map_or(Value::Null, Value::from);
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

pub(super) async fn tus_options(Shared(host): Shared<Arc<Host>>) -> Response<Body> {
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
async fn tus_head(
    Shared(host): Shared<Arc<Host>>,
    Path(uid): Path<String>,
    headers: HeaderMap,
) -> Outcome<Response<Body>> {
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
async fn tus_patch(
    Shared(host): Shared<Arc<Host>>,
    Path(uid): Path<String>,
    request: Request,
) -> Outcome<Response<Body>> {
    let headers = request.headers();
    check_version(headers)?;
    if headers.get(header::CONTENT_TYPE).is_none_or(|kind| kind != "application/offset+octet-stream") {
        return Err(Failure::media_type("the Content-Type must be application/offset+octet-stream"));
    }
    let offset = number(headers, "upload-offset")?;
    let claim = claim(&host, &uid)?;
    let length = claim.video.size.unwrap_or(0);
    let mut file = OpenOptions::new().append(true).open(host.unfinished_path(&uid)).await?;
    let mut there = file.metadata().await?.len();
    if there != offset {
        return Err(Failure::conflict(format!("the upload is at {there}, not {offset}")));
    }
    let mut body = request.into_body();
    // What came before a connection broke is kept, and the next piece goes on there.
    while there < length {
        let Some(frame) = claim.wait(body.frame()).await? else { break };
        let Ok(piece) = frame.map_err(Failure::internal)?.into_data() else { continue };
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
    let mut response = resumable(StatusCode::NO_CONTENT);
    response.headers_mut().insert("upload-offset", HeaderValue::from(there));
    Ok(response)
}

async fn tus_delete(
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
