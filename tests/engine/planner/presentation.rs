//! What a source says of how it is to be presented, and no package follows, is told.

use std::path::Path;

use vodkit::{Plan, Source, WarningKind};

use vodkit_tests::{PICTURES, boxed, folder, insert, make, quick, source};

const PLAIN: &str = "-f lavfi -i testsrc2=s=128x64:r=25:d=1 -c:v libx264 -preset ultrafast -bf 0 -pix_fmt yuv420p";

/// What is said of presentation, each of a track or of all.
fn said(plan: &Plan) -> Vec<(Option<u32>, &str)> {
    let told = plan.warnings().iter();
    told.map(|warning| {
        assert_eq!(warning.kind, WarningKind::PresentationNotFollowed, "{}", warning.message);
        assert_eq!(warning.kind.name(), "presentation_not_followed");
        (warning.track, warning.message.as_str())
    })
    .collect()
}

/// The plan of an MP4 whose pictures are described by these boxes too.
fn described(folder: &Path, boxes: &[u8]) -> Plan {
    let mut bytes = std::fs::read(make(&folder.join("a.mp4"), PLAIN)).unwrap();
    insert(&mut bytes, &PICTURES, 86, boxes);
    vodkit::plan(&Source::bytes(bytes), &quick(&[64])).unwrap()
}

/// The boxes of Spherical Video V2.
#[test]
fn pictures_around_the_viewer() {
    let folder = folder();
    let projection = [boxed(b"prhd", &[0; 16]), boxed(b"equi", &[0; 20])].concat();
    let spherical = boxed(b"sv3d", &[boxed(b"svhd", b"\0\0\0\0camera\0"), boxed(b"proj", &projection)].concat());
    let plan = described(folder.path(), &spherical);
    let [(Some(0), message)] = said(&plan)[..] else { panic!("{:?}", plan.warnings()) };
    assert!(message.contains("track 0 of the source is all around its viewer (360°)"), "{message}");
    assert_eq!(said(&described(folder.path(), &boxed(b"free", &[]))), []);
    // For both eyes too.
    let plan = described(folder.path(), &[boxed(b"st3d", &[0, 0, 0, 0, 1]), spherical].concat());
    assert_eq!(said(&plan).len(), 2);
}

#[test]
fn pictures_for_each_eye() {
    let folder = folder();
    let plan = described(folder.path(), &boxed(b"st3d", &[0, 0, 0, 0, 2]));
    let [(Some(0), message)] = said(&plan)[..] else { panic!("{:?}", plan.warnings()) };
    assert!(message.contains("track 0 of the source has a picture for each eye (3D)"), "{message}");
    // A picture for both.
    assert_eq!(said(&described(folder.path(), &boxed(b"st3d", &[0, 0, 0, 0, 0]))), []);
    let matroska = make(&folder.path().join("a.mkv"), &format!("{PLAIN} -metadata:s:v stereo_mode=left_right"));
    assert_eq!(said(&vodkit::plan(&source(&matroska), &quick(&[64])).unwrap()), [(Some(0), message)]);
}

