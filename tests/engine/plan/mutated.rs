//! Plans that were changed at random: each is refused when it is read, or all that is asked of it ends soon, without a panic.

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;
use vodkit::manifest::{
    Bandwidth, chapters_json, dash_manifest, media_playlist, multivariant_playlist, storyboard_vtt,
};
use vodkit::{CopyTop, ErrorKind, Plan, Source, StoryboardOptions, ThumbnailOptions, init_segment, plan_thumbnail};

use vodkit_tests::edited::Json;
use vodkit_tests::{folder, make, quick, source, with_edits};

/// How often each plan is changed, if the variable `VODKIT_MUTATIONS` of the environment says no other number.
const MUTATIONS: u64 = 30;
/// What all calls for a plan take at most, beside whatever else the machine does: they are some tens of milliseconds.
const SOON: Duration = Duration::from_secs(20);

const NUMBERS: [i64; 14] = [
    0,
    1,
    -1,
    2,
    255,
    65_536,
    i32::MAX as i64,
    1 << 31,
    u32::MAX as i64,
    1 << 40,
    1 << 60,
    -(1 << 60),
    i64::MAX,
    i64::MIN,
];
const TEXTS: [&str; 16] = [
    "",
    "0",
    "-1",
    "1/0",
    "0/1",
    "1/9223372036854775807",
    "9223372036854775807",
    "-9223372036854775807/2",
    "1/3",
    "../../etc/passwd",
    "video",
    "audio",
    "\u{0}\n\"<&>",
    "00",
    "encode",
    "9999999999999999999999",
];

/// Numbers that are the same in every run (xorshift).
struct Chance(u64);

impl Chance {
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % most.max(1) as u64) as usize
    }
}

/// A number that is not much another.
fn near(number: i64, chance: &mut Chance) -> i64 {
    let twice = number.wrapping_mul(2);
    [number.wrapping_add(1), number.wrapping_sub(1), twice, number / 2, number.wrapping_neg()][chance.below(5)]
}

/// Changes something below a value: at each step down it may stay.
fn mutate(value: &mut Json, chance: &mut Chance) {
    let goes_down = chance.below(6) > 0;
    match value {
        Json::Object(fields) if !fields.is_empty() && goes_down => {
            let place = chance.below(fields.len());
            mutate(&mut fields[place].1, chance);
        }
        Json::Array(items) if !items.is_empty() && goes_down => {
            let place = chance.below(items.len());
            mutate(&mut items[place], chance);
        }
        Json::Object(fields) if !fields.is_empty() => {
            let place = chance.below(fields.len());
            fields.remove(place);
        }
        Json::Array(items) => match chance.below(6) {
            0 => items.clear(),
            1 => items.extend(items.clone()),
            2 => items.reverse(),
            3 => items.truncate(items.len() / 2),
            4 => *items = items.iter().take(1).cycle().take(5000).cloned().collect(),
            _ => items.extend(items.last().cloned()),
        },
        other => {
            *other = Json::Other(match chance.below(5) {
                0 => Value::Null,
                1 => Value::from(chance.below(2) == 0),
                2 => {
                    Value::from(TEXTS[chance.below(TEXTS.len())].repeat(if chance.below(9) == 0 { 10_000 } else { 1 }))
                }
                3 => Value::from(-1e300),
                _ => match other {
                    Json::Other(Value::Number(number)) if chance.below(2) == 0 => {
                        let number = number.as_i64().unwrap_or(0);
                        Value::from(near(number, chance))
                    }
                    _ => Value::from(NUMBERS[chance.below(NUMBERS.len())]),
                },
            });
        }
    }
}

/// Replaces one number or text by another of its kind, so that more than a few plans are read.
fn replace(json: &mut Json, chance: &mut Chance) {
    let leaves = json.leaves();
    let (path, value) = &leaves[chance.below(leaves.len())];
    let value = match value {
        Value::Number(number) if number.is_f64() => Value::from([0.0, -1.0, 51.0, 1e300][chance.below(4)]),
        Value::Number(number) if chance.below(2) == 0 => {
            let number = number.as_i64().unwrap_or(0);
            Value::from(near(number, chance))
        }
        Value::Number(_) => Value::from(NUMBERS[chance.below(NUMBERS.len())]),
        Value::Bool(is) => Value::from(!is),
        _ => Value::from(TEXTS[chance.below(TEXTS.len())]),
    };
    json.set(path, value);
}

