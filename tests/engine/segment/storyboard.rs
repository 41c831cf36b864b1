//! A storyboard shows for each stretch of the video a picture of it, the same whoever makes it, and says where.

use std::path::Path;

use bytes::Bytes;
use vodkit::manifest::{self, Bandwidth};
use vodkit::plan::Storyboard;
use vodkit::{ErrorKind, Ladder, Plan, Rational, Source, StoryboardOptions, segment};

use vodkit_tests as common;
use vodkit_tests::numbered;
use vodkit_tests::{folder, grey_frames, make, quick, source};

const EACH_SECOND: &str =
    "-pix_fmt yuv420p -c:v libx264 -preset ultrafast -bf 2 -x264-params keyint=25:min-keyint=25:scenecut=0";
pub(super) const ONE_KEYFRAME: &str =
    "-pix_fmt yuv420p -c:v libx264 -preset ultrafast -bf 3 -b_strategy 0 -x264-params keyint=999:scenecut=0";

/// A ladder of a single rung with a storyboard of a picture a second, four in a row and two rows.
fn ladder(interval: Rational) -> Ladder {
    let storyboard = StoryboardOptions::default().interval(interval).rows(2);
    quick(&[144]).storyboard(storyboard)
}

pub(super) fn planned(video: &Path, ladder: &Ladder) -> (Source, Plan) {
    let source = source(video);
    let plan = vodkit::plan(&source, ladder).unwrap();
    (source, plan)
}

pub(super) fn images(plan: &Plan) -> &Storyboard {
    plan.storyboard().expect("a storyboard").1
}

/// The tiles of a sheet in grey, as ffmpeg decodes it; `rows` is what the sheet must have.
fn tiles(sheet: &Bytes, images: &Storyboard, rows: u32) -> Vec<Vec<u8>> {
    let folder = folder();
    let path = folder.path().join("sheet.jpg");
    std::fs::write(&path, sheet).unwrap();
    let (width, height) = (images.width as usize, images.height as usize);
    let size = (images.columns as usize * width, rows as usize * height);
    assert_eq!(common::ffprobe(&path, "v:0", "stream=width,height"), format!("{},{}", size.0, size.1));
    let pixels = &grey_frames(&path, size.0, size.1)[0];
    let tile = |place: u32| {
        let (left, top) = ((place % images.columns) as usize * width, (place / images.columns) as usize * height);
        let rows = (top..top + height).flat_map(|y| &pixels[y * size.0 + left..][..width]);
        rows.copied().collect()
    };
    (0..images.columns * rows).map(tile).collect()
}

/// The number on each tile of a plan's storyboard; tiles without a picture are left out.
fn numbers(source: &Source, plan: &Plan) -> Vec<Option<u32>> {
    let (rendition, images) = plan.storyboard().unwrap();
    let (width, height) = (images.width as usize, images.height as usize);
    let mut numbers = Vec::new();
    for index in 0..rendition.segment_count {
        let left = images.tiles.len() as u32 - index * images.columns * images.rows;
        let sheet = segment(source, plan, "storyboard", index).unwrap();
        let tiles = tiles(&sheet, images, images.rows);
        let (shown, unused) = tiles.split_at(tiles.len().min(left as usize));
        let bright = |tile: &&Vec<u8>| tile.iter().map(|grey| u64::from(*grey)).sum::<u64>() > 4 * tile.len() as u64;
        assert!(unused.iter().find(bright).is_none(), "a tile behind the last is not black");
        numbers.extend(shown.iter().map(|tile| numbered::read(tile, width, height)));
    }
    numbers
}

/// What a storyboard of a numbered video shows, and which of it are keyframes.
fn shown(video: &Path, ladder: &Ladder) -> (Vec<Option<u32>>, Vec<bool>) {
    let (source, plan) = planned(video, ladder);
    let keyframes = images(&plan).tiles.iter().map(|tile| tile.keyframe).collect();
    (numbers(&source, &plan), keyframes)
}

#[test]
fn near_keyframes_are_shown_on_as_many_sheets_as_it_takes() {
    let folder = folder();
    let video = numbered::write(&folder.path().join("a.mp4"), "25", 230, EACH_SECOND);
    let (source, plan) = planned(&video, &ladder(1.into()));
    let (rendition, images) = plan.storyboard().unwrap();
    assert_eq!((rendition.id.as_str(), rendition.segment_count, images.tiles.len()), ("storyboard", 2, 10));
    assert_eq!((images.width, images.height), (160, 90));
    assert!(images.tiles.iter().all(|tile| tile.keyframe));
    // The middle lies between two keyframes, of which the earlier counts; the last stretch is shorter.
    let expected: Vec<_> = (0..10).map(|second| Some(second * 25)).collect();
    assert_eq!(numbers(&source, &plan), expected);
    assert_eq!(rendition.segment_durations(), [8000, 1200]);
}

