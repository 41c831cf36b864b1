//! What players and pages load: manifests, segments, images, downloads.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

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
use vodkit::layout::{DASH_KEY, HLS_KEY, Key, PLAN_KEY};
use vodkit::manifest::within_bandwidth;
use vodkit::thumbnail::{Fit, Position};
use vodkit::{AnimationOptions, CancelToken, Plan, Rational, Source, ThumbnailCache, ThumbnailOptions};

use crate::access::{authorized, authorized_with};
use crate::envelope::{ApiError, ApiResult};
use crate::host::Host;
use crate::plans::{self, thumbnail as default_thumbnail};
use crate::video::Video;

/// Still images that are taken at the same time, and animations. These take longer and must not hold up stills.
static STILLS: Semaphore = Semaphore::const_new(2);
static ANIMATIONS: Semaphore = Semaphore::const_new(1);
/// How long a request for an image is queued.
const QUEUE_TIMEOUT: Duration = Duration::from_secs(20);
/// Requests that wait for segments at the same time, each on a thread.
static WAITING: Semaphore = Semaphore::const_new(64);
/// Maximum sides in pixels of a still image, and of an animation.
const MAX_SIDE: u32 = 2160;
const MAX_ANIMATION_SIDE: u32 = 640;
/// Maximum duration of an animation in seconds, and its maximum frame rate.
const MAX_ANIMATION_SECONDS: i64 = 10;
const MAX_ANIMATION_RATE: i64 = 15;

pub(crate) fn routes() -> Router<Arc<Host>> {
    Router::new()
        .route("/{name}/manifest/{*key}", get(file).options(preflight))
        .route("/{name}/thumbnails/thumbnail.jpg", get(thumbnail).options(preflight))
        .route("/{name}/thumbnails/thumbnail.gif", get(animation).options(preflight))
        .route("/{name}/downloads/default.mp4", get(download).options(preflight))
        .layer(map_response(allow_all_origins))
}

