//! A finished package as one file.

use std::io::{self, BufWriter, Write};
use std::path::Path;

use bytes::Bytes;

use crate::base::{Error, ErrorKind, Result, guarded};
use crate::mux::{WholeTrack, samples, whole_head};
use crate::plan::{Plan, Track};
use crate::sink::{Sink, unfinished};

/// Writes the pictures of one track, the largest where `video` names none, and the sound that plays by default, as an
/// MP4 with its index first. Nothing is encoded: `sink` has the finished package of `plan`. Gives the bytes written.
///
/// Each segment is read twice; memory goes with the number of samples, not with their size.
///
/// # Errors
/// [`OutOfRange`](ErrorKind::OutOfRange) where `video` is no track of pictures, [`NotFound`](ErrorKind::NotFound)
/// where a segment is not there, [`Corrupt`](ErrorKind::Corrupt) where one is not as it was made, and
/// [`SinkWrite`](ErrorKind::SinkWrite) where writing fails.
pub fn write_mp4(plan: &Plan, sink: &dyn Sink, video: Option<&str>, out: &mut dyn Write) -> Result<u64> {
    guarded(|| {
        plan.verify()?;
        let chosen = chosen(plan, video)?;
        let mut tracks = Vec::new();
        for track in &chosen {
            let init = track.init_key().map(|key| read(sink, &key)).transpose()?.unwrap_or_default();
            let mut whole = WholeTrack::new(&init, plan.track_duration(track).to_f64())?;
            (0..track.segments).try_for_each(|index| whole.add(&read(sink, &track.segment_key(index))?))?;
            tracks.push(whole);
        }
        let (head, order) = whole_head(&tracks)?;
        let failed = |cause: io::Error| Error::new(ErrorKind::SinkWrite, "the MP4 cannot be written").with_cause(cause);
        out.write_all(&head).map_err(failed)?;
        let mut written = head.len() as u64;
        for (track, index) in order {
            let key = chosen.get(track).map(|track| track.segment_key(index as u32)).unwrap_or_default();
            let segment = read(sink, &key)?;
            let samples = samples(&segment)?;
            out.write_all(samples).map_err(failed)?;
            written += samples.len() as u64;
        }
        out.flush().map_err(failed)?;
        Ok(written)
    })
}

/// As [`write_mp4`], into a file that appears whole or not at all, in place of what was there.
///
/// # Errors
/// As [`write_mp4`].
pub fn save_mp4(plan: &Plan, sink: &dyn Sink, video: Option<&str>, path: &Path) -> Result<u64> {
    let failed = |cause: io::Error| {
        Error::new(ErrorKind::SinkWrite, format!("cannot write {}", path.display())).with_cause(cause)
    };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let file = unfinished(folder).map_err(failed)?;
    let mut out = BufWriter::new(file);
    let written = write_mp4(plan, sink, video, &mut out)?;
    let file = out.into_inner().map_err(|error| failed(error.into_error()))?;
    file.as_file().sync_data().map_err(failed)?;
    file.persist(path).map_err(|error| failed(error.error))?;
    Ok(written)
}

fn chosen<'plan>(plan: &'plan Plan, video: Option<&str>) -> Result<Vec<&'plan Track>> {
    let pictures = match video {
        None => plan.videos().next().map(|(track, _)| track),
        Some(id) => Some(plan.videos().map(|(track, _)| track).find(|track| track.id == id).ok_or_else(|| {
            Error::new(ErrorKind::OutOfRange, format!("the plan has no track of pictures called \"{id}\""))
        })?),
    };
    Ok(pictures.into_iter().chain(plan.audios().next().map(|(track, _)| track)).collect())
}

fn read(sink: &dyn Sink, key: &str) -> Result<Bytes> {
    let name = sink.name();
    let found = sink
        .get(key)
        .map_err(|cause| Error::new(ErrorKind::SourceRead, format!("cannot read {key} in {name}")).with_cause(cause))?;
    found.ok_or_else(|| {
        Error::new(ErrorKind::NotFound, format!("{name} has no {key}: the package has to be finished first"))
    })
}
