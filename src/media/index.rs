//! The times and positions of all packets of video, audio and text.

use serde::{Deserialize, Serialize};

use super::caption_channel::CaptionChannel;
use super::missing::Missing;
use super::not_followed::NotFollowed;
use super::parameters::DecoderParameters;
use super::pids::Pids;
use crate::base::Rational;

/// The largest magnitude of a time, in ticks of a container's clock or in audio samples: an eighth of the range of
/// `i64`, so that sums and differences of a few cannot overflow. Times beyond it are damage and count as missing.
pub(crate) const MAX_TIME: i64 = 1 << 60;

/// A packet that decoding can begin with, identified by what the demuxer says about it. Times are in ticks of the
/// track's time base, on the container's clock, moved as the track's [`ClockPart`]s say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeekPoint {
    /// Presentation timestamp.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pts: Option<i64>,
    /// Decoding timestamp.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dts: Option<i64>,
    /// Byte position in the source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pos: Option<i64>,
    /// Which of the track's [`DecoderParameters`] the decoder is set up with, counted from 1; 0, which JSON leaves out:
    /// those of the container's beginning.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub parameters: u32,
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// A stretch of a track in which the container's clock runs on without a jump.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ClockPart {
    /// Position in the source, in bytes, of its first packet. It ends where the next one begins.
    pub pos: i64,
    /// What is added to the container's times, in ticks of the track.
    pub shift: i64,
}

/// A part of a track's media that an edit list shows. Times are in ticks of the track.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Edit {
    /// Decoding time, in the media, of the keyframe that is read first.
    pub first: i64,
    /// Decoding time, in the media, of the packet that is read last.
    pub last: i64,
    /// Presentation time, in the media, of the first frame that is shown.
    pub start: i64,
    /// Presentation time, in the media, from which on none is shown. What is read besides is decoded and hidden.
    pub end: i64,
    /// What is added to the media's times.
    pub shift: i64,
}

/// A part of a track's sound or text that an edit list shows. Times are in ticks of the track.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct MediaPart {
    /// Time in the media from which on it is presented.
    pub start: i64,
    /// Time in the media up to which it is presented.
    pub end: i64,
    /// What is added to the media's times.
    pub shift: i64,
}

/// What is presented of a track of sound or text, where the demuxer does not follow its edit list exactly.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Shown {
    /// In the order of presentation.
    pub(crate) parts: Vec<MediaPart>,
    /// Whether the packets are the media's, as the demuxer gives them if it leaves the edit list aside.
    pub(crate) is_unedited: bool,
}

/// One packet of a track.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Packet {
    /// Identifies the packet, to find it again.
    pub(crate) point: SeekPoint,
    /// Presentation time in ticks, or the decoding time where the container has no other.
    pub(crate) time: i64,
    /// Duration in ticks; 0 if unknown.
    pub(crate) duration: i64,
    /// Whether decoding can begin with it.
    pub(crate) key: bool,
    /// Whether it is decoded but not presented, because it lies outside the edit list.
    pub(crate) discard: bool,
    /// Size in bytes.
    pub(crate) size: u32,
    /// Of a keyframe: by how many frames that others refer to the first one comes later that is right if decoding begins
    /// with it. Not 0 where pictures are refreshed bit by bit.
    pub(crate) recovery: u16,
}

impl Packet {
    /// Whether it is a keyframe that is right without what comes before.
    pub(crate) fn is_whole(&self) -> bool {
        self.key && self.recovery == 0
    }
}

/// How pictures are to be turned for display.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Orientation {
    /// Clockwise, in degrees: 0, 90, 180 or 270.
    pub(crate) rotation: u32,
    /// Whether to mirror left to right, before the rotation.
    pub(crate) mirrored: bool,
}

