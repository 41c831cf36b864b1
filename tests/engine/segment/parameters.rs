//! What a decoder is set up with changes within the source, beside the packets: each segment, tile and thumbnail is
//! decoded with what holds where it begins.

use std::path::{Path, PathBuf};

use vodkit::thumbnail::Position;
use vodkit::{
    CopyTop, ErrorKind, ImageFormat, Ladder, Plan, Rational, SegmentMaker, StoryboardOptions, ThumbnailOptions,
    thumbnail,
};

use super::frames::{check_alone, ladder, pictures, renditions};
use vodkit_tests::edited::{Json, edited};
use vodkit_tests::joined::{join_flv, join_mp4};
use vodkit_tests::numbered::{self, HEIGHT, WIDTH, sequence};
use vodkit_tests::{folder, grey_frames, joined, make, package, quick, samples, source, tones};

/// Pictures of each part, in four seconds and a bit of each.
const PART: u32 = 105;

const X264: &str = "-pix_fmt yuv420p -c:v libx264 -preset veryfast -bf 3 -b_strategy 0 -g 25";
/// Coded with other parameter sets of the same names.
const OTHER: &str = "-coder 0 -8x8dct 0 -weightp 0";

/// Two parts with numbers that go on.
fn parts(folder: &Path, extension: &str, first: &str, second: &str) -> [PathBuf; 2] {
    let part = |name: &str, from: u32, arguments: &str| {
        let path = folder.join(format!("{name}.{extension}"));
        numbered::write_range(&path, "25", from..from + PART, &format!("{X264} {arguments}"))
    };
    [part("first", 0, first), part("second", PART, second)]
}

/// The first part begins two frames late, as no time of decoding lies below 0.
fn flv_offset() -> String {
    format!("-output_ts_offset {}", f64::from(PART + 2) / 25.0)
}

/// A numbered source of two parts comes out frame by frame, in segments made one after the other or alone, on tiles and as
/// thumbnails.
fn shows_both_parts(source_path: &Path, folder: &Path) {
    let storyboard = StoryboardOptions::default().interval(1).columns(1_u32).rows(1_u32).width(256_u32);
    let (plan, _) = package(source_path, &ladder().storyboard(storyboard), &folder.join("out"));
    let expected = sequence(0, 2 * PART);
    for (name, seen) in renditions(&plan, &folder.join("out")) {
        assert_eq!(seen, expected, "{name}");
    }
    check_alone(source_path, &plan, &expected, folder);
    same_alone(source_path, &plan, &folder.join("out"));
    assert_eq!(plan.source_video().unwrap().parameters.len(), 1);
    let (rendition, tiles) = plan.storyboard().unwrap();
    for index in (0..rendition.segment_count).rev() {
        let sheet = folder.join("sheet.jpg");
        std::fs::write(&sheet, vodkit::segment(&source(source_path), &plan, &rendition.id, index).unwrap()).unwrap();
        let tile = &tiles.tiles[index as usize];
        let time = pictures(&plan).time_base.times(tile.time) - plan.origin();
        let grey = &grey_frames(&sheet, WIDTH, HEIGHT)[0];
        let number = (time * Rational::from(25)).round() as u32;
        assert_eq!(numbered::read(grey, WIDTH, HEIGHT), Some(number), "tile {index}");
    }
    for number in [6, PART + 1, PART + 55] {
        let options = ThumbnailOptions::default().at(Position::Seconds(Rational::new(number.into(), 25)));
        let picture = folder.join("thumbnail.jpg");
        std::fs::write(&picture, thumbnail(&source(source_path), &options).unwrap().bytes).unwrap();
        assert_eq!(numbered::numbers(&picture), [Some(number)]);
    }
}

/// Whether segments that are made from the last one on, by one maker, have the bytes of those in the package.
fn same_alone(source_path: &Path, plan: &Plan, out: &Path) {
    let mut maker = SegmentMaker::new(&source(source_path), plan).unwrap();
    for rendition in plan.renditions() {
        for index in (0..rendition.segment_count).rev() {
            let packaged = std::fs::read(out.join(rendition.segment_key(index))).unwrap();
            assert!(maker.segment(&rendition.id, index).unwrap() == packaged, "segment {index} of {}", rendition.id);
        }
    }
}

#[test]
fn two_sample_descriptions_in_mp4() {
    let folder = folder();
    let joined = join_mp4(&parts(folder.path(), "mp4", "", OTHER), &folder.path().join("joined.mp4"));
    shows_both_parts(&joined, folder.path());
}

