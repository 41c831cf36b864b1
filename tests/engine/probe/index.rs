//! MP4s are probed and planned from their index: nothing is read of their pictures and sound but the beginning,
//! and nothing else comes out than from reading all.

use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use serde_json::Value;
use vodkit::{Ladder, Source};

use vodkit_tests::counted::counted;
use vodkit_tests::{clip, folder, make, source};

/// The same file with a box behind it that makes it a file of an unknown make, of which all is read.
fn read_in_full(path: &Path, folder: &Path) -> PathBuf {
    let mut bytes = std::fs::read(path).unwrap();
    bytes.extend(*b"\0\0\0\x08abcd");
    let copy = folder.join("read-in-full.mp4");
    std::fs::write(&copy, bytes).unwrap();
    copy
}

/// What was found and decided, but for what tells the two files apart.
fn found(path: &Path) -> (Value, Value) {
    let source = source(path);
    let tracks = serde_json::to_value(vodkit::probe(&source).unwrap().tracks).unwrap();
    let mut plan =
        serde_json::from_str::<Value>(&vodkit::plan(&source, &Ladder::default()).unwrap().to_json()).unwrap();
    for name in ["hash", "source"] {
        plan.as_object_mut().unwrap().remove(name).unwrap();
    }
    (tracks, plan)
}

fn assert_same(path: &Path) {
    let folder = folder();
    let full = read_in_full(path, folder.path());
    assert_eq!(found(path), found(&full), "{}", path.display());
}

const PICTURES: &str = "-f lavfi -i testsrc2=s=96x64:r=30000/1001:d=3";
const SOUND: &str = "-f lavfi -i sine=d=3";

#[test]
fn the_index_tells_what_the_data_tells() {
    let folder = folder();
    let several = format!("{PICTURES} {SOUND} {SOUND} -map 0 -map 1 -map 2");
    let cases = [
        format!("{PICTURES} {SOUND} -c:v libx264 -preset medium -g 30 -c:a aac"),
        format!("{PICTURES} {SOUND} -c:v libx264 -x264-params open-gop=1:keyint=20 -c:a aac -movflags +faststart"),
        format!("{PICTURES} -c:v libx264 -field_order tt -flags +ilme+ildct"),
        format!("{PICTURES} {SOUND} -c:v libx265 -x265-params log-level=none -tag:v hvc1 -c:a ac3"),
        format!("{PICTURES} {SOUND} -c:v libvpx-vp9 -cpu-used 8 -c:a libopus -strict -2"),
        format!("{several} -c:v mpeg4 -c:a:0 aac -c:a:1 flac -strict -2"),
        format!("{PICTURES} {SOUND} -c:v libx264 -c:a libmp3lame"),
        format!("{PICTURES} {SOUND} -c:v libx264 -c:a libmp3lame -ar 22050 -f mov"),
        format!("{PICTURES} {SOUND} -c:v mpeg4 -c:a pcm_s16be -f mov"),
        format!("{PICTURES} {SOUND} -c:v libx264 -c:a pcm_s24le -f mov"),
        format!("-itsoffset 0.7 {SOUND} {PICTURES} -c:v libx264 -c:a aac"),
        format!("{PICTURES} -itsoffset 0.7 {SOUND} -c:v libx264 -c:a aac"),
        format!("{PICTURES} {SOUND} -c:v libx264 -c:a aac -use_editlist 0"),
        format!("{PICTURES} {SOUND} -c:v libx264 -c:a eac3"),
        format!("{PICTURES} {SOUND} -c:v libx264 -bf 3 -c:a aac -movflags negative_cts_offsets"),
        format!("{PICTURES} {SOUND} -vf select=mod(n\\,7) -fps_mode vfr -c:v libx264 -bf 2 -c:a aac"),
        format!("{PICTURES} {SOUND} -c:v libx264 -c:a aac -movflags +frag_keyframe+empty_moov"),
        format!("{SOUND} -c:a aac"),
    ];
    for (number, arguments) in cases.iter().enumerate() {
        assert_same(&make(&folder.path().join(format!("{number}.mp4")), arguments));
    }
    // Cut between two keyframes without decoding: an edit list hides the first pictures.
    let whole = folder.path().join("0.mp4");
    assert_same(&make(&folder.path().join("cut.mp4"), &format!("-ss 1.5 -i {} -c copy", whole.display())));
    assert_same(&make(&folder.path().join("end.mp4"), &format!("-i {} -c copy -t 1.77", whole.display())));
    assert_same(&make(&folder.path().join("a.mov"), &format!("{PICTURES} {SOUND} -c:v prores -c:a pcm_s16le")));
}

