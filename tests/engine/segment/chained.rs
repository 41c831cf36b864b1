//! Oggs that follow one another in a file, as recordings of web radio do: each as its own headers say.

use vodkit::Rational;

use super::clock::{change, check_alone, ladder};
use vodkit_tests::packaged::Packaged;
use vodkit_tests::{folder, joined, make, package, quick, run, samples, source, tones};

/// Links, each by its tone, its milliseconds and how it is made: all of them come one after the other, to the sample.
fn check(name: &str, links: &[(u32, u32, &str)]) -> Packaged {
    let folder = folder();
    let link = |(number, (tone, length, coding)): (usize, &(u32, u32, &str))| {
        let rate = coding.split_once("-ar ").map_or("48000", |(_, rate)| rate.split(' ').next().unwrap());
        let sound = format!("-f lavfi -i sine={tone}:r={rate}:d={}", f64::from(*length) / 1000.0);
        std::fs::read(make(&folder.path().join(format!("{number}.ogg")), &format!("{sound} {coding}"))).unwrap()
    };
    let path = folder.path().join("chain.ogg");
    std::fs::write(&path, links.iter().enumerate().flat_map(link).collect::<Vec<_>>()).unwrap();
    let packaged = Packaged::new(folder, path, &quick(&[64]).keyframe_seconds(1).segment_seconds(1));
    let whole: u32 = links.iter().map(|(_, length, _)| length).sum();
    assert_eq!(packaged.plan.duration(), Rational::new(whole.into(), 1000), "{name}");
    let (samples, rate) = (packaged.channel(0), packaged.audio().1.sample_rate);
    let mut start = 0;
    for (number, (tone, length, coding)) in links.iter().enumerate() {
        let end = start + (length * rate / 1000) as usize;
        // Shorter ones have no middle to measure.
        let margin = if *length > 80 { 1200 } else { 0 };
        let heard = &samples[start + margin..end - margin];
        // One channel of two that were made of one is 3 dB below it.
        let expected = if coding.contains("-ac 2") { 0.088 } else { 0.125 };
        let level = tones::level(heard, rate, f64::from(*tone));
        let pitch = tones::frequency(heard, rate);
        let is_right = margin == 0 || (pitch - f64::from(*tone)).abs() < 2.0;
        assert!(is_right, "{name}: {pitch} Hz in link {number}, not {tone}");
        assert!(margin == 0 || (level / expected - 1.0).abs() < 0.2, "{name}: a level of {level} in link {number}");
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
    // What encoders of AAC make of a sudden beginning is no fault of its source.
    let near = range.start + 1000..range.end.saturating_sub(1000);
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

/// A later link may have blocks of another length, and none that FFmpeg could set its times by but the last page.
#[test]
fn links_of_one_page_have_the_rate_and_the_length_of_their_own() {
    let vorbis = ["-c:a libvorbis -ar 44100", "-c:a libvorbis -ar 8000", "-c:a libvorbis -ar 16000"];
    for second in [500, 100, 20] {
        check("vorbis", &[(500, 1000, vorbis[0]), (900, second, vorbis[1])]);
    }
    check("vorbis", &[(500, 300, vorbis[1]), (900, 500, vorbis[0]), (700, 1100, vorbis[2]), (600, 50, vorbis[0])]);
    let flac = ["-c:a flac -f ogg -ar 8000", "-c:a flac -f ogg"];
    check("flac", &[(500, 100, flac[0]), (900, 100, flac[1]), (700, 200, flac[0])]);
}

/// Their headers are no sound.
#[test]
fn links_of_speex_come_one_after_the_other() {
    let folder = folder();
    let link = |name: &str, rate: u32| {
        let path = folder.path().join(name);
        let sound = format!("sine=500:r={rate}:d=1");
        run("ffmpeg", &["-v", "error", "-f", "lavfi", "-i", &sound, "-c:a", "libspeex", path.to_str().unwrap()]);
        std::fs::read(path).unwrap()
    };
    let bytes = [link("a.ogg", 8000), link("b.ogg", 16_000), link("c.ogg", 32_000)].concat();
    let plan = vodkit::plan(&vodkit::Source::bytes(bytes), &quick(&[64])).unwrap();
    // What an encoder adds before and leaves out behind is no more than a frame of 20 ms in each.
    assert!((plan.duration().to_f64() - 3.0).abs() < 0.06, "{} s", plan.duration().to_f64());
}

/// FFmpeg takes its first packet for sound.
#[test]
fn vorbis_of_one_page_has_all_its_samples() {
    for length in [5, 60, 100, 300, 700] {
        let packaged = check("vorbis", &[(500, length, "-c:a libvorbis")]);
        let error = error(&packaged, 500.0, 0..length as usize * 48);
        assert!(error < 0.03, "{length} ms: the tone is off by {error}");
    }
}

/// Its last block is a long one, of which little is left.
#[test]
fn vorbis_that_ends_within_a_long_block_ends_there() {
    let folder = folder();
    let arguments =
        "-f lavfi -i aevalsrc='0.125*sin(2*PI*500*t)+0.5*lt(mod(t\\,0.7)\\,0.001)':s=48000:d=0.8 -c:a libvorbis";
    let path = make(&folder.path().join("a.ogg"), arguments);
    let mut bytes = std::fs::read(&path).unwrap();
    let page = bytes.windows(4).rposition(|found| found == b"OggS").unwrap();
    for end in [38_400_u64, 38_300, 37_900, 37_000, 33_700] {
        bytes[page + 6..page + 14].copy_from_slice(&end.to_le_bytes());
        bytes[page + 22..page + 26].fill(0);
        let checksum = bytes[page..].iter().fold(0_u32, |sum, byte| {
            (0..8).fold(sum ^ u32::from(*byte) << 24, |sum, _| sum << 1 ^ if sum >> 31 == 1 { 0x04c1_1db7 } else { 0 })
        });
        bytes[page + 22..page + 26].copy_from_slice(&checksum.to_le_bytes());
        std::fs::write(&path, &bytes).unwrap();
        let plan = vodkit::plan(&source(&path), &quick(&[64])).unwrap();
        assert_eq!(plan.duration(), Rational::new(end as i64, 48_000));
    }
}

/// A chain of two links, 1 s and 2 s: each is played, one after the other, in any order of making.
fn check_chain(codec: &str) {
    let folder = folder();
    let link = |name: &str, tone: u32, seconds: u32| {
        let arguments = format!("-f lavfi -i sine={tone}:d={seconds}:r=48000 {codec}");
        std::fs::read(make(&folder.path().join(name), &arguments)).unwrap()
    };
    let path = folder.path().join("chain.ogg");
    std::fs::write(&path, [link("a.ogg", 440, 1), link("b.ogg", 880, 2)].concat()).unwrap();
    let out = folder.path().join("out");
    let (plan, _) = package(&path, &ladder(), &out);
    assert!((plan.duration().to_f64() - 3.0).abs() < 0.03, "{}", plan.duration());
    let (audio, _) = plan.audios().next().unwrap();
    let sound = samples(&joined(&out, audio));
    assert!((change(&sound) - 1.0).abs() < 0.02, "the tone changes at {}", change(&sound));
    for (range, tone) in [(4800..45_600, 440.0), (50_400..139_200, 880.0)] {
        let level = tones::level(&sound[range], 48_000, tone);
        assert!((0.12..0.13).contains(&level), "{tone} Hz at {level}");
    }
    for index in (0..audio.segment_count).rev() {
        let alone = vodkit::segment(&source(&path), &plan, &audio.id, index).unwrap();
        assert!(alone == std::fs::read(out.join(audio.segment_key(index))).unwrap(), "segment {index} made alone");
    }
}

/// What each link leaves out at its beginning is left out, and the tone goes on without it: four links of a second, whose
/// tones fit each other, are four seconds of one tone, to the sample.
#[test]
fn what_each_opus_of_a_chain_leaves_out_is_left_out() {
    let folder = folder();
    let arguments = "-f lavfi -i sine=440:d=1:r=48000 -c:a libopus -b:a 128k";
    let link = std::fs::read(make(&folder.path().join("link.ogg"), arguments)).unwrap();
    let path = folder.path().join("chain.ogg");
    std::fs::write(&path, link.repeat(4)).unwrap();
    let out = folder.path().join("out");
    let (plan, _) = package(&path, &ladder(), &out);
    assert_eq!(plan.duration(), Rational::from(4));
    let (audio, _) = plan.audios().next().unwrap();
    let sound = samples(&joined(&out, audio));
    let tone = |sample: usize| (std::f64::consts::TAU * 440.0 * sample as f64 / 48_000.0).sin() * 0.125;
    let apart = |(sample, found): (usize, &f32)| (f64::from(*found) - tone(sample)).abs();
    let is_inside = |sample: usize| (2400..45_600).contains(&(sample % 48_000));
    let worst = sound.iter().enumerate().take(192_000).filter(|(sample, _)| is_inside(*sample)).map(apart);
    let worst = worst.fold(0.0, f64::max);
    assert!(worst < 0.03, "the tone is off by {worst}");
}

/// The second link has headers, which FFmpeg gives as packets that last as long as it takes their bytes for.
#[test]
fn headers_within_a_chain_last_no_time() {
    let folder = folder();
    for codec in ["flac", "libopus", "libvorbis"] {
        let arguments = format!("-f lavfi -i sine=440:d=3:r=48000 -c:a {codec}");
        let link = std::fs::read(make(&folder.path().join("link.ogg"), &arguments)).unwrap();
        let plan = vodkit::plan(&vodkit::Source::bytes([link.clone(), link].concat()), &ladder()).unwrap();
        assert!((plan.duration().to_f64() - 6.0).abs() < 0.01, "{codec}: {} s", plan.duration().to_f64());
    }
}

#[test]
fn a_chain_of_opus_in_ogg() {
    check_chain("-c:a libopus");
}

#[test]
fn a_chain_of_flac_in_ogg() {
    check_chain("-c:a flac");
}

#[test]
fn a_chain_of_vorbis_in_ogg() {
    check_chain("-c:a libvorbis");
}
