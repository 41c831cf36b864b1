//! One segment of text.

use bytes::Bytes;

use super::reader::{TextPacket, TextReader};
use super::styled::Style;
use super::webvtt::{self, Cue};
use super::{ass, boxed, subrip, timed_text};
use crate::base::{Rational, Result};
use crate::plan::{TextRendition, cue_end, shown_spans};
use crate::segment::error::out_of_range;

/// Makes segment `index`: all cues that are shown at some time of it, each with all of its time, so that players know it
/// again in the next one (RFC 8216 3.5).
pub(crate) fn segment(reader: &mut TextReader, text: &TextRendition, origin: Rational, index: u32) -> Result<Bytes> {
    let mut cues = Cues::of(text, index)?;
    let converter = Converter::open(reader, text.source_track)?;
    for run in text.runs(index) {
        let packets = reader.read(text.source_track, run)?;
        let next = packets.iter().skip(1).map(|packet| Some(packet.entry.time)).chain([None]);
        for (packet, next) in packets.iter().zip(next) {
            let (time, duration) = (packet.entry.time, packet.entry.duration);
            let is_gapless = matches!(converter, Converter::TimedText(_));
            let end = cue_end((time, duration), next, text.source_time_base, is_gapless);
            for span in shown_spans((time, end), &text.source_parts, (text.source_time_base, origin)) {
                cues.add(span, |span| converter.cues(packet, span));
            }
        }
    }
    Ok(cues.write())
}

/// The cues of a segment.
pub(super) struct Cues {
    /// Start and end of the segment in milliseconds.
    span: (i64, i64),
    /// Milliseconds of the whole rendition.
    total: i64,
    cues: Vec<Cue>,
}

impl Cues {
    /// Those of segment `index`, none yet.
    pub(super) fn of(text: &TextRendition, index: u32) -> Result<Self> {
        let span = text.span(index).ok_or_else(|| out_of_range(index, text.windows.len() as u32))?;
        let total = text.windows.iter().map(|window| i64::from(window.duration)).sum();
        Ok(Self { span, total, cues: Vec::new() })
    }

    /// Makes the cues of a time and adds them if they are shown at some time of the segment.
    pub(super) fn add<M: IntoIterator<Item = Cue>>(
        &mut self,
        (start, end): (i64, i64),
        make: impl FnOnce((i64, i64)) -> M,
    ) {
        let (from, to) = (start.max(0), end.min(self.total));
        if from < to && from < self.span.1 && to > self.span.0 {
            self.cues.extend(make((from, to)));
        }
    }

    pub(super) fn write(self) -> Bytes {
        webvtt::write(self.cues).into()
    }
}

/// From packets to cues.
enum Converter {
    SubRip,
    Ass(ass::Styles),
    /// With the style of what has none of its own.
    TimedText(Style),
    WebVtt,
    BoxedWebVtt,
}

impl Converter {
    fn open(reader: &TextReader, track: u32) -> Result<Self> {
        let stream = reader.input().stream(track)?;
        Ok(match stream.codec().as_str() {
            "ass" | "ssa" => Self::Ass(ass::Styles::read(&String::from_utf8_lossy(stream.extradata()))),
            "mov_text" => Self::TimedText(timed_text::usual_style(stream.extradata())),
            "webvtt" if stream.is_boxed_webvtt() => Self::BoxedWebVtt,
            "webvtt" => Self::WebVtt,
            // Plain text is SubRip without markup.
            _ => Self::SubRip,
        })
    }

    /// The packet's cues; none if it has nothing to read.
    fn cues(&self, packet: &TextPacket, (start, end): (i64, i64)) -> Vec<Cue> {
        match self {
            Self::BoxedWebVtt => {
                let cue = |(settings, text)| webvtt::foreign_cue((start, end), settings, text);
                boxed::cues(&packet.data).into_iter().filter_map(cue).collect()
            }
            _ => self.cue(packet, (start, end)).into_iter().collect(),
        }
    }

    fn cue(&self, packet: &TextPacket, (start, end): (i64, i64)) -> Option<Cue> {
        let text = String::from_utf8_lossy(&packet.data);
        let styled = match self {
            Self::SubRip => subrip::parse(&text),
            Self::Ass(styles) => ass::parse(&text, styles)?,
            Self::TimedText(usual) => timed_text::parse(&packet.data, *usual)?,
            Self::WebVtt => {
                return webvtt::foreign_cue((start, end), packet.settings.as_deref().unwrap_or_default(), &packet.data);
            }
            Self::BoxedWebVtt => return None,
        };
        Cue::styled((start, end), &styled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cue(converter: &Converter, data: &[u8]) -> Option<Cue> {
        let point = crate::media::SeekPoint { pts: Some(0), dts: None, pos: None, parameters: 0 };
        let entry =
            crate::media::Packet { point, time: 0, duration: 1, key: true, discard: false, size: 0, recovery: 0 };
        let data = Bytes::copy_from_slice(data);
        converter.cue(&TextPacket { track: 0, entry, settings: Some(data.clone()), data }, (0, 1000))
    }

    proptest! {
        #[test]
        fn whatever_a_packet_has_a_cue_stays_one(text in "[\\PC\n\r\\\\{}<>&,/ibuanp0-9.>-]{0,60}", bytes: Vec<u8>) {
            let styles = ass::Styles::read(&text);
            let event = format!("0,0,Default,,0,0,0,,{text}");
            let timed = [&(text.len() as u16).to_be_bytes(), text.as_bytes()].concat();
            let ass = Converter::Ass(styles);
            let cues = [
                cue(&Converter::SubRip, text.as_bytes()),
                cue(&ass, event.as_bytes()),
                cue(&Converter::TimedText(Style::default()), &timed),
                cue(&Converter::WebVtt, text.as_bytes()),
                cue(&Converter::SubRip, &bytes),
                cue(&ass, &bytes),
                cue(&Converter::TimedText(Style::default()), &bytes),
                cue(&Converter::WebVtt, &bytes),
                webvtt::foreign_cue((0, 1), &bytes, text.as_bytes()),
            ];
            for cue in cues.into_iter().flatten() {
                prop_assert!(cue.text.lines().all(|line| !line.trim().is_empty()), "{cue:?}");
                let settings = cue.settings.contains(['\n', '\r']) || cue.settings.contains("-->");
                prop_assert!(!settings && !cue.text.contains("-->") && !cue.text.contains(['\r', '\0']), "{cue:?}");
            }
        }
    }
}
