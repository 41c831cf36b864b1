//! What a plan must keep to, wherever it comes from: plans are stored and sent about by hosts, and callers
//! can write their fields. Making segments relies on it: what holds here can be calculated with, and takes
//! no more memory than a ladder can ask for.

use std::ops::RangeInclusive;

use super::captions::check_captions;
use super::ladder::preset_tools;
use super::parts::Parts;
use super::rendition::{
    AudioCoding, AudioRendition, AudioStart, AudioWindow, Media, Rendition, VideoCoding, VideoRendition,
};
use super::source_video::SourceVideo;
use super::storyboard::{
    MAX_TILE, MAX_TILES_PER_LINE, STORYBOARD_CODEC, STORYBOARD_TIMESCALE, Storyboard, Tile, is_interval, tiles,
};
use super::watermark::Watermark;
use crate::base::{Rational, hex};
use crate::codec::{AAC_FRAME, AAC_STRING, Configuration, LevelRequest, aac_lc, avc_string, avc_string_of, level_for};
use crate::layout::is_rendition_id;
use crate::media::{MAX_TIME, SeekPoint, is_language};

/// The longest side that a rendition has; more is beyond what players decode.
pub(crate) const MAX_SIDE: u32 = 8192;

/// The most pictures that any picture of H.264 waits for.
pub(crate) const MAX_REORDER_FRAMES: u32 = 16;

/// Seconds that a package lasts at most: 30 days.
pub(crate) const MAX_SECONDS: i64 = 30 * 24 * 3600;
/// Seconds of a segment: a ladder asks for 30 at most, and whole keyframe distances may make 40 of them.
pub(crate) const MAX_SEGMENT_SECONDS: i64 = 45;
/// What the last segment may have more, as a rest of less than half a segment goes with it.
const MAX_WINDOW_SECONDS: i64 = MAX_SEGMENT_SECONDS * 3 / 2;
/// Bytes of what a decoder is set up with, where it is the source's.
const MAX_EXTRADATA_BYTES: usize = 64 * 1024;
/// Frames per second: the highest cap of a ladder, and a little.
const MAX_FRAME_RATE: i64 = 250;
/// Tracks of a plan.
pub(crate) const MAX_RENDITIONS: usize = 128;
/// Sample rates of sources: beyond them the resampler needs more around a segment than the plan gives it.
const SOURCE_RATES: RangeInclusive<u32> = 1000..=768_000;

type Check = std::result::Result<(), String>;

fn ensure(holds: bool, message: impl FnOnce() -> String) -> Check {
    if holds { Ok(()) } else { Err(message()) }
}

impl Parts {
    /// Says what is wrong, if anything is.
    pub(super) fn check(&self) -> Check {
        ensure((1..=MAX_RENDITIONS).contains(&self.renditions.len()), || {
            format!("it has {} renditions, not 1 to {MAX_RENDITIONS}", self.renditions.len())
        })?;
        self.video.as_ref().map_or(Ok(()), |video| video.check())?;
        for (number, rendition) in self.renditions.iter().enumerate() {
            let same = self.renditions.iter().take(number).any(|other| other.id == rendition.id);
            ensure(!same, || format!("two renditions are called \"{}\"", rendition.id))?;
            rendition.check().map_err(|message| format!("rendition \"{}\": {message}", rendition.id))?;
        }
        check_captions(&self.captions)?;
        let longest = self.renditions.iter().map(Rendition::duration).max();
        ensure(longest == Some(self.duration), || "its duration is not that of its longest rendition".into())
    }
}

impl Rendition {
    fn check(&self) -> Check {
        ensure(is_rendition_id(&self.id), || "its id is not a plain name".into())?;
        ensure(self.timescale > 0, || "its timescale is 0".into())?;
        let (windows, codecs) = match &self.media {
            Media::Video(source, video) => {
                video.check(source)?;
                let ticks = Rational::from(self.timescale) / source.frame_rate;
                ensure(ticks.den() == 1, || "a frame is not a whole number of ticks".into())?;
                (source.windows.len(), video.codecs(source.keyframe_interval == 1)?)
            }
            Media::Audio(audio) => {
                audio.check()?;
                ensure(self.timescale == audio.sample_rate, || "its timescale is not its sample rate".into())?;
                (audio.windows.len(), AAC_STRING.to_owned())
            }
            Media::Storyboard(source, storyboard) => {
                storyboard.check(source)?;
                ensure(self.timescale == STORYBOARD_TIMESCALE, || "its timescale is not that of storyboards".into())?;
                (storyboard.sheets() as usize, STORYBOARD_CODEC.to_owned())
            }
        };
        ensure(self.segment_count as usize == windows, || {
            format!("it has {} segments but {windows} windows", self.segment_count)
        })?;
        ensure(self.codecs == codecs, || "its codec string is not that of its codec".into())
    }
}

