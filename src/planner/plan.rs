//! Planning a source: probe it, read whatever else the decisions need, and decide.

use std::thread;

use super::make::{self, Input};
use super::passthrough::check_video;
use super::{audio, loudness};
use crate::base::{Error, ErrorKind, Result, guarded};
use crate::ffmpeg;
use crate::media::{FrameIndex, MediaInfo};
use crate::plan::{CopyTop, Ladder, Plan, SourceId};
use crate::probe::{self, Passthrough};
use crate::source::{Context, Source};

/// Plans how to make the renditions of `ladder` from `source`, within the source's [limits](crate::Limits). Writes
/// nothing.
///
/// Reads the source once, or only its index if that is enough, and its audio once more if the container rounds audio
/// timestamps, and once more if a [loudness](Ladder::loudness) is asked for. For passthrough it also reads the keyframes.
///
/// # Errors
/// Those of [`probe`](crate::probe()), [`NothingToPlay`](crate::ErrorKind::NothingToPlay) if there is neither video nor
/// audio, and [`InvalidArgument`](crate::ErrorKind::InvalidArgument) for a ladder that is out of range.
pub fn plan(source: &Source, ladder: &Ladder) -> Result<Plan> {
    guarded(|| decide(&Context::timed(source), ladder))
}

fn decide(context: &Context, ladder: &Ladder) -> Result<Plan> {
    ladder.check()?;
    if let Some(watermark) = &ladder.watermark {
        watermark.decode()?;
    }
    if !context.stored().is_remote() {
        return read(context, ladder, || context.digest());
    }
    // Its end comes while the index is read.
    thread::scope(|scope| {
        let digest = scope.spawn(|| guarded(|| context.digest()));
        let ended = |_| Error::new(ErrorKind::Internal, "the thread of a digest panicked");
        read(context, ladder, || digest.join().map_err(ended)?)
    })
}

fn read(context: &Context, ladder: &Ladder, digest: impl FnOnce() -> Result<String>) -> Result<Plan> {
    let (info, index) = probe::scan(context)?;
    let context = &context.numbered(index.pids.as_ref());
    let mut counted = Vec::new();
    for (track, audio) in info.audio() {
        if let Some(index) = index.track(track.index)
            && audio::needs_counting(index, audio, &track.codec)
        {
            counted.push((track.index, probe::count_samples(context, index, audio.sample_rate)?));
        }
    }
    let passthrough = match ladder.copy_top {
        CopyTop::Never => None,
        _ if ladder.clip.is_some() => None,
        CopyTop::Auto | CopyTop::Always => Some(read_passthrough(context, &info, &index)?),
    };
    let gains = &loudness::gains(context, &info, &index, ladder)?;
    let id = SourceId { length: context.stored().len(), digest: digest()? };
    let (counted, passthrough, build) = (&counted, passthrough.as_ref(), ffmpeg::fingerprint());
    make::make(&Input { info: &info, index: &index, counted, gains, passthrough, source: id, build }, ladder)
}

/// Reads from the samples what passthrough depends on. Keyframes are only read if the video may be copied at all.
fn read_passthrough(context: &Context, info: &MediaInfo, index: &FrameIndex) -> Result<Passthrough> {
    let video = match info.main_video() {
        None => Err("it has no video".into()),
        Some((track, video)) => check_video(video, &track.codec).map(|()| track.index),
    };
    probe::read_passthrough(context, info, index, video)
}
