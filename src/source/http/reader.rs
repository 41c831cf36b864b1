//! A remote file as a [`ReadAt`].

use std::fs::File;
use std::io::{self, Write};
use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use bytes::Bytes;
use ureq::Body;
use ureq::http::{Response, StatusCode, header};

use super::backoff::Backoff;
use super::cache::{BLOCK, Cache};
use super::client::{Client, Failure, Version, content_range, header_value, version_of};
use super::fetching::Fetching;
use super::options::HttpOptions;
use crate::base::{Error, ErrorKind, Result, Watch, check_current};
use crate::source::file::read_file_at;
use crate::source::read_at::{ReadAt, Remote};

/// Bytes in the first request, 128 KiB: enough for the header of most files.
const FIRST: u64 = 2 * BLOCK;
/// How often a thread that waits for others looks whether they are done, and whether its read has to end.
const POLL_INTERVAL: Duration = Duration::from_millis(2);
/// How often to try a download, which starts over each time because the server has no ranges.
const MAX_DOWNLOADS: u32 = 3;

/// A file behind an `http` or `https` link.
pub(crate) struct HttpReader {
    client: Client,
    version: Version,
    storage: Storage,
}

/// Where the bytes are.
enum Storage {
    /// On the server, with a cache.
    Remote { cache: Mutex<Cache>, fetching: Fetching },
    /// In a temporary file without a name.
    Local(File),
}

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
        Watch::new(&options.cancel).during(|| Self::connect(link, options))
    }

    fn connect(link: &str, options: &HttpOptions) -> Result<Self> {
        let client = Client::new(link, name_of(link)?, options)?;
        let (mut backoff, mut downloads) = (client.backoff(), 0);
        loop {
            let why = match Self::first_request(&client, options, &mut downloads, &mut backoff) {
                Ok((version, storage)) => return Ok(Self { client, version, storage }),
                Err(Failure::Permanent(error)) => return Err(error),
                Err(Failure::Transient(why)) => why,
            };
            // A read that was cancelled looks like a failure of the server.
            check_current()?;
            if downloads >= MAX_DOWNLOADS {
                let name = &client.name;
                let message = format!("{name} could not be downloaded in {downloads} tries, as {why}");
                return Err(Error::new(ErrorKind::SourceRead, message));
            }
            backoff.wait(&why)?;
        }
    }

    fn first_request(
        client: &Client,
        options: &HttpOptions,
        downloads: &mut u32,
        backoff: &mut Backoff<'_>,
    ) -> Result<(Version, Storage), Failure> {
        let response = client.request(&(0..FIRST), backoff.left())?;
        check_type(client, &response)?;
        match (response.status(), content_range(&response)) {
            (StatusCode::PARTIAL_CONTENT, Some((0, len))) => {
                check_size(client, options, len)?;
                let version = version_of(&response, len);
                let first = read_first(client, response, &version, backoff)?;
                let mut cache = Cache::new(options.cache_bytes);
                cache.put(0, &first);
                Ok((version, Storage::Remote { cache: Mutex::new(cache), fetching: Fetching::default() }))
            }
            (StatusCode::OK, _) => {
                *downloads += 1;
                drop(response);
                download(client, options, backoff)
            }
            // Only an empty file has no first byte.
            (StatusCode::RANGE_NOT_SATISFIABLE, _) => {
                let message = format!("{} is empty", client.name);
                Err(Error::new(ErrorKind::NotMedia, message).into())
            }
            (status, _) => Err(client.status_failure(status)),
        }
    }
}

/// The first bytes of the file, from the response to the first request.
fn read_first(
    client: &Client,
    response: Response<Body>,
    version: &Version,
    backoff: &mut Backoff<'_>,
) -> Result<Bytes, Failure> {
    let wanted = FIRST.min(version.len);
    let mut first = Vec::new();
    let read = client.read_body(response, wanted, backoff, |part| {
        first.extend(part);
        Ok(())
    });
    let received = first.len() as u64;
    match read {
        // A slow server may need more than the time for one request: fetch the rest.
        Err(Failure::Transient(_)) | Ok(()) if (1..wanted).contains(&received) => {
            first.extend_from_slice(&client.fetch(received..wanted, version)?);
        }
        other => other?,
    }
    Ok(first.into())
}

