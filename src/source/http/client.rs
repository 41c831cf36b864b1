//! Requests for parts of one remote file, again where they fail in passing.

use std::io::{self, Read};
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use ureq::http::{Response, StatusCode, header};
use ureq::tls::{PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::unversioned::transport::{Connector, RustlsConnector, TcpConnector};
use ureq::{Agent, Body, ResponseExt};

use super::backoff::Backoff;
use super::options::HttpOptions;
use super::polled::PolledConnector;
use super::resolver::{CheckedResolver, Refused};
use crate::base::{Error, ErrorKind, Result, check_current};

/// Room that is made before anything came.
const MAX_READ: usize = 4 << 20;

/// Why a request gave nothing, or not all.
pub(super) enum Failure {
    /// It may be better the next time.
    Transient(String),
    Permanent(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Permanent(error)
    }
}

/// What tells one version of a file from another (RFC 9110 8.8), and its length.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Version {
    tag: Option<String>,
    modified: Option<String>,
    pub(super) len: u64,
}

pub(super) struct Client {
    agent: Agent,
    link: String,
    /// Where redirects led to, so that not each request is sent around.
    place: Mutex<Option<String>>,
    pub(super) name: String,
    options: HttpOptions,
}

impl Client {
    pub(super) fn new(link: &str, name: String, options: &HttpOptions) -> Result<Self> {
        let tls = TlsConfig::builder().root_certs(roots(&options.root_certificates)?).build();
        let step = Backoff::step(options.timeout);
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(options.redirects)
            // Behind a proxy nobody could tell where a link leads.
            .proxy(None)
            .tls_config(tls)
            .max_idle_connections_per_host(1)
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
        Ok(Self { agent, link: link.to_owned(), place: Mutex::default(), name, options: options.clone() })
    }

