//! Sound whose times do not tell where its samples lie, and sound that ends between two frames.

use std::f64::consts::TAU;
use std::path::Path;

use vodkit::{Ladder, Rational};

use vodkit_tests::packaged::Packaged;
use vodkit_tests::{ffprobe, folder, make, opened, quick, source, tones};

const RATE: f64 = 48_000.0;

fn ladder() -> Ladder {
    quick(&[64]).segment_seconds(2)
}

fn packaged(name: &str, arguments: impl Fn(&Path) -> String) -> Packaged {
    let folder = folder();
    let source = make(&folder.path().join(name), &arguments(folder.path()));
    Packaged::new(folder, source, &ladder())
}

/// The largest difference from a tone of 440 Hz of this level that begins `late` samples late, over what `is_heard` lets
/// through.
fn error(packaged: &Packaged, level: f64, late: f64, is_heard: impl Fn(f64) -> bool) -> f64 {
    let tone = |sample: usize| (TAU * 440.0 * (sample as f64 - late) / RATE).sin() * level;
    let samples = packaged.channel(0).into_iter().enumerate().filter(|(number, _)| is_heard(*number as f64 / RATE));
    samples.map(|(number, sample)| (f64::from(sample) - tone(number)).abs()).fold(0.0, f64::max)
}

/// Sound with a loud click every 0.7 seconds, where Vorbis changes to short blocks; FFmpeg gives the first of them a time
/// that is 448 samples late.
#[test]
fn vorbis_has_no_clicks_where_its_blocks_change_length() {
    let packaged = packaged("a.ogg", |_| {
        "-f lavfi -i aevalsrc='0.2*sin(2*PI*440*t)+0.7*lt(mod(t,0.7),0.001)':s=48000:d=6 -c:a libvorbis -q:a 6".into()
    });
    let error = error(&packaged, 0.2, 0.0, |time| (0.1..0.6).contains(&(time % 0.7)) && time < 5.9);
    assert!(error < 0.03, "the tone is off by {error}");
}

/// The times of every eighth frame are right, those between up to 448 samples early.
#[test]
fn times_that_swing_and_come_back_move_nothing() {
    let packaged = packaged("a.mp4", |folder| {
        let steady = make(&folder.join("steady.mp4"), "-f lavfi -i sine=440:d=6:r=48000 -c:a aac");
        format!("-i {} -c copy -bsf:a setts=ts=TS-64*mod(N\\,8)", steady.display())
    });
    let error = error(&packaged, 0.125, 0.0, |time| (0.1..5.9).contains(&time));
    assert!(error < 0.02, "the tone is off by {error}");
    assert_eq!(packaged.plan.audios().next().unwrap().1.gaps.as_deref(), Some(&[][..]));
    assert_eq!(packaged.plan.duration(), Rational::new(6, 1));
}

/// Ten frames in a packet, of which the decoder leaves out two: the others lie before those of the second packet. An encoder is a
/// frame late, and the time of the second packet, 426.67 ms, is cut to 426.
#[test]
fn wma_whose_packets_have_several_frames_begins_where_it_is_due() {
    let packaged = packaged("a.mkv", |folder| {
        let steady = make(&folder.join("steady.wav"), "-f lavfi -i sine=440:d=6:r=48000 -c:a wmav2 -b:a 64k");
        format!("-max_size 3410 -i {} -c copy", steady.display())
    });
    let error = error(&packaged, 0.125, 2048.0 - 32.0, |time| (0.1..5.9).contains(&time));
    assert!(error < 0.02, "the tone is off by {error}");
    assert_eq!(packaged.plan.audios().next().unwrap().1.gaps.as_deref(), Some(&[][..]));
}

/// A beginning that is cut off within a frame: by less than the 5 ms that rounded times may be off.
#[test]
fn a_cut_within_the_first_frame_moves_nothing() {
    for cut in [1.003, 1.009] {
        let packaged = packaged("a.m4a", |folder| {
            let whole = make(&folder.join("whole.m4a"), "-f lavfi -i sine=440:d=6:r=48000 -c:a aac");
            format!("-ss {cut} -i {} -c copy", whole.display())
        });
        let error = error(&packaged, 0.125, -cut * RATE, |time| (0.1..4.8).contains(&time));
        assert!(error < 0.02, "the tone is off by {error} after {cut} s");
    }
}

