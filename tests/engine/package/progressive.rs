//! A package as one MP4: the pictures and the sound of its segments, in one file that begins with its index.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use vodkit::{ErrorKind, Ladder, MemorySink, Package, Rational, Rung, Sink, StoryboardOptions};

use vodkit_tests::{decodes_cleanly, ffmpeg, ffprobe, folder, joined, make, opened, package, quick};

const VIDEO: &str = "-f lavfi -i testsrc2=s=320x180:r=24000/1001:d=7 -f lavfi -i sine=d=7:r=44100 -c:v libx264 -preset ultrafast -c:a aac";

/// Segments of two seconds; with B-frames.
fn ladder() -> Ladder {
    let storyboard = Some(StoryboardOptions::default());
    quick(&[180, 90]).segment_seconds(2).preset("superfast").storyboard(storyboard)
}

fn download(out: &Path, rendition: Option<&str>) -> PathBuf {
    let path = out.join(format!("{}.mp4", rendition.unwrap_or("top")));
    let mut file = std::fs::File::create(&path).unwrap();
    let written = opened(out).write_mp4(rendition, &mut file).unwrap();
    assert_eq!(written, path.metadata().unwrap().len());
    path
}

/// Checksums of all decoded frames with their times, in seconds. What only primes the decoder of sound comes before
/// time 0, and some versions of ffmpeg give that too.
fn frames(path: &Path, stream: &str) -> Vec<(f64, String)> {
    let from = path.to_str().unwrap();
    let output = ffmpeg(&["-loglevel", "error", "-copyts", "-i", from, "-map", stream, "-f", "framemd5", "-"]);
    let text = String::from_utf8(output.stdout).unwrap();
    let base = text.lines().find_map(|line| line.strip_prefix("#tb 0: ")).unwrap().parse::<Rational>().unwrap();
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| {
            let fields: Vec<&str> = line.split(',').map(str::trim).collect();
            (base.times(fields[2].parse().unwrap()).to_f64(), fields[5].to_owned())
        })
        .collect()
}

/// Those of sound that are played, but for the last frame, whose end is cut off: ffmpeg does that without fragments alone.
fn heard(path: &Path) -> Vec<(f64, String)> {
    let mut frames: Vec<_> = frames(path, "0:a").into_iter().filter(|(time, _)| *time >= 0.0).collect();
    frames.pop();
    frames
}

fn assert_same(found: &[(f64, String)], expected: &[(f64, String)], what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (found, expected) in found.iter().zip(expected) {
        assert!((found.0 - expected.0).abs() < 0.0005 && found.1 == expected.1, "{what}: {found:?}, not {expected:?}");
    }
}

#[test]
fn it_has_the_pictures_and_the_sound_of_the_package() {
    let folder = folder();
    let path = make(&folder.path().join("a.mp4"), VIDEO);
    let out = folder.path().join("out");
    let (plan, _) = package(&path, &ladder(), &out);
    let audio = heard(&joined(&out, plan.audios().next().unwrap().0));
    for (rendition, choice) in [(0, None), (0, Some("180p")), (1, Some("90p"))] {
        let file = download(&out, choice);
        assert_same(&frames(&file, "0:v"), &frames(&joined(&out, &plan.renditions()[rendition]), "0:v"), "pictures");
        assert_same(&heard(&file), &audio, "sound");
        decodes_cleanly(&file);
        let seconds: f64 = ffprobe(&file, "v:0", "stream=duration").trim().parse().unwrap();
        assert!((seconds - plan.renditions()[rendition].duration().to_f64()).abs() < 0.001, "{seconds}");
    }
    let bytes = std::fs::read(out.join("180p.mp4")).unwrap();
    let place = |name: &[u8]| bytes.windows(4).position(|found| found == name).unwrap();
    assert!(place(b"moov") < place(b"mdat"), "the index comes first");
    // It is a source like any other, and what is made of it is as long.
    let again = vodkit::plan(&vodkit_tests::source(&out.join("180p.mp4")), &quick(&[90])).unwrap();
    assert_eq!(again.source_video().unwrap().frames, plan.source_video().unwrap().frames);
}

#[test]
fn copied_pictures_and_sound_are_downloaded_too() {
    let folder = folder();
    let path = make(&folder.path().join("a.mp4"), &format!("{VIDEO} -g 24 -bf 2 -profile:v high -preset fast"));
    let out = folder.path().join("out");
    let wanted = ladder().copy_top(vodkit::CopyTop::Always).rungs(Vec::<Rung>::new());
    let (plan, _) = package(&path, &wanted, &out);
    let file = download(&out, None);
    assert_same(&frames(&file, "0:v"), &frames(&path, "0:v"), "pictures");
    assert_same(&heard(&file), &heard(&joined(&out, plan.audios().next().unwrap().0)), "sound");
}