/// Of these FFmpeg gets the beginnings alone.
#[test]
fn the_tables_of_a_long_mp4_tell_what_its_data_tells() {
    let folder = folder();
    let long = "-f lavfi -i testsrc2=s=64x48:r=30000/1001:d=100 -f lavfi -i sine=d=100";
    let cases = [
        format!("{long} -c:v libx264 -preset veryfast -bf 3 -g 100 -c:a aac"),
        format!("{long} -c:v libx264 -preset veryfast -x264-params open-gop=1:keyint=50 -c:a aac -movflags +faststart"),
        format!("{long} -c:v libx264 -preset veryfast -bf 2 -c:a libmp3lame -f mov"),
        format!("{long} -c:v mpeg4 -c:a pcm_s16le -f mov"),
        format!("{long} -c:v libx264 -preset veryfast -bf 2 -c:a aac -movflags negative_cts_offsets"),
        format!("{long} -vf select=gt(mod(n\\,5)\\,0) -fps_mode vfr -c:v libx264 -preset veryfast -bf 2 -c:a ac3"),
        format!("{long} -c:v libx264 -preset veryfast -c:a aac -use_editlist 0"),
        "-f lavfi -i sine=d=100 -c:a aac".into(),
    ];
    for (number, arguments) in cases.iter().enumerate() {
        assert_same(&make(&folder.path().join(format!("{number}.mp4")), arguments));
    }
    let whole = folder.path().join("0.mp4");
    let copies = [
        ("begin.mp4", "-ss 1.5", ""),
        ("begin-late.mp4", "-ss 3.33", ""),
        ("end.mp4", "", "-t 91.77"),
        ("late-sound.mp4", "-itsoffset 0.7", "-map 0:v -map 1:a"),
    ];
    for (name, before, after) in copies {
        let input = whole.display();
        let second = if after.contains("-map 1") { format!("-i {input}") } else { String::new() };
        let arguments = format!("{before} -i {input} {second} {after} -c copy");
        assert_same(&make(&folder.path().join(name), &arguments));
    }
}

#[test]
fn the_index_of_real_clips_tells_what_their_data_tells() {
    for name in ["bbb_480p_30s.mp4", "bbb_trailer_720p_55s.mp4", "bear_180p_1s.mp4", "earth_720p_30s.mov"] {
        if let Some(path) = clip(name) {
            assert_same(&path);
        }
    }
}

#[test]
fn planning_an_mp4_reads_little_of_it() {
    let folder = folder();
    // Noise, which does not compress, four times over: 130 MB.
    let large = "-f lavfi -i nullsrc=s=320x240:r=25:d=15,geq=random(1)*255:128:128 -f lavfi -i sine=d=15 -c:v libx264 -preset ultrafast -qp 12 -c:a aac";
    let once = make(&folder.path().join("once.mp4"), large);
    // A track of captions with codes beside each picture.
    let captions = folder.path().join("a.scc");
    let line = |frame: usize| format!("00:00:{:02}:{:02}\t9420 9420\n\n", frame / 30, frame % 30);
    std::fs::write(&captions, format!("Scenarist_SCC V1.0\n\n{}", (0..1790).map(line).collect::<String>())).unwrap();
    let captions = format!("-i {} -map 0 -map 1 ", captions.display());
    for (name, more, flags) in [
        ("end.mp4", "", ""),
        ("start.mp4", "", " -movflags +faststart"),
        ("captions.mov", captions.as_str(), ""),
        // Its sound is in a codec that nobody knows.
        ("unknown.mp4", "", " -movflags +faststart"),
    ] {
        let four_times = format!("-stream_loop 3 -i {} {more}-c copy{flags}", once.display());
        let path = make(&folder.path().join(name), &four_times);
        if name == "unknown.mp4" {
            let mut file = std::fs::read(&path).unwrap();
            let entry = file.windows(8).position(|bytes| bytes == b"mp4a\0\0\0\0").unwrap();
            file[entry..entry + 4].copy_from_slice(b"zzzz");
            std::fs::write(&path, file).unwrap();
        }
        let (source, count) = counted(Source::file(&path).unwrap());
        vodkit::plan(&source, &Ladder::default()).unwrap();
        let (read, length) = (count.load(Ordering::Relaxed), source.len());
        assert!(read * 20 < length, "{name}: {read} of {length} bytes were read");
    }
}
