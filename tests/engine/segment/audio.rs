//! Sound: segments join without a seam, and nothing moves.

use std::f64::consts::TAU;
use std::path::Path;

use vodkit_tests as common;
use vodkit_tests::flash::{alone, hear, mean, rich, stereo, worst};
use vodkit_tests::{folder, joined, make, package};

use super::pair::{AROUND, Pair, audio, ladder};

/// Decibels that the mean at the seams may lie below the mean elsewhere. Measured: 0.3 at most. Without the
/// encoder's pre-roll it is 5 to 9, with a pre-roll of one frame 3 to 6.
const WORSE_ON_AVERAGE: f64 = 2.0;

/// Decibels that the worst seam may lie below the worst place elsewhere. Measured: none lies below; without
/// the encoder's pre-roll 5 to 8.
const WORSE_AT_WORST: f64 = 3.0;

/// Packages six segments of rich sound that ffmpeg encodes with `arguments`.
fn joins(name: &str, rate: usize, arguments: &str, delay: i64) {
    joins_in_segments(2, name, rate, arguments, delay);
}

fn joins_in_segments(seconds: i64, name: &str, rate: usize, arguments: &str, delay: i64) {
    let out = folder();
    let input = stereo(out.path(), rate, &rich(rate, seconds as f64 * 5.8));
    let path = make(&out.path().join(name), &format!("{input} {arguments}"));
    joins_as_it_is(name, &Pair::in_segments(seconds, &path, out.path()), delay);
}

/// The package has the sound `delay` samples later or earlier at most, the same everywhere, and the seams
/// between its segments cannot be heard.
fn joins_as_it_is(name: &str, pair: &Pair, delay: i64) {
    let seams = pair.seams();
    assert_eq!(seams.len(), 5, "{name}: six segments");
    let ends = [4096, pair.source[0].len() - 4096];
    let places = ends.into_iter().chain(seams.iter().flat_map(|seam| [seam - 2048, seam + 2048]));
    let delays: Vec<i64> = places.map(|place| pair.delay(place)).collect();
    let first = delays[0];
    let at_seams: Vec<f64> = seams.iter().map(|seam| pair.ratio(*seam, first)).collect();
    let between = seams.iter().flat_map(|seam| (2..32).map(move |step| seam + step * 2 * AROUND));
    let elsewhere: Vec<f64> = between.map(|at| pair.ratio(at, first)).collect();
    eprintln!(
        "{name} at {} Hz: delays {delays:?}, seams {:.1} dB (worst {:.1}), elsewhere {:.1} dB (worst {:.1})",
        pair.rate(),
        mean(&at_seams),
        worst(&at_seams),
        mean(&elsewhere),
        worst(&elsewhere)
    );
    assert!(first.abs() <= delay, "{name}: the sound is moved by {first} samples");
    assert!(delays.iter().all(|other| *other == first), "{name}: the sound moves in places: {delays:?}");
    assert!(mean(&at_seams) >= mean(&elsewhere) - WORSE_ON_AVERAGE, "{name}: seams are heard: {at_seams:?}");
    assert!(worst(&at_seams) >= worst(&elsewhere) - WORSE_AT_WORST, "{name}: a seam is heard: {at_seams:?}");
}

#[test]
fn wav_at_48_khz_in_segments_of_four_seconds() {
    joins_in_segments(4, "a.wav", 48_000, "", 0);
}

#[test]
fn mov_with_pcm_keeps_44_1_khz() {
    joins("a.mov", 44_100, "-c:a pcm_s16le", 0);
}

#[test]
fn wav_resampled_from_22_05_khz() {
    joins("a.wav", 22_050, "", 0);
}

#[test]
fn mov_resampled_from_32_khz() {
    joins("a.mov", 32_000, "-c:a pcm_s16le", 0);
}

#[test]
fn flac_resampled_from_96_khz() {
    joins("a.flac", 96_000, "", 0);
}

#[test]
fn mp4_with_aac() {
    joins("a.mp4", 44_100, "-c:a aac -b:a 256k", 0);
}

#[test]
fn mkv_with_aac() {
    joins("a.mkv", 44_100, "-c:a aac -b:a 256k", 44);
}

#[test]
fn mkv_with_aac_resampled() {
    joins("a.mkv", 32_000, "-c:a aac -b:a 256k", 48);
}

#[test]
fn flv_with_aac() {
    joins("a.flv", 44_100, "-c:a aac -b:a 256k", 44);
}

#[test]
fn mpegts_with_aac() {
    joins("a.ts", 44_100, "-c:a aac -b:a 256k", 44);
}

#[test]
fn mpegts_with_aac_in_latm() {
    joins("a.ts", 44_100, "-c:a aac -b:a 256k -mpegts_flags +latm", 44);
}

