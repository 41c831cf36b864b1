//! Validation of plans. Hosts store plans and send them between machines, so a plan read from JSON is untrusted. Code
//! that makes segments relies on these checks: arithmetic on a valid plan cannot overflow, and it asks for no more
//! memory than a plan from a ladder can.

use std::ops::RangeInclusive;

use super::audio::MAX_GAIN;
use super::audio_window::{AudioPart, AudioStart, AudioWindow};
use super::captions::check_captions;
use super::chapters::check_chapters;
use super::ladder::preset_tools;
use super::parts::Parts;
use super::rendition::{AudioCoding, AudioRendition, ChannelTrack, Media, Rendition, VideoCoding, VideoRendition};
use super::source_video::SourceVideo;
use super::storyboard::{
    MAX_TILE, MAX_TILES_PER_LINE, STORYBOARD_CODEC, STORYBOARD_TIMESCALE, Storyboard, Tile, is_interval, tile_count,
};
use super::text::{MAX_TEXTS, TEXT_CODEC, TEXT_TIMESCALE};
use super::warning::{MAX_MESSAGE_BYTES, MAX_WARNINGS, Warning};
use super::watermark::Watermark;
use crate::base::{Rational, hex};
use crate::codec::{AAC_FRAME, AAC_STRING, Configuration, LevelRequest, aac_lc, avc_string, avc_string_of, level_for};
use crate::layout::is_rendition_id;
use crate::media::{
    CaptionChannel, ClockPart, DecoderParameters, Edit, MAX_EDITS, MAX_PEAK, MAX_TIME, Pids, SeekPoint, is_language,
};

/// Longest side of a rendition in pixels: more than players decode. H.264 levels 5.1 and 5.2 end at 8688, which is 16
/// times the root of 8 `MaxFS` (ITU-T H.264 A.3.1).
pub(crate) const MAX_SIDE: u32 = 8192;

/// Longest reordering delay in frames: the limit of `max_num_reorder_frames` (ITU-T H.264 E.2.1 and A.3.1).
pub(crate) const MAX_REORDER_FRAMES: u32 = 16;

/// Longest package in seconds: 30 days.
pub(crate) const MAX_SECONDS: i64 = 30 * 24 * 3600;
/// Longest segment in seconds. A ladder asks for at most 30, and rounding to whole keyframe intervals can make it 40:
/// two of 20 seconds.
pub(crate) const MAX_SEGMENT_SECONDS: i64 = 45;
/// Longest last segment in seconds: a remainder of up to half a segment is merged into it.
const MAX_WINDOW_SECONDS: i64 = MAX_SEGMENT_SECONDS * 3 / 2;
/// Maximum size of the source's extradata in a plan. Real parameter sets have well under 1 KiB.
const MAX_EXTRADATA_BYTES: usize = 64 * 1024;
/// Maximum frame rate: the highest cap that a ladder takes, 240, and the half percent that it lets pass.
const MAX_FRAME_RATE: i64 = 250;
/// Maximum pixels of a source frame in square pixels. FFmpeg decodes frames of up to 2^28 (`av_image_check_size2`), and
/// the pixel aspect ratio stretches one side by at most 8.
const MAX_SOURCE_PIXELS: u64 = 1 << 31;
/// Maximum number of renditions in a plan. A ladder has at most 32 rungs; the rest is for audio tracks.
pub(crate) const MAX_RENDITIONS: usize = 128;
/// Sample rates of source audio in Hz, for which the plan leaves the resampler a wide enough margin.
const SOURCE_RATES: RangeInclusive<u32> = 1000..=768_000;

type Check = std::result::Result<(), String>;

fn ensure(holds: bool, message: impl FnOnce() -> String) -> Check {
    if holds { Ok(()) } else { Err(message()) }
}

