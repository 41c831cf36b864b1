//! Closed captions in pictures as segments of text: the pictures are read, but not decoded.

use std::collections::VecDeque;

use bytes::Bytes;

use super::cea608::{Caption, Decoder};
use super::segment::Cues;
use super::webvtt::Cue;
use crate::base::{Rational, Result};
use crate::codec::{CaptionPair, caption_pairs};
use crate::ffmpeg::MediaPacket;
use crate::media::{CaptionChannel, Packet, SeekPoint, is_same};
use crate::plan::{SourceVideo, TextRendition, TextRun, milliseconds};
use crate::segment::packets::PacketReader;
use crate::source::Context;

/// Reads the captions of one track of pictures. What was read is kept for the next segment, which begins so early that most of it is
/// the same, and for other channels.
pub(crate) struct CaptionReader {
    packets: PacketReader,
    /// From the beginning of the last run on.
    kept: VecDeque<Picture>,
}

struct Picture {
    entry: Packet,
    pairs: Vec<CaptionPair>,
}

impl CaptionReader {
    pub(crate) fn open(context: &Context, source: &SourceVideo) -> Result<Self> {
        let packets = PacketReader::open(context, source.track, &source.clock, &source.edits)?;
        Ok(Self { packets, kept: VecDeque::new() })
    }

    /// The pairs of a run with their times in ticks, in the order in which they are shown.
    fn read(&mut self, run: &TextRun) -> Result<Vec<(i64, CaptionPair)>> {
        match self.kept.iter().position(|picture| is_start(&picture.entry, &run.seek)) {
            Some(place) => _ = self.kept.drain(..place),
            None => {
                self.kept.clear();
                let first = self.packets.start_at(&run.seek)?;
                self.kept.push_back(Picture::of(&first));
            }
        }
        let count = run.packets as usize;
        while self.kept.len() < count {
            let Some(packet) = self.packets.next()? else { break };
            self.kept.push_back(Picture::of(&packet));
        }
        // What is shown before the first picture lacks what came before it.
        let start = self.kept.front().map_or(0, |first| first.entry.time);
        let pictures = self.kept.iter().take(count).filter(|each| !each.entry.discard && each.entry.time >= start);
        let pairs = pictures.flat_map(|picture| picture.pairs.iter().map(|pair| (picture.entry.time, *pair)));
        let mut pairs: Vec<_> = pairs.collect();
        pairs.sort_by_key(|(time, _)| *time);
        Ok(pairs)
    }
}

impl Picture {
    fn of(packet: &MediaPacket) -> Self {
        Self { entry: packet.entry, pairs: caption_pairs(packet.data()).unwrap_or_default() }
    }
}

/// Whether it is the packet that a plan names; hidden ones may have the time of another.
fn is_start(packet: &Packet, seek: &SeekPoint) -> bool {
    packet.key && is_same(packet, seek) && packet.point.pos == seek.pos
}

/// Makes segment `index` of a channel.
pub(crate) fn segment(
    reader: &mut CaptionReader,
    (text, channel): (&TextRendition, CaptionChannel),
    origin: Rational,
    index: u32,
) -> Result<Bytes> {
    let mut cues = Cues::of(text, index)?;
    for run in text.runs(index) {
        let Some(mut decoder) = Decoder::of(channel) else { break };
        let mut put = |caption: Option<Caption>| {
            if let Some(Caption { start, end, text }) = caption {
                cues.add((start, end), |span| Cue::styled(span, &text));
            }
        };
        for (time, pair) in reader.read(run)? {
            put(decoder.push(milliseconds(time, text.source_time_base, origin), pair));
        }
        put(decoder.finish());
    }
    Ok(cues.write())
}
