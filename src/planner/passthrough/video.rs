//! Whether the source's video can be copied as the top rung, and where it is cut.

use super::super::rates;
use super::super::rungs::{rungs, size};
use super::eligible::{Reason, check_bytes, ensure};
use crate::base::{Rational, hex};
use crate::codec::{Profile, avc_string_of};
use crate::media::{TrackIndex, VideoInfo};
use crate::plan::{
    CopyTop, Ladder, MAX_REORDER_FRAMES, MAX_SEGMENT_SECONDS, MAX_SIDE, Rung, VideoCoding, VideoRendition, VideoWindow,
};
use crate::probe::{Passthrough, PassthroughVideo};

/// Longest distance between keyframes for [`CopyTop::Auto`], in segment durations. At the default of 4 seconds it
/// admits x264's default of 250 frames, which are 10.4 seconds at 24 frames per second.
const MAX_SEGMENT_LENGTHS: i64 = 3;

/// A video track that might be copied, and what the plan asks of it.
pub(crate) struct VideoCandidate<'plan> {
    pub(crate) info: &'plan VideoInfo,
    pub(crate) index: &'plan TrackIndex,
    pub(crate) passthrough: &'plan Passthrough,
    pub(crate) ladder: &'plan Ladder,
    pub(crate) frame_rate: Rational,
    pub(crate) origin: Rational,
    /// Size of the source in bytes.
    pub(crate) source_bytes: u64,
}

/// Video that can be copied.
pub(crate) struct CopiedVideo {
    pub(crate) windows: Vec<VideoWindow>,
    pub(crate) rendition: VideoRendition,
    pub(crate) codecs: String,
}

