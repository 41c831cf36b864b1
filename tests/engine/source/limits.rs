//! What a source may ask of the engine.

use std::time::Duration;

use vodkit::{Ladder, Limits};

use vodkit_tests as common;

use crate::job::video;

#[test]
fn each_limit_is_kept_and_named() {
    let folder = common::folder();
    let source = common::source(&video(folder.path(), 3));
    type Change = fn(&mut Limits);
    let limits: [(Change, &str); 5] = [
        (|limits| limits.source_bytes = 1000, "limit of 1000"),
        (|limits| limits.duration = Duration::from_secs(2), "limit of 2"),
        (|limits| limits.pixels = 1000, "limit of 1000 pixels"),
        (|limits| limits.packets = 10, "limit of 10 packets"),
        (|limits| limits.tracks = 1, "limit of 1"),
    ];
    for (change, words) in limits {
        let mut limits = Limits::default();
        change(&mut limits);
        let error = vodkit::plan(&source.clone().with_limits(limits), &Ladder::default()).unwrap_err();
        assert!(error.full_message().contains(words), "{}", error.full_message());
    }
}
