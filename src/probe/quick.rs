//! From what a header says to [`QuickInfo`].

use super::header_times;
use super::open::open_header;
use super::{enhanced, matroska_chapters, rate, scan, switched_off, track_name};
use crate::base::{Rational, Result, guarded};
use crate::ffmpeg::{Input, Stream};
use crate::media::{Disposition, QuickInfo, QuickTrack, QuickTrackKind, QuickVideo, Track};
use crate::source::{Context, Source};

/// Finds out what the header of `source` says is in it, within its [limits](crate::Limits).
///
/// Reads the beginning, and of broadcasts the end; of an MP4 without fragments the beginnings of its tables and the first frame of
/// each track, some hundred kilobytes of however many gigabytes. Where keyframes are, and whether frames are missing, only
/// [`probe`](crate::probe()) tells; what it may find to be otherwise:
///
/// - Durations: a frame or a few milliseconds are usual, as many containers state rounded ones; in transport and program streams up to a
///   quarter of a second, by the last times in them. Of files that were joined or cut off the header may tell of one part, or of what
///   is missing.
/// - Rates of frames in other formats than MP4 are stated or found from a few frames, those of MP4 are exact where they are
///   even.
///
/// # Errors
/// As [`probe`](crate::probe()).
///
/// ```no_run
/// let source = vodkit::Source::file("holiday.mp4")?;
/// let info = vodkit::probe_quick(&source)?;
/// if let Some(duration) = info.duration {
///     println!("{} seconds", duration.to_f64());
/// }
/// # Ok::<(), vodkit::Error>(())
/// ```
pub fn probe_quick(source: &Source) -> Result<QuickInfo> {
    guarded(|| read(&Context::timed(source)))
}

fn read(context: &Context) -> Result<QuickInfo> {
    let (input, is_cut) = open_header(context)?;
    let mut stated: Vec<Track> =
        input.streams().iter().map(|stream| scan::track(&input, stream, None, stream.has_decoder())).collect();
    track_name::complete(&input, &mut stated)?;
    if input.is_mp4() {
        let off = switched_off::tracks(&input)?;
        stated.iter_mut().for_each(|track| track.disposition.disabled = off.contains(&track.index));
    }
    if input.container() == "flv" {
        enhanced::name_sound(context, &mut stated)?;
    }
    let mut tracks: Vec<QuickTrack> = stated.into_iter().map(QuickTrack::from).collect();
    for (track, stream) in tracks.iter_mut().zip(input.streams()) {
        if is_cut { complete_from_tables(context, &stream, track)? } else { complete(&input, &stream, track) }
    }
    let (container, mut chapters) = (input.container(), input.chapters());
    if container.starts_with("matroska") {
        chapters = matroska_chapters::read(context, chapters)?;
    }
    let (size, duration) = (context.stored().len(), duration(&input, &tracks));
    let bit_rate = duration.map(|duration| (size as f64 * 8.0 / duration.to_f64()).round() as u64);
    let info = QuickInfo { quick: true, container, duration, size, bit_rate, tracks, chapters };
    scan::check_duration(context, info.duration.unwrap_or(Rational::ZERO))?;
    Ok(if context.is_webp() { as_webp(info) } else { info })
}

/// What an MP4's tables say of a track, of which FFmpeg knows one sample.
fn complete_from_tables(context: &Context, stream: &Stream<'_>, track: &mut QuickTrack) -> Result<()> {
    let times = header_times::read(context, stream.id())?;
    // FFmpeg adds up the sizes of samples.
    track.bit_rate = None;
    track.start = times.as_ref().map(|times| times.start);
    track.duration = times.as_ref().map(|times| times.duration);
    if let QuickTrackKind::Video(video) = &mut track.kind {
        video.frames = times.as_ref().and_then(|times| times.frames);
        let rate = times.as_ref().and_then(|times| times.rate);
        video.frame_rate = rate.map(|found| found.rate);
        // Those that were not looked at may come unevenly too.
        let is_known = |variable: &bool| *variable || times.as_ref().is_some_and(|times| times.is_rate_of_all);
        video.variable_frame_rate = rate.map(|found| found.variable).filter(is_known);
    }
    Ok(())
}

/// What FFmpeg says of a track's times.
fn complete(input: &Input, stream: &Stream<'_>, track: &mut QuickTrack) {
    track.start = stream.start();
    track.duration = input.known_duration(Some(stream));
    if let QuickTrackKind::Video(video) = &mut track.kind {
        *video =
            QuickVideo { frame_rate: stated_rate(stream), variable_frame_rate: None, frames: None, ..video.clone() };
    }
}

fn stated_rate(stream: &Stream<'_>) -> Option<Rational> {
    let stated = stream.stated_rate().filter(|rate| *rate <= Rational::from(rate::MAX_STATED))?;
    Some(rate::find(&[], stream.time_base(), Some(stated)).rate)
}

/// Seconds from the earliest start to the latest end of what is played, or what the container says of all.
fn duration(input: &Input, tracks: &[QuickTrack]) -> Option<Rational> {
    let is_played = |track: &&QuickTrack| {
        let Disposition { attached_picture, disabled, .. } = track.disposition;
        !attached_picture && !disabled && !matches!(track.kind, QuickTrackKind::Subtitle | QuickTrackKind::Other)
    };
    let played = || tracks.iter().filter(is_played);
    let ends: Option<Vec<Rational>> = played().map(|track| Some(track.start? + track.duration?)).collect();
    let start = played().filter_map(|track| track.start).min();
    let of_tracks = start.zip(ends.and_then(|ends| ends.into_iter().max())).map(|(start, end)| end - start);
    of_tracks.or_else(|| input.known_duration(None)).filter(|duration| *duration > Rational::ZERO)
}

/// What is told of an animated WebP, whose pictures were read as those of a film.
fn as_webp(info: QuickInfo) -> QuickInfo {
    let bit_rate = info.bit_rate;
    let tracks = info.tracks.into_iter().map(|track| QuickTrack { codec: "webp".into(), bit_rate, ..track }).collect();
    QuickInfo { container: "webp".into(), tracks, ..info }
}
