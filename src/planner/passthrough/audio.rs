//! Whether a source's own sound can be a rendition as it is, and where it is cut.

use super::eligible::{Reason, check_bytes, ensure};
use crate::base::Rational;
use crate::codec::{AAC_FRAME, aac_lc};
use crate::media::{AudioInfo, TrackIndex};
use crate::plan::{AUDIO_GAP_TOLERANCE, AudioStart, AudioWindow};

/// Seconds that copied sound may end before the presentation: players go on without, but not for long.
const MAX_AUDIO_SHORTFALL: (i64, i64) = (1, 2);

/// A track of AAC frames, and when they are to be heard.
pub(crate) struct Frames<'plan> {
    pub(crate) info: &'plan AudioInfo,
    pub(crate) index: &'plan TrackIndex,
    pub(crate) configuration: &'plan [u8],
    /// Bytes of the whole source.
    pub(crate) source_bytes: u64,
    pub(crate) origin: Rational,
    /// Seconds that the presentation lasts.
    pub(crate) duration: Rational,
    /// Times at which segments are to begin, in seconds, 0 left out.
    pub(crate) cuts: &'plan [Rational],
}

/// CountedFrame that can be copied.
pub(crate) struct CopiedAudio {
    pub(crate) windows: Vec<AudioWindow>,
    /// Samples before the presentation's 0.
    pub(crate) priming: u32,
    pub(crate) peak_rate: u64,
    pub(crate) average_rate: u64,
}

impl Frames<'_> {
    /// The sound as a rendition, or why it cannot be one.
    pub(crate) fn copied(&self) -> Result<CopiedAudio, Reason> {
        check_bytes(self.index, self.source_bytes)?;
        let (rate, channels) = aac_lc(self.configuration).ok_or("its AAC is not LC with frames of 1024 samples")?;
        ensure((rate, channels) == (self.info.sample_rate, self.info.channels), || {
            format!("its AAC has {channels} channels at {rate} Hz, but the container says otherwise")
        })?;
        let start = self.start()?;
        // The presentation's 0 lies in or at the beginning of this frame, which overlaps with the one before.
        let shown = usize::try_from(start.saturating_neg() / AAC_FRAME as i64).unwrap_or(0);
        let first = shown.saturating_sub(1);
        let priming = start.saturating_neg() - first as i64 * AAC_FRAME as i64;
        let priming = u32::try_from(priming).map_err(|_| "its sound begins too early")?;
        let end = self.end(first, priming)?;
        let cuts = self.frame_cuts(priming, end - first);
        let windows =
            cuts.iter().zip(cuts.iter().skip(1)).map(|(&from, &to)| self.window(first + from, to - from, start));
        let sizes = |from: usize, to: usize| -> u64 {
            let packets = self.index.packets.iter().skip(first + from).take(to - from);
            packets.map(|packet| u64::from(packet.size) * 8).sum()
        };
        let rate = |from: usize, to: usize| {
            let samples = (to - from) as f64 * AAC_FRAME as f64 - if from == 0 { f64::from(priming) } else { 0.0 };
            (sizes(from, to) as f64 * f64::from(self.info.sample_rate) / samples.max(1.0)).ceil() as u64
        };
        let peak_rate = cuts.iter().zip(cuts.iter().skip(1)).map(|(&from, &to)| rate(from, to)).max().unwrap_or(0);
        Ok(CopiedAudio {
            windows: windows.collect::<Option<_>>().ok_or("its packets are not all there")?,
            priming,
            peak_rate,
            average_rate: rate(0, end - first),
        })
    }

    fn samples(&self, seconds: Rational) -> i64 {
        Rational::new(1, self.info.sample_rate.into()).ticks(seconds)
    }

    /// The place of the first frame's first sample; all others follow it without gap.
    fn start(&self) -> Result<i64, Reason> {
        let place = |time| self.samples(self.index.time_base.times(time) - self.origin);
        let mut positions = self.index.packets.iter().map(|packet| place(packet.time));
        let start = positions.next().ok_or("it has no sound")?;
        ensure(start <= 0, || {
            let late = start as f64 / f64::from(self.info.sample_rate);
            format!("its sound begins {late:.3} seconds after the presentation")
        })?;
        let tolerance = self.samples(Rational::new(AUDIO_GAP_TOLERANCE.0, AUDIO_GAP_TOLERANCE.1)).unsigned_abs();
        let counted = (1..).map(|number| start.saturating_add(number * AAC_FRAME as i64));
        let gap = positions.zip(counted).find(|(place, counted)| place.abs_diff(*counted) > tolerance);
        gap.map_or(Ok(start), |(place, _)| {
            let seconds = place as f64 / f64::from(self.info.sample_rate);
            Err(format!("its frames of sound do not follow each other without a gap at {seconds:.3} seconds"))
        })
    }

    /// The number of the packet behind the last that is heard.
    fn end(&self, first: usize, priming: u32) -> Result<usize, Reason> {
        let wanted = self.samples(self.duration).saturating_add(priming.into());
        let frames = usize::try_from(wanted.max(1)).unwrap_or(usize::MAX).div_ceil(AAC_FRAME as usize);
        let there = self.index.packets.len().saturating_sub(first);
        let missing = self.duration
            - Rational::new(
                (there as i64).saturating_mul(AAC_FRAME as i64) - i64::from(priming),
                self.info.sample_rate.into(),
            );
        ensure(missing <= Rational::new(MAX_AUDIO_SHORTFALL.0, MAX_AUDIO_SHORTFALL.1), || {
            format!("its sound ends {:.3} seconds before its pictures", missing.to_f64())
        })?;
        ensure(there > 1, || "it has no sound".into())?;
        Ok(first + frames.min(there))
    }

    /// Where segments begin, and the last ends, in frames from the first that is copied.
    fn frame_cuts(&self, priming: u32, frames: usize) -> Vec<usize> {
        let mut cuts = vec![0];
        for &time in self.cuts {
            let samples = self.samples(time).saturating_add(priming.into());
            let frame = Rational::new(samples, AAC_FRAME as i64).round().max(0) as usize;
            if cuts.last().is_some_and(|last| frame > last + 1) && frame < frames {
                cuts.push(frame);
            }
        }
        cuts.push(frames);
        cuts
    }

    fn window(&self, first: usize, frames: usize, start: i64) -> Option<AudioWindow> {
        let packet = self.index.packets.get(first)?;
        let sample = start.saturating_add((first as i64).saturating_mul(AAC_FRAME as i64));
        let from = AudioStart { seek: packet.point, time: packet.time, sample };
        Some(AudioWindow { frames: u32::try_from(frames).ok()?, start: Some(from) })
    }
}
