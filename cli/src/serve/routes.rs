//! What the server answers to which path.

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
use vodkit::thumbnail::{Fit, Position};
use vodkit::{Cancel, Error, ErrorKind, Rational, Result, ThumbnailOptions};

use super::answer;
use super::origin::Origin;

const PAGE: &str = include_str!("../../player/index.html");
const SCRIPT: &str = include_str!("../../player/player.js");
/// Empty where the set-up could not fetch them.
const HLS_JS: &str = include_str!(concat!(env!("OUT_DIR"), "/hls.js"));
const DASH_JS: &str = include_str!(concat!(env!("OUT_DIR"), "/dash.js"));

/// How long an answer may take that is on its way when the server is stopped.
const FAREWELL: Duration = Duration::from_secs(1);
/// Pictures that are taken at the same time.
const PICTURES: usize = 2;
/// Requests that wait for segments at the same time, each on a thread; the others wait for their turn without one.
const WAITING: usize = 128;

#[derive(Clone)]
struct Shared {
    origin: Arc<Origin>,
    pictures: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
}

/// Answers until `stop` comes; those that are answered then have a moment to read it.
pub(super) async fn serve(listener: TcpListener, origin: Arc<Origin>, mut stop: Receiver<bool>) -> std::io::Result<()> {
    let mut stopping = stop.clone();
    let (pictures, waiting) = (Arc::new(Semaphore::new(PICTURES)), Arc::new(Semaphore::new(WAITING)));
    let shared = Shared { origin, pictures, waiting };
    let routes = Router::new()
        .route("/", get(|asked: HeaderMap| own("index.html", PAGE, asked)))
        .route("/player/player.js", get(|asked: HeaderMap| own("player.js", SCRIPT, asked)))
        .route("/player/hls.js", get(|asked: HeaderMap| own("hls.js", HLS_JS, asked)))
        .route("/player/dash.js", get(|asked: HeaderMap| own("dash.js", DASH_JS, asked)))
        .route("/status", get(status).options(preflight))
        .route("/thumbnail.jpg", get(thumbnail).options(preflight))
        .route("/{*key}", get(file).options(preflight))
        .with_state(shared)
        .layer(axum::middleware::map_response(open_to_all));
    let serving = axum::serve(listener, routes).with_graceful_shutdown(async move {
        let _ = stopping.wait_for(|stop| *stop).await;
    });
    tokio::select! {
        served = serving => served,
        () = async {
            let _ = stop.wait_for(|stop| *stop).await;
            sleep(FAREWELL).await;
        } => Ok(()),
    }
}

/// Any page may play what is served.
async fn open_to_all(mut response: Response<Body>) -> Response<Body> {
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

/// A file of the player's.
async fn own(name: &str, text: &'static str, asked: HeaderMap) -> Response<Body> {
    if text.is_empty() {
        let words = "this build has no hls.js and dash.js: scripts/setup.sh fetches them, where npm is there";
        return answer::text(StatusCode::NOT_FOUND, words);
    }
    answer::file(Bytes::from_static(text.as_bytes()), answer::media_type(name), None, &asked)
}

async fn status(State(shared): State<Shared>) -> impl IntoResponse {
    let headers = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")];
    (headers, shared.origin.status().to_string())
}

async fn file(State(shared): State<Shared>, Path(key): Path<String>, asked: HeaderMap) -> Response<Body> {
    // What follows from the plan is there at once, whoever waits.
    let turn = match key.ends_with(".m4s") || key.ends_with(".jpg") {
        true => Some(shared.waiting.clone().acquire_owned().await),
        false => None,
    };
    let found = in_background(move |cancel| {
        let _turn = turn;
        let found = shared.origin.get(&key, cancel)?;
        let tag = format!("\"{}/{key}\"", shared.origin.hash());
        let last = key.rsplit_once('.').map_or("", |(_, extension)| extension);
        // Media never changes, but another video may be served here tomorrow; manifests learn their bit rates.
        let tag = matches!(last, "m4s" | "mp4" | "jpg").then_some(tag.as_str());
        Ok(found.map(|bytes| answer::file(bytes, answer::media_type(&key), tag, &asked)))
    });
    found.await.map_or_else(
        |error| answer::error(&error),
        |found| found.unwrap_or_else(|| answer::text(StatusCode::NOT_FOUND, "there is no such file in the package")),
    )
}

/// A picture of the video: `time` (`5s`, or seconds), `width`, `height`, `fit`.
async fn thumbnail(
    State(shared): State<Shared>,
    Query(query): Query<HashMap<String, String>>,
    asked: HeaderMap,
) -> Response<Body> {
    if query.is_empty() {
        return file(State(shared), Path(vodkit::engine::THUMBNAIL_KEY.into()), asked).await;
    }
    // Never closed, so there is always a turn. It goes with the work, which goes on where the client is gone.
    let turn = shared.pictures.clone().acquire_owned().await;
    let made = in_background(move |_| {
        let options = options_of(&query)?;
        let nothing =
            || Error::new(ErrorKind::NothingToPlay, "a package alone has no pictures but its own thumbnail.jpg");
        let picture = shared.origin.thumbnail(&options).ok_or_else(nothing)??;
        drop(turn);
        Ok(answer::file(picture.bytes, "image/jpeg", None, &asked))
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

/// Throws its switch when it goes.
struct Guard(Cancel);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

/// Does work that takes its time. When the client goes away, this future is dropped, and the work is given up.
async fn in_background<T: Send + 'static>(work: impl FnOnce(&Cancel) -> Result<T> + Send + 'static) -> Result<T> {
    let guard = Guard(Cancel::new());
    let cancel = guard.0.clone();
    let done = spawn_blocking(move || work(&cancel)).await;
    done.unwrap_or_else(|cause| Err(Error::new(ErrorKind::Internal, "the work was cut off").with_cause(cause)))
}
