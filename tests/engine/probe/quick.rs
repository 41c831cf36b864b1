//! A quick probe says the same as a probe wherever it says something, and reads next to nothing.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use vodkit::media::{QuickInfo, QuickTrackKind, QuickVideo};
use vodkit::{ErrorKind, HttpOptions, Rational, ReadAt, Source, probe, probe_quick};

use vodkit_tests::server::{Manners, Server};
use vodkit_tests::{TURNS, clip, folder, make, source, turn, with_edits};

use super::rational;

const PICTURES: &str = "-f lavfi -i testsrc2=s=128x72:r=25:d=2.4";
const SOUND: &str = "-f lavfi -i sine=r=48000:d=2.4";
const X264: &str = "-pix_fmt yuv420p -c:v libx264 -preset ultrafast";

fn quick_video(info: &QuickInfo) -> &QuickVideo {
    info.main_video().expect("a video track").1
}

fn differ(name: &str, what: &str, quick: Option<Rational>, whole: Option<Rational>, most: Rational) {
    if let Some((quick, whole)) = quick.zip(whole) {
        assert!((quick - whole).abs() <= most, "{name}: {what} is {quick}, and by a probe {whole}");
    }
}

/// Compares both probes of a file; times may differ by so much.
fn agrees(path: &Path, most: Rational) -> QuickInfo {
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    let (quick, whole) = (probe_quick(&source(path)).unwrap(), QuickInfo::from(probe(&source(path)).unwrap()));
    assert!(quick.quick && !whole.quick);
    differ(&name, "duration", quick.duration, whole.duration, most);
    assert_eq!(
        (&quick.container, quick.size, &quick.chapters),
        (&whole.container, whole.size, &whole.chapters),
        "{name}"
    );
    assert_eq!(quick.tracks.len(), whole.tracks.len(), "{name}");
    let playing = |info: &QuickInfo| info.main_video().map(|(track, _)| track.index);
    assert_eq!(playing(&quick), playing(&whole), "{name}");
    for (one, other) in quick.tracks.iter().zip(&whole.tracks) {
        let name = format!("{name}, track {}", one.index);
        differ(&name, "start", one.start, other.start, most);
        differ(&name, "duration", one.duration, other.duration, most);
        let mut expected = other.clone();
        (expected.start, expected.duration) = (one.start, one.duration);
        if let Some((quick, whole)) = one.bit_rate.zip(other.bit_rate) {
            assert!(quick.abs_diff(whole) * 10 <= whole, "{name}: {quick} b/s, and by a probe {whole}");
        }
        expected.bit_rate = one.bit_rate;
        if let (QuickTrackKind::Video(quick), QuickTrackKind::Video(whole)) = (&one.kind, &mut expected.kind) {
            whole.frames = quick.frames.and(whole.frames);
            whole.frame_rate = quick.frame_rate.and(whole.frame_rate);
            whole.variable_frame_rate = quick.variable_frame_rate.and(whole.variable_frame_rate);
        }
        assert_eq!(*one, expected, "{name}");
    }
    quick
}

