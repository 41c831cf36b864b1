//! Whether a plan agrees with itself. All that is calculated from a plan relies on it: the hash only says that nobody
//! changed it by accident.

use crate::durations::AAC_FRAME;
use crate::h264_level;
use crate::layout::CAPTIONS;
use crate::plan::{
    AudioRendition, Captions, Plan, Profile, Rendition, RenditionKind, SourceVideo, Storyboard, TextRendition,
    VideoCoding, VideoRendition,
};
use crate::rational::Rational;

/// Seconds that a package may last: 30 days.
const MAX_SECONDS: u32 = 30 * 24 * 3600;
/// Seconds that a segment may last.
const MAX_SEGMENT_SECONDS: u32 = 67;
/// Frames per second.
const MAX_FRAME_RATE: u32 = 250;
const MAX_RENDITIONS: usize = 128;
/// Bits per second, and bits of the decoder's buffer.
const MIN_BITS: u64 = 1000;
/// Pixels of a side of a video rendition.
const MAX_SIDE: u32 = 8192;
/// Pixels of the sides of a storyboard's tile.
const MAX_TILE: (u32, u32) = (320, 640);
/// Tiles in a row, and rows on a sheet.
const MAX_TILES_IN_LINE: u32 = 10;

type Check = Result<(), String>;

fn ensure(holds: bool, message: impl FnOnce() -> String) -> Check {
    if holds { Ok(()) } else { Err(message()) }
}

fn whole(number: u32) -> Rational {
    Rational::from(i128::from(number))
}

/// Says the first thing that is wrong with a plan, if anything is.
pub(crate) fn check(plan: &Plan) -> Check {
    ensure((1..=MAX_RENDITIONS).contains(&plan.renditions.len()), || {
        format!("it has {} renditions, not 1 to {MAX_RENDITIONS}", plan.renditions.len())
    })?;
    if let Some(source) = &plan.source_video {
        check_source(source)?;
    }
    for (number, rendition) in plan.renditions.iter().enumerate() {
        let same = plan.renditions.iter().take(number).any(|other| other.id == rendition.id);
        ensure(!same, || format!("two renditions have the id \"{}\"", rendition.id))?;
        check_rendition(rendition, plan.source_video.as_ref())
            .map_err(|message| format!("rendition \"{}\": {message}", rendition.id))?;
    }
    let storyboards = plan.renditions.iter().filter(|rendition| rendition.is_storyboard()).count();
    ensure(storyboards <= 1, || format!("it has {storyboards} storyboards"))?;
    check_captions(&plan.captions)?;
    let longest = plan.renditions.iter().map(|rendition| plan.rendition_duration(rendition)).max();
    ensure(longest == Some(plan.duration), || "its duration is not that of its longest rendition".into())
}

fn check_source(source: &SourceVideo) -> Check {
    let rate = source.frame_rate;
    let countable = *rate.numer().max(rate.denom()) <= i128::from(i32::MAX);
    ensure(countable && (whole(1)..=whole(MAX_FRAME_RATE)).contains(&rate), || format!("the frame rate is {rate}"))?;
    ensure(source.duration() <= whole(MAX_SECONDS), || "its video lasts longer than 30 days".into())?;
    let max_frames = (whole(MAX_SEGMENT_SECONDS) * rate).to_integer();
    let keyframe_interval = source.keyframe_interval;
    ensure((1..=max_frames).contains(&keyframe_interval.into()), || {
        format!("keyframes are {keyframe_interval} frames apart")
    })?;
    let first = source.windows.first().map(|window| window.first_frame);
    ensure(first == Some(0), || "its first segment does not begin with frame 0".into())?;
    let good = source.segment_frames().all(|frames| (1..=max_frames).contains(&i128::from(frames)));
    ensure(good, || "a segment has no frames, or too many".into())
}

