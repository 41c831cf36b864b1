//! Access to videos: signed tokens in place of the uid, and the origins that may embed them.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::http::{HeaderMap, header};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, decode_header, encode};
use serde::{Deserialize, Serialize};

use crate::envelope::{ApiError, ApiResult};
use crate::host::Host;
use crate::video::{Timestamp, Video};

/// Default and maximum lifetime of a token in seconds.
const DEFAULT_LIFETIME: i64 = 3600;
const MAX_LIFETIME: i64 = 24 * 3600;
const MAX_RULES: usize = 5;

/// The claims of a token.
#[derive(Serialize, Deserialize)]
pub(crate) struct Claims {
    sub: String,
    kid: String,
    exp: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    nbf: Option<i64>,
    #[serde(default)]
    downloadable: bool,
    #[serde(default, rename = "accessRules", skip_serializing_if = "Vec::is_empty")]
    rules: Vec<Rule>,
}

/// A request for a token.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct TokenRequest {
    id: Option<String>,
    pem: Option<String>,
    exp: Option<i64>,
    nbf: Option<i64>,
    downloadable: bool,
    #[serde(rename = "accessRules")]
    rules: Vec<Rule>,
}

/// Allows or blocks some viewers. The first rule that matches a viewer decides.
#[derive(Clone, Serialize, Deserialize)]
struct Rule {
    action: Action,
    #[serde(rename = "type")]
    kind: Kind,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    ip: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    country: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Action {
    Allow,
    Block,
}

#[derive(Clone, Copy, PartialEq, Serialize, Deserialize)]
enum Kind {
    #[serde(rename = "any")]
    Any,
    #[serde(rename = "ip.src")]
    Address,
    /// Matches no viewer: this host has no database of countries.
    #[serde(rename = "ip.geoip.country")]
    Country,
}

impl Rule {
    fn matches(&self, viewer: IpAddr) -> bool {
        match self.kind {
            Kind::Any => true,
            // An invalid range matches every viewer of a rule that blocks, and none of a rule that allows.
            Kind::Address => {
                self.ip.iter().any(|range| contains(range, viewer).unwrap_or(self.action == Action::Block))
            }
            Kind::Country => false,
        }
    }

