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
