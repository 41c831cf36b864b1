//! What is asked of a plan: one that was tampered with is refused, before it can do harm.

use serde_json::{Value, json};
use vodkit::{CopyTop, ErrorKind, Plan, Rational, ReadAt, Source, StoryboardOptions};

use vodkit_tests::edited::{Json, edited};
use vodkit_tests::{folder, make, quick, source};

/// A source of two seconds with pictures and sound, and its plan, with a storyboard.
fn small() -> (tempfile::TempDir, Source, Plan) {
    let folder = folder();
    let inputs = "-f lavfi -i testsrc2=s=64x64:r=10:d=2 -f lavfi -i sine=r=44100:d=2";
    let path = make(&folder.path().join("a.mp4"), &format!("{inputs} -c:v libx264 -preset ultrafast -c:a aac"));
    let storyboard = StoryboardOptions::default().interval(1);
    let ladder = quick(&[64]).preset("veryfast").segment_seconds(1).keyframe_seconds(1).storyboard(storyboard);
    let source = source(&path);
    let plan = vodkit::plan(&source, &ladder).unwrap();
    (folder, source, plan)
}

/// What comes of asking for single segments of a plan.
fn segments(source: &Source, plan: &Plan) -> Vec<vodkit::Result<()>> {
    let each = |id| {
        let media = [0, u32::MAX].map(|index| vodkit::segment(source, plan, id, index).map(drop));
        media.into_iter().chain([vodkit::init_segment(plan, id).map(drop)])
    };
    ["64p", "audio", "storyboard"].into_iter().flat_map(each).collect()
}

type Change = fn(&mut Json);

const CODING: &str = "renditions/0/coding/encode";

