//! A thumbnail is the exact frame that is in view at its position, in the format asked for.

use std::path::Path;

use vodkit::thumbnail::{ChromaSampling, Fit, Position};
use vodkit::{Error, ErrorKind, ImageFormat, Rational, ThumbnailOptions, thumbnail};

use vodkit_tests as common;
use vodkit_tests::numbered;
use vodkit_tests::{ffprobe, folder, grey_frames, source};

use super::{X264, four_seconds, number_on, options, saved, seconds};

const OPEN_GOP: &str = "-pix_fmt yuv420p -c:v libx264 -preset ultrafast -bf 3 -b_strategy 0 -x264-params open-gop=1:keyint=20:min-keyint=20:scenecut=0";

/// The number that is seen at each position, and when the thumbnail says that it comes into view.
fn seen(video: &Path, positions: &[Position]) -> Vec<(Option<u32>, Rational)> {
    let folder = folder();
    let mut times = Vec::new();
    for (number, at) in positions.iter().enumerate() {
        let picture = thumbnail(&source(video), &ThumbnailOptions::default().at(*at)).unwrap();
        std::fs::write(folder.path().join(format!("{number:03}.jpg")), &picture.bytes).unwrap();
        times.push(picture.time);
    }
    numbered::numbers(&folder.path().join("%03d.jpg")).into_iter().zip(times).collect()
}

fn numbers_seen(video: &Path, positions: &[Position]) -> Vec<Option<u32>> {
    seen(video, positions).into_iter().map(|(number, _)| number).collect()
}

#[test]
fn the_frame_in_view_at_a_time_is_taken() {
    let folder = folder();
    let video = four_seconds(folder.path());
    let cases = [
        (0, 0),
        (39, 0),
        (40, 1),
        (79, 1),
        (80, 2),
        (1000, 25),
        (1999, 49),
        (2000, 50),
        (3959, 98),
        (3960, 99),
        (3999, 99),
        (4000, 99),
        (4001, 99),
        (1_000_000_000, 99),
    ];
    let positions = cases.map(|(milliseconds, _)| seconds(milliseconds, 1000));
    let expected = cases.map(|(_, number)| (Some(number), Rational::new(number.into(), 25)));
    assert_eq!(seen(&video, &positions), expected);
}

#[test]
fn fractions_go_from_the_first_frame_to_the_last() {
    let folder = folder();
    let video = four_seconds(folder.path());
    let cases = [(0.0, 0), (0.0099, 0), (0.01, 1), (0.25, 25), (0.4999, 49), (0.5, 50), (0.9999, 99), (1.0, 99)];
    let seen = numbers_seen(&video, &cases.map(|(fraction, _)| Position::Fraction(fraction)));
    assert_eq!(seen, cases.map(|(_, number)| Some(number)));
}

/// Each frame is in view from its own start to just before the next one's, wherever the container puts it.
fn frames_are_found(name: &str, rate: (i64, i64), arguments: &str) {
    let folder = folder();
    let video = numbered::write(&folder.path().join(name), &format!("{}/{}", rate.0, rate.1), 70, arguments);
    let numbers = [0_u32, 1, 19, 20, 21, 38, 41, 69];
    for (tenths, place) in [(0, "start"), (5, "middle"), (9, "end")] {
        let at = numbers.map(|number| seconds((i64::from(number) * 10 + tenths) * rate.1, rate.0 * 10));
        assert_eq!(numbers_seen(&video, &at), numbers.map(Some), "at the {place} of frames");
    }
}

#[test]
fn frames_are_found_in_mp4() {
    frames_are_found("source.mp4", (24_000, 1001), OPEN_GOP);
}

#[test]
fn frames_are_found_in_mkv_with_rounded_times() {
    frames_are_found("source.mkv", (30_000, 1001), X264);
}

#[test]
fn frames_are_found_in_ts_without_an_index() {
    frames_are_found("source.ts", (30_000, 1001), OPEN_GOP);
}

/// All in one group of pictures, where those that no other needs are left out on the way.
#[test]
fn frames_are_found_far_from_a_keyframe() {
    // So large that all cores decode.
    let x264 = "-vf scale=768:432:flags=neighbor -pix_fmt yuv420p -c:v libx264 -preset medium -bf 4 -b_strategy 0 -x264-params b-pyramid=normal:keyint=999:scenecut=0";
    frames_are_found("pyramid.mp4", (25, 1), x264);
    frames_are_found("plain.mp4", (25, 1), "-pix_fmt yuv420p -c:v libx264 -preset ultrafast -g 999");
    let x265 =
        "-pix_fmt yuv420p -c:v libx265 -preset ultrafast -x265-params log-level=none:bframes=4:keyint=999:scenecut=0";
    frames_are_found("hevc.mp4", (25, 1), x265);
    frames_are_found(
        "mpeg2.mkv",
        (25, 1),
        "-pix_fmt yuv420p -c:v mpeg2video -q:v 2 -bf 2 -g 999 -sc_threshold 1000000000",
    );
    frames_are_found("mpeg4.mkv", (25, 1), "-pix_fmt yuv420p -c:v mpeg4 -q:v 2 -bf 2 -g 999 -sc_threshold 1000000000");
    frames_are_found(
        "vp9.webm",
        (25, 1),
        "-vf scale=768:432:flags=neighbor -pix_fmt yuv420p -c:v libvpx-vp9 -cpu-used 8 -g 999",
    );
}

