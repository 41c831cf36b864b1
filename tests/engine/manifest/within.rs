//! Manifests of what a bandwidth carries.

use std::collections::BTreeSet;

use dash_mpd::AdaptationSet;
use m3u8_rs::MasterPlaylist;
use vodkit::manifest::{Bandwidth, dash_manifest, multivariant_playlist, within_bandwidth};
use vodkit::{CopyTop, ErrorKind, Ladder, Plan, StoryboardOptions};

use vodkit_tests::{ffmpeg, ffprobe, folder, make, package, quick, source};

const PICTURES: &str = "-f lavfi -i testsrc2=s=256x192:r=10:d=2";
const H264: &str = "-c:v libx264 -preset ultrafast -b:v 2M -bf 0";
const SURROUND: &str = "-f lavfi -i anoisesrc=d=2:a=0.1:r=48000,pan=5.1|c0=c0|c1=c0|c2=c0|c3=c0|c4=c0|c5=c0";

fn read(playlist: &str) -> MasterPlaylist {
    m3u8_rs::parse_master_playlist_res(playlist.as_bytes()).unwrap()
}

/// The folder in which a URI is, which is the name of the rendition.
fn id(uri: &str) -> String {
    uri.split('/').next().unwrap().to_owned()
}

/// The rates at which something changes.
fn hints(playlist: &str) -> BTreeSet<u64> {
    let rates = read(playlist).variants.into_iter().map(|variant| variant.bandwidth);
    rates.flat_map(|rate| [rate - 1, rate]).chain([0, 1, 499_999, u64::MAX]).collect()
}

/// Each variant that stays is within, or is the lowest; all others of the tags are those from before.
fn check_hls(before: &str, after: &str, hint: u64) {
    let (all, left) = (read(before), read(after));
    let lowest = all.variants.iter().map(|variant| variant.bandwidth).min().unwrap();
    let expected: Vec<_> =
        all.variants.iter().filter(|variant| variant.bandwidth <= hint.max(lowest)).cloned().collect();
    assert_eq!(left.variants, expected, "within {hint}");
    let groups = |variants: &[m3u8_rs::VariantStream]| -> BTreeSet<Option<String>> {
        variants.iter().flat_map(|variant| [variant.audio.clone(), variant.subtitles.clone()]).collect()
    };
    let named = groups(&expected);
    let alternatives = all.alternatives.iter().filter(|each| named.contains(&Some(each.group_id.clone())));
    assert_eq!(left.alternatives, alternatives.cloned().collect::<Vec<_>>(), "within {hint}");
    let others = |playlist: MasterPlaylist| MasterPlaylist { variants: vec![], alternatives: vec![], ..playlist };
    assert_eq!(others(left), others(all), "within {hint}");
}

/// The video that HLS has stays, the largest size is that of the largest, and surround stays that fits beside the smallest.
fn check_dash(before: &str, after: &str, videos: &BTreeSet<String>, hint: u64) {
    let (mut all, left) = (dash_mpd::parse(before).unwrap(), dash_mpd::parse(after).unwrap());
    let period = all.periods.first_mut().unwrap();
    let is_video = |set: &AdaptationSet| set.contentType.as_deref() == Some("video");
    let rates = |set: &AdaptationSet| set.representations.iter().filter_map(|each| each.bandwidth).min();
    let smallest = period.adaptations.iter().filter(|set| is_video(set)).filter_map(rates).min().unwrap_or(0);
    let channels = |set: &AdaptationSet| -> Option<u32> {
        set.representations.first()?.AudioChannelConfiguration.first()?.value.as_ref()?.parse().ok()
    };
    period
        .adaptations
        .retain(|set| channels(set).is_none_or(|channels| channels <= 2) || rates(set).unwrap() + smallest <= hint);
    for set in period.adaptations.iter_mut().filter(|set| is_video(set)) {
        set.representations.retain(|each| videos.contains(each.id.as_ref().unwrap()));
        set.maxWidth = set.representations.iter().filter_map(|each| each.width).max();
        set.maxHeight = set.representations.iter().filter_map(|each| each.height).max();
    }
    assert_eq!(left.to_string(), all.to_string(), "within {hint}");
}

