//! High dynamic range as standard dynamic range: white is 203 cd/m2 (ITU-R BT.2408), and brighter light is brought below it
//! by ITU-R BT.2390's curve, alike in renditions and thumbnails.

use vodkit::thumbnail::ImageFormat;
use vodkit::{ErrorKind, Ladder, Rational, Rung, ThumbnailOptions};

use vodkit_tests as common;
use vodkit_tests::numbered::{self, HEIGHT, WIDTH};
use vodkit_tests::packaged::Packaged;
use vodkit_tests::patches::{patch_at, rendered};
use vodkit_tests::{ffprobe, folder, make};

fn ladder() -> Ladder {
    let (second, rungs) = (Rational::from(1), vec![Rung::new(144).max_rate(5_000_000)]);
    Ladder::default().crf(12.0).segment_seconds(second).keyframe_seconds(second).preset("superfast").rungs(rungs)
}

/// What a perceptual quantizer's code stands for (SMPTE ST 2084): from cd/m2 to 0 to 65535.
fn pq(nits: f64) -> u16 {
    let power = (nits / 10_000.0).powf(0.1593017578125);
    (((0.8359375 + 18.8515625 * power) / (1.0 + 18.6875 * power)).powf(78.84375) * 65_535.0).round() as u16
}

/// Steps of grey, and red, green and blue below, encoded with these parameters of x265.
fn packaged(transfer: &str, greys: [u16; 8], colour: u16, x265: &str) -> Packaged {
    let folder = folder();
    let value = |patch: usize| match patch {
        0..8 => [greys[patch]; 3],
        _ => std::array::from_fn(|component| if patch % 3 == component { colour } else { 0 }),
    };
    let picture = (0..WIDTH * HEIGHT).flat_map(|place| value(patch_at(place))).flat_map(u16::to_le_bytes).collect();
    let format = format!("-pix_fmt rgb48le -video_size {WIDTH}x{HEIGHT} -framerate 25");
    let tags = format!("range=tv:colorspace=bt2020nc:color_primaries=bt2020:color_trc={transfer}");
    let filter = format!("scale=out_color_matrix=bt2020:out_range=tv,format=yuv420p10le,setparams={tags}");
    let encoder = format!("-c:v libx265 -preset ultrafast -x265-params log-level=error:qp=8{x265}");
    let arguments = format!("-vf {filter} {encoder}");
    let path = folder.path().join("hdr.mkv");
    let source = numbered::write_raw(&path, &format, &arguments, std::iter::repeat_n(picture, 5));
    let packaged = Packaged::new(folder, source, &ladder());
    let file = packaged.file(packaged.plan.videos().next().unwrap().0);
    let tags = ffprobe(&file, "v:0", "stream=color_range,color_space,color_transfer,color_primaries");
    assert_eq!(tags, "tv,bt709,bt709,bt709");
    packaged
}

/// The greys are as expected to two codes, without a colour, in the rendition and in a thumbnail; colours stay colours.
fn check(packaged: &Packaged, expected: [u8; 8]) {
    let patches = rendered(packaged);
    let thumbnail = ThumbnailOptions::default().width(WIDTH as u32).format(ImageFormat::Rgb);
    let thumbnail = vodkit::plan_thumbnail(&common::source(&packaged.source), &packaged.plan, &thumbnail).unwrap();
    let pixel = |patch: usize| ((patch / 8 * 2 + 1) * HEIGHT / 4 * WIDTH + (patch % 8 * 2 + 1) * WIDTH / 16) * 3;
    let is_near = |one: &[u8], other: &[u8]| one.iter().zip(other).all(|(one, other)| one.abs_diff(*other) <= 2);
    for (number, patch) in patches.iter().enumerate() {
        let shown = &thumbnail.bytes[pixel(number)..][..3];
        if let Some(&grey) = expected.get(number) {
            assert!(is_near(patch, &[grey; 3]), "grey {number} is {patch:?}, not {grey}, of {patches:?}");
            assert!(is_near(shown, patch), "patch {number} is {patch:?}, and {shown:?} in the thumbnail");
        } else {
            let others = (0..3).filter(|component| *component != number % 3).map(|component| patch[component]);
            assert!(patch[number % 3] > 2 * others.max().unwrap(), "patch {number} lost its colour: {patch:?}");
            assert!(shown.iter().zip(patch).all(|(one, other)| one.abs_diff(*other) <= 6), "{shown:?} {patch:?}");
        }
    }
}

const LIGHT: [f64; 8] = [0.0, 1.0, 10.0, 26.0, 100.0, 150.0, 203.0, 1000.0];

