//! HTTP Live Streaming, RFC 8216.

use m3u8_rs::{
    AlternativeMedia, AlternativeMediaType, ClosedCaptionGroupId, Map, MasterPlaylist, MediaPlaylist, MediaSegment,
    Resolution, VariantStream,
};

use super::bandwidth::Bandwidth;
use super::playlist::{VERSION, segment, text, whole_playlist};
use super::{captions, storyboard};
use crate::base::{Error, Result};
use crate::plan::{Plan, Rendition};

const AUDIO_GROUP: &str = "audio";

/// The multivariant playlist: one variant for each video track, smallest first, so that players which
/// begin with the first show a picture soon; all audio tracks in one group, and all captions; the storyboard as an
/// image stream, which players that do not know it pass over. Without video each audio track is a variant.
pub fn multivariant_playlist(plan: &Plan, bandwidth: &Bandwidth) -> String {
    let mut playlist = MasterPlaylist { version: Some(VERSION), independent_segments: true, ..Default::default() };
    let videos: Vec<_> = plan.videos().collect();
    if videos.is_empty() {
        playlist.variants = plan.audios().map(|(track, _)| audio_variant(plan, track, bandwidth)).collect();
    } else {
        playlist.alternatives = plan
            .audios()
            .map(|(rendition, audio)| AlternativeMedia {
                media_type: AlternativeMediaType::Audio,
                uri: Some(rendition.playlist_key()),
                group_id: AUDIO_GROUP.into(),
                language: audio.language.clone(),
                // Names in a group have to differ (RFC 8216 4.3.4.1); two tracks may be called the same.
                name: if plan.audios().filter(|(_, other)| other.name == audio.name).count() > 1 {
                    format!("{} ({})", audio.name, rendition.id)
                } else {
                    audio.name.clone()
                },
                default: audio.default,
                autoselect: true,
                channels: Some(audio.channels.to_string()),
                ..Default::default()
            })
            .collect();
        playlist.variants = videos
            .iter()
            .rev()
            .map(|(rendition, video)| {
                let loudest = |rate: fn(&super::Rate) -> u64| {
                    plan.audios().map(|(audio, _)| rate(&bandwidth.of(plan, &audio.id))).max().unwrap_or(0)
                };
                let own = bandwidth.of(plan, &rendition.id);
                let audio = plan.audios().next();
                let codecs =
                    std::iter::once(rendition.codecs.clone()).chain(audio.map(|(audio, _)| audio.codecs.clone()));
                let frame_rate = plan.source_video().map_or(0.0, |source| source.frame_rate.to_f64());
                VariantStream {
                    uri: rendition.playlist_key(),
                    bandwidth: own.peak + loudest(|rate| rate.peak),
                    average_bandwidth: Some(own.average + loudest(|rate| rate.average)),
                    codecs: Some(codecs.collect::<Vec<_>>().join(",")),
                    resolution: Some(Resolution { width: video.width.into(), height: video.height.into() }),
                    // Three decimals, RFC 8216 4.3.4.2.
                    frame_rate: Some((frame_rate * 1000.0).round() / 1000.0),
                    audio: audio.map(|_| AUDIO_GROUP.into()),
                    closed_captions: Some(ClosedCaptionGroupId::None),
                    ..Default::default()
                }
            })
            .collect();
    }
    if !plan.captions().is_empty() {
        playlist.alternatives.extend(captions::renditions(plan));
        playlist.variants.iter_mut().for_each(|variant| variant.subtitles = Some(captions::GROUP.into()));
    }
    playlist.unknown_tags.extend(storyboard::image_stream(plan, bandwidth));
    text(|bytes| playlist.write_to(bytes))
}

/// A multivariant playlist with the variant first that a player with `bandwidth` bits per second should begin with:
/// the best that this carries, or else the smallest. Players start with the first and change when they have measured.
///
/// The playlist may be that of any package, from [`multivariant_playlist`] or from its file. Fails with
/// [`ErrorKind::InvalidArgument`](crate::ErrorKind::InvalidArgument) where the text is no multivariant playlist.
///
/// ```
/// use vodkit::manifest::with_first_variant;
///
/// let (small, large) = ("#EXT-X-STREAM-INF:BANDWIDTH=400000\n240p.m3u8\n", "#EXT-X-STREAM-INF:BANDWIDTH=900000\n480p.m3u8\n");
/// let playlist = with_first_variant(&format!("#EXTM3U\n{small}{large}"), 1_000_000)?;
/// assert!(playlist.find("480p.m3u8") < playlist.find("240p.m3u8"));
/// # Ok::<(), vodkit::Error>(())
/// ```
pub fn with_first_variant(playlist: &str, bandwidth: u64) -> Result<String> {
    let no_playlist = || Error::invalid("playlist: it is not an HLS multivariant playlist (RFC 8216 4.3.4)".to_owned());
    let (_, mut playlist) = m3u8_rs::parse_master_playlist(playlist.as_bytes()).map_err(|_| no_playlist())?;
    let variants = playlist.variants.iter().enumerate();
    // Fitting before not fitting; of those that fit the largest, of the others the smallest.
    let (first, _) = variants
        .max_by_key(|(_, variant)| match variant.bandwidth {
            rate if rate <= bandwidth => (true, i128::from(rate)),
            rate => (false, -i128::from(rate)),
        })
        .ok_or_else(no_playlist)?;
    let variant = playlist.variants.remove(first);
    playlist.variants.insert(0, variant);
    Ok(text(|bytes| playlist.write_to(bytes)))
}

fn audio_variant(plan: &Plan, rendition: &Rendition, bandwidth: &Bandwidth) -> VariantStream {
    let rate = bandwidth.of(plan, &rendition.id);
    VariantStream {
        uri: rendition.playlist_key(),
        bandwidth: rate.peak,
        average_bandwidth: Some(rate.average),
        codecs: Some(rendition.codecs.clone()),
        ..Default::default()
    }
}

/// The media playlist of one rendition; that of a storyboard is an image media playlist.
pub fn media_playlist(rendition: &Rendition) -> String {
    if let Some((_, images)) = rendition.storyboard() {
        return storyboard::image_playlist(rendition, images);
    }
    let durations = rendition.segment_durations();
    let map = Map { uri: "init.mp4".into(), byte_range: None, other_attributes: Default::default() };
    let segments = durations.iter().zip(0..).map(|(ticks, index)| MediaSegment {
        map: (index == 0).then(|| map.clone()),
        ..segment(rendition, index, *ticks)
    });
    let whole = whole_playlist(&durations, rendition.timescale, segments.collect());
    let playlist = MediaPlaylist { independent_segments: true, ..whole };
    text(|bytes| playlist.write_to(bytes))
}