/// Files whose tables FFmpeg sees one sample of.
#[test]
fn mp4_and_quicktime_agree_to_the_tick() {
    let aac = format!("{PICTURES} {SOUND} {X264} -c:a aac");
    let cases = [
        ("b-frames.mp4", format!("{PICTURES} {SOUND} -c:v libx264 -preset veryfast -pix_fmt yuv420p -c:a aac")),
        ("front.mp4", format!("{aac} -movflags +faststart")),
        ("no-edits.mp4", format!("{aac} -use_editlist 0")),
        (
            "hevc.mp4",
            format!("{PICTURES} -pix_fmt yuv420p10le -c:v libx265 -preset ultrafast -x265-params log-level=error"),
        ),
        (
            "vp9.mp4",
            format!("{PICTURES} {SOUND} -pix_fmt yuv420p -c:v libvpx-vp9 -deadline realtime -cpu-used 8 -c:a libopus"),
        ),
        ("mpeg4.mp4", format!("{PICTURES} {SOUND} -c:v mpeg4 -bf 2 -c:a libmp3lame")),
        ("prores.mov", format!("{PICTURES} {SOUND} -pix_fmt yuv422p10le -c:v prores_ks -c:a pcm_s24le")),
        ("mjpeg.mov", format!("{PICTURES} {SOUND} -c:v mjpeg -pix_fmt yuvj422p -c:a pcm_s16be")),
        ("ac3.mp4", format!("{PICTURES} {SOUND} {X264} -c:a ac3")),
        ("ntsc.mp4", format!("-f lavfi -i testsrc2=s=128x72:r=30000/1001:d=2 {X264} -bf 2")),
        ("milliseconds.mp4", format!("-f lavfi -i testsrc2=s=128x72:r=30:d=2 {X264} -video_track_timescale 1000")),
        (
            "aspect.mp4",
            format!("{PICTURES} -vf setsar=4/3 {X264} -color_primaries bt709 -color_trc bt709 -colorspace bt709"),
        ),
        (
            "fields.mp4",
            format!("{PICTURES} -pix_fmt yuv420p -c:v libx264 -preset veryfast -flags +ildct -x264-params tff=1"),
        ),
        (
            "languages.mp4",
            format!("{PICTURES} {SOUND} {X264} -c:a aac -metadata:s:a:0 language=deu -metadata:s:a:0 title=Ton"),
        ),
        ("late.mp4", format!("-f lavfi -i testsrc2=s=128x72:r=25:d=2 -itsoffset 0.5 {SOUND} {X264} -c:a aac")),
        ("sound.m4a", format!("{SOUND} -c:a aac")),
        ("one.mp4", format!("-f lavfi -i testsrc2=s=128x72:r=25 -frames:v 1 {X264}")),
    ];
    let folder = folder();
    for (name, arguments) in cases {
        // Behind a gap FFmpeg has the last packet of sound as long as all others.
        let most = if name == "late.mp4" { Rational::new(1, 40) } else { Rational::new(1, 1_000_000) };
        let info = agrees(&make(&folder.path().join(name), &arguments), most);
        let is_known = |track: &vodkit::media::QuickTrack| match &track.kind {
            QuickTrackKind::Video(video) => video.frames.is_some() && video.frame_rate.is_some(),
            _ => track.duration.is_some(),
        };
        assert!(info.duration.is_some() && info.tracks.iter().all(is_known), "{name}: {info:?}");
    }
}

/// Other containers say less, and round.
#[test]
fn other_containers_agree_to_a_frame() {
    let h264 = format!("{PICTURES} {SOUND} {X264}");
    let cases = [
        ("a.mkv", format!("{h264} -c:a aac")),
        (
            "a.webm",
            format!("{PICTURES} {SOUND} -pix_fmt yuv420p -c:v libvpx-vp9 -deadline realtime -cpu-used 8 -c:a libopus"),
        ),
        ("a.ts", format!("{h264} -c:a aac")),
        ("a.mpg", format!("{PICTURES} {SOUND} -pix_fmt yuv420p -c:v mpeg2video -bf 2 -c:a mp2")),
        ("a.avi", format!("{PICTURES} {SOUND} -c:v mpeg4 -c:a libmp3lame")),
        ("a.flv", format!("{h264} -c:a aac")),
        ("a.ogv", format!("{PICTURES} {SOUND} -pix_fmt yuv420p -c:v libtheora -c:a libvorbis")),
        ("a.wmv", format!("{PICTURES} {SOUND} -c:v wmv2 -c:a wmav2")),
        ("fragments.mp4", format!("{h264} -c:a aac -g 10 -movflags frag_keyframe+empty_moov")),
        ("a.mxf", format!("{PICTURES} {SOUND} -pix_fmt yuv420p -c:v mpeg2video -c:a pcm_s16le")),
        ("a.gif", PICTURES.to_owned()),
        ("a.mp3", format!("{SOUND} -c:a libmp3lame")),
        ("a.wav", SOUND.to_owned()),
        ("a.flac", SOUND.to_owned()),
        ("a.ogg", format!("{SOUND} -c:a libopus")),
    ];
    let folder = folder();
    for (name, arguments) in cases {
        // The last packets of sound in a broadcast have several frames each, and the time of the first.
        let most = if matches!(name, "a.ts" | "a.mpg") { Rational::new(1, 4) } else { Rational::new(1, 20) };
        agrees(&make(&folder.path().join(name), &arguments), most);
    }
}

