//! A probe finds what a source was made with: each property of a source whose properties are known.

use std::path::{Path, PathBuf};

use vodkit::Rational;
use vodkit::media::{AudioInfo, FieldOrder, Hdr, MediaInfo, Track, TrackKind};

use vodkit_tests as common;
use vodkit_tests::{TURNS, folder, make};

use super::{X264, made, pictures, probed, rational, video};

fn sound(info: &MediaInfo) -> (&Track, &AudioInfo) {
    info.audio().into_iter().next().expect("an audio track")
}

/// Codec, profile, pixel format and bits, by how the pictures are encoded.
#[test]
fn codecs_profiles_and_pixel_formats() {
    let cases = [
        (
            "a.mp4",
            "-c:v libx264 -preset ultrafast -pix_fmt yuv420p",
            "h264",
            Some("Constrained Baseline"),
            "yuv420p",
            8,
        ),
        ("b.mp4", "-c:v libx264 -preset veryfast -profile:v main -pix_fmt yuv420p", "h264", Some("Main"), "yuv420p", 8),
        ("c.mp4", "-c:v libx264 -preset veryfast -pix_fmt yuv420p", "h264", Some("High"), "yuv420p", 8),
        ("d.mkv", "-c:v libx264 -preset ultrafast -pix_fmt yuv420p10le", "h264", Some("High 10"), "yuv420p10le", 10),
        ("e.mov", "-c:v libx264 -preset ultrafast -pix_fmt yuv422p", "h264", Some("High 4:2:2"), "yuv422p", 8),
        (
            "f.mp4",
            "-c:v libx264 -preset ultrafast -pix_fmt yuv444p",
            "h264",
            Some("High 4:4:4 Predictive"),
            "yuv444p",
            8,
        ),
        ("g.mp4", "-c:v libx264rgb -preset ultrafast -pix_fmt rgb24", "h264", Some("High 4:4:4 Predictive"), "gbrp", 8),
        (
            "h.mp4",
            "-c:v libx265 -preset ultrafast -x265-params log-level=error -pix_fmt yuv420p",
            "hevc",
            Some("Main"),
            "yuv420p",
            8,
        ),
        (
            "i.mkv",
            "-c:v libx265 -preset ultrafast -x265-params log-level=error -pix_fmt yuv420p10le",
            "hevc",
            Some("Main 10"),
            "yuv420p10le",
            10,
        ),
        (
            "j.webm",
            "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -pix_fmt yuv420p",
            "vp9",
            Some("Profile 0"),
            "yuv420p",
            8,
        ),
        (
            "k.webm",
            "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -pix_fmt yuv420p10le",
            "vp9",
            Some("Profile 2"),
            "yuv420p10le",
            10,
        ),
        ("l.mov", "-c:v prores_ks -profile:v hq -pix_fmt yuv422p10le", "prores", Some("HQ"), "yuv422p10le", 10),
        ("m.ts", "-c:v mpeg2video -pix_fmt yuv420p", "mpeg2video", Some("Main"), "yuv420p", 8),
        ("n.avi", "-c:v mpeg4 -pix_fmt yuv420p", "mpeg4", Some("Simple Profile"), "yuv420p", 8),
        ("o.mkv", "-c:v ffv1 -pix_fmt gray10le", "ffv1", None, "gray10le", 10),
        ("p.avi", "-c:v mjpeg -pix_fmt yuvj422p", "mjpeg", Some("Baseline"), "yuvj422p", 8),
    ];
    for (name, arguments, codec, profile, format, bits) in cases {
        let info = pictures(name, arguments);
        let (track, found) = info.main_video().unwrap();
        assert_eq!((track.codec.as_str(), track.profile.as_deref()), (codec, profile), "{arguments}");
        assert_eq!((found.pixel_format.as_str(), found.bit_depth), (format, bits), "{arguments}");
        assert!(track.decodable, "{arguments}");
    }
}

