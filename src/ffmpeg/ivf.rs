//! IVF of writers that leave the times of all frames at 0.

use crate::base::Result;
use crate::source::Context;

/// Bytes of the file's header, and of each frame's: its size and its time.
const HEADER: u64 = 32;
const FRAME: usize = 12;
/// Frames that are looked at: layers of one picture may have the same time, eight of them at most.
const FRAMES: usize = 16;

/// Whether no frame has a time, of several.
pub(super) fn is_timeless(context: &Context) -> Result<bool> {
    let mut place = HEADER;
    for number in 0..FRAMES {
        if context.source.len().saturating_sub(place) < FRAME as u64 {
            return Ok(number > 1);
        }
        let mut header = [0; FRAME];
        context.read_exact_at(place, &mut header)?;
        let [a, b, c, d, time @ ..] = header;
        if time != [0; 8] {
            return Ok(false);
        }
        place = place.saturating_add(FRAME as u64 + u64::from(u32::from_le_bytes([a, b, c, d])));
    }
    Ok(true)
}
