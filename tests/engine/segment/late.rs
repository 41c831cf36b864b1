//! Tracks of a transport stream that appear when it has long begun, or belong to another programme.

use std::path::{Path, PathBuf};

use vodkit::Rational;

use vodkit_tests as common;
use vodkit_tests::numbered::{self, HEIGHT, WIDTH, numbers, sequence};
use vodkit_tests::{folder, joined, package, quick, samples, tones};

use super::clock::check_alone;

/// Sound of which each unit of the stream has one packet, and sound of which it has several.
const ONE_BY_ONE: &str = "-c:a mp2 -muxdelay 0";
const SEVERAL: &str = "-c:a aac";

/// Twelve seconds of pictures, and between the seconds `from` and `to` a tone: three parts, one after the other.
fn with_sound(folder: &Path, from: u32, to: u32, coding: &str) -> PathBuf {
    let mut bytes = Vec::new();
    for (name, begin, end) in [("a", 0, from), ("b", from, to), ("c", to, 12)] {
        let (tone, maps) = match name {
            "b" => (format!("-f lavfi -i sine=440:d={}:r=48000", end - begin), "-map 0 -map 1"),
            _ => (String::new(), ""),
        };
        let arguments = format!(
            "{tone} {maps} -pix_fmt yuv420p -c:v libx264 -preset ultrafast -bf 0 -g 25 {coding} -output_ts_offset {begin} -f mpegts"
        );
        let format = format!("-pix_fmt gray -video_size {WIDTH}x{HEIGHT} -framerate 25");
        let pictures = (begin * 25..end * 25).map(numbered::picture);
        if begin < end {
            bytes
                .extend(std::fs::read(numbered::write_raw(&folder.join(name), &format, &arguments, pictures)).unwrap());
        }
    }
    let path = folder.join("source.ts");
    std::fs::write(&path, bytes).unwrap();
    path
}

/// All pictures, and the tone when it is due, with silence before it and after it; of any segment.
fn check(from: u32, to: u32, coding: &str) {
    let folder = folder();
    let source = with_sound(folder.path(), from, to, coding);
    let out = folder.path().join("out");
    let ladder = quick(&[144]).segment_seconds(Rational::from(2));
    let (plan, _) = package(&source, &ladder, &out);
    let (video, _) = plan.videos().next().unwrap();
    assert_eq!(numbers(&joined(&out, video)), sequence(0, 300));
    let (audio, _) = plan.audios().next().expect("sound");
    let sound = samples(&joined(&out, audio));
    assert!((sound.len() as f64 / 48_000.0 - 12.0).abs() < 0.1, "{} samples", sound.len());
    assert!((tones::onset(&sound, 48_000) - f64::from(from)).abs() < 0.04, "{}", tones::onset(&sound, 48_000));
    let second = |second: u32| &sound[second as usize * 48_000 + 4800..][..38_400];
    for number in 0..12 {
        let level = tones::level(second(number), 48_000, 440.0);
        let expected = if (from..to).contains(&number) { 0.11..0.14 } else { -0.001..0.001 };
        assert!(expected.contains(&level), "{level} in second {number}");
    }
    check_alone(&source, &plan, &out, "late");
}

#[test]
fn sound_that_appears_after_the_opening() {
    check(9, 12, ONE_BY_ONE);
}

#[test]
fn sound_that_appears_and_goes_again() {
    check(8, 10, ONE_BY_ONE);
}

#[test]
fn sound_of_several_packets_to_a_unit_that_appears_after_the_opening() {
    check(9, 12, SEVERAL);
}

#[test]
fn sound_of_several_packets_to_a_unit_that_appears_and_goes_again() {
    check(8, 10, SEVERAL);
}

