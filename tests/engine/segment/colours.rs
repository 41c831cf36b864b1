//! Colours come out as they went in, whatever their matrix, range and depth.

use std::path::{Path, PathBuf};

use vodkit::{Ladder, Rational, Rung};

use vodkit_tests as common;
use vodkit_tests::numbered::{self, HEIGHT, WIDTH};
use vodkit_tests::packaged::Packaged;
use vodkit_tests::patches::{PATCHES, assert_near, patch_at, patches, rendered};
use vodkit_tests::{ffprobe, folder};

/// Segments of one second, in good quality: what differs then is the engine's doing. The fastest preset has
/// no B-frames and blurs more.
fn ladder() -> Ladder {
    let (second, rungs) = (Rational::from(1), vec![Rung::new(144).max_rate(5_000_000)]);
    Ladder::default().crf(16.0).segment_seconds(second).keyframe_seconds(second).preset("superfast").rungs(rungs)
}

/// Video of the patches.
fn patched(path: &Path, arguments: &str) -> PathBuf {
    let picture: Vec<u8> = (0..WIDTH * HEIGHT).flat_map(|place| PATCHES[patch_at(place)]).collect();
    let format = format!("-pix_fmt rgb24 -video_size {WIDTH}x{HEIGHT} -framerate 25");
    numbered::write_raw(path, &format, arguments, std::iter::repeat_n(picture, 5))
}

/// Patches that were encoded by a matrix and a range have their colours in the rendition.
fn colours(name: &str, matrix: &str, range: &str, arguments: &str) {
    let folder = folder();
    let source = patched(&folder.path().join(name), arguments);
    assert_near(&patches(&source, matrix, range), &PATCHES, 6, "the source, which is not what this test needs,");
    assert_near(&rendered(&Packaged::new(folder, source, &ladder())), &PATCHES, 9, "the rendition");
}

macro_rules! colours {
    ($($name:ident: $file:literal, $matrix:literal, $range:literal, $filter:literal, $encoder:literal;)*) => {
        $(#[test] fn $name() {
            colours($file, $matrix, $range, &["-vf ", $filter, " -c:v ", $encoder].concat());
        })*
    };
}

colours! {
    colours_of_bt709: "a.mp4", "bt709", "tv", "scale=out_color_matrix=bt709:out_range=tv,format=yuv420p,setparams=auto:tv:bt709:bt709:bt709", "libx264 -qp 8";
    colours_of_bt601: "a.mp4", "bt601", "tv", "scale=out_color_matrix=bt601:out_range=tv,format=yuv420p,setparams=auto:tv:smpte170m:smpte170m:smpte170m", "libx264 -qp 8";
    colours_of_bt2020: "a.mkv", "bt2020", "tv", "scale=out_color_matrix=bt2020:out_range=tv,format=yuv420p10le,setparams=auto:tv:bt2020:bt2020-10:bt2020nc", "libx264 -qp 8";
    colours_of_small_pictures_without_tags: "a.mp4", "bt601", "tv", "scale=out_color_matrix=bt601:out_range=tv,format=yuv420p,setparams=auto:unknown:unknown:unknown:unknown", "libx264 -qp 8";
    colours_of_large_pictures_without_tags: "a.mp4", "bt709", "tv", "scale=1280:720:flags=neighbor:out_color_matrix=bt709:out_range=tv,format=yuv420p,setparams=auto:unknown:unknown:unknown:unknown", "libx264 -qp 8 -preset ultrafast";
    colours_of_full_range: "a.mp4", "bt709", "pc", "scale=out_color_matrix=bt709:out_range=pc,format=yuvj420p,setparams=auto:pc:bt709:bt709:bt709", "libx264 -qp 8";
    colours_of_full_range_in_ten_bits: "a.mkv", "bt709", "pc", "scale=out_color_matrix=bt709:out_range=pc,format=yuv420p10le,setparams=auto:pc:bt709:bt709:bt709", "libx264 -qp 8";
    colours_of_motion_jpeg: "a.avi", "bt601", "pc", "scale=out_color_matrix=bt601:out_range=pc,format=yuvj422p", "mjpeg -q:v 2";
    colours_of_ten_bits: "a.mkv", "bt709", "tv", "scale=out_color_matrix=bt709:out_range=tv,format=yuv420p10le,setparams=auto:tv:bt709:bt709:bt709", "libx264 -qp 8";
    colours_of_four_two_two: "a.mov", "bt709", "tv", "scale=out_color_matrix=bt709:out_range=tv,format=yuv422p10le,setparams=auto:tv:bt709:bt709:bt709", "prores_ks";
    colours_of_four_four_four: "a.mp4", "bt601", "tv", "scale=out_color_matrix=bt601:out_range=tv,format=yuv444p,setparams=auto:tv:smpte170m:smpte170m:smpte170m", "libx264 -qp 8";
    colours_of_rgb_in_h264: "a.mp4", "auto", "auto", "format=rgb24", "libx264rgb -qp 8";
    colours_of_rgb_in_png: "a.mov", "auto", "auto", "format=rgb24", "png";
    colours_of_rgb_with_alpha: "a.mov", "auto", "auto", "format=argb", "qtrle";
    colours_of_rgb_in_ten_bits: "a.mkv", "auto", "auto", "format=gbrp10le", "ffv1";
}

