//! Odd sources give the same bytes from a job, from a job that goes on, and from each segment made alone.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use vodkit::{Bytes, Job, JobOptions, Ladder, MemorySink, Plan, SegmentMaker, Sink, Source, StoryboardOptions};

use vodkit_tests::captioned::{Codec, NEW_LINE, ROLL_UP_2, ROW_15, SHOWN_WINDOW, Script, captioned, letters, twice};
use vodkit_tests::indexed::with_index_of_indexes;
use vodkit_tests::{folder, make, quick, source, with_edits};

/// What a job makes into a sink that has these files already, with so many workers.
fn made(source: &Source, plan: &Plan, workers: usize, before: &BTreeMap<String, Bytes>) -> BTreeMap<String, Bytes> {
    let sink = Arc::new(MemorySink::new());
    before.iter().for_each(|(key, bytes)| sink.put(key, bytes.clone()).unwrap());
    Job::start(source, plan, sink.clone(), JobOptions::default().workers(workers)).unwrap().wait().unwrap();
    sink.files()
}

fn assert_same_bytes(path: &Path, ladder: &Ladder) {
    let source = source(path);
    let plan = vodkit::plan(&source, ladder).unwrap();
    let name = path.display();
    let whole = made(&source, &plan, 1, &BTreeMap::new());
    assert_eq!(vodkit::plan(&source, ladder).unwrap(), plan, "{name} was planned in another way");
    for rendition in plan.renditions() {
        for index in (0..rendition.segment_count).rev() {
            let alone = vodkit::segment(&source, &plan, &rendition.id, index).unwrap();
            let key = rendition.segment_key(index);
            assert!(alone == whole[&key], "{name}: {key} is another one when made alone");
        }
    }
    // One maker that leaves out every second segment, and makes these after it.
    let mut maker = SegmentMaker::new(&source, &plan).unwrap();
    for rendition in plan.renditions() {
        let count = rendition.segment_count;
        for index in (0..count).step_by(2).chain((1..count).step_by(2)) {
            let made = maker.segment(&rendition.id, index).unwrap();
            let key = rendition.segment_key(index);
            assert!(made == whole[&key], "{name}: {key} is another one when made out of turn");
        }
    }
    // Every second file is there, as after a crash.
    let is_kept = |(number, (key, _)): &(usize, (&String, &Bytes))| {
        (number % 2 == 0 || *key == "damage.json") && !key.contains("m3u8") && !key.ends_with("mpd")
    };
    let kept = whole.iter().enumerate().filter(is_kept).map(|(_, (key, bytes))| (key.clone(), bytes.clone()));
    let plan_file = whole.get_key_value("plan.json").map(|(key, bytes)| (key.clone(), bytes.clone()));
    let resumed = made(&source, &plan, 3, &kept.chain(plan_file).collect());
    let differing: Vec<_> = whole.keys().filter(|key| whole.get(*key) != resumed.get(*key)).collect();
    assert_eq!((differing.len(), resumed.len()), (0, whole.len()), "{name}: {differing:?}");
}

fn ladder() -> Ladder {
    quick(&[64]).segment_seconds(1).keyframe_seconds(1).storyboard(StoryboardOptions::default().interval(1))
}

const PICTURES: &str = "-f lavfi -i testsrc2=s=128x96:r=25:d=3";
const SOUND: &str = "-f lavfi -i sine=440:d=3:r=48000";
const BELOW_ZERO: &str = "-movflags frag_keyframe+empty_moov+default_base_moof+negative_cts_offsets";
const H264: &str = "-c:v libx264 -preset ultrafast -pix_fmt yuv420p";

#[test]
fn of_odd_times() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    for (name, arguments) in [
        ("held.mp4", format!("{PICTURES} -vf setpts='if(gt(N,40),PTS+4/TB,PTS)' -fps_mode vfr {H264} -bf 0")),
        (
            "jitter.mp4",
            format!("{PICTURES} -vf settb=1/90000,setpts='PTS+(random(1)-0.5)*720' -fps_mode passthrough {H264} -bf 0"),
        ),
        ("dropped.mkv", format!("{PICTURES} {SOUND} -vf select='mod(n,7)' -fps_mode vfr {H264} -c:a aac")),
        ("below.mp4", format!("{PICTURES} {H264} -g 20 -bf 2 {BELOW_ZERO}")),
        (
            "midway.mp4",
            format!("{PICTURES} {H264} -g 20 -bf 2 -force_key_frames expr:lt(n,20) {BELOW_ZERO}+global_sidx"),
        ),
        ("late.ts", format!("-itsoffset 1.3 {SOUND} {PICTURES} {H264} -g 20 -c:a aac")),
        ("still.mp4", format!("-f lavfi -i testsrc2=s=128x96:r=1:d=1 {SOUND} {H264} -c:a aac")),
        ("open.mkv", format!("{PICTURES} {H264} -preset veryfast -x264-params keyint=20:open-gop=1:bframes=3")),
    ] {
        assert_same_bytes(&make(&at(name), &arguments), &ladder());
    }
}

