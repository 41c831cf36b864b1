//! Files that were put one after the other: those without a container, and parts that have the clock of the one before.

use std::path::{Path, PathBuf};

use vodkit::Rational;

use vodkit_tests::packaged::Packaged;
use vodkit_tests::{folder, make, numbered, quick, source, tones};

/// Three seconds of one tone, then two of another, at these rates; joined.
fn parts(folder: &Path, extension: &str, [(first, high), (second, higher)]: [(u32, &str); 2]) -> PathBuf {
    let part =
        |name: &str, arguments: String| std::fs::read(make(&folder.join(format!("{name}.{extension}")), &arguments));
    let one = part("one", format!("-f lavfi -i sine=500:d=3:r={first} {high}")).unwrap();
    let other = part("other", format!("-f lavfi -i sine=800:d=2:r={second} {higher}")).unwrap();
    let joined = folder.join(format!("joined.{extension}"));
    std::fs::write(&joined, [one, other].concat()).unwrap();
    joined
}

fn packaged(extension: &str, kinds: [(u32, &str); 2]) -> Packaged {
    let folder = folder();
    let path = parts(folder.path(), extension, kinds);
    Packaged::new(folder, path, &quick(&[64]).segment_seconds(2))
}

/// Both tones, the second `late` seconds late at most.
fn assert_both(packaged: &Packaged, late: f64) {
    let (samples, rate) = (packaged.channel(0), packaged.audio().1.sample_rate);
    let place = |time: f64| (time * f64::from(rate)) as usize;
    for (from, to, pitch) in [(0.1, 2.9, 500.0), (3.0 + late, 4.0, 800.0), (4.0, 4.9, 800.0)] {
        let heard = tones::frequency(&samples[place(from)..place(to)], rate);
        assert!((heard - pitch).abs() < 1.0, "{heard} Hz from {from} s on, not {pitch}");
    }
}

#[test]
fn joined_flac_is_heard_to_its_end() {
    for kinds in [
        [(48_000, "-c:a flac"), (48_000, "-c:a flac -frame_size 1152")],
        [(48_000, "-c:a flac"), (44_100, "-c:a flac")],
    ] {
        let packaged = packaged("flac", kinds);
        assert_eq!(packaged.plan.duration(), Rational::from(5), "{kinds:?}");
        assert_both(&packaged, 0.01);
        let (samples, rate) = (packaged.channel(0), packaged.audio().1.sample_rate as usize);
        let seam = &samples[3 * rate - rate / 100..3 * rate + rate / 100];
        let mean = seam.iter().map(|sample| sample * sample).sum::<f32>() / seam.len() as f32;
        assert!(mean.sqrt() > 0.06, "a gap of sound of {} between the files", mean.sqrt());
    }
}

/// As what was written to a pipe, whose length was not known.
#[test]
fn joined_flac_without_a_length_is_heard_to_its_end() {
    let folder = folder();
    let path = parts(folder.path(), "flac", [(48_000, "-c:a flac"); 2]);
    let mut bytes = std::fs::read(&path).unwrap();
    let begins: Vec<usize> = (0..bytes.len()).filter(|place| bytes[*place..].starts_with(b"fLaC\0\0\0\x22")).collect();
    assert_eq!(begins.len(), 2);
    for place in begins {
        bytes[place + 21] &= 0xf0;
        bytes[place + 22..place + 26].fill(0);
    }
    std::fs::write(&path, bytes).unwrap();
    let packaged = Packaged::new(folder, path, &quick(&[64]).segment_seconds(2));
    assert_eq!(packaged.plan.duration(), Rational::from(5));
    assert_both(&packaged, 0.01);
}