#[test]
fn sound_alone_and_pictures_alone() {
    let folder = folder();
    let make_one = |name: &str, arguments: &str| {
        let path = make(&folder.path().join(name), arguments);
        let out = folder.path().join(format!("{name}.out"));
        let (plan, _) = package(&path, &quick(&[64]), &out);
        (download(&out, None), joined(&out, &plan.renditions()[0]))
    };
    let (file, fragments) = make_one("a.mp4", "-f lavfi -i testsrc2=s=64x64:r=10:d=3 -c:v libx264");
    assert_same(&frames(&file, "0:v"), &frames(&fragments, "0:v"), "pictures");
    let (file, fragments) = make_one("b.wav", "-f lavfi -i sine=d=3:r=48000");
    assert_same(&heard(&file), &heard(&fragments), "sound");
}

#[test]
fn what_is_missing_or_broken_is_named() {
    let folder = folder();
    let path = make(&folder.path().join("a.mp4"), VIDEO);
    let out = folder.path().join("out");
    let (plan, _) = package(&path, &ladder(), &out);
    let fails = |rendition: Option<&str>| {
        let error = opened(&out).write_mp4(rendition, &mut Vec::new()).unwrap_err();
        (error.kind(), error.to_string())
    };
    let (kind, words) = fails(Some("audio"));
    assert!(kind == ErrorKind::OutOfRange && words.contains("\"audio\""), "{words}");
    let begun = Arc::new(MemorySink::new());
    begun.put("plan.json", plan.to_json().into()).unwrap();
    let error = Package::open(begun).unwrap().write_mp4(None, &mut Vec::new()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    let segment = out.join("180p/00001.m4s");
    let whole = std::fs::read(&segment).unwrap();
    for cut in [0, 7, 30, 100, whole.len() - 1] {
        std::fs::write(&segment, &whole[..cut]).unwrap();
        let (kind, words) = fails(None);
        assert_eq!(kind, ErrorKind::Corrupt, "{cut}: {words}");
        assert!(words.starts_with("180p/00001.m4s in ") && words.contains("remove it and run"), "{cut}: {words}");
    }
    std::fs::remove_file(&segment).unwrap();
    // What it says to do helps.
    package(&path, &ladder(), &out);
    assert!(std::fs::read(&segment).unwrap() == whole);
    opened(&out).write_mp4(None, &mut Vec::new()).unwrap();
    std::fs::remove_file(&segment).unwrap();
    let (kind, words) = fails(None);
    assert!(kind == ErrorKind::NotFound && words.contains("180p/00001.m4s"), "{words}");
    std::fs::create_dir(&segment).unwrap();
    let (kind, words) = fails(None);
    assert!(kind == ErrorKind::SinkWrite && words.contains("cannot read 180p/00001.m4s"), "{words}");
}

/// A sink in which a segment is replaced once it was read.
struct Changing(MemorySink, &'static str, Bytes);

impl Sink for Changing {
    fn put(&self, key: &str, bytes: Bytes) -> std::io::Result<()> {
        self.0.put(key, bytes)
    }

    fn get(&self, key: &str) -> std::io::Result<Option<Bytes>> {
        let found = self.0.get(key)?;
        if key == self.1 {
            self.0.put(key, self.2.clone())?;
        }
        Ok(found)
    }

    fn remove(&self, key: &str) -> std::io::Result<()> {
        self.0.remove(key)
    }

    fn name(&self) -> String {
        "the changing sink".into()
    }
}

#[test]
fn a_segment_that_is_replaced_between_its_two_reads_is_noticed() {
    let folder = folder();
    let path = make(&folder.path().join("a.mp4"), VIDEO);
    let packages = [23.0, 40.0].map(|crf| {
        let (source, sink) = (vodkit_tests::source(&path), Arc::new(MemorySink::new()));
        let plan = vodkit::plan(&source, &ladder().crf(crf)).unwrap();
        crate::job::run(&source, &plan, sink.clone()).unwrap();
        sink.files()
    });
    let sink = Changing(MemorySink::new(), "180p/00001.m4s", packages[1]["180p/00001.m4s"].clone());
    packages[0].iter().for_each(|(key, bytes)| sink.0.put(key, bytes.clone()).unwrap());
    let error = Package::open(Arc::new(sink)).unwrap().write_mp4(None, &mut Vec::new()).unwrap_err();
    assert!(error.kind() == ErrorKind::Corrupt && error.to_string().contains("replaced while"), "{error}");
}

/// A disk with no space.
struct Full;

impl std::io::Write for Full {
    fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
        Err(std::io::ErrorKind::StorageFull.into())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_full_disk_is_an_error_of_its_own() {
    let folder = folder();
    let out = folder.path().join("out");
    package(&make(&folder.path().join("a.mp4"), VIDEO), &ladder(), &out);
    assert_eq!(opened(&out).write_mp4(None, &mut Full).unwrap_err().kind(), ErrorKind::NoSpace);
}