/// What contradicts itself, whatever its hash, and words of what is said of it.
const HOSTILE: [(&str, &str, Change); 56] = [
    ("another schema", "schema version 4", |plan| plan.set("schema", 4)),
    ("no renditions", "0 renditions", |plan| plan.items("renditions").clear()),
    ("too many renditions", "200 renditions", |plan| {
        let first = plan.at("renditions/0").clone();
        *plan.items("renditions") = vec![first; 200];
        (0..200).for_each(|number| plan.set(&format!("renditions/{number}/id"), format!("{number}p")));
    }),
    ("twice the same rendition", "two renditions", |plan| plan.set("renditions/1/id", "64p")),
    ("a path for an id", "plain name", |plan| plan.set("renditions/0/id", "../64p")),
    ("a long id", "plain name", |plan| plan.set("renditions/0/id", "p".repeat(5000))),
    ("another duration", "longest rendition", |plan| plan.set("duration", "1")),
    ("no video to make video from", "rendition \"64p\" is made from video, but the plan has no source video", |plan| {
        plan.set("source_video", Value::Null)
    }),
    ("no ticks", "timescale is 0", |plan| plan.set("renditions/0/timescale", 0)),
    ("ticks between frames", "whole number of ticks", |plan| plan.set("renditions/0/timescale", 10_241)),
    ("more segments than windows", "segments but", |plan| plan.set("renditions/0/segments", u32::MAX)),
    ("a codec string that leaves its quotes", "codec string", |plan| {
        plan.set("renditions/0/codecs", "avc1\",URI=\"http://evil");
    }),
    ("a huge picture", "its size is", |plan| plan.set("renditions/0/width", 1 << 20)),
    ("an odd picture", "its size is", |plan| plan.set("renditions/0/height", 63)),
    ("more than a level holds", "does not fit H.264 level", |plan| {
        plan.set("renditions/0/width", 8192);
        plan.set("renditions/0/height", 8192);
    }),
    // What JSON has for what is no number.
    ("crf that is no number", "cannot be read", |plan| plan.set(&format!("{CODING}/crf"), Value::Null)),
    ("crf below 1", "its crf is 0", |plan| plan.set(&format!("{CODING}/crf"), 0.0)),
    ("a huge rate", "does not fit H.264 level", |plan| plan.set("renditions/0/max_rate", u64::MAX)),
    ("a huge buffer", "does not fit H.264 level", |plan| plan.set("renditions/0/buffer_size", 1_u64 << 40)),
    ("a buffer that begins empty", "does not hold", |plan| plan.set(&format!("{CODING}/buffer/initial_fill"), 0)),
    ("a buffer that begins fuller than full", "does not hold", |plan| {
        plan.set(&format!("{CODING}/buffer/initial_fill"), u64::MAX);
    }),
    ("a reserve beyond all", "too short for its reserve", |plan| {
        plan.set(&format!("{CODING}/buffer/reserve"), u64::MAX);
    }),
    ("no preset", "preset is not one", |plan| plan.set(&format!("{CODING}/preset"), "veryfast:threads=999")),
    ("references beyond number", "does not fit H.264 level", |plan| plan.set(&format!("{CODING}/references"), 17)),
    ("frames of no length", "frame rate is 0", |plan| plan.set("source_video/frame_rate", "0")),
    ("frames beyond number", "lasts longer", |plan| plan.set("source_video/frames", u64::MAX)),
    ("a segment of nothing", "no frames", |plan| {
        let window = plan.at("source_video/windows/0").clone();
        plan.items("source_video/windows").push(window);
        plan.set("renditions/0/segments", 3);
    }),
    ("a segment of everything", "no frames, or too many", |plan| plan.set("source_video/frames", 70 * 25)),
    ("a start without a segment", "do not begin with frame 0", |plan| {
        plan.set("source_video/windows/0/first_frame", 1)
    }),
    ("a source of no size", "source video's size is 0x", |plan| plan.set("source_video/width", 0)),
    ("a source larger than any", "source video's size is 4294967295x4294967295", |plan| {
        plan.set("source_video/width", u32::MAX);
        plan.set("source_video/height", u32::MAX);
    }),
    ("no keyframes", "keyframes are 0", |plan| plan.set("source_video/keyframe_interval", 0)),
    ("keyframes a day apart", "keyframes are", |plan| plan.set("source_video/keyframe_interval", 24 * 3600 * 25)),
    ("a quarter of a turn", "the rotation is 23", |plan| plan.set("source_video/rotation", 23)),
    ("no windows", "do not begin with frame 0", |plan| plan.items("source_video/windows").clear()),
    ("no channels", "0 channels", |plan| plan.set("renditions/1/channels", 0)),
    ("channels without number", "4294967295 channels", |plan| plan.set("renditions/1/channels", u32::MAX)),
    ("an endless window", "a window is", |plan| plan.set("renditions/1/windows/0/frames", u32::MAX)),
    ("sound from the end of time", "position is out of range", |plan| {
        plan.set("renditions/1/windows/0/start/sample", i64::MIN)
    }),
    ("a name that leaves its quotes", "its name has a quotation mark", |plan| {
        plan.set("renditions/1/name", "a\"\n#EXT-X-ENDLIST");
    }),
    ("a language that leaves its quotes", "not a language tag", |plan| plan.set("renditions/1/language", "en\"")),
    ("a huge bit rate", "bit rate", |plan| plan.set("renditions/1/bit_rate", u64::MAX)),
    ("a huge tile", "tiles are 65536", |plan| plan.set("renditions/2/width", 1 << 16)),
    ("a tile of nothing", "x0", |plan| plan.set("renditions/2/height", 0)),
    ("a sheet of nothing", "has 0x", |plan| plan.set("renditions/2/columns", 0)),
    ("a sheet without end", "65536x65536", |plan| {
        plan.set("renditions/2/columns", 1 << 16);
        plan.set("renditions/2/rows", 1 << 16);
    }),
    ("tiles that stand for no time", "interval is 0", |plan| plan.set("renditions/2/interval", "0")),
    ("tiles between ticks", "interval is 4/3", |plan| plan.set("renditions/2/interval", "4/3")),
    ("more tiles than time", "1000 tiles", |plan| {
        let tile = plan.at("renditions/2/tiles/0").clone();
        *plan.items("renditions/2/tiles") = vec![tile; 1000];
    }),
    ("a tile from the end of time", "position is out of range", |plan| plan.set("renditions/2/tiles/0/time", i64::MIN)),
    ("a storyboard without end", "lasts longer than 30 days", |plan| {
        plan.at("renditions/2").add("end", "9000000000");
    }),
    ("a storyboard that ends elsewhere", "it has 2 tiles, not 4", |plan| {
        plan.at("renditions/2").add("end", "7/2");
    }),
    ("a storyboard on another clock", "that of storyboards", |plan| plan.set("renditions/2/timescale", 1001)),
    ("an edit that ends before it begins", "the source has too many edits", |plan| {
        plan.at("source_video").add("edits", json!([{ "first": 0, "last": 0, "start": 1, "end": 1, "shift": 0 }]));
    }),
    ("edits without end", "the source has too many edits", |plan| {
        let edit = json!({ "first": 0, "last": 0, "start": 0, "end": 1, "shift": 0 });
        plan.at("source_video").add("edits", vec![edit; 10_000]);
    }),
    (
        "a storyboard of no video",
        "rendition \"storyboard\" is made from video, but the plan has no source video",
        |plan| {
            let storyboard = plan.at("renditions/2").clone();
            *plan.items("renditions") = vec![storyboard];
            plan.set("source_video", Value::Null);
        },
    ),
];

