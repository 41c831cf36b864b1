//! What players and pages ask for: manifests, segments, pictures, downloads.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Path, Query, Request, State as Shared};
use axum::http::{HeaderValue, Response, StatusCode, header};
use axum::middleware::map_response;
use axum::response::IntoResponse;
use axum::routing::get;
use bytes::Bytes;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use tokio::time::timeout;
use tower_http::services::ServeFile;
use vodkit::layout::{DASH_KEY, HLS_KEY, PLAN_KEY, media_type};
use vodkit::manifest::with_first_variant;
use vodkit::thumbnail::{Fit, Position};
use vodkit::{AnimationOptions, CancelToken, Plan, Rational, Source, ThumbnailOptions};

use crate::access::{admitted, admitted_with};
use crate::envelope::{Failure, Outcome};
use crate::host::Host;
use crate::plans::still;
use crate::video::Video;

/// Pictures that are taken at the same time, and animations, which take longer, so that pictures pass them.
static PICTURES: Semaphore = Semaphore::const_new(2);
static ANIMATIONS: Semaphore = Semaphore::const_new(1);
/// How long a viewer waits for a turn.
const PATIENCE: Duration = Duration::from_secs(20);
/// Requests that wait for segments at the same time, each on a thread.
static WAITING: Semaphore = Semaphore::const_new(64);
/// Pixels of a picture's side, and of an animation's.
const LARGEST: u32 = 2160;
const LARGEST_MOVING: u32 = 640;
/// Seconds of an animation, and its pictures a second: anybody may ask for one.
const LONGEST: i64 = 10;
const FASTEST: i64 = 15;

pub(crate) fn routes() -> Router<Arc<Host>> {
    Router::new()
        .route("/{name}/manifest/{*key}", get(file).options(preflight))
        .route("/{name}/thumbnails/thumbnail.jpg", get(thumbnail).options(preflight))
        .route("/{name}/thumbnails/thumbnail.gif", get(animation).options(preflight))
        .route("/{name}/downloads/default.mp4", get(download).options(preflight))
        .layer(map_response(open_to_pages))
}

/// Pages of others may play what they may see.
async fn open_to_pages(mut response: Response<Body>) -> Response<Body> {
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("Content-Length, Content-Range"));
    response
}

async fn preflight() -> impl IntoResponse {
    let allowed = [
        (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, HEAD, OPTIONS"),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, "Range, If-None-Match, If-Modified-Since"),
        (header::ACCESS_CONTROL_MAX_AGE, "86400"),
    ];
    (StatusCode::NO_CONTENT, allowed)
}

/// Cancels its token when it is dropped, as it is when the client goes.
struct Guard(CancelToken);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

/// A file of the package, made now where it is not there yet.
async fn file(
    Shared(host): Shared<Arc<Host>>,
    Path((name, key)): Path<(String, String)>,
    ConnectInfo(viewer): ConnectInfo<SocketAddr>,
    Query(query): Asked,
    request: Request,
) -> Outcome<Response<Body>> {
    let video = admitted(&host, &name, viewer, request.headers())?;
    if !video.is_playable() {
        return Err(Failure::not_found("manifest yet: the video is not ready to stream"));
    }
    let key = match key.as_str() {
        "video.m3u8" => HLS_KEY.to_owned(),
        "video.mpd" => DASH_KEY.to_owned(),
        _ => key,
    };
    let kind = media_type(&key).filter(|_| key != PLAN_KEY).ok_or_else(|| Failure::not_found("file"))?;
    let hint = query.get("clientBandwidthHint").filter(|_| key == HLS_KEY).map(|text| bandwidth(text)).transpose()?;
    let path = host.package_path(&video.uid).join(&key);
    if let Some(job) = host.job(&video.uid).filter(|job| !job.is_finished()) {
        let (guard, turn) = (Guard(CancelToken::new()), WAITING.acquire().await);
        let (cancel, wanted) = (guard.0.clone(), key.clone());
        let made = spawn_blocking(move || {
            let _turn = turn;
            job.get_cancellable(&wanted, &cancel)
        });
        let made = made.await.map_err(Failure::internal)?;
        let bytes = made?.ok_or_else(|| Failure::not_found("file"))?;
        if !key.ends_with(".m4s") {
            return Ok(made_now(kind, hinted(bytes, hint)?));
        }
    }
    if hint.is_some() {
        return Ok(made_now(kind, hinted(tokio::fs::read(&path).await?.into(), hint)?));
    }
    Ok(from_disk(path, kind, request).await)
}

fn made_now(kind: &'static str, bytes: Bytes) -> Response<Body> {
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "no-cache")], bytes).into_response()
}

