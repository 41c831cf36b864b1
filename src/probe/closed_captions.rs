//! Whether pictures carry closed captions (CEA-608 and 708), as ATSC A/53 part 4 puts them into user data.

use std::collections::BTreeSet;

use crate::base::{Rational, Result};
use crate::media::{CaptionChannel, Packet, TrackIndex};
use crate::source::Context;

/// Seconds of pictures that are looked into. Those that carry captions have room for them in each.
const SECONDS: i64 = 10;
/// Bytes of a packet that are looked into: messages come before what is drawn.
const HEAD: usize = 4096;
/// Bytes that are read of an MP4, whose packets are not read otherwise. They are read already where a decoder was asked
/// what the container does not say.
const MAX_READ: u64 = 64 << 10;

/// What captions begin with: the provider, in H.264 and HEVC after country and provider code, and their type.
const MARK: &[u8] = b"GA94\x03";

/// The channels that were found in a track.
pub(super) type Channels = BTreeSet<CaptionChannel>;

/// Whether pictures of this codec can carry captions.
pub(super) fn is_known(codec: &str) -> bool {
    matches!(codec, "h264" | "hevc" | "mpeg2video")
}

/// Whether a packet is of the pictures that are looked into.
pub(super) fn is_early(packet: &Packet, first: Option<&Packet>, time_base: Rational) -> bool {
    first.is_none_or(|first| time_base.times(packet.time) - time_base.times(first.time) < Rational::from(SECONDS))
}

/// Adds the channels that a packet carries.
pub(super) fn look(data: &[u8], channels: &mut Channels) {
    let head = data.get(..HEAD).unwrap_or(data);
    let found = head.windows(MARK.len()).position(|bytes| bytes == MARK);
    if let Some(content) = found.and_then(|place| head.get(place + MARK.len()..)) {
        channels.extend(read(content).unwrap_or_default());
    }
}

/// Looks at the beginning of an MP4's track.
pub(super) fn sample(context: &Context, track: &TrackIndex) -> Result<Channels> {
    let mut channels = Channels::new();
    let place = |packet: &Packet| packet.point.pos.and_then(|pos| u64::try_from(pos).ok());
    let Some(start) = track.packets.first().and_then(place) else { return Ok(channels) };
    let length = context.source.len().saturating_sub(start).min(MAX_READ);
    let mut bytes = vec![0; usize::try_from(length).unwrap_or(0)];
    context.read_exact_at(start, &mut bytes)?;
    for packet in track.packets.iter().take_while(|packet| is_early(packet, track.packets.first(), track.time_base)) {
        let first = place(packet).and_then(|pos| usize::try_from(pos.checked_sub(start)?).ok());
        let data = first.and_then(|first| bytes.get(first..)?.get(..packet.size as usize));
        let Some(data) = data else { break };
        look(data, &mut channels);
    }
    Ok(channels)
}

/// The channels of `cc_data` (ATSC A/53 part 4, 6.2.3). Pictures that have room for captions have it for the first.
fn read(content: &[u8]) -> Option<Channels> {
    let mut bytes = unescaped(content);
    let flags = bytes.next()?;
    let count = usize::from(flags & 0x1f);
    if flags & 0x40 == 0 || count == 0 {
        return None;
    }
    bytes.next()?;
    let mut channels = Channels::new();
    for _ in 0..count {
        let (kind, pair) = (bytes.next()?, [bytes.next()?, bytes.next()?]);
        let (is_valid, has_text) = (kind & 4 != 0, pair.iter().any(|byte| byte & 0x7f != 0));
        match kind & 3 {
            0 if is_valid => _ = channels.insert(CaptionChannel::Cc1),
            1 if is_valid && has_text => _ = channels.insert(CaptionChannel::Cc3),
            2 | 3 if is_valid && has_text => _ = channels.insert(CaptionChannel::Service1),
            _ => {}
        }
    }
    Some(channels)
}

/// Bytes without those that keep start codes away (ITU-T H.264 7.4.1).
fn unescaped(bytes: &[u8]) -> impl Iterator<Item = u8> {
    let mut zeros = 0;
    bytes.iter().copied().filter(move |&byte| {
        let is_escape = zeros >= 2 && byte == 3;
        zeros = if byte == 0 { zeros + 1 } else { 0 };
        !is_escape
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(triplets: &[[u8; 3]]) -> Vec<CaptionChannel> {
        let mut channels = Channels::new();
        let count = [0xc0 | triplets.len() as u8, 0xff];
        look(
            &[b"\0\0\x01\xb5\0\x31GA94\x03", &count[..], triplets.concat().as_slice(), &[0xff]].concat(),
            &mut channels,
        );
        channels.into_iter().collect()
    }

    #[test]
    fn each_kind_is_told_from_the_others() {
        use CaptionChannel::{Cc1, Cc3, Service1};
        assert_eq!(found(&[[0xfc, 0x80, 0x80], [0xf9, 0x80, 0x80]]), [Cc1]);
        assert_eq!(found(&[[0xfc, 0x94, 0x20], [0xfd, 0x15, 0x2c]]), [Cc1, Cc3]);
        assert_eq!(found(&[[0xff, 0x02, 0x21], [0xfe, 0, 0]]), [Service1]);
        assert_eq!(found(&[[0xf8, 0x80, 0x80]]), []);
    }

    #[test]
    fn damaged_messages_do_no_harm() {
        let whole = b"GA94\x03\xc2\xff\xfc\x94\x20\xf9\x80\x80\xff";
        for cut in 0..whole.len() {
            look(&whole[..cut], &mut Channels::new());
        }
        assert_eq!(unescaped(&[0, 0, 3, 1, 0, 0, 3]).collect::<Vec<_>>(), [0, 0, 1, 0, 0]);
    }
}