const SAMPLES: &str = "renditions/0/coding/passthrough";
const OWN_FRAMES: &str = "renditions/1/coding/passthrough";

/// What of a plan that copies can be hostile beside that.
const HOSTILE_PASSTHROUGHS: [(&str, &str, Change); 11] = [
    ("another size than the samples have", "does not match its parameter sets", |plan| {
        plan.set("renditions/0/width", 128);
    }),
    ("parameter sets that are none", "contradicts itself", |plan| {
        plan.set(&format!("{SAMPLES}/parameter_sets"), "00000001ff");
    }),
    ("parameter sets that are no hexadecimal", "parameter sets cannot be read", |plan| {
        plan.set(&format!("{SAMPLES}/parameter_sets"), "0000000g");
    }),
    ("parameter sets without end", "parameter sets cannot be read", |plan| {
        plan.set(&format!("{SAMPLES}/parameter_sets"), "00".repeat(1 << 20));
    }),
    ("pictures that wait for ever", "delay is 4294967295 frames", |plan| {
        plan.set(&format!("{SAMPLES}/reorder"), u32::MAX)
    }),
    ("another codec string", "codec string", |plan| plan.set("renditions/0/codecs", "avc1.640028")),
    ("another configuration of the sound", "AudioSpecificConfig does not match", |plan| {
        plan.set(&format!("{OWN_FRAMES}/audio_specific_config"), "1190");
    }),
    ("no configuration of the sound", "AudioSpecificConfig does not match", |plan| {
        plan.set(&format!("{OWN_FRAMES}/audio_specific_config"), "");
    }),
    ("more primed than there is", "its priming is 4294967295 samples", |plan| {
        plan.set(&format!("{OWN_FRAMES}/priming"), u32::MAX)
    }),
    ("sound from nowhere", "has no start", |plan| plan.set("renditions/1/windows/0/start", Value::Null)),
    ("sound at another rate", "its sample rate is not the source's", |plan| {
        plan.set("renditions/1/source_sample_rate", 48_000)
    }),
];

fn are_refused(plan: &Plan, cases: &[(&str, &str, Change)]) {
    for (name, words, change) in cases {
        let mut json = Json::of(plan);
        change(&mut json);
        assert_ne!(json, Json::of(plan), "{name}");
        let error = Plan::from_json(&json.sealed()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidPlan, "{name}");
        assert!(error.to_string().contains(words), "{name}: {error}");
    }
}

