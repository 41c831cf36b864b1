//! Pages for people: the host's own, the player, and what pages of others need to embed it.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Path, State as Shared};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;

use crate::access::{admitted, ancestors};
use crate::envelope::Failure;
use crate::host::Host;

const HTML: &str = "text/html; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

/// Empty where the set-up could not fetch it; browsers that play HLS themselves do without.
const HLS_JS: &str = include_str!(concat!(env!("OUT_DIR"), "/hls.js"));

pub(crate) fn routes() -> Router<Arc<Host>> {
    Router::new()
        .route("/", get(index))
        .route("/page/app.js", get(|| text(SCRIPT, include_str!("../page/app.js"))))
        .route("/page/style.css", get(|| text("text/css; charset=utf-8", include_str!("../page/style.css"))))
        .route("/page/player.js", get(|| text(SCRIPT, include_str!("../page/player.js"))))
        .route("/page/hls.js", get(|| text(SCRIPT, HLS_JS)))
        // Under the name that pages know.
        .route("/embed/sdk.latest.js", get(|| text(SCRIPT, include_str!("../page/sdk.js"))))
        .route("/{name}/watch", get(player))
        .route("/{name}/iframe", get(player))
}

/// The owner's page, which no other page may have in a frame.
async fn index() -> impl IntoResponse {
    let alone = [(header::CONTENT_SECURITY_POLICY, "frame-ancestors 'none'")];
    (alone, text(HTML, include_str!("../page/index.html")).await)
}

async fn text(kind: &'static str, text: &'static str) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "no-cache")], text)
}

/// The player, alone on its page or in a frame; its options are in the query, for its script to read.
async fn player(
    Shared(host): Shared<Arc<Host>>,
    Path(name): Path<String>,
    ConnectInfo(viewer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
) -> Response<Body> {
    let video = match admitted(&host, &name, viewer, &headers) {
        Ok(video) => video,
        Err(failure) => return refusal(&failure).into_response(),
    };
    let title = escaped(Some(video.name()).filter(|name| !name.is_empty()).unwrap_or("Video"));
    let page = include_str!("../page/player.html").replace("{title}", &title);
    let mut response = ([(header::CONTENT_TYPE, HTML), (header::CACHE_CONTROL, "no-cache")], page).into_response();
    let policy = ancestors(&video).and_then(|policy| HeaderValue::from_str(&policy).ok());
    if let Some(policy) = policy {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

/// The same for people: in words, on a page.
fn refusal(failure: &Failure) -> (StatusCode, [(HeaderName, &'static str); 1], String) {
    let words = escaped(failure.message());
    let page = include_str!("../page/refusal.html").replace("{words}", &words);
    (failure.status(), [(header::CONTENT_TYPE, HTML)], page)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// What to put into a page so that it has the video.
pub(crate) fn embed_code(address: &str, uid: &str) -> String {
    format!(
        "<iframe src=\"{address}/{uid}/iframe\" style=\"border: none; width: 100%; aspect-ratio: 16 / 9\" \
         allow=\"autoplay; encrypted-media; picture-in-picture; fullscreen\" allowfullscreen></iframe>"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_text_and_never_markup() {
        assert_eq!(escaped("<b>\"&"), "&lt;b&gt;&quot;&amp;");
    }
}
