//! Segments of text: the source's packets of text as WebVTT.

mod ass;
mod reader;
mod segment;
mod styled;
mod subrip;
mod timed_text;
mod webvtt;

pub(super) use reader::TextReader;
pub(super) use segment::segment;
