//! Pictures that are shown before the keyframe that a source begins with, and need nothing that comes before it.

use std::path::Path;

use super::frames::{check_alone, ladder, renditions};
use vodkit_tests::numbered::{self, HEIGHT, WIDTH, sequence};
use vodkit_tests::{folder, make, package};

/// Each picture comes once, from `first` on, in all renditions and in segments made alone.
fn all_are_seen(source: &Path, first: u32, count: u32, name: &str) {
    let out = source.parent().unwrap().join(name);
    let (plan, _) = package(source, &ladder(), &out);
    let expected = sequence(first, count);
    for (rendition, seen) in renditions(&plan, &out) {
        assert_eq!(seen, expected, "{name}, {rendition}");
    }
    check_alone(source, &plan, &expected, source.parent().unwrap());
    assert_eq!(plan.warnings(), [], "{name}");
}

/// Two such pictures (RADL) before each keyframe but the first; the source is cut off there, at picture 25.
#[test]
fn of_hevc() {
    let folder = folder();
    let coding = "-pix_fmt yuv420p -c:v libx265 -x265-params \
                  open-gop=0:radl=2:keyint=25:min-keyint=25:bframes=3:b-adapt=0:scenecut=0:log-level=none";
    let whole = numbered::write(&folder.path().join("whole.mkv"), "25", 97, coding);
    // Into other formats ffmpeg copies them with other times.
    let cut = make(&folder.path().join("cut.hevc"), &format!("-ss 1.3 -i {} -c copy", whole.display()));
    all_are_seen(&cut, 23, 74, "hevc");
}

/// A closed group that begins with two B-frames: what is before them is noise, of which an encoder takes nothing.
#[test]
fn of_mpeg2() {
    let folder = folder();
    let mut state = 1_u32;
    let mut noise = move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    let pictures = (0..60).map(|number| match number {
        12 => (0..WIDTH * HEIGHT).map(|_| noise()).collect(),
        _ => numbered::picture(number),
    });
    let format = format!("-pixel_format gray -video_size {WIDTH}x{HEIGHT} -framerate 25");
    let coding =
        "-pix_fmt yuv420p -c:v mpeg2video -qscale:v 3 -bf 2 -b_strategy 0 -g 15 -sc_threshold 1000000000 -f mpeg2video";
    let whole = numbered::write_raw(&folder.path().join("whole.m2v"), &format, coding, pictures);
    let mut bytes = std::fs::read(whole).unwrap();
    let second = bytes.windows(4).enumerate().filter(|(_, bytes)| *bytes == [0, 0, 1, 0xb3]).nth(1).unwrap().0;
    bytes.drain(..second);
    let group = bytes.windows(4).position(|bytes| bytes == [0, 0, 1, 0xb8]).unwrap();
    // closed_gop, behind a time code of 25 bits.
    bytes[group + 7] |= 0x40;
    let cut = folder.path().join("cut.m2v");
    std::fs::write(&cut, bytes).unwrap();
    all_are_seen(&cut, 13, 47, "m2v");
    for extension in ["ts", "mpg", "mkv"] {
        let copy = folder.path().join(format!("copy.{extension}"));
        make(&copy, &format!("-fflags +genpts -r 25 -i {} -c copy", cut.display()));
        all_are_seen(&copy, 13, 47, extension);
    }
}

/// A broadcast that is recorded from the beginning of an open group on: the pictures that are shown before its keyframe need the
/// group before. Players begin with the keyframe, and so does the package.
#[test]
fn those_that_need_what_comes_before_are_left_out() {
    let folder = folder();
    let x265 = "libx265 -x265-params \
                open-gop=1:keyint=25:min-keyint=25:bframes=4:b-adapt=0:scenecut=0:log-level=none";
    let x264 = "libx264 -x264-params open-gop=1:keyint=25:min-keyint=25:bframes=4:b-adapt=0:scenecut=0";
    let mpeg2 = "mpeg2video -qscale:v 3 -bf 2 -b_strategy 0 -g 24 -sc_threshold 1000000000";
    for (name, coding, first) in [("hevc", x265, 25), ("h264", x264, 25), ("mpeg2", mpeg2, 24)] {
        let coding = format!("-pix_fmt yuv420p -c:v {coding} -mpegts_flags +resend_headers");
        let whole = numbered::write(&folder.path().join(format!("{name}.ts")), "25", 97, &coding);
        let bytes = std::fs::read(whole).unwrap();
        let packets: Vec<&[u8]> = bytes.chunks(188).collect();
        // A unit of the first stream begins, and decoding can begin with it.
        let is_key =
            |packet: &[u8]| packet[1] == 0x41 && packet[2] == 0 && packet[3] & 0x20 != 0 && packet[5] & 0x40 != 0;
        let second = packets.iter().enumerate().filter(|(_, packet)| is_key(packet)).nth(1).unwrap().0;
        let cut = folder.path().join(format!("{name}-cut.ts"));
        // Its tables come first.
        std::fs::write(&cut, [packets[..3].concat(), packets[second..].concat()].concat()).unwrap();
        let count = 97 - first;
        all_are_seen(&cut, first, count, &format!("{name}-out"));
        let plan = vodkit::plan(&vodkit_tests::source(&cut), &ladder()).unwrap();
        assert_eq!(plan.duration(), vodkit::Rational::new(count.into(), 25), "{name}");
    }
}

/// Where this FFmpeg decodes VVC, as 7.1 does: its first keyframe may come after many that are shown before it.
#[test]
fn of_vvc() {
    let folder = folder();
    let coding = "-pix_fmt yuv420p10le -c:v libvvenc -preset faster -period 1";
    let made = numbered::write(&folder.path().join("a.mp4"), "25", 60, coding);
    match vodkit::probe(&vodkit_tests::source(&made)) {
        Ok(info) if info.main_video().is_some() => all_are_seen(&made, 0, 60, "mp4"),
        _ => eprintln!("SKIPPED: this FFmpeg decodes no VVC"),
    }
}
