//! Requests for ranges of one remote file, with retries.

use std::io::{self, Read};
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use ureq::http::{Response, StatusCode, header};
use ureq::tls::{PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::unversioned::transport::{Connector, RustlsConnector, TcpConnector};
use ureq::{Agent, Body, ResponseExt};

use super::backoff::Backoff;
use super::fetching::MAX_REQUESTS;
use super::options::HttpOptions;
use super::polled::{self, PolledConnector};
use super::resolver::{CheckedResolver, Refused};
use crate::base::{Error, ErrorKind, Result, check_current};

/// Memory to reserve before anything has arrived; longer ranges grow their buffer as they do.
const MAX_RESERVED: usize = 4 << 20;
/// Bytes taken from the connection at once.
const READ_SIZE: usize = 64 * 1024;

/// Time for a request where hardly any is left.
const MIN_REQUEST_TIME: Duration = Duration::from_millis(10);

/// Why a request failed.
pub(super) enum Failure {
    /// A retry may succeed. Holds the reason, for the end of a sentence.
    Transient(String),
    /// A retry would fail too.
    Permanent(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Permanent(error)
    }
}

/// A file's validators (RFC 9110 8.8) and length, which tell one version of it from another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Version {
    etag: Option<String>,
    last_modified: Option<String>,
    pub(super) len: u64,
}

/// Requests one file.
pub(super) struct Client {
    agent: Agent,
    link: String,
    /// The URL that redirects led to, so that later requests skip them.
    final_url: Mutex<Option<String>>,
    /// The link in messages, without secrets.
    pub(super) name: String,
    options: HttpOptions,
}

impl Client {
    pub(super) fn new(link: &str, name: String, options: &HttpOptions) -> Result<Self> {
        let tls = TlsConfig::builder().root_certs(root_certificates(&options.root_certificates)?).build();
        let step = Backoff::step(options.timeout);
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(options.redirects)
            // Behind a proxy the addresses that a link leads to could not be checked.
            .proxy(None)
            .tls_config(tls)
            .max_idle_connections_per_host(MAX_REQUESTS)
            .user_agent(concat!("vodkit/", env!("CARGO_PKG_VERSION")))
            .timeout_global(Some(options.timeout))
            .timeout_resolve(Some(step))
            .timeout_connect(Some(step))
            .timeout_recv_response(Some(step))
            .timeout_per_read(Some(step))
            .build();
        let resolver = CheckedResolver::new(options.allow_private_addresses);
        let connector = ().chain(TcpConnector::default()).chain(PolledConnector).chain(RustlsConnector::default());
        let agent = Agent::with_parts(config, connector, resolver);
        Ok(Self { agent, link: link.to_owned(), final_url: Mutex::default(), name, options: options.clone() })
    }

