//! What a call through the C ABI costs over the Rust API: the same probe of a small file both ways, in turns.
//! `cargo bench -p vodkit-capi`
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::undocumented_unsafe_blocks)]

use std::ffi::CString;
use std::hint::black_box;
use std::path::Path;
use std::process::Command;
use std::ptr::{null, null_mut};
use std::time::{Duration, Instant};

use criterion::Criterion;
use vodkit::Source;
use vodkit_capi::{media_info, source};

fn video(path: &Path) {
    let line = "-loglevel error -f lavfi -i testsrc2=size=160x120:rate=25:duration=1 -f lavfi -i sine=duration=1 \
                -c:v libx264 -preset ultrafast -c:a aac";
    let made = Command::new("ffmpeg").args(line.split_whitespace()).arg(path).status();
    assert!(made.expect("the ffmpeg command is needed").success());
}

fn by_rust(path: &Path) -> usize {
    vodkit::probe(&Source::file(path).unwrap()).unwrap().tracks.len()
}

fn by_c(path: &CString) -> usize {
    let (mut source, mut info) = (null_mut(), null_mut());
    unsafe {
        assert_eq!(source::vodkit_source_open(path.as_ptr(), &mut source, null_mut()), 0);
        assert_eq!(media_info::vodkit_source_probe(source, null(), &mut info, null_mut()), 0);
        let tracks = media_info::vodkit_media_info_track_count(info);
        media_info::vodkit_media_info_free(info);
        source::vodkit_source_free(source);
        tracks
    }
}

fn timed(work: impl FnOnce() -> usize) -> Duration {
    let start = Instant::now();
    black_box(work());
    start.elapsed()
}

/// The middle one of many pairs: noise hits both halves of a pair alike.
fn print_overhead(path: &Path, c_path: &CString) {
    let pair = |turn: u32| {
        // Whoever comes second finds warmer caches.
        let (rust, c) = if turn.is_multiple_of(2) {
            let rust = timed(|| by_rust(path));
            (rust, timed(|| by_c(c_path)))
        } else {
            let c = timed(|| by_c(c_path));
            (timed(|| by_rust(path)), c)
        };
        c.as_secs_f64() / rust.as_secs_f64()
    };
    let mut ratios: Vec<f64> = (0..4000).map(pair).collect();
    ratios.sort_unstable_by(f64::total_cmp);
    let middle = ratios.get(ratios.len() / 2).copied().unwrap_or(f64::NAN);
    println!("a probe by C takes {middle:.4} times as long as by Rust (median of {} pairs)", ratios.len());
}

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("small.mp4");
    video(&path);
    let c_path = CString::new(path.to_str().unwrap()).unwrap();
    let mut criterion = Criterion::default().configure_from_args();
    criterion.bench_function("probe by Rust", |bencher| bencher.iter(|| by_rust(&path)));
    criterion.bench_function("probe by C", |bencher| bencher.iter(|| by_c(&c_path)));
    criterion.final_summary();
    print_overhead(&path, &c_path);
}
