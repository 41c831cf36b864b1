//! What of a Core Audio file is presented: its packet table says how many frames of sound come before and after that.

use crate::base::{Rational, Result};
use crate::ffmpeg::{Input, MediaType};
use crate::media::{FrameIndex, MAX_TIME, MediaPart, Shown};
use crate::source::Context;

/// Chunks that are looked at: a bound on reads.
const MAX_CHUNKS: usize = 1024;
/// The name and the size of a chunk, and the head of a packet table: packets, frames, and those at both ends.
const HEAD: u64 = 12;
const TABLE: usize = 24;

/// Leaves out what encoders put around the sound. FFmpeg before version 9 does not.
pub(super) fn follow(input: &Input, index: &mut FrameIndex) -> Result<()> {
    let [track] = index.tracks.as_mut_slice() else { return Ok(()) };
    let stream = input.stream(track.track)?;
    let is_plain = stream.media_type() == MediaType::Audio && track.shown.is_none() && track.clock.is_empty();
    let begins = track.packets.first().is_some_and(|packet| packet.time == 0 && !packet.discard);
    if input.container() != "caf" || !is_plain || !begins || input.priming(&stream) > Rational::ZERO {
        return Ok(());
    }
    // Its ticks are frames.
    let is_counted = stream.time_base().recip() == stream.audio().2.into();
    if let Some((before, frames)) = packet_table(input.context())?.filter(|_| is_counted) {
        let parts = vec![MediaPart { start: before, end: before.saturating_add(frames), shift: 0 }];
        track.shown = Some(Shown { parts, is_unedited: false });
    }
    Ok(())
}

/// The frames before those that are presented, and how many these are, if there are any of both or some behind them.
fn packet_table(context: &Context) -> Result<Option<(i64, i64)>> {
    let mut place = 8_u64;
    for _ in 0..MAX_CHUNKS {
        if place.saturating_add(HEAD) > context.source.len() {
            return Ok(None);
        }
        let mut head = [0; HEAD as usize];
        context.read_exact_at(place, &mut head)?;
        let [a, b, c, d, size @ ..] = head;
        let content = place.saturating_add(HEAD);
        if [a, b, c, d] == *b"pakt" {
            if content.saturating_add(TABLE as u64) > context.source.len() {
                return Ok(None);
            }
            let mut table = [0; TABLE];
            context.read_exact_at(content, &mut table)?;
            return Ok(presented(&table));
        }
        // Data of unknown size is the last chunk.
        let Some(size) = u64::try_from(i64::from_be_bytes(size)).ok() else { return Ok(None) };
        place = content.saturating_add(size);
    }
    Ok(None)
}

fn presented(table: &[u8; TABLE]) -> Option<(i64, i64)> {
    let [_, _, _, _, _, _, _, _, a, b, c, d, e, f, g, h, p0, p1, p2, p3, r0, r1, r2, r3] = *table;
    let frames = i64::from_be_bytes([a, b, c, d, e, f, g, h]);
    let (before, after) = (i32::from_be_bytes([p0, p1, p2, p3]), i32::from_be_bytes([r0, r1, r2, r3]));
    let is_sound = frames > 0 && frames <= MAX_TIME && before >= 0 && after >= 0;
    (is_sound && (before > 0 || after > 0)).then_some((before.into(), frames))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Source;

    fn table(chunks: &[(&[u8; 4], &[u8])]) -> Option<(i64, i64)> {
        let chunk =
            |(name, content): &(&[u8; 4], &[u8])| [&name[..], &(content.len() as u64).to_be_bytes(), content].concat();
        let bytes = [b"caff\0\x01\0\0".to_vec(), chunks.iter().flat_map(chunk).collect()].concat();
        packet_table(&Context::new(&Source::bytes(bytes))).unwrap()
    }

    #[test]
    fn a_packet_table_says_what_is_presented() {
        let numbers = |frames: u64, before: u32, after: u32| {
            [&3_u64.to_be_bytes()[..], &frames.to_be_bytes(), &before.to_be_bytes(), &after.to_be_bytes()].concat()
        };
        assert_eq!(table(&[(b"desc", b"...."), (b"pakt", &numbers(1000, 256, 280))]), Some((256, 1000)));
        assert_eq!(table(&[(b"pakt", &numbers(1000, 0, 280))]), Some((0, 1000)));
        for impossible in [numbers(1000, 0, 0), numbers(0, 1, 1), numbers(1 << 63, 1, 1), numbers(9, 1 << 31, 0)] {
            assert_eq!(table(&[(b"pakt", &impossible)]), None);
        }
        assert_eq!(table(&[(b"pakt", b"...")]), None);
        assert_eq!(table(&[(b"desc", b"....")]), None);
    }
}