/// Downloads the file to a temporary one.
fn download(client: &Client, options: &HttpOptions, backoff: &mut Backoff<'_>) -> Result<(Version, Storage), Failure> {
    let response = client.request_all(options.download_time)?;
    if response.status() != StatusCode::OK {
        return Err(client.status_failure(response.status()));
    }
    let stated = header_value(&response, header::CONTENT_LENGTH).and_then(|length| length.parse::<u64>().ok());
    stated.map_or(Ok(()), |len| check_size(client, options, len))?;
    let write_error = |cause: io::Error| {
        let message = format!("{} could not be stored in a temporary file", client.name);
        Error::new(ErrorKind::SourceRead, message).with_cause(cause)
    };
    let mut file = tempfile::tempfile().map_err(write_error)?;
    let mut version = version_of(&response, 0);
    client.read_body(response, u64::MAX, backoff, |part| {
        version.len += part.len() as u64;
        check_size(client, options, version.len)?;
        file.write_all(part).map_err(write_error)
    })?;
    match stated {
        Some(stated) if stated != version.len => Err(Failure::Transient("the transfer ended early".into())),
        _ => Ok((version, Storage::Local(file))),
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
    let media_type = header_value(response, header::CONTENT_TYPE).unwrap_or_default().to_ascii_lowercase();
    if response.status().is_success()
        && ["text/html", "application/xhtml"].iter().any(|page| media_type.starts_with(page))
    {
        let message = format!("{} is a web page, not a video: link to the file itself", client.name);
        return Err(Error::new(ErrorKind::NotMedia, message));
    }
    Ok(())
}

/// The link's name in messages: without user name, password, query and fragment, which may be secret.
fn name_of(link: &str) -> Result<String> {
    let scheme = link.split_once("://").map(|(scheme, rest)| (scheme.to_ascii_lowercase(), rest));
    let Some((scheme, rest)) = scheme.filter(|(scheme, _)| matches!(scheme.as_str(), "http" | "https")) else {
        return Err(Error::invalid("a link must begin with http:// or https://"));
    };
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    // An IPv6 address stands in brackets, as it has colons too.
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
        match &self.storage {
            Storage::Local(file) => read_file_at(file, offset, buffer),
            Storage::Remote { cache, fetching } => {
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

impl Remote for HttpReader {
    fn will_read(&self, range: Range<u64>) {
        if let Storage::Remote { cache, .. } = &self.storage {
            lock(cache).expect(range.start..range.end.min(self.version.len));
        }
    }
}

impl HttpReader {
    /// The bytes from `offset` to the end of its block or further, from the cache or the server.
    fn block(&self, cache: &Mutex<Cache>, fetching: &Fetching, offset: u64) -> Result<Bytes> {
        let (block, arrived) = (offset / BLOCK, Instant::now());
        let run = loop {
            if let Some(bytes) = lock(cache).get(offset) {
                return Ok(bytes);
            }
            let choose = || lock(cache).run(block, self.version.len.div_ceil(BLOCK));
            if let Some(run) = fetching.begin(block, arrived, choose)? {
                break run;
            }
            // Other threads may take long, and this read may have to end.
            check_current()?;
            thread::sleep(POLL_INTERVAL);
        };
        // It may have come since it was looked for.
        if let Some(bytes) = lock(cache).get(offset) {
            return Ok(bytes);
        }
        let (start, end) = (run.blocks.start * BLOCK, run.blocks.end.saturating_mul(BLOCK).min(self.version.len));
        let fetched = self.client.fetch(start..end, &self.version).inspect_err(|error| {
            // The error of a cancelled read concerns no other thread.
            if check_current().is_ok() {
                fetching.fail(error);
            }
        })?;
        let skip = usize::try_from(offset - start).unwrap_or(usize::MAX);
        let bytes = fetched.get(skip..).map(|bytes| fetched.slice_ref(bytes)).unwrap_or_default();
        lock(cache).put(run.blocks.start, &fetched);
        Ok(bytes)
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
