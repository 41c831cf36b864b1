//! What a plan must keep to, wherever it comes from: plans are stored and sent about by hosts, and callers
//! can write their fields. Making segments relies on it: what holds here can be calculated with, and takes
//! no more memory than a ladder can ask for.

use std::ops::RangeInclusive;

use super::ladder::preset_tools;
use super::plan::{Plan, SCHEMA};
use super::storyboard::{
    ImageTrack, LARGEST_TILE, MOST_IN_LINE, STORYBOARD_CODEC, STORYBOARD_TIMESCALE, Tile, is_interval, tiles,
};
use super::track::{AudioCoding, AudioStart, AudioTrack, AudioWindow, Track, TrackKind, VideoCoding, VideoTrack};
use super::video::Pictures;
use super::watermark::Watermark;
use crate::base::{Rational, hex};
use crate::codec::{AAC_FRAME, AAC_STRING, Configuration, Demand, aac_lc, avc_string, avc_string_of, level_for};
use crate::layout::{CAPTIONS, is_track_id};
use crate::media::{FARTHEST, SeekPoint, is_language};

/// The longest side that a rendition has; more is beyond what players decode.
pub(crate) const LONGEST_SIDE: u32 = 8192;

/// The most pictures that any picture of H.264 waits for.
pub(crate) const MOST_REORDER: u32 = 16;

/// Seconds that a package lasts at most: 30 days.
pub(crate) const LONGEST: i64 = 30 * 24 * 3600;
/// Seconds of a segment: a ladder asks for 30 at most, and whole keyframe distances may make 40 of them.
pub(crate) const LONGEST_SEGMENT: i64 = 45;
/// What the last segment may have more, as a rest of less than half a segment goes with it.
const LONGEST_WINDOW: i64 = LONGEST_SEGMENT * 3 / 2;
/// Bytes of what a decoder is set up with, where it is the source's.
const LONGEST_CONFIGURATION: usize = 64 * 1024;
/// Frames per second: the highest cap of a ladder, and a little.
const FASTEST: i64 = 250;
/// Tracks of a plan.
pub(crate) const MOST_TRACKS: usize = 128;
/// Sample rates of sources: beyond them the resampler needs more around a segment than the plan gives it.
const SOURCE_RATES: RangeInclusive<u32> = 1000..=768_000;

type Check = std::result::Result<(), String>;

fn ensure(holds: bool, message: impl FnOnce() -> String) -> Check {
    if holds { Ok(()) } else { Err(message()) }
}

impl Plan {
    /// Says what is wrong, if anything is.
    pub(crate) fn check(&self) -> Check {
        ensure(self.schema == SCHEMA, || format!("its schema version is {}, not {SCHEMA}", self.schema))?;
        ensure((1..=MOST_TRACKS).contains(&self.tracks.len()), || {
            format!("it has {} tracks, not 1 to {MOST_TRACKS}", self.tracks.len())
        })?;
        self.video.as_ref().map_or(Ok(()), Pictures::check)?;
        for (number, track) in self.tracks.iter().enumerate() {
            let same = self.tracks.iter().take(number).any(|other| other.id == track.id);
            ensure(!same, || format!("two tracks are called \"{}\"", track.id))?;
            track.check(self.video.as_ref()).map_err(|message| format!("track \"{}\": {message}", track.id))?;
        }
        self.check_captions()?;
        let longest = self.tracks.iter().map(|track| self.track_duration(track)).max();
        ensure(longest == Some(self.duration), || "its duration is not that of its longest track".into())
    }
}

