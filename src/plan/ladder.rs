//! What the caller wants: the rungs of the ladder and how they are encoded.

use serde::{Deserialize, Serialize};

use super::clip::Clip;
use super::storyboard::StoryboardOptions;
use super::watermark::Watermark;
use crate::base::{Error, Rational, Result, setters};
use crate::codec::Profile;

/// How a video is to be encoded. [`Default`] is a ladder that suits most.
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
    /// The renditions, by their short side. Those above the source's own short side are left out, so that
    /// nothing is scaled up; where all are above, one rendition of the source's own size is made.
    /// 32 at most; of equal ones the first counts. None is enough where the top is [always](CopyTop::Always)
    /// copied. Default: 1080, 720, 480, 360 and 240.
    pub rungs: Vec<Rung>,
    /// x264's preset, from `"ultrafast"` to `"veryslow"`: slower ones give smaller files.
    /// Default: `"veryfast"`.
    pub preset: String,
    /// Constant rate factor, 1 (best) to 51 (worst), for rungs that do not set their own.
    /// Default: 23.
    pub crf: f64,
    /// Bits per second of a stereo track; other channel counts get their share. 16 000 to 512 000.
    /// Default: 128 000.
    pub audio_bit_rate: u64,
    /// At most so many channels; sources with more are mixed down, and those with three to two, as AAC has no
    /// number for the usual three. 1 to 6. Default: 2.
    pub audio_channels: u32,
    /// Seconds of a segment, 1 to 30; made a whole number of keyframe distances. Default: 4.
    pub segment_seconds: Rational,
    /// Seconds from one keyframe to the next, 0.5 to `segment_seconds`; made a whole number of frames.
    /// Default: 2.
    pub keyframe_seconds: Rational,
    /// At most so many frames per second, and half a percent, so that 29.97 is 30 as well; 1 to 240. A faster
    /// source keeps every second or every nth frame. Default: 60.
    pub max_frame_rate: Rational,
    /// Whether the source's own video becomes the top rung as it is, instead of being encoded, and its own AAC the
    /// sound. All renditions are then cut at keyframes of the source, so that segments may have other lengths than
    /// `segment_seconds`. Default: [never](CopyTop::Never).
    pub copy_top: CopyTop,
    /// A storyboard, for videos that have pictures: sheets of small pictures for players to show over their
    /// seek bar. Default: none.
    pub storyboard: Option<StoryboardOptions>,
    /// The part of the video that is made. Default: all of it.
    pub clip: Option<Clip>,
    /// A picture over all pictures, which are then encoded. Default: none.
    pub watermark: Option<Watermark>,
}

/// Whether the source's own video becomes the top rung as it is.
///
/// It has to be H.264 (Constrained Baseline, Main or High, 8 bits, 4:2:0, limited range) with pictures evenly spaced,
/// upright, progressive, with square pixels, and no parameters that change within. Segments begin with IDR pictures
/// alone, after which no picture of those before is shown. CountedFrame has to be AAC-LC without gaps at 44.1 or 48 kHz, in a
/// container that describes it (not MPEG-TS), with no more channels than the ladder has, from the first picture to
/// half a second before the last. What is not copied is encoded, sound also with [`Always`](Self::Always), and the
/// plan's tracks say why.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CopyTop {
    /// Everything is encoded.
    #[default]
    Never,
    /// It is copied where it has the size of the top rung and bit rates that the rung allows, with keyframes no
    /// farther apart than three times `segment_seconds`, no [clip](Ladder::clip) is cut out of it, and no
    /// [watermark](Ladder::watermark) comes over it.
    Auto,
    /// It is copied whatever bit rates it has, with keyframes up to 45 seconds apart, above all rungs where none has
    /// its size. Where that is not possible, planning fails with [`Unsupported`](crate::ErrorKind::Unsupported) and
    /// says why.
    Always,
}

/// One rendition of a [`Ladder`]. What is `None` follows from the picture's size and rate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Rung {
    /// The shorter side of the picture in pixels, even, 64 to 4320: the height of a wide video, the width
    /// of a tall one.
    pub short_side: u32,
    /// Constant rate factor; `None`: that of the ladder.
    #[serde(default)]
    pub crf: Option<f64>,
    /// The most bits per second, over the time that the buffer holds. Each segment begins with the buffer
    /// nine tenths full, so a single one may have that much more.
    #[serde(default)]
    pub max_rate: Option<u64>,
    /// Bits that the decoder's buffer holds; `None`: two seconds of `max_rate`.
    #[serde(default)]
    pub buffer_size: Option<u64>,
    /// H.264 profile; `None`: High. The preset ultrafast has no more than Baseline.
    #[serde(default)]
    pub profile: Option<Profile>,
}

/// More renditions than anybody makes of one video.
pub(crate) const MAX_RUNGS: usize = 32;

impl Rung {
    /// The rung with this short side, the rest following from it.
    pub fn new(short_side: u32) -> Self {
        Self { short_side, crf: None, max_rate: None, buffer_size: None, profile: None }
    }
}

