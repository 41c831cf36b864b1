//! VP9 in layers of one picture, each larger than the one before (SVC), as conferences send and record it: the last is shown.

use std::path::Path;

use super::frames::{check_alone, ladder, pictures, renditions};
use vodkit::{ThumbnailOptions, thumbnail};
use vodkit_tests::numbered::{self, HEIGHT, WIDTH, sequence};
use vodkit_tests::{folder, make, package, source};

/// The frames of an IVF, behind its header.
fn frames(path: &Path) -> Vec<Vec<u8>> {
    let bytes = std::fs::read(path).unwrap();
    let (mut place, mut frames) = (32, Vec::new());
    while place < bytes.len() {
        let size = u32::from_le_bytes(bytes[place..place + 4].try_into().unwrap()) as usize;
        frames.push(bytes[place + 12..place + 12 + size].to_vec());
        place += 12 + size;
    }
    frames
}

/// Frames in one packet, with their sizes behind them.
fn superframe(layers: [&[u8]; 2]) -> Vec<u8> {
    // Two frames, whose sizes have four bytes each.
    let marker = [0b1101_1001_u8];
    let sizes = layers.map(|layer| (layer.len() as u32).to_le_bytes()).concat();
    [&layers.concat()[..], &marker, &sizes, &marker].concat()
}

/// The lower layer, half as large, is nothing but grey.
#[test]
fn the_last_layer_of_vp9_is_shown() {
    let folder = folder();
    let coding = "-pix_fmt yuv420p -c:v libvpx-vp9 -deadline realtime -cpu-used 8 -lag-in-frames 0 -g 1";
    let upper = numbered::write(&folder.path().join("upper.ivf"), "25", 60, coding);
    let (width, height) = (WIDTH / 2, HEIGHT / 2);
    let grey = format!("-f lavfi -i color=gray:s={width}x{height}:r=25 -frames:v 60 {coding}");
    let lower = make(&folder.path().join("lower.ivf"), &grey);
    let mut bytes = std::fs::read(&upper).unwrap()[..32].to_vec();
    let mut separate = bytes.clone();
    for (number, (lower, upper)) in frames(&lower).iter().zip(&frames(&upper)).enumerate() {
        let packet = superframe([lower, upper]);
        let framed =
            |packet: &[u8]| [&(packet.len() as u32).to_le_bytes()[..], &(number as u64).to_le_bytes(), packet].concat();
        bytes.extend(framed(&packet));
        separate.extend([lower, upper].map(|layer| framed(layer)).concat());
    }
    let joined = folder.path().join("layers.ivf");
    std::fs::write(&joined, bytes).unwrap();
    let apart = folder.path().join("apart.ivf");
    std::fs::write(&apart, separate).unwrap();
    let copy = |name: &str| make(&folder.path().join(name), &format!("-i {} -c copy", joined.display()));
    for path in [joined.clone(), apart.clone(), copy("layers.webm"), copy("layers.mp4")] {
        let name = path.file_name().unwrap().to_str().unwrap();
        let out = folder.path().join(format!("{name}.out"));
        let (plan, _) = package(&path, &ladder(), &out);
        assert_eq!((pictures(&plan).width, pictures(&plan).height), (WIDTH as u32, HEIGHT as u32), "{name}");
        let expected = sequence(0, 60);
        renditions(&plan, &out).iter().for_each(|(id, seen)| assert_eq!(*seen, expected, "{name}, {id}"));
        check_alone(&path, &plan, &expected, folder.path());
        let options = ThumbnailOptions::default().width(WIDTH as u32).format(vodkit::thumbnail::ImageFormat::Rgb);
        let shown = thumbnail(&source(&path), &options).unwrap();
        let grey: Vec<u8> = shown.bytes.chunks_exact(3).map(|pixel| pixel[1]).collect();
        assert!(numbered::read(&grey, WIDTH, HEIGHT).is_some(), "{name}");
    }
}
