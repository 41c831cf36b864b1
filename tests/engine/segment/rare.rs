//! What ffmpeg reads and does not write: the sources are made here, byte by byte.

use std::f64::consts::TAU;

use vodkit::Rational;

use vodkit_tests::numbered::{self, numbers};
use vodkit_tests::packaged::Packaged;
use vodkit_tests::untimed::without_timing;
use vodkit_tests::{folder, joined, make, package, quick, tones};

fn packaged(name: &str, bytes: &[u8]) -> Packaged {
    let folder = folder();
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    Packaged::new(folder, path, &quick(&[64]).segment_seconds(2))
}

/// Frames of 33 bytes, each of 160 samples at 8 kHz, whose pulses are all alike (ETSI EN 300 961, 1.7).
#[test]
fn gsm_of_telephones() {
    let frame: Vec<u8> = [0xd8, 0x20, 0xa2, 0xe1, 0x5a]
        .into_iter()
        .chain([0x50, 0x6f, 0x49, 0x24, 0x92, 0x49, 0x24].repeat(4))
        .collect();
    assert_eq!(frame.len(), 33);
    let packaged = packaged("a.gsm", &frame.repeat(150));
    assert_eq!(packaged.plan.duration(), Rational::from(3));
    let loudest = packaged.channel(0)[24_000..120_000].iter().fold(0.0_f32, |most, sample| most.max(sample.abs()));
    assert!(loudest > 0.01, "the loudest sample is {loudest}");
}

/// FFmpeg writes the time of the first for all packets of sound.
#[test]
fn realaudio_whose_times_stand_still() {
    let folder = folder();
    let path = make(&folder.path().join("a.rm"), "-f lavfi -i sine=440:d=5:r=8000 -c:a real_144");
    let packaged = Packaged::new(folder, path, &quick(&[64]).segment_seconds(2));
    // Frames of 160 samples, and one more that the encoder looks ahead.
    assert_eq!(packaged.plan.duration(), Rational::new(251 * 160, 8000));
    let heard = tones::frequency(&packaged.channel(0)[9_600..230_000], 48_000);
    assert!((heard - 440.0).abs() < 1.0, "{heard} Hz");
}

/// A tone of 1 kHz in one bit at 2.8 MHz, by a modulator of first order, in Philips's DSDIFF 1.5.
#[test]
fn dsd_in_dff() {
    let rate = 2_822_400_u32;
    let mut sum = 0.0;
    let mut bit = |number: u32| {
        sum += 0.25 * (TAU * 1000.0 * f64::from(number) / f64::from(rate)).sin() - if sum >= 0.0 { 1.0 } else { -1.0 };
        u8::from(sum >= 0.0)
    };
    let data: Vec<u8> =
        (0..rate * 3 / 8).map(|byte| (0..8).fold(0, |bits, place| bits << 1 | bit(byte * 8 + place))).collect();
    let chunk = |name: &[u8], content: &[u8]| [name, &(content.len() as u64).to_be_bytes(), content].concat();
    let properties = [
        b"SND ".to_vec(),
        chunk(b"FS  ", &rate.to_be_bytes()),
        chunk(b"CHNL", b"\0\x01C   "),
        chunk(b"CMPR", b"DSD \x0enot compressed\0"),
    ];
    let form =
        [b"DSD ".to_vec(), chunk(b"FVER", &[1, 5, 0, 0]), chunk(b"PROP", &properties.concat()), chunk(b"DSD ", &data)];
    let packaged = packaged("a.dff", &chunk(b"FRM8", &form.concat()));
    assert_eq!(packaged.plan.duration(), Rational::from(3));
    let samples = packaged.channel(0);
    let (level, pitch) =
        (tones::level(tones::middle(&samples), 48_000, 1000.0), tones::frequency(tones::middle(&samples), 48_000));
    assert!((0.2..0.3).contains(&level) && (pitch - 1000.0).abs() < 1.0, "{level} of {pitch} Hz");
}

