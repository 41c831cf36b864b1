//! The picture of a song is its cover.

use std::path::Path;
use std::sync::Arc;

use vodkit::{ImageFormat, Job, JobOptions, MemorySink, ThumbnailOptions, thumbnail};

use vodkit_tests::{folder, make, quick, source};

/// A song with a cover of one colour, or without.
fn song(folder: &Path, name: &str, with_cover: bool) -> vodkit::Source {
    let sine = "-f lavfi -i sine=d=2";
    if !with_cover {
        return source(&make(&folder.join(name), sine));
    }
    let cover = make(&folder.join("cover.png"), "-f lavfi -i color=0x3060C0:s=200x100 -frames:v 1");
    let streams = format!("-i {} -map 0 -map 1 -c:v copy -disposition:v attached_pic", cover.display());
    source(&make(&folder.join(name), &format!("{sine} {streams}")))
}

#[test]
fn a_song_shows_its_cover() {
    for name in ["song.m4a", "song.mp3", "song.flac"] {
        let folder = folder();
        let source = song(folder.path(), name, true);
        let options = ThumbnailOptions::default().width(100).format(ImageFormat::Rgb);
        let picture = thumbnail(&source, &options).unwrap();
        assert_eq!((picture.width, picture.height), (100, 50), "{name}");
        let middle = &picture.bytes[(25 * 100 + 50) * 3..][..3];
        let near = middle.iter().zip([0x30, 0x60, 0xC0]).all(|(found, meant)| found.abs_diff(meant) <= 3);
        assert!(near, "{name}: {middle:?}");
        // Beside the manifests too, and for who asks the job.
        let plan = vodkit::plan(&source, &quick(&[64])).unwrap();
        let sink = Arc::new(MemorySink::new());
        let options = JobOptions::default().thumbnail(ThumbnailOptions::default());
        let job = Job::start(&source, &plan, sink.clone(), options).unwrap();
        let asked = job.get("thumbnail.jpg").unwrap().unwrap();
        job.wait().unwrap();
        assert!(sink.files()["thumbnail.jpg"] == asked, "{name}");
        assert_eq!(image::load_from_memory(&asked).unwrap().width(), 200, "{name}");
    }
}

#[test]
fn a_song_without_a_cover_shows_nothing() {
    let folder = folder();
    let source = song(folder.path(), "song.mp3", false);
    let error = thumbnail(&source, &ThumbnailOptions::default()).unwrap_err();
    assert_eq!(error.kind(), vodkit::ErrorKind::NothingToPlay);
    assert!(error.to_string().contains("song.mp3 has no video"), "{error}");
    let plan = vodkit::plan(&source, &quick(&[64])).unwrap();
    let sink = Arc::new(MemorySink::new());
    let options = JobOptions::default().thumbnail(ThumbnailOptions::default());
    let job = Job::start(&source, &plan, sink.clone(), options).unwrap();
    assert_eq!(job.get("thumbnail.jpg").unwrap(), None);
    job.wait().unwrap();
    assert!(!sink.files().contains_key("thumbnail.jpg"));
}
