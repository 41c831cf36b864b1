//! Picture and sound stay together: sources flash and beep at the same moments, and so do their packages.

use std::path::{Path, PathBuf};

use vodkit::plan::Rendition;
use vodkit::{Ladder, Plan};

use vodkit_tests::flash::{Clip, Seen, alone, flashes_of, hear, watch};
use vodkit_tests::{folder, joined, make, package, quick, run, source};

/// Seconds that picture and sound may be apart; people notice from about 15 ms on.
const ALLOWED: f64 = 0.005;

const FILM: (i64, i64) = (24_000, 1001);
const PAL: (i64, i64) = (25, 1);
const NTSC: (i64, i64) = (30_000, 1001);
const FAST: (i64, i64) = (60, 1);

/// H.264 with B-frames, whose decoding order is not that of showing.
const H264: &str = "-c:v libx264 -preset superfast -bf 2 -b_strategy 0 -g 50 -pix_fmt yuv420p";

/// Fast, but with B-frames, whose delay the package has to take back.
fn ladder() -> Ladder {
    quick(&[64]).preset("superfast")
}

/// What may be between a flash and its beep in the source.
#[derive(Clone, Copy, PartialEq)]
enum Source {
    /// Nothing: the container tells times to the sample.
    Exact,
    /// What its codec and its rounded times bring; the package may not add to it.
    AsItIs,
}

/// A flash, and how much later its beep is heard.
#[derive(Clone, Copy, Debug)]
struct Moment {
    time: f64,
    late: f64,
}

/// Each flash with the beep that is heard nearest to it; what is alone, at the ends, is left out.
fn moments(flashes: &[f64], beeps: &[f64]) -> Vec<Moment> {
    let nearest = |time: f64| beeps.iter().map(|beep| beep - time).min_by(|a, b| a.abs().total_cmp(&b.abs()));
    let moment = |&time: &f64| nearest(time).filter(|late| late.abs() < 0.3).map(|late| Moment { time, late });
    flashes.iter().filter_map(moment).collect()
}

fn of(seen: &Seen) -> Vec<Moment> {
    moments(&seen.flashes, &seen.beeps)
}

/// The package's moments are those of the source, `origin` seconds earlier, and as close together.
fn compare(view: &str, source: &[Moment], package: &[Moment], plan: &Plan) {
    let origin = plan.origin().to_f64();
    let frame = plan.source_video().unwrap().frame_rate.recip().to_f64();
    let mut worst = (0.0_f64, 0.0_f64);
    for moment in package {
        let expected = |source: &&Moment| (source.time - origin - moment.time).abs();
        let original = source.iter().min_by(|a, b| expected(a).total_cmp(&expected(b))).unwrap();
        let (moved, apart) = (moment.time + origin - original.time, moment.late - original.late);
        assert!(moved.abs() <= frame / 2.0 + 0.001, "{view}: {moment:?} is {moved} s from {original:?}");
        assert!(apart.abs() <= ALLOWED, "{view}: {moment:?} was {original:?} in the source");
        worst = (if apart.abs() > worst.0.abs() { apart } else { worst.0 }, worst.1.max(moment.late.abs()));
    }
    eprintln!(
        "{view}: {} moments, {:.2} ms from the source at most, {:.2} ms apart",
        package.len(),
        worst.0 * 1e3,
        worst.1 * 1e3
    );
}

fn close_together(view: &str, moments: &[Moment]) {
    for moment in moments {
        assert!(moment.late.abs() <= ALLOWED, "{view}: {moment:?} is apart by more than {ALLOWED} s");
    }
}

/// The moments in one segment of pictures and one of sound alone, as a player has them that begins there.
fn moments_of_segment(out: &Path, video: &Rendition, audio: &Rendition, index: u32) -> Vec<Moment> {
    moments(&flashes_of(&alone(out, video, index)), &hear(&alone(out, audio, index), "").beeps())
}

/// Packages the source that ffmpeg makes of `clip`, and looks at it as players do.
fn stays_together(name: &str, clip: Clip, arguments: &str, kind: Source) {
    let out = folder();
    let path = clip.write(&out.path().join(name), arguments);
    stays_as_it_is(name, &path, clip, kind, out.path());
}

