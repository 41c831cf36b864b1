//! Sound as a digital output is sent it (IEC 61937), in the samples of a WAV.

use crate::base::Result;
use crate::ffmpeg::Input;
use crate::media::FrameIndex;

/// How a burst begins, in 16 bits each, the lower byte first (IEC 61937-1 6.1).
const SYNC: [u8; 4] = [0x72, 0xf8, 0x1f, 0x4e];

/// Whether the first packet is a burst. FFmpeg counts places without what is between bursts, so seeks by them lead elsewhere.
pub(super) fn is_in_bursts(input: &Input, index: &FrameIndex) -> Result<bool> {
    let first = index.tracks.first().and_then(|track| u64::try_from(track.packets.first()?.point.pos?).ok());
    let is_wav = matches!(input.container().as_str(), "wav" | "w64");
    let Some(place) = first.filter(|place| is_wav && place.saturating_add(4) <= input.source().len()) else {
        return Ok(false);
    };
    let mut word = [0; 4];
    input.context().read_exact_at(place, &mut word)?;
    Ok(word == SYNC)
}