/// Whatever the bandwidth, the manifests of a plan keep the same of it.
fn check(plan: &Plan, bandwidth: &Bandwidth) -> usize {
    let (hls, dash) = (multivariant_playlist(plan, bandwidth), dash_manifest(plan, bandwidth));
    let mut kept = BTreeSet::new();
    for hint in hints(&hls) {
        let within = |manifest: &str| within_bandwidth(manifest, hint).unwrap();
        let (hls_left, dash_left) = (within(&hls), within(&dash));
        check_hls(&hls, &hls_left, hint);
        let left = read(&hls_left);
        let videos: BTreeSet<_> = left.variants.iter().map(|variant| id(&variant.uri)).collect();
        check_dash(&dash, &dash_left, &videos, hint);
        assert_eq!((within(&hls_left), within(&dash_left)), (hls_left.clone(), dash_left));
        kept.insert(hls_left);
    }
    assert!(kept.contains(&hls), "a large bandwidth changes nothing");
    kept.len()
}

/// The manifests of a source, by rates as they are estimated and as several sets of sizes have them: how many different ones
/// there are at most.
fn check_source(arguments: &str, name: &str, ladder: &Ladder) -> usize {
    let folder = folder();
    let path = make(&folder.path().join(name), arguments);
    let plan = vodkit::plan(&source(&path), ladder).unwrap();
    let measured = (1..20_u64).map(|seed| {
        let sizes = plan.renditions().iter().zip(0..).map(|(rendition, number)| {
            // More channels take more, pictures anything.
            let channels = rendition.audio().map_or(0, |audio| u64::from(audio.channels));
            let noise = move |segment: u32| (seed * 7919 + (number * 100 + u64::from(segment)) * 104_729) % 19_997;
            (0..rendition.segment_count).map(|segment| 20_000 * channels + noise(segment)).collect()
        });
        Bandwidth::measured(&plan, &sizes.collect::<Vec<_>>())
    });
    measured.chain([Bandwidth::estimated(&plan)]).map(|bandwidth| check(&plan, &bandwidth)).max().unwrap()
}

#[test]
fn hls_and_dash_keep_the_same_renditions() {
    let tone = "-f lavfi -i sine=d=2";
    let one = format!("{PICTURES} {tone} {H264} -c:a aac");
    assert_eq!(check_source(&one, "one.mp4", &quick(&[64, 96, 128])), 3);
    assert_eq!(check_source(&one, "copied.mp4", &quick(&[64, 96]).copy_top(CopyTop::Always)), 3);
    let storyboard = quick(&[64, 96, 128]).storyboard(StoryboardOptions::default());
    assert_eq!(check_source(&one, "storyboard.mp4", &storyboard), 3);
    let silent = format!("{PICTURES} {H264}");
    assert_eq!(check_source(&silent, "silent.mp4", &quick(&[64, 128])), 2);
    assert_eq!(check_source("-f lavfi -i sine=d=2 -c:a aac", "sound.m4a", &quick(&[64])), 1);
}

#[test]
fn of_several_languages_and_channels_hls_and_dash_keep_the_same() {
    let tags = "-map 0 -map 1 -map 2 -metadata:s:a:0 language=eng -metadata:s:a:1 language=fre -ac:a:1 2 -c:a flac";
    let pictures = format!("{PICTURES} {SURROUND} -f lavfi -i sine=d=2 {tags} {H264}");
    let ladder = quick(&[64, 96, 128]).audio_channels(6);
    // Three sizes with stereo, and with surround.
    assert_eq!(check_source(&pictures, "a.mkv", &ladder), 6);
    let sound = "-map 0 -map 1 -metadata:s:a:0 language=eng -metadata:s:a:1 language=fre -ac:a:1 2 -c:a flac";
    assert_eq!(check_source(&format!("{SURROUND} -f lavfi -i sine=d=2 {sound}"), "a.mka", &ladder), 2);
    // Tracks that nothing tells apart.
    let two = format!("{PICTURES} {SURROUND} {SURROUND} -map 0 -map 1 -map 2 -c:a flac {H264}");
    check_source(&two, "two.mkv", &ladder);
}

/// What is left of a package is one that players and the verifier's parsers read.
#[test]
fn what_is_left_of_a_package_plays() {
    let folder = folder();
    let path = make(&folder.path().join("a.mp4"), &format!("{PICTURES} -f lavfi -i sine=d=2 {H264} -c:a aac"));
    let out = folder.path().join("out");
    package(&path, &quick(&[64, 128]), &out);
    for name in ["master.m3u8", "manifest.mpd"] {
        let file = out.join(name);
        assert!(ffprobe(&file, "v", "stream=height").contains("128"), "{name}");
        std::fs::write(&file, within_bandwidth(&std::fs::read_to_string(&file).unwrap(), 1).unwrap()).unwrap();
        let heights = ffprobe(&file, "v", "stream=height");
        assert!(heights.contains("64") && !heights.contains("128"), "{name}: {heights}");
        assert_eq!(ffprobe(&file, "a", "stream=codec_name").split_whitespace().next(), Some("aac"), "{name}");
    }
}

