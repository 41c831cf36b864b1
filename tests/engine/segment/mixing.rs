//! Channels that are mixed down keep their level, and nothing clips.

use vodkit::Ladder;

use vodkit_tests::packaged::Packaged;
use vodkit_tests::{ffmpeg, folder, make, quick, tones};

/// Each of the channels of `layout` alone for a second at 0.5, then all together at 0.9 for two seconds.
fn in_turn(layout: &str, channels: usize) -> String {
    let end = channels;
    let channel = |number: usize| {
        let alone = format!("0.5*gte(t,{number})*lt(t,{number}+1)*sin(2*PI*997*t)");
        format!("{alone}+0.9*gte(t,{end})*sin(2*PI*997*t)")
    };
    let channels: Vec<_> = (0..channels).map(channel).collect();
    format!("-f lavfi -i aevalsrc='{}':c={layout}:s=48000:d={}", channels.join("|"), end + 2)
}

fn made(name: &str, layout: &str, channels: usize, arguments: &str, ladder: &Ladder) -> Packaged {
    let folder = folder();
    let source = make(&folder.path().join(name), &format!("{} {arguments}", in_turn(layout, channels)));
    Packaged::new(folder, source, ladder)
}

fn ladder() -> Ladder {
    quick(&[64]).segment_seconds(2).audio_bit_rate(256_000)
}

/// The level of 997 Hz in each second of a channel, over 0.5: the factor of the channel that is alone in it.
fn factors(packaged: &Packaged, rendition: usize, channel: u32, seconds: usize) -> Vec<f64> {
    let samples = packaged.channel_of(rendition, channel);
    let second = |number: usize| &samples[number * 48_000 + 4800..number * 48_000 + 43_200];
    (0..seconds).map(|number| tones::level(second(number), 48_000, 997.0) / 0.5).collect()
}

fn are_like(found: &[f64], expected: &[f64]) {
    eprintln!("factors {found:.3?}");
    let alike = found.iter().zip(expected).all(|(found, expected)| (found - expected).abs() < 0.02);
    assert!(alike && found.len() == expected.len(), "{found:.3?}, not {expected:?}");
}

fn peak(packaged: &Packaged, rendition: usize, channel: u32) -> f32 {
    packaged.channel_of(rendition, channel).into_iter().map(f32::abs).fold(0.0, f32::max)
}

const DOWN: f64 = std::f64::consts::FRAC_1_SQRT_2;

#[test]
fn surround_to_stereo_keeps_the_dialogue() {
    let packaged = made("a.mkv", "5.1", 6, "-c:a ac3 -b:a 448k", &ladder());
    are_like(&factors(&packaged, 0, 0, 6), &[1.0, 0.0, DOWN, 0.0, DOWN, 0.0]);
    are_like(&factors(&packaged, 0, 1, 6), &[0.0, 1.0, DOWN, 0.0, 0.0, DOWN]);
    for channel in [0, 1] {
        let peak = peak(&packaged, 0, channel);
        assert!((0.8..0.95).contains(&peak), "2.17 at full scale is limited, not clipped: {peak}");
    }
}

#[test]
fn eight_channels_to_stereo() {
    let packaged = made("a.mkv", "7.1", 8, "-c:a flac", &ladder());
    are_like(&factors(&packaged, 0, 0, 8), &[1.0, 0.0, DOWN, 0.0, DOWN, 0.0, DOWN, 0.0]);
    assert!(peak(&packaged, 0, 0) < 0.95);
}

#[test]
fn surround_to_mono() {
    let packaged = made("a.mkv", "5.1(side)", 6, "-c:a flac", &ladder().audio_channels(1));
    are_like(&factors(&packaged, 0, 0, 6), &[DOWN, DOWN, 1.0, 0.0, 0.5, 0.5]);
    assert!(peak(&packaged, 0, 0) < 0.95);
}

/// Ambisonics has a channel that is everywhere, and three that say from where: left, up and ahead.
#[test]
fn ambisonics_becomes_stereo() {
    for rate in ["1", "-1"] {
        let folder = folder();
        // From the left and from ahead, each for a second.
        let tone = "0.4*sin(2*PI*997*t)";
        let inputs = format!("-f lavfi -i aevalsrc='{tone}|{rate}*{tone}*lt(t,1)|0|{tone}*gte(t,1)':c=4.0:s=48000:d=2");
        let arguments = "-c:a libopus -mapping_family 2 -b:a 512k";
        let source = make(&folder.path().join("a.mkv"), &format!("{inputs} {arguments}"));
        let packaged = Packaged::new(folder, source, &ladder());
        assert!(packaged.plan.warnings().is_empty());
        let (near, far) = if rate == "1" { (0, 1) } else { (1, 0) };
        are_like(&factors(&packaged, 0, near, 2), &[0.8 * 2.0 * DOWN, 0.8 * DOWN]);
        are_like(&factors(&packaged, 0, far, 2), &[0.0, 0.8 * DOWN]);
    }
}

