//! Frame rates, found from the times of all frames.

use super::{X264, made, pictures, rational, video};

/// Two seconds at `rate`, in each container, whose clocks differ in how finely they count.
fn rate_is_exact(rate: &str, extensions: &[&str]) {
    for extension in extensions {
        let name = format!("source.{extension}");
        let info = made(&name, &format!("-f lavfi -i testsrc2=s=64x64:r={rate} -frames:v 60 {X264} -pix_fmt yuv420p"));
        let found = video(&info);
        assert_eq!((found.frame_rate, found.variable_frame_rate), (rational(rate), false), "{rate} in {extension}");
        assert_eq!(found.frames, 60, "{rate} in {extension}");
    }
}

const ALL: [&str; 6] = ["mp4", "mkv", "mov", "ts", "flv", "avi"];

#[test]
fn rate_of_film_for_television_is_exact() {
    rate_is_exact("24000/1001", &ALL);
}

#[test]
fn rate_of_film_is_exact() {
    rate_is_exact("24", &ALL);
}

#[test]
fn rate_of_pal_is_exact() {
    rate_is_exact("25", &ALL);
    rate_is_exact("50", &ALL);
}

#[test]
fn rate_of_ntsc_is_exact() {
    rate_is_exact("30000/1001", &ALL);
}

#[test]
fn twice_the_rate_of_ntsc_is_exact() {
    rate_is_exact("60000/1001", &ALL);
}

#[test]
fn whole_rates_are_not_taken_for_their_neighbours() {
    rate_is_exact("30", &ALL);
    rate_is_exact("60", &ALL);
}

#[test]
fn a_rate_that_nobody_expects_is_exact() {
    rate_is_exact("18", &["mp4", "mkv"]);
    rate_is_exact("37/2", &["mp4", "ts"]);
}

#[test]
fn irregular_times_are_a_variable_rate() {
    let dropped = "-vf select=mod(n\\,3) -fps_mode passthrough";
    let jitter = "-vf settb=1/1000,setpts=N*40+mod(N*37\\,17) -enc_time_base 0.001 -fps_mode passthrough";
    for (name, irregular) in
        [("a.mp4", dropped), ("b.mkv", dropped), ("c.ts", dropped), ("d.mkv", jitter), ("e.mp4", jitter)]
    {
        let info = pictures(name, &format!("{irregular} {X264}"));
        assert!(video(&info).variable_frame_rate, "{name}");
    }
}

/// As `-c copy` makes it of an MP4: its clock counts 600 times a second, and most of its chunks are empty.
#[test]
fn rate_of_an_avi_that_is_mostly_empty_is_exact() {
    let folder = vodkit_tests::folder();
    for (rate, b_frames) in [("24000/1001", 0), ("24000/1001", 2), ("30000/1001", 0), ("25", 2)] {
        let video = format!("-f lavfi -i testsrc2=s=64x64:r={rate} -frames:v 150 {X264} -bf {b_frames}");
        let whole = vodkit_tests::make(&folder.path().join("a.mp4"), &video);
        let copy = vodkit_tests::make(&folder.path().join("a.avi"), &format!("-i {} -c copy", whole.display()));
        let info = vodkit::probe(&vodkit_tests::source(&copy)).unwrap();
        let found = self::video(&info);
        assert_eq!((found.frame_rate, found.variable_frame_rate, found.frames), (rational(rate), false, 150), "{rate}");
    }
}

/// The first interval is a frame longer, or a picture is there once more in between. What is between is empty chunks.
#[test]
fn rate_of_an_avi_with_every_ninth_picture() {
    let folder = vodkit_tests::folder();
    for (first, rate, variable) in [("not(n)", "25/9", false), ("lt(n\\,2)", "25", true)] {
        let selected = format!("-vf select={first}+not(mod(n-1\\,9))*gt(n\\,9) -fps_mode passthrough -frames:v 22");
        let video = format!("-f lavfi -i testsrc2=s=64x64:r=25 {selected} -c:v mpeg4");
        let made = vodkit_tests::make(&folder.path().join("a.avi"), &video);
        let info = vodkit::probe(&vodkit_tests::source(&made)).unwrap();
        let found = self::video(&info);
        assert_eq!((found.frame_rate, found.variable_frame_rate), (rational(rate), variable), "{first}");
    }
}
