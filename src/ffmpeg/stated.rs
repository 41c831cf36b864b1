//! What a container states of its own length, and whether it ends where it should.

use rsmpeg::avcodec::AVPacket;
use rsmpeg::ffi;

use super::input::Input;
use super::stream::valid_time;
use crate::base::Rational;

/// Containers besides MP4 that state the size of each packet, which FFmpeg reads at once. In others it cuts packets by itself.
const SIZED: [&str; 7] = ["avi", "flv", "gxf", "ivf", "mxf", "tta", "voc"];

impl Input {
    /// The end of the last packet in the container's index, as a byte position; 0 without an index.
    pub(crate) fn index_end(&self) -> u64 {
        let ends = self.streams().into_iter().filter_map(|stream| stream.index_end());
        ends.max().unwrap_or(0)
    }

    /// Where the container's index comes last to, as a byte position; 0 without an index.
    pub(crate) fn last_index_place(&self) -> u64 {
        let places = self.streams().into_iter().filter_map(|stream| stream.last_index_place());
        places.max().unwrap_or(0)
    }

    /// Seconds that the container's header states of a track, or of all, if it is the header that does and nothing was guessed
    /// from the packets.
    pub(crate) fn stated_duration(&self, track: u32) -> Option<Rational> {
        // Ogg states none: FFmpeg takes the last time that is there. Of ASF it subtracts a preroll that may not be there.
        let is_stated = self.format.duration_estimation_method == ffi::AVFMT_DURATION_FROM_STREAM
            && !matches!(self.container().as_str(), "ogg" | "asf");
        let stream = self.stream(track).ok().filter(|_| is_stated)?;
        let own = valid_time(stream.0.duration).map(|duration| stream.time_base().times(duration));
        let common = || Some(Rational::new(valid_time(self.format.duration)?, ffi::AV_TIME_BASE.into()));
        own.or_else(common).filter(|duration| *duration > Rational::ZERO)
    }

    /// Whether the source ended within a packet, as far as was read.
    pub(crate) fn ends_within_packet(&self) -> bool {
        self.ends_in_part
    }

    /// Whether a packet is only a part of one, as the source ends within it.
    pub(super) fn is_part(&self, packet: &AVPacket) -> bool {
        let is_short = packet.flags & ffi::AV_PKT_FLAG_CORRUPT as i32 != 0;
        is_short && (self.is_mp4() || SIZED.contains(&self.container().as_str()))
    }
}
