//! The picture of a song is its cover.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use vodkit::{ImageFormat, Job, JobOptions, MemorySink, ThumbnailOptions, thumbnail};

use vodkit_tests::{folder, grey_frames, joined, make, package, quick, source};

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

/// How Exif has the four quarters of a picture, which are told by their grey, stand when it is shown: its first row and column
/// are those at the top and left, top and right, bottom and right, and so on (CIPA DC-008 4.6.4).
const TURNS: [(u8, [u8; 4]); 8] = [
    (1, [40, 100, 160, 220]),
    (2, [100, 40, 220, 160]),
    (3, [220, 160, 100, 40]),
    (4, [160, 220, 40, 100]),
    (5, [40, 160, 100, 220]),
    (6, [160, 40, 220, 100]),
    (7, [220, 100, 160, 40]),
    (8, [100, 220, 40, 160]),
];

/// A JPEG of 128x64 pixels whose Exif says that it is turned.
fn turned_jpeg(folder: &Path, orientation: u8) -> PathBuf {
    let part = |x: u32, y: u32, grey: &str| format!("drawbox=x={x}:y={y}:w=64:h=32:c=0x{grey}:t=fill");
    let parts = [part(64, 0, "646464"), part(0, 32, "A0A0A0"), part(64, 32, "DCDCDC")].join(",");
    let plain = format!("-f lavfi -i color=0x282828:s=128x64,format=rgb24,{parts} -frames:v 1 -q:v 2");
    let path = make(&folder.join(format!("{orientation}.jpg")), &plain);
    let mut bytes = std::fs::read(&path).unwrap();
    // One field of one directory: a short number.
    let directory = [1, 0, 0x12, 0x01, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0, 0, 0, 0, 0];
    let exif = [&[0xff, 0xe1, 0, 34][..], b"Exif\0\0II*\0\x08\0\0\0", &directory].concat();
    bytes.splice(2..2, exif);
    std::fs::write(&path, bytes).unwrap();
    path
}

/// What is in the middle of each quarter of a grey picture.
fn quarters(grey: &[u8], width: usize) -> [u8; 4] {
    let height = grey.len() / width;
    [(1, 1), (3, 1), (1, 3), (3, 3)].map(|(x, y)| grey[height * y / 4 * width + width * x / 4])
}

fn assert_near(found: [u8; 4], expected: [u8; 4], name: &str) {
    assert!(found.iter().zip(expected).all(|(found, meant)| found.abs_diff(meant) <= 6), "{name}: {found:?}");
}

#[test]
fn a_cover_that_is_turned_by_its_exif_stands_upright() {
    let folder = folder();
    for (orientation, expected) in TURNS {
        let jpeg = turned_jpeg(folder.path(), orientation);
        let streams = format!("-i {} -map 0 -map 1 -c:v copy -disposition:v attached_pic", jpeg.display());
        let song = make(&folder.path().join("song.mp3"), &format!("-f lavfi -i sine=d=1 {streams}"));
        let picture = thumbnail(&source(&song), &ThumbnailOptions::default().format(ImageFormat::Rgb)).unwrap();
        let size = if orientation < 5 { (128, 64) } else { (64, 128) };
        assert_eq!((picture.width, picture.height), size, "{orientation}");
        let grey: Vec<u8> = picture.bytes.chunks(3).map(|pixel| pixel[0]).collect();
        assert_near(quarters(&grey, size.0 as usize), expected, &orientation.to_string());
    }
}

#[test]
fn a_still_that_is_turned_by_its_exif_stands_upright_as_a_video() {
    let folder = folder();
    for (name, (orientation, expected)) in [("still.mkv", TURNS[5]), ("still.mov", TURNS[7]), ("still.avi", TURNS[4])] {
        let jpeg = turned_jpeg(folder.path(), orientation);
        let still = format!("-noautorotate -framerate 1 -i {} -f lavfi -i sine=d=2 -c:v copy", jpeg.display());
        let still = make(&folder.path().join(name), &still);
        let out = folder.path().join(format!("{name}.out"));
        let (plan, _) = package(&still, &quick(&[64]), &out);
        let video = plan.source_video().unwrap();
        assert_eq!((video.width, video.height), (64, 128), "{name}");
        let frames = grey_frames(&joined(&out, &plan.renditions()[0]), 64, 128);
        assert_near(quarters(&frames[0], 64), expected, name);
    }
}
