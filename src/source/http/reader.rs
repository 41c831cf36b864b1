//! A file behind a link, read in ranges.

use std::fs::File;
use std::io::{self, Write};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};
use std::thread;
use std::time::{Duration, Instant};

use bytes::Bytes;
use ureq::Body;
use ureq::http::{Response, StatusCode, header};

use super::backoff::Backoff;
use super::cache::{BLOCK, Cache};
use super::client::{Client, Failure, Version, part_of, text, version_of};
use super::options::HttpOptions;
use crate::base::{Error, ErrorKind, Result, Watch, check_current};
use crate::source::file::read_file_at;
use crate::source::read_at::ReadAt;

/// What a first request asks for: enough for the beginning of most files.
const FIRST: u64 = 2 * BLOCK;
/// How often a thread that waits for its turn looks whether it is.
const POLL_INTERVAL: Duration = Duration::from_millis(2);
/// How often a transfer that cannot be taken up again may break off.
const DOWNLOADS: u32 = 3;

/// A file behind an `http` or `https` link.
pub(crate) struct HttpReader {
    client: Client,
    version: Version,
    bytes: Location,
}

/// Where the bytes are.
enum Location {
    /// Remote, and some of them here.
    Remote { cache: Mutex<Cache>, fetching: Mutex<LastFailure> },
    /// Local, in a file without a name.
    Local(File),
}

/// When the server was given up last, and why: whoever waited for his turn then need not try it too.
type LastFailure = Option<(Instant, Error)>;

impl std::fmt::Debug for HttpReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HttpReader")
            .field("name", &self.client.name)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

impl HttpReader {
    pub(crate) fn open(link: &str, options: &HttpOptions) -> Result<Self> {
        Watch::new(&options.cancel).during(|| Self::ask(link, options))
    }

    fn ask(link: &str, options: &HttpOptions) -> Result<Self> {
        let client = Client::new(link, name_of(link)?, options)?;
        let (mut backoff, mut downloads) = (client.backoff(), 0);
        loop {
            let why = match Self::begin(&client, options, &mut downloads, &mut backoff) {
                Ok((version, bytes)) => return Ok(Self { client, version, bytes }),
                Err(Failure::Permanent(error)) => return Err(error),
                Err(Failure::Transient(why)) => why,
            };
            // What was given up is not the server's failure.
            check_current()?;
            if downloads >= DOWNLOADS {
                let message = format!("{} cannot be read in parts, and {why}, {downloads} times", client.name);
                return Err(Error::new(ErrorKind::SourceRead, message));
            }
            backoff.wait(&why)?;
        }
    }

    fn begin(
        client: &Client,
        options: &HttpOptions,
        downloads: &mut u32,
        backoff: &mut Backoff<'_>,
    ) -> Result<(Version, Location), Failure> {
        let response = client.ask(&(0..FIRST))?;
        check_type(client, &response)?;
        match (response.status(), part_of(&response)) {
            (StatusCode::PARTIAL_CONTENT, Some((0, len))) => {
                check_size(client, options, len)?;
                let version = version_of(&response, len);
                let mut first = Vec::new();
                let read = client.read(response, FIRST.min(len), backoff, |part| {
                    first.extend(part);
                    Ok(())
                });
                let came = first.len() as u64;
                match read {
                    // From a slow server all of it may take longer than one request.
                    Err(Failure::Transient(_)) | Ok(()) if (1..FIRST.min(len)).contains(&came) => {
                        first.extend_from_slice(&client.fetch(came..FIRST.min(len), &version)?);
                    }
                    other => other?,
                }
                let mut cache = Cache::new(options.cache_bytes);
                cache.put(0, &first.into());
                Ok((version, Location::Remote { cache: Mutex::new(cache), fetching: Mutex::default() }))
            }
            (StatusCode::OK, _) => {
                *downloads += 1;
                drop(response);
                download(client, options, backoff)
            }
            // No byte of it can be asked for: it has none.
            (StatusCode::RANGE_NOT_SATISFIABLE, _) => {
                let message = format!("{} is empty: it has no bytes at all", client.name);
                Err(Error::new(ErrorKind::NotMedia, message).into())
            }
            (status, _) => Err(client.refused(status)),
        }
    }
}

/// Reads all of the file into one of ours.
fn download(client: &Client, options: &HttpOptions, backoff: &mut Backoff<'_>) -> Result<(Version, Location), Failure> {
    let response = client.ask_for_all(options.download_time)?;
    if response.status() != StatusCode::OK {
        return Err(client.refused(response.status()));
    }
    let stated = text(&response, header::CONTENT_LENGTH).and_then(|length| length.parse::<u64>().ok());
    stated.map_or(Ok(()), |len| check_size(client, options, len))?;
    let not_kept = |cause: io::Error| {
        let message = format!("{} could not be kept in a temporary file", client.name);
        Error::new(ErrorKind::SourceRead, message).with_cause(cause)
    };
    let mut file = tempfile::tempfile().map_err(not_kept)?;
    let mut version = version_of(&response, 0);
    client.read(response, u64::MAX, backoff, |part| {
        version.len += part.len() as u64;
        check_size(client, options, version.len)?;
        file.write_all(part).map_err(not_kept)
    })?;
    match stated {
        Some(stated) if stated != version.len => Err(Failure::Transient("the transfer ended early".into())),
        _ => Ok((version, Location::Local(file))),
    }
}

