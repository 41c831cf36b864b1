//! What is noted of a track while its packets are read.

use super::closed_captions;
use super::damage;
use super::keyframes::Keyframes;
use super::leading::Leading;
use super::parameters::Numbering;
use crate::base::{Rational, Result};
use crate::codec::{self, mpeg2};
use crate::ffmpeg::{MediaPacket, Stream};
use crate::media::{Packet, TrackIndex};

/// Codecs whose samples are all reckoned from the one before, so that decoding begins with the first.
const UNANCHORED: [&str; 2] = ["adpcm_yamaha", "adpcm_ima_oki"];

/// A track whose packets are being read.
pub(super) struct Reading {
    pub(super) track: TrackIndex,
    parameters: Numbering,
    keyframes: Keyframes,
    /// The first keyframe, if there was one.
    first_keyframe: Option<Leading>,
    /// Of audio, samples per second.
    pub(super) rate: u32,
    /// What the first frame says of its rate.
    rate_code: Option<u8>,
    pub(super) captions: closed_captions::Finder,
    pub(super) edges: damage::Edges,
}

impl Reading {
    pub(super) fn new(stream: &Stream<'_>) -> Self {
        Self {
            track: TrackIndex::new(stream.index(), stream.time_base()),
            parameters: Numbering::new(stream),
            keyframes: Keyframes::of(stream),
            first_keyframe: None,
            rate: stream.audio().2,
            rate_code: None,
            captions: closed_captions::Finder::default(),
            edges: damage::Edges::default(),
        }
    }

    pub(super) fn add(&mut self, packet: &MediaPacket) -> Result<()> {
        let mut entry = packet.entry;
        entry.point.parameters = self.parameters.number(packet, &mut self.track)?;
        if entry.key {
            self.look_into_keyframe(&mut entry, packet.data());
        } else if let Some(first) = &mut self.first_keyframe {
            let is_before = first.is_before(&entry);
            entry.discard |=
                is_before && first.is_lost(&self.keyframes.codec, &self.keyframes.extradata, packet.data());
        }
        match self.keyframes.codec.as_str() {
            "eia_608" => self.captions.look_bare(&entry, packet.data()),
            codec if closed_captions::is_known(codec) => self.captions.look(&entry, packet.data(), &self.track),
            _ => {}
        }
        if self.track.packets.is_empty() {
            take_stated(&mut self.track, &self.keyframes.codec, &self.keyframes.extradata, packet.data());
        }
        if UNANCHORED.contains(&self.keyframes.codec.as_str()) {
            entry.key &= self.track.packets.is_empty();
        }
        if self.rate > 0
            && let Some(code) = codec::sample_rate_code(&self.keyframes.codec, packet.data())
        {
            self.track.rate_changes |= *self.rate_code.get_or_insert(code) != code;
        }
        match negative(entry.duration).filter(|_| self.keyframes.codec == "vorbis") {
            Some(duration) => self.cut_off(&mut entry, duration),
            None if self.rate > 0 && packet.padding() > 0 => {
                // In Ogg FFmpeg has left it out of a Vorbis, whose packets differ in length.
                let is_left_out = self.keyframes.codec == "vorbis" && self.track.time_base.recip() == self.rate.into();
                if !is_left_out {
                    entry.duration = self.without_padding(&entry, packet.padding());
                }
                // Nothing is presented of it, and no length is to be guessed.
                entry.discard |= entry.duration == 0;
            }
            None => {}
        }
        if self.keyframes.codec == "mpeg2video" && entry.key && !self.track.may_have_fields {
            self.track.may_have_fields = mpeg2::may_have_fields(packet.data());
        }
        self.track.joints.extend(packet.begins_alone().then_some(self.track.packets.len()));
        self.edges.add(packet);
        self.track.damaged.extend(packet.is_damaged().then_some(self.track.packets.len()));
        self.track.packets.push(entry);
        Ok(())
    }

    /// What a keyframe says itself: that some later picture is the first right one, or that it is none. The first one stays what
    /// the container says.
    fn look_into_keyframe(&mut self, entry: &mut Packet, picture: &[u8]) {
        let recovery = self.keyframes.recovery(picture);
        entry.recovery = recovery.unwrap_or(0);
        entry.key = recovery.is_some() || self.first_keyframe.is_none();
        match &mut self.first_keyframe {
            Some(first) => first.end(),
            None => {
                self.first_keyframe = Some(Leading::of(&self.keyframes.codec, entry, picture, self.track.time_base))
            }
        }
    }

    /// Ends the track before its last packet, which is not presented, and may be others before it.
    fn cut_off(&mut self, packet: &mut Packet, duration: i64) {
        let end = packet.time.saturating_add(duration);
        (packet.duration, packet.discard) = (0, true);
        for before in self.track.packets.iter_mut().rev() {
            if before.time < end {
                before.duration = before.duration.min(end - before.time);
                return;
            }
            before.discard = true;
        }
    }

    /// The duration of a packet of audio without its last samples, which some demuxers leave out themselves: it is then as
    /// much shorter than the packet before.
    fn without_padding(&self, packet: &Packet, padding: u32) -> i64 {
        let padding = self.track.time_base.ticks(Rational::new(padding.into(), self.rate.into()));
        let usual = self.track.packets.last().map_or(packet.duration, |last| last.duration);
        if packet.duration.saturating_add(padding) <= usual { packet.duration } else { packet.duration - padding }
            .max(0)
    }
}

/// A track whose packets an index lists, none of which is read.
pub(super) fn listed(stream: &Stream<'_>, packets: Vec<Packet>) -> TrackIndex {
    let mut track = TrackIndex { packets, ..TrackIndex::new(stream.index(), stream.time_base()) };
    take_stated(&mut track, &stream.codec(), stream.extradata(), &[]);
    track
}

/// Notes what the first packet says of all, or what the decoder is set up with.
fn take_stated(track: &mut TrackIndex, codec: &str, extradata: &[u8], first: &[u8]) {
    let stated = codec::stated(codec, extradata, first);
    (track.orientation, track.peak, track.size) = (stated.orientation, stated.peak, stated.size);
    track.is_stereo = stated.is_stereo;
}

/// A duration that FFmpeg gives in 32 bits without a sign where it is below zero: in an Ogg that ends before its last packet
/// of Vorbis begins.
fn negative(duration: i64) -> Option<i64> {
    u32::try_from(duration).ok().map(u32::cast_signed).filter(|signed| *signed < 0).map(i64::from)
}
