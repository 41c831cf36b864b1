//! Thumbnails by a plan are those of its source, alone and in series.

use std::path::Path;

use vodkit::thumbnail::Position;
use vodkit::{Clip, ImageFormat, Ladder, Plan, Rational, Source, Thumbnail, ThumbnailMaker, ThumbnailOptions};
use vodkit::{plan_thumbnail, thumbnail};

use vodkit_tests::{folder, make, numbered, source};

/// Keyframes every second, of open groups, where segments are four seconds long.
const OPEN_GOP: &str = "-pix_fmt yuv420p -c:v libx264 -preset ultrafast -bf 3 -b_strategy 0 -x264-params open-gop=1:keyint=25:min-keyint=25:scenecut=0";
const CLOSED: &str =
    "-pix_fmt yuv420p -c:v libx264 -preset medium -bf 3 -x264-params keyint=25:min-keyint=25:scenecut=0";

fn options(frame: i64) -> ThumbnailOptions {
    let at = Position::Seconds(Rational::new(frame * 2 + 1, 50));
    ThumbnailOptions::default().at(at).format(ImageFormat::Png)
}

fn numbers(pictures: impl IntoIterator<Item = Thumbnail>, folder: &Path) -> Vec<Option<u32>> {
    for (number, picture) in pictures.into_iter().enumerate() {
        std::fs::write(folder.join(format!("{number:03}.png")), &picture.bytes).unwrap();
    }
    numbered::numbers(&folder.join("%03d.png"))
}

fn planned(video: &Path) -> (Source, Plan) {
    let source = source(video);
    let plan = vodkit::plan(&source, &Ladder::default().rungs([144])).unwrap();
    (source, plan)
}

/// All frames are those that the source alone gives, pixel for pixel.
fn is_as_by_source(name: &str, arguments: &str) {
    let folder = folder();
    let video = numbered::write(&folder.path().join(name), "25", 130, arguments);
    let (source, plan) = planned(&video);
    for frame in [0, 1, 24, 25, 26, 49, 51, 73, 75, 99, 100, 101, 124, 126, 129] {
        let (ours, by_source) = (plan_thumbnail(&source, &plan, &options(frame)), thumbnail(&source, &options(frame)));
        let (ours, by_source) = (ours.unwrap(), by_source.unwrap());
        assert!(ours.bytes == by_source.bytes, "frame {frame} of {name}");
        assert_eq!(ours.time, by_source.time, "frame {frame} of {name}");
    }
}

#[test]
fn frames_by_a_plan_are_those_of_the_source() {
    is_as_by_source("open.mp4", OPEN_GOP);
    is_as_by_source("closed.mp4", CLOSED);
    is_as_by_source("open.ts", OPEN_GOP);
    is_as_by_source("closed.mkv", CLOSED);
    is_as_by_source("intra.mov", "-pix_fmt yuv422p -c:v mjpeg -q:v 2");
    is_as_by_source("pictures.avi", "-pix_fmt yuv420p -c:v mpeg4 -q:v 2 -bf 2 -g 25");
}

#[test]
fn the_nearest_keyframe_is_found_within_a_segment() {
    let folder = folder();
    for name in ["closed.mp4", "closed.ts", "closed.mkv"] {
        let video = numbered::write(&folder.path().join(name), "25", 130, CLOSED);
        let (source, plan) = planned(&video);
        let take = |frame| plan_thumbnail(&source, &plan, &options(frame).nearest_keyframe(true)).unwrap();
        let taken: Vec<_> = [3, 12, 13, 30, 50, 60, 63, 95, 120, 129].map(take).into();
        let expected = [0, 0, 25, 25, 50, 50, 75, 100, 125, 125];
        let times: Vec<_> = taken.iter().map(|picture| picture.time).collect();
        assert_eq!(times, expected.map(|frame| Rational::new(frame, 25)), "{name}");
        assert_eq!(numbers(taken, folder.path()), expected.map(|frame| Some(frame as u32)), "{name}");
    }
}

