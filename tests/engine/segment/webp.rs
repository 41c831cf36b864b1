//! Animated WebP, whose pictures are drawn one over the other.

use image::codecs::webp::WebPEncoder;
use image::{ExtendedColorType, ImageEncoder as _};
use vodkit::thumbnail::Position;
use vodkit::{ErrorKind, ImageFormat, Ladder, Rational, Source, ThumbnailOptions, WarningKind};

use vodkit_tests::{self as common, folder, grey_frames, make, quick};

/// Odd, so that rows begin at odd addresses.
const SIZE: (u32, u32) = (133, 101);
const OVER: u8 = 0;
const CLEARS: u8 = 1;
const INSTEAD: u8 = 2;

/// A picture of one colour: left, top, width and height, its colour, milliseconds, flags.
type Shot = ([u32; 4], [u8; 4], u32, u8);

const WHOLE: [u32; 4] = [0, 0, SIZE.0, SIZE.1];
const SHOTS: [Shot; 4] = [
    (WHOLE, [0, 0, 200, 255], 1000, OVER),
    ([32, 20, 60, 60], [250, 0, 0, 255], 500, CLEARS),
    ([0, 0, 20, 20], [255, 255, 255, 128], 500, OVER),
    (WHOLE, [0, 255, 0, 0], 1000, INSTEAD),
];

fn chunk(name: &[u8], content: &[u8]) -> Vec<u8> {
    let padding = &[0][..content.len() % 2];
    [name, &(content.len() as u32).to_le_bytes(), content, padding].concat()
}

fn three(number: u32) -> [u8; 3] {
    number.to_le_bytes()[..3].try_into().unwrap()
}

fn animation(shots: &[Shot]) -> Vec<u8> {
    let pictures = shots.iter().flat_map(|([left, top, width, height], colour, duration, flags)| {
        let mut still = Vec::new();
        let pixels = colour.repeat((width * height) as usize);
        WebPEncoder::new_lossless(&mut still).write_image(&pixels, *width, *height, ExtendedColorType::Rgba8).unwrap();
        let head = [left / 2, top / 2, width - 1, height - 1, *duration].map(three).concat();
        chunk(b"ANMF", &[&head, &[*flags][..], &still[12..]].concat())
    });
    let pictures: Vec<u8> = pictures.collect();
    let canvas = [&[0x12, 0, 0, 0], &three(SIZE.0 - 1)[..], &three(SIZE.1 - 1)].concat();
    chunk(b"RIFF", &[b"WEBP", &chunk(b"VP8X", &canvas)[..], &chunk(b"ANIM", &[255; 6]), &pictures].concat())
}

/// The colour at a place of what is shown at a time.
fn colour(source: &Source, time: i64, (x, y): (u32, u32)) -> [u8; 3] {
    let at = Position::Seconds(Rational::new(time, 1000));
    let options = ThumbnailOptions::default().at(at).width(SIZE.0).format(ImageFormat::Rgb);
    let picture = vodkit::thumbnail(source, &options).unwrap();
    picture.bytes[(y * picture.width + x) as usize * 3..][..3].try_into().unwrap()
}

#[test]
fn pictures_are_laid_over_and_cleared_and_held() {
    let folder = folder();
    let path = folder.path().join("a.webp");
    std::fs::write(&path, animation(&SHOTS)).unwrap();
    let source = common::source(&path);
    let (blue, red, black) = ([0, 0, 200], [250, 0, 0], [0; 3]);
    for (time, places) in [
        (500, [blue, blue, blue]),
        (1200, [blue, red, blue]),
        (1700, [[128, 128, 228], black, blue]),
        (2500, [black, black, black]),
        // Another way: no picture before is drawn.
        (100, [blue, blue, blue]),
    ] {
        for (place, expected) in [(10, 10), (62, 50), (120, 90)].into_iter().zip(places) {
            let found = colour(&source, time, place);
            let is_near = found.iter().zip(expected).all(|(found, expected)| found.abs_diff(expected) <= 6);
            assert!(is_near, "{found:?} at {place:?} after {time} ms, not {expected:?}");
        }
    }
    let out = folder.path().join("out");
    let (plan, summary) = common::package(&path, &quick(&[64]), &out);
    assert_eq!(plan.duration(), Rational::from(3));
    assert_eq!(
        summary.warnings.iter().map(|warning| warning.kind).collect::<Vec<_>>(),
        [WarningKind::TransparencyLost]
    );
    // The middle as it is shown: blue, red from 1 to 1.5 s, then black.
    let video = plan.source_video().unwrap();
    let middle = |frame: &Vec<u8>| frame[32 * 84 + 40];
    let greys: Vec<u8> = grey_frames(&common::joined(&out, &plan.renditions()[0]), 84, 64).iter().map(middle).collect();
    let change = |from: usize, is: fn(u8) -> bool| from + greys[from..].iter().position(|grey| is(*grey)).unwrap();
    let red_from = change(0, |grey| grey > 45);
    let black_from = change(red_from, |grey| grey < 24);
    let seconds = |frame: usize| frame as f64 / video.frame_rate.to_f64();
    assert!((seconds(red_from) - 1.0).abs() < 0.01 && (seconds(black_from) - 1.5).abs() < 0.01, "{greys:?}");
}

#[test]
fn what_is_shown_for_no_time_is_shown_for_a_tenth_of_a_second() {
    let shots = [SHOTS[0], SHOTS[1]].map(|(area, colour, _, flags)| (area, colour, 5, flags));
    let info = vodkit::probe(&Source::bytes(animation(&shots))).unwrap();
    assert_eq!((info.container.as_str(), info.duration), ("webp", Rational::new(1, 5)));
    assert_eq!((info.tracks[0].codec.as_str(), info.main_video().unwrap().1.frames), ("webp", 2));
}

#[test]
fn segments_are_the_same_in_any_order() {
    let folder = folder();
    let path = make(&folder.path().join("a.webp"), "-f lavfi -i testsrc2=s=128x72:r=10:d=6 -c:v libwebp_anim -q:v 60");
    let out = folder.path().join("out");
    let (plan, _) = common::package(&path, &Ladder::default().rungs([72]).preset("ultrafast").segment_seconds(2), &out);
    let rendition = &plan.renditions()[0];
    assert_eq!(rendition.segment_count, 3);
    for index in (0..3).rev() {
        let alone = vodkit::segment(&common::source(&path), &plan, &rendition.id, index).unwrap();
        assert!(alone == std::fs::read(out.join(rendition.segment_key(index))).unwrap(), "segment {index} made alone");
    }
}

#[test]
fn what_is_cut_off_plays_as_far_as_it_goes() {
    let mut bytes = animation(&SHOTS);
    bytes.truncate(bytes.len() - 10);
    let plan = vodkit::plan(&Source::bytes(bytes.clone()), &quick(&[64])).unwrap();
    assert_eq!(plan.duration(), Rational::from(2));
    assert!(
        plan.warnings().iter().any(|warning| warning.kind == WarningKind::SourceIncomplete),
        "{:?}",
        plan.warnings()
    );
    let mut damaged = animation(&SHOTS);
    let place = damaged.windows(4).rposition(|name| name == b"VP8L").unwrap();
    damaged[place + 8] = 0;
    let options = ThumbnailOptions::default().at(Position::Seconds(Rational::from(2)));
    let error = vodkit::thumbnail(&Source::bytes(damaged), &options).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt);
    assert!(error.to_string().ends_with("is damaged: its picture 4 cannot be decoded"), "{error}");
}