/// FFmpeg's scaler does not know YCgCo, and what says so of 4:2:0 has a wrong tag.
#[test]
fn colours_of_an_impossible_matrix() {
    let folder = folder();
    let filter = "scale=out_color_matrix=bt601:out_range=tv,format=yuv420p";
    let plain = patched(&folder.path().join("plain.mp4"), &format!("-vf {filter} -c:v libx264 -qp 8"));
    let tagged = "-c copy -bsf:v h264_metadata=matrix_coefficients=8";
    let tagged = common::make(&folder.path().join("tagged.mp4"), &format!("-i {} {tagged}", plain.display()));
    assert_near(&rendered(&Packaged::new(folder, tagged, &ladder())), &PATCHES, 9, "the rendition");
}

/// sRGB has the primaries of BT.709, whatever the size. What shows colours by their tags shows others by BT.601's.
#[test]
fn small_rgb_is_tagged_as_bt709() {
    let folder = folder();
    let source = "-f lavfi -i color=0xC04080:s=64x64:r=5:d=1,format=rgb24 -c:v qtrle";
    let source = common::make(&folder.path().join("rgb.mov"), source);
    let packaged = Packaged::new(folder, source, &ladder());
    let file = packaged.file(packaged.plan.videos().next().unwrap().0);
    let tags = ffprobe(&file, "v:0", "stream=color_range,color_space,color_transfer,color_primaries");
    assert_eq!(tags, "tv,bt709,bt709,bt709");
}

/// What a perceptual quantizer's code stands for (SMPTE ST 2084): from cd/m2 to 0 to 65535.
fn pq(nits: f64) -> u16 {
    let power = (nits / 10_000.0).powf(0.1593017578125);
    (((0.8359375 + 18.8515625 * power) / (1.0 + 18.6875 * power)).powf(78.84375) * 65_535.0).round() as u16
}

/// High dynamic range in steps of light, and in red, green and blue below.
fn high_dynamic_range(transfer: &str, greys: [u16; 8], colour: u16) -> Vec<[u8; 3]> {
    let folder = folder();
    let value = |patch: usize| match patch {
        0..8 => [greys[patch]; 3],
        8..16 => std::array::from_fn(|component| if patch % 3 == component { colour } else { 0 }),
        _ => unreachable!(),
    };
    let picture = (0..WIDTH * HEIGHT).flat_map(|place| value(patch_at(place))).flat_map(u16::to_le_bytes).collect();
    let format = format!("-pix_fmt rgb48le -video_size {WIDTH}x{HEIGHT} -framerate 25");
    let tags = format!("range=tv:colorspace=bt2020nc:color_primaries=bt2020:color_trc={transfer}");
    let filter = format!("scale=out_color_matrix=bt2020:out_range=tv,format=yuv420p10le,setparams={tags}");
    let encoder = "-c:v libx265 -preset ultrafast -x265-params log-level=error:qp=8";
    let source = numbered::write_raw(
        &folder.path().join("hdr.mkv"),
        &format,
        &format!("-vf {filter} {encoder}"),
        std::iter::repeat_n(picture, 5),
    );
    let packaged = Packaged::new(folder, source, &ladder());
    let file = packaged.file(packaged.plan.videos().next().unwrap().0);
    let tags = ffprobe(&file, "v:0", "stream=color_range,color_space,color_transfer,color_primaries");
    assert_eq!(tags, "tv,bt709,bt709,bt709");
    rendered(&packaged)
}

fn check_tone_mapped(patches: &[[u8; 3]], dark: (u8, u8), middle: (u8, u8), bright: (u8, u8)) {
    let greys: Vec<u8> = patches[..8].iter().map(|patch| patch[1]).collect();
    assert!(greys.is_sorted(), "brighter is not brighter: {greys:?}");
    for (number, (low, high)) in [(1, dark), (3, middle), (6, bright)] {
        assert!((low..=high).contains(&greys[number]), "step {number} of {greys:?} is not within {low} to {high}");
    }
    assert!(greys[0] <= 4, "black is {}", greys[0]);
    assert!(
        patches[..8].iter().all(|[r, g, b]| r.abs_diff(*g).max(b.abs_diff(*g)) <= 6),
        "greys have a colour: {patches:?}"
    );
    for (number, patch) in patches.iter().enumerate().skip(8) {
        let others =
            (0..3).filter(|component| *component != number % 3).map(|component| patch[component]).max().unwrap();
        assert!(patch[number % 3] > others.saturating_mul(2), "patch {number} lost its colour: {patch:?}");
    }
}

/// Grey is neither lost in the dark nor washed out; 18% grey under a white of 203 cd/m2 (ITU-R BT.2408) is
/// 26 cd/m2.
#[test]
fn hdr10_is_tone_mapped() {
    let patches =
        high_dynamic_range("smpte2084", [0.0, 1.0, 10.0, 26.0, 100.0, 203.0, 1000.0, 4000.0].map(pq), pq(203.0));
    check_tone_mapped(&patches, (4, 40), (70, 150), (200, 255));
}

#[test]
fn hlg_is_tone_mapped() {
    // Signal levels; ITU-R BT.2408 puts 18% grey at 38% and white at 75%.
    let greys = [0.0, 0.1, 0.25, 0.38, 0.5, 0.65, 0.75, 1.0].map(|level: f64| (level * 65_535.0) as u16);
    check_tone_mapped(&high_dynamic_range("arib-std-b67", greys, 49_151), (4, 60), (70, 150), (170, 250));
}
