//! The real clips, from end to end. Without them these tests say so and pass.

use std::path::{Path, PathBuf};

use vodkit::Plan;
use vodkit::plan::{Media, Rendition};

use vodkit_tests as common;
use vodkit_tests::packaged::decoded_video;

/// A segment as a player gets it that has just switched here: the init segment and this one alone.
fn alone(out: &Path, rendition: &Rendition, index: u32) -> PathBuf {
    let mut bytes = std::fs::read(out.join(rendition.init_key().unwrap())).unwrap();
    bytes.extend(std::fs::read(out.join(rendition.segment_key(index))).unwrap());
    let path = out.join(format!("{}-{index}.alone.mp4", rendition.id));
    std::fs::write(&path, bytes).unwrap();
    path
}

/// Frames of a file that decodes without a warning.
fn frames(file: &Path) -> u64 {
    decoded_video(file, "stream=nb_read_frames").parse().unwrap()
}

fn video_reads_back(plan: &Plan, out: &Path, rendition: &Rendition) {
    let pictures = plan.source_video().unwrap();
    let file = common::joined(out, rendition);
    assert_eq!(frames(&file), pictures.frames, "{}", rendition.id);
    for index in [0, rendition.segment_count / 2, rendition.segment_count - 1] {
        let file = alone(out, rendition, index);
        let frame_ticks =
            u64::from(rendition.timescale) * pictures.frame_rate.den() as u64 / pictures.frame_rate.num() as u64;
        assert_eq!(
            frames(&file) * frame_ticks,
            rendition.segment_durations()[index as usize],
            "{} {index}",
            rendition.id
        );
    }
}

fn reads_back(name: &str) {
    let Some(clip) = common::clip(name) else { return };
    let folder = common::folder();
    let out = folder.path().join("out");
    let (plan, summary) = common::package(&clip, &common::quick(&[240, 144]), &out);
    for rendition in plan.renditions() {
        match &rendition.media {
            Media::Video(..) => video_reads_back(&plan, &out, rendition),
            _ => common::decodes_cleanly(&common::joined(&out, rendition)),
        }
    }
    // All together, as ffmpeg's own player would open them. Of HLS, ffmpeg 9 finds fault with what is not mapped.
    for manifest in ["master.m3u8", "manifest.mpd"] {
        let path = out.join(manifest);
        let output =
            common::ffmpeg(&["-v", "error", "-i", path.to_str().unwrap(), "-map", "0", "-t", "6", "-f", "null", "-"]);
        assert!(output.stderr.is_empty(), "{name} {manifest}: {}", String::from_utf8_lossy(&output.stderr));
    }
    assert_eq!(summary.renditions.len(), plan.renditions().len());
    assert_eq!(plan.audios().count(), 1, "{name}");
}

#[test]
fn the_trailer_reads_back() {
    reads_back("bbb_trailer_720p_55s.mp4");
}

#[test]
fn sparse_keyframes_read_back() {
    reads_back("bbb_480p_30s.mp4");
}

#[test]
fn quicktime_reads_back() {
    reads_back("earth_720p_30s.mov");
}

#[test]
fn less_than_a_segment_reads_back() {
    reads_back("bear_180p_1s.mp4");
}

#[test]
fn flash_video_reads_back() {
    reads_back("bunny_270p_33s.flv");
}

#[test]
fn a_frame_that_decoders_leave_out_is_no_gap() {
    // Its encoder, faac, begins with a frame of priming of which the container says nothing.
    let Some(clip) = common::clip("bear_180p_1s.mp4") else { return };
    let plan = vodkit::plan(&common::source(&clip), &common::quick(&[144])).unwrap();
    let (_, audio) = plan.audios().next().unwrap();
    assert_eq!(audio.gaps.as_deref(), Some(&[][..]));
}
