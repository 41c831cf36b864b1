//! Left and right as professional cameras and recorders write them, in tracks of their own or among others, are one sound.

use std::path::{Path, PathBuf};

use vodkit::plan::WarningKind;
use vodkit::{ErrorKind, Ladder};

use vodkit_tests::edited::edited;
use vodkit_tests::packaged::Packaged;
use vodkit_tests::{ffmpeg, folder, make, quick, source, tones};

const MPEG2: &str = "-c:v mpeg2video -b:v 1M -c:a pcm_s24le";
const IMX: &str = "-aspect 4:3 -c:v mpeg2video -g 0 -flags +ildct+low_delay -dc 10 -non_linear_quant 1 -intra_vlc 1 -ps 1 \
                   -qmin 1 -qmax 12 -rc_max_vbv_use 1 -rc_min_vbv_use 1 -pix_fmt yuv422p -minrate 50000k -maxrate 50000k \
                   -b:v 50000k -bufsize 2000000 -rc_init_occupancy 2000000 -bf 0";
const PRORES: &str = "-c:v prores -c:a pcm_s24le";

/// The pitch of a track.
fn pitch(track: usize) -> f64 {
    [440.0, 997.0, 1661.0, 2793.0, 3951.0][track]
}

/// Six seconds of pictures, with a tone of its own in each of the tracks, which are of one channel.
fn mono_tracks(path: &Path, tracks: usize, arguments: &str) -> PathBuf {
    let tone =
        |track| format!("-f lavfi -i sine=f={}:r=48000:d=6,volume=12dB,aformat=channel_layouts=mono", pitch(track));
    let tones: Vec<_> = (0..tracks).map(tone).collect();
    let maps: Vec<_> = (0..=tracks).map(|input| format!("-map {input}")).collect();
    let pictures = "-f lavfi -i testsrc2=s=320x180:r=25:d=6";
    make(path, &format!("{pictures} {} {} {arguments}", tones.join(" "), maps.join(" ")))
}

fn ladder() -> Ladder {
    quick(&[64]).segment_seconds(2)
}

/// How many decibels the tone of one track stands above that of another, in a channel of a rendition.
fn above(packaged: &Packaged, rendition: usize, channel: u32, tracks: (usize, usize)) -> f64 {
    let samples = packaged.channel_of(rendition, channel);
    let level = |track| tones::level(tones::middle(&samples), 48_000, pitch(track)).max(1e-6);
    20.0 * (level(tracks.0) / level(tracks.1)).log10()
}

fn is_pair(packaged: &Packaged, rendition: usize, (left, right): (usize, usize)) {
    let apart = [above(packaged, rendition, 0, (left, right)), above(packaged, rendition, 1, (right, left))];
    eprintln!("rendition {rendition}: {apart:.0?} dB");
    assert!(apart.into_iter().all(|apart| apart > 40.0), "rendition {rendition}: {apart:.0?}");
}

#[test]
fn two_mono_tracks_of_mxf_are_left_and_right() {
    let folder = folder();
    let path = mono_tracks(&folder.path().join("a.mxf"), 2, MPEG2);
    let packaged = Packaged::new(folder, path, &ladder());
    let ids: Vec<_> =
        packaged.plan.audios().map(|(rendition, audio)| (rendition.id.as_str(), audio.channels)).collect();
    assert_eq!(ids, [("audio", 2)]);
    assert!(packaged.plan.warnings().is_empty());
    is_pair(&packaged, 0, (0, 1));
    let level = tones::level(tones::middle(&packaged.channel(1)), 48_000, pitch(1));
    assert!((level - 0.5).abs() < 0.01, "{level} of 0.5");
    // Any segment alone has the same bytes.
    for index in [2, 0, 1] {
        let alone = vodkit::segment(&source(&packaged.source), &packaged.plan, "audio", index).unwrap();
        let key = packaged.audio().0.segment_key(index);
        assert!(std::fs::read(packaged.folder.path().join("out").join(key)).unwrap() == alone, "segment {index}");
    }
}

#[test]
fn each_pair_of_mono_tracks_in_quicktime_is_a_rendition() {
    let folder = folder();
    let path = mono_tracks(&folder.path().join("a.mov"), 5, PRORES);
    let packaged = Packaged::new(folder, path, &ladder());
    let channels: Vec<_> = packaged.plan.audios().map(|(_, audio)| (audio.channels, audio.default)).collect();
    assert_eq!(channels, [(2, true), (2, false), (1, false)]);
    is_pair(&packaged, 0, (0, 1));
    is_pair(&packaged, 1, (2, 3));
    assert!(above(&packaged, 2, 0, (4, 0)) > 40.0);
}

