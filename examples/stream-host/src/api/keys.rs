//! Signing keys and tokens.

use std::collections::HashMap;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State as Shared};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use rsa::pkcs8::{EncodePrivateKey, EncodePublicKey, LineEnding};
use rsa::traits::{PrivateKeyParts, PublicKeyParts};
use rsa::{BigUint, RsaPrivateKey};
use serde_json::{Value, json};

use super::video;
use crate::access::{TokenRequest, sign};
use crate::envelope::{ApiError, ApiResult, Reply};
use crate::host::Host;
use crate::video::Timestamp;

const KEY_BITS: usize = 2048;
const MAX_KEYS: usize = 1000;
const TOKEN_FIELDS: &str = "the body must be an object: id and pem are texts, exp and nbf seconds since 1970, downloadable \
    is true or false, and accessRules is a list of rules such as {\"type\": \"any\", \"action\": \"block\"}";

/// A new key: its id and PEM.
pub(crate) fn new_key(host: &Host) -> ApiResult<(String, String)> {
    let Key { id, pem, .. } = make(host)?;
    Ok((id, pem))
}

struct Key {
    id: String,
    created: String,
    key: RsaPrivateKey,
    pem: String,
}

fn make(host: &Host) -> ApiResult<Key> {
    if host.store.keys()?.len() >= MAX_KEYS {
        return Err(ApiError::conflict("there are 1000 keys already: delete some"));
    }
    let key = RsaPrivateKey::new(&mut rsa::rand_core::OsRng, KEY_BITS).map_err(ApiError::internal)?;
    let pem = key.to_pkcs8_pem(LineEnding::LF).map_err(ApiError::internal)?.to_string();
    let id = host.new_uid();
    let public = key.to_public_key().to_public_key_pem(LineEnding::LF).map_err(ApiError::internal)?;
    let created = Timestamp::now().text();
    host.store.put_key(&id, &created, &pem, &public)?;
    Ok(Key { id, created, key, pem })
}

pub(super) async fn create(Shared(host): Shared<Arc<Host>>) -> ApiResult<Reply<Value>> {
    let made = tokio::task::spawn_blocking(move || make(&host)).await.map_err(ApiError::internal)?;
    let Key { id, created, key, pem } = made?;
    let jwk = STANDARD.encode(jwk(&id, &key).to_string());
    Ok(Reply(json!({ "id": id, "pem": STANDARD.encode(pem), "jwk": jwk, "created": created })))
}

/// The key as a JSON Web Key (RFC 7517, RFC 7518 6.3.2).
fn jwk(id: &str, key: &RsaPrivateKey) -> Value {
    let number = |number: &BigUint| URL_SAFE_NO_PAD.encode(number.to_bytes_be());
    let primes = key.primes();
    let prime = |index: usize| primes.get(index).map(number).unwrap_or_default();
    let inverse = key.qinv().map(|inverse| URL_SAFE_NO_PAD.encode(inverse.to_bytes_be().1));
    json!({
        "use": "sig", "kty": "RSA", "kid": id, "alg": "RS256",
        "n": number(key.n()), "e": number(key.e()), "d": number(key.d()), "p": prime(0), "q": prime(1),
        "dp": key.dp().map(number), "dq": key.dq().map(number), "qi": inverse,
    })
}

pub(super) async fn list(Shared(host): Shared<Arc<Host>>) -> ApiResult<Reply<Vec<Value>>> {
    let keys = host.store.keys()?;
    Ok(Reply(keys.into_iter().map(|(id, created)| json!({ "id": id, "created": created })).collect()))
}

pub(super) async fn delete(
    Shared(host): Shared<Arc<Host>>,
    Path(path): Path<HashMap<String, String>>,
) -> ApiResult<Reply<&'static str>> {
    let id = path.get("id").map_or("", String::as_str);
    if host.store.remove_key(id)? { Ok(Reply("Revoked")) } else { Err(ApiError::not_found("key")) }
}

/// Signs a token for a video. The body may be empty.
pub(super) async fn token(
    Shared(host): Shared<Arc<Host>>,
    Path(path): Path<HashMap<String, String>>,
    body: Bytes,
) -> ApiResult<Reply<Value>> {
    let request: TokenRequest = match body.trim_ascii() {
        b"" | b"null" => TokenRequest::default(),
        body => serde_json::from_slice(body).map_err(|_| ApiError::bad_request(TOKEN_FIELDS))?,
    };
    let video = video(&host, path.get("uid").map_or("", String::as_str))?;
    let signed = tokio::task::spawn_blocking(move || sign(&host, &video, request)).await.map_err(ApiError::internal)?;
    Ok(Reply(json!({ "token": signed? })))
}
