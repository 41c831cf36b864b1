//! GIFs: which pictures are in them, when each is shown, and how large they are.

use std::io::Cursor;
use std::path::Path;

use image::codecs::gif::GifDecoder;
use image::{AnimationDecoder, Frame};
use vodkit::thumbnail::{Fit, Position};
use vodkit::{AnimationOptions, Clip, ErrorKind, Ladder, Plan, Rational, Source};

use vodkit_tests::numbered::{self, HEIGHT, WIDTH};
use vodkit_tests::{folder, make, quick, source};

const ENCODED: &str = "-pix_fmt yuv420p -c:v libx264 -preset ultrafast -bf 2 -b_strategy 0 -g 20";

fn options(change: impl FnOnce(&mut AnimationOptions)) -> AnimationOptions {
    let mut options = AnimationOptions::default();
    change(&mut options);
    options
}

fn planned(folder: &Path, ladder: &Ladder) -> (Source, Plan) {
    let source = source(&numbered::write(&folder.join("a.mp4"), "10", 97, ENCODED));
    let plan = vodkit::plan(&source, ladder).unwrap();
    (source, plan)
}

fn frames(gif: &[u8]) -> Vec<Frame> {
    GifDecoder::new(Cursor::new(gif)).unwrap().into_frames().collect::<Result<_, _>>().unwrap()
}

/// The numbers of the pictures that are in it.
fn numbers(frames: &[Frame]) -> Vec<Option<u32>> {
    let grey = |frame: &Frame| frame.buffer().pixels().map(|pixel| pixel.0[0]).collect::<Vec<u8>>();
    frames.iter().map(|frame| numbered::read(&grey(frame), WIDTH, HEIGHT)).collect()
}

/// When each picture comes, and when the last one goes, in milliseconds.
fn times(frames: &[Frame]) -> Vec<u32> {
    let delays = frames.iter().map(|frame| frame.delay().numer_denom_ms()).map(|(ms, by)| ms / by);
    let mut times = vec![0];
    times.extend(delays.scan(0, |time, delay| {
        *time += delay;
        Some(*time)
    }));
    times
}

#[test]
fn it_shows_the_pictures_of_its_times() {
    let folder = folder();
    let (source, plan) = planned(folder.path(), &quick(&[144]));
    let gif = vodkit::plan_animation(
        &source,
        &plan,
        &options(|options| {
            options.first.at = Position::Seconds(Rational::from(2));
            options.seconds = 3.into();
            options.frame_rate = 4.into();
        }),
    );
    let frames = frames(&gif.unwrap());
    // Of ten a second those that begin at or before each quarter.
    let expected = [20, 22, 25, 27, 30, 32, 35, 37, 40, 42, 45, 47];
    assert_eq!(numbers(&frames), expected.map(Some));
    assert_eq!(times(&frames), (0..=12).map(|number| number * 250).collect::<Vec<_>>());
}

#[test]
fn times_do_not_drift_where_hundredths_do_not_hold_them() {
    let folder = folder();
    let (source, plan) = planned(folder.path(), &quick(&[144]));
    let gif = vodkit::plan_animation(&source, &plan, &options(|options| options.seconds = 2.into())).unwrap();
    assert_eq!(
        times(&frames(&gif)),
        [0, 130, 250, 380, 500, 630, 750, 880, 1000, 1130, 1250, 1380, 1500, 1630, 1750, 1880, 2000]
    );
}

#[test]
fn a_clip_has_its_own_times_and_the_end_ends_it() {
    let folder = folder();
    let clip = Clip::new(3, Rational::from(5));
    let (source, plan) = planned(folder.path(), &quick(&[144]).clip(clip));
    let gif = vodkit::plan_animation(
        &source,
        &plan,
        &options(|options| {
            options.first.at = Position::Seconds(Rational::from(1));
            options.frame_rate = 5.into();
        }),
    );
    assert_eq!(numbers(&frames(&gif.unwrap())), [40, 42, 44, 46, 48].map(Some));
    let last = vodkit::plan_animation(&source, &plan, &options(|options| options.first.at = Position::Fraction(1.0)));
    assert_eq!(numbers(&frames(&last.unwrap())), [Some(49)]);
}

#[test]
fn its_size_is_bounded() {
    let folder = folder();
    let path =
        make(&folder.path().join("a.mp4"), "-f lavfi -i testsrc2=s=64x1920:r=5:d=1 -c:v libx264 -preset ultrafast");
    let source = source(&path);
    let plan = vodkit::plan(&source, &quick(&[64])).unwrap();
    let size = |change: fn(&mut AnimationOptions)| {
        let gif = vodkit::plan_animation(&source, &plan, &options(change))?;
        Ok::<_, vodkit::Error>(frames(&gif)[0].buffer().dimensions())
    };
    assert_eq!(size(|_| ()).unwrap(), (12, 360));
    assert_eq!(size(|options| options.first.width = Some(64)).unwrap(), (43, 1280));
    let square = |options: &mut AnimationOptions| {
        (options.first.width, options.first.height, options.first.fit) = (Some(50), Some(50), Fit::Fill);
    };
    assert_eq!(size(square).unwrap(), (50, 50));
    type Change = fn(&mut AnimationOptions);
    let wrong: [(&str, Change); 5] = [
        ("1281 pixels", |options| options.first.height = Some(1281)),
        ("61 seconds", |options| options.seconds = 61.into()),
        ("0 seconds", |options| options.seconds = Rational::ZERO),
        ("frame rate is 31", |options| options.frame_rate = 31.into()),
        ("fraction is 2", |options| options.first.at = Position::Fraction(2.0)),
    ];
    for (words, change) in wrong {
        let error = size(change).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
        assert!(error.to_string().contains(words), "{error}");
    }
}