#[test]
fn rotation_is_told() {
    let folder = folder();
    let upright = make(&folder.path().join("upright.mp4"), &format!("{PICTURES} {X264}"));
    for (degrees, matrix) in TURNS {
        let turned = folder.path().join("turned.mp4");
        turn(&upright, &turned, matrix);
        let info = agrees(&turned, Rational::ZERO);
        assert_eq!(quick_video(&info).rotation, degrees);
        assert_eq!(quick_video(&info).width, if degrees == 180 { 128 } else { 72 });
    }
}

/// What is cut has no number of frames, as the header alone does not say which are shown.
#[test]
fn an_edit_list_is_followed() {
    let folder = folder();
    let whole = make(&folder.path().join("whole.mp4"), &format!("{PICTURES} {X264}"));
    for (edits, seconds) in [(&[(1000, 0)][..], "1"), (&[(1000, 5120)], "1"), (&[(400, 0), (1000, 12_800)], "7/5")] {
        let cut = folder.path().join("cut.mp4");
        with_edits(&whole, &cut, edits);
        let info = agrees(&cut, Rational::new(1, 25));
        assert_eq!((info.duration, quick_video(&info).frames), (Some(rational(seconds)), None), "{edits:?}");
        assert_eq!(quick_video(&info).frame_rate, Some(Rational::from(25)));
    }
}

#[test]
fn variable_rates_are_told() {
    let folder = folder();
    let times = "-vf select='not(eq(mod(n\\,7)\\,3))' -fps_mode passthrough";
    let path = make(&folder.path().join("variable.mp4"), &format!("{PICTURES} {times} {X264} -bf 0"));
    let info = agrees(&path, Rational::new(1, 25));
    assert_eq!(quick_video(&info).variable_frame_rate, Some(true));
}

#[test]
fn chapters_of_an_mp4_are_told() {
    let folder = folder();
    let text = ";FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/10\nSTART=0\nEND=10\ntitle=One\n[CHAPTER]\nTIMEBASE=1/10\nSTART=10\nEND=24\ntitle=Two\n";
    let chapters = folder.path().join("chapters.txt");
    std::fs::write(&chapters, text).unwrap();
    let arguments = format!("{PICTURES} -i {} -map 0:v -map_chapters 1 {X264}", chapters.display());
    let info = agrees(&make(&folder.path().join("chapters.mp4"), &arguments), Rational::new(1, 1_000_000));
    assert_eq!(info.chapters.len(), 2);
}

#[test]
fn real_clips_agree() {
    for name in ["bbb_480p_30s.mp4", "bbb_trailer_720p_55s.mp4", "earth_720p_30s.mov", "bunny_270p_33s.flv"] {
        if let Some(clip) = clip(name) {
            agrees(&clip, Rational::new(1, 20));
        }
    }
}

/// A source that counts the bytes that are read of it.
#[derive(Debug)]
struct Counted {
    bytes: Vec<u8>,
    read: Arc<AtomicU64>,
}

impl ReadAt for Counted {
    fn len(&self) -> u64 {
        self.bytes.len() as u64
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let rest = self.bytes.get(offset as usize..).unwrap_or_default();
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        self.read.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }

