//! Data that cannot be decoded is told at the end of a job: how much of which track, and from when on.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use vodkit::plan::Rendition;
use vodkit::{
    CallbackSink, CopyTop, Job, JobOptions, Ladder, MemorySink, Package, Sink, Source, Summary, Warning, WarningKind,
};

use vodkit_tests::{ffmpeg_command, ffprobe, folder, make, quick, samples, source};

/// The same file, in which the data of these packets of a stream (`v`, `a`) is something else.
fn damaged(whole: &Path, stream: &str, packets: std::ops::Range<usize>) -> PathBuf {
    damaged_behind(whole, stream, packets, 0)
}

/// The same behind so many bytes of each packet.
fn damaged_behind(whole: &Path, stream: &str, packets: std::ops::Range<usize>, header: usize) -> PathBuf {
    let mut bytes = fs::read(whole).unwrap();
    for line in ffprobe(whole, stream, "packet=pos,size").lines().skip(packets.start).take(packets.len()) {
        let numbers: Vec<usize> = line.split(',').filter_map(|number| number.parse().ok()).collect();
        let [size, pos] = numbers[..] else { panic!("{line}") };
        bytes[pos + header..pos + size].fill(0x55);
    }
    let path = whole.with_extension(format!("damaged.{}", whole.extension().unwrap().display()));
    fs::write(&path, bytes).unwrap();
    path
}

fn ladder() -> Ladder {
    quick(&[64]).segment_seconds(1).keyframe_seconds(1)
}

fn made(source: &Source, options: JobOptions, sink: &Arc<MemorySink>) -> Summary {
    let plan = vodkit::plan(source, &ladder()).unwrap();
    let job = Job::start(source, &plan, sink.clone(), options).unwrap();
    let summary = job.wait().unwrap();
    assert_eq!(job.progress().warnings, summary.warnings.len() as u64);
    summary
}

/// What is told of a source, by one worker and by four.
fn told(path: &Path) -> Vec<Warning> {
    let (source, [one, four]) = (source(path), [1, 4].map(|workers| JobOptions::default().workers(workers)));
    let told = made(&source, one, &Arc::default()).warnings;
    assert_eq!(made(&source, four, &Arc::default()).warnings, told, "by four workers");
    assert!(told.iter().all(|warning| warning.kind == WarningKind::DamagedData), "{told:?}");
    told
}

fn assert_told(warnings: &[Warning], expected: &[(u32, &str)]) {
    assert_eq!(warnings.len(), expected.len(), "{warnings:?}");
    for (warning, (track, words)) in warnings.iter().zip(expected) {
        assert_eq!(warning.track, Some(*track), "{warning:?}");
        assert!(warning.message.contains(words), "{}, not {words}", warning.message);
    }
}

const SOURCE: &str = "-f lavfi -i testsrc2=s=128x96:r=25:d=3 -f lavfi -i sine=440:d=3:r=48000 -c:v libx264 -preset ultrafast \
    -pix_fmt yuv420p -bf 0";

#[test]
fn pictures_that_cannot_be_decoded() {
    let folder = folder();
    // Each picture by itself; and all of one run, where each window decodes them anew.
    for keyframes in ["-g 1", "-g 250"] {
        let whole = make(&folder.path().join("whole.mp4"), &format!("{SOURCE} {keyframes} -c:a aac"));
        assert_eq!(told(&whole), []);
        let damaged = damaged(&whole, "v", 30..33);
        // ffmpeg refuses as many.
        let arguments = ["-v", "repeat+error", "-threads", "1", "-i", damaged.to_str().unwrap(), "-f", "null", "-"];
        let log = ffmpeg_command().args(arguments).output().unwrap().stderr;
        assert_eq!(String::from_utf8_lossy(&log).matches("Error splitting the input").count(), 3);
        assert_told(&told(&damaged), &[(0, "3 pictures could not be decoded whole, the first at 1.200 seconds")]);
    }
}

#[test]
fn sound_that_cannot_be_decoded() {
    let folder = folder();
    let whole = make(&folder.path().join("whole.mp4"), &format!("{SOURCE} -c:a flac -frame_size 4800 -strict -2"));
    assert_eq!(told(&whole), []);
    assert_told(
        &told(&damaged(&whole, "a", 11..13)),
        &[(1, "2 packets of sound could not be decoded whole, the first at 1.100 seconds")],
    );
}

