//! Pictures and sound that do not begin together in the source are as far apart in the package.

use std::path::{Path, PathBuf};

use tempfile::TempDir;
use vodkit::Ladder;

use vodkit_tests::packaged::Packaged;
use vodkit_tests::{ffprobe, folder, joined, make, numbered, package, quick, tones};

/// A preset with B-frames, whose delay the package has to take back.
fn ladder() -> Ladder {
    quick(&[144]).segment_seconds(1).keyframe_seconds(1).preset("superfast")
}

/// Numbered pictures, and a beep that begins with number 25.
fn clapper(folder: &Path, name: &str, sound: &str) -> PathBuf {
    let beep = "-f lavfi -i aevalsrc=if(gte(t\\,1)\\,0.5*sin(2*PI*1000*t)\\,0):s=48000:d=3 -map 0:v -map 1:a";
    numbered::write(
        &folder.join(name),
        "25",
        75,
        &format!("{beep} -pix_fmt yuv420p -c:v libx264 -preset ultrafast -bf 2 -g 100 {sound}"),
    )
}

/// How many seconds after the beep picture 25 is shown.
fn picture_after_beep(packaged: &Packaged) -> f64 {
    let (rendition, _) = packaged.plan.videos().next().unwrap();
    let numbers = numbered::numbers(&packaged.file(rendition));
    let frame = numbers.iter().position(|number| *number == Some(25)).expect("picture 25");
    let shown = frame as f64 / packaged.plan.source_video().unwrap().frame_rate.to_f64();
    shown - tones::onset(&packaged.channel(0), packaged.audio().1.sample_rate)
}

/// The same in the source, as ffmpeg reads it.
fn picture_after_beep_in(source: &Path) -> f64 {
    let shown = numbered::shown(source).into_iter().find(|(_, number)| *number == 25).expect("picture 25").0.to_f64();
    // The times of all frames come first, and the stream behind them.
    let found = ffprobe(source, "a:0", "frame=best_effort_timestamp_time:stream=sample_rate");
    let lines: Vec<&str> =
        found.lines().map(|line| line.trim_end_matches(',')).filter(|line| !line.is_empty()).collect();
    let (start, rate): (f64, u32) = (lines[0].parse().unwrap(), lines[lines.len() - 1].parse().unwrap());
    shown - start - tones::onset(&vodkit_tests::samples(source), rate)
}

/// The package keeps picture and sound as far apart as they are in the source, which is about `offset`.
fn stay_together(folder: TempDir, source: PathBuf, offset: f64) {
    let intended = picture_after_beep_in(&source);
    // What an encoder puts before the sound gets lost in some remuxing.
    assert!((intended - offset).abs() < 0.023, "{}: not the source that this test needs: {intended}", source.display());
    let packaged = Packaged::new(folder, source, &ladder());
    let apart = picture_after_beep(&packaged);
    let source = packaged.source.display();
    assert!((apart - intended).abs() < 0.005, "{source}: the picture comes {apart} s after the beep, not {intended}");
}

/// A source whose pictures are moved against its sound by remuxing: the package moves them just as much.
fn moved(name: &str, sound: &str, offset: f64) {
    let folder = folder();
    let together = clapper(folder.path(), &format!("together-{name}"), sound);
    let input = together.display();
    let (video, audio) = if offset < 0.0 { (0.0, -offset) } else { (offset, 0.0) };
    let inputs = format!("-itsoffset {video} -i {input} -itsoffset {audio} -i {input} -map 0:v -map 1:a -c copy");
    let source = make(&folder.path().join(name), &inputs);
    stay_together(folder, source, offset);
}

#[test]
fn pictures_that_start_later_than_the_sound() {
    moved("a.mp4", "-c:a aac", 0.48);
    moved("b.mkv", "-c:a flac", 0.49);
    moved("c.ts", "-c:a aac", 1.3);
}

#[test]
fn sound_that_starts_later_than_the_pictures() {
    moved("a.mp4", "-c:a aac", -0.48);
    moved("b.mkv", "-c:a flac", -0.49);
    moved("c.ts", "-c:a aac", -1.3);
}

/// Cutting without encoding leaves an edit list, and packets at times below 0.
fn cut_at(start: &str) {
    let folder = folder();
    let whole = clapper(folder.path(), "whole.mp4", "-c:a aac");
    let cut = make(&folder.path().join("cut.mp4"), &format!("-ss {start} -i {} -c copy", whole.display()));
    let apart = picture_after_beep(&Packaged::new(folder, cut, &ladder()));
    assert!(apart.abs() < 0.005, "cut at {start}: the picture comes {apart} s after the beep");
}

#[test]
fn an_edit_list_keeps_picture_and_sound_together() {
    cut_at("0.52");
    cut_at("0.88");
}

const FRAGMENTS: &str = "-movflags frag_keyframe+empty_moov+default_base_moof+negative_cts_offsets";

/// Fragments with composition offsets below zero: FFmpeg has their pictures late by the delay of reordering, from the
/// first fragment on that has it.
fn below_zero(keyframes: &str, index: &str) {
    let folder = folder();
    let source = clapper(folder.path(), "source.mp4", &format!("{keyframes} -c:a alac {FRAGMENTS}{index}"));
    assert!(picture_after_beep_in(&source) > 0.03, "ffmpeg reads it right: there is nothing to correct any more");
    let packaged = Packaged::new(folder, source, &ladder());
    let apart = picture_after_beep(&packaged);
    assert!(apart.abs() < 0.005, "{keyframes}: the picture comes {apart} s after the beep");
    let (rendition, _) = packaged.plan.videos().next().unwrap();
    assert_eq!(numbered::numbers(&packaged.file(rendition)), numbered::sequence(0, 75));
}

#[test]
fn fragments_with_offsets_below_zero() {
    below_zero("-g 25", "");
    below_zero("-g 25", "+global_sidx");
}

#[test]
fn fragments_whose_offsets_go_below_zero_midway() {
    let keyframes = "-g 25 -force_key_frames expr:lt(n,20)";
    below_zero(keyframes, "");
    // With an index of all fragments the demuxer knows of the offsets only when it comes to them.
    let folder = folder();
    let coding = format!("-pix_fmt yuv420p -c:v libx264 -preset ultrafast -bf 2 {keyframes} {FRAGMENTS}+global_sidx");
    let source = numbered::write(&folder.path().join("source.mp4"), "25", 75, &coding);
    let (plan, _) = package(&source, &ladder(), &folder.path().join("out"));
    assert_eq!(plan.source_video().unwrap().clock.len(), 2);
    let (rendition, _) = plan.videos().next().unwrap();
    assert_eq!(numbered::numbers(&joined(&folder.path().join("out"), rendition)), numbered::sequence(0, 75));
}

/// The first picture is then shown for a part of its time only.
#[test]
fn an_edit_list_that_cuts_between_two_frames_keeps_picture_and_sound_together() {
    cut_at("0.33");
    cut_at("0.39");
    cut_at("0.905");
}
