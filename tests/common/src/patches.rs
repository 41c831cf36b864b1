//! A picture of sixteen patches of known colours, and reading them back.

use std::path::Path;

use super::numbered::{HEIGHT, WIDTH};
use super::packaged::Packaged;
use super::{ffmpeg, ffprobe};

/// Sixteen patches of one colour each: greys above, colours below.
pub const PATCHES: [[u8; 3]; 16] = [
    [0, 0, 0],
    [36, 36, 36],
    [73, 73, 73],
    [109, 109, 109],
    [146, 146, 146],
    [182, 182, 182],
    [219, 219, 219],
    [255, 255, 255],
    [191, 0, 0],
    [0, 191, 0],
    [0, 0, 191],
    [191, 191, 0],
    [0, 191, 191],
    [191, 0, 191],
    [220, 150, 120],
    [90, 120, 160],
];

/// Which patch a pixel belongs to.
pub fn patch_at(place: usize) -> usize {
    let (x, y) = (place % WIDTH, place / WIDTH);
    y * 2 / HEIGHT * 8 + x * 8 / WIDTH
}

/// The colours in the middle of the patches of a video's first frame, read with ffmpeg by `matrix` and `range`.
pub fn patches(path: &Path, matrix: &str, range: &str) -> Vec<[u8; 3]> {
    let filter = format!(
        "scale={WIDTH}:{HEIGHT}:in_color_matrix={matrix}:in_range={range}:flags=bicubic+accurate_rnd+full_chroma_int,format=rgb24"
    );
    let output =
        ffmpeg(&["-v", "error", "-i", path.to_str().unwrap(), "-frames:v", "1", "-vf", &filter, "-f", "rawvideo", "-"]);
    let pixel = |patch: usize| ((patch / 8 * 2 + 1) * HEIGHT / 4 * WIDTH + (patch % 8 * 2 + 1) * WIDTH / 16) * 3;
    (0..16).map(|patch| output.stdout[pixel(patch)..][..3].try_into().unwrap()).collect()
}

/// The patches of a rendition, read as its own tags say.
pub fn rendered(packaged: &Packaged) -> Vec<[u8; 3]> {
    let file = packaged.file(packaged.plan.videos().next().unwrap().0);
    let tags = ffprobe(&file, "v:0", "stream=color_range,color_space");
    let matrix = match tags.as_str() {
        "tv,bt709" => "bt709",
        "tv,smpte170m" | "tv,bt470bg" => "bt601",
        "tv,bt2020nc" => "bt2020",
        other => panic!("the rendition does not say how to read it: {other}"),
    };
    patches(&file, matrix, "tv")
}

pub fn assert_near(found: &[[u8; 3]], expected: &[[u8; 3]], tolerance: u8, what: &str) {
    let near = |(one, other): (&[u8; 3], &[u8; 3])| {
        one.iter().zip(other).all(|(one, other)| one.abs_diff(*other) <= tolerance)
    };
    assert!(found.iter().zip(expected).all(near), "{what} gives {found:?}");
}
