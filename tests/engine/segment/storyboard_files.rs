//! A package with a storyboard: the same files whoever makes them, and players find them.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use vodkit::manifest::{self, Bandwidth};
use vodkit::{ErrorKind, Job, JobOptions, MemorySink, Plan, Rational, Sink, Source, StoryboardOptions, segment};
use vodkit_tests as common;
use vodkit_tests::{folder, make, numbered, quick};

use super::storyboard::{ONE_KEYFRAME, images, planned};

/// Keyframes at 0 and 9.2 seconds of 20 and sound: all kinds of tiles, on five sheets.
fn mixed(folder: &Path) -> (Source, Plan) {
    let pictures = numbered::write(&folder.join("v.mp4"), "25", 500, &format!("{ONE_KEYFRAME} -force_key_frames 9.2"));
    let both = format!("-i {} -f lavfi -i sine=d=19 -c:v copy -c:a aac", pictures.display());
    let storyboard = StoryboardOptions::default().interval(2).columns(2).rows(1).width(80);
    let ladder = quick(&[64]).storyboard(storyboard);
    planned(&make(&folder.join("a.mp4"), &both), &ladder)
}

fn job(source: &Source, plan: &Plan, sink: &Arc<MemorySink>, workers: usize) -> BTreeMap<String, Bytes> {
    let options = JobOptions::default().workers(workers);
    let summary = Job::start(source, plan, sink.clone(), options).unwrap().wait().unwrap();
    let made = summary.renditions.last().unwrap();
    assert_eq!((made.id.as_str(), made.segments), ("storyboard", 5));
    sink.files().into_iter().collect()
}

#[test]
fn sheets_are_the_same_in_any_order_and_after_a_resume() {
    let folder = folder();
    let (source, plan) = mixed(folder.path());
    let sink = Arc::new(MemorySink::new());
    let whole = job(&source, &plan, &sink, 2);
    for index in [3, 0, 4, 2, 1] {
        let alone = segment(&source, &plan, "storyboard", index).unwrap();
        assert!(alone == whole[&format!("storyboard/{:05}.jpg", index + 1)], "sheet {index} differs when made alone");
    }
    for lost in ["storyboard/00001.jpg", "storyboard/00003.jpg", "storyboard/storyboard.vtt"] {
        sink.remove(lost).unwrap();
    }
    assert!(job(&source, &plan, &sink, 1) == whole, "a resumed package differs");
    assert!(job(&source, &plan, &Arc::new(MemorySink::new()), 1) == whole, "that of one worker differs");
}

#[test]
fn overwriting_takes_a_storyboard_away() {
    let folder = folder();
    let (source, plan) = mixed(folder.path());
    let sink = Arc::new(MemorySink::new());
    let there = job(&source, &plan, &sink, 2);
    assert_eq!(there.keys().filter(|key| key.starts_with("storyboard/")).count(), 7);
    let without = vodkit::plan(&source, &quick(&[64])).unwrap();
    let start = |options| Job::start(&source, &without, sink.clone(), options).unwrap().wait();
    assert_eq!(start(JobOptions::default()).unwrap_err().kind(), ErrorKind::OutputConflict);
    let options = JobOptions::default().overwrite(true);
    start(options).unwrap();
    assert!(sink.files().keys().all(|key| !key.starts_with("storyboard/")), "{:?}", sink.files().keys());
}

#[test]
fn cues_lead_from_the_start_to_the_end_as_ffprobe_reads_them() {
    let folder = folder();
    let (_, plan) = mixed(folder.path());
    let path = folder.path().join("storyboard.vtt");
    std::fs::write(&path, manifest::storyboard_vtt(plan.storyboard().unwrap().0).unwrap()).unwrap();
    let times = common::ffprobe(&path, "s:0", "packet=pts_time,duration_time");
    let expected: Vec<_> = (0..10).map(|tile| format!("{}.000000,2.000000", tile * 2)).collect();
    assert_eq!(times.lines().collect::<Vec<_>>(), expected);
    let text = std::fs::read_to_string(&path).unwrap();
    let places: Vec<_> = text.lines().filter(|line| line.contains("#xywh")).collect();
    let (width, height) = (images(&plan).width, images(&plan).height);
    assert_eq!((width, height), (80, 46));
    assert_eq!(places[0], "00001.jpg#xywh=0,0,80,46");
    assert_eq!(places[9], "00005.jpg#xywh=80,0,80,46");
}

