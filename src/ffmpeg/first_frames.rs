//! How decoders are set up that look at first frames, to find out what a header leaves open.

use rsmpeg::avutil::AVDictionary;
use rsmpeg::ffi;

use super::stream::Stream;

/// What the decoders that look at first frames are told, for each stream.
#[derive(Default)]
pub(super) struct Setups(Vec<*mut ffi::AVDictionary>);

impl Setups {
    /// Pictures are decoded as far as FFmpeg needs to know what they are, and nobody sees them.
    pub(super) fn of(streams: &[Stream<'_>]) -> Self {
        let setup = |stream: &Stream<'_>| match stream.codec().as_str() {
            "h264" => AVDictionary::new(c"skip_loop_filter", c"all", 0).into_raw().as_ptr(),
            // Its headers are enough.
            "hevc" => AVDictionary::new(c"skip_frame", c"all", 0).into_raw().as_ptr(),
            _ => std::ptr::null_mut(),
        };
        Self(streams.iter().map(setup).collect())
    }

    /// As FFmpeg takes them, which reads as many as there are streams; null without any.
    pub(super) fn as_mut_ptr(&mut self) -> *mut *mut ffi::AVDictionary {
        if self.0.is_empty() { std::ptr::null_mut() } else { self.0.as_mut_ptr() }
    }
}

impl Drop for Setups {
    fn drop(&mut self) {
        for setup in &mut self.0 {
            // SAFETY: null, or a dictionary that is ours.
            unsafe { ffi::av_dict_free(setup) }
        }
    }
}
