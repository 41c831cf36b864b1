//! What of the pictures is shown, and which way up.

use vodkit::{CopyTop, Ladder};

use vodkit_tests as common;
use vodkit_tests::packaged::{Packaged, apart};
use vodkit_tests::{folder, grey_frames, make, numbered, quick};

fn ladder(short_side: u32) -> Ladder {
    Ladder::default().crf(16.0).preset("superfast").rungs([short_side])
}

#[test]
fn what_a_clean_aperture_or_cropping_leaves_out_is_not_shown() {
    let folder = folder();
    let border = "drawbox=c=red:t=20";
    let source =
        "-f lavfi -i testsrc2=s=320x180:r=10:d=1 -c:v libx264 -preset ultrafast -qp 4 -pix_fmt yuv420p -bf 0 -vf";
    let whole = make(&folder.path().join("whole.mp4"), &format!("{source} {border}"));
    let inner = make(&folder.path().join("inner.mp4"), &format!("{source} {border},crop=280:140"));
    let cropped = folder.path().join("cropped.mp4");
    common::with_aperture(&whole, &cropped, (280, 140));
    let info = vodkit::probe(&common::source(&cropped)).unwrap();
    if info.main_video().unwrap().1.width == 320 {
        eprintln!("SKIPPED: this FFmpeg is older than 7.1 and does not tell the clean aperture");
        return;
    }
    let expected = grey_frames(&inner, 280, 140);
    // As Matroska's cropping (PixelCropLeft and its like).
    let matroska = folder.path().join("cropped.mkv");
    let matroska = make(&matroska, &format!("-i {} -c copy", cropped.display()));
    let cases = [(&cropped, CopyTop::Never), (&cropped, CopyTop::Auto), (&matroska, CopyTop::Never)];
    for (number, (source, copy_top)) in cases.into_iter().enumerate() {
        let out = folder.path().join(number.to_string());
        let (plan, _) = common::package(source, &ladder(140).copy_top(copy_top), &out);
        let rendition = &plan.renditions()[0];
        let reason = rendition.encoded_because.as_deref();
        assert!(reason.is_none_or(|reason| reason.contains("but the container says 280x140")), "{reason:?}");
        let shown = grey_frames(&common::joined(&out, rendition), 280, 140);
        assert_eq!(shown.len(), expected.len());
        let worst = shown.iter().zip(&expected).map(|(shown, expected)| apart(shown, expected)).fold(0.0, f64::max);
        assert!(worst < 4.0, "{worst} grey levels apart");
    }
}

/// Broadcasts of IMX have lines of the vertical blanking interval before the picture, red here.
#[test]
fn lines_of_the_vertical_blanking_interval_are_not_shown() {
    let imx = "-aspect 4:3 -c:v mpeg2video -g 0 -flags +ildct+low_delay -dc 10 -non_linear_quant 1 -intra_vlc 1 -ps 1 -qmin 1 \
               -qmax 12 -rc_max_vbv_use 1 -rc_min_vbv_use 1 -pix_fmt yuv422p -minrate 50000k -maxrate 50000k -b:v 50000k \
               -bufsize 2000000 -rc_init_occupancy 2000000 -bf 0";
    let cases = [
        ("a.mxf", "25", (576, 608), "-f mxf_d10", (768, 576)),
        ("a.mov", "25", (576, 608), "-tag:v mx5p", (768, 576)),
        ("a.ts", "25", (576, 608), "", (768, 576)),
        ("ntsc.mxf", "30000/1001", (486, 512), "-f mxf", (720, 540)),
    ];
    for (name, rate, (lines, all), arguments, size) in cases {
        let folder = folder();
        let blanking = format!("color=white:s=720x{lines}:r={rate}:d=1,pad=720:{all}:0:{}:red", all - lines);
        let source = make(&folder.path().join(name), &format!("-f lavfi -i {blanking} {imx} {arguments}"));
        let (_, info) = {
            let info = vodkit::probe(&common::source(&source)).unwrap();
            let (track, video) = info.main_video().map(|(track, video)| (track.clone(), video.clone())).unwrap();
            (track, video)
        };
        assert_eq!((info.coded_height, info.width, info.height), (all, size.0, size.1), "{name}");
        let out = folder.path().join("out");
        let (plan, _) = common::package(&source, &ladder(180), &out);
        let video = plan.videos().next().unwrap();
        let (width, height) = (video.1.width as usize, video.1.height as usize);
        assert_eq!((width, height), (240, 180), "{name}");
        let shown = grey_frames(&common::joined(&out, video.0), width, height);
        assert!(shown.len() >= 25 && shown.iter().flatten().all(|grey| *grey > 220), "{name}: some of it is not white");
        let options = vodkit::ThumbnailOptions::default();
        let picture = vodkit::thumbnail(&common::source(&source), &options).unwrap();
        assert_eq!((picture.width, picture.height), size, "{name}");
    }
}