/// Asks a plan for all that it can be asked for.
fn ask(source: &Source, plan: &Plan) -> Vec<vodkit::Result<()>> {
    let bandwidth = Bandwidth::estimated(plan);
    let texts = [dash_manifest(plan, &bandwidth), multivariant_playlist(plan, &bandwidth)];
    assert!(texts.iter().all(|text| !text.is_empty()) && chapters_json(plan).is_none_or(|text| !text.is_empty()));
    assert!(plan.tasks().iter().all(|task| task.count > 0));
    let mut found = vec![plan_thumbnail(source, plan, &ThumbnailOptions::default()).map(drop)];
    for rendition in plan.renditions() {
        assert!(
            !media_playlist(rendition).is_empty() && rendition.segments().len() == rendition.segment_count as usize
        );
        let _ = storyboard_vtt(rendition);
        found.push(init_segment(plan, &rendition.id).map(drop));
        let last = rendition.segment_count.saturating_sub(1);
        for index in [0, last / 2, last, u32::MAX] {
            found.push(vodkit::segment(source, plan, &rendition.id, index).map(drop));
        }
    }
    found
}

/// Changes a plan in many ways; each time a few things of it. Returns how many of these plans could be read.
fn check(source: &Source, plan: &Plan, seed: u64) -> usize {
    let all = std::env::var("VODKIT_MUTATIONS").ok().and_then(|all| all.parse().ok()).unwrap_or(MUTATIONS);
    let whole = Json::of(plan);
    let mut used = 0;
    for number in 1..=all {
        let mut chance = Chance((seed << 40) + number * 0x9e37_79b9);
        (0..20).for_each(|_| {
            chance.below(1);
        });
        let mut json = whole.clone();
        for _ in 0..=chance.below(3) {
            if chance.below(3) == 0 { mutate(&mut json, &mut chance) } else { replace(&mut json, &mut chance) }
        }
        let started = Instant::now();
        let has_hash = matches!(&json, Json::Object(fields) if fields.iter().any(|(name, _)| name == "hash"));
        match Plan::from_json(&if has_hash { json.sealed() } else { json.text() }) {
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::InvalidPlan, "{seed}, {number}: {}", error.full_message())
            }
            Ok(plan) => {
                used += 1;
                for error in ask(source, &plan).into_iter().filter_map(Result::err) {
                    assert_ne!(error.kind(), ErrorKind::Internal, "{seed}, {number}: {}", error.full_message());
                }
            }
        }
        assert!(started.elapsed() < SOON, "{seed}, {number} took {:?}", started.elapsed());
    }
    used
}

/// Plans of a source that decide as much as one can.
fn plans(folder: &Path) -> Vec<(Source, Plan)> {
    let inputs = "-f lavfi -i testsrc2=s=64x64:r=10:d=2 -f lavfi -i sine=r=44100:d=2";
    let h264 = "-c:v libx264 -preset ultrafast -pix_fmt yuv420p -g 10";
    let ladder = || quick(&[64]).segment_seconds(1).keyframe_seconds(1);
    let storyboard = StoryboardOptions::default().interval(1);
    let mp4 = make(&folder.join("a.mp4"), &format!("{inputs} {h264} -c:a aac"));
    let text = folder.join("a.srt");
    std::fs::write(&text, "1\n00:00:00,500 --> 00:00:01,500\nHello\n").unwrap();
    let with_text = format!("{inputs} -i {} -map 0 -map 1 -map 2 {h264} -c:a libopus -c:s srt", text.display());
    let mkv = make(&folder.join("a.mkv"), &with_text);
    let ts = make(&folder.join("a.ts"), &format!("{inputs} {h264} -bf 2 -c:a mp2"));
    let joined = folder.join("joined.ts");
    std::fs::write(&joined, [std::fs::read(&ts).unwrap(), std::fs::read(&ts).unwrap()].concat()).unwrap();
    let cut = folder.join("cut.mp4");
    with_edits(&make(&folder.join("b.mp4"), &format!("{inputs} {h264} -an")), &cut, &[(500, 7 * 1024), (700, 100)]);
    let plan = |path: &Path, ladder: vodkit::Ladder| {
        let source = source(path);
        let plan = vodkit::plan(&source, &ladder).unwrap();
        (source, plan)
    };
    let (own, plain) = plan(&mp4, ladder().storyboard(storyboard));
    let captions = "WEBVTT\n\n00:00.500 --> 00:01.000\nHello\n";
    vec![
        (own, plain.with_captions("en", "English", captions).unwrap()),
        plan(&mp4, ladder().copy_top(CopyTop::Always)),
        plan(&mkv, ladder()),
        plan(&joined, ladder()),
        plan(&cut, ladder()),
    ]
}

#[test]
fn plans_that_were_changed_at_random_are_refused_or_do_no_harm() {
    let folder = folder();
    let mut used = 0;
    for ((source, plan), seed) in plans(folder.path()).into_iter().zip(1..) {
        used += check(&source, &plan, seed);
    }
    assert!(used > 10, "{used} plans could be read");
}
