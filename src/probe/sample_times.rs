//! How long the samples of a track last, and how much later than it is decoded each is presented (ISO/IEC 14496-12 8.6.1).

use super::boxes::Simple;
use crate::base::Result;
use crate::media::Packet;
use crate::source::{ByteRange, Context};

/// Bytes before the entries of both boxes: version, flags and the number of entries. An entry has a number of samples, and what
/// is so for each.
const HEADER: u64 = 8;
const ENTRY: usize = 8;

/// Gives packets, which an index lists by when they are decoded, the times at which they are presented and how long the track's
/// samples last. `false` if a demuxer would read the boxes otherwise than they are: they are damaged, or other than the samples.
pub(super) fn present(context: &Context, track: &Simple, packets: &mut [Packet]) -> Result<bool> {
    let Some(durations) = runs(context, track.durations)? else { return Ok(false) };
    let offsets = match track.offsets {
        Some(offsets) => runs(context, offsets)?,
        None => Some(vec![(packets.len() as u64, 0)]),
    };
    let Some(offsets) = offsets else { return Ok(false) };
    let is_sound = [&durations, &offsets].iter().all(|runs| {
        let count: u64 = runs.iter().map(|(count, _)| count).sum();
        // What does not fit in 31 bits is an offset below zero.
        count == packets.len() as u64 && runs.iter().all(|(_, value)| i32::try_from(*value).is_ok())
    });
    if !is_sound || durations.iter().any(|(_, duration)| *duration == 0) {
        return Ok(false);
    }
    let each = |runs: Vec<(u64, u32)>| {
        runs.into_iter().flat_map(|(count, value)| std::iter::repeat_n(i64::from(value), count as usize))
    };
    for (packet, (duration, offset)) in packets.iter_mut().zip(each(durations).zip(each(offsets))) {
        packet.time = packet.time.saturating_add(offset);
        packet.point.pts = Some(packet.time);
        packet.duration = duration;
    }
    Ok(true)
}

/// The entries of a box: of how many samples, and what.
fn runs(context: &Context, content: ByteRange) -> Result<Option<Vec<(u64, u32)>>> {
    let count = content.read_u32(context, 4)?.unwrap_or(0) as usize;
    let entries = ByteRange { start: content.start.saturating_add(HEADER), ..content }.bytes(context)?;
    let Some(entries) = entries.get(..count.saturating_mul(ENTRY)) else { return Ok(None) };
    let (entries, _) = entries.as_chunks::<ENTRY>();
    let number = |bytes: &[u8; 4]| u32::from_be_bytes(*bytes);
    let run = |[a, b, c, d, value @ ..]: &[u8; ENTRY]| (number(&[*a, *b, *c, *d]).into(), number(value));
    Ok(Some(entries.iter().map(run).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::SeekPoint;
    use crate::source::Source;

    /// Presentation times and durations of three samples that are decoded at 0, 10 and 20.
    fn presented(durations: &[u32], offsets: &[u32]) -> Option<Vec<(i64, i64)>> {
        let words = |words: &[u32]| words.iter().flat_map(|word| word.to_be_bytes()).collect::<Vec<_>>();
        let (first, second) = (words(durations), words(offsets));
        let (start, end) = (first.len() as u64, (first.len() + second.len()) as u64);
        let durations = ByteRange { start: 0, end: start };
        let offsets = (!second.is_empty()).then_some(ByteRange { start, end });
        let point = |dts| SeekPoint { pts: Some(dts), dts: Some(dts), pos: Some(0), parameters: 0 };
        let packet = |dts| Packet {
            point: point(dts),
            time: dts,
            duration: 10,
            key: true,
            discard: false,
            size: 1,
            recovery: 0,
        };
        let mut packets = [0, 10, 20].map(packet);
        let context = Context::new(&Source::bytes([first, second].concat()));
        let is_done = present(&context, &Simple { id: 1, durations, offsets }, &mut packets).unwrap();
        assert!(packets.iter().all(|packet| packet.point.pts == Some(packet.time)));
        is_done.then(|| packets.map(|packet| (packet.time, packet.duration)).to_vec())
    }

    #[test]
    fn samples_are_presented_as_much_later_as_their_offset() {
        let found = presented(&[0, 2, 2, 10, 1, 7], &[0, 3, 1, 20, 1, 0, 1, 10]);
        assert_eq!(found, Some(vec![(20, 10), (10, 10), (30, 7)]));
        assert_eq!(presented(&[0, 1, 3, 10], &[]), Some(vec![(0, 10), (10, 10), (20, 10)]));
    }

    #[test]
    fn what_a_demuxer_would_mend_is_left_to_it() {
        let whole = [0, 1, 3, 10];
        for durations in
            [&[0, 1, 2, 10][..], &[0, 1, 4, 10], &[0, 1, 3, 0], &[0, 1, 3, 1 << 31], &[0, 2, 3, 10], &[0], &[]]
        {
            assert_eq!(presented(durations, &whole), None, "{durations:?}");
        }
        for offsets in [&[0, 1, 2, 10][..], &[0, 1, 3, u32::MAX], &[0, 1 << 30, 3, 10], &[0, 1, u32::MAX, 10]] {
            assert_eq!(presented(&whole, offsets), None, "{offsets:?}");
        }
    }
}