/// By BT.2390's formulas with a peak of 1000 cd/m2, and the inverse of BT.1886, in codes up to 255.
#[test]
fn hdr10_is_tone_mapped() {
    check(&packaged("smpte2084", LIGHT.map(pq), pq(203.0), ""), [0, 28, 73, 108, 189, 215, 230, 255]);
}

#[test]
fn what_states_its_brightest_pixel_is_mapped_by_it() {
    let dark = ":hdr10=1:max-cll=203,100";
    check(&packaged("smpte2084", LIGHT.map(pq), pq(203.0), dark), [0, 28, 73, 108, 190, 225, 255, 255]);
    let bright = ":hdr10=1:master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(40000000,50)";
    check(&packaged("smpte2084", LIGHT.map(pq), pq(203.0), bright), [0, 28, 73, 108, 178, 198, 210, 250]);
}

/// Levels of the signal; ITU-R BT.2408 puts 18% grey at 38%, which is 26 cd/m2, and white at 75%, 203 cd/m2.
#[test]
fn hlg_is_tone_mapped() {
    let levels = [0.0, 0.38, 0.75, 1.0, 1.0, 1.0, 1.0, 1.0].map(|level: f64| (level * 65_535.0) as u16);
    check(&packaged("arib-std-b67", levels, 49_151, ""), [0, 108, 230, 255, 255, 255, 255, 255]);
}

/// Whatever light comes, no luma is above that of white.
#[test]
fn white_is_never_above_235() {
    let packaged = packaged(
        "smpte2084",
        [10_000.0, 4000.0, 2000.0, 1500.0, 1200.0, 1000.0, 900.0, 800.0].map(pq),
        pq(10_000.0),
        "",
    );
    let file = packaged.file(packaged.plan.videos().next().unwrap().0);
    let arguments = ["-v", "error", "-i", file.to_str().unwrap(), "-frames:v", "1", "-vf", "extractplanes=y"];
    let luma = common::ffmpeg(&[&arguments[..], &["-f", "rawvideo", "-"]].concat()).stdout;
    let above = luma.iter().filter(|luma| **luma > 236).count();
    // The encoder overshoots at edges.
    assert!(above * 200 < luma.len(), "{above} of {} pixels are above white", luma.len());
    let middle = |patch: usize| luma[HEIGHT / 4 * WIDTH + (patch * 2 + 1) * WIDTH / 16];
    assert!((0..8).all(|patch| middle(patch) <= 235), "{:?}", (0..8).map(middle).collect::<Vec<_>>());
}

