//! Left and right in tracks of their own, as professional cameras and recorders write them.

use super::audio::needs_counting;
use crate::base::Rational;
use crate::media::{AudioInfo, Disposition, FrameIndex, MediaInfo, Track, TrackIndex};

/// How far the ends of two channels may be apart, in seconds: some writers end each with its own last packet.
const MAX_APART: (i64, i64) = (1, 10);

/// A track that may be one channel.
type Channel<'probe> = (&'probe Track, &'probe AudioInfo, &'probe TrackIndex);

/// The tracks that are left and right of one sound: of MXF and QuickTime, tracks that follow each other, each one channel of
/// uncompressed sound without a name, of one language, one rate and one time. Where channels say which they are, it is left
/// and right.
pub(super) fn pairs(info: &MediaInfo, index: &FrameIndex) -> Vec<(u32, u32)> {
    if !matches!(info.container.as_str(), "mxf" | "mov,mp4,m4a,3gp,3g2,mj2") {
        return Vec::new();
    }
    let mut channels: Vec<_> = info.audio().into_iter().filter_map(|found| channel(found, index)).collect();
    channels.sort_by_key(|(track, ..)| track.index);
    let (mut pairs, mut channels) = (Vec::new(), channels.into_iter().peekable());
    while let Some(left) = channels.next() {
        let right = channels.next_if(|right| are_one(left, *right));
        pairs.extend(right.map(|(right, ..)| (left.0.index, right.index)));
    }
    pairs
}

fn channel<'probe>(
    (track, audio): (&'probe Track, &'probe AudioInfo),
    index: &'probe FrameIndex,
) -> Option<Channel<'probe>> {
    let index = index.track(track.index).filter(|index| !index.packets.is_empty() && index.parameters.is_empty())?;
    let is_plain =
        track.title.is_none() && Disposition { default: false, ..track.disposition } == Disposition::default();
    let is_counted = needs_counting(index, audio, &track.codec);
    let is_channel = audio.channels == 1 && audio.sample_rate > 0 && track.codec.starts_with("pcm_");
    (is_channel && is_plain && !is_counted).then_some((track, audio, index))
}

fn are_one((left, left_audio, left_index): Channel<'_>, (right, right_audio, right_index): Channel<'_>) -> bool {
    // FFmpeg's names of one channel: whatever it is, or the left and the right one.
    let is_pair = matches!(
        (left_audio.layout.as_str(), right_audio.layout.as_str()),
        ("mono", "mono") | ("1 channels (FL)", "1 channels (FR)")
    );
    let is_unedited = |index: &TrackIndex| index.shown.as_ref().is_some_and(|shown| shown.is_unedited);
    let is_like = (left_audio.sample_rate, left_index.time_base, &left_index.clock, is_unedited(left_index))
        == (right_audio.sample_rate, right_index.time_base, &right_index.clock, is_unedited(right_index));
    let apart = |one: Option<Rational>, other: Option<Rational>| one.zip(other).map(|(one, other)| (one - other).abs());
    let is_one_time = left.start == right.start
        && apart(left.duration, right.duration).is_some_and(|apart| apart <= Rational::new(MAX_APART.0, MAX_APART.1));
    is_pair && is_like && is_one_time && left.language == right.language
}
