//! A thumbnail is upright, and has the shape that is asked for.

use std::path::{Path, PathBuf};

use vodkit::thumbnail::Fit;
use vodkit::{ImageFormat, ThumbnailOptions, thumbnail};

use vodkit_tests as common;
use vodkit_tests::numbered::{self, HEIGHT, WIDTH};
use vodkit_tests::{ffprobe, folder, grey_frames, source};

use super::{X264, four_seconds, number_on, options, saved, seconds};

#[test]
fn each_size_and_fit_gives_its_shape() {
    let folder = folder();
    let video = four_seconds(folder.path());
    let cases = [
        (None, None, Fit::Crop, (256, 144)),
        (Some(128), None, Fit::Crop, (128, 72)),
        (None, Some(72), Fit::Fill, (128, 72)),
        (Some(512), None, Fit::Clip, (512, 288)),
        (Some(101), None, Fit::Clip, (101, 57)),
        (Some(200), Some(200), Fit::Crop, (200, 200)),
        (Some(200), Some(200), Fit::Clip, (200, 113)),
        (Some(200), Some(200), Fit::Scale, (200, 200)),
        (Some(200), Some(200), Fit::Fill, (200, 200)),
        (Some(400), Some(72), Fit::Clip, (128, 72)),
        (Some(400), Some(72), Fit::Fill, (400, 72)),
        (Some(1), Some(1), Fit::Crop, (1, 1)),
    ];
    for (width, height, fit, size) in cases {
        let picture =
            thumbnail(&source(&video), &options(seconds(0, 1), width, height, fit, ImageFormat::Png)).unwrap();
        assert_eq!((picture.width, picture.height), size, "{width:?} x {height:?}, {fit:?}");
        let written = ffprobe(&saved(&picture, folder.path()), "v:0", "stream=width,height");
        assert_eq!(written, format!("{},{}", size.0, size.1), "{width:?} x {height:?}, {fit:?}");
    }
}

/// A picture that is as bright as it is far to the right: 0 to 255.
fn ramp(folder: &Path) -> PathBuf {
    let picture: Vec<u8> = (0..WIDTH * HEIGHT).map(|place| (place % WIDTH) as u8).collect();
    let format = format!("-pix_fmt gray -video_size {WIDTH}x{HEIGHT} -framerate 25");
    numbered::write_raw(&folder.join("ramp.mkv"), &format, "-pix_fmt yuv444p -c:v ffv1", std::iter::once(picture))
}

/// The ramp as a thumbnail of a size, in grey.
fn ramp_as(width: usize, height: usize, fit: Fit) -> (Vec<u8>, usize) {
    let folder = folder();
    let wished = (Some(width as u32), Some(height as u32));
    let options = options(seconds(0, 1), wished.0, wished.1, fit, ImageFormat::Png);
    let picture = thumbnail(&source(&ramp(folder.path())), &options).unwrap();
    let (width, height) = (picture.width as usize, picture.height as usize);
    (grey_frames(&saved(&picture, folder.path()), width, height).remove(0), width)
}

fn near(value: u8, expected: u8) -> bool {
    value.abs_diff(expected) <= 6
}

#[test]
fn cropping_takes_as_much_from_both_sides() {
    let (picture, width) = ramp_as(144, 144, Fit::Crop);
    for row in picture.chunks(width) {
        // 256 columns less 144 leave 56 on each side.
        assert!(near(row[0], 56) && near(row[143], 199) && near(row[72], 128), "{} to {}", row[0], row[143]);
    }
}

#[test]
fn scaling_keeps_both_edges() {
    let (picture, width) = ramp_as(144, 144, Fit::Scale);
    for row in picture.chunks(width) {
        assert!(near(row[0], 1) && near(row[143], 254), "{} to {}", row[0], row[143]);
    }
}

#[test]
fn filling_puts_black_bars_above_and_below() {
    let (picture, width) = ramp_as(144, 144, Fit::Fill);
    let rows: Vec<&[u8]> = picture.chunks(width).collect();
    // 81 rows of picture, 31 or 32 black ones on each side.
    for black in rows[..31].iter().chain(&rows[113..]) {
        assert!(black.iter().all(|value| *value == 0), "a bar is not black");
    }
    for row in &rows[33..111] {
        assert!(near(row[0], 1) && near(row[143], 254), "{} to {}", row[0], row[143]);
    }
}

#[test]
fn filling_puts_black_bars_left_and_right() {
    let (picture, width) = ramp_as(356, 144, Fit::Fill);
    for row in picture.chunks(width) {
        assert!(row[..50].iter().chain(&row[306..]).all(|value| *value == 0), "a bar is not black");
        assert!(near(row[50 + 64], 64) && near(row[305], 255), "{} and {}", row[50 + 64], row[305]);
    }
}

/// The picture as ffmpeg itself turns it, against which ours is measured.
#[test]
fn rotated_pictures_stand_upright() {
    let folder = folder();
    let video = four_seconds(folder.path());
    for (turn, matrix) in common::TURNS {
        let turned = folder.path().join(format!("turned-{turn}.mp4"));
        common::turn(&video, &turned, matrix);
        let picture = thumbnail(&source(&turned), &ThumbnailOptions::default().at(seconds(1, 1))).unwrap();
        let (width, height) = if turn == 180 { (256, 144) } else { (144, 256) };
        assert_eq!((picture.width as usize, picture.height as usize), (width, height), "{turn} degrees");
        let ours = grey_frames(&saved(&picture, folder.path()), width, height).remove(0);
        let theirs = &grey_frames(&turned, width, height)[25];
        let difference: usize = ours.iter().zip(theirs).map(|(ours, theirs)| usize::from(ours.abs_diff(*theirs))).sum();
        assert!(difference / ours.len() < 8, "{turn} degrees: {} grey levels apart", difference / ours.len());
    }
}

#[test]
fn anamorphic_pictures_get_their_true_shape() {
    let folder = folder();
    for (aspect, size) in [("2/1", (512, 144)), ("1/2", (256, 288)), ("4/3", (341, 144))] {
        let name = format!("aspect-{}.mp4", aspect.replace('/', "-"));
        let video = numbered::write(&folder.path().join(name), "25", 10, &format!("-vf setsar={aspect} {X264}"));
        let picture = thumbnail(&source(&video), &ThumbnailOptions::default().at(seconds(1, 5))).unwrap();
        assert_eq!((picture.width, picture.height), size, "pixels of {aspect}");
        assert_eq!(number_on(&picture, folder.path()), Some(5), "pixels of {aspect}");
    }
}
