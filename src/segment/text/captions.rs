//! Closed captions as segments of text. Pictures that carry them are read, but not decoded.

use std::collections::VecDeque;

use bytes::Bytes;

use super::segment::Cues;
use super::standing::Caption;
use super::webvtt::Cue;
use super::{cea608, cea708};
use crate::base::{Rational, Result};
use crate::codec::{CaptionPair, bare_caption_pairs, picture_pairs};
use crate::ffmpeg::MediaPacket;
use crate::media::{CaptionChannel, Packet, SeekPoint, is_same};
use crate::plan::{CAPTION_CUE, SourceVideo, TextRendition, TextRun, milliseconds};
use crate::segment::packets::{Editing, PacketReader};
use crate::source::Context;

/// Reads the captions of one track. What was read is kept for the next segment, which begins so early that most of it is
/// the same, and for other channels.
pub(crate) struct CaptionReader {
    packets: PacketReader,
    /// Whether the track is one of captions alone.
    is_bare: bool,
    /// Whether pictures that an edit list hides are at their times: they have what comes before, as in one part, and not what
    /// comes before another part.
    is_one_part: bool,
    /// From the beginning of the last run on.
    kept: VecDeque<Picture>,
}

struct Picture {
    entry: Packet,
    /// With the number of frames that each comes after the picture.
    pairs: Vec<(i32, CaptionPair)>,
}

impl CaptionReader {
    /// For a track, which may be that of the plan's video.
    pub(crate) fn open(context: &Context, track: u32, video: Option<&SourceVideo>) -> Result<Self> {
        let video = video.filter(|video| video.track == track);
        let packets = match video {
            Some(video) => PacketReader::open(context, track, &video.clock, &Editing::of(&video.edits))?,
            // Plans follow the edit lists of text.
            None => PacketReader::open(context, track, &[], &Editing::Nobody)?,
        };
        let is_bare = packets.input().stream(track).is_ok_and(|stream| stream.is_captions());
        let is_one_part = video.is_none_or(|video| video.edits.len() < 2);
        Ok(Self { packets, is_bare, is_one_part, kept: VecDeque::new() })
    }

    /// The pairs of a run with the times of their pictures in ticks and the frames after that, in the order of the pictures.
    fn read(&mut self, run: &TextRun) -> Result<Vec<(i64, (i32, CaptionPair))>> {
        match self.kept.iter().position(|picture| is_start(&picture.entry, &run.seek)) {
            Some(place) => _ = self.kept.drain(..place),
            None => {
                self.kept.clear();
                let first = self.packets.start_at(&run.seek)?;
                self.keep(&first);
            }
        }
        let count = run.packets as usize;
        while self.kept.len() < count {
            let Some(packet) = self.packets.next()? else { break };
            self.keep(&packet);
        }
        // What is shown before the first picture lacks what came before it.
        let start = self.kept.front().map_or(0, |first| first.entry.time);
        let is_read = |entry: &Packet| (!entry.discard || self.is_one_part) && entry.time >= start;
        let pictures = self.kept.iter().take(count).filter(|each| is_read(&each.entry));
        let pairs = pictures.flat_map(|picture| picture.pairs.iter().map(|pair| (picture.entry.time, *pair)));
        let mut pairs: Vec<_> = pairs.collect();
        pairs.sort_by_key(|(time, _)| *time);
        Ok(pairs)
    }

    fn keep(&mut self, packet: &MediaPacket) {
        let data = packet.data();
        let pairs = match self.is_bare {
            true => bare_caption_pairs(data).into_iter().map(|pair| (0, pair)).collect(),
            false => picture_pairs(data).unwrap_or_default(),
        };
        self.kept.push_back(Picture { entry: packet.entry, pairs });
    }
}

/// Whether it is the packet that a plan names; hidden ones may have the time of another.
fn is_start(packet: &Packet, seek: &SeekPoint) -> bool {
    packet.key && is_same(packet, seek) && packet.point.pos == seek.pos
}

/// Decodes one channel.
enum Decoder {
    Cea608(cea608::Decoder),
    Cea708(Box<cea708::Decoder>),
}

impl Decoder {
    fn of(channel: CaptionChannel) -> Option<Self> {
        cea608::Decoder::of(channel)
            .map(Self::Cea608)
            .or_else(|| cea708::Decoder::of(channel).map(|own| Self::Cea708(Box::new(own))))
    }

    /// Takes what a picture has at its time in milliseconds; gives what was shown until then, if that ends.
    fn push(&mut self, time: i64, pair: CaptionPair) -> Vec<Caption> {
        match self {
            Self::Cea608(decoder) => decoder.push(time, pair).into_iter().collect(),
            Self::Cea708(decoder) => decoder.push(time, pair),
        }
    }

    /// What is shown at the end.
    fn finish(self) -> Vec<Caption> {
        match self {
            Self::Cea608(decoder) => decoder.finish().into_iter().collect(),
            Self::Cea708(decoder) => decoder.finish(),
        }
    }
}

/// Makes segment `index` of a channel.
pub(crate) fn segment(
    reader: &mut CaptionReader,
    (text, channel): (&TextRendition, CaptionChannel),
    origin: Rational,
    index: u32,
) -> Result<Bytes> {
    let mut cues = Cues::of(text, index)?;
    let part = text.source_parts.first();
    let shift = part.map_or(0, |part| part.shift);
    let time = |time: i64| milliseconds(time.saturating_add(shift), text.source_time_base, origin);
    let (from, to) = part.map_or((i64::MIN, i64::MAX), |part| (time(part.start), time(part.end)));
    for run in text.runs(index) {
        let Some(mut decoder) = Decoder::of(channel) else { break };
        let mut put = |captions: Vec<Caption>| {
            for Caption { start, end, text: styled } in captions {
                let mut begin = start.max(from);
                while begin < end.min(to) {
                    let cue = (begin, end.min(to).min(begin.saturating_add(CAPTION_CUE)));
                    cues.add(cue, |span| Cue::styled(span, &styled));
                    begin = cue.1;
                }
            }
        };
        let after = |frames: i32| i64::from(frames) * 1001 / 30;
        let pairs = reader.read(run)?.into_iter();
        let mut pairs: Vec<_> =
            pairs.map(|(ticks, (frames, pair))| (time(ticks).saturating_add(after(frames)), pair)).collect();
        pairs.sort_by_key(|(time, _)| *time);
        for (time, pair) in pairs {
            put(decoder.push(time, pair));
        }
        put(decoder.finish());
    }
    Ok(cues.write())
}
