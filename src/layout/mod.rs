//! Every path in a package and its media type, printed and parsed in one place.

mod key;
mod media_type;

pub(crate) use key::is_rendition_id;
pub use key::{DAMAGE_KEY, DASH_KEY, HLS_KEY, Key, PLAN_KEY, THUMBNAIL_KEY};
pub use media_type::media_type;