/// Players count tiles up to the end of all that is played.
#[test]
fn the_last_picture_is_shown_until_the_sound_ends() {
    let folder = folder();
    let pictures = numbered::write(&folder.path().join("v.mp4"), "25", 230, ONE_KEYFRAME);
    let both = format!("-i {} -f lavfi -i sine=d=20.5 -c:v copy -c:a pcm_s16le", pictures.display());
    let (source, plan) = planned(&make(&folder.path().join("a.mov"), &both), &ladder(2.into()));
    let (rendition, images) = plan.storyboard().unwrap();
    assert_eq!(images.end, Some(Rational::new(41, 2)), "without what fills the last frame of sound");
    assert_eq!((rendition.segment_count, images.columns, images.rows, images.tiles.len()), (2, 4, 2, 11));
    // The pictures end at 9.2 s; the last tile before has its middle at 9 s.
    let numbers = numbers(&source, &plan);
    assert_eq!(numbers[..5], [0, 75, 125, 175, 225].map(Some));
    assert_eq!(numbers[5..], [Some(229); 6]);
    let cues = manifest::storyboard_vtt(rendition).unwrap();
    assert!(cues.contains("\n00:00:20.000 --> 00:00:20.5"), "{cues}");
    assert!(cues.trim_end().ends_with("00002.jpg#xywh=320,0,160,90"), "{cues}");
    let mpd = manifest::dash_manifest(&plan, &Bandwidth::estimated(&plan));
    assert!(mpd.contains("startNumber=\"1\" endNumber=\"2\""), "{mpd}");
}

#[test]
fn a_single_sheet_is_no_larger_than_it_has_to_be_and_the_first() {
    let folder = folder();
    let video = numbered::write(&folder.path().join("a.mp4"), "25", 75, EACH_SECOND);
    let (_, plan) = planned(&video, &ladder(1.into()));
    assert_eq!((images(&plan).columns, images(&plan).rows, images(&plan).end), (3, 1, None));
    let mpd = manifest::dash_manifest(&plan, &Bandwidth::estimated(&plan));
    let mpd = dash_mpd::parse(&mpd).unwrap();
    let set = mpd.periods[0].adaptations.last().unwrap();
    let template = set.SegmentTemplate.as_ref().unwrap();
    assert_eq!((template.startNumber, template.endNumber), (Some(1), Some(1)), "video.js cannot open it with 0");
    assert_eq!(set.representations[0].essential_property[0].value.as_deref(), Some("3x1"));
    assert_eq!(plan.storyboard().unwrap().0.segment_key(0), "storyboard/00001.jpg");
}

#[test]
fn where_keyframes_are_too_far_apart_the_exact_frame_is_shown() {
    let folder = folder();
    let video = numbered::write(&folder.path().join("a.mp4"), "25", 230, ONE_KEYFRAME);
    let (numbers, keyframes) = shown(&video, &ladder(2.into()));
    // The middles are at 1, 3, 5, 7 and 8.6 seconds; the first keyframe is near enough to the first.
    assert_eq!(numbers, [0, 75, 125, 175, 215].map(Some));
    assert_eq!(keyframes, [true, false, false, false, false]);
}

#[test]
fn keyframes_and_exact_frames_stand_beside_each_other() {
    let folder = folder();
    let video =
        numbered::write(&folder.path().join("a.mp4"), "25", 500, &format!("{ONE_KEYFRAME} -force_key_frames 9.2"));
    let (numbers, keyframes) = shown(&video, &ladder(2.into()));
    assert_eq!(numbers, [0, 75, 125, 175, 230, 275, 325, 375, 425, 475].map(Some));
    assert_eq!(keyframes.iter().filter(|key| **key).count(), 2);
}

/// Every container and codec: pictures of keyframes, and exact ones, are the right ones.
fn is_right(name: &str, arguments: &str) {
    let folder = folder();
    let video = numbered::write(&folder.path().join(name), "25", 100, arguments);
    let (source, plan) = planned(&video, &ladder(1.into()));
    let origin = plan.origin();
    let times = numbered::shown(&video);
    let pictures = plan.source_video().unwrap();
    let expected: Vec<_> = images(&plan)
        .tiles
        .iter()
        .map(|tile| Some(times.iter().find(|(time, _)| *time == pictures.time_base.times(tile.time)).unwrap().1))
        .collect();
    for ((time, _), second) in expected.iter().map(|number| times[number.unwrap() as usize]).zip(0_i64..) {
        let middle = Rational::new(2 * second + 1, 2) + origin;
        assert!((time - middle).abs() <= Rational::new(3, 4), "{name}: {time} for the second from {second} on");
    }
    assert_eq!(numbers(&source, &plan), expected, "{name}");
}