fn check_warnings(warnings: &[Warning]) -> Check {
    ensure(warnings.len() <= MAX_WARNINGS, || format!("it has {} warnings, more than {MAX_WARNINGS}", warnings.len()))?;
    ensure(warnings.iter().all(|warning| warning.message.len() <= MAX_MESSAGE_BYTES), || {
        format!("a warning has more than {MAX_MESSAGE_BYTES} bytes")
    })
}

impl Parts {
    /// Checks all parts; the error says what is wrong.
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
        let texts = self.renditions.iter().filter(|rendition| rendition.text().is_some()).count();
        ensure(texts <= MAX_TEXTS, || format!("it has {texts} text renditions, but may have at most {MAX_TEXTS}"))?;
        ensure(self.pids.as_ref().is_none_or(Pids::are_in_range), || {
            "the PIDs of the source's tracks are out of order or range".into()
        })?;
        check_captions(&self.captions)?;
        check_warnings(&self.warnings)?;
        check_chapters(&self.chapters, self.duration)?;
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
            Media::Text(text) => {
                text.check()?;
                check_milliseconds(text.windows.iter().map(|window| window.duration))?;
                ensure(self.timescale == TEXT_TIMESCALE, || "its timescale is not that of text".into())?;
                (text.windows.len(), TEXT_CODEC.to_owned())
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
        ensure(self.codecs == codecs, || "its codec string does not match its coding".into())
    }
}

impl VideoRendition {
    fn check(&self, source: &SourceVideo) -> Check {
        let side = |side: u32| (2..=MAX_SIDE).contains(&side) && side.is_multiple_of(2);
        ensure(side(self.width) && side(self.height), || format!("its size is {}x{}", self.width, self.height))?;
        let (preset, crf, references, buffer) = match &self.coding {
            VideoCoding::Encode { preset, crf, references, buffer } => (preset, *crf, *references, buffer),
            VideoCoding::Passthrough { reorder, .. } => {
                return ensure(*reorder <= MAX_REORDER_FRAMES, || {
                    format!("its reordering delay is {reorder} frames, above {MAX_REORDER_FRAMES}")
                });
            }
        };
        ensure(preset_tools(preset).is_some(), || "its preset is not one of x264's".into())?;
        ensure((1.0..=51.0).contains(&crf), || format!("its crf is {crf}"))?;
        ensure(self.max_rate >= 1000 && self.buffer_size >= 1000, || "its rate or buffer is too small".into())?;
        ensure(references > 0, || "it has no reference frames".into())?;
        buffer.check(self.max_rate, self.buffer_size, source.shortest_window())?;
        // The level limits rate, buffer and the memory for reference frames.
        let &Self { width, height, profile, max_rate, buffer_size, .. } = self;
        let frame_rate = source.frame_rate;
        let request = LevelRequest { width, height, frame_rate, profile, max_rate, buffer_size, references };
        ensure(level_for(&request) == Some((self.level, references)), || {
            format!("it does not fit H.264 level {}.{}", self.level / 10, self.level % 10)
        })
    }

    /// The codec string that follows from the coding.
    fn codecs(&self, all_key: bool) -> Result<String, String> {
        let VideoCoding::Passthrough { parameter_sets, .. } = &self.coding else {
            return Ok(avc_string(self.profile, self.level, all_key));
        };
        let is_annex_b = |bytes: &Vec<u8>| bytes.len() <= MAX_EXTRADATA_BYTES && bytes.first() == Some(&0);
        let bytes = hex::decode(parameter_sets).filter(is_annex_b);
        let configuration = Configuration::read(&bytes.ok_or("its parameter sets cannot be read")?)?;
        let sequence = configuration.sequence()?;
        let size = (u32::from(sequence.width), u32::from(sequence.height));
        ensure(size == (self.width, self.height), || "its size does not match its parameter sets".into())?;
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
        let range = 1..=MAX_TILES_PER_LINE;
        ensure(range.contains(&self.columns) && range.contains(&self.rows), || {
            format!("a sheet has {}x{} tiles", self.columns, self.rows)
        })?;
        ensure(is_interval(self.interval), || format!("its interval is {}", self.interval))?;
        let latest = Rational::from(MAX_SECONDS);
        let good = self.end.is_none_or(|end| (Rational::ZERO..=latest).contains(&end));
        ensure(good, || "it ends before it begins, or lasts longer than 30 days".into())?;
        let count = tile_count(source, self.end, self.interval);
        ensure(self.tiles.len() as u64 == count, || format!("it has {} tiles, not {count}", self.tiles.len()))?;
        ensure(self.tiles.iter().all(|tile| tile.is_in_range(&source.parameters)), || {
            "a tile's position is out of range".into()
        })
    }
}

