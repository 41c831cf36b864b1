//! The same bytes on every processor: FFmpeg, told that the processor can do less, makes the same segments and
//! thumbnails. x264 has a test of its own, in `src/ffmpeg/encode.rs`.
#![cfg(target_arch = "x86_64")]

use std::path::{Path, PathBuf};
use std::process::Command;

use vodkit::thumbnail::ImageFormat;
use vodkit::{SegmentMaker, ThumbnailOptions};
use vodkit_tests as common;

/// What FFmpeg is told, as a number of `AV_CPU_FLAG_` (libavutil/cpu.h), and which source.
const FLAGS: &str = "VODKIT_TEST_PROCESSOR";
const SOURCE: &str = "VODKIT_TEST_SOURCE";

/// What every processor of the architecture has, SSE4.2, and AVX2 with FMA.
const PROCESSORS: [(&str, i32); 3] = [("SSE2", 0x101b), ("SSE4.2", 0x13db), ("AVX2", 0x7_d3db)];

unsafe extern "C" {
    fn av_force_cpu_flags(flags: i32);
}

/// Run by the tests below in a process of its own, as what FFmpeg has begun to use it goes on using.
#[test]
fn digest_of_one_source() {
    let (Ok(flags), Ok(path)) = (std::env::var(FLAGS), std::env::var(SOURCE)) else { return };
    let flags: i32 = flags.parse().unwrap();
    // -1 stands for what the processor can do.
    // SAFETY: takes any number.
    unsafe { av_force_cpu_flags(flags) };
    let source = common::source(Path::new(&path));
    let plan = vodkit::plan(&source, &common::quick(&[144])).unwrap();
    let mut maker = SegmentMaker::new(&source, &plan).unwrap();
    for rendition in plan.renditions() {
        for index in 0..rendition.segment_count {
            let bytes = maker.segment(&rendition.id, index).unwrap();
            println!("DIGEST {} {index} {}", rendition.id, common::digest(&bytes));
        }
    }
    if plan.source_video().is_some() {
        let options = ThumbnailOptions::default().format(ImageFormat::Rgb);
        println!("DIGEST thumbnail {}", common::digest(&vodkit::thumbnail(&source, &options).unwrap().bytes));
    }
}

fn digests(source: &Path, flags: i32) -> Vec<String> {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "processors::digest_of_one_source", "--nocapture"])
        .env(FLAGS, flags.to_string())
        .env(SOURCE, source)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    text.lines().filter_map(|line| line.split_once("DIGEST ")).map(|(_, digest)| digest.to_owned()).collect()
}

fn same_on_every_processor(name: &str, arguments: &str) {
    let folder = common::folder();
    let inputs = "-f lavfi -i testsrc2=s=322x242:r=10:d=2,noise=alls=10 -f lavfi -i anoisesrc=d=2:a=0.3:r=44100";
    let source: PathBuf = common::make(&folder.path().join(name), &format!("{inputs} -shortest {arguments}"));
    let here = digests(&source, -1);
    assert!(here.len() > 2, "{here:?}");
    let differ = PROCESSORS.map(|(processor, flags)| {
        let there = digests(&source, flags);
        let what = here.iter().zip(&there).filter(|(one, other)| one != other);
        (processor, what.filter_map(|(one, _)| one.split(' ').next()).collect::<Vec<_>>().join(", "))
    });
    assert!(differ.iter().all(|(_, what)| what.is_empty()), "{differ:?}");
}

macro_rules! processors {
    ($($name:ident: $file:literal, $arguments:literal;)*) => {
        $(#[test] fn $name() { same_on_every_processor($file, $arguments); })*
    };
}

processors! {
    h264_and_aac: "a.mp4", "-c:v libx264 -preset ultrafast -pix_fmt yuv420p -c:a aac -ac 2";
    mpeg2_and_mp2: "a.ts", "-s 352x288 -c:v mpeg2video -q:v 4 -c:a mp2";
    interlaced_mpeg2_and_ac3: "a.ts", "-s 352x288 -c:v mpeg2video -q:v 4 -flags +ilme+ildct -c:a ac3 -ac 6";
    mpeg4_and_mp3: "a.avi", "-c:v mpeg4 -q:v 4 -bf 2 -c:a libmp3lame";
    motion_jpeg_and_pcm: "a.avi", "-c:v mjpeg -pix_fmt yuvj422p -q:v 4 -c:a pcm_s16le";
    vp9_and_opus: "a.webm", "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -c:a libopus";
    vp8_and_vorbis: "a.webm", "-c:v libvpx -deadline realtime -cpu-used 8 -c:a libvorbis";
    av1_and_flac: "a.mkv", "-c:v libsvtav1 -preset 12 -c:a flac -ar 96000";
    prores_and_pcm: "a.mov", "-c:v prores_ks -c:a pcm_s24le";
    prores_with_alpha: "a.mov", "-c:v prores_ks -pix_fmt yuva444p10le -c:a alac";
    dv: "a.mov", "-s 720x576 -pix_fmt yuv420p -c:v dvvideo -ar 48000 -ac 2 -c:a pcm_s16le";
    wmv2_and_wma: "a.wmv", "-c:v wmv2 -q:v 4 -c:a wmav2";
    theora_and_vorbis: "a.ogv", "-c:v libtheora -q:v 6 -c:a libvorbis";
    hevc_in_ten_bits_and_eac3: "a.mkv", "-c:v libx265 -preset ultrafast -x265-params log-level=error -pix_fmt yuv420p10le -c:a eac3";
    high_dynamic_range: "a.mkv", "-vf format=yuv420p10le,setparams=range=tv:colorspace=bt2020nc:color_primaries=bt2020:color_trc=smpte2084 -c:v libx265 -preset ultrafast -x265-params log-level=error -c:a dca -strict -2";
    rgb_and_truehd: "a.mkv", "-pix_fmt gbrp -c:v ffv1 -c:a truehd -strict -2";
    sorenson_and_nellymoser: "a.flv", "-c:v flv1 -q:v 4 -c:a nellymoser -ac 1";
    dnxhd: "a.mov", "-s 1280x720 -c:v dnxhd -pix_fmt yuv422p -b:v 120M -c:a adpcm_ima_qt";
    opus_to_be_mixed: "a.mkv", "-c:v libx264 -preset ultrafast -pix_fmt yuv420p -c:a libopus -ac 6 -b:a 300k";
    aac_to_be_resampled: "a.mp4", "-c:v libx264 -preset ultrafast -pix_fmt yuv420p -c:a aac -ar 96000";
    speech: "a.webm", "-c:v libvpx -deadline realtime -cpu-used 8 -c:a libopus -ac 1 -b:a 12k -application voip -frame_duration 60";
    cineform: "a.mov", "-s 320x240 -c:v cfhd -c:a pcm_f32le";
}
