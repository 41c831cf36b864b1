//! What is there of a source that is truncated or damaged is played, and a warning says so.

use std::path::Path;

use vodkit::plan::Plan;
use vodkit::{ErrorKind, Rational, Source, WarningKind};

use vodkit_tests::packaged::Packaged;
use vodkit_tests::{folder, make, numbered, quick, source, tones};

fn warned(plan: &Plan) -> Vec<WarningKind> {
    plan.warnings().iter().map(|warning| warning.kind).collect()
}

/// Keeps the first bytes of a file, so many thousandths.
fn cut(path: &Path, thousandths: usize) {
    let bytes = std::fs::read(path).unwrap();
    std::fs::write(path, &bytes[..bytes.len() * thousandths / 1000]).unwrap();
}

/// Four seconds with the index first, of which something over half is there: of the pictures and of the sound.
#[test]
fn a_truncated_mp4_is_played_as_far_as_it_goes() {
    let folder = folder();
    let silent = numbered::write(&folder.path().join("silent.mp4"), "25", 100, "-c:v libx264 -g 25 -preset veryfast");
    let arguments =
        format!("-i {} -f lavfi -i sine=440:r=48000:d=4 -c:v copy -c:a aac -movflags +faststart", silent.display());
    let path = make(&folder.path().join("a.mp4"), &arguments);
    cut(&path, 600);
    let packaged = Packaged::new(folder, path, &quick(&[64]));
    assert_eq!(warned(&packaged.plan), [WarningKind::SourceIncomplete]);
    let rendition = packaged.file(packaged.plan.videos().next().unwrap().0);
    let found = numbered::numbers(&rendition);
    assert!((40..80).contains(&found.len()), "{} frames", found.len());
    let first: Vec<_> = numbered::sequence(0, 40);
    assert_eq!(found[..40], first[..]);
    let pitch = tones::frequency(&packaged.channel(0)[4800..62_400], 48_000);
    assert!((pitch - 440.0).abs() < 0.5, "a tone of {pitch} Hz");
}

#[test]
fn an_mp4_of_which_only_the_index_is_there_is_truncated() {
    let folder = folder();
    let arguments = "-f lavfi -i testsrc2=s=128x96:r=25:d=4 -c:v libx264 -pix_fmt yuv420p -movflags +faststart";
    let bytes = std::fs::read(make(&folder.path().join("a.mp4"), arguments)).unwrap();
    let data = bytes.windows(4).position(|found| found == b"mdat").unwrap();
    let error = vodkit::plan(&Source::bytes(bytes[..data + 8].to_vec()), &quick(&[64])).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Truncated);
}

/// Two seconds of WavPack, and then blocks whose size is impossible.
#[test]
fn what_comes_before_damage_is_played() {
    let folder = folder();
    let path = make(&folder.path().join("a.wv"), "-f lavfi -i sine=440:r=48000:d=4 -c:a wavpack");
    let mut bytes = std::fs::read(&path).unwrap();
    let blocks: Vec<_> = (0..bytes.len() - 4).filter(|&place| bytes[place..].starts_with(b"wvpk")).collect();
    let middle = blocks[blocks.len() / 2];
    let expected = u32::from_le_bytes(bytes[middle + 16..middle + 20].try_into().unwrap());
    bytes[middle + 4..middle + 8].fill(0xff);
    std::fs::write(&path, bytes).unwrap();
    let packaged = Packaged::new(folder, path, &quick(&[64]));
    assert_eq!(warned(&packaged.plan), [WarningKind::SourceIncomplete]);
    assert_eq!(packaged.plan.duration(), Rational::new(expected.into(), 48_000));
}

#[test]
fn flac_without_its_header_is_played() {
    let folder = folder();
    let path = make(&folder.path().join("a.flac"), "-f lavfi -i sine=440:r=48000:d=2 -c:a flac -write_header 0");
    assert_eq!(std::fs::read(&path).unwrap()[..2], [0xff, 0xf8]);
    assert!(vodkit::plan(&source(&path), &quick(&[64])).unwrap().warnings().is_empty());
    let packaged = Packaged::new(folder, path, &quick(&[64]));
    assert_eq!(packaged.plan.duration(), Rational::from(2));
    let pitch = tones::frequency(tones::middle(&packaged.channel(0)), 48_000);
    assert!((pitch - 440.0).abs() < 0.5, "a tone of {pitch} Hz");
}

/// FFmpeg leaves the index of the second one aside.
#[test]
fn of_mp4s_one_after_the_other_the_first_is_played() {
    let folder = folder();
    let arguments = |seconds| {
        format!("-f lavfi -i testsrc2=s=128x96:r=25:d={seconds} -pix_fmt yuv420p -c:v libx264 -preset ultrafast")
    };
    let [first, second] =
        [1, 2].map(|seconds| std::fs::read(make(&folder.path().join("a.mp4"), &arguments(seconds))).unwrap());
    for other in [&second, &first] {
        let plan = vodkit::plan(&Source::bytes([&first[..], other].concat()), &quick(&[64])).unwrap();
        assert_eq!((plan.source_video().unwrap().frames, warned(&plan)), (25, vec![WarningKind::SourceIncomplete]));
        assert!(plan.warnings()[0].message.contains("several films"), "{}", plan.warnings()[0].message);
    }
}
