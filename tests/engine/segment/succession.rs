//! Transport streams whose sound or pictures go on under another number (PID) midway: recordings with advertisements, parts that
//! were joined.

use std::path::{Path, PathBuf};

use vodkit::Rational;

use vodkit_tests as common;
use vodkit_tests::numbered::{self, HEIGHT, WIDTH, numbers, sequence};
use vodkit_tests::{folder, joined, package, quick, samples, tones};

use super::clock::check_alone;

/// Pictures from a number on, four seconds of them, with a tone.
struct Part {
    first: u32,
    frequency: u32,
    arguments: &'static str,
}

/// Sound begins a little before the pictures, and no clock below 0.
const FIRST: &str = "-output_ts_offset 1";
const NUMBERS: &str = "-mpegts_start_pid 512 -output_ts_offset 1";

fn source(folder: &Path, parts: &[Part]) -> PathBuf {
    let mut bytes = Vec::new();
    for Part { first, frequency, arguments } in parts {
        let arguments = format!(
            "-f lavfi -i sine={frequency}:d=4:r=48000 -map 0 -map 1 -pix_fmt yuv420p -c:v libx264 -preset ultrafast -bf 0 -g 25 \
             -c:a aac {arguments} -f mpegts"
        );
        let format = format!("-pix_fmt gray -video_size {WIDTH}x{HEIGHT} -framerate 25");
        let pictures = (*first..first + 100).map(numbered::picture);
        bytes.extend(std::fs::read(numbered::write_raw(&folder.join("part"), &format, &arguments, pictures)).unwrap());
    }
    let path = folder.join("source.ts");
    std::fs::write(&path, bytes).unwrap();
    path
}

/// One video with all pictures, and one sound with the tones, four seconds each; the same of any segment that is made alone.
fn check(parts: &[Part]) {
    let folder = folder();
    let source = source(folder.path(), parts);
    let out = folder.path().join("out");
    let (plan, _) = package(&source, &quick(&[144]).segment_seconds(Rational::from(2)), &out);
    assert_eq!(plan.warnings(), [], "nothing is left out, and nothing is damaged");
    let (video, _) = plan.videos().next().unwrap();
    check_pictures(&numbers(&joined(&out, video)), parts);
    let sounds: Vec<_> = plan.audios().map(|(rendition, _)| samples(&joined(&out, rendition))).collect();
    let [sound] = sounds.as_slice() else { panic!("{} sounds", sounds.len()) };
    for (number, part) in parts.iter().enumerate() {
        for second in number * 4..number * 4 + 4 {
            let level = |hertz| tones::level(&sound[second * 48_000 + 4800..][..38_400], 48_000, hertz);
            let own = level(f64::from(part.frequency));
            assert!((0.11..0.14).contains(&own), "{own} in second {second}");
            let others = [440.0, 880.0].into_iter().filter(|hertz| *hertz != f64::from(part.frequency));
            others.for_each(|hertz| assert!(level(hertz) < 0.01, "{hertz} Hz in second {second}"));
        }
    }
    assert!((sound.len() as f64 / 48_000.0 - 4.0 * parts.len() as f64).abs() < 0.1, "{} samples", sound.len());
    check_alone(&source, &plan, &out, "joined");
}

/// All pictures in order, each at its time; the first may stay a little longer, for sound that is before it. The last two
/// of a stream that another follows come out of the demuxer when it comes back, or at the end; the one before stays for them.
fn check_pictures(shown: &[Option<u32>], parts: &[Part]) {
    let expected: Vec<_> = parts.iter().flat_map(|part| sequence(part.first, 100)).collect();
    let early = shown.len() - expected.len();
    assert!(early < 2, "{} pictures", shown.len());
    for (place, (shown, number)) in shown.iter().skip(early).zip(&expected).enumerate() {
        let is_end = place % 100 >= 98 && place < expected.len() - 100;
        let is_held = is_end && Some(shown) == expected.get(place / 100 * 100 + 97);
        assert!(shown == number || is_held, "{shown:?} where {number:?} is expected");
    }
}

/// What no decoder of the first goes on with is a sound of its own. The one that lasts longer is chosen, and it is told.
#[test]
fn sound_that_goes_on_in_another_codec_is_told_of() {
    let folder = folder();
    let to_mp2 = "-streamid 0:256 -streamid 1:300 -output_ts_offset 5 -c:a mp2";
    let more = "-streamid 0:256 -streamid 1:300 -output_ts_offset 9 -c:a mp2";
    let parts = [(0, FIRST), (100, to_mp2), (200, more)];
    let parts = parts.map(|(first, arguments)| Part { first, frequency: 440, arguments });
    let source = source(folder.path(), &parts);
    let plan = vodkit::plan(&common::source(&source), &quick(&[144])).unwrap();
    let tracks: Vec<u32> = plan.audios().map(|(_, audio)| audio.source_track).collect();
    assert_eq!(tracks, [2, 1]);
    let [told] = plan.warnings() else { panic!("{:?}", plan.warnings()) };
    assert_eq!((told.kind.name(), told.track), ("presentation_not_followed", Some(2)));
    assert!(
        told.message.contains("track 2 (mp2) is there from 4.0") && told.message.contains("track 1 (aac)"),
        "{told:?}"
    );
}

#[test]
fn sound_that_goes_on_under_another_number_is_one() {
    let other = "-streamid 0:256 -streamid 1:300 -output_ts_offset 5";
    check(&[
        Part { first: 0, frequency: 440, arguments: FIRST },
        Part { first: 100, frequency: 880, arguments: other },
    ]);
}

#[test]
fn pictures_and_sound_that_go_on_under_other_numbers_are_one() {
    check(&[
        Part { first: 0, frequency: 440, arguments: FIRST },
        Part { first: 100, frequency: 880, arguments: "-mpegts_start_pid 512 -output_ts_offset 5" },
    ]);
}

#[test]
fn parts_under_other_numbers_whose_clock_begins_anew() {
    check(&[
        Part { first: 0, frequency: 440, arguments: FIRST },
        Part { first: 100, frequency: 880, arguments: NUMBERS },
    ]);
}

#[test]
fn a_part_that_is_another_programme() {
    let other = "-mpegts_start_pid 512 -mpegts_pmt_start_pid 4352 -mpegts_service_id 2 -output_ts_offset 1";
    check(&[
        Part { first: 0, frequency: 440, arguments: FIRST },
        Part { first: 100, frequency: 880, arguments: other },
    ]);
}

/// As a programme with an advertisement in its midst.
#[test]
fn what_comes_back_after_a_part_under_other_numbers() {
    check(&[
        Part { first: 0, frequency: 440, arguments: FIRST },
        Part { first: 100, frequency: 880, arguments: NUMBERS },
        Part { first: 200, frequency: 440, arguments: "-output_ts_offset 5" },
    ]);
}
