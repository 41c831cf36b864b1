//! Manifests: what sources say cannot break out of them, and their bit rates hold.

use std::sync::Arc;

use vodkit::MemorySink;
use vodkit::manifest::Bandwidth;

use vodkit_tests as common;

use crate::job::{plan, run};

#[test]
fn a_language_tag_cannot_write_into_the_manifests() {
    let folder = common::folder();
    let path = folder.path().join("evil.mkv");
    let language = "language=en\",URI=\"http://evil/x.m3u8";
    let inputs =
        ["-f", "lavfi", "-i", "testsrc2=size=160x120:rate=25:duration=2", "-f", "lavfi", "-i", "sine=duration=2"];
    let rest = ["-c:v", "libx264", "-c:a", "aac", "-metadata:s:a:0", language, path.to_str().unwrap()];
    common::ffmpeg(&[&["-loglevel", "error"], &inputs[..], &rest[..]].concat());
    let sink = Arc::new(MemorySink::new());
    let source = common::source(&path);
    run(&source, &plan(&source), sink.clone()).unwrap();
    for key in ["master.m3u8", "manifest.mpd"] {
        let text = String::from_utf8(sink.files()[key].to_vec()).unwrap();
        assert!(!text.contains("evil"), "{text}");
    }
}

#[test]
fn the_estimate_is_no_less_than_what_comes() {
    let folder = common::folder();
    // Noise asks for all that the cap and the buffer give.
    let noise = "-f lavfi -i nullsrc=s=320x240:r=25:d=7,geq=random(1)*255:128:128 -f lavfi -i anoisesrc=d=7 -c:v libx264 -qp 10 -preset ultrafast -c:a aac";
    let source = common::source(&common::make(&folder.path().join("noise.mp4"), noise));
    let plan = vodkit::plan(&source, &common::quick(&[240, 144])).unwrap();
    let sink = Arc::new(MemorySink::new());
    run(&source, &plan, sink.clone()).unwrap();
    let files = sink.files();
    let size = |rendition: &vodkit::plan::Rendition, index| files[&rendition.segment_key(index)].len() as u64;
    let sizes: Vec<Vec<u64>> = plan
        .renditions()
        .iter()
        .map(|rendition| (0..rendition.segment_count).map(|index| size(rendition, index)).collect())
        .collect();
    let (estimated, measured) = (Bandwidth::estimated(&plan), Bandwidth::measured(&plan, &sizes));
    for (estimated, measured) in estimated.rates().iter().zip(measured.rates()) {
        assert!(estimated.peak >= measured.peak && estimated.peak < measured.peak * 2, "{estimated:?} {measured:?}");
    }
}

#[test]
fn variants_state_their_dynamic_range() {
    let folder = common::folder();
    let hlg =
        "-vf setparams=color_trc=arib-std-b67 -c:v libx264 -pix_fmt yuv420p -profile:v high -preset ultrafast -g 25";
    let path = common::make(&folder.path().join("hlg.mp4"), &format!("-f lavfi -i testsrc2=s=128x72:r=25:d=2 {hlg}"));
    let source = common::source(&path);
    let ladder = common::quick(&[72, 64]).copy_top(vodkit::CopyTop::Always);
    let plan = vodkit::plan(&source, &ladder).unwrap();
    let text = vodkit::manifest::multivariant_playlist(&plan, &Bandwidth::estimated(&plan));
    let ranges: Vec<_> = text.lines().filter(|line| line.starts_with("#EXT-X-STREAM-INF")).collect();
    assert!(
        ranges.len() == 2 && ranges[0].contains("VIDEO-RANGE=SDR") && ranges[1].contains("VIDEO-RANGE=HLG"),
        "{text}"
    );
}