impl Tile {
    fn is_in_range(&self, parameters: &[DecoderParameters]) -> bool {
        self.seek.is_in_range(parameters) && is_in_range(self.time)
    }
}

impl AudioRendition {
    fn check(&self) -> Check {
        // Channel configurations 1, 2 and 4 to 6 of ISO/IEC 14496-3, table 1.19. Its three channels are front centre,
        // left and right, which 2.1 is not, and seven is 7.1, which ladders do not offer.
        ensure(matches!(self.channels, 1 | 2 | 4..=6), || format!("it has {} channels", self.channels))?;
        ensure((8000..=96_000).contains(&self.sample_rate), || format!("its sample rate is {}", self.sample_rate))?;
        ensure(SOURCE_RATES.contains(&self.source_sample_rate), || {
            let (low, high) = SOURCE_RATES.into_inner();
            format!("its source's sample rate is {} Hz, not {low} to {high}", self.source_sample_rate)
        })?;
        ensure(self.source_time_base > Rational::ZERO, || "its time base is not positive".into())?;
        ensure((1000..=10_000_000).contains(&self.bit_rate), || format!("its bit rate is {}", self.bit_rate))?;
        let language = self.language.as_deref().is_none_or(is_language);
        ensure(language, || "its language is not a language tag".into())?;
        let printable = !self.name.chars().any(|c| c.is_control() || c == '"');
        ensure(printable, || "its name has a quotation mark or a control character".into())?;
        ensure(DecoderParameters::are_in_range(&self.parameters), parameters_out_of_range)?;
        ensure(u64::from(self.padding) < AAC_FRAME, || format!("its padding is {} samples", self.padding))?;
        let first = self.windows.first().map_or(0, |window| window.frames);
        ensure(self.priming_frames < first.min(2), || format!("it has {} frames of priming", self.priming_frames))?;
        let (low, high) = (Rational::ZERO, Rational::from(MAX_GAIN));
        ensure(self.gain > low && self.gain <= high, || format!("its gain is {}", self.gain))?;
        let gaps = self.gaps.as_deref().unwrap_or_default();
        let in_order = gaps.iter().zip(gaps.iter().skip(1)).all(|(one, next)| one.time < next.time);
        let in_range = gaps.iter().all(|gap| is_in_range(gap.time) && is_in_range(gap.sample));
        ensure(in_order && in_range, || "its gaps are out of order or out of range".into())?;
        let valid = !self.windows.is_empty() && self.windows.iter().all(|window| window.is_valid(self));
        ensure(valid, || "a window is empty, too long, or its position is out of range".into())?;
        check_clock(&self.source_clock)?;
        self.check_others()?;
        self.check_coding()?;
        let frames: u64 = self.windows.iter().map(|window| u64::from(window.frames)).sum();
        ensure(frames <= MAX_SECONDS as u64 * u64::from(self.sample_rate) / AAC_FRAME, too_long)
    }

