//! Tracks of MP4 that are switched off.

use std::path::Path;

use vodkit::{Plan, Source, WarningKind};

use vodkit_tests::{folder, make, quick, run};

/// How a second of pictures and two tracks of sound are switched: each on or not, and in which group of alternatives.
type Switches = [(bool, u16); 3];

/// Of which the second sound is in German, or both say nothing.
fn switched(folder: &Path, has_language: bool, switches: Switches) -> Vec<u8> {
    let language = if has_language { "-metadata:s:a:0 language=eng -metadata:s:a:1 language=deu" } else { "" };
    let arguments = format!(
        "-f lavfi -i testsrc2=s=128x96:r=25:d=1 -f lavfi -i sine=d=1 -f lavfi -i sine=880:d=1 -map 0 -map 1 -map 2 \
         -c:v libx264 -preset ultrafast -pix_fmt yuv420p -c:a aac {language}"
    );
    let mut bytes = std::fs::read(make(&folder.join("a.mp4"), &arguments)).unwrap();
    let headers: Vec<usize> = (0..bytes.len() - 4).filter(|place| bytes[*place..].starts_with(b"tkhd")).collect();
    for (header, (is_on, group)) in headers.into_iter().zip(switches) {
        bytes[header + 7] = if is_on { 3 } else { 2 };
        bytes[header + 38..header + 40].copy_from_slice(&group.to_be_bytes());
    }
    bytes
}

/// The tracks that are left out, and the ids of the renditions.
fn planned(bytes: Vec<u8>) -> (Vec<Option<u32>>, Vec<String>) {
    let plan: Plan = vodkit::plan(&Source::bytes(bytes), &quick(&[64])).unwrap();
    for warning in plan.warnings() {
        assert_eq!(warning.kind, WarningKind::TrackLeftOut);
        assert!(
            warning.message.contains("it is switched off, and no alternative to what is on"),
            "{}",
            warning.message
        );
    }
    let left_out = plan.warnings().iter().map(|warning| warning.track).collect();
    (left_out, plan.renditions().iter().map(|rendition| rendition.id.clone()).collect())
}

#[test]
fn what_is_switched_off_is_left_out() {
    let folder = folder();
    let planned = |switches| planned(switched(folder.path(), false, switches));
    let ids = |list: &[&str]| list.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();
    assert_eq!(planned([(true, 0), (true, 0), (false, 0)]), (vec![Some(2)], ids(&["64p", "audio"])));
    assert_eq!(planned([(true, 0), (false, 1), (false, 1)]), (vec![Some(1), Some(2)], ids(&["64p"])));
    assert_eq!(planned([(false, 0), (true, 1), (false, 2)]), (vec![Some(0), Some(2)], ids(&["audio"])));
    // Where nothing is on, nothing is meant.
    assert_eq!(planned([(false, 0), (false, 0), (false, 0)]), (vec![], ids(&["64p", "audio-1", "audio-2"])));
    let info =
        vodkit::probe(&Source::bytes(switched(folder.path(), false, [(true, 0), (true, 0), (false, 0)]))).unwrap();
    assert_eq!(info.tracks.iter().map(|track| track.disposition.disabled).collect::<Vec<_>>(), [false, false, true]);
}

/// The one that is on is the default, wherever it stands.
#[test]
fn alternatives_that_are_switched_off_are_offered() {
    let folder = folder();
    let of_group = switched(folder.path(), false, [(true, 0), (false, 1), (true, 1)]);
    let of_language = switched(folder.path(), true, [(true, 0), (false, 0), (true, 0)]);
    for bytes in [of_group, of_language] {
        let path = folder.path().join("b.mp4");
        std::fs::write(&path, &bytes).unwrap();
        // As another program reads it.
        let shown = "-v error -select_streams a -show_entries stream_disposition=default -of csv=p=0";
        let words: Vec<&str> = shown.split(' ').chain([path.to_str().unwrap()]).collect();
        assert_eq!(String::from_utf8(run("ffprobe", &words).stdout).unwrap(), "0\n1\n");
        let (left_out, ids) = planned(bytes.clone());
        assert_eq!((left_out, ids.len()), (vec![], 3));
        let plan = vodkit::plan(&Source::bytes(bytes), &quick(&[64])).unwrap();
        let sound: Vec<_> = plan.audios().map(|(_, audio)| (audio.source_track, audio.default)).collect();
        assert_eq!(sound, [(2, true), (1, false)]);
    }
}