fn stays_as_it_is(name: &str, path: &Path, clip: Clip, kind: Source, out: &Path) {
    let seen = of(&watch(path, ""));
    let count = clip.moments().len();
    assert_eq!(seen.len(), count, "{name}: the source itself lacks flashes or beeps");
    if kind == Source::Exact {
        close_together(&format!("{name} itself"), &seen);
    }
    let (plan, _) = package(path, &ladder(), out);
    let video = plan.videos().next().unwrap().0;
    let audio = plan.audios().next().unwrap().0;

    let playlist = watch(&out.join("master.m3u8"), "");
    let renditions = moments(&flashes_of(&joined(out, video)), &hear(&joined(out, audio), "").beeps());
    for (view, moments) in [("playlist", of(&playlist)), ("renditions", renditions)] {
        let view = format!("{name} ({view})");
        assert_eq!(moments.len(), count, "{view}: {moments:?}");
        compare(&view, &seen, &moments, &plan);
        if kind == Source::Exact {
            close_together(&view, &moments);
        }
    }

    assert!(video.segment_count >= 3 && audio.segment_count >= 3, "{name} is too short to have a middle");
    let middle = moments_of_segment(out, video, audio, 1);
    assert!(middle.len() >= 3, "{name}: a segment of four seconds alone has {middle:?}");
    compare(&format!("{name} (segment 1 alone)"), &seen, &middle, &plan);
}

#[test]
fn mp4_with_aac_at_25() {
    let clip = Clip::new(PAL, 310, 48_000);
    stays_together("a.mp4", clip, &format!("{H264} -c:a aac"), Source::Exact);
}

#[test]
fn mp4_with_aac_at_29_97_and_44_1_khz() {
    let clip = Clip::new(NTSC, 371, 44_100);
    stays_together("a.mp4", clip, &format!("{H264} -c:a aac"), Source::Exact);
}

#[test]
fn fragmented_mp4_at_23_976() {
    let clip = Clip::new(FILM, 300, 48_000);
    stays_together("a.mp4", clip, &format!("{H264} -c:a aac -movflags frag_keyframe+empty_moov"), Source::AsItIs);
}

#[test]
fn mov_with_pcm_at_23_976() {
    let clip = Clip::new(FILM, 300, 48_000);
    stays_together("a.mov", clip, &format!("{H264} -c:a pcm_s16le"), Source::Exact);
}

#[test]
fn mov_with_pcm_at_60_and_44_1_khz() {
    let clip = Clip::new(FAST, 740, 44_100);
    stays_together("a.mov", clip, &format!("{H264} -c:a pcm_s16le"), Source::Exact);
}

#[test]
fn mov_resampled_from_32_khz() {
    let clip = Clip::new(PAL, 310, 32_000);
    stays_together("a.mov", clip, &format!("{H264} -c:a pcm_s16le"), Source::Exact);
}

#[test]
fn mov_resampled_from_22_05_khz_at_29_97() {
    let clip = Clip::new(NTSC, 371, 22_050);
    stays_together("a.mov", clip, &format!("{H264} -c:a pcm_s16le"), Source::Exact);
}

#[test]
fn mp4_with_mp3() {
    let clip = Clip::new(PAL, 310, 44_100);
    stays_together("a.mp4", clip, &format!("{H264} -c:a libmp3lame"), Source::AsItIs);
}

#[test]
fn mkv_with_aac_at_23_976() {
    let clip = Clip::new(FILM, 300, 48_000);
    stays_together("a.mkv", clip, &format!("{H264} -c:a aac"), Source::AsItIs);
}

#[test]
fn mkv_with_aac_at_29_97_and_44_1_khz() {
    let clip = Clip::new(NTSC, 371, 44_100);
    stays_together("a.mkv", clip, &format!("{H264} -c:a aac"), Source::AsItIs);
}

#[test]
fn mkv_with_opus() {
    let clip = Clip::new(PAL, 310, 48_000);
    stays_together("a.mkv", clip, &format!("{H264} -c:a libopus"), Source::AsItIs);
}

