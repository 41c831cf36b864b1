//! Output frame `k` shows the frame of the source nearest to `k` over the rate, but none more than half a frame early:
//! every frame of every rendition, across all segments, whatever the container and the codec.

use std::path::Path;

use vodkit::plan::{Rendition, SourceVideo};
use vodkit::thumbnail::Position;
use vodkit::{Ladder, Plan, Rational, ThumbnailOptions, thumbnail};

use vodkit_tests as common;
use vodkit_tests::numbered::{self, HEIGHT, WIDTH, numbers, sequence};
use vodkit_tests::{folder, package, quick};

/// Segments of one second, so that short sources have several. The fastest preset has no B-frames, and
/// their order is part of what is tested here.
pub(super) fn ladder() -> Ladder {
    let (segment_seconds, keyframe_seconds) = (Rational::from(1), Rational::new(1, 2));
    quick(&[144, 72]).segment_seconds(segment_seconds).keyframe_seconds(keyframe_seconds).preset("superfast")
}

/// A second of 24 to 30 frames, three times, and a rest.
pub(super) const COUNT: u32 = 97;

pub(super) const B_FRAMES: &str = "-pix_fmt yuv420p -c:v libx264 -preset ultrafast -bf 3 -b_strategy 0 -g 25";
pub(super) const OPEN_GOP: &str = "-pix_fmt yuv420p -c:v libx264 -preset ultrafast -bf 3 -b_strategy 0 -x264-params open-gop=1:keyint=20:min-keyint=20:scenecut=0";
pub(super) const SPARSE: &str =
    "-pix_fmt yuv420p -c:v libx264 -preset ultrafast -bf 3 -b_strategy 0 -x264-params keyint=250:scenecut=0";

pub(super) fn pictures(plan: &Plan) -> &SourceVideo {
    plan.source_video().expect("the plan has pictures")
}

/// What each rendition of a package shows, by its name.
pub(super) fn renditions(plan: &Plan, out: &Path) -> Vec<(String, Vec<Option<u32>>)> {
    plan.videos().map(|(rendition, _)| (rendition.id.clone(), numbers(&common::joined(out, rendition)))).collect()
}

/// Segment `index` made alone, as a file that plays.
fn alone(source: &Path, plan: &Plan, rendition: &Rendition, index: u32, out: &Path) -> Vec<Option<u32>> {
    let mut bytes = vodkit::init_segment(plan, &rendition.id).unwrap().to_vec();
    bytes.extend(vodkit::segment(&common::source(source), plan, &rendition.id, index).unwrap());
    let path = out.join(format!("alone-{}-{index}.mp4", rendition.id));
    std::fs::write(&path, bytes).unwrap();
    numbers(&path)
}

/// Whether segments made alone, from the last one on backwards, show their parts of `expected`.
pub(super) fn check_alone(source: &Path, plan: &Plan, expected: &[Option<u32>], out: &Path) {
    let (rendition, _) = plan.videos().last().unwrap();
    let windows = &pictures(plan).windows;
    for index in (0..rendition.segment_count).rev().step_by(2) {
        let first = windows[index as usize].first_frame as usize;
        let end = windows.get(index as usize + 1).map_or(expected.len(), |window| window.first_frame as usize);
        assert_eq!(alone(source, plan, rendition, index, out), expected[first..end], "segment {index} made alone");
    }
}

/// A numbered source at a constant rate comes out frame by frame.
fn keeps_every_frame(extension: &str, rate: &str, arguments: &str) {
    let folder = folder();
    let source = numbered::write(&folder.path().join(format!("source.{extension}")), rate, COUNT, arguments);
    let out = folder.path().join("out");
    let (plan, _) = package(&source, &ladder(), &out);
    assert_eq!(pictures(&plan).frame_rate, rate.parse().unwrap());
    assert_eq!(pictures(&plan).frames, u64::from(COUNT));
    let expected = sequence(0, COUNT);
    let renditions = renditions(&plan, &out);
    assert_eq!(renditions.len(), 2);
    for (name, seen) in renditions {
        assert_eq!(seen, expected, "{name}");
    }
    let segments = plan.renditions()[0].segment_count;
    assert!(segments >= 2, "{segments} segments have no boundary to test");
    check_alone(&source, &plan, &expected, &out);
}

