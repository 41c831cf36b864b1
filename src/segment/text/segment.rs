//! One segment of text.

use bytes::Bytes;

use super::reader::{TextPacket, TextReader};
use super::webvtt::{self, Cue};
use super::{ass, subrip, timed_text};
use crate::base::{Rational, Result};
use crate::plan::{TextRendition, cue_span};
use crate::segment::error::out_of_range;

/// Makes segment `index`: all cues that are shown at some time of it, each with all of its time, so that players know it
/// again in the next one (RFC 8216 3.5).
pub(crate) fn segment(reader: &mut TextReader, text: &TextRendition, origin: Rational, index: u32) -> Result<Bytes> {
    let out_of_range = || out_of_range(index, text.windows.len() as u32);
    let window = text.windows.get(index as usize).ok_or_else(out_of_range)?;
    let (start, end) = text.span(index).ok_or_else(out_of_range)?;
    let total = text.windows.iter().map(|window| i64::from(window.duration)).sum::<i64>();
    let converter = Converter::open(reader, text.source_track)?;
    let mut cues = Vec::new();
    for run in &window.runs {
        let packets = reader.read(text.source_track, run)?;
        let next = packets.iter().skip(1).map(|packet| Some(packet.entry.time)).chain([None]);
        for (packet, next) in packets.iter().zip(next) {
            let time = (packet.entry.time, packet.entry.duration);
            let span = cue_span(time, next, text.source_time_base, origin);
            let (from, to) = (span.0.max(0), span.1.min(total));
            if from < to && from < end && to > start {
                cues.extend(converter.cue(packet, (from, to)));
            }
        }
    }
    Ok(webvtt::write(cues).into())
}

/// From packets to cues.
enum Converter {
    SubRip,
    Ass(ass::Styles),
    TimedText,
    WebVtt,
}

impl Converter {
    fn open(reader: &TextReader, track: u32) -> Result<Self> {
        let stream = reader.input().stream(track)?;
        Ok(match stream.codec().as_str() {
            "ass" | "ssa" => Self::Ass(ass::Styles::read(&String::from_utf8_lossy(stream.extradata()))),
            "mov_text" => Self::TimedText,
            "webvtt" => Self::WebVtt,
            // Plain text is SubRip without markup.
            _ => Self::SubRip,
        })
    }

    /// The packet's cue; `None` if it has nothing to read.
    fn cue(&self, packet: &TextPacket, (start, end): (i64, i64)) -> Option<Cue> {
        let text = String::from_utf8_lossy(&packet.data);
        let styled = match self {
            Self::SubRip => subrip::parse(&text),
            Self::Ass(styles) => ass::parse(&text, styles)?,
            Self::TimedText => timed_text::parse(&packet.data)?,
            Self::WebVtt => {
                let settings = packet.settings.as_deref().map(String::from_utf8_lossy).unwrap_or_default();
                let (settings, text) = (webvtt::cue_settings(&settings), webvtt::cue_text(&text)?);
                return Some(Cue { start, end, settings, text });
            }
        };
        Some(Cue { start, end, settings: styled.settings().to_owned(), text: styled.to_webvtt()? })
    }
}
