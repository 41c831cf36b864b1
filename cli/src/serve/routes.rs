//! The paths of the server, and its answers.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use bytes::Bytes;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::sync::watch::Receiver;
use tokio::task::spawn_blocking;
use tokio::time::sleep;
use vodkit::layout::{Key, THUMBNAIL_KEY};
use vodkit::thumbnail::{Fit, Position};
use vodkit::{CancelToken, Error, ErrorKind, Rational, Result, ThumbnailOptions};

use super::answer;
use super::origin::Origin;

const PAGE: &str = include_str!("../../player/index.html");
const SCRIPT: &str = include_str!("../../player/player.js");
/// Empty if the setup could not fetch them.
const HLS_JS: &str = include_str!(concat!(env!("OUT_DIR"), "/hls.js"));
const DASH_JS: &str = include_str!(concat!(env!("OUT_DIR"), "/dash.js"));

/// How long open answers may take when the server is stopped.
const SHUTDOWN_GRACE: Duration = Duration::from_secs(1);
/// Thumbnails that are taken at the same time.
const MAX_THUMBNAILS: usize = 2;
/// Requests that wait for segments at the same time, each on a thread; further ones wait without a thread.
const MAX_WAITING: usize = 128;

#[derive(Clone)]
struct Shared {
    origin: Arc<Origin>,
    thumbnails: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
}

/// Serves until `stop`; answers that are open then get a moment to finish.
pub(super) async fn serve(listener: TcpListener, origin: Arc<Origin>, mut stop: Receiver<bool>) -> std::io::Result<()> {
    let mut stopping = stop.clone();
    let (thumbnails, waiting) = (Arc::new(Semaphore::new(MAX_THUMBNAILS)), Arc::new(Semaphore::new(MAX_WAITING)));
    let shared = Shared { origin, thumbnails, waiting };
    let routes = Router::new()
        .route("/", get(|headers: HeaderMap| asset("index.html", PAGE, headers)))
        .route("/player/player.js", get(|headers: HeaderMap| asset("player.js", SCRIPT, headers)))
        .route("/player/hls.js", get(|headers: HeaderMap| asset("hls.js", HLS_JS, headers)))
        .route("/player/dash.js", get(|headers: HeaderMap| asset("dash.js", DASH_JS, headers)))
        .route("/status", get(status).options(preflight))
        .route("/thumbnail.jpg", get(thumbnail).options(preflight))
        .route("/{*key}", get(file).options(preflight))
        .with_state(shared)
        .layer(axum::middleware::map_response(allow_all_origins));
    let serving = axum::serve(listener, routes).with_graceful_shutdown(async move {
        let _ = stopping.wait_for(|stop| *stop).await;
    });
    tokio::select! {
        served = serving => served,
        () = async {
            let _ = stop.wait_for(|stop| *stop).await;
            sleep(SHUTDOWN_GRACE).await;
        } => Ok(()),
    }
}

/// Lets pages of any origin play the package.
async fn allow_all_origins(mut response: Response<Body>) -> Response<Body> {
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("Content-Length, Content-Range"));
    response
}

