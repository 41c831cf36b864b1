//! Damage is told in one sentence, and costs no more than the file has bytes for.

use vodkit::{ErrorKind, Source, ThumbnailOptions, plan, probe, thumbnail};

use vodkit_tests::{folder, make, quick};

/// A file with one of its numbers changed: the four bytes so far behind a box's name.
fn damaged(name: &str, arguments: &str, (mark, offset): (&[u8; 4], usize), number: u32) -> Source {
    let folder = folder();
    let mut bytes = std::fs::read(make(&folder.path().join(name), arguments)).unwrap();
    let place = bytes.windows(4).position(|found| found == mark).unwrap() + 4 + offset;
    bytes[place..place + 4].copy_from_slice(&number.to_be_bytes());
    Source::bytes(bytes)
}

fn check(source: &Source, words: &str) {
    let errors = [
        probe(source).unwrap_err(),
        plan(source, &quick(&[64])).unwrap_err(),
        thumbnail(source, &ThumbnailOptions::default()).unwrap_err(),
    ];
    for error in errors {
        assert!(error.kind() == ErrorKind::Corrupt && error.to_string().contains(words), "{error}");
    }
}

#[test]
fn a_track_of_fragments_with_an_impossible_number_is_refused() {
    let arguments = "-f lavfi -i testsrc2=s=64x64:r=10:d=1 -c:v libx264 -preset ultrafast -pix_fmt yuv420p";
    let fragments = format!("{arguments} -movflags frag_keyframe+empty_moov");
    // The number stands behind version, flags and two times.
    check(&damaged("a.mp4", &fragments, (b"tkhd", 12), 0x8000_0001), "a track's number is out of range");
    // Without fragments it does no harm.
    let whole = damaged("a.mp4", arguments, (b"tkhd", 12), 0x8000_0001);
    assert_eq!(probe(&whole).unwrap().main_video().unwrap().1.frames, 10);
}

/// Pictures are as many as there are sizes, whatever the chunks say.
#[test]
fn chunks_of_more_pictures_than_there_are_sizes_are_played() {
    let arguments = "-f lavfi -i testsrc2=s=64x64:r=25:d=2 -c:v libx264 -preset ultrafast -pix_fmt yuv420p";
    let damaged = damaged("a.mp4", arguments, (b"stsc", 12), 0x7fff_ffff);
    assert_eq!(probe(&damaged).unwrap().main_video().unwrap().1.frames, 50);
}

#[test]
fn chunks_of_more_samples_than_there_are_bytes_are_refused() {
    let arguments = "-f lavfi -i sine=d=2:r=48000 -c:a pcm_s16le";
    let fine = damaged("a.mov", arguments, (b"stsc", 0), 0);
    assert!((probe(&fine).unwrap().duration.to_f64() - 2.0).abs() < 0.001);
    // Behind version, flags, the number of runs and the first run's first chunk.
    check(&damaged("a.mov", arguments, (b"stsc", 12), 0x7fff_ffff), "more samples than there can be");
}