fn check_rendition(rendition: &Rendition, source: Option<&SourceVideo>) -> Check {
    let plain = rendition.id.chars().all(|char| char.is_ascii_alphanumeric() || char == '-');
    ensure(plain && (1..=64).contains(&rendition.id.len()) && rendition.id != CAPTIONS, || {
        "its id is not a plain name".into()
    })?;
    ensure(rendition.timescale > 0, || "its timescale is 0".into())?;
    let needs_source = || source.ok_or("there is no source video to make it from");
    let (segments, codecs) = match &rendition.kind {
        RenditionKind::Video(video) => check_video(video, rendition, needs_source()?)?,
        RenditionKind::Audio(audio) => check_audio(audio, rendition)?,
        RenditionKind::Text(text) => check_text(text, rendition)?,
        RenditionKind::Storyboard(storyboard) => check_storyboard(storyboard, rendition, needs_source()?)?,
    };
    ensure(rendition.segments as usize == segments, || {
        format!("it has {} segments, but {segments} are planned", rendition.segments)
    })?;
    ensure(rendition.codecs == codecs, || format!("its codec string is {} instead of {codecs}", rendition.codecs))
}

/// How many segments a rendition has to have, and which codec string.
type Expected = Result<(usize, String), String>;

fn check_video(video: &VideoRendition, rendition: &Rendition, source: &SourceVideo) -> Expected {
    let side = |side: u32| (2..=MAX_SIDE).contains(&side) && side.is_multiple_of(2);
    ensure(side(video.width) && side(video.height), || format!("its size is {}x{}", video.width, video.height))?;
    ensure(source.frame_ticks(rendition.timescale).is_integer(), || "a frame is not a whole number of ticks".into())?;
    let codecs = match video.coding {
        VideoCoding::Encode {} => {
            let good = video.max_rate.min(video.buffer_size) >= MIN_BITS;
            ensure(good, || "its rate or buffer is too small".into())?;
            ensure(h264_level::holds(video, source.frame_rate), || {
                format!("level {} does not allow its size, rate or buffer", video.level)
            })?;
            avc_string(video, source.keyframe_interval == 1)
        }
        // It is the source's, and is compared with the init segment.
        VideoCoding::Passthrough {} => rendition.codecs.clone(),
    };
    Ok((source.windows.len(), codecs))
}

/// The codec string of RFC 6381 3.3 for what is encoded. High with keyframes alone has one more constraint flag.
fn avc_string(video: &VideoRendition, all_keyframes: bool) -> String {
    let (profile, constraints) = match video.profile {
        Profile::Baseline => (66, 0xc0),
        Profile::Main => (77, 0x40),
        Profile::High if all_keyframes => (100, 0x10),
        Profile::High => (100, 0x00),
    };
    format!("avc1.{profile:02x}{constraints:02x}{:02x}", video.level)
}

fn check_audio(audio: &AudioRendition, rendition: &Rendition) -> Expected {
    // Three, and more than six, have no number among AAC's channel configurations, or no use.
    ensure(matches!(audio.channels, 1 | 2 | 4..=6), || format!("it has {} channels", audio.channels))?;
    let rate = audio.sample_rate;
    ensure((8000..=96_000).contains(&rate), || format!("its sample rate is {rate}"))?;
    ensure(rendition.timescale == rate, || "its timescale is not its sample rate".into())?;
    ensure(audio.language.as_deref().is_none_or(is_tag), || "its language is no language tag".into())?;
    ensure(is_quotable(&audio.name), || "its name cannot stand in a playlist".into())?;
    let max_frames = MAX_SEGMENT_SECONDS * rate / AAC_FRAME + 1;
    let good = audio.windows.iter().all(|window| (1..=max_frames).contains(&window.frames));
    ensure(good, || "a segment has no frames, or too many".into())?;
    let frames: u64 = audio.windows.iter().map(|window| u64::from(window.frames)).sum();
    let max_frames = u64::from(MAX_SECONDS) * u64::from(rate) / u64::from(AAC_FRAME);
    ensure((1..=max_frames).contains(&frames), || "it lasts no time, or longer than 30 days".into())?;
    let first = audio.windows.first().map_or(0, |window| window.frames.saturating_mul(AAC_FRAME));
    let skip = audio.skipped_samples();
    ensure(skip < first.min(2 * AAC_FRAME), || format!("{skip} samples are skipped"))?;
    Ok((audio.windows.len(), "mp4a.40.2".to_owned()))
}

/// Whether it looks like a language tag; those of a source's tracks are not checked any further.
fn is_tag(text: &str) -> bool {
    (2..=35).contains(&text.len()) && text.chars().all(|char| char.is_ascii_alphanumeric() || char == '-')
}

