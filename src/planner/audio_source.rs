//! Audio renditions, encoded or passthrough.

use super::audio::Layout;
use super::counting::Counting;
use super::loudness::TrackGain;
use super::names::unquoted;
use super::passthrough::AudioCandidate;
use crate::base::{Rational, Result, hex};
use crate::codec::{AAC_FRAME, AAC_STRING};
use crate::ffmpeg::speakers_of;
use crate::media::{AudioInfo, Disposition, Track as SourceTrack, TrackIndex, language_name, shortest_tag};
use crate::plan::{
    AudioCoding, AudioRendition, AudioRole, AudioWindow, ChannelTrack, CopyTop, Ladder, Media, Rendition,
};
use crate::probe::Passthrough;
use crate::sound::Mix;

/// Sample rates that are kept: those that all players take. Audio of any other rate is resampled to 48 kHz.
const KEPT_SAMPLE_RATES: [u32; 2] = [44_100, 48_000];

/// Seconds in which both of two sounds are heard that come one after the other: encoders begin and end a little apart.
pub(super) const MAX_OVERLAP: (i64, i64) = (1, 2);

/// The timing that all audio renditions of a package share.
pub(super) struct Timing<'plan> {
    pub(super) origin: Rational,
    /// Duration of the presentation in seconds.
    pub(super) duration: Rational,
    /// Where segments after the first should begin, in seconds.
    pub(super) cuts: &'plan [Rational],
    /// Size of the source in bytes.
    pub(super) source_bytes: u64,
    /// Whether encoded audio begins with a frame that primes decoders.
    pub(super) is_primed: bool,
}

/// A playable audio track of the source.
pub(super) struct AudioSource<'probe> {
    pub(super) track: &'probe SourceTrack,
    pub(super) info: &'probe AudioInfo,
    pub(super) index: &'probe TrackIndex,
    /// If it is the left channel alone, the tracks of the others.
    pub(super) others: Vec<&'probe TrackIndex>,
    pub(super) counting: Option<Counting<'probe>>,
    /// The factor that brings it to the loudness that is asked for, mixed to a number of channels.
    pub(super) gains: &'probe [TrackGain],
    pub(super) start: Option<Rational>,
    pub(super) end: Option<Rational>,
}

/// Whether its channels are heard somewhere once they are mixed down.
pub(super) fn is_mixable(audio: &AudioInfo) -> bool {
    Mix::new(&speakers_of(&audio.layout), 2).is_some()
}

