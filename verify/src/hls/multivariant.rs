//! Rules of the HLS multivariant playlist, RFC 8216 4.3.4.

use std::collections::{BTreeMap, BTreeSet};

use m3u8_rs::{AlternativeMedia, AlternativeMediaType, MasterPlaylist, SessionDataField, VariantStream};

use crate::bit_rate::{BitRates, is_near};
use crate::folder::resolve;
use crate::hls::image_tags::image_uri;
use crate::layout::{LAYOUT, MULTIVARIANT};
use crate::notes::Notes;
use crate::plan::{Plan, RenditionKind};
use crate::rational::to_f64;
use crate::rendition::RenditionReading;

const MEDIA: &str = "RFC 8216 4.3.4.1";
const STREAM: &str = "RFC 8216 4.3.4.2";

/// The playlists that it names.
pub(crate) fn uris(playlist: &MasterPlaylist) -> impl Iterator<Item = &str> {
    let renditions = playlist.alternatives.iter().filter_map(|rendition| rendition.uri.as_deref());
    let images = playlist.unknown_tags.iter().filter_map(image_uri);
    renditions.chain(playlist.variants.iter().map(|variant| variant.uri.as_str())).chain(images)
}

/// What data of the session is in files, by its name and its file.
pub(crate) fn session_files(playlist: &MasterPlaylist) -> impl Iterator<Item = (&str, &str)> {
    playlist.session_data.iter().filter_map(|data| match &data.field {
        SessionDataField::Uri(uri) => Some((data.data_id.as_str(), uri.as_str())),
        SessionDataField::Value(_) => None,
    })
}

/// Checks the playlist on its own.
pub(crate) fn check(playlist: &MasterPlaylist, notes: &mut Notes) {
    notes.check(playlist.independent_segments, "RFC 8216 4.3.5.1", || "it has no EXT-X-INDEPENDENT-SEGMENTS".into());
    notes.check(!playlist.variants.is_empty(), STREAM, || "it has no variants".into());
    check_renditions(playlist, notes);
    for variant in &playlist.variants {
        check_variant(variant, playlist, notes);
    }
    let used: BTreeSet<_> = playlist.variants.iter().filter_map(|variant| variant.audio.as_deref()).collect();
    for rendition in playlist.alternatives.iter().filter(|rendition| is_audio(rendition)) {
        notes.check(used.contains(rendition.group_id.as_str()), STREAM, || {
            format!("no variant has the audio group \"{}\"", rendition.group_id)
        });
    }
}

fn is_audio(rendition: &AlternativeMedia) -> bool {
    rendition.media_type == AlternativeMediaType::Audio
}

/// RFC 8216 4.3.4.1.1: the members of a group can be told apart, and at most one of them is the default.
fn check_renditions(playlist: &MasterPlaylist, notes: &mut Notes) {
    let mut groups: BTreeMap<(String, &str), Vec<&AlternativeMedia>> = BTreeMap::new();
    for rendition in &playlist.alternatives {
        groups.entry((rendition.media_type.to_string(), &rendition.group_id)).or_default().push(rendition);
        notes.check(rendition.uri.is_some() || !is_audio(rendition), MEDIA, || {
            format!("the rendition \"{}\" has no URI", rendition.name)
        });
        notes.check(rendition.autoselect || !rendition.default, MEDIA, || {
            format!("the rendition \"{}\" is the default but not AUTOSELECT", rendition.name)
        });
    }
    for ((_, group), members) in groups {
        let names: BTreeSet<_> = members.iter().map(|rendition| &rendition.name).collect();
        notes.check(names.len() == members.len(), MEDIA, || {
            format!("the group \"{group}\" has two renditions of the same name")
        });
        let defaults = members.iter().filter(|rendition| rendition.default).count();
        notes.check(defaults <= 1, MEDIA, || format!("the group \"{group}\" has {defaults} defaults"));
    }
}

