//! Segments that are encoded alone keep one continuous decoder's buffer (VBV) when they are played one after the other.

use std::path::Path;

use vodkit::plan::VideoCoding;
use vodkit::{Ladder, Rational, Rung};
use vodkit_tests::{ffprobe, folder, joined, make, package};

/// More than any cap holds.
const NOISE: &str = "-f lavfi -i nullsrc=s=214x120:r=25:d=13,geq=random(1)*255:128:128 -c:v ffv1";
/// What fills a buffer before it needs it.
const CHANGING: &str = "-f lavfi -i testsrc2=s=214x120:r=25:d=4,noise=alls=20:allf=t \
    -f lavfi -i mandelbrot=s=214x120:r=25 -f lavfi -i color=gray:s=214x120:r=25:d=4 \
    -filter_complex [1:v]trim=duration=5[film];[2:v][film][0:v]concat=n=3 -c:v ffv1";

/// Plays a package's video with one buffer for all of it.
fn keeps_one_buffer(source: &Path, preset: &str, seconds: i64) {
    let what = format!("{}, preset {preset}, segments of {seconds} s", source.display());
    let ladder = Ladder::default().rungs([Rung::new(120).max_rate(100_000)]).preset(preset);
    let ladder = ladder.segment_seconds(Rational::from(seconds)).keyframe_seconds(Rational::from(seconds.min(2)));
    let folder = folder();
    let (plan, _) = package(source, &ladder, folder.path());
    let (rendition, video) = plan.videos().next().unwrap();
    let VideoCoding::Encode { buffer, .. } = &video.coding else { panic!("it is encoded") };
    let sizes = ffprobe(&joined(folder.path(), rendition), "v:0", "packet=size");
    let sizes: Vec<i64> = sizes.lines().map(|size| size.trim_matches(',').parse::<i64>().unwrap() * 8).collect();
    assert_eq!(sizes.len(), 13 * 25);
    let per_frame = video.max_rate as i64 / 25;
    let mut fill = buffer.initial_fill as i64;
    for (number, bits) in sizes.iter().enumerate() {
        fill -= bits;
        assert!(fill >= 0, "{what}: frame {number} comes {} bits too late", -fill);
        fill = (fill + per_frame).min(video.buffer_size as i64);
    }
    assert!(fill >= buffer.initial_fill as i64, "{what}: {fill} bits are left");
    let total: i64 = sizes.iter().sum();
    let used = total as f64 / (video.max_rate as f64 * 13.0);
    assert!(used > if source.ends_with("noise.mkv") { 0.7 } else { 0.2 }, "{what}: {used} of the cap is used");
}

#[test]
fn of_noise() {
    let folder = folder();
    let source = make(&folder.path().join("noise.mkv"), NOISE);
    for (preset, seconds) in [("veryfast", 1), ("veryfast", 2), ("veryfast", 4), ("superfast", 4), ("ultrafast", 1)] {
        keeps_one_buffer(&source, preset, seconds);
    }
}

#[test]
fn of_a_still_that_becomes_a_film() {
    let folder = folder();
    let source = make(&folder.path().join("changing.mkv"), CHANGING);
    for (preset, seconds) in [("veryfast", 1), ("veryfast", 4), ("medium", 4), ("ultrafast", 2)] {
        keeps_one_buffer(&source, preset, seconds);
    }
}
