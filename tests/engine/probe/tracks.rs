//! Which track is played, and which cannot be.

use vodkit::{ErrorKind, Source, ThumbnailOptions, plan, probe, thumbnail};

use vodkit_tests::{folder, make, quick, source};

use super::X264;

#[test]
fn the_main_video_is_the_one_that_moves_and_lasts() {
    let folder = folder();
    let still = "-f lavfi -i smptebars=s=128x96:r=30:d=0.5";
    let photo = "-f lavfi -i smptebars=s=128x96:r=1:d=1";
    let film = "-f lavfi -i testsrc2=s=64x48:r=30:d=3";
    let sharp = "-f lavfi -i testsrc2=s=128x96:r=30:d=2.9";
    for (name, inputs, dispositions, main) in [
        ("a larger but short one", [film, still], ["default", "default"], 0),
        ("a larger photo that is the default", [photo, film], ["default", "0"], 1),
        ("the default though shorter", [film, still], ["0", "default"], 1),
        ("the larger of two as long", [film, sharp], ["default", "default"], 1),
        ("the first of equals", [film, film], ["default", "default"], 0),
    ] {
        let [first, second] = dispositions;
        let maps = format!("-map 0 -map 1 -disposition:v:0 {first} -disposition:v:1 {second}");
        let path = make(&folder.path().join("two.mp4"), &format!("{} {} {maps} {X264}", inputs[0], inputs[1]));
        assert_eq!(probe(&source(&path)).unwrap().main_video().unwrap().0.index, main, "{name}");
    }
}

/// By common encryption, whose scheme says nothing of whether it is: whole and in fragments, video and audio.
#[test]
fn what_is_encrypted_is_refused_by_name() {
    let folder = folder();
    let key = "-encryption_scheme cenc-aes-ctr -encryption_key 00112233445566778899aabbccddeeff";
    let key = format!("{key} -encryption_kid 00112233445566778899aabbccddeeff");
    for (name, inputs) in [
        ("video.mp4", format!("-f lavfi -i testsrc2=s=64x64:r=10:d=1 {X264}")),
        ("audio.m4a", "-f lavfi -i sine=d=1 -c:a aac -f mp4".to_owned()),
        ("fragments.mp4", format!("-f lavfi -i testsrc2=s=64x64:r=10:d=1 {X264} -movflags frag_keyframe+empty_moov")),
    ] {
        let path = make(&folder.path().join(name), &format!("{inputs} {key}"));
        for scheme in [b"cenc", b"cbcs"] {
            let mut bytes = std::fs::read(&path).unwrap();
            let place = bytes.windows(4).position(|found| found == b"cenc").unwrap();
            bytes[place..place + 4].copy_from_slice(scheme);
            let source = Source::bytes(bytes);
            let errors = [
                probe(&source).unwrap_err(),
                plan(&source, &quick(&[64])).unwrap_err(),
                thumbnail(&source, &ThumbnailOptions::default()).unwrap_err(),
            ];
            for error in errors {
                assert!(error.kind() == ErrorKind::Encrypted && error.to_string().contains("is encrypted"), "{error}");
            }
        }
    }
}