#[test]
fn pictures_are_right_whatever_the_container_and_codec() {
    let open = "-pix_fmt yuv420p -c:v libx264 -preset ultrafast -bf 3 -b_strategy 0 -x264-params open-gop=1:keyint=20:min-keyint=20:scenecut=0";
    is_right("open.mp4", open);
    is_right("open.ts", open);
    is_right("rounded.mkv", EACH_SECOND);
    is_right("flash.flv", EACH_SECOND);
    is_right(
        "x265.mp4",
        "-pix_fmt yuv420p -c:v libx265 -preset ultrafast -x265-params log-level=none:keyint=25:scenecut=0",
    );
    is_right("vp9.webm", "-pix_fmt yuv420p -c:v libvpx-vp9 -cpu-used 8 -g 25");
    is_right("mpeg2.ts", "-pix_fmt yuv420p -c:v mpeg2video -q:v 2 -bf 2 -g 12");
    is_right("mpeg4.mkv", "-pix_fmt yuv420p -c:v mpeg4 -q:v 2 -g 25");
}

/// Instead of keyframes a column of fresh blocks goes over the picture: no packet is a picture alone.
#[test]
fn a_keyframe_that_is_none_is_decoded_from() {
    let refresh = "-pix_fmt yuv420p -c:v libx264 -preset ultrafast -x264-params intra-refresh=1:keyint=25:scenecut=0";
    let folder = folder();
    let video = numbered::write(&folder.path().join("a.ts"), "25", 150, refresh);
    let (numbers, keyframes) = shown(&video, &ladder(2.into()));
    assert!(keyframes.iter().any(|keyframe| *keyframe));
    assert!(numbers.iter().all(Option::is_some), "{numbers:?}");
}

#[test]
fn what_an_edit_list_hides_is_not_shown() {
    let folder = folder();
    let whole = numbered::write(&folder.path().join("whole.mp4"), "25", 150, EACH_SECOND);
    let video = make(&folder.path().join("cut.mp4"), &format!("-ss 0.6 -i {} -c copy", whole.display()));
    let (source, plan) = planned(&video, &ladder(1.into()));
    let first = numbers(&source, &plan)[0].unwrap();
    // Frame 0 is in the file, 15 is where it is to begin, and 25 is the first keyframe that is shown.
    assert_eq!(first, 25, "of {:?}", images(&plan).tiles[0]);
}

/// As ffmpeg itself turns the pictures.
#[test]
fn rotated_pictures_stand_upright() {
    let folder = folder();
    let video = numbered::write(&folder.path().join("a.mp4"), "25", 50, EACH_SECOND);
    for (turn, matrix) in common::TURNS {
        let turned = folder.path().join(format!("turned-{turn}.mp4"));
        common::turn(&video, &turned, matrix);
        let (source, plan) = planned(&turned, &ladder(1.into()));
        let images = images(&plan);
        let size = (images.width as usize, images.height as usize);
        assert_eq!(size, if turn == 180 { (160, 90) } else { (144, 256) }, "{turn} degrees");
        let ours = &tiles(&segment(&source, &plan, "storyboard", 0).unwrap(), images, 1)[1];
        let theirs = &grey_frames(&turned, size.0, size.1)[25];
        let difference: usize = ours.iter().zip(theirs).map(|(ours, theirs)| usize::from(ours.abs_diff(*theirs))).sum();
        assert!(difference / ours.len() < 10, "{turn} degrees: {} grey levels apart", difference / ours.len());
    }
}

#[test]
fn of_woven_fields_small_tiles_show_keyframes_and_large_ones_exact_frames() {
    let folder = folder();
    let fields = "-vf setfield=tff -flags +ildct+ilme -pix_fmt yuv420p -c:v mpeg2video -q:v 2 -g 12";
    let video = numbered::write(&folder.path().join("a.ts"), "25", 100, fields);
    let keyframes = |width| {
        let storyboard = StoryboardOptions::default().interval(1).width(width);
        let (numbers, keyframes) = shown(&video, &quick(&[144]).storyboard(storyboard));
        assert!(numbers.iter().all(Option::is_some), "{width}: {numbers:?}");
        keyframes
    };
    assert_eq!(keyframes(128), [true; 4]);
    assert_eq!(keyframes(144), [false; 4]);
}