    fn name(&self) -> String {
        "the counted film".into()
    }
}

/// An hour of pictures and sound, of which the index has more than two megabytes.
fn hour(folder: &Path, arguments: &str) -> Vec<u8> {
    let minute = "-f lavfi -i testsrc2=s=32x32:r=60:d=60 -f lavfi -i sine=r=48000:d=60";
    let minute = make(&folder.join("minute.mp4"), &format!("{minute} {X264} -bf 2 -g 60 -c:a aac -b:a 32k"));
    let film = make(&folder.join("hour.mp4"), &format!("-stream_loop 59 -i {} -c copy {arguments}", minute.display()));
    std::fs::read(film).unwrap()
}

#[test]
fn of_an_hour_less_than_a_megabyte_is_read() {
    let folder = folder();
    for arguments in ["", "-movflags +faststart"] {
        let (bytes, read) = (hour(folder.path(), arguments), Arc::new(AtomicU64::new(0)));
        assert!(bytes.len() > 20_000_000, "{}", bytes.len());
        let info = probe_quick(&Source::new(Counted { bytes, read: read.clone() })).unwrap();
        assert!((info.duration.unwrap() - Rational::from(3600)).abs() < Rational::from(3), "{info:?}");
        assert_eq!(quick_video(&info).frames, Some(60 * 3600));
        assert!(read.load(Ordering::Relaxed) < 1_000_000, "{} bytes were read", read.load(Ordering::Relaxed));
    }
}

#[test]
fn a_link_is_asked_a_few_times() {
    let folder = folder();
    for arguments in ["", "-movflags +faststart"] {
        let server = Server::new(hour(folder.path(), arguments), Manners::default());
        let options = HttpOptions::default().allow_private_addresses(true).timeout(Duration::from_secs(10));
        let info = probe_quick(&Source::http(&server.link(), &options).unwrap()).unwrap();
        assert_eq!(quick_video(&info).frames, Some(60 * 3600));
        let (requests, sent) = (server.requests(), server.sent());
        assert!(requests <= 16 && sent < 3_000_000, "{requests} requests, {sent} bytes");
        assert_eq!(server.connections(), 1);
    }
}

#[test]
fn what_is_no_video_is_refused_as_by_a_probe() {
    let no_video = Source::bytes(b"#!/bin/sh\necho this is no video at all\n".to_vec());
    assert_eq!(probe_quick(&no_video).unwrap_err().kind(), ErrorKind::NotMedia);
    assert_eq!(probe_quick(&Source::bytes(Vec::new())).unwrap_err().kind(), ErrorKind::NotMedia);
}

/// Any byte of the index may be another, or the file may end anywhere: there is an answer or an error, and soon.
#[test]
fn damaged_boxes_give_an_answer_or_an_error() {
    let folder = folder();
    let path =
        make(&folder.path().join("a.mp4"), &format!("{PICTURES} {SOUND} {X264} -bf 2 -c:a aac -movflags +faststart"));
    let bytes = std::fs::read(path).unwrap();
    let index = bytes.windows(4).position(|name| name == b"mdat").unwrap();
    let (mut answers, mut state) = (0, 1_u64);
    for _ in 0..400 {
        let mut damaged = bytes.clone();
        for _ in 0..3 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let place = (state >> 33) as usize % index;
            damaged[place] = if state & 1 == 0 { 0xff } else { (state >> 20) as u8 };
        }
        match probe_quick(&Source::bytes(damaged)) {
            Ok(_) => answers += 1,
            Err(error) => assert_ne!(error.kind(), ErrorKind::Internal, "{error}"),
        }
    }
    assert!(answers > 50, "{answers} answers");
    for end in (0..index).step_by(97) {
        if let Err(error) = probe_quick(&Source::bytes(bytes[..end].to_vec())) {
            assert_ne!(error.kind(), ErrorKind::Internal, "{error}");
        }
    }
}
