//! Channels in tracks of their own, as professional cameras, recorders and editors write them.

use super::audio::needs_counting;
use crate::base::Rational;
use crate::media::{AudioInfo, Disposition, FrameIndex, MediaInfo, Track, TrackIndex};

/// How far the ends of two channels may be apart, in seconds: some writers end each with its own last packet.
const MAX_APART: (i64, i64) = (1, 10);

/// A track that may be one channel.
type Channel<'probe> = (&'probe Track, &'probe AudioInfo, &'probe TrackIndex);

/// The speakers of 5.1 channels in the order of a rendition's, by FFmpeg's names of one channel; that of the centre is none.
const SURROUND: [&[&str]; 6] = [
    &["1 channels (FL)"],
    &["1 channels (FR)"],
    &["mono", "1 channels (FC)"],
    &["1 channels (LFE)"],
    &["1 channels (BL)", "1 channels (SL)"],
    &["1 channels (BR)", "1 channels (SR)"],
];

/// The tracks that are one sound: of MXF and QuickTime, tracks that follow each other, each one channel of uncompressed sound without
/// a name, of one language, one rate and one time. Two are left and right, if they do not say otherwise, and six that say so 5.1.
pub(super) fn groups(info: &MediaInfo, index: &FrameIndex) -> Vec<Vec<u32>> {
    if !matches!(info.container.as_str(), "mxf" | "mov,mp4,m4a,3gp,3g2,mj2") {
        return Vec::new();
    }
    let mut channels: Vec<_> = info.audio().into_iter().filter_map(|found| channel(found, index)).collect();
    channels.sort_by_key(|(track, ..)| track.index);
    let (mut groups, mut rest) = (Vec::new(), channels.as_slice());
    while let Some((_, others)) = rest.split_first() {
        let group = surround(rest).or_else(|| pair(rest));
        rest = group.as_ref().and_then(|group| rest.get(group.len()..)).unwrap_or(others);
        groups.extend(group);
    }
    groups
}

/// The first two, if they are left and right.
fn pair(channels: &[Channel<'_>]) -> Option<Vec<u32>> {
    let [left, right, ..] = channels else { return None };
    // Whatever they are, or the left and the right one.
    let is_pair = matches!(
        (left.1.layout.as_str(), right.1.layout.as_str()),
        ("mono", "mono") | ("1 channels (FL)", "1 channels (FR)")
    );
    (is_pair && are_alike(*left, *right)).then(|| vec![left.0.index, right.0.index])
}

/// The first six, if they say that they are 5.1, in whatever order.
fn surround(channels: &[Channel<'_>]) -> Option<Vec<u32>> {
    let channels = channels.get(..SURROUND.len())?;
    let first = channels.first()?;
    let of = |names: &&[&str]| {
        let mut own = channels.iter().filter(|channel| names.contains(&channel.1.layout.as_str()));
        own.next().filter(|channel| are_alike(*first, **channel)).map(|channel| channel.0.index)
    };
    SURROUND.iter().map(of).collect()
}

fn channel<'probe>(
    (track, audio): (&'probe Track, &'probe AudioInfo),
    index: &'probe FrameIndex,
) -> Option<Channel<'probe>> {
    let index = index.track(track.index).filter(|index| !index.packets.is_empty() && index.parameters.is_empty())?;
    let is_plain =
        track.title.is_none() && Disposition { default: false, ..track.disposition } == Disposition::default();
    let is_channel = audio.channels == 1 && audio.sample_rate > 0 && track.codec.starts_with("pcm_");
    (is_channel && is_plain && !needs_counting(index, audio, &track.codec)).then_some((track, audio, index))
}

fn are_alike((left, left_audio, left_index): Channel<'_>, (right, right_audio, right_index): Channel<'_>) -> bool {
    let is_unedited = |index: &TrackIndex| index.shown.as_ref().is_some_and(|shown| shown.is_unedited);
    let is_like = (left_audio.sample_rate, left_index.time_base, &left_index.clock, is_unedited(left_index))
        == (right_audio.sample_rate, right_index.time_base, &right_index.clock, is_unedited(right_index));
    let apart = |one: Option<Rational>, other: Option<Rational>| one.zip(other).map(|(one, other)| (one - other).abs());
    let is_one_time = left.start == right.start
        && apart(left.duration, right.duration).is_some_and(|apart| apart <= Rational::new(MAX_APART.0, MAX_APART.1));
    is_like && is_one_time && left.language == right.language
}
