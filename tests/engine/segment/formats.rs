//! Every kind of source packages; each rendition decodes cleanly to the planned number of frames, and looks
//! and sounds like its source.

use vodkit::{Ladder, Rational, Rung};

use vodkit_tests as common;
use vodkit_tests::packaged::Packaged;
use vodkit_tests::{folder, make, tones};

/// Segments of one second, in good quality: what differs then is the engine's doing. The fastest preset has
/// no B-frames and blurs more.
pub(super) fn ladder() -> Ladder {
    let (second, rungs) = (Rational::from(1), vec![Rung::new(144).max_rate(5_000_000)]);
    Ladder::default().crf(16.0).segment_seconds(second).keyframe_seconds(second).preset("superfast").rungs(rungs)
}

fn made(name: &str, arguments: &str) -> Packaged {
    let folder = folder();
    let source = make(&folder.path().join(name), arguments);
    Packaged::new(folder, source, &ladder())
}

const X264: &str = "-pix_fmt yuv420p -c:v libx264 -preset ultrafast";

/// Two and a half seconds of moving pictures and a tone, in some container and encoding: the rendition
/// looks and sounds like it.
fn pictures_and_sound(name: &str, size: &str, arguments: &str, expected: (u32, u32)) {
    let inputs = format!("-f lavfi -i testsrc2=s={size}:r=25:d=2.48 -f lavfi -i sine=f=440:r=48000:d=2.5");
    let packaged = made(name, &format!("{inputs} {arguments}"));
    assert_eq!(packaged.size(), expected);
    let difference = packaged.difference();
    // One frame too early or too late would make 3.
    assert!(difference < 2.0, "{difference} grey levels apart");
    let pitch = tones::frequency(tones::middle(&packaged.channel(0)), packaged.audio().1.sample_rate);
    assert!((pitch - 440.0).abs() < 0.5, "a tone of {pitch} Hz");
}