/// Adds Dolby Vision's configuration to an MP4 of HEVC whose index is at its end.
fn with_dolby_vision(path: &std::path::Path, profile: u8, compatibility: u8) {
    let mut bytes = std::fs::read(path).unwrap();
    let mut configuration = vec![0, 0, 0, 32];
    configuration.extend(b"dvcC");
    configuration.extend([1, 0, profile << 1, 6 << 3 | 0b101, compatibility << 4]);
    configuration.resize(32, 0);
    let place = |name: &[u8; 4]| bytes.windows(4).rposition(|found| found == name).unwrap() - 4;
    let sizes = [b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd", b"hvc1"].map(place);
    for place in sizes {
        let size = u32::from_be_bytes(bytes[place..place + 4].try_into().unwrap());
        bytes[place..place + 4].copy_from_slice(&(size + 32).to_be_bytes());
    }
    let entry = sizes[6] + 86;
    bytes.splice(entry..entry, configuration);
    std::fs::write(path, bytes).unwrap();
}

#[test]
fn dolby_vision_alone_is_refused_by_name() {
    let folder = folder();
    let source = "-f lavfi -i testsrc2=s=256x144:r=10:d=1 -c:v libx265 -preset ultrafast -tag:v hvc1 -pix_fmt yuv420p10le -x265-params log-level=error";
    for (profile, compatibility, is_alone) in [(5, 0, true), (8, 1, false), (8, 4, false)] {
        let path = common::make(&folder.path().join("a.mp4"), source);
        with_dolby_vision(&path, profile, compatibility);
        let source = common::source(&path);
        let planned = vodkit::plan(&source, &ladder());
        let pictured = vodkit::thumbnail(&source, &ThumbnailOptions::default());
        if is_alone {
            for error in [planned.unwrap_err(), pictured.unwrap_err()] {
                assert_eq!(error.kind(), ErrorKind::Unsupported);
                assert!(error.to_string().contains("Dolby Vision"), "{error}");
            }
        } else {
            assert!(planned.is_ok() && pictured.is_ok(), "profile {profile}.{compatibility}");
        }
    }
}

/// A grey that stays 128, and white of 203 cd/m2, by either curve: each part of what is joined is read as it is coded.
#[test]
fn a_dynamic_range_that_changes_midway_is_followed() {
    let folder = folder();
    let part = |name: &str, luma: u32, tags: &str| {
        let grey = format!("color=black:s=256x144:r=25:d=1,format=yuv420p10le,geq=lum={luma}:cb=512:cr=512");
        let encoder = format!("-c:v libx265 -preset ultrafast -x265-params log-level=none:qp=8:{tags}");
        std::fs::read(make(&folder.path().join(name), &format!("-f lavfi -i {grey} {encoder}"))).unwrap()
    };
    let standard = part("standard.ts", 504, "colorprim=bt709:transfer=bt709:colormatrix=bt709");
    let pq = part("pq.ts", 573, "colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc");
    let hlg = part("hlg.ts", 721, "colorprim=bt2020:transfer=arib-std-b67:colormatrix=bt2020nc");
    let orders = [
        ([&standard, &pq], [128_u8, 230]),
        ([&pq, &standard], [230, 128]),
        ([&hlg, &standard], [230, 128]),
        ([&standard, &hlg], [128, 230]),
        ([&hlg, &pq], [230, 230]),
    ];
    for (number, (parts, expected)) in orders.into_iter().enumerate() {
        let (source, out) = (folder.path().join(format!("{number}.ts")), folder.path().join(number.to_string()));
        std::fs::write(&source, parts.map(Vec::as_slice).concat()).unwrap();
        let (plan, _) = common::package(&source, &ladder(), &out);
        let file = common::joined(&out, plan.videos().next().unwrap().0);
        let shown = common::grey_frames(&file, WIDTH, HEIGHT);
        assert_eq!(shown.len(), 50, "{number}");
        for (frame, picture) in shown.iter().enumerate() {
            let (grey, expected) = (picture[WIDTH * HEIGHT / 2], expected[frame / 25]);
            assert!(grey.abs_diff(expected) <= 3, "frame {frame} of {number} is {grey}, not {expected}");
        }
    }
}

/// The colour in the middle of a frame of a file, read by `matrix`.
fn colour(file: &std::path::Path, frame: u32, matrix: &str) -> [u8; 3] {
    let filter = format!(
        "select=eq(n\\,{frame}),crop=2:2,scale=in_color_matrix={matrix}:in_range=tv:flags=bicubic+accurate_rnd+full_chroma_int,format=rgb24"
    );
    let name = file.to_str().unwrap();
    let arguments = ["-v", "error", "-i", name, "-vf", &filter, "-frames:v", "1", "-f", "rawvideo", "-"];
    common::ffmpeg(&arguments).stdout[..3].try_into().unwrap()
}

/// The package has the matrix of its first part; before, colours of the second were as far off as the matrices are apart, 18 codes here.
#[test]
fn high_dynamic_range_behind_bt601_has_the_colours_that_it_has_alone() {
    let folder = folder();
    let part = |name: &str, picture: &str, tags: &str| {
        let encoder =
            format!("-pix_fmt yuv420p10le -c:v libx265 -preset ultrafast -x265-params log-level=none:qp=4:{tags}");
        make(&folder.path().join(name), &format!("-f lavfi -i {picture} {encoder}"))
    };
    let picture = |values: &str| format!("color=black:s=256x144:r=25:d=1,format=yuv420p10le,geq={values}");
    let sd = part(
        "sd.ts",
        &picture("lum=504:cb=512:cr=512"),
        "colorprim=smpte170m:transfer=smpte170m:colormatrix=smpte170m",
    );
    for (name, transfer, values) in
        [("pq", "smpte2084", "lum=480:cb=460:cr=600"), ("hlg", "arib-std-b67", "lum=560:cb=430:cr=620")]
    {
        let tags = format!("colorprim=bt2020:transfer={transfer}:colormatrix=bt2020nc");
        let alone = part(&format!("{name}.ts"), &picture(values), &tags);
        let both = folder.path().join(format!("sd-{name}.ts"));
        std::fs::write(&both, [&sd, &alone].map(|path| std::fs::read(path).unwrap()).concat()).unwrap();
        let [alone, both] = [(alone, 0, "bt709"), (both, 30, "bt601")].map(|(source, frame, matrix)| {
            let out = source.with_extension("out");
            let (plan, _) = common::package(&source, &ladder(), &out);
            colour(&common::joined(&out, plan.videos().next().unwrap().0), frame, matrix)
        });
        let worst = alone.iter().zip(&both).map(|(one, other)| one.abs_diff(*other)).max();
        assert!(worst <= Some(2), "{name}: {both:?} behind BT.601, {alone:?} alone");
    }
}
