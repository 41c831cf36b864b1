//! Whether an audio track can be copied, and where it is cut.

use super::eligible::{Reason, check_bytes, ensure};
use crate::base::Rational;
use crate::codec::{AAC_FRAME, aac_lc};
use crate::media::{AudioInfo, MediaPart, TrackIndex};
use crate::plan::{AUDIO_GAP_TOLERANCE, AudioStart, AudioWindow};

/// Seconds that copied audio may end before the presentation. Tracks of a file seldom end together, but a longer
/// silence at the end would be noticed, and some players stall when one of their buffers ends early.
const MAX_AUDIO_SHORTFALL: (i64, i64) = (1, 2);

/// An AAC track that might be copied, and the timing of the presentation.
pub(crate) struct AudioCandidate<'plan> {
    pub(crate) info: &'plan AudioInfo,
    pub(crate) index: &'plan TrackIndex,
    /// AudioSpecificConfig.
    pub(crate) configuration: &'plan [u8],
    /// Size of the source in bytes.
    pub(crate) source_bytes: u64,
    pub(crate) origin: Rational,
    /// Duration of the presentation in seconds.
    pub(crate) duration: Rational,
    /// Where segments after the first should begin, in seconds.
    pub(crate) cuts: &'plan [Rational],
}

/// Audio that can be copied.
pub(crate) struct CopiedAudio {
    pub(crate) windows: Vec<AudioWindow>,
    /// Samples of the first frame before the start of the presentation.
    pub(crate) priming: u32,
    /// Maximum bits per second of any segment.
    pub(crate) peak_rate: u64,
    /// Mean bits per second.
    pub(crate) average_rate: u64,
}

impl AudioCandidate<'_> {
    /// The track cut into segments, or why it cannot be copied.
    pub(crate) fn copied(&self) -> Result<CopiedAudio, Reason> {
        check_bytes(self.index, self.source_bytes)?;
        ensure(self.index.parameters.is_empty(), || "its configuration changes".into())?;
        let (rate, channels) = aac_lc(self.configuration).ok_or("its AAC is not LC with frames of 1024 samples")?;
        ensure((rate, channels) == (self.info.sample_rate, self.info.channels), || {
            format!("its AAC has {channels} channels at {rate} Hz, but the container says otherwise")
        })?;
        ensure(self.is_whole(), || "its edit list shows parts of it".into())?;
        let start = self.start()?;
        // The first frame of which something is presented.
        let first = usize::try_from(start.saturating_neg() / AAC_FRAME as i64).unwrap_or(0);
        let priming = start.saturating_neg() - first as i64 * AAC_FRAME as i64;
        let priming = u32::try_from(priming).map_err(|_| "its sound begins too early")?;
        let end = self.end(first, priming)?;
        let cuts = self.frame_cuts(priming, end - first);
        let windows =
            cuts.iter().zip(cuts.iter().skip(1)).map(|(&from, &to)| self.window(first + from, to - from, start));
        let bits = |from: usize, to: usize| -> u64 {
            let packets = self.index.packets.iter().skip(first + from).take(to - from);
            packets.map(|packet| u64::from(packet.size) * 8).sum()
        };
        let rate = |from: usize, to: usize| {
            let samples = ((to - from) as f64 * AAC_FRAME as f64).max(1.0);
            (bits(from, to) as f64 * f64::from(self.info.sample_rate) / samples).ceil() as u64
        };
        let peak_rate = cuts.iter().zip(cuts.iter().skip(1)).map(|(&from, &to)| rate(from, to)).max().unwrap_or(0);
        Ok(CopiedAudio {
            windows: windows.collect::<Option<_>>().ok_or("its packets are not all there")?,
            priming,
            peak_rate,
            average_rate: rate(0, end - first),
        })
    }

    /// Whether an edit list leaves out no more than the beginning.
    fn is_whole(&self) -> bool {
        let last = self.index.packets.iter().map(|packet| packet.time.saturating_add(packet.duration)).max();
        let is_last = |part: &MediaPart| part.shift == 0 && last.is_none_or(|last| part.end >= last);
        self.index.shown.as_ref().is_none_or(|shown| shown.parts.last().is_some_and(is_last))
    }

    fn samples(&self, seconds: Rational) -> i64 {
        Rational::new(1, self.info.sample_rate.into()).ticks(seconds)
    }

    /// Position of the first frame's first sample, in samples from the start of the presentation. All other frames
    /// follow it without a gap.
    fn start(&self) -> Result<i64, Reason> {
        let position = |time| self.samples(self.index.time_base.times(time) - self.origin);
        let mut positions = self.index.packets.iter().map(|packet| position(packet.time));
        let start = positions.next().ok_or("it has no sound")?;
        ensure(start <= 0, || {
            let late = start as f64 / f64::from(self.info.sample_rate);
            format!("its sound begins {late:.3} seconds after the presentation")
        })?;
        let tolerance = self.samples(Rational::new(AUDIO_GAP_TOLERANCE.0, AUDIO_GAP_TOLERANCE.1)).unsigned_abs();
        let counted = (1..).map(|number| start.saturating_add(number * AAC_FRAME as i64));
        let gap = positions.zip(counted).find(|(position, counted)| position.abs_diff(*counted) > tolerance);
        gap.map_or(Ok(start), |(position, _)| {
            let seconds = position as f64 / f64::from(self.info.sample_rate);
            Err(format!("its frames of sound do not follow each other without a gap at {seconds:.3} seconds"))
        })
    }

    /// Number of the packet after the last one that is presented.
    fn end(&self, first: usize, priming: u32) -> Result<usize, Reason> {
        let needed = self.samples(self.duration).saturating_add(priming.into());
        let needed = usize::try_from(needed.max(1)).unwrap_or(usize::MAX).div_ceil(AAC_FRAME as usize);
        let available = self.index.packets.len().saturating_sub(first);
        let samples = (available as i64).saturating_mul(AAC_FRAME as i64) - i64::from(priming);
        let missing = self.duration - Rational::new(samples, self.info.sample_rate.into());
        ensure(missing <= Rational::new(MAX_AUDIO_SHORTFALL.0, MAX_AUDIO_SHORTFALL.1), || {
            format!("its sound ends {:.3} seconds before its pictures", missing.to_f64())
        })?;
        ensure(available > 1, || "it has no sound".into())?;
        Ok(first + needed.min(available))
    }

    /// Where segments begin and the last one ends, in frames from the first that is copied.
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
        let start = AudioStart { seek: packet.point, time: packet.time, sample };
        Some(AudioWindow { frames: u32::try_from(frames).ok()?, start: Some(start), parts: Vec::new() })
    }
}
