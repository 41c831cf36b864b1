//! Interlacing: of each frame that has two fields the first is kept, without combs; all others pass as they are.

use std::path::{Path, PathBuf};

use super::formats::ladder;
use vodkit_tests::numbered::{self, HEIGHT, WIDTH};
use vodkit_tests::packaged::{Packaged, apart};
use vodkit_tests::{folder, grey_frames};

/// Upright stripes that move eight pixels from field to field.
fn stripes(number: usize) -> Vec<u8> {
    (0..WIDTH * HEIGHT)
        .map(|place| if ((place % WIDTH + number * 8) / 32).is_multiple_of(2) { 60 } else { 200 })
        .collect()
}

/// How far neighbouring lines are from each other: combs stand out.
fn combing(picture: &[u8]) -> f64 {
    apart(&picture[..picture.len() - WIDTH], &picture[WIDTH..])
}

/// Two fields of one frame are 20 ms apart. The first is kept and the other is gone.
fn fields(name: &str, weave: &str, encoder: &str) {
    let folder = folder();
    let format = format!("-pix_fmt gray -video_size {WIDTH}x{HEIGHT} -framerate 50");
    let arguments = format!("-vf tinterlace={weave},format=yuv420p -r 25 -flags +ilme+ildct {encoder}");
    let source = numbered::write_raw(&folder.path().join(name), &format, &arguments, (0..100).map(stripes));
    let woven = grey_frames(&source, WIDTH, HEIGHT);
    assert!(combing(&woven[10]) > 25.0, "the source is not interlaced");
    let packaged = Packaged::new(folder, source, &ladder());
    assert_eq!(packaged.frames(), 50);
    let smooth = grey_frames(&packaged.file(packaged.plan.videos().next().unwrap().0), WIDTH, HEIGHT);
    for (number, picture) in smooth.iter().enumerate() {
        assert!(combing(picture) < 4.0, "frame {number} has combs: lines are {} apart", combing(picture));
        let own = apart(picture, &stripes(number * 2));
        assert!(own < 12.0, "frame {number} is {own} grey levels from its first field");
    }
}

#[test]
fn fields_of_h264_with_the_upper_first() {
    fields("a.mp4", "interleave_top", "-c:v libx264 -preset ultrafast -qp 10 -x264-params tff=1");
}

#[test]
fn fields_of_h264_with_the_lower_first() {
    fields("a.mkv", "interleave_bottom", "-c:v libx264 -preset ultrafast -qp 10 -x264-params bff=1");
}

#[test]
fn fields_of_mpeg2_with_the_upper_first() {
    fields("a.ts", "interleave_top", "-c:v mpeg2video -q:v 2 -bf 2");
}

#[test]
fn fields_of_mpeg2_with_the_lower_first() {
    fields("a.ts", "interleave_bottom", "-c:v mpeg2video -q:v 2 -bf 2");
}

#[test]
fn fields_of_prores_with_the_upper_first() {
    fields("a.mov", "interleave_top", "-pix_fmt yuv422p10le -c:v prores_ks");
}

/// The demuxers of DV say nothing of fields.
#[test]
fn fields_of_dv() {
    for name in ["a.avi", "a.dv", "a.mov"] {
        let folder = folder();
        let format = format!("-pix_fmt gray -video_size {WIDTH}x{HEIGHT} -framerate 50");
        let weave = "scale=720:576:flags=neighbor,setsar=1,tinterlace=interleave_bottom,format=yuv420p";
        let arguments = format!("-vf {weave} -r 25 -c:v dvvideo");
        let source = numbered::write_raw(&folder.path().join(name), &format, &arguments, (0..20).map(stripes));
        let lines = |picture: &[u8]| apart(&picture[..picture.len() - 720], &picture[720..]);
        assert!(lines(&grey_frames(&source, 720, 576)[5]) > 25.0, "{name}: the source is not interlaced");
        let ladder = ladder().rungs([576]);
        let packaged = Packaged::new(folder, source, &ladder);
        let smooth = grey_frames(&packaged.file(packaged.plan.videos().next().unwrap().0), 720, 576);
        assert!(smooth.iter().all(|picture| lines(picture) < 6.0), "{name} has combs");
    }
}