#[test]
fn two_sample_descriptions_of_another_size() {
    let folder = folder();
    let joined = join_mp4(&parts(folder.path(), "mp4", "", "-vf scale=512:288"), &folder.path().join("joined.mp4"));
    shows_both_parts(&joined, folder.path());
}

#[test]
fn a_second_sequence_header_in_flv() {
    let folder = folder();
    let second = format!("{OTHER} {}", flv_offset());
    let joined = join_flv(&parts(folder.path(), "flv", "", &second), &folder.path().join("joined.flv"));
    shows_both_parts(&joined, folder.path());
}

/// Decoders that know nothing of new extradata are set up anew.
#[test]
fn two_sample_descriptions_of_mpeg4() {
    let folder = folder();
    let part = |name: &str, range, arguments: &str| {
        let path = folder.path().join(name);
        let coding = format!("-pix_fmt yuv420p -c:v mpeg4 -q:v 3 -bf 2 -g 25 {arguments}");
        numbered::write_range(&path, "25", range, &coding)
    };
    let parts = [part("first.mp4", 0..PART, ""), part("second.mp4", PART..2 * PART, "-mpeg_quant 1 -flags +qpel")];
    shows_both_parts(&join_mp4(&parts, &folder.path().join("joined.mp4")), folder.path());
}