/// In the pictures' own words: side by side (3), one above the other (4), and one for both (6), which FFmpeg does not tell before it
/// decodes.
#[test]
fn pictures_for_each_eye_by_their_own_word() {
    let folder = folder();
    for name in ["a.mp4", "a.mkv", "a.ts", "a.h264", "fragments.mp4"] {
        for (packing, count) in [(3, 1), (4, 1), (6, 0)] {
            let fragments = if name == "fragments.mp4" { "-movflags +frag_keyframe+empty_moov" } else { "" };
            let coding = format!("{PLAIN} -x264-params frame-packing={packing} {fragments}");
            let plan = vodkit::plan(&source(&make(&folder.path().join(name), &coding)), &quick(&[64])).unwrap();
            assert_eq!(said(&plan).len(), count, "{name} {packing} {:?}", plan.warnings());
            assert!(said(&plan).iter().all(|(_, words)| words.contains("a picture for each eye (3D)")));
        }
    }
    // x265 writes no such message: it comes before the first picture, as does that of MPEG-2 behind its sequence header.
    let message: &[u8] = &[0, 0, 0, 1, 39 << 1, 1, 45, 3, 0b1000_0001, 0b1000_0000, 0x80, 0x80];
    let hevc = PLAIN.replace("libx264", "libx265").replace("-bf 0", "-x265-params log-level=none");
    let mut hevc = std::fs::read(make(&folder.path().join("a.hevc"), &hevc)).unwrap();
    let picture = hevc.windows(4).position(|bytes| matches!(bytes, [0, 0, 1, 0x26 | 0x28])).unwrap();
    hevc.splice(picture..picture, message.iter().copied());
    let file = folder.path().join("stereo.hevc");
    std::fs::write(&file, &hevc).unwrap();
    let copy = make(&folder.path().join("hevc.mp4"), &format!("-i {} -c copy", file.display()));
    let mpeg = "-f lavfi -i testsrc2=s=128x64:r=25:d=1 -c:v mpeg2video -f mpeg2video";
    let mut mpeg = std::fs::read(make(&folder.path().join("a.m2v"), mpeg)).unwrap();
    let group = mpeg.windows(4).position(|bytes| bytes == [0, 0, 1, 0xb8]).unwrap();
    mpeg.splice(group..group, *b"\0\0\x01\xb2JP3D\x03\x83\x04\xff");
    for source in [Source::bytes(hevc), source(&copy), Source::bytes(mpeg)] {
        let plan = vodkit::plan(&source, &quick(&[64])).unwrap();
        let [(Some(0), message)] = said(&plan)[..] else { panic!("{:?}", plan.warnings()) };
        assert!(message.contains("track 0 of the source has a picture for each eye (3D)"), "{message}");
    }
}

/// A copy with these bytes so far behind the last of this name.
fn written(bytes: &[u8], name: &[u8; 4], offset: usize, written: &[u8]) -> Source {
    let mut bytes = bytes.to_vec();
    let place = bytes.windows(4).rposition(|found| found == name).unwrap() + 4 + offset;
    bytes[place..place + written.len()].copy_from_slice(written);
    Source::bytes(bytes)
}

/// By the rate of an edit, behind a list's head and an entry's duration and time, and by that of the movie.
#[test]
fn another_speed() {
    let folder = folder();
    let plain = std::fs::read(make(&folder.path().join("a.mp4"), PLAIN)).unwrap();
    let plan = |name, offset, rate: u32| {
        vodkit::plan(&written(&plain, name, offset, &rate.to_be_bytes()), &quick(&[64])).unwrap()
    };
    let words = "states another speed, and is played at its own";
    for rate in [2 << 16, 1 << 15, 0xffff_0000] {
        assert_eq!(said(&plan(b"elst", 16, rate)), [(Some(0), format!("track 0 of the source {words}").as_str())]);
    }
    assert_eq!(said(&plan(b"mvhd", 20, 2 << 16)), [(None, format!("the source {words}").as_str())]);
    assert_eq!(said(&plan(b"elst", 16, 1 << 16)), []);
    assert_eq!(said(&plan(b"mvhd", 20, 0)), []);
}

/// Matroska whose edition of chapters has an order of its own (EditionFlagOrdered).
#[test]
fn chapters_with_an_order_of_their_own() {
    let folder = folder();
    let chapters = folder.path().join("chapters.txt");
    let chapter = |start, end| format!("[CHAPTER]\nTIMEBASE=1/1000\nSTART={start}\nEND={end}\ntitle={start}\n");
    std::fs::write(&chapters, format!(";FFMETADATA1\n{}{}", chapter(0, 500), chapter(500, 1000))).unwrap();
    let coding = PLAIN.replace("-c:v", "-map 1 -map_chapters 0 -c:v");
    let arguments = format!("-i {} {coding}", chapters.display());
    let plain = std::fs::read(make(&folder.path().join("a.mkv"), &arguments)).unwrap();
    assert_eq!(said(&vodkit::plan(&Source::bytes(plain.clone()), &quick(&[64])).unwrap()), []);
    let mut ordered = plain;
    let flag = ordered.windows(4).position(|found| found == b"\x45\xdb\x81\x01").unwrap();
    ordered[flag + 1] = 0xdd;
    let plan = vodkit::plan(&Source::bytes(ordered), &quick(&[64])).unwrap();
    let [(None, message)] = said(&plan)[..] else { panic!("{:?}", plan.warnings()) };
    assert!(message.contains("(ordered chapters)"), "{message}");
}

