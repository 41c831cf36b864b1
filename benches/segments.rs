//! What a loop over a segment maker costs beside a job, and a single segment beside its work: `cargo bench --bench
//! segments`. `CALLS=10000` measures the latter longer, and `MINUTES=120` takes a longer film than half an hour; with `-- lone`
//! it is the latter alone, for a profile.
//!
//! All is processor time, of which the least of three runs counts: others may have the machine too.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use vodkit::{CallbackSink, Job, JobOptions, Ladder, Plan, SegmentMaker, Source};
use vodkit_tests::{folder, make};

const RUNS: usize = 3;

/// Of lone segments at most so many are made; the others would take as long.
const MAX_LONE: usize = 60;

/// Processor time of all threads of this process, those that have ended too.
fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec.try_into().unwrap(), time.tv_nsec.try_into().unwrap())
}

fn measure(work: impl FnOnce()) -> f64 {
    let before = processor_time();
    work();
    (processor_time() - before).as_secs_f64()
}

/// The least of what each of these took, run in turn.
fn least<const N: usize>(mut work: [&mut dyn FnMut() -> f64; N]) -> [f64; N] {
    let mut least = [f64::INFINITY; N];
    for _ in 0..RUNS {
        for (least, work) in least.iter_mut().zip(&mut work) {
            *least = least.min(work());
        }
    }
    least
}

fn with_a_maker(source: &Source, plan: &Plan) {
    let mut maker = SegmentMaker::new(source, plan).unwrap();
    for task in plan.tasks() {
        maker
            .run(&task, |_, _, bytes| {
                black_box(bytes);
                Ok(())
            })
            .unwrap();
    }
}

fn with_a_job(source: &Source, plan: &Plan) {
    let sink = CallbackSink::new(|_: &str, bytes| {
        black_box(bytes);
        Ok(())
    });
    Job::start(source, plan, Arc::new(sink), JobOptions::default().workers(1)).unwrap().wait().unwrap();
}

/// Segments of all renditions, each for itself, and by how much there are more of them.
fn alone(source: &Source, plan: &Plan) -> f64 {
    let renditions = plan.renditions().iter();
    let all: Vec<_> = renditions
        .flat_map(|rendition| (0..rendition.segment_count).map(move |index| (rendition.id.as_str(), index)))
        .collect();
    let step = all.len().div_ceil(MAX_LONE);
    let some: Vec<_> = all.iter().skip(step / 2).step_by(step).collect();
    let took = measure(|| {
        for (rendition, index) in &some {
            black_box(vodkit::segment(source, plan, rendition, *index).unwrap());
        }
    });
    took * all.len() as f64 / some.len() as f64
}

/// A number from the environment.
fn number(name: &str, default: usize) -> usize {
    std::env::var(name).map_or(default, |number| number.parse().expect("it is a number"))
}

fn compare(name: &str, path: &Path, ladder: &Ladder) {
    let source = Source::file(path).unwrap();
    let plan = vodkit::plan(&source, ladder).unwrap();
    let segments: u32 = plan.renditions().iter().map(|rendition| rendition.segment_count).sum();
    let [job, maker, lone] = least([
        &mut || measure(|| with_a_job(&source, &plan)),
        &mut || measure(|| with_a_maker(&source, &plan)),
        &mut || alone(&source, &plan),
    ]);
    println!(
        "{name}: {segments} segments in {} tasks; job of one worker {job:.2} s, maker {maker:.2} s, which is {:.3} \
         times as much (at most 1.03), each alone {lone:.2} s, {:.2} times as much",
        plan.tasks().len(),
        maker / job,
        lone / job
    );
}

/// Of a lone segment of sound, the part that is not spent on it: checking build, source and arguments.
fn share_outside(path: &Path) {
    let calls = number("CALLS", 2000);
    let source = Source::file(path).unwrap();
    let plan = vodkit::plan(&source, &Ladder::default().rungs([64])).unwrap();
    let (audio, _) = plan.audios().next().unwrap();
    let index = audio.segment_count / 3 * 2;
    let mut spread = (0..).map(|number: u32| (index + number) % audio.segment_count);
    let whole = measure(|| {
        for index in spread.by_ref().take(calls) {
            black_box(vodkit::segment(&source, &plan, &audio.id, index).unwrap());
        }
    });
    // All that is done before the source is opened, and after that, and nothing else.
    let outside = measure(|| {
        for _ in 0..calls {
            let mut maker = SegmentMaker::new(&source, &plan).unwrap();
            black_box(maker.segment(&audio.id, u32::MAX).unwrap_err());
        }
    });
    println!(
        "{calls} lone segments of sound of a plan with {} windows: {:.2} ms each, of which {:.3} ms are none of \
         reading, decoding, encoding and muxing: {:.2} % (at most 2)",
        audio.segment_count,
        whole * 1e3 / calls as f64,
        outside * 1e3 / calls as f64,
        outside / whole * 100.0
    );
}

fn main() {
    let folder = folder();
    let video = |size: &str, seconds: u32, keyframes: u32| {
        let inputs = format!("-f lavfi -i testsrc2=s={size}:r=25:d={seconds} -f lavfi -i sine=r=48000:d={seconds}");
        let settings = "-c:v libx264 -preset veryfast -pix_fmt yuv420p -sc_threshold 0";
        make(
            &folder.path().join(format!("{size}-{seconds}-{keyframes}.mp4")),
            &format!("{inputs} {settings} -g {keyframes} -c:a aac"),
        )
    };
    let minute = video("160x90", 60, 50);
    let film = |name: &str, minutes: usize| {
        let copies = format!("-stream_loop {} -i {} -c copy", minutes - 1, minute.display());
        make(&folder.path().join(name), &copies)
    };
    if !std::env::args().any(|argument| argument == "lone") {
        let ladder = Ladder::default().rungs([480, 240]).preset("superfast");
        compare("an ordinary clip", &video("854x480", 40, 50), &ladder);
        compare("long groups of pictures", &video("854x480", 40, 1000), &ladder);
        let minutes = number("MINUTES", 30);
        let small = Ladder::default().rungs([64]).preset("ultrafast");
        compare(&format!("{minutes} minutes of small pictures"), &film("long.mp4", minutes), &small);
    }
    share_outside(&film("film.mp4", 90));
}