#[test]
fn colour_tags_are_found() {
    let cases = [
        ("bt709", "bt709", "bt709", "tv", None),
        ("smpte170m", "smpte170m", "smpte170m", "tv", None),
        ("bt470bg", "bt470bg", "bt470bg", "pc", None),
        ("bt2020", "bt2020-10", "bt2020nc", "tv", None),
        ("bt2020", "smpte2084", "bt2020nc", "tv", Some(Hdr::Pq)),
        ("bt2020", "arib-std-b67", "bt2020nc", "tv", Some(Hdr::Hlg)),
    ];
    let some = |text: &str| Some(text.to_owned());
    for (primaries, transfer, matrix, range, hdr) in cases {
        for name in ["a.mp4", "b.mkv", "c.ts"] {
            let tags = format!("color_primaries={primaries}:color_trc={transfer}:colorspace={matrix}:range={range}");
            let info = pictures(name, &format!("-vf format=yuv420p10le,setparams={tags} {X264}"));
            let found = &video(&info).colour;
            let triple = (&found.primaries, &found.transfer, &found.matrix);
            assert_eq!(triple, (&some(primaries), &some(transfer), &some(matrix)), "{name}");
            assert_eq!((&found.range, found.hdr), (&some(range), hdr), "{transfer} in {name}");
        }
    }
}

#[test]
fn colours_that_are_not_told_are_not_invented() {
    let info = pictures("a.mp4", &format!("{X264} -pix_fmt yuv420p"));
    let found = &video(&info).colour;
    assert_eq!((&found.primaries, &found.transfer, &found.matrix, found.hdr), (&None, &None, &None, None));
}

#[test]
fn fields_are_found_in_their_order() {
    let cases = [
        ("a.mp4", "tff", "-c:v libx264 -preset ultrafast -flags +ilme+ildct -x264-params tff=1", FieldOrder::TopFirst),
        (
            "b.ts",
            "bff",
            "-c:v libx264 -preset ultrafast -flags +ilme+ildct -x264-params bff=1",
            FieldOrder::BottomFirst,
        ),
        ("c.ts", "tff", "-c:v mpeg2video -flags +ilme+ildct", FieldOrder::TopFirst),
        ("d.mpg", "bff", "-c:v mpeg2video -flags +ilme+ildct", FieldOrder::BottomFirst),
        ("e.mkv", "tff", "-c:v libx264 -preset ultrafast -flags +ilme+ildct -x264-params tff=1", FieldOrder::TopFirst),
        ("f.mov", "tff", "-c:v prores_ks -flags +ilme+ildct", FieldOrder::TopFirst),
        ("g.mp4", "prog", "-c:v libx264 -preset ultrafast", FieldOrder::Progressive),
    ];
    for (name, mode, arguments, order) in cases {
        let info = pictures(name, &format!("-vf setfield={mode},format=yuv422p {arguments}"));
        assert_eq!(video(&info).field_order, order, "{name}");
    }
}

fn size(info: &MediaInfo) -> (u32, u32, u32, u32) {
    let found = video(info);
    (found.width, found.height, found.coded_width, found.coded_height)
}

#[test]
fn rotation_turns_the_size_as_shown() {
    let folder = folder();
    for extension in ["mp4", "mov"] {
        let upright = folder.path().join(format!("upright.{extension}"));
        make(&upright, &format!("-f lavfi -i testsrc2=s=96x64:d=1 {X264}"));
        assert_eq!(size(&probed(&upright)), (96, 64, 96, 64));
        for (turn, matrix) in TURNS {
            let turned = folder.path().join(format!("turned-{turn}.{extension}"));
            common::turn(&upright, &turned, matrix);
            let info = probed(&turned);
            let (width, height) = if turn == 180 { (96, 64) } else { (64, 96) };
            assert_eq!(size(&info), (width, height, 96, 64), "{turn} in {extension}");
            assert_eq!((video(&info).rotation, video(&info).mirrored), (turn, false), "{turn} in {extension}");
        }
    }
}

#[test]
fn pixel_aspect_stretches_the_size_as_shown() {
    let cases = [
        ("64/45", "a.mp4", (91, 64)),
        ("8/9", "b.mkv", (64, 72)),
        ("4/3", "c.ts", (85, 64)),
        ("1/1", "d.mov", (64, 64)),
    ];
    for (aspect, name, shown) in cases {
        let info = pictures(name, &format!("-vf setsar={aspect} {X264}"));
        assert_eq!(size(&info), (shown.0, shown.1, 64, 64), "{aspect}");
        assert_eq!(video(&info).pixel_aspect, rational(aspect), "{aspect}");
    }
}

#[test]
fn odd_sizes_are_found() {
    let info = made("a.mkv", "-f lavfi -i testsrc=s=75x51:d=1 -c:v ffv1");
    assert_eq!(size(&info), (75, 51, 75, 51));
}

