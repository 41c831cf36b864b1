//! Gaps, and what is missing at the beginning or the end, are silence of the right length, and what is loud begins as it did.

use std::f64::consts::TAU;
use std::path::Path;

use vodkit_tests::flash::{rich, stereo};
use vodkit_tests::{folder, make};

use super::pair::{Pair, audio, in_place, silent};

/// Pictures of `seconds` at 25 frames per second, as ffmpeg's input.
fn pictures(seconds: u32) -> String {
    format!("-f lavfi -i color=gray:size=64x64:rate=25:duration={seconds}")
}

const WITH_PICTURES: &str = "-c:v libx264 -preset ultrafast -pix_fmt yuv420p";

/// Two pieces of five seconds, the second 1.25 seconds behind the end of the first.
fn keeps_a_gap(name: &str, rate: usize, arguments: &str, delay: i64) {
    let out = folder();
    let input = stereo(out.path(), rate, &rich(rate, 5.0));
    let piece = make(&out.path().join(format!("piece-{name}")), &format!("{input} {arguments}"));
    let list = out.path().join("list.txt");
    let piece = piece.display();
    std::fs::write(&list, format!("file {piece}\nduration 6.25\nfile {piece}\n")).unwrap();
    let path = make(&out.path().join(name), &format!("-f concat -safe 0 -i {} -c copy", list.display()));
    let pair = Pair::of(&path, out.path());
    in_place(name, &pair, &[1.0, 4.0, 4.8, 6.5, 8.0, 11.0], delay);
    silent(name, &pair, 5.1, 6.15);
}

#[test]
fn a_gap_in_mkv_with_pcm_is_silent() {
    keeps_a_gap("a.mkv", 48_000, "-c:a pcm_s16le", 48);
}

#[test]
fn a_gap_in_mkv_with_aac_is_silent() {
    keeps_a_gap("a.mkv", 44_100, "-c:a aac", 44);
}

#[test]
fn a_gap_in_mp4_with_aac_is_silent() {
    keeps_a_gap("a.mp4", 48_000, "-c:a aac", 0);
}

#[test]
fn a_gap_in_mpegts_is_silent() {
    keeps_a_gap("a.ts", 44_100, "-c:a aac", 44);
}

#[test]
fn a_gap_in_resampled_sound_is_silent() {
    keeps_a_gap("a.mkv", 32_000, "-c:a pcm_s16le", 48);
}

/// A frame of 21 ms that is lost is little, but what follows must not come 21 ms early for it.
fn keeps_its_place_behind_a_lost_frame(name: &str, delay: i64) {
    let out = folder();
    let input = stereo(out.path(), 48_000, &rich(48_000, 11.0));
    let whole = make(&out.path().join(format!("whole-{name}")), &format!("{input} -c:a aac"));
    let path = make(&out.path().join(name), &format!("-i {} -c copy -bsf:a noise=drop='eq(n\\,100)'", whole.display()));
    let pair = Pair::of(&path, out.path());
    in_place(name, &pair, &[1.0, 2.5, 5.0, 9.0], delay);
}

#[test]
fn a_lost_frame_in_mkv_moves_nothing() {
    keeps_its_place_behind_a_lost_frame("a.mkv", 48);
}

#[test]
fn a_lost_frame_in_mpegts_moves_nothing() {
    keeps_its_place_behind_a_lost_frame("a.ts", 48);
}

#[test]
fn sound_shorter_than_the_pictures_ends_in_silence() {
    let out = folder();
    let input = stereo(out.path(), 48_000, &rich(48_000, 5.0));
    let path = make(&out.path().join("a.mov"), &format!("{} {input} {WITH_PICTURES} -c:a pcm_s16le", pictures(13)));
    let pair = Pair::of(&path, out.path());
    let (rendition, audio) = audio(&pair.plan);
    assert_eq!(rendition.segment_count, 3, "as many as the pictures have");
    assert_eq!(rendition.segment_durations().iter().sum::<u64>(), 13 * 48_000, "to the sample");
    let frames: u32 = audio.windows.iter().map(|window| window.frames).sum();
    assert_eq!(frames, (13 * 48_000_u32).div_ceil(1024), "to the pictures' end");
    in_place("short sound", &pair, &[1.0, 4.0, 4.8], 0);
    silent("short sound", &pair, 5.1, 13.0);
}

#[test]
fn sound_longer_than_the_pictures_has_further_segments() {
    let out = folder();
    let input = stereo(out.path(), 48_000, &rich(48_000, 13.0));
    let path = make(&out.path().join("a.mov"), &format!("{} {input} {WITH_PICTURES} -c:a pcm_s16le", pictures(5)));
    let pair = Pair::of(&path, out.path());
    let video = pair.plan.videos().next().unwrap().0;
    assert_eq!((video.segment_count, audio(&pair.plan).0.segment_count), (1, 3));
    in_place("long sound", &pair, &[1.0, 4.0, 8.0, 12.5], 0);
}

#[test]
fn sound_that_begins_late_is_silent_before() {
    let out = folder();
    let input = stereo(out.path(), 48_000, &rich(48_000, 9.0));
    let path = make(
        &out.path().join("a.mov"),
        &format!("{} {input} {WITH_PICTURES} -c:a pcm_s16le -af asetpts=PTS+2.345/TB", pictures(11)),
    );
    let pair = Pair::of(&path, out.path());
    silent("late sound", &pair, 0.0, 2.3);
    in_place("late sound", &pair, &[2.6, 5.0, 8.0, 10.5], 0);
}

/// Sound alone has a frame that primes decoders before the first that is presented, and is exact from its first sample on.
#[test]
fn sound_alone_is_there_from_its_first_sample_on() {
    let out = folder();
    let pair = Pair::of(&make(&out.path().join("a.wav"), &loud_at_once(out.path())), out.path());
    assert!(pair.apart(0..48_000) < 0.02, "{}", pair.apart(0..48_000));
}

/// Beside pictures a frame that primes would be out of step with them in players that heed no edit list. The first frame of
/// AAC has then none before it to overlap with, so that what is loud at once fades in. Nothing moves, and from the second
/// frame on all is there.
#[test]
fn what_is_loud_at_once_beside_pictures_fades_in_within_a_frame() {
    let out = folder();
    let input = loud_at_once(out.path()) + " -f lavfi -i testsrc2=s=64x64:r=25:d=5 -c:v ffv1 -c:a pcm_f32le";
    let pair = Pair::of(&make(&out.path().join("a.mkv"), &input), out.path());
    let late = pair.apart(1024..48_000);
    assert!(late < 0.02, "{late} from the second frame on");
    assert!(pair.apart(896..1024) < 0.1, "{} at the end of the first", pair.apart(896..1024));
    assert!(pair.package[0][..1200].iter().all(|sample| sample.abs() < 0.45), "nothing is louder than it was");
}

/// Five seconds of a tone that begins with its full level.
fn loud_at_once(folder: &Path) -> String {
    let tone = |sample: i32| (TAU * f64::from(sample) * 500.0 / 48_000.0).sin() * 0.4;
    let tones: Vec<[f64; 2]> = (0..5 * 48_000).map(|sample| [tone(sample), tone(sample)]).collect();
    stereo(folder, 48_000, &tones)
}
