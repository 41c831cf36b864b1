//! Sound: segments join without a seam, nothing moves, gaps and missing ends are silence of the right length.

use std::f64::consts::TAU;
use std::path::Path;

use vodkit::plan::{AudioRendition, Rendition};
use vodkit::{Ladder, Plan, Rational};

use vodkit_tests as common;
use vodkit_tests::flash::{alone, hear, mean, rich, stereo, worst};
use vodkit_tests::tones::delay;
use vodkit_tests::{folder, joined, make, package, quick};

/// Samples before and behind a seam that are looked at.
const AROUND: usize = 1024;

/// Decibels that the mean at the seams may lie below the mean elsewhere. Measured: 0.3 at most. Without the
/// encoder's pre-roll it is 5 to 9, with a pre-roll of one frame 3 to 6.
const WORSE_ON_AVERAGE: f64 = 2.0;

/// Decibels that the worst seam may lie below the worst place elsewhere. Measured: none lies below; without
/// the encoder's pre-roll 5 to 8.
const WORSE_AT_WORST: f64 = 3.0;

/// The pictures do not matter here. Shorter segments have more seams in less time.
fn ladder(segment_seconds: i64) -> Ladder {
    quick(&[64]).preset("superfast").segment_seconds(Rational::from(segment_seconds))
}

/// The sound of a source and of its package on the presentation's time line, at the package's rate.
struct Pair {
    plan: Plan,
    source: [Vec<f32>; 2],
    package: [Vec<f32>; 2],
}

impl Pair {
    fn of(path: &Path, out: &Path) -> Self {
        Self::in_segments(4, path, out)
    }

    fn in_segments(seconds: i64, path: &Path, out: &Path) -> Self {
        let (plan, _) = package(path, &ladder(seconds), out);
        let (rendition, audio) = audio(&plan);
        let (rate, origin) = (audio.sample_rate, plan.origin().to_f64());
        let resample = if rate == audio.source_sample_rate { String::new() } else { format!("-af aresample={rate}") };
        let (source, package) = (hear(path, &resample), hear(&joined(out, rendition), ""));
        assert!((source.channels, package.channels) == (2, 2), "stereo stays stereo");
        let lines = [0, 1].map(|side| (source.timeline(side, origin), package.timeline(side, 0.0)));
        let [(a, b), (c, d)] = lines;
        Self { plan, source: [a, c], package: [b, d] }
    }

    /// How far source and package are apart at most, on the left.
    fn apart(&self, range: std::ops::Range<usize>) -> f32 {
        let differences = self.source[0][range.clone()].iter().zip(&self.package[0][range]).map(|(a, b)| (a - b).abs());
        differences.fold(0.0, f32::max)
    }

    fn rate(&self) -> usize {
        audio(&self.plan).1.sample_rate as usize
    }

    /// The samples at which segments but the first begin.
    fn seams(&self) -> Vec<usize> {
        let windows = &audio(&self.plan).1.windows;
        let ends = windows.iter().scan(0, |end, window| {
            *end += window.frames as usize * 1024;
            Some(*end)
        });
        ends.take(windows.len() - 1).collect()
    }

    /// How many samples later the package has what the source has around `at`.
    fn delay(&self, at: usize) -> i64 {
        delay(&self.source, &self.package, at - AROUND..at + AROUND, 1200)
    }

    /// Signal over error in decibels around a sample, both sides together.
    fn ratio(&self, at: usize, delay: i64) -> f64 {
        let (mut signal, mut error) = (1e-9, 1e-9);
        for (source, package) in self.source.iter().zip(&self.package) {
            let source = &source[at - AROUND..at + AROUND];
            let package = &package[(at as i64 + delay) as usize - AROUND..][..2 * AROUND];
            for (a, b) in source.iter().zip(package) {
                signal += f64::from(a * a);
                error += f64::from((a - b) * (a - b));
            }
        }
        10.0 * (signal / error).log10()
    }