impl AudioSource<'_> {
    /// Its channels, of all its tracks.
    pub(super) fn channels(&self) -> u32 {
        if self.others.is_empty() { self.info.channels } else { self.others.len() as u32 + 1 }
    }

    /// Whether there is no sound of both at any time but for a moment.
    pub(super) fn is_apart(&self, other: &Self) -> bool {
        let overlap = |start: Rational, end: Rational| end - start <= Rational::new(MAX_OVERLAP.0, MAX_OVERLAP.1);
        let latest = self.start.max(other.start);
        let earliest = self.end.into_iter().chain(other.end).min();
        latest.zip(earliest).is_some_and(|(start, end)| overlap(start, end))
    }

    /// Seconds from its first sample to its last.
    pub(super) fn length(&self) -> Rational {
        self.start.zip(self.end).map_or(Rational::ZERO, |(start, end)| end - start)
    }

    /// The track as a rendition with so many channels: a passthrough if that is asked for and possible.
    pub(super) fn rendition(
        &self,
        id: String,
        channels: u32,
        default: bool,
        ladder: &Ladder,
        timing: &Timing<'_>,
        passthrough: Option<&Passthrough>,
    ) -> Result<Rendition> {
        let copied = passthrough.map(|passthrough| self.copied(channels, ladder, timing, passthrough));
        let (audio, encoded_because) = match copied {
            Some(Ok(audio)) => (audio, None),
            Some(Err(reason)) => (self.encoded(channels, ladder, timing)?, Some(reason)),
            None => (self.encoded(channels, ladder, timing)?, None),
        };
        Ok(Rendition {
            id,
            segment_count: audio.windows.len() as u32,
            codecs: AAC_STRING.into(),
            timescale: audio.sample_rate,
            encoded_because,
            media: Media::Audio(AudioRendition { default, ..audio }),
        })
    }

    /// The track as a passthrough, or why it cannot be one.
    fn copied(
        &self,
        wanted: u32,
        ladder: &Ladder,
        timing: &Timing<'_>,
        passthrough: &Passthrough,
    ) -> std::result::Result<AudioRendition, String> {
        let AudioInfo { channels, sample_rate, .. } = *self.info;
        let configuration = passthrough.audio.iter().find(|(position, _)| *position == self.track.index);
        let (_, configuration) = configuration.ok_or_else(|| match self.track.codec.as_str() {
            "aac" => "its AAC has no configuration beside it".to_owned(),
            codec => format!("its codec is {codec}, not aac"),
        })?;
        if !KEPT_SAMPLE_RATES.contains(&sample_rate) {
            return Err(format!("its sample rate is {sample_rate} Hz"));
        }
        if channels != wanted {
            return Err(format!("it has {channels} channels, not {wanted}"));
        }
        if self.gain(wanted) != Rational::from(1) {
            return Err("its loudness is changed".into());
        }
        let Timing { origin, duration, cuts, .. } = *timing;
        let (info, index, source_bytes) = (self.info, self.index, timing.source_bytes);
        let candidate = AudioCandidate { info, index, configuration, source_bytes, origin, duration, cuts };
        let copied = candidate.copied()?;
        let limit = bit_rate(ladder.audio_bit_rate, channels);
        // A tenth more is let through, as encoders miss their target rate by a few percent.
        if ladder.copy_top == CopyTop::Auto && copied.average_rate > limit + limit / 10 {
            return Err(format!("it has {} b/s, and {limit} are the most", copied.average_rate));
        }
        let coding = AudioCoding::Passthrough {
            audio_specific_config: hex::encode(configuration),
            priming: copied.priming,
            peak_rate: copied.peak_rate,
        };
        let padding = padding(&copied.windows, copied.priming, duration, sample_rate);
        let audio = self.audio_rendition(channels, sample_rate, copied.average_rate, coding, copied.windows);
        Ok(AudioRendition { padding, ..audio })
    }

    /// The track as encoded audio.
    fn encoded(&self, channels: u32, ladder: &Ladder, timing: &Timing<'_>) -> Result<AudioRendition> {
        let in_rate = self.info.sample_rate;
        let sample_rate = if KEPT_SAMPLE_RATES.contains(&in_rate) { in_rate } else { 48_000 };
        let rate = bit_rate(ladder.audio_bit_rate, channels);
        let priming_frames = u32::from(timing.is_primed);
        let windows_of = |index: &TrackIndex| {
            let layout = Layout {
                index,
                counting: self.counting.as_ref(),
                in_rate,
                out_rate: sample_rate,
                origin: timing.origin,
                duration: timing.duration,
                cuts: timing.cuts,
            };
            let mut windows = layout.windows();
            windows.iter_mut().take(1).for_each(|first| first.frames += priming_frames);
            windows
        };
        let windows = windows_of(self.index);
        let other = |other: &&TrackIndex| ChannelTrack { source_track: other.track, windows: windows_of(other) };
        let others = self.others.iter().map(other).collect();
        let padding = padding(&windows, priming_frames * AAC_FRAME as u32, timing.duration, sample_rate);
        let gaps = self.counting.as_ref().map(|counting| counting.gaps(timing.origin));
        let audio = self.audio_rendition(channels, sample_rate, rate, AudioCoding::Encode, windows);
        Ok(AudioRendition { others, gaps, padding, priming_frames, gain: self.gain(channels), ..audio })
    }

    fn gain(&self, channels: u32) -> Rational {
        let is_own = |gain: &&TrackGain| (gain.track, gain.channels) == (self.track.index, channels);
        self.gains.iter().find(is_own).map_or(Rational::from(1), |gain| gain.factor)
    }

    fn audio_rendition(
        &self,
        channels: u32,
        sample_rate: u32,
        bit_rate: u64,
        coding: AudioCoding,
        windows: Vec<AudioWindow>,
    ) -> AudioRendition {
        AudioRendition {
            channels,
            sample_rate,
            bit_rate,
            language: self.track.language.as_deref().map(shortest_tag),
            name: self.name(),
            role: self.role(),
            default: false,
            source_track: self.track.index,
            others: Vec::new(),
            source_time_base: self.index.time_base,
            source_clock: self.index.clock.clone(),
            source_unedited: self.index.shown.as_ref().is_some_and(|shown| shown.is_unedited),
            source_sample_rate: self.info.sample_rate,
            coding,
            parameters: self.index.parameters.clone(),
            gaps: None,
            padding: 0,
            priming_frames: 0,
            gain: Rational::from(1),
            windows,
        }
    }

    /// The author's title, or else the language and what the track is for.
    fn name(&self) -> String {
        let title = self.track.title.as_deref().map(unquoted).filter(|title| !title.is_empty());
        title.unwrap_or_else(|| {
            let language = self.track.language.as_ref().map(|tag| language_name(tag).unwrap_or_else(|| tag.clone()));
            let language = language.unwrap_or_else(|| "Audio".into());
            match self.role() {
                AudioRole::Commentary => format!("{language} (commentary)"),
                AudioRole::Description => format!("{language} (audio description)"),
                AudioRole::HearingImpaired => format!("{language} (clear dialogue)"),
                _ => language,
            }
        })
    }

    fn role(&self) -> AudioRole {
        match self.track.disposition {
            Disposition { commentary: true, .. } => AudioRole::Commentary,
            Disposition { audio_description: true, .. } => AudioRole::Description,
            Disposition { hearing_impaired: true, .. } => AudioRole::HearingImpaired,
            Disposition { dub: true, .. } => AudioRole::Dub,
            _ => AudioRole::Programme,
        }
    }
}

/// Samples of the last AAC frame that are behind the end of the presentation, less than all of them. Copied audio may end
/// before it.
fn padding(windows: &[AudioWindow], priming: u32, duration: Rational, sample_rate: u32) -> u32 {
    let frames: u64 = windows.iter().map(|window| u64::from(window.frames)).sum();
    let presented = (duration * Rational::from(sample_rate)).floor().max(0) as u64;
    (frames * AAC_FRAME).saturating_sub(presented.saturating_add(priming.into())).min(AAC_FRAME - 1) as u32
}

/// Bit rate for a number of channels, from that for stereo: half of it for each channel, and five eighths for mono,
/// which gains nothing from joint coding.
fn bit_rate(stereo: u64, channels: u32) -> u64 {
    match channels {
        1 => stereo * 5 / 8,
        channels => stereo * u64::from(channels) / 2,
    }
}
