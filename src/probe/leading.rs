//! Pictures that are shown before the keyframe that a source begins with, and need what comes before it: players do not show
//! them, and begin with the first that is there.

use super::keyframes::head;
use crate::base::{Rational, Result};
use crate::codec;
use crate::ffmpeg::Input;
use crate::media::{Packet, TrackIndex};

/// Pictures that are decoded behind a keyframe and shown before it, at most.
const MOST: usize = 16;
/// Bytes of a picture that are read.
const CODED: usize = 4096;

/// The first keyframe of a track, until all that is shown before it has come.
pub(super) struct Leading {
    begin: i64,
    is_closed: bool,
    left: usize,
    /// By how much it may come later, in ticks: more is damage.
    most: i64,
}

impl Leading {
    /// Of a keyframe with this data.
    pub(super) fn of(codec: &str, keyframe: &Packet, data: &[u8], time_base: Rational) -> Self {
        let is_closed = codec::begins_closed_group(codec, data);
        Self { begin: keyframe.time, is_closed, left: MOST, most: time_base.ticks(Rational::from(2)) }
    }

    /// Whether the next packet may be shown before the keyframe.
    pub(super) fn is_before(&mut self, packet: &Packet) -> bool {
        let is_before = !packet.key && self.left > 0 && packet.time < self.begin;
        self.left = if is_before { self.left - 1 } else { 0 };
        is_before && self.begin.saturating_sub(packet.time) <= self.most
    }

    /// Another keyframe comes.
    pub(super) fn end(&mut self) {
        self.left = 0;
    }

    /// Whether the picture cannot be shown.
    pub(super) fn is_lost(&self, codec: &str, extradata: &[u8], data: &[u8]) -> bool {
        codec::needs_group_before(codec, extradata, self.is_closed, data)
    }
}

/// Leaves them out of a track of an MP4 whose index is all that is read.
pub(super) fn sample(input: &Input, track: &mut TrackIndex) -> Result<()> {
    let stream = input.stream(track.track)?;
    let (codec, extradata, time_base) = (stream.codec(), stream.extradata(), track.time_base);
    let Some((first, others)) = track.packets.split_first_mut().filter(|(first, _)| first.key) else { return Ok(()) };
    if others.first().is_none_or(|next| next.time >= first.time) {
        return Ok(());
    }
    let mut leading = Leading::of(&codec, first, &head(input, first, CODED)?, time_base);
    for packet in others {
        if !leading.is_before(packet) {
            break;
        }
        packet.discard |= leading.is_lost(&codec, extradata, &head(input, packet, CODED)?);
    }
    Ok(())
}
