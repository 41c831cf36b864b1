//! What planning promises: each segment of a plan can be made, however odd the source; and what is asked of
//! a plan: one that was tampered with is refused, before it can do harm.

use std::sync::Arc;

use serde_json::Value;
use sha2::{Digest, Sha256};
use vodkit::plan::{
    AudioCoding, AudioTrack, ImageTrack, Pictures, Plan, StoryboardOptions, Track, TrackKind, VideoCoding, VideoTrack,
};
use vodkit::{CopyTop, Error, ErrorKind, Job, JobOptions, Ladder, MemorySink, Rational, Rung, SharedSource, Source};

use vodkit_tests::{folder, make, quick, source};

/// Plans a source that is made with these arguments, and makes all of its segments.
fn made_whole(name: &str, arguments: &str, ladder: &Ladder) -> vodkit::Result<Plan> {
    let folder = folder();
    let source = source(&make(&folder.path().join(name), arguments));
    let plan = vodkit::plan(&source, ladder)?;
    let told = |error: Error| panic!("{arguments}: {}", error.full_message());
    for track in &plan.tracks {
        vodkit::init_segment(&plan, &track.id).unwrap_or_else(told);
        for index in 0..track.segments {
            vodkit::segment(&source, &plan, &track.id, index).unwrap_or_else(told);
        }
    }
    Ok(plan)
}

/// In the first version of FFV1, which does not cut pictures into slices: there are sizes that cannot be cut.
fn pictures(size: &str, rate: &str, frames: u32) -> String {
    format!("-f lavfi -i color=gray:s={size}:r={rate} -frames:v {frames} -pix_fmt yuv420p -c:v ffv1 -level 1")
}

fn sizes(plan: &Plan) -> Vec<(u32, u32)> {
    plan.videos().map(|(_, video)| (video.width, video.height)).collect()
}

#[test]
fn pictures_of_any_shape() {
    let default = Ladder::default();
    let four = quick(&[480, 466, 240, 64]);
    type Sizes = &'static [(u32, u32)];
    let cases: [(&str, &Ladder, Sizes); 10] = [
        ("8400x66", &default, &[(8192, 64)]),
        ("66x8400", &default, &[(64, 8192)]),
        ("16384x2", &default, &[(8192, 2)]),
        // Two rungs are too high for it and become one.
        ("9000x500", &four, &[(8192, 456), (4320, 240), (1152, 64)]),
        ("4096x16", &default, &[(4096, 16)]),
        ("16x16", &default, &[(16, 16)]),
        ("14x30", &default, &[(14, 30)]),
        ("2x2", &default, &[(2, 2)]),
        ("2x8192", &default, &[(2, 8192)]),
        ("18x2", &Ladder { preset: "veryslow".into(), ..default.clone() }, &[(18, 2)]),
    ];
    for (size, ladder, expected) in cases {
        let plan = made_whole("a.mkv", &pictures(size, "10", 3), ladder).unwrap();
        assert_eq!(sizes(&plan), expected, "{size}");
    }
}

#[test]
fn pictures_that_come_slowly() {
    let half = Ladder { segment_seconds: 30.into(), keyframe_seconds: Rational::new(1, 2), ..quick(&[64]) };
    // Half a second between keyframes becomes a whole one; 30 seconds of a segment must not become 60.
    let arguments = format!("-f lavfi -i sine=r=8000:d=100 {} -c:a pcm_s16le", pictures("64x64", "1", 100));
    let plan = made_whole("a.mkv", &arguments, &Ladder { preset: "veryfast".into(), ..half }).unwrap();
    let video = plan.video.as_ref().unwrap();
    assert_eq!((video.windows[1].frame, video.keyframe_frames), (30, 1));
    // All pictures are keyframes, which x264 writes into the stream, and so the plan must know.
    assert_eq!(plan.tracks[0].codecs, "avc1.64100b");
    let plan = made_whole("a.mkv", &pictures("64x64", "1/20", 4), &quick(&[64])).unwrap();
    assert_eq!(plan.video.unwrap().frame_rate, Rational::from(1));
}

