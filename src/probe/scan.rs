//! From packets, and what the container states, to [`MediaInfo`].

use super::survey::read_index;
use super::{enhanced, matroska_chapters, rate, switched_off, track_name};
use crate::base::{Error, ErrorKind, Rational, Result, guarded};
use crate::ffmpeg::{Decoder, Frame, Input, MediaType, Stream};
use crate::media::{
    AudioInfo, Colour, DecoderParameters, Disposition, FrameIndex, MediaInfo, Orientation, Track, TrackIndex,
    TrackKind, VideoInfo, display_size, is_language,
};
use crate::source::{Context, Source, expect_movie};

/// Finds out what is in `source`, within its [limits](crate::Limits).
///
/// Reads the source once from start to end, because what containers state about frame rates and keyframes is often
/// wrong. Of an MP4 without fragments it reads the beginning and the index, which lists all packets.
///
/// # Errors
/// [`NotMedia`](crate::ErrorKind::NotMedia) if it is not a media file, [`Unsupported`](crate::ErrorKind::Unsupported) if it is
/// a picture,
/// [`Truncated`](crate::ErrorKind::Truncated) if part of it is missing,
/// [`Encrypted`](crate::ErrorKind::Encrypted), [`LimitExceeded`](crate::ErrorKind::LimitExceeded), and the errors of reading the source.
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

/// [`probe`] with the index of all packets.
pub(crate) fn scan(context: &Context) -> Result<(MediaInfo, FrameIndex)> {
    expect_movie(context)?;
    let (input, index) = read_index(context)?;
    let mut tracks: Vec<Track> =
        input.streams().iter().map(|stream| of_index(&input, stream, index.track(stream.index()))).collect();
    track_name::complete(&input, &mut tracks)?;
    if input.is_mp4() {
        let off = switched_off::tracks(&input)?;
        tracks.iter_mut().for_each(|track| track.disposition.disabled = off.contains(&track.index));
    }
    if input.container() == "flv" {
        enhanced::name_sound(context, &mut tracks)?;
    }
    let (container, mut chapters) = (input.container(), input.chapters());
    if container.starts_with("matroska") {
        chapters = matroska_chapters::read(context, chapters)?;
    }
    let size = context.stored().len();
    let info = MediaInfo { container, duration: Rational::ZERO, size, bit_rate: 0, tracks, chapters };
    let duration = duration(&info, &index);
    check_duration(context, duration)?;
    let bit_rate = if duration > Rational::ZERO { (size as f64 * 8.0 / duration.to_f64()).round() as u64 } else { 0 };
    let info = MediaInfo { duration, bit_rate, ..info };
    Ok((if context.is_webp() { as_webp(info) } else { info }, index))
}

/// # Errors
/// [`LimitExceeded`](ErrorKind::LimitExceeded).
pub(super) fn check_duration(context: &Context, duration: Rational) -> Result<()> {
    let (seconds, limit) = (duration.to_f64(), context.limits().duration.as_secs_f64());
    if seconds <= limit {
        return Ok(());
    }
    let name = context.source.name();
    let message = format!("{name} lasts {seconds:.3} seconds, more than the limit of {limit}");
    Err(Error::new(ErrorKind::LimitExceeded, message))
}

/// Seconds from the earliest start to the latest end of what is played: of several programmes, each of which may have a clock of
/// its own, the main video's.
fn duration(info: &MediaInfo, index: &FrameIndex) -> Rational {
    let main = info.main_video().map(|(track, _)| track.index);
    let is_played = |track: &&Track| {
        let Disposition { attached_picture, disabled, .. } = track.disposition;
        let goes_along = main.is_none_or(|main| index.goes_together(main, track.index));
        goes_along && !attached_picture && !disabled && !matches!(track.kind, TrackKind::Subtitle)
    };
    let played = || info.tracks.iter().filter(is_played);
    let ends = played().filter_map(|track| Some(track.start? + track.duration?));
    match (played().filter_map(|track| track.start).min(), ends.max()) {
        (Some(start), Some(end)) => (end - start).max(Rational::ZERO),
        _ => Rational::ZERO,
    }
}

/// What is told of an animated WebP, whose pictures were read as those of a film.
fn as_webp(info: MediaInfo) -> MediaInfo {
    let bit_rate = Some(info.bit_rate);
    let tracks = info.tracks.into_iter().map(|track| Track { codec: "webp".into(), bit_rate, ..track }).collect();
    MediaInfo { container: "webp".into(), tracks, ..info }
}

/// Decodes a whole track and passes each frame to `receive`.
pub(super) fn decode_track(
    context: &Context,
    index: &TrackIndex,
    open: impl Fn(&Input, u32) -> Result<Decoder>,
    mut receive: impl FnMut(Frame) -> Result<()>,
) -> Result<()> {
    let mut input = Input::open(context)?;
    input.select(&[index.track]);
    input.set_clock(index.track, &index.clock);
    let mut decoder = None;
    loop {
        context.watch.check()?;
        let packet = input.read()?;
        if packet.as_ref().is_some_and(|packet| packet.track != index.track) {
            continue;
        }
        // A track may appear with its first packet.
        let decoder = match &mut decoder {
            Some(decoder) => decoder,
            None => decoder.insert(open(&input, index.track)?),
        };
        decoder.decode(packet.as_ref(), &mut receive)?;
        if packet.is_none() {
            return Ok(());
        }
    }
}

