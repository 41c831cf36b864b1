//! Sources whose clock jumps, begins anew or is damaged: put together as a player shows them, for work that is bounded
//! by what is in them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use vodkit::{CopyTop, DirSink, Job, JobOptions, Ladder, Plan, Rational, StoryboardOptions, ThumbnailOptions};

use vodkit::thumbnail::Position;
use vodkit_tests as common;
use vodkit_tests::numbered::{self, HEIGHT, WIDTH, numbers, sequence};
use vodkit_tests::{folder, joined, package, quick, samples, tones};

pub(super) const H264: &str = "-pix_fmt yuv420p -c:v libx264 -preset ultrafast -bf 2 -b_strategy 0 -g 25 -c:a aac";

pub(super) fn ladder() -> Ladder {
    quick(&[144]).segment_seconds(Rational::from(1)).keyframe_seconds(Rational::from(1))
}

/// So many pictures at 25 a second, numbered from `first` on, and a tone that lasts as long.
pub(super) fn part(path: &Path, first: u32, count: u32, tone: u32, arguments: &str) -> Vec<u8> {
    let format = format!("-pix_fmt gray -video_size {WIDTH}x{HEIGHT} -framerate 25");
    let seconds = f64::from(count) / 25.0;
    let arguments = format!("-f lavfi -i sine={tone}:d={seconds}:r=48000 -map 0 -map 1 {arguments}");
    // The sound is a second input, so it stands before what is said of the output.
    let pictures = (first..first + count).map(numbered::picture);
    std::fs::read(numbered::write_raw(path, &format, &arguments, pictures)).unwrap()
}

/// 3 s and 4 s one after the other, with a tone of 440 and one of 880 Hz.
fn two_parts(folder: &Path, extension: &str, arguments: &str, of_second: &str, header: usize) -> PathBuf {
    let file = |name: &str| folder.join(format!("{name}.{extension}"));
    let mut bytes = part(&file("a"), 0, 75, 440, arguments);
    bytes.extend(&part(&file("b"), 75, 100, 880, &format!("{arguments} {of_second}"))[header..]);
    let path = file("joined");
    std::fs::write(&path, bytes).unwrap();
    path
}

/// The first moment at which the higher tone is the louder one, in seconds.
pub(super) fn change(sound: &[f32]) -> f64 {
    let louder = |window: &[f32]| tones::level(window, 48_000, 880.0) > tones::level(window, 48_000, 440.0);
    let step = 240;
    let first = (100..sound.len() / step - 4).find(|place| louder(&sound[place * step..][..step * 4])).unwrap();
    ((first + 2) * step) as f64 / 48_000.0
}

/// Whether each picture comes once; gives the seconds of sound that come before them.
fn check_pictures(plan: &Plan, out: &Path, name: &str) -> f64 {
    let (video, _) = plan.videos().next().unwrap();
    let seen = numbers(&joined(out, video));
    // An encoder's priming comes before the first picture, which is shown that much longer.
    let before = seen.len() - 175;
    assert!(before <= 2 && seen[..before].iter().all(|number| *number == Some(0)), "{name}: {seen:?}");
    assert_eq!(seen[before..], sequence(0, 175), "{name}");
    before as f64 / 25.0
}

/// Segments made alone, the last first, are those of the package.
pub(super) fn check_alone(source: &Path, plan: &Plan, out: &Path, name: &str) {
    for rendition in plan.renditions() {
        for index in (0..rendition.segment_count).rev() {
            let alone = vodkit::segment(&common::source(source), plan, &rendition.id, index).unwrap();
            let written = std::fs::read(out.join(rendition.segment_key(index))).unwrap();
            assert!(alone == written, "{name}: segment {index} of {} made alone", rendition.id);
        }
    }
}