#[test]
fn a_hostile_plan_that_copies_is_refused_whatever_its_hash() {
    let (_folder, source, _) = small();
    let copying = quick(&[]).copy_top(CopyTop::Always).segment_seconds(1).keyframe_seconds(1);
    are_refused(&vodkit::plan(&source, &copying).unwrap(), &HOSTILE_PASSTHROUGHS);
}

#[test]
fn a_hostile_plan_is_refused_whatever_its_hash() {
    let (_folder, _, plan) = small();
    assert_eq!(edited(&plan, |_| ()).unwrap(), plan, "this test makes its hashes in another way");
    are_refused(&plan, &HOSTILE);
}

#[test]
fn a_plan_that_was_changed_without_its_hash_is_refused() {
    let (_folder, _, plan) = small();
    let mut json = Json::of(&plan);
    json.set(&format!("{CODING}/crf"), 30.0);
    let error = Plan::from_json(&json.text()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidPlan);
    assert!(error.to_string().contains("hash"), "{error}");
    // With its hash it is another plan, and a good one.
    assert_ne!(Plan::from_json(&json.sealed()).unwrap().hash(), plan.hash());
}

#[test]
fn no_number_of_a_plan_makes_the_engine_fail() {
    let (_folder, source, plan) = small();
    let is_number = |value: &Value| match value {
        Value::Number(_) => true,
        Value::String(text) => text.parse::<Rational>().is_ok(),
        _ => false,
    };
    let leaves = Json::of(&plan).leaves();
    let numbers: Vec<&str> =
        leaves.iter().filter(|(_, value)| is_number(value)).map(|(path, _)| path.as_str()).collect();
    assert!(numbers.len() > 40, "{numbers:?}");
    let most = i64::MAX;
    let fractions = ["0", "-1", &format!("{most}"), &format!("-{most}"), &format!("1/{most}"), &format!("{most}/2")];
    let integers = [0, 1, 1 << 31, (1 << 32) - 1, 1 << 60, u64::MAX];
    let values: Vec<Value> = fractions.into_iter().map(Value::from).chain(integers.map(Value::from)).collect();
    let values = values.into_iter().chain([-1, -(1 << 60), i64::MIN].map(Value::from));
    let (mut read, mut used) = (0, 0);
    for value in values {
        for path in &numbers {
            match edited(&plan, |json| json.set(path, value.clone())) {
                Ok(hostile) => {
                    used += 1;
                    assert!(hostile.tasks().iter().all(|task| task.count > 0), "{path} = {value}");
                    for error in segments(&source, &hostile).into_iter().filter_map(Result::err) {
                        assert_ne!(error.kind(), ErrorKind::Internal, "{path} = {value}: {}", error.full_message());
                    }
                }
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::InvalidPlan, "{path} = {value}: {}", error.full_message());
                    read += usize::from(error.to_string().contains("contradicts itself"));
                }
            }
        }
    }
    assert!(read + used > 150 && used > 20, "only {read} could be read, and {used} used");
}

/// A source whose owner has made a mistake.
struct Mistaken(Source);

impl ReadAt for Mistaken {
    fn len(&self) -> u64 {
        self.0.len()
    }

    fn read_at(&self, _: u64, _: &mut [u8]) -> std::io::Result<usize> {
        panic!("mistaken")
    }

    fn name(&self) -> String {
        self.0.name()
    }
}

#[test]
fn a_panic_of_the_source_is_a_failure_to_read_it() {
    let (_folder, source, plan) = small();
    let error = vodkit::segment(&Source::new(Mistaken(source)), &plan, "64p", 0).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SourceRead);
    assert!(error.full_message().ends_with("panicked: mistaken"), "{}", error.full_message());
}