impl Track {
    fn check(&self, pictures: Option<&Pictures>) -> Check {
        ensure(is_track_id(&self.id) && self.id != CAPTIONS, || "its id is not a plain name".into())?;
        ensure(self.timescale > 0, || "its timescale is 0".into())?;
        let (windows, codecs) = match &self.kind {
            TrackKind::Video(video) => {
                let pictures = pictures.ok_or("there are no pictures to make it from")?;
                video.check(pictures)?;
                let ticks = Rational::from(self.timescale) / pictures.frame_rate;
                ensure(ticks.den() == 1, || "a frame is not a whole number of ticks".into())?;
                (pictures.windows.len(), video.codecs(pictures.keyframe_frames == 1)?)
            }
            TrackKind::Audio(audio) => {
                audio.check()?;
                ensure(self.timescale == audio.sample_rate, || "its timescale is not its sample rate".into())?;
                (audio.windows.len(), AAC_STRING.to_owned())
            }
            TrackKind::Images(images) => {
                images.check(pictures.ok_or("there are no pictures to make it from")?)?;
                ensure(self.timescale == STORYBOARD_TIMESCALE, || "its timescale is not that of images".into())?;
                (images.tiles.len().div_ceil(images.tiles_a_sheet() as usize), STORYBOARD_CODEC.to_owned())
            }
        };
        ensure(self.segments as usize == windows, || {
            format!("it has {} segments but {windows} windows", self.segments)
        })?;
        ensure(self.codecs == codecs, || "its codec string is not that of its codec".into())
    }
}

impl VideoTrack {
    fn check(&self, pictures: &Pictures) -> Check {
        let side = |side: u32| (2..=LONGEST_SIDE).contains(&side) && side.is_multiple_of(2);
        ensure(side(self.width) && side(self.height), || format!("its size is {}x{}", self.width, self.height))?;
        let (preset, crf, references) = match &self.coding {
            VideoCoding::Encode { preset, crf, references } => (preset, *crf, *references),
            VideoCoding::Copy { reorder, .. } => {
                return ensure(*reorder <= MOST_REORDER, || format!("its pictures wait for {reorder} others"));
            }
        };
        ensure(preset_tools(preset).is_some(), || "its preset is none of x264's".into())?;
        ensure((1.0..=51.0).contains(&crf), || format!("its crf is {crf}"))?;
        ensure(self.max_rate >= 1000 && self.buffer_size >= 1000, || "its rate or buffer is too small".into())?;
        ensure(references > 0, || "it has no reference frames".into())?;
        // The level bounds rate, buffer, and the memory that reference frames take.
        let &Self { width, height, profile, max_rate, buffer_size, .. } = self;
        let frame_rate = pictures.frame_rate;
        let demand = Demand { width, height, frame_rate, profile, max_rate, buffer_size, references };
        ensure(level_for(&demand) == Some((self.level, references)), || {
            format!("level {} does not hold it", self.level)
        })
    }

    /// The codec string that the track has to have.
    fn codecs(&self, all_key: bool) -> Result<String, String> {
        let VideoCoding::Copy { parameter_sets, .. } = &self.coding else {
            return Ok(avc_string(self.profile, self.level, all_key));
        };
        let sets = |bytes: &Vec<u8>| bytes.len() <= LONGEST_CONFIGURATION && bytes.first() == Some(&0);
        let bytes = hex::decode(parameter_sets).filter(sets);
        let configuration = Configuration::read(&bytes.ok_or("its parameter sets cannot be read")?)?;
        let sequence = configuration.sequence()?;
        let size = (u32::from(sequence.width), u32::from(sequence.height));
        ensure(size == (self.width, self.height), || "its size is not that of its parameter sets".into())?;
        let id = sequence.profile_level_id;
        Ok(avc_string_of(id.profile_idc, id.profile_iop, id.level_idc))
    }
}

impl ImageTrack {
    fn check(&self, pictures: &Pictures) -> Check {
        let side = |side: u32, most| (2..=most).contains(&side) && side.is_multiple_of(2);
        let (widest, highest) = LARGEST_TILE;
        ensure(side(self.width, widest) && side(self.height, highest), || {
            format!("its tiles are {}x{}", self.width, self.height)
        })?;
        let lines = 1..=MOST_IN_LINE;
        ensure(lines.contains(&self.columns) && lines.contains(&self.rows), || {
            format!("a sheet has {}x{} tiles", self.columns, self.rows)
        })?;
        ensure(is_interval(self.interval), || format!("its interval is {}", self.interval))?;
        let tiles = tiles(pictures, self.interval);
        ensure(self.tiles.len() as u64 == tiles, || format!("it has {} tiles, not {tiles}", self.tiles.len()))?;
        ensure(self.tiles.iter().all(Tile::is_near), || "a tile is out of reach".into())
    }
}

