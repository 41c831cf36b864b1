//! What is no video is refused by its name.

use vodkit::{ErrorKind, Source, WarningKind};

use vodkit_tests::{boxed, folder, insert, make, quick, source};

fn refused(source: &Source) -> (ErrorKind, String) {
    let error = vodkit::probe(source).unwrap_err();
    assert_eq!(vodkit::plan(source, &quick(&[64])).unwrap_err().to_string(), error.to_string());
    (error.kind(), error.to_string())
}

fn assert_refused(bytes: &[u8], kind: ErrorKind, words: &str) {
    let (found, said) = refused(&Source::bytes(bytes.to_vec()));
    assert!(found == kind && said.contains(words), "{found:?}: {said}");
}

#[test]
fn a_single_picture_is_refused_by_name() {
    let folder = folder();
    for (name, codec, words) in [
        ("a.png", "png", "is a picture (PNG), not a video"),
        ("a.webp", "libwebp", "is a picture (WebP), not a video"),
        ("a.bmp", "bmp", "is a picture (BMP), not a video"),
        ("a.tiff", "tiff", "is a picture (TIFF), not a video"),
        ("a.jp2", "jpeg2000", "is a picture (JPEG 2000), not a video"),
    ] {
        let arguments = format!("-f lavfi -i testsrc2=s=64x64:r=10 -frames:v 1 -c:v {codec}");
        let (kind, said) = refused(&source(&make(&folder.path().join(name), &arguments)));
        assert!(kind == ErrorKind::Unsupported && said.contains(words), "{kind:?}: {said}");
    }
}

/// What moving pictures can be in is read as such.
#[test]
fn a_single_picture_of_a_moving_format_is_a_frame() {
    let folder = folder();
    for (name, codec) in [("a.jpg", "mjpeg"), ("a.gif", "gif"), ("a.avif", "libaom-av1")] {
        let arguments = format!("-f lavfi -i testsrc2=s=64x64:r=25 -frames:v 1 -c:v {codec}");
        let plan = vodkit::plan(&source(&make(&folder.path().join(name), &arguments)), &quick(&[64])).unwrap();
        assert_eq!(plan.source_video().unwrap().frames, 1, "{name}");
    }
}

fn numbers(numbers: &[u16]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_be_bytes()).collect()
}

/// A picture of two tiles side by side, as telephones take them (ISO/IEC 23008-12 6.6.2.3).
fn tiled(tile: &[u8]) -> Vec<u8> {
    let kind = boxed(b"ftyp", b"mif1\0\0\0\0mif1");
    let place = kind.len() as u32 + 8;
    let entry =
        |id: u16, kind: &[u8; 4]| boxed(b"infe", &[b"\x02\0\0\0", &numbers(&[id, 0])[..], kind, b"\0"].concat());
    let entries = [entry(1, b"av01"), entry(2, b"av01"), entry(3, b"grid")].concat();
    let of_tile = [place.to_be_bytes(), (tile.len() as u32).to_be_bytes()].concat();
    let of_grid = [0_u32.to_be_bytes(), 8_u32.to_be_bytes()].concat();
    let places = [
        &b"\x01\0\0\0\x44\0\0\x03"[..],
        &numbers(&[1, 0, 0, 1]),
        &of_tile,
        &numbers(&[2, 0, 0, 1]),
        &of_tile,
        &numbers(&[3, 1, 0, 1]),
        &of_grid,
    ];
    let size = boxed(b"ispe", &[[0_u8; 4], 64_u32.to_be_bytes(), 64_u32.to_be_bytes()].concat());
    let uses = [&b"\0\0\0\0\0\0\0\x02"[..], b"\0\x01\x01\x01", b"\0\x02\x01\x01"].concat();
    let properties = [boxed(b"ipco", &size), boxed(b"ipma", &uses)].concat();
    let meta = [
        b"\0\0\0\0".to_vec(),
        boxed(b"hdlr", b"\0\0\0\0\0\0\0\0pict\0\0\0\0\0\0\0\0\0\0\0\0\0"),
        boxed(b"pitm", b"\0\0\0\0\0\x03"),
        boxed(b"iinf", &[b"\0\0\0\0\0\x03", &entries[..]].concat()),
        boxed(b"iref", &[b"\0\0\0\0", &boxed(b"dimg", &numbers(&[3, 2, 1, 2]))[..]].concat()),
        boxed(b"idat", b"\0\0\0\x01\0\x80\0\x40"),
        boxed(b"iloc", &places.concat()),
        boxed(b"iprp", &properties),
    ];
    [kind, boxed(b"mdat", tile), boxed(b"meta", &meta.concat())].concat()
}

