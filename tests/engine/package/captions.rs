//! Captions: in manifests and beside the renditions, without a segment being made again.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use vodkit::{DirSink, ErrorKind, Job, JobOptions, Ladder, MemorySink, Package, Plan, SharedSink};

use crate::verified::assert_finds;
use vodkit_tests::{ffmpeg, folder, make, opened, package, quick, source};

const VIDEO: &str =
    "-f lavfi -i testsrc2=s=160x120:r=10:d=3 -f lavfi -i sine=d=3 -c:v libx264 -preset ultrafast -c:a aac";
const ENGLISH: &str = "WEBVTT\n\n1\n00:00.500 --> 00:01.250\nHello!\n\n00:02.000 --> 00:02.900 line:0\nTwo\nlines\n";
const GERMAN: &str = "WEBVTT\n\n00:00.500 --> 00:01.250\nHallo!\n";

fn ladder() -> Ladder {
    quick(&[120]).segment_seconds(1).keyframe_seconds(1)
}

/// All files with the moment when each was written.
fn files(out: &Path) -> BTreeMap<String, (Vec<u8>, SystemTime)> {
    let folders = std::fs::read_dir(out).unwrap().map(|entry| entry.unwrap().path());
    let (folders, top): (Vec<_>, Vec<_>) = folders.partition(|path| path.is_dir());
    let inner = folders.iter().flat_map(|folder| std::fs::read_dir(folder).unwrap()).map(|entry| entry.unwrap().path());
    let name = |path: &Path| path.strip_prefix(out).unwrap().to_str().unwrap().to_owned();
    let content = |path: &Path| (std::fs::read(path).unwrap(), path.metadata().unwrap().modified().unwrap());
    top.into_iter().chain(inner).map(|path| (name(&path), content(&path))).collect()
}

fn is_clean(out: &Path) {
    let report = vodkit_verify::verify(out).unwrap();
    assert!(report.is_clean(), "{:#?}", report.findings);
}

#[test]
fn they_come_into_a_finished_package_and_go_without_a_segment_being_touched() {
    let folder = folder();
    let path = make(&folder.path().join("a.mp4"), VIDEO);
    let out = folder.path().join("out");
    let (plan, _) = package(&path, &ladder(), &out);
    let before = files(&out);
    let mut package = opened(&out);
    // The source is not needed.
    std::fs::remove_file(&path).unwrap();
    let both = plan.with_captions("de", "Deutsch", GERMAN).unwrap().with_captions("en-GB", "English", ENGLISH).unwrap();
    package.update(&both).unwrap();
    is_clean(&out);
    let with = files(&out);
    for (key, (bytes, written)) in &before {
        let text = ["master.m3u8", "manifest.mpd", "plan.json"].contains(&key.as_str());
        let kept = with[key].0 == *bytes;
        assert_eq!(kept, !text, "{key}");
        assert!(text || key.ends_with(".m3u8") || with[key].1 == *written, "{key} was written again");
    }
    assert_eq!(with["captions/en-GB.vtt"].0, ENGLISH.as_bytes());
    assert_eq!(with.len(), before.len() + 4);
    // Another text in the place of the first, and one language less.
    let other = both.without_captions("DE").unwrap().with_captions("EN-gb", "English", GERMAN).unwrap();
    package.update(&other).unwrap();
    is_clean(&out);
    let less = files(&out);
    assert_eq!(less["captions/EN-gb.vtt"].0, GERMAN.as_bytes());
    assert_eq!(less.len(), before.len() + 2);
    package.update(&plan).unwrap();
    let bytes = |files: BTreeMap<String, (Vec<u8>, SystemTime)>| -> Vec<_> {
        files.into_iter().map(|(key, (bytes, _))| (key, bytes)).collect()
    };
    assert_eq!(bytes(files(&out)), bytes(before));
}

#[test]
fn ffmpeg_reads_the_cues_through_hls_at_their_times() {
    let folder = folder();
    let path = make(&folder.path().join("a.mp4"), VIDEO);
    let out = folder.path().join("out");
    let plan = vodkit::plan(&source(&path), &ladder()).unwrap().with_captions("en", "English", ENGLISH).unwrap();
    let sink = Arc::new(DirSink::open(&out).unwrap());
    Job::start(&source(&path), &plan, sink, JobOptions::default()).unwrap().wait().unwrap();
    is_clean(&out);
    let playlist = out.join("captions/en.m3u8");
    let shown = ffmpeg(&["-loglevel", "error", "-i", playlist.to_str().unwrap(), "-f", "srt", "-"]);
    let text = String::from_utf8(shown.stdout).unwrap();
    assert!(text.contains("00:00:00,500 --> 00:00:01,250\nHello!"), "{text}");
}

