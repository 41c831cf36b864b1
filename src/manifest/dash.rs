//! MPEG-DASH, ISO/IEC 23009-1.

use std::time::Duration;

use dash_mpd::{
    AdaptationSet, AudioChannelConfiguration, Label, MPD, Period, Representation, Role, S, SegmentTemplate,
    SegmentTimeline,
};

use super::bandwidth::Bandwidth;
use super::{captions, storyboard};
use crate::base::Rational;
use crate::plan::{AudioRendition, Plan, Rendition, SourceVideo, VideoRendition};

const NAMESPACE: &str = "urn:mpeg:dash:schema:mpd:2011";
/// The live profile is the one with segment templates; for video on demand as well.
const PROFILES: &str = "urn:mpeg:dash:profile:isoff-live:2011,urn:mpeg:dash:profile:cmaf:2019";

/// The manifest: one static period; all video tracks in one adaptation set, one set for each audio track, one
/// for the storyboard, and one for the captions in each language.
pub fn dash_manifest(plan: &Plan, bandwidth: &Bandwidth) -> String {
    let duration = exact(plan.duration());
    let longest = plan.renditions().iter().filter(|rendition| rendition.storyboard().is_none()).flat_map(|rendition| {
        let durations = rendition.segment_durations();
        durations.into_iter().map(|ticks| Rational::new(ticks as i64, rendition.timescale.into()))
    });
    let videos = plan.source_video().and_then(|source| video_set(plan, source, bandwidth));
    let audios =
        plan.audios().zip(1..).map(|((rendition, audio), id)| audio_set(plan, rendition, audio, id, bandwidth));
    let images = storyboard::image_set(plan, 1 + plan.audios().count(), bandwidth);
    let texts = captions::text_sets(plan, 2 + plan.audios().count());
    let mpd = MPD {
        xmlns: Some(NAMESPACE.into()),
        profiles: Some(PROFILES.into()),
        mpdtype: Some("static".into()),
        mediaPresentationDuration: Some(duration),
        minBufferTime: longest.max().map(exact),
        periods: vec![Period {
            id: Some("0".into()),
            start: Some(Duration::ZERO),
            duration: Some(duration),
            adaptations: videos.into_iter().chain(audios).chain(images).chain(texts).collect(),
            ..Default::default()
        }],
        ..Default::default()
    };
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{mpd}\n")
}

/// To the nanosecond, which is finer than any timescale here.
fn exact(seconds: Rational) -> Duration {
    Duration::from_nanos(u64::try_from(Rational::new(1, 1_000_000_000).ticks(seconds)).unwrap_or(0))
}

fn template(rendition: &Rendition) -> SegmentTemplate {
    SegmentTemplate {
        timescale: Some(rendition.timescale.into()),
        initialization: Some("$RepresentationID$/init.mp4".into()),
        media: Some("$RepresentationID$/$Number%05d$.m4s".into()),
        startNumber: Some(0),
        SegmentTimeline: Some(SegmentTimeline { segments: timeline(&rendition.segment_durations()) }),
        ..Default::default()
    }
}

/// Runs of equal durations become one entry.
fn timeline(durations: &[u64]) -> Vec<S> {
    let mut entries: Vec<S> = Vec::new();
    for &duration in durations {
        match entries.last_mut().filter(|entry| entry.d == duration) {
            Some(entry) => entry.r = Some(entry.r.unwrap_or(0) + 1),
            None => entries.push(S { t: entries.is_empty().then_some(0), d: duration, ..Default::default() }),
        }
    }
    entries
}

fn set(rendition: &Rendition, id: u32, content: &str) -> AdaptationSet {
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
    let shape = Rational::new(size.width.into(), size.height.into());
    Some(AdaptationSet {
        par: Some(format!("{}:{}", shape.num(), shape.den())),
        maxWidth: Some(size.width.into()),
        maxHeight: Some(size.height.into()),
        representations: plan.videos().map(representation).collect(),
        ..set(largest, 0, "video")
    })
}

fn audio_set(
    plan: &Plan,
    rendition: &Rendition,
    audio: &AudioRendition,
    id: u32,
    bandwidth: &Bandwidth,
) -> AdaptationSet {
    let role = if audio.default { "main" } else { "alternate" };
    AdaptationSet {
        lang: audio.language.clone(),
        Label: vec![Label { content: audio.name.clone(), ..Default::default() }],
        Role: vec![Role {
            schemeIdUri: "urn:mpeg:dash:role:2011".into(),
            value: Some(role.into()),
            ..Default::default()
        }],
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
        ..set(rendition, id, "audio")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_durations_become_one_entry() {
        let entries = timeline(&[4, 4, 4, 2]);
        let short: Vec<_> = entries.iter().map(|entry| (entry.t, entry.d, entry.r)).collect();
        assert_eq!(short, [(Some(0), 4, Some(2)), (None, 2, None)]);
    }

    #[test]
    fn durations_are_exact_to_the_nanosecond() {
        assert_eq!(exact(Rational::new(1001, 30_000)), Duration::from_nanos(33_366_667));
    }
}