#[test]
fn sound_of_odd_rates_and_layouts_is_made_or_refused() {
    let tone = |rate: u32| format!("-f lavfi -i sine=f=100:r={rate}:d=1.5");
    let silence = |layout: &str| format!("-f lavfi -i anullsrc=r=48000:cl={layout}:d=1.5");
    let ambisonic = format!("{} -ac 4 -c:a libopus -mapping_family 2", tone(48_000));
    let ladder = Ladder { audio_channels: 6, ..Ladder::default() };
    let channels = |name: &str, arguments: &str| {
        made_whole(name, arguments, &ladder).map(|plan| plan.audios().next().unwrap().1.channels)
    };
    for (arguments, expected) in [
        (tone(1000), 1),
        (tone(768_000), 1),
        (silence("FL"), 1),
        (silence("2.1"), 2),
        (silence("FL+FR+TC"), 2),
        (silence("quad"), 4),
        (silence("7.1"), 6),
        (silence("hexadecagonal"), 6),
    ] {
        assert_eq!(channels("a.wav", &arguments).unwrap(), expected, "{arguments}");
    }
    for (name, arguments, words) in [
        ("a.wav", tone(1), "1 samples a second"),
        ("a.wav", tone(500), "500 samples a second"),
        ("a.wav", tone(800_000), "800000 samples a second"),
        ("a.wav", silence("FL+BR"), "FL+BR"),
        ("a.wav", silence("FL+LFE"), "FL+LFE"),
        ("a.wav", silence("SL+SR"), "SL+SR"),
        ("a.opus", ambisonic, "ambisonic 1"),
    ] {
        let error = channels(name, &arguments).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{arguments}: {}", error.full_message());
        assert!(error.to_string().contains(words), "{error}");
    }
}

/// A source of two seconds with pictures and sound, and its plan, with a storyboard.
fn small() -> (tempfile::TempDir, SharedSource, Plan) {
    let folder = folder();
    let inputs = "-f lavfi -i testsrc2=s=64x64:r=10:d=2 -f lavfi -i sine=r=44100:d=2";
    let path = make(&folder.path().join("a.mp4"), &format!("{inputs} -c:v libx264 -preset ultrafast -c:a aac"));
    let second = Rational::from(1);
    let rungs = vec![Rung::new(64)];
    let storyboard = Some(StoryboardOptions { interval: second, ..StoryboardOptions::default() });
    let ladder = Ladder { rungs, segment_seconds: second, keyframe_seconds: second, storyboard, ..Ladder::default() };
    let source = source(&path);
    let plan = vodkit::plan(&source, &ladder).unwrap();
    (folder, source, plan)
}

/// Gives a plan the hash of what it says now: whoever can write a plan can do that too.
fn sealed(mut plan: Plan) -> Plan {
    plan.hash.clear();
    let digest = Sha256::digest(serde_json::to_vec(&plan).unwrap());
    plan.hash = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    plan
}

/// What comes of asking for single segments of a plan.
fn segments(source: &SharedSource, plan: &Plan) -> Vec<vodkit::Result<()>> {
    let each = |id| {
        let media = [0, u32::MAX].map(|index| vodkit::segment(source, plan, id, index).map(drop));
        media.into_iter().chain([vodkit::init_segment(plan, id).map(drop)])
    };
    ["64p", "audio", "storyboard"].into_iter().flat_map(each).collect()
}

/// What comes of all ways to use a plan.
fn used(source: &SharedSource, plan: &Plan) -> Vec<vodkit::Result<()>> {
    let job = Job::start(source.clone(), plan.clone(), Arc::new(MemorySink::new()), JobOptions::default());
    let whole = [job.map(drop), Plan::from_json(&plan.to_json()).map(drop)];
    whole.into_iter().chain(segments(source, plan)).collect()
}

fn video(plan: &mut Plan) -> (&mut Track, &mut Pictures) {
    (&mut plan.tracks[0], plan.video.as_mut().unwrap())
}

fn encoding(plan: &mut Plan) -> &mut VideoTrack {
    match &mut plan.tracks[0].kind {
        TrackKind::Video(video) => video,
        _ => panic!("the first track is video"),
    }
}

/// Preset, constant rate factor and reference frames of the first track.
fn settings(plan: &mut Plan) -> (&mut String, &mut f64, &mut u32) {
    match &mut encoding(plan).coding {
        VideoCoding::Encode { preset, crf, references } => (preset, crf, references),
        _ => panic!("the first track is encoded"),
    }
}

fn sound(plan: &mut Plan) -> &mut AudioTrack {
    match &mut plan.tracks[1].kind {
        TrackKind::Audio(audio) => audio,
        _ => panic!("the second track is audio"),
    }
}

fn images(plan: &mut Plan) -> &mut ImageTrack {
    match &mut plan.tracks[2].kind {
        TrackKind::Images(images) => images,
        _ => panic!("the third track is the storyboard"),
    }
}

type Change = fn(&mut Plan);

