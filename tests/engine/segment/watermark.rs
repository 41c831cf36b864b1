//! Watermarks: where they are, what colours they have, and on which pictures they are.

use std::io::Cursor;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use image::{ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};
use vodkit::thumbnail::{Fit, Position};
use vodkit::{
    CopyTop, DirSink, ErrorKind, Job, JobOptions, Ladder, StoryboardOptions, ThumbnailOptions, Watermark,
    WatermarkPosition,
};

use vodkit_tests::{ffmpeg, folder, joined, make, package, quick, source};

const GREY: [u8; 3] = [128, 128, 128];
const RED: [u8; 3] = [200, 30, 40];

/// Twice as wide as high; red on the left, transparent on the right.
fn logo() -> Bytes {
    let [red, green, blue] = RED;
    let pixel = |x: u32, _| if x < 20 { Rgba([red, green, blue, 255]) } else { Rgba([0, 255, 0, 0]) };
    let mut bytes = Vec::new();
    RgbaImage::from_fn(40, 20, pixel).write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png).unwrap();
    bytes.into()
}

fn mark(change: impl FnOnce(&mut Watermark)) -> Ladder {
    let mut watermark = Watermark::new(logo()).scale(0.25).padding(0.1);
    change(&mut watermark);
    quick(&[240, 120]).watermark(watermark).crf(5.0)
}

/// Three seconds of grey, 320 by 240.
fn grey(folder: &Path, arguments: &str) -> std::path::PathBuf {
    let video = "-f lavfi -i color=0x808080:s=320x240:r=5:d=3 -pix_fmt yuv420p -c:v libx264 -preset ultrafast -g 5";
    make(&folder.join("grey.mp4"), &format!("{video} {arguments}"))
}

/// The last picture of a video.
fn last_picture(path: &Path) -> RgbImage {
    let png = path.with_extension("png");
    let (from, to) = (path.to_str().unwrap(), png.to_str().unwrap());
    let scaled = "scale=out_range=pc:flags=accurate_rnd+full_chroma_int,format=rgb24";
    ffmpeg(&["-loglevel", "error", "-y", "-i", from, "-vf", scaled, "-update", "1", to]);
    image::open(png).unwrap().into_rgb8()
}

fn assert_near(picture: &RgbImage, (x, y): (u32, u32), expected: [u8; 3], what: &str) {
    let Rgb(found) = *picture.get_pixel(x, y);
    let apart = found.iter().zip(expected).map(|(found, expected)| found.abs_diff(expected)).max().unwrap();
    assert!(apart <= 6, "{what}: {found:?} at {x}, {y}, not {expected:?}");
}

/// The red half, in its corners and beyond its sides, in a picture that is `scale` times 320 by 240.
fn assert_logo(picture: &RgbImage, (left, top): (u32, u32), scale: f64, what: &str) {
    let at = |x: u32, y: u32| ((f64::from(x) * scale) as u32, (f64::from(y) * scale) as u32);
    // Colours have half the resolution, and players smooth them: not nearer to the edge.
    for (x, y) in [(left + 8, top + 8), (left + 30, top + 8), (left + 8, top + 30), (left + 30, top + 30)] {
        assert_near(picture, at(x, y), RED, what);
    }
    for (x, y) in [(left - 8, top + 20), (left + 20, top - 8), (left + 20, top + 48), (left + 48, top + 20)] {
        assert_near(picture, at(x, y), GREY, what);
    }
}

#[test]
fn it_is_in_its_corner_on_all_renditions() {
    let folder = folder();
    for (number, tags) in
        ["", "-vf setparams=colorspace=bt709:color_primaries=bt709:color_trc=bt709"].iter().enumerate()
    {
        let path = grey(folder.path(), tags);
        for (position, corner) in [
            (WatermarkPosition::UpperRight, (216, 24)),
            (WatermarkPosition::LowerLeft, (24, 176)),
            (WatermarkPosition::Center, (120, 100)),
        ] {
            let out = folder.path().join(format!("{number}-{position:?}"));
            let (plan, _) = package(&path, &mark(|mark| mark.position = position), &out);
            for (rendition, video) in plan.videos() {
                let picture = last_picture(&joined(&out, rendition));
                let what = format!("{tags} {position:?} on {}", rendition.id);
                assert_logo(&picture, corner, f64::from(video.height) / 240.0, &what);
            }
            let alone = vodkit::segment(&source(&path), &plan, &plan.renditions()[0].id, 0).unwrap();
            assert_eq!(alone, std::fs::read(out.join(plan.renditions()[0].segment_key(0))).unwrap());
        }
    }
}