/// Its tiles would be taken for videos, of which one is shown.
#[test]
fn a_picture_in_tiles_is_refused() {
    let folder = folder();
    let arguments = "-f lavfi -i testsrc2=s=64x64:r=10 -frames:v 1 -c:v libaom-av1 -f obu";
    let tile = std::fs::read(make(&folder.path().join("a.obu"), arguments)).unwrap();
    assert_refused(&tiled(&tile), ErrorKind::Unsupported, "is a picture in tiles (HEIF), not a video");
}

#[test]
fn playlists_and_archives_are_refused_by_name() {
    let manifest = b"<?xml version=\"1.0\"?>\n<MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\"/>";
    assert_refused(b"#EXTM3U\n#EXTINF:4,\na.ts\n", ErrorKind::NotMedia, "is a playlist (M3U), not a video");
    assert_refused(manifest, ErrorKind::NotMedia, "is a playlist (DASH), not a video");
    assert_refused(b"PK\x03\x04\x14\0\0\0", ErrorKind::NotMedia, "is an archive (ZIP), not a video: unpack it first");
    assert_refused(b"MThd\0\0\0\x06\0\0\0\x01\0\x60", ErrorKind::NotMedia, "is notes for instruments (MIDI)");
    assert_refused(&[&[0; 32_769][..], b"CD001"].concat(), ErrorKind::NotMedia, "is an image of a disc");
}

#[test]
fn subtitles_alone_are_refused_by_name() {
    let ttml = b"<?xml version=\"1.0\"?>\n<tt xmlns=\"http://www.w3.org/ns/ttml\"><body/></tt>";
    assert_refused(b"1\n00:00:01,000 --> 00:00:02,000\nHi\n", ErrorKind::NotMedia, "subtitles (SubRip), not a video");
    assert_refused(ttml, ErrorKind::NotMedia, "subtitles (TTML), not a video");
    let folder = folder();
    let made = make(&folder.path().join("a.mp4"), "-f lavfi -i testsrc2=s=64x64:r=25:d=1 -c:v mpeg4");
    let plan = vodkit::plan(&source(&made), &quick(&[64])).unwrap();
    let error = plan.with_captions("en", "English", std::str::from_utf8(ttml).unwrap()).unwrap_err();
    assert_eq!(error.to_string(), "the captions in en are TTML, not WebVTT: convert them");
}

#[test]
fn a_track_of_ttml_is_left_out_by_name() {
    let folder = folder();
    std::fs::write(folder.path().join("a.srt"), "1\n00:00:00,000 --> 00:00:01,000\nHi\n").unwrap();
    let text = folder.path().join("a.srt");
    let arguments =
        format!("-f lavfi -i testsrc2=s=64x64:r=25:d=1 -i {} -map 0 -map 1 -c:v mpeg4 -c:s ttml", text.display());
    let plan = vodkit::plan(&source(&make(&folder.path().join("a.mp4"), &arguments)), &quick(&[64])).unwrap();
    let [warning] = plan.warnings() else { panic!("{:?}", plan.warnings()) };
    assert_eq!((warning.kind, warning.track), (WarningKind::TrackLeftOut, Some(1)));
    assert!(warning.message.contains("its subtitles are in TTML, which is not read"), "{}", warning.message);
}

/// The two halves of an MP4 in fragments, as players get them.
#[test]
fn half_of_a_fragmented_mp4_is_refused_as_what_it_is() {
    let folder = folder();
    let arguments = "-f lavfi -i testsrc2=s=64x64:r=25:d=1 -c:v libx264 -pix_fmt yuv420p -movflags \
        +frag_keyframe+empty_moov+default_base_moof";
    let bytes = std::fs::read(make(&folder.path().join("a.mp4"), arguments)).unwrap();
    let first = bytes.windows(4).position(|name| name == b"moof").unwrap() - 4;
    assert_refused(&bytes[first..], ErrorKind::NotMedia, "is a fragment of an MP4, not a whole one");
    let error = vodkit::plan(&Source::bytes(bytes[..first].to_vec()), &quick(&[64])).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NothingToPlay);
    assert!(error.to_string().contains("an init segment"), "{error}");
}

