//! The audio renditions: encoded, or passed through.

use super::audio::Layout;
use super::error::unsupported;
use super::passthrough::Frames;
use crate::base::{Rational, Result, hex};
use crate::codec::AAC_STRING;
use crate::media::{AudioInfo, CountedFrame, Track as SourceTrack, TrackIndex};
use crate::plan::{AudioCoding, AudioRendition, AudioWindow, CopyTop, Ladder, Media, Rendition};
use crate::probe::Passthrough;

/// Sample rates that are kept; sound of any other is brought to 48 kHz.
const KEPT_SAMPLE_RATES: [u32; 2] = [44_100, 48_000];

/// When the sound of a package is heard.
pub(super) struct Timing<'plan> {
    pub(super) origin: Rational,
    /// Seconds of the presentation.
    pub(super) duration: Rational,
    pub(super) cuts: &'plan [Rational],
    /// Bytes of the whole source.
    pub(super) source_bytes: u64,
}

/// One audio track of the source that is played.
pub(super) struct AudioSource<'probe> {
    pub(super) track: &'probe SourceTrack,
    pub(super) info: &'probe AudioInfo,
    pub(super) index: &'probe TrackIndex,
    pub(super) counted: Option<&'probe [CountedFrame]>,
    pub(super) start: Option<Rational>,
    pub(super) end: Option<Rational>,
}

impl AudioSource<'_> {
    /// CountedFrame is mixed by where its channels belong, which FFmpeg does only where that makes sense to it: some
    /// of the channels are in front, and none lacks its counterpart on the other side. Layouts that do not
    /// have a name of their own are "9 channels" or "2 channels (FL+BR)".
    fn check_layout(&self) -> Result<()> {
        let AudioInfo { channels, layout, .. } = self.info;
        let mixable = match layout.split_once(" channels") {
            None => !layout.starts_with("ambisonic"),
            Some(_) if *channels == 1 => true,
            Some((_, speakers)) => {
                let speakers: Vec<_> = speakers.trim_matches([' ', '(', ')']).split('+').collect();
                let has = |name| speakers.contains(&name);
                let paired = |(left, right)| has(left) == has(right);
                let pairs = [("FL", "FR"), ("FLC", "FRC"), ("SL", "SR"), ("BL", "BR")];
                (has("FL") || has("FC")) && pairs.into_iter().all(paired)
            }
        };
        if mixable {
            return Ok(());
        }
        let track = self.track.index;
        Err(unsupported(format!(
            "the sound of track {track} of the source cannot be mixed from \"{layout}\": give it a usual layout, such as stereo"
        )))
    }

    pub(super) fn rendition(
        &self,
        id: String,
        default: bool,
        ladder: &Ladder,
        timing: &Timing<'_>,
        passthrough: Option<&Passthrough>,
    ) -> Result<Rendition> {
        let copied = passthrough.map(|found| self.copied(ladder, timing, found));
        let (audio, encoded_because) = match copied {
            Some(Ok(audio)) => (audio, None),
            Some(Err(reason)) => (self.encoded(ladder, timing)?, Some(reason)),
            None => (self.encoded(ladder, timing)?, None),
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

    /// The source's own frames as a rendition, or why they cannot be one.
    fn copied(
        &self,
        ladder: &Ladder,
        timing: &Timing<'_>,
        found: &Passthrough,
    ) -> std::result::Result<AudioRendition, String> {
        let AudioInfo { channels, sample_rate, .. } = *self.info;
        let configuration = found.audio.iter().find(|(position, _)| *position == self.track.index);
        let (_, configuration) = configuration.ok_or_else(|| match self.track.codec.as_str() {
            "aac" => "its AAC has no configuration beside it".to_owned(),
            codec => format!("its codec is {codec}, not aac"),
        })?;
        if !KEPT_SAMPLE_RATES.contains(&sample_rate) {
            return Err(format!("its sample rate is {sample_rate} Hz"));
        }
        if channels > ladder.audio_channels || channels == 3 {
            return Err(format!("it has {channels} channels, and {} are the most", ladder.audio_channels));
        }
        let Timing { origin, duration, cuts, .. } = *timing;
        let (info, index, source_bytes) = (self.info, self.index, timing.source_bytes);
        let frames = Frames { info, index, configuration, source_bytes, origin, duration, cuts };
        let copied = frames.copied()?;
        let most = bit_rate(ladder.audio_bit_rate, channels);
        // Encoders do not keep to their rate to the last bit.
        if ladder.copy_top == CopyTop::Auto && copied.average_rate > most + most / 10 {
            return Err(format!("it has {} b/s, and {most} are the most", copied.average_rate));
        }
        let coding = AudioCoding::Passthrough {
            audio_specific_config: hex::encode(configuration),
            priming: copied.priming,
            peak_rate: copied.peak_rate,
        };
        Ok(self.audio_track(channels, sample_rate, copied.average_rate, coding, copied.windows))
    }

    fn encoded(&self, ladder: &Ladder, timing: &Timing<'_>) -> Result<AudioRendition> {
        self.check_layout()?;
        let in_rate = self.info.sample_rate;
        let sample_rate = if KEPT_SAMPLE_RATES.contains(&in_rate) { in_rate } else { 48_000 };
        let channels = match self.info.channels.min(ladder.audio_channels) {
            // The usual three, 2.1, are no channel configuration of AAC.
            3 => 2,
            channels => channels,
        };
        let layout = Layout {
            index: self.index,
            counted: self.counted,
            in_rate,
            out_rate: sample_rate,
            origin: timing.origin,
            duration: timing.duration,
            cuts: timing.cuts,
        };
        let rate = bit_rate(ladder.audio_bit_rate, channels);
        Ok(self.audio_track(channels, sample_rate, rate, AudioCoding::Encode, layout.windows()))
    }

    fn audio_track(
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
            language: self.track.language.clone(),
            name: self.name(),
            default: false,
            source_track: self.track.index,
            source_time_base: self.index.time_base,
            source_sample_rate: self.info.sample_rate,
            coding,
            windows,
        }
    }

    fn name(&self) -> String {
        let printable = |text: &String| text.chars().filter(|c| !c.is_control() && *c != '"').collect::<String>();
        let stated = self.track.title.as_ref().or(self.track.language.as_ref()).map(printable);
        stated.filter(|name| !name.is_empty()).unwrap_or_else(|| "Audio".into())
    }
}

/// A stereo track's rate, shared out by channels: mono gets five eighths, each further pair as much again.
fn bit_rate(stereo: u64, channels: u32) -> u64 {
    match channels {
        1 => stereo * 5 / 8,
        channels => stereo * u64::from(channels) / 2,
    }
}
