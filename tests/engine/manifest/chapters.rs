//! Chapters of the source are listed in the package, and in HLS.

use std::path::{Path, PathBuf};

use vodkit::{Clip, Package, Plan, probe};

use crate::verified::assert_finds;
use vodkit_tests::packaged::Packaged;
use vodkit_tests::{folder, make, package, quick, source, tones};

const PICTURES: &str = "-f lavfi -i testsrc2=s=64x64:r=10:d=10";

/// Ten seconds with a chapter from 0 to 4.5 s and one from there to the end.
fn with_chapters(path: &Path) -> PathBuf {
    let list = path.with_extension("txt");
    let chapter = |start, end, title| format!("[CHAPTER]\nTIMEBASE=1/1000\nSTART={start}\nEND={end}\ntitle={title}\n");
    let chapters = chapter(0, 4500, "The \"sea\"") + &chapter(4500, 10_000, "Grüße");
    std::fs::write(&list, format!(";FFMETADATA1\n{chapters}")).unwrap();
    let arguments = format!("{PICTURES} -i {} -map 0 -map_metadata 1 -map_chapters 1", list.display());
    make(path, &format!("{arguments} -c:v libx264 -preset ultrafast"))
}

/// Start, end and title of each chapter of a plan.
fn told(plan: &Plan) -> Vec<(f64, f64, &str)> {
    let chapters = plan.chapters().iter();
    chapters.map(|each| (each.start.to_f64(), each.end.to_f64(), each.title.as_deref().unwrap())).collect()
}

#[test]
fn chapters_are_listed_in_the_package_and_in_hls() {
    let folder = folder();
    for name in ["a.mp4", "a.mkv"] {
        let (path, out) = (with_chapters(&folder.path().join(name)), folder.path().join(format!("{name}.out")));
        let (plan, _) = package(&path, &quick(&[64]), &out);
        assert_eq!(told(&plan), [(0.0, 4.5, "The \"sea\""), (4.5, 10.0, "Grüße")], "{name}");
        assert_eq!(Plan::from_json(&plan.to_json()).unwrap(), plan);
        let json = |key: &str| -> serde_json::Value {
            serde_json::from_slice(&std::fs::read(out.join(key)).unwrap()).unwrap()
        };
        let list = json("chapters.json");
        assert_eq!(
            (&list[1]["start"], &list[1]["end"], &list[1]["title"]),
            (&4.5.into(), &10.0.into(), &"Grüße".into())
        );
        let apple = &json("chapters-hls.json")[0];
        assert_eq!(
            (&apple["chapter"], &apple["start-time"], &apple["duration"]),
            (&1.into(), &0.0.into(), &4.5.into())
        );
        assert_eq!(apple["titles"][0]["title"], "The \"sea\"");
        let playlist = std::fs::read_to_string(out.join("master.m3u8")).unwrap();
        let tag = "#EXT-X-SESSION-DATA:DATA-ID=\"com.apple.hls.chapters\",URI=\"chapters-hls.json\"\n";
        assert!(playlist.contains(tag), "{playlist}");
        let report = vodkit_verify::verify(&out).unwrap();
        assert!(report.is_clean(), "{:#?}", report.findings);
        let package: Package = vodkit_tests::opened(&out);
        assert!(package.keys().iter().any(|key| key == "chapters.json"));
        package.remove().unwrap();
        assert!(!out.join("chapters.json").exists() && !out.join("chapters-hls.json").exists());
    }
}

/// What an encoder puts before the sound moves no chapter: each begins with the sound that it is for.
#[test]
fn chapters_of_a_podcast_begin_with_their_sound() {
    let folder = folder();
    let list = folder.path().join("chapters.txt");
    let chapters = "[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=4500\ntitle=A\n\
        [CHAPTER]\nTIMEBASE=1/1000\nSTART=4500\nEND=9000\ntitle=B\n";
    std::fs::write(&list, format!(";FFMETADATA1\n{chapters}")).unwrap();
    let beep = "-f lavfi -i aevalsrc=if(gte(t\\,4.5)\\,0.5*sin(2*PI*1000*t)\\,0):s=44100:d=9";
    let maps = format!("{beep} -i {} -map_metadata 1 -map_chapters 1", list.display());
    let path = make(&folder.path().join("a.mp3"), &format!("{maps} -c:a libmp3lame -b:a 128k"));
    let packaged = Packaged::new(folder, path, &quick(&[64]));
    assert_eq!(told(&packaged.plan), [(0.0, 4.5, "A"), (4.5, 9.0, "B")]);
    let beep = tones::onset(&packaged.channel(0), 44_100);
    assert!((beep - 4.5).abs() < 0.002, "the sound of the second chapter comes at {beep}");
}

/// An element of Matroska.
fn element(name: &[u8], content: &[u8]) -> Vec<u8> {
    [name, &[0x40 | (content.len() >> 8) as u8, content.len() as u8], content].concat()
}