#[test]
fn the_nearest_keyframe_is_taken_where_it_does() {
    let folder = folder();
    let keyframes = "-pix_fmt yuv420p -c:v libx264 -preset ultrafast -bf 2 -x264-params keyint=999:scenecut=0 -force_key_frames 1,3";
    let video = numbered::write(&folder.path().join("source.mp4"), "25", 100, keyframes);
    let taken = |at: Position| {
        let options = ThumbnailOptions::default().at(at).nearest_keyframe(true);
        let picture = thumbnail(&source(&video), &options).unwrap();
        (number_on(&picture, folder.path()), picture.time)
    };
    // Half-way between two the earlier is taken.
    for (milliseconds, number) in [(0, 0), (480, 0), (540, 25), (1000, 25), (2001, 25), (2041, 75), (3900, 75)] {
        let expected = (Some(number), Rational::new(number.into(), 25));
        assert_eq!(taken(seconds(milliseconds, 1000)), expected, "{milliseconds} ms");
    }
    assert_eq!(taken(Position::Fraction(1.0)).0, Some(75));
}

#[test]
fn frames_are_found_in_flv() {
    frames_are_found("source.flv", (30, 1), X264);
}

#[test]
fn with_a_variable_rate_the_last_frame_that_has_started_is_taken() {
    let folder = folder();
    let tempo =
        "-vf settb=1/1000,setpts=if(lt(N\\,20)\\,N*100\\,2000+(N-20)*33) -enc_time_base 0.001 -fps_mode passthrough";
    let video = numbered::write(&folder.path().join("source.mkv"), "25", 50, &format!("{tempo} {X264}"));
    let shown = numbered::shown(&video);
    let milliseconds = [0, 60, 99, 100, 1950, 1999, 2000, 2032, 2040, 2500];
    let expected = milliseconds.map(|milliseconds| {
        let time = shown[0].0 + Rational::new(milliseconds, 1000);
        Some(shown.iter().rev().find(|(start, _)| *start <= time).unwrap().1)
    });
    assert_eq!(numbers_seen(&video, &milliseconds.map(|milliseconds| seconds(milliseconds, 1000))), expected);
}

/// Sound starts 480 ms before the pictures: until then players show the first one.
#[test]
fn a_time_means_the_same_as_in_the_package() {
    let folder = folder();
    let pictures = four_seconds(folder.path());
    let both = format!(
        "-itsoffset 0.48 -i {} -f lavfi -i sine=d=4.5 -map 0:v -map 1:a -c:v copy -c:a pcm_s16le",
        pictures.display()
    );
    let video = common::make(&folder.path().join("late.mkv"), &both);
    let (plan, _) = common::package(&video, &common::quick(&[144]), &folder.path().join("out"));
    let (rendition, _) = plan.videos().next().unwrap();
    let shown = numbered::numbers(&common::joined(&folder.path().join("out"), rendition));
    let frames = [0_usize, 6, 12, 13, 40, 100];
    let seen = numbers_seen(&video, &frames.map(|frame| seconds(frame as i64 * 10 + 5, 250)));
    assert_eq!(seen, frames.map(|frame| shown[frame]), "in the middle of the package's frames {frames:?}");
}

#[test]
fn each_format_is_what_it_says() {
    let folder = folder();
    let video = four_seconds(folder.path());
    for (format, codec) in [(ImageFormat::Jpeg, "mjpeg"), (ImageFormat::Png, "png"), (ImageFormat::WebP, "webp")] {
        let options = options(seconds(1, 1), Some(128), None, Fit::Crop, format);
        let picture = thumbnail(&source(&video), &options).unwrap();
        let path = saved(&picture, folder.path());
        assert_eq!(ffprobe(&path, "v:0", "stream=codec_name,width,height"), format!("{codec},128,72"));
        assert_eq!(number_on(&picture, folder.path()), Some(25), "{format:?}");
    }
}