impl Tile {
    fn is_near(&self) -> bool {
        self.from.is_near() && is_near(self.time)
    }
}

impl AudioTrack {
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
        ensure(frames <= LONGEST as u64 * u64::from(self.sample_rate) / AAC_FRAME, too_long)
    }
}

impl AudioTrack {
    fn check_coding(&self) -> Check {
        let AudioCoding::Copy { configuration, skip, .. } = &self.coding else { return Ok(()) };
        let bytes = hex::decode(configuration).filter(|bytes| bytes.len() <= LONGEST_CONFIGURATION);
        let found = bytes.and_then(|bytes| aac_lc(&bytes));
        ensure(found == Some((self.sample_rate, self.channels)), || "its configuration is another's".into())?;
        ensure(self.source_sample_rate == self.sample_rate, || "it is copied, but at another rate".into())?;
        ensure(self.windows.iter().all(|window| window.start.is_some()), || "a copied window has no start".into())?;
        let first = self.windows.first().map_or(0, |window| u64::from(window.frames) * AAC_FRAME);
        ensure(u64::from(*skip) < first && u64::from(*skip) < 2 * AAC_FRAME, || format!("{skip} samples are skipped"))
    }
}

impl AudioWindow {
    fn is_valid(&self, sample_rate: u32) -> bool {
        let most = LONGEST_WINDOW as u64 * u64::from(sample_rate) / AAC_FRAME + 1;
        self.frames > 0 && u64::from(self.frames) <= most && self.start.as_ref().is_none_or(AudioStart::is_near)
    }
}

impl AudioStart {
    fn is_near(&self) -> bool {
        self.from.is_near() && is_near(self.time) && is_near(self.sample)
    }
}

impl Pictures {
    fn check(&self) -> Check {
        let watermark = self.watermark.as_ref().map_or(Ok(()), Watermark::check);
        watermark.map_err(|error| error.to_string())?;
        let rate = self.frame_rate;
        ensure(self.width > 0 && self.height > 0, || "the pictures have no size".into())?;
        ensure(self.time_base > Rational::ZERO, || "the pictures' time base is not positive".into())?;
        let countable = rate.num().max(rate.den()) <= i64::from(i32::MAX);
        let plausible = rate >= Rational::from(1) && rate <= Rational::from(FASTEST);
        ensure(plausible && countable, || format!("the frame rate is {rate}"))?;
        let frames = i64::try_from(self.frames).unwrap_or(i64::MAX);
        ensure(Rational::from(frames) / rate <= Rational::from(LONGEST), too_long)?;
        let distance = Rational::from(self.keyframe_frames) / rate;
        ensure(self.keyframe_frames > 0 && distance <= Rational::from(LONGEST_SEGMENT), || {
            format!("keyframes are {} frames apart", self.keyframe_frames)
        })?;
        ensure(matches!(self.rotation, 0 | 90 | 180 | 270), || {
            format!("the pictures are turned by {}", self.rotation)
        })?;
        let first = self.windows.first().map(|window| window.frame);
        ensure(first == Some(0), || "the windows do not hold the frames".into())?;
        let ends = self.windows.iter().skip(1).map(|window| window.frame).chain([self.frames]);
        let longest = Rational::from(LONGEST_WINDOW) * rate;
        let short = |frames: u64| frames > 0 && Rational::from(i64::try_from(frames).unwrap_or(i64::MAX)) <= longest;
        let mut lengths = self.windows.iter().zip(ends).map(|(window, end)| end.saturating_sub(window.frame));
        ensure(lengths.all(short), || "a segment has no frames, or too many".into())?;
        ensure(self.windows.iter().all(|window| window.from.is_near()), || "a window is out of reach".into())
    }
}

impl SeekPoint {
    fn is_near(&self) -> bool {
        [self.pts, self.dts, self.pos].into_iter().flatten().all(is_near)
    }
}

fn is_near(place: i64) -> bool {
    (-FARTHEST..=FARTHEST).contains(&place)
}

fn too_long() -> String {
    format!("it lasts longer than {} days", LONGEST / (24 * 3600))
}
