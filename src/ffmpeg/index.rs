//! What the index of a container says about a stream.

use rsmpeg::ffi;

use super::stream::{Stream, valid_time};
use crate::base::Rational;
use crate::media::{Packet, SeekPoint};

impl Stream<'_> {
    /// The entries of the container's index.
    fn index_entries(&self) -> impl Iterator<Item = &ffi::AVIndexEntry> {
        let stream = self.0.as_ptr().cast_mut();
        // SAFETY: the stream lives. Reading packets moves the entries, but needs the input that `self` borrows mutably.
        (0..self.index_len()).filter_map(move |number| unsafe {
            ffi::avformat_index_get_entry(stream, i32::try_from(number).ok()?).as_ref()
        })
    }

    /// Position and size in bytes of the first packet in the container's index.
    pub(super) fn first_index_place(&self) -> Option<(u64, usize)> {
        let first = self.index_entries().next()?;
        Some((u64::try_from(first.pos).ok()?, usize::try_from(first.size()).ok()?))
    }

    /// Decoding time of the first packet in the container's index, in seconds.
    pub(super) fn first_index_time(&self) -> Option<Rational> {
        self.index_entries().next().map(|entry| self.time_base().times(entry.timestamp))
    }

    /// The number of packets in the container's index.
    pub(crate) fn index_len(&self) -> usize {
        // SAFETY: the stream lives.
        let count = unsafe { ffi::avformat_index_get_entries_count(self.0.as_ptr().cast_mut()) };
        usize::try_from(count).unwrap_or(0)
    }

    /// Whether the container's index has a packet with this decoding time at this place.
    pub(super) fn has_packet(&self, dts: i64, pos: Option<i64>) -> bool {
        let stream = self.0.as_ptr().cast_mut();
        // SAFETY: the stream lives; the search takes any number, and what it finds is an entry's.
        let entry = unsafe {
            let found = ffi::av_index_search_timestamp(stream, dts, ffi::AVSEEK_FLAG_ANY as i32);
            ffi::avformat_index_get_entry(stream, found).as_ref()
        };
        entry.is_some_and(|entry| entry.timestamp == dts && Some(entry.pos) == pos)
    }

    /// The packets of an MP4's index, as reading would give them, for a track whose presentation times are its decoding
    /// times; `None` for an entry that has no valid time or no duration. The last code of captions has none.
    pub(crate) fn listed(&self) -> impl Iterator<Item = Option<Packet>> {
        let ends = self.index_entries().skip(1).map(|next| next.timestamp).chain([self.0.duration]);
        let (is_intra_only, is_captions) = (self.is_intra_only(), self.is_captions());
        self.index_entries().zip(ends).map(move |(entry, end)| {
            let time = valid_time(entry.timestamp)?;
            let duration = valid_time(end)? - time;
            let has = |flag: u32| entry.flags() & flag as i32 != 0;
            (duration > 0 || duration == 0 && is_captions).then(|| Packet {
                point: SeekPoint { pts: Some(time), dts: Some(time), pos: Some(entry.pos), parameters: 0 },
                time,
                duration,
                key: is_intra_only || has(ffi::AVINDEX_KEYFRAME),
                discard: has(ffi::AVINDEX_DISCARD_FRAME),
                size: entry.size().max(0) as u32,
                recovery: 0,
            })
        })
    }

    /// All of them; `None` if there is one without a valid time or a duration.
    pub(crate) fn index_packets(&self) -> Option<Vec<Packet>> {
        let mut packets = Vec::with_capacity(self.index_len());
        for packet in self.listed() {
            packets.push(packet?);
        }
        Some(packets)
    }

    /// Whether decoding can begin with any packet of the codec, whatever the container states.
    pub(crate) fn is_intra_only(&self) -> bool {
        // SAFETY: returns null or a pointer into a static table.
        let descriptor = unsafe { ffi::avcodec_descriptor_get(self.0.codecpar().codec_id).as_ref() };
        descriptor.is_some_and(|found| found.props & ffi::AV_CODEC_PROP_INTRA_ONLY as i32 != 0)
    }

    /// The end of the last packet in the container's index, as a byte position.
    pub(super) fn index_end(&self) -> Option<u64> {
        self.index_entries().map(|entry| entry.pos.max(0) as u64 + entry.size().max(0) as u64).max()
    }

    /// Where the last entry of the container's index points, as a byte position.
    pub(super) fn last_index_place(&self) -> Option<u64> {
        self.index_entries().map(|entry| entry.pos.max(0) as u64).max()
    }
}