/// x264's presets, how many reference frames each uses, and the highest profile whose tools it uses:
/// x264 states no higher one than that.
const PRESETS: [(&str, u32, Profile); 9] = [
    ("ultrafast", 1, Profile::Baseline),
    ("superfast", 1, Profile::High),
    ("veryfast", 1, Profile::High),
    ("faster", 2, Profile::High),
    ("fast", 2, Profile::High),
    ("medium", 3, Profile::High),
    ("slow", 5, Profile::High),
    ("slower", 8, Profile::High),
    ("veryslow", 16, Profile::High),
];

impl Default for Ladder {
    fn default() -> Self {
        Self {
            rungs: [1080, 720, 480, 360, 240].map(Rung::new).into(),
            preset: "veryfast".into(),
            crf: 23.0,
            audio_bit_rate: 128_000,
            audio_channels: 2,
            segment_seconds: Rational::from(4),
            keyframe_seconds: Rational::from(2),
            max_frame_rate: Rational::from(60),
            copy_top: CopyTop::Never,
            storyboard: None,
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
    segment_seconds: into Rational,
    keyframe_seconds: into Rational,
    max_frame_rate: into Rational,
    copy_top: CopyTop,
    storyboard: into Option<StoryboardOptions>,
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

    /// Says which setting is out of its range, if one is.
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
            let message = "the ladder has no rungs: name at least one, such as 720, or have the top always copied";
            return Err(Error::invalid(message));
        }
        if self.rungs.len() > MAX_RUNGS {
            return Err(Error::invalid(format!("the ladder has {} rungs, but {MAX_RUNGS} at most", self.rungs.len())));
        }
        self.preset_tools()?;
        check_crf(self.crf)?;
        for rung in &self.rungs {
            rung.check()?;
        }
        let half = Rational::new(1, 2);
        let bit_rate = i64::try_from(self.audio_bit_rate).unwrap_or(i64::MAX);
        in_range("the audio bit rate", bit_rate.into(), 16_000.into(), 512_000.into())?;
        in_range("the number of audio channels", i64::from(self.audio_channels).into(), 1.into(), 6.into())?;
        in_range("the segment duration", self.segment_seconds, 1.into(), 30.into())?;
        in_range("the keyframe distance", self.keyframe_seconds, half, self.segment_seconds)?;
        in_range("the frame-rate cap", self.max_frame_rate, 1.into(), 240.into())?;
        self.storyboard.as_ref().map_or(Ok(()), StoryboardOptions::check)?;
        if self.clip.is_some() && self.copy_top == CopyTop::Always {
            return Err(Error::invalid("a clip is encoded: its top cannot always be copied"));
        }
        self.clip.as_ref().map_or(Ok(()), Clip::check)?;
        self.watermark.as_ref().map_or(Ok(()), Watermark::check)
    }

    /// Reference frames of the preset, and the highest profile that comes of it.
    pub(crate) fn preset_tools(&self) -> Result<(u32, Profile)> {
        preset_tools(&self.preset).ok_or_else(|| {
            let names: Vec<_> = PRESETS.iter().map(|(name, ..)| *name).collect();
            Error::invalid(format!("\"{}\" is not a preset: choose one of {}", self.preset, names.join(", ")))
        })
    }
}

/// Reference frames of x264's preset of this name, and the highest profile that comes of it.
pub(super) fn preset_tools(preset: &str) -> Option<(u32, Profile)> {
    let found = PRESETS.iter().find(|(name, ..)| *name == preset);
    found.map(|(_, references, profile)| (*references, *profile))
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
        let cases: [(&str, Change); 15] = [
            ("33 rungs", |ladder| ladder.rungs = vec![Rung::new(480); 33]),
            ("bit rate is 9223372036854775807", |ladder| ladder.audio_bit_rate = u64::MAX),
            ("no rungs", |ladder| ladder.rungs.clear()),
            ("short side", |ladder| ladder.rungs = vec![Rung::new(481)]),
            ("short side", |ladder| ladder.rungs = vec![Rung::new(0)]),
            ("not a preset", |ladder| ladder.preset = "fastest".into()),
            ("crf", |ladder| ladder.crf = f64::NAN),
            ("crf", |ladder| ladder.rungs = vec![Rung::new(480).crf(52.0)]),
            ("audio bit rate", |ladder| ladder.audio_bit_rate = 0),
            ("segment duration", |ladder| ladder.segment_seconds = 0.into()),
            ("keyframe distance", |ladder| ladder.keyframe_seconds = 5.into()),
            ("frame-rate cap", |ladder| ladder.max_frame_rate = 0.into()),
            ("from -1 s to the end", |ladder| ladder.clip = Some(Clip { start: (-1).into(), end: None })),
            ("from 2 s to 2 s", |ladder| ladder.clip = Some(Clip { start: 2.into(), end: Some(2.into()) })),
            ("a clip is encoded", |ladder| {
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
