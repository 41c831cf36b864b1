//! From a plan to its manifests: HLS, DASH, the storyboard's WebVTT, and lists of chapters.

mod all;
mod bandwidth;
mod captions;
mod chapters;
mod closed_captions;
mod dash;
mod fewer_representations;
mod fewer_variants;
mod hls;
mod playlist;
mod rungs;
mod sets;
mod storyboard;
mod text;
mod within;

pub(crate) use all::{keys, text};
pub use bandwidth::{Bandwidth, Rate};
pub use captions::captions_playlist;
pub use chapters::chapters_json;
pub use dash::dash_manifest;
pub use hls::{media_playlist, multivariant_playlist};
pub use storyboard::storyboard_vtt;
pub use within::within_bandwidth;