const HOSTILE: [(&str, Change); 46] = [
    ("another schema", |plan| plan.schema += 1),
    ("no tracks", |plan| plan.tracks.clear()),
    ("too many tracks", |plan| {
        plan.tracks = vec![plan.tracks[0].clone(); 200];
        plan.tracks.iter_mut().zip(0..).for_each(|(track, number)| track.id = format!("{number}p"));
    }),
    ("twice the same track", |plan| plan.tracks[1].id = "64p".into()),
    ("a path for an id", |plan| plan.tracks[0].id = "../64p".into()),
    ("a long id", |plan| plan.tracks[0].id = "p".repeat(5000)),
    ("another duration", |plan| plan.duration = 1.into()),
    ("no pictures", |plan| plan.video = None),
    ("no ticks", |plan| plan.tracks[0].timescale = 0),
    ("ticks between frames", |plan| plan.tracks[0].timescale += 1),
    ("more segments than windows", |plan| plan.tracks[0].segments = u32::MAX),
    ("a codec string that leaves its quotes", |plan| plan.tracks[0].codecs = "avc1\",URI=\"http://evil".into()),
    ("a huge picture", |plan| encoding(plan).width = 1 << 20),
    ("an odd picture", |plan| encoding(plan).height = 63),
    ("more than a level holds", |plan| (encoding(plan).width, encoding(plan).height) = (8192, 8192)),
    ("crf that is no number", |plan| *settings(plan).1 = f64::NAN),
    ("crf below 1", |plan| *settings(plan).1 = 0.0),
    ("a huge rate", |plan| encoding(plan).max_rate = u64::MAX),
    ("a huge buffer", |plan| encoding(plan).buffer_size = 1 << 40),
    ("no preset", |plan| *settings(plan).0 = "veryfast:threads=999".into()),
    ("references beyond number", |plan| *settings(plan).2 = 17),
    ("frames of no length", |plan| video(plan).1.frame_rate = Rational::ZERO),
    ("frames beyond number", |plan| video(plan).1.frames = u64::MAX),
    ("a segment of nothing", |plan| {
        let (track, pictures) = video(plan);
        pictures.windows.push(pictures.windows[0]);
        track.segments += 1;
    }),
    ("a segment of everything", |plan| video(plan).1.frames = 70 * 25),
    ("a start without a segment", |plan| video(plan).1.windows[0].frame = 1),
    ("no keyframes", |plan| video(plan).1.keyframe_frames = 0),
    ("keyframes a day apart", |plan| video(plan).1.keyframe_frames = 24 * 3600 * 25),
    ("a quarter of a turn", |plan| video(plan).1.rotation = 23),
    ("no windows", |plan| video(plan).1.windows.clear()),
    ("no channels", |plan| sound(plan).channels = 0),
    ("channels without number", |plan| sound(plan).channels = u32::MAX),
    ("an endless window", |plan| sound(plan).windows[0].frames = u32::MAX),
    ("sound from the end of time", |plan| sound(plan).windows[0].start.as_mut().unwrap().sample = i64::MIN),
    ("a name that leaves its quotes", |plan| sound(plan).name = "a\"\n#EXT-X-ENDLIST".into()),
    ("a language that leaves its quotes", |plan| sound(plan).language = Some("en\"".into())),
    ("a huge bit rate", |plan| sound(plan).bit_rate = u64::MAX),
    ("a huge tile", |plan| images(plan).width = 1 << 16),
    ("a tile of nothing", |plan| images(plan).height = 0),
    ("a sheet of nothing", |plan| images(plan).columns = 0),
    ("a sheet without end", |plan| (images(plan).columns, images(plan).rows) = (1 << 16, 1 << 16)),
    ("tiles that stand for no time", |plan| images(plan).interval = Rational::ZERO),
    ("tiles between ticks", |plan| images(plan).interval = Rational::new(4, 3)),
    ("more tiles than time", |plan| images(plan).tiles = vec![images(plan).tiles[0]; 1000]),
    ("a tile from the end of time", |plan| images(plan).tiles[0].time = i64::MIN),
    ("images on another clock", |plan| plan.tracks[2].timescale = 1001),
];

/// What of a plan that copies can be hostile beside that.
const HOSTILE_COPIES: [(&str, Change); 11] = [
    ("another size than the samples have", |plan| encoding(plan).width = 128),
    ("parameter sets that are none", |plan| *copy(plan).0 = "00000001ff".into()),
    ("parameter sets that are no hexadecimal", |plan| copy(plan).0.push('g')),
    ("parameter sets without end", |plan| *copy(plan).0 = "00".repeat(1 << 20)),
    ("pictures that wait for ever", |plan| *copy(plan).1 = u32::MAX),
    ("another codec string", |plan| plan.tracks[0].codecs = "avc1.640028".into()),
    ("another configuration of the sound", |plan| *copied_sound(plan).0 = "1190".into()),
    ("no configuration of the sound", |plan| copied_sound(plan).0.clear()),
    ("more skipped than there is", |plan| *copied_sound(plan).1 = u32::MAX),
    ("sound from nowhere", |plan| sound(plan).windows[0].start = None),
    ("sound at another rate", |plan| sound(plan).source_sample_rate = 48_000),
];