#[test]
fn pictures_with_several_parameter_sets_are_not_copied() {
    let folder = folder();
    for (extension, join) in [("mp4", join_mp4 as fn(&[PathBuf], &Path) -> PathBuf), ("flv", join_flv)] {
        let second = format!("{OTHER} {}", if extension == "flv" { flv_offset() } else { String::new() });
        let parts = parts(folder.path(), extension, "", &second);
        let joined = join(&parts, &folder.path().join(format!("joined.{extension}")));
        let error = vodkit::plan(&source(&joined), &ladder().copy_top(CopyTop::Always)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert!(error.to_string().contains("its parameter sets change"), "{error}");
    }
}

/// A part in stereo and one in mono, each of four seconds and a tone of its own. Of an FLV without pictures FFmpeg mistakes
/// the rate when it is joined so.
fn tone_parts(folder: &Path, extension: &str, offset: &str) -> [PathBuf; 2] {
    let part = |name: &str, arguments: &str| {
        let path = folder.join(format!("{name}.{extension}"));
        let pictures = "-f lavfi -i testsrc2=s=64x64:r=25:d=4";
        make(&path, &format!("{pictures} -f lavfi -i {arguments} -pix_fmt yuv420p -c:v libx264 -bf 0 -g 25"))
    };
    [
        part("first", "sine=440:d=4:r=48000 -af pan=stereo|c0=c0|c1=c0 -c:a aac"),
        part("second", &format!("sine=880:d=4:r=48000 -ac 1 -c:a aac {offset}")),
    ]
}

/// Whether each tone is heard at its time, and there alone.
fn sounds_both_parts(source_path: &Path, out: &Path) {
    let ladder = Ladder::default().segment_seconds(2).keyframe_seconds(2);
    let (plan, _) = package(source_path, &ladder, out);
    same_alone(source_path, &plan, out);
    let (rendition, audio) = plan.audios().next().unwrap();
    assert_eq!(audio.parameters.len(), 1);
    let sound = tones::channel(&samples(&joined(out, rendition)), audio.channels as usize, 0);
    let second = |number: usize| &sound[number * 48_000 + 4800..(number + 1) * 48_000];
    for (seconds, here, elsewhere) in [(0..4, 440.0, 880.0), (5..8, 880.0, 440.0)] {
        for number in seconds {
            let level = |frequency| tones::level(second(number), 48_000, frequency);
            assert!(level(here) > 0.08, "{here} Hz has {} in second {number}", level(here));
            assert!(level(elsewhere) < 0.01, "{elsewhere} Hz has {} in second {number}", level(elsewhere));
        }
    }
}

#[test]
fn two_sample_descriptions_of_sound() {
    let folder = folder();
    let joined = join_mp4(&tone_parts(folder.path(), "mp4", ""), &folder.path().join("joined.mp4"));
    sounds_both_parts(&joined, &folder.path().join("out"));
    let copied = vodkit::plan(&source(&joined), &quick(&[144]).copy_top(CopyTop::Auto)).unwrap();
    let (rendition, _) = copied.audios().next().unwrap();
    assert_eq!(rendition.encoded_because.as_deref(), Some("its configuration changes"));
}

#[test]
fn a_second_sequence_header_of_sound_in_flv() {
    let folder = folder();
    let joined = join_flv(&tone_parts(folder.path(), "flv", "-output_ts_offset 4"), &folder.path().join("joined.flv"));
    sounds_both_parts(&joined, &folder.path().join("out"));
}

/// Demuxers give a palette with the first packet that they read, and with no other.
fn shows_its_palette(extension: &str) {
    let folder = folder();
    let path = folder.path().join(format!("source.{extension}"));
    // Black and white, and nothing of it in the palette's usual places.
    let path = numbered::write(
        &path,
        "25",
        PART,
        "-filter_complex split[a][b];[a]palettegen[p];[b][p]paletteuse -c:v rawvideo",
    );
    let (plan, _) = package(&path, &ladder(), &folder.path().join("out"));
    let expected = sequence(0, PART);
    for (name, seen) in renditions(&plan, &folder.path().join("out")) {
        assert_eq!(seen, expected, "{name}");
    }
    check_alone(&path, &plan, &expected, folder.path());
}

#[test]
fn a_palette_in_avi() {
    shows_its_palette("avi");
}

#[test]
fn a_palette_in_mov() {
    shows_its_palette("mov");
}

#[test]
fn a_plan_names_no_parameters_that_it_does_not_have() {
    let folder = folder();
    let joined = join_mp4(&parts(folder.path(), "mp4", "", OTHER), &folder.path().join("joined.mp4"));
    let plan = vodkit::plan(&source(&joined), &ladder()).unwrap();
    assert_eq!(Plan::from_json(&plan.to_json()).unwrap().to_json(), plan.to_json());
    let last = format!("source_video/windows/{}/seek/parameters", pictures(&plan).windows.len() - 1);
    let cases: [(&str, Change); 4] = [
        ("seek point is out of range", &|plan| plan.set(&last, 2)),
        ("too many decoder parameters", &|plan| plan.set("source_video/parameters/0/extradata", "0g")),
        ("too many decoder parameters", &|plan| plan.set("source_video/parameters/0/extradata", "00".repeat(5 << 20))),
        ("too many decoder parameters", &|plan| {
            let parameters = plan.items("source_video/parameters");
            *parameters = vec![parameters[0].clone(); 1025];
        }),
    ];
    for (words, change) in cases {
        let error = edited(&plan, change).unwrap_err();
        assert!(error.to_string().contains(words), "{error}");
    }
}

type Change<'a> = &'a dyn Fn(&mut Json);

/// x264 before build 151 coded chroma that is not subsampled in a way of its own. Decoders know that from its name beside the
/// first picture, so a stream that bears the name of an older one is decoded that way all through.
#[test]
fn the_encoders_name_beside_the_first_picture_holds_for_all_segments() {
    let folder = folder();
    // Without loss and without CABAC, so that what is decoded the other way has other pictures and no errors.
    let arguments = "-f lavfi -i testsrc2=s=128x96:r=25:d=4,noise=alls=20:allf=t -pix_fmt yuv444p -c:v libx264 -preset slow \
        -qp 0 -coder 0 -partitions all -g 25";
    let path = make(&folder.path().join("a.mp4"), arguments);
    let mut bytes = std::fs::read(&path).unwrap();
    let name = bytes.windows(12).position(|found| found == b"x264 - core ").unwrap() + 12;
    bytes[name..name + 3].copy_from_slice(b"142");
    std::fs::write(&path, bytes).unwrap();
    let whole =
        make(&folder.path().join("whole.mov"), &format!("-threads 1 -i {} -pix_fmt rgb24 -c:v png", path.display()));
    let expected = grey_frames(&whole, 128, 96);
    for number in [0, 30, 60, 99] {
        let options = ThumbnailOptions::default().at(Position::Seconds(Rational::new(number as i64, 25)));
        let picture = thumbnail(&source(&path), &options.format(ImageFormat::Png)).unwrap();
        let png = folder.path().join("a.png");
        std::fs::write(&png, picture.bytes).unwrap();
        let found = &grey_frames(&png, 128, 96)[0];
        let off: u32 = found.iter().zip(&expected[number]).map(|(one, other)| u32::from(one.abs_diff(*other))).sum();
        assert!(off < 3 * 128 * 96, "picture {number} is off by {}", off / (128 * 96));
    }
}