    pub(super) fn backoff(&self) -> Backoff<'_> {
        Backoff::new(&self.name, self.options.timeout)
    }

    /// The bytes of `range`, which lies inside the file. An interrupted transfer resumes where it stopped.
    pub(super) fn fetch(&self, range: Range<u64>, version: &Version) -> Result<Bytes> {
        let mut backoff = self.backoff();
        let len = range.end.saturating_sub(range.start);
        let mut bytes = Vec::with_capacity(usize::try_from(len).unwrap_or(0).min(MAX_RESERVED));
        loop {
            check_current()?;
            let rest = range.start + bytes.len() as u64..range.end;
            match self.fetch_once(rest, version, &mut bytes, &mut backoff) {
                Ok(()) => return Ok(bytes.into()),
                Err(Failure::Permanent(error)) => return Err(error),
                // All bytes are there; only the end of the response is missing.
                Err(Failure::Transient(_)) if bytes.len() as u64 >= len => return Ok(bytes.into()),
                Err(Failure::Transient(why)) => backoff.wait(&why)?,
            }
        }
    }

    /// Appends to `bytes` what one request for `range` brings.
    fn fetch_once(
        &self,
        range: Range<u64>,
        version: &Version,
        bytes: &mut Vec<u8>,
        backoff: &mut Backoff<'_>,
    ) -> Result<(), Failure> {
        let wanted = range.end - range.start;
        let response = self.request(&range, backoff.left())?;
        let found = content_range(&response).filter(|(start, _)| *start == range.start);
        match (response.status(), found) {
            (StatusCode::PARTIAL_CONTENT, Some((_, len))) => self.check_version(version, &response, len)?,
            // The first request was answered with a range, so the file is another one now.
            (StatusCode::OK | StatusCode::PARTIAL_CONTENT | StatusCode::RANGE_NOT_SATISFIABLE, _) => {
                return Err(self.changed().into());
            }
            (status, _) => return Err(self.status_failure(status)),
        }
        let before = bytes.len() as u64;
        self.read_body(response, wanted, backoff, |part| {
            bytes.extend(part);
            Ok(())
        })?;
        let complete = bytes.len() as u64 == before + wanted;
        if complete { Ok(()) } else { Err(Failure::Transient("the response ended early".into())) }
    }

    /// Requests a range of the file, from where redirects led the last time, with `time` for all of it.
    pub(super) fn request(&self, range: &Range<u64>, time: Duration) -> Result<Response<Body>, Failure> {
        let (last, started) = (range.end.saturating_sub(1), Instant::now());
        let get = |url: &str| {
            let left = time.saturating_sub(started.elapsed()).max(MIN_REQUEST_TIME);
            let request = self.agent.get(url).config().timeout_global(Some(left)).build();
            let request = request.header(header::RANGE, format!("bytes={}-{last}", range.start));
            self.check_response(polled::send(move || request.call()))
        };
        if let Some(url) = self.final_url() {
            match get(&url) {
                Ok(response) if response.status().is_success() => return Ok(response),
                Err(Failure::Transient(why)) => {
                    self.set_final_url(None);
                    return Err(Failure::Transient(why));
                }
                // It may have expired: the link itself may lead on to a new one.
                _ => self.set_final_url(None),
            }
        }
        let response = get(&self.link)?;
        let url = response.get_uri().to_string();
        self.set_final_url((url != self.link).then_some(url));
        Ok(response)
    }

    /// Requests all of the file, with `time` for the transfer.
    pub(super) fn request_all(&self, time: Duration) -> Result<Response<Body>, Failure> {
        let request = self.agent.get(&self.link).config().timeout_global(Some(time)).build();
        self.check_response(polled::send(move || request.call()))
    }

    fn check_response(&self, response: Result<Response<Body>, ureq::Error>) -> Result<Response<Body>, Failure> {
        let response = response.map_err(|error| self.transport_failure(error))?;
        let encoding = header_value(&response, header::CONTENT_ENCODING);
        let compressed = encoding.filter(|encoding| !encoding.eq_ignore_ascii_case("identity"));
        if let Some(encoding) = compressed.filter(|_| response.status().is_success()) {
            let message = format!("the server sends {} with encoding {encoding}, which was not requested", self.name);
            return Err(Error::new(ErrorKind::SourceRead, message).into());
        }
        Ok(response)
    }

    fn final_url(&self) -> Option<String> {
        self.final_url.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set_final_url(&self, url: Option<String>) {
        *self.final_url.lock().unwrap_or_else(PoisonError::into_inner) = url;
    }

    /// Passes the body, of `max_len` bytes at most, to `receive` as it arrives. Reads up to its end, because only then
    /// is the connection reused.
    pub(super) fn read_body(
        &self,
        response: Response<Body>,
        max_len: u64,
        backoff: &mut Backoff<'_>,
        mut receive: impl FnMut(&[u8]) -> Result<()>,
    ) -> Result<(), Failure> {
        let mut reader = response.into_body().into_reader();
        let (mut buffer, mut left) = (vec![0; READ_SIZE], max_len);
        loop {
            match reader.read(&mut buffer) {
                Ok(0) => return Ok(()),
                Ok(count) => {
                    left = left.checked_sub(count as u64).ok_or_else(|| {
                        let message = format!("the server sends more of {} than was requested", self.name);
                        Error::new(ErrorKind::SourceRead, message)
                    })?;
                    receive(buffer.get(..count).unwrap_or_default())?;
                    backoff.add_received(count)?;
                    check_current()?;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(Failure::Transient(format!("the transfer broke off: {error}"))),
            }
        }
    }

    fn check_version(&self, version: &Version, response: &Response<Body>, len: u64) -> Result<()> {
        let now = version_of(response, len);
        // An entity tag decides alone, as the servers of one site may have different dates. A partial response must
        // repeat it (RFC 9110 15.3.7), so one without it is of another file.
        let same = match (&version.etag, &version.last_modified) {
            (Some(_), _) => version.etag == now.etag,
            (None, Some(_)) => version.last_modified == now.last_modified,
            (None, None) => true,
        };
        if !same || version.len != len { Err(self.changed()) } else { Ok(()) }
    }

    fn changed(&self) -> Error {
        Error::new(ErrorKind::SourceChanged, format!("{} changed while it was read: plan it again", self.name))
    }

    /// The failure that a status other than success stands for.
    pub(super) fn status_failure(&self, status: StatusCode) -> Failure {
        let (name, code) = (&self.name, status.as_u16());
        let (kind, message) = match code {
            404 | 410 => (ErrorKind::NotFound, format!("there is nothing at {name}: the server says {code}")),
            401 | 403 | 407 => {
                let message =
                    format!("the server denies access to {name} with status {code}; is the link still valid?");
                (ErrorKind::SourceRead, message)
            }
            // Request timeout, too early, too many requests, and all server errors (RFC 9110 15.5.9 and 15.6,
            // RFC 8470 5.2, RFC 6585 4) may pass.
            408 | 425 | 429 | 500..=599 => return Failure::Transient(format!("the server says {code}")),
            _ => (ErrorKind::SourceRead, format!("the server sends status {code} for {name} instead of a file")),
        };
        Error::new(kind, message).into()
    }

    /// The failure that an error of the connection stands for.
    fn transport_failure(&self, error: ureq::Error) -> Failure {
        let name = &self.name;
        let (kind, message) = match &error {
            ureq::Error::Timeout(_) => return Failure::Transient("the server did not respond".into()),
            ureq::Error::Io(cause) if cause.kind() != io::ErrorKind::InvalidData => {
                return Failure::Transient(cause.to_string());
            }
            ureq::Error::ConnectionFailed => return Failure::Transient("the connection failed".into()),
            ureq::Error::HostNotFound => {
                return Error::new(ErrorKind::NotFound, format!("the host of {name} is not known")).into();
            }
            ureq::Error::TooManyRedirects => {
                let message = format!("{name} redirects more than {} times", self.options.redirects);
                return Error::new(ErrorKind::LimitExceeded, message).into();
            }
            ureq::Error::Other(cause) if cause.is::<Refused>() => {
                let message = format!(
                    "{name} leads to an address that is not public: allow private addresses if the link is yours"
                );
                (ErrorKind::AddressRefused, message)
            }
            ureq::Error::BadUri(_) | ureq::Error::Http(_) => {
                (ErrorKind::InvalidArgument, format!("{name} is not a valid link, or redirects to an invalid one"))
            }
            // rustls reports its errors as I/O errors of kind InvalidData.
            ureq::Error::Tls(_) | ureq::Error::Rustls(_) | ureq::Error::Io(_) => {
                (ErrorKind::SourceRead, format!("{name} cannot be trusted: its server could not be verified"))
            }
            _ => (ErrorKind::SourceRead, format!("cannot read {name}")),
        };
        // The cause of a refusal is the address, without the client's wrapper.
        let error = match error {
            ureq::Error::Other(cause) if cause.is::<Refused>() => Error::new(kind, message).with_cause(cause),
            cause => Error::new(kind, message).with_cause(cause),
        };
        error.into()
    }
}

fn root_certificates(pem: &[u8]) -> Result<RootCerts> {
    if pem.is_empty() {
        return Ok(RootCerts::WebPki);
    }
    let certificates = parse_pem(pem).filter_map(|item| match item {
        Ok(PemItem::Certificate(certificate)) => Some(Ok(certificate)),
        Ok(_) => None,
        Err(error) => Some(Err(Error::invalid("the root certificates are not PEM").with_cause(error))),
    });
    let certificates: Vec<_> = certificates.collect::<Result<_>>()?;
    if certificates.is_empty() {
        return Err(Error::invalid("the root certificates contain no certificate in PEM"));
    }
    Ok(RootCerts::Specific(Arc::new(certificates)))
}

pub(super) fn header_value(response: &Response<Body>, name: header::HeaderName) -> Option<&str> {
    response.headers().get(name)?.to_str().ok().map(str::trim)
}

/// The first byte of a partial response and the length of the complete file, by its Content-Range (RFC 9110 14.4).
pub(super) fn content_range(response: &Response<Body>) -> Option<(u64, u64)> {
    let (range, len) = header_value(response, header::CONTENT_RANGE)?.strip_prefix("bytes ")?.split_once('/')?;
    Some((range.split_once('-')?.0.trim().parse().ok()?, len.trim().parse().ok()?))
}

pub(super) fn version_of(response: &Response<Body>, len: u64) -> Version {
    let value = |name| header_value(response, name).map(str::to_owned);
    Version { etag: value(header::ETAG), last_modified: value(header::LAST_MODIFIED), len }
}
