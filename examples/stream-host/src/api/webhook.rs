//! Where videos are announced.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State as Shared;
use serde_json::{Value, json};

use super::videos::check_link;
use super::{object, text};
use crate::envelope::{Failure, Outcome, Reply};
use crate::host::Host;
use crate::store::Webhook;
use crate::video::Moment;

pub(super) async fn put(Shared(host): Shared<Arc<Host>>, body: Bytes) -> Outcome<Reply<Value>> {
    let body = object(&body)?;
    let url = text(&body, "notificationUrl")?.or(text(&body, "notification_url")?).unwrap_or_default();
    check_link("notificationUrl", url)?;
    // Who changes the link keeps the secret that receivers know.
    let secret = host.store.webhook()?.map_or_else(|| host.new_uid(), |known| known.secret);
    let webhook = Webhook { url: url.to_owned(), secret, modified: Moment::now().text() };
    host.store.put_webhook(&webhook)?;
    Ok(Reply(told(&webhook)))
}

pub(super) async fn get(Shared(host): Shared<Arc<Host>>) -> Outcome<Reply<Value>> {
    let webhook = host.store.webhook()?.ok_or_else(|| Failure::not_found("webhook"))?;
    Ok(Reply(told(&webhook)))
}

pub(super) async fn delete(Shared(host): Shared<Arc<Host>>) -> Outcome<Reply<&'static str>> {
    match host.store.remove_webhook()? {
        true => Ok(Reply("")),
        false => Err(Failure::not_found("webhook")),
    }
}

fn told(webhook: &Webhook) -> Value {
    let Webhook { url, secret, modified } = webhook;
    json!({ "notificationUrl": url, "notification_url": url, "modified": modified, "secret": secret })
}