    fn check_others(&self) -> Check {
        if self.others.is_empty() {
            return Ok(());
        }
        let is_layout = matches!((self.others.len(), self.channels), (1, 1 | 2) | (5, _));
        let is_made = is_layout && self.coding == AudioCoding::Encode && self.gaps.is_none();
        ensure(is_made, || {
            "it has channels in tracks of their own, but is copied, counted or of another number".into()
        })?;
        let frames = |windows: &[AudioWindow]| -> Vec<u32> { windows.iter().map(|window| window.frames).collect() };
        let own = frames(&self.windows);
        let is_valid = |other: &ChannelTrack| {
            other.windows.iter().all(|window| window.is_valid(self)) && frames(&other.windows) == own
        };
        ensure(self.others.iter().all(is_valid), || {
            "a window of another channel is out of range, or not as long as that of its left one".into()
        })
    }

    fn check_coding(&self) -> Check {
        let AudioCoding::Passthrough { audio_specific_config, priming, .. } = &self.coding else { return Ok(()) };
        let bytes = hex::decode(audio_specific_config).filter(|bytes| bytes.len() <= MAX_EXTRADATA_BYTES);
        let found = bytes.and_then(|bytes| aac_lc(&bytes));
        ensure(found == Some((self.sample_rate, self.channels)), || {
            "its AudioSpecificConfig does not match its sample rate and channels".into()
        })?;
        ensure(self.source_sample_rate == self.sample_rate, || {
            "it is a passthrough, but its sample rate is not the source's".into()
        })?;
        ensure(self.windows.iter().all(|window| window.start.is_some()), || {
            "a passthrough window has no start".into()
        })?;
        let first = self.windows.first().map_or(0, |window| u64::from(window.frames) * AAC_FRAME);
        let max_priming = first.min(2 * AAC_FRAME);
        ensure(u64::from(*priming) < max_priming, || {
            format!("its priming is {priming} samples, but must be below {max_priming}")
        })
    }
}

impl AudioWindow {
    fn is_valid(&self, audio: &AudioRendition) -> bool {
        let max_frames = MAX_WINDOW_SECONDS as u64 * u64::from(audio.sample_rate) / AAC_FRAME + 1;
        let has_valid_length = (1..=max_frames).contains(&self.frames.into());
        let good = |part: &AudioPart| {
            part.start.is_in_range(&audio.parameters)
                && part.from < part.to
                && is_in_range(part.from)
                && is_in_range(part.to)
        };
        let is_whole = self.parts.is_empty() || self.start.is_none();
        let has_valid_parts = self.parts.len() <= MAX_EDITS && self.parts.iter().all(good) && is_whole;
        let has_valid_start = self.start.as_ref().is_none_or(|start| start.is_in_range(&audio.parameters));
        has_valid_length && has_valid_parts && has_valid_start
    }
}

impl AudioStart {
    fn is_in_range(&self, parameters: &[DecoderParameters]) -> bool {
        self.seek.is_in_range(parameters) && is_in_range(self.time) && is_in_range(self.sample)
    }
}

impl SourceVideo {
    fn check(&self) -> Check {
        let watermark = self.watermark.as_ref().map_or(Ok(()), Watermark::check);
        watermark.map_err(|error| error.to_string())?;
        let rate = self.frame_rate;
        let pixels = u64::from(self.width) * u64::from(self.height);
        ensure((1..=MAX_SOURCE_PIXELS).contains(&pixels), || {
            format!("the source video's size is {}x{}", self.width, self.height)
        })?;
        ensure(self.time_base > Rational::ZERO, || "the source video's time base is not positive".into())?;
        let countable = rate.num().max(rate.den()) <= i64::from(i32::MAX);
        let plausible = rate >= Rational::from(1) && rate <= Rational::from(MAX_FRAME_RATE);
        ensure(plausible && countable, || format!("the frame rate is {rate}"))?;
        let frames = i64::try_from(self.frames).unwrap_or(i64::MAX);
        ensure(Rational::from(frames) / rate <= Rational::from(MAX_SECONDS), too_long)?;
        let seconds = Rational::from(self.keyframe_interval) / rate;
        ensure(self.keyframe_interval > 0 && seconds <= Rational::from(MAX_SEGMENT_SECONDS), || {
            format!("keyframes are {} frames apart", self.keyframe_interval)
        })?;
        ensure(matches!(self.rotation, 0 | 90 | 180 | 270), || format!("the rotation is {} degrees", self.rotation))?;
        ensure(self.peak.is_none_or(|peak| (1..=MAX_PEAK).contains(&peak)), || {
            format!("the brightest pixel of its source video has {} cd/m²", self.peak.unwrap_or(0))
        })?;
        check_clock(&self.clock)?;
        check_edits(&self.edits)?;
        ensure(self.closed_captions.is_sorted_by(|one, next| one < next), || "closed captions are there twice".into())?;
        let known = |channel: &CaptionChannel| self.closed_captions.binary_search(channel).is_ok();
        let good = self.caption_languages.iter().all(|(channel, language)| known(channel) && is_language(language));
        ensure(good, || "the languages of closed captions are not theirs".into())?;
        self.check_windows()
    }

