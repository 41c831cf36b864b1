//! Which closed captions pictures carry, and tracks of their own.

use crate::base::{Rational, Result};
use crate::codec::{CaptionPair, bare_caption_pairs, caption_pairs, sample_caption_pairs};
use crate::media::{CaptionChannel, ClosedCaptions, Packet, TrackIndex};
use crate::source::Context;

/// Seconds of pictures that are looked into. Those that carry captions have room for them in each.
const SECONDS: i64 = 10;
/// Bytes of a packet that are looked into: messages come before what is drawn.
const HEAD: usize = 4096;
/// Bytes that are read of an MP4, whose packets are not read otherwise, to see whether there is room. They are read
/// already where a decoder was asked what the container does not say.
const MAX_READ: u64 = 64 << 10;
/// Samples of a track of captions that are looked into: two minutes, where each picture has one.
const MAX_SAMPLES: usize = 3600;

/// Whether pictures of this codec can carry captions.
pub(super) fn is_known(codec: &str) -> bool {
    matches!(codec, "h264" | "hevc" | "mpeg2video")
}

/// Looks into a packet that is read anyway: beyond the first seconds only where those have room for captions.
pub(super) fn look(entry: &Packet, data: &[u8], track: &TrackIndex, found: &mut Option<ClosedCaptions>) {
    if found.is_some() || is_early(entry, track) {
        add(data, found);
    }
}

/// Looks at the beginning of an MP4's track, and if that has room for captions at its first seconds.
pub(super) fn sample(context: &Context, track: &TrackIndex) -> Result<Option<ClosedCaptions>> {
    let mut found = None;
    let place = |packet: &Packet| packet.point.pos.and_then(|pos| u64::try_from(pos).ok());
    let Some(start) = track.packets.first().and_then(place) else { return Ok(found) };
    let length = context.source.len().saturating_sub(start).min(MAX_READ);
    let mut bytes = vec![0; usize::try_from(length).unwrap_or(0)];
    context.read_exact_at(start, &mut bytes)?;
    let mut early = track.packets.iter().take_while(|packet| is_early(packet, track)).peekable();
    while let Some(packet) = early.peek() {
        let first = place(packet).and_then(|pos| usize::try_from(pos.checked_sub(start)?).ok());
        let data = first.and_then(|first| bytes.get(first..)?.get(..packet.size as usize));
        let Some(data) = data else { break };
        add(data, &mut found);
        early.next();
    }
    let has_room = found.is_some();
    for packet in early.filter(|_| has_room) {
        let mut head = vec![0; (packet.size as usize).min(HEAD)];
        context.read_exact_at(place(packet).unwrap_or(u64::MAX), &mut head)?;
        add(&head, &mut found);
    }
    let is_all = track.packets.last().is_none_or(|last| is_early(last, track));
    Ok(found.map(|found| ClosedCaptions { is_all, ..found }))
}

/// Looks at a track of captions in an MP4, whose packets are not read otherwise: until ten seconds after the first captions. Where
/// these begin late, they are taken to be the usual ones.
pub(super) fn sample_bare(context: &Context, track: &TrackIndex) -> Result<ClosedCaptions> {
    let (mut found, mut until) = (None, None);
    for packet in track.packets.iter().take(MAX_SAMPLES) {
        if until.is_some_and(|until| track.time_base.times(packet.time) > until) {
            break;
        }
        let mut data = vec![0; (packet.size as usize).min(HEAD)];
        let place = packet.point.pos.and_then(|pos| u64::try_from(pos).ok());
        context.read_exact_at(place.unwrap_or(u64::MAX), &mut data)?;
        add_pairs(sample_caption_pairs(&data), &mut found);
        if until.is_none() && found.as_ref().is_some_and(|found| !found.channels.is_empty()) {
            until = Some(track.time_base.times(packet.time) + Rational::from(SECONDS));
        }
    }
    let channels = found.map(|found| found.channels).unwrap_or_default();
    let is_all = until.is_none() && track.packets.len() <= MAX_SAMPLES;
    let channels = if channels.is_empty() && !is_all { vec![CaptionChannel::Cc1] } else { channels };
    Ok(ClosedCaptions { channels, is_all, languages: Vec::new() })
}

fn is_early(packet: &Packet, track: &TrackIndex) -> bool {
    let seconds = |packet: &Packet| track.time_base.times(packet.time);
    track.packets.first().is_none_or(|first| seconds(packet) - seconds(first) < Rational::from(SECONDS))
}

fn add(data: &[u8], found: &mut Option<ClosedCaptions>) {
    let head = data.get(..HEAD).unwrap_or(data);
    if let Some(pairs) = caption_pairs(head) {
        add_pairs(pairs, found);
    }
}

/// Looks into a packet of a track of captions.
pub(super) fn add_bare(data: &[u8], found: &mut Option<ClosedCaptions>) {
    add_pairs(bare_caption_pairs(data), found);
}

fn add_pairs(pairs: Vec<CaptionPair>, found: &mut Option<ClosedCaptions>) {
    let found =
        found.get_or_insert_with(|| ClosedCaptions { channels: Vec::new(), is_all: true, languages: Vec::new() });
    for channel in pairs.into_iter().filter_map(channel) {
        if let Err(place) = found.channels.binary_search(&channel) {
            found.channels.insert(place, channel);
        }
    }
}

/// The channel in which a pair begins captions: by its code for how they come onto the screen, which each caption has.
fn channel((kind, [high, low]): CaptionPair) -> Option<CaptionChannel> {
    let (high, is_start) = (high & 0x7f, matches!(low & 0x7f, 0x20 | 0x25..=0x27 | 0x29));
    match (kind, high) {
        (0, 0x14) if is_start => Some(CaptionChannel::Cc1),
        (0, 0x1c) if is_start => Some(CaptionChannel::Cc2),
        (1, 0x14 | 0x15) if is_start => Some(CaptionChannel::Cc3),
        (1, 0x1c | 0x1d) if is_start => Some(CaptionChannel::Cc4),
        (2 | 3, _) => Some(CaptionChannel::Service1),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(triplets: &[[u8; 3]]) -> Vec<CaptionChannel> {
        let mut found = None;
        let count = [0xc0 | triplets.len() as u8, 0xff];
        add(&[b"\0\0\x01\xb5\0\x31GA94\x03", &count[..], triplets.concat().as_slice(), &[0xff]].concat(), &mut found);
        found.unwrap().channels
    }

    #[test]
    fn each_kind_is_told_from_the_others() {
        use CaptionChannel::{Cc1, Cc2, Cc3, Cc4, Service1};
        assert_eq!(found(&[[0xfc, 0x94, 0x20], [0xfd, 0x15, 0x26]]), [Cc1, Cc3]);
        assert_eq!(found(&[[0xfd, 0x1c, 0x29], [0xfc, 0x1c, 0x25]]), [Cc2, Cc4]);
        assert_eq!(found(&[[0xff, 0x02, 0x21], [0xfe, 0, 0]]), [Service1]);
        // Padding, what erases, text for a screen of its own, data about the programme.
        assert_eq!(found(&[[0xfc, 0x80, 0x80], [0xfc, 0x94, 0x2c], [0xfc, 0x94, 0x2a], [0xfd, 0x01, 0x20]]), []);
        assert_eq!(found(&[[0xf8, 0x94, 0x20]]), []);
    }
}