/// FFmpeg's DASH muxer: the representations of a video in a set each or in one, in files or in ranges of bytes of one.
#[test]
fn manifests_of_ffmpeg_lose_nothing_else() {
    let folder = folder();
    let one = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let rungs =
        "-map 0 -map 0 -map 1 -c:v libx264 -preset ultrafast -b:v:0 100k -b:v:1 900k -s:v:0 64x48 -c:a aac -b:a 64k";
    for (number, options) in
        ["", "-single_file 1", "-adaptation_sets", "-use_template 0 -use_timeline 0", "-hls_playlist 1"]
            .into_iter()
            .enumerate()
    {
        let out = folder.path().join(number.to_string());
        std::fs::create_dir(&out).unwrap();
        let (mpd, line) = (out.join("a.mpd"), format!("{PICTURES} -f lavfi -i sine=d=2 {rungs} {options}"));
        let mut arguments: Vec<&str> = line.split_whitespace().collect();
        if options == "-adaptation_sets" {
            arguments.push("id=0,streams=v id=1,streams=a");
        }
        let path = one(&format!("{number}/a.mpd"));
        ffmpeg(&[&["-loglevel", "error"], &*arguments, &["-f", "dash", &path]].concat());
        let before = std::fs::read_to_string(&mpd).unwrap();
        assert_eq!(within_bandwidth(&before, u64::MAX).unwrap(), before);
        // The lowest video and its audio, not the video of 900 kb/s.
        let after = within_bandwidth(&before, 500_000).unwrap();
        assert_eq!(representations(&before), ["0", "1", "2"], "{options}");
        assert_eq!(representations(&after), ["0", "2"], "{options}: {after}");
        let kept: BTreeSet<_> = after.lines().collect();
        assert!(kept.iter().all(|line| before.contains(line) || line.contains("maxWidth=\"64\"")), "{after}");
        if options.contains("hls") {
            let before = std::fs::read_to_string(out.join("master.m3u8")).unwrap();
            let after = within_bandwidth(&before, 500_000).unwrap();
            check_hls(&before, &after, 500_000);
            assert_eq!(read(&after).variants.len(), 1);
        }
    }
}

fn representations(mpd: &str) -> Vec<String> {
    let mpd = dash_mpd::parse(mpd).unwrap();
    let sets = mpd.periods.into_iter().flat_map(|period| period.adaptations);
    sets.flat_map(|set| set.representations).filter_map(|each| each.id).collect()
}

#[test]
fn what_is_no_manifest_is_told_in_one_sentence() {
    let media = "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\na.ts\n";
    let nothing = "#EXTM3U\n#EXT-X-STREAM-INF:CODECS=\"avc1\"\na.m3u8\n";
    let set =
        "<MPD><Period><AdaptationSet contentType=\"video\"><Representation id=\"a\"/></AdaptationSet></Period></MPD>";
    let many: String = (0..1001).map(|number| format!(" a{number}=''")).collect();
    for (text, said) in [
        ("", "neither an HLS multivariant playlist"),
        ("WEBVTT", "neither an HLS multivariant playlist"),
        ("#EXTM3U", "it has no variants"),
        (media, "it has no variants"),
        (nothing, "line 2 states no BANDWIDTH"),
        (&nothing.replace("CODECS", "BANDWIDTH=-1,CODECS"), "line 2 states no BANDWIDTH"),
        (&nothing.replace("CODECS", "BANDWIDTH=99999999999999999999,CODECS"), "line 2 states no BANDWIDTH"),
        ("<MPD a\n=\"\"\n/\n>", "no XML that can be read"),
        ("<MPD><Period></MPD>", "no XML that can be read"),
        ("<!DOCTYPE a [<!ENTITY a \"a\">]><MPD>&a;</MPD>", "no XML that can be read"),
        (&format!("<MPD{many}/>"), "more than 1000 attributes"),
        ("<html></html>", "its XML is a html"),
        (&set.replace("\"a\"", "\"&#10;\""), "Representation \" \" states no bandwidth"),
        (set, "Representation \"a\" states no bandwidth"),
    ] {
        let error = within_bandwidth(text, 1).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{text}");
        let message = error.full_message();
        assert!(message.starts_with("manifest: ") && message.contains(said) && !message.contains('\n'), "{message}");
    }
}
