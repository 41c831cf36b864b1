//! Data that cannot be decoded is told at the end of a job: how much of which track, and from when on.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use vodkit::{Job, JobOptions, Ladder, MemorySink, Sink, Source, Summary, Warning, WarningKind};

use vodkit_tests::{ffmpeg_command, ffprobe, folder, make, quick, source};

/// The same file, in which the data of these packets of a stream (`v`, `a`) is something else.
fn damaged(whole: &Path, stream: &str, packets: std::ops::Range<usize>) -> PathBuf {
    let mut bytes = fs::read(whole).unwrap();
    for line in ffprobe(whole, stream, "packet=pos,size").lines().skip(packets.start).take(packets.len()) {
        let numbers: Vec<usize> = line.split(',').filter_map(|number| number.parse().ok()).collect();
        let [size, pos] = numbers[..] else { panic!("{line}") };
        bytes[pos..pos + size].fill(0x55);
    }
    let path = whole.with_extension(format!("damaged.{}", whole.extension().unwrap().display()));
    fs::write(&path, bytes).unwrap();
    path
}

fn ladder() -> Ladder {
    quick(&[64]).segment_seconds(1).keyframe_seconds(1)
}

fn made(source: &Source, options: JobOptions, sink: &Arc<MemorySink>) -> Summary {
    let plan = vodkit::plan(source, &ladder()).unwrap();
    let job = Job::start(source, &plan, sink.clone(), options).unwrap();
    let summary = job.wait().unwrap();
    assert_eq!(job.progress().warnings, summary.warnings.len() as u64);
    summary
}

/// What is told of a source, by one worker and by four.
fn told(path: &Path) -> Vec<Warning> {
    let (source, [one, four]) = (source(path), [1, 4].map(|workers| JobOptions::default().workers(workers)));
    let told = made(&source, one, &Arc::default()).warnings;
    assert_eq!(made(&source, four, &Arc::default()).warnings, told, "by four workers");
    assert!(told.iter().all(|warning| warning.kind == WarningKind::DamagedData), "{told:?}");
    told
}

fn assert_told(warnings: &[Warning], expected: &[(u32, &str)]) {
    assert_eq!(warnings.len(), expected.len(), "{warnings:?}");
    for (warning, (track, words)) in warnings.iter().zip(expected) {
        assert_eq!(warning.track, Some(*track), "{warning:?}");
        assert!(warning.message.contains(words), "{}, not {words}", warning.message);
    }
}

const SOURCE: &str = "-f lavfi -i testsrc2=s=128x96:r=25:d=3 -f lavfi -i sine=440:d=3:r=48000 -c:v libx264 -preset ultrafast \
    -pix_fmt yuv420p -bf 0";

#[test]
fn pictures_that_cannot_be_decoded() {
    let folder = folder();
    // Each picture by itself; and all of one run, where each window decodes them anew.
    for keyframes in ["-g 1", "-g 250"] {
        let whole = make(&folder.path().join("whole.mp4"), &format!("{SOURCE} {keyframes} -c:a aac"));
        assert_eq!(told(&whole), []);
        let damaged = damaged(&whole, "v", 30..33);
        // ffmpeg refuses as many.
        let arguments = ["-v", "repeat+error", "-threads", "1", "-i", damaged.to_str().unwrap(), "-f", "null", "-"];
        let log = ffmpeg_command().args(arguments).output().unwrap().stderr;
        assert_eq!(String::from_utf8_lossy(&log).matches("Error splitting the input").count(), 3);
        assert_told(&told(&damaged), &[(0, "3 pictures could not be decoded whole, the first at 1.200 seconds")]);
    }
}

#[test]
fn sound_that_cannot_be_decoded() {
    let folder = folder();
    let whole = make(&folder.path().join("whole.mp4"), &format!("{SOURCE} -c:a flac -frame_size 4800 -strict -2"));
    assert_eq!(told(&whole), []);
    assert_told(
        &told(&damaged(&whole, "a", 11..13)),
        &[(1, "2 packets of sound could not be decoded whole, the first at 1.100 seconds")],
    );
}

/// What an earlier run made is not looked at again.
#[test]
fn kept_segments_are_not_looked_at() {
    let folder = folder();
    let damaged = source(&damaged(&make(&folder.path().join("whole.mp4"), &format!("{SOURCE} -g 1")), "v", 30..33));
    let sink = Arc::new(MemorySink::new());
    assert_eq!(made(&damaged, JobOptions::default(), &sink).warnings.len(), 1);
    assert_eq!(made(&damaged, JobOptions::default(), &sink).warnings, []);
    sink.remove("64p/00001.m4s").unwrap();
    let again = made(&damaged, JobOptions::default(), &sink);
    assert_eq!((again.segments_resumed, again.warnings.len()), (5, 1));
}