/// One test for each source: its container, its rate and how it is encoded.
macro_rules! keep_every_frame {
    ($($(#[$attribute:meta])* $name:ident: $extension:literal, $rate:literal, $arguments:expr;)*) => {
        $($(#[$attribute])* #[test] fn $name() { keeps_every_frame($extension, $rate, $arguments) })*
    };
}

keep_every_frame! {
    film_rate_in_mp4: "mp4", "24000/1001", B_FRAMES;
    pal_rate_in_mp4: "mp4", "25", B_FRAMES;
    ntsc_rate_in_mp4: "mp4", "30000/1001", B_FRAMES;
    sixty_in_mp4: "mp4", "60", B_FRAMES;
    twelve_and_a_half_in_mp4: "mp4", "25/2", B_FRAMES;
    film_rate_in_mkv: "mkv", "24000/1001", B_FRAMES;
    ntsc_rate_in_mkv: "mkv", "30000/1001", SPARSE;
    double_ntsc_rate_in_mkv: "mkv", "60000/1001", B_FRAMES;
    pal_rate_in_flv: "flv", "25", B_FRAMES;
    ntsc_rate_in_flv: "flv", "30000/1001", SPARSE;
    pal_rate_in_ts: "ts", "25", B_FRAMES;
    ntsc_rate_in_ts: "ts", "30000/1001", SPARSE;
    open_gop_in_mp4: "mp4", "25", OPEN_GOP;
    open_gop_in_ts: "ts", "25", OPEN_GOP;
    open_gop_in_mkv: "mkv", "30000/1001", OPEN_GOP;
    sparse_keyframes_in_mp4: "mp4", "30", SPARSE;
    fragmented_mp4: "mp4", "25", "-pix_fmt yuv420p -c:v libx264 -preset ultrafast -bf 3 -b_strategy 0 -g 25 -movflags frag_keyframe+empty_moov+default_base_moof";
    clock_that_wraps_in_ts: "ts", "25", "-pix_fmt yuv420p -c:v libx264 -preset ultrafast -bf 3 -b_strategy 0 -g 20 -muxdelay 0 -output_ts_offset 95442";
    hevc_open_gop_in_mp4: "mp4", "25", "-pix_fmt yuv420p -c:v libx265 -preset ultrafast -x265-params log-level=error:open-gop=1:bframes=3:keyint=20:min-keyint=20:scenecut=0";
    hevc_in_ts: "ts", "30000/1001", "-pix_fmt yuv420p -c:v libx265 -preset ultrafast -x265-params log-level=error:open-gop=1:bframes=3:keyint=30:scenecut=0";
    mpeg2_in_ts: "ts", "25", "-pix_fmt yuv420p -c:v mpeg2video -q:v 3 -bf 2 -g 12";
    mpeg2_in_program_stream: "mpg", "30000/1001", "-pix_fmt yuv420p -c:v mpeg2video -q:v 3 -bf 2 -g 12";
    mpeg4_in_avi: "avi", "25", "-pix_fmt yuv420p -c:v mpeg4 -q:v 3 -g 30";
    mpeg4_with_b_frames_in_avi: "avi", "25", "-pix_fmt yuv420p -c:v mpeg4 -q:v 3 -bf 2 -g 30";
    h264_with_b_frames_in_avi: "avi", "25", B_FRAMES;
    h264_with_open_groups_in_avi: "avi", "30000/1001", OPEN_GOP;
    h264_stream_without_container: "h264", "25", B_FRAMES;
    h264_stream_with_open_groups: "h264", "30000/1001", OPEN_GOP;
    hevc_stream_without_container: "hevc", "25", "-pix_fmt yuv420p -c:v libx265 -preset ultrafast -x265-params log-level=error:open-gop=1:bframes=3:keyint=20:min-keyint=20:scenecut=0";
    av1_stream_without_container: "obu", "25", "-pix_fmt yuv420p -c:v libaom-av1 -cpu-used 8 -usage realtime -g 25";
    mjpeg_stream_without_container: "mjpeg", "25", "-pix_fmt yuvj420p -c:v mjpeg -q:v 3";
    y4m: "y4m", "30000/1001", "-pix_fmt yuv420p";
    mpeg2_stream_without_container: "m2v", "25", "-pix_fmt yuv420p -c:v mpeg2video -q:v 3 -bf 2 -g 12";
    mpeg1_stream_without_container: "m1v", "25", "-pix_fmt yuv420p -c:v mpeg1video -q:v 3 -bf 2 -g 12";
    mpeg1_stream_that_begins_with_intra_pictures: "m1v", "24", "-pix_fmt yuv420p -c:v mpeg1video -q:v 3 -bf 1 -g 12 -force_key_frames expr:lt(n,3)";
    mpeg1_stream_without_b_frames: "m1v", "24", "-pix_fmt yuv420p -c:v mpeg1video -q:v 3 -bf 0 -g 12";
    mpeg2_stream_with_open_groups: "m2v", "30000/1001", "-pix_fmt yuv420p -c:v mpeg2video -q:v 3 -bf 2 -g 9 -flags -cgop";
    h263_stream_without_container: "h263", "30000/1001", "-s 352x288 -pix_fmt yuv420p -c:v h263 -q:v 3 -g 1";
    h261_stream_without_container: "h261", "30000/1001", "-s 352x288 -pix_fmt yuv420p -c:v h261 -q:v 3 -g 1";
    theora_in_ogg: "ogv", "25", "-pix_fmt yuv420p -c:v libtheora -q:v 8 -g 30";
    mpeg2_in_mxf: "mxf", "25", "-pix_fmt yuv420p -c:v mpeg2video -q:v 3 -bf 2 -g 12";
    wmv_in_asf: "wmv", "25", "-pix_fmt yuv420p -c:v wmv2 -q:v 3 -g 30";
    animated_gif: "gif", "25", "-pix_fmt gray -c:v gif";
    vp8_with_hidden_frames_in_webm: "webm", "25", "-pix_fmt yuv420p -c:v libvpx -deadline realtime -cpu-used 8 -auto-alt-ref 1 -lag-in-frames 10 -b:v 1M -g 40";
    vp9_with_hidden_frames_in_webm: "webm", "30000/1001", "-pix_fmt yuv420p -c:v libvpx-vp9 -deadline good -cpu-used 5 -auto-alt-ref 1 -lag-in-frames 10 -b:v 1M -g 40";
    ffv1_in_mkv: "mkv", "24000/1001", "-pix_fmt yuv420p -c:v ffv1";
    prores_in_mov: "mov", "25", "-pix_fmt yuv422p10le -c:v prores_ks";
    mjpeg_in_avi: "avi", "30000/1001", "-pix_fmt yuvj420p -c:v mjpeg -q:v 3";
    animated_png: "apng", "25", "-pix_fmt gray -f apng";
    animated_webp: "webp", "25", "-pix_fmt bgra -c:v libwebp_anim -lossless 1";
    cinepak_in_avi: "avi", "12", "-c:v cinepak -max_strips 1";
    svq1_in_mov: "mov", "25", "-pix_fmt yuv410p -c:v svq1 -q:v 2";
    msvideo1_in_avi: "avi", "25", "-c:v msvideo1";
    msrle_in_avi: "avi", "25", "-pix_fmt pal8 -c:v msrle";
    zmbv_in_avi: "avi", "25", "-pix_fmt bgr24 -c:v zmbv";
    screen_video_in_flv: "flv", "25", "-c:v flashsv2";
    jpeg2000_in_mov: "mov", "25", "-pix_fmt yuv420p -c:v jpeg2000";
    dirac_in_mkv: "mkv", "25", "-pix_fmt yuv420p -c:v vc2";
    dxv_in_mov: "mov", "25", "-pix_fmt rgba -c:v dxv";
    utvideo_in_avi: "avi", "25", "-pix_fmt yuv420p -c:v utvideo";
    magicyuv_in_avi: "avi", "25", "-pix_fmt yuv420p -c:v magicyuv";
    huffyuv_in_avi: "avi", "25", "-pix_fmt yuv422p -c:v huffyuv";
    realvideo_in_rm: "rm", "25", "-pix_fmt yuv420p -c:v rv20 -q:v 3";
    mpeg2_in_wtv: "wtv", "25", "-pix_fmt yuv420p -c:v mpeg2video -q:v 3";
    h264_in_nut: "nut", "25", B_FRAMES;
}

/// A program stream that says of no picture when it is shown.
#[test]
fn a_program_stream_without_times() {
    let folder = folder();
    let arguments = "-pix_fmt yuv420p -c:v mpeg2video -q:v 3 -bf 2 -g 12";
    let stream = std::fs::read(numbered::write(&folder.path().join("stream.m2v"), "25", COUNT, arguments)).unwrap();
    let mut bytes = Vec::new();
    for chunk in stream.chunks(2000) {
        // A pack with a clock, and a packet of video with no times (ISO/IEC 13818-1 2.5.3.3 and 2.4.3.6).
        bytes.extend([0, 0, 1, 0xba, 0x44, 0, 4, 0, 4, 1, 0, 0x03, 0xe7, 0xf8]);
        bytes.extend([0, 0, 1, 0xe0]);
        bytes.extend((chunk.len() as u16 + 3).to_be_bytes());
        bytes.extend([0x80, 0, 0]);
        bytes.extend(chunk);
    }
    let source = folder.path().join("source.mpg");
    std::fs::write(&source, bytes).unwrap();
    let (plan, _) = package(&source, &ladder(), &folder.path().join("out"));
    let expected = sequence(0, COUNT);
    for (name, seen) in renditions(&plan, &folder.path().join("out")) {
        assert_eq!(seen, expected, "{name}");
    }
    check_alone(&source, &plan, &expected, folder.path());
}

#[test]
fn numbers_survive_and_nothing_else_passes_for_one() {
    for number in [0, 1, 255, 256, 4095] {
        let upright = numbered::picture(number);
        assert_eq!(numbered::read(&upright, WIDTH, HEIGHT), Some(number));
        let pale: Vec<u8> = upright.iter().map(|&value| value / 3 + 80).collect();
        assert_eq!(numbered::read(&pale, WIDTH, HEIGHT), None);
    }
    assert_eq!(numbered::read(&vec![0; WIDTH * HEIGHT], WIDTH, HEIGHT), None);
    assert_eq!(numbered::read(&vec![255; WIDTH * HEIGHT], WIDTH, HEIGHT), None);
}

#[test]
fn twice_the_cap_keeps_every_second_frame() {
    let folder = folder();
    let source = numbered::write(&folder.path().join("source.mp4"), "120", 400, B_FRAMES);
    let (plan, _) = package(&source, &ladder(), folder.path());
    assert_eq!(pictures(&plan).frame_rate, Rational::from(60));
    let expected: Vec<_> = (0..400).step_by(2).map(Some).collect();
    for (name, seen) in renditions(&plan, folder.path()) {
        assert_eq!(seen, expected, "{name}");
    }
    check_alone(&source, &plan, &expected, folder.path());
}

#[test]
fn a_lower_cap_keeps_every_nth_frame() {
    let folder = folder();
    let source = numbered::write(&folder.path().join("source.mkv"), "30000/1001", 90, B_FRAMES);
    let capped = ladder().max_frame_rate(10);
    let (plan, _) = package(&source, &capped, folder.path());
    assert_eq!(pictures(&plan).frame_rate, Rational::new(10_000, 1001));
    let expected: Vec<_> = (0..90).step_by(3).map(Some).collect();
    assert_eq!(renditions(&plan, folder.path())[0].1, expected);
}

/// As DivX and XviD wrote AVI, B-frames come together with the frame after them.
fn packed_b_frames(most: u32) {
    let folder = folder();
    let coding = format!("-pix_fmt yuv420p -c:v mpeg4 -q:v 3 -bf {most} -b_strategy 0 -g 30");
    let plain = numbered::write(&folder.path().join("plain.avi"), "25", COUNT, &coding);
    let packed = common::packed::pack(&plain, &folder.path().join("packed.avi"));
    let out = folder.path().join("out");
    let (plan, _) = package(&packed, &ladder(), &out);
    let expected = sequence(0, COUNT);
    for (name, seen) in renditions(&plan, &out) {
        assert_eq!(seen, expected, "{name}");
    }
    check_alone(&packed, &plan, &expected, folder.path());
}

#[test]
fn packed_b_frames_in_avi() {
    packed_b_frames(1);
}

#[test]
fn packed_pairs_of_b_frames_in_avi() {
    packed_b_frames(2);
}

/// One whole picture, then a column of each further one: decoding begins so early that all are right in time.
fn refreshed_bit_by_bit(extension: &str, arguments: &str) {
    let folder = folder();
    let coding =
        format!("-pix_fmt yuv420p -c:v libx264 -preset veryfast -x264-params intra-refresh=1:keyint=24:{arguments}");
    let source = numbered::write(&folder.path().join(format!("source.{extension}")), "25", COUNT, &coding);
    let out = folder.path().join("out");
    let storyboard = vodkit::StoryboardOptions::default().interval(1);
    let (plan, _) = package(&source, &ladder().storyboard(storyboard), &out);
    let expected = sequence(0, COUNT);
    for (name, seen) in renditions(&plan, &out) {
        assert_eq!(seen, expected, "{name}");
    }
    check_alone(&source, &plan, &expected, folder.path());
    let whole = plan.storyboard().unwrap().1.tiles.iter().filter(|tile| tile.keyframe).count();
    assert!(whole <= 1, "{whole} tiles show keyframes, of which there is one");
    for number in [24, 25, 40, 60, 90] {
        let picture = folder.path().join("thumbnail.jpg");
        let at = Position::Seconds(Rational::new(number.into(), 25));
        let made = thumbnail(&common::source(&source), &ThumbnailOptions::default().at(at)).unwrap();
        std::fs::write(&picture, made.bytes).unwrap();
        assert_eq!(numbers(&picture), [Some(number)]);
    }
}

#[test]
fn intra_refresh_in_mp4() {
    refreshed_bit_by_bit("mp4", "bframes=0");
}

#[test]
fn intra_refresh_with_b_frames_in_mkv() {
    refreshed_bit_by_bit("mkv", "bframes=3:b-adapt=0");
}

#[test]
fn intra_refresh_in_ts() {
    refreshed_bit_by_bit("ts", "bframes=0");
}

/// FFmpeg refuses such a file.
#[test]
fn fragments_behind_an_index_of_indexes() {
    let folder = folder();
    let coding =
        format!("{B_FRAMES} -movflags frag_keyframe+empty_moov+default_base_moof -video_track_timescale 12800");
    let plain = numbered::write(&folder.path().join("plain.mp4"), "25", 100, &coding);
    let source = common::indexed::with_index_of_indexes(&plain, &folder.path().join("source.mp4"));
    let out = folder.path().join("out");
    let (plan, _) = package(&source, &ladder(), &out);
    for (name, seen) in renditions(&plan, &out) {
        assert_eq!(seen, sequence(0, 100), "{name}");
    }
    check_alone(&source, &plan, &sequence(0, 100), folder.path());
}

/// A transport stream cut from a broadcast: it begins in the middle of a group of pictures.
#[test]
fn a_broadcast_that_begins_in_the_middle() {
    let folder = folder();
    let whole = numbered::write(&folder.path().join("whole.ts"), "25", 140, OPEN_GOP);
    let bytes = std::fs::read(&whole).unwrap();
    let packets = bytes.len() / 188;
    let cut = folder.path().join("cut.ts");
    std::fs::write(&cut, &bytes[packets * 3 / 10 * 188..]).unwrap();
    let (plan, _) = package(&cut, &ladder(), &folder.path().join("out"));
    for (name, seen) in renditions(&plan, &folder.path().join("out")) {
        // What cannot be decoded at the start is filled with the first picture that can.
        let first = seen[0].expect("a clear first frame");
        let held = seen.iter().take_while(|number| **number == Some(first)).count() as u32;
        assert!(first % 20 <= 1 && held <= 25, "{name} begins with {held} times {first}");
        let rest = 139 - first;
        assert_eq!(seen[held as usize..], sequence(first + 1, rest), "{name}");
    }
}

/// As some encoders write it: each frame's header has a size, and 0 for its time.
#[test]
fn ivf_without_times() {
    let folder = folder();
    let codings = [
        ("libvpx -deadline realtime -cpu-used 8", "25"),
        ("libvpx-vp9 -deadline good -cpu-used 8 -auto-alt-ref 1 -lag-in-frames 16", "24"),
        ("libaom-av1 -usage realtime -cpu-used 8", "30000/1001"),
    ];
    for (coding, rate) in codings {
        let arguments = format!("-pix_fmt yuv420p -c:v {coding} -g 20");
        let path = numbered::write(&folder.path().join("a.ivf"), rate, 60, &arguments);
        let mut bytes = std::fs::read(&path).unwrap();
        let mut place = 32;
        while place < bytes.len() {
            let size = u32::from_le_bytes(bytes[place..place + 4].try_into().unwrap());
            bytes[place + 4..place + 12].fill(0);
            place += 12 + size as usize;
        }
        std::fs::write(&path, bytes).unwrap();
        let out = folder.path().join(coding.split_whitespace().next().unwrap());
        let (plan, _) = package(&path, &ladder(), &out);
        assert_eq!((pictures(&plan).frame_rate, pictures(&plan).frames), (rate.parse().unwrap(), 60), "{coding}");
        let expected = sequence(0, 60);
        renditions(&plan, &out).iter().for_each(|(name, seen)| assert_eq!(*seen, expected, "{coding}, {name}"));
        check_alone(&path, &plan, &expected, folder.path());
        assert_eq!(plan.warnings(), [], "{coding}");
    }
}
