//! What of the pictures is shown, and which way up.

use vodkit::{CopyTop, Ladder};

use vodkit_tests as common;
use vodkit_tests::packaged::apart;
use vodkit_tests::{folder, grey_frames, make};

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
