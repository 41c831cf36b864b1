//! The last frame: shown whatever the container says of its length, and for as long as it says.

use std::path::{Path, PathBuf};

use vodkit::{CopyTop, Plan, Rational};

use vodkit_tests::numbered::{self, numbers, sequence};
use vodkit_tests::{folder, joined, make, package, quick};

const H264: &str = "-pix_fmt yuv420p -c:v libx264 -preset ultrafast -bf 0 -g 15";

/// A second at 30000/1001 whose samples state no more than a tick each, as the last one of phones' videos does.
fn short_last(folder: &Path) -> PathBuf {
    let whole = numbered::write(&folder.join("whole.mp4"), "30000/1001", 30, H264);
    make(&folder.join("short.mp4"), &format!("-i {} -c copy -bsf:v setts=duration=1", whole.display()))
}

fn frames(plan: &Plan) -> u64 {
    plan.source_video().unwrap().frames
}

#[test]
fn the_last_frame_is_shown_however_short_it_is_said_to_be() {
    let folder = folder();
    let source = short_last(folder.path());
    for (name, ladder) in [("encoded", quick(&[72])), ("copied", quick(&[72]).copy_top(CopyTop::Always))] {
        let out = folder.path().join(name);
        let (plan, _) = package(&source, &ladder, &out);
        assert_eq!(frames(&plan), 30, "{name}");
        assert_eq!(numbers(&joined(&out, &plan.renditions()[0])), sequence(0, 30), "{name}");
        let report = vodkit_verify::verify(&out).unwrap();
        assert!(report.is_clean(), "{name}: {:?}", report.findings);
    }
}

#[test]
fn a_coarser_grid_leaves_the_last_frame_out_as_any_other() {
    let folder = folder();
    let source = numbered::write(&folder.path().join("source.mp4"), "60", 60, H264);
    for (cap, count, step) in [(30, 30, 2), (20, 20, 3)] {
        let out = folder.path().join(cap.to_string());
        let (plan, _) = package(&source, &quick(&[72]).max_frame_rate(cap), &out);
        let expected: Vec<_> = (0..60).step_by(step).map(Some).collect();
        assert_eq!(expected.len(), count);
        assert_eq!(numbers(&joined(&out, &plan.renditions()[0])), expected, "at {cap}");
    }
}

/// Slides: one every ten seconds, the last for one second.
#[test]
fn the_last_slide_lasts_as_long_as_it_is_said_to() {
    let folder = folder();
    for (name, codec) in [
        ("plain.mp4", "-c:v libx264 -bf 0"),
        ("reordered.mp4", "-c:v libx264 -bf 2"),
        ("plain.mkv", "-c:v libx264 -bf 0"),
        ("reordered.mkv", "-c:v libx264 -bf 2"),
        ("vp8.webm", "-c:v libvpx"),
    ] {
        let slides = "-f lavfi -i testsrc2=s=64x64:r=1:d=3 -vf setpts=N*10/TB -fps_mode passthrough -pix_fmt yuv420p";
        let source = make(&folder.path().join(name), &format!("{slides} {codec}"));
        let plan = vodkit::plan(&vodkit_tests::source(&source), &quick(&[64])).unwrap();
        assert_eq!(plan.renditions()[0].duration(), Rational::from(21), "{name}");
    }
}

#[test]
fn a_copy_does_not_drop_the_time_that_the_last_frame_stays() {
    let folder = folder();
    let whole = numbered::write(&folder.path().join("whole.mp4"), "25", 50, H264);
    let longer = "-c copy -bsf:v setts=duration=if(eq(N\\,49)\\,5/TB\\,DURATION)";
    let source = make(&folder.path().join("longer.mkv"), &format!("-i {} {longer}", whole.display()));
    let plan = vodkit::plan(&vodkit_tests::source(&source), &quick(&[72]).copy_top(CopyTop::Auto)).unwrap();
    let reason = plan.renditions()[0].encoded_because.as_deref().unwrap_or_default();
    assert_eq!(reason, "its last picture stays for 125 frames");
    assert_eq!(frames(&plan), 49 + 125);
}

#[test]
fn a_single_picture_stays_as_long_as_its_song() {
    let folder = folder();
    let still =
        "-f lavfi -i testsrc2=s=128x72:r=1:d=1 -f lavfi -i sine=d=12 -map 0 -map 1 -c:v libx264 -pix_fmt yuv420p";
    for name in ["a.mp4", "a.mkv"] {
        let source = make(&folder.path().join(name), &format!("{still} -c:a aac"));
        let out = folder.path().join(format!("{name}.out"));
        let (plan, _) = package(&source, &quick(&[72]).copy_top(CopyTop::Auto), &out);
        let rendition = &plan.renditions()[0];
        let reason = rendition.encoded_because.as_deref();
        assert_eq!(reason, Some("its one picture is to stay as long as its sound"), "{name}");
        assert_eq!((frames(&plan), rendition.duration()), (12, Rational::from(12)), "{name}");
        let pictures = vodkit_tests::grey_frames(&joined(&out, rendition), 128, 72);
        assert_eq!(pictures.len(), 12, "{name}");
        let apart = |picture: &Vec<u8>| vodkit_tests::packaged::apart(picture, &pictures[0]);
        assert!(pictures.iter().map(apart).all(|apart| apart < 3.0), "{name}: another picture");
        let ladder = quick(&[72]).clip(vodkit::Clip::new(5, Rational::from(8)));
        let clip = vodkit::plan(&vodkit_tests::source(&source), &ladder).unwrap();
        assert_eq!(frames(&clip), 3, "{name}");
    }
}

/// FLV does not say how long the last picture lasts, which is then one frame, and not as long as the one before.
#[test]
fn a_last_picture_of_unknown_length_lasts_a_second_at_most() {
    let folder = folder();
    let arguments =
        "-f lavfi -i testsrc2=s=64x64:r=1:d=2 -vf setpts=N*6/TB -fps_mode passthrough -pix_fmt yuv420p -c:v flv";
    let (plan, _) = package(&make(&folder.path().join("a.flv"), arguments), &quick(&[64]), &folder.path().join("out"));
    assert_eq!(plan.duration(), Rational::from(7));
}