#[test]
fn what_is_half_opaque_lets_the_video_through() {
    let folder = folder();
    let out = folder.path().join("out");
    let (plan, _) = package(&grey(folder.path(), ""), &mark(|mark| mark.opacity = 0.5), &out);
    let between = |one: u8, other: u8| one.midpoint(other);
    let expected = [0, 1, 2].map(|part| between(RED[part], GREY[part]));
    assert_near(&last_picture(&joined(&out, &plan.renditions()[0])), (236, 44), expected, "half");
}

#[test]
fn stills_of_the_package_have_it_too() {
    let folder = folder();
    let path = grey(folder.path(), "");
    let out = folder.path().join("out");
    let storyboard = Some(StoryboardOptions::default().interval(2).columns(1).rows(2).width(320));
    let plan = vodkit::plan(&source(&path), &mark(|_| ()).storyboard(storyboard)).unwrap();
    let mut options = JobOptions::default();
    // The middle of the width, 240 of 320 pixels.
    let mut square = ThumbnailOptions::default().at(Position::Fraction(0.5));
    (square.width, square.height, square.fit) = (Some(240), Some(240), Fit::Crop);
    options.thumbnail = Some(square);
    Job::start(&source(&path), &plan, Arc::new(DirSink::open(&out).unwrap()), options).unwrap().wait().unwrap();
    let sheet = image::open(out.join("storyboard/00001.jpg")).unwrap().into_rgb8();
    assert_eq!(sheet.dimensions(), (320, 480));
    assert_logo(&sheet, (216, 24), 1.0, "the first tile");
    assert_logo(&sheet, (216, 264), 1.0, "the second tile");
    assert_logo(&image::open(out.join("thumbnail.jpg")).unwrap().into_rgb8(), (176, 24), 1.0, "the thumbnail");
    let plain = vodkit::thumbnail(&source(&path), &ThumbnailOptions::default().at(Position::Fraction(0.5))).unwrap();
    assert_near(&image::load_from_memory(&plain.bytes).unwrap().into_rgb8(), (236, 44), GREY, "the source's own");
}

#[test]
fn a_video_with_it_is_encoded_and_says_why() {
    let folder = folder();
    let path = grey(folder.path(), "");
    let plan = vodkit::plan(&source(&path), &mark(|_| ()).copy_top(CopyTop::Auto)).unwrap();
    assert_eq!(plan.renditions()[0].encoded_because.as_deref(), Some("a watermark comes over it"));
    let error = vodkit::plan(&source(&path), &mark(|_| ()).copy_top(CopyTop::Always)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    let json = plan.to_json();
    assert_eq!(vodkit::Plan::from_json(&json).unwrap(), plan);
    assert_eq!(plan.source_video().unwrap().watermark.as_ref().unwrap().image, logo());
}

#[test]
fn pictures_that_cannot_be_read_are_refused() {
    let folder = folder();
    let path = grey(folder.path(), "");
    let mut wide = Vec::new();
    RgbaImage::new(2049, 1).write_to(&mut Cursor::new(&mut wide), ImageFormat::Png).unwrap();
    for (image, words) in [
        (Vec::new(), "cannot be read"),
        (b"<svg/>".to_vec(), "cannot be read"),
        (logo()[..60].to_vec(), "cannot be read"),
        (wide, "2048 pixels"),
        (vec![0; 300_000], "300000 bytes"),
    ] {
        let error = vodkit::plan(&source(&path), &mark(|mark| mark.image = image.into())).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
        assert!(error.to_string().contains(words), "{error}");
    }
    let changes: [fn(&mut Watermark); 3] =
        [|mark| mark.scale = 1.5, |mark| mark.opacity = f64::NAN, |mark| mark.padding = -0.1];
    for change in changes {
        let error = vodkit::plan(&source(&path), &mark(change)).unwrap_err();
        assert!(error.to_string().contains("must be from 0.0 to 1.0"), "{error}");
    }
}
