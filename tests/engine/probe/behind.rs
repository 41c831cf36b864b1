//! What follows the end that a file states for itself.

use std::path::Path;

use vodkit_tests::{folder, make, quick, source};

const SOUND: &str = "-f lavfi -i sine=440:d=3:r=48000";

/// What the warnings of these bytes, in a file of this name, say.
fn told(folder: &Path, name: &str, bytes: &[u8]) -> Vec<String> {
    let path = folder.join(name);
    std::fs::write(&path, bytes).unwrap();
    let plan = vodkit::plan(&source(&path), &quick(&[64])).unwrap();
    plan.warnings().iter().map(|warning| format!("{}: {}", warning.kind.name(), warning.message)).collect()
}

#[test]
fn a_second_file_that_is_not_played_is_told_of() {
    for (name, coding) in [
        ("a.tta", "-c:a tta"),
        ("a.wv", "-c:a wavpack"),
        ("a.caf", "-c:a pcm_s16le"),
        ("a.w64", "-c:a pcm_s16le"),
        ("a.voc", "-c:a pcm_s16le"),
        ("a.wma", "-c:a wmav2"),
    ] {
        let folder = folder();
        let whole = std::fs::read(make(&folder.path().join(name), &format!("{SOUND} {coding}"))).unwrap();
        assert_eq!(told(folder.path(), name, &whole), [""; 0], "{name} alone");
        let found = told(folder.path(), name, &[&whole[..], &whole].concat());
        let [message] = &found[..] else { panic!("{name}: {found:?}") };
        let expected = format!(
            "source_incomplete: the source is several files, one after the other: the package has the first, and not what begins \
             at byte {};",
            whole.len()
        );
        assert!(message.starts_with(&expected), "{message}");
    }
}

/// FFmpeg goes on with another Ogg only where each has one stream.
#[test]
fn a_second_ogg_with_pictures_is_told_of() {
    let folder = folder();
    let film = |name: &str, seconds: u32| {
        let arguments = format!("-f lavfi -i testsrc2=s=64x64:r=10:d={seconds} {SOUND} -c:v libtheora -c:a libvorbis");
        std::fs::read(make(&folder.path().join(name), &arguments)).unwrap()
    };
    let (one, other) = (film("one.ogv", 3), film("other.ogv", 2));
    assert_eq!(told(folder.path(), "a.ogv", &one), [""; 0]);
    let found = told(folder.path(), "a.ogv", &[&one[..], &other].concat());
    let [message] = &found[..] else { panic!("{found:?}") };
    assert!(message.contains(&format!("not what begins at byte {};", one.len())), "{message}");
}

/// Their sound cannot stand behind one header.
#[test]
fn joined_wav_of_two_rates_is_told_of() {
    let folder = folder();
    let one = std::fs::read(make(&folder.path().join("one.wav"), SOUND)).unwrap();
    let other = std::fs::read(make(&folder.path().join("other.wav"), "-f lavfi -i sine=440:d=3:r=44100")).unwrap();
    let found = told(folder.path(), "a.wav", &[&one[..], &other].concat());
    let [message] = &found[..] else { panic!("{found:?}") };
    assert!(message.contains(&format!("not what begins at byte {};", one.len())), "{message}");
}

#[test]
fn much_that_is_behind_the_end_is_told_of() {
    let folder = folder();
    let noise: Vec<u8> = (0..200_000_u32).map(|place| (place.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    for (name, coding) in [("a.wav", "-c:a pcm_s16le"), ("a.aiff", "-c:a pcm_s16be"), ("a.tta", "-c:a tta")] {
        let whole = std::fs::read(make(&folder.path().join(name), &format!("{SOUND} {coding}"))).unwrap();
        let found = told(folder.path(), name, &[&whole[..], b"\0\0\x01\x02", &noise].concat());
        let [message] = &found[..] else { panic!("{name}: {found:?}") };
        let expected = format!(
            "source_incomplete: the source ends at byte {} by its own word, and 200004 bytes follow that the package does not have",
            whole.len()
        );
        assert!(message.starts_with(&expected), "{message}");
        // Padding, and a little of anything.
        assert_eq!(told(folder.path(), name, &[&whole[..], &[0; 200_000]].concat()), [""; 0], "{name}");
        assert_eq!(
            told(folder.path(), name, &[&whole[..], b"\0\0\x01\x02", &noise[..500]].concat()),
            [""; 0],
            "{name}"
        );
    }
    // A tag with a cover.
    let whole = std::fs::read(make(&folder.path().join("b.tta"), &format!("{SOUND} -c:a tta"))).unwrap();
    let tag =
        [b"APETAGEX", &2000_u32.to_le_bytes()[..], &200_032_u32.to_le_bytes(), &[0; 16], &noise, &[0; 32]].concat();
    assert_eq!(told(folder.path(), "b.tta", &[&whole[..], &tag].concat()), [""; 0]);
}
