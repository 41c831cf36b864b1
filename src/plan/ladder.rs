//! The ladder: which renditions a caller asks for, and how they are encoded.

use serde::{Deserialize, Serialize};

use super::clip::Clip;
use super::storyboard::StoryboardOptions;
use super::watermark::Watermark;
use crate::base::{Error, Rational, Result, setters};
use crate::codec::Profile;

/// Which renditions to make of a video, and how to encode them. [`Default`] suits most videos.
///
/// ```
/// use vodkit::{Ladder, Rung};
/// let simple = Ladder::default().rungs([720, 480]).preset("medium");
/// let capped = Ladder::default().rungs([Rung::new(720), Rung::new(480).max_rate(900_000)]);
/// # assert_eq!((simple.rungs.len(), capped.rungs[1].max_rate), (2, Some(900_000)));
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Ladder {
    /// The video renditions, by their short side: at most 32, of which the first counts where two have the same side.
    /// Rungs above the source's short side are left out, so that nothing is scaled up; if all are above it, one
    /// rendition of the source's size is made. May be empty if the top is [always](CopyTop::Always) copied. Default:
    /// 1080, 720, 480, 360 and 240.
    pub rungs: Vec<Rung>,
    /// x264's preset, from `"ultrafast"` to `"veryslow"`: slower presets give smaller files. Default: `"veryfast"`.
    pub preset: String,
    /// Constant rate factor, 1 (best) to 51 (worst), for rungs that do not set their own. Default: 23.
    pub crf: f64,
    /// Bits per second of stereo audio, 16 000 to 512 000; other channel counts get a proportional rate. Default:
    /// 128 000.
    pub audio_bit_rate: u64,
    /// Maximum number of audio channels, 1 to 6. Sources with more are mixed down by ITU-R BS.775, without what only deep
    /// tones are for (LFE); a limiter keeps true peaks below -1.5 dBTP then. With 4 and up, sound of more than three channels
    /// becomes two renditions: stereo, and one with them. Default: 2.
    pub audio_channels: u32,
    /// Integrated loudness of the audio in LUFS by EBU R 128, -40 to -5: all of it is measured when it is planned, as it is
    /// mixed, and made louder, by 24 dB at most, or quieter. True peaks are limited to -1.5 dBTP before it is encoded, which
    /// takes some loudness from where much stands out. It is not copied then. For the web -16 is usual, for broadcasts -23. Default: as the source has it.
    pub loudness: Option<f64>,
    /// Segment duration in seconds, 1 to 30, rounded to whole keyframe intervals. Default: 4.
    pub segment_seconds: Rational,
    /// Duration of the first segment of encoded video, and of what goes with it, in seconds, 0.5 to `segment_seconds`,
    /// rounded to whole frames: a shorter one is made sooner, where somebody waits for it. Default: as long as the others.
    pub first_segment_seconds: Option<Rational>,
    /// Keyframe interval in seconds, 0.5 to `segment_seconds`, rounded to whole frames. Default: 2.
    pub keyframe_seconds: Rational,
    /// Maximum frame rate, 1 to 240, with half a percent of tolerance, so that 29.97 admits 30. Of a faster source
    /// every second, or every nth, frame is kept. Default: 60.
    pub max_frame_rate: Rational,
    /// Whether to copy the source's video as the top rung instead of encoding it, and its AAC as the audio. All
    /// renditions are then cut at keyframes of the source, so that segment durations may differ from `segment_seconds`.
    /// Default: [never](CopyTop::Never).
    pub copy_top: CopyTop,
    /// A storyboard, if the source has video: sheets of small pictures that players show over their seek bar. Default:
    /// none.
    pub storyboard: Option<StoryboardOptions>,
    /// Whether text of the source, such as subtitles, becomes renditions in WebVTT. Default: true.
    pub text: bool,
    /// The part of the video to make. Default: all of it.
    pub clip: Option<Clip>,
    /// An image to lay over the video, which is then always encoded. Default: none.
    pub watermark: Option<Watermark>,
}