/// Seven seconds: each picture once, each tone with its own pictures, in whatever order segments are made.
pub(super) fn check_seven_seconds(source: &Path, name: &str) {
    let folder = folder();
    let out = folder.path().join("out");
    let (plan, _) = package(source, &ladder(), &out);
    let late = check_pictures(&plan, &out, name);
    let (audio, _) = plan.audios().next().unwrap();
    let sound = samples(&joined(&out, audio));
    assert!((6.98..7.1).contains(&(sound.len() as f64 / 48_000.0)), "{name}: {} samples", sound.len());
    assert!((change(&sound) - 3.0 - late).abs() < 0.04, "{name}: the tone changes at {}", change(&sound));
    for (range, tone) in [(0.3..2.8, 440.0), (3.3..6.8, 880.0)] {
        let range = (range.start * 48_000.0) as usize..(range.end * 48_000.0) as usize;
        let level = tones::level(&sound[range.clone()], 48_000, tone);
        assert!((0.11..0.14).contains(&level), "{name}: {tone} Hz at {level}");
        let loudest = |part: &[f32]| part.iter().fold(0.0_f32, |most, value| most.max(value.abs()));
        let hole = sound[range.clone()].chunks(480).position(|part| loudest(part) < 0.1);
        let hole = hole.map(|place| (range.start + place * 480) as f64 / 48_000.0);
        assert_eq!(hole, None, "{name}: a hole in the tone of {tone} Hz");
    }
    check_alone(source, &plan, &out, name);
}

#[test]
fn a_transport_stream_that_begins_anew() {
    let folder = folder();
    check_seven_seconds(&two_parts(folder.path(), "ts", H264, "", 0), "ts");
}

#[test]
fn a_transport_stream_that_jumps_ahead() {
    let folder = folder();
    check_seven_seconds(&two_parts(folder.path(), "ts", H264, "-output_ts_offset 1003", 0), "ts");
}

#[test]
fn a_transport_stream_that_jumps_back_across_its_wrap() {
    let folder = folder();
    let arguments = format!("{H264} -muxdelay 0 -output_ts_offset 95442");
    check_seven_seconds(&two_parts(folder.path(), "ts", &arguments, "-output_ts_offset 90000", 0), "ts");
}

/// The second part begins when the first should end, but that was late by its reordering: so times come again.
#[test]
fn a_transport_stream_that_takes_the_last_times_again() {
    let folder = folder();
    for (name, arguments) in [("h264", H264), ("mpeg2", "-pix_fmt yuv420p -c:v mpeg2video -q:v 3 -g 12 -bf 0 -c:a mp2")]
    {
        let folder = folder.path().join(name);
        std::fs::create_dir(&folder).unwrap();
        for (delay, offset) in [("-muxdelay 0", "3"), ("", "3"), ("", "2.6")] {
            let (arguments, offset) = (format!("{arguments} {delay}"), format!("-output_ts_offset {offset}"));
            check_seven_seconds(&two_parts(&folder, "ts", &arguments, &offset, 0), &format!("{name} {delay} {offset}"));
        }
    }
}

#[test]
fn a_program_stream_that_begins_anew() {
    let folder = folder();
    let arguments = "-pix_fmt yuv420p -c:v mpeg2video -q:v 3 -g 12 -bf 0 -c:a mp2";
    check_seven_seconds(&two_parts(folder.path(), "mpg", arguments, "", 0), "mpg");
}

#[test]
fn matroska_made_of_parts() {
    let folder = folder();
    check_seven_seconds(&two_parts(folder.path(), "mkv", H264, "", 0), "mkv");
}

/// The second part begins a little before the first ends: no picture gives way to another.
#[test]
fn matroska_whose_second_part_overlaps_the_first() {
    let folder = folder();
    for offset in ["2.92", "2.76", "2.5", "1.5"] {
        check_seven_seconds(&two_parts(folder.path(), "mkv", H264, &format!("-output_ts_offset {offset}"), 0), offset);
    }
}

/// What a recorder takes within a millisecond has one time in Matroska, and so may a keyframe.
#[test]
fn pictures_of_one_millisecond_are_no_second_part() {
    let folder = folder();
    let times = "settb=1/1000,setpts='floor(N/3)*100+gte(mod(N,3),2)*50'";
    let coding = format!(
        "-vf {times} -fps_mode passthrough -enc_time_base 1/1000 -pix_fmt yuv420p -c:v libx264 -preset ultrafast -bf 0 \
         -x264-params keyint=50:min-keyint=50:scenecut=0"
    );
    let path = numbered::write(&folder.path().join("screen.mkv"), "30", 180, &coding);
    let plan = vodkit::plan(&common::source(&path), &quick(&[144])).unwrap();
    assert_eq!(plan.duration(), Rational::from(6));
    assert!(plan.source_video().unwrap().clock.is_empty());
}