#[test]
fn four_joined_flacs_are_heard_to_their_end() {
    let folder = folder();
    let one = std::fs::read(make(&folder.path().join("one.flac"), "-f lavfi -i sine=500:d=2:r=48000")).unwrap();
    // Shorter than what a decoder looks ahead.
    let short = std::fs::read(make(&folder.path().join("short.flac"), "-f lavfi -i sine=800:d=0.1:r=48000")).unwrap();
    let path = folder.path().join("joined.flac");
    std::fs::write(&path, [&one[..], &short, &one, &one].concat()).unwrap();
    let packaged = Packaged::new(folder, path, &quick(&[64]).segment_seconds(2));
    assert_eq!(packaged.plan.duration(), Rational::new(61, 10));
    let samples = packaged.channel(0);
    for (from, to, pitch) in [(0.1, 1.9, 500.0), (2.02, 2.08, 800.0), (2.2, 4.0, 500.0), (4.2, 6.0, 500.0)] {
        let heard = tones::frequency(&samples[(from * 48e3) as usize..(to * 48e3) as usize], 48_000);
        assert!((heard - pitch).abs() < 8.0, "{heard} Hz from {from} s on, not {pitch}");
    }
}

/// Their second parts begin with what encoders put before the sound, as players play it.
#[test]
fn joined_adts_mp2_and_ac3_are_heard_to_their_end() {
    for (extension, coding) in [("aac", "-c:a aac"), ("mp2", "-c:a mp2"), ("ac3", "-c:a ac3")] {
        let packaged = packaged(extension, [(48_000, coding); 2]);
        let seconds = packaged.plan.duration().to_f64();
        assert!((4.99..5.16).contains(&seconds), "{extension}: {seconds} s");
        assert_both(&packaged, 0.16);
    }
}

/// The second states how long it is alone. Its first frame refers to one that is not there, which is told.
#[test]
fn joined_mp3_is_as_long_as_both() {
    let folder = folder();
    let path = parts(folder.path(), "mp3", [(48_000, "-c:a libmp3lame"); 2]);
    let seconds = vodkit::plan(&source(&path), &quick(&[64])).unwrap().duration().to_f64();
    assert!((4.99..5.16).contains(&seconds), "{seconds} s");
}

#[test]
fn joined_h264_is_seen_to_its_end() {
    let folder = folder();
    let one = numbered::write(&folder.path().join("a.h264"), "25", 50, "-c:v libx264 -preset ultrafast -bf 2 -g 25");
    let bytes = std::fs::read(one).unwrap();
    let path = folder.path().join("joined.h264");
    std::fs::write(&path, [&bytes[..], &bytes].concat()).unwrap();
    let packaged = Packaged::new(folder, path, &quick(&[96]).segment_seconds(2));
    let numbers = numbered::numbers(&packaged.file(packaged.plan.videos().next().unwrap().0));
    assert_eq!(numbers, [numbered::sequence(0, 50), numbered::sequence(0, 50)].concat());
}

/// As voice recorders and messengers write it.
#[test]
fn joined_amr_is_heard_to_its_end() {
    for coding in ["-ar 8000 -c:a libopencore_amrnb -b:a 12.2k", "-ar 8000 -c:a libopencore_amrnb -b:a 4.75k"] {
        let packaged = packaged("amr", [(8_000, coding); 2]);
        // The encoder adds what it needs to see ahead: a frame of 20 ms to each.
        let seconds = packaged.plan.duration().to_f64();
        assert!((5.0..5.05).contains(&seconds), "{coding}: {seconds} s");
        assert_both(&packaged, 0.05);
    }
}

/// The first was cut off within a frame, of which no more than that frame is lost.
#[test]
fn joined_amr_of_which_one_is_cut_off_goes_on() {
    let folder = folder();
    let arguments = "-f lavfi -i sine=500:d=2:r=8000 -c:a libopencore_amrnb -b:a 12.2k";
    let whole = std::fs::read(make(&folder.path().join("one.amr"), arguments)).unwrap();
    let path = folder.path().join("joined.amr");
    std::fs::write(&path, [&whole[..whole.len() - 9], &whole, &whole].concat()).unwrap();
    let plan = vodkit::plan(&source(&path), &quick(&[64])).unwrap();
    let frames = (whole.len() as i64 - 6) / 32;
    assert_eq!(plan.duration(), Rational::new((3 * frames - 1) * 20, 1000));
}