#[test]
fn manifests_name_the_storyboard_beside_what_players_play() {
    let folder = folder();
    let (_, plan) = mixed(folder.path());
    let bandwidth = Bandwidth::estimated(&plan);
    let master = manifest::multivariant_playlist(&plan, &bandwidth);
    let master = m3u8_rs::parse_master_playlist_res(master.as_bytes()).unwrap();
    assert_eq!((master.variants.len(), master.alternatives.len()), (1, 1));
    let [tag] = &master.unknown_tags[..] else { panic!("{:?}", master.unknown_tags) };
    let attributes = tag.rest.as_deref().unwrap();
    assert_eq!(tag.tag, "X-IMAGE-STREAM-INF");
    assert!(attributes.ends_with("RESOLUTION=80x46,CODECS=\"jpeg\",URI=\"storyboard/playlist.m3u8\""), "{attributes}");

    let list = manifest::media_playlist(plan.storyboard().unwrap().0);
    let list = m3u8_rs::parse_media_playlist_res(list.as_bytes()).unwrap();
    let tags: Vec<_> = list.segments[0].unknown_tags.iter().map(ToString::to_string).collect();
    assert_eq!(tags, ["#EXT-X-IMAGES-ONLY", "#EXT-X-TILES:RESOLUTION=80x46,LAYOUT=2x1,DURATION=2"]);
    let sheets: Vec<_> = list.segments.iter().map(|sheet| (sheet.uri.as_str(), sheet.duration)).collect();
    assert_eq!((sheets[0], sheets[4], sheets.len()), (("00001.jpg", 4.0), ("00005.jpg", 4.0), 5));
    assert!(list.end_list && list.segments.iter().all(|sheet| sheet.map.is_none()));

    let mpd = manifest::dash_manifest(&plan, &bandwidth);
    assert!(mpd.contains("duration=\"4000\""), "{mpd}");
    let mpd = dash_mpd::parse(&mpd).unwrap();
    // As long as the longest segment of what is played.
    assert!(mpd.minBufferTime.unwrap().as_secs() < 7);
    let set = mpd.periods[0].adaptations.last().unwrap();
    assert_eq!((set.contentType.as_deref(), set.mimeType.as_deref()), (Some("image"), Some("image/jpeg")));
    let property = &set.representations[0].essential_property[0];
    assert_eq!(
        (property.schemeIdUri.as_str(), property.value.as_deref()),
        ("http://dashif.org/guidelines/thumbnail_tile", Some("2x1"))
    );
    assert_eq!((set.representations[0].width, set.representations[0].height), (Some(160), Some(46)));
    let template = set.SegmentTemplate.as_ref().unwrap();
    let numbers = (template.timescale, template.duration, template.startNumber, template.endNumber);
    assert_eq!(numbers, (Some(1000), Some(4000.0), Some(1), Some(5)));
}

/// ffmpeg plays the package as if there were no images.
#[test]
fn a_package_with_a_storyboard_keeps_all_rules_and_a_broken_one_is_found() {
    let folder = folder();
    let (_, plan) = mixed(folder.path());
    let out = folder.path().join("out");
    let ladder = quick(&[64])
        .storyboard(StoryboardOptions::default().interval(Rational::new(3, 2)).columns(3).rows(2).width(80));
    common::package(&folder.path().join("a.mp4"), &ladder, &out);
    let findings = || -> Vec<_> {
        let report = vodkit_verify::verify(&out).unwrap();
        report.findings.iter().map(ToString::to_string).collect()
    };
    assert_eq!(findings(), Vec::<String>::new());
    let streams = common::run(
        "ffprobe",
        &[
            "-v",
            "error",
            "-show_entries",
            "stream=codec_name",
            "-of",
            "csv=p=0",
            out.join("master.m3u8").to_str().unwrap(),
        ],
    );
    let streams = String::from_utf8(streams.stdout).unwrap();
    let codecs: std::collections::BTreeSet<_> = streams.split_whitespace().collect();
    assert_eq!(codecs.into_iter().collect::<Vec<_>>(), ["aac", "h264"], "{}", plan.hash());

    let sheet = |name: &str| out.join("storyboard").join(name);
    let cropped = format!("-i {} -vf crop=240:46:0:0", sheet("00003.jpg").display());
    let last = std::fs::read(make(&folder.path().join("cropped.jpg"), &cropped)).unwrap();
    let cases: [(&str, Vec<u8>, &str); 4] = [
        ("00002.jpg", last.clone(), "has 240x46 pixels, but the plan 240x92"),
        ("00002.jpg", last[..last.len() / 2].to_vec(), "JPEG"),
        ("storyboard.vtt", b"WEBVTT\n".to_vec(), "0 cues for 14 tiles"),
        ("playlist.m3u8", b"#EXTM3U\n".to_vec(), "it has no EXT-X-IMAGES-ONLY"),
    ];
    for (name, bytes, words) in cases {
        let whole = std::fs::read(sheet(name)).unwrap();
        std::fs::write(sheet(name), bytes).unwrap();
        let found = findings().join("\n");
        assert!(found.contains(words), "{name}: {found}");
        std::fs::write(sheet(name), whole).unwrap();
    }
    std::fs::copy(sheet("00001.jpg"), sheet("00009.jpg")).unwrap();
    assert!(findings().join("\n").contains("storyboard/00009.jpg: no manifest names this segment"));
}