/// Recorded live, so that neither part states how long it is; whatever the second part's times are.
#[test]
fn live_matroska_made_of_parts() {
    let folder = folder();
    let live = format!("{H264} -f matroska -live 1");
    for offset in ["0", "2.92", "3"] {
        check_seven_seconds(&two_parts(folder.path(), "mkv", &live, &format!("-output_ts_offset {offset}"), 0), offset);
    }
}

/// The clock goes on, so nothing is moved; but FFmpeg does not come by the second part once it has been told to seek.
#[test]
fn matroska_whose_second_part_comes_after_a_gap() {
    let folder = folder();
    let path = two_parts(folder.path(), "mkv", H264, "-output_ts_offset 3.4", 0);
    let out = folder.path().join("out");
    let source = common::source(&path);
    // Behind the first segment the second part has been come by, and the second segment begins before it again.
    let plan = vodkit::plan(&source, &quick(&[144]).segment_seconds(3).keyframe_seconds(1)).unwrap();
    let sink = Arc::new(DirSink::open(&out).unwrap());
    Job::start(&source, &plan, sink, JobOptions::default().workers(1)).unwrap().wait().unwrap();
    let (video, _) = plan.videos().next().unwrap();
    let mut seen = numbers(&joined(&out, video));
    seen.dedup();
    assert_eq!(seen, sequence(0, 175));
    check_alone(&path, &plan, &out, "mkv");
}

#[test]
fn flash_video_that_begins_anew() {
    check_flash_video("0");
}

#[test]
fn flash_video_whose_second_part_overlaps_the_first() {
    for offset in ["2.92", "2.76", "2.5"] {
        check_flash_video(offset);
    }
}

/// After 24.8 days, and after 4.7 hours where a muxer has no more than the first 24 bits: among reordered pictures.
#[test]
fn flash_video_whose_clock_wraps_around() {
    let folder = folder();
    for (name, offset, is_short) in [("31 bits", "2147480", false), ("24 bits", "16774", true)] {
        let path = folder.path().join("a.flv");
        let arguments = format!("{H264} -ar 44100 -flvflags no_duration_filesize -output_ts_offset {offset}");
        let mut bytes = part(&path, 0, 175, 440, &arguments);
        // Behind the header and the size of no tag: tags of 11 bytes, their data, and their size again.
        let mut tag = 13;
        while is_short && tag + 11 < bytes.len() {
            bytes[tag + 7] = 0;
            let [_, a, b, c, ..] = bytes[tag..] else { unreachable!() };
            tag += 15 + u32::from_be_bytes([0, a, b, c]) as usize;
        }
        std::fs::write(&path, bytes).unwrap();
        let out = folder.path().join(name);
        let (plan, _) = package(&path, &ladder(), &out);
        check_pictures(&plan, &out, name);
        check_alone(&path, &plan, &out, name);
    }
}

fn check_flash_video(offset: &str) {
    let folder = folder();
    let arguments = format!("{H264} -ar 44100 -flvflags no_duration_filesize");
    let source = two_parts(folder.path(), "flv", &arguments, &format!("-output_ts_offset {offset}"), 13);
    let (plan, _) = package(&source, &ladder(), &folder.path().join("out"));
    check_pictures(&plan, &folder.path().join("out"), offset);
}

#[test]
fn copies_thumbnails_and_tiles_go_by_the_same_clock() {
    let folder = folder();
    let source = two_parts(folder.path(), "ts", H264, "", 0);
    let ladder = ladder().copy_top(CopyTop::Always).storyboard(StoryboardOptions::default().interval(1));
    let out = folder.path().join("out");
    let (plan, _) = package(&source, &ladder, &out);
    let (video, _) = plan.videos().next().unwrap();
    assert_eq!(numbers(&joined(&out, video)), sequence(0, 175));
    for (seconds, number) in [(1, 25), (2, 50), (3, 75), (5, 125)] {
        // A picture that comes up while the sound's priming plays.
        let options = ThumbnailOptions::default().at(Position::Seconds(Rational::new(100 * seconds + 4, 100)));
        let thumbnail = vodkit::thumbnail(&common::source(&source), &options).unwrap();
        let path = folder.path().join("thumbnail.jpg");
        std::fs::write(&path, &thumbnail.bytes).unwrap();
        assert_eq!(numbers(&path), [Some(number)], "at {seconds} s");
    }
    let (_, tiles) = plan.storyboard().unwrap();
    let base = plan.source_video().unwrap().time_base;
    let times: Vec<_> = tiles.tiles.iter().map(|tile| (base.times(tile.time) - plan.origin()).to_f64()).collect();
    assert_eq!(times.len(), 8, "the sound lasts a little longer");
    let shown = times.iter().take(7).enumerate();
    assert!(shown.into_iter().all(|(number, time)| (time - number as f64 - 0.5).abs() <= 0.5), "{times:?}");
    assert!((times[7] - 6.96).abs() < 0.001, "the last picture: {times:?}");
}

