//! Damage is told in one sentence, and costs no more than the file has bytes for.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use vodkit::{ErrorKind, Limits, ReadAt, Source, ThumbnailOptions, plan, probe, thumbnail};

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

/// FFmpeg makes a packet of each value of sound that lasts another time than one tick.
#[test]
fn sound_whose_values_last_another_time_than_theirs_is_read_as_it_is() {
    let arguments = "-f lavfi -i sine=d=2:r=48000 -c:a pcm_s16le";
    for duration in [0, 1 << 20, 0x7fff_ffff] {
        // Behind version, flags, the number of runs and how many samples the first one has.
        let source = damaged("a.mov", arguments, (b"stts", 12), duration);
        // That is less than there are values.
        let source = source.with_limits(Limits::default().packets(1000));
        assert_eq!(probe(&source).unwrap().duration.to_f64(), 2.0, "each of {duration}");
        let plan = plan(&source, &quick(&[64])).unwrap();
        let segment = vodkit::segment(&source, &plan, "audio", 0).unwrap();
        let whole = damaged("a.mov", arguments, (b"stts", 12), 1);
        let whole_plan = vodkit::plan(&whole, &quick(&[64])).unwrap();
        assert!(segment == vodkit::segment(&whole, &whole_plan, "audio", 0).unwrap(), "each of {duration}");
    }
}

/// Bytes, and how many of them were read.
struct Counted(Vec<u8>, Arc<AtomicU64>);

impl ReadAt for Counted {
    fn len(&self) -> u64 {
        self.0.len() as u64
    }

    fn name(&self) -> String {
        "the counted bytes".into()
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> std::io::Result<usize> {
        let from = self.0.get(offset as usize..).unwrap_or_default();
        let count = from.len().min(buffer.len());
        buffer[..count].copy_from_slice(&from[..count]);
        self.1.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

#[test]
fn an_index_that_points_at_the_same_bytes_again_and_again_is_not_followed_for_ever() {
    let folder = folder();
    // With sound between them, each picture has a place of its own.
    let arguments =
        "-f lavfi -i testsrc2=s=320x240:r=25:d=10 -f lavfi -i sine=d=10 -c:v mjpeg -pix_fmt yuvj420p -c:a pcm_s16le";
    let mut bytes = std::fs::read(make(&folder.path().join("a.mov"), arguments)).unwrap();
    let place = bytes.windows(4).position(|found| found == b"stsz").unwrap() + 8;
    let (len, read) = (bytes.len() as u64, Arc::new(AtomicU64::new(0)));
    bytes[place..place + 4].copy_from_slice(&(len as u32 / 2).to_be_bytes());
    let plan = plan(&Source::new(Counted(bytes, read.clone())), &quick(&[64])).unwrap();
    assert_eq!(plan.warnings()[0].kind, vodkit::WarningKind::SourceIncomplete);
    let read = read.load(Ordering::Relaxed);
    assert!(read < 10 * len, "{read} bytes were read of {len}");
}