impl VideoCandidate<'_> {
    /// The video as a rendition, or why it cannot be copied.
    pub(crate) fn copied(&self) -> Result<CopiedVideo, Reason> {
        let Self { info, ladder, .. } = self;
        let video = self.passthrough.video.as_ref().map_err(Clone::clone)?;
        check_bytes(self.index, self.source_bytes)?;
        let sequence = video.configuration.sequence()?;
        let size = (u32::from(sequence.width), u32::from(sequence.height));
        ensure(size == (info.width, info.height), || {
            format!(
                "its pictures have {}x{} pixels, but the container says {}x{}",
                size.0, size.1, info.width, info.height
            )
        })?;
        let even = size.0.is_multiple_of(2) && size.1.is_multiple_of(2) && size.0.max(size.1) <= MAX_SIDE;
        ensure(even, || format!("its size is {}x{}", size.0, size.1))?;
        let id = sequence.profile_level_id;
        let profile = profile(id.profile_idc, id.profile_iop)?;
        ensure(self.frame_rate == info.frame_rate, || {
            format!("its frame rate is {}, and that of the plan {}", info.frame_rate, self.frame_rate)
        })?;
        let numbers = self.frame_numbers()?;
        let cuts = self.cuts(&numbers, video)?;
        let sizes = self.window_sizes(&cuts, numbers.len() as u64);
        let rung = self.rung()?;
        if ladder.copy_top == CopyTop::Auto {
            self.check_fit(&sizes, &rung)?;
        }
        let total = sizes.iter().fold((0, 0), |(bits, frames), size| (bits + size.bits, frames + size.frames));
        let peak = sizes.iter().map(|size| size.rate(self.frame_rate)).max().unwrap_or(0);
        let average = WindowSize { bits: total.0, frames: total.1 }.rate(self.frame_rate);
        Ok(CopiedVideo {
            windows: cuts.iter().filter_map(|&cut| self.window(cut)).collect(),
            codecs: avc_string_of(id.profile_idc, id.profile_iop, id.level_idc),
            rendition: VideoRendition {
                width: size.0,
                height: size.1,
                profile,
                level: id.level_idc.into(),
                max_rate: peak,
                buffer_size: 0,
                coding: VideoCoding::Passthrough {
                    parameter_sets: hex::encode(&video.configuration.parameter_sets()),
                    reorder: reorder_delay(&numbers)?,
                    average_rate: average,
                },
            },
        })
    }

    /// The frame number of each packet, in decoding order. Refuses video whose frames are not one for each of the grid.
    fn frame_numbers(&self) -> Result<Vec<u64>, Reason> {
        let packets = &self.index.packets;
        ensure(packets.iter().all(|packet| !packet.discard), || "its edit list leaves some pictures out".into())?;
        let times = self.index.shown_times();
        ensure(times.len() == packets.len(), || "some of its pictures have the same time".into())?;
        let half = (self.frame_rate * Rational::from(2)).recip();
        for (&time, number) in times.iter().zip(0_i64..) {
            let expected = Rational::from(number) / self.frame_rate;
            let time = self.index.time_base.times(time) - self.origin;
            ensure(time - expected < half, || match number {
                0 => format!("its sound begins {:.3} seconds before its first picture", time.to_f64()),
                _ => format!("its pictures are not evenly spaced at {:.3} seconds", time.to_f64()),
            })?;
            ensure(expected - time < half, || {
                format!("its pictures are not evenly spaced at {:.3} seconds", time.to_f64())
            })?;
        }
        let end = self.index.span().map_or(self.origin, |(_, end)| end);
        let shown = ((end - self.origin) * self.frame_rate).round();
        ensure(shown <= times.len() as i64, || {
            format!("its last picture stays for {} frames", shown - times.len() as i64 + 1)
        })?;
        let number = |time| times.binary_search(&time).map(|number| number as u64);
        Ok(packets.iter().filter_map(|packet| number(packet.time).ok()).collect())
    }

    /// The frames that segments begin with. Of the keyframes that begin a closed GOP, each is the one nearest to a
    /// target duration after the one before.
    fn cuts(&self, numbers: &[u64], video: &PassthroughVideo) -> Result<Vec<u64>, Reason> {
        let closed = self.closed_gops(numbers, video);
        ensure(closed.first() == Some(&0), || "it does not begin with a keyframe".into())?;
        let frames = numbers.len() as u64;
        let target = self.ladder.segment_seconds * self.frame_rate;
        let max = match self.ladder.copy_top {
            CopyTop::Always => Rational::from(MAX_SEGMENT_SECONDS) * self.frame_rate,
            _ => target * Rational::from(MAX_SEGMENT_LENGTHS),
        };
        let ends = closed.iter().skip(1).chain([&frames]);
        let gap = closed.iter().zip(ends).map(|(start, end)| end - start).max().unwrap_or(0);
        ensure(Rational::from(gap as i64) <= max, || {
            let seconds = |frames: Rational| (frames / self.frame_rate).to_f64();
            format!(
                "its keyframes are up to {:.1} seconds apart, and {:.1} are the most",
                seconds(Rational::from(gap as i64)),
                seconds(max)
            )
        })?;
        Ok(choose_cuts(&closed, frames, target))
    }

    /// Numbers of the IDR pictures at which decoding order and presentation order meet: all frames before one in one
    /// order are before it in the other.
    fn closed_gops(&self, numbers: &[u64], video: &PassthroughVideo) -> Vec<u64> {
        let mut closed = Vec::new();
        let mut last = 0;
        for ((number, packet), decoded) in numbers.iter().zip(&self.index.packets).zip(0_u64..) {
            let is_complete = decoded == 0 || last + 1 == decoded;
            if packet.key && video.idr.contains(&packet.time) && *number == decoded && is_complete {
                closed.push(decoded);
            }
            last = last.max(*number);
        }
        closed
    }

    fn window(&self, cut: u64) -> Option<VideoWindow> {
        let packet = self.index.packets.get(usize::try_from(cut).ok()?)?;
        Some(VideoWindow { first_frame: cut, seek: packet.point })
    }

    fn window_sizes(&self, cuts: &[u64], frames: u64) -> Vec<WindowSize> {
        let ends = cuts.iter().skip(1).chain([&frames]);
        let sizes = cuts.iter().zip(ends).map(|(&start, &end)| {
            let packets = self.index.packets.iter().skip(start as usize).take((end - start) as usize);
            WindowSize { bits: packets.map(|packet| u64::from(packet.size) * 8).sum(), frames: end - start }
        });
        sizes.collect()
    }

    /// The rung of the source's size.
    fn rung(&self) -> Result<Rung, Reason> {
        let (width, height) = (self.info.width, self.info.height);
        let rungs = rungs(self.info, self.ladder);
        let top = rungs.first().filter(|rung| size(self.info, rung.short_side) == (width, height));
        match (top, self.ladder.copy_top) {
            (Some(rung), _) => Ok(rung.clone()),
            (None, CopyTop::Always) => Ok(Rung::new(width.min(height))),
            _ => Err(format!("no rung has its size of {width}x{height}")),
        }
    }

    /// Refuses video with a segment that has more bits than one of a stream within the rung's rate and buffer could.
    fn check_fit(&self, sizes: &[WindowSize], rung: &Rung) -> Result<(), Reason> {
        let cap = rung.max_rate.unwrap_or_else(|| rates::max_rate(self.info.width, self.info.height, self.frame_rate));
        let buffer = rung.buffer_size.unwrap_or(2 * cap);
        let seconds = |size: &WindowSize| size.frames as f64 / self.frame_rate.to_f64();
        // With its buffer nine tenths full, as most encoders begin.
        let max_bits = |size: &WindowSize| cap as f64 * seconds(size) + buffer as f64 * 0.9;
        let oversized = sizes.iter().find(|size| size.bits as f64 > max_bits(size));
        oversized.map_or(Ok(()), |size| {
            let (rate, allowed) = (size.rate(self.frame_rate), max_bits(size) / seconds(size));
            Err(format!("one of its segments has {rate} b/s, and its rung allows {allowed:.0} there"))
        })
    }
}

