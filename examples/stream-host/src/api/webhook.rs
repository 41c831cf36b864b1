//! The webhook.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State as Shared;
use serde_json::{Value, json};

use super::videos::check_link;
use super::{object, text};
use crate::envelope::{ApiError, ApiResult, Reply};
use crate::host::Host;
use crate::store::Webhook;
use crate::video::Timestamp;

pub(super) async fn put(Shared(host): Shared<Arc<Host>>, body: Bytes) -> ApiResult<Reply<Value>> {
    let body = object(&body)?;
    let url = text(&body, "notificationUrl")?.or(text(&body, "notification_url")?).unwrap_or_default();
    check_link("notificationUrl", url)?;
    // The secret stays the same when the URL changes.
    let secret = host.store.webhook()?.map_or_else(|| host.new_uid(), |known| known.secret);
    let webhook = Webhook { url: url.to_owned(), secret, modified: Timestamp::now().text() };
    host.store.put_webhook(&webhook)?;
    Ok(Reply(to_json(&webhook)))
}

pub(super) async fn get(Shared(host): Shared<Arc<Host>>) -> ApiResult<Reply<Value>> {
    let webhook = host.store.webhook()?.ok_or_else(|| ApiError::not_found("webhook"))?;
    Ok(Reply(to_json(&webhook)))
}

pub(super) async fn delete(Shared(host): Shared<Arc<Host>>) -> ApiResult<Reply<&'static str>> {
    match host.store.remove_webhook()? {
        true => Ok(Reply("")),
        false => Err(ApiError::not_found("webhook")),
    }
}

fn to_json(webhook: &Webhook) -> Value {
    let Webhook { url, secret, modified } = webhook;
    json!({ "notificationUrl": url, "notification_url": url, "modified": modified, "secret": secret })
}
