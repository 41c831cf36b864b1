//! Writing a finished package as one progressive MP4.

use std::io::{self, BufWriter, Write};
use std::path::Path;

use bytes::Bytes;

use crate::base::{Error, ErrorKind, Result};
use crate::mux::{ProgressiveTrack, chunk_samples, progressive_head};
use crate::plan::{Plan, Rendition};
use crate::sink::{Sink, is_full, unfinished};

/// Writes a video rendition, by default the largest, and the default audio. Returns the number of bytes written.
pub(super) fn write(plan: &Plan, sink: &dyn Sink, video: Option<&str>, out: &mut dyn Write) -> Result<u64> {
    let renditions = renditions(plan, video)?;
    let mut tracks = Vec::new();
    for rendition in &renditions {
        let (key, seconds) = (rendition.init_key().unwrap_or_default(), rendition.duration().to_f64());
        let mut track = named(sink, &key, ProgressiveTrack::new(&read(sink, &key)?, seconds))?;
        for key in (0..rendition.segment_count).map(|index| rendition.segment_key(index)) {
            named(sink, &key, track.add(&read(sink, &key)?))?;
        }
        tracks.push(track);
    }
    let (head, order) = progressive_head(&tracks)?;
    let failed = |cause| write_failed("the MP4 cannot be written".into(), cause);
    out.write_all(&head).map_err(failed)?;
    let mut written = head.len() as u64;
    for id in order {
        let (track, index) = id;
        let key = renditions.get(track).map(|rendition| rendition.segment_key(index as u32)).unwrap_or_default();
        let segment = read(sink, &key)?;
        let samples = named(sink, &key, chunk_samples(&tracks, id, &segment))?;
        out.write_all(samples).map_err(failed)?;
        written += samples.len() as u64;
    }
    out.flush().map_err(failed)?;
    Ok(written)
}

/// As [`write()`], into a file that is created or replaced atomically.
pub(super) fn save(plan: &Plan, sink: &dyn Sink, video: Option<&str>, path: &Path) -> Result<u64> {
    let failed = |cause| write_failed(format!("cannot write {}", path.display()), cause);
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let file = unfinished(folder).map_err(failed)?;
    // Flushes it at the end.
    let written = write(plan, sink, video, &mut BufWriter::new(file.as_file()))?;
    file.as_file().sync_data().map_err(failed)?;
    file.persist(path).map_err(|error| failed(error.error))?;
    Ok(written)
}

fn write_failed(message: String, cause: io::Error) -> Error {
    let kind = if is_full(&cause) { ErrorKind::NoSpace } else { ErrorKind::SinkWrite };
    Error::new(kind, message).with_cause(cause)
}

/// The renditions to write: one of video, if the plan has any, and the default audio, if it has any.
fn renditions<'plan>(plan: &'plan Plan, video: Option<&str>) -> Result<Vec<&'plan Rendition>> {
    let mut videos = plan.videos().map(|(rendition, _)| rendition);
    let unknown = |id| Error::new(ErrorKind::OutOfRange, format!("the plan has no video rendition \"{id}\""));
    let video = match video {
        None => videos.next(),
        Some(id) => Some(videos.find(|rendition| rendition.id == id).ok_or_else(|| unknown(id))?),
    };
    Ok(video.into_iter().chain(plan.audios().next().map(|(rendition, _)| rendition)).collect())
}

/// Says which file is damaged, and what to do.
fn named<T>(sink: &dyn Sink, key: &str, result: Result<T>) -> Result<T> {
    result.map_err(|error| match error.kind() {
        ErrorKind::Corrupt => {
            let name = sink.name();
            let message = format!("{key} in {name} is damaged: {error}; remove it and run the plan's job again");
            Error::new(ErrorKind::Corrupt, message)
        }
        _ => error,
    })
}

fn read(sink: &dyn Sink, key: &str) -> Result<Bytes> {
    let name = sink.name();
    let found = sink
        .get(key)
        .map_err(|cause| Error::new(ErrorKind::SinkWrite, format!("cannot read {key} in {name}")).with_cause(cause))?;
    found.ok_or_else(|| {
        Error::new(ErrorKind::NotFound, format!("{name} has no {key}: finish the package with a job first"))
    })
}
