//! Pictures that are held for seconds, or come seconds apart, among reordered ones: presentation and decoding are then far
//! apart, which is no damage.

use std::path::{Path, PathBuf};

use vodkit::{Ladder, Rational};

use vodkit_tests::numbered::{self, HEIGHT, WIDTH};
use vodkit_tests::{folder, joined, package, quick};

const H264: &str = "-pix_fmt yuv420p -c:v libx264 -preset ultrafast -bf 3 -b_strategy 0 -g 50";
const MPEG2: &str = "-c:v mpeg2video -q:v 2 -g 12 -bf 2 -c:a mp2";

fn ladder() -> Ladder {
    quick(&[144]).segment_seconds(Rational::from(4))
}

/// When pictures come.
struct Times {
    count: u32,
    /// In 25ths of a second, as ffmpeg's expression of the number N.
    expression: &'static str,
    of: fn(u32) -> u32,
}

/// Three seconds, the picture in the midst of them held for 15 seconds more.
const HOLD: Times =
    Times { count: 75, expression: "N+375*gt(N\\,30)", of: |number| number + if number > 30 { 375 } else { 0 } };
/// The same, but it is the first one that is held.
const HELD_FIRST: Times =
    Times { count: 75, expression: "N+375*gt(N\\,0)", of: |number| number + if number > 0 { 375 } else { 0 } };
/// The same, but it is the last but one.
const HELD_LAST: Times =
    Times { count: 75, expression: "N+375*gt(N\\,73)", of: |number| number + if number > 73 { 375 } else { 0 } };
/// A picture every two, five and twelve seconds.
const TWO: Times = Times { count: 24, expression: "N*50", of: |number| number * 50 };
const FIVE: Times = Times { count: 24, expression: "N*125", of: |number| number * 125 };
const TWELVE: Times = Times { count: 24, expression: "N*300", of: |number| number * 300 };

impl Times {
    /// A source of these pictures, with a tone as long or without any.
    fn write(&self, path: &Path, arguments: &str, has_sound: bool) -> PathBuf {
        let seconds = (self.of)(self.count - 1) / 25 + 1;
        let sound =
            if has_sound { format!("-f lavfi -i sine=440:d={seconds}:r=44100 -map 0 -map 1") } else { String::new() };
        // A program stream has times for one picture in 2 KB.
        let noise =
            if path.extension().is_some_and(|extension| extension == "mpg") { ",noise=alls=20:allf=t" } else { "" };
        let timed =
            format!("-vf settb=1/25,setpts={}{noise} -fps_mode passthrough -enc_time_base 1/25", self.expression);
        let format = format!("-pix_fmt gray -video_size {WIDTH}x{HEIGHT} -framerate 25");
        let pictures = (0..self.count).map(numbered::picture);
        numbered::write_raw(path, &format, &format!("{sound} {timed} {arguments}"), pictures)
    }

    /// Whether a package shows each picture from when it is due.
    fn check(&self, name: &str, arguments: &str, has_sound: bool) {
        let folder = folder();
        let source = self.write(&folder.path().join(name), arguments, has_sound);
        let out = folder.path().join("out");
        let (plan, _) = package(&source, &ladder(), &out);
        let (video, _) = plan.videos().next().unwrap();
        let shown = numbered::shown(&joined(&out, video));
        let first = |number: u32| shown.iter().find(|(_, shown)| *shown == number).map(|(time, _)| *time);
        // Sound may begin a little before the first picture, which is shown for as much longer.
        let late = first(1).expect("the second picture") - Rational::new((self.of)(1).into(), 25);
        assert!(late < Rational::new(2, 25), "{name}: {} s late", late.to_f64());
        assert_eq!(shown.first().map(|(_, shown)| *shown), Some(0), "{name}: the first picture");
        for number in 1..self.count {
            let expected = Rational::new((self.of)(number).into(), 25) + late;
            assert_eq!(first(number), Some(expected), "{name}: picture {number} is due at {} s", expected.to_f64());
        }
        assert!(plan.source_video().unwrap().clock.is_empty(), "{name}: the pictures' clock");
        assert!(plan.audios().all(|(_, audio)| audio.source_clock.is_empty()), "{name}: the sound's clock");
        let end = (plan.duration() - late).to_f64();
        let truth = f64::from((self.of)(self.count - 1)) / 25.0;
        assert!((truth..truth + 1.1).contains(&end), "{name}: {end} s, not {truth}");
    }
}

#[test]
fn slow_pictures_in_a_transport_stream() {
    for (times, has_sound) in [(TWO, true), (TWO, false), (FIVE, false), (TWELVE, true), (TWELVE, false)] {
        times.check("a.ts", &format!("{H264} -c:a aac"), has_sound);
    }
}

#[test]
fn slow_pictures_in_other_formats() {
    for (times, has_sound) in [(TWO, true), (TWELVE, false)] {
        times.check("a.flv", &format!("{H264} -c:a aac"), has_sound);
        times.check("a.mkv", &format!("{H264} -c:a aac"), has_sound);
        times.check("a.mpg", MPEG2, false);
    }
    // Whose muxer has the sound's times wobble, and stores it far from the pictures.
    TWELVE.check("a.mpg", MPEG2, true);
}

/// As many as H.264 can have between two that others refer to.
#[test]
fn slow_pictures_with_sixteen_reordered_ones() {
    for name in ["a.ts", "a.flv", "a.mkv"] {
        Times { count: 60, ..FIVE }.check(name, "-c:v libx264 -preset ultrafast -bf 16 -b_strategy 0 -g 250", false);
    }
}

#[test]
fn a_hold_in_a_transport_stream() {
    for times in [HOLD, HELD_FIRST] {
        for has_sound in [false, true] {
            times.check("a.ts", &format!("{H264} -c:a aac"), has_sound);
        }
    }
    // That it is no damage only the sound can tell.
    HELD_LAST.check("a.ts", &format!("{H264} -c:a aac"), true);
}

#[test]
fn a_hold_in_a_program_stream() {
    for has_sound in [false, true] {
        HOLD.check("a.mpg", MPEG2, has_sound);
    }
}

/// A bit here and there of where the times of slow pictures stand.
#[test]
fn a_flipped_bit_among_slow_pictures_makes_no_hours() {
    let folder = folder();
    let whole = std::fs::read(TWO.write(&folder.path().join("a.ts"), H264, false)).unwrap();
    let duration =
        |bytes: Vec<u8>| Some(vodkit::plan(&vodkit::Source::bytes(bytes), &ladder()).ok()?.duration().to_f64());
    let truth = duration(whole.clone()).unwrap();
    let units: Vec<_> = (0..whole.len() / 188).filter(|unit| whole[unit * 188 + 1] & 0x40 != 0).collect();
    let mut planned = 0;
    for unit in units {
        for bit in (unit % 5..24 * 8).step_by(5) {
            let mut bytes = whole.clone();
            bytes[unit * 188 + bit / 8] ^= 1 << (bit % 8);
            let Some(seconds) = duration(bytes) else { continue };
            planned += 1;
            assert!((seconds - truth).abs() < 12.0, "bit {bit} of unit {unit}: {seconds} s, not {truth}");
        }
    }
    assert!(planned > 500, "{planned} can be planned");
}