/// What is not mixed down is not limited, however loud it is.
#[test]
fn loud_stereo_is_left_as_it_is() {
    let folder = folder();
    let tone = "-f lavfi -i aevalsrc=0.92*sin(2*PI*997*t)|0.92*sin(2*PI*997*t):s=48000:d=3 -c:a flac";
    let source = make(&folder.path().join("a.mkv"), tone);
    let packaged = Packaged::new(folder, source, &ladder());
    are_like(&factors(&packaged, 0, 0, 3), &[1.84, 1.84, 1.84]);
}

/// What is louder than full scale is cut off there, and the rest keeps its level: a tone of 1.6 then has 1.185 of its pitch, of
/// which the encoder takes 5 % away in frames that reach full scale. Samples that are no numbers are silence.
#[test]
fn what_is_louder_than_full_scale_is_cut_off_there() {
    let folder = folder();
    let tone = "1.6*lt(t\\,2)*sin(2*PI*997*t)+0.5*gte(t\\,2)*sin(2*PI*997*t)";
    let tone = format!("-f lavfi -i aevalsrc=if(between(t\\,3.5\\,3.6)\\,0/0\\,{tone}):s=48000:d=5 -c:a pcm_f32le");
    let source = make(&folder.path().join("a.mkv"), &tone);
    let packaged = Packaged::new(folder, source, &ladder());
    let found = factors(&packaged, 0, 0, 5);
    are_like(&[found[0], found[1], found[2], found[4]], &[2.25, 2.25, 1.0, 1.0]);
    assert!(packaged.channel(0).iter().all(|sample| sample.abs() < 1.4), "a sample is far above full scale");
}

/// Integrated loudness in LUFS and true peak in dBTP, as ffmpeg measures them.
fn measured(packaged: &Packaged, rendition: usize) -> (f64, f64) {
    let (rendition, _) = packaged.plan.audios().nth(rendition).unwrap();
    let file = packaged.file(rendition);
    let filter = "ebur128=peak=true:framelog=quiet";
    let output = ffmpeg(&["-hide_banner", "-nostats", "-i", file.to_str().unwrap(), "-af", filter, "-f", "null", "-"]);
    let text = String::from_utf8(output.stderr).unwrap();
    let summary = text.rsplit_once("Summary:").unwrap().1.to_owned();
    let number =
        |name: &str| -> f64 { summary.split(name).nth(1).unwrap().split_whitespace().next().unwrap().parse().unwrap() };
    (number("I:"), number("Peak:"))
}

#[test]
fn sound_becomes_as_loud_as_is_asked_for() {
    let quiet = "-f lavfi -i anoisesrc=d=8:c=pink:r=48000:a=0.1:seed=1,aformat=channel_layouts=5.1 -c:a flac";
    // Short peaks stand out by more than there is room for.
    let burst = "0.8*sin(2*PI*331*t)*pow(sin(PI*mod(t,2)/0.05),2)*lt(mod(t,2),0.05)";
    let peaks = format!("-f lavfi -i aevalsrc='0.1*sin(2*PI*997*t)+{burst}':s=48000:d=8 -c:a flac");
    for (name, arguments) in [("quiet", quiet), ("peaks", &*peaks)] {
        let folder = folder();
        let source = make(&folder.path().join("a.mkv"), arguments);
        let packaged = Packaged::new(folder, source, &ladder().audio_channels(6).loudness(-16.0));
        for rendition in 0..packaged.plan.audios().count() {
            let (loudness, peak) = measured(&packaged, rendition);
            eprintln!("{name} {rendition}: {loudness} LUFS, {peak} dBTP");
            assert!((loudness + 16.0).abs() <= 1.0 && peak <= -1.0, "{name} {rendition}: {loudness} LUFS, {peak} dBTP");
        }
    }
}

#[test]
fn silence_is_not_made_louder() {
    let folder = folder();
    let source = make(&folder.path().join("a.mkv"), "-f lavfi -i anullsrc=r=48000:cl=stereo:d=3 -c:a flac");
    let plan = vodkit::plan(&vodkit_tests::source(&source), &ladder().loudness(-16.0)).unwrap();
    assert_eq!(plan.audios().next().unwrap().1.gain, vodkit::Rational::from(1));
}