/// All packets of one track, in decoding order.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TrackIndex {
    /// The track's position in the container.
    pub(crate) track: u32,
    /// Seconds per tick.
    pub(crate) time_base: Rational,
    pub(crate) packets: Vec<Packet>,
    /// What decoders are set up with somewhere within the track, other than at its beginning.
    pub(crate) parameters: Vec<DecoderParameters>,
    /// Whether frames may have two fields, whatever the container says.
    pub(crate) may_have_fields: bool,
    /// How pictures are to be turned, if the first one says so.
    pub(crate) orientation: Option<Orientation>,
    /// The size of pictures, if the first one says another than the container may.
    pub(crate) size: Option<(u32, u32)>,
    /// The brightest pixel in cd/m², if the first picture says so.
    pub(crate) peak: Option<u32>,
    /// Whether the first picture says that there is one for each eye.
    pub(crate) is_stereo: bool,
    /// Of sound: whether its sample rate changes midway.
    pub(crate) rate_changes: bool,
    /// The places of packets with which another of joined files begins.
    pub(crate) joints: Vec<usize>,
    /// The stretches of the container's clock, if it jumps.
    pub(crate) clock: Vec<ClockPart>,
    /// Of pictures, the parts that its edit list shows, if it is read edit by edit. Packets are as these present them.
    pub(crate) edits: Vec<Edit>,
    /// Of sound and text, what its edit list shows, if the demuxer does not follow it. Packets are as they are read.
    pub(crate) shown: Option<Shown>,
    /// The places of packets that are damaged, as the container says.
    pub(crate) damaged: Vec<usize>,
}

/// The closed captions in the pictures of a track that have room for some.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ClosedCaptions {
    /// Those that are not empty, ascending.
    pub(crate) channels: Vec<CaptionChannel>,
    /// Whether all pictures were looked into, and not only those of the beginning.
    pub(crate) is_all: bool,
    /// The languages of channels, where the container says them.
    pub(crate) languages: Vec<(CaptionChannel, String)>,
}

impl ClosedCaptions {
    /// What the container says of the language of a channel itself.
    pub(crate) fn stated_language(&self, channel: CaptionChannel) -> Option<&str> {
        self.languages.iter().find(|(other, _)| *other == channel).map(|(_, language)| language.as_str())
    }

    /// The language of a channel, by what is said of it or of the other one that has the same text.
    pub(crate) fn language(&self, channel: CaptionChannel) -> Option<&str> {
        let other = || channel.counterpart().and_then(|other| self.stated_language(other));
        self.stated_language(channel).or_else(other)
    }
}

/// The packets of all tracks of video, audio and text.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct FrameIndex {
    /// One index per track, in the container's order.
    pub(crate) tracks: Vec<TrackIndex>,
    /// The tracks of each programme, where a broadcast has several.
    pub(crate) programmes: Vec<Vec<u32>>,
    /// The tracks of closed captions, and those whose pictures have room for some.
    pub(crate) captions: Vec<(u32, ClosedCaptions)>,
    /// Under which PIDs a transport stream is read, if its tracks change theirs.
    pub(crate) pids: Option<Pids>,
    /// If the source ends early.
    pub(crate) missing: Option<Missing>,
    /// Whether pages of an Ogg have another checksum than they state, so that what is in them is left out.
    pub(crate) has_damaged_pages: bool,
    /// What is stated of how the source, or a track of it, is to be presented, and is not followed.
    pub(crate) not_followed: Vec<(Option<u32>, NotFollowed)>,
}

impl FrameIndex {
    /// Whether two tracks may be played together: they are of one programme, or one of them is of none.
    pub(crate) fn goes_together(&self, one: u32, other: u32) -> bool {
        let is_in = |track: u32| self.programmes.iter().any(|programme| programme.contains(&track));
        let share = self.programmes.iter().any(|programme| programme.contains(&one) && programme.contains(&other));
        share || !is_in(one) || !is_in(other)
    }

    /// The index of the track at `position` in the container.
    pub(crate) fn track(&self, position: u32) -> Option<&TrackIndex> {
        self.tracks.iter().find(|index| index.track == position)
    }

    /// The closed captions of a track, or in its pictures if they have room for some.
    pub(crate) fn captions(&self, track: u32) -> Option<&ClosedCaptions> {
        self.captions.iter().find(|(other, _)| *other == track).map(|(_, captions)| captions)
    }

    /// The number of packets of all tracks.
    pub(crate) fn packets(&self) -> u64 {
        self.tracks.iter().map(|track| track.packets.len() as u64).sum()
    }
}

impl TrackIndex {
    /// The index of a track before any of its packets is read.
    pub(crate) fn new(track: u32, time_base: Rational) -> Self {
        Self {
            track,
            time_base,
            packets: Vec::new(),
            parameters: Vec::new(),
            may_have_fields: false,
            orientation: None,
            size: None,
            peak: None,
            is_stereo: false,
            rate_changes: false,
            joints: Vec::new(),
            clock: Vec::new(),
            edits: Vec::new(),
            shown: None,
            damaged: Vec::new(),
        }
    }