#[test]
fn joined_wav_and_aiff_are_heard_to_their_end() {
    for (extension, coding) in [
        ("wav", "-c:a pcm_s16le"),
        ("wav", "-c:a pcm_u8"),
        ("wav", "-c:a pcm_s24le -ac 2"),
        ("aiff", "-c:a pcm_s16be"),
        ("aiff", "-c:a pcm_s24be -ac 2"),
    ] {
        // The second with tags that the first does not have.
        let packaged = packaged(extension, [(48_000, coding), (48_000, &format!("{coding} -metadata title=Two"))]);
        assert_eq!(packaged.plan.duration(), Rational::from(5), "{extension} {coding}");
        assert_eq!(packaged.plan.warnings(), [], "{extension} {coding}");
        assert_both(&packaged, 0.01);
    }
}

/// FFmpeg 7.1 does not see that it is FLAC.
#[test]
fn flac_behind_two_tags_is_played() {
    let folder = folder();
    let flac = std::fs::read(make(&folder.path().join("a.flac"), "-f lavfi -i sine=500:d=3:r=48000")).unwrap();
    let tag = [b"ID3\x03\0\0\0\0\0\x1e", &b"TIT2\0\0\0\x14\0\0\0"[..], &[b'a'; 19]].concat();
    let path = folder.path().join("tagged.flac");
    std::fs::write(&path, [&tag[..], &tag, &flac].concat()).unwrap();
    let packaged = Packaged::new(folder, path, &quick(&[64]).segment_seconds(2));
    assert_eq!(packaged.plan.duration(), Rational::from(3));
    let heard = tones::frequency(&packaged.channel(0)[4_800..139_000], 48_000);
    assert!((heard - 500.0).abs() < 0.1, "{heard} Hz");
}

/// As of segments that were downloaded and put one after the other, of which each has its own clock.
#[test]
fn parts_of_one_length_whose_sound_is_longer_stay_in_step() {
    let folder = folder();
    let beep = "aevalsrc='if(between(t,1,1.2),0.4*sin(6283*t),0)':s=48000:d=2.05";
    let arguments = format!(
        "-f lavfi -i testsrc2=s=128x96:r=25:d=2 -f lavfi -i {beep} -c:v libx264 -preset ultrafast -pix_fmt yuv420p -c:a aac"
    );
    let bytes = std::fs::read(make(&folder.path().join("part.ts"), &arguments)).unwrap();
    let path = folder.path().join("a.ts");
    std::fs::write(&path, bytes.repeat(3)).unwrap();
    let packaged = Packaged::new(folder, path, &quick(&[96]));
    let sound = packaged.channel(0);
    let late = tones::onset(&sound, 48_000) - 1.0;
    for seconds in [3.0, 5.0] {
        let from = ((seconds - 0.5) * 48_000.0) as usize;
        let beep = tones::onset(&sound[from..], 48_000) + from as f64 / 48_000.0;
        assert!(
            (beep - late - seconds).abs() < 0.005,
            "the beep at {seconds} s comes at {beep}, the first {late} late"
        );
    }
}

/// As telephones write them: with a map of the light between, or with Samsung's names around the video.
#[test]
fn the_video_behind_a_photo_is_played() {
    let (before, after) = (&b"\0\0\x30\x0a\x10\0\0\0MotionPhoto_Data"[..], &b"SEFH\x6a\0\0\0SEFT"[..]);
    let folder = folder();
    let read = |name: &str, arguments: &str| {
        std::fs::read(make(
            &folder.path().join(name),
            &format!("-f lavfi -i testsrc2=s=640x480 -frames:v 1 {arguments}"),
        ))
        .unwrap()
    };
    let (photo, map) = (read("photo.jpg", "-q:v 2"), read("map.jpg", "-vf scale=160:120,format=gray -q:v 2"));
    let arguments = "-pix_fmt yuv420p -c:v libx264 -preset ultrafast -g 25";
    let video = std::fs::read(numbered::write(&folder.path().join("a.mp4"), "25", 60, arguments)).unwrap();
    let empty = &[][..];
    for (map, before, after) in [(empty, empty, empty), (&map, empty, empty), (empty, before, after)] {
        let folder = vodkit_tests::folder();
        let path = folder.path().join("a.jpg");
        std::fs::write(&path, [&photo, map, before, &video, after].concat()).unwrap();
        let packaged = Packaged::new(folder, path, &quick(&[144]).segment_seconds(2));
        let shown = numbered::numbers(&packaged.file(packaged.plan.videos().next().unwrap().0));
        assert_eq!(shown, numbered::sequence(0, 60));
    }
}
