//! Open groups of pictures of which the group before is gone, as where sources were put together without encoding: the first that are
//! decoded refer to it. They are left out, the one before stays, and a warning says so.

use std::sync::Arc;

use vodkit::plan::WarningKind;
use vodkit::thumbnail::Position;
use vodkit::{DirSink, ImageFormat, Job, JobOptions, Rational, ThumbnailOptions};

use super::frames::{check_alone, ladder, renditions};
use vodkit_tests::numbered::{HEIGHT, WIDTH};
use vodkit_tests::{ffprobe, folder, make, numbered, source};

/// Of groups of 24 pictures the second is left out, so 21 to 44: three of the third refer to it, 45 to 47.
fn check(coding: &str) {
    let folder = folder();
    let whole = numbered::write(&folder.path().join("whole.mp4"), "25", 96, coding);
    let flags = ffprobe(&whole, "v", "packet=flags");
    let keys: Vec<usize> =
        flags.lines().enumerate().filter(|(_, flags)| flags.contains('K')).map(|(at, _)| at).collect();
    let [_, second, third, _] = keys[..] else { panic!("{keys:?}") };
    let expected: Vec<Option<u32>> =
        (0..96).map(|number| Some(if (21..48).contains(&number) { 20 } else { number })).collect();
    for extension in ["mp4", "mkv", "ts"] {
        let arguments =
            format!("-i {} -c copy -bsf:v noise=drop=between(n\\,{second}\\,{})", whole.display(), third - 1);
        let path = make(&folder.path().join(format!("joined.{extension}")), &arguments);
        let out = folder.path().join(format!("out-{extension}"));
        let plan = vodkit::plan(&source(&path), &ladder()).unwrap();
        let sink = Arc::new(DirSink::open(&out).unwrap());
        let warnings = Job::start(&source(&path), &plan, sink, JobOptions::default()).unwrap().wait().unwrap().warnings;
        for (name, seen) in renditions(&plan, &out) {
            assert_eq!(seen, expected, "{extension}, {name}");
        }
        check_alone(&path, &plan, &expected, folder.path());
        for (number, expected) in (0..).zip(&expected).skip(42).take(8) {
            let at = Position::Seconds(Rational::new(number, 25));
            let options = ThumbnailOptions::default().at(at).width(WIDTH as u32).format(ImageFormat::Rgb);
            let picture = vodkit::thumbnail(&source(&path), &options).unwrap();
            let grey: Vec<u8> = picture.bytes.chunks_exact(3).map(|pixel| pixel[1]).collect();
            assert_eq!(numbered::read(&grey, WIDTH, HEIGHT), *expected, "{extension}, thumbnail of picture {number}");
        }
        assert_eq!(warnings.len(), 1, "{extension}: {warnings:?}");
        assert_eq!(warnings[0].kind, WarningKind::DamagedData);
        let words = "3 pictures could not be decoded whole, the first at 1.800 seconds";
        assert!(warnings[0].message.contains(words), "{extension}: {}", warnings[0].message);
    }
}

#[test]
fn of_h264() {
    check(
        "-pix_fmt yuv420p -c:v libx264 -preset ultrafast -bf 3 -b_strategy 0 \
         -x264-params open-gop=1:keyint=24:min-keyint=24:scenecut=0",
    );
}

#[test]
fn of_hevc() {
    check(
        "-pix_fmt yuv420p -c:v libx265 -preset ultrafast \
         -x265-params log-level=error:open-gop=1:bframes=3:b-adapt=0:keyint=24:min-keyint=24:scenecut=0",
    );
}