/// As another decoder reads it: how far the picture's grey is from what it was made of on average, and its pixel format.
fn written_as(options: &ThumbnailOptions) -> (f64, String, usize) {
    let folder = folder();
    let video = common::make(
        &folder.path().join("source.mkv"),
        "-f lavfi -i testsrc2=size=320x180:rate=25:duration=1 -c:v libx264 -qp 0 -pix_fmt yuv420p",
    );
    let made = thumbnail(&source(&video), options).unwrap();
    let pixels = thumbnail(&source(&video), &options.clone().format(ImageFormat::Png)).unwrap();
    let path = saved(&made, folder.path());
    let format = ffprobe(&path, "v:0", "stream=pix_fmt");
    let ours = grey_frames(&path, 320, 180).remove(0);
    let exact = grey_frames(&saved(&pixels, folder.path()), 320, 180).remove(0);
    let difference: f64 = ours.iter().zip(&exact).map(|(one, other)| f64::from(one.abs_diff(*other))).sum();
    (difference / ours.len() as f64, format, made.bytes.len())
}

#[test]
fn jpeg_and_webp_are_as_good_as_asked_for() {
    let jpeg = ThumbnailOptions::default().at(seconds(1, 2));
    let webp = jpeg.clone().format(ImageFormat::WebP);
    let kinds = [(&jpeg, "yuvj420p"), (&webp, "yuv420p")];
    for (options, pixel_format) in kinds {
        let (difference, format, size) = written_as(options);
        assert_eq!(format, pixel_format);
        let (worse, _, smaller) = written_as(&options.clone().quality(20));
        let (better, _, larger) = written_as(&options.clone().quality(98));
        assert!(worse > difference && difference > better, "{worse} {difference} {better}");
        assert!(smaller < size && size < larger && difference < 3.0, "{smaller} {size} {larger} {difference}");
    }
    let (_, format, _) = written_as(&jpeg.clone().chroma(ChromaSampling::Full));
    assert_eq!(format, "yuvj444p");
    let (difference, format, _) = written_as(&webp.clone().lossless(true));
    assert_eq!((difference, format.as_str()), (0.0, "argb"));
    // Sides that are no multiple of a block's.
    for options in [&jpeg, &webp] {
        let picture = written_sizes(&options.clone().width(17).height(9));
        assert_eq!(picture, "17,9");
    }
}

fn written_sizes(options: &ThumbnailOptions) -> String {
    let folder = folder();
    let made = thumbnail(&source(&four_seconds(folder.path())), options).unwrap();
    ffprobe(&saved(&made, folder.path()), "v:0", "stream=width,height")
}

#[test]
fn bare_pixels_are_those_of_the_png() {
    let folder = folder();
    let video = four_seconds(folder.path());
    let take =
        |format| thumbnail(&source(&video), &options(seconds(1, 1), Some(127), None, Fit::Crop, format)).unwrap();
    let png = saved(&take(ImageFormat::Png), folder.path());
    let decoded = ["-i", png.to_str().unwrap(), "-f", "rawvideo", "-pix_fmt", "rgb24", "-"];
    let decoded = common::ffmpeg(&[&["-loglevel", "error"], &decoded[..]].concat()).stdout;
    assert!(take(ImageFormat::Rgb).bytes == decoded && decoded.len() == 127 * 71 * 3);
}

fn refused(options: &ThumbnailOptions) -> Error {
    let folder = folder();
    thumbnail(&source(&four_seconds(folder.path())), options).unwrap_err()
}

#[test]
fn options_out_of_range_are_named() {
    let sized = |width, height| options(seconds(0, 1), width, height, Fit::Crop, ImageFormat::Jpeg);
    let cases = [
        (ThumbnailOptions::default().at(Position::Fraction(1.5)), "fraction is 1.5"),
        (ThumbnailOptions::default().at(Position::Fraction(-0.1)), "fraction is -0.1"),
        (ThumbnailOptions::default().at(Position::Fraction(f64::NAN)), "fraction is NaN"),
        (ThumbnailOptions::default().at(seconds(-1, 2)), "time is -1/2"),
        (ThumbnailOptions::default().quality(0), "quality is 0"),
        (ThumbnailOptions::default().quality(101), "quality is 101"),
        (sized(Some(0), None), "width is 0"),
        (sized(None, Some(8193)), "height is 8193"),
    ];
    for (options, words) in cases {
        let error = refused(&options);
        assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{words}");
        assert!(error.to_string().contains(words), "{error}");
    }
}

#[test]
fn a_source_without_pictures_is_refused() {
    let folder = folder();
    let sound = common::make(&folder.path().join("sound.wav"), "-f lavfi -i sine=d=1");
    let error = thumbnail(&source(&sound), &ThumbnailOptions::default()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NothingToPlay);
    assert!(error.to_string().contains("sound.wav has no video"), "{error}");
}