#[test]
fn webm_with_vp8_and_opus_at_29_97() {
    let clip = Clip::new(NTSC, 371, 48_000);
    stays_together("a.webm", clip, "-c:v libvpx -deadline realtime -cpu-used 8 -c:a libopus", Source::AsItIs);
}

#[test]
fn webm_with_vp9_and_vorbis() {
    let clip = Clip::new(PAL, 310, 44_100);
    stays_together("a.webm", clip, "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -c:a libvorbis", Source::AsItIs);
}

#[test]
fn flv_with_aac() {
    let clip = Clip::new(PAL, 310, 44_100);
    stays_together("a.flv", clip, &format!("{H264} -c:a aac"), Source::AsItIs);
}

#[test]
fn mpegts_at_29_97_and_44_1_khz() {
    let clip = Clip::new(NTSC, 371, 44_100);
    stays_together("a.ts", clip, &format!("{H264} -c:a aac"), Source::AsItIs);
}

#[test]
fn mpegts_with_ac3() {
    let clip = Clip::new(PAL, 310, 48_000);
    stays_together("a.ts", clip, &format!("{H264} -c:a ac3"), Source::AsItIs);
}

#[test]
fn avi_with_mp3_at_60() {
    let clip = Clip::new(FAST, 740, 48_000);
    stays_together("a.avi", clip, "-c:v mpeg4 -q:v 4 -c:a libmp3lame", Source::AsItIs);
}

/// Its times of pictures are those of decoding, and their delay is that of the B-frames.
#[test]
fn asf_with_any_delay_of_reordering() {
    for b_frames in [0, 1, 3] {
        let clip = Clip::new(PAL, 310, 48_000);
        let coding = "-c:v libx264 -preset superfast -g 50 -b_strategy 0 -pix_fmt yuv420p";
        stays_together("a.asf", clip, &format!("{coding} -bf {b_frames} -c:a aac"), Source::Exact);
    }
}

/// One track of a source in sync begins later by a time that is no whole number of frames: the flashes and
/// beeps are that much apart, and stay it.
fn keeps_them_apart(name: &str, inputs: &str, apart: f64) {
    let out = folder();
    let clip = Clip::new(NTSC, 371, 44_100);
    let whole = clip.write(&out.path().join("whole.mov"), &format!("{H264} -c:a pcm_s16le"));
    let inputs = inputs.replace("WHOLE", whole.to_str().unwrap());
    let path = make(&out.path().join(name), &format!("{inputs} -map 0:v -map 1:a -c copy"));
    for moment in of(&watch(&path, "")) {
        assert!((moment.late - apart).abs() < 0.001, "{name} itself: {moment:?}");
    }
    stays_as_it_is(name, &path, clip, Source::AsItIs, out.path());
}

#[test]
fn sound_that_begins_late_stays_late() {
    keeps_them_apart("a.mov", "-i WHOLE -itsoffset 0.1372 -i WHOLE", 0.1372);
}

#[test]
fn pictures_that_begin_late_stay_late() {
    keeps_them_apart("a.mov", "-itsoffset 0.1372 -i WHOLE -i WHOLE", -0.1372);
}

/// Makes an hour of copies of one unit, whose pictures and sound last equally long, without encoding it.
fn hour(name: &str, clip: Clip, unit: &str, sound: &str, folder: &Path) -> PathBuf {
    let (pictures, samples) = clip.raw(folder);
    let sound = make(&folder.join(unit), &format!("{samples} {sound}"));
    let video = "-c:v libx264 -preset superfast -bf 0 -g 50 -pix_fmt yuv420p";
    let unit = make(&folder.join("unit.mov"), &format!("{pictures} -i {} {video} -c:a copy", sound.display()));
    let times = 3600 * clip.rate.0 / (clip.frames * clip.rate.1);
    let seconds = (clip.frames * clip.rate.1) as f64 / clip.rate.0 as f64;
    let list = folder.join("list.txt");
    std::fs::write(&list, format!("file {}\nduration {seconds}\n", unit.display()).repeat(times as usize)).unwrap();
    make(&folder.join(name), &format!("-f concat -safe 0 -i {} -c copy", list.display()))
}

