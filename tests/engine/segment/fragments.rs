//! Fragments of MP4s that go back in time, that are there twice, or whose lengths are damaged.

use std::path::Path;

use vodkit_tests::numbered::{numbers, sequence};
use vodkit_tests::{folder, joined, package, samples, tones};

use super::clock::{H264, check_alone, check_seven_seconds, ladder, part};

const FRAGMENTS: &str = "-movflags frag_keyframe+empty_moov+default_base_moof";
/// With an edit list, by which pictures begin at once and the priming of the sound is hidden.
const EDITED: &str = "-movflags frag_keyframe+delay_moov+default_base_moof";

/// The boxes at the top of an MP4: name and bytes.
fn boxes(mut bytes: &[u8]) -> Vec<([u8; 4], &[u8])> {
    let mut found = Vec::new();
    while let Some(head) = bytes.first_chunk::<8>() {
        let size = u32::from_be_bytes(head[..4].try_into().unwrap()) as usize;
        found.push((head[4..].try_into().unwrap(), &bytes[..size]));
        bytes = &bytes[size..];
    }
    found
}

/// The beginning of an MP4, and its fragments.
fn halves(bytes: &[u8]) -> (Vec<u8>, Vec<Vec<u8>>) {
    let (mut beginning, mut fragments) = (Vec::new(), Vec::<Vec<u8>>::new());
    for (name, bytes) in boxes(bytes).into_iter().filter(|(name, _)| name != b"mfra") {
        match (&name, fragments.last_mut()) {
            (b"moof", _) => fragments.push(bytes.to_vec()),
            (_, Some(fragment)) => fragment.extend(bytes),
            (_, None) => beginning.extend(bytes),
        }
    }
    (beginning, fragments)
}

/// Where the contents of boxes of this name begin.
fn places(bytes: &[u8], name: &[u8; 4]) -> Vec<usize> {
    bytes.windows(4).enumerate().filter(|(_, found)| found == name).map(|(place, _)| place + 4).collect()
}

fn number(bytes: &[u8], place: usize) -> u32 {
    u32::from_be_bytes(bytes[place..place + 4].try_into().unwrap())
}

fn put(bytes: &mut [u8], place: usize, number: u32) {
    bytes[place..place + 4].copy_from_slice(&number.to_be_bytes());
}

/// A recording of 3 s, and one of 4 s that was begun anew behind it.
fn begun_anew(folder: &Path, arguments: &str) -> (Vec<u8>, Vec<Vec<u8>>, Vec<Vec<u8>>) {
    let arguments = format!("{H264} {arguments}");
    let first = part(&folder.join("a.mp4"), 0, 75, 440, &arguments);
    let second = part(&folder.join("b.mp4"), 75, 100, 880, &arguments);
    let ((beginning, first), (other, second)) = (halves(&first), halves(&second));
    assert_eq!(beginning, other);
    (beginning, first, second)
}

#[test]
fn a_recording_in_fragments_that_begins_anew() {
    for (number, flags) in ["", "+negative_cts_offsets", "+separate_moof"].iter().enumerate() {
        let folder = folder();
        let (beginning, first, second) = begun_anew(folder.path(), &format!("{EDITED}{flags}"));
        let path = folder.path().join(format!("{number}.mp4"));
        std::fs::write(&path, [beginning, first.concat(), second.concat()].concat()).unwrap();
        check_seven_seconds(&path, flags);
    }
}

/// The second recording begins within the last fragment of the first, or before it.
#[test]
fn a_recording_in_fragments_that_goes_back_a_little() {
    let folder = folder();
    let (beginning, first, mut second) = begun_anew(folder.path(), EDITED);
    for (later, more) in [(150, 150), (280, 130)] {
        for fragment in &mut second {
            for (place, ticks) in places(fragment, b"tfdt").into_iter().zip([12_800, 48_000]) {
                // Behind version and flags, and the upper half of the time.
                let time = number(fragment, place + 8) + more * ticks / 100;
                put(fragment, place + 8, time);
            }
        }
        let path = folder.path().join(format!("{later}.mp4"));
        std::fs::write(&path, [beginning.clone(), first.concat(), second.concat()].concat()).unwrap();
        check_seven_seconds(&path, &format!("{later} hundredths"));
    }
}