async fn preflight() -> impl IntoResponse {
    let allowed = [
        (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, HEAD, OPTIONS"),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, "Range, If-None-Match, If-Range"),
        (header::ACCESS_CONTROL_MAX_AGE, "86400"),
    ];
    (StatusCode::NO_CONTENT, allowed)
}

/// A file of the player page.
async fn asset(name: &str, text: &'static str, headers: HeaderMap) -> Response<Body> {
    if text.is_empty() {
        let message = "this build has no hls.js and dash.js: scripts/setup.sh fetches them if npm is installed";
        return answer::text(StatusCode::NOT_FOUND, message);
    }
    answer::file(Bytes::from_static(text.as_bytes()), answer::media_type(name), None, &headers)
}

async fn status(State(shared): State<Shared>) -> impl IntoResponse {
    let headers = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")];
    (headers, shared.origin.status().to_string())
}

async fn file(State(shared): State<Shared>, Path(path): Path<String>, headers: HeaderMap) -> Response<Body> {
    let Some(key) = Key::parse(&path) else { return no_file() };
    // All other files follow from the plan, and need no waiting.
    let may_wait = key.is_segment() || key == Key::Thumbnail;
    let permit = if may_wait { Some(shared.waiting.clone().acquire_owned().await) } else { None };
    // Media never changes, but another video may be served at this address later. Manifests get their final bit rates
    // when the package is finished.
    let is_media = may_wait || matches!(key, Key::Init(_));
    let media_type = key.media_type();
    let found = in_background(move |cancel| {
        let _permit = permit;
        let tag = is_media.then(|| format!("\"{}/{path}\"", shared.origin.hash()));
        let found = shared.origin.get(&path, cancel)?;
        Ok(found.map(|bytes| answer::file(bytes, media_type, tag.as_deref(), &headers)))
    });
    found.await.map_or_else(|error| answer::error(&error), |found| found.unwrap_or_else(no_file))
}

fn no_file() -> Response<Body> {
    answer::text(StatusCode::NOT_FOUND, "there is no such file in the package")
}

/// A still image of the video: `time` (`5s`, or seconds), `width`, `height`, `fit`.
async fn thumbnail(
    State(shared): State<Shared>,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
) -> Response<Body> {
    if query.is_empty() {
        return file(State(shared), Path(THUMBNAIL_KEY.into()), headers).await;
    }
    let options = match options_of(&query) {
        Ok(options) => options,
        Err(error) => return answer::error(&error),
    };
    let (origin, asked) = (shared.origin.clone(), options.clone());
    let kept = in_background(move |_| Ok(origin.kept_thumbnail(&asked))).await;
    if let Ok(Some(bytes)) = kept {
        return answer::file(bytes, "image/jpeg", None, &headers);
    }
    // Held by the work itself, which continues if the client disconnects.
    let permit = shared.thumbnails.clone().acquire_owned().await;
    let made = in_background(move |_| {
        let no_source = || {
            let message = "a finished package has no source to take an image from: it has thumbnail.jpg alone";
            Error::new(ErrorKind::NothingToPlay, message)
        };
        let bytes = shared.origin.thumbnail(&options).ok_or_else(no_source)??;
        drop(permit);
        Ok(answer::file(bytes, "image/jpeg", None, &headers))
    });
    made.await.unwrap_or_else(|error| answer::error(&error))
}

fn options_of(query: &HashMap<String, String>) -> Result<ThumbnailOptions> {
    let mut options = ThumbnailOptions::default();
    let refused = |name: &str, value: &str, must: &str| {
        Error::new(ErrorKind::InvalidArgument, format!("{name} is \"{value}\", but must be {must}"))
    };
    for (name, value) in query {
        let pixels = || value.parse().map(Some).map_err(|_| refused(name, value, "a number of pixels"));
        match name.as_str() {
            "time" => {
                let seconds: Rational = value
                    .strip_suffix('s')
                    .unwrap_or(value)
                    .parse()
                    .map_err(|_| refused(name, value, "seconds, such as 5s"))?;
                options.at = Position::Seconds(seconds);
            }
            "width" => options.width = pixels()?,
            "height" => options.height = pixels()?,
            "fit" => {
                options.fit = match value.as_str() {
                    "crop" => Fit::Crop,
                    "clip" => Fit::Clip,
                    "scale" => Fit::Scale,
                    "fill" => Fit::Fill,
                    _ => return Err(refused(name, value, "crop, clip, scale or fill")),
                }
            }
            _ => return Err(refused("the query", name, "made of time, width, height and fit")),
        }
    }
    Ok(options)
}

/// Cancels its token when dropped.
struct CancelGuard(CancelToken);

impl Drop for CancelGuard {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

/// Runs blocking work. If the client disconnects, this future is dropped, and the work is cancelled.
async fn in_background<T: Send + 'static>(work: impl FnOnce(&CancelToken) -> Result<T> + Send + 'static) -> Result<T> {
    let guard = CancelGuard(CancelToken::new());
    let cancel = guard.0.clone();
    let done = spawn_blocking(move || work(&cancel)).await;
    done.unwrap_or_else(|cause| Err(Error::new(ErrorKind::Internal, "the work was aborted").with_cause(cause)))
}
