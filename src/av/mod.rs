//! FFmpeg's libraries, behind safe types of our own. No other folder names `rsmpeg` or `ffi`.

mod build;
mod decode;
mod encode;
mod error;
mod filter;
mod frame;
mod input;
mod io;
mod log;
mod resample;
mod stream;

pub(crate) use build::fingerprint;
pub(crate) use decode::Decoder;
pub(crate) use encode::{AudioEncoder, AudioSettings, EncodedPacket, VideoEncoder, VideoSettings};
pub(crate) use filter::FilterChain;
pub(crate) use frame::{ColourTags, Frame};
pub(crate) use input::{Input, MediaPacket};
pub(crate) use resample::{Resampler, to_planar};
pub(crate) use stream::{MediaType, Stream};