/// Whether the source's video becomes the top rung without being encoded (passthrough).
///
/// The video has to be H.264 (Constrained Baseline, Main or High, 8 bits, 4:2:0, limited range), with evenly spaced
/// frames, no rotation, progressive, with square pixels and constant parameter sets. Segments begin only at IDR
/// pictures after which no frame from before them is shown. The audio has to be AAC-LC at 44.1 or 48 kHz without gaps,
/// in a container that describes it (not MPEG-TS), with no more channels than the ladder allows, from the first frame
/// to at least half a second before the end of the video. Whatever cannot be copied is encoded, and the plan's
/// renditions say why; that holds for audio with [`Always`](Self::Always) too.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CopyTop {
    /// Everything is encoded.
    #[default]
    Never,
    /// Copied if it has the size of the top rung, bit rates within what the rung allows, and keyframes no farther apart
    /// than three times `segment_seconds`, and there is no [clip](Ladder::clip) and no
    /// [watermark](Ladder::watermark).
    Auto,
    /// Copied whatever its bit rates, with keyframes up to 45 seconds apart, and above all rungs if none has its size.
    /// If that is not possible, planning fails with [`Unsupported`](crate::ErrorKind::Unsupported) and says why.
    Always,
}

/// One video rendition of a [`Ladder`]. Fields that are `None` follow from the frame size and frame rate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Rung {
    /// The shorter side in pixels, even, 64 to 4320: the height of a landscape video, the width of a portrait one.
    pub short_side: u32,
    /// Constant rate factor, 1 to 51; `None`: that of the ladder.
    #[serde(default)]
    pub crf: Option<f64>,
    /// Maximum bits per second over the decoder's buffer (VBV), 50 000 to 240 000 000; `None`: by frame size and rate.
    /// All segments keep one continuous buffer, so none has more, but for what not even the coarsest quantizer brings
    /// below.
    #[serde(default)]
    pub max_rate: Option<u64>,
    /// Size of the decoder's buffer (VBV) in bits, 50 000 to 2 000 000 000; `None`: two seconds of `max_rate`.
    #[serde(default)]
    pub buffer_size: Option<u64>,
    /// H.264 profile; `None`: High. The preset ultrafast never exceeds Baseline.
    #[serde(default)]
    pub profile: Option<Profile>,
}

/// Maximum number of rungs, several times what services use (Apple's example ladder for HLS has 9).
pub(crate) const MAX_RUNGS: usize = 32;

impl Rung {
    /// A rung with this short side; everything else is derived from it.
    pub fn new(short_side: u32) -> Self {
        Self { short_side, crf: None, max_rate: None, buffer_size: None, profile: None }
    }
}

/// What an x264 preset brings along.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PresetTools {
    pub(crate) references: u32,
    /// The highest profile whose tools it uses, which is the one that x264 then signals.
    pub(crate) profile: Profile,
    /// Tenths of the decoder's buffer that are nearly always left: with a look-ahead x264 aims at five, without
    /// one it empties it.
    pub(crate) kept_tenths: u64,
}

/// x264's presets with their number of reference frames (`--fullhelp`, `--preset`).
const PRESETS: [(&str, PresetTools); 9] = [
    ("ultrafast", PresetTools { references: 1, profile: Profile::Baseline, kept_tenths: 0 }),
    ("superfast", PresetTools { references: 1, profile: Profile::High, kept_tenths: 2 }),
    ("veryfast", looking_ahead(1)),
    ("faster", looking_ahead(2)),
    ("fast", looking_ahead(2)),
    ("medium", looking_ahead(3)),
    ("slow", looking_ahead(5)),
    ("slower", looking_ahead(8)),
    ("veryslow", looking_ahead(16)),
];

const fn looking_ahead(references: u32) -> PresetTools {
    PresetTools { references, profile: Profile::High, kept_tenths: 4 }
}

