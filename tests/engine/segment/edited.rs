//! Edit lists of MP4: text and sound begin and end with them to the millisecond and to the sample, fragments too.

use std::path::{Path, PathBuf};

use vodkit_tests::packaged::Packaged;
use vodkit_tests::{ffmpeg, folder, make, numbered, package, tones};

use super::captions::{Cue, cues, near, played};
use super::edited_pictures::{follows_edits, with_edits};
use super::text::ladder;

const SRT: &str = "1\n00:00:01,000 --> 00:00:03,000\nOne\n\n2\n00:00:03,500 --> 00:00:06,200\nTwo\n\n\
    3\n00:00:08,250 --> 00:00:09,000\nThree\n\n4\n00:00:09,100 --> 00:00:23,000\nFour\n\n\
    5\n00:00:23,200 --> 00:00:23,500\nFive\n";

/// 24 seconds of numbered pictures with B-frames, a beep at 6 s, and text.
fn whole(folder: &Path) -> PathBuf {
    let text = folder.join("text.srt");
    std::fs::write(&text, SRT).unwrap();
    let beep = "-f lavfi -i aevalsrc=if(gte(t\\,6)\\,0.5*sin(2*PI*1000*t)\\,0):s=48000:d=24";
    let maps = format!("{beep} -i {} -map 0:v -map 1:a -map 2:s", text.display());
    let coding = "-pix_fmt yuv420p -c:v libx264 -preset ultrafast -bf 2 -g 50 -c:a aac -c:s mov_text";
    numbered::write(&folder.join("whole.mp4"), "25", 600, &format!("{maps} {coding}"))
}

/// What ffmpeg cuts off without encoding anew: an edit list hides what stands before.
fn cut(whole: &Path, name: &str, arguments: &str) -> PathBuf {
    let path = whole.with_file_name(name);
    let words = ["-v", "error", "-y", "-ss", "4.4", "-i", whole.to_str().unwrap(), "-map", "0", "-c", "copy"];
    ffmpeg(&[&words[..], &arguments.split_whitespace().collect::<Vec<_>>(), &[path.to_str().unwrap()]].concat());
    path
}

/// What another program reads of the text in a source.
fn text_of(source: &Path) -> Vec<Cue> {
    let shown = ffmpeg(&["-v", "error", "-i", source.to_str().unwrap(), "-map", "0:s", "-f", "srt", "-"]);
    cues(&String::from_utf8(shown.stdout).unwrap())
}

/// Cues of a source as they are in what begins `seconds` later.
fn later(cues: Vec<Cue>, seconds: f64) -> Vec<Cue> {
    let moved = cues.into_iter().map(|(start, end, text)| ((start - seconds).max(0.0), end - seconds, text));
    moved.filter(|(_, end, _)| *end > 0.0).collect()
}

/// Pictures, sound and text of `source` begin at 4.4 s of what it was cut from.
fn begins_at_the_cut(whole: &Path, source: PathBuf) {
    let folder = folder();
    let expected = later(text_of(whole), 4.4);
    assert_eq!(expected.len(), 4);
    let packaged = Packaged::new(folder, source, &ladder());
    let out = packaged.folder.path().join("out");
    // Its muxer has the last one end with the file.
    near(&played(&out, "text")[..3], &expected[..3], 0.0011);
    let (video, _) = packaged.plan.videos().next().unwrap();
    assert_eq!(numbered::numbers(&packaged.file(video)), numbered::sequence(110, 490), "{}", packaged.source.display());
    let beep = tones::onset(&packaged.channel(0), 48_000);
    assert!((beep - 1.6).abs() < 0.002, "{}: the beep comes at {beep}", packaged.source.display());
    let source = vodkit_tests::source(&packaged.source);
    let (rendition, _) = packaged.plan.texts().next().unwrap();
    for index in (0..rendition.segment_count).rev() {
        let alone = vodkit::segment(&source, &packaged.plan, "text", index).unwrap();
        assert_eq!(alone, std::fs::read(out.join(rendition.segment_key(index))).unwrap());
    }
}

#[test]
fn timed_text_that_is_cut_off_without_encoding() {
    let folder = folder();
    let whole = whole(folder.path());
    begins_at_the_cut(&whole, cut(&whole, "cut.mp4", ""));
}

#[test]
fn fragments_that_are_cut_off_without_encoding() {
    let folder = folder();
    let whole = whole(folder.path());
    begins_at_the_cut(&whole, cut(&whole, "cut.mp4", "-movflags frag_keyframe+delay_moov"));
    begins_at_the_cut(
        &whole,
        cut(&whole, "cut.mp4", "-movflags frag_keyframe+delay_moov+default_base_moof+global_sidx"),
    );
}

const FRAGMENTS: &str = "-pix_fmt yuv420p -c:v libx264 -preset ultrafast -bf 2 -g 50 \
    -movflags frag_keyframe+delay_moov+default_base_moof";

#[test]
fn an_edit_list_of_fragments_hides_what_is_behind_it_too() {
    let folder = folder();
    let source = with_edits(folder.path(), FRAGMENTS, &[(2000, 30)]);
    follows_edits(&source, &numbered::sequence(30, 50), &[0, 1960]);
}

#[test]
fn fragments_with_several_edits() {
    let folder = folder();
    let edits = [(1000, 101), (2000, 13), (1000, 101)];
    let expected = [(101, 25), (13, 50), (101, 25)].map(|(first, count)| numbered::sequence(first, count)).concat();
    let whole = FRAGMENTS.replace("-movflags frag_keyframe+delay_moov+default_base_moof", "");
    for coding in [FRAGMENTS, &whole] {
        follows_edits(&with_edits(folder.path(), coding, &edits), &expected, &[960, 1000, 2960, 3000]);
    }
}

