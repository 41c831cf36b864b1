//! The source's own video as the top rung, and its own AAC as the sound: the very pictures and samples of the
//! source, or a reason why not.

use std::path::{Path, PathBuf};

use vodkit::plan::AudioRendition;
use vodkit::{CopyTop, ErrorKind, Ladder, Plan, Rational, Rung, Source};

use vodkit_tests as common;
use vodkit_tests::{ffmpeg, folder, grey_frames, joined, make, package, quick, run, source};

/// Two closed groups of pictures a segment of two seconds, with B-frames, and noise that is no multiple of them. Not of
/// the kind that decoders make up, as that depends on where they begin.
const FINE: &str = "-f lavfi -i testsrc2=s=320x180:r=25:d=11 -f lavfi -i anoisesrc=a=0.1:r=48000:d=11 -ac 2 \
    -c:v libx264 -preset veryfast -bf 3 -b_strategy 0 -pix_fmt yuv420p -g 25 -sc_threshold 0 -c:a aac -b:a 96k -aac_pns 0";

/// Pictures alone, in H.264 with these further settings.
fn pictures(settings: &str) -> String {
    format!("-f lavfi -i testsrc2=s=320x180:r=25:d=6 -c:v libx264 -preset veryfast -pix_fmt yuv420p -g 25 {settings}")
}

fn copying(copy_top: CopyTop) -> Ladder {
    quick(&[180, 90]).segment_seconds(2).copy_top(copy_top)
}

fn planned(path: &Path, ladder: &Ladder) -> Plan {
    vodkit::plan(&source(path), ladder).unwrap()
}

/// Why the first rendition of the plan for what `arguments` make is not copied.
fn reason(name: &str, arguments: &str) -> Option<String> {
    let folder = folder();
    let plan = planned(&make(&folder.path().join(name), arguments), &copying(CopyTop::Auto));
    assert_eq!(plan.renditions()[0].is_passthrough(), plan.renditions()[0].encoded_because.is_none());
    plan.renditions()[0].encoded_because.clone()
}