/// As an encoder or a camera writes it into the pictures, in containers that have no word for it.
#[test]
fn what_is_turned_by_its_own_word_stands_upright() {
    let folder = folder();
    let source = "-f lavfi -i testsrc2=s=256x144:r=10:d=1 -c:v libx264 -preset ultrafast -qp 4 -pix_fmt yuv420p -bf 0";
    let plain = make(&folder.path().join("plain.mkv"), source);
    for (name, orientation, filter) in [
        ("quarter.ts", "rotate=90", "transpose=cclock"),
        ("half.mkv", "rotate=180", "hflip,vflip"),
        ("three.ts", "rotate=270", "transpose=clock"),
        ("mirrored.ts", "flip=horizontal", "hflip"),
        ("upside_down.ts", "flip=vertical", "vflip"),
        ("both.mkv", "flip=horizontal:rotate=90", "hflip,transpose=cclock"),
    ] {
        let metadata = format!("-c copy -bsf:v h264_metadata=display_orientation=insert:{orientation}");
        let turned = make(&folder.path().join(name), &format!("-i {} {metadata}", plain.display()));
        let expected = folder.path().join(format!("{name}.expected.mkv"));
        let expected = make(&expected, &format!("-i {} -vf {filter} -c:v ffv1", plain.display()));
        let (plan, _) = common::package(&turned, &ladder(144), &folder.path().join("out"));
        let video = plan.source_video().unwrap();
        let (width, height) = (video.width as usize, video.height as usize);
        let shown = grey_frames(&common::joined(&folder.path().join("out"), &plan.renditions()[0]), width, height);
        let expected = grey_frames(&expected, width, height);
        assert_eq!(shown.len(), expected.len(), "{name}");
        let worst = shown.iter().zip(&expected).map(|(shown, expected)| apart(shown, expected)).fold(0.0, f64::max);
        assert!(worst < 4.0, "{name}: {worst} grey levels apart");
        std::fs::remove_dir_all(folder.path().join("out")).unwrap();
    }
}

/// The same message in HEVC, before the first picture of a stream.
#[test]
fn hevc_that_is_turned_by_its_own_word_stands_upright() {
    let folder = folder();
    let x265 = "-c:v libx265 -preset ultrafast -x265-params log-level=error:qp=4:bframes=0 -pix_fmt yuv420p";
    let plain =
        make(&folder.path().join("plain.hevc"), &format!("-f lavfi -i testsrc2=s=256x144:r=10:d=1 {x265} -f hevc"));
    let mut bytes = std::fs::read(&plain).unwrap();
    // A quarter of a turn against the clock: 16384 of 65536, after three flags.
    let turn = (0x4000_u32 << 13).to_be_bytes();
    let message = [&[0, 0, 0, 1, 39 << 1, 1, 47, 3][..], &turn[..3], &[0x80]].concat();
    // The first unit of a picture that decoding can begin with has type 19 or 20.
    let place = bytes.windows(4).position(|found| found[..3] == [0, 0, 1] && matches!(found[3] >> 1, 19 | 20)).unwrap();
    bytes.splice(place..place, message);
    let stream = folder.path().join("turned.hevc");
    std::fs::write(&stream, bytes).unwrap();
    let expected = folder.path().join("expected.mkv");
    let expected = make(&expected, &format!("-i {} -vf transpose=cclock -c:v ffv1", plain.display()));
    let turned = make(&folder.path().join("a.ts"), &format!("-noautorotate -r 10 -i {} -c copy", stream.display()));
    let (plan, _) = common::package(&turned, &ladder(144), &folder.path().join("out"));
    let shown = grey_frames(&common::joined(&folder.path().join("out"), &plan.renditions()[0]), 144, 256);
    let expected = grey_frames(&expected, 144, 256);
    assert_eq!(shown.len(), expected.len());
    let worst = shown.iter().zip(&expected).map(|(shown, expected)| apart(shown, expected)).fold(0.0, f64::max);
    assert!(worst < 4.0, "{worst} grey levels apart");
}

