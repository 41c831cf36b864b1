//! Videos whose every frame carries its own number in black and white blocks, so that a test can tell
//! exactly which frame of the source it sees after scaling and encoding.

use std::io::Write;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use vodkit::Rational;

use super::{ffmpeg_command, ffprobe, grey_frames};

/// Width of a numbered picture.
pub const WIDTH: usize = 256;
/// Height of a numbered picture.
pub const HEIGHT: usize = 144;
const COLUMNS: usize = 8;
const ROWS: usize = 2;

/// The sixteen blocks: twelve bits of the number and four that check them, so that neither a blend of two
/// pictures, nor one that lies upside down, nor a black one passes for a number.
fn blocks(number: u32) -> u32 {
    let check = (number ^ (number >> 4) ^ (number >> 8) ^ 0b1010) & 15;
    (number & 0xfff) << 4 | check
}

/// The picture with this number (below 4096), in 8-bit grey.
pub fn picture(number: u32) -> Vec<u8> {
    let blocks = blocks(number);
    let pixel = |place: usize| {
        let (x, y) = (place % WIDTH, place / WIDTH);
        let block = y * ROWS / HEIGHT * COLUMNS + x * COLUMNS / WIDTH;
        if blocks >> block & 1 == 1 { 255 } else { 0 }
    };
    (0..WIDTH * HEIGHT).map(pixel).collect()
}

/// The number on a picture of `width` by `height` in 8-bit grey; `None` where there is no clear one.
pub fn read(picture: &[u8], width: usize, height: usize) -> Option<u32> {
    let mut found = 0;
    for block in 0..COLUMNS * ROWS {
        let (column, row) = (block % COLUMNS, block / COLUMNS);
        // The middle half of each side: edges are soft after scaling.
        let columns = (column * 4 + 1) * width / COLUMNS / 4..(column * 4 + 3) * width / COLUMNS / 4;
        let rows = (row * 4 + 1) * height / ROWS / 4..(row * 4 + 3) * height / ROWS / 4;
        let count = rows.len() * columns.len();
        let sum: usize = rows.flat_map(|y| columns.clone().map(move |x| usize::from(picture[y * width + x]))).sum();
        match sum / count {
            0..80 => {}
            176.. => found |= 1 << block,
            _ => return None,
        }
    }
    let number = found >> 4;
    (blocks(number) == found).then_some(number)
}

/// Makes a video of the pictures 0 to `count` with the `ffmpeg` command: `rate` is that of the pictures,
/// `arguments` are what stands between the input and the output's name.
pub fn write(path: &Path, rate: &str, count: u32, arguments: &str) -> PathBuf {
    write_range(path, rate, 0..count, arguments)
}

/// As [`write`], of the pictures with these numbers.
pub fn write_range(path: &Path, rate: &str, range: Range<u32>, arguments: &str) -> PathBuf {
    let format = format!("-pix_fmt gray -video_size {WIDTH}x{HEIGHT} -framerate {rate}");
    write_raw(path, &format, arguments, range.map(picture))
}

/// Makes a video of raw pictures: `format` says what they are, as options of ffmpeg's `rawvideo` input.
pub fn write_raw(path: &Path, format: &str, arguments: &str, pictures: impl Iterator<Item = Vec<u8>>) -> PathBuf {
    let words = ["-hide_banner -loglevel error -y -f rawvideo", format, "-i pipe:0", arguments].join(" ");
    let mut child = ffmpeg_command()
        .args(words.split_whitespace())
        .arg(path)
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("ffmpeg cannot be run ({error}); `make setup` installs it"));
    let mut input = child.stdin.take().unwrap();
    // A failed write means that ffmpeg gave up: what it said is told below. Its words fit into the pipe.
    let written = pictures.into_iter().try_for_each(|picture| input.write_all(&picture));
    drop(input);
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && written.is_ok(), "ffmpeg {words} {}: {said}", path.display());
    path.to_owned()
}

/// The number on each frame of a video that the `ffmpeg` command decodes, in the order of showing.
pub fn numbers(path: &Path) -> Vec<Option<u32>> {
    grey_frames(path, WIDTH, HEIGHT).iter().map(|frame| read(frame, WIDTH, HEIGHT)).collect()
}

/// The numbers from `first` on, as [`numbers`] gives them.
pub fn sequence(first: u32, count: u32) -> Vec<Option<u32>> {
    (first..first + count).map(Some).collect()
}

/// When each frame of a video is shown, in seconds, and its number, as ffmpeg and ffprobe tell.
pub fn shown(path: &Path) -> Vec<(Rational, u32)> {
    // A line for each frame, and the time base behind them: twice for a transport stream, whose programs
    // name their streams again. Lines may end in commas where a frame has side data.
    let lines = ffprobe(path, "v:0", "frame=best_effort_timestamp:stream=time_base");
    let lines: Vec<&str> =
        lines.lines().map(|line| line.trim_end_matches(',')).filter(|line| !line.is_empty()).collect();
    let base: Rational = lines.iter().find(|line| line.contains('/')).unwrap().parse().unwrap();
    let times = lines.iter().filter(|line| !line.contains('/'));
    let times: Vec<_> = times.map(|line| base.times(line.parse().unwrap())).collect();
    let numbers = numbers(path);
    assert_eq!(times.len(), numbers.len(), "ffprobe and ffmpeg count differently");
    times.into_iter().zip(numbers).map(|(time, number)| (time, number.expect("a clear number"))).collect()
}

/// The number that is to be seen at `time`: that of the nearest frame which comes at most `early` seconds later; of two,
/// the earlier.
pub fn on_screen(shown: &[(Rational, u32)], time: Rational, early: Rational) -> u32 {
    let not_too_early = shown.iter().enumerate().filter(|(place, (start, _))| *place == 0 || *start <= time + early);
    not_too_early.min_by_key(|(_, (start, _))| (*start - time).abs()).unwrap().1.1
}
