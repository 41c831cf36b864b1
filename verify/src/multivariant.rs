//! Rules of the HLS multivariant playlist, RFC 8216 4.3.4.

use std::collections::{BTreeMap, BTreeSet};

use m3u8_rs::{AlternativeMedia, AlternativeMediaType, MasterPlaylist, VariantStream};

use super::folder::resolve;
use super::rates::{Rates, is_near};
use super::report::Notes;
use super::track::TrackReading;
use super::{LAYOUT, MASTER, storyboard};
use crate::plan::{Plan, TrackKind};

const MEDIA: &str = "RFC 8216 4.3.4.1";
const STREAM: &str = "RFC 8216 4.3.4.2";

/// What the playlist names.
pub(super) fn uris(master: &MasterPlaylist) -> impl Iterator<Item = &str> {
    let renditions = master.alternatives.iter().filter_map(|rendition| rendition.uri.as_deref());
    let images = master.unknown_tags.iter().filter_map(storyboard::image_uri);
    renditions.chain(master.variants.iter().map(|variant| variant.uri.as_str())).chain(images)
}

/// Checks the playlist for itself.
pub(super) fn check(master: &MasterPlaylist, notes: &mut Notes) {
    notes.check(master.independent_segments, "RFC 8216 4.3.5.1", || "it has no EXT-X-INDEPENDENT-SEGMENTS".into());
    notes.check(!master.variants.is_empty(), STREAM, || "it has no variants".into());
    check_renditions(master, notes);
    for variant in &master.variants {
        check_variant(variant, master, notes);
    }
    let used: BTreeSet<_> = master.variants.iter().filter_map(|variant| variant.audio.as_deref()).collect();
    for rendition in master.alternatives.iter().filter(|rendition| is_audio(rendition)) {
        notes.check(used.contains(rendition.group_id.as_str()), STREAM, || {
            format!("no variant has the audio group \"{}\"", rendition.group_id)
        });
    }
}

fn is_audio(rendition: &AlternativeMedia) -> bool {
    rendition.media_type == AlternativeMediaType::Audio
}

/// RFC 8216 4.3.4.1.1: the members of a group can be told apart, and at most one of them is the default.
fn check_renditions(master: &MasterPlaylist, notes: &mut Notes) {
    let mut groups: BTreeMap<(String, &str), Vec<&AlternativeMedia>> = BTreeMap::new();
    for rendition in &master.alternatives {
        groups.entry((rendition.media_type.to_string(), &rendition.group_id)).or_default().push(rendition);
        notes.check(rendition.uri.is_some() || !is_audio(rendition), MEDIA, || {
            format!("the rendition \"{}\" has no URI", rendition.name)
        });
        notes.check(rendition.autoselect || !rendition.default, MEDIA, || {
            format!("the rendition \"{}\" is the default but must not be selected by itself", rendition.name)
        });
    }
    for ((_, group), members) in groups {
        let names: BTreeSet<_> = members.iter().map(|rendition| &rendition.name).collect();
        notes.check(names.len() == members.len(), MEDIA, || {
            format!("the group \"{group}\" has two renditions of one name")
        });
        let defaults = members.iter().filter(|rendition| rendition.default).count();
        notes.check(defaults <= 1, MEDIA, || format!("the group \"{group}\" has {defaults} defaults"));
    }
}

fn check_variant(variant: &VariantStream, master: &MasterPlaylist, notes: &mut Notes) {
    let name = &variant.uri;
    notes.check(variant.codecs.is_some(), STREAM, || format!("the variant {name} has no CODECS"));
    notes.check(variant.average_bandwidth.is_some(), STREAM, || format!("the variant {name} has no AVERAGE-BANDWIDTH"));
    let average = variant.average_bandwidth.unwrap_or(0);
    notes.check(average <= variant.bandwidth, STREAM, || {
        format!(
            "the variant {name} has an AVERAGE-BANDWIDTH of {average}, above its BANDWIDTH of {}",
            variant.bandwidth
        )
    });
    if let Some(group) = &variant.audio {
        let there = master.alternatives.iter().any(|rendition| is_audio(rendition) && rendition.group_id == *group);
        notes
            .check(there, STREAM, || format!("the variant {name} has the audio group \"{group}\", which there is not"));
    }
}