#[test]
fn a_ladder_of_mono_has_their_mean() {
    let folder = folder();
    let path = mono_tracks(&folder.path().join("a.mov"), 2, PRORES);
    let packaged = Packaged::new(folder, path, &ladder().audio_channels(1));
    let samples = packaged.channel(0);
    for track in [0, 1] {
        let level = tones::level(tones::middle(&samples), 48_000, pitch(track));
        assert!((level - 0.25).abs() < 0.01, "track {track}: {level} of 0.25");
    }
}

#[test]
fn both_channels_together_become_as_loud_as_is_asked_for() {
    let folder = folder();
    let path = mono_tracks(&folder.path().join("a.mov"), 2, PRORES);
    let packaged = Packaged::new(folder, path, &ladder().loudness(-23.0));
    let file = packaged.file(packaged.audio().0);
    let arguments = ["-hide_banner", "-nostats", "-i", file.to_str().unwrap(), "-af", "ebur128", "-f", "null", "-"];
    let text = String::from_utf8(ffmpeg(&arguments).stderr).unwrap();
    let found = text.rsplit_once("I:").unwrap().1.split_whitespace().next().unwrap().parse::<f64>().unwrap();
    assert!((found + 23.0).abs() <= 0.5, "{found} LUFS");
}

/// What tells tracks apart leaves them what they are.
#[test]
fn mono_tracks_that_are_not_alike_stay_apart() {
    for (name, arguments) in [
        ("languages.mov", format!("{PRORES} -metadata:s:a:0 language=eng -metadata:s:a:1 language=ger")),
        ("names.mov", format!("{PRORES} -metadata:s:a:0 title=Boom -metadata:s:a:1 title=Camera")),
        ("compressed.mov", "-c:v prores -c:a aac".into()),
        ("same.mkv", "-c:v prores -c:a pcm_s24le".into()),
        ("lengths.mov", format!("{PRORES} -filter:a:1 atrim=end=4")),
        ("rates.mov", format!("{PRORES} -ar:a:1 44100")),
    ] {
        let folder = folder();
        let path = mono_tracks(&folder.path().join(name), 2, &arguments);
        let plan = vodkit::plan(&source(&path), &ladder()).unwrap();
        let channels: Vec<_> = plan.audios().map(|(_, audio)| audio.channels).collect();
        assert_eq!(channels, [1, 1], "{name}");
    }
}

#[test]
fn a_plan_whose_other_channel_is_not_like_its_left_one_is_refused() {
    let folder = folder();
    let path = mono_tracks(&folder.path().join("a.mov"), 2, PRORES);
    let plan = vodkit::plan(&source(&path), &ladder()).unwrap();
    let right = "renditions/1/others/0";
    let refused = [
        edited(&plan, |plan| drop(plan.items(&format!("{right}/windows")).pop())),
        edited(&plan, |plan| plan.set(&format!("{right}/windows/0/frames"), 1)),
        edited(&plan, |plan| plan.set(&format!("{right}/windows/1/start/sample"), i64::MAX)),
        edited(&plan, |plan| plan.set("renditions/1/channels", 6)),
    ];
    for plan in refused {
        let error = plan.unwrap_err();
        let message = error.to_string();
        let is_told = message.contains("another channel") || message.contains("channels in tracks of their own");
        assert!(error.kind() == ErrorKind::InvalidPlan && is_told, "{message}");
    }
    // A track that is not there.
    let plan = edited(&plan, |plan| plan.set(&format!("{right}/source_track"), 99)).unwrap();
    let error = vodkit::segment(&source(&path), &plan, "audio", 0).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SourceChanged);
}

/// Those of a recorder of IMX are sounds of their own, and no surround sound: the first two are the programme's.
#[test]
fn the_first_two_channels_of_imx_are_left_and_right() {
    for count in [4, 8] {
        let folder = folder();
        let tone = |channel: usize| 300.0 * (channel + 1) as f64;
        let tones: Vec<_> = (0..count).map(|channel| format!("0.3*sin(2*PI*{}*t)", tone(channel))).collect();
        let inputs =
            format!("-f lavfi -i color=gray:s=720x608:r=25:d=3 -f lavfi -i aevalsrc='{}':s=48000:d=3", tones.join("|"));
        let source = make(&folder.path().join("a.mxf"), &format!("{inputs} {IMX} -c:a pcm_s16le -f mxf_d10"));
        let packaged = Packaged::new(folder, source, &ladder().audio_channels(6));
        let channels: Vec<_> = packaged.plan.audios().map(|(_, audio)| audio.channels).collect();
        assert_eq!(channels, [2], "{count} channels");
        let told = &packaged.plan.warnings()[0];
        let words = format!("has {count} channels that are sounds of their own");
        assert!(
            (told.kind, told.track) == (WarningKind::TrackLeftOut, Some(1)) && told.message.contains(&words),
            "{told:?}"
        );
        for channel in [0, 1] {
            let samples = packaged.channel(channel as u32);
            let level = |other: usize| tones::level(tones::middle(&samples), 48_000, tone(other));
            assert!((level(channel) - 0.3).abs() < 0.01, "{} of 0.3", level(channel));
            let rest = (0..count).filter(|other| *other != channel).map(level).fold(0.0, f64::max);
            assert!(rest < 0.003, "{count} channels: {rest} of another in channel {channel}");
        }
    }
}

