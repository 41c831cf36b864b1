//! Whether the keyframes of an MP4 are whole, where its index is all that is read.

use crate::base::Result;
use crate::codec::Configuration;
use crate::ffmpeg::Input;
use crate::media::{Packet, TrackIndex};

/// Bytes of a keyframe that are read.
const HEAD: usize = 4096;

/// Looks into the second keyframe of an H.264 track. An encoder that refreshes its pictures bit by bit makes no whole one
/// but the first, so what that one says holds for all that follow.
pub(super) fn sample(input: &Input, track: &mut TrackIndex) -> Result<()> {
    let stream = input.stream(track.track)?;
    let second = track.packets.iter().filter(|packet| packet.key).nth(1);
    let (Some(second), "h264") = (second, stream.codec().as_str()) else { return Ok(()) };
    let Ok(configuration) = Configuration::read(stream.extradata()) else { return Ok(()) };
    let recovery = configuration.recovery(&head(input, second, HEAD)?);
    for packet in track.packets.iter_mut().filter(|packet| packet.key).skip(1) {
        packet.recovery = recovery;
    }
    Ok(())
}

/// The first bytes of a packet, so many at most; none where its place is not in the source.
pub(super) fn head(input: &Input, packet: &Packet, most: usize) -> Result<Vec<u8>> {
    let mut head = vec![0; (packet.size as usize).min(most)];
    let position = packet.point.pos.and_then(|pos| u64::try_from(pos).ok());
    match position.filter(|position| position.saturating_add(head.len() as u64) <= input.source().len()) {
        Some(position) => input.context().read_exact_at(position, &mut head)?,
        None => head.clear(),
    }
    Ok(head)
}