/// Looks at the first, a middle and the last segment of an hour; the rest need not be made for it.
fn stays_together_for_an_hour(name: &str, clip: Clip, unit: &str, sound: &str, kind: Source) {
    let out = folder();
    let path = hour(name, clip, unit, sound, out.path());
    let input = source(&path);
    let plan = vodkit::plan(&input, &ladder()).unwrap();
    let video = plan.videos().next().unwrap().0;
    let audio = plan.audios().next().unwrap().0;
    lasts_as_long_as_the_source(&plan, &path, audio);
    let frame = plan.source_video().unwrap().frame_rate.recip().to_f64();
    for index in [0, video.segment_count / 2, video.segment_count - 1] {
        for rendition in [video, audio] {
            std::fs::create_dir_all(out.path().join(&rendition.id)).unwrap();
            let store = |key: String, bytes| std::fs::write(out.path().join(key), bytes).unwrap();
            store(rendition.init_key().unwrap(), vodkit::init_segment(&plan, &rendition.id).unwrap());
            store(rendition.segment_key(index), vodkit::segment(&input, &plan, &rendition.id, index).unwrap());
        }
        let first = plan.source_video().unwrap().windows[index as usize].first_frame;
        let from = first as f64 * frame + plan.origin().to_f64();
        let seen = of(&watch(&path, &format!("-ss {} -t 12", (from - 4.0).max(0.0))));
        let moments = moments_of_segment(out.path(), video, audio, index);
        let view = format!("{name} at {from:.0} s");
        assert!(moments.len() >= 2 && seen.len() >= moments.len(), "{view}: {moments:?} of {seen:?}");
        compare(&view, &seen, &moments, &plan);
        if kind == Source::Exact {
            close_together(&view, &seen);
            close_together(&view, &moments);
        }
    }
}

fn lasts_as_long_as_the_source(plan: &Plan, path: &Path, audio: &Rendition) {
    let length = |rendition: &Rendition| {
        rendition.segment_durations().iter().sum::<u64>() as f64 / f64::from(rendition.timescale)
    };
    let probe = ["-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", path.to_str().unwrap()];
    let stated: f64 = String::from_utf8(run("ffprobe", &probe).stdout).unwrap().trim().parse().unwrap();
    let frame = 1024.0 / f64::from(audio.timescale);
    for rendition in plan.renditions() {
        let apart = length(rendition) - stated;
        eprintln!("{}: {} lasts {:.1} ms longer", path.display(), rendition.id, apart * 1e3);
        assert!(
            apart.abs() <= frame,
            "{}: {} lasts {} s, the source {stated}",
            path.display(),
            rendition.id,
            length(rendition)
        );
    }
}

/// AAC without priming and of whole frames, so that copies of it follow each other to the sample: the first
/// of 441 frames holds nothing, and 441 frames last exactly as long as 256 pictures.
fn unit_of_aac() -> Clip {
    Clip { samples: 440 * 1024, early: 1024, ..Clip::new(PAL, 256, 44_100) }
}

#[test]
fn mp4_with_aac_for_an_hour() {
    stays_together_for_an_hour("hour.mp4", unit_of_aac(), "sound.aac", "-c:a aac", Source::Exact);
}

#[test]
fn mkv_with_aac_for_an_hour() {
    stays_together_for_an_hour("hour.mkv", unit_of_aac(), "sound.aac", "-c:a aac", Source::AsItIs);
}

#[test]
fn mpegts_with_aac_for_an_hour() {
    stays_together_for_an_hour("hour.ts", unit_of_aac(), "sound.aac", "-c:a aac", Source::AsItIs);
}

#[test]
fn mov_with_lossless_sound_for_an_hour_at_29_97() {
    stays_together_for_an_hour("hour.mov", Clip::new(NTSC, 300, 48_000), "sound.mov", "-c:a alac", Source::Exact);
}

#[test]
fn mov_resampled_for_an_hour_at_23_976() {
    stays_together_for_an_hour("hour.mov", Clip::new(FILM, 240, 32_000), "sound.mov", "-c:a alac", Source::Exact);
}