/// Compares the playlist with the plan and with what was read of its tracks.
pub(super) fn compare(master: &MasterPlaylist, plan: &Plan, tracks: &[TrackReading], notes: &mut Notes) {
    let named: BTreeSet<_> = uris(master).filter_map(|uri| resolve(MASTER, uri)).collect();
    for reading in tracks {
        notes.check(named.contains(&reading.track.playlist_key()), LAYOUT, || {
            format!("it does not name the playlist of the track {}", reading.track.id)
        });
    }
    for rendition in master.alternatives.iter().filter(|rendition| is_audio(rendition)) {
        compare_rendition(rendition, tracks, notes);
    }
    for variant in &master.variants {
        let Some(main) = track_of(&variant.uri, tracks) else {
            notes.add(LAYOUT, format!("the variant {} is of no track of the plan", variant.uri));
            continue;
        };
        let group: Vec<_> = master
            .alternatives
            .iter()
            .filter(|rendition| is_audio(rendition) && Some(&rendition.group_id) == variant.audio.as_ref())
            .filter_map(|rendition| track_of(rendition.uri.as_deref()?, tracks))
            .collect();
        compare_codecs(variant, main, &group, notes);
        compare_picture(variant, main, plan, !group.is_empty(), notes);
        compare_rates(variant, main, &group, notes);
    }
}

fn track_of<'a, 'plan>(uri: &str, tracks: &'a [TrackReading<'plan>]) -> Option<&'a TrackReading<'plan>> {
    let key = resolve(MASTER, uri)?;
    tracks.iter().find(|reading| reading.track.playlist_key() == key)
}

fn compare_rendition(rendition: &AlternativeMedia, tracks: &[TrackReading], notes: &mut Notes) {
    let name = &rendition.name;
    let track = rendition.uri.as_deref().and_then(|uri| track_of(uri, tracks)).map(|reading| &reading.track.kind);
    let Some(TrackKind::Audio(audio)) = track else {
        notes.add(LAYOUT, format!("the rendition \"{name}\" is of no audio track of the plan"));
        return;
    };
    // The number of channels comes first; what else there may be is behind a slash.
    let stated = rendition.channels.as_deref().and_then(|channels| channels.split('/').next());
    notes.check(stated == Some(audio.channels.to_string().as_str()), MEDIA, || {
        format!("the rendition \"{name}\" has CHANNELS {}, but the plan {}", stated.unwrap_or("none"), audio.channels)
    });
    notes.check(rendition.default == audio.default, MEDIA, || {
        format!("the rendition \"{name}\" has DEFAULT {}, but the plan {}", rendition.default, audio.default)
    });
}

fn compare_codecs(variant: &VariantStream, main: &TrackReading, group: &[&TrackReading], notes: &mut Notes) {
    let Some(codecs) = &variant.codecs else { return };
    // The digits of an AVC string are hexadecimal, in either case.
    let stated: BTreeSet<_> = codecs.split(',').map(|codec| codec.trim().to_ascii_lowercase()).collect();
    let all = std::iter::once(main).chain(group.iter().copied());
    let wanted: BTreeSet<_> = all.map(|reading| reading.codecs().to_ascii_lowercase()).collect();
    notes.check(stated == wanted, STREAM, || {
        let wanted: Vec<_> = wanted.iter().map(String::as_str).collect();
        format!("the variant {} has CODECS \"{codecs}\", but its tracks are {}", variant.uri, wanted.join(","))
    });
}

fn compare_picture(variant: &VariantStream, main: &TrackReading, plan: &Plan, has_audio: bool, notes: &mut Notes) {
    let (TrackKind::Video(video), Some(pictures)) = (&main.track.kind, &plan.video) else { return };
    let name = &variant.uri;
    let size = variant.resolution.map(|resolution| (resolution.width, resolution.height));
    notes.check(size == Some((video.width.into(), video.height.into())), STREAM, || {
        let stated = variant.resolution.map_or("none".to_owned(), |resolution| resolution.to_string());
        format!("the variant {name} has RESOLUTION {stated}, but the plan {}x{}", video.width, video.height)
    });
    // Three decimals are written.
    let planned = pictures.frame_rate.to_f64();
    let near = variant.frame_rate.is_some_and(|rate| (rate - planned).abs() <= 0.001);
    notes.check(near, STREAM, || {
        let stated = variant.frame_rate.map_or("none".to_owned(), |rate| rate.to_string());
        format!("the variant {name} has FRAME-RATE {stated}, but the plan {planned:.3}")
    });
    notes.check(has_audio || plan.audios().next().is_none(), STREAM, || format!("the variant {name} is without sound"));
}

