//! What a plan says of its segments is what a package has.

use std::collections::BTreeSet;
use std::sync::Arc;

use vodkit::layout::Key;
use vodkit::{CopyTop, Ladder, MemorySink, Rational, StoryboardOptions};

use vodkit_tests::{folder, make, quick, source};

use crate::job::run;

#[test]
fn segments_are_the_files_of_the_package_one_behind_the_other() {
    let folder = folder();
    let video = "-c:v libx264 -preset veryfast -pix_fmt yuv420p -g 25 -sc_threshold 0 -c:a aac -b:a 96k";
    let inputs = "-f lavfi -i testsrc2=s=160x120:r=25:d=7.4 -f lavfi -i anoisesrc=a=0.1:r=48000:d=8.1 -ac 2";
    let source = source(&make(&folder.path().join("a.mp4"), &format!("{inputs} {video}")));
    let storyboard = StoryboardOptions::default().interval(1).columns(2).rows(1);
    let ladder: Ladder = quick(&[120, 64]).segment_seconds(2).storyboard(storyboard);
    for copy_top in [CopyTop::Never, CopyTop::Auto] {
        let plan = vodkit::plan(&source, &ladder.clone().copy_top(copy_top)).unwrap();
        let sink = Arc::new(MemorySink::new());
        run(&source, &plan, sink.clone()).unwrap();
        let is_segment = |key: &&String| matches!(Key::parse(key), Some(Key::Segment(..) | Key::Sheet(..)));
        let files = sink.files();
        let files: BTreeSet<&str> = files.keys().filter(is_segment).map(String::as_str).collect();
        let mut named = BTreeSet::new();
        let all: Vec<_> = plan.renditions().iter().map(|rendition| (rendition, rendition.segments())).collect();
        for (rendition, segments) in &all {
            let id = &rendition.id;
            assert_eq!(segments.len(), rendition.segment_count as usize, "{id}");
            let mut end = Rational::ZERO;
            for (segment, index) in segments.iter().zip(0..) {
                assert_eq!((segment.index, segment.start), (index, end), "{id}");
                assert!(segment.duration > Rational::ZERO, "{id} {index}");
                assert!(named.insert(segment.key.as_str()), "{} is twice there", segment.key);
                end = segment.start + segment.duration;
            }
            assert_eq!(end, rendition.duration(), "{id}");
        }
        assert_eq!(named, files, "{copy_top:?}");
        assert_eq!(all.iter().map(|(rendition, _)| rendition.duration()).max(), Some(plan.duration()));
    }
}
