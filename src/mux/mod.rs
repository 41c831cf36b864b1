//! CMAF (ISO/IEC 23000-19) init and media segments of one track each, and progressive MP4. `shiguredo_mp4` encodes the
//! boxes.

mod error;
mod init;
mod media;
mod progressive;

pub(crate) use init::{audio_init, video_init};
pub(crate) use media::{Sample, SampleEntry, SampleTimes, media_segment, segment_head};
pub(crate) use progressive::{ProgressiveTrack, chunk_samples, progressive_head};
