//! What of a source cannot be played is told, and the rest is made.

use vodkit::{ErrorKind, Plan, Source, WarningKind};

use vodkit_tests::{captioned, folder, make, package, quick, run, source};

/// A second of video and two tracks of audio in Matroska, with some codecs made unknown.
fn with_unknown(codecs: &[(&str, &str)]) -> Source {
    let folder = folder();
    let arguments = "-f lavfi -i testsrc2=s=128x96:r=25:d=1 -f lavfi -i sine=d=1 -f lavfi -i sine=880:d=1 -map 0 -map 1 -map 2 \
        -c:v libx264 -preset ultrafast -pix_fmt yuv420p -c:a:0 aac -c:a:1 flac";
    let mut bytes = std::fs::read(make(&folder.path().join("a.mkv"), arguments)).unwrap();
    for (known, unknown) in codecs {
        let place = bytes.windows(known.len()).position(|found| found == known.as_bytes()).unwrap();
        bytes[place..place + known.len()].copy_from_slice(unknown.as_bytes());
    }
    Source::bytes(bytes)
}

/// The tracks that warnings name, and the ids of the renditions.
fn planned(codecs: &[(&str, &str)]) -> (Vec<u32>, Vec<String>) {
    let plan = vodkit::plan(&with_unknown(codecs), &quick(&[64])).unwrap();
    assert!(plan.warnings().iter().all(|warning| warning.kind == WarningKind::TrackLeftOut));
    let tracks = plan.warnings().iter().filter_map(|warning| warning.track).collect();
    (tracks, plan.renditions().iter().map(|rendition| rendition.id.clone()).collect())
}

#[test]
fn a_track_that_cannot_be_decoded_is_left_out_with_a_warning() {
    let ids = |list: &[&str]| list.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();
    assert_eq!(planned(&[]), (vec![], ids(&["64p", "audio-1", "audio-2"])));
    assert_eq!(planned(&[("A_AAC", "A_XYZ")]), (vec![1], ids(&["64p", "audio"])));
    assert_eq!(planned(&[("A_AAC", "A_XYZ"), ("A_FLAC", "A_WXYZ")]), (vec![1, 2], ids(&["64p"])));
    assert_eq!(planned(&[("V_MPEG4/ISO/AVC", "V_XYZXY/ZXY/ZXY")]), (vec![0], ids(&["audio-1", "audio-2"])));
}

/// What is damaged is not the codec's name, but what its decoder is set up with.
#[test]
fn a_track_whose_decoder_cannot_be_started_is_left_out_with_a_warning() {
    let folder = folder();
    let arguments = "-f lavfi -i testsrc2=s=128x96:r=25:d=1 -f lavfi -i sine=d=1 -c:v libvpx -c:a libvorbis";
    let mut bytes = std::fs::read(make(&folder.path().join("a.webm"), arguments)).unwrap();
    // The head of Vorbis's third header, whose codebooks follow.
    let setup = bytes.windows(7).position(|found| found == b"\x05vorbis").unwrap();
    bytes[setup + 7..setup + 400].fill(0xff);
    let plan = vodkit::plan(&Source::bytes(bytes), &quick(&[64])).unwrap();
    assert_eq!(plan.warnings().iter().map(|warning| warning.track).collect::<Vec<_>>(), [Some(1)]);
    assert_eq!(plan.renditions().iter().map(|rendition| rendition.id.as_str()).collect::<Vec<_>>(), ["64p"]);
}

#[test]
fn a_video_without_a_keyframe_is_left_out_with_a_warning() {
    let folder = folder();
    let arguments = "-f lavfi -i testsrc2=s=128x96:r=25:d=2 -f lavfi -i sine=d=2 -c:v libx264 -preset ultrafast \
        -pix_fmt yuv420p -c:a aac -bsf:v noise=drop=key";
    let plan = vodkit::plan(&source(&make(&folder.path().join("a.mkv"), arguments)), &quick(&[64])).unwrap();
    let [warning] = plan.warnings() else { panic!("{:?}", plan.warnings()) };
    assert!(warning.track == Some(0) && warning.message.contains("no keyframe"), "{}", warning.message);
    assert_eq!(plan.renditions().iter().map(|rendition| rendition.id.as_str()).collect::<Vec<_>>(), ["audio"]);
}

/// As of a broadcast that was cut where no parameter sets follow.
#[test]
fn a_video_without_parameter_sets_is_left_out_with_a_warning() {
    let folder = folder();
    let arguments = "-f lavfi -i testsrc2=s=128x96:r=25:d=2 -f lavfi -i sine=d=2 -c:v libx264 -preset ultrafast \
        -pix_fmt yuv420p -c:a aac -bsf:v filter_units=remove_types=7-8";
    let plan = vodkit::plan(&source(&make(&folder.path().join("a.ts"), arguments)), &quick(&[64])).unwrap();
    let [warning] = plan.warnings() else { panic!("{:?}", plan.warnings()) };
    assert!(warning.track == Some(0) && warning.message.contains("damaged or missing"), "{}", warning.message);
    assert_eq!(plan.renditions().iter().map(|rendition| rendition.id.as_str()).collect::<Vec<_>>(), ["audio"]);
}