macro_rules! pictures_and_sound {
    ($($name:ident: $file:literal, $size:literal, $arguments:literal, $expected:expr;)*) => {
        $(#[test] fn $name() { pictures_and_sound($file, $size, $arguments, $expected) })*
    };
}

pictures_and_sound! {
    mp4_with_aac: "a.mp4", "256x144", "-pix_fmt yuv420p -c:v libx264 -preset ultrafast -bf 2 -c:a aac", (256, 144);
    mov_with_prores_and_pcm: "a.mov", "256x144", "-pix_fmt yuv422p10le -c:v prores_ks -c:a pcm_s24le", (256, 144);
    mkv_with_hevc_and_flac: "a.mkv", "256x144", "-pix_fmt yuv420p -c:v libx265 -preset ultrafast -x265-params log-level=error -c:a flac", (256, 144);
    webm_with_vp9_and_opus: "a.webm", "256x144", "-pix_fmt yuv420p -c:v libvpx-vp9 -deadline realtime -cpu-used 8 -b:v 2M -c:a libopus", (256, 144);
    avi_with_mpeg4_and_mp3: "a.avi", "256x144", "-c:v mpeg4 -q:v 2 -c:a libmp3lame", (256, 144);
    flv_with_h264_and_mp3: "a.flv", "256x144", "-pix_fmt yuv420p -c:v libx264 -preset ultrafast -bf 2 -c:a libmp3lame -ar 44100", (256, 144);
    ts_with_h264_and_aac: "a.ts", "256x144", "-pix_fmt yuv420p -c:v libx264 -preset ultrafast -bf 2 -x264-params open-gop=1:keyint=24 -c:a aac", (256, 144);
    ts_with_mpeg2_and_ac3: "a.ts", "256x144", "-pix_fmt yuv420p -c:v mpeg2video -q:v 2 -bf 2 -c:a ac3", (256, 144);
    program_stream_with_mp2: "a.mpg", "256x144", "-pix_fmt yuv420p -c:v mpeg2video -q:v 2 -bf 2 -c:a mp2", (256, 144);
    ogg_with_theora_and_vorbis: "a.ogv", "256x144", "-pix_fmt yuv420p -c:v libtheora -q:v 9 -c:a libvorbis", (256, 144);
    gxf_with_mpeg2_and_pcm: "a.gxf", "720x576", "-pix_fmt yuv420p -c:v mpeg2video -q:v 2 -c:a pcm_s16le", (180, 144);
    asf_with_wmv_and_wma: "a.wmv", "256x144", "-c:v wmv2 -q:v 2 -c:a wmav2", (256, 144);
    sparse_keyframes: "a.mp4", "256x144", "-pix_fmt yuv420p -c:v libx264 -preset ultrafast -x264-params keyint=250:scenecut=0 -c:a aac", (256, 144);
    odd_width_and_height: "a.mkv", "256x144", "-vf scale=255:143 -pix_fmt yuv420p -c:v ffv1 -c:a aac", (254, 142);
    portrait: "a.mp4", "180x320", "-pix_fmt yuv420p -c:v libx264 -preset ultrafast -c:a aac", (144, 256);
    wider_than_most: "a.mp4", "480x200", "-pix_fmt yuv420p -c:v libx264 -preset ultrafast -c:a aac", (346, 144);
    pixels_wider_than_high: "a.mp4", "192x144", "-vf setsar=4/3 -pix_fmt yuv420p -c:v libx264 -preset ultrafast -c:a aac", (256, 144);
    pixels_higher_than_wide: "a.mkv", "256x144", "-vf setsar=8/9 -pix_fmt yuv420p -c:v libx264 -preset ultrafast -c:a aac", (228, 144);
    very_small: "a.mkv", "16x16", "-pix_fmt yuv420p -c:v ffv1 -c:a aac", (16, 16);
    as_small_as_can_be: "a.mkv", "2x2", "-pix_fmt yuv420p -c:v ffv1 -c:a aac", (2, 2);
    smaller_than_that: "a.mkv", "256x144", "-vf scale=3:1 -pix_fmt yuv444p -c:v ffv1 -c:a aac", (2, 2);
}

fn one_frame(name: &str) {
    let packaged = made(name, &format!("-f lavfi -i testsrc2=s=256x144:r=25 -frames:v 1 {X264}"));
    assert_eq!((packaged.frames(), packaged.plan.renditions().len()), (1, 1), "{name}");
    assert!(packaged.difference() < 2.0, "{name}: {} grey levels apart", packaged.difference());
}

#[test]
fn one_frame_is_a_video() {
    one_frame("a.mp4");
    one_frame("a.mkv");
}

#[test]
fn one_frame_is_a_video_in_ts() {
    one_frame("a.ts");
}

/// Cut off at the left by less than what rows are aligned to.
#[test]
fn what_the_codec_leaves_out_at_the_left_is_not_shown() {
    let folder = folder();
    let whole =
        make(&folder.path().join("whole.mp4"), &format!("-f lavfi -i testsrc2=s=256x144:r=25:d=1 {X264} -qp 4"));
    let crop = "-c copy -bsf:v h264_metadata=crop_left=6:crop_right=10";
    let path = make(&folder.path().join("a.mp4"), &format!("-i {} {crop}", whole.display()));
    let packaged = Packaged::new(folder, path, &ladder());
    assert_eq!(packaged.size(), (240, 144));
    assert!(packaged.difference() < 2.0, "{} grey levels apart", packaged.difference());
}

/// Pictures of 256 by 144 that the header says to be 64 by 96.
#[test]
fn vp8_is_as_large_as_it_says_itself() {
    let folder = folder();
    let vp8 = "-f lavfi -i testsrc2=s=256x144:r=25:d=1 -pix_fmt yuv420p -c:v libvpx -deadline realtime -b:v 4M";
    let path = make(&folder.path().join("a.ivf"), vp8);
    let mut bytes = std::fs::read(&path).unwrap();
    assert_eq!(bytes[12..16], [0, 1, 144, 0]);
    bytes[12..16].copy_from_slice(&[64, 0, 96, 0]);
    std::fs::write(&path, bytes).unwrap();
    let packaged = Packaged::new(folder, path, &ladder());
    assert_eq!(packaged.size(), (256, 144));
    assert!(packaged.difference() < 2.0, "{} grey levels apart", packaged.difference());
}

/// The eight ways that a camera can be held before a lens or a mirror, as the matrix of a track's header.
#[test]
fn pictures_stand_upright_however_the_camera_was_held() {
    let folder = folder();
    let upright = make(&folder.path().join("upright.mp4"), &format!("-f lavfi -i testsrc2=s=256x144:r=25:d=1 {X264}"));
    for matrix in [
        [1, 0, 0, 1],
        [0, 1, -1, 0],
        [-1, 0, 0, -1],
        [0, -1, 1, 0],
        [-1, 0, 0, 1],
        [1, 0, 0, -1],
        [0, 1, 1, 0],
        [0, -1, -1, 0],
    ] {
        let folder = common::folder();
        let path = folder.path().join("turned.mp4");
        common::turn(&upright, &path, matrix);
        let packaged = Packaged::new(folder, path, &ladder());
        assert_eq!(packaged.size(), if matrix[0] == 0 { (144, 256) } else { (256, 144) }, "{matrix:?}");
        assert!(packaged.difference() < 6.0, "{matrix:?}: {} grey levels apart", packaged.difference());
    }
}

/// A tone of 0.1 for each channel of 5.1: left, right, centre, low, left and right surround.
const SURROUND: &str = "-f lavfi -i aevalsrc=exprs=0.1*sin(2*PI*300*t)|0.1*sin(2*PI*500*t)|0.1*sin(2*PI*700*t)|0.1*sin(2*PI*60*t)|0.1*sin(2*PI*900*t)|0.1*sin(2*PI*1100*t):c=5.1:s=48000:d=2";

#[test]
fn surround_sound_is_mixed_down_to_two_channels() {
    for (name, encoder) in [("a.mp4", "aac"), ("b.mkv", "ac3"), ("c.mkv", "flac"), ("d.wav", "pcm_s16le")] {
        let packaged = made(name, &format!("{SURROUND} -c:a {encoder}"));
        assert_eq!(packaged.audio().1.channels, 2, "{name}");
        for (channel, heard, unheard) in
            [(0, [300.0, 700.0, 900.0], [500.0, 1100.0]), (1, [500.0, 700.0, 1100.0], [300.0, 900.0])]
        {
            let samples = packaged.channel(channel);
            let level = |frequency| tones::level(tones::middle(&samples), 48_000, frequency);
            for tone in heard {
                assert!(level(tone) > 0.02, "{name}: channel {channel} has {} of {tone} Hz", level(tone));
            }
            for tone in unheard {
                assert!(level(tone) < 0.002, "{name}: channel {channel} has {} of {tone} Hz", level(tone));
            }
            let ratio = level(heard[0]) / level(700.0);
            assert!((1.3..1.5).contains(&ratio), "{name}: the centre is 3 dB below the side, not {ratio}");
        }
    }
}

#[test]
fn surround_sound_is_kept_where_wished() {
    let folder = folder();
    let source = make(&folder.path().join("a.mkv"), &format!("{SURROUND} -c:a flac"));
    let packaged = Packaged::new(folder, source, &ladder().audio_channels(6).audio_bit_rate(192_000));
    for (channel, tone) in [(0, 300.0), (1, 500.0), (2, 700.0), (3, 60.0), (4, 900.0), (5, 1100.0)] {
        let level = tones::level(tones::middle(&packaged.channel_of(1, channel)), 48_000, tone);
        assert!((0.085..0.115).contains(&level), "channel {channel} has {level} of {tone} Hz");
    }
}

#[test]
fn one_channel_stays_one_at_its_level() {
    let packaged = made("a.wav", "-f lavfi -i aevalsrc=0.25*sin(2*PI*1000*t):s=48000:d=2");
    assert_eq!(packaged.audio().1.channels, 1);
    let level = tones::level(tones::middle(&packaged.channel(0)), 48_000, 1000.0);
    assert!((0.24..0.26).contains(&level), "a level of {level}");
}

#[test]
fn every_sample_rate_keeps_its_pitch() {
    let cases = [
        (44_100, 44_100),
        (48_000, 48_000),
        (8_000, 48_000),
        (11_025, 48_000),
        (22_050, 48_000),
        (32_000, 48_000),
        (96_000, 48_000),
        (192_000, 48_000),
    ];
    for (rate, expected) in cases {
        let packaged = made("a.flac", &format!("-f lavfi -i sine=f=997:r={rate}:d=3.3"));
        assert_eq!(packaged.audio().1.sample_rate, expected, "{rate} Hz");
        let samples = packaged.channel(0);
        let pitch = tones::frequency(tones::middle(&samples), expected);
        assert!((pitch - 997.0).abs() < 0.2, "a tone of {pitch} Hz from {rate} Hz");
        let seconds = samples.len() as f64 / f64::from(expected);
        assert!((3.3..3.3 + 1024.0 / f64::from(expected)).contains(&seconds), "{seconds} seconds from {rate} Hz");
    }
}

/// Silence for half a second and then a tone: it begins when it should, whatever the encoder put before it.
#[test]
fn sound_alone_packages_and_begins_on_time() {
    let cases = [
        ("a.mp3", "libmp3lame"),
        ("a.m4a", "aac"),
        ("a.wav", "pcm_s16le"),
        ("a.flac", "flac"),
        ("a.ogg", "libvorbis"),
        ("a.opus", "libopus"),
        ("a.webm", "libvorbis"),
        ("a.aiff", "pcm_s16be"),
        ("a.mka", "flac"),
    ];
    for (name, encoder) in cases {
        begins_on_time(name, encoder);
    }
}

/// Matroska says apart from the times how much of the sound is to be skipped.
#[test]
fn opus_in_matroska_begins_on_time() {
    begins_on_time("a.mka", "libopus");
}

fn begins_on_time(name: &str, encoder: &str) {
    let tone = "-f lavfi -i aevalsrc=if(gte(t\\,0.5)\\,0.5*sin(2*PI*1000*t)\\,0):s=48000:d=2.5:c=stereo";
    let packaged = made(name, &format!("{tone} -c:a {encoder}"));
    assert_eq!((packaged.plan.renditions().len(), packaged.plan.source_video().is_some()), (1, false), "{name}");
    let (samples, rate) = (packaged.channel(1), packaged.audio().1.sample_rate);
    let onset = tones::onset(&samples, rate);
    assert!((onset - 0.5).abs() < 0.005, "{name}: the tone begins at {onset}");
    let seconds = samples.len() as f64 / f64::from(rate);
    assert!((2.48..2.56).contains(&seconds), "{name}: {seconds} seconds");
}

#[test]
fn a_cover_picture_is_no_video() {
    let folder = folder();
    let cover = make(&folder.path().join("cover.png"), "-f lavfi -i color=red:s=200x200 -frames:v 1");
    for name in ["song.m4a", "song.mp3", "song.flac"] {
        let own = common::folder();
        let song = own.path().join(name);
        make(
            &song,
            &format!("-f lavfi -i sine=d=2 -i {} -map 0 -map 1 -c:v copy -disposition:v attached_pic", cover.display()),
        );
        let packaged = Packaged::new(own, song, &ladder());
        assert_eq!((packaged.plan.renditions().len(), packaged.plan.videos().count()), (1, 0), "{name}");
    }
    let own = common::folder();
    let clip = own.path().join("clip.mp4");
    let streams = "-map 1 -map 0 -c:v:0 copy -disposition:v:0 attached_pic -c:v:1 libx264 -preset:v:1 ultrafast -disposition:v:1 default";
    make(&clip, &format!("-f lavfi -i testsrc2=s=128x96:d=1 -i {} {streams} -pix_fmt:v:1 yuv420p", cover.display()));
    let packaged = Packaged::new(own, clip, &ladder());
    assert_eq!((packaged.size(), packaged.frames()), ((128, 96), 25), "the cover comes first and is larger");
}

#[test]
fn pictures_without_sound_package() {
    let packaged = made("a.mp4", &format!("-f lavfi -i testsrc2=s=256x144:r=25:d=1.6 {X264}"));
    assert_eq!((packaged.plan.renditions().len(), packaged.frames()), (1, 40));
    assert!(packaged.difference() < 4.0, "{} grey levels apart", packaged.difference());
}

/// Each language has its own tone, to tell which is which.
#[test]
fn every_audio_track_is_kept_with_its_language() {
    let tracks = "-f lavfi -i sine=f=300:d=2 -f lavfi -i sine=f=500:d=2 -f lavfi -i sine=f=700:d=1 -map 0 -map 1 -map 2 -map 3 -c:a flac";
    let tags = "-metadata:s:a:0 language=eng -metadata:s:a:1 language=ger -metadata:s:a:1 title=Deutsch -metadata:s:a:2 language=jpn";
    let uses = "-disposition:a:0 0 -disposition:a:1 default -disposition:a:2 0";
    let packaged = made("a.mkv", &format!("-f lavfi -i testsrc2=s=128x72:d=2 {tracks} {tags} {uses} {X264}"));
    let audios: Vec<_> = packaged.plan.audios().collect();
    let expected = [("de", "Deutsch", true, 500.0), ("en", "English", false, 300.0), ("ja", "日本語", false, 700.0)];
    assert_eq!(audios.len(), expected.len());
    for (number, ((rendition, audio), (language, name, default, tone))) in audios.iter().zip(expected).enumerate() {
        let found = (audio.language.as_deref(), audio.name.as_str(), audio.default);
        assert_eq!(found, (Some(language), name, default), "{}", rendition.id);
        let samples = packaged.channel_of(number, 0);
        // The Japanese sound ends early: silence follows, to the end of the pictures.
        let pitch = tones::frequency(&samples[4410..35_000], 44_100);
        assert!((pitch - tone).abs() < 0.5, "{}: a tone of {pitch} Hz", rendition.id);
        assert!((samples.len() as f64 / 44_100.0 - 2.0).abs() < 0.05, "{}: {} samples", rendition.id, samples.len());
    }
}