    /// Of sound and text, what its edit list shows, if the demuxer does not follow it.
    pub(crate) fn shown_parts(&self) -> &[MediaPart] {
        self.shown.as_ref().map_or(&[], |shown| &shown.parts)
    }

    /// The presentation times of all packets that are not discarded, ascending and without duplicates.
    pub(crate) fn shown_times(&self) -> Vec<i64> {
        let mut times: Vec<i64> =
            self.packets.iter().filter(|packet| !packet.discard).map(|packet| packet.time).collect();
        sort_nearly(&mut times);
        times.dedup();
        times
    }

    /// Start of the first packet presented and end of the last, in seconds.
    pub(crate) fn span(&self) -> Option<(Rational, Rational)> {
        if let Some(shown) = &self.shown {
            let start = shown.parts.iter().map(|part| part.start.saturating_add(part.shift)).min()?;
            let end = shown.parts.iter().map(|part| part.end.saturating_add(part.shift)).max()?;
            return Some((self.time_base.times(start), self.time_base.times(end)));
        }
        let (mut start, mut last): (i64, Option<&Packet>) = (i64::MAX, None);
        for packet in self.packets.iter().filter(|packet| !packet.discard) {
            start = start.min(packet.time);
            last = last.filter(|last| last.time > packet.time).or(Some(packet));
        }
        let last = last?;
        let end = last.time.saturating_add(self.duration_of(last));
        Some((self.time_base.times(start), self.time_base.times(end)))
    }

    /// Seconds that the packet which is presented last is stated to last.
    pub(crate) fn last_duration(&self) -> Option<Rational> {
        let last = self.packets.iter().max_by_key(|packet| packet.time)?;
        (last.duration > 0).then(|| self.time_base.times(last.duration))
    }

    /// The keyframe presented nearest to `time`; the earlier of two.
    pub(crate) fn nearest_keyframe(&self, time: i64) -> Option<&Packet> {
        let keyframes = self.packets.iter().filter(|packet| packet.is_whole() && !packet.discard);
        keyframes.min_by_key(|packet| (packet.time.abs_diff(time), packet.time))
    }

    /// The number of packets from `from` to the frame at `time`, in decoding order.
    pub(crate) fn distance(&self, from: &SeekPoint, time: i64) -> usize {
        let start = self.packets.iter().position(|packet| packet.point == *from).unwrap_or(0);
        let end = self.packets.iter().position(|packet| packet.time == time).unwrap_or(0);
        end.saturating_sub(start)
    }

    /// A packet's duration, or the median interval between packets where the container does not state it, but no more than
    /// a second: how long a last picture is held is then unknown.
    fn duration_of(&self, packet: &Packet) -> i64 {
        if packet.duration > 0 {
            return packet.duration;
        }
        let times = self.shown_times();
        let mut steps: Vec<i64> = times.iter().zip(times.iter().skip(1)).map(|(one, next)| next - one).collect();
        steps.sort_unstable();
        let median = steps.get(steps.len() / 2).copied().unwrap_or(0);
        median.min(self.time_base.ticks(Rational::from(1)).max(1))
    }
}

/// Sorts times of which each is near its place, as those of reordered frames are.
fn sort_nearly(times: &mut [i64]) {
    const NEAR: usize = 32;
    for end in 1..times.len() {
        let Some((time, before)) = times.get(..=end).and_then(<[i64]>::split_last) else { return };
        let place = end - before.iter().rev().take(NEAR).take_while(|before| *before > time).count();
        if end - place >= NEAR {
            return times.sort_unstable();
        }
        if let Some(moved) = times.get_mut(place..=end).filter(|_| place < end) {
            moved.rotate_right(1);
        }
    }
}

/// Whether `packet` is the one that `seek` identifies. In some containers decoding timestamps depend on where reading
/// began, so the presentation timestamp decides where there is one.
pub(crate) fn is_same(packet: &Packet, seek: &SeekPoint) -> bool {
    let point = &packet.point;
    match (point.pts, seek.pts) {
        (Some(found), Some(wanted)) => found == wanted,
        _ => match (point.dts, seek.dts) {
            (Some(found), Some(wanted)) => found == wanted,
            _ => point.pos.is_some() && point.pos == seek.pos,
        },
    }
}

/// A decoded audio frame, with its exact number of samples because the container's times are coarser than one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CountedFrame {
    /// Time in ticks, rounded as the container has it.
    pub(crate) time: i64,
    /// Samples per channel.
    pub(crate) samples: u32,
}