/// The multivariant playlist with the variant first that fits the hint, in bits per second.
fn hinted(file: Bytes, hint: Option<u64>) -> Outcome<Bytes> {
    let Some(bandwidth) = hint else { return Ok(file) };
    Ok(with_first_variant(&String::from_utf8_lossy(&file), bandwidth)?.into())
}

/// `clientBandwidthHint`: megabits per second.
fn bandwidth(text: &str) -> Outcome<u64> {
    let megabits = text.parse::<f64>().ok().filter(|megabits| megabits.is_finite() && *megabits >= 0.0);
    let refused = || format!("clientBandwidthHint is \"{text}\", but must be megabits per second such as 1.8");
    Ok((megabits.ok_or_else(|| Failure::bad_request(refused()))? * 1e6) as u64)
}

async fn from_disk(path: PathBuf, kind: &'static str, mut request: Request) -> Response<Body> {
    // Nothing here is compressed; the service would look for what lies under shorter names.
    request.headers_mut().remove(header::ACCEPT_ENCODING);
    // The types are well-formed.
    let kind = kind.parse().ok();
    let mut service = kind.map_or_else(|| ServeFile::new(&path), |kind| ServeFile::new_with_mime(&path, &kind));
    match service.try_call(request).await {
        Ok(response) if response.status() == StatusCode::NOT_FOUND => Failure::not_found("file").into_response(),
        Ok(mut response) => {
            response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
            response.map(Body::new)
        }
        Err(error) => Failure::from(error).into_response(),
    }
}

type Asked = Query<HashMap<String, String>>;

/// A still picture: `time`, `width`, `height`, `fit`.
async fn thumbnail(
    Shared(host): Shared<Arc<Host>>,
    Path(name): Path<String>,
    ConnectInfo(viewer): ConnectInfo<SocketAddr>,
    Query(query): Asked,
    request: Request,
) -> Outcome<Response<Body>> {
    let video = admitted(&host, &name, viewer, request.headers())?;
    let options = options(still(&video), &query)?;
    let bytes =
        pictured(host, video, &PICTURES, move |source, plan| Ok(vodkit::plan_thumbnail(source, plan, &options)?.bytes));
    Ok(([(header::CONTENT_TYPE, "image/jpeg"), (header::CACHE_CONTROL, "max-age=60")], bytes.await?).into_response())
}

/// A GIF: `time`, `width`, `height`, `fit`, `duration`, `fps`.
async fn animation(
    Shared(host): Shared<Arc<Host>>,
    Path(name): Path<String>,
    ConnectInfo(viewer): ConnectInfo<SocketAddr>,
    Query(query): Asked,
    request: Request,
) -> Outcome<Response<Body>> {
    let video = admitted(&host, &name, viewer, request.headers())?;
    let mut moving = AnimationOptions::default();
    moving.first = options(still(&video), &query)?;
    if let Some(duration) = query.get("duration") {
        moving.seconds = seconds("duration", duration)?;
    }
    if let Some(rate) = query.get("fps") {
        moving.frame_rate = seconds("fps", rate)?;
    }
    let side = moving.first.width.into_iter().chain(moving.first.height).max().unwrap_or(0);
    if moving.seconds > LONGEST.into() || moving.frame_rate > FASTEST.into() || side > LARGEST_MOVING {
        let message =
            format!("a GIF has {LONGEST} seconds, {FASTEST} fps and sides of {LARGEST_MOVING} pixels at most");
        return Err(Failure::bad_request(message));
    }
    let bytes = pictured(host, video, &ANIMATIONS, move |source, plan| vodkit::plan_animation(source, plan, &moving));
    Ok(([(header::CONTENT_TYPE, "image/gif"), (header::CACHE_CONTROL, "max-age=60")], bytes.await?).into_response())
}

