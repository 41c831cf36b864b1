//! Packets with their data.

use std::ptr;

use rsmpeg::avcodec::AVPacket;
use rsmpeg::ffi;

use super::slice::ffi_slice;
use super::stream::valid_time;
use crate::media::{Packet, SeekPoint};

/// Bytes that say which samples are left out: their numbers at both ends, and a reason for each.
const SKIP_BYTES: usize = 10;

/// A packet with its data, if that was fetched.
pub(crate) struct MediaPacket {
    pub(crate) packet: AVPacket,
    pub(crate) track: u32,
    pub(crate) entry: Packet,
    pub(super) has_data: bool,
    /// Whether an edit or another Ogg begins with it, which is decoded on its own.
    pub(super) begins_alone: bool,
}

impl MediaPacket {
    /// The data; empty after [`Input::index_only`](super::Input::index_only), when the packet's memory is not written to.
    pub(crate) fn data(&self) -> &[u8] {
        if !self.has_data {
            return &[];
        }
        // SAFETY: a packet's data has its size, and lives as long as the packet.
        unsafe { ffi_slice(self.packet.data, self.packet.size) }
    }

    /// Frees its data, and what came beside it.
    pub(crate) fn release(&mut self) {
        self.has_data = false;
        // SAFETY: the packet is ours alone, and remains one without data.
        unsafe { ffi::av_packet_unref(self.packet.as_mut_ptr()) };
    }

    /// The extradata from this packet on, if the demuxer gives some anew. It may be what it was before.
    pub(crate) fn extradata(&self) -> Option<&[u8]> {
        self.side_data(ffi::AV_PKT_DATA_NEW_EXTRADATA)
    }

    /// The palette from this packet on, if the demuxer gives one anew.
    pub(crate) fn palette(&self) -> Option<&[u8]> {
        self.side_data(ffi::AV_PKT_DATA_PALETTE)
    }

    /// The settings of a cue of WebVTT, which Matroska has beside its text.
    pub(crate) fn webvtt_settings(&self) -> Option<&[u8]> {
        self.side_data(ffi::AV_PKT_DATA_WEBVTT_SETTINGS)
    }

    /// Whether the container says that it is damaged.
    pub(crate) fn is_damaged(&self) -> bool {
        self.packet.flags & ffi::AV_PKT_FLAG_CORRUPT as i32 != 0
    }

    /// Samples at the end of what it decodes to that are not presented.
    pub(crate) fn padding(&self) -> u32 {
        self.skipped().map_or(0, |skipped| skipped[1])
    }

    /// Samples that are not presented: those from its beginning on, of other packets too, and those at its end.
    pub(crate) fn skipped(&self) -> Option<[u32; 2]> {
        let (words, _) = self.side_data(ffi::AV_PKT_DATA_SKIP_SAMPLES)?.as_chunks::<4>();
        let [beginning, end, ..] = *words else { return None };
        Some([beginning, end].map(u32::from_le_bytes))
    }

    /// Whether it is a header of the codec: an Ogg that another follows has the headers of that in its midst, where FFmpeg
    /// gives them as packets, with times and durations that mean nothing.
    pub(super) fn is_header(&self, codec: &str) -> bool {
        let data = self.data();
        let first = data.first().copied().unwrap_or(0);
        match codec {
            "opus" => data.starts_with(b"OpusHead") || data.starts_with(b"OpusTags"),
            // Audio has the lowest bit of its first byte clear (Vorbis I, 4.2.1).
            "vorbis" => first & 1 == 1,
            "speex" => data.starts_with(b"Speex   "),
            // A frame begins with its sync code (RFC 9639 9.1).
            "flac" => !data.is_empty() && first != 0xff,
            _ => false,
        }
    }

    /// Leaves out samples at the beginning of what it decodes to, for a track whose ticks are samples.
    pub(super) fn skip_beginning(&mut self, samples: u32) {
        self.set_skipped(samples, self.padding());
        self.move_by(samples.into());
        self.entry.duration = self.entry.duration.saturating_sub(samples.into()).max(0);
    }

    /// Adds ticks to its times.
    pub(super) fn move_by(&mut self, ticks: i64) {
        let SeekPoint { pts, dts, .. } = &mut self.entry.point;
        for time in [pts, dts].into_iter().flatten().chain([&mut self.entry.time]) {
            *time = time.saturating_add(ticks);
        }
    }

