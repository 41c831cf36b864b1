//! Segments of text: the source's packets of text, and closed captions in its pictures, as WebVTT.

mod ass;
mod boxed;
mod captions;
mod cea608;
mod reader;
mod screen;
mod segment;
mod styled;
mod subrip;
mod timed_text;
mod webvtt;

pub(super) use captions::{CaptionReader, segment as caption_segment};
pub(super) use reader::TextReader;
pub(super) use segment::segment;
