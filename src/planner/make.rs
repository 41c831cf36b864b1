//! From what a probe found and what the caller wants to a plan.

use std::sync::Arc;

use super::audio_source::{AudioSource, Timing};
use super::clip::clipped;
use super::error::unsupported;
use super::passthrough::Candidate;
use super::{storyboard, video};
use crate::base::{Error, ErrorKind, Rational, Result};
use crate::media::{
    Build, CountedFrame, FrameIndex, MediaInfo, Track as SourceTrack, TrackIndex, TrackKind as SourceKind, VideoInfo,
};
use crate::plan::{CopyTop, Ladder, MAX_SECONDS, Parts, Plan, Rendition, SourceId, SourceVideo};
use crate::probe::Passthrough;

/// What a plan is made from.
pub(crate) struct Findings<'probe> {
    pub(crate) info: &'probe MediaInfo,
    pub(crate) index: &'probe FrameIndex,
    /// The decoded frames of the tracks whose sound is counted, by the track's position.
    pub(crate) counted: &'probe [(u32, Vec<CountedFrame>)],
    /// Where copying is wished for.
    pub(crate) passthrough: Option<&'probe Passthrough>,
    pub(crate) source: SourceId,
    pub(crate) build: Build,
}

/// The video that is played.
type Video<'probe> = (&'probe SourceTrack, &'probe VideoInfo, &'probe TrackIndex);

/// Decides everything.
pub(crate) fn make(findings: &Findings<'_>, ladder: &Ladder) -> Result<Plan> {
    ladder.check()?;
    findings.check_duration()?;
    let video = findings.video();
    let audio = findings.audio();
    findings.check_decodable(video.is_some(), !audio.is_empty())?;
    let starts = audio.iter().filter_map(|audio| audio.start);
    let origin = origin(video.map(|(_, info, index)| (info, index)), starts, ladder).ok_or_else(|| {
        Error::new(ErrorKind::NothingToPlay, "the source has no picture and no sound that this build can decode")
    })?;
    let (origin, end) = clipped(findings.info, ladder, video.map(|(_, info, index)| (info, index)), origin)?;
    let (origin, source_video, mut renditions) = match video {
        Some(video) => {
            let (origin, source_video, renditions) = make_video(findings, video, ladder, origin, end)?;
            (origin, Some(source_video), renditions)
        }
        None => (origin, None, Vec::new()),
    };
    let video_end = source_video.as_ref().map(|video| video.duration());
    let audio_end = audio.iter().filter_map(|audio| audio.end).max();
    let audio_end = audio_end.map(|audio_end| end.map_or(audio_end, |end| end.min(audio_end)) - origin);
    let duration = video_end.into_iter().chain(audio_end).max().unwrap_or(Rational::ZERO);
    if duration <= Rational::ZERO {
        return Err(Error::new(ErrorKind::NothingToPlay, "the source lasts 0 seconds: there is nothing to play"));
    }
    let cuts = cuts(source_video.as_deref(), ladder.segment_seconds, duration);
    let timing = Timing { origin, duration, cuts: &cuts, source_bytes: findings.info.size };
    for (number, sound) in audio.iter().enumerate() {
        let id = if audio.len() == 1 { "audio".to_owned() } else { format!("audio-{}", number + 1) };
        renditions.push(sound.rendition(id, number == 0, ladder, &timing, findings.passthrough)?);
    }
    if let (Some((_, _, index)), Some(source_video)) = (&video, &source_video) {
        renditions.extend(storyboard::rendition(ladder, source_video, index, origin));
    }
    // What is presented is whole frames of video and of audio.
    let duration = renditions.iter().map(Rendition::duration).max().unwrap_or(duration);
    let (build, source) = (findings.build.clone(), findings.source.clone());
    let parts = Parts { build, source, origin, duration, renditions, video: source_video, captions: Vec::new() };
    Plan::new(parts).map_err(|message| unsupported(format!("no package can be made of this source: {message}")))
}

/// Seconds of sound before the first picture that are cut where pictures are copied: what an encoder primes with,
/// and more than that.
const MAX_AUDIO_CUT: (i64, i64) = (1, 10);

/// The pictures and their tracks, and the container's time that is then shown at 0.
fn make_video(
    findings: &Findings<'_>,
    (track, info, index): Video<'_>,
    ladder: &Ladder,
    origin: Rational,
    end: Option<Rational>,
) -> Result<(Rational, Arc<SourceVideo>, Vec<Rendition>)> {
    let frame_rate = video::frame_rate(info.frame_rate, ladder.max_frame_rate);
    // Where pictures are copied, none can be added before the first: a little sound is rather cut.
    let start = index.span().map_or(origin, |(start, _)| start);
    let cut = start - origin <= Rational::new(MAX_AUDIO_CUT.0, MAX_AUDIO_CUT.1);
    let origin_of_copy = if cut { start } else { origin };
    let source_bytes = findings.info.size;
    let candidate =
        |passthrough| Candidate { info, index, passthrough, ladder, frame_rate, origin: origin_of_copy, source_bytes };
    let copied = findings.passthrough.map(|found| match ladder.watermark {
        None => candidate(found).copied(),
        Some(_) => Err("a watermark comes over it".to_owned()),
    });
    let (origin, windows, copied) = match copied {
        Some(Ok(copied)) => (origin_of_copy, Some(copied.windows.clone()), Some(Ok(copied))),
        Some(Err(reason)) if ladder.copy_top == CopyTop::Always => {
            let message = format!("track {} of the source cannot be copied: {reason}; encode it", track.index);
            return Err(unsupported(message));
        }
        refused => (origin, None, refused),
    };
    let span = video::VideoSpan { frame_rate, origin, end };
    let source_video = Arc::new(video::source_video(info, index, ladder, &span, windows)?);
    let renditions = video::renditions(info, &source_video, ladder, copied)?;
    Ok((origin, source_video, renditions))
}