fn check_text(text: &TextRendition, rendition: &Rendition) -> Expected {
    ensure(text.language.as_deref().is_none_or(is_tag), || "its language is no language tag".into())?;
    ensure(is_quotable(&text.name), || "its name cannot stand in a playlist".into())?;
    ensure(rendition.timescale == 1000, || "its timescale is not 1000".into())?;
    let good = text.windows.iter().all(|window| (1..=MAX_SEGMENT_SECONDS * 1000).contains(&window.duration));
    ensure(good, || "a segment lasts no time, or too long".into())?;
    Ok((text.windows.len(), "webvtt".to_owned()))
}

/// RFC 8216 4.2: a quoted string has neither quotation marks nor line breaks.
fn is_quotable(name: &str) -> bool {
    !name.chars().any(|char| char.is_control() || char == '"')
}

fn check_storyboard(storyboard: &Storyboard, rendition: &Rendition, source: &SourceVideo) -> Expected {
    let side = |side: u32, max| (2..=max).contains(&side) && side.is_multiple_of(2);
    ensure(side(storyboard.width, MAX_TILE.0) && side(storyboard.height, MAX_TILE.1), || {
        format!("its tiles are {}x{}", storyboard.width, storyboard.height)
    })?;
    let line = 1..=MAX_TILES_IN_LINE;
    ensure(line.contains(&storyboard.columns) && line.contains(&storyboard.rows), || {
        format!("a sheet has {}x{} tiles", storyboard.columns, storyboard.rows)
    })?;
    ensure(rendition.timescale == Storyboard::TIMESCALE, || "its timescale is not 1000".into())?;
    let interval = storyboard.interval;
    let good = (whole(1)..=whole(60)).contains(&interval) && (interval * whole(Storyboard::TIMESCALE)).is_integer();
    ensure(good, || format!("its interval is {interval} s"))?;
    let (found, expected) = (storyboard.tiles.len(), storyboard.expected_tiles(source));
    ensure(found as u64 == expected, || format!("it has {found} tiles instead of {expected}"))?;
    Ok((storyboard.sheets(), "jpeg".to_owned()))
}

fn check_captions(all: &[Captions]) -> Check {
    for (number, captions) in all.iter().enumerate() {
        let Captions { language, name, .. } = captions;
        ensure(is_language_tag(language), || format!("\"{language}\" is no language tag, such as en or pt-BR"))?;
        ensure(!name.is_empty() && is_quotable(name), || {
            format!("the captions' name \"{name}\" cannot stand in a playlist")
        })?;
        let same = |other: &Captions| other.language.eq_ignore_ascii_case(language) || other.name == *name;
        ensure(!all.iter().take(number).any(same), || {
            format!("there are two captions in {language} or with the name \"{name}\"")
        })?;
    }
    Ok(())
}

