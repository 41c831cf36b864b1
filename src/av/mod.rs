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

/// Bytes as FFmpeg holds them; none where there is no pointer, or no size.
///
/// # Safety
/// Where it is not null, `data` has `size` bytes that live and stay as they are for `'a`.
unsafe fn held<'a>(data: *const u8, size: i32) -> &'a [u8] {
    match usize::try_from(size) {
        // SAFETY: as the caller promises.
        Ok(size) if size > 0 && !data.is_null() => unsafe { std::slice::from_raw_parts(data, size) },
        _ => &[],
    }
}
