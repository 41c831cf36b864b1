//! Channels of broadcasts that are sounds of their own.

use rsmpeg::avutil::AVChannelLayout;
use rsmpeg::ffi;

use super::input::Input;
use super::stream::{MediaType, Stream};
use crate::codec::mpeg2;

impl Input {
    /// Says of the sound of IMX in MXF what its format has (SMPTE ST 386): four or eight channels of AES3, which are no
    /// surround sound but the tracks of a recorder. The first two are left and right (EBU R 123), and the others are
    /// none of a programme's.
    pub(super) fn keep_channels_separate(&mut self) {
        let is_imx =
            |stream: &Stream<'_>| stream.codec() == "mpeg2video" && mpeg2::blanking_lines(stream.coded_size()) > 0;
        if self.container() != "mxf" || !self.streams().iter().any(is_imx) {
            return;
        }
        for stream in self.streams() {
            let layout = match (stream.media_type(), stream.audio().0) {
                (MediaType::Audio, 4) => c"FL+FR+USR100+USR101",
                (MediaType::Audio, 8) => c"FL+FR+USR100+USR101+USR102+USR103+USR104+USR105",
                _ => continue,
            };
            let Some(layout) = AVChannelLayout::from_string(layout) else { continue };
            // SAFETY: the parameters belong to a stream of the container that is ours alone, and are a layout that lives.
            unsafe { ffi::av_channel_layout_copy(&raw mut (*stream.0.codecpar).ch_layout, layout.as_ptr()) };
        }
    }
}