#[test]
fn of_edits() {
    let folder = folder();
    for gop in ["keyint=250:bframes=3", "keyint=20:open-gop=1:bframes=3"] {
        let arguments = format!("{PICTURES} {H264} -preset veryfast -x264-params {gop}");
        let whole = make(&folder.path().join("whole.mp4"), &arguments);
        let cut = folder.path().join("cut.mp4");
        with_edits(&whole, &cut, &[(1200, 18 * 512), (1320, 3 * 512), (700, 30 * 512 + 100)]);
        assert_same_bytes(&cut, &ladder());
    }
}

#[test]
fn behind_an_index_of_indexes() {
    let folder = folder();
    let flags = "-movflags frag_keyframe+empty_moov+default_base_moof";
    let plain = make(&folder.path().join("plain.mp4"), &format!("{PICTURES} {H264} -g 25 -bf 2 {flags}"));
    assert_same_bytes(&with_index_of_indexes(&plain, &folder.path().join("indexed.mp4")), &ladder());
}

#[test]
fn of_odd_pictures() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    for (name, arguments) in [
        (
            "fields.ts",
            format!("{PICTURES} -vf tinterlace=interleave_top,setfield=tff -c:v mpeg2video -flags +ildct+ilme -g 12"),
        ),
        ("rgb.mov", format!("{PICTURES} -pix_fmt rgb24 -c:v qtrle")),
        ("turned.ts", format!("{PICTURES} {H264} -bsf:v h264_metadata=display_orientation=insert:rotate=90")),
        ("dv.avi", "-f lavfi -i testsrc2=s=720x576:r=25:d=2 -pix_fmt yuv420p -c:v dvvideo".to_owned()),
        ("refresh.mp4", format!("{PICTURES} {H264} -preset veryfast -x264-params intra-refresh=1:keyint=25:bframes=0")),
        ("a.gif", "-f lavfi -i testsrc2=s=128x96:r=10:d=3".to_owned()),
    ] {
        assert_same_bytes(&make(&at(name), &arguments), &ladder());
    }
}

#[test]
fn of_odd_sound() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    for (name, arguments) in [
        ("adpcm.wav", format!("{SOUND} -c:a adpcm_ima_wav")),
        (
            "vorbis.ogg",
            "-f lavfi -i aevalsrc='0.2*sin(2*PI*440*t)+0.7*lt(mod(t,0.7),0.001)':s=48000:d=3 -c:a libvorbis".to_owned(),
        ),
        ("song.mp3", format!("{SOUND} -c:a libmp3lame")),
        ("opus.webm", format!("{SOUND} -c:a libopus")),
        (
            "surround.mkv",
            "-f lavfi -i aevalsrc='0.9*sin(2000*t)|0.9*sin(2000*t)|0.9*sin(2000*t)|0|0.9*sin(2000*t)|0.9*sin(2000*t)':c=5.1:s=48000:d=3 -c:a ac3"
                .to_owned(),
        ),
        ("narrow.flac", "-f lavfi -i sine=440:d=3:r=22050 -c:a flac".to_owned()),
        ("dts.ts", format!("{PICTURES} {SOUND} {H264} -c:a dca -strict -2 -ac 2")),
    ] {
        assert_same_bytes(&make(&at(name), &arguments), &ladder());
    }
    let louder = ladder().audio_channels(6).loudness(-16.0);
    assert_same_bytes(&at("surround.mkv"), &louder);
}

/// Two sources of one format, one after the other in one file.
fn appended(folder: &Path, name: &str, parts: [&str; 2]) -> PathBuf {
    let extension = Path::new(name).extension().unwrap();
    let mut bytes = Vec::new();
    for arguments in parts {
        bytes.extend(fs::read(make(&folder.join(Path::new("part").with_extension(extension)), arguments)).unwrap());
    }
    let path = folder.join(name);
    fs::write(&path, bytes).unwrap();
    path
}