/// Bits and frames of a segment.
struct WindowSize {
    bits: u64,
    frames: u64,
}

impl WindowSize {
    fn rate(&self, frame_rate: Rational) -> u64 {
        (self.bits as f64 * frame_rate.to_f64() / self.frames.max(1) as f64).ceil() as u64
    }
}

/// The profile for a `profile_idc` and constraint flags (ITU-T H.264 annex A.2).
fn profile(idc: u8, constraints: u8) -> Result<Profile, Reason> {
    // constraint_set1_flag marks Constrained Baseline; players do not decode what Baseline has beyond it.
    match idc {
        66 if constraints & 0x40 != 0 => Ok(Profile::Baseline),
        77 => Ok(Profile::Main),
        100 => Ok(Profile::High),
        _ => Err(format!(
            "its H.264 profile is {idc} (constraints {constraints:02x}), not Constrained Baseline, Main or High"
        )),
    }
}

/// The reordering delay: the smallest number of frames by which presentation lags decoding so that no frame is
/// presented before it is decoded.
fn reorder_delay(numbers: &[u64]) -> Result<u32, Reason> {
    let early = numbers.iter().zip(0_u64..).map(|(&number, decoded)| decoded.saturating_sub(number)).max();
    let frames = early.and_then(|early| u32::try_from(early).ok()).filter(|frames| *frames <= MAX_REORDER_FRAMES);
    frames.ok_or_else(|| "its pictures are decoded too far out of their order".into())
}

/// Chooses cuts from ascending `candidates`: each is the one nearest to `target` frames after the cut before, the later
/// of two at the same distance, which makes fewer segments. A remainder of less than half is merged into the last
/// segment.
fn choose_cuts(candidates: &[u64], end: u64, target: Rational) -> Vec<u64> {
    let mut cuts = vec![0];
    let mut start = 0;
    loop {
        let ideal = Rational::from(start as i64) + target;
        let after = candidates.partition_point(|&cut| Rational::from(cut as i64) < ideal);
        let before = after.checked_sub(1).and_then(|before| candidates.get(before));
        let around = [before, candidates.get(after), Some(&end)];
        let later = around.into_iter().flatten().copied().filter(|cut| *cut > start);
        match later.min_by_key(|&cut| ((Rational::from(cut as i64) - ideal).abs(), std::cmp::Reverse(cut))) {
            Some(cut) if Rational::from((end - cut) as i64) * Rational::from(2) >= target => {
                cuts.push(cut);
                start = cut;
            }
            _ => return cuts,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cuts(candidates: &[u64], end: u64) -> Vec<u64> {
        choose_cuts(candidates, end, Rational::from(100))
    }

    #[test]
    fn segments_are_cut_at_the_keyframe_nearest_to_the_target() {
        assert_eq!(cuts(&[0, 50, 100, 150, 200, 250], 300), [0, 100, 200]);
        assert_eq!(cuts(&[0, 90, 120, 180, 210], 300), [0, 90, 180]);
        assert_eq!(cuts(&[0, 180, 360], 400), [0, 180]);
        assert_eq!(cuts(&[0, 50, 90, 110], 300), [0, 110]);
    }

    #[test]
    fn a_short_remainder_is_merged_into_the_last_segment() {
        assert_eq!(cuts(&[0, 100], 149), [0]);
        assert_eq!(cuts(&[0, 100], 150), [0, 100]);
        assert_eq!(cuts(&[0], 5), [0]);
    }

    #[test]
    fn the_reordering_delay_covers_all_frames() {
        // I P B B P B B, in decoding order.
        assert_eq!(reorder_delay(&[0, 3, 1, 2, 6, 4, 5]), Ok(1));
        assert_eq!(reorder_delay(&[0, 4, 2, 1, 3]), Ok(2));
        assert_eq!(reorder_delay(&[0, 1, 2]), Ok(0));
        assert!(reorder_delay(&(0..40).rev().collect::<Vec<_>>()).is_err());
    }

    #[test]
    fn unsupported_profiles_are_named() {
        assert_eq!(profile(66, 0xc0), Ok(Profile::Baseline));
        assert!(profile(66, 0x80).is_err());
        assert!(profile(110, 0).unwrap_err().contains("110"));
    }
}
