//! A host that spreads the work itself gets the bytes of a job.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use vodkit::plan::Task;
use vodkit::{CopyTop, ErrorKind, Ladder, MemorySink, Plan, ReadAt, SegmentMaker, Source, StoryboardOptions};

use vodkit_tests::edited::edited;
use vodkit_tests::{folder, make, quick, source};

use crate::job::run;

/// Eleven seconds of pictures and sound, with a keyframe every `keyframes` pictures of 25 a second.
fn film(folder: &Path, keyframes: u32) -> Source {
    let inputs = "-f lavfi -i testsrc2=s=160x120:r=25:d=11 -f lavfi -i anoisesrc=a=0.1:r=48000:d=11 -ac 2";
    let video = format!("-c:v libx264 -preset veryfast -bf 2 -pix_fmt yuv420p -g {keyframes} -sc_threshold 0");
    source(&make(&folder.join(format!("{keyframes}.mp4")), &format!("{inputs} {video} -c:a aac -b:a 96k")))
}

fn ladder() -> Ladder {
    quick(&[120, 64]).segment_seconds(2).storyboard(StoryboardOptions::default().interval(2).columns(2).rows(1))
}

/// All segments of the plan, by one maker in the order of these tasks.
fn made(source: &Source, plan: &Plan, tasks: &[Task]) -> BTreeMap<String, Bytes> {
    let (mut maker, mut all) = (SegmentMaker::new(source, plan).unwrap(), BTreeMap::new());
    for rendition in plan.renditions() {
        if let Some(key) = rendition.init_key() {
            all.insert(key, maker.init(&rendition.id).unwrap());
        }
    }
    for task in tasks {
        maker
            .run(task, |rendition, index, bytes| {
                let twice = all.insert(rendition.segment_key(index), bytes);
                assert_eq!(twice, None, "{} {index} was made twice", rendition.id);
                Ok(())
            })
            .unwrap();
    }
    all
}

/// The init segments and segments of a job's package.
fn package(source: &Source, plan: &Plan) -> BTreeMap<String, Bytes> {
    let sink = Arc::new(MemorySink::new());
    run(source, plan, sink.clone()).unwrap();
    let is_media = |key: &str| [".m4s", ".mp4", ".jpg"].iter().any(|end| key.ends_with(end));
    sink.files().into_iter().filter(|(key, _)| is_media(key)).collect()
}

#[test]
fn a_loop_over_the_tasks_makes_what_a_job_makes() {
    let folder = folder();
    let (short, long) = (film(folder.path(), 25), film(folder.path(), 999));
    for (name, source, ladder, copies) in [
        ("all encoded, short groups", &short, ladder(), 0),
        ("all encoded, one group", &long, ladder(), 0),
        ("the top and the sound copied", &short, ladder().copy_top(CopyTop::Auto), 2),
    ] {
        let plan = vodkit::plan(source, &ladder).unwrap();
        let copied = plan.renditions().iter().filter(|rendition| rendition.is_passthrough()).count();
        assert_eq!((copied, plan.renditions().len()), (copies, 4), "{name}");
        let expected = package(source, &plan);
        let mut tasks = plan.tasks();
        assert!(made(source, &plan, &tasks) == expected, "{name}: other bytes");
        tasks.reverse();
        assert!(made(source, &plan, &tasks) == expected, "{name}: other bytes from the last task to the first");
    }
}

#[test]
fn tasks_name_each_segment_once() {
    let folder = folder();
    for (keyframes, copy_top) in [(25, CopyTop::Never), (999, CopyTop::Never), (25, CopyTop::Always)] {
        let plan = vodkit::plan(&film(folder.path(), keyframes), &ladder().copy_top(copy_top)).unwrap();
        let mut named = BTreeMap::new();
        for task in plan.tasks() {
            assert!(task.count > 0 && task.cost > 0, "{task:?}");
            for (id, index) in task
                .renditions
                .iter()
                .flat_map(|id| (task.first..task.first + task.count).map(move |index| (id, index)))
            {
                *named.entry((id.clone(), index)).or_insert(0) += 1;
            }
        }
        let all: BTreeMap<_, _> = plan
            .renditions()
            .iter()
            .flat_map(|rendition| (0..rendition.segment_count).map(|index| ((rendition.id.clone(), index), 1)))
            .collect();
        assert_eq!(named, all, "keyframes every {keyframes} pictures, {copy_top:?}");
    }
}