/// The tracks of 5.1 channels, in this order, each with the tone of its place in it but for low frequencies.
fn labelled(path: &Path, order: [&str; 6]) -> PathBuf {
    let tone = |name: &str| match name {
        "LFE" => 60,
        "FL" => 440,
        "FR" => 997,
        "FC" => 1661,
        "SL" => 2793,
        _ => 3951,
    };
    let tones = order.map(|name| format!("-f lavfi -i sine=f={}:r=48000:d=4,volume=6dB", tone(name))).join(" ");
    let maps: String = (0..7).map(|input| format!(" -map {input}")).collect();
    let labels = order.iter().enumerate();
    let labels: String =
        labels.map(|(track, name)| format!(" -filter:a:{track} channelmap=map=0:channel_layout={name}")).collect();
    make(path, &format!("-f lavfi -i testsrc2=s=160x96:r=25:d=4 {tones}{maps}{labels} -c:v mpeg4 -c:a pcm_s16le"))
}

/// As editors write it, in the order of broadcasts and in that of films.
#[test]
fn six_tracks_that_say_that_they_are_surround_sound_are_one_sound() {
    for order in [["FL", "FR", "FC", "LFE", "SL", "SR"], ["FL", "FC", "FR", "SL", "SR", "LFE"]] {
        let folder = folder();
        let path = labelled(&folder.path().join("a.mov"), order);
        let packaged = Packaged::new(folder, path, &ladder().audio_channels(6));
        let ids: Vec<_> =
            packaged.plan.audios().map(|(rendition, audio)| (rendition.id.as_str(), audio.channels)).collect();
        assert_eq!(ids, [("audio", 2), ("audio-6ch", 6)], "{order:?}");
        assert_eq!(packaged.plan.warnings(), [], "{order:?}");
        let level = |rendition: usize, channel: u32, tone: f64| {
            tones::level(tones::middle(&packaged.channel_of(rendition, channel)), 48_000, tone)
        };
        for (channel, tone) in (0..).zip([440.0, 997.0, 1661.0, 60.0, 2793.0, 3951.0]) {
            let own = level(1, channel, tone);
            assert!((own - 0.25).abs() < 0.02, "{order:?}: {own} of {tone} Hz in channel {channel}");
            let others = (0..6).filter(|other| *other != channel).map(|other| level(1, other, tone));
            assert!(others.fold(0.0, f64::max) < 0.005, "{order:?}: {tone} Hz in another channel too");
        }
        // ITU-R BS.775: the centre and what is behind 3 dB lower, low frequencies left out.
        for (channel, tones) in [(0, [440.0, 1661.0, 2793.0]), (1, [997.0, 1661.0, 3951.0])] {
            for (tone, expected) in tones.into_iter().zip([0.25, 0.1768, 0.1768]) {
                let found = level(0, channel, tone);
                assert!((found / expected - 1.0).abs() < 0.06, "{order:?}: {found} of {tone} Hz, not {expected}");
            }
            assert!(level(0, channel, 60.0) < 0.005, "{order:?}");
        }
        for (rendition, _) in packaged.plan.audios() {
            let alone = vodkit::segment(&source(&packaged.source), &packaged.plan, &rendition.id, 1).unwrap();
            let key = rendition.segment_key(1);
            assert!(std::fs::read(packaged.folder.path().join("out").join(key)).unwrap() == alone, "{order:?}");
        }
    }
}

/// Left speaks first, then right: each alone is as loud as if the other were not silent meanwhile.
#[test]
fn channels_that_speak_in_turn_become_as_loud_as_is_asked_for() {
    let folder = folder();
    let turn = |when: &str| format!("-f lavfi -i aevalsrc='0.2*sin(2*PI*997*t)*{when}(mod(t\\,4)\\,2)':s=48000:d=16");
    let (left, right) = (turn("lt"), turn("gte"));
    let pictures = "-f lavfi -i testsrc2=s=160x96:r=25:d=16";
    let arguments = format!("{pictures} {left} {right} -map 0 -map 1 -map 2 -c:v mpeg4 -c:a pcm_s16le");
    let path = make(&folder.path().join("a.mov"), &arguments);
    let packaged = Packaged::new(folder, path, &ladder().loudness(-23.0));
    let file = packaged.file(packaged.audio().0);
    let output = ffmpeg(&["-i", file.to_str().unwrap(), "-af", "ebur128", "-f", "null", "-"]);
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    let found = words.rsplit("I:").next().unwrap().split("LUFS").next().unwrap().trim().parse::<f64>().unwrap();
    assert!((found + 23.0).abs() < 0.15, "{found} LUFS");
}