/// Times at which segments of sound begin, as near as frames of sound allow, in seconds, 0 left out: those of the
/// pictures' segments, and behind the pictures one each segment's length. A rest of less than half goes with the last.
fn cuts(video: Option<&SourceVideo>, segment: Rational, duration: Rational) -> Vec<Rational> {
    let starts =
        video.into_iter().flat_map(|video| video.windows.iter().map(|window| video.time_of(window.first_frame)));
    let mut cuts: Vec<Rational> = starts.skip(1).collect();
    let mut next = video.map_or(segment, SourceVideo::duration);
    while next + segment / Rational::from(2) <= duration {
        cuts.push(next);
        next = next + segment;
    }
    cuts
}

/// The container's time that a package of this source shows at 0.
pub(crate) fn presentation_start(info: &MediaInfo, index: &FrameIndex, ladder: &Ladder) -> Option<Rational> {
    let video = info.main_video().and_then(|(track, video)| Some((video, index.track(track.index)?)));
    origin(video, info.audio().iter().filter_map(|(track, _)| track.start), ladder)
}

fn origin(
    video: Option<(&VideoInfo, &TrackIndex)>,
    counted: impl Iterator<Item = Rational>,
    ladder: &Ladder,
) -> Option<Rational> {
    let pictures = video.and_then(|(info, index)| Some((info, index.span()?.0)));
    let earliest = counted.chain(pictures.map(|(_, start)| start)).min()?;
    Some(pictures.map_or(earliest, |(info, start)| {
        video::origin(start, earliest, video::frame_rate(info.frame_rate, ladder.max_frame_rate))
    }))
}

impl<'probe> Findings<'probe> {
    /// SourceVideo or sound that are there but cannot be decoded are not silently left out.
    fn check_decodable(&self, has_video: bool, has_audio: bool) -> Result<()> {
        let lost = self.info.tracks.iter().find(|track| match track.kind {
            SourceKind::Video(_) => !has_video && !track.decodable && !track.disposition.attached_picture,
            SourceKind::Audio(_) => !has_audio && !track.decodable,
            _ => false,
        });
        lost.map_or(Ok(()), |track| {
            let message =
                format!("this build cannot decode track {} of the source: its codec is {}", track.index, track.codec);
            Err(unsupported(message))
        })
    }

    /// Asked before any window is laid out: a caller's limits may let through more than memory holds.
    fn check_duration(&self) -> Result<()> {
        if self.info.duration <= Rational::from(MAX_SECONDS) {
            return Ok(());
        }
        let days = |seconds: Rational| seconds.to_f64() / 86_400.0;
        let (lasts, longest) = (days(self.info.duration), days(MAX_SECONDS.into()));
        Err(unsupported(format!("the source lasts {lasts:.0} days, and a package {longest:.0} at most: cut it")))
    }

    fn video(&self) -> Option<Video<'probe>> {
        let (track, info) = self.info.main_video()?;
        let index = self.index.track(track.index)?;
        Some((track, info, index))
    }

    fn audio(&self) -> Vec<AudioSource<'probe>> {
        let tracks = self.info.audio().into_iter();
        tracks
            .filter_map(|(track, info)| {
                let index = self.index.track(track.index).filter(|index| !index.packets.is_empty())?;
                let counted = self.counted.iter().find(|(position, _)| *position == track.index);
                let counted = counted.map(|(_, counted)| counted.as_slice());
                let silent = counted.is_some_and(<[CountedFrame]>::is_empty);
                let usable = info.sample_rate > 0 && info.channels > 0 && !silent;
                let span = index.span();
                let start = track.start.or(span.map(|span| span.0));
                let end = span.map(|span| span.1);
                usable.then_some(AudioSource { track, info, index, counted, start, end })
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_of_years_is_refused_before_anything_is_laid_out() {
        let (container, tracks) = ("mp4".to_owned(), Vec::new());
        let info = MediaInfo { container, duration: i64::MAX.into(), size: 1, bit_rate: 1, tracks };
        let source = SourceId { length: 1, digest: String::new() };
        let [vodkit, ffmpeg, h264, aac] = [(); 4].map(|()| String::new());
        let build = Build { vodkit, ffmpeg, h264, aac };
        let findings =
            Findings { info: &info, index: &FrameIndex::default(), counted: &[], passthrough: None, source, build };
        let error = make(&findings, &Ladder::default()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert!(error.to_string().contains("30 at most"), "{error}");
    }
}