#[test]
fn windows_that_share_a_decoder_are_one_task() {
    let folder = folder();
    let tasks = |keyframes| {
        let plan = vodkit::plan(&film(folder.path(), keyframes), &ladder()).unwrap();
        let (video, others): (Vec<_>, Vec<_>) =
            plan.tasks().into_iter().partition(|task| task.renditions.contains(&"120p".to_owned()));
        assert!(others.iter().all(|task| task.count == 1 && task.renditions.len() == 1), "{others:?}");
        assert!(video.iter().all(|task| task.renditions == ["120p", "64p"]), "{video:?}");
        video.into_iter().map(|task| (task.first, task.count)).collect::<Vec<_>>()
    };
    // Eleven seconds in segments of two, and a keyframe at 0 alone, or every second, or at 0 and 6 seconds.
    assert_eq!(tasks(999), [(0, 6)]);
    assert_eq!(tasks(25), [(0, 1), (1, 1), (2, 1), (3, 1), (4, 1), (5, 1)]);
    assert_eq!(tasks(150), [(0, 3), (3, 3)]);
}

#[test]
fn a_task_survives_json() {
    let folder = folder();
    let plan = vodkit::plan(&film(folder.path(), 25), &ladder()).unwrap();
    let tasks = plan.tasks();
    let json = serde_json::to_string(&tasks).unwrap();
    assert_eq!(serde_json::from_str::<Vec<Task>>(&json).unwrap(), tasks);
}

#[test]
fn tasks_of_another_plan_are_refused() {
    let folder = folder();
    let source = film(folder.path(), 25);
    let plan = vodkit::plan(&source, &ladder()).unwrap();
    let mut maker = SegmentMaker::new(&source, &plan).unwrap();
    let mut kind = |change: fn(&mut Task)| {
        let (mut task, mut made) = (plan.tasks()[0].clone(), 0);
        change(&mut task);
        let count = |_: &_, _, _| {
            made += 1;
            Ok(())
        };
        maker.run(&task, count).map(|()| made).map_err(|error| {
            assert_eq!(made, 0, "{error}: after a part of it was made");
            error.kind()
        })
    };
    assert_eq!(kind(|_| ()), Ok(2));
    assert_eq!(kind(|task| task.renditions = vec!["720p".into()]), Err(ErrorKind::OutOfRange));
    assert_eq!(kind(|task| task.first = 6), Err(ErrorKind::OutOfRange));
    assert_eq!(kind(|task| task.count = 7), Err(ErrorKind::OutOfRange));
    assert_eq!(kind(|task| (task.first, task.count) = (u32::MAX, u32::MAX)), Err(ErrorKind::OutOfRange));
    assert_eq!(kind(|task| task.renditions = vec!["120p".into(), "audio".into()]), Err(ErrorKind::InvalidArgument));
    assert_eq!(kind(|task| task.renditions.clear()), Err(ErrorKind::InvalidArgument));
    assert_eq!(kind(|task| task.renditions.push("120p".into())), Err(ErrorKind::InvalidArgument));
}