/// Where the nearest one is, the exact frame is taken.
#[test]
fn a_keyframe_outside_of_a_clip_is_not_taken() {
    let folder = folder();
    let video = numbered::write(&folder.path().join("video.mp4"), "25", 130, CLOSED);
    let source = source(&video);
    let clip = Clip::new(Rational::new(30, 25), Rational::new(90, 25));
    let plan = vodkit::plan(&source, &Ladder::default().rungs([144]).clip(clip)).unwrap();
    let take = |frame| plan_thumbnail(&source, &plan, &options(frame).nearest_keyframe(true)).unwrap();
    assert_eq!(numbers([2, 19, 56, 58].map(take), folder.path()), [Some(32), Some(50), Some(75), Some(88)]);
}

#[test]
fn frames_in_series_are_those_that_are_taken_alone() {
    let folder = folder();
    for (name, arguments) in [("open.mp4", OPEN_GOP), ("open.ts", OPEN_GOP), ("closed.mkv", CLOSED)] {
        let video = numbered::write(&folder.path().join(name), "25", 130, arguments);
        let (source, plan) = planned(&video);
        let mut maker = ThumbnailMaker::new(&source, &plan).unwrap();
        // On, past the end of segments, the same again, far on, back, and some that are left out.
        let frames = [0, 1, 2, 2, 3, 9, 12, 40, 41, 42, 98, 99, 100, 101, 103, 126, 127, 7, 8, 8, 9, 30, 31, 129];
        for frame in frames {
            let (next, alone) = (maker.thumbnail(&options(frame)), plan_thumbnail(&source, &plan, &options(frame)));
            assert!(next.unwrap().bytes == alone.unwrap().bytes, "frame {frame} of {name}");
        }
        let smaller = options(129).width(64);
        let (next, alone) = (maker.thumbnail(&smaller), plan_thumbnail(&source, &plan, &smaller));
        assert_eq!(next.unwrap(), alone.unwrap(), "smaller, of {name}");
    }
}

/// So large that all cores decode: the frames of a series are those that segments have, torn open groups or not.
#[test]
fn large_frames_in_series_are_those_that_are_taken_alone() {
    let folder = folder();
    let large = |arguments: &str| format!("-vf scale=1024:576:flags=neighbor {arguments}");
    let whole = numbered::write(&folder.path().join("whole.mp4"), "25", 100, &large(OPEN_GOP));
    // The second group is gone, to which the first pictures of the third refer.
    let torn = format!("-i {} -c copy -bsf:v noise=drop=between(n\\,25\\,49)", whole.display());
    let torn = make(&folder.path().join("torn.mp4"), &torn);
    let closed = numbered::write(&folder.path().join("closed.mp4"), "25", 100, &large(CLOSED));
    for video in [whole, torn, closed] {
        let (source, plan) = planned(&video);
        let mut maker = ThumbnailMaker::new(&source, &plan).unwrap();
        let options = |frame| options(frame).width(256);
        let frames: Vec<i64> = (0..99).collect();
        let in_series = frames.iter().map(|frame| maker.thumbnail(&options(*frame)).unwrap());
        let in_series: Vec<_> = in_series.collect();
        let taken = [1, 20, 21, 22, 23, 24, 25, 45, 46, 47, 48, 49, 50, 70, 98];
        let alone = taken.map(|frame| plan_thumbnail(&source, &plan, &options(frame)).unwrap());
        let next = taken.map(|frame| in_series[frame as usize].clone());
        let is_same = next.iter().zip(&alone).all(|(next, alone)| next.bytes == alone.bytes);
        let numbers = [next, alone].map(|pictures| numbers(pictures, folder.path()));
        assert!(is_same && numbers[0] == numbers[1], "{}: {numbers:?}", video.display());
    }
}