/// Whether a text has the form of a language tag (RFC 5646 2.1).
fn is_language_tag(text: &str) -> bool {
    let mut parts = text.split('-');
    let first = parts.next().unwrap_or_default();
    let primary = (2..=8).contains(&first.len()) && first.bytes().all(|byte| byte.is_ascii_alphabetic());
    let subtag = |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    text.len() <= 35 && primary && parts.all(subtag)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::AudioCoding;
    use crate::plan::tests::plan;

    fn changed(change: impl FnOnce(&mut Plan)) -> String {
        let mut plan = plan();
        change(&mut plan);
        check(&plan).unwrap_err()
    }

    fn video(change: impl FnOnce(&mut VideoRendition)) -> String {
        changed(|plan| match &mut plan.renditions[0].kind {
            RenditionKind::Video(video) => change(video),
            other => panic!("{other:?}"),
        })
    }

    fn audio(change: impl FnOnce(&mut AudioRendition)) -> String {
        changed(|plan| match &mut plan.renditions[1].kind {
            RenditionKind::Audio(audio) => change(audio),
            other => panic!("{other:?}"),
        })
    }

    fn storyboard(change: impl FnOnce(&mut Storyboard)) -> String {
        changed(|plan| match &mut plan.renditions[2].kind {
            RenditionKind::Storyboard(storyboard) => change(storyboard),
            other => panic!("{other:?}"),
        })
    }

    fn source(change: impl FnOnce(&mut SourceVideo)) -> String {
        changed(|plan| change(plan.source_video.as_mut().unwrap()))
    }

    #[test]
    fn a_real_plan_agrees_with_itself() {
        assert_eq!(check(&plan()), Ok(()));
    }

    #[test]
    fn renditions_are_as_the_plan_says() {
        assert!(changed(|plan| plan.renditions.clear()).contains("it has 0 renditions"));
        assert!(changed(|plan| plan.renditions[1].id = "120p".into()).contains("two renditions"));
        assert!(changed(|plan| plan.renditions[1].id = "../x".into()).contains("plain name"));
        assert!(changed(|plan| plan.renditions[1].id = CAPTIONS.into()).contains("plain name"));
        assert!(changed(|plan| plan.renditions[0].timescale = 0).contains("its timescale is 0"));
        assert!(changed(|plan| plan.renditions[0].segments = u32::MAX).contains("but 3 are planned"));
        assert!(changed(|plan| plan.renditions[1].codecs = "mp4a.40.5".into()).contains("instead of mp4a.40.2"));
        assert!(changed(|plan| plan.duration += whole(1)).contains("longest rendition"));
        assert!(changed(|plan| plan.source_video = None).contains("no source video"));
    }

    #[test]
    fn video_is_within_its_level() {
        assert!(video(|video| video.width = 161).contains("its size is 161x120"));
        assert!(video(|video| video.buffer_size = 999).contains("too small"));
        assert!(video(|video| video.level = 10).contains("level 10 does not allow"));
        assert!(video(|video| video.profile = Profile::Main).contains("instead of avc1.4d400b"));
        assert!(changed(|plan| plan.renditions[0].timescale = 1000).contains("whole number of ticks"));
        assert!(source(|source| source.keyframe_interval = 1).contains("instead of avc1.64100b"));
    }

    #[test]
    fn the_source_video_can_be_calculated_with() {
        for rate in [Rational::new(-24, 1), Rational::from(0), Rational::new((1 << 40) + 1, 1 << 35), 251.into()] {
            assert!(source(|source| source.frame_rate = rate).contains("the frame rate is"), "{rate}");
        }
        assert!(source(|source| source.frames = u64::MAX).contains("30 days"));
        assert!(source(|source| source.frames = 10).contains("a segment has no frames"));
        for frames in [0, 10_000] {
            assert!(source(|source| source.keyframe_interval = frames).contains("frames apart"));
        }
        assert!(source(|source| source.windows[0].first_frame = 1).contains("frame 0"));
        assert!(source(|source| source.windows.clear()).contains("frame 0"));
        assert!(source(|source| source.frames = 1_000_000).contains("too many"));
    }

    #[test]
    fn audio_is_as_it_can_be_written() {
        assert!(audio(|audio| audio.channels = 3).contains("3 channels"));
        assert!(audio(|audio| audio.sample_rate = 48_000).contains("its timescale"));
        assert!(audio(|audio| audio.language = Some("d".into())).contains("language tag"));
        assert!(audio(|audio| audio.name = "a\"b".into()).contains("its name"));
        assert!(audio(|audio| audio.windows[1].frames = 0).contains("no frames"));
        assert!(audio(|audio| audio.windows[1].frames = u32::MAX).contains("too many"));
        assert!(audio(|audio| audio.coding = AudioCoding::Passthrough { priming: 2048 }).contains("2048 samples"));
    }

    #[test]
    fn a_storyboard_fills_its_sheets() {
        assert!(storyboard(|board| board.width = 322).contains("its tiles are 322x"));
        assert!(storyboard(|board| board.columns = u32::MAX).contains("tiles"));
        assert!(storyboard(|board| board.rows = 0).contains("x0 tiles"));
        assert!(storyboard(|board| board.interval = Rational::new(4, 3)).contains("its interval is 4/3 s"));
        assert!(storyboard(|board| board.tiles.truncate(3)).contains("has 3 tiles instead of 4"));
        assert!(
            changed(|plan| {
                let mut second = plan.renditions[2].clone();
                second.id = "second".into();
                plan.renditions.push(second);
            })
            .contains("2 storyboards")
        );
    }

    #[test]
    fn captions_can_be_told_apart() {
        assert!(changed(|plan| plan.captions[0].language = "../de".into()).contains("no language tag"));
        assert!(changed(|plan| plan.captions[0].name = "a\nb".into()).contains("cannot stand"));
        assert!(changed(|plan| plan.captions.push(plan.captions[0].clone())).contains("two captions in de"));
    }
}