/// Why nothing else than copying is refused.
fn refusal(name: &str, arguments: &str) -> String {
    let folder = folder();
    let path = make(&folder.path().join(name), arguments);
    let error = vodkit::plan(&source(&path), &copying(CopyTop::Always)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    error.to_string()
}

/// Whether the package in `out` is that of `path`, picture by picture and sample by sample, in its first rendition
/// and its sound, with the other rungs cut at the same frames.
fn shows_the_source(path: &Path, plan: &Plan, out: &Path) {
    let (top, video) = plan.videos().next().unwrap();
    assert!(top.is_passthrough(), "{:?}", top.encoded_because);
    let own = grey_frames(path, video.width as usize, video.height as usize);
    let copied = grey_frames(&joined(out, top), video.width as usize, video.height as usize);
    assert_eq!(copied.len(), own.len());
    let differing = copied.iter().zip(&own).position(|(copied, own)| copied != own);
    assert_eq!(differing, None, "the first picture that is another");
    for (rung, _) in plan.videos().skip(1) {
        assert_eq!(rung.segment_durations(), top.segment_durations(), "{}", rung.id);
        common::decodes_cleanly(&joined(out, rung));
    }
    for (sound, audio) in plan.audios() {
        assert!(sound.is_passthrough(), "{:?}", sound.encoded_because);
        hears_the_source(path, audio, plan, &joined(out, sound));
    }
}

/// Whether a copied rendition is the source's sound, sample by sample, heard within a millisecond of when it is there.
fn hears_the_source(path: &Path, audio: &AudioRendition, plan: &Plan, copied: &Path) {
    let (own, copied) = (heard(path, plan.origin().to_f64()), heard(copied, 0.0));
    let channels = audio.channels as usize;
    let (middle, length) = (copied.len() / channels / 2, 1000 * channels);
    let piece = &copied[middle * channels..][..length];
    let place = (middle - 2048..middle + 2048).find(|place| &own[place * channels..][..length] == piece);
    let shift = place.expect("the same samples near by") as i64 - middle as i64;
    assert!(shift.unsigned_abs() <= u64::from(audio.sample_rate) / 1000, "{shift} samples apart");
    let skip = |shift: i64| shift.max(0) as usize * channels;
    let (own, copied) = (&own[skip(shift)..], &copied[skip(-shift)..]);
    // The first frame has none before it to overlap with.
    let differing = own.iter().zip(copied).skip(1024 * channels).position(|(own, copied)| own != copied);
    assert_eq!(differing, None, "the first sample that is another");
    assert!(own.len().abs_diff(copied.len()) <= 2048 * channels, "{} of {} samples", copied.len(), own.len());
}

/// Decoded samples from a time of the container on.
fn heard(path: &Path, start: f64) -> Vec<f32> {
    let trim = format!("atrim=start={start}");
    let words = ["-v", "error", "-copyts", "-i", path.to_str().unwrap(), "-af", &trim, "-f", "f32le", "-"];
    let output = ffmpeg(&words);
    output.stdout.chunks_exact(4).map(|bytes| f32::from_le_bytes(bytes.try_into().unwrap())).collect()
}

fn comes_out_as_it_is(name: &str, arguments: &str) {
    let folder = folder();
    let path = make(&folder.path().join(name), arguments);
    let out = folder.path().join("out");
    let (plan, summary) = package(&path, &copying(CopyTop::Auto), &out);
    shows_the_source(&path, &plan, &out);
    assert_eq!(summary.renditions[0].segments, 6, "of two seconds, and a rest of one");
}

/// 854x480 made of 1280x720 has pixels of 1280:1281: players show them as square.
#[test]
fn nearly_square_pixels_are_copied() {
    let exact = "setsar=1280/1281:max=9999";
    assert_eq!(reason("a.mp4", &pictures(&format!("-vf {exact}"))), None);
    assert!(
        reason("b.mp4", &pictures("-vf setsar=321/320:max=9999")).is_some_and(|reason| reason.contains("not square"))
    );
}

#[test]
fn an_mp4_comes_out_picture_by_picture_and_sample_by_sample() {
    comes_out_as_it_is("a.mp4", FINE);
}

#[test]
fn times_in_milliseconds_do_no_harm() {
    comes_out_as_it_is("a.mkv", &format!("{FINE} -bf 0"));
}

#[test]
fn start_codes_become_lengths() {
    let folder = folder();
    let arguments = format!("{} -x264-params keyint=25:scenecut=0:aud=1", pictures("-bf 2"));
    let path = make(&folder.path().join("a.ts"), &arguments);
    let out = folder.path().join("out");
    let (plan, _) = package(&path, &copying(CopyTop::Auto), &out);
    shows_the_source(&path, &plan, &out);
}

/// The first megabyte can stay as it is, and is on its way to the folder before that is known of the rest.
#[test]
fn filler_late_in_a_segment_is_left_out() {
    let folder = folder();
    let filter = "-vf noise=alls=100:allf=t:enable='lt(t,1)' -t 2";
    let rate = "-bf 0 -g 50 -sc_threshold 0 -b:v 8M -maxrate 8M -bufsize 1M -x264-params nal-hrd=cbr";
    let path = make(&folder.path().join("a.mp4"), &pictures(&format!("{filter} {rate}")));
    let out = folder.path().join("out");
    let (plan, summary) = package(&path, &copying(CopyTop::Always), &out);
    shows_the_source(&path, &plan, &out);
    let (copied, own) = (summary.renditions[0].bytes, std::fs::metadata(&path).unwrap().len());
    assert!(copied > 1_000_000 && copied < own * 3 / 4, "{copied} of {own} bytes");
}

#[test]
fn segments_made_alone_are_those_of_the_job() {
    let folder = folder();
    let path = make(&folder.path().join("a.mp4"), FINE);
    let out = folder.path().join("out");
    let (plan, _) = package(&path, &copying(CopyTop::Auto), &out);
    for rendition in plan.renditions() {
        for index in (0..rendition.segment_count).rev() {
            let alone = vodkit::segment(&source(&path), &plan, &rendition.id, index).unwrap();
            assert!(
                alone == std::fs::read(out.join(rendition.segment_key(index))).unwrap(),
                "{} {index}",
                rendition.id
            );
        }
    }
}

#[test]
fn each_segment_can_be_decoded_for_itself() {
    let folder = folder();
    let path = make(&folder.path().join("a.mp4"), FINE);
    let plan = planned(&path, &copying(CopyTop::Auto));
    let own = grey_frames(&path, 320, 180);
    for index in 0..plan.renditions()[0].segment_count {
        let mut bytes = vodkit::init_segment(&plan, "180p").unwrap().to_vec();
        bytes.extend(vodkit::segment(&source(&path), &plan, "180p", index).unwrap());
        let alone = folder.path().join("alone.mp4");
        std::fs::write(&alone, bytes).unwrap();
        let first = plan.source_video().unwrap().windows[index as usize].first_frame as usize;
        let frames = grey_frames(&alone, 320, 180);
        assert!(frames == own[first..first + frames.len()], "segment {index}");
    }
}

#[test]
fn bit_rates_are_known_before_a_segment_is_there() {
    let folder = folder();
    let path = make(&folder.path().join("a.mp4"), FINE);
    let (plan, summary) = package(&path, &copying(CopyTop::Auto), &folder.path().join("out"));
    let estimated = vodkit::manifest::Bandwidth::estimated(&plan);
    for (rate, made) in estimated.rates().iter().zip(&summary.renditions) {
        assert!(rate.peak >= made.peak_rate, "{}: {} of {}", made.id, rate.peak, made.peak_rate);
    }
    let (estimated, made) = (estimated.rates()[0].average, summary.renditions[0].average_rate);
    assert!(estimated.abs_diff(made) * 20 < made, "{estimated} instead of {made}");
}

#[test]
fn nothing_is_passthrough_unless_asked_for() {
    let folder = folder();
    let plan = planned(&make(&folder.path().join("a.mp4"), FINE), &copying(CopyTop::Never));
    assert!(
        plan.renditions().iter().all(|rendition| !rendition.is_passthrough() && rendition.encoded_because.is_none())
    );
}

#[test]
fn what_players_would_not_show_alike_is_encoded_and_the_plan_says_why() {
    let lavfi = "-f lavfi -i testsrc2=s=320x180:r=25:d=4";
    let cases = [
        ("a.webm", format!("{lavfi} -c:v libvpx -g 25"), "codec is vp8"),
        ("a.mp4", pictures("-pix_fmt yuv444p -profile:v high444"), "yuv444p"),
        ("a.mp4", pictures("-pix_fmt yuvj420p"), "limited range"),
        ("a.mp4", pictures("-vf setsar=4/3"), "not square"),
        ("a.mp4", pictures("-flags +ildct+ilme -x264-params tff=1"), "interlaced"),
        ("a.mp4", pictures("-g 500 -keyint_min 500"), "keyframes are up to 6.0 seconds apart"),
        ("a.mp4", pictures("-x264-params open-gop=1:keyint=25:scenecut=0 -bf 3"), "keyframes are up to"),
        ("a.mp4", pictures("-b:v 20M -qmax 4"), "b/s, and its rung allows"),
        ("a.mkv", format!("{} -vf setpts=N*N/2500/TB -fps_mode vfr", pictures("")), "not evenly spaced"),
    ];
    for (name, arguments, words) in cases {
        let second = Rational::from(1);
        let ladder = copying(CopyTop::Auto).segment_seconds(second).keyframe_seconds(second);
        let folder = folder();
        let plan = planned(&make(&folder.path().join(name), &arguments), &ladder);
        let reason = plan.renditions()[0].encoded_because.as_deref().unwrap_or("it is copied");
        assert!(reason.contains(words), "{arguments}: {reason} instead of {words}");
        assert!(!plan.renditions()[0].is_passthrough());
    }
}

#[test]
fn the_size_and_the_rate_have_to_be_those_of_the_top_rung() {
    let folder = folder();
    let path = make(&folder.path().join("a.mp4"), &pictures(""));
    let reason = |ladder: Ladder| planned(&path, &ladder).renditions()[0].encoded_because.clone().unwrap_or_default();
    let smaller = copying(CopyTop::Auto).rungs([90]);
    assert_eq!(reason(smaller), "no rung has its size of 320x180");
    let slower = copying(CopyTop::Auto).max_frame_rate(20);
    assert!(reason(slower).contains("frame rate is 25"));
    let capped = Rung::new(180).max_rate(50_000).buffer_size(50_000);
    assert!(reason(copying(CopyTop::Auto).rungs([capped])).contains("and its rung allows"));
}

#[test]
fn always_copies_beside_any_rungs_or_says_why_not() {
    let folder = folder();
    let path = make(&folder.path().join("a.mp4"), &pictures("-b:v 20M -qmax 4"));
    let ids = |rungs: &[u32]| {
        let plan = planned(&path, &copying(CopyTop::Always).rungs(quick(rungs).rungs));
        assert!(plan.renditions()[0].is_passthrough());
        plan.renditions().iter().map(|rendition| rendition.id.clone()).collect::<Vec<_>>()
    };
    assert_eq!(ids(&[]), ["180p"]);
    assert_eq!(ids(&[90]), ["180p", "90p"]);
    assert_eq!(ids(&[180, 90, 64]), ["180p", "90p", "64p"]);
    assert!(refusal("a.mp4", &pictures("-pix_fmt yuv422p")).contains("its pixel format is yuv422p"));
    let empty = copying(CopyTop::Auto).rungs(Vec::<Rung>::new());
    assert_eq!(empty.check().unwrap_err().kind(), ErrorKind::InvalidArgument);
}

#[test]
fn an_edit_list_that_cuts_pictures_away_is_encoded_because() {
    let folder = folder();
    let whole = make(&folder.path().join("whole.mp4"), FINE);
    let cut = format!("-ss 0.5 -i {} -c copy", whole.display());
    let reason = reason("cut.mp4", &cut).unwrap_or_default();
    assert!(reason.contains("edit list"), "{reason}");
}

#[test]
fn parameter_sets_that_change_on_the_way_are_found() {
    let folder = folder();
    let part =
        |name: &str, settings: &str| std::fs::read(make(&folder.path().join(name), &pictures(settings))).unwrap();
    let both = [part("a.ts", "-refs 1"), part("b.ts", "-refs 4 -profile:v main -output_ts_offset 6")].concat();
    let path = folder.path().join("both.ts");
    std::fs::write(&path, both).unwrap();
    let plan = planned(&path, &copying(CopyTop::Auto));
    assert_eq!(plan.renditions()[0].encoded_because.as_deref(), Some("its parameter sets change"));
}

#[test]
fn a_change_between_keyframes_is_an_error_when_it_comes() {
    let folder = folder();
    let path = make(&folder.path().join("a.mp4"), &pictures("-bf 0 -x264-params sliced-threads=0:repeat-headers=1"));
    let plan = planned(&path, &copying(CopyTop::Always).rungs(Vec::<Rung>::new()));
    let mut bytes = std::fs::read(&path).unwrap();
    // A slice of a picture that is none of the keyframes becomes a picture parameter set.
    let place = ordinary_slice(&path);
    bytes[place + 4] = bytes[place + 4] & 0xe0 | 8;
    let broken = Source::bytes(bytes);
    let results: Vec<_> =
        (0..plan.renditions()[0].segment_count).map(|n| vodkit::segment(&broken, &plan, "180p", n)).collect();
    let errors: Vec<_> = results.into_iter().filter_map(Result::err).collect();
    assert_eq!(errors.len(), 1);
    assert_eq!(errors[0].kind(), ErrorKind::Corrupt);
    assert!(errors[0].to_string().contains("parameter sets change"), "{}", errors[0]);
}

/// Where in the file the sixtieth picture begins.
fn ordinary_slice(path: &Path) -> usize {
    let arguments = ["-v", "error", "-select_streams", "v:0", "-show_entries", "packet=pos", "-of", "csv=p=0"];
    let output = run("ffprobe", &[&arguments[..], &[path.to_str().unwrap()]].concat());
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().nth(60).unwrap().trim_matches(',').parse().unwrap()
}

#[test]
fn sound_that_does_not_fit_is_encoded_beside_copied_pictures() {
    let folder = folder();
    let video = pictures("");
    let with = |name: &str, sound: &str, settings: &str| {
        let path = make(&folder.path().join(name), &format!("-f lavfi -i {sound} {video} {settings}"));
        let plan = planned(&path, &copying(CopyTop::Auto));
        assert!(plan.renditions()[0].is_passthrough(), "{:?}", plan.renditions()[0].encoded_because);
        let (rendition, _) = plan.audios().next().unwrap();
        rendition.encoded_because.clone().unwrap_or_default()
    };
    let tone = "sine=r=48000:d=6";
    assert!(with("a.mp4", tone, "-c:a ac3").contains("codec is ac3"));
    assert!(with("b.mp4", "sine=r=32000:d=6", "-c:a aac").contains("32000 Hz"));
    assert!(with("c.mp4", "anullsrc=r=48000:cl=5.1:d=6", "-c:a aac").contains("6 channels"));
    assert!(with("d.mp4", "anoisesrc=r=48000:d=6", "-c:a aac -b:a 320k").contains("b/s, and"));
    assert!(with("e.mp4", "sine=r=48000:d=3", "-c:a aac").contains("ends 2.9"));
    assert!(with("f.mp4", tone, "-c:a aac -af asetpts=PTS+1/TB").contains("seconds after the presentation"));
}

#[test]
fn sound_alone_is_passthrough_too() {
    let folder = folder();
    let path = make(
        &folder.path().join("a.m4a"),
        "-f lavfi -i anoisesrc=a=0.1:r=44100:d=8.5 -ac 2 -c:a aac -aac_pns 0 -b:a 96k",
    );
    let (plan, _) = package(&path, &copying(CopyTop::Auto), &folder.path().join("out"));
    let (rendition, audio) = plan.audios().next().unwrap();
    assert!(rendition.is_passthrough(), "{:?}", rendition.encoded_because);
    assert_eq!(rendition.segment_count, 4, "the rest of half a second goes with the last");
    hears_the_source(&path, audio, &plan, &joined(&folder.path().join("out"), rendition));
}

/// A hostile plan for copying is refused whatever its hash: see tests/plans.rs for those that encode.
#[test]
fn what_is_passthrough_is_bound_by_the_plan() {
    let folder = folder();
    let path = make(&folder.path().join("a.mp4"), FINE);
    let plan = planned(&path, &copying(CopyTop::Auto));
    let (_, video) = plan.renditions()[0].video().expect("the first rendition is video");
    assert_eq!((video.width, video.height, video.buffer_size), (320, 180, 0));
    let json: PathBuf = folder.path().join("plan.json");
    std::fs::write(&json, plan.to_json()).unwrap();
    assert_eq!(Plan::from_json(&std::fs::read_to_string(&json).unwrap()).unwrap(), plan);
}