/// An element of Matroska: its name, its size in one byte, and its content.
fn element(name: &[u8], content: &[u8]) -> Vec<u8> {
    [name, &[0x80 | content.len() as u8], content].concat()
}

/// Matroska that names the file before it or after it, in what it says of the whole (Info).
#[test]
fn matroska_that_is_linked_to_other_files() {
    let folder = folder();
    let coding = format!("{PLAIN} -metadata title=a-title-of-twenty-four-letters");
    let plain = std::fs::read(make(&folder.path().join("a.mkv"), &coding)).unwrap();
    let title = element(&[0x7b, 0xa9], b"a-title-of-twenty-four-letters");
    let place = plain.windows(title.len()).position(|bytes| bytes == title).unwrap();
    for (name, count) in [([0x3c, 0xb9, 0x23], 1), ([0x3e, 0xb9, 0x23], 1), ([0x3e, 0x83, 0xbb], 0)] {
        let mut linked = plain.clone();
        let id = element(&name, &[7; 16]);
        // The rest is free space.
        let written = [&id[..], &element(&[0xec], &vec![0; title.len() - id.len() - 2])].concat();
        linked.splice(place..place + title.len(), written);
        let plan = vodkit::plan(&Source::bytes(linked), &quick(&[64])).unwrap();
        assert_eq!(said(&plan).len(), count, "{name:?} {:?}", plan.warnings());
        let words = "the source is one of several files that are to be played together (linked segments)";
        assert!(said(&plan).iter().all(|(track, message)| track.is_none() && message.contains(words)));
    }
}

/// Ordered chapters of which one is in another file (ChapterSegmentUUID), in place of its name.
#[test]
fn ordered_chapters_in_other_files() {
    let folder = folder();
    let chapters = folder.path().join("chapters.txt");
    let name = "a-name-of-twenty-four-letters";
    std::fs::write(&chapters, format!(";FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=500\ntitle={name}\n"))
        .unwrap();
    let coding = PLAIN.replace("-c:v", "-map 1 -map_chapters 0 -c:v");
    let arguments = format!("-i {} {coding}", chapters.display());
    let mut ordered = std::fs::read(make(&folder.path().join("a.mkv"), &arguments)).unwrap();
    let flag = ordered.windows(4).position(|found| found == b"\x45\xdb\x81\x01").unwrap();
    ordered[flag + 1] = 0xdd;
    let place = ordered.windows(name.len()).position(|found| found == name.as_bytes()).unwrap();
    // The display of the chapter, of which the name is the first in it.
    let display = (place - 8..place).find(|place| ordered[*place] == 0x80 && ordered[place + 1] >= 0xa0).unwrap();
    let size = usize::from(ordered[display + 1] & 0x7f);
    let id = element(&[0x6e, 0x67], &[7; 16]);
    let written = [&id[..], &element(&[0xec], &vec![0; size - id.len()])].concat();
    ordered.splice(display..display + 2 + size, written);
    let plan = vodkit::plan(&Source::bytes(ordered), &quick(&[64])).unwrap();
    let [(None, first), (None, second)] = said(&plan)[..] else { panic!("{:?}", plan.warnings()) };
    assert!(first.contains("(ordered chapters)") && second.contains("(linked segments)"), "{first} {second}");
}
