//! What the packets of a source, and what its container says, add up to.

use super::rate;
use super::read::read_index;
use crate::base::{Error, ErrorKind, Rational, Result, guarded};
use crate::ffmpeg::{Decoder, Input, MediaType, Stream};
use crate::media::{
    AudioInfo, CountedFrame, FrameIndex, MediaInfo, Track, TrackIndex, TrackKind, VideoInfo, is_language,
};
use crate::source::{Context, Source};

/// Finds out what is in `source`, within its [limits](crate::Limits).
///
/// Reads the source once from start to end: frame rates and keyframes are found, not believed. Of an MP4 without
/// fragments it reads the index and the beginning: there it is all written down.
///
/// # Errors
/// [`NotMedia`](crate::ErrorKind::NotMedia) where it is no media file,
/// [`Truncated`](crate::ErrorKind::Truncated) where part of it is missing,
/// [`LimitExceeded`](crate::ErrorKind::LimitExceeded), and those of reading the source.
///
/// ```no_run
/// let source = vodkit::Source::file("holiday.mp4")?;
/// let info = vodkit::probe(&source)?;
/// println!("{} seconds", info.duration.to_f64());
/// # Ok::<(), vodkit::Error>(())
/// ```
pub fn probe(source: &Source) -> Result<MediaInfo> {
    guarded(|| Ok(scan(&Context::timed(source))?.0))
}

/// Reads all of `source` once, or no more than its index where that tells everything.
pub(crate) fn scan(context: &Context) -> Result<(MediaInfo, FrameIndex)> {
    let (source, limits) = (&context.source, context.limits());
    let (input, index) = read_index(context)?;
    let tracks: Vec<Track> = input.streams().iter().map(|stream| track(stream, index.track(stream.index()))).collect();
    let played = |track: &&Track| !track.disposition.attached_picture;
    let starts = tracks.iter().filter(played).filter_map(|track| track.start);
    let ends = tracks.iter().filter(played).filter_map(|track| Some(track.start? + track.duration?));
    let duration = match (starts.min(), ends.max()) {
        (Some(start), Some(end)) => (end - start).max(Rational::ZERO),
        _ => Rational::ZERO,
    };
    if duration.to_f64() > limits.duration.as_secs_f64() {
        let message = format!(
            "{} lasts {:.3} seconds, more than the limit of {}",
            source.name(),
            duration.to_f64(),
            limits.duration.as_secs_f64()
        );
        return Err(Error::new(ErrorKind::LimitExceeded, message));
    }
    let size = source.len();
    let bit_rate = if duration > Rational::ZERO { (size as f64 * 8.0 / duration.to_f64()).round() as u64 } else { 0 };
    Ok((MediaInfo { container: input.container(), duration, size, bit_rate, tracks }, index))
}

/// Decodes the sound of the track that `index` is of, and says when each frame is and how long.
pub(crate) fn count_samples(context: &Context, index: &TrackIndex, rate: u32) -> Result<Vec<CountedFrame>> {
    let mut input = Input::open(context)?;
    input.select(&[index.track]);
    let mut decoder = Decoder::open(&input, index.track)?;
    let mut counted = Vec::new();
    loop {
        let packet = input.read()?;
        if packet.as_ref().is_some_and(|packet| packet.track != index.track) {
            continue;
        }
        decoder.decode(packet.as_ref(), |frame| {
            let own_rate = u64::from(frame.sample_rate().max(1));
            let samples = (frame.samples() as u64 * u64::from(rate) / own_rate) as u32;
            counted.extend(frame.time().map(|time| CountedFrame { time, samples }));
            Ok(())
        })?;
        if packet.is_none() {
            return Ok(counted);
        }
    }
}