    fn check_windows(&self) -> Check {
        let first = self.windows.first().map(|window| window.first_frame);
        ensure(first == Some(0), || "the windows do not begin with frame 0".into())?;
        let ends = self.windows.iter().skip(1).map(|window| window.first_frame).chain([self.frames]);
        let max_frames = Rational::from(MAX_WINDOW_SECONDS) * self.frame_rate;
        let is_valid =
            |frames: u64| frames > 0 && Rational::from(i64::try_from(frames).unwrap_or(i64::MAX)) <= max_frames;
        let mut lengths = self.windows.iter().zip(ends).map(|(window, end)| end.saturating_sub(window.first_frame));
        ensure(lengths.all(is_valid), || "a segment has no frames, or too many".into())?;
        ensure(DecoderParameters::are_in_range(&self.parameters), parameters_out_of_range)?;
        ensure(self.windows.iter().all(|window| window.seek.is_in_range(&self.parameters)), || {
            "a window's seek point is out of range".into()
        })
    }
}

/// Checks how long windows of text are.
fn check_milliseconds(durations: impl Iterator<Item = u32>) -> Check {
    let mut sum = 0;
    for duration in durations {
        ensure(i64::from(duration) <= MAX_WINDOW_SECONDS * 1000, || format!("a segment lasts {duration} ms"))?;
        sum += i64::from(duration);
    }
    ensure(sum <= MAX_SECONDS * 1000, too_long)
}

impl SeekPoint {
    fn is_in_range(&self, parameters: &[DecoderParameters]) -> bool {
        let has_parameters = self.parameters as usize <= parameters.len();
        has_parameters && [self.pts, self.dts, self.pos].into_iter().flatten().all(is_in_range)
    }
}

fn check_clock(parts: &[ClockPart]) -> Check {
    let in_order = parts.is_sorted_by(|part, next| part.pos < next.pos);
    let in_range = parts.iter().all(|part| is_in_range(part.pos) && is_in_range(part.shift));
    ensure(in_order && in_range, || "the parts of the source's clock are out of order or range".into())
}

fn check_edits(edits: &[Edit]) -> Check {
    let in_order = |edit: &Edit| edit.first <= edit.last && edit.start < edit.end;
    let in_range = |edit: &Edit| [edit.first, edit.last, edit.start, edit.end, edit.shift].into_iter().all(is_in_range);
    ensure(edits.len() <= MAX_EDITS && edits.iter().all(|edit| in_order(edit) && in_range(edit)), || {
        "the source has too many edits, or some are out of order or range".into()
    })
}

fn is_in_range(position: i64) -> bool {
    (-MAX_TIME..=MAX_TIME).contains(&position)
}

fn parameters_out_of_range() -> String {
    "it has too many decoder parameters, or some that cannot be read".into()
}

fn too_long() -> String {
    format!("it lasts longer than {} days", MAX_SECONDS / (24 * 3600))
}
