//! MPEG-DASH, ISO/IEC 23009-1.

use std::time::Duration;

use dash_mpd::{
    Accessibility, AdaptationSet, AudioChannelConfiguration, Label, MPD, Period, Representation, Role, SegmentTemplate,
    SegmentTimeline,
};

use super::bandwidth::Bandwidth;
use super::sets::{ROLES, timeline};
use super::{captions, closed_captions, storyboard, text};
use crate::base::Rational;
use crate::plan::{AudioRendition, AudioRole, Plan, Rendition, SourceVideo, VideoRendition};

const NAMESPACE: &str = "urn:mpeg:dash:schema:mpd:2011";
/// The live profile is the one with segment templates, for static presentations too (ISO/IEC 23009-1 8.4).
const PROFILES: &str = "urn:mpeg:dash:profile:isoff-live:2011,urn:mpeg:dash:profile:cmaf:2019";

/// The DASH manifest: a static presentation of one period, with one adaptation set for all video renditions, one for
/// each audio rendition, one for the storyboard, one for the captions in each language, and one for each text rendition.
pub fn dash_manifest(plan: &Plan, bandwidth: &Bandwidth) -> String {
    let duration = to_duration(plan.duration());
    let longest = plan.renditions().iter().filter(|rendition| rendition.storyboard().is_none()).flat_map(|rendition| {
        let durations = rendition.sample_durations();
        durations.into_iter().map(|ticks| Rational::new(ticks as i64, rendition.timescale.into()))
    });
    let videos = plan.source_video().and_then(|source| video_set(plan, source, bandwidth));
    let audios =
        plan.audios().zip(1..).map(|((rendition, audio), id)| audio_set(plan, rendition, audio, id, bandwidth));
    let images = storyboard::image_set(plan, 1 + plan.audios().count(), bandwidth);
    let captions = captions::text_sets(plan, 2 + plan.audios().count());
    let texts = text::text_sets(plan, 2 + plan.audios().count() + plan.captions().len(), bandwidth);
    let mpd = MPD {
        xmlns: Some(NAMESPACE.into()),
        profiles: Some(PROFILES.into()),
        mpdtype: Some("static".into()),
        mediaPresentationDuration: Some(duration),
        minBufferTime: longest.max().map(to_duration),
        periods: vec![Period {
            id: Some("0".into()),
            start: Some(Duration::ZERO),
            duration: Some(duration),
            adaptations: videos.into_iter().chain(audios).chain(images).chain(captions).chain(texts).collect(),
            ..Default::default()
        }],
        ..Default::default()
    };
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{mpd}\n")
}

/// Rounds to nanoseconds, which are finer than any timescale in a plan.
fn to_duration(seconds: Rational) -> Duration {
    Duration::from_nanos(u64::try_from(Rational::new(1, 1_000_000_000).ticks(seconds)).unwrap_or(0))
}

fn template(rendition: &Rendition) -> SegmentTemplate {
    SegmentTemplate {
        timescale: Some(rendition.timescale.into()),
        initialization: Some("$RepresentationID$/init.mp4".into()),
        media: Some("$RepresentationID$/$Number%05d$.m4s".into()),
        startNumber: Some(0),
        SegmentTimeline: Some(SegmentTimeline { segments: timeline(&rendition.sample_durations()) }),
        ..Default::default()
    }
}

/// An adaptation set with what audio and video share.
fn segmented_set(rendition: &Rendition, id: u32, content: &str) -> AdaptationSet {
    AdaptationSet {
        id: Some(id.to_string()),
        contentType: Some(content.into()),
        mimeType: Some(format!("{content}/mp4")),
        segmentAlignment: Some(true),
        startWithSAP: Some(1),
        SegmentTemplate: Some(template(rendition)),
        ..Default::default()
    }
}

fn video_set(plan: &Plan, source: &SourceVideo, bandwidth: &Bandwidth) -> Option<AdaptationSet> {
    let (largest, size) = plan.videos().next()?;
    let representation = |(rendition, video): (&Rendition, &VideoRendition)| Representation {
        id: Some(rendition.id.clone()),
        codecs: Some(rendition.codecs.clone()),
        bandwidth: Some(bandwidth.of(plan, &rendition.id).peak),
        width: Some(video.width.into()),
        height: Some(video.height.into()),
        frameRate: Some(source.frame_rate.to_string()),
        sar: Some("1:1".into()),
        ..Default::default()
    };
    let aspect = Rational::new(size.width.into(), size.height.into());
    Some(AdaptationSet {
        par: Some(format!("{}:{}", aspect.num(), aspect.den())),
        maxWidth: Some(size.width.into()),
        maxHeight: Some(size.height.into()),
        Accessibility: closed_captions::accessibility(plan),
        representations: plan.videos().map(representation).collect(),
        ..segmented_set(largest, 0, "video")
    })
}

fn audio_set(
    plan: &Plan,
    rendition: &Rendition,
    audio: &AudioRendition,
    id: u32,
    bandwidth: &Bandwidth,
) -> AdaptationSet {
    let has_surround = plan.audios().any(|(_, audio)| audio.channels > 2);
    // ISO/IEC 23009-1 table 34.
    let (role, accessibility) = match audio.role {
        AudioRole::Commentary => ("commentary", None),
        AudioRole::Description => ("description", Some("description")),
        AudioRole::HearingImpaired => ("alternate", Some("enhanced-audio-intelligibility")),
        _ if audio.default => ("main", None),
        AudioRole::Dub => ("dub", None),
        AudioRole::Programme => ("alternate", None),
    };
    AdaptationSet {
        lang: audio.language.clone(),
        Label: vec![Label { content: audio.name.clone(), ..Default::default() }],
        Role: vec![Role { schemeIdUri: ROLES.into(), value: Some(role.into()), ..Default::default() }],
        Accessibility: accessibility
            .map(|value| Accessibility { schemeIdUri: ROLES.into(), value: Some(value.into()), ..Default::default() })
            .into_iter()
            .collect(),
        representations: vec![Representation {
            id: Some(rendition.id.clone()),
            codecs: Some(rendition.codecs.clone()),
            bandwidth: Some(bandwidth.of(plan, &rendition.id).peak),
            audioSamplingRate: Some(audio.sample_rate.to_string()),
            AudioChannelConfiguration: vec![AudioChannelConfiguration {
                schemeIdUri: "urn:mpeg:dash:23003:3:audio_channel_configuration:2011".into(),
                value: Some(audio.channels.to_string()),
                ..Default::default()
            }],
            ..Default::default()
        }],
        // Where there are both, stereo is what players begin with.
        selectionPriority: Some(if audio.channels > 2 { 1 } else { 2 }).filter(|_| has_surround),
        ..segmented_set(rendition, id, "audio")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_rounded_to_nanoseconds() {
        assert_eq!(to_duration(Rational::new(1001, 30_000)), Duration::from_nanos(33_366_667));
    }
}