fn track(stream: &Stream<'_>, index: Option<&TrackIndex>) -> Track {
    let span = index.and_then(TrackIndex::span);
    // For sound the container knows better than its packets: it leaves out what the encoder primed with.
    let stated = stream.start().filter(|_| stream.media_type() == MediaType::Audio);
    let start = stated.or(span.map(|span| span.0));
    // Some containers say how long the priming is, but not that the start lies behind it.
    let first = index.and_then(|index| Some(index.time_base.times(index.packets.first()?.time)));
    let start = start.map(|start| if first == Some(start) { start + stream.priming() } else { start });
    let duration = start.zip(span).map(|(start, span)| (span.1 - start).max(Rational::ZERO));
    Track {
        index: stream.index(),
        codec: stream.codec(),
        decodable: stream.has_decoder(),
        profile: stream.profile(),
        language: stream.tag(c"language").filter(|language| language != "und" && is_language(language)),
        title: stream.tag(c"title"),
        disposition: stream.disposition(),
        start,
        duration,
        bit_rate: stream.bit_rate().or_else(|| mean_bit_rate(index?, duration?)),
        kind: match stream.media_type() {
            MediaType::Video => TrackKind::Video(video(stream, index)),
            MediaType::Audio => TrackKind::Audio(audio(stream)),
            MediaType::Subtitle => TrackKind::Subtitle,
            MediaType::Other => TrackKind::Other,
        },
    }
}

fn mean_bit_rate(index: &TrackIndex, duration: Rational) -> Option<u64> {
    let bytes: u64 = index.packets.iter().map(|packet| u64::from(packet.size)).sum();
    (duration > Rational::ZERO).then(|| (bytes as f64 * 8.0 / duration.to_f64()).round() as u64)
}

fn audio(stream: &Stream<'_>) -> AudioInfo {
    let (channels, layout, sample_rate) = stream.audio();
    AudioInfo { channels, layout, sample_rate }
}

fn video(stream: &Stream<'_>, index: Option<&TrackIndex>) -> VideoInfo {
    let times = index.map(TrackIndex::shown_times).unwrap_or_default();
    let lasts = index.and_then(|index| index.packets.iter().map(|packet| packet.duration).max()).unwrap_or(0);
    // A single frame has no distance to another: its own duration says more than what the codec states.
    let single = (times.len() == 1 && lasts > 0).then(|| stream.time_base().times(lasts).recip());
    let found = rate::find(&times, stream.time_base(), single.or(stream.stated_rate()));
    let (coded_width, coded_height) = stream.coded_size();
    let (rotation, mirrored) = stream.orientation();
    let pixel_aspect = stream.pixel_aspect();
    let (width, height) = shown_size(coded_width, coded_height, pixel_aspect, rotation);
    let (pixel_format, bit_depth) = stream.pixel_format().unwrap_or(("unknown".into(), 8));
    let shown_keys = index.into_iter().flat_map(|index| &index.packets).filter(|packet| packet.key && !packet.discard);
    let mut keyframes: Vec<Rational> = shown_keys.map(|packet| stream.time_base().times(packet.time)).collect();
    keyframes.sort_unstable();
    VideoInfo {
        width,
        height,
        coded_width,
        coded_height,
        rotation,
        mirrored,
        pixel_aspect,
        frame_rate: found.rate,
        variable_frame_rate: found.variable,
        frames: times.len() as u64,
        pixel_format,
        bit_depth,
        colour: stream.colour(),
        field_order: stream.field_order(),
        keyframes,
    }
}

/// The size in square pixels as it is seen. One side is made longer, never shorter.
fn shown_size(width: u32, height: u32, aspect: Rational, rotation: u32) -> (u32, u32) {
    let stretch = |side: u32, by: Rational| u32::try_from((Rational::from(side) * by).round()).unwrap_or(u32::MAX);
    // An aspect that nobody could have meant is taken for a mistake.
    let plausible = aspect >= Rational::new(1, 8) && aspect <= Rational::from(8);
    let (width, height) = match aspect {
        _ if !plausible => (width, height),
        aspect if aspect >= Rational::from(1) => (stretch(width, aspect), height),
        aspect => (width, stretch(height, aspect.recip())),
    };
    if rotation % 180 == 90 { (height, width) } else { (width, height) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pixel_aspect_and_rotation_give_the_size_as_seen() {
        assert_eq!(shown_size(720, 576, Rational::new(64, 45), 0), (1024, 576));
        assert_eq!(shown_size(1920, 1080, Rational::from(1), 90), (1080, 1920));
        assert_eq!(shown_size(480, 480, Rational::new(3, 4), 0), (480, 640));
        assert_eq!(shown_size(640, 480, Rational::from(1000), 0), (640, 480));
    }
}
