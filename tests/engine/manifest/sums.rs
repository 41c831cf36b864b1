//! What manifests add up to before a segment is the time at which it is decoded, by its own boxes: some players place
//! segments by the one, others by the other.

use std::path::Path;

use vodkit::plan::{AudioCoding, Rendition};
use vodkit::{CopyTop, Ladder, Plan};

use vodkit_tests::flash::alone;
use vodkit_tests::{folder, make, package, quick, run};

/// Seconds of rounding: EXTINF has microseconds.
const ROUNDING: f64 = 0.000_002;

const PICTURES: &str = "-f lavfi -i testsrc2=s=128x72:r=25:d=9";
const SOUND: &str = "-f lavfi -i sine=r=48000:d=9.2";
const H264: &str = "-c:v libx264 -preset superfast -bf 2 -b_strategy 0 -g 25 -pix_fmt yuv420p";

fn ladder() -> Ladder {
    quick(&[72, 64]).preset("superfast").segment_seconds(2)
}

/// The decode time of a segment as ffprobe reads it without its edit list.
fn decoded_at(out: &Path, rendition: &Rendition, index: u32) -> f64 {
    let path = alone(out, rendition, index);
    let words = ["-v", "error", "-ignore_editlist", "1", "-show_entries", "packet=dts_time", "-of", "csv=p=0"];
    let output = run("ffprobe", &[&words[..], &[path.to_str().unwrap()]].concat());
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().next().unwrap().trim_end_matches(',').parse().unwrap()
}

/// Where the segments of a rendition begin by its HLS playlist.
fn by_extinf(out: &Path, rendition: &Rendition) -> Vec<f64> {
    let text = std::fs::read_to_string(out.join(rendition.playlist_key())).unwrap();
    let durations =
        text.lines().filter_map(|line| line.strip_prefix("#EXTINF:")?.strip_suffix(',')?.parse::<f64>().ok());
    starts(durations)
}

/// Where they begin by the SegmentTimeline of the `set`th adaptation set, which has one entry for each run of segments.
fn by_timeline(out: &Path, rendition: &Rendition, set: usize) -> Vec<f64> {
    let text = std::fs::read_to_string(out.join("manifest.mpd")).unwrap();
    let timeline = text.split("<SegmentTimeline>").nth(set + 1).unwrap().split("</SegmentTimeline>").next().unwrap();
    let durations = timeline.split("<S ").skip(1).flat_map(|entry| {
        let value = |name: &str| entry.split_once(&format!("{name}=\""))?.1.split('"').next()?.parse::<usize>().ok();
        std::iter::repeat_n(value("d").unwrap() as f64 / f64::from(rendition.timescale), value(" r").unwrap_or(0) + 1)
    });
    starts(durations)
}

fn starts(durations: impl Iterator<Item = f64>) -> Vec<f64> {
    durations.scan(0.0, |end, duration| Some(std::mem::replace(end, *end + duration))).collect()
}

fn all_agree(out: &Path, plan: &Plan) {
    let (videos, audios) = (plan.videos().map(|(video, _)| (video, 0)), plan.audios().map(|(audio, _)| (audio, 1)));
    for (rendition, set) in videos.chain(audios) {
        let (extinf, timeline) = (by_extinf(out, rendition), by_timeline(out, rendition, set));
        assert!(extinf.len() > 3 && extinf.len() == timeline.len(), "{}: {extinf:?} {timeline:?}", rendition.id);
        for (index, (extinf, timeline)) in (0..).zip(extinf.iter().zip(&timeline)) {
            let decoded = decoded_at(out, rendition, index);
            assert!((extinf - decoded).abs() < ROUNDING, "{} {index}: {extinf}, not {decoded}", rendition.id);
            assert!((timeline - decoded).abs() < ROUNDING, "{} {index}: {timeline}, not {decoded}", rendition.id);
        }
    }
}

#[test]
fn sums_are_the_decode_times_of_what_is_encoded() {
    let folder = folder();
    let path = make(&folder.path().join("a.mov"), &format!("{PICTURES} {SOUND} {H264} -c:a pcm_s16le"));
    let (plan, _) = package(&path, &ladder(), folder.path());
    all_agree(folder.path(), &plan);
}

/// The pictures begin 10 ms after the sound, and so in the middle of one of its frames: what is before them of that frame
/// is decoded and not played.
#[test]
fn sums_are_the_decode_times_of_copies_too() {
    let folder = folder();
    let together = make(&folder.path().join("together.mp4"), &format!("{PICTURES} {SOUND} {H264} -c:a aac"));
    let late = format!("-itsoffset 0.01 -i {0} -i {0} -map 0:v -map 1:a -c copy", together.display());
    let path = make(&folder.path().join("a.mp4"), &late);
    let (plan, _) = package(&path, &ladder().copy_top(CopyTop::Always), folder.path());
    let (audio, coding) = plan.audios().next().map(|(rendition, audio)| (rendition, &audio.coding)).unwrap();
    let priming = if let AudioCoding::Passthrough { priming, .. } = coding { *priming } else { 0 };
    assert_eq!(priming, 480, "{:?}", audio.encoded_because);
    all_agree(folder.path(), &plan);
    let (presented, stated) = (audio.segment_durations()[0], by_extinf(folder.path(), audio)[1]);
    assert!((stated - (presented + 480) as f64 / 48_000.0).abs() < ROUNDING, "{stated} s for {presented} samples");
}
