//! A first segment that is shorter than the others.

use vodkit::Rational;

use vodkit_tests::{decodes_cleanly, ffprobe, folder, joined, make, package, quick, source};

#[test]
fn the_first_segment_is_as_short_as_was_asked_for_and_the_others_follow_it() {
    let folder = folder();
    let inputs = "-f lavfi -i testsrc2=s=128x72:r=24:d=7 -f lavfi -i sine=d=7";
    let path = make(&folder.path().join("film.mp4"), &format!("{inputs} -c:v libx264 -preset ultrafast -c:a aac"));
    let ladder = quick(&[64]).segment_seconds(2).keyframe_seconds(1);
    let (plan, _) = package(&path, &ladder.first_segment_seconds(Rational::new(1, 2)), &folder.path().join("out"));
    let out = folder.path().join("out");
    let playlist = |id: &str| std::fs::read_to_string(out.join(id).join("playlist.m3u8")).unwrap();
    let durations = |id: &str| {
        let text = playlist(id);
        let lines = text.lines().filter_map(|line| line.strip_prefix("#EXTINF:")?.strip_suffix(','));
        lines.map(|seconds| seconds.parse::<f64>().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(durations("64p"), [0.5, 2.0, 2.0, 2.5], "what is left is part of the last");
    let sound = durations("audio");
    assert!(sound.len() == 4 && (sound[0] - 0.5).abs() < 0.03, "the sound goes along: {sound:?}");
    let video = plan.rendition("64p").unwrap();
    let packets = ffprobe(&joined(&out, video), "v", "packet=pts_time,flags");
    let keyframes = packets.lines().filter(|packet| packet.contains('K')).filter_map(|packet| packet.split(',').next());
    let keyframes: Vec<f64> = keyframes.map(|time| time.parse().unwrap()).collect();
    assert_eq!(keyframes, [0.0, 0.5, 1.5, 2.5, 3.5, 4.5, 5.5, 6.5]);
    decodes_cleanly(&out.join("master.m3u8"));
    let alone = vodkit::segment(&source(&path), &plan, "64p", 1).unwrap();
    assert_eq!(alone, std::fs::read(out.join("64p/00001.m4s")).unwrap());
}