/// Packets are counted where times are rounded or uneven, whether they can be decoded or not: where 20 cannot, 0.43 seconds are
/// lost, and what follows is where it was.
#[test]
fn sound_that_cannot_be_decoded_moves_nothing_where_samples_are_counted() {
    for (name, options) in [("a.mkv", ""), ("b.mp4", "-bsf:a setts=ts=TS-64*mod(N\\,8)")] {
        let folder = folder();
        let steady = make(&folder.path().join("steady.m4a"), "-f lavfi -i sine=440:d=6:r=48000 -c:a aac");
        let whole = make(&folder.path().join(name), &format!("-i {} -c copy {options}", steady.display()));
        // Matroska's packets have a header of their own.
        let damaged = damaged_behind(&whole, "a", 140..160, 6);
        let [expected, found] = [&whole, &damaged].map(|path| {
            let (source, sink) = (source(path), Arc::new(MemorySink::new()));
            let told = made(&source, JobOptions::default(), &sink).warnings;
            assert_told(&told, if path == &whole { &[] } else { &[(0, "20 packets of sound could not be decoded")] });
            let (files, plan) = (sink.files(), vodkit::plan(&source, &ladder()).unwrap());
            let (rendition, audio) = plan.audios().next().unwrap();
            assert!(audio.gaps.is_some(), "{name} is counted");
            let segments = (0..rendition.segment_count).map(|index| rendition.segment_key(index));
            let keys = rendition.init_key().into_iter().chain(segments);
            let made = folder.path().join("made.mp4");
            fs::write(&made, keys.flat_map(|key| files[&key].to_vec()).collect::<Vec<_>>()).unwrap();
            samples(&made)
        });
        assert_eq!(found.len(), expected.len());
        let apart = |range: std::ops::Range<usize>| {
            let pairs = found[range.clone()].iter().zip(&expected[range]);
            pairs.map(|(found, expected)| (found - expected).abs()).fold(0.0, f32::max)
        };
        assert!(apart(0..140_000) < 0.02 && apart(168_000..280_000) < 0.02, "{name}: the tone is moved");
        assert!(apart(146_000..160_000) > 0.1, "{name}: nothing is lost");
    }
}

