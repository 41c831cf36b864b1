//! Parts of a video: their frames and their sound are those of the whole, moved to 0.

use vodkit::thumbnail::Position;
use vodkit::{Clip, CopyTop, ErrorKind, ImageFormat, Ladder, Rational, StoryboardOptions, ThumbnailOptions};

use vodkit_tests::flash::{self, watch};
use vodkit_tests::numbered::{self, numbers, sequence};
use vodkit_tests::{decodes_cleanly, folder, joined, make, package, quick, source};

fn part(start: (i64, i64), end: Option<(i64, i64)>) -> Option<Clip> {
    let seconds = |(num, den)| Rational::new(num, den);
    Some(Clip::new(seconds(start), end.map(seconds)))
}

/// Segments of one second; with B-frames.
fn ladder(clip: Option<Clip>) -> Ladder {
    let (segment_seconds, keyframe_seconds) = (Rational::from(1), Rational::new(1, 2));
    quick(&[144, 72]).segment_seconds(segment_seconds).keyframe_seconds(keyframe_seconds).preset("superfast").clip(clip)
}

#[test]
fn the_frames_of_a_part_are_those_of_the_whole() {
    let folder = folder();
    let open = "-pix_fmt yuv420p -c:v libx264 -preset ultrafast -bf 3 -b_strategy 0 -x264-params open-gop=1:keyint=20:min-keyint=20:scenecut=0";
    for (name, clip, first, count) in [
        ("a.mp4", part((21, 25), Some((61, 25))), 21, 40),
        // Between two frames: the nearest.
        ("b.mkv", part((213, 250), Some((89, 25))), 21, 68),
        ("c.ts", part((40, 25), None), 40, 57),
        ("d.mp4", part((0, 1), Some((100, 1))), 0, 97),
        // Less than a frame is one, and what is nearest to the end is the last.
        ("e.mp4", part((1, 1), Some((1001, 1000))), 25, 1),
        ("f.mp4", part((387, 100), None), 96, 1),
    ] {
        let path = numbered::write(&folder.path().join(name), "25", 97, open);
        let out = folder.path().join(format!("{name}.out"));
        let (plan, _) = package(&path, &ladder(clip), &out);
        assert_eq!(plan.duration(), Rational::new(count.into(), 25), "{name}");
        for (rendition, _) in plan.videos() {
            assert_eq!(numbers(&joined(&out, rendition)), sequence(first, count), "{name}: {}", rendition.id);
        }
        let rendition = &plan.renditions()[0];
        let last = rendition.segment_count - 1;
        let alone = vodkit::segment(&source(&path), &plan, &rendition.id, last).unwrap();
        assert_eq!(alone, std::fs::read(out.join(rendition.segment_key(last))).unwrap(), "{name}");
        decodes_cleanly(&out.join("master.m3u8"));
    }
}

#[test]
fn the_sound_of_a_part_stays_with_its_pictures() {
    let h264 = "-c:v libx264 -preset superfast -bf 2 -b_strategy 0 -g 50 -pix_fmt yuv420p";
    for (name, rate, arguments) in
        [("a.mp4", 48_000, "-c:a aac"), ("b.mkv", 44_100, "-c:a aac"), ("c.mov", 32_000, "-c:a pcm_s16le")]
    {
        let folder = folder();
        let path =
            flash::Clip::new((25, 1), 310, rate).write(&folder.path().join(name), &format!("{h264} {arguments}"));
        let clip = part((76, 25), Some((201, 25)));
        let (plan, _) = package(&path, &ladder(None).clip(clip), &folder.path().join("out"));
        let whole = watch(&path, "");
        let part = watch(&folder.path().join("out/master.m3u8"), "");
        let moved = |times: &[f64]| -> Vec<f64> {
            let moved = times.iter().map(|time| time - plan.origin().to_f64());
            moved.filter(|time| (0.0..5.0).contains(time)).collect()
        };
        for (what, found, expected) in
            [("flashes", &part.flashes, moved(&whole.flashes)), ("beeps", &part.beeps, moved(&whole.beeps))]
        {
            assert_eq!(found.len(), expected.len(), "{name}: {what} at {found:?}, not at {expected:?}");
            let apart = found.iter().zip(&expected).map(|(found, expected)| (found - expected).abs());
            assert!(
                apart.max_by(f64::total_cmp).is_some_and(|apart| apart < 0.005),
                "{name}: {what} at {found:?}, not at {expected:?}"
            );
        }
    }
}

#[test]
fn stills_of_a_part_lie_within_it() {
    let folder = folder();
    let arguments = "-pix_fmt yuv420p -c:v libx264 -preset ultrafast -g 20";
    let path = numbered::write(&folder.path().join("a.mp4"), "10", 97, arguments);
    let storyboard = Some(StoryboardOptions::default().interval(2));
    let wanted = ladder(part((41, 10), Some((83, 10)))).storyboard(storyboard);
    let (plan, _) = package(&path, &wanted, &folder.path().join("out"));
    let (_, tiles) = plan.storyboard().unwrap();
    let time_base = plan.source_video().unwrap().time_base;
    let times: Vec<f64> = tiles.tiles.iter().map(|tile| time_base.times(tile.time).to_f64()).collect();
    assert_eq!(times.len(), 3, "{times:?}");
    assert!(times.iter().all(|time| (4.1..8.3).contains(time)), "{times:?}");
    let at = |seconds| ThumbnailOptions::default().at(Position::Seconds(seconds)).format(ImageFormat::Png);
    let still = vodkit::plan_thumbnail(&source(&path), &plan, &at(Rational::from(2))).unwrap();
    let same = vodkit::thumbnail(&source(&path), &at(Rational::new(61, 10))).unwrap();
    assert_eq!((still.time, still.bytes), (Rational::from(2), same.bytes));
}

#[test]
fn parts_that_cannot_be_are_refused() {
    let folder = folder();
    let path =
        make(&folder.path().join("a.mp4"), "-f lavfi -i testsrc2=s=64x64:r=10:d=3 -f lavfi -i sine=d=5 -c:v libx264");
    let refused = |ladder: Ladder| vodkit::plan(&source(&path), &ladder).unwrap_err();
    for (clip, words) in [
        (part((3, 1), None), "begins at 3 s, but the video lasts 3.000 s"),
        (part((4, 1), None), "begins at 4 s, but the video lasts 3.000 s"),
        (part((2, 1), Some((1, 1))), "from 2 s to 1 s"),
        (part((-1, 1), None), "begin at 0"),
    ] {
        let error = refused(ladder(clip));
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
        assert!(error.to_string().contains(words), "{error}");
    }
    let error = refused(ladder(part((1, 1), None)).copy_top(CopyTop::Always));
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    let plan = vodkit::plan(&source(&path), &ladder(part((1, 1), None)).copy_top(CopyTop::Auto)).unwrap();
    assert!(plan.renditions().iter().all(|rendition| !rendition.is_passthrough()));
}
