//! Uploads by form, and what they share with resumable ones.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, FromRequest, Multipart, Path, Request, State as Shared};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::post;
use futures_util::StreamExt;
use serde_json::{Map, Value, json};
use tokio::fs::File;
use tokio::io::AsyncWriteExt;
use tokio::time::timeout;

use super::{object, tus, videos};
use crate::envelope::{ApiError, ApiResult, Reply};
use crate::host::{Host, Task};
use crate::video::{Origin, State, Timestamp, Video};
use vodkit::CancelToken;

/// Default and maximum seconds until an upload link expires.
const DEFAULT_EXPIRY: i64 = 1800;
const MAX_EXPIRY: i64 = 6 * 3600;
/// Maximum bytes of a file name that becomes the video's name.
const MAX_NAME: usize = 255;
/// Maximum bytes of a form before the content of the file.
const MAX_FORM_HEADERS: usize = 4 << 20;
/// How long an upload may be idle.
const IDLE_TIMEOUT: Duration = Duration::from_secs(60);

/// Needs no token: the link is the permission.
pub(crate) fn routes() -> Router<Arc<Host>> {
    Router::new()
        .route("/upload/{uid}", post(form).options(preflight))
        .route("/tus/{uid}", tus::routes())
        .layer(DefaultBodyLimit::disable())
        .layer(axum::middleware::map_response(allow_all_origins))
}

/// Lets pages of any origin upload.
pub(super) async fn allow_all_origins(mut response: Response<Body>) -> Response<Body> {
    let headers = response.headers_mut();
    headers.entry("tus-resumable").or_insert(HeaderValue::from_static(tus::VERSION));
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    let exposed = "Location, Upload-Offset, Upload-Length, Tus-Resumable, Tus-Version, Tus-Extension, Stream-Media-Id";
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(exposed));
    response
}

pub(super) const ALLOWED: [(HeaderName, &str); 3] = [
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

/// A link that takes one file without a token.
pub(super) async fn direct(
    Shared(host): Shared<Arc<Host>>,
    headers: HeaderMap,
    body: Bytes,
) -> ApiResult<Reply<Value>> {
    let body = object(&body)?;
    let settings = videos::settings(&host, &headers, &body)?;
    if settings.max_duration_seconds.is_none() {
        return Err(ApiError::bad_request("maxDurationSeconds is missing: the longest video that may be uploaded"));
    }
    let given = super::text(&body, "expiry")?.map(|text| expiry("expiry", text)).transpose()?;
    let mut video = Video::new(host.new_uid(), Origin::Upload, State::PendingUpload, settings);
    video.upload_expiry = given.or_else(|| Some(Timestamp::in_seconds(DEFAULT_EXPIRY)));
    host.add_video(&video)?;
    Ok(Reply(json!({
        "uid": video.uid,
        "uploadURL": format!("{}/upload/{}", host.config.public_url, video.uid),
        "watermark": video.settings.watermark,
        "scheduledDeletion": video.settings.scheduled_deletion.map(Timestamp::text),
    })))
}

/// The expiry of an upload, from a field of a request.
pub(super) fn expiry(name: &str, text: &str) -> ApiResult<Timestamp> {
    let moment = Timestamp::parse(name, text)?;
    if moment <= Timestamp::now() || moment > Timestamp::in_seconds(MAX_EXPIRY) {
        return Err(ApiError::bad_request(format!("{name} must be in the future, by six hours at most")));
    }
    Ok(moment)
}

/// An upload that is not complete and that no other request is writing.
pub(super) struct Claim {
    host: Arc<Host>,
    pub(super) video: Video,
    cancel: CancelToken,
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.host.tasks().remove(&self.video.uid);
    }
}

pub(super) fn claim(host: &Arc<Host>, uid: &str) -> ApiResult<Claim> {
    // Locked, so that it is not completed meanwhile.
    let mut tasks = host.tasks();
    let video = host.video(uid)?.ok_or_else(|| ApiError::not_found("upload"))?;
    if video.state != State::PendingUpload {
        return Err(ApiError::conflict("the upload is complete already"));
    }
    if video.upload_expiry.is_none_or(|expiry| expiry < Timestamp::now()) {
        return Err(ApiError::gone("this upload has expired: ask for another link"));
    }
    if tasks.contains_key(uid) {
        return Err(ApiError::locked("this upload is being written by another request"));
    }
    let cancel = CancelToken::new();
    tasks.insert(uid.to_owned(), Task { cancel: cancel.clone(), job: None });
    drop(tasks);
    Ok(Claim { host: host.clone(), video, cancel })
}

impl Claim {
    /// Where the file is until it is complete.
    pub(super) fn path(&self) -> PathBuf {
        self.host.unfinished_path(&self.video.uid)
    }

