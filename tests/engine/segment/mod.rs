//! Segments: of encoded video and audio, of passthrough, of text, of storyboards.

mod audio;
mod captions;
mod clock;
mod colours;
mod counting;
mod damage;
mod ends;
mod fields;
mod formats;
mod frames;
mod hdr;
mod incomplete;
mod late;
mod maker;
mod mixing;
mod offsets;
mod parameters;
mod passthrough;
mod rare;
mod same_bytes;
mod shape;
mod storyboard;
mod sync;
mod text;
mod transparency;
mod watermark;