impl Default for Ladder {
    fn default() -> Self {
        Self {
            rungs: [1080, 720, 480, 360, 240].map(Rung::new).into(),
            preset: "veryfast".into(),
            crf: 23.0,
            audio_bit_rate: 128_000,
            audio_channels: 2,
            loudness: None,
            segment_seconds: Rational::from(4),
            first_segment_seconds: None,
            keyframe_seconds: Rational::from(2),
            max_frame_rate: Rational::from(60),
            copy_top: CopyTop::Never,
            storyboard: None,
            text: true,
            clip: None,
            watermark: None,
        }
    }
}

setters!(Ladder {
    preset: into String,
    crf: f64,
    audio_bit_rate: u64,
    audio_channels: u32,
    loudness: into Option<f64>,
    segment_seconds: into Rational,
    first_segment_seconds: into Option<Rational>,
    keyframe_seconds: into Rational,
    max_frame_rate: into Rational,
    copy_top: CopyTop,
    storyboard: into Option<StoryboardOptions>,
    text: bool,
    clip: into Option<Clip>,
    watermark: into Option<Watermark>,
});

setters!(Rung { crf: into Option<f64>, max_rate: into Option<u64>, buffer_size: into Option<u64>, profile: into Option<Profile> });

impl From<u32> for Rung {
    fn from(short_side: u32) -> Self {
        Self::new(short_side)
    }
}

impl Ladder {
    /// Sets `rungs`: each a [`Rung`], or just its short side.
    #[must_use]
    pub fn rungs<R: Into<Rung>>(self, rungs: impl IntoIterator<Item = R>) -> Self {
        Self { rungs: rungs.into_iter().map(Into::into).collect(), ..self }
    }

    /// Checks that all settings are in range.
    ///
    /// # Errors
    /// [`InvalidArgument`](crate::ErrorKind::InvalidArgument), naming the setting and its range.
    pub fn check(&self) -> Result<()> {
        let in_range = |name: &str, value: Rational, low: Rational, high: Rational| {
            if value < low || value > high {
                return Err(Error::invalid(format!("{name} is {value}, but must be from {low} to {high}")));
            }
            Ok(())
        };
        if self.rungs.is_empty() && self.copy_top != CopyTop::Always {
            let message = "the ladder has no rungs: give at least one, such as 720, or set copy_top to always";
            return Err(Error::invalid(message));
        }
        if self.rungs.len() > MAX_RUNGS {
            let message = format!("the ladder has {} rungs, but may have at most {MAX_RUNGS}", self.rungs.len());
            return Err(Error::invalid(message));
        }
        self.preset_tools()?;
        check_crf(self.crf)?;
        for rung in &self.rungs {
            rung.check()?;
        }
        let half = Rational::new(1, 2);
        let bit_rate = i64::try_from(self.audio_bit_rate).unwrap_or(i64::MAX);
        in_range("audio_bit_rate", bit_rate.into(), 16_000.into(), 512_000.into())?;
        in_range("audio_channels", i64::from(self.audio_channels).into(), 1.into(), 6.into())?;
        if let Some(loudness) = self.loudness.filter(|loudness| !(-40.0..=-5.0).contains(loudness)) {
            return Err(Error::invalid(format!("loudness is {loudness} LUFS, but must be from -40 to -5")));
        }
        in_range("segment_seconds", self.segment_seconds, 1.into(), 30.into())?;
        let in_segment = |name: &str, value: Rational| {
            let segment = self.segment_seconds;
            if value < half || value > segment {
                let message = format!("{name} is {value}, but must be from {half} to segment_seconds, {segment}");
                return Err(Error::invalid(message));
            }
            Ok(())
        };
        in_segment("keyframe_seconds", self.keyframe_seconds)?;
        self.first_segment_seconds.map_or(Ok(()), |first| in_segment("first_segment_seconds", first))?;
        in_range("max_frame_rate", self.max_frame_rate, 1.into(), 240.into())?;
        self.storyboard.as_ref().map_or(Ok(()), StoryboardOptions::check)?;
        if self.clip.is_some() && self.copy_top == CopyTop::Always {
            return Err(Error::invalid("a clip is always encoded: leave out the clip, or set copy_top to auto"));
        }
        self.clip.as_ref().map_or(Ok(()), Clip::check)?;
        self.watermark.as_ref().map_or(Ok(()), Watermark::check)
    }

