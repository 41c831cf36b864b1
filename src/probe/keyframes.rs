//! Whether keyframes are whole, and are keyframes at all: of an MP4 whose index is all that is read, by one of them.

use crate::base::Result;
use crate::codec::{self, Configuration};
use crate::ffmpeg::Input;
use crate::media::{Packet, TrackIndex};

/// Codecs whose keyframes are looked into.
const KNOWN: [&str; 4] = ["h264", "hevc", "mpeg4", "vp8"];

/// Bytes of a keyframe that are read.
const HEAD: usize = 4096;

/// Looks into the second keyframe. An encoder that refreshes its pictures bit by bit makes no whole one but the first, so what
/// that one says holds for all that follow. If it is none, the index says nothing, and each is looked into.
pub(super) fn sample(input: &Input, track: &mut TrackIndex) -> Result<()> {
    let stream = input.stream(track.track)?;
    let (codec, extradata) = (stream.codec(), stream.extradata());
    let mut keyframes = track.packets.iter_mut().filter(|packet| packet.key).skip(1).peekable();
    let Some(second) = keyframes.peek().filter(|_| KNOWN.contains(&codec.as_str())) else { return Ok(()) };
    let configuration = (codec == "h264").then(|| Configuration::read(extradata).ok()).flatten();
    let look = |packet: &Packet| Ok(recovery(configuration.as_ref(), &codec, extradata, &head(input, packet, HEAD)?));
    let of_all = look(second)?;
    for packet in keyframes {
        let recovery = if of_all.is_none() { look(packet)? } else { of_all };
        (packet.key, packet.recovery) = (recovery.is_some(), recovery.unwrap_or(0));
    }
    Ok(())
}

/// What a keyframe says of its recovery, as [`Configuration::recovery`] has it: `None` if it is none.
pub(super) fn recovery(of: Option<&Configuration>, codec: &str, extradata: &[u8], picture: &[u8]) -> Option<u16> {
    match of {
        Some(configuration) => configuration.recovery(picture),
        None => (!codec::is_predicted(codec, extradata, picture)).then_some(0),
    }
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
