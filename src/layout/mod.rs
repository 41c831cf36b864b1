//! Every path in a package and its media type, printed and parsed in one place.

mod keys;
mod media_type;

pub(crate) use keys::{CAPTIONS, cues_key, init_key, is_track_id, playlist_key, segment_key, sheet_key};
pub use keys::{DASH_KEY, HLS_KEY, PLAN_KEY, THUMBNAIL_KEY};
pub use media_type::media_type;
