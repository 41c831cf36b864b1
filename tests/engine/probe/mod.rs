//! Reading a source once.

mod behind;
mod damaged;
mod encrypted;
mod index;
mod info;
mod named;
mod quick;
mod rates;
mod tracks;

use std::path::Path;

use vodkit::media::{MediaInfo, VideoInfo};
use vodkit::{Rational, probe};

use vodkit_tests::{folder, make, source};

const X264: &str = "-c:v libx264 -preset ultrafast";

fn probed(path: &Path) -> MediaInfo {
    probe(&source(path)).unwrap()
}

/// What a probe finds in a file that ffmpeg makes with `arguments`.
fn made(name: &str, arguments: &str) -> MediaInfo {
    let folder = folder();
    probed(&make(&folder.path().join(name), arguments))
}

/// A second of moving pictures in 64x64, encoded with `arguments`.
fn pictures(name: &str, arguments: &str) -> MediaInfo {
    made(name, &format!("-f lavfi -i testsrc2=s=64x64:r=25:d=1 {arguments}"))
}

fn video(info: &MediaInfo) -> &VideoInfo {
    info.main_video().expect("a video track").1
}

fn rational(text: &str) -> Rational {
    text.parse().unwrap()
}
