//! HTTP Live Streaming, RFC 8216.

use m3u8_rs::{
    AlternativeMedia, AlternativeMediaType, Map, MasterPlaylist, MediaPlaylist, MediaSegment, QuotedOrUnquoted,
    Resolution, VariantStream,
};

use super::bandwidth::{Bandwidth, Rate};
use super::playlist::{VERSION, media_text, segment, text, vod_playlist};
use super::{captions, chapters, closed_captions, storyboard, text as texts};
use crate::plan::{AudioRendition, AudioRole, Plan, Rendition, VideoRendition};

/// The GROUP-ID of mono and stereo.
const AUDIO_GROUP: &str = "audio";
/// The GROUP-ID of what has more channels.
const SURROUND_GROUP: &str = "surround";

/// Renditions of audio that can stand for one another, by their GROUP-ID.
type Group<'plan> = (&'static str, Vec<(&'plan Rendition, &'plan AudioRendition)>);

/// The groups of audio: mono and stereo, and if some has more channels another one with them. Both have each track, as
/// groups have to (RFC 8216 4.3.4.1.1): in stereo where it has no more.
fn groups(plan: &Plan) -> Vec<Group<'_>> {
    let (surround, stereo): (Vec<_>, Vec<_>) = plan.audios().partition(|(_, audio)| audio.channels > 2);
    if surround.is_empty() || stereo.is_empty() {
        return vec![(AUDIO_GROUP, plan.audios().collect())];
    }
    let widest = stereo.iter().map(|&(rendition, audio)| {
        let same_track = surround.iter().find(|(_, other)| other.source_track == audio.source_track);
        *same_track.unwrap_or(&(rendition, audio))
    });
    let widest = widest.collect();
    vec![(AUDIO_GROUP, stereo), (SURROUND_GROUP, widest)]
}

/// The HLS multivariant playlist: a variant for each video rendition, the smallest first, so that players which start
/// with the first show a frame soon; all audio in a group, and what has more channels than two in another, for which each
/// variant stands once more; all captions and text; and the storyboard as an image stream, which other players ignore.
/// Without video, the default audio is the only variant of a group.
pub fn multivariant_playlist(plan: &Plan, bandwidth: &Bandwidth) -> String {
    let mut playlist = MasterPlaylist { version: Some(VERSION), independent_segments: true, ..Default::default() };
    let groups = groups(plan);
    let videos: Vec<_> = plan.videos().collect();
    // Audio that is alone needs no group: it is all that there is.
    if !videos.is_empty() || plan.audios().count() > 1 {
        let members = groups.iter().flat_map(|group| group.1.iter().map(move |member| (group, *member)));
        playlist.alternatives = members.map(|(group, member)| audio_media(group, member)).collect();
    }
    for group in &groups {
        if videos.is_empty() {
            playlist.variants.extend(audio_variant(plan, group, bandwidth));
        }
        let smallest_first = videos.iter().rev();
        let variants = smallest_first.map(|&video| video_variant(plan, video, group, bandwidth));
        playlist.variants.extend(variants);
    }
    let texts: Vec<_> = captions::renditions(plan).chain(texts::renditions(plan)).collect();
    if !texts.is_empty() {
        playlist.alternatives.extend(texts);
        playlist.variants.iter_mut().for_each(|variant| variant.subtitles = Some(captions::GROUP.into()));
    }
    playlist.alternatives.extend(closed_captions::renditions(plan));
    playlist.session_data.extend(chapters::session_data(plan));
    playlist.unknown_tags.extend(storyboard::image_stream(plan, bandwidth));
    text(|bytes| playlist.write_to(bytes))
}

fn audio_media((group, members): &Group<'_>, (rendition, audio): (&Rendition, &AudioRendition)) -> AlternativeMedia {
    // Names in a group have to differ (RFC 8216 4.3.4.1.1); those of a source's tracks may not.
    let is_ambiguous = members.iter().filter(|(_, other)| other.name == audio.name).count() > 1;
    let name = if is_ambiguous { format!("{} ({})", audio.name, rendition.id) } else { audio.name.clone() };
    AlternativeMedia {
        media_type: AlternativeMediaType::Audio,
        uri: Some(rendition.playlist_key()),
        group_id: (*group).into(),
        language: audio.language.clone(),
        name,
        default: audio.default,
        // A commentary is heard by who chooses it, and by nobody else.
        autoselect: audio.role != AudioRole::Commentary,
        // RFC 8216 4.3.4.1.
        characteristics: (audio.role == AudioRole::Description).then(|| "public.accessibility.describes-video".into()),
        channels: Some(audio.channels.to_string()),
        ..Default::default()
    }
}

