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
    colours_of_a_palette_in_avi: "a.avi", "auto", "auto", "split[a][b];[a]palettegen=reserve_transparent=0[p];[b][p]paletteuse=dither=none", "msrle";
    colours_of_a_palette_in_png: "a.mov", "auto", "auto", "split[a][b];[a]palettegen=reserve_transparent=0[p];[b][p]paletteuse=dither=none", "png";
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

/// Where blue ends and grey begins, in chroma samples from the left of a rendition's first frame: the sum of what each
/// sample has of it.
fn edge(packaged: &Packaged) -> f64 {
    let (rendition, video) = packaged.plan.videos().next().unwrap();
    let file = packaged.file(rendition);
    let arguments = ["-v", "error", "-i", file.to_str().unwrap(), "-frames:v", "1", "-vf", "extractplanes=u"];
    let chroma = common::ffmpeg(&[&arguments[..], &["-f", "rawvideo", "-"]].concat()).stdout;
    let (width, height) = (video.width as usize / 2, video.height as usize / 2);
    let row: Vec<f64> = (0..width)
        .map(|x| (height / 4..height / 4 * 3).map(|y| f64::from(chroma[y * width + x])).sum::<f64>())
        .collect();
    let (left, right) = (row[width / 4], row[width / 4 * 3]);
    row.iter().map(|value| ((value - right) / (left - right)).clamp(-0.5, 1.5)).sum()
}

/// Colour stays with the luma that it belongs to, wherever a source samples it.
#[test]
fn colour_is_where_it_was() {
    let row = |value: [u8; 2], half: usize| value.into_iter().flat_map(move |value| std::iter::repeat_n(value, half));
    let luma = std::iter::repeat_n(126, WIDTH * HEIGHT);
    let blue = (0..HEIGHT / 2).flat_map(|_| row([176, 128], WIDTH / 4));
    let picture: Vec<u8> = luma.chain(blue).chain(std::iter::repeat_n(128, WIDTH * HEIGHT / 4)).collect();
    let format = format!("-pix_fmt yuv420p -video_size {WIDTH}x{HEIGHT} -framerate 25");
    let h264 = |location: u32| format!("-c:v libx264 -qp 4 -preset ultrafast -bf 0 -x264-params chromaloc={location}");
    // The edge lies between samples 63 and 64: before luma 127 where they lie at the left one of two, before 127.5 where
    // they lie between them.
    for (name, arguments, luma) in [
        ("left.mp4", h264(0), 127.0),
        ("centre.mp4", h264(1), 127.5),
        ("top_left.mp4", h264(2), 127.0),
        ("mpeg1.mpg", "-c:v mpeg1video -q:v 2".to_owned(), 127.5),
        ("left.mov", "-c:v prores_ks -pix_fmt yuv422p10le".to_owned(), 127.0),
    ] {
        for short_side in [HEIGHT, HEIGHT / 2, HEIGHT * 2 / 3] {
            let folder = folder();
            let pictures = std::iter::repeat_n(picture.clone(), 3);
            let source = numbered::write_raw(&folder.path().join(name), &format, &arguments, pictures);
            let rung = Rung::new(short_side as u32).max_rate(5_000_000);
            let packaged = Packaged::new(folder, source, &ladder().crf(4.0).rungs([rung]));
            let scale = f64::from(packaged.size().0) / WIDTH as f64;
            // A place of luma in the rendition, then in its chroma samples, which lie at the left one of two; and a sample
            // reaches half its width to each side.
            let expected = ((luma + 0.5) * scale - 0.5) / 2.0 + 0.5;
            let found = edge(&packaged);
            assert!((found - expected).abs() < 0.06, "{name} at {short_side}: {found:.3}, not {expected:.3}");
        }
    }
}

/// The same for what is turned: its columns were rows.
#[test]
fn colour_of_what_is_turned_is_where_it_was() {
    let luma = std::iter::repeat_n(126, WIDTH * HEIGHT);
    let blue = (0..HEIGHT / 2).flat_map(|y| std::iter::repeat_n(if y < HEIGHT / 4 { 176 } else { 128 }, WIDTH / 2));
    let picture: Vec<u8> = luma.chain(blue).chain(std::iter::repeat_n(128, WIDTH * HEIGHT / 4)).collect();
    let format = format!("-pix_fmt yuv420p -video_size {WIDTH}x{HEIGHT} -framerate 25");
    let folder = folder();
    let upright = numbered::write_raw(
        &folder.path().join("upright.mp4"),
        &format,
        "-c:v libx264 -qp 4 -preset ultrafast -bf 0",
        std::iter::repeat_n(picture, 3),
    );
    let turned = folder.path().join("turned.mp4");
    let [_, _, (_, anticlockwise)] = common::TURNS;
    common::turn(&upright, &turned, anticlockwise);
    let rung = Rung::new(HEIGHT as u32).max_rate(5_000_000);
    let packaged = Packaged::new(folder, turned, &ladder().crf(4.0).rungs([rung]));
    // Rows of chroma lie between two lines of luma: the edge lies at 71.5.
    let (found, expected) = (edge(&packaged), 71.5 / 2.0 + 0.5);
    assert!((found - expected).abs() < 0.06, "{found:.3}, not {expected:.3}");
}