    /// Waits for the next chunk, unless the video is deleted or the upload is idle.
    pub(super) async fn wait<T>(&self, chunk: impl Future<Output = T>) -> ApiResult<T> {
        if self.cancel.is_cancelled() {
            return Err(ApiError::gone("the video was deleted"));
        }
        timeout(IDLE_TIMEOUT, chunk).await.map_err(|_| ApiError::timeout())
    }

    /// Moves the complete file to its place and records it, even if the client disconnects meanwhile.
    pub(super) async fn complete(self) -> ApiResult<Video> {
        let done = tokio::spawn(async move {
            let uid = &self.video.uid;
            let part = self.path();
            let file = File::open(&part).await?;
            file.sync_all().await?;
            let size = file.metadata().await?.len();
            tokio::fs::rename(&part, self.host.source_path(uid)).await?;
            let video = crate::work::source_received(&self.host, uid, size)?;
            let (host, uid) = (self.host.clone(), uid.to_owned());
            drop(self);
            host.wake();
            // Deleted while the file was written to the disk.
            video.ok_or_else(|| {
                host.remove_files(&uid);
                ApiError::not_found("video")
            })
        });
        done.await.map_err(ApiError::internal)?
    }
}

/// An upload with the token: a resumable one, or a form with the file.
pub(super) async fn create(Shared(host): Shared<Arc<Host>>, request: Request) -> ApiResult<Response<Body>> {
    if request.headers().contains_key("tus-resumable") {
        return tus::create(&host, request.uri().query().unwrap_or_default(), request.headers()).await;
    }
    let settings = videos::settings(&host, request.headers(), &Map::new())?;
    let mut video = Video::new(host.new_uid(), Origin::Upload, State::PendingUpload, settings);
    video.upload_expiry = Some(Timestamp::in_seconds(MAX_EXPIRY));
    host.add_video(&video)?;
    match received(&host, &video.uid, request).await {
        Ok(reply) => Ok(reply.into_response()),
        Err(error) => {
            // No client knows its uid yet.
            host.store.remove_video(&video.uid)?;
            Err(error)
        }
    }
}

/// An upload to a link.
async fn form(Shared(host): Shared<Arc<Host>>, Path(uid): Path<String>, request: Request) -> ApiResult<Reply<Value>> {
    received(&host, &uid, request).await
}

/// Receives a form with the file in its field `file`.
async fn received(host: &Arc<Host>, uid: &str, request: Request) -> ApiResult<Reply<Value>> {
    let claim = claim(host, uid)?;
    // The reader of forms keeps headers in memory, without a limit of its own.
    let pending = Arc::new(AtomicUsize::new(0));
    let mut form = Multipart::from_request(request.map(|body| limited(body, pending.clone())), &()).await?;
    while let Some(mut field) = claim.wait(form.next_field()).await?? {
        if field.name() != Some("file") {
            continue;
        }
        let name = field.file_name().filter(|name| name.len() <= MAX_NAME).map(str::to_owned);
        let path = claim.path();
        let mut file = File::create(&path).await?;
        let mut size = 0;
        let outcome: ApiResult<()> = async {
            while let Some(chunk) = claim.wait(field.chunk()).await?? {
                pending.store(0, Ordering::Relaxed);
                size += chunk.len() as u64;
                check_size(host, size)?;
                file.write_all(&chunk).await?;
            }
            Ok(file.flush().await?)
        }
        .await;
        if let Err(error) = outcome {
            // The link stays valid: the client may try again.
            let _ = tokio::fs::remove_file(&path).await;
            return Err(error);
        }
        if let Some(name) = name {
            host.store.change(uid, |video| {
                let mut settings = video.settings.clone();
                settings.meta.entry("name").or_insert_with(|| name.into());
                // The name is left out if it makes the fields too large.
                if settings.check().is_ok() {
                    video.settings = settings;
                }
            })?;
        }
        return Ok(Reply(host.to_json(&claim.complete().await?)));
    }
    Err(ApiError::bad_request("the form has no field \"file\""))
}

/// A body that fails after more than `MAX_FORM_HEADERS` bytes since `pending` was set to 0.
fn limited(body: Body, pending: Arc<AtomicUsize>) -> Body {
    Body::from_stream(body.into_data_stream().map(move |chunk| {
        let chunk = chunk?;
        match pending.fetch_add(chunk.len(), Ordering::Relaxed) {
            before if before + chunk.len() > MAX_FORM_HEADERS => {
                Err(axum::Error::new("the form's headers are too long"))
            }
            _ => Ok(chunk),
        }
    }))
}

pub(super) fn check_size(host: &Host, size: u64) -> ApiResult<()> {
    let max = host.config.max_bytes;
    if size <= max { Ok(()) } else { Err(ApiError::too_large(format!("an upload has {max} bytes at most"))) }
}
