//! H.264 and AAC-LC: parameter sets, levels and codec strings; what MPEG-2 says of fields, MPEG-4 of who wrote it, VP9 of layers, and
//! pictures of others;
//! closed captions beside pictures. No FFmpeg.

mod a53;
mod aac;
mod dtvcc;
mod dvd_captions;
mod fault;
mod h264;
mod levels;
pub(crate) mod mpeg2;
pub(crate) mod mpeg4;
mod orientation;
mod predicted;
mod sample_rate;
mod sei;
mod stated;
pub(crate) mod vp9;

pub(crate) use a53::{CaptionPair, bare_caption_pairs, sample_caption_pairs};
pub(crate) use aac::{AAC_FRAME, AAC_STRING, aac_lc, aac_seconds, adts_seconds};
pub(crate) use dtvcc::{ServiceBlocks, ServiceCode, ServiceCodes};
pub(crate) use dvd_captions::picture_pairs;
pub(crate) use fault::reason;
pub(crate) use h264::{Configuration, encoded_sample};
pub use levels::Profile;
pub(crate) use levels::{LevelRequest, avc_string, avc_string_of, level_for};
pub(crate) use predicted::{begins_anew, begins_closed_group, is_predicted, needs_group_before};
pub(crate) use sample_rate::sample_rate_code;
pub(crate) use stated::stated;