/// The bit rates of a variant are those of its video and of its fattest sound together.
fn compare_rates(variant: &VariantStream, main: &TrackReading, group: &[&TrackReading], notes: &mut Notes) {
    let sound: Option<Vec<_>> = group.iter().map(|reading| Rates::of(reading)).collect();
    let (Some(own), Some(sound)) = (Rates::of(main), sound) else { return };
    let measured = own.with(sound.into_iter().fold(Rates::default(), Rates::max));
    let name = &variant.uri;
    notes.check(is_near(variant.bandwidth, measured.peak), STREAM, || {
        format!("the variant {name} has BANDWIDTH {}, but its segments peak at {}", variant.bandwidth, measured.peak)
    });
    let average = variant.average_bandwidth.unwrap_or(measured.average);
    notes.check(is_near(average, measured.average), STREAM, || {
        format!("the variant {name} has AVERAGE-BANDWIDTH {average}, but its segments have {}", measured.average)
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::report::tests::noted;
    use crate::verify::track::tests::{audio_reading, audio_track};

    fn found(text: &str) -> Vec<String> {
        let track = audio_track();
        let tracks = [audio_reading(&track)];
        let master = m3u8_rs::parse_master_playlist_res(text.as_bytes()).unwrap();
        noted(|notes| {
            check(&master, notes);
            for rendition in &master.alternatives {
                compare_rendition(rendition, &tracks, notes);
            }
            for variant in &master.variants {
                let main = track_of(&variant.uri, &tracks).unwrap();
                compare_codecs(variant, main, &[], notes);
                compare_rates(variant, main, &[], notes);
            }
        })
    }

    // 1000 bytes in 3072 samples at 48 kHz.
    const AUDIO_ONLY: &str = "#EXTM3U\n#EXT-X-INDEPENDENT-SEGMENTS\n\
        #EXT-X-STREAM-INF:BANDWIDTH=125000,AVERAGE-BANDWIDTH=125000,CODECS=\"mp4a.40.2\"\naudio/playlist.m3u8\n";

    #[test]
    fn a_good_playlist_is_clean() {
        assert_eq!(found(AUDIO_ONLY), Vec::<String>::new());
    }

    #[test]
    fn rates_are_within_a_tenth() {
        let lines = found(&AUDIO_ONLY.replace("125000", "140000"));
        assert_eq!(lines.len(), 2, "{lines:?}");
        assert!(lines[0].contains("BANDWIDTH 140000, but its segments peak at 125000"));
    }

    #[test]
    fn codecs_are_those_of_the_tracks() {
        assert!(found(&AUDIO_ONLY.replace("mp4a.40.2", "mp4a.40.5"))[0].contains("its tracks are mp4a.40.2"));
        assert!(found(&AUDIO_ONLY.replace(",CODECS=\"mp4a.40.2\"", ""))[0].contains("no CODECS"));
    }

    #[test]
    fn groups_are_there_and_can_be_told_apart() {
        let missing = AUDIO_ONLY.replace("CODECS", "AUDIO=\"sound\",CODECS");
        assert!(found(&missing)[0].contains("which there is not"));
        let media = "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"sound\",NAME=\"A\",DEFAULT=YES,AUTOSELECT=YES,CHANNELS=\"2\",\
            URI=\"audio/playlist.m3u8\"\n";
        let twice = missing.replace("#EXT-X-STREAM", &format!("{media}{media}#EXT-X-STREAM"));
        let lines = found(&twice);
        assert!(lines[0].contains("two renditions of one name") && lines[1].contains("2 defaults"), "{lines:?}");
        let once = missing.replace("#EXT-X-STREAM", &format!("{media}#EXT-X-STREAM"));
        assert_eq!(found(&once), Vec::<String>::new());
        assert!(found(&once.replace("CHANNELS=\"2\"", "CHANNELS=\"6\""))[0].contains("CHANNELS 6, but the plan 2"));
        assert!(found(&once.replace("AUDIO=\"sound\",", ""))[0].contains("no variant has the audio group"));
    }
}