/// A chapter from one second to another, with its names, and what else is in it.
fn atom((start, end): (u64, u64), names: &[&str], other: &[u8]) -> Vec<u8> {
    let time = |name, seconds: u64| element(&[name], &(seconds * 1_000_000_000).to_be_bytes());
    let display =
        |name: &&str| element(&[0x80], &[element(&[0x85], name.as_bytes()), element(b"\x43\x7c", b"eng")].concat());
    let displays: Vec<u8> = names.iter().flat_map(display).collect();
    // Its number.
    let uid = element(b"\x73\xc4", &[start as u8 + 1]);
    element(&[0xb6], &[uid, time(0x91, start), time(0x92, end), displays, other.to_vec()].concat())
}

/// A Matroska file whose chapters are in these editions.
fn with_editions(path: &Path, editions: &[Vec<u8>]) -> PathBuf {
    let list = path.with_extension("txt");
    let room = "x".repeat(900);
    std::fs::write(&list, format!(";FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/1\nSTART=0\nEND=10\ntitle={room}\n")).unwrap();
    let maps = format!("{PICTURES} -i {} -map 0 -map_metadata 1 -map_chapters 1", list.display());
    let path = make(path, &format!("{maps} -c:v libx264 -preset ultrafast"));
    let mut bytes = std::fs::read(&path).unwrap();
    let place = bytes.windows(4).rposition(|found| found == b"\x10\x43\xa7\x70").unwrap() + 4;
    let length = bytes[place].leading_zeros() as usize + 1;
    let size = bytes[place + 1..place + length]
        .iter()
        .fold(u64::from(bytes[place]) & (0xff >> length), |size, byte| size << 8 | u64::from(*byte));
    let content = &mut bytes[place + length..place + length + size as usize];
    let chapters: Vec<u8> = editions.iter().flat_map(|edition| element(b"\x45\xb9", edition)).collect();
    let (own, rest) = content.split_at_mut(chapters.len());
    own.copy_from_slice(&chapters);
    // Void.
    let filler = vec![0; rest.len() - 3];
    rest.copy_from_slice(&element(&[0xec], &filler));
    std::fs::write(&path, bytes).unwrap();
    path
}

#[test]
fn hidden_and_nested_chapters_of_matroska_are_left_out_and_the_first_name_is_taken() {
    let folder = folder();
    let hidden = element(&[0x98], &[1]);
    let nested = atom((1, 2), &["Within"], &[]);
    let chapters = [
        atom((0, 4), &["Part one", "Teil eins"], &nested),
        atom((4, 6), &["Hidden"], &hidden),
        atom((6, 10), &["Two", "Zwei"], &[]),
    ];
    let expected = [(0.0, 4.0, "Part one"), (6.0, 10.0, "Two")];
    let other = |flag: &[u8]| [element(flag, &[1]), atom((0, 9), &["Other"], &[])].concat();
    let default = element(b"\x45\xdb", &[1]);
    for (name, editions) in [
        ("one.mkv", vec![chapters.concat()]),
        ("hidden.mkv", vec![other(b"\x45\xbd"), chapters.concat()]),
        ("default.mkv", vec![other(b"\x45\xdd"), [default, chapters.concat()].concat()]),
    ] {
        let path = with_editions(&folder.path().join(name), &editions);
        let plan = vodkit::plan(&source(&path), &quick(&[64])).unwrap();
        assert_eq!(told(&plan), expected, "{name}");
    }
    let all = with_editions(&folder.path().join("all.mkv"), &[atom((0, 4), &["Hidden"], &hidden)]);
    assert_eq!(told(&vodkit::plan(&source(&all), &quick(&[64])).unwrap()), []);
}

#[test]
fn a_clip_has_what_is_left_of_them() {
    let folder = folder();
    let source = source(&with_chapters(&folder.path().join("a.mkv")));
    assert_eq!(probe(&source).unwrap().chapters.len(), 2);
    let plan = vodkit::plan(&source, &quick(&[64]).clip(Clip::new(4, Some(6.into())))).unwrap();
    assert_eq!(told(&plan), [(0.0, 0.5, "The \"sea\""), (0.5, 2.0, "Grüße")]);
    let plan = vodkit::plan(&source, &quick(&[64]).clip(Clip::new(5, None))).unwrap();
    assert_eq!(told(&plan), [(0.0, 5.0, "Grüße")]);
}

#[test]
fn verify_finds_chapters_that_are_not_the_plan_s() {
    let folder = folder();
    let out = folder.path().join("out");
    package(&with_chapters(&folder.path().join("a.mkv")), &quick(&[64]), &out);
    for (key, from, to, words) in [
        ("chapters.json", "4.5", "4.6", "not those of the plan"),
        ("chapters-hls.json", "Grüße", "Grüsse", "not those of the plan"),
        ("master.m3u8", "chapters-hls.json", "other.json", "names 1 lists of chapters"),
    ] {
        assert_finds(&out, key, (from, to), words);
    }
}