#[test]
fn channels_layouts_and_sample_rates() {
    let cases = [
        ("a.m4a", "mono", 44_100, "-c:a aac", "aac", 1),
        ("b.m4a", "stereo", 48_000, "-c:a aac", "aac", 2),
        ("c.mp4", "5.1", 48_000, "-c:a aac", "aac", 6),
        ("d.mp3", "stereo", 22_050, "-c:a libmp3lame", "mp3", 2),
        ("e.flac", "stereo", 96_000, "-c:a flac", "flac", 2),
        ("f.wav", "mono", 8_000, "-c:a pcm_s16le", "pcm_s16le", 1),
        ("g.ogg", "stereo", 48_000, "-c:a libopus", "opus", 2),
        ("h.mka", "stereo", 44_100, "-c:a libvorbis", "vorbis", 2),
        ("i.ts", "5.1(side)", 48_000, "-c:a ac3", "ac3", 6),
        // Matroska does not say which channels these are: the usual four.
        ("j.mkv", "4.0", 32_000, "-c:a pcm_s24le", "pcm_s24le", 4),
        ("k.mov", "7.1", 48_000, "-c:a pcm_s16le", "pcm_s16le", 8),
    ];
    for (name, layout, rate, encoder, codec, channels) in cases {
        let info = made(
            name,
            &format!("-f lavfi -i anoisesrc=d=1:r={rate}:a=0.1 -af aformat=channel_layouts={layout} {encoder}"),
        );
        let (track, found) = sound(&info);
        assert_eq!(track.codec, codec, "{name}");
        assert_eq!((found.channels, found.sample_rate, found.layout.as_str()), (channels, rate, layout), "{name}");
        assert!(track.decodable && info.main_video().is_none(), "{name}");
    }
}

#[test]
fn profile_of_sound() {
    let info = made("a.m4a", "-f lavfi -i sine=d=1 -c:a aac");
    assert_eq!(sound(&info).0.profile.as_deref(), Some("LC"));
}

fn several_tracks(folder: &Path) -> PathBuf {
    let text = folder.join("text.srt");
    std::fs::write(&text, "1\n00:00:00,000 --> 00:00:01,000\nHello\n").unwrap();
    let inputs = format!("-f lavfi -i testsrc2=s=64x64:d=1 -f lavfi -i sine=d=1 -i {}", text.display());
    let maps = "-map 0 -map 1 -map 1 -map 1 -map 2 -c:a aac -c:v libx264 -preset ultrafast -c:s srt";
    let tags = "-metadata:s:a:0 language=eng -metadata:s:a:0 title=Main -metadata:s:a:1 language=deu -metadata:s:a:2 language=und -metadata:s:s:0 language=fra";
    let uses = "-disposition:a:0 0 -disposition:a:1 default -disposition:a:2 0 -disposition:s:0 forced";
    make(&folder.join("several.mkv"), &format!("{inputs} {maps} {tags} {uses}"))
}

#[test]
fn languages_titles_and_dispositions() {
    let folder = folder();
    let info = probed(&several_tracks(folder.path()));
    let languages: Vec<_> = info.tracks.iter().map(|track| track.language.as_deref()).collect();
    // Matroska spells German by ISO 639-2/B; "und" says that nobody knows.
    assert!(
        matches!(languages[..], [None, Some("eng"), Some("ger" | "deu"), None, Some("fre" | "fra")]),
        "{languages:?}"
    );
    assert_eq!(info.tracks[1].title.as_deref(), Some("Main"));
    assert_eq!(info.tracks[2].title, None);
    let default: Vec<_> = info.tracks[1..4].iter().map(|track| track.disposition.default).collect();
    assert_eq!(default, [false, true, false]);
    assert!(info.tracks[4].disposition.forced && !info.tracks[1].disposition.forced);
    assert_eq!(info.tracks[4].kind, TrackKind::Subtitle);
    let order: Vec<_> = info.audio().iter().map(|(track, _)| track.index).collect();
    assert_eq!(order, [2, 1, 3], "the default track comes first");
}

#[test]
fn cover_pictures_are_told_from_videos() {
    let folder = folder();
    let cover = make(&folder.path().join("cover.png"), "-f lavfi -i color=red:s=200x200 -frames:v 1");
    for name in ["song.m4a", "song.mp3", "song.flac"] {
        let with_cover =
            format!("-f lavfi -i sine=d=1 -i {} -map 0 -map 1 -c:v copy -disposition:v attached_pic", cover.display());
        let info = probed(&make(&folder.path().join(name), &with_cover));
        let covers = info.tracks.iter().filter(|track| track.disposition.attached_picture).count();
        assert_eq!((covers, info.tracks.len()), (1, 2), "{name}");
        assert!(info.main_video().is_none(), "{name}");
        assert!(info.duration < Rational::new(12, 10), "{name} lasts {}", info.duration);
    }
    let clip = format!(
        "-f lavfi -i testsrc2=s=64x64:d=1 -i {} -map 0 -map 1 -c:v:0 libx264 -preset:v:0 ultrafast -c:v:1 copy -disposition:v:1 attached_pic",
        cover.display()
    );
    let info = probed(&make(&folder.path().join("clip.mp4"), &clip));
    assert_eq!(size(&info), (64, 64, 64, 64), "the cover is larger, but it is no video");
}