    fn loudness(&self, from: f64, to: f64) -> f64 {
        let range = (from * self.rate() as f64) as usize..(to * self.rate() as f64) as usize;
        let squares =
            self.package.iter().flat_map(|side| &side[range.clone()]).map(|sample| f64::from(sample * sample));
        (squares.sum::<f64>() / (2 * range.len()) as f64).sqrt()
    }
}

fn audio(plan: &Plan) -> (&Rendition, &AudioRendition) {
    plan.audios().next().expect("an audio rendition")
}

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

/// Pictures of `seconds` at 25 frames per second, as ffmpeg's input.
fn pictures(seconds: u32) -> String {
    format!("-f lavfi -i color=gray:size=64x64:rate=25:duration={seconds}")
}

const WITH_PICTURES: &str = "-c:v libx264 -preset ultrafast -pix_fmt yuv420p";

/// The sound around each of these times (in seconds) is there, and where it was.
fn in_place(name: &str, pair: &Pair, times: &[f64], delay: i64) {
    for time in times {
        let at = (time * pair.rate() as f64) as usize;
        let (found, ratio) = (pair.delay(at), pair.ratio(at, pair.delay(at)));
        eprintln!("{name}: at {time} s delay {found}, {ratio:.1} dB");
        assert!(found.abs() <= delay && ratio > 12.0, "{name}: at {time} s delay {found}, {ratio:.1} dB");
    }
}

fn silent(name: &str, pair: &Pair, from: f64, to: f64) {
    let loudness = pair.loudness(from, to);
    eprintln!("{name}: {from} to {to} s: loudness {loudness}");
    assert!(loudness < 0.001, "{name}: {from} to {to} s should be silent, but are {loudness}");
}

/// Two pieces of five seconds, the second 1.25 seconds behind the end of the first.
fn keeps_a_gap(name: &str, rate: usize, arguments: &str, delay: i64) {
    let out = folder();
    let input = stereo(out.path(), rate, &rich(rate, 5.0));
    let piece = make(&out.path().join(format!("piece-{name}")), &format!("{input} {arguments}"));
    let list = out.path().join("list.txt");
    let piece = piece.display();
    std::fs::write(&list, format!("file {piece}\nduration 6.25\nfile {piece}\n")).unwrap();
    let path = make(&out.path().join(name), &format!("-f concat -safe 0 -i {} -c copy", list.display()));
    let pair = Pair::of(&path, out.path());
    in_place(name, &pair, &[1.0, 4.0, 4.8, 6.5, 8.0, 11.0], delay);
    silent(name, &pair, 5.1, 6.15);
}

#[test]
fn a_gap_in_mkv_with_pcm_is_silent() {
    keeps_a_gap("a.mkv", 48_000, "-c:a pcm_s16le", 48);
}

#[test]
fn a_gap_in_mkv_with_aac_is_silent() {
    keeps_a_gap("a.mkv", 44_100, "-c:a aac", 44);
}

#[test]
fn a_gap_in_mp4_with_aac_is_silent() {
    keeps_a_gap("a.mp4", 48_000, "-c:a aac", 0);
}

#[test]
fn a_gap_in_mpegts_is_silent() {
    keeps_a_gap("a.ts", 44_100, "-c:a aac", 44);
}

#[test]
fn a_gap_in_resampled_sound_is_silent() {
    keeps_a_gap("a.mkv", 32_000, "-c:a pcm_s16le", 48);
}

/// A frame of 21 ms that is lost is little, but what follows must not come 21 ms early for it.
fn keeps_its_place_behind_a_lost_frame(name: &str, delay: i64) {
    let out = folder();
    let input = stereo(out.path(), 48_000, &rich(48_000, 11.0));
    let whole = make(&out.path().join(format!("whole-{name}")), &format!("{input} -c:a aac"));
    let path = make(&out.path().join(name), &format!("-i {} -c copy -bsf:a noise=drop='eq(n\\,100)'", whole.display()));
    let pair = Pair::of(&path, out.path());
    in_place(name, &pair, &[1.0, 2.5, 5.0, 9.0], delay);
}

#[test]
fn a_lost_frame_in_mkv_moves_nothing() {
    keeps_its_place_behind_a_lost_frame("a.mkv", 48);
}