/// Five seconds, each picture once and the tone without a hole.
fn check_five_seconds(bytes: &[u8], name: &str) {
    let folder = folder();
    let (source, out) = (folder.path().join("source.mp4"), folder.path().join("out"));
    std::fs::write(&source, bytes).unwrap();
    let (plan, _) = package(&source, &ladder(), &out);
    let seen = numbers(&joined(&out, plan.videos().next().unwrap().0));
    let before = seen.len() - 125;
    // An encoder's priming comes before the first picture, which is shown that much longer.
    assert!(before <= 2 && seen[..before].iter().all(|number| *number == Some(0)), "{name}: {seen:?}");
    assert_eq!(seen[before..], sequence(0, 125), "{name}");
    let sound = samples(&joined(&out, plan.audios().next().unwrap().0));
    assert!((4.98..5.1).contains(&(sound.len() as f64 / 48_000.0)), "{name}: {} samples", sound.len());
    for (place, window) in sound[14_400..230_400].chunks(2400).enumerate() {
        let level = tones::level(window, 48_000, 440.0);
        assert!((0.115..0.135).contains(&level), "{name}: {level} in part {place}");
    }
    check_alone(&source, &plan, &out, name);
}

#[test]
fn a_fragment_that_is_there_twice_is_played_once() {
    let folder = folder();
    let whole = part(&folder.path().join("a.mp4"), 0, 125, 440, &format!("{H264} {FRAGMENTS}"));
    let (beginning, mut fragments) = halves(&whole);
    fragments.insert(2, fragments[2].clone());
    check_five_seconds(&[beginning, fragments.concat()].concat(), "twice");
}

/// The lengths that a fragment states for all of its samples, of pictures and of sound, in the midst and at the end.
#[test]
fn lengths_that_are_damaged_in_a_fragment_are_found() {
    let folder = folder();
    let whole = part(&folder.path().join("a.mp4"), 0, 125, 440, &format!("{H264} {FRAGMENTS}"));
    let headers = places(&whole, b"tfhd");
    assert_eq!(headers.len(), 10);
    for (header, stated) in [(4, 512), (5, 1024), (8, 512)] {
        // Behind version, flags and the track's number.
        let place = headers[header] + 8;
        assert_eq!(number(&whole, place), stated);
        for length in [0, stated / 2, stated * 2, stated * 16, 0x7fff_ffff] {
            let mut bytes = whole.clone();
            put(&mut bytes, place, length);
            check_five_seconds(&bytes, &format!("{length} in header {header}"));
        }
    }
}

/// The lengths that hold for all fragments, which state none of their own.
#[test]
fn lengths_that_are_damaged_for_all_fragments_are_found() {
    let folder = folder();
    let mut whole = part(&folder.path().join("a.mp4"), 0, 125, 440, &format!("{H264} {FRAGMENTS}"));
    for header in places(&whole, b"tfhd") {
        let [flags, size, sample_flags] = [0, 12, 16].map(|place| number(&whole, header + place));
        put(&mut whole, header, flags & !8);
        put(&mut whole, header + 8, size);
        put(&mut whole, header + 12, sample_flags);
    }
    let defaults = places(&whole, b"trex");
    put(&mut whole, defaults[0] + 12, 512);
    put(&mut whole, defaults[1] + 12, 1024);
    check_five_seconds(&whole, "undamaged");
    for (track, lengths) in [(0, [0, 1024, 8192, 0x7fff_ffff]), (1, [0, 2048, 16_384, 0x7fff_ffff])] {
        for length in lengths {
            let mut bytes = whole.clone();
            put(&mut bytes, defaults[track] + 12, length);
            check_five_seconds(&bytes, &format!("{length} in track {track}"));
        }
    }
}

/// Pictures that are stated to be held within a fragment, each fragment by other lengths, and what is lost between two of them.
#[test]
fn lengths_that_differ_and_gaps_are_no_damage() {
    let folder = folder();
    let held =
        format!("{H264} {FRAGMENTS} -vf setpts='N/25/TB+gte(mod(N,25),7)*0.6/TB+floor(N/25)*0.6/TB' -fps_mode vfr");
    let whole = part(&folder.path().join("a.mp4"), 0, 50, 440, &held);
    let source = folder.path().join("source.mp4");
    std::fs::write(&source, &whole).unwrap();
    let out = folder.path().join("out");
    let (plan, _) = package(&source, &ladder(), &out);
    let seen = numbers(&joined(&out, plan.videos().next().unwrap().0));
    for last in [6, 31] {
        let shown = seen.iter().filter(|number| **number == Some(last)).count();
        assert!((15..=17).contains(&shown), "{last} is shown {shown} times: {seen:?}");
    }
    // A second is lost.
    let whole = part(&folder.path().join("b.mp4"), 0, 125, 440, &format!("{H264} {FRAGMENTS}"));
    let (beginning, mut fragments) = halves(&whole);
    fragments.remove(2);
    std::fs::write(&source, [beginning, fragments.concat()].concat()).unwrap();
    let plan = vodkit::plan(&vodkit_tests::source(&source), &ladder()).unwrap();
    let seconds = plan.duration().to_f64();
    assert!((4.98..5.1).contains(&seconds), "{seconds} s");
}