#[test]
fn keyframes_duration_and_size() {
    let folder = folder();
    for name in ["a.mp4", "b.mkv", "c.ts", "d.flv"] {
        let arguments = format!(
            "-f lavfi -i testsrc2=s=64x64:r=25:d=3 {X264} -bf 2 -x264-params keyint=250:scenecut=0 -force_key_frames 0.48,2 -pix_fmt yuv420p"
        );
        let path = make(&folder.path().join(name), &arguments);
        let info = probed(&path);
        let (track, found) = info.main_video().unwrap();
        let start = track.start.unwrap();
        let near = |time: Rational, expected: Rational| (time - start - expected).abs() <= Rational::new(1, 1000);
        let expected = [Rational::ZERO, Rational::new(12, 25), Rational::from(2)];
        let found = &found.keyframes;
        assert!(
            found.len() == 3 && found.iter().zip(expected).all(|(time, expected)| near(*time, expected)),
            "{name}: {found:?}"
        );
        assert!((info.duration - Rational::from(3)).abs() <= Rational::new(1, 1000), "{name}: {}", info.duration);
        assert_eq!(info.size, std::fs::metadata(&path).unwrap().len(), "{name}");
        let rate = info.size as f64 * 8.0 / 3.0;
        assert!((info.bit_rate as f64 / rate - 1.0).abs() < 0.01, "{name}: {} b/s", info.bit_rate);
    }
}

#[test]
fn starts_and_durations_of_tracks() {
    let late = format!(
        "-itsoffset 0.48 -f lavfi -i testsrc2=s=64x64:r=25:d=2 -f lavfi -i sine=r=48000:d=3 {X264} -c:a pcm_s16le"
    );
    let info = made("a.mkv", &late);
    let (track, _) = info.main_video().unwrap();
    assert_eq!((track.start, track.duration), (Some(Rational::new(12, 25)), Some(Rational::from(2))));
    assert_eq!(sound(&info).0.start, Some(Rational::ZERO));
    assert_eq!(info.duration, Rational::from(3));
}

#[test]
fn containers_are_named() {
    let cases = [
        ("a.mp4", "mp4"),
        ("b.mkv", "matroska"),
        ("c.webm", "webm"),
        ("d.ts", "mpegts"),
        ("e.flv", "flv"),
        ("f.avi", "avi"),
    ];
    for (name, word) in cases {
        let encoder = if name.ends_with("webm") { "-c:v libvpx -deadline realtime -cpu-used 8" } else { X264 };
        let info = pictures(name, &format!("{encoder} -pix_fmt yuv420p"));
        assert!(info.container.split(',').any(|name| name == word), "{}", info.container);
    }
}

#[test]
fn what_is_found_survives_json() {
    let folder = folder();
    let mut found = vec![probed(&several_tracks(folder.path()))];
    found.push(pictures(
        "hdr.mkv",
        &format!(
            "-vf format=yuv420p10le,setparams=color_trc=smpte2084:color_primaries=bt2020:colorspace=bt2020nc {X264}"
        ),
    ));
    found.push(pictures("fields.ts", "-vf setfield=bff -c:v mpeg2video -flags +ilme+ildct"));
    found.push(pictures("ntsc.mkv", "-r 30000/1001 -c:v ffv1"));
    for info in found {
        let json = serde_json::to_string(&info).unwrap();
        assert_eq!(serde_json::from_str::<MediaInfo>(&json).unwrap(), info);
    }
}

#[test]
fn a_real_clip_is_what_its_readme_says() {
    let Some(path) = common::clip("bbb_480p_30s.mp4") else { return };
    let info = probed(&path);
    let found = video(&info);
    assert_eq!((found.width, found.height, found.frame_rate), (854, 480, Rational::from(24)));
    let starts: Vec<_> = found.keyframes.iter().map(|time| (*time * Rational::from(10)).round()).collect();
    assert_eq!(starts, [0, 104, 119, 158, 230]);
    assert_eq!(sound(&info).0.codec, "aac");
}
