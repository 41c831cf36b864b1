//! A file that is cut off is played as far as it goes, and a warning says by what it is known.

use std::path::Path;

use vodkit::{Source, WarningKind};

use vodkit_tests::{ffmpeg, ffprobe, folder, make, quick, samples, source};

/// Two fifths are cut off of six seconds.
const SECONDS: usize = 6;
const KEPT: usize = 600;

const PICTURES: &str = "-f lavfi -i testsrc2=s=128x96:r=25:d=6";
const SOUND: &str = "-f lavfi -i sine=440:r=48000:d=6";
const H264: &str = "-c:v libx264 -preset ultrafast -pix_fmt yuv420p -g 25";

/// What the warnings of a source say that it ends early.
fn told(source: &Source) -> Vec<String> {
    let plan = vodkit::plan(source, &quick(&[64])).unwrap();
    let incomplete = |warning: &&vodkit::Warning| warning.kind == WarningKind::SourceIncomplete;
    plan.warnings().iter().filter(incomplete).map(|warning| warning.message.clone()).collect()
}

/// Seconds that `ffmpeg` finds: of the pictures by their number, or else of the sound by its samples.
fn seconds(path: &Path) -> f64 {
    match ffprobe(path, "v:0", "stream=nb_read_frames").trim_matches(',').parse::<f64>() {
        Ok(frames) => frames / 25.0,
        Err(_) => samples(path).len() as f64 / 48_000.0,
    }
}

/// Makes a file, of which nothing is missing, and cuts it off: the warning then says `expected`, in which `LENGTH` stands for
/// the bytes that the whole file has, and what is planned is as long as what `ffmpeg` finds.
fn check(name: &str, arguments: &str, expected: &str) {
    let folder = folder();
    let arguments = arguments.replace("PICTURES", PICTURES).replace("SOUND", SOUND).replace("H264", H264);
    let path = make(&folder.path().join(name), &arguments);
    assert_eq!(told(&source(&path)), [""; 0], "of the whole file");
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, &bytes[..bytes.len() * KEPT / 1000]).unwrap();
    let [message] = &told(&source(&path))[..] else { panic!("{:?}", told(&source(&path))) };
    let expected = expected.replace("LENGTH", &format!("should have at least {} bytes", bytes.len()));
    assert!(message.contains(&expected), "{message}");
    let planned = vodkit::plan(&source(&path), &quick(&[64])).unwrap().duration().to_f64();
    let found = seconds(&path);
    assert!((planned - found).abs() < 0.2, "{planned} seconds are planned, ffmpeg finds {found}");
    assert!(planned < 0.8 * SECONDS as f64, "{planned} seconds");
}

macro_rules! truncated {
    ($($name:ident: $file:literal, $arguments:literal, $expected:literal;)*) => { $(
        #[test]
        fn $name() {
            check($file, $arguments, $expected);
        }
    )* };
}

truncated! {
    matroska: "a.mkv", "PICTURES SOUND H264 -c:a aac", "LENGTH";
    webm: "a.webm", "PICTURES SOUND -c:v libvpx -c:a libopus", "LENGTH";
    matroska_without_a_size: "a.mkv", "PICTURES SOUND H264 -c:a aac -live 1 -f matroska", "should have at least";
    mp3: "a.mp3", "SOUND -c:a libmp3lame", "it states 6.0";
    wav: "a.wav", "SOUND", "LENGTH";
    wav_of_adpcm: "a.wav", "SOUND -c:a adpcm_ima_wav", "LENGTH";
    rf64: "a.wav", "SOUND -rf64 always", "it states 6.000 seconds";
    w64: "a.w64", "SOUND", "LENGTH";
    aiff: "a.aiff", "SOUND", "LENGTH";
    caf: "a.caf", "SOUND", "LENGTH";
    au: "a.au", "SOUND", "it states 6.000 seconds";
    voc: "a.voc", "SOUND", "it ends in the middle of a picture or a packet of sound";
    avi: "a.avi", "PICTURES SOUND -c:v mpeg4 -c:a libmp3lame", "should have at least";
    flv: "a.flv", "PICTURES SOUND H264 -c:a aac", "truncated";
    mxf: "a.mxf", "PICTURES SOUND -c:v mpeg2video -c:a pcm_s16le", "truncated";
    ogg: "a.ogg", "SOUND -c:a libvorbis", "should have at least";
    ogg_with_opus: "a.opus", "SOUND -c:a libopus -page_duration 200000", "should have at least";
    flac: "a.flac", "SOUND", "it states 6.000 seconds";
    asf: "a.wmv", "PICTURES SOUND -c:v wmv2 -c:a wmav2", "should have at least";
    ivf: "a.ivf", "PICTURES -c:v libvpx", "it ends in the middle of a picture or a packet of sound";
    true_audio: "a.tta", "SOUND", "truncated";
    wavpack: "a.wv", "SOUND -c:a wavpack", "it states 6.000 seconds";
    realmedia: "a.rm", "PICTURES -c:v rv20", "it states 6.000 seconds";
    gif: "a.gif", "PICTURES", "should have at least";
}

/// Which FFmpeg's command does not read before version 9.
#[test]
fn animated_webp() {
    let folder = folder();
    let path = make(&folder.path().join("a.webp"), &format!("{PICTURES} -c:v libwebp_anim"));
    assert_eq!(told(&source(&path)), [""; 0], "of the whole file");
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, &bytes[..bytes.len() * KEPT / 1000]).unwrap();
    let [message] = &told(&source(&path))[..] else { panic!("{:?}", told(&source(&path))) };
    assert!(message.contains("it ends in the middle of a picture"), "{message}");
    // Where the file is cut off, by how the chunks of its pictures begin.
    let whole = bytes[..bytes.len() * KEPT / 1000].windows(4).filter(|name| name == b"ANMF").count() as u64 - 1;
    assert_eq!(vodkit::plan(&source(&path), &quick(&[64])).unwrap().source_video().unwrap().frames, whole);
}

/// A recorder that is killed, or writes into a pipe, states no sizes.
#[test]
fn what_states_no_size_is_not_said_to_be_truncated() {
    let folder = folder();
    for (name, arguments) in [
        ("a.wav", "-f lavfi -i sine=440:r=48000:d=2 -f wav"),
        ("a.caf", "-f lavfi -i sine=440:r=48000:d=2 -c:a pcm_s16be -f caf"),
        ("a.flac", "-f lavfi -i sine=440:r=48000:d=2 -f flac"),
        ("a.mkv", "-f lavfi -i testsrc2=s=128x96:r=25:d=2 -c:v mpeg4 -f matroska"),
        ("a.flv", "-f lavfi -i testsrc2=s=128x96:r=25:d=2 -c:v flv -f flv"),
    ] {
        let mut arguments: Vec<_> = arguments.split_whitespace().collect();
        arguments.push("pipe:1");
        let path = folder.path().join(name);
        std::fs::write(&path, ffmpeg(&arguments).stdout).unwrap();
        assert_eq!(told(&source(&path)), [""; 0], "of {name}");
    }
}

/// What is at the end of a file and not of its pictures and sound may be cut off.
#[test]
fn what_follows_the_sound_is_not_missed() {
    let folder = folder();
    let path = make(&folder.path().join("a.wav"), "-f lavfi -i sine=440:r=48000:d=2");
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, [&whole[..], b"junk\0\x10\0\0and so on"].concat()).unwrap();
    assert_eq!(told(&source(&path)), [""; 0]);
}
