//! Answers of the server.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use bytes::Bytes;
use vodkit::{Error, ErrorKind};

/// The media type of a file of the player page.
pub(super) fn media_type(name: &str) -> &'static str {
    if name.ends_with(".js") { "text/javascript; charset=utf-8" } else { "text/html; charset=utf-8" }
}

/// A file, or the range of it that the request asks for (RFC 9110 14). Clients may cache it but have to revalidate it
/// each time, by the entity tag `tag`.
pub(super) fn file(bytes: Bytes, media_type: &str, tag: Option<&str>, request: &HeaderMap) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    let headers = response.headers_mut();
    put(headers, header::CONTENT_TYPE, media_type);
    put(headers, header::ACCEPT_RANGES, "bytes");
    put(headers, header::CACHE_CONTROL, "no-cache");
    let field = |name: header::HeaderName| request.get(name).and_then(|value| value.to_str().ok());
    if let Some(tag) = tag {
        put(headers, header::ETAG, tag);
        // RFC 9110 13.1.2: weak comparison; a star matches any.
        let matches = |known: &str| known == "*" || known.strip_prefix("W/").unwrap_or(known) == tag;
        if field(header::IF_NONE_MATCH).is_some_and(|known| known.split(',').any(|known| matches(known.trim()))) {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            return response;
        }
    }
    // A range of another version is useless.
    let same = field(header::IF_RANGE).is_none_or(|known| Some(known) == tag);
    let range = field(header::RANGE).filter(|_| same);
    let part = match range.and_then(|range| range.strip_prefix("bytes=")).filter(|range| !range.contains(',')) {
        Some(range) => match part_of(range, bytes.len()) {
            Some((first, last)) => {
                put(headers, header::CONTENT_RANGE, &format!("bytes {first}-{last}/{}", bytes.len()));
                *response.status_mut() = StatusCode::PARTIAL_CONTENT;
                bytes.slice(first..=last)
            }
            None => {
                put(headers, header::CONTENT_RANGE, &format!("bytes */{}", bytes.len()));
                *response.status_mut() = StatusCode::RANGE_NOT_SATISFIABLE;
                return response;
            }
        },
        None => bytes,
    };
    *response.body_mut() = Body::from(part);
    response
}

/// First and last byte of a range in a file of `len` bytes.
fn part_of(range: &str, len: usize) -> Option<(usize, usize)> {
    let (first, last) = range.split_once('-')?;
    let (first, last) = match (first.trim(), last.trim()) {
        ("", count) => (len.saturating_sub(number(count).filter(|count| *count > 0)?), len.checked_sub(1)?),
        (first, "") => (number(first)?, len.checked_sub(1)?),
        (first, last) => (number(first)?, number(last)?.min(len.checked_sub(1)?)),
    };
    (first <= last).then_some((first, last))
}

/// Reads digits as a number, saturating.
fn number(digits: &str) -> Option<usize> {
    let plain = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
    plain.then(|| digits.parse().unwrap_or(usize::MAX))
}

/// An error as text.
pub(super) fn error(error: &Error) -> Response<Body> {
    let status = match error.kind() {
        ErrorKind::InvalidArgument => StatusCode::BAD_REQUEST,
        ErrorKind::OutOfRange | ErrorKind::NothingToPlay => StatusCode::NOT_FOUND,
        ErrorKind::Cancelled => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    };
    text(status, &error.full_message())
}

pub(super) fn text(status: StatusCode, message: &str) -> Response<Body> {
    let mut response = Response::new(Body::from(format!("{message}\n")));
    *response.status_mut() = status;
    put(response.headers_mut(), header::CONTENT_TYPE, "text/plain; charset=utf-8");
    response
}

fn put(headers: &mut HeaderMap, name: header::HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_those_of_the_standard() {
        assert_eq!(part_of("0-4", 10), Some((0, 4)));
        assert_eq!(part_of("5-", 10), Some((5, 9)));
        assert_eq!(part_of("-3", 10), Some((7, 9)));
        assert_eq!(part_of("-30", 10), Some((0, 9)));
        assert_eq!(part_of("9-99", 10), Some((9, 9)));
        assert_eq!(part_of("0-99999999999999999999999", 10), Some((0, 9)));
        assert_eq!(part_of("-99999999999999999999999", 10), Some((0, 9)));
        for outside in ["10-", "10-11", "4-2", "-0", "-", "a-b", "1", ""] {
            assert_eq!(part_of(outside, 10), None, "{outside}");
        }
        assert_eq!(part_of("0-", 0), None);
    }
}
