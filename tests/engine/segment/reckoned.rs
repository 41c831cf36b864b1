//! Sound in formats that state no times, so that demuxers reckon where to seek to.

use vodkit_tests::packaged::Packaged;
use vodkit_tests::{folder, make, quick, samples, tones};

const RATE: usize = 48_000;

/// Eight seconds of a tone that rises by 100 Hz in each, so that its pitch tells the time.
const RISING: &str = "-f lavfi -i aevalsrc=0.5*sin(2*PI*(300*t+50*t*t)):s=48000:d=8";

/// By how many seconds what is heard is of another time, at most.
fn astray(packaged: &Packaged) -> f64 {
    let samples = packaged.channel(0);
    let off = |tenth: usize| {
        let heard = tones::frequency(&samples[tenth * RATE / 10..][..RATE / 5], RATE as u32);
        ((heard - 300.0) / 100.0 - (tenth as f64 / 10.0 + 0.1)).abs()
    };
    (1..77).map(off).fold(0.0, f64::max)
}

fn check(name: &str, arguments: &str, change: impl FnOnce(&mut Vec<u8>)) {
    let folder = folder();
    let path = make(&folder.path().join(name), &format!("{RISING} {arguments}"));
    let mut bytes = std::fs::read(&path).unwrap();
    change(&mut bytes);
    std::fs::write(&path, bytes).unwrap();
    let packaged = Packaged::new(folder, path, &quick(&[64]).segment_seconds(2));
    let seconds = packaged.plan.duration().to_f64();
    assert!((7.99..8.15).contains(&seconds), "{name}: {seconds} s");
    let astray = astray(&packaged);
    assert!(astray < 0.08, "{name}: something is heard {astray} s from its time");
}

/// Has a WAV state that it has so many bytes a second.
fn state(bytes: &mut [u8], rate: u32) {
    let format = bytes.windows(4).position(|found| found == b"fmt ").unwrap();
    bytes[format + 16..format + 20].copy_from_slice(&rate.to_le_bytes());
}

/// `ffmpeg` states twice the byte rate that it has.
#[test]
fn g722_in_wav_is_heard_at_its_time() {
    check("a.wav", "-ar 16000 -c:a g722", |_| {});
}

#[test]
fn a_wav_that_states_a_wrong_byte_rate_is_heard_at_its_time() {
    for (coding, rate) in [("pcm_s16le", 50_000), ("pcm_s24le", 400_000), ("adpcm_ms", 100_000), ("adpcm_ima_wav", 1)] {
        check("a.wav", &format!("-c:a {coding}"), |bytes| state(bytes, rate));
    }
}

#[test]
fn each_format_without_times_is_heard_at_its_time() {
    for (name, arguments) in [
        ("yamaha.wav", "-c:a adpcm_yamaha"),
        ("g726.wav", "-ar 8000 -c:a g726 -b:a 24k"),
        ("mp3.wav", "-c:a libmp3lame -q:a 4"),
        ("ac3.wav", "-c:a ac3"),
        ("wma.wav", "-c:a wmav2"),
        ("a.w64", "-c:a adpcm_ms"),
        ("a.aiff", "-c:a adpcm_ima_qt"),
        ("a.au", "-c:a pcm_alaw"),
        ("alac.caf", "-c:a alac"),
        ("ima.caf", "-c:a adpcm_ima_qt"),
        ("a.voc", "-c:a pcm_s16le"),
        ("a.mp3", "-c:a libmp3lame -q:a 4 -write_xing 0"),
        ("a.aac", "-c:a aac"),
        ("a.amr", "-ar 8000 -c:a libopencore_amrnb"),
        ("a.dts", "-c:a dca -strict -2"),
    ] {
        check(name, arguments, |_| {});
    }
}

/// Each sample of Yamaha's ADPCM is reckoned from the one before, and an error at the beginning never fades.
#[test]
fn adpcm_that_only_its_beginning_tells_has_no_steps() {
    let folder = folder();
    let path = make(&folder.path().join("a.wav"), &format!("{RISING} -c:a adpcm_yamaha"));
    let decoded = make(&folder.path().join("b.wav"), &format!("-i {} -c:a pcm_s16le", path.display()));
    let packaged = Packaged::new(folder, path, &quick(&[64]).segment_seconds(2));
    let offset = |samples: &[f32]| samples.iter().sum::<f32>() / samples.len() as f32;
    let (ours, wanted) = (packaged.channel(0), samples(&decoded));
    for (number, (ours, wanted)) in ours.chunks(RATE).zip(wanted.chunks(RATE)).enumerate() {
        let apart = (offset(ours) - offset(wanted)).abs();
        assert!(apart < 0.005, "second {number} is off by {apart}");
    }
}