#[test]
fn a_source_of_which_nothing_can_be_decoded_is_refused() {
    let codecs = [("V_MPEG4/ISO/AVC", "V_XYZXY/ZXY/ZXY"), ("A_AAC", "A_XYZ"), ("A_FLAC", "A_WXYZ")];
    let error = vodkit::plan(&with_unknown(&codecs), &quick(&[64])).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.to_string().contains("track 0 of the source cannot be played"), "{error}");
}

#[test]
fn a_second_video_is_left_out_with_a_warning() {
    let folder = folder();
    let arguments = "-f lavfi -i testsrc2=s=128x96:r=25:d=1 -f lavfi -i testsrc=s=128x96:r=25:d=2 -map 0 -map 1 \
        -c:v libx264 -preset ultrafast -pix_fmt yuv420p";
    let plan = vodkit::plan(&source(&make(&folder.path().join("a.mp4"), arguments)), &quick(&[64])).unwrap();
    let [warning] = plan.warnings() else { panic!("{:?}", plan.warnings()) };
    let words = "track 1 of the source is left out: a package has one video, and track 0 is the main one";
    assert_eq!((warning.track, warning.message.as_str()), (Some(1), words));
}

#[test]
fn channels_that_cannot_be_mixed_are_left_out_with_a_warning() {
    let folder = folder();
    let arguments = "-f lavfi -i testsrc2=s=128x96:r=25:d=1 -f lavfi -i aevalsrc=0.1|0.1:c=LFE+LFE2:d=1 \
        -c:v mpeg4 -c:a pcm_s16le";
    let path = make(&folder.path().join("a.mov"), arguments);
    let out = folder.path().join("out");
    let (plan, summary) = package(&path, &quick(&[64]), &out);
    assert_eq!(summary.warnings, plan.warnings());
    assert_eq!(plan.warnings().iter().map(|warning| warning.track).collect::<Vec<_>>(), [Some(1)]);
    assert!(plan.warnings()[0].message.contains("LFE+LFE2"), "{:?}", plan.warnings());
    assert_eq!(Plan::from_json(&plan.to_json()).unwrap().warnings(), plan.warnings());
    let playlist = out.join("master.m3u8");
    let streams = run(
        "ffprobe",
        &["-v", "error", "-show_entries", "stream=codec_type", "-of", "csv=p=0", playlist.to_str().unwrap()],
    );
    let streams = String::from_utf8(streams.stdout).unwrap();
    assert!(streams.contains("video") && !streams.contains("audio"), "{streams}");
}

/// An FLV with tags of sound as Enhanced RTMP has them: the kind of packet, and a FourCC.
fn enhanced(plain: &[u8], fourcc: &[u8; 4]) -> Vec<u8> {
    let (mut flv, mut place) = (plain[..13].to_vec(), 13);
    while place < plain.len() {
        let length = u32::from_be_bytes([0, plain[place + 1], plain[place + 2], plain[place + 3]]) as usize;
        let (head, data) = (&plain[place..place + 11], &plain[place + 11..place + 11 + length]);
        let data = match (head[0], data) {
            (8, [_, kind, rest @ ..]) => [&[0x90 | kind][..], fourcc, rest].concat(),
            (_, data) => data.to_vec(),
        };
        flv.extend([&head[..1], &(data.len() as u32).to_be_bytes()[1..], &head[4..], &data].concat());
        flv.extend((data.len() as u32 + 11).to_be_bytes());
        place += 11 + length + 4;
    }
    flv
}

/// FFmpeg 7.1 takes it for an unknown codec of 5512 Hz.
#[test]
fn sound_of_enhanced_flv_is_left_out_by_name() {
    let folder = folder();
    let arguments = "-f lavfi -i testsrc2=s=128x96:r=25:d=1 -f lavfi -i sine=d=1 -c:v libx264 -preset ultrafast -pix_fmt yuv420p \
        -c:a aac";
    let plain = std::fs::read(make(&folder.path().join("a.flv"), arguments)).unwrap();
    for (fourcc, codec) in [(b"Opus", "opus"), (b"ec-3", "eac3"), (b"none", "unknown")] {
        let source = Source::bytes(enhanced(&plain, fourcc));
        let info = vodkit::probe(&source).unwrap();
        let sound = info.tracks.iter().find(|track| matches!(track.kind, vodkit::media::TrackKind::Audio(_))).unwrap();
        let vodkit::media::TrackKind::Audio(audio) = &sound.kind else { unreachable!() };
        assert_eq!((sound.codec.as_str(), audio.channels, audio.sample_rate), (codec, 0, 0));
        let plan = vodkit::plan(&source, &quick(&[64])).unwrap();
        let [warning] = plan.warnings() else { panic!("{:?}", plan.warnings()) };
        let words = match codec {
            "unknown" => "this build does not know its codec".to_owned(),
            codec => format!("this build does not read {codec} in FLV (Enhanced RTMP): put it into MP4 or Matroska"),
        };
        assert!(warning.track == Some(sound.index) && warning.message.contains(&words), "{}", warning.message);
    }
}