    fn check(&self) -> ApiResult<()> {
        let readable = |range: &String| contains(range, Ipv4Addr::LOCALHOST.into()).is_some();
        let refused = match self.kind {
            Kind::Any => None,
            Kind::Address if self.ip.is_empty() => Some("a rule of type ip.src has no ip"),
            Kind::Address if !self.ip.iter().all(readable) => {
                Some("a rule's ip must be addresses, or ranges such as 10.0.0.0/8")
            }
            Kind::Country if self.country.is_empty() => Some("a rule of type ip.geoip.country has no country"),
            _ => None,
        };
        refused.map_or(Ok(()), |message| Err(ApiError::bad_request(message)))
    }
}

/// Whether an address, or a range such as `10.0.0.0/8`, contains `address`; `None` if it is neither.
fn contains(range: &str, address: IpAddr) -> Option<bool> {
    let (base, bits) = range.split_once('/').map_or((range, None), |(base, bits)| (base, Some(bits)));
    let number = |address: IpAddr| match address {
        IpAddr::V4(address) => (u128::from(u32::from(address)) << 96, 32),
        IpAddr::V6(address) => (u128::from(address), 128),
    };
    // Viewers' addresses are not mapped to IPv6, so that a mapped range would match nobody.
    let base = base.parse::<IpAddr>().ok().filter(|base| base.to_canonical() == *base)?;
    let ((base, width), (address, other)) = (number(base), number(address.to_canonical()));
    let bits = bits.map_or(Ok(width), str::parse::<u32>).ok().filter(|bits| *bits <= width)?;
    let mask = if bits == 0 { 0 } else { u128::MAX << (128 - bits) };
    Some(width == other && base & mask == address & mask)
}

/// A token for a video.
pub(crate) fn sign(host: &Host, video: &Video, request: TokenRequest) -> ApiResult<String> {
    let now = Timestamp::now().0.unix_timestamp();
    let exp = request.exp.unwrap_or(now + DEFAULT_LIFETIME);
    if exp <= now || exp > now + MAX_LIFETIME {
        return Err(ApiError::bad_request("exp must be in the future, by 24 hours at most"));
    }
    if request.rules.len() > MAX_RULES {
        return Err(ApiError::bad_request("there are more than 5 accessRules"));
    }
    request.rules.iter().try_for_each(Rule::check)?;
    let (kid, pem) = match (request.id, request.pem) {
        (Some(id), Some(pem)) => (id, from_base64(&pem).unwrap_or(pem)),
        (Some(id), None) => host.store.key(Some(&id))?.ok_or_else(|| ApiError::not_found("key"))?,
        _ => match host.store.key(None)? {
            Some(key) => key,
            None => crate::api::new_key(host)?,
        },
    };
    let key = EncodingKey::from_rsa_pem(pem.as_bytes())
        .map_err(|_| ApiError::bad_request("pem is not a private RSA key, in PEM or that in base64"))?;
    let header = Header { kid: Some(kid.clone()), ..Header::new(Algorithm::RS256) };
    let claims = Claims {
        sub: video.uid.clone(),
        kid,
        exp,
        nbf: request.nbf,
        downloadable: request.downloadable,
        rules: request.rules,
    };
    encode(&header, &claims, &key).map_err(ApiError::internal)
}

fn from_base64(text: &str) -> Option<String> {
    use base64::Engine;
    String::from_utf8(base64::engine::general_purpose::STANDARD.decode(text.trim()).ok()?).ok()
}

/// The video with this uid or token, if the viewer may see it.
pub(crate) fn authorized(host: &Host, name: &str, viewer: SocketAddr, headers: &HeaderMap) -> ApiResult<Video> {
    let (video, _) = authorized_with(host, name, viewer, headers)?;
    Ok(video)
}

/// The same, and whether downloads are allowed.
pub(crate) fn authorized_with(
    host: &Host,
    name: &str,
    viewer: SocketAddr,
    headers: &HeaderMap,
) -> ApiResult<(Video, bool)> {
    let find = |uid: &str| host.video(uid)?.ok_or_else(|| ApiError::not_found("video"));
    let (video, downloadable) = if name.contains('.') {
        let claims = verified(host, name, viewer.ip())?;
        (find(&claims.sub)?, claims.downloadable)
    } else {
        let video = find(name)?;
        if video.settings.require_signed_urls {
            return Err(ApiError::unauthorized("this video needs a signed token in place of its uid"));
        }
        (video, true)
    };
    check_origin(host, &video, headers)?;
    Ok((video, downloadable))
}

fn verified(host: &Host, token: &str, viewer: IpAddr) -> ApiResult<Claims> {
    let refused = || ApiError::unauthorized("the token is not valid");
    let header = decode_header(token).map_err(|_| refused())?;
    let kid = header.kid.ok_or_else(refused)?;
    let public = host.store.public_key(&kid)?.ok_or_else(refused)?;
    let key = DecodingKey::from_rsa_pem(public.as_bytes()).map_err(ApiError::internal)?;
    let mut rules = Validation::new(Algorithm::RS256);
    (rules.leeway, rules.validate_nbf) = (0, true);
    let claims = decode::<Claims>(token, &key, &rules).map_err(|_| refused())?.claims;
    match claims.rules.iter().find(|rule| rule.matches(viewer)) {
        Some(rule) if rule.action == Action::Block => Err(ApiError::forbidden("the token's rules block this viewer")),
        _ => Ok(claims),
    }
}

/// Refuses pages of other origins, if the owner restricts them.
fn check_origin(host: &Host, video: &Video, headers: &HeaderMap) -> ApiResult<()> {
    if video.settings.allowed_origins.is_empty() {
        return Ok(());
    }
    let field = |name| headers.get(name).and_then(|value| value.to_str().ok()).and_then(host_of);
    let page = field(header::ORIGIN).or(field(header::REFERER));
    let own = host_of(&host.config.public_url);
    let allowed = |page: &str| Some(page) == own || is_allowed(&video.settings.allowed_origins, page);
    match page {
        Some(page) if allowed(page) => Ok(()),
        _ => Err(ApiError::forbidden("this origin may not show the video")),
    }
}

/// Whether a pattern matches a host: without a port any port, and with a star any subdomain.
fn is_allowed(patterns: &[String], page: &str) -> bool {
    let bare = page.rsplit_once(':').filter(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()));
    let bare = bare.map_or(page, |(name, _)| name);
    patterns.iter().map(|pattern| pattern.to_ascii_lowercase()).any(|pattern| match pattern.strip_prefix('*') {
        Some("") => true,
        Some(end) => {
            end.starts_with('.') && [page, bare].iter().any(|page| page.len() > end.len() && page.ends_with(end))
        }
        None => pattern == page || pattern == bare,
    })
}

