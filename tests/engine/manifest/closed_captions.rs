//! Closed captions in the pictures: told of where pictures are copied, and in a warning.

use std::path::{Path, PathBuf};

use vodkit::{CopyTop, Plan, WarningKind};

use vodkit_tests::{ffmpeg, folder, joined, make, package, quick};

/// A pair of bytes of CEA-608 with odd parity.
fn pair(bytes: [u8; 2]) -> [u8; 2] {
    bytes.map(|byte| if byte.count_ones() % 2 == 0 { byte | 0x80 } else { byte })
}

/// Four seconds of H.264 at 30 frames a second, each picture with room for a pair: a caption is loaded from frame 30 on
/// and then shown.
fn with_captions(path: &Path, mark: &[u8; 4]) -> PathBuf {
    let arguments = "-f lavfi -i testsrc2=s=128x96:r=30:d=4 -c:v libx264 -preset ultrafast -pix_fmt yuv420p -g 30 -bf 0 \
        -bsf:v h264_metadata=aud=insert";
    let plain = std::fs::read(make(&path.with_extension("plain.h264"), arguments)).unwrap();
    let load = [[0x14, 0x2e], [0x14, 0x20], [0x14, 0x70]].map(|code| [code, code]).concat();
    let text = [*b"HE", *b"LL", *b"O ", [0x14, 0x2f], [0x14, 0x2f]];
    let pairs = [load.as_slice(), text.as_slice()].concat();
    let delimiter = b"\0\0\0\x01\x09";
    let (mut bytes, mut place, mut frame) = (Vec::new(), 0, 0_usize);
    while place < plain.len() {
        if plain[place..].starts_with(delimiter) {
            let [one, two] =
                pair(frame.checked_sub(30).and_then(|number| pairs.get(number)).copied().unwrap_or_default());
            let user_data = [b"\xb5\0\x31", &mark[..], b"\x03\xc1\xff\xfc", &[one, two], b"\xff"].concat();
            bytes.extend(
                [&plain[place..place + 6], b"\0\0\0\x01\x06\x04", &[user_data.len() as u8], &user_data, b"\x80"]
                    .concat(),
            );
            (place, frame) = (place + 6, frame + 1);
        } else {
            bytes.push(plain[place]);
            place += 1;
        }
    }
    let raw = path.with_extension("h264");
    std::fs::write(&raw, bytes).unwrap();
    make(path, &format!("-r 30 -i {} -c copy", raw.display()))
}

/// What another program reads of the captions in a file's pictures.
fn read_back(path: &Path) -> String {
    let graph = format!("movie={}[out+subcc]", path.display());
    let shown = ffmpeg(&["-v", "error", "-f", "lavfi", "-i", &graph, "-map", "0:s?", "-f", "srt", "-"]);
    String::from_utf8(shown.stdout).unwrap()
}

fn warned(plan: &Plan) -> Vec<(WarningKind, Option<u32>, bool)> {
    plan.warnings().iter().map(|each| (each.kind, each.track, each.message.contains("copied pictures alone"))).collect()
}

#[test]
fn copied_pictures_have_theirs_and_players_are_told() {
    let folder = folder();
    for name in ["a.ts", "a.mkv", "a.mp4"] {
        let path = with_captions(&folder.path().join(name), b"GA94");
        assert!(read_back(&path).contains("HELLO"), "{name}");
        let out = folder.path().join(format!("{name}.out"));
        let (plan, _) = package(&path, &quick(&[64]).copy_top(CopyTop::Always), &out);
        assert!(plan.renditions()[0].is_passthrough() && !plan.renditions()[1].is_passthrough());
        assert_eq!(warned(&plan), [(WarningKind::ClosedCaptionsLeftOut, Some(0), true)], "{name}");
        let texts = plan.renditions()[..2].iter().map(|rendition| read_back(&joined(&out, rendition)));
        assert_eq!(texts.map(|text| text.contains("HELLO")).collect::<Vec<_>>(), [true, false], "{name}");
        let hls = std::fs::read_to_string(out.join("master.m3u8")).unwrap();
        let media =
            "#EXT-X-MEDIA:TYPE=CLOSED-CAPTIONS,GROUP-ID=\"cc\",NAME=\"CC1\",AUTOSELECT=YES,INSTREAM-ID=\"CC1\"\n";
        assert!(hls.contains(media), "{hls}");
        let variant = |id: &str| hls.lines().rev().skip_while(|line| !line.contains(id)).nth(1).unwrap();
        assert!(variant("96p/").contains("CLOSED-CAPTIONS=\"cc\""), "{hls}");
        // NONE would deny them everywhere.
        assert!(!variant("64p/").contains("CLOSED-CAPTIONS"), "{hls}");
        let dash = std::fs::read_to_string(out.join("manifest.mpd")).unwrap();
        assert!(
            dash.contains("<Accessibility schemeIdUri=\"urn:scte:dash:cc:cea-608:2015\" value=\"CC1=und\""),
            "{dash}"
        );
        // What was written by the test above goes with it.
        for rendition in &plan.renditions()[..2] {
            std::fs::remove_file(out.join(format!("{}.joined.mp4", rendition.id))).unwrap();
        }
        let report = vodkit_verify::verify(&out).unwrap();
        assert!(report.is_clean(), "{:#?}", report.findings);
    }
}

#[test]
fn where_all_is_encoded_there_are_none_and_a_warning_says_so() {
    let folder = folder();
    let path = with_captions(&folder.path().join("a.ts"), b"GA94");
    let out = folder.path().join("out");
    let (plan, _) = package(&path, &quick(&[64]), &out);
    assert_eq!(warned(&plan), [(WarningKind::ClosedCaptionsLeftOut, Some(0), false)]);
    let hls = std::fs::read_to_string(out.join("master.m3u8")).unwrap();
    assert!(hls.contains("CLOSED-CAPTIONS=NONE") && !hls.contains("INSTREAM-ID"), "{hls}");
    let plan = vodkit::plan(&vodkit_tests::source(&path), &quick(&[64]).text(false)).unwrap();
    assert_eq!(warned(&plan), []);
}

#[test]
fn other_messages_are_no_captions() {
    let folder = folder();
    let path = with_captions(&folder.path().join("a.ts"), b"DTG1");
    let plan = vodkit::plan(&vodkit_tests::source(&path), &quick(&[64]).copy_top(CopyTop::Always)).unwrap();
    assert_eq!((warned(&plan), plan.source_video().unwrap().closed_captions.len()), (vec![], 0));
}