/// FFmpeg takes the rate of a raw stream for that of its clock where parameter sets do not tell it.
#[test]
fn a_raw_stream_without_timing_has_all_its_frames() {
    let folder = folder();
    let arguments = "-pix_fmt yuv420p -c:v libx264 -preset ultrafast -bf 3 -b_strategy 0 -g 25 -f h264";
    let timed = numbered::write(&folder.path().join("timed.h264"), "25", 97, arguments);
    let source = folder.path().join("source.h264");
    std::fs::write(&source, without_timing(&std::fs::read(timed).unwrap(), 25)).unwrap();
    let out = folder.path().join("out");
    let (plan, _) = package(&source, &quick(&[144]), &out);
    let video = plan.source_video().unwrap();
    assert_eq!((video.frame_rate, video.frames), (Rational::from(25), 97));
    let shown = numbers(&joined(&out, plan.videos().next().unwrap().0));
    assert_eq!(shown, (0..97).map(Some).collect::<Vec<_>>());
}

/// What a digital output would be sent (IEC 61937), in a WAV that states it to be PCM: noise if it is taken for that.
#[test]
fn ac3_for_a_digital_output_in_wav() {
    let folder = folder();
    let sent = make(&folder.path().join("a.spdif"), "-f lavfi -i sine=440:d=5:r=48000 -ac 6 -c:a ac3 -b:a 384k");
    let path = make(&folder.path().join("a.wav"), &format!("-f s16le -ar 48000 -ac 2 -i {}", sent.display()));
    let packaged = Packaged::new(folder, path, &quick(&[64]).segment_seconds(2));
    assert!((packaged.plan.duration().to_f64() - 5.0).abs() < 0.04, "{} s", packaged.plan.duration());
    let samples = packaged.channel(0);
    let heard = &samples[4_800..230_000];
    let (level, pitch) = (tones::level(heard, 48_000, 440.0), tones::frequency(heard, 48_000));
    let mean = heard.iter().map(|sample| sample * sample).sum::<f32>() / heard.len() as f32;
    let noise = (f64::from(mean) / (level * level / 2.0) - 1.0).abs();
    assert!((pitch - 440.0).abs() < 0.1 && noise < 0.01 && level > 0.05, "{level} of {pitch} Hz, and {noise} else");
}

/// A tone in samples of 32 bits whose lower half is 0, which then state 24 of them.
#[test]
fn samples_of_fewer_bits_than_their_bytes() {
    let find = |bytes: &[u8], name: &[u8]| bytes.windows(name.len()).position(|found| found == name).unwrap();
    for (name, arguments) in [("a.wav", ""), ("b.wav", "-rf64 always"), ("a.w64", ""), ("a.mov", "")] {
        let folder = folder();
        let tone = "-f lavfi -i sine=440:d=3:r=96000 -ac 2 -c:a pcm_s32le";
        let path = make(&folder.path().join(name), &format!("{tone} {arguments}"));
        let mut bytes = std::fs::read(&path).unwrap();
        if name == "a.mov" {
            // Version 2 (QuickTime File Format): bits and flags, which say that they are the upper ones.
            let entry = find(&bytes, b"lpcm") - 4;
            assert_eq!(bytes[entry + 56..entry + 64], [0, 0, 0, 32, 0, 0, 0, 12]);
            bytes[entry + 59] = 24;
            bytes[entry + 63] = 0x14;
        } else {
            let format = find(&bytes, b"fmt ") + if name == "a.w64" { 24 } else { 8 };
            // WAVEFORMATEXTENSIBLE, whose bits are twice there.
            assert_eq!(
                (&bytes[format..format + 2], &bytes[format + 18..format + 20]),
                (&[0xfe, 0xff][..], &[32, 0][..])
            );
            bytes[format + 18] = 24;
        }
        std::fs::write(&path, bytes).unwrap();
        let packaged = Packaged::new(folder, path, &quick(&[64]).segment_seconds(2));
        assert_eq!(packaged.plan.duration(), Rational::from(3), "{name}");
        let samples = packaged.channel(1);
        let heard = &samples[9_600..120_000];
        let (level, pitch) = (tones::level(heard, 48_000, 440.0), tones::frequency(heard, 48_000));
        // An eighth of full scale, of which stereo has 3 dB less in each channel.
        assert!(
            (level - 0.125 / 2.0_f64.sqrt()).abs() < 0.002 && (pitch - 440.0).abs() < 0.1,
            "{name}: {level} of {pitch} Hz"
        );
    }
}

