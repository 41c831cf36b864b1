//! The plan: every decision about a video as plain data, i.e. what to make and where in the source it comes from.
//!
//! A segment depends on nothing but the plan and the source's bytes. The plan is made once and stored as JSON; any
//! segment can then be made from it, on any machine and in any order, with the same bytes.

mod audio;
mod audio_window;
mod captioned;
mod captions;
mod chapters;
mod check;
mod clip;
mod cost;
mod json;
mod ladder;
mod parts;
#[allow(clippy::module_inception)]
mod plan;
mod rendition;
mod segment_buffer;
mod source_video;
mod storyboard;
mod tasks;
mod text;
mod warning;
mod watermark;

pub(crate) use audio::{AUDIO_GAP_TOLERANCE, AudioSpan, MAX_GAIN, audio_span};
pub use audio_window::{AudioPart, AudioStart, AudioWindow};
pub use captions::Captions;
pub(crate) use captions::is_language_tag;
pub(crate) use chapters::{MAX_CHAPTERS, MAX_TITLE_BYTES};
pub(crate) use check::{MAX_RENDITIONS, MAX_REORDER_FRAMES, MAX_SECONDS, MAX_SEGMENT_SECONDS, MAX_SIDE};
pub use clip::Clip;
pub(crate) use ladder::PresetTools;
pub use ladder::{CopyTop, Ladder, Rung};
pub(crate) use parts::Parts;
pub use parts::{SCHEMA, SourceId};
pub use plan::Plan;
pub use rendition::{
    AudioCoding, AudioGap, AudioRendition, AudioRole, ChannelTrack, Media, Rendition, Segment, VideoCoding,
    VideoRendition,
};
pub use segment_buffer::SegmentBuffer;
pub use source_video::{SourceVideo, VideoWindow};
pub(crate) use storyboard::{MAX_TILE, STORYBOARD_CODEC, STORYBOARD_TIMESCALE, storyboard_ticks, tile_count};
pub use storyboard::{Storyboard, StoryboardOptions, Tile};
pub use tasks::Task;
pub(crate) use text::{
    CAPTION_CUE, LONGEST_CAPTION, MAX_CAPTION_PACKETS, MAX_RUN_PACKETS, MAX_RUNS, MAX_TEXTS, TEXT_CODEC,
    TEXT_TIMESCALE, cue_end, milliseconds, shown_spans,
};
pub use text::{TextRendition, TextRole, TextRun, TextWindow};
pub use warning::{Warning, WarningKind};
pub(crate) use watermark::Area;
pub use watermark::{Watermark, WatermarkPosition};
