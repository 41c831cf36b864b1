//! What is transparent is black, whatever colours it hides; and the plan says so.

use vodkit::thumbnail::ImageFormat;
use vodkit::{Ladder, Rung, ThumbnailOptions, WarningKind};

use vodkit_tests as common;
use vodkit_tests::folder;
use vodkit_tests::numbered::{self, HEIGHT, WIDTH};
use vodkit_tests::packaged::Packaged;

/// Four bars: red that is hidden, white that is half there, green and white.
const BARS: [[u8; 4]; 4] = [[255, 0, 0, 0], [255, 255, 255, 128], [0, 255, 0, 255], [255; 4]];

/// Packages the bars, encoded with these arguments, and returns their colours in the rendition and in a thumbnail.
fn shown(name: &str, arguments: &str) -> (Packaged, [[[u8; 3]; 4]; 2]) {
    let folder = folder();
    let picture: Vec<u8> = (0..WIDTH * HEIGHT).flat_map(|place| BARS[place % WIDTH * 4 / WIDTH]).collect();
    let format = format!("-pix_fmt rgba -video_size {WIDTH}x{HEIGHT} -framerate 5");
    let path = folder.path().join(name);
    let source = numbered::write_raw(&path, &format, arguments, std::iter::repeat_n(picture, 5));
    let ladder = Ladder::default().crf(12.0).preset("superfast").rungs([Rung::new(144).max_rate(5_000_000)]);
    let packaged = Packaged::new(folder, source, &ladder);
    let rendition = packaged.file(packaged.plan.videos().next().unwrap().0);
    let arguments = ["-v", "error", "-i", rendition.to_str().unwrap(), "-frames:v", "1", "-vf"];
    let read = "scale=flags=bicubic+accurate_rnd+full_chroma_int,format=rgb24";
    let frame = common::ffmpeg(&[&arguments[..], &[read, "-f", "rawvideo", "-"]].concat()).stdout;
    let options = ThumbnailOptions::default().width(WIDTH as u32).format(ImageFormat::Rgb);
    let thumbnail = vodkit::thumbnail(&common::source(&packaged.source), &options).unwrap().bytes;
    let bars = |pixels: &[u8]| {
        std::array::from_fn(|bar| {
            pixels[(HEIGHT / 2 * WIDTH + (bar * 2 + 1) * WIDTH / 8) * 3..][..3].try_into().unwrap()
        })
    };
    (packaged, [bars(&frame), bars(&thumbnail)])
}

fn on_black(name: &str, arguments: &str, half: u8) {
    let (packaged, shown) = shown(name, arguments);
    let kinds: Vec<_> = packaged.plan.warnings().iter().map(|warning| (warning.kind, warning.track)).collect();
    assert_eq!(kinds, [(WarningKind::TransparencyLost, Some(0))]);
    for bars in shown {
        for (found, expected) in bars.iter().zip([[0; 3], [half; 3], [0, 255, 0], [255; 3]]) {
            let is_near = found.iter().zip(expected).all(|(found, expected)| found.abs_diff(expected) <= 9);
            assert!(is_near, "{bars:?} has {found:?} where {expected:?} is to be");
        }
    }
}

#[test]
fn transparent_prores() {
    on_black("a.mov", "-c:v prores_ks -pix_fmt yuva444p10le", 128);
}

#[test]
fn transparent_animation_codec() {
    on_black("a.mov", "-c:v qtrle -pix_fmt argb", 128);
}

#[test]
fn transparent_png() {
    on_black("a.mov", "-c:v png -pix_fmt rgba", 128);
}

#[test]
fn transparent_animated_png() {
    on_black("a.apng", "-f apng -plays 0 -pix_fmt rgba", 128);
}

#[test]
fn transparent_ffv1_with_fewer_chroma_samples() {
    on_black("a.mkv", "-c:v ffv1 -pix_fmt yuva420p", 128);
}

/// A pixel of a GIF is there or not.
#[test]
fn transparent_gif() {
    on_black("a.gif", "-filter_complex split[a][b];[a]palettegen[p];[b][p]paletteuse=alpha_threshold=64", 255);
}

/// Alpha is a second picture beside each, which FFmpeg's own decoders do not look at.
#[test]
fn transparent_vp9_is_opaque() {
    for (encoder, name) in [("libvpx-vp9", "a.webm"), ("libvpx", "b.webm")] {
        let arguments =
            format!("-c:v {encoder} -deadline realtime -cpu-used 8 -auto-alt-ref 0 -pix_fmt yuva420p -b:v 2M");
        let (packaged, [bars, _]) = shown(name, &arguments);
        let [warning] = packaged.plan.warnings() else { panic!("{:?}", packaged.plan.warnings()) };
        assert_eq!((warning.kind, warning.track), (WarningKind::TransparencyLost, Some(0)));
        assert!(warning.message.contains("left aside"), "{}", warning.message);
        assert!(bars[0][0] > 200 && bars[0][1] < 60, "the hidden red is {:?}", bars[0]);
    }
}
