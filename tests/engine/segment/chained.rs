//! Oggs that follow one another in a file, as recordings of web radio do: each as its own headers say.

use vodkit::Rational;

use super::clock::check_alone;
use vodkit_tests::packaged::Packaged;
use vodkit_tests::{folder, make, quick, tones};

/// Links, each by its tone, its milliseconds and how it is made: all of them come one after the other, to the sample.
fn check(name: &str, links: &[(u32, u32, &str)]) -> Packaged {
    let folder = folder();
    let link = |(number, (tone, length, coding)): (usize, &(u32, u32, &str))| {
        let rate = if coding.contains("-ar 44100") { 44_100 } else { 48_000 };
        let sound = format!("-f lavfi -i sine={tone}:r={rate}:d={}", f64::from(*length) / 1000.0);
        std::fs::read(make(&folder.path().join(format!("{number}.ogg")), &format!("{sound} {coding}"))).unwrap()
    };
    let path = folder.path().join("chain.ogg");
    std::fs::write(&path, links.iter().enumerate().flat_map(link).collect::<Vec<_>>()).unwrap();
    let packaged = Packaged::new(folder, path, &quick(&[64]).keyframe_seconds(1).segment_seconds(1));
    let whole: u32 = links.iter().map(|(_, length, _)| length).sum();
    assert_eq!(packaged.plan.duration(), Rational::new(whole.into(), 1000), "{name}");
    let samples = packaged.channel(0);
    let mut start = 0;
    for (number, (tone, length, coding)) in links.iter().enumerate() {
        let end = start + *length as usize * 48;
        let heard = &samples[start + 1200..end - 1200];
        // One channel of two that were made of one is 3 dB below it.
        let expected = if coding.contains("-ac 2") { 0.088 } else { 0.125 };
        let level = tones::level(heard, 48_000, f64::from(*tone));
        let pitch = tones::frequency(heard, 48_000);
        assert!((pitch - f64::from(*tone)).abs() < 2.0, "{name}: {pitch} Hz in link {number}, not {tone}");
        assert!((level / expected - 1.0).abs() < 0.2, "{name}: a level of {level} in link {number}");
        start = end;
    }
    check_alone(&packaged.source, &packaged.plan, &packaged.folder.path().join("out"), name);
    packaged
}

/// What is not the tone that begins with the first sample, in the loudest sample.
fn error(packaged: &Packaged, tone: f64, range: std::ops::Range<usize>) -> f64 {
    let start = range.start;
    let expected = |place: usize| ((place - start) as f64 * std::f64::consts::TAU * tone / 48_000.0).sin() * 0.125;
    let samples = packaged.channel(0);
    let near = range.start + 1000..range.end - 1000;
    near.map(|place| (f64::from(samples[place]) - expected(place)).abs()).fold(0.0, f64::max)
}

#[test]
fn links_of_other_qualities_and_rates_are_as_they_were_made() {
    let packaged = check(
        "vorbis",
        &[
            (500, 2000, "-c:a libvorbis -q:a 0"),
            (800, 2000, "-c:a libvorbis -q:a 8"),
            (600, 1000, "-c:a libvorbis -q:a 4 -ar 44100"),
            (700, 1000, "-c:a libvorbis -q:a 4"),
        ],
    );
    let error = error(&packaged, 700.0, 240_000..288_000);
    assert!(error < 0.03, "the last tone is off by {error}");
}

#[test]
fn links_of_other_channels_are_as_they_were_made() {
    check(
        "vorbis",
        &[(500, 1000, "-c:a libvorbis"), (800, 1000, "-c:a libvorbis -ac 2"), (600, 1000, "-c:a libvorbis")],
    );
    check("opus", &[(500, 1000, "-c:a libopus"), (800, 1000, "-c:a libopus -ac 2"), (600, 1000, "-c:a libopus")]);
}

#[test]
fn links_of_flac_with_other_rates_and_depths_are_as_they_were_made() {
    let flac = "-c:a flac -f ogg";
    check(
        "flac",
        &[
            (500, 1000, flac),
            (800, 1000, "-c:a flac -f ogg -ar 44100 -frame_size 8192"),
            (600, 1000, "-c:a flac -f ogg -sample_fmt s32 -frame_size 8192"),
        ],
    );
}

/// Shorter than what clocks may wobble.
#[test]
fn short_links_come_one_after_the_other() {
    for coding in ["-c:a libvorbis", "-c:a libopus", "-c:a flac -f ogg"] {
        let links = [(500, 300, coding), (800, 200, coding), (500, 100, coding), (800, 300, coding)];
        let packaged = check(coding, &links);
        let error = error(&packaged, 800.0, 28_800..43_200);
        assert!(error < 0.04, "{coding}: the last tone is off by {error}");
    }
}

/// FFmpeg takes its first packet for sound.
#[test]
fn vorbis_of_one_page_has_all_its_samples() {
    for length in [100, 300, 700] {
        let packaged = check("vorbis", &[(500, length, "-c:a libvorbis")]);
        let error = error(&packaged, 500.0, 0..length as usize * 48);
        assert!(error < 0.03, "{length} ms: the tone is off by {error}");
    }
}
