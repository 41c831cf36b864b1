//! Sound of MP4 as its tables of samples have it: when each is presented, and how long the last one lasts.

use std::path::Path;

use vodkit::Rational;

use vodkit_tests::packaged::Packaged;
use vodkit_tests::{boxed, folder, insert, make, quick, tones};

const TABLE: [&[u8; 4]; 5] = [b"moov", b"trak", b"mdia", b"minf", b"stbl"];

/// Three seconds of AAC at 44.1 kHz, of which ffmpeg has 131 frames and leaves out the first: a tone begins after half a second.
fn three_seconds(folder: &Path) -> Vec<u8> {
    let tone = "aevalsrc=if(gte(t\\,0.5)\\,0.5*sin(2*PI*1000*t)\\,0):s=44100:d=3";
    std::fs::read(make(&folder.join("whole.m4a"), &format!("-f lavfi -i {tone} -c:a aac"))).unwrap()
}

/// Has samples presented later than they are decoded: runs of them, each so much.
fn delay(bytes: &mut Vec<u8>, runs: &[(u32, u32)]) {
    let entries: Vec<u8> =
        runs.iter().flat_map(|(count, by)| [count.to_be_bytes(), by.to_be_bytes()].concat()).collect();
    let table = boxed(b"ctts", &[&[0; 4], &(runs.len() as u32).to_be_bytes()[..], &entries].concat());
    insert(bytes, &TABLE, 8, &table);
}

/// Writes a number so many bytes behind the last box with a name.
fn put(bytes: &mut [u8], name: &[u8; 4], behind: usize, number: u32) {
    let place = bytes.windows(4).rposition(|found| found == name).unwrap() + behind;
    bytes[place..place + 4].copy_from_slice(&number.to_be_bytes());
}

/// How many samples a package of it has, and when the tone begins in it, in seconds.
fn packaged(bytes: &[u8]) -> (Rational, f64) {
    let folder = folder();
    let path = folder.path().join("source.m4a");
    std::fs::write(&path, bytes).unwrap();
    let packaged = Packaged::new(folder, path, &quick(&[64]));
    (packaged.plan.duration() * Rational::from(44_100), tones::onset(&packaged.channel(0), 44_100))
}

#[test]
fn sound_that_is_presented_later_than_it_is_decoded_is_cut_where_its_edit_list_says() {
    let folder = folder();
    for delayed in [0, 1024, 4410] {
        let mut bytes = three_seconds(folder.path());
        delay(&mut bytes, &[(131, delayed)]);
        put(&mut bytes, b"elst", 16, delayed + 1024);
        let (samples, onset) = packaged(&bytes);
        assert_eq!(samples, Rational::from(132_300), "{delayed} ticks late");
        assert!((onset - 0.5).abs() < 0.002, "{delayed} ticks late: the tone begins at {onset} s");
    }
}

/// As faac writes it: the first frame is presented with the second, which is what there is to be heard.
#[test]
fn a_last_sample_that_is_shorter_than_a_frame_ends_there() {
    let folder = folder();
    for last in [1, 100, 204, 1000] {
        for runs in [&[(131, 0)][..], &[(1, 1024), (130, 0)]] {
            let mut bytes = three_seconds(folder.path());
            put(&mut bytes, b"edts", 0, u32::from_be_bytes(*b"free"));
            // Behind version and flags: two runs of samples, the second of one.
            put(&mut bytes, b"stts", 24, last);
            delay(&mut bytes, runs);
            let (samples, onset) = packaged(&bytes);
            let primed = if runs.len() == 1 { 1024 } else { 0 };
            assert_eq!(samples, Rational::from(i64::from(129 * 1024 + last) + primed), "{last} ticks, {runs:?}");
            let expected = 0.5 + primed as f64 / 44_100.0;
            assert!((onset - expected).abs() < 0.002, "{last} ticks, {runs:?}: the tone begins at {onset} s");
        }
    }
}
