#!/usr/bin/env bash
# A baseline JPEG may have one scan for each component, one after the other (ITU-T T.81 A.2.2). jpeg-encoder 0.7.1 writes such a
# file when it makes Huffman tables of its own. One would expect every decoder to give the same pixels for it as for the file
# without, as the coefficients are the same. zune-jpeg 0.5.15, which the crate image 0.25.10 decodes with, gives other colours, up
# to 255 codes off, without an error, once chroma is subsampled both ways (4:2:0); Pillow 12.0.0, and FFmpeg, decode it exactly.
# With 4:4:4, and with progressive files, zune-jpeg is right. So what is read by many is written in one scan.
#
# Installs the three crates and Pillow in a temporary folder. Exits with 1 if what is seen changes.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
mkdir src
cat >Cargo.toml <<'TOML'
[package]
name = "scans"
version = "0.0.0"
edition = "2021"
[dependencies]
jpeg-encoder = "=0.7.1"
image = { version = "=0.25.10", default-features = false, features = ["jpeg"] }
zune-jpeg = "=0.5.15"
TOML
cat >src/main.rs <<'RUST'
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};

fn encode(sampling: SamplingFactor, own_tables: bool) -> Vec<u8> {
    let red = |place: usize| (60..180).contains(&(place % 240)) && (60..180).contains(&(place / 240));
    let pixels: Vec<u8> = (0..240 * 240).flat_map(|place| if red(place) { [200, 30, 40] } else { [128; 3] }).collect();
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, 85);
    encoder.set_sampling_factor(sampling);
    encoder.set_optimized_huffman_tables(own_tables);
    encoder.encode(&pixels, 240, 240, ColorType::Rgb).unwrap();
    bytes
}

fn main() {
    for (name, sampling) in [("444", SamplingFactor::F_1_1), ("420", SamplingFactor::F_2_2)] {
        for own_tables in [false, true] {
            let bytes = encode(sampling, own_tables);
            let scans = bytes.windows(2).filter(|pair| *pair == [0xff, 0xda]).count();
            let decoded = image::load_from_memory(&bytes).unwrap().into_rgb8();
            let apart = decoded.get_pixel(120, 120).0.iter().zip([200, 30, 40]).map(|(one, other)| one.abs_diff(other)).max();
            println!("{name} scans={scans} image {}", if apart < Some(8) { "right" } else { "wrong" });
            std::fs::write(format!("{name}-{scans}.jpg"), bytes).unwrap();
        }
    }
}
RUST
cargo run --quiet >seen
python3 -m venv python
python/bin/pip install -q pillow==12.0.0
python/bin/python >>seen - <<'PYTHON'
from PIL import Image
for name in ("444-1", "444-3", "420-1", "420-3"):
    print(name, "pillow", Image.open(f"{name}.jpg").convert("RGB").getpixel((120, 120)))
PYTHON
cat seen
diff - seen <<'SEEN'
444 scans=1 image right
444 scans=3 image right
420 scans=1 image right
420 scans=3 image wrong
444-1 pillow (200, 30, 39)
444-3 pillow (200, 30, 39)
420-1 pillow (200, 30, 39)
420-3 pillow (200, 30, 39)
SEEN