/// Host and port of a URL.
fn host_of(link: &str) -> Option<&str> {
    link.split_once("://").map(|(_, rest)| rest.split(['/', '?', '#']).next().unwrap_or_default())
}

/// The Content-Security-Policy that says which pages may embed the player.
pub(crate) fn frame_policy(video: &Video) -> Option<String> {
    let origins = &video.settings.allowed_origins;
    (!origins.is_empty()).then(|| format!("frame-ancestors 'self' {}", origins.join(" ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_contain_their_addresses() {
        let inside = |range: &str, address: &str| contains(range, address.parse().unwrap()).unwrap();
        assert!(inside("10.0.0.0/8", "10.1.2.3") && inside("1.2.3.4", "1.2.3.4") && inside("0.0.0.0/0", "9.9.9.9"));
        assert!(inside("2001:db8::/32", "2001:db8:1::1") && inside("1.2.3.4/32", "::ffff:1.2.3.4"));
        assert!(!inside("10.0.0.0/8", "11.0.0.1") && !inside("1.2.3.4", "1.2.3.5") && !inside("::/0", "1.2.3.4"));
        for wrong in ["", "x", "::ffff:1.2.3.4", "1.2.3.4/33", "1.2.3.4/", "1.2.3.4/-1"] {
            assert_eq!(contains(wrong, "1.2.3.4".parse().unwrap()), None, "{wrong}");
        }
    }

    #[test]
    fn an_invalid_rule_allows_nobody() {
        let matches = |action, ip: &str| {
            let rule = Rule { action, kind: Kind::Address, ip: vec![ip.to_owned()], country: vec![] };
            rule.matches("1.2.3.4".parse().unwrap())
        };
        assert!(matches(Action::Block, "1.2.3.4/33") && !matches(Action::Allow, "1.2.3.4/33"));
        assert!(matches(Action::Allow, "1.2.3.4") && !matches(Action::Block, "1.2.3.5"));
    }

    #[test]
    fn origins_are_allowed_by_pattern() {
        let allowed = |pattern: &str, page: &str| is_allowed(&[pattern.to_owned()], page);
        assert!(allowed("example.com", "example.com") && allowed("example.com", "example.com:8080"));
        assert!(allowed("*.example.com", "a.example.com") && allowed("localhost:80", "localhost:80"));
        assert!(allowed("*", "anything") && allowed("Example.COM", "example.com"));
        assert!(allowed("*.example.com:80", "a.example.com:80") && !allowed("*.example.com:80", "a.example.com:81"));
        assert!(!allowed("example.com", "example.com.evil") && !allowed("*.example.com", "badexample.com"));
        assert!(!allowed("localhost:80", "localhost:81") && !allowed("*.example.com", ".example.com"));
    }
}