fn check_variant(variant: &VariantStream, playlist: &MasterPlaylist, notes: &mut Notes) {
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
        let there = playlist.alternatives.iter().any(|rendition| is_audio(rendition) && rendition.group_id == *group);
        notes.check(there, STREAM, || {
            format!("the variant {name} has the audio group \"{group}\", which does not exist")
        });
    }
}

/// Compares the playlist with the plan and with what was read of its renditions.
pub(crate) fn compare(playlist: &MasterPlaylist, plan: &Plan, readings: &[RenditionReading], notes: &mut Notes) {
    let named: BTreeSet<_> = uris(playlist).filter_map(|uri| resolve(MULTIVARIANT, uri)).collect();
    for reading in readings {
        notes.check(named.contains(&reading.rendition.playlist_key()), LAYOUT, || {
            format!("it does not name the playlist of the rendition {}", reading.rendition.id)
        });
    }
    for rendition in playlist.alternatives.iter().filter(|rendition| is_audio(rendition)) {
        compare_rendition(rendition, readings, notes);
    }
    for variant in &playlist.variants {
        let Some(main) = reading_of(&variant.uri, readings) else {
            notes.add(LAYOUT, format!("the variant {} is of no rendition of the plan", variant.uri));
            continue;
        };
        let group: Vec<_> = playlist
            .alternatives
            .iter()
            .filter(|rendition| is_audio(rendition) && Some(&rendition.group_id) == variant.audio.as_ref())
            .filter_map(|rendition| reading_of(rendition.uri.as_deref()?, readings))
            .collect();
        compare_codecs(variant, main, &group, notes);
        compare_video(variant, main, plan, !group.is_empty(), notes);
        compare_rates(variant, main, &group, notes);
    }
}

fn reading_of<'a, 'plan>(uri: &str, readings: &'a [RenditionReading<'plan>]) -> Option<&'a RenditionReading<'plan>> {
    let key = resolve(MULTIVARIANT, uri)?;
    readings.iter().find(|reading| reading.rendition.playlist_key() == key)
}

fn compare_rendition(rendition: &AlternativeMedia, readings: &[RenditionReading], notes: &mut Notes) {
    let name = &rendition.name;
    let reading = rendition.uri.as_deref().and_then(|uri| reading_of(uri, readings));
    let Some(RenditionKind::Audio(audio)) = reading.map(|reading| &reading.rendition.kind) else {
        notes.add(LAYOUT, format!("the rendition \"{name}\" is no audio rendition of the plan"));
        return;
    };
    // The number of channels comes first; other parameters follow a slash.
    let stated = rendition.channels.as_deref().and_then(|channels| channels.split('/').next());
    notes.check(stated == Some(audio.channels.to_string().as_str()), MEDIA, || {
        format!("the rendition \"{name}\" has CHANNELS {}, but the plan {}", stated.unwrap_or("none"), audio.channels)
    });
    notes.check(rendition.default == audio.default, MEDIA, || {
        format!("the rendition \"{name}\" has DEFAULT {}, but the plan {}", rendition.default, audio.default)
    });
}

fn compare_codecs(variant: &VariantStream, main: &RenditionReading, group: &[&RenditionReading], notes: &mut Notes) {
    let Some(codecs) = &variant.codecs else { return };
    // The hexadecimal digits of an AVC string may be in either case.
    let stated: BTreeSet<_> = codecs.split(',').map(|codec| codec.trim().to_ascii_lowercase()).collect();
    let all = std::iter::once(main).chain(group.iter().copied());
    let wanted: BTreeSet<_> = all.map(|reading| reading.codecs().to_ascii_lowercase()).collect();
    notes.check(stated == wanted, STREAM, || {
        let wanted: Vec<_> = wanted.iter().map(String::as_str).collect();
        format!("the variant {} has CODECS \"{codecs}\", but its renditions are {}", variant.uri, wanted.join(","))
    });
}