/// By the letter it shows nothing, and FFmpeg shows nothing of it; who writes it means all that is left.
#[test]
fn an_edit_without_a_duration_shows_all_that_is_left() {
    let folder = folder();
    let whole = FRAGMENTS.replace("-movflags frag_keyframe+delay_moov+default_base_moof", "");
    let source = with_edits(folder.path(), &whole, &[(0, 30)]);
    follows_edits(&source, &numbered::sequence(30, 120), &[0, 4760]);
    follows_edits(&with_edits(folder.path(), &whole, &[(0, 0)]), &numbered::sequence(0, 150), &[0, 5960]);
    let beep = "aevalsrc=if(gte(t\\,2.5)\\,0.5*sin(2*PI*1000*t)\\,0):s=48000:d=5";
    let whole = make(&folder.path().join("whole.m4a"), &format!("-f lavfi -i {beep} -c:a aac -b:a 192k"));
    let source = folder.path().join("open.m4a");
    vodkit_tests::with_edits(&whole, &source, &[(0, 48_000)]);
    let packaged = Packaged::new(folder, source, &ladder());
    let (onset, lasts) = (tones::onset(&packaged.channel(0), 48_000), packaged.plan.duration().to_f64());
    assert!((onset - 1.5).abs() < 0.0011 && (lasts - 4.0).abs() < 0.022, "{onset}, {lasts}");
}

/// Each later part begins to the sample, and what lies between two parts is silent.
#[test]
fn sound_of_several_edits_is_exact_to_the_sample() {
    let folder = folder();
    let beep = "aevalsrc=if(between(t\\,2.5\\,3.5)\\,0.5*sin(2*PI*1000*t)\\,0):s=48000:d=5";
    let whole = make(&folder.path().join("whole.m4a"), &format!("-f lavfi -i {beep} -c:a aac -b:a 192k"));
    let source = folder.path().join("cut.m4a");
    // Half a second of silence, then what begins within a packet of AAC, then the silence again, then a part of the tone.
    vodkit_tests::with_edits(&whole, &source, &[(500, 0), (400, 111_456), (300, 0), (250, 124_003)]);
    let packaged = Packaged::new(folder, source, &ladder());
    assert_eq!(packaged.plan.duration().to_f64(), 1.45);
    let sound = packaged.channel(0);
    let loud = |seconds: f64| {
        let middle = (seconds * 48_000.0) as usize;
        tones::level(&sound[middle - 240..middle + 240], 48_000, 1000.0)
    };
    let beep = tones::onset(&sound, 48_000);
    let expected = 0.5 + 2.5 - 111_456.0 / 48_000.0;
    assert!((beep - expected).abs() < 0.0011, "the tone begins at {beep}, not {expected}");
    assert!(loud(0.88) > 0.4 && loud(1.22) > 0.4 && loud(1.43) > 0.4);
    assert!(loud(0.6) < 0.01 && loud(0.92) < 0.01 && loud(1.18) < 0.01);
}

/// A part that ends before its sound does, and an empty one before another.
#[test]
fn sound_stays_within_its_edits() {
    let folder = folder();
    let tone = "-f lavfi -i sine=1000:r=48000:d=3 -c:a aac -b:a 192k";
    let whole = make(&folder.path().join("whole.m4a"), tone);
    let source = folder.path().join("cut.m4a");
    vodkit_tests::with_edits(&whole, &source, &[(500, 10_000), (400, 0), (500, 20_000)]);
    let mut bytes = std::fs::read(&source).unwrap();
    let second = bytes.windows(4).rposition(|name| name == b"elst").unwrap() + 12 + 12;
    bytes[second + 4..second + 8].copy_from_slice(&[255; 4]);
    std::fs::write(&source, bytes).unwrap();
    let packaged = Packaged::new(folder, source, &ladder());
    let sound = packaged.channel(0);
    let loud = |from: usize, to: usize| sound[from..to].iter().fold(0.0_f32, |most, sample| most.max(sample.abs()));
    // The encoder spreads what it is given by less than a frame.
    assert!(loud(24_000 + 1100, 43_200 - 1100) < 0.001, "{}", loud(24_000 + 1100, 43_200 - 1100));
    assert!(loud(22_800, 23_900) > 0.1 && loud(43_300, 44_400) > 0.1);
}

/// Text shown twice, in another order, and cut at both ends.
#[test]
fn text_of_several_edits() {
    let folder = folder();
    let whole = whole(folder.path());
    let maps = format!("-i {} -map 0:v -map 0:s -c copy", whole.display());
    let whole = make(&folder.path().join("text.mp4"), &maps);
    let source = folder.path().join("cut.mp4");
    let second = 1_000_000;
    vodkit_tests::with_edits(&whole, &source, &[(2000, 8 * second), (3000, second / 2), (1000, 4 * second)]);
    let out = folder.path().join("out");
    let (plan, _) = package(&source, &ladder(), &out);
    assert_eq!(plan.texts().next().unwrap().1.source_parts.len(), 3);
    let cue = |start, end, text: &str| (start, end, text.to_owned());
    let expected = [cue(0.25, 1.0, "Three"), cue(1.1, 2.0, "Four"), cue(2.5, 4.5, "One"), cue(5.0, 6.0, "Two")];
    near(&played(&out, "text"), &expected, 0.0011);
}
