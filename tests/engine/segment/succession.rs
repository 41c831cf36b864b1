//! Transport streams whose sound or pictures go on under another number (PID) midway, in another codec, or in each other's place:
//! recordings with advertisements, parts that were joined.

use std::path::{Path, PathBuf};

use vodkit::Rational;

use vodkit_tests as common;
use vodkit_tests::numbered::{self, HEIGHT, WIDTH, numbers, sequence};
use vodkit_tests::{folder, joined, package, quick, samples, tones};

use super::clock::check_alone;

/// Pictures from a number on, four seconds of them, with a tone.
struct Part<'a> {
    first: u32,
    frequency: u32,
    arguments: &'a str,
}

/// Sound begins a little before the pictures, and no clock below 0.
const FIRST: &str = "-output_ts_offset 1";
const NUMBERS: &str = "-mpegts_start_pid 512 -output_ts_offset 1";

fn source(folder: &Path, parts: &[Part<'_>]) -> PathBuf {
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
fn check(parts: &[Part<'_>]) {
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

/// All pictures in order, each at its time; the first may stay a little longer, for sound that is before it.
fn check_pictures(shown: &[Option<u32>], parts: &[Part<'_>]) {
    let expected: Vec<_> = parts.iter().flat_map(|part| sequence(part.first, 100)).collect();
    let early = shown.len() - expected.len();
    assert!(early < 2, "{} pictures", shown.len());
    assert_eq!(shown[early..], expected);
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

/// As where a broadcaster lists its sound first.
#[test]
fn pictures_and_sound_in_each_others_place_are_followed() {
    let swapped = "-streamid 0:257 -streamid 1:256 -output_ts_offset";
    let (on, anew, back) = (format!("{swapped} 5"), format!("{swapped} 1"), "-output_ts_offset 9");
    check(&[
        Part { first: 0, frequency: 440, arguments: FIRST },
        Part { first: 100, frequency: 880, arguments: &on },
        Part { first: 200, frequency: 440, arguments: back },
    ]);
    check(&[
        Part { first: 0, frequency: 440, arguments: FIRST },
        Part { first: 100, frequency: 880, arguments: &anew },
    ]);
}

/// With packets that begin with the time when they came, as on discs.
#[test]
fn in_each_others_place_in_packets_of_192_bytes() {
    check(&[
        Part { first: 0, frequency: 440, arguments: "-mpegts_m2ts_mode 1 -c:a ac3 -output_ts_offset 1" },
        Part {
            first: 100,
            frequency: 880,
            arguments: "-mpegts_m2ts_mode 1 -c:a ac3 -streamid 0:4352 -streamid 1:4113 -output_ts_offset 5",
        },
    ]);
}

/// What was a recorder's and what was a broadcast, of which one has its tables under the PID of the other's pictures.
#[test]
fn packets_of_188_and_192_bytes_in_one_source() {
    let plain = Part { first: 0, frequency: 440, arguments: "-c:a ac3 -output_ts_offset 1" };
    let timed = Part { first: 100, frequency: 880, arguments: "-mpegts_m2ts_mode 1 -c:a ac3 -output_ts_offset 5" };
    check(&[plain, timed]);
}

/// Two languages, of which each is where the other was before.
#[test]
fn languages_in_each_others_place_are_followed() {
    let folder = folder();
    let part = |name: &str, order: [(u32, &str); 2], offset: u32| {
        let tones = order.map(|(frequency, _)| format!("-f lavfi -i sine={frequency}:d=4:r=48000")).join(" ");
        let [(_, one), (_, other)] = order;
        let path = common::make(
            &folder.path().join(name),
            &format!(
                "-f lavfi -i testsrc2=s=64x64:r=25:d=4 {tones} -map 0 -map 1 -map 2 -pix_fmt yuv420p -c:v libx264 -preset ultrafast \
                 -bf 0 -g 25 -c:a aac -metadata:s:a:0 language={one} -metadata:s:a:1 language={other} -output_ts_offset {offset}"
            ),
        );
        std::fs::read(path).unwrap()
    };
    let (deu, fra) = ((440, "deu"), (880, "fra"));
    let source = folder.path().join("source.ts");
    std::fs::write(&source, [part("a.ts", [deu, fra], 1), part("b.ts", [fra, deu], 5)].concat()).unwrap();
    let out = folder.path().join("out");
    let (plan, _) = package(&source, &quick(&[64]).segment_seconds(Rational::from(2)), &out);
    assert_eq!(plan.warnings(), []);
    let audios: Vec<_> = plan.audios().collect();
    assert_eq!(audios.len(), 2);
    for (rendition, audio) in audios {
        let own = if audio.language.as_deref() == Some("de") { 440.0 } else { 880.0 };
        let sound = samples(&joined(&out, rendition));
        for second in 0..8 {
            let level = |hertz| tones::level(&sound[second * 48_000 + 4800..][..38_400], 48_000, hertz);
            assert!((0.11..0.14).contains(&level(own)), "{own} Hz at {} in second {second}", level(own));
            assert!(level(1320.0 - own) < 0.01, "of another language in second {second}");
        }
    }
    check_alone(&source, &plan, &out, "languages");
}

/// A decoder of the first cannot go on with it, so it is a track of its own, and it is said when it is there.
#[test]
fn pictures_that_go_on_in_another_codec_are_told_of() {
    for (codec, name) in [("mpeg2video", "mpeg2video"), ("libx265 -x265-params log-level=none:pools=none", "hevc")] {
        let folder = folder();
        let other = format!("-output_ts_offset 5 -c:v {codec} -b:v 1M");
        let parts = [(0, FIRST), (100, &other)].map(|(first, arguments)| Part { first, frequency: 440, arguments });
        let source = source(folder.path(), &parts);
        let out = folder.path().join("out");
        let (plan, _) = package(&source, &quick(&[144]).segment_seconds(Rational::from(2)), &out);
        let [told] = plan.warnings() else { panic!("{:?}", plan.warnings()) };
        assert_eq!((told.kind.name(), told.track), ("presentation_not_followed", Some(2)));
        assert!(told.message.contains("track 0 (h264) is there from 0.0"), "{told:?}");
        assert!(told.message.contains(&format!("track 2 ({name}) is there from 4.0")), "{told:?}");
        let (video, _) = plan.videos().next().unwrap();
        check_pictures(&numbers(&joined(&out, video)), &parts[..1]);
        check_alone(&source, &plan, &out, name);
    }
}

/// The same under one number.
#[test]
fn sound_that_goes_on_in_another_codec_under_its_number_is_told_of() {
    let folder = folder();
    let parts = [(0, FIRST), (100, "-output_ts_offset 5 -c:a ac3")];
    let parts = parts.map(|(first, arguments)| Part { first, frequency: 440, arguments });
    let source = source(folder.path(), &parts);
    let out = folder.path().join("out");
    let (plan, _) = package(&source, &quick(&[144]).segment_seconds(Rational::from(2)), &out);
    let [told] = plan.warnings() else { panic!("{:?}", plan.warnings()) };
    assert_eq!((told.kind.name(), told.track), ("presentation_not_followed", Some(1)));
    assert!(
        told.message.contains("track 1 (aac)") && told.message.contains("track 2 (ac3) is there from 4.0"),
        "{told:?}"
    );
    let (video, _) = plan.videos().next().unwrap();
    check_pictures(&numbers(&joined(&out, video)), &parts);
    for ((rendition, _), heard) in plan.audios().zip([0..4, 4..8]) {
        let sound = samples(&joined(&out, rendition));
        for second in 0..8 {
            let level = tones::level(&sound[second * 48_000 + 4800..][..38_400], 48_000, 440.0);
            let expected = if heard.contains(&second) { 0.11..0.14 } else { -0.001..0.001 };
            assert!(expected.contains(&level), "{level} in second {second} of {}", rendition.id);
        }
    }
    check_alone(&source, &plan, &out, "codecs");
}