/// Cool Edit's: floating point in four bytes, as loud as 24 bits, in a WAV that states 24 bits of PCM.
#[test]
fn floating_point_of_cool_edit() {
    let folder = folder();
    let tone = |number: u32| (f64::from(number) * TAU * 440.0 / 48_000.0).sin() * 0.25 * f64::from(1 << 23);
    let sound: Vec<u8> = (0..96_000).flat_map(|number| (tone(number) as f32).to_le_bytes()).collect();
    let description =
        [&[1, 0, 1, 0][..], &48_000_u32.to_le_bytes(), &192_000_u32.to_le_bytes(), &[4, 0, 24, 0]].concat();
    let chunk = |name: &[u8], content: &[u8]| [name, &(content.len() as u32).to_le_bytes(), content].concat();
    let form = [&b"WAVE"[..], &chunk(b"fmt ", &description), &chunk(b"data", &sound)].concat();
    let path = folder.path().join("a.wav");
    std::fs::write(&path, chunk(b"RIFF", &form)).unwrap();
    let packaged = Packaged::new(folder, path, &quick(&[64]).segment_seconds(2));
    let samples = packaged.channel(0);
    let heard = &samples[9_600..80_000];
    let (level, pitch) = (tones::level(heard, 48_000, 440.0), tones::frequency(heard, 48_000));
    assert!((level - 0.25).abs() < 0.003 && (pitch - 440.0).abs() < 0.1, "{level} of {pitch} Hz");
}

/// A page of Ogg (RFC 3533 6): its flags, the samples until its end, its number, and its packets.
fn page(flags: u8, time: u64, number: u32, packets: &[&[u8]]) -> Vec<u8> {
    let lengths: Vec<u8> = packets.iter().map(|packet| packet.len() as u8).collect();
    let head = [b"OggS\0", &[flags][..], &time.to_le_bytes(), &[7; 4], &number.to_le_bytes(), &[0; 4]].concat();
    let mut page = [&head[..], &[packets.len() as u8], &lengths, &packets.concat()].concat();
    let checksum = page.iter().fold(0_u32, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte) << 24, |sum, _| sum << 1 ^ if sum >> 31 == 1 { 0x04c1_1db7 } else { 0 })
    });
    page[22..26].copy_from_slice(&checksum.to_le_bytes());
    page
}

/// As telephones over the internet record it: four frames of wide band in each packet, which are those of a buzz of 125 Hz. FFmpeg
/// 7.1 takes each for twice as long and loses the second and fourth.
#[test]
fn speex_of_several_frames_to_a_packet() {
    const PACKET: [u8; 40] = [
        0x09, 0x58, 0x0a, 0xbf, 0x70, 0x12, 0x70, 0x00, 0x00, 0x00, 0x12, 0xb0, 0x15, 0x7e, 0xe4, 0x24, 0xe0, 0x00,
        0x00, 0x00, 0x25, 0x60, 0x2a, 0xfd, 0xc0, 0x49, 0xc0, 0x00, 0x00, 0x00, 0x4a, 0xc0, 0x55, 0xfb, 0x90, 0x93,
        0x80, 0x00, 0x00, 0x07,
    ];
    // The header of its reference encoder: version, its own length, 16 kHz, wide band, bit stream, one channel, rate, frame, and so on.
    let numbers = [1, 80, 16_000, 1, 4, 1, u32::MAX, 320, 0, 4, 0, 0, 0].map(u32::to_le_bytes).concat();
    let header = [&b"Speex   1.2.1"[..], &[0; 15], &numbers].concat();
    let comments = [0; 8];
    let mut bytes = [page(2, 0, 0, &[&header]), page(0, 0, 1, &[&comments])].concat();
    for number in 0..5_u32 {
        let last = if number == 4 { 4 } else { 0 };
        bytes.extend(page(last, u64::from(number + 1) * 12_800, number + 2, &[&PACKET[..]; 10]));
    }
    let packaged = packaged("a.spx", &bytes);
    assert_eq!(packaged.plan.duration(), Rational::from(4));
    let samples = packaged.channel(0);
    let level =
        |samples: &[f32]| (samples.iter().map(|sample| sample * sample).sum::<f32>() / samples.len() as f32).sqrt();
    let levels: Vec<f32> = samples[9_600..182_400].chunks(480).map(level).collect();
    let (least, most) =
        levels.iter().fold((1.0_f32, 0.0_f32), |(least, most), level| (least.min(*level), most.max(*level)));
    assert!(most > 0.1 && least > most / 2.0, "from {least} to {most} within 10 ms each");
}
