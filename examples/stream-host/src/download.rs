//! Fetches sources. They are kept, so that packages, images and clips can be made whatever becomes of the link.

use std::fs::{self, File};
use std::io::{self, Write};

use vodkit::{CancelToken, Error, ErrorKind, HttpOptions, Source};

use crate::host::Host;
use crate::video::{Origin, Video};
use crate::work::{TaskError, source_received};

/// Bytes that are read at a time.
const CHUNK: usize = 1 << 20;

/// Fetches the source of a video.
pub(crate) fn run(host: &Host, video: &Video, cancel: &CancelToken) -> Result<(), TaskError> {
    let uid = &video.uid;
    match &video.origin {
        Origin::Link(link) => {
            let options = HttpOptions::default()
                .allow_private_addresses(host.config.allow_private_addresses)
                .source_bytes(host.config.max_bytes)
                .cancel(cancel.clone());
            save(&Source::http(link, &options)?, host, uid)?;
        }
        Origin::Clip { of, .. } => {
            // Both names lead to the same file, which goes with the last of them.
            match fs::hard_link(host.source_path(of), host.source_path(uid)) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    return Err(Error::new(ErrorKind::NotFound, format!("the video {of} was deleted")).into());
                }
                done => done.map_err(disk_error)?,
            }
        }
        Origin::Upload => {}
    }
    let size = fs::metadata(host.source_path(uid)).map_err(disk_error)?.len();
    source_received(host, uid, size)?;
    Ok(())
}

fn save(source: &Source, host: &Host, uid: &str) -> Result<(), Error> {
    let part = host.unfinished_path(uid);
    let mut file = File::create(&part).map_err(disk_error)?;
    let (mut offset, mut buffer) = (0, vec![0; CHUNK]);
    while offset < source.len() {
        if source.cancel_token().is_cancelled() {
            return Err(Error::new(ErrorKind::Cancelled, "the download was stopped"));
        }
        let count = source.read_at(offset, &mut buffer).map_err(|error| match error.downcast::<Error>() {
            Ok(error) => error,
            Err(error) => Error::new(ErrorKind::SourceRead, "the link could not be read").with_cause(error),
        })?;
        if count == 0 {
            return Err(Error::new(ErrorKind::SourceRead, "the link ended before its end"));
        }
        file.write_all(buffer.get(..count).unwrap_or_default()).map_err(disk_error)?;
        offset += count as u64;
    }
    file.sync_data().and_then(|()| fs::rename(&part, host.source_path(uid))).map_err(disk_error)
}

/// An error of the host's disk.
pub(crate) fn disk_error(error: io::Error) -> Error {
    let kind = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => ErrorKind::NoSpace,
        _ => ErrorKind::SinkWrite,
    };
    Error::new(kind, "the host cannot write the video: its disk is full or fails").with_cause(error)
}