impl VideoRendition {
    fn check(&self, source: &SourceVideo) -> Check {
        let side = |side: u32| (2..=MAX_SIDE).contains(&side) && side.is_multiple_of(2);
        ensure(side(self.width) && side(self.height), || format!("its size is {}x{}", self.width, self.height))?;
        let (preset, crf, references) = match &self.coding {
            VideoCoding::Encode { preset, crf, references } => (preset, *crf, *references),
            VideoCoding::Passthrough { reorder, .. } => {
                return ensure(*reorder <= MAX_REORDER_FRAMES, || format!("its pictures wait for {reorder} others"));
            }
        };
        ensure(preset_tools(preset).is_some(), || "its preset is none of x264's".into())?;
        ensure((1.0..=51.0).contains(&crf), || format!("its crf is {crf}"))?;
        ensure(self.max_rate >= 1000 && self.buffer_size >= 1000, || "its rate or buffer is too small".into())?;
        ensure(references > 0, || "it has no reference frames".into())?;
        // The level bounds rate, buffer, and the memory that reference frames take.
        let &Self { width, height, profile, max_rate, buffer_size, .. } = self;
        let frame_rate = source.frame_rate;
        let request = LevelRequest { width, height, frame_rate, profile, max_rate, buffer_size, references };
        ensure(level_for(&request) == Some((self.level, references)), || {
            format!("level {} does not hold it", self.level)
        })
    }

    /// The codec string that the track has to have.
    fn codecs(&self, all_key: bool) -> Result<String, String> {
        let VideoCoding::Passthrough { parameter_sets, .. } = &self.coding else {
            return Ok(avc_string(self.profile, self.level, all_key));
        };
        let sets = |bytes: &Vec<u8>| bytes.len() <= MAX_EXTRADATA_BYTES && bytes.first() == Some(&0);
        let bytes = hex::decode(parameter_sets).filter(sets);
        let configuration = Configuration::read(&bytes.ok_or("its parameter sets cannot be read")?)?;
        let sequence = configuration.sequence()?;
        let size = (u32::from(sequence.width), u32::from(sequence.height));
        ensure(size == (self.width, self.height), || "its size is not that of its parameter sets".into())?;
        let id = sequence.profile_level_id;
        Ok(avc_string_of(id.profile_idc, id.profile_iop, id.level_idc))
    }
}

impl Storyboard {
    fn check(&self, source: &SourceVideo) -> Check {
        let side = |side: u32, most| (2..=most).contains(&side) && side.is_multiple_of(2);
        let (widest, highest) = MAX_TILE;
        ensure(side(self.width, widest) && side(self.height, highest), || {
            format!("its tiles are {}x{}", self.width, self.height)
        })?;
        let lines = 1..=MAX_TILES_PER_LINE;
        ensure(lines.contains(&self.columns) && lines.contains(&self.rows), || {
            format!("a sheet has {}x{} tiles", self.columns, self.rows)
        })?;
        ensure(is_interval(self.interval), || format!("its interval is {}", self.interval))?;
        let tiles = tiles(source, self.interval);
        ensure(self.tiles.len() as u64 == tiles, || format!("it has {} tiles, not {tiles}", self.tiles.len()))?;
        ensure(self.tiles.iter().all(Tile::is_near), || "a tile is out of reach".into())
    }
}

impl Tile {
    fn is_near(&self) -> bool {
        self.seek.is_near() && is_near(self.time)
    }
}

impl AudioRendition {
    fn check(&self) -> Check {
        // Three, and more than six, have no number among AAC's channel configurations, or no use.
        ensure(matches!(self.channels, 1 | 2 | 4..=6), || format!("it has {} channels", self.channels))?;
        ensure((8000..=96_000).contains(&self.sample_rate), || format!("its sample rate is {}", self.sample_rate))?;
        ensure(SOURCE_RATES.contains(&self.source_sample_rate), || {
            let (low, high) = SOURCE_RATES.into_inner();
            format!("its source has {} samples a second, not {low} to {high}", self.source_sample_rate)
        })?;
        ensure(self.source_time_base > Rational::ZERO, || "its time base is not positive".into())?;
        ensure((1000..=10_000_000).contains(&self.bit_rate), || format!("its bit rate is {}", self.bit_rate))?;
        let language = self.language.as_deref().is_none_or(is_language);
        ensure(language, || "its language is no language tag".into())?;
        let printable = !self.name.chars().any(|c| c.is_control() || c == '"');
        ensure(printable, || "its name cannot be written into a manifest".into())?;
        let valid = !self.windows.is_empty() && self.windows.iter().all(|window| window.is_valid(self.sample_rate));
        ensure(valid, || "a window is empty, too long, or out of reach".into())?;
        self.check_coding()?;
        let frames: u64 = self.windows.iter().map(|window| u64::from(window.frames)).sum();
        ensure(frames <= MAX_SECONDS as u64 * u64::from(self.sample_rate) / AAC_FRAME, too_long)
    }
}

