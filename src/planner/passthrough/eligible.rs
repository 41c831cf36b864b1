//! Conditions for passthrough that need no more than the container's index.

use crate::media::{FieldOrder, TrackIndex, VideoInfo, is_square};

/// Why a track is not copied, as a clause without a full stop.
pub(crate) type Reason = String;

pub(crate) fn ensure(holds: bool, reason: impl FnOnce() -> Reason) -> Result<(), Reason> {
    if holds { Ok(()) } else { Err(reason()) }
}

/// Refuses overlapping samples. An index can point any number of samples at the same bytes, and copying them would turn
/// a small source into a huge package.
pub(crate) fn check_bytes(index: &TrackIndex, source_bytes: u64) -> Result<(), Reason> {
    let bytes = index.packets.iter().map(|packet| u64::from(packet.size)).fold(0, u64::saturating_add);
    ensure(bytes <= source_bytes, || "its samples have more bytes than the whole source".into())
}

/// Refuses video that renditions cannot have, before any sample is read.
pub(crate) fn check_video(info: &VideoInfo, codec: &str) -> Result<(), String> {
    ensure(codec == "h264", || format!("its codec is {codec}, not h264"))?;
    // FFmpeg reports full-range video as yuvj420p.
    ensure(info.pixel_format == "yuv420p", || {
        format!("its pixel format is {}, not yuv420p in limited range", info.pixel_format)
    })?;
    ensure(info.colour.range.as_deref() != Some("pc"), || "its colours have the full range".into())?;
    ensure(info.rotation == 0 && !info.mirrored, || "its pictures are turned or mirrored".into())?;
    ensure(info.field_order == FieldOrder::Progressive, || "its pictures are interlaced".into())?;
    ensure(is_square(info.pixel_aspect), || {
        let aspect = info.pixel_aspect;
        format!("its pixels are not square, but {}:{}", aspect.num(), aspect.den())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Rational;
    use crate::media::{Packet, SeekPoint};

    #[test]
    fn overlapping_samples_are_refused() {
        let point = SeekPoint { pts: Some(0), dts: None, pos: Some(0), parameters: 0 };
        let packet = Packet { point, time: 0, duration: 1, key: true, discard: false, size: u32::MAX, recovery: 0 };
        let index = TrackIndex { packets: vec![packet; 3], ..TrackIndex::new(0, Rational::from(1)) };
        let bytes = 3 * u64::from(u32::MAX);
        assert_eq!(check_bytes(&index, bytes), Ok(()));
        assert!(check_bytes(&index, bytes - 1).is_err());
    }
}
