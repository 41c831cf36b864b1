//! What an edit list shows of the pictures: each at its time, nothing that is cut off.

use std::path::{Path, PathBuf};

use vodkit::thumbnail::Position;
use vodkit::{Rational, ThumbnailOptions, thumbnail};

use super::frames::{OPEN_GOP, SPARSE, check_alone, ladder, renditions};
use vodkit_tests as common;
use vodkit_tests::numbered::{self, numbers, sequence};
use vodkit_tests::{folder, package};

/// Cutting without encoding leaves frames in front that are decoded but not shown.
#[test]
fn an_edit_list_hides_what_was_cut_off() {
    let folder = folder();
    let whole = numbered::write(&folder.path().join("whole.mp4"), "25", 120, SPARSE);
    let cut = folder.path().join("cut.mp4");
    common::make(&cut, &format!("-ss 1.32 -i {} -c copy", whole.display()));
    let (plan, _) = package(&cut, &ladder(), &folder.path().join("out"));
    let expected = sequence(33, 87);
    assert_eq!(numbers(&cut), expected, "the source is not what this test needs");
    for (name, seen) in renditions(&plan, &folder.path().join("out")) {
        assert_eq!(seen, expected, "{name}");
    }
    check_alone(&cut, &plan, &expected, folder.path());
}

/// An MP4 of 150 pictures at 25 a second with other edits, each so many milliseconds long from such a picture on.
pub(super) fn with_edits(folder: &Path, coding: &str, edits: &[(u32, u32)]) -> PathBuf {
    let cut = folder.join("cut.mp4");
    let whole = numbered::write(&folder.join("whole.mp4"), "25", 150, coding);
    let edits: Vec<_> = edits.iter().map(|(duration, picture)| (*duration, picture * 512)).collect();
    common::with_edits(&whole, &cut, &edits);
    cut
}

/// Of a source with edits `expected` is to be seen, also where segments are made alone, and by thumbnails at these
/// milliseconds.
pub(super) fn follows_edits(cut: &Path, expected: &[Option<u32>], at: &[u32]) {
    let folder = folder();
    let out = folder.path().join("out");
    let storyboard = vodkit::StoryboardOptions::default().interval(1);
    let (plan, _) = package(cut, &ladder().storyboard(storyboard), &out);
    for (name, seen) in renditions(&plan, &out) {
        assert_eq!(seen, expected, "{name}");
    }
    check_alone(cut, &plan, expected, folder.path());
    let tiles = &plan.storyboard().unwrap().1.tiles;
    assert_eq!(tiles.len(), expected.len().div_ceil(25));
    for milliseconds in at {
        let at = Position::Seconds(Rational::new((*milliseconds).into(), 1000));
        let picture = folder.path().join("thumbnail.jpg");
        let made = thumbnail(&common::source(cut), &ThumbnailOptions::default().at(at)).unwrap();
        std::fs::write(&picture, made.bytes).unwrap();
        assert_eq!(numbers(&picture), [expected[*milliseconds as usize / 40]], "at {milliseconds} ms");
    }
}

/// Two edits that cut within the only group of pictures: the second begins with a hidden copy of the keyframe.
#[test]
fn two_edits_within_a_group_of_pictures() {
    let folder = folder();
    let expected: Vec<_> = (0..50).chain(75..125).map(Some).collect();
    let cut = with_edits(folder.path(), &format!("{SPARSE} -bf 0"), &[(2000, 0), (2000, 75)]);
    follows_edits(&cut, &expected, &[1960, 2000, 2040]);
}

/// FFmpeg takes the first picture in the order of decoding that an edit shows for the first of all.
#[test]
fn two_edits_among_b_frames() {
    let folder = folder();
    for first in [74, 75, 76, 77] {
        let expected: Vec<_> = (0..50).chain(first..first + 50).map(Some).collect();
        let cut = with_edits(folder.path(), SPARSE, &[(2000, 0), (2000, first)]);
        follows_edits(&cut, &expected, &[1960, 2000, 2040]);
    }
}

/// The later part comes first, and a part is shown twice.
#[test]
fn edits_in_another_order() {
    let folder = folder();
    let expected: Vec<_> = (101..126).chain(13..38).chain(101..126).map(Some).collect();
    for coding in [OPEN_GOP, SPARSE] {
        let cut = with_edits(folder.path(), coding, &[(1000, 101), (1000, 13), (1000, 101)]);
        follows_edits(&cut, &expected, &[960, 1000, 1960, 2000, 2040]);
    }
}

/// Changes the second entry of the edit list: the media's time, and the rate.
fn change_second_edit(cut: &Path, media: Option<i32>, rate: u32) {
    let mut bytes = std::fs::read(cut).unwrap();
    let second = bytes.windows(4).rposition(|name| name == b"elst").unwrap() + 12 + 12;
    if let Some(media) = media {
        bytes[second + 4..second + 8].copy_from_slice(&media.to_be_bytes());
    }
    bytes[second + 8..second + 12].copy_from_slice(&rate.to_be_bytes());
    std::fs::write(cut, bytes).unwrap();
}

/// Between two edits an empty one: the last picture stays.
#[test]
fn an_empty_edit_between_two_others() {
    let folder = folder();
    let cut = with_edits(folder.path(), SPARSE, &[(1000, 0), (2000, 0), (1000, 75)]);
    change_second_edit(&cut, Some(-1), 1 << 16);
    let expected: Vec<_> = (0..25).chain(std::iter::repeat_n(24, 50)).chain(75..100).map(Some).collect();
    follows_edits(&cut, &expected, &[960, 1000, 2960, 3000, 3040]);
}

/// An edit whose rate is 0 holds a picture.
#[test]
fn an_edit_that_holds_a_picture() {
    let folder = folder();
    let cut = with_edits(folder.path(), SPARSE, &[(1000, 0), (2000, 30), (1000, 75)]);
    change_second_edit(&cut, None, 0);
    let expected: Vec<_> = (0..25).chain(std::iter::repeat_n(30, 50)).chain(75..100).map(Some).collect();
    follows_edits(&cut, &expected, &[960, 1000, 2960, 3000, 3040]);
}
