//! Safe types over FFmpeg's libraries. No other folder names `rsmpeg` or `ffi`.

mod begins;
mod blanking;
mod decode;
mod editing;
mod edits;
mod encode;
mod error;
mod filter;
pub(crate) mod filters;
mod fingerprint;
mod frame;
mod index;
mod input;
mod io;
mod log;
mod mended;
mod open;
mod order;
mod packet;
mod processor;
mod quirks;
mod resample;
mod setup;
mod slice;
mod stated;
mod stream;
mod sync;

pub(crate) use decode::Decoder;
pub(crate) use encode::{AudioEncoder, AudioSettings, EncodedPacket, VideoEncoder, VideoSettings};
pub(crate) use filter::FilterChain;
pub(crate) use fingerprint::fingerprint;
pub(crate) use frame::{Frame, colour_tags};
pub(crate) use input::Input;
pub(crate) use packet::MediaPacket;
pub(crate) use resample::{Resampler, ToPlanar, speakers_of};
pub(crate) use stream::{MediaType, Stream};
