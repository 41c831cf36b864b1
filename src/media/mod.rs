//! What is known about a media file: its tracks, and the time and place of each packet.

mod build;
mod caption_channel;
mod chapter;
mod clock;
mod colour;
mod edit;
mod format;
mod index;
mod info;
mod language;
mod missing;
mod not_followed;
mod parameters;
mod pids;
mod quick;

pub use build::Build;
pub use caption_channel::CaptionChannel;
pub(crate) use caption_channel::offered;
pub use chapter::Chapter;
pub(crate) use clock::Clock;
pub use colour::{Colour, Hdr, PictureColour};
pub(crate) use colour::{ColourTags, DynamicRange, MAX_PEAK};
pub(crate) use edit::MAX_EDITS;
pub(crate) use format::SourceFormat;
pub use index::{ClockPart, Edit, MediaPart, SeekPoint};
pub(crate) use index::{
    ClosedCaptions, CountedFrame, FrameIndex, MAX_TIME, Orientation, Packet, Shown, TrackIndex, is_same,
};
pub use info::{AudioInfo, Disposition, FieldOrder, FieldParity, MediaInfo, Track, TrackKind, VideoInfo};
pub(crate) use info::{display_size, is_square};
pub(crate) use language::{is_language, language_name, shortest_tag, three_letters};
pub(crate) use missing::Missing;
pub(crate) use not_followed::NotFollowed;
pub use parameters::DecoderParameters;
pub(crate) use parameters::{MAX_PARAMETER_BYTES, MAX_PARAMETERS, PALETTE_BYTES};
pub(crate) use pids::{MAX_PID_PARTS, MAX_TABLE_BYTES, MAX_TABLES, NO_PID, PidPart, Pids, ProgrammeTable};
pub use quick::{QuickInfo, QuickTrack, QuickTrackKind, QuickVideo};