    pub(super) fn backoff(&self) -> Backoff<'_> {
        Backoff::new(&self.name, self.options.timeout)
    }

    /// The bytes of `range`, which lies inside the file. A broken transfer goes on where it stopped.
    pub(super) fn fetch(&self, range: Range<u64>, version: &Version) -> Result<Bytes> {
        let mut backoff = self.backoff();
        let room = usize::try_from(range.end.saturating_sub(range.start)).unwrap_or(0);
        let mut bytes = Vec::with_capacity(room.min(MAX_READ));
        loop {
            check_current()?;
            let rest = range.start + bytes.len() as u64..range.end;
            match self.part(rest, version, &mut bytes, &mut backoff) {
                Ok(()) => return Ok(bytes.into()),
                Err(Failure::Permanent(error)) => return Err(error),
                // Only its end did not come.
                Err(Failure::Transient(_)) if bytes.len() as u64 >= range.end - range.start => return Ok(bytes.into()),
                Err(Failure::Transient(why)) => backoff.wait(&why)?,
            }
        }
    }

    fn part(
        &self,
        range: Range<u64>,
        version: &Version,
        bytes: &mut Vec<u8>,
        backoff: &mut Backoff<'_>,
    ) -> Result<(), Failure> {
        let wanted = range.end - range.start;
        let response = self.ask(&range)?;
        let found = part_of(&response).filter(|(start, _)| *start == range.start);
        match (response.status(), found) {
            (StatusCode::PARTIAL_CONTENT, Some((_, len))) => self.check_version(version, &response, len)?,
            // What does not fit any more: another file is there now.
            (StatusCode::OK | StatusCode::PARTIAL_CONTENT | StatusCode::RANGE_NOT_SATISFIABLE, _) => {
                return Err(self.changed().into());
            }
            (status, _) => return Err(self.refused(status)),
        }
        let before = bytes.len() as u64;
        self.read(response, wanted, backoff, |part| {
            bytes.extend(part);
            Ok(())
        })?;
        let whole = bytes.len() as u64 == before + wanted;
        if whole { Ok(()) } else { Err(Failure::Transient("the answer ended early".into())) }
    }

    /// Asks for a range of the file, at the place where it was last.
    pub(super) fn ask(&self, range: &Range<u64>) -> Result<Response<Body>, Failure> {
        let last = range.end.saturating_sub(1);
        let ask_at = |place: &str| {
            let request = self.agent.get(place).header(header::RANGE, format!("bytes={}-{last}", range.start));
            self.answer(request.call())
        };
        if let Some(place) = self.place() {
            match ask_at(&place) {
                Ok(response) if response.status().is_success() => return Ok(response),
                Err(Failure::Transient(why)) => {
                    self.set_place(None);
                    return Err(Failure::Transient(why));
                }
                _ => self.set_place(None),
            }
        }
        let response = ask_at(&self.link)?;
        let place = response.get_uri().to_string();
        self.set_place((place != self.link).then_some(place));
        Ok(response)
    }

    /// Asks for all of the file, within the time for that.
    pub(super) fn ask_for_all(&self, time: Duration) -> Result<Response<Body>, Failure> {
        self.answer(self.agent.get(&self.link).config().timeout_global(Some(time)).build().call())
    }

    fn answer(&self, outcome: Result<Response<Body>, ureq::Error>) -> Result<Response<Body>, Failure> {
        let response = outcome.map_err(|error| self.failure(error))?;
        let encoding = text(&response, header::CONTENT_ENCODING);
        let compressed = encoding.is_some_and(|encoding| !encoding.eq_ignore_ascii_case("identity"));
        if response.status().is_success() && compressed {
            let encoding = encoding.unwrap_or_default();
            let message = format!("the server sends {} as {encoding}, which was not asked for", self.name);
            return Err(Error::new(ErrorKind::SourceRead, message).into());
        }
        Ok(response)
    }

    fn place(&self) -> Option<String> {
        self.place.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set_place(&self, place: Option<String>) {
        *self.place.lock().unwrap_or_else(PoisonError::into_inner) = place;
    }

    /// Gives what comes to `take`, until the end of the answer, which has `most` bytes at most. Only who has seen the
    /// end can use the connection again.
    pub(super) fn read(
        &self,
        response: Response<Body>,
        most: u64,
        backoff: &mut Backoff<'_>,
        mut take: impl FnMut(&[u8]) -> Result<()>,
    ) -> Result<(), Failure> {
        let mut reader = response.into_body().into_reader();
        let (mut buffer, mut left) = (vec![0; 64 * 1024], most);
        loop {
            match reader.read(&mut buffer) {
                Ok(0) => return Ok(()),
                Ok(count) => {
                    left = left.checked_sub(count as u64).ok_or_else(|| {
                        let message = format!("the server sends more of {} than it was asked for", self.name);
                        Error::new(ErrorKind::SourceRead, message)
                    })?;
                    take(buffer.get(..count).unwrap_or_default())?;
                    backoff.came(count)?;
                    check_current()?;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(Failure::Transient(format!("the transfer broke off: {error}"))),
            }
        }
    }

    fn check_version(&self, version: &Version, response: &Response<Body>, len: u64) -> Result<()> {
        let now = version_of(response, len);
        // Where there was a tag it decides (a part has it too, RFC 9110 15.3.7): some servers of one site have
        // different dates. What is gone is another file's.
        let same = match (&version.tag, &version.modified) {
            (Some(_), _) => version.tag == now.tag,
            (None, Some(_)) => version.modified == now.modified,
            (None, None) => true,
        };
        if !same || version.len != len { Err(self.changed()) } else { Ok(()) }
    }

    fn changed(&self) -> Error {
        Error::new(ErrorKind::SourceChanged, format!("{} changed while it was read: plan it again", self.name))
    }

    /// What a status means that brings no file.
    pub(super) fn refused(&self, status: StatusCode) -> Failure {
        let (name, code) = (&self.name, status.as_u16());
        match code {
            404 | 410 => Error::new(ErrorKind::NotFound, format!("there is nothing at {name}: the server says {code}")),
            401 | 403 | 407 => {
                let message = format!("the server does not give {name} to us: it says {code}; is the link still good?");
                Error::new(ErrorKind::SourceRead, message)
            }
            408 | 425 | 429 | 500..=599 => return Failure::Transient(format!("the server says {code}")),
            _ => {
                Error::new(ErrorKind::SourceRead, format!("the server of {name} answers with {code}, not with a file"))
            }
        }
        .into()
    }

    fn failure(&self, error: ureq::Error) -> Failure {
        let name = &self.name;
        let because = |kind, what: String, cause: ureq::Error| Error::new(kind, what).with_cause(cause).into();
        match error {
            ureq::Error::Timeout(_) => Failure::Transient("no answer came".into()),
            ureq::Error::Io(cause) if cause.kind() != io::ErrorKind::InvalidData => {
                Failure::Transient(cause.to_string())
            }
            ureq::Error::ConnectionFailed => Failure::Transient("no connection".into()),
            ureq::Error::HostNotFound => {
                Error::new(ErrorKind::NotFound, format!("the host of {name} is not known")).into()
            }
            ureq::Error::TooManyRedirects => {
                let message = format!("{name} leads on more than {} times", self.options.redirects);
                Error::new(ErrorKind::LimitExceeded, message).into()
            }
            ureq::Error::Other(cause) if cause.is::<Refused>() => {
                let message = format!("{name} leads to an address that is not public; the host has to allow that");
                Error::new(ErrorKind::AddressRefused, message).with_cause(cause).into()
            }
            error @ (ureq::Error::BadUri(_) | ureq::Error::Http(_)) => {
                because(ErrorKind::InvalidArgument, format!("{name} is not a link, or leads to none"), error)
            }
            // What TLS finds amiss comes as data that are not valid.
            error @ (ureq::Error::Tls(_) | ureq::Error::Rustls(_) | ureq::Error::Io(_)) => {
                because(ErrorKind::SourceRead, format!("{name} cannot be trusted to be what it says it is"), error)
            }
            error => because(ErrorKind::SourceRead, format!("cannot read {name}"), error),
        }
    }
}

fn roots(pem: &[u8]) -> Result<RootCerts> {
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
        return Err(Error::invalid("the root certificates have no certificate among them, in PEM"));
    }
    Ok(RootCerts::Specific(Arc::new(certificates)))
}

/// A header's value.
pub(super) fn text(response: &Response<Body>, name: header::HeaderName) -> Option<&str> {
    response.headers().get(name)?.to_str().ok().map(str::trim)
}

/// First byte and whole length that an answer says it has (RFC 9110 14.4).
pub(super) fn part_of(response: &Response<Body>) -> Option<(u64, u64)> {
    let (range, len) = text(response, header::CONTENT_RANGE)?.strip_prefix("bytes ")?.split_once('/')?;
    Some((range.split_once('-')?.0.trim().parse().ok()?, len.trim().parse().ok()?))
}

pub(super) fn version_of(response: &Response<Body>, len: u64) -> Version {
    let owned = |name| text(response, name).map(str::to_owned);
    Version { tag: owned(header::ETAG), modified: owned(header::LAST_MODIFIED), len }
}