/// Tones of exactly one second: what encoders put before and after them is no part of them.
#[test]
fn a_second_is_a_second() {
    for (name, arguments, rate) in [
        ("a.webm", "-c:a libopus", 48_000),
        ("b.opus", "-c:a libopus", 48_000),
        ("c.mp4", "-c:a libopus", 48_000),
        ("d.ogg", "-c:a libvorbis", 48_000),
        ("e.m4a", "-c:a aac", 48_000),
        ("f.mp3", "-c:a libmp3lame", 44_100),
        ("g.mkv", "-c:a libmp3lame", 44_100),
        ("h.mkv", "-c:a flac", 44_100),
    ] {
        let packaged = packaged(name, |_| format!("-f lavfi -i sine=440:d=1:r={rate} {arguments}"));
        assert_eq!(packaged.plan.duration(), Rational::from(1), "{name}");
        let out = packaged.folder.path().join("out");
        let file = packaged.folder.path().join("download.mp4");
        opened(&out).save_mp4(None, &file).unwrap();
        let durations = ffprobe(&file, "a:0", "packet=duration");
        let samples = durations.lines().filter_map(|line| line.split(',').next()?.parse::<u32>().ok());
        // A frame that primes decoders comes before, which the edit list cuts off.
        assert_eq!(samples.sum::<u32>(), 1024 + rate, "{name}");
        let report = vodkit_verify::verify(&out).unwrap();
        assert!(report.is_clean(), "{name}: {:?}", report.findings);
        let manifest = std::fs::read_to_string(out.join("manifest.mpd")).unwrap();
        assert!(manifest.contains("mediaPresentationDuration=\"PT1S\""), "{name}: {manifest}");
        if rate == 48_000 {
            let error = error(&packaged, 0.125, 0.0, |time| (0.05..0.95).contains(&time));
            assert!(error < 0.03, "{name}: the tone is off by {error}");
        }
    }
}

/// An MP3 that states a frame more of padding than it has, so that its last frame is none of the sound.
#[test]
fn padding_of_more_than_a_frame_is_cut_off() {
    let folder = folder();
    let path = make(&folder.path().join("a.mp3"), "-f lavfi -i sine=440:d=1:r=24000 -c:a libmp3lame");
    let mut bytes = std::fs::read(&path).unwrap();
    // Delay and padding, of 12 bits each, in LAME's part of the header.
    let place = bytes.windows(4).position(|found| matches!(found, b"Info" | b"Xing")).unwrap() + 141;
    let padding = u16::from_be_bytes([bytes[place + 1] & 15, bytes[place + 2]]) + 600;
    let [high, low] = padding.to_be_bytes();
    (bytes[place + 1], bytes[place + 2]) = (bytes[place + 1] & 0xf0 | high, low);
    std::fs::write(&path, bytes).unwrap();
    let packaged = Packaged::new(folder, path, &ladder());
    assert_eq!(packaged.plan.duration(), Rational::new(23_400, 24_000));
    let error = error(&packaged, 0.125, 0.0, |time| (0.05..0.95).contains(&time));
    assert!(error < 0.03, "the tone is off by {error}");
}

/// An Ogg whose last page ends 2000 samples earlier, so before its last packets begin.
#[test]
fn vorbis_that_ends_before_its_last_packets_ends_there() {
    let folder = folder();
    let path = make(&folder.path().join("a.ogg"), "-f lavfi -i sine=440:d=1:r=48000 -c:a libvorbis");
    let mut bytes = std::fs::read(&path).unwrap();
    let page = bytes.windows(4).rposition(|found| found == b"OggS").unwrap();
    let end = u64::from_le_bytes(bytes[page + 6..page + 14].try_into().unwrap());
    bytes[page + 6..page + 14].copy_from_slice(&(end - 2000).to_le_bytes());
    // The checksum is that of the page with none (RFC 3533 6).
    bytes[page + 22..page + 26].fill(0);
    let checksum = bytes[page..].iter().fold(0_u32, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte) << 24, |sum, _| sum << 1 ^ if sum >> 31 == 1 { 0x04c1_1db7 } else { 0 })
    });
    bytes[page + 22..page + 26].copy_from_slice(&checksum.to_le_bytes());
    std::fs::write(&path, bytes).unwrap();
    let packaged = Packaged::new(folder, path, &ladder());
    assert_eq!(packaged.plan.duration(), Rational::new(end as i64 - 2000, 48_000));
}