impl AudioRendition {
    fn check_coding(&self) -> Check {
        let AudioCoding::Passthrough { audio_specific_config, priming, .. } = &self.coding else { return Ok(()) };
        let bytes = hex::decode(audio_specific_config).filter(|bytes| bytes.len() <= MAX_EXTRADATA_BYTES);
        let found = bytes.and_then(|bytes| aac_lc(&bytes));
        ensure(found == Some((self.sample_rate, self.channels)), || "its configuration is another's".into())?;
        ensure(self.source_sample_rate == self.sample_rate, || "it is copied, but at another rate".into())?;
        ensure(self.windows.iter().all(|window| window.start.is_some()), || "a copied window has no start".into())?;
        let first = self.windows.first().map_or(0, |window| u64::from(window.frames) * AAC_FRAME);
        ensure(u64::from(*priming) < first && u64::from(*priming) < 2 * AAC_FRAME, || {
            format!("{priming} samples are primed")
        })
    }
}

impl AudioWindow {
    fn is_valid(&self, sample_rate: u32) -> bool {
        let most = MAX_WINDOW_SECONDS as u64 * u64::from(sample_rate) / AAC_FRAME + 1;
        self.frames > 0 && u64::from(self.frames) <= most && self.start.as_ref().is_none_or(AudioStart::is_near)
    }
}

impl AudioStart {
    fn is_near(&self) -> bool {
        self.seek.is_near() && is_near(self.time) && is_near(self.sample)
    }
}

impl SourceVideo {
    fn check(&self) -> Check {
        let watermark = self.watermark.as_ref().map_or(Ok(()), Watermark::check);
        watermark.map_err(|error| error.to_string())?;
        let rate = self.frame_rate;
        ensure(self.width > 0 && self.height > 0, || "the pictures have no size".into())?;
        ensure(self.time_base > Rational::ZERO, || "the pictures' time base is not positive".into())?;
        let countable = rate.num().max(rate.den()) <= i64::from(i32::MAX);
        let plausible = rate >= Rational::from(1) && rate <= Rational::from(MAX_FRAME_RATE);
        ensure(plausible && countable, || format!("the frame rate is {rate}"))?;
        let frames = i64::try_from(self.frames).unwrap_or(i64::MAX);
        ensure(Rational::from(frames) / rate <= Rational::from(MAX_SECONDS), too_long)?;
        let distance = Rational::from(self.keyframe_interval) / rate;
        ensure(self.keyframe_interval > 0 && distance <= Rational::from(MAX_SEGMENT_SECONDS), || {
            format!("keyframes are {} frames apart", self.keyframe_interval)
        })?;
        ensure(matches!(self.rotation, 0 | 90 | 180 | 270), || {
            format!("the pictures are turned by {}", self.rotation)
        })?;
        let first = self.windows.first().map(|window| window.first_frame);
        ensure(first == Some(0), || "the windows do not hold the frames".into())?;
        let ends = self.windows.iter().skip(1).map(|window| window.first_frame).chain([self.frames]);
        let longest = Rational::from(MAX_WINDOW_SECONDS) * rate;
        let short = |frames: u64| frames > 0 && Rational::from(i64::try_from(frames).unwrap_or(i64::MAX)) <= longest;
        let mut lengths = self.windows.iter().zip(ends).map(|(window, end)| end.saturating_sub(window.first_frame));
        ensure(lengths.all(short), || "a segment has no frames, or too many".into())?;
        ensure(self.windows.iter().all(|window| window.seek.is_near()), || "a window is out of reach".into())
    }
}

impl SeekPoint {
    fn is_near(&self) -> bool {
        [self.pts, self.dts, self.pos].into_iter().flatten().all(is_near)
    }
}

fn is_near(place: i64) -> bool {
    (-MAX_TIME..=MAX_TIME).contains(&place)
}

fn too_long() -> String {
    format!("it lasts longer than {} days", MAX_SECONDS / (24 * 3600))
}