#[test]
fn of_sources_that_change_midway() {
    let folder = folder();
    let progressive = "-f lavfi -i testsrc2=s=352x288:r=25:d=2 -c:v mpeg2video -g 12";
    let interlaced = "-f lavfi -i testsrc2=s=352x288:r=50:d=2,tinterlace=interleave_top,setfield=tff -c:v mpeg2video -g 12 \
        -flags +ildct+ilme -output_ts_offset 2";
    let source = appended(folder.path(), "late_fields.ts", [progressive, interlaced]);
    assert_same_bytes(&source, &ladder());
    let anew = format!("{PICTURES} {SOUND} {H264} -g 25 -c:a aac");
    assert_same_bytes(&appended(folder.path(), "joined.ts", [&anew, &anew]), &ladder());
    let later = format!("{anew} -output_ts_offset 1003");
    assert_same_bytes(&appended(folder.path(), "jump.ts", [&anew, &later]), &ladder());
    let program = format!("{PICTURES} {SOUND} -c:v mpeg2video -g 25 -bf 0 -c:a mp2");
    assert_same_bytes(&appended(folder.path(), "joined.mpg", [&program, &program]), &ladder());
    for codec in ["flac", "libopus", "libvorbis"] {
        let link = format!("{SOUND} -c:a {codec}");
        assert_same_bytes(&appended(folder.path(), "chain.ogg", [&link, &link]), &ladder());
    }
}

/// Behind damage FFmpeg counts other times than from the beginning, wherever a container states none.
#[test]
fn of_damaged_sources() {
    let folder = folder();
    for (name, arguments) in [
        ("sound.aac", "-f lavfi -i sine=d=10:r=48000 -c:a aac".to_owned()),
        ("sound.mp3", "-f lavfi -i sine=d=10:r=48000 -c:a libmp3lame".to_owned()),
        ("sound.flac", "-f lavfi -i sine=d=10:r=48000 -c:a flac".to_owned()),
        ("sound.ogg", "-f lavfi -i sine=d=10:r=48000 -c:a libvorbis".to_owned()),
        ("pictures.h264", format!("{PICTURES} {H264} -g 25")),
        ("both.ts", format!("{PICTURES} {SOUND} {H264} -g 25 -c:a aac")),
        ("both.mkv", format!("{PICTURES} {SOUND} {H264} -g 25 -c:a aac -cluster_time_limit 500")),
        ("both.avi", format!("{PICTURES} {SOUND} -c:v mpeg4 -g 25 -c:a libmp3lame")),
    ] {
        let path = make(&folder.path().join(name), &arguments);
        let mut bytes = fs::read(&path).unwrap();
        let place = bytes.len() / 5;
        for place in [place, bytes.len() / 2] {
            bytes[place..place + 900].fill(0);
        }
        fs::write(&path, bytes).unwrap();
        assert_same_bytes(&path, &ladder());
    }
}

#[test]
fn with_text() {
    let folder = folder();
    let text = folder.path().join("t.srt");
    let cue = |second| format!("{second}\n00:00:0{second},200 --> 00:00:0{},400\n<b>Cue {second}</b>\n\n", second + 1);
    std::fs::write(&text, (0..3).map(cue).collect::<String>()).unwrap();
    let text = text.display();
    for (name, codec) in [("a.mkv", "ass"), ("a.mp4", "mov_text")] {
        let arguments = format!("{PICTURES} -i {text} -i {text} -map 0 -map 1 -map 2 {H264} -c:s {codec}");
        assert_same_bytes(&make(&folder.path().join(name), &arguments), &ladder());
    }
}

#[test]
fn of_closed_captions() {
    let folder = folder();
    // Rows that roll up all along, without anything that ends them: each segment finds those before it again.
    let line =
        |number: usize| [twice(ROLL_UP_2), twice(NEW_LINE), twice(ROW_15), letters(&format!("ROW {number}"))].concat();
    let script = (0..17).fold(Script::default(), |script, number| script.send(30 + 65 * number, 0, line(number)));
    for name in ["captions.ts", "captions.mp4"] {
        // The same of CEA-708, whose window is defined each time.
        let script = (0..17).fold(script.clone(), |script, number| {
            script.serve(40 + 65 * number, 3, &[SHOWN_WINDOW, format!("\rROW {number}").as_bytes()])
        });
        let path = captioned(&folder.path().join(name), Codec::H264, 38, b"GA94", &script);
        assert_same_bytes(&path, &ladder().segment_seconds(2));
    }
}