/// A video rendition as a variant. Its rates are those with the largest audio of the group (RFC 8216 4.3.4.2).
fn video_variant(
    plan: &Plan,
    (rendition, video): (&Rendition, &VideoRendition),
    (group, members): &Group<'_>,
    bandwidth: &Bandwidth,
) -> VariantStream {
    let max_audio = |rate: fn(&Rate) -> u64| {
        members.iter().map(|(audio, _)| rate(&bandwidth.of(plan, &audio.id))).max().unwrap_or(0)
    };
    let video_rate = bandwidth.of(plan, &rendition.id);
    let audio = members.first();
    let codecs = std::iter::once(rendition.codecs.clone()).chain(audio.map(|(audio, _)| audio.codecs.clone()));
    // Encoded video is tone mapped.
    let transfer = plan.source_video().filter(|_| rendition.is_passthrough()).map(|source| &*source.colour.transfer);
    let range = match transfer {
        Some("smpte2084") => "PQ",
        Some("arib-std-b67") => "HLG",
        _ => "SDR",
    };
    let frame_rate = plan.source_video().map_or(0.0, |source| source.frame_rate.to_f64());
    VariantStream {
        uri: rendition.playlist_key(),
        bandwidth: video_rate.peak + max_audio(|rate| rate.peak),
        average_bandwidth: Some(video_rate.average + max_audio(|rate| rate.average)),
        codecs: Some(codecs.collect::<Vec<_>>().join(",")),
        resolution: Some(Resolution { width: video.width.into(), height: video.height.into() }),
        // Three decimals, RFC 8216 4.3.4.2.
        frame_rate: Some((frame_rate * 1000.0).round() / 1000.0),
        audio: audio.map(|_| (*group).into()),
        closed_captions: closed_captions::group(plan, rendition),
        other_attributes: Some([("VIDEO-RANGE".into(), QuotedOrUnquoted::Unquoted(range.into()))].into()),
        ..Default::default()
    }
}

/// A group's default audio as a variant, of which the others are alternatives. Its rates are those of the largest audio.
fn audio_variant(plan: &Plan, (group, members): &Group<'_>, bandwidth: &Bandwidth) -> Option<VariantStream> {
    let (rendition, _) = members.first()?;
    let rates: Vec<Rate> = members.iter().map(|(audio, _)| bandwidth.of(plan, &audio.id)).collect();
    Some(VariantStream {
        uri: rendition.playlist_key(),
        bandwidth: rates.iter().map(|rate| rate.peak).max()?,
        average_bandwidth: rates.iter().map(|rate| rate.average).max(),
        codecs: Some(rendition.codecs.clone()),
        audio: (plan.audios().count() > 1).then(|| (*group).into()),
        ..Default::default()
    })
}

/// The HLS media playlist of a rendition; for a storyboard, an image media playlist.
pub fn media_playlist(rendition: &Rendition) -> String {
    if rendition.text().is_some() {
        return texts::text_playlist(rendition);
    }
    if let Some((_, images)) = rendition.storyboard() {
        return storyboard::image_playlist(rendition, images);
    }
    let durations = rendition.sample_durations();
    let map = Map { uri: "init.mp4".into(), byte_range: None, other_attributes: Default::default() };
    let segments = durations.iter().zip(0..).map(|(ticks, index)| MediaSegment {
        map: (index == 0).then(|| map.clone()),
        ..segment(rendition, index, *ticks)
    });
    let playlist = vod_playlist(&durations, rendition.timescale, segments.collect());
    let playlist = MediaPlaylist { independent_segments: true, ..playlist };
    media_text(&playlist, &durations, rendition.timescale)
}
