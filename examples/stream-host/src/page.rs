//! Web pages: the page of the owner, the player, and the script for pages that embed it.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Path, State as Shared};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;

use crate::access::{authorized, frame_policy};
use crate::envelope::ApiError;
use crate::host::Host;

const HTML: &str = "text/html; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

/// Empty if the setup could not fetch it. Browsers that play HLS natively do not need it.
const HLS_JS: &str = include_str!(concat!(env!("OUT_DIR"), "/hls.js"));

pub(crate) fn routes() -> Router<Arc<Host>> {
    Router::new()
        .route("/", get(index))
        .route("/page/app.js", get(|| text(SCRIPT, include_str!("../page/app.js"))))
        .route("/page/style.css", get(|| text("text/css; charset=utf-8", include_str!("../page/style.css"))))
        .route("/page/player.js", get(|| text(SCRIPT, include_str!("../page/player.js"))))
        .route("/page/hls.js", get(|| text(SCRIPT, HLS_JS)))
        // The path of the hosted service.
        .route("/embed/sdk.latest.js", get(|| text(SCRIPT, include_str!("../page/sdk.js"))))
        .route("/{name}/watch", get(player))
        .route("/{name}/iframe", get(player))
}

/// The owner's page, which no other page may embed.
async fn index() -> impl IntoResponse {
    let policy = [(header::CONTENT_SECURITY_POLICY, "frame-ancestors 'none'")];
    (policy, text(HTML, include_str!("../page/index.html")).await)
}

async fn text(kind: &'static str, text: &'static str) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "no-cache")], text)
}

/// The player, on its own page or embedded. Its script reads the options from the query.
async fn player(
    Shared(host): Shared<Arc<Host>>,
    Path(name): Path<String>,
    ConnectInfo(viewer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
) -> Response<Body> {
    let video = match authorized(&host, &name, viewer, &headers) {
        Ok(video) => video,
        Err(error) => return error_page(&error).into_response(),
    };
    let title = escaped(Some(video.name()).filter(|name| !name.is_empty()).unwrap_or("Video"));
    let page = include_str!("../page/player.html").replace("{title}", &title);
    let mut response = ([(header::CONTENT_TYPE, HTML), (header::CACHE_CONTROL, "no-cache")], page).into_response();
    let policy = frame_policy(&video).and_then(|policy| HeaderValue::from_str(&policy).ok());
    if let Some(policy) = policy {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

/// An error as a page.
fn error_page(error: &ApiError) -> (StatusCode, [(HeaderName, &'static str); 1], String) {
    let message = escaped(error.message());
    let page = include_str!("../page/error.html").replace("{message}", &message);
    (error.status(), [(header::CONTENT_TYPE, HTML)], page)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// HTML that embeds the video in a page.
pub(crate) fn embed_code(base: &str, uid: &str) -> String {
    format!(
        "<iframe src=\"{base}/{uid}/iframe\" style=\"border: none; width: 100%; aspect-ratio: 16 / 9\" \
         allow=\"autoplay; encrypted-media; picture-in-picture; fullscreen\" allowfullscreen></iframe>"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_escaped() {
        assert_eq!(escaped("<b>\"&"), "&lt;b&gt;&quot;&amp;");
    }
}