/// What an earlier run made is not decoded again, and what it found is told again.
#[test]
fn damage_that_an_earlier_run_found_is_told_again() {
    let folder = folder();
    let damaged = source(&damaged(&make(&folder.path().join("whole.mp4"), &format!("{SOURCE} -g 1")), "v", 30..33));
    let sink = Arc::new(MemorySink::new());
    let first = made(&damaged, JobOptions::default(), &sink);
    assert_eq!(first.warnings.len(), 1);
    assert_eq!(&sink.files()["damage.json"][..], br#"{"0":[1200000,1240000,1280000]}"#);
    assert_eq!(made(&damaged, JobOptions::default(), &sink).warnings, first.warnings);
    // The segment with the damage, and one without.
    for key in ["64p/00001.m4s", "64p/00002.m4s"] {
        sink.remove(key).unwrap();
        let again = made(&damaged, JobOptions::default(), &sink);
        assert_eq!((again.segments_resumed, again.warnings), (5, first.warnings.clone()), "without {key}");
    }
    // What is of no use does no harm.
    sink.put("damage.json", "[]".into()).unwrap();
    assert_eq!(made(&damaged, JobOptions::default(), &sink).warnings, []);
    sink.put("damage.json", r#"{"7":[1]}"#.into()).unwrap();
    assert_eq!(made(&damaged, JobOptions::default(), &sink).warnings, []);
    // It goes with its package.
    Package::open(sink.clone()).unwrap().remove().unwrap();
    assert_eq!(sink.files().len(), 0);
}

/// A segment is there only once its damage is written down, so that a crash loses none.
#[test]
fn damage_is_written_down_before_the_segment_that_it_is_in() {
    let folder = folder();
    let whole = make(&folder.path().join("whole.mp4"), &format!("{SOURCE} -g 1"));
    let damaged = source(&damaged(&whole, "v", 55..58));
    let plan = vodkit::plan(&damaged, &ladder()).unwrap();
    let (sink, seen) = (Arc::new(MemorySink::new()), Arc::new(Mutex::new(Vec::new())));
    let (written, order) = (sink.clone(), seen.clone());
    let recording = CallbackSink::new(move |key, bytes| {
        order.lock().unwrap().push(key.to_owned());
        written.put(key, bytes)
    });
    let options = JobOptions::default().workers(1);
    Job::start(&damaged, &plan, Arc::new(recording), options).unwrap().wait().unwrap();
    let place = |key: &str| seen.lock().unwrap().iter().position(|seen| seen == key).unwrap();
    assert!(place("damage.json") < place("64p/00002.m4s"));
    assert!(place("damage.json") > place("64p/00001.m4s"));
}

/// Drops packets of a transport stream: those that carry a picture each, in the middle of it.
fn without_packets(path: &Path, pid: u16, units: std::ops::Range<usize>) -> PathBuf {
    let bytes = fs::read(path).unwrap();
    let (mut unit, mut within, mut kept) = (0, 0, Vec::new());
    for packet in bytes.chunks(188) {
        let is_own = u16::from_be_bytes([packet[1] & 0x1f, packet[2]]) == pid;
        if is_own {
            let begins = packet[1] & 0x40 != 0;
            (unit, within) = if begins { (unit + 1, 0) } else { (unit, within + 1) };
        }
        if !(is_own && within == 1 && units.contains(&unit)) {
            kept.extend_from_slice(packet);
        }
    }
    assert_eq!(kept.len(), bytes.len() - 188 * units.len());
    let path = path.with_extension("lost.ts");
    fs::write(&path, kept).unwrap();
    path
}

/// What is copied is not decoded, but a transport stream counts its packets.
#[test]
fn packets_that_a_transport_stream_has_lost() {
    let folder = folder();
    let whole = make(&folder.path().join("whole.ts"), &format!("{SOURCE} -g 25 -c:a aac"));
    let lost = without_packets(&whole, 0x100, 30..33);
    let arguments =
        ["-v", "repeat+warning", "-i", lost.to_str().unwrap(), "-map", "0:v", "-c", "copy", "-f", "null", "-"];
    let log = ffmpeg_command().args(arguments).output().unwrap().stderr;
    let log = String::from_utf8_lossy(&log);
    assert_eq!(log.matches("corrupt input packet in stream 0").count(), 3, "{log}");
    let ladder = ladder().copy_top(CopyTop::Always);
    assert_eq!(vodkit::plan(&source(&whole), &ladder).unwrap().warnings(), []);
    let plan = vodkit::plan(&source(&lost), &ladder).unwrap();
    assert!(plan.renditions().iter().any(Rendition::is_passthrough));
    let words = "track 0 of the source is damaged: its container says so of 3 packets, the first near 1.120 seconds";
    assert_told(plan.warnings(), &[(0, words)]);
    assert_eq!(plan.warnings()[0].kind, WarningKind::SourceDamaged);
}

/// Counters begin anew where another source was put behind the first, and nothing is damaged there.
#[test]
fn joined_transport_streams_are_not_damaged() {
    let folder = folder();
    let part = fs::read(make(&folder.path().join("part.ts"), &format!("{SOURCE} -g 25 -c:a aac"))).unwrap();
    // A recording ends wherever it is stopped.
    let part = &part[..part.len() - 188 * 9];
    assert_eq!(vodkit::plan(&Source::bytes(part.to_vec()), &ladder()).unwrap().warnings(), []);
    assert_eq!(vodkit::plan(&Source::bytes([part, part].concat()), &ladder()).unwrap().warnings(), []);
}

#[test]
fn pages_of_ogg_with_a_wrong_checksum() {
    let folder = folder();
    for codec in ["libvorbis", "libopus", "flac"] {
        let whole = make(&folder.path().join("whole.ogg"), &format!("-f lavfi -i sine=440:d=6:r=48000 -c:a {codec}"));
        assert_eq!(vodkit::plan(&source(&whole), &ladder()).unwrap().warnings(), []);
        let mut bytes = fs::read(&whole).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        let plan = vodkit::plan(&Source::bytes(bytes), &ladder()).unwrap();
        let [warning] = plan.warnings() else { panic!("{codec}: {:?}", plan.warnings()) };
        assert_eq!((warning.kind, warning.track), (WarningKind::SourceDamaged, None));
    }
}