/// Formats of sound alone that have demuxers of their own, each with a tone of five seconds.
#[test]
fn rare_formats_of_sound_keep_length_and_level() {
    for (name, rate, encoder, most) in [
        ("a.au", 48_000, "pcm_s16be", 0),
        ("b.tta", 48_000, "tta", 0),
        ("c.wv", 48_000, "wavpack", 0),
        ("d.dts", 48_000, "dca -strict -2 -ac 2", 512),
        ("e.thd", 48_000, "truehd -strict -2 -ac 2", 0),
        ("f.loas", 48_000, "aac -f latm", 2048),
    ] {
        let packaged = packaged(name, |_| format!("-f lavfi -i sine=440:d=5:r={rate} -c:a {encoder}"));
        let samples = packaged.plan.duration() * Rational::from(rate) - Rational::from(5 * rate);
        assert!(samples >= Rational::ZERO && samples <= Rational::from(most), "{name}: {samples} samples too many");
        let level = tones::level(tones::middle(&packaged.channel(0)), 48_000, 440.0);
        // Two channels of one, as ffmpeg makes them, are each 3 dB below it.
        assert!((0.08..0.14).contains(&level), "{name}: a level of {level}");
    }
}

/// AC-3 and MP3 with what FFmpeg's muxer says is around them, in a track that FFmpeg 7.1 plays whole.
#[test]
fn caf_begins_and_ends_where_its_packet_table_says() {
    for (name, coding) in [("a.caf", "-c:a ac3"), ("b.caf", "-c:a libmp3lame"), ("c.caf", "-c:a alac")] {
        let packaged = packaged(name, |_| format!("-f lavfi -i sine=440:d=3:r=48000 {coding}"));
        assert_eq!(packaged.plan.duration(), Rational::from(3), "{name}");
        let error = error(&packaged, 0.125, 0.0, |time| (0.05..2.95).contains(&time));
        assert!(error < 0.03, "{name}: the tone is off by {error}");
    }
}

/// AAC-LC at 24 kHz whose configuration says that a decoder makes 48 kHz of it (ISO/IEC 14496-3 1.6.5): behind the configuration of
/// AAC-LC, where old decoders do not look, or in its place. Without its data a decoder doubles the rate, 962 samples late.
#[test]
fn he_aac_has_the_rate_and_the_start_that_it_decodes_to() {
    for (extension, configuration) in [
        ("m4a", [0x13, 0x08, 0x56, 0xe5, 0x98]),
        ("m4a", [0x2b, 0x09, 0x88, 0, 0]),
        ("mkv", [0x13, 0x08, 0x56, 0xe5, 0x98]),
        ("mkv", [0x2b, 0x09, 0x88, 0, 0]),
    ] {
        let folder = folder();
        let path =
            make(&folder.path().join("a").with_extension(extension), "-f lavfi -i sine=440:d=3:r=24000 -c:a aac");
        let mut bytes = std::fs::read(&path).unwrap();
        let plain = [0x13, 0x08, 0x56, 0xe5, 0];
        let place = bytes.windows(5).position(|found| found == plain).unwrap();
        bytes[place..place + 5].copy_from_slice(&configuration);
        std::fs::write(&path, bytes).unwrap();
        let packaged = Packaged::new(folder, path, &ladder());
        let name = format!("{extension} {configuration:x?}");
        assert_eq!(packaged.plan.audios().next().unwrap().1.source_sample_rate, 48_000, "{name}");
        // Matroska states its end in milliseconds, and no padding.
        let rest = packaged.plan.duration().to_f64() - 3.0;
        assert!((0.0..if extension == "mkv" { 0.043 } else { 1e-6 }).contains(&rest), "{name}: {rest} s too many");
        let error = error(&packaged, 0.125, 962.0, |time| (0.1..2.9).contains(&time));
        assert!(error < 0.03, "{name}: the tone is off by {error}");
    }
}

/// Blocks of ADPCM and GSM have a number of samples of their own, and the last one is filled up.
#[test]
fn a_wav_of_blocks_ends_where_it_says() {
    let folder = folder();
    for (name, coding, rate) in
        [("ima.wav", "adpcm_ima_wav", 22_050), ("ms.wav", "adpcm_ms", 44_100), ("ima.w64", "adpcm_ima_wav", 8000)]
    {
        let path = make(&folder.path().join(name), &format!("-f lavfi -i sine=500:r={rate}:d=3 -c:a {coding}"));
        let plan = vodkit::plan(&source(&path), &quick(&[64])).unwrap();
        assert_eq!(plan.duration(), Rational::from(3), "{name}");
    }
}
