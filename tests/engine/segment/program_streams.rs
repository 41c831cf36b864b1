//! Program streams state times for some pictures, or for none.

use std::path::Path;

use vodkit_tests::numbered::{self, sequence};
use vodkit_tests::{folder, make, package, tones};

use super::frames::{check_alone, ladder, renditions};

const COUNT: u32 = 97;
const MPEG2: &str = "-c:v mpeg2video -q:v 3 -bf 2 -g 12";
const H264: &str = "-c:v libx264 -preset ultrafast -bf 3 -b_strategy 0 -g 25";

/// Takes the times of packets of pictures out of a program stream (ISO/IEC 13818-1 2.4.3.6), and says of how many.
fn take_times(path: &Path) -> usize {
    let mut bytes = std::fs::read(path).unwrap();
    let (mut place, mut taken) = (0, 0);
    while place + 14 < bytes.len() {
        let [0, 0, 1, kind] = bytes[place..place + 4] else { panic!("no packet at {place}") };
        if kind == 0xba {
            place += 14 + usize::from(bytes[place + 13] & 7);
            continue;
        }
        if (0xe0..0xf0).contains(&kind) {
            taken += usize::from(bytes[place + 7] >> 7);
            // Neither times nor a buffer's size, but stuffing in their place.
            let length = usize::from(bytes[place + 8]);
            bytes[place + 7] = 0;
            bytes[place + 9..place + 9 + length].fill(0xff);
        }
        place += 6 + usize::from(u16::from_be_bytes([bytes[place + 4], bytes[place + 5]]));
    }
    std::fs::write(path, bytes).unwrap();
    taken
}

/// Numbered pictures beside a tone.
fn write(folder: &Path, codec: &str) -> std::path::PathBuf {
    let silent = numbered::write(&folder.join("silent.ts"), "25", COUNT, &format!("-pix_fmt yuv420p {codec}"));
    let arguments = format!("-i {} -f lavfi -i sine=440:r=48000:d=3.88 -c:v copy -c:a mp2 -f vob", silent.display());
    let path = make(&folder.join("source.vob"), &arguments);
    if codec == H264 {
        name_h264(&path);
    }
    path
}

/// Puts a map of streams behind the first pack's header (ISO/IEC 13818-1 2.5.4), as FFmpeg else guesses what these are.
fn name_h264(path: &Path) {
    let mut bytes = std::fs::read(path).unwrap();
    let id = (0..bytes.len()).find(|&place| matches!(bytes[place..], [0, 0, 1, 0xe0..0xf0, ..])).unwrap() + 3;
    let map = [0, 0, 1, 0xbc, 0, 14, 0xe0, 0xff, 0, 0, 0, 4, 0x1b, bytes[id], 0, 0, 0, 0, 0, 0];
    let place = 14 + usize::from(bytes[13] & 7);
    bytes.splice(place..place, map);
    std::fs::write(path, bytes).unwrap();
}

/// Each picture comes out once, in order, and the tone all along.
fn check(source: &Path, folder: &Path, first: u32) {
    let out = folder.join("out");
    let (plan, _) = package(source, &ladder(), &out);
    // The sound may begin within the frame before the first one.
    let mut expected = vec![Some(0); first as usize];
    expected.extend(sequence(0, COUNT));
    for (name, seen) in renditions(&plan, &out) {
        assert_eq!(seen, expected, "{name}");
    }
    check_alone(source, &plan, &expected, folder);
    let audio = plan.audios().next().unwrap().0;
    let samples = vodkit_tests::samples(&vodkit_tests::joined(&out, audio));
    let pitch = tones::frequency(&tones::channel(&samples, samples.len() / 48_000 / 3, 0)[9600..150_000], 48_000);
    assert!((pitch - 440.0).abs() < 0.5, "a tone of {pitch} Hz");
}

#[test]
fn mpeg2_without_times_beside_sound_that_has_some() {
    let folder = folder();
    let source = write(folder.path(), MPEG2);
    assert!(take_times(&source) > 3);
    check(&source, folder.path(), 0);
}

#[test]
fn h264_without_times_beside_sound_that_has_some() {
    let folder = folder();
    let source = write(folder.path(), H264);
    assert!(take_times(&source) > 3);
    check(&source, folder.path(), 0);
}

/// Several pictures share a packet of the stream, and its times are those of the first.
#[test]
fn h264_of_which_some_pictures_have_times() {
    let folder = folder();
    let source = write(folder.path(), H264);
    check(&source, folder.path(), 1);
}
