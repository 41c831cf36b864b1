//! Sound whose sample rate or channels change midway, and sound whose times are those of a muxer's packs: beeps once a
//! second stay a second apart.

use std::path::{Path, PathBuf};

use vodkit_tests::{folder, joined, make, package, quick, samples};

/// A beep in the midst of each second, so that the first and the last samples have no part in any.
const BEEPS: &str = "aevalsrc=0.5*sin(2*PI*1000*t)*between(mod(t\\,1)\\,0.5\\,0.55)";

/// So many seconds of beeps, encoded by `arguments`.
fn beeps(path: &Path, rate: u32, seconds: u32, arguments: &str) -> PathBuf {
    make(path, &format!("-f lavfi -i {BEEPS}:s={rate}:d={seconds} {arguments}"))
}

/// When beeps begin in the sound of a package of `source`, in seconds.
fn heard(source: &Path) -> Vec<f64> {
    let folder = folder();
    let out = folder.path().join("out");
    let (plan, _) = package(source, &quick(&[64]).segment_seconds(2), &out);
    let (rendition, audio) = plan.audios().next().unwrap();
    let sound = samples(&joined(&out, rendition));
    let channels = audio.channels as usize;
    let mut quiet = usize::MAX / 2;
    let mut moments = Vec::new();
    for (number, sample) in sound.iter().step_by(channels).enumerate() {
        let is_loud = sample.abs() > 0.1;
        if is_loud && quiet > audio.sample_rate as usize / 5 {
            moments.push(number as f64 / f64::from(audio.sample_rate));
        }
        quiet = if is_loud { 0 } else { quiet + 1 };
    }
    moments
}

/// Whether all beeps come a second after the one before, to a millisecond in all, but for one step of at most `most`
/// milliseconds more, where the second part begins.
fn check(name: &str, source: &Path, count: usize, most: f64) {
    let moments = heard(source);
    assert_eq!(moments.len(), count, "{name}: {moments:?}");
    let parts = moments.split_at(count / 2);
    for part in [parts.0, parts.1] {
        let apart = (part[part.len() - 1] - part[0] - (part.len() - 1) as f64) * 1000.0;
        assert!(apart.abs() < 1.0, "{name}: {apart} ms too many in {moments:?}");
    }
    let step = (parts.1[0] - parts.0[parts.0.len() - 1] - 1.0) * 1000.0;
    assert!((-1.0..most).contains(&step), "{name}: a step of {step} ms in {moments:?}");
}

/// Two parts of four seconds, the second with other arguments.
fn in_two_parts(name: &str, extension: &str, rates: [u32; 2], arguments: [&str; 2], most: f64) {
    let folder = folder();
    let file = |part: usize| beeps(&folder.path().join(format!("{part}.{extension}")), rates[part], 4, arguments[part]);
    let source = folder.path().join(format!("joined.{extension}"));
    std::fs::write(&source, [std::fs::read(file(0)).unwrap(), std::fs::read(file(1)).unwrap()].concat()).unwrap();
    check(name, &source, 8, most);
}

/// What an encoder puts before and after four seconds is up to 65 ms.
#[test]
fn formats_without_times_whose_rate_changes() {
    for (extension, encoder) in [("aac", "aac"), ("mp2", "mp2"), ("ac3", "ac3"), ("eac3", "eac3")] {
        for rates in [[44_100, 48_000], [48_000, 44_100], [48_000, 32_000]] {
            let arguments = format!("-c:a {encoder}");
            in_two_parts(&format!("{extension} {rates:?}"), extension, rates, [&arguments, &arguments], 65.0);
        }
    }
}

#[test]
fn a_transport_stream_whose_sample_rate_changes() {
    for encoder in ["aac", "mp2", "ac3"] {
        for rates in [[44_100, 48_000], [48_000, 44_100], [48_000, 32_000]] {
            let first = format!("-c:a {encoder} -muxdelay 0");
            let second = format!("{first} -output_ts_offset 4.05");
            in_two_parts(&format!("{encoder} {rates:?}"), "ts", rates, [&first, &second], 56.0);
        }
    }
}

#[test]
fn a_transport_stream_whose_channels_change() {
    for encoder in ["aac", "mp2", "ac3"] {
        let first = format!("-c:a {encoder} -muxdelay 0");
        for channels in [1, 2, 6].into_iter().filter(|channels| encoder != "mp2" || *channels < 6) {
            let second = format!("-ac {channels} {first} -output_ts_offset 4.05");
            let first = format!("-ac 2 {first}");
            in_two_parts(&format!("{encoder} to {channels}"), "ts", [48_000; 2], [&first, &second], 56.0);
        }
    }
}

/// The muxer states times that go away by ten milliseconds and come back in six seconds.
#[test]
fn samples_of_a_dvd_are_counted() {
    let folder = folder();
    let arguments = "-f lavfi -i testsrc2=s=352x288:r=25:d=14 -map 1 -map 0 -c:v mpeg2video -ac 2 -c:a pcm_dvd -f vob";
    let source = beeps(&folder.path().join("a.vob"), 48_000, 14, arguments);
    check("vob", &source, 14, 1.0);
}