    /// Has it begin at a time and last so long, and so many samples left out at its end, for a track whose ticks are samples.
    pub(super) fn count(&mut self, time: i64, duration: i64, surplus: u32) {
        (self.entry.point.pts, self.entry.point.dts) = (Some(time), Some(time));
        (self.entry.time, self.entry.duration) = (time, duration);
        if surplus != self.padding() {
            self.set_skipped(0, surplus);
        }
    }

    /// Has what its decoder is set up with come with it.
    pub(super) fn set_extradata(&mut self, extradata: &[u8]) {
        self.set_side_data(ffi::AV_PKT_DATA_NEW_EXTRADATA, extradata);
    }

    fn set_skipped(&mut self, beginning: u32, end: u32) {
        let words = [beginning, end].map(u32::to_le_bytes).concat();
        self.set_side_data(ffi::AV_PKT_DATA_SKIP_SAMPLES, &[&words[..], &[0; SKIP_BYTES - 8]].concat());
    }

    fn set_side_data(&mut self, kind: ffi::AVPacketSideDataType, bytes: &[u8]) {
        // SAFETY: the packet is ours alone, and the new memory has the size that was asked for.
        unsafe {
            let fields = &mut *self.packet.as_mut_ptr();
            ffi::av_packet_side_data_remove(fields.side_data, &mut fields.side_data_elems, kind);
            let memory = ffi::av_packet_new_side_data(fields, kind, bytes.len());
            if !memory.is_null() {
                ptr::copy_nonoverlapping(bytes.as_ptr(), memory, bytes.len());
            }
        }
    }

    /// Whether it follows on nothing that was before.
    pub(crate) fn begins_alone(&self) -> bool {
        self.begins_alone
    }

    fn side_data(&self, kind: ffi::AVPacketSideDataType) -> Option<&[u8]> {
        let mut size = 0;
        // SAFETY: the packet lives. The data, null if there is none, has that size and lives as long as the packet.
        unsafe {
            let data = ffi::av_packet_get_side_data(self.packet.as_ptr(), kind, &mut size);
            (!data.is_null()).then(|| std::slice::from_raw_parts(data, size))
        }
    }

    /// Has what it decodes to shown, whatever the demuxer says.
    pub(super) fn show(&mut self) {
        self.entry.discard = false;
        self.packet.set_flags(self.packet.flags & !(ffi::AV_PKT_FLAG_DISCARD as i32));
    }

    /// Gives the decoder the same times as the index.
    pub(super) fn take_times(&mut self) {
        self.packet.set_pts(self.entry.point.pts.unwrap_or(ffi::AV_NOPTS_VALUE));
        self.packet.set_dts(self.entry.point.dts.unwrap_or(ffi::AV_NOPTS_VALUE));
    }
}

/// A packet with its entry for the index.
pub(super) fn describe(packet: AVPacket, has_data: bool) -> MediaPacket {
    let (pts, dts) = (valid_time(packet.pts), valid_time(packet.dts));
    let flag = |flag: u32| packet.flags & flag as i32 != 0;
    let entry = Packet {
        point: SeekPoint { pts, dts, pos: (packet.pos >= 0).then_some(packet.pos), parameters: 0 },
        time: pts.or(dts).unwrap_or(0),
        duration: valid_time(packet.duration).unwrap_or(0).max(0),
        key: flag(ffi::AV_PKT_FLAG_KEY),
        discard: flag(ffi::AV_PKT_FLAG_DISCARD),
        size: packet.size.max(0) as u32,
        recovery: 0,
    };
    let track = packet.stream_index.max(0) as u32;
    let mut packet = MediaPacket { track, entry, packet, has_data, begins_alone: false };
    packet.take_times();
    packet
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::MAX_TIME;

    #[test]
    fn times_out_of_range_count_as_missing() {
        let described = |time: i64| {
            let mut packet = AVPacket::new();
            packet.set_pts(time);
            packet.set_dts(time);
            packet.set_duration(time);
            describe(packet, true)
        };
        for time in [i64::MIN, i64::MIN + 1, -MAX_TIME - 1, MAX_TIME + 1, i64::MAX] {
            let MediaPacket { packet, entry, .. } = described(time);
            assert_eq!((entry.point.pts, entry.point.dts, entry.time, entry.duration), (None, None, 0, 0), "{time}");
            assert_eq!((packet.pts, packet.dts), (ffi::AV_NOPTS_VALUE, ffi::AV_NOPTS_VALUE), "{time}");
        }
        let MediaPacket { packet, entry, .. } = described(MAX_TIME);
        assert_eq!(
            (entry.point.pts, entry.time, entry.duration, packet.pts),
            (Some(MAX_TIME), MAX_TIME, MAX_TIME, MAX_TIME)
        );
    }
}
