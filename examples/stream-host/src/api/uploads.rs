//! Uploads: by a form to a link that is good once, and what those in pieces share with them.

use std::path::{Path as FilePath, PathBuf};
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
use crate::envelope::{Failure, Outcome, Reply};
use crate::host::{Host, Task};
use crate::video::{Moment, Origin, State, Video};
use vodkit::CancelToken;

/// Seconds for which a link is good, unless others are asked for, and the most.
const USUAL_EXPIRY: i64 = 1800;
const LONGEST_EXPIRY: i64 = 6 * 3600;
/// Bytes of a file's name, for it to become the video's.
const LONGEST_NAME: usize = 255;
/// Bytes of a form that are not yet known to be the file's.
const MOST_AHEAD: usize = 4 << 20;
/// How long nothing may come.
const PATIENCE: Duration = Duration::from_secs(60);

/// What needs no token: the links are the permission.
pub(crate) fn routes() -> Router<Arc<Host>> {
    Router::new()
        .route("/upload/{uid}", post(form).options(preflight))
        .route("/tus/{uid}", tus::pieces())
        .layer(DefaultBodyLimit::disable())
        .layer(axum::middleware::map_response(open_to_pages))
}

/// Pages of others upload too.
pub(super) async fn open_to_pages(mut response: Response<Body>) -> Response<Body> {
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
    host.admit(&video)?;
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

pub(super) fn claim(host: &Arc<Host>, uid: &str) -> Outcome<Claim> {
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
    let cancel = CancelToken::new();
    tasks.insert(uid.to_owned(), Task { cancel: cancel.clone(), job: None });
    drop(tasks);
    Ok(Claim { host: host.clone(), video, cancel })
}

impl Claim {
    /// Where the file lies until it is whole.
    pub(super) fn path(&self) -> PathBuf {
        self.host.unfinished_path(&self.video.uid)
    }

    /// The next piece of what comes, unless the video is deleted or nothing comes.
    pub(super) async fn wait<T>(&self, piece: impl Future<Output = T>) -> Outcome<T> {
        if self.cancel.is_cancelled() {
            return Err(Failure::gone("the video was deleted"));
        }
        timeout(PATIENCE, piece).await.map_err(|_| Failure::timeout())
    }

    /// The file is whole: it is put in its place, and what is to be done next is written down, also where the client is
    /// gone meanwhile.
    pub(super) async fn complete(self) -> Outcome<Video> {
        let done = tokio::spawn(async move {
            let uid = &self.video.uid;
            let part = self.path();
            let file = File::open(&part).await?;
            file.sync_all().await?;
            let size = file.metadata().await?.len();
            tokio::fs::rename(&part, self.host.source_path(uid)).await?;
            let video = crate::work::arrived(&self.host, uid, size)?;
            let (host, uid) = (self.host.clone(), uid.to_owned());
            drop(self);
            host.wake();
            // Deleted while the file was brought to the disk.
            video.ok_or_else(|| {
                host.remove_files(&uid);
                Failure::not_found("video")
            })
        });
        done.await.map_err(Failure::internal)?
    }
}

/// An upload by somebody who has the token: in pieces, or all of it in this request.
pub(super) async fn create(Shared(host): Shared<Arc<Host>>, request: Request) -> Outcome<Response<Body>> {
    if request.headers().contains_key("tus-resumable") {
        return tus::create(&host, request.uri().query().unwrap_or_default(), request.headers()).await;
    }
    let wishes = videos::wishes(&host, request.headers(), &Map::new())?;
    let mut video = Video::new(host.new_uid(), Origin::Upload, State::PendingUpload, wishes);
    video.upload_expiry = Some(Moment::in_seconds(LONGEST_EXPIRY));
    host.admit(&video)?;
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
    // The form's reader keeps what is no content of a file in memory, without a bound of its own.
    let ahead = Arc::new(AtomicUsize::new(0));
    let mut form = Multipart::from_request(request.map(|body| counted(body, ahead.clone())), &()).await?;
    while let Some(mut field) = claim.wait(form.next_field()).await?? {
        if field.name() != Some("file") {
            continue;
        }
        let name = field.file_name().filter(|name| name.len() <= LONGEST_NAME).map(str::to_owned);
        let path = claim.path();
        let mut file = File::create(&path).await?;
        let mut size = 0;
        let outcome: Outcome<()> = async {
            while let Some(piece) = claim.wait(field.chunk()).await?? {
                ahead.store(0, Ordering::Relaxed);
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
                let mut named = video.wishes.clone();
                named.meta.entry("name").or_insert_with(|| name.into());
                // What has no room for a name stays without one.
                if named.check().is_ok() {
                    video.wishes = named;
                }
            })?;
        }
        return Ok(Reply(host.tell(&claim.complete().await?)));
    }
    Err(Failure::bad_request("the form has no field \"file\""))
}

/// A body that ends where more than `MOST_AHEAD` bytes came since `ahead` was set to 0.
fn counted(body: Body, ahead: Arc<AtomicUsize>) -> Body {
    Body::from_stream(body.into_data_stream().map(move |piece| {
        let piece = piece?;
        match ahead.fetch_add(piece.len(), Ordering::Relaxed) {
            known if known + piece.len() > MOST_AHEAD => Err(axum::Error::new("the form's headers are too long")),
            _ => Ok(piece),
        }
    }))
}

pub(super) fn ensure_small(host: &Host, size: u64) -> Outcome<()> {
    let most = host.config.largest;
    if size <= most { Ok(()) } else { Err(Failure::too_large(format!("uploads may have {most} bytes at most"))) }
}

async fn forget(path: &FilePath) {
    let _ = tokio::fs::remove_file(path).await;
}
