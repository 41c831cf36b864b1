//! Single pictures.

mod animation;
mod cover;
mod planned;
mod shape;
mod still;

use std::path::{Path, PathBuf};

use vodkit::thumbnail::{Fit, Position};
use vodkit::{ImageFormat, Rational, Thumbnail, ThumbnailOptions};

use vodkit_tests::numbered;

const X264: &str =
    "-pix_fmt yuv420p -c:v libx264 -preset ultrafast -bf 3 -b_strategy 0 -x264-params keyint=250:scenecut=0";

fn seconds(num: i64, den: i64) -> Position {
    Position::Seconds(Rational::new(num, den))
}

fn options(at: Position, width: Option<u32>, height: Option<u32>, fit: Fit, format: ImageFormat) -> ThumbnailOptions {
    let mut options = ThumbnailOptions::default().at(at);
    (options.width, options.height, options.fit, options.format) = (width, height, fit, format);
    options
}

/// The picture as a file, for other programs to read.
fn saved(picture: &Thumbnail, folder: &Path) -> PathBuf {
    let name = format!("thumbnail-{:?}.bin", std::thread::current().id());
    let path = folder.join(name);
    std::fs::write(&path, &picture.bytes).unwrap();
    path
}

fn number_on(picture: &Thumbnail, folder: &Path) -> Option<u32> {
    numbered::numbers(&saved(picture, folder))[0]
}

/// One hundred frames at 25 a second: four seconds.
fn four_seconds(folder: &Path) -> PathBuf {
    numbered::write(&folder.join("four-seconds.mp4"), "25", 100, X264)
}
