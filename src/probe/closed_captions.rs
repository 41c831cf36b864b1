//! Which closed captions pictures carry, and tracks of their own.

use std::collections::BTreeMap;

use crate::base::{Rational, Result};
use crate::codec::{
    CaptionPair, ServiceBlocks, ServiceCode, ServiceCodes, bare_caption_pairs, picture_pairs, sample_caption_pairs,
};
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
/// Pictures, or fields of them, that may come before one that is shown earlier.
const MAX_REORDERED: usize = 32;

/// Whether pictures of this codec can carry captions.
pub(super) fn is_known(codec: &str) -> bool {
    matches!(codec, "h264" | "hevc" | "mpeg2video" | "av1")
}

/// Finds the channels that have captions, in packets as they come.
#[derive(Default)]
pub(super) struct Finder {
    found: Option<ClosedCaptions>,
    /// Pictures, by their times, that may be shown after some that are still to come: packets of CEA-708 go on from one picture to
    /// the next.
    waiting: BTreeMap<i64, Vec<CaptionPair>>,
    blocks: ServiceBlocks,
    codes: BTreeMap<u8, ServiceCodes>,
}

impl Finder {
    /// Looks into a packet that is read anyway: beyond the first seconds only where those have room for captions.
    pub(super) fn look(&mut self, entry: &Packet, data: &[u8], track: &TrackIndex) {
        if self.found.is_some() || is_early(entry, track) {
            self.add(entry.time, data);
        }
    }

    /// Looks into a packet of a track of captions.
    pub(super) fn look_bare(&mut self, entry: &Packet, data: &[u8]) {
        self.add_pairs(entry.time, bare_caption_pairs(data));
    }

    /// What was found; `None` if there is no room for captions.
    pub(super) fn finish(mut self) -> Option<ClosedCaptions> {
        while !self.waiting.is_empty() {
            self.read_first();
        }
        self.found
    }

    fn add(&mut self, time: i64, data: &[u8]) {
        let head = data.get(..HEAD).unwrap_or(data);
        if let Some(pairs) = picture_pairs(head) {
            self.add_pairs(time, pairs.into_iter().map(|(_, pair)| pair).collect());
        }
    }

    fn add_pairs(&mut self, time: i64, pairs: Vec<CaptionPair>) {
        let none = || ClosedCaptions { channels: Vec::new(), is_all: true, languages: Vec::new() };
        self.found.get_or_insert_with(none);
        let (digital, analog): (Vec<_>, Vec<_>) = pairs.into_iter().partition(|(kind, _)| kind & 2 != 0);
        analog.into_iter().filter_map(channel).for_each(|channel| self.insert(channel));
        if !digital.is_empty() {
            self.waiting.entry(time).or_default().extend(digital);
        }
        if self.waiting.len() > MAX_REORDERED {
            self.read_first();
        }
    }

    /// Reads what the first of the waiting pictures has of CEA-708. A service has captions where it has letters.
    fn read_first(&mut self) {
        let Some((_, pairs)) = self.waiting.pop_first() else { return };
        let mut found = Vec::new();
        let Self { blocks, codes, .. } = self;
        for pair in pairs {
            blocks.push(pair, |service, block| {
                let is_letter = |code| matches!(code, ServiceCode::Letter(letter) if !letter.is_whitespace());
                let put = |code, _| found.extend(is_letter(code).then_some(CaptionChannel::Service(service)));
                codes.entry(service).or_default().push(block, put);
            });
        }
        found.into_iter().for_each(|channel| self.insert(channel));
    }

    fn insert(&mut self, channel: CaptionChannel) {
        if let Some(found) = &mut self.found
            && let Err(place) = found.channels.binary_search(&channel)
        {
            found.channels.insert(place, channel);
        }
    }
}

/// Looks at the beginning of an MP4's track, and if that has room for captions at its first seconds.
pub(super) fn sample(context: &Context, track: &TrackIndex) -> Result<Option<ClosedCaptions>> {
    let mut finder = Finder::default();
    let place = |packet: &Packet| packet.point.pos.and_then(|pos| u64::try_from(pos).ok());
    let Some(start) = track.packets.first().and_then(place) else { return Ok(None) };
    let length = context.source.len().saturating_sub(start).min(MAX_READ);
    let mut bytes = vec![0; usize::try_from(length).unwrap_or(0)];
    context.read_exact_at(start, &mut bytes)?;
    let mut early = track.packets.iter().take_while(|packet| is_early(packet, track)).peekable();
    while let Some(packet) = early.peek() {
        let first = place(packet).and_then(|pos| usize::try_from(pos.checked_sub(start)?).ok());
        let data = first.and_then(|first| bytes.get(first..)?.get(..packet.size as usize));
        let Some(data) = data else { break };
        finder.add(packet.time, data);
        early.next();
    }
    let has_room = finder.found.is_some();
    for packet in early.filter(|_| has_room) {
        let mut head = vec![0; (packet.size as usize).min(HEAD)];
        context.read_exact_at(place(packet).unwrap_or(u64::MAX), &mut head)?;
        finder.add(packet.time, &head);
    }
    let is_all = track.packets.last().is_none_or(|last| is_early(last, track));
    Ok(finder.finish().map(|found| ClosedCaptions { is_all, ..found }))
}