/// A gap of lost packets is a gap: what follows comes when it is due.
#[test]
fn seconds_that_are_lost_stay_lost() {
    let folder = folder();
    let source = two_parts(folder.path(), "ts", H264, "-output_ts_offset 6", 0);
    let (plan, _) = package(&source, &ladder(), &folder.path().join("out"));
    let (video, _) = plan.videos().next().unwrap();
    let mut seen = numbers(&joined(&folder.path().join("out"), video));
    assert_eq!(seen.iter().filter(|number| **number == Some(74)).count(), 74);
    seen.dedup();
    assert_eq!(seen, sequence(0, 175));
}

/// A slide every 20 seconds while the sound goes on is a hold, in a transport stream as well.
#[test]
fn slides_with_sound_in_a_transport_stream_are_held() {
    let folder = folder();
    let arguments = "-f lavfi -i testsrc2=s=64x64:r=1:d=12 -f lavfi -i sine=440:d=50 -map 0 -map 1 -vf settb=1/1000,setpts=if(lt(N\\,10)\\,N*200\\,(N-9)*20000) \
        -fps_mode passthrough -pix_fmt yuv420p -c:v libx264 -preset ultrafast -bf 0 -c:a aac";
    let source = common::make(&folder.path().join("slides.ts"), arguments);
    let plan = vodkit::plan(&common::source(&source), &ladder()).unwrap();
    assert!((49.0..51.0).contains(&plan.duration().to_f64()), "{}", plan.duration());
    assert!(plan.source_video().unwrap().clock.is_empty());
}

/// A hold among reordered pictures, without sound that would show that it is one.
#[test]
fn a_short_hold_among_reordered_pictures_stays_one() {
    let folder = folder();
    let hold =
        "-vf settb=1/90000,setpts=if(gt(N\\,30)\\,N*3600+540000\\,N*3600) -enc_time_base 1/90000 -fps_mode passthrough";
    let arguments = format!("{hold} -pix_fmt yuv420p -c:v libx264 -preset ultrafast -bf 3 -b_strategy 0 -g 250");
    let source = numbered::write(&folder.path().join("source.ts"), "25", 75, &arguments);
    let (plan, _) = package(&source, &ladder(), &folder.path().join("out"));
    assert!(plan.source_video().unwrap().clock.is_empty());
    let (video, _) = plan.videos().next().unwrap();
    let expected: Vec<_> = (0..=30).chain(std::iter::repeat_n(30, 150)).chain(31..75).map(Some).collect();
    assert_eq!(numbers(&joined(&folder.path().join("out"), video))[..expected.len()], expected);
}

/// The seconds that a plan of these bytes lasts; `None` if there is none.
fn duration(bytes: Vec<u8>) -> Option<f64> {
    Some(vodkit::plan(&vodkit::Source::bytes(bytes), &ladder()).ok()?.duration().to_f64())
}

/// A bit here and there of the first 24 bytes of each unit of a small transport stream, where its times stand.
#[test]
fn a_flipped_bit_makes_no_hours() {
    let folder = folder();
    let whole = part(&folder.path().join("whole.ts"), 0, 75, 440, H264);
    let truth = duration(whole.clone()).unwrap();
    let units: Vec<_> = (0..whole.len() / 188).filter(|unit| whole[unit * 188 + 1] & 0x40 != 0).collect();
    let (mut tried, mut planned) = (0, 0);
    for (number, unit) in units.iter().enumerate() {
        for bit in (number % 37..24 * 8).step_by(37) {
            let mut bytes = whole.clone();
            bytes[unit * 188 + bit / 8] ^= 1 << (bit % 8);
            tried += 1;
            let Some(seconds) = duration(bytes) else { continue };
            planned += 1;
            assert!((seconds - truth).abs() < 3.1, "bit {bit} of unit {unit}: {seconds} s, not {truth}");
        }
    }
    assert!(tried > 200 && planned * 10 > tried * 9, "{planned} of {tried} can be planned");
}