/// The rows and columns of a grey picture that have something brighter than the half, as width and height.
fn bright(picture: &[u8], width: usize) -> (usize, usize) {
    let is_bright = |(_, value): &(usize, &u8)| **value > 128;
    let (columns, rows): (Vec<_>, Vec<_>) =
        picture.iter().enumerate().filter(is_bright).map(|(place, _)| (place % width, place / width)).unzip();
    let extent = |places: &[usize]| places.iter().max().unwrap() + 1 - places.iter().min().unwrap();
    (extent(&columns), extent(&rows))
}

/// Two seconds in grey with a white square, whose middle is `square` pixels wide and high.
fn with_square(path: &std::path::Path, size: &str, square: (u32, u32), arguments: &str) -> std::path::PathBuf {
    let (width, height) = square;
    let drawn = format!("drawbox=x=(iw-{width})/2:y=(ih-{height})/2:w={width}:h={height}:c=white:t=fill");
    make(path, &format!("-f lavfi -i color=0x404040:s={size}:r=25:d=2 -vf {drawn} {arguments}"))
}

fn check_square(source: &std::path::Path, folder: &std::path::Path, size: (usize, usize), halves: [usize; 2]) {
    let (plan, _) =
        common::package(source, &ladder(size.0.min(size.1) as u32).segment_seconds(1).keyframe_seconds(1), folder);
    let frames = grey_frames(&common::joined(folder, &plan.renditions()[0]), size.0, size.1);
    assert_eq!(frames.len(), 100);
    for (number, frame) in frames.iter().enumerate() {
        let (width, height) = bright(frame, size.0);
        let expected = halves[number / 50];
        let is_near = |side: usize| side.abs_diff(expected) <= 2;
        assert!(is_near(width) && is_near(height), "frame {number} has a square of {width}x{height}");
        // The corner has a bar in the second half.
        assert_eq!(frame[0] < 32, number >= 50, "frame {number} has a corner of {}", frame[0]);
    }
    let at = vodkit::thumbnail::Position::Seconds(vodkit::Rational::from(3));
    let picture = vodkit::thumbnail(&common::source(source), &vodkit::ThumbnailOptions::default().at(at)).unwrap();
    let path = folder.join("thumbnail.jpg");
    std::fs::write(&path, picture.bytes).unwrap();
    let (width, height) = bright(&grey_frames(&path, size.0, size.1)[0], size.0);
    assert!(width.abs_diff(halves[1]) <= 2 && height.abs_diff(halves[1]) <= 2, "a square of {width}x{height}");
}

fn one_behind_the_other(parts: [std::path::PathBuf; 2], path: std::path::PathBuf) -> std::path::PathBuf {
    std::fs::write(&path, parts.iter().flat_map(|part| std::fs::read(part).unwrap()).collect::<Vec<_>>()).unwrap();
    path
}

const X264: &str = "-pix_fmt yuv420p -c:v libx264 -preset ultrafast -bf 0 -g 25";
const BEHIND: &str = "-output_ts_offset 2";

