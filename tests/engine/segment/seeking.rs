//! Of an MP4 no more is read than what is decoded.

use std::sync::atomic::Ordering;

use vodkit::{Rational, SegmentMaker, StoryboardOptions};

use vodkit_tests::counted::counted;
use vodkit_tests::{ffprobe, folder, make, quick, source};

/// Tracks that lie a second apart, for which FFmpeg would read blocks of megabytes; from each keyframe to the next there are some, too.
#[test]
fn of_a_storyboard_little_more_is_read_than_its_keyframes() {
    let folder = folder();
    let noise = "-f lavfi -i nullsrc=s=320x240:r=25:d=12,geq=random(1)*255:128:128 -f lavfi -i sine=d=12";
    let coding = "-c:v libx264 -preset ultrafast -qp 12 -bf 2 -g 25 -sc_threshold 0 -c:a aac";
    let once = make(&folder.path().join("once.mp4"), &format!("{noise} {coding}"));
    let path =
        make(&folder.path().join("apart.mp4"), &format!("-i {} -c copy -chunk_duration 1000000", once.display()));
    let storyboard = StoryboardOptions::default().interval(Rational::from(2));
    let plan = vodkit::plan(&source(&path), &quick(&[144]).storyboard(storyboard)).unwrap();
    let (counted, count) = counted(source(&path));
    let mut maker = SegmentMaker::new(&counted, &plan).unwrap();
    let before = count.load(Ordering::Relaxed);
    maker.segment("storyboard", 0).unwrap();
    let read = count.load(Ordering::Relaxed) - before;
    let tiles = plan.storyboard().unwrap().1.tiles.len() as u64;
    let packets = ffprobe(&path, "v", "packet=size,flags");
    let keyframes = packets.lines().filter(|line| line.contains('K'));
    let largest: u64 = keyframes.map(|line| line.split(',').next().unwrap().parse::<u64>().unwrap()).max().unwrap();
    // A block before each, and the header.
    let expected = tiles * (largest + (64 << 10)) + (256 << 10);
    assert!(read < expected && tiles == 6, "{read} bytes of {} for {tiles} keyframes of {largest}", counted.len());
}