/// A Matroska file, with the time of each of its clusters but the last damaged in turn.
fn check_clusters(count: u32, least: usize) {
    let folder = folder();
    let arguments = format!("{H264} -cluster_time_limit 1000");
    let whole = part(&folder.path().join("whole.mkv"), 0, count, 440, &arguments);
    let truth = duration(whole.clone()).unwrap();
    // A cluster's ID and size, and the element of its time, which has two bytes.
    let clusters = whole.windows(15).enumerate().filter(|(_, window)| window.starts_with(&[0x1f, 0x43, 0xb6, 0x75]));
    let times: Vec<_> = clusters
        .filter_map(|(place, window)| Some(place + window.windows(2).position(|name| name == [0xe7, 0x82])? + 2))
        .collect();
    assert!(times.len() >= least, "{} clusters", times.len());
    for time in &times[..times.len() - 1] {
        let mut bytes = whole.clone();
        bytes[*time] ^= 0x80;
        let seconds = duration(bytes).unwrap();
        assert!((seconds - truth).abs() < 1.0, "{seconds} s, not {truth}");
    }
}

/// The time of a cluster that says half a minute more, and nothing else of it.
/// Behind what FFmpeg looks through when it opens a source.
#[test]
fn what_follows_much_that_is_lost_of_a_transport_stream_is_played() {
    let folder = folder();
    let noise = "-f lavfi -i nullsrc=s=640x480:r=25:d=8,geq=random(1)*255:128:128 -c:v mpeg2video -q:v 3 -g 25";
    let whole = common::make(&folder.path().join("whole.ts"), noise);
    let bytes = std::fs::read(&whole).unwrap();
    assert!(bytes.len() > 8_000_000, "{} bytes", bytes.len());
    let end = vodkit::probe(&common::source(&whole)).unwrap().duration;
    for fill in [|_| 0, |place: usize| (place.wrapping_mul(0x9e37_79b1) >> 13) as u8] {
        let mut lost = bytes.clone();
        let begin = bytes.len() / 4 * 3;
        (begin..begin + 200_000).for_each(|place| lost[place] = fill(place));
        let lost = vodkit::Source::bytes(lost);
        assert_eq!(vodkit::probe(&lost).unwrap().duration, end);
        let kinds: Vec<_> =
            vodkit::plan(&lost, &quick(&[64])).unwrap().warnings().iter().map(|warning| warning.kind).collect();
        assert!(!kinds.contains(&vodkit::WarningKind::SourceIncomplete));
    }
}

#[test]
fn a_damaged_cluster_makes_no_hours() {
    check_clusters(75, 3);
}

/// Between the clusters that begin with a keyframe are some of a few packets.
#[test]
fn a_damaged_cluster_of_few_packets_makes_no_hours() {
    check_clusters(250, 12);
}

/// The time of the first fragment of pictures, or of sound, that says twelve hours.
#[test]
fn a_damaged_fragment_makes_no_hours() {
    let folder = folder();
    let arguments = format!("{H264} -movflags frag_keyframe+empty_moov+default_base_moof");
    let whole = part(&folder.path().join("whole.mp4"), 0, 125, 440, &arguments);
    let truth = duration(whole.clone()).unwrap();
    let times: Vec<_> =
        whole.windows(4).enumerate().filter(|(_, name)| name == b"tfdt").map(|(place, _)| place).collect();
    for time in &times[..4] {
        let mut bytes = whole.clone();
        // Behind version and flags, and the upper half of the time.
        bytes[time + 12..time + 16].copy_from_slice(&0x1fff_ffff_u32.to_be_bytes());
        let seconds = duration(bytes).unwrap();
        assert!((seconds - truth).abs() < 1.5, "{seconds} s, not {truth}");
    }
}