/// What is at its end tells what is in it.
#[test]
fn a_truncated_file_that_cannot_be_opened_is_truncated() {
    let folder = folder();
    let path = make(&folder.path().join("a.caf"), "-f lavfi -i sine=440:r=48000:d=2 -c:a alac");
    let bytes = std::fs::read(&path).unwrap();
    assert_refused(&bytes[..bytes.len() / 2], ErrorKind::Truncated, "is truncated: it should have at least");
    // No more than what says what would follow.
    let bytes = std::fs::read(make(&folder.path().join("a.wav"), "-f lavfi -i sine=440:r=48000:d=2")).unwrap();
    let data = bytes.windows(4).position(|name| name == b"data").unwrap() + 8;
    let words = format!("is truncated: it should have at least {} bytes, but has only {data}", bytes.len());
    assert_refused(&bytes[..data], ErrorKind::Truncated, &words);
}

#[test]
fn what_is_not_known_is_refused() {
    let words = "is not a media file that vodkit can read, or it is damaged or incomplete";
    assert_refused(b"Dear diary, today I have not filmed anything.\n", ErrorKind::NotMedia, words);
    let noise: Vec<u8> = (0..5000_u32).map(|number| (number.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    assert_refused(&noise, ErrorKind::NotMedia, words);
}

const FRAGMENTS: &str = "-f lavfi -i testsrc2=s=128x96:r=25:d=2 -pix_fmt yuv420p -c:v libx264 -preset ultrafast -g 25 \
    -movflags frag_keyframe+empty_moov+default_base_moof";

/// Each is read by the first beginning: with another clock it would last seven times as long, of another size it is noise.
#[test]
fn fragments_with_another_beginning_are_refused() {
    let folder = folder();
    let first = std::fs::read(make(&folder.path().join("a.mp4"), FRAGMENTS)).unwrap();
    for other in [format!("{FRAGMENTS} -video_track_timescale 90000"), FRAGMENTS.replace("128x96", "192x96")] {
        let other = std::fs::read(make(&folder.path().join("b.mp4"), &other)).unwrap();
        assert_refused(&[&first[..], &other].concat(), ErrorKind::Unsupported, "is several films, one after the other");
    }
    // The same beginning once more between two fragments.
    let fragments: Vec<usize> = (0..first.len() - 4).filter(|place| first[*place..].starts_with(b"moof")).collect();
    let (beginning, second) = (&first[..fragments[0] - 4], fragments[1] - 4);
    let twice = Source::bytes([&first[..second], beginning, &first[second..]].concat());
    let info = vodkit::probe(&twice).unwrap();
    assert_eq!((info.main_video().unwrap().1.frames, info.duration.to_f64()), (50, 2.0));
    assert_eq!(vodkit::plan(&twice, &quick(&[64])).unwrap().warnings(), []);
}

/// What is at its place in this file would be taken for it.
#[test]
fn media_in_another_file_is_refused() {
    let folder = folder();
    let arguments = "-f lavfi -i testsrc2=s=128x96:r=25:d=1 -pix_fmt yuv420p -c:v libx264 -preset ultrafast";
    let mut bytes = std::fs::read(make(&folder.path().join("a.mov"), arguments)).unwrap();
    let flag = bytes.windows(8).rposition(|found| matches!(found, b"url \0\0\0\x01" | b"alis\0\0\0\x01")).unwrap() + 7;
    let reference: [u8; 4] = bytes[flag - 7..flag - 3].try_into().unwrap();
    // Some forget to say that it is here.
    bytes[flag] = 0;
    assert_eq!(vodkit::probe(&Source::bytes(bytes.clone())).unwrap().main_video().unwrap().1.frames, 25);
    insert(&mut bytes, &[b"moov", b"trak", b"mdia", b"minf", b"dinf", b"dref", &reference], 12, b"file:other.mp4\0");
    assert_refused(&bytes, ErrorKind::Unsupported, "in another file (a reference movie): use the whole film");
}