/// Parameter sets and reordering of the first track.
fn copy(plan: &mut Plan) -> (&mut String, &mut u32) {
    match &mut encoding(plan).coding {
        VideoCoding::Copy { parameter_sets, reorder, .. } => (parameter_sets, reorder),
        _ => panic!("the first track is copied"),
    }
}

/// Configuration and skipped samples of the second track.
fn copied_sound(plan: &mut Plan) -> (&mut String, &mut u32) {
    match &mut sound(plan).coding {
        AudioCoding::Copy { configuration, skip, .. } => (configuration, skip),
        _ => panic!("the second track is copied"),
    }
}

#[test]
fn a_hostile_plan_that_copies_is_refused_whatever_its_hash() {
    let (_folder, source, _) = small();
    let second = Rational::from(1);
    let copying = Ladder { copy_top: CopyTop::Always, segment_seconds: second, keyframe_seconds: second, ..quick(&[]) };
    let plan = vodkit::plan(&source, &copying).unwrap();
    for (name, change) in HOSTILE_COPIES {
        let mut hostile = plan.clone();
        change(&mut hostile);
        assert_ne!(hostile, plan, "{name}");
        for result in used(&source, &sealed(hostile)) {
            assert_eq!(result.map_err(|error| error.kind()), Err(ErrorKind::InvalidPlan), "{name}");
        }
    }
}

#[test]
fn a_hostile_plan_is_refused_whatever_its_hash() {
    let (_folder, source, plan) = small();
    assert_eq!(sealed(plan.clone()), plan, "this test makes its hashes in another way");
    for (name, change) in HOSTILE {
        let mut hostile = plan.clone();
        change(&mut hostile);
        for result in used(&source, &sealed(hostile)) {
            assert_eq!(result.map_err(|error| error.kind()), Err(ErrorKind::InvalidPlan), "{name}");
        }
    }
}

#[test]
fn a_plan_that_was_changed_without_its_hash_is_refused() {
    let (_folder, source, mut plan) = small();
    *settings(&mut plan).1 = 30.0;
    for result in used(&source, &plan) {
        let error = result.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidPlan);
        assert!(error.to_string().contains("hash"), "{error}");
    }
}

/// The places of all numbers in JSON, and of texts that are fractions.
fn numbers(value: &Value, place: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            fields.iter().for_each(|(key, value)| numbers(value, &format!("{place}/{key}"), found))
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(number, value)| numbers(value, &format!("{place}/{number}"), found));
        }
        Value::Number(_) => found.push(place.into()),
        Value::String(text) if text.parse::<Rational>().is_ok() => found.push(place.into()),
        _ => {}
    }
}

#[test]
fn no_number_of_a_plan_makes_the_engine_fail() {
    let (_folder, source, plan) = small();
    let json = serde_json::to_value(&plan).unwrap();
    let mut places = Vec::new();
    numbers(&json, "", &mut places);
    assert!(places.len() > 40, "{places:?}");
    let most = i64::MAX;
    let fractions = ["0", "-1", &format!("{most}"), &format!("-{most}"), &format!("1/{most}"), &format!("{most}/2")];
    let integers = [0, 1, 1 << 31, (1 << 32) - 1, 1 << 60, u64::MAX];
    let values: Vec<Value> = fractions.into_iter().map(Value::from).chain(integers.map(Value::from)).collect();
    let values = values.into_iter().chain([-1, -(1 << 60), i64::MIN].map(Value::from));
    let mut used_plans = 0;
    for value in values {
        for place in &places {
            let mut changed = json.clone();
            *changed.pointer_mut(place).unwrap() = value.clone();
            let Ok(hostile) = serde_json::from_value::<Plan>(changed) else { continue };
            used_plans += 1;
            for error in segments(&source, &sealed(hostile)).into_iter().filter_map(Result::err) {
                assert_ne!(error.kind(), ErrorKind::Internal, "{place} = {value}: {}", error.full_message());
            }
        }
    }
    assert!(used_plans > 150, "only {used_plans} could be read");
}

/// A source whose owner has made a mistake.
struct Mistaken(SharedSource);

impl Source for Mistaken {
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
fn a_panic_in_a_segment_is_an_error() {
    let (_folder, source, plan) = small();
    let source: SharedSource = Arc::new(Mistaken(source));
    let error = vodkit::segment(&source, &plan, "64p", 0).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Internal);
    assert!(error.full_message().ends_with("panicked: mistaken"), "{}", error.full_message());
}