    /// What the preset brings along.
    pub(crate) fn preset_tools(&self) -> Result<PresetTools> {
        preset_tools(&self.preset).ok_or_else(|| {
            let names: Vec<_> = PRESETS.iter().map(|(name, ..)| *name).collect();
            Error::invalid(format!("\"{}\" is not a preset: choose one of {}", self.preset, names.join(", ")))
        })
    }
}

/// What an x264 preset brings along; `None` for an unknown preset.
pub(super) fn preset_tools(preset: &str) -> Option<PresetTools> {
    PRESETS.iter().find(|(name, _)| *name == preset).map(|(_, tools)| *tools)
}

impl Rung {
    fn check(&self) -> Result<()> {
        let side = self.short_side;
        if !(64..=4320).contains(&side) || !side.is_multiple_of(2) {
            return Err(Error::invalid(format!("a rung's short side is {side}, but must be even and from 64 to 4320")));
        }
        if let Some(rate) = self.max_rate.filter(|rate| !(50_000..=240_000_000).contains(rate)) {
            return Err(Error::invalid(format!(
                "the {side} rung's maximum rate is {rate} b/s, but must be from 50000 to 240000000"
            )));
        }
        if let Some(size) = self.buffer_size.filter(|size| !(50_000..=2_000_000_000).contains(size)) {
            return Err(Error::invalid(format!(
                "the {side} rung's buffer is {size} bits, but must be from 50000 to 2000000000"
            )));
        }
        self.crf.map_or(Ok(()), check_crf)
    }
}

fn check_crf(crf: f64) -> Result<()> {
    if (1.0..=51.0).contains(&crf) {
        Ok(())
    } else {
        Err(Error::invalid(format!("the crf is {crf}, but must be from 1 to 51")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_setting_out_of_range_is_named() {
        type Change = fn(&mut Ladder);
        let cases: [(&str, Change); 18] = [
            ("loudness is NaN", |ladder| ladder.loudness = Some(f64::NAN)),
            ("33 rungs", |ladder| ladder.rungs = vec![Rung::new(480); 33]),
            ("audio_bit_rate is 9223372036854775807", |ladder| ladder.audio_bit_rate = u64::MAX),
            ("no rungs", |ladder| ladder.rungs.clear()),
            ("short side", |ladder| ladder.rungs = vec![Rung::new(481)]),
            ("short side", |ladder| ladder.rungs = vec![Rung::new(0)]),
            ("not a preset", |ladder| ladder.preset = "fastest".into()),
            ("crf", |ladder| ladder.crf = f64::NAN),
            ("crf", |ladder| ladder.rungs = vec![Rung::new(480).crf(52.0)]),
            ("audio_bit_rate", |ladder| ladder.audio_bit_rate = 0),
            ("segment_seconds", |ladder| ladder.segment_seconds = 0.into()),
            ("to segment_seconds, 4", |ladder| ladder.keyframe_seconds = 5.into()),
            ("first_segment_seconds is 5,", |ladder| ladder.first_segment_seconds = Some(5.into())),
            ("first_segment_seconds is 1/4,", |ladder| ladder.first_segment_seconds = Some(Rational::new(1, 4))),
            ("max_frame_rate", |ladder| ladder.max_frame_rate = 0.into()),
            ("from -1 s to the end", |ladder| ladder.clip = Some(Clip { start: (-1).into(), end: None })),
            ("from 2 s to 2 s", |ladder| ladder.clip = Some(Clip { start: 2.into(), end: Some(2.into()) })),
            ("a clip is always encoded", |ladder| {
                ladder.clip = Some(Clip { start: 2.into(), end: None });
                ladder.copy_top = CopyTop::Always;
            }),
        ];
        assert!(Ladder::default().check().is_ok());
        for (words, change) in cases {
            let mut ladder = Ladder::default();
            change(&mut ladder);
            let message = ladder.check().unwrap_err().to_string();
            assert!(message.contains(words), "{message}");
        }
    }
}