#[test]
fn small_videos_are_not_scaled_up() {
    let folder = folder();
    let video = make(&folder.path().join("a.mp4"), "-f lavfi -i testsrc2=s=96x64:d=2 -c:v libx264");
    let (source, plan) = planned(&video, &ladder(1.into()));
    assert_eq!((images(&plan).width, images(&plan).height), (96, 64));
    tiles(&segment(&source, &plan, "storyboard", 0).unwrap(), images(&plan), 1);
}

#[test]
fn without_pictures_or_a_wish_there_is_none() {
    let folder = folder();
    let sound = make(&folder.path().join("a.wav"), "-f lavfi -i sine=d=3");
    let video = numbered::write(&folder.path().join("a.mp4"), "25", 50, EACH_SECOND);
    for (path, ladder) in [(&sound, ladder(1.into())), (&video, quick(&[144]))] {
        let (_, plan) = planned(path, &ladder);
        assert!(plan.storyboard().is_none());
        assert!(plan.renditions().iter().all(|rendition| manifest::storyboard_vtt(rendition).is_none()));
        assert!(!manifest::multivariant_playlist(&plan, &Bandwidth::estimated(&plan)).contains("IMAGE"));
    }
}

#[test]
fn a_storyboard_has_no_init_segment_and_no_sheet_behind_its_last() {
    let folder = folder();
    let video = numbered::write(&folder.path().join("a.mp4"), "25", 50, EACH_SECOND);
    let (source, plan) = planned(&video, &ladder(1.into()));
    let error = vodkit::init_segment(&plan, "storyboard").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::OutOfRange);
    assert!(error.to_string().contains("has no init segment"), "{error}");
    let error = segment(&source, &plan, "storyboard", 1).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::OutOfRange);
    assert!(error.to_string().contains("no segment 1: the last is 0"), "{error}");
    let ladder = Ladder::default().storyboard(StoryboardOptions::default().rows(0));
    assert_eq!(vodkit::plan(&source, &ladder).unwrap_err().kind(), ErrorKind::InvalidArgument);
}

#[test]
fn estimated_rates_are_not_exceeded() {
    let folder = folder();
    let noise = "-f lavfi -i testsrc2=s=320x180:d=9.5 -vf noise=alls=100:allf=t -pix_fmt yuv420p -c:v libx264 -preset ultrafast -qp 1 -g 25";
    for (name, seconds) in [("a.mp4", "9.5"), ("b.mp4", "0.3")] {
        let video = make(&folder.path().join(name), &format!("{noise} -t {seconds}"));
        let (source, plan) = planned(&video, &ladder(1.into()));
        let sizes = plan.renditions().iter().map(|rendition| {
            let size = |index| segment(&source, &plan, &rendition.id, index).unwrap().len() as u64;
            (0..rendition.segment_count).map(size).collect()
        });
        let measured = Bandwidth::measured(&plan, &sizes.collect::<Vec<_>>());
        let (estimated, measured) = (Bandwidth::estimated(&plan).rates()[1], measured.rates()[1]);
        assert!(measured.peak <= estimated.peak, "{seconds} s: {measured:?} {estimated:?}");
    }
}

/// The tile is that of a picture in full size, made small.
#[test]
fn tiles_are_the_pictures_made_small() {
    let folder = folder();
    let arguments =
        "-f lavfi -i testsrc2=s=1280x720:r=25:d=2 -pix_fmt yuv420p -c:v libx264 -preset ultrafast -qp 10 -g 25";
    let video = make(&folder.path().join("a.mp4"), arguments);
    let (source, plan) = planned(&video, &ladder(1.into()));
    let ours = &tiles(&segment(&source, &plan, "storyboard", 0).unwrap(), images(&plan), 1)[1];
    let frame = make(
        &folder.path().join("a.png"),
        &format!(
            "-i {} -vf select=eq(n\\,25),scale=160:90:flags=area:in_color_matrix=bt709 -frames:v 1",
            video.display()
        ),
    );
    let theirs = &grey_frames(&frame, 160, 90)[0];
    let difference: f64 = ours.iter().zip(theirs).map(|(ours, theirs)| f64::from(ours.abs_diff(*theirs))).sum();
    assert!(difference / (ours.len() as f64) < 4.0, "{} grey levels apart", difference / ours.len() as f64);
}