fn compare_video(variant: &VariantStream, main: &RenditionReading, plan: &Plan, has_audio: bool, notes: &mut Notes) {
    let (RenditionKind::Video(video), Some(source)) = (&main.rendition.kind, &plan.source_video) else { return };
    let name = &variant.uri;
    let size = variant.resolution.map(|resolution| (resolution.width, resolution.height));
    notes.check(size == Some((video.width.into(), video.height.into())), STREAM, || {
        let stated = variant.resolution.map_or("none".to_owned(), |resolution| resolution.to_string());
        format!("the variant {name} has RESOLUTION {stated}, but the plan {}x{}", video.width, video.height)
    });
    // Three decimals are written.
    let planned = to_f64(source.frame_rate);
    let near = variant.frame_rate.is_some_and(|rate| (rate - planned).abs() <= 0.001);
    notes.check(near, STREAM, || {
        let stated = variant.frame_rate.map_or("none".to_owned(), |rate| rate.to_string());
        format!("the variant {name} has FRAME-RATE {stated}, but the plan {planned:.3}")
    });
    notes.check(has_audio || plan.audio().next().is_none(), STREAM, || format!("the variant {name} has no audio"));
}

/// The bit rates of a variant are those of its video together with the highest of its audio group. Without video it is
/// itself one of the group, and one of these is played at a time.
fn compare_rates(variant: &VariantStream, main: &RenditionReading, group: &[&RenditionReading], notes: &mut Notes) {
    let audio: Option<Vec<_>> = group.iter().map(|reading| BitRates::of(reading)).collect();
    let (Some(own), Some(audio)) = (BitRates::of(main), audio) else { return };
    let is_in_group = group.iter().any(|reading| std::ptr::eq(*reading, main));
    let own = if is_in_group { BitRates::default() } else { own };
    let measured = own.with(audio.into_iter().fold(BitRates::default(), BitRates::max));
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
    use crate::notes::tests::noted;
    use crate::rendition::tests::{audio_reading, audio_rendition};

    fn found(text: &str) -> Vec<String> {
        let rendition = audio_rendition();
        let readings = [audio_reading(&rendition)];
        let playlist = m3u8_rs::parse_master_playlist_res(text.as_bytes()).unwrap();
        noted(|notes| {
            check(&playlist, notes);
            for rendition in &playlist.alternatives {
                compare_rendition(rendition, &readings, notes);
            }
            for variant in &playlist.variants {
                let main = reading_of(&variant.uri, &readings).unwrap();
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
    fn bit_rates_are_within_ten_percent() {
        let lines = found(&AUDIO_ONLY.replace("125000", "140000"));
        assert_eq!(lines.len(), 2, "{lines:?}");
        assert!(lines[0].contains("BANDWIDTH 140000, but its segments peak at 125000"));
    }

    #[test]
    fn codecs_are_those_of_the_renditions() {
        assert!(found(&AUDIO_ONLY.replace("mp4a.40.2", "mp4a.40.5"))[0].contains("its renditions are mp4a.40.2"));
        assert!(found(&AUDIO_ONLY.replace(",CODECS=\"mp4a.40.2\"", ""))[0].contains("no CODECS"));
    }

    #[test]
    fn groups_exist_and_can_be_told_apart() {
        let missing = AUDIO_ONLY.replace("CODECS", "AUDIO=\"audio\",CODECS");
        assert!(found(&missing)[0].contains("which does not exist"));
        let media = "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"audio\",NAME=\"A\",DEFAULT=YES,AUTOSELECT=YES,CHANNELS=\"2\",\
            URI=\"audio/playlist.m3u8\"\n";
        let twice = missing.replace("#EXT-X-STREAM", &format!("{media}{media}#EXT-X-STREAM"));
        let lines = found(&twice);
        assert!(lines[0].contains("two renditions of the same name") && lines[1].contains("2 defaults"), "{lines:?}");
        let once = missing.replace("#EXT-X-STREAM", &format!("{media}#EXT-X-STREAM"));
        assert_eq!(found(&once), Vec::<String>::new());
        assert!(found(&once.replace("CHANNELS=\"2\"", "CHANNELS=\"6\""))[0].contains("CHANNELS 6, but the plan 2"));
        assert!(found(&once.replace("AUDIO=\"audio\",", ""))[0].contains("no variant has the audio group"));
    }
}