fn check_size(client: &Client, options: &HttpOptions, len: u64) -> Result<()> {
    if len <= options.source_bytes {
        return Ok(());
    }
    let message = format!("{} has {len} bytes or more, above the limit of {}", client.name, options.source_bytes);
    Err(Error::new(ErrorKind::LimitExceeded, message))
}

fn check_type(client: &Client, response: &Response<Body>) -> Result<()> {
    let media_type = text(response, header::CONTENT_TYPE).unwrap_or_default().to_ascii_lowercase();
    if response.status().is_success()
        && ["text/html", "application/xhtml"].iter().any(|page| media_type.starts_with(page))
    {
        let message = format!("{} is a web page, not a video: link to the file itself", client.name);
        return Err(Error::new(ErrorKind::NotMedia, message));
    }
    Ok(())
}

/// What messages call a link: without what may be secret in it, the user's name and the query.
fn name_of(link: &str) -> Result<String> {
    let scheme = link.split_once("://").map(|(scheme, rest)| (scheme.to_ascii_lowercase(), rest));
    let Some((scheme, rest)) = scheme.filter(|(scheme, _)| matches!(scheme.as_str(), "http" | "https")) else {
        return Err(Error::invalid("a link must begin with http:// or https://"));
    };
    let place = rest.split(['?', '#']).next().unwrap_or_default();
    let (authority, path) = place.split_at(place.find('/').unwrap_or(place.len()));
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    // Behind the brackets of an IPv6 address, if any.
    let port = host.rsplit_once(']').map_or(host, |(_, rest)| rest).rsplit_once(':').map(|(_, port)| port);
    if let Some(port) = port.filter(|port| port.parse::<u16>().is_err()) {
        return Err(Error::invalid(format!("a link's port must be a number up to 65535, not \"{port}\"")));
    }
    Ok(format!("{scheme}://{host}{path}"))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl ReadAt for HttpReader {
    fn len(&self) -> u64 {
        self.version.len
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        if offset >= self.version.len || buffer.is_empty() {
            return Ok(0);
        }
        match &self.bytes {
            Location::Local(file) => read_file_at(file, offset, buffer),
            Location::Remote { cache, fetching } => {
                let bytes = self.block(cache, fetching, offset).map_err(io::Error::other)?;
                let count = bytes.len().min(buffer.len());
                buffer.iter_mut().zip(&bytes).for_each(|(to, from)| *to = *from);
                Ok(count)
            }
        }
    }

    fn name(&self) -> String {
        self.client.name.clone()
    }
}

impl HttpReader {
    /// The bytes from `offset` to the end of its block.
    fn block(&self, cache: &Mutex<Cache>, fetching: &Mutex<LastFailure>, offset: u64) -> Result<Bytes> {
        if let Some(bytes) = lock(cache).get(offset) {
            return Ok(bytes);
        }
        let came = Instant::now();
        // One at a time: there is one connection. Who waits can be cancelled though others are not.
        let mut turn = loop {
            match fetching.try_lock() {
                Ok(turn) => break turn,
                Err(TryLockError::Poisoned(turn)) => break turn.into_inner(),
                Err(TryLockError::WouldBlock) => check_current()?,
            }
            thread::sleep(POLL_INTERVAL);
        };
        if let Some((_, error)) = turn.as_ref().filter(|(when, _)| *when > came) {
            return Err(error.clone());
        }
        if let Some(bytes) = lock(cache).get(offset) {
            return Ok(bytes);
        }
        let first = offset / BLOCK;
        let run = lock(cache).run(first, self.version.len.div_ceil(BLOCK));
        let end = (first + run).saturating_mul(BLOCK).min(self.version.len);
        let fetched = self.client.fetch(first * BLOCK..end, &self.version).inspect_err(|error| {
            // Who gave up has nothing to say to others.
            if check_current().is_ok() {
                *turn = Some((Instant::now(), error.clone()));
            }
        })?;
        let skip = usize::try_from(offset % BLOCK).unwrap_or(usize::MAX);
        let here = fetched.get(skip..).map(|bytes| fetched.slice_ref(bytes)).unwrap_or_default();
        lock(cache).put(first, &fetched);
        Ok(here)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_keep_no_secrets() {
        assert_eq!(
            name_of("HTTPS://me:word@host.example:81/a/b.mp4?token=x#t").unwrap(),
            "https://host.example:81/a/b.mp4"
        );
        assert_eq!(name_of("http://[2001:db8::1]:80/a").unwrap(), "http://[2001:db8::1]:80/a");
        assert_eq!(name_of("http://host.example?token=a@b").unwrap(), "http://host.example");
        for no_link in
            ["", "file:///etc/passwd", "ftp://a/b", "http:/a", "a.mp4", "http://a:99999/", "https://[::1]:x/b"]
        {
            assert_eq!(name_of(no_link).unwrap_err().kind(), ErrorKind::InvalidArgument, "{no_link}");
        }
    }
}
