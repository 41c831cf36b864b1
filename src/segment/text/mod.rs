//! Segments of text: the source's packets of text, and closed captions in its pictures, as WebVTT.

mod ass;
mod boxed;
mod captions;
mod cea608;
mod cea708;
mod reader;
mod screen;
mod segment;
mod standing;
mod styled;
mod subrip;
mod timed_text;
mod webvtt;
mod window;

pub(super) use captions::{CaptionReader, segment as caption_segment};
pub(super) use reader::TextReader;
pub(super) use segment::segment;