#[test]
fn a_job_of_a_plan_with_captions_goes_on_from_one_without() {
    let folder = folder();
    let path = make(&folder.path().join("a.mp4"), VIDEO);
    let out = folder.path().join("out");
    let (plan, _) = package(&path, &ladder(), &out);
    std::fs::remove_file(out.join("120p/00001.m4s")).unwrap();
    let sink: SharedSink = Arc::new(DirSink::open(&out).unwrap());
    let with = plan.with_captions("en", "English", ENGLISH).unwrap();
    // Not finished: only a job can.
    assert_eq!(opened(&out).update(&with).unwrap_err().kind(), ErrorKind::NotFound);
    let job = Job::start(&source(&path), &with, sink, JobOptions::default()).unwrap();
    assert_eq!(job.get("captions/en.vtt").unwrap().unwrap(), ENGLISH.as_bytes());
    let summary = job.wait().unwrap();
    let segments: u32 = with.renditions().iter().map(|rendition| rendition.segment_count).sum();
    assert_eq!(summary.segments_resumed, u64::from(segments) - 1);
    is_clean(&out);
}

#[test]
fn a_package_of_another_video_is_not_updated() {
    let folder = folder();
    let path = make(&folder.path().join("a.mp4"), VIDEO);
    let plan = vodkit::plan(&source(&path), &ladder()).unwrap();
    let other = vodkit::plan(&source(&path), &ladder().crf(30.0)).unwrap();
    let sink: SharedSink = Arc::new(MemorySink::new());
    assert_eq!(Package::open(sink.clone()).unwrap_err().kind(), ErrorKind::NotFound);
    Job::start(&source(&path), &plan, sink.clone(), JobOptions::default()).unwrap().wait().unwrap();
    let master = sink.get("master.m3u8").unwrap();
    let error = Package::open(sink.clone())
        .unwrap()
        .update(&other.with_captions("en", "English", ENGLISH).unwrap())
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::OutputConflict);
    assert_eq!(sink.get("master.m3u8").unwrap(), master);
}

#[test]
fn what_is_no_caption_is_refused_by_its_name() {
    let folder = folder();
    let path = make(&folder.path().join("a.mp4"), VIDEO);
    let plan = vodkit::plan(&source(&path), &ladder()).unwrap();
    let long = format!("WEBVTT\n\n{}", "a".repeat(1 << 20));
    for (language, name, text, words) in [
        ("../en", "English", ENGLISH, "not a language tag"),
        ("en", "", ENGLISH, "the name of the captions in en"),
        ("en", "a\"b", ENGLISH, "the name of the captions in en"),
        ("en", "English", "1\n00:00:00,000 --> 00:00:01,000\nSubRip", "not WebVTT"),
        ("en", "English", "WEBVTT\n\n00:00:00,000 --> 00:00:01,000\n", "line 3"),
        ("en", "English", "WEBVTT\n\n\0", "NUL character"),
        ("en", "English", &long, "at most 1048576"),
        ("de", "French", ENGLISH, "the name \"French\""),
    ] {
        let error =
            plan.with_captions("fr", "French", GERMAN).unwrap().with_captions(language, name, text).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
        assert!(error.to_string().contains(words), "{error}");
    }
    let error = plan.without_captions("en").unwrap_err();
    assert_eq!(
        (error.kind(), error.to_string().as_str()),
        (ErrorKind::OutOfRange, "the plan has no captions in \"en\"")
    );
    let many = (0..64).try_fold(plan, |plan, number: u8| {
        let tag = format!("a{}{}", char::from(b'a' + number / 26), char::from(b'a' + number % 26));
        plan.with_captions(&tag, &tag, GERMAN)
    });
    let error = many.unwrap().with_captions("en", "English", ENGLISH).unwrap_err();
    assert!(error.to_string().contains("65 languages"), "{error}");
}

#[test]
fn plans_keep_them_as_json() {
    let folder = folder();
    let path = make(&folder.path().join("a.mp4"), VIDEO);
    let plan = vodkit::plan(&source(&path), &ladder()).unwrap();
    let with = plan.with_captions("en", "English", ENGLISH).unwrap();
    assert_eq!(Plan::from_json(&with.to_json()).unwrap(), with);
    assert_ne!(with.hash(), plan.hash());
    assert_eq!(with.without_captions("en").unwrap(), plan);
    let hostile = with.to_json().replace("\"language\": \"en\"", "\"language\": \"../../en\"");
    assert_eq!(Plan::from_json(&hostile).unwrap_err().kind(), ErrorKind::InvalidPlan);
}

#[test]
fn verify_finds_captions_that_are_not_the_plan_s() {
    let folder = folder();
    let path = make(&folder.path().join("a.mp4"), VIDEO);
    let out = folder.path().join("out");
    let (plan, _) = package(&path, &ladder(), &out);
    opened(&out).update(&plan.with_captions("en", "English", ENGLISH).unwrap()).unwrap();
    for (key, from, to, words) in [
        ("captions/en.vtt", "Hello", "Hallo", "not that of the plan"),
        ("captions/en.m3u8", "EXTINF:3", "EXTINF:2", "the package lasts"),
        ("captions/en.m3u8", "en.vtt", "de.vtt", "names de.vtt instead"),
        ("master.m3u8", "NAME=\"English\"", "NAME=\"Deutsch\"", "no rendition \"English\""),
        ("master.m3u8", "SUBTITLES=\"captions\"", "SUBTITLES=\"other\"", "no group of captions"),
        ("manifest.mpd", "lang=\"en\"", "lang=\"de\"", "no set in text/vtt"),
        ("manifest.mpd", "captions/en.vtt", "captions/de.vtt", "captions/de.vtt, which is missing"),
    ] {
        assert_finds(&out, key, (from, to), words);
    }
    is_clean(&out);
}
