//! WAV and W64 that state how many samples they have (the fact chunk): compressed sound has whole blocks, of which the last is
//! filled up.

use crate::base::{Rational, Result};
use crate::ffmpeg::Input;
use crate::media::FrameIndex;

/// Seconds that a block is longer than.
const MAX_BLOCK: (i64, i64) = (1, 2);

/// Ends the sound where the source says, if that is within the last block.
pub(super) fn follow(input: &Input, index: &mut FrameIndex) -> Result<()> {
    if !matches!(input.container().as_str(), "wav" | "w64") {
        return Ok(());
    }
    for track in &mut index.tracks {
        let stream = input.stream(track.track)?;
        let has_blocks = stream.codec().starts_with("adpcm") || stream.codec() == "gsm_ms";
        let most = track.time_base.ticks(Rational::new(MAX_BLOCK.0, MAX_BLOCK.1));
        if let (true, Some(end), Some(last)) = (has_blocks, stream.stated_length(), track.packets.last_mut()) {
            let surplus = last.time.saturating_add(last.duration).saturating_sub(end);
            if (1..last.duration.min(most)).contains(&surplus) {
                last.duration -= surplus;
            }
        }
    }
    Ok(())
}
