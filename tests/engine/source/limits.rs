//! What a source may ask of the engine: the handle carries it into all work.

use std::sync::Arc;
use std::time::Duration;

use vodkit::{
    AnimationOptions, ErrorKind, Job, JobOptions, Ladder, Limits, MemorySink, Plan, Source, ThumbnailOptions,
};

use vodkit_tests as common;

use crate::job::{plan, video};

type Work = fn(&Source, &Plan) -> vodkit::Result<()>;

/// What finds out what is in a source.
const LOOKING: [(&str, Work); 3] = [
    ("probe", |source, _| vodkit::probe(source).map(drop)),
    ("plan", |source, _| vodkit::plan(source, &Ladder::default()).map(drop)),
    ("thumbnail", |source, _| vodkit::thumbnail(source, &ThumbnailOptions::default()).map(drop)),
];

/// What a plan has told that already.
const MAKING: [(&str, Work); 4] = [
    ("segment", |source, plan| vodkit::segment(source, plan, "144p", 0).map(drop)),
    ("plan_thumbnail", |source, plan| vodkit::plan_thumbnail(source, plan, &ThumbnailOptions::default()).map(drop)),
    ("plan_animation", |source, plan| vodkit::plan_animation(source, plan, &AnimationOptions::default()).map(drop)),
    ("job", |source, plan| {
        Job::start(source, plan, Arc::new(MemorySink::new()), JobOptions::default())?.wait().map(drop)
    }),
];

fn is_refused(source: &Source, plan: &Plan, limits: &Limits, words: &str, (name, work): &(&str, Work)) {
    let error = work(&source.clone().with_limits(limits.clone()), plan).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LimitExceeded, "{name}: {}", error.full_message());
    assert!(error.full_message().contains(words), "{name}: {}", error.full_message());
}

#[test]
fn each_limit_is_kept_and_named() {
    let folder = common::folder();
    let source = common::source(&video(folder.path(), 3));
    let plan = plan(&source);
    let usual = Limits::default;
    for (limits, words) in [
        (usual().source_bytes(1000), "limit of 1000"),
        (usual().duration(Duration::from_secs(2)), "limit of 2"),
        (usual().pixels(1000), "limit of 1000 pixels"),
        (usual().packets(10), "limit of 10 packets"),
        (usual().tracks(1), "limit of 1"),
        (usual().wall_time(Duration::from_nanos(1)), "limit of 0.000000001 seconds"),
    ] {
        LOOKING.iter().for_each(|work| is_refused(&source, &plan, &limits, words, work));
    }
    for (limits, words) in [
        (usual().source_bytes(1000), "limit of 1000"),
        (usual().pixels(1000), "pictures of 320x240, more than the limit of 1000 pixels"),
    ] {
        MAKING.iter().for_each(|work| is_refused(&source, &plan, &limits, words, work));
    }
}

#[test]
fn limits_that_hold_a_source_are_no_hindrance() {
    let folder = common::folder();
    let source = common::source(&video(folder.path(), 3));
    let plan = plan(&source);
    let limits = Limits::default().source_bytes(source.len()).pixels(320 * 240).tracks(2).packets(1000);
    let limits = limits.duration(Duration::from_millis(3100));
    let source = source.with_limits(limits.clone());
    assert_eq!(source.limits(), &limits);
    for (name, work) in LOOKING.iter().chain(&MAKING) {
        work(&source, &plan).unwrap_or_else(|error| panic!("{name}: {}", error.full_message()));
    }
}
