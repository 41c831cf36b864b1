//! Sources that call pictures keyframes which are none: decoding begins where it can, and every frame is right.

use vodkit_tests::numbered::{self, sequence};
use vodkit_tests::{folder, package};

use super::frames::{check_alone, ladder, renditions};

/// Some four seconds with one keyframe.
const COUNT: u32 = 97;

/// A source whose bytes `spoil` has changed comes out frame by frame, and so do segments that are made alone.
fn keeps_every_frame(extension: &str, coding: &str, spoil: impl Fn(&mut [u8])) {
    let folder = folder();
    let source = numbered::write(&folder.path().join(format!("source.{extension}")), "25", COUNT, coding);
    let mut bytes = std::fs::read(&source).unwrap();
    spoil(&mut bytes);
    std::fs::write(&source, bytes).unwrap();
    let out = folder.path().join("out");
    let (plan, _) = package(&source, &ladder(), &out);
    let expected = sequence(0, COUNT);
    for (name, seen) in renditions(&plan, &out) {
        assert_eq!(seen, expected, "{coding}: {name}");
    }
    check_alone(&source, &plan, &expected, folder.path());
}

/// Without the table of sync samples each is one (ISO/IEC 14496-12 8.6.2.1).
fn without_sync_samples(bytes: &mut [u8]) {
    let place = bytes.windows(4).position(|name| name == b"stss").unwrap();
    bytes[place..place + 4].copy_from_slice(b"free");
}

/// AVIIF_KEYFRAME in each entry of the index.
fn all_keyframes(bytes: &mut [u8]) {
    let index = bytes.windows(4).rposition(|name| name == b"idx1").unwrap() + 8;
    for entry in bytes[index..].chunks_exact_mut(16).filter(|entry| &entry[..4] == b"00dc") {
        entry[4] |= 0x10;
    }
}

#[test]
fn mp4_that_calls_every_picture_a_keyframe() {
    let yuv = "-pix_fmt yuv420p -g 250";
    keeps_every_frame(
        "mp4",
        &format!("{yuv} -c:v libx264 -preset ultrafast -bf 3 -b_strategy 0"),
        without_sync_samples,
    );
    keeps_every_frame("mp4", &format!("{yuv} -c:v mpeg4 -q:v 3 -bf 2"), without_sync_samples);
    let hevc = "-c:v libx265 -preset ultrafast -x265-params log-level=none:keyint=250:scenecut=0";
    keeps_every_frame("mp4", &format!("{yuv} {hevc}"), without_sync_samples);
}

#[test]
fn h263_that_calls_every_picture_a_keyframe() {
    let coding = "-vf scale=176:144 -pix_fmt yuv420p -g 250 -c:v h263 -q:v 3";
    keeps_every_frame("3gp", coding, without_sync_samples);
}

#[test]
fn mpeg2_in_mp4_that_calls_every_picture_a_keyframe() {
    keeps_every_frame("mp4", "-pix_fmt yuv420p -g 250 -c:v mpeg2video -q:v 3 -bf 2", without_sync_samples);
}

#[test]
fn avi_that_calls_every_picture_a_keyframe() {
    keeps_every_frame("avi", "-pix_fmt yuv420p -g 250 -c:v mpeg4 -q:v 3", all_keyframes);
}