/// The picture of a track whose first packet is all of it, such as a cover: its packet has no time or place to be found by.
pub(crate) fn first_frame(context: &Context, track: u32) -> Result<Option<Frame>> {
    let mut input = Input::open(context)?;
    input.select(&[track]);
    let mut decoder = Decoder::open(&input, track, &DecoderParameters::OWN)?;
    while let Some(packet) = input.read()? {
        if packet.track != track {
            continue;
        }
        let mut found = None;
        decoder.decode_alone(&packet, |frame| {
            found.get_or_insert(frame);
            Ok(())
        })?;
        return Ok(found);
    }
    Ok(None)
}

/// Whether pictures, sound or text come of a track. What its decoder is set up with may be damaged, so it is started.
fn is_decodable(input: &Input, stream: &Stream<'_>, index: Option<&TrackIndex>) -> bool {
    let is_played = matches!(stream.media_type(), MediaType::Video | MediaType::Audio);
    let packets = index.map_or(&[][..], |index| &index.packets);
    let can_begin = packets.is_empty() || packets.iter().any(|packet| packet.key);
    let starts = || Decoder::open(input, stream.index(), &DecoderParameters::OWN).is_ok();
    // Pictures have no size where what says it, as the parameter sets of H.264, is missing.
    let (width, height) = index.and_then(|index| index.size).unwrap_or_else(|| stream.coded_size());
    let has_size = stream.media_type() != MediaType::Video || (width > 0 && height > 0);
    stream.has_decoder() && (!is_played || can_begin && has_size && starts())
}

fn of_index(input: &Input, stream: &Stream<'_>, index: Option<&TrackIndex>) -> Track {
    track(input, stream, index, is_decodable(input, stream, index))
}

/// What is known of a track, which is `decodable` or not.
pub(super) fn track(input: &Input, stream: &Stream<'_>, index: Option<&TrackIndex>, decodable: bool) -> Track {
    let span = index.and_then(TrackIndex::span);
    // For audio the stated start is better than the first packet's time, because it leaves out the priming.
    let is_shown_apart = index.is_some_and(|index| index.shown.is_some());
    let keeps_clock = index.is_some_and(|index| index.clock.iter().all(|part| part.shift == 0)) && !is_shown_apart;
    let stated = stream.start().filter(|_| keeps_clock && stream.media_type() == MediaType::Audio);
    // Of a stream that appears late FFmpeg gives the beginning of the others.
    let stated = stated.filter(|stated| span.is_none_or(|(first, _)| first - *stated < Rational::from(1)));
    let start = stated.or(span.map(|span| span.0));
    // Some containers state the priming, but a start before it.
    let first = index.and_then(|index| Some(index.time_base.times(index.packets.first()?.time)));
    let is_primed = |start| first == Some(start) && !is_shown_apart;
    let start = start.map(|start| if is_primed(start) { start + input.priming(stream) } else { start });
    let duration = start.zip(span).map(|(start, span)| (span.1 - start).max(Rational::ZERO));
    Track {
        index: stream.index(),
        codec: stream.codec(),
        decodable,
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
    let longest = index.and_then(|index| index.packets.iter().map(|packet| packet.duration).max()).unwrap_or(0);
    // The duration of a single frame is a better hint than the rate that the codec states.
    let single = (times.len() == 1 && longest > 0).then(|| stream.time_base().times(longest).recip());
    let found = rate::find(&times, stream.time_base(), single.or(stream.stated_rate()));
    let (coded_width, coded_height) = index.and_then(|index| index.size).unwrap_or_else(|| stream.coded_size());
    // A container's matrix is the author's last word.
    let (rotation, mirrored) = match (stream.orientation(), index.and_then(|index| index.orientation)) {
        ((0, false), Some(Orientation { rotation, mirrored })) => (rotation, mirrored),
        (stated, _) => stated,
    };
    let pixel_aspect = stream.pixel_aspect();
    let (shown_width, shown_height) =
        stream.crop().apply((coded_width, coded_height)).unwrap_or((coded_width, coded_height));
    let (shown_width, shown_height) = stream.without_blanking((shown_width, shown_height));
    let (width, height) = display_size((shown_width, shown_height), pixel_aspect);
    let (width, height) = if rotation % 180 == 90 { (height, width) } else { (width, height) };
    let (pixel_format, bit_depth) = stream.pixel_format().unwrap_or(("unknown".into(), 8));
    let presented = index.into_iter().flat_map(|index| &index.packets).filter(|packet| packet.key && !packet.discard);
    let colour = stream.colour();
    let mut keyframes: Vec<Rational> = presented.map(|packet| stream.time_base().times(packet.time)).collect();
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
        alpha: stream.has_alpha(),
        colour: Colour { peak: colour.peak.or(index.and_then(|index| index.peak)), ..colour },
        field_order: stream.field_order(),
        keyframes,
    }
}