/// Eight seconds of sound alone, then four with pictures.
#[test]
fn pictures_that_appear_after_the_opening() {
    let folder = folder();
    let sound = common::make(
        &folder.path().join("sound.ts"),
        "-f lavfi -i sine=440:d=8:r=48000 -c:a mp2 -streamid 0:257 -muxdelay 0",
    );
    let arguments = "-f lavfi -i sine=440:d=4:r=48000 -map 0 -map 1 -c:a mp2 -pix_fmt yuv420p -c:v libx264 -preset ultrafast \
                     -bf 0 -g 25 -muxdelay 0 -output_ts_offset 8 -f mpegts";
    let format = format!("-pix_fmt gray -video_size {WIDTH}x{HEIGHT} -framerate 25");
    let both = numbered::write_raw(&folder.path().join("both"), &format, arguments, (0..100).map(numbered::picture));
    let source = folder.path().join("source.ts");
    std::fs::write(&source, [std::fs::read(sound).unwrap(), std::fs::read(both).unwrap()].concat()).unwrap();
    let out = folder.path().join("out");
    let (plan, _) = package(&source, &quick(&[144]).segment_seconds(Rational::from(2)), &out);
    let (video, _) = plan.videos().next().unwrap();
    let shown = numbers(&joined(&out, video));
    assert_eq!(shown[shown.len() - 100..], sequence(0, 100));
    let (audio, _) = plan.audios().next().expect("sound");
    let sound = samples(&joined(&out, audio));
    assert!((sound.len() as f64 / 48_000.0 - 12.0).abs() < 0.1, "{} samples", sound.len());
    for second in 0..12 {
        let level = tones::level(&sound[second * 48_000 + 4800..][..38_400], 48_000, 440.0);
        assert!((0.11..0.14).contains(&level), "{level} in second {second}");
    }
    check_alone(&source, &plan, &out, "late");
}

/// Two programmes in one stream: the pictures of the longer one come with their own sound, and the other is told of.
#[test]
fn of_two_programmes_one_is_played_with_its_own_sound() {
    let folder = folder();
    let source = common::make(
        &folder.path().join("two.ts"),
        "-f lavfi -i testsrc2=s=64x64:r=25:d=3 -f lavfi -i testsrc2=s=64x64:r=25:d=5 -f lavfi -i sine=440:d=3:r=48000 \
         -f lavfi -i sine=880:d=5:r=48000 -map 0 -map 2 -map 1 -map 3 -pix_fmt yuv420p -c:v libx264 -preset ultrafast -bf 0 -g 25 \
         -c:a mp2 -program st=0:st=1:program_num=1 -program st=2:st=3:program_num=2",
    );
    let out = folder.path().join("out");
    let (plan, _) = package(&source, &quick(&[64]), &out);
    assert!((125..=126).contains(&plan.source_video().unwrap().frames));
    let sounds: Vec<_> = plan.audios().map(|(rendition, _)| samples(&joined(&out, rendition))).collect();
    assert_eq!(sounds.len(), 1);
    assert!((tones::frequency(tones::middle(&sounds[0]), 48_000) - 880.0).abs() < 1.0);
    let told: Vec<_> = plan.warnings().iter().map(|warning| (warning.kind.name(), warning.track.unwrap())).collect();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told.iter().all(|(kind, _)| *kind == "track_left_out"));
}

/// An hour apart, by their clocks.
#[test]
fn programmes_may_have_clocks_of_their_own() {
    let folder = folder();
    let source = common::make(
        &folder.path().join("clocks.ts"),
        "-f lavfi -i testsrc2=s=64x64:r=25:d=5 -itsoffset 3600 -f lavfi -i testsrc2=s=64x64:r=25:d=3 -f lavfi -i sine=440:d=5:r=48000 \
         -itsoffset 3600 -f lavfi -i sine=880:d=3:r=48000 -map 0 -map 2 -map 1 -map 3 -pix_fmt yuv420p -c:v libx264 \
         -preset ultrafast -bf 0 -g 25 -fps_mode passthrough -c:a mp2 -program st=0:st=1:program_num=1 \
         -program st=2:st=3:program_num=2",
    );
    let info = vodkit::probe(&common::source(&source)).unwrap();
    assert!((5.0..5.1).contains(&info.duration.to_f64()), "{}", info.duration);
    let out = folder.path().join("out");
    let (plan, _) = package(&source, &quick(&[64]), &out);
    assert!((5.0..5.1).contains(&plan.duration().to_f64()), "{}", plan.duration());
    let (audio, _) = plan.audios().next().unwrap();
    assert!((tones::frequency(tones::middle(&samples(&joined(&out, audio))), 48_000) - 440.0).abs() < 1.0);
}