/// Lets pages of any origin play videos. Access is checked elsewhere.
async fn allow_all_origins(mut response: Response<Body>) -> Response<Body> {
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

/// Cancels its token when dropped, as it is when the client disconnects.
struct CancelGuard(CancelToken);

impl Drop for CancelGuard {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

/// A file of the package, which is made now if it does not exist yet.
async fn file(
    Shared(host): Shared<Arc<Host>>,
    Path((name, path)): Path<(String, String)>,
    ConnectInfo(viewer): ConnectInfo<SocketAddr>,
    Query(query): QueryParams,
    request: Request,
) -> ApiResult<Response<Body>> {
    let video = authorized(&host, &name, viewer, request.headers())?;
    if !video.is_playable() {
        return Err(ApiError::not_found("manifest yet: the video is not ready to stream"));
    }
    let path = match path.as_str() {
        "video.m3u8" => HLS_KEY.to_owned(),
        "video.mpd" => DASH_KEY.to_owned(),
        _ => path,
    };
    let key = Key::parse(&path).filter(|key| *key != Key::Plan).ok_or_else(|| ApiError::not_found("file"))?;
    let (media_type, is_segment) = (key.media_type(), key.is_segment());
    let hint = query.get("clientBandwidthHint").filter(|_| matches!(key, Key::Hls | Key::Dash));
    let hint = hint.map(|text| bandwidth(text)).transpose()?;
    let file = host.package_path(&video.uid).join(&path);
    if let Some(job) = host.job(&video.uid).filter(|job| !job.is_finished()) {
        let (guard, permit) = (CancelGuard(CancelToken::new()), WAITING.acquire().await);
        let cancel = guard.0.clone();
        let made = spawn_blocking(move || {
            let _permit = permit;
            job.get_cancellable(&path, &cancel)
        });
        let made = made.await.map_err(ApiError::internal)?;
        let bytes = made?.ok_or_else(|| ApiError::not_found("file"))?;
        if !is_segment {
            return Ok(from_memory(media_type, within(bytes, hint)?));
        }
    }
    if hint.is_some() {
        return Ok(from_memory(media_type, within(tokio::fs::read(&file).await?.into(), hint)?));
    }
    Ok(from_disk(file, media_type, request).await)
}

fn from_memory(media_type: &'static str, bytes: Bytes) -> Response<Body> {
    ([(header::CONTENT_TYPE, media_type), (header::CACHE_CONTROL, "no-cache")], bytes).into_response()
}

/// The manifest, of what a bandwidth in bits per second carries.
fn within(manifest: Bytes, hint: Option<u64>) -> ApiResult<Bytes> {
    let Some(bandwidth) = hint else { return Ok(manifest) };
    Ok(within_bandwidth(&String::from_utf8_lossy(&manifest), bandwidth)?.into())
}

/// `clientBandwidthHint`, in megabits per second, as bits per second.
fn bandwidth(text: &str) -> ApiResult<u64> {
    let megabits = text.parse::<f64>().ok().filter(|megabits| megabits.is_finite() && *megabits >= 0.0);
    let refused = || format!("clientBandwidthHint is \"{text}\", but must be megabits per second such as 1.8");
    Ok((megabits.ok_or_else(|| ApiError::bad_request(refused()))? * 1e6).round() as u64)
}

async fn from_disk(path: PathBuf, media_type: &'static str, mut request: Request) -> Response<Body> {
    // Nothing is stored compressed: the service must not look for it.
    request.headers_mut().remove(header::ACCEPT_ENCODING);
    // All media types are well-formed.
    let mime = media_type.parse().ok();
    let mut service = mime.map_or_else(|| ServeFile::new(&path), |mime| ServeFile::new_with_mime(&path, &mime));
    match service.try_call(request).await {
        Ok(response) if response.status() == StatusCode::NOT_FOUND => ApiError::not_found("file").into_response(),
        Ok(mut response) => {
            response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
            response.map(Body::new)
        }
        Err(error) => ApiError::from(error).into_response(),
    }
}

type QueryParams = Query<HashMap<String, String>>;

/// A still image: `time`, `width`, `height`, `fit`.
async fn thumbnail(
    Shared(host): Shared<Arc<Host>>,
    Path(name): Path<String>,
    ConnectInfo(viewer): ConnectInfo<SocketAddr>,
    Query(query): QueryParams,
    request: Request,
) -> ApiResult<Response<Body>> {
    let video = authorized(&host, &name, viewer, request.headers())?;
    let options = options(default_thumbnail(&video), &query)?;
    let bytes = still(host, video, options).await?;
    Ok(([(header::CONTENT_TYPE, "image/jpeg"), (header::CACHE_CONTROL, "max-age=60")], bytes).into_response())
}

/// A still image, which is made if it is not kept.
async fn still(host: Arc<Host>, video: Video, options: ThumbnailOptions) -> ApiResult<Bytes> {
    let (kept, uid, asked) = (host.clone(), video.uid.clone(), options.clone());
    let found = spawn_blocking(move || {
        let key = still_key(&kept, &uid, &asked)?;
        Some((kept.stills.get(&key), key))
    });
    match found.await.map_err(ApiError::internal)? {
        Some((Some(bytes), _)) => Ok(bytes),
        Some((None, key)) => {
            let stills = host.clone();
            let make = move |source: &Source, plan: &Plan| {
                stills.stills.get_or_make(&key, || Ok(vodkit::plan_thumbnail(source, plan, &options)?.bytes))
            };
            image(host, video, &STILLS, make).await
        }
        None => {
            image(host, video, &STILLS, move |source, plan| Ok(vodkit::plan_thumbnail(source, plan, &options)?.bytes))
                .await
        }
    }
}

/// What a still image is kept under: the video, when its package was planned, and the options. `None` while there is no package.
fn still_key(host: &Host, uid: &str, options: &ThumbnailOptions) -> Option<String> {
    let planned = std::fs::metadata(host.package_path(uid).join(PLAN_KEY)).ok()?;
    let since = planned.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    Some(ThumbnailCache::key(&format!("{uid}/{}/{}", since.as_nanos(), planned.len()), options))
}

/// A GIF: `time`, `width`, `height`, `fit`, `duration`, `fps`.
async fn animation(
    Shared(host): Shared<Arc<Host>>,
    Path(name): Path<String>,
    ConnectInfo(viewer): ConnectInfo<SocketAddr>,
    Query(query): QueryParams,
    request: Request,
) -> ApiResult<Response<Body>> {
    let video = authorized(&host, &name, viewer, request.headers())?;
    let mut options = AnimationOptions::default().first(options(default_thumbnail(&video), &query)?);
    if let Some(duration) = query.get("duration") {
        options.seconds = seconds("duration", duration)?;
    }
    if let Some(rate) = query.get("fps") {
        options.frame_rate = seconds("fps", rate)?;
    }
    let side = options.first.width.into_iter().chain(options.first.height).max().unwrap_or(0);
    let is_long = options.seconds > MAX_ANIMATION_SECONDS.into() || options.frame_rate > MAX_ANIMATION_RATE.into();
    if is_long || side > MAX_ANIMATION_SIDE {
        return Err(ApiError::bad_request(format!(
            "a GIF has {MAX_ANIMATION_SECONDS} seconds, {MAX_ANIMATION_RATE} fps and sides of {MAX_ANIMATION_SIDE} pixels \
             at most"
        )));
    }
    let bytes = image(host, video, &ANIMATIONS, move |source, plan| vodkit::plan_animation(source, plan, &options));
    Ok(([(header::CONTENT_TYPE, "image/gif"), (header::CACHE_CONTROL, "max-age=60")], bytes.await?).into_response())
}

/// Makes an image of a video, when there is a permit.
async fn image(
    host: Arc<Host>,
    video: Video,
    permits: &'static Semaphore,
    make: impl FnOnce(&Source, &Plan) -> vodkit::Result<Bytes> + Send + 'static,
) -> ApiResult<Bytes> {
    if video.duration.is_none() || video.input.is_none() {
        return Err(ApiError::not_found("image yet"));
    }
    let permit = timeout(QUEUE_TIMEOUT, permits.acquire()).await.map_err(|_| ApiError::busy())?;
    let made = spawn_blocking(move || -> ApiResult<Bytes> {
        // Held by the work itself, which continues if the client disconnects.
        let _permit = permit;
        let source = Source::file(host.source_path(&video.uid))?;
        let plan = plans::plan(&host, &video, &source)?;
        Ok(make(&source, &plan)?)
    });
    made.await.map_err(ApiError::internal)?
}

/// A number of seconds, such as `5s`, `2.5` or `1m10s`.
fn seconds(name: &str, text: &str) -> ApiResult<Rational> {
    let refused = || ApiError::bad_request(format!("{name} is \"{text}\", but must be a time such as 5s or 1m10s"));
    let (mut rest, mut total) = (text, Rational::ZERO);
    for (unit, weight) in [('h', 3600), ('m', 60)] {
        if let Some((count, after)) = rest.split_once(unit) {
            total = total + count.parse::<Rational>().map_err(|_| refused())? * Rational::from(weight);
            rest = after;
        }
    }
    let last = rest.strip_suffix('s').unwrap_or(rest);
    if !last.is_empty() {
        // Clients may send more digits than a time needs.
        let digits = last.find('.').map_or(last.len(), |point| last.len().min(point + 10));
        let last = last.get(..digits).ok_or_else(refused)?;
        total = total + last.parse::<Rational>().map_err(|_| refused())?;
    }
    if text.is_empty() || total < Rational::ZERO { Err(refused()) } else { Ok(total) }
}

fn options(mut options: ThumbnailOptions, query: &HashMap<String, String>) -> ApiResult<ThumbnailOptions> {
    let side = |name: &str| {
        let parsed = query.get(name).map(|text| text.parse().ok().filter(|side| (1..=MAX_SIDE).contains(side)));
        match parsed {
            Some(None) => Err(ApiError::bad_request(format!("{name} must be 1 to {MAX_SIDE} pixels"))),
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
            _ => return Err(ApiError::bad_request("fit must be crop, clip, scale or fill")),
        };
    }
    Ok(options)
}

async fn download(
    Shared(host): Shared<Arc<Host>>,
    Path(name): Path<String>,
    ConnectInfo(viewer): ConnectInfo<SocketAddr>,
    request: Request,
) -> ApiResult<Response<Body>> {
    let (video, allowed) = authorized_with(&host, &name, viewer, request.headers())?;
    if !allowed {
        return Err(ApiError::forbidden("the token does not allow downloads"));
    }
    if !video.downloadable {
        return Err(ApiError::not_found("download"));
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
