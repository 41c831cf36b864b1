//! Pictures that do not come at a constant rate: the one that is due is shown.

use std::path::{Path, PathBuf};

use vodkit::{Plan, Rational};

use super::frames::{B_FRAMES, COUNT, OPEN_GOP, SPARSE, check_alone, ladder, pictures, renditions};
use vodkit_tests as common;
use vodkit_tests::numbered::{self, on_screen, sequence, shown};
use vodkit_tests::{folder, package};

const PLAIN: &str = "-pix_fmt yuv420p -c:v libx264 -preset ultrafast -g 25";

/// What an independent reader says is on each point of the plan's grid.
fn expected_on_grid(source: &Path, plan: &Plan) -> Vec<Option<u32>> {
    let shown = shown(source);
    let rate = pictures(plan).frame_rate;
    let time = |frame: u64| plan.origin() + Rational::from(frame as i64) / rate;
    let early = (Rational::from(2) * rate).recip();
    (0..pictures(plan).frames).map(|frame| Some(on_screen(&shown, time(frame), early))).collect()
}

/// A source at a variable rate, made from pictures at 25 a second, comes out on a constant grid.
fn follows_a_variable_rate(extension: &str, arguments: &str) {
    let folder = folder();
    let source = numbered::write(&folder.path().join(format!("source.{extension}")), "25", COUNT, arguments);
    let out = folder.path().join("out");
    let (plan, _) = package(&source, &ladder(), &out);
    let info = vodkit::probe(&common::source(&source)).unwrap();
    assert!(info.main_video().unwrap().1.variable_frame_rate);
    let rate = pictures(&plan).frame_rate;
    assert!(rate >= Rational::from(20) && rate <= Rational::from(60), "a rate of {rate}");
    let expected = expected_on_grid(&source, &plan);
    let repeats = expected.windows(2).filter(|pair| pair[0] == pair[1]).count();
    assert!(repeats > 0, "a source that repeats nothing does not vary");
    for (name, seen) in renditions(&plan, &out) {
        assert_eq!(seen, expected, "{name}");
    }
    check_alone(&source, &plan, &expected, &out);
}

/// Every fifth picture is missing, and a whole second in the middle.
const DROPS: &str = "-vf select=mod(n\\,5)*not(between(n\\,40\\,64)) -fps_mode passthrough";
/// Slow at first, then three times as fast.
const TEMPO: &str =
    "-vf settb=1/1000,setpts=if(lt(N\\,30)\\,N*100\\,3000+(N-30)*33) -enc_time_base 0.001 -fps_mode passthrough";

#[test]
fn dropped_frames_in_mp4() {
    follows_a_variable_rate("mp4", &format!("{DROPS} {B_FRAMES}"));
}

#[test]
fn dropped_frames_in_mkv() {
    follows_a_variable_rate("mkv", &format!("{DROPS} {OPEN_GOP}"));
}

#[test]
fn dropped_frames_in_ts() {
    follows_a_variable_rate("ts", &format!("{DROPS} {B_FRAMES}"));
}

/// Pictures at 25 a second, each up to so many milliseconds off its time, in a pattern of its own: all come out, and at
/// most one is doubled.
fn keeps_every_jittering_frame(extension: &str, most: u32, arguments: &str) {
    let folder = folder();
    let jitter = format!(
        "-vf settb=1/90000,setpts=N*3600+90*mod(N*37\\,{}) -enc_time_base 1/90000 -fps_mode passthrough",
        2 * most + 1
    );
    let source = folder.path().join(format!("source.{extension}"));
    let source = numbered::write(&source, "25", COUNT, &format!("{jitter} {arguments}"));
    let out = folder.path().join("out");
    let (plan, _) = package(&source, &ladder(), &out);
    let info = vodkit::probe(&common::source(&source)).unwrap();
    assert!(info.main_video().unwrap().1.variable_frame_rate);
    assert_eq!(pictures(&plan).frame_rate, Rational::from(25));
    for (name, mut seen) in renditions(&plan, &out) {
        check_alone(&source, &plan, &seen, folder.path());
        let doubled = seen.len();
        seen.dedup();
        assert_eq!(seen, sequence(0, COUNT), "{name}");
        assert!(doubled - seen.len() <= 1, "{name}: {doubled} pictures");
    }
}

#[test]
fn jittering_frames_in_mp4() {
    keeps_every_jittering_frame("mp4", 4, &format!("{PLAIN} -video_track_timescale 90000"));
}

