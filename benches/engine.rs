//! What the engine's parts take: `cargo bench --bench engine`; a word behind `--` picks those with it in their name.
//!
//! On the 55 second clip of 1280x720 beside the checkout where it is, else on a made one of that kind; `VIDEO=file`
//! names another.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use criterion::{Criterion, Throughput};
use vodkit::manifest::{self, Bandwidth};
use vodkit::thumbnail::Position;
use vodkit::{CopyTop, Ladder, Plan, Rational, Rung, Source, StoryboardOptions, ThumbnailOptions};

const CLIP: &str = "../shared/media/bbb_trailer_720p_55s.mp4";

fn video(folder: &Path) -> PathBuf {
    if let Some(given) = std::env::var_os("VIDEO") {
        return given.into();
    }
    let clip = Path::new(env!("CARGO_MANIFEST_DIR")).join(CLIP);
    if clip.exists() {
        return clip;
    }
    let made = folder.join("made.mp4");
    let line = "-loglevel error -f lavfi -i testsrc2=size=1280x720:rate=24:duration=55 -f lavfi -i sine=duration=55 \
                -c:v libx264 -preset veryfast -pix_fmt yuv420p -c:a aac";
    let status = Command::new("ffmpeg").args(line.split_whitespace()).arg(&made).status();
    assert!(status.expect("the ffmpeg command is needed").success());
    made
}

fn ladder(rungs: &[u32], preset: &str) -> Ladder {
    Ladder::default().rungs(rungs.iter().copied()).preset(preset.to_owned())
}

fn reading(criterion: &mut Criterion, source: &Source, path: &Path) {
    criterion.bench_function("open and probe", |bencher| {
        bencher.iter(|| {
            let source: Source = Source::file(path).unwrap();
            vodkit::probe(&source).unwrap()
        });
    });
    criterion.bench_function("plan", |bencher| bencher.iter(|| vodkit::plan(source, &Ladder::default()).unwrap()));
}

/// One segment, of the middle of the video; its frames are what criterion calls elements.
fn segment(criterion: &mut Criterion, group: &str, name: &str, source: &Source, plan: &Plan, track: &str) {
    let segments = plan.rendition(track).unwrap().segment_count;
    let start = |index: u32| plan.source_video().unwrap().windows.get(index as usize).unwrap().first_frame;
    let frames = start(segments / 2 + 1) - start(segments / 2);
    let mut group = criterion.benchmark_group(group);
    group.sample_size(10).warm_up_time(Duration::from_millis(500)).throughput(Throughput::Elements(frames));
    group.bench_function(name, |bencher| {
        bencher.iter(|| vodkit::segment(source, plan, track, black_box(segments / 2)).unwrap());
    });
    group.finish();
}

fn encoding(criterion: &mut Criterion, source: &Source) {
    let plan = vodkit::plan(source, &ladder(&[720, 480, 360, 240], "veryfast")).unwrap();
    for track in plan.renditions() {
        segment(criterion, "one segment", &track.id, source, &plan, &track.id);
    }
    for preset in ["ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow"] {
        let plan = vodkit::plan(source, &ladder(&[480], preset)).unwrap();
        segment(criterion, "one segment at 480 lines", preset, source, &plan, "480p");
    }
}

fn thumbnails(criterion: &mut Criterion, source: &Source) {
    let info = vodkit::probe(source).unwrap();
    let (_, video) = info.main_video().expect("a video with pictures");
    let keyframe = video.keyframes.get(video.keyframes.len() / 2).copied().unwrap_or(Rational::ZERO);
    // Just before the keyframe is as far from one as can be.
    let far = (keyframe - Rational::from(2) / video.frame_rate).max(Rational::ZERO);
    for (name, at, nearest) in
        [("at a keyframe", keyframe, false), ("far from one", far, false), ("nearest keyframe", far, true)]
    {
        let options = ThumbnailOptions::default().at(Position::Seconds(at)).height(360).nearest_keyframe(nearest);
        criterion.bench_function(&format!("thumbnail {name}"), |bencher| {
            bencher.iter(|| vodkit::thumbnail(source, &options).unwrap());
        });
    }
}

/// All sheets, one after the other; their tiles are what criterion calls elements.
fn storyboard(criterion: &mut Criterion, source: &Source) {
    let storyboard = Some(StoryboardOptions::default().interval(5));
    let plan = vodkit::plan(source, &Ladder::default().storyboard(storyboard)).unwrap();
    let (track, images) = plan.storyboard().expect("a video with pictures");
    let mut group = criterion.benchmark_group("storyboard");
    group.sample_size(10).throughput(Throughput::Elements(images.tiles.len() as u64));
    group.bench_function("a picture every 5 seconds", |bencher| {
        let sheet = |index| vodkit::segment(source, &plan, &track.id, black_box(index)).unwrap();
        bencher.iter(|| (0..track.segment_count).map(sheet).collect::<Vec<_>>());
    });
    group.finish();
}

/// All segments of the video as it is, one after the other; their bytes are what criterion measures.
fn copying(criterion: &mut Criterion, source: &Source) {
    let ladder = Ladder::default().rungs(Vec::<Rung>::new()).copy_top(CopyTop::Always);
    let plan = vodkit::plan(source, &ladder).expect("a video that can be copied");
    let track = plan.renditions().first().unwrap();
    let all = || (0..track.segment_count).map(|index| vodkit::segment(source, &plan, &track.id, index).unwrap());
    let mut group = criterion.benchmark_group("copying");
    group.sample_size(20).throughput(Throughput::Bytes(all().map(|bytes| bytes.len() as u64).sum()));
    group.bench_function("all segments", |bencher| bencher.iter(|| all().collect::<Vec<_>>()));
    group.finish();
}

fn manifests(criterion: &mut Criterion, source: &Source) {
    let plan = vodkit::plan(source, &Ladder::default()).unwrap();
    let bandwidth = Bandwidth::estimated(&plan);
    criterion.bench_function("manifests", |bencher| {
        bencher.iter(|| {
            let lists: Vec<_> = plan.renditions().iter().map(manifest::media_playlist).collect();
            (manifest::multivariant_playlist(&plan, &bandwidth), manifest::dash_manifest(&plan, &bandwidth), lists)
        });
    });
}

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let path = video(folder.path());
    let source: Source = Source::file(&path).unwrap();
    println!("{}", path.display());
    let mut criterion = Criterion::default().configure_from_args();
    reading(&mut criterion, &source, &path);
    encoding(&mut criterion, &source);
    thumbnails(&mut criterion, &source);
    copying(&mut criterion, &source);
    storyboard(&mut criterion, &source);
    manifests(&mut criterion, &source);
    criterion.final_summary();
}
