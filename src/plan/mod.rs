//! Everything that was decided about a video, as plain data: what to make, and from where in the source.
//!
//! A plan says all that a segment depends on besides the source's bytes. It is made once, stored as JSON,
//! and then any segment can be made from it, alone, anywhere and in any order, with the same bytes.

mod audio;
mod captions;
mod check;
mod clip;
mod files;
mod ladder;
#[allow(clippy::module_inception)]
mod plan;
mod storyboard;
mod track;
mod video;
mod watermark;

pub(crate) use audio::{AudioSpan, SOUND_TOLERANCE, audio_span};
pub use captions::Captions;
pub(crate) use captions::is_tag;
pub(crate) use check::{LONGEST, LONGEST_SEGMENT, LONGEST_SIDE, MOST_REORDER, MOST_TRACKS};
pub use clip::Clip;
pub(crate) use files::TrackFile;
pub use ladder::{CopyTop, Ladder, Rung};
pub use plan::{Plan, SCHEMA, SourceId};
pub use storyboard::{ImageTrack, StoryboardOptions, Tile};
pub(crate) use storyboard::{LARGEST_TILE, STORYBOARD_CODEC, STORYBOARD_TIMESCALE, storyboard_ticks, tiles};
pub use track::{AudioCoding, AudioStart, AudioTrack, AudioWindow, Track, TrackKind, VideoCoding, VideoTrack};
pub use video::{Pictures, Window};
pub(crate) use watermark::Area;
pub use watermark::{Watermark, WatermarkPosition};