/// Fifty pictures from a number on, of which each is one frame.
fn whole(path: &Path, from: usize, arguments: &str) -> PathBuf {
    let format = format!("-pix_fmt gray -video_size {WIDTH}x{HEIGHT} -framerate 25");
    numbered::write_raw(path, &format, &format!("-pix_fmt yuv420p {arguments}"), (from..from + 50).map(stripes))
}

/// A hundred pictures from a number on, of which two become one frame each.
fn woven(path: &Path, from: usize, weave: &str, arguments: &str) -> PathBuf {
    let format = format!("-pix_fmt gray -video_size {WIDTH}x{HEIGHT} -framerate 50");
    let arguments = format!("-vf tinterlace={weave},format=yuv420p -r 25 {arguments}");
    numbered::write_raw(path, &format, &arguments, (from..from + 100).map(stripes))
}

/// What a package of a source shows, and of which picture each frame should be.
fn shows(folder: tempfile::TempDir, source: PathBuf, expected: &[usize]) {
    let packaged = Packaged::new(folder, source, &ladder());
    let seen = grey_frames(&packaged.file(packaged.plan.videos().next().unwrap().0), WIDTH, HEIGHT);
    assert_eq!(seen.len(), expected.len());
    for ((number, picture), own) in seen.iter().enumerate().zip(expected) {
        assert!(combing(picture) < 4.0, "frame {number} has combs: lines are {} apart", combing(picture));
        let apart = apart(picture, &stripes(*own));
        assert!(apart < 12.0, "frame {number} is {apart} grey levels from picture {own}");
    }
}

fn concatenated(parts: &[PathBuf], path: &Path) -> PathBuf {
    std::fs::write(path, parts.iter().flat_map(|part| std::fs::read(part).unwrap()).collect::<Vec<_>>()).unwrap();
    path.to_owned()
}

const MPEG2: &str = "-c:v mpeg2video -q:v 2 -g 12";
const FIELDS: &str = "-flags +ilme+ildct";

/// What the second part begins with, so that it goes on where the first ends.
const BEHIND: &str = "-output_ts_offset 2.04";

#[test]
fn fields_that_begin_midway() {
    let folder = folder();
    let file = |name: &str| folder.path().join(name);
    let parts = [
        whole(&file("a.ts"), 0, MPEG2),
        woven(&file("b.ts"), 50, "interleave_top", &format!("{MPEG2} {FIELDS} {BEHIND}")),
    ];
    let source = concatenated(&parts, &file("source.ts"));
    // FFmpeg's decoder loses the picture before a sequence of another kind.
    let expected: Vec<_> = (0..49).chain([48]).chain((50..150).step_by(2)).collect();
    shows(folder, source, &expected);
}

#[test]
fn fields_whose_order_changes_midway() {
    let folder = folder();
    let file = |name: &str| folder.path().join(name);
    let parts = [
        woven(&file("a.ts"), 0, "interleave_top", &format!("{MPEG2} {FIELDS}")),
        woven(&file("b.ts"), 100, "interleave_bottom", &format!("{MPEG2} {FIELDS} {BEHIND}")),
    ];
    let source = concatenated(&parts, &file("source.ts"));
    shows(folder, source, &(0..200).step_by(2).collect::<Vec<_>>());
}

/// The pictures of Motion JPEG say nothing of fields, but QuickTime does.
#[test]
fn fields_of_mjpeg_in_mov() {
    for (weave, order) in [("interleave_top", "tt"), ("interleave_bottom", "bb")] {
        let folder = folder();
        let source = woven(
            &folder.path().join("a.mov"),
            0,
            weave,
            &format!("-pix_fmt yuvj420p -c:v mjpeg -q:v 2 -field_order {order}"),
        );
        shows(folder, source, &(0..100).step_by(2).collect::<Vec<_>>());
    }
}