#[test]
fn frames_that_jitter_by_more_than_a_quarter_in_mp4() {
    keeps_every_jittering_frame("mp4", 12, &format!("{PLAIN} -video_track_timescale 90000"));
}

#[test]
fn jittering_frames_in_mkv() {
    keeps_every_jittering_frame("mkv", 8, B_FRAMES);
}

#[test]
fn jittering_frames_in_ts() {
    keeps_every_jittering_frame("ts", 10, B_FRAMES);
}

#[test]
fn a_changing_tempo_in_mkv() {
    follows_a_variable_rate("mkv", &format!("{TEMPO} {PLAIN}"));
}

#[test]
fn a_changing_tempo_in_flv() {
    follows_a_variable_rate("flv", &format!("{TEMPO} {SPARSE}"));
}

/// A presentation: pictures that move, one that is held for ten seconds, and again some that move.
#[test]
fn a_held_picture_stays_until_the_next_is_due() {
    let folder = folder();
    let hold =
        "-vf settb=1/90000,setpts=if(gt(N\\,15)\\,N*9000+900000\\,N*9000) -enc_time_base 1/90000 -fps_mode passthrough";
    let source = numbered::write(&folder.path().join("source.mp4"), "10", 30, &format!("{hold} {SPARSE}"));
    let storyboard = vodkit::StoryboardOptions::default().interval(1);
    let out = folder.path().join("out");
    let (plan, _) = package(&source, &ladder().storyboard(storyboard), &out);
    assert_eq!(pictures(&plan).frame_rate, Rational::from(10));
    let expected: Vec<_> = (0..=15).chain(std::iter::repeat_n(15, 100)).chain(16..30).map(Some).collect();
    for (name, seen) in renditions(&plan, &out) {
        assert_eq!(seen, expected, "{name}");
    }
    check_alone(&source, &plan, &expected, folder.path());
    // Tiles show the middle of each second, of which there is no keyframe.
    let (_, tiles) = plan.storyboard().unwrap();
    let shown: Vec<_> = tiles.tiles.iter().skip(1).map(|tile| pictures(&plan).time_base.times(tile.time)).collect();
    assert_eq!(shown[..11], [Rational::new(3, 2); 11]);
    assert_eq!(shown[11], Rational::new(25, 2));
}

/// A GIF of numbered pictures that are shown for these hundredths of a second, in turn.
fn gif(path: &Path, delays: &[u16]) -> PathBuf {
    let path = numbered::write(path, "10", 20, "");
    let mut bytes = std::fs::read(&path).unwrap();
    let begins = bytes.windows(4).enumerate().filter(|(_, bytes)| matches!(bytes, [0x21, 0xf9, 4, _]));
    let places: Vec<usize> = begins.map(|(place, _)| place + 4).collect();
    assert_eq!(places.len(), 20);
    for (place, delay) in places.into_iter().zip(delays.iter().cycle()) {
        bytes[place..place + 2].copy_from_slice(&delay.to_le_bytes());
    }
    std::fs::write(&path, bytes).unwrap();
    path
}

/// Browsers take a hundredth of a second, and none, for a tenth.
#[test]
fn gif_whose_pictures_are_shown_for_no_time() {
    let folder = folder();
    for delays in [&[1][..], &[0], &[0, 1, 1]] {
        let source = gif(&folder.path().join("a.gif"), delays);
        let out = folder.path().join(format!("{delays:?}"));
        let (plan, _) = package(&source, &ladder(), &out);
        assert_eq!((pictures(&plan).frame_rate, pictures(&plan).frames), (Rational::from(10), 20), "{delays:?}");
        let expected = sequence(0, 20);
        renditions(&plan, &out).iter().for_each(|(name, seen)| assert_eq!(*seen, expected, "{delays:?}, {name}"));
        check_alone(&source, &plan, &expected, folder.path());
    }
    // Among others.
    let source = gif(&folder.path().join("b.gif"), &[1, 20, 10, 0]);
    let (plan, _) = package(&source, &ladder(), &folder.path().join("b"));
    let expected: Vec<_> = (0..20).flat_map(|number| vec![Some(number); if number % 4 == 1 { 2 } else { 1 }]).collect();
    for (name, seen) in renditions(&plan, &folder.path().join("b")) {
        assert_eq!(seen, expected, "{name}");
    }
}