/// What a transport stream carries as private data has to be recognised by its bytes.
#[test]
fn mpegts_with_dts() {
    joins("a.ts", 48_000, "-c:a dca -strict -2", 0);
}

#[test]
fn mpegts_with_truehd() {
    joins("a.ts", 48_000, "-c:a truehd -strict -2", 0);
}

/// Packets of several frames, of which only the first has a time.
#[test]
fn wav_with_adpcm() {
    joins("a.wav", 44_100, "-c:a adpcm_ima_wav", 0);
    joins("b.wav", 44_100, "-c:a adpcm_ms", 0);
}

#[test]
fn ogg_with_vorbis() {
    joins("a.ogg", 44_100, "-c:a libvorbis -q:a 9", 44);
}

#[test]
fn mp3_file() {
    joins("a.mp3", 44_100, "-b:a 320k", 44);
}

#[test]
fn webm_with_opus() {
    joins("a.webm", 48_000, "-c:a libopus -b:a 256k", 48);
}

#[test]
fn ogg_with_opus() {
    joins("a.opus", 48_000, "-c:a libopus -b:a 256k", 48);
}

/// Phones write times that waver by a millisecond about where the samples are; players play the samples one
/// behind the other.
#[test]
fn wavering_times_leave_no_seams() {
    let out = folder();
    let input = stereo(out.path(), 48_000, &rich(48_000, 11.6));
    let steady = make(&out.path().join("steady.mp4"), &format!("{input} -c:a aac -b:a 256k"));
    let waver = "setts=ts='PTS+mod(N*37\\,61)'";
    let path = make(&out.path().join("a.mp4"), &format!("-i {} -c copy -bsf:a {waver}", steady.display()));
    joins_as_it_is("wavering", &Pair::in_segments(2, &path, out.path()), 61);
}

/// Sample for sample the same, but for the noise that decoders make up where AAC tells them to (perceptual
/// noise substitution): tones have next to none of it.
#[test]
fn a_segment_alone_sounds_as_it_does_in_the_whole() {
    let out = folder();
    let count = 13 * 44_100;
    // It fades out: a hard end would be noise.
    let loudness = |sample: i32| f64::min(0.4, f64::from(count - sample) / 44_100.0);
    let tone = |pitch: f64, sample: i32| (TAU * f64::from(sample) * pitch / 44_100.0).sin() * loudness(sample);
    let tones: Vec<[f64; 2]> = (0..count).map(|sample| [tone(500.0, sample), tone(590.0, sample)]).collect();
    let path = make(&out.path().join("a.wav"), &stereo(out.path(), 44_100, &tones));
    let pair = Pair::of(&path, out.path());
    let (rendition, audio) = audio(&pair.plan);
    let mut start = 0;
    for (index, window) in (0..).zip(&audio.windows) {
        let primed = if index == 0 { audio.priming_frames } else { 0 };
        let end = start + (window.frames - primed) as usize * 1024;
        let heard = hear(&alone(out.path(), rendition, index), "");
        // The first frame has none before it to overlap with.
        let from = start + 1024;
        for side in [0, 1] {
            let line = heard.timeline(side, 0.0);
            assert_eq!(line.len(), end, "segment {index} ends where the next begins");
            let differences = line[from..end].iter().zip(&pair.package[side][from..end]).map(|(a, b)| (a - b).abs());
            let most = differences.fold(0.0, f32::max);
            assert!(most < 0.0005, "segment {index} differs by {most}");
        }
        start = end;
    }
    assert_eq!(start, pair.package[0].len());
}

#[test]
fn there_are_as_many_frames_as_planned() {
    let out = folder();
    let input = stereo(out.path(), 44_100, &rich(44_100, 13.3));
    let path = make(&out.path().join("a.wav"), &input);
    let (plan, _) = package(&path, &ladder(4), out.path());
    let (rendition, audio) = audio(&plan);
    let frames = |path: &Path| {
        let counted = [
            "-v",
            "error",
            "-count_packets",
            "-show_entries",
            "stream=nb_read_packets",
            "-of",
            "csv=p=0",
            path.to_str().unwrap(),
        ];
        String::from_utf8(common::run("ffprobe", &counted).stdout).unwrap().trim().parse::<u32>().unwrap()
    };
    let planned: u32 = audio.windows.iter().map(|window| window.frames).sum();
    assert_eq!(planned, (13.3_f64 * 44_100.0 / 1024.0).ceil() as u32 + 1, "and one that primes decoders");
    assert_eq!(frames(&joined(out.path(), rendition)), planned);
    for (index, window) in (0..).zip(&audio.windows) {
        assert_eq!(frames(&alone(out.path(), rendition, index)), window.frames, "segment {index}");
    }
}
