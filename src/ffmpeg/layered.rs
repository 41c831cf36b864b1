//! Layers of VP9 (SVC), which some writers of IVF have as packets of their own with one time: together they are one picture, of which
//! the last is shown.

use rsmpeg::avcodec::AVPacket;
use rsmpeg::ffi;

use super::packet::{MediaPacket, describe};
use crate::codec::vp9;

/// Puts layers together.
#[derive(Default)]
pub(super) struct Layered {
    /// What comes next, if it was looked at.
    next: Option<MediaPacket>,
}

impl Layered {
    pub(super) fn restart(&mut self) {
        self.next = None;
    }

    /// The next packet of those that `read` gives.
    pub(super) fn read<E>(
        &mut self,
        mut read: impl FnMut() -> Result<Option<MediaPacket>, E>,
    ) -> Result<Option<MediaPacket>, E> {
        let first = match self.next.take() {
            Some(first) => Some(first),
            None => read()?,
        };
        let Some(first) = first else { return Ok(None) };
        let mut layers = vec![first];
        while let Some(packet) = read()? {
            if layers.first().is_some_and(|first| (first.track, first.entry.time) != (packet.track, packet.entry.time))
            {
                self.next = Some(packet);
                break;
            }
            layers.push(packet);
        }
        Ok(together(layers))
    }
}

/// One packet of those of one time; the first alone where they cannot be one.
fn together(mut layers: Vec<MediaPacket>) -> Option<MediaPacket> {
    let data: Vec<&[u8]> = layers.iter().map(MediaPacket::data).collect();
    let joined = if data.len() > 1 { vp9::superframe(&data) } else { None };
    let packet = joined.and_then(|joined| with_data(&layers.first()?.packet, &joined));
    let first = layers.swap_remove(0);
    Some(packet.map_or(first, |packet| describe(packet, true)))
}

/// A packet with the times of another, and other data; `None` if there is no memory for it.
fn with_data(like: &AVPacket, data: &[u8]) -> Option<AVPacket> {
    let size = i32::try_from(data.len()).ok()?;
    let mut packet = AVPacket::new();
    // SAFETY: the new packet is ours alone, gets memory of this size, and fields of one that lives.
    unsafe {
        if ffi::av_new_packet(packet.as_mut_ptr(), size) < 0
            || ffi::av_packet_copy_props(packet.as_mut_ptr(), like.as_ptr()) < 0
        {
            return None;
        }
        std::ptr::copy_nonoverlapping(data.as_ptr(), (*packet.as_mut_ptr()).data, data.len());
    }
    packet.set_stream_index(like.stream_index);
    Some(packet)
}
