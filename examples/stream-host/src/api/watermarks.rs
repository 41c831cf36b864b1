//! Watermark profiles.

use std::collections::HashMap;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{FromRequest, Multipart, Path, Request, State as Shared};
use axum::http::header;
use serde_json::{Map, Value, json};
use vodkit::{HttpOptions, Source, Watermark, WatermarkPosition};

use super::{object, text};
use crate::envelope::{ApiError, ApiResult, Reply};
use crate::host::Host;
use crate::video::{Timestamp, Video};

/// Maximum bytes of an image that is read; the limit of the engine is lower.
const MAX_BYTES: usize = 2 << 20;
/// Fields of the form that are numbers.
const NUMBERS: [&str; 3] = ["opacity", "padding", "scale"];

/// Creates a profile: from JSON with the URL of the image, or from a form with the image.
pub(super) async fn create(Shared(host): Shared<Arc<Host>>, request: Request) -> ApiResult<Reply<Value>> {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let (fields, image) = if kind.starts_with("multipart/form-data") {
        from_form(request).await?
    } else {
        (object(&Bytes::from_request(request, &()).await?)?, None)
    };
    let made = tokio::task::spawn_blocking(move || make(&host, &fields, image));
    made.await.map_err(ApiError::internal)?.map(Reply)
}

async fn from_form(request: Request) -> ApiResult<(Map<String, Value>, Option<Bytes>)> {
    let mut form = Multipart::from_request(request, &()).await?;
    let (mut fields, mut image) = (Map::new(), None);
    while let Some(field) = form.next_field().await? {
        let name = field.name().unwrap_or_default().to_owned();
        let bytes = field.bytes().await?;
        if name == "file" {
            image = Some(bytes);
        } else {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            let number = text.parse::<f64>().ok().filter(|_| NUMBERS.contains(&name.as_str()));
            fields.insert(name, number.map_or(Value::String(text), Value::from));
        }
    }
    Ok((fields, image))
}

fn make(host: &Host, fields: &Map<String, Value>, image: Option<Bytes>) -> ApiResult<Value> {
    let link = text(fields, "url")?;
    let image = match (image, link) {
        (Some(image), _) => image,
        (None, Some(link)) => fetched(host, link)?,
        _ => return Err(ApiError::bad_request("the image is missing: give a url, or a file in a form")),
    };
    let number = |name: &str, default: f64| fields.get(name).map_or(Some(default), Value::as_f64);
    let fraction = |name: &str, default: f64| {
        let value = number(name, default).filter(|value| (0.0..=1.0).contains(value));
        value.ok_or_else(|| ApiError::bad_request(format!("{name} must be 0 to 1")))
    };
    let (opacity, padding, scale) = (fraction("opacity", 1.0)?, fraction("padding", 0.05)?, fraction("scale", 0.15)?);
    let position = text(fields, "position")?.unwrap_or("upperRight");
    let known = position_of(position).ok_or_else(|| {
        ApiError::bad_request("position must be upperRight, upperLeft, lowerLeft, lowerRight or center")
    })?;
    let watermark = Watermark::new(image.clone()).position(known).opacity(opacity).padding(padding).scale(scale);
    let (width, height) = watermark.size()?;
    let uid = host.new_uid();
    let profile = json!({
        "uid": uid, "name": text(fields, "name")?.unwrap_or_default(), "size": image.len(), "width": width,
        "height": height, "created": Timestamp::now().text(), "downloadedFrom": link, "opacity": opacity,
        "padding": padding, "scale": scale, "position": position,
    });
    host.store.put_watermark(&uid, &profile, &image)?;
    Ok(profile)
}

pub(crate) fn position_of(name: &str) -> Option<WatermarkPosition> {
    Some(match name {
        "upperRight" => WatermarkPosition::UpperRight,
        "upperLeft" => WatermarkPosition::UpperLeft,
        "lowerLeft" => WatermarkPosition::LowerLeft,
        "lowerRight" => WatermarkPosition::LowerRight,
        "center" => WatermarkPosition::Center,
        _ => return None,
    })
}

fn fetched(host: &Host, link: &str) -> ApiResult<Bytes> {
    let options = HttpOptions::default()
        .allow_private_addresses(host.config.allow_private_addresses)
        .source_bytes(MAX_BYTES as u64);
    let refused = |error: vodkit::Error| ApiError::bad_request(format!("the image cannot be fetched: {error}"));
    let source = Source::http(link, &options).map_err(refused)?;
    let mut image = vec![0; usize::try_from(source.len()).unwrap_or(0)];
    let mut filled = 0;
    while let Some(rest) = image.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match source.read_at(filled as u64, rest)? {
            0 => break,
            count => filled += count,
        }
    }
    Ok(image.into())
}

pub(super) async fn list(Shared(host): Shared<Arc<Host>>) -> ApiResult<Reply<Vec<Value>>> {
    Ok(Reply(host.store.watermarks()?))
}

pub(super) async fn get(
    Shared(host): Shared<Arc<Host>>,
    Path(path): Path<HashMap<String, String>>,
) -> ApiResult<Reply<Value>> {
    let found = host.store.watermark(path.get("id").map_or("", String::as_str))?;
    Ok(Reply(found.ok_or_else(|| ApiError::not_found("watermark"))?.0))
}

pub(super) async fn delete(
    Shared(host): Shared<Arc<Host>>,
    Path(path): Path<HashMap<String, String>>,
) -> ApiResult<Reply<&'static str>> {
    let id = path.get("id").map_or("", String::as_str);
    let unfinished = [host.store.unfinished()?, host.store.pending()?].concat();
    let uid = |video: &Video| video.settings.watermark.as_ref()?.get("uid")?.as_str().map(str::to_owned);
    if unfinished.iter().any(|video| uid(video).as_deref() == Some(id)) {
        return Err(ApiError::conflict("a video that is not packaged yet uses this watermark"));
    }
    let gone = host.store.remove_watermark(id)?;
    if gone { Ok(Reply("")) } else { Err(ApiError::not_found("watermark")) }
}