#[test]
fn what_is_turned_midway_has_bars() {
    let folder = folder();
    let file = |name: &str| folder.path().join(name);
    let parts = [
        with_square(&file("a.ts"), "320x180", (60, 60), X264),
        with_square(&file("b.ts"), "180x320", (60, 60), &format!("{X264} {BEHIND}")),
    ];
    // 320 lines become 180.
    check_square(&one_behind_the_other(parts, file("source.ts")), folder.path(), (320, 180), [60, 34]);
}

#[test]
fn pixels_that_change_their_shape_midway_stay_in_shape() {
    let folder = folder();
    let file = |name: &str| folder.path().join(name);
    let parts = [
        with_square(&file("a.ts"), "320x240", (80, 80), X264),
        with_square(&file("b.ts"), "320x240", (60, 80), &format!("-aspect 16:9 {X264} {BEHIND}")),
    ];
    // 427 columns become 320.
    check_square(&one_behind_the_other(parts, file("source.ts")), folder.path(), (320, 240), [80, 60]);
}

/// FFmpeg's decoder would lose the last picture before.
#[test]
fn mpeg2_whose_size_changes_midway_has_all_its_pictures() {
    for (extension, codec) in [("m2v", "mpeg2video"), ("ts", "mpeg2video"), ("m1v", "mpeg1video")] {
        let folder = folder();
        let part = |name: &str, numbers, arguments: &str| {
            let path = folder.path().join(format!("{name}.{extension}"));
            std::fs::read(numbered::write_range(&path, "25", numbers, &format!("{arguments} -c:v {codec} -q:v 4")))
                .unwrap()
        };
        let parts = [
            part("a", 0..30, "-bf 2"),
            part("b", 30..60, "-bf 2 -vf scale=iw*2:ih*2:flags=neighbor"),
            part("c", 60..90, "-bf 0"),
        ];
        let path = folder.path().join(format!("source.{extension}"));
        std::fs::write(&path, parts.concat()).unwrap();
        let packaged = Packaged::new(folder, path, &quick(&[numbered::HEIGHT as u32]).segment_seconds(2));
        let shown = numbered::numbers(&packaged.file(packaged.plan.videos().next().unwrap().0));
        assert_eq!(shown, numbered::sequence(0, 90), "{extension}");
    }
}

/// One colour, coded by two ranges and matrices.
#[test]
fn colours_that_are_tagged_otherwise_midway_stay_the_same() {
    let folder = folder();
    let part = |name: &str, range: &str, matrix: &str, arguments: &str| {
        let convert = format!("scale=out_range={range}:out_color_matrix={matrix},format=yuv420p");
        let tags = format!("-color_range {range} -colorspace {}", if matrix == "bt601" { "bt470bg" } else { matrix });
        let input = "-f lavfi -i color=0xC04080:s=320x180:r=25:d=2,format=rgb24";
        make(&folder.path().join(name), &format!("{input} -vf {convert} {tags} {X264} {arguments}"))
    };
    for (range, matrix) in [("pc", "bt709"), ("tv", "bt601")] {
        let parts = [part("a.ts", "tv", "bt709", ""), part("b.ts", range, matrix, BEHIND)];
        let source = one_behind_the_other(parts, folder.path().join(format!("{range}.ts")));
        let out = folder.path().join(format!("out-{range}"));
        let (plan, _) = common::package(&source, &ladder(180).segment_seconds(1).keyframe_seconds(1), &out);
        let file = common::joined(&out, &plan.renditions()[0]);
        let filter = "scale=1:1:in_color_matrix=bt709:in_range=tv,format=rgb24";
        let pixels =
            common::ffmpeg(&["-v", "error", "-i", file.to_str().unwrap(), "-vf", filter, "-f", "rawvideo", "-"]);
        assert_eq!(pixels.stdout.len(), 300);
        for (number, pixel) in pixels.stdout.chunks_exact(3).enumerate() {
            let far = pixel.iter().zip([0xC0, 0x40, 0x80]).any(|(found, expected)| found.abs_diff(expected) > 4);
            assert!(!far, "frame {number}, {range} and {matrix} midway: {pixel:?}");
        }
    }
}