/// Looks at a track of captions in an MP4, whose packets are not read otherwise: until ten seconds after the first captions. Where
/// these begin late, they are taken to be the usual ones.
pub(super) fn sample_bare(context: &Context, track: &TrackIndex) -> Result<ClosedCaptions> {
    let (mut finder, mut until) = (Finder::default(), None);
    for packet in track.packets.iter().take(MAX_SAMPLES) {
        if until.is_some_and(|until| track.time_base.times(packet.time) > until) {
            break;
        }
        let mut data = vec![0; (packet.size as usize).min(HEAD)];
        let place = packet.point.pos.and_then(|pos| u64::try_from(pos).ok());
        context.read_exact_at(place.unwrap_or(u64::MAX), &mut data)?;
        finder.add_pairs(packet.time, sample_caption_pairs(&data));
        if until.is_none() && finder.found.as_ref().is_some_and(|found| !found.channels.is_empty()) {
            until = Some(track.time_base.times(packet.time) + Rational::from(SECONDS));
        }
    }
    let channels = finder.finish().map(|found| found.channels).unwrap_or_default();
    let is_all = until.is_none() && track.packets.len() <= MAX_SAMPLES;
    let channels = if channels.is_empty() && !is_all { vec![CaptionChannel::Cc1] } else { channels };
    Ok(ClosedCaptions { channels, is_all, languages: Vec::new() })
}

fn is_early(packet: &Packet, track: &TrackIndex) -> bool {
    let seconds = |packet: &Packet| track.time_base.times(packet.time);
    track.packets.first().is_none_or(|first| seconds(packet) - seconds(first) < Rational::from(SECONDS))
}

/// The channel of CEA-608 in which a pair begins captions: by its code for how they come onto the screen, which each caption has.
fn channel((kind, [high, low]): CaptionPair) -> Option<CaptionChannel> {
    let (high, is_start) = (high & 0x7f, matches!(low & 0x7f, 0x20 | 0x25..=0x27 | 0x29));
    match (kind, high) {
        (0, 0x14) if is_start => Some(CaptionChannel::Cc1),
        (0, 0x1c) if is_start => Some(CaptionChannel::Cc2),
        (1, 0x14 | 0x15) if is_start => Some(CaptionChannel::Cc3),
        (1, 0x1c | 0x1d) if is_start => Some(CaptionChannel::Cc4),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The channels in pictures, each with its time and triplets.
    fn found(pictures: &[(i64, &[[u8; 3]])]) -> Vec<CaptionChannel> {
        let mut finder = Finder::default();
        for (time, triplets) in pictures {
            let count = [0xc0 | triplets.len() as u8, 0xff];
            finder.add(
                *time,
                &[b"\0\0\x01\xb5\0\x31GA94\x03", &count[..], triplets.concat().as_slice(), &[0xff]].concat(),
            );
        }
        finder.finish().unwrap().channels
    }

    #[test]
    fn each_kind_is_told_from_the_others() {
        use CaptionChannel::{Cc1, Cc2, Cc3, Cc4, Service};
        assert_eq!(found(&[(0, &[[0xfc, 0x94, 0x20], [0xfd, 0x15, 0x26]])]), [Cc1, Cc3]);
        assert_eq!(found(&[(0, &[[0xfd, 0x1c, 0x29], [0xfc, 0x1c, 0x25]])]), [Cc2, Cc4]);
        assert_eq!(found(&[(0, &[[0xff, 0x02, 0x21], [0xfe, b'A', 0]])]), [Service(1)]);
        // Padding, what erases, text for a screen of its own, data about the programme.
        assert_eq!(
            found(&[(0, &[[0xfc, 0x80, 0x80], [0xfc, 0x94, 0x2c], [0xfc, 0x94, 0x2a], [0xfd, 0x01, 0x20]])]),
            []
        );
        assert_eq!(found(&[(0, &[[0xf8, 0x94, 0x20]])]), []);
        // Null blocks, codes without letters, blanks.
        assert_eq!(
            found(&[(
                0,
                &[[0xff, 0x02, 0x00], [0xfe, b'A', 0], [0xff, 0x03, 0x43], [0xfe, 0x8c, 0xff], [0xfe, b' ', 0]]
            )]),
            []
        );
    }

    #[test]
    fn packets_go_on_in_the_order_of_showing() {
        let pictures: [(i64, &[[u8; 3]]); 3] = [
            (0, &[[0xff, 0x04, 0x45]]),
            (2, &[[0xfe, b'A', 0x88], [0xfe, 0, 0]]),
            (1, &[[0xfe, 0x88, 0], [0xfe, 0x88, 0]]),
        ];
        assert_eq!(found(&pictures), [CaptionChannel::Service(2)]);
    }
}