#[test]
fn an_error_of_who_stores_ends_the_task() {
    let folder = folder();
    let source = film(folder.path(), 999);
    let plan = vodkit::plan(&source, &ladder()).unwrap();
    let mut maker = SegmentMaker::new(&source, &plan).unwrap();
    let mut asked = 0;
    let full = |_: &_, _, _| {
        asked += 1;
        Err(vodkit::Error::new(ErrorKind::NoSpace, "full"))
    };
    assert_eq!(maker.run(&plan.tasks()[0], full).unwrap_err().kind(), ErrorKind::NoSpace);
    assert_eq!(asked, 1);
    // The maker is good for more.
    let alone = vodkit::segment(&source, &plan, "64p", 3).unwrap();
    assert!(maker.segment("64p", 3).unwrap() == alone);
}

/// A source that says how often it was read at its ends, which its digest is of.
struct Ends(Source, Arc<std::sync::atomic::AtomicU64>);

impl ReadAt for Ends {
    fn len(&self) -> u64 {
        self.0.len()
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> std::io::Result<usize> {
        // What the digest asks for, and nobody else does.
        if offset + buffer.len() as u64 == self.0.len() && buffer.len() == 64 * 1024 {
            self.1.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        }
        self.0.read_at(offset, buffer)
    }

    fn name(&self) -> String {
        self.0.name()
    }
}

#[test]
fn another_source_and_another_build_are_refused_once_when_the_maker_is_made() {
    let folder = folder();
    let whole = film(folder.path(), 25);
    let plan = vodkit::plan(&whole, &ladder()).unwrap();
    let other = film(folder.path(), 50);
    assert_eq!(SegmentMaker::new(&other, &plan).unwrap_err().kind(), ErrorKind::SourceChanged);
    let foreign = edited(&plan, |json| json.set("build/aac", "another")).unwrap();
    assert_eq!(SegmentMaker::new(&whole, &foreign).unwrap_err().kind(), ErrorKind::BuildMismatch);
    // A maker that is there reads the ends no more.
    let count = Arc::new(std::sync::atomic::AtomicU64::new(0));
    let counted = Source::new(Ends(whole, count.clone()));
    let mut maker = SegmentMaker::new(&counted, &plan).unwrap();
    assert_eq!(count.load(std::sync::atomic::Ordering::SeqCst), 1);
    for index in 0..6 {
        maker.segment("audio", index).unwrap();
        maker.segment("64p", index).unwrap();
    }
    assert_eq!(count.load(std::sync::atomic::Ordering::SeqCst), 1);
}

/// A source that can be made to fail.
struct Failing(Source, Arc<std::sync::atomic::AtomicBool>);

impl ReadAt for Failing {
    fn len(&self) -> u64 {
        self.0.len()
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.1.load(std::sync::atomic::Ordering::SeqCst) {
            return Err(std::io::Error::other("the line is down"));
        }
        self.0.read_at(offset, buffer)
    }

    fn name(&self) -> String {
        self.0.name()
    }
}

#[test]
fn after_a_failed_read_a_maker_makes_the_same_segment() {
    let folder = folder();
    let whole = film(folder.path(), 25);
    for copy_top in [CopyTop::Never, CopyTop::Always] {
        let ladder = ladder().copy_top(copy_top);
        let plan = vodkit::plan(&whole, &ladder).unwrap();
        let expected = package(&whole, &plan);
        let down = Arc::new(std::sync::atomic::AtomicBool::new(false));
        let source = Source::new(Failing(whole.clone(), down.clone()));
        let mut maker = SegmentMaker::new(&source, &plan).unwrap();
        for rendition in plan.renditions() {
            // The first opens the source, the last needs bytes that were not read yet.
            let last = rendition.segment_count - 1;
            assert!(maker.segment(&rendition.id, 0).unwrap() == expected[&rendition.segment_key(0)]);
            down.store(true, std::sync::atomic::Ordering::SeqCst);
            let error = maker.segment(&rendition.id, last).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::SourceRead, "{}: {}", rendition.id, error.full_message());
            down.store(false, std::sync::atomic::Ordering::SeqCst);
            let made = maker.segment(&rendition.id, last).unwrap();
            assert!(made == expected[&rendition.segment_key(last)], "{}: other bytes", rendition.id);
        }
    }
}