/// As FFmpeg 8 and up writes 5.1 channels: one tag says what they are, by Enhanced RTMP, and all others are plain AAC.
#[test]
fn channels_that_are_stated_in_enhanced_flv_are_no_track() {
    let folder = folder();
    let plain = std::fs::read(make(&folder.path().join("a.flv"), "-f lavfi -i sine=d=1 -ac 6 -c:a aac")).unwrap();
    // MultichannelConfig: native order, six channels, and which.
    let data = [&b"\x94mp4a\x01\x06"[..], &0x3f_u32.to_be_bytes()].concat();
    let tag = [&[8, 0, 0, 11, 0, 0, 0, 0, 0, 0, 0][..], &data, &22_u32.to_be_bytes()].concat();
    let place = 13 + 15 + u32::from_be_bytes([0, plain[14], plain[15], plain[16]]) as usize;
    let source = Source::bytes([&plain[..place], &tag, &plain[place..]].concat());
    let plan = vodkit::plan(&source, &quick(&[64])).unwrap();
    assert!(plan.warnings().is_empty() && plan.audios().count() == 1, "{:?}", plan.warnings());
}

/// An edit that begins behind the end.
#[test]
fn a_track_that_is_hidden_is_left_out_with_a_warning() {
    let folder = folder();
    let arguments = "-f lavfi -i testsrc2=s=128x96:r=25:d=1 -f lavfi -i sine=d=1 -c:v libx264 -preset ultrafast -pix_fmt yuv420p \
        -c:a aac";
    let plain = std::fs::read(make(&folder.path().join("a.mp4"), arguments)).unwrap();
    let edits: Vec<usize> = (0..plain.len() - 4).filter(|place| plain[*place..].starts_with(b"elst")).collect();
    for (track, place) in edits.into_iter().enumerate() {
        let mut bytes = plain.clone();
        // Behind the list's head and the entry's duration.
        bytes[place + 16..place + 20].copy_from_slice(&(1_u32 << 24).to_be_bytes());
        let plan = vodkit::plan(&Source::bytes(bytes), &quick(&[64])).unwrap();
        let [warning] = plan.warnings() else { panic!("{:?}", plan.warnings()) };
        assert_eq!((warning.kind, warning.track), (WarningKind::TrackLeftOut, Some(track as u32)));
        assert!(warning.message.contains("nothing of it is to be presented"), "{}", warning.message);
        assert_eq!(
            plan.renditions().iter().map(|rendition| rendition.id.as_str()).collect::<Vec<_>>(),
            [["audio", "64p"][track]]
        );
    }
}

/// PCM has no type of stream, so that FFmpeg's muxer states private data.
#[test]
fn what_a_transport_stream_does_not_name_is_left_out_with_a_warning() {
    let folder = folder();
    let arguments = "-f lavfi -i testsrc2=s=128x96:r=25:d=2 -f lavfi -i sine=d=2 -c:v libx264 -preset ultrafast \
        -pix_fmt yuv420p -c:a pcm_s16le";
    let plan = vodkit::plan(&source(&make(&folder.path().join("a.ts"), arguments)), &quick(&[64])).unwrap();
    let [warning] = plan.warnings() else { panic!("{:?}", plan.warnings()) };
    let words = "track 1 of the source is left out: the source does not say what it is";
    assert!(warning.track == Some(1) && warning.message.starts_with(words), "{}", warning.message);
}

/// A second track that the table of the programme states to be teletext (EN 300 468 6.2.43).
#[test]
fn teletext_is_left_out_by_name() {
    let folder = folder();
    let arguments = "-f lavfi -i testsrc2=s=128x96:r=25:d=2 -f lavfi -i sine=d=2 -f lavfi -i sine=d=2 -map 0 -map 1 -map 2 \
        -c:v libx264 -preset ultrafast -pix_fmt yuv420p -c:a mp2";
    let path = make(&folder.path().join("a.ts"), arguments);
    captioned::change_tables(&path, |section| {
        let kind = section.len() - 5;
        (section[kind], section[kind + 4]) = (6, 7);
        section.extend(b"\x56\x05eng\x10\x88");
    });
    let plan = vodkit::plan(&source(&path), &quick(&[64])).unwrap();
    let [warning] = plan.warnings() else { panic!("{:?}", plan.warnings()) };
    assert!(
        warning.track == Some(2) && warning.message.contains("(en) is left out: its subtitles are in dvb_teletext"),
        "{}",
        warning.message
    );
    assert_eq!(plan.renditions().iter().map(|rendition| rendition.id.as_str()).collect::<Vec<_>>(), ["64p", "audio"]);
}