/// Does work on a video's pictures, when its turn comes.
async fn pictured(
    host: Arc<Host>,
    video: Video,
    turns: &'static Semaphore,
    make: impl FnOnce(&Source, &Plan) -> vodkit::Result<bytes::Bytes> + Send + 'static,
) -> Outcome<bytes::Bytes> {
    if video.duration.is_none() || video.input.is_none() {
        return Err(Failure::not_found("picture yet"));
    }
    let turn = timeout(PATIENCE, turns.acquire()).await.map_err(|_| Failure::busy())?;
    let made = spawn_blocking(move || -> Outcome<bytes::Bytes> {
        // Goes with the work, which goes on where the client is gone.
        let _turn = turn;
        let json = std::fs::read_to_string(host.package_path(&video.uid).join(PLAN_KEY));
        let plan = Plan::from_json(&json.map_err(|_| Failure::not_found("picture yet"))?)?;
        let source = Source::file(host.source_path(&video.uid))?;
        Ok(make(&source, &plan)?)
    });
    made.await.map_err(Failure::internal)?
}

/// A number of seconds, such as `5s`, `2.5` or `1m10s`.
fn seconds(name: &str, text: &str) -> Outcome<Rational> {
    let refused = || Failure::bad_request(format!("{name} is \"{text}\", but must be a time such as 5s or 1m10s"));
    let (mut rest, mut total) = (text, Rational::ZERO);
    for (unit, weight) in [('h', 3600), ('m', 60)] {
        if let Some((count, after)) = rest.split_once(unit) {
            total = total + count.parse::<Rational>().map_err(|_| refused())? * Rational::from(weight);
            rest = after;
        }
    }
    let last = rest.strip_suffix('s').unwrap_or(rest);
    if !last.is_empty() {
        // Scripts write more digits than any time has.
        let digits = last.find('.').map_or(last.len(), |point| last.len().min(point + 10));
        let last = last.get(..digits).ok_or_else(refused)?;
        total = total + last.parse::<Rational>().map_err(|_| refused())?;
    }
    if text.is_empty() || total < Rational::ZERO { Err(refused()) } else { Ok(total) }
}

fn options(mut options: ThumbnailOptions, query: &HashMap<String, String>) -> Outcome<ThumbnailOptions> {
    let side = |name: &str| {
        let parsed = query.get(name).map(|text| text.parse().ok().filter(|side| (1..=LARGEST).contains(side)));
        match parsed {
            Some(None) => Err(Failure::bad_request(format!("{name} must be 1 to {LARGEST} pixels"))),
            side => Ok(side.flatten()),
        }
    };
    (options.width, options.height) = (side("width")?, side("height")?);
    if let Some(time) = query.get("time") {
        options.at = Position::Seconds(seconds("time", time)?);
    }
    if let Some(fit) = query.get("fit") {
        options.fit = match fit.as_str() {
            "crop" => Fit::Crop,
            "clip" => Fit::Clip,
            "scale" => Fit::Scale,
            "fill" => Fit::Fill,
            _ => return Err(Failure::bad_request("fit must be crop, clip, scale or fill")),
        };
    }
    Ok(options)
}

async fn download(
    Shared(host): Shared<Arc<Host>>,
    Path(name): Path<String>,
    ConnectInfo(viewer): ConnectInfo<SocketAddr>,
    request: Request,
) -> Outcome<Response<Body>> {
    let (video, allowed) = admitted_with(&host, &name, viewer, request.headers())?;
    if !allowed {
        return Err(Failure::forbidden("the token does not allow downloads"));
    }
    if !video.downloadable {
        return Err(Failure::not_found("download"));
    }
    Ok(from_disk(host.download_path(&video.uid), "video/mp4", request).await)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_units() {
        let time = |text: &str| seconds("time", text).map(|time| time.to_f64()).ok();
        assert_eq!(
            [time("5s"), time("2.5"), time("1m10s"), time("1h2m3s"), time("2m"), time("0.25000000000000")],
            [5.0, 2.5, 70.0, 3723.0, 120.0, 0.25].map(Some)
        );
        for wrong in ["", "s5", "-1s", "5x", "ms"] {
            assert_eq!(time(wrong), None, "{wrong}");
        }
    }
}