#[test]
fn a_lost_frame_in_mpegts_moves_nothing() {
    keeps_its_place_behind_a_lost_frame("a.ts", 48);
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

#[test]
fn sound_shorter_than_the_pictures_ends_in_silence() {
    let out = folder();
    let input = stereo(out.path(), 48_000, &rich(48_000, 5.0));
    let path = make(&out.path().join("a.mov"), &format!("{} {input} {WITH_PICTURES} -c:a pcm_s16le", pictures(13)));
    let pair = Pair::of(&path, out.path());
    let (rendition, audio) = audio(&pair.plan);
    assert_eq!(rendition.segment_count, 3, "as many as the pictures have");
    assert_eq!(rendition.segment_durations().iter().sum::<u64>(), 13 * 48_000, "to the sample");
    let frames: u32 = audio.windows.iter().map(|window| window.frames).sum();
    assert_eq!(frames, (13 * 48_000_u32).div_ceil(1024), "to the pictures' end");
    in_place("short sound", &pair, &[1.0, 4.0, 4.8], 0);
    silent("short sound", &pair, 5.1, 13.0);
}

#[test]
fn sound_longer_than_the_pictures_has_further_segments() {
    let out = folder();
    let input = stereo(out.path(), 48_000, &rich(48_000, 13.0));
    let path = make(&out.path().join("a.mov"), &format!("{} {input} {WITH_PICTURES} -c:a pcm_s16le", pictures(5)));
    let pair = Pair::of(&path, out.path());
    let video = pair.plan.videos().next().unwrap().0;
    assert_eq!((video.segment_count, audio(&pair.plan).0.segment_count), (1, 3));
    in_place("long sound", &pair, &[1.0, 4.0, 8.0, 12.5], 0);
}

#[test]
fn sound_that_begins_late_is_silent_before() {
    let out = folder();
    let input = stereo(out.path(), 48_000, &rich(48_000, 9.0));
    let path = make(
        &out.path().join("a.mov"),
        &format!("{} {input} {WITH_PICTURES} -c:a pcm_s16le -af asetpts=PTS+2.345/TB", pictures(11)),
    );
    let pair = Pair::of(&path, out.path());
    silent("late sound", &pair, 0.0, 2.3);
    in_place("late sound", &pair, &[2.6, 5.0, 8.0, 10.5], 0);
}

/// Sound alone has a frame that primes decoders before the first that is presented, and is exact from its first sample on.
#[test]
fn sound_alone_is_there_from_its_first_sample_on() {
    let out = folder();
    let pair = Pair::of(&make(&out.path().join("a.wav"), &loud_at_once(out.path())), out.path());
    assert!(pair.apart(0..48_000) < 0.02, "{}", pair.apart(0..48_000));
}

/// Beside pictures a frame that primes would be out of step with them in players that heed no edit list. The first frame of
/// AAC has then none before it to overlap with, so that what is loud at once fades in. Nothing moves, and from the second
/// frame on all is there.
#[test]
fn what_is_loud_at_once_beside_pictures_fades_in_within_a_frame() {
    let out = folder();
    let input = loud_at_once(out.path()) + " -f lavfi -i testsrc2=s=64x64:r=25:d=5 -c:v ffv1 -c:a pcm_f32le";
    let pair = Pair::of(&make(&out.path().join("a.mkv"), &input), out.path());
    let late = pair.apart(1024..48_000);
    assert!(late < 0.02, "{late} from the second frame on");
    assert!(pair.apart(896..1024) < 0.1, "{} at the end of the first", pair.apart(896..1024));
    assert!(pair.package[0][..1200].iter().all(|sample| sample.abs() < 0.45), "nothing is louder than it was");
}

/// Five seconds of a tone that begins with its full level.
fn loud_at_once(folder: &Path) -> String {
    let tone = |sample: i32| (TAU * f64::from(sample) * 500.0 / 48_000.0).sin() * 0.4;
    let tones: Vec<[f64; 2]> = (0..5 * 48_000).map(|sample| [tone(sample), tone(sample)]).collect();
    stereo(folder, 48_000, &tones)
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
