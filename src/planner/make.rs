//! All decisions of a plan, from what was read of the source and what the caller asks for.

use std::sync::Arc;

use super::audio::rendition_channels;
use super::audio_source::{AudioSource, Timing, is_mixable};
use super::clip::clip_range;
use super::counting::Counting;
use super::error::unsupported;
use super::loudness::TrackGain;
use super::passthrough::VideoCandidate;
use super::{channels, chapters, left_out, storyboard, text, video};
use crate::base::{Error, ErrorKind, Rational, Result};
use crate::media::{
    Build, CountedFrame, FrameIndex, MediaInfo, Track as SourceTrack, TrackIndex, VideoInfo, shortest_tag,
};
use crate::plan::{CopyTop, Ladder, MAX_RENDITIONS, MAX_SECONDS, Parts, Plan, Rendition, SourceId, SourceVideo};
use crate::probe::Passthrough;

/// Everything that decisions depend on, besides the ladder.
pub(crate) struct Input<'probe> {
    pub(crate) info: &'probe MediaInfo,
    pub(crate) index: &'probe FrameIndex,
    /// The decoded frames of audio tracks that [need counting](super::audio::needs_counting), by the track's position.
    pub(crate) counted: &'probe [(u32, Vec<CountedFrame>)],
    /// If a loudness is asked for.
    pub(crate) gains: &'probe [TrackGain],
    /// `None` if passthrough is not asked for.
    pub(crate) passthrough: Option<&'probe Passthrough>,
    pub(crate) source: SourceId,
    pub(crate) build: Build,
}

/// The source's main video.
type Video<'probe> = (&'probe SourceTrack, &'probe VideoInfo, &'probe TrackIndex);

/// Makes the plan.
pub(crate) fn make(input: &Input<'_>, ladder: &Ladder) -> Result<Plan> {
    ladder.check()?;
    input.check_duration()?;
    let video = input.video();
    let audio = longest_first(input.audio());
    let mut warnings = left_out::warnings(input.info, input.index, video.map(|(track, ..)| track), &audio);
    let starts = audio.iter().filter_map(|audio| audio.start);
    let origin = origin(video.map(|(_, info, index)| (info, index)), starts, ladder);
    let origin = origin.ok_or_else(|| left_out::refusal(input.info))?;
    let audio_end = audio.iter().filter_map(|audio| audio.end).max();
    let video_end = video.and_then(|(_, info, index)| video::end(info, index, audio_end));
    let clipped = video.zip(video_end).map(|((_, info, _), end)| (info, end));
    let (origin, end) = clip_range(input.info, ladder, clipped, origin)?;
    let (origin, source_video, mut renditions) = match video {
        Some(video) => {
            let end = [end, video_end].into_iter().flatten().min();
            let (origin, source_video, renditions) = make_video(input, video, ladder, origin, end)?;
            (origin, Some(source_video), renditions)
        }
        None => (origin, None, Vec::new()),
    };
    let video_duration = source_video.as_ref().map(|video| video.duration());
    let audio_duration = audio_end.map(|audio_end| end.map_or(audio_end, |end| end.min(audio_end)) - origin);
    let duration = video_duration.into_iter().chain(audio_duration).max().unwrap_or(Rational::ZERO);
    if duration <= Rational::ZERO {
        return Err(Error::new(ErrorKind::NothingToPlay, "the source lasts 0 seconds: there is nothing to play"));
    }
    warnings.extend(left_out::goes_on(input.info, video.map(|(track, ..)| track), &audio, origin));
    let cuts = audio_cuts(source_video.as_deref(), ladder.segment_seconds, duration);
    // Beside pictures it would fall out of step in players that heed no edit list.
    let is_primed = source_video.is_none();
    let played: Vec<u32> =
        video.iter().map(|(track, ..)| track.index).chain(audio.iter().map(|audio| audio.track.index)).collect();
    warnings.extend(left_out::damaged(input.index, &played, origin));
    let timing = Timing { origin, duration, cuts: &cuts, source_bytes: input.info.size, is_primed };
    // All in stereo before all in more channels: players that look at the first alone can play it.
    for surround in [false, true] {
        for (number, track) in audio.iter().enumerate() {
            let Some(channels) = rendition_channels(track.info, track.channels(), ladder.audio_channels, surround)
            else {
                continue;
            };
            let id = if audio.len() == 1 { "audio".to_owned() } else { format!("audio-{}", number + 1) };
            let id = if surround { format!("{id}-{channels}ch") } else { id };
            renditions.push(track.rendition(id, channels, number == 0, ladder, &timing, input.passthrough)?);
        }
    }
    let longest = renditions.iter().map(Rendition::duration).max().unwrap_or(duration);
    // One is left for a storyboard.
    let room = MAX_RENDITIONS.saturating_sub(renditions.len() + 1);
    if ladder.text {
        let (texts, left_out) =
            text::renditions((input.info, input.index), source_video.as_deref(), (origin, longest), &cuts, room);
        renditions.extend(texts);
        warnings.extend(left_out);
    }
    if let (Some((_, _, index)), Some(source_video)) = (&video, &source_video) {
        renditions.extend(storyboard::rendition(ladder, source_video, index, origin, duration));
    }
    // Renditions have complete frames, so that they may last a little longer than the source.
    let duration = renditions.iter().map(Rendition::duration).max().unwrap_or(duration);
    let (build, source) = (input.build.clone(), input.source.clone());
    let video = source_video;
    let chapters = chapters::chapters(&input.info.chapters, origin, duration);
    let captions = Vec::new();
    let pids = input.index.pids.clone();
    let parts = Parts { build, source, pids, origin, duration, renditions, video, captions, chapters, warnings };
    Plan::new(parts).map_err(|message| unsupported(format!("no package can be made of this source: {message}")))
}

/// Seconds of audio before the first frame that may be cut off for a passthrough. Muxers put an encoder's priming
/// there, at most 2112 samples of AAC, or 48 ms at 44.1 kHz; twice that lets rounded timestamps pass as well.
const MAX_AUDIO_CUT: (i64, i64) = (1, 10);

/// The source video with its renditions, and the source's time that is then presented at 0.
fn make_video(
    input: &Input<'_>,
    (track, info, index): Video<'_>,
    ladder: &Ladder,
    origin: Rational,
    end: Option<Rational>,
) -> Result<(Rational, Arc<SourceVideo>, Vec<Rendition>)> {
    let frame_rate = video::frame_rate(info.frame_rate, ladder.max_frame_rate);
    // A passthrough cannot have frames added before the first, so a little audio is cut off instead.
    let span = index.span();
    let start = span.map_or(origin, |(start, _)| start);
    let can_cut = start - origin <= Rational::new(MAX_AUDIO_CUT.0, MAX_AUDIO_CUT.1);
    let passthrough_origin = if can_cut { start } else { origin };
    let source_bytes = input.info.size;
    let is_held = span.zip(end).is_some_and(|((_, own_end), end)| own_end < end);
    let copied = input.passthrough.map(|passthrough| match ladder.watermark {
        _ if is_held => Err("its one picture is to stay as long as its sound".to_owned()),
        None => {
            let origin = passthrough_origin;
            VideoCandidate { info, index, passthrough, ladder, frame_rate, origin, source_bytes }.copied()
        }
        Some(_) => Err("a watermark comes over it".to_owned()),
    });
    let (origin, windows, copied) = match copied {
        Some(Ok(copied)) => (passthrough_origin, Some(copied.windows.clone()), Some(Ok(copied))),
        Some(Err(reason)) if ladder.copy_top == CopyTop::Always => {
            let message = format!("track {} of the source cannot be copied: {reason}; encode it", track.index);
            return Err(unsupported(message));
        }
        refused => (origin, None, refused),
    };
    let span = video::VideoSpan { frame_rate, origin, end };
    let mut source_video = video::source_video(info, index, ladder, &span, windows)?;
    if matches!(copied, Some(Ok(_)))
        && let Some(captions) = input.index.captions(track.index)
    {
        source_video.closed_captions.clone_from(&captions.channels);
        let language = |channel| Some((channel, shortest_tag(captions.language(channel)?)));
        source_video.caption_languages = captions.channels.iter().copied().filter_map(language).collect();
    }
    let source_video = Arc::new(source_video);
    let renditions = video::renditions(info, &source_video, ladder, copied)?;
    Ok((origin, source_video, renditions))
}

/// Players stay with the sound that comes first. Of such that come one after the other in the source that is the longest.
fn longest_first(mut audio: Vec<AudioSource<'_>>) -> Vec<AudioSource<'_>> {
    let rank = |source: &AudioSource<'_>| (source.track.disposition.is_programme(), source.track.disposition.default);
    let Some(first) = audio.first() else { return audio };
    let others =
        audio.iter().enumerate().skip(1).filter(|(_, other)| rank(other) == rank(first) && other.is_apart(first));
    let longest = others.rev().max_by_key(|(_, other)| other.length());
    if let Some((place, _)) = longest.filter(|(_, other)| other.length() > first.length()) {
        let longest = audio.remove(place);
        audio.insert(0, longest);
    }
    audio
}

/// Where audio segments after the first should begin, in seconds: with the video's segments, and after the end of the
/// video at each segment's duration. A remainder of less than half a segment is merged into the last one.
fn audio_cuts(video: Option<&SourceVideo>, segment: Rational, duration: Rational) -> Vec<Rational> {
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

/// The source's time that a package of this source presents at 0.
pub(crate) fn presentation_start(info: &MediaInfo, index: &FrameIndex, ladder: &Ladder) -> Option<Rational> {
    let video = info.main_video().and_then(|(track, video)| Some((video, index.track(track.index)?)));
    let goes_along = |track: &SourceTrack| video.is_none_or(|(_, video)| index.goes_together(video.track, track.index));
    let is_heard = |track: &SourceTrack| track.duration.is_some() && goes_along(track);
    let played = info.audio().into_iter().filter(|(track, audio)| is_mixable(audio) && is_heard(track));
    origin(video, played.filter_map(|(track, _)| track.start), ladder)
}

/// Whether a format states when its packets come, and does not only have them one after the other.
fn has_times(container: &str) -> bool {
    !matches!(container, "aac" | "ac3" | "amr" | "dts" | "eac3" | "loas" | "mlp" | "mp3" | "truehd")
}

fn origin(
    video: Option<(&VideoInfo, &TrackIndex)>,
    audio_starts: impl Iterator<Item = Rational>,
    ladder: &Ladder,
) -> Option<Rational> {
    let video = video.and_then(|(info, index)| Some((info, index.span()?.0 + video::grid_start(info, index))));
    let earliest = audio_starts.chain(video.map(|(_, start)| start)).min()?;
    Some(video.map_or(earliest, |(info, start)| {
        video::origin(start, earliest, video::frame_rate(info.frame_rate, ladder.max_frame_rate))
    }))
}

impl<'probe> Input<'probe> {
    /// Refuses overlong sources before any window is made: a caller's limits may admit more windows than memory holds.
    fn check_duration(&self) -> Result<()> {
        if self.info.duration <= Rational::from(MAX_SECONDS) {
            return Ok(());
        }
        let days = |seconds: Rational| seconds.to_f64() / 86_400.0;
        let (duration, max) = (days(self.info.duration), days(MAX_SECONDS.into()));
        Err(unsupported(format!(
            "the source lasts {duration:.0} days, but a package may last at most {max:.0}: cut it"
        )))
    }

    fn video(&self) -> Option<Video<'probe>> {
        let (track, info) = self.info.main_video()?;
        let index = self.index.track(track.index)?;
        Some((track, info, index))
    }

    /// Whether a track is not of another programme than the video.
    fn goes_with_video(&self, track: &SourceTrack) -> bool {
        let video = self.info.main_video();
        video.is_none_or(|(video, _)| self.index.goes_together(video.index, track.index))
    }

    fn audio(&self) -> Vec<AudioSource<'probe>> {
        let groups = channels::groups(self.info, self.index);
        let is_other =
            |track: &SourceTrack| groups.iter().any(|group| group.iter().skip(1).any(|other| *other == track.index));
        let goes_along = |track: &SourceTrack| self.goes_with_video(track) && !is_other(track);
        // Of what is hidden altogether silence would be made.
        let tracks = self.info.audio().into_iter().filter(|(track, _)| track.duration.is_some() && goes_along(track));
        tracks
            .filter_map(|(track, info)| {
                let index = self.index.track(track.index).filter(|index| !index.packets.is_empty())?;
                let counted = self.counted.iter().find(|(position, _)| *position == track.index);
                let silent = counted.is_some_and(|(_, counted)| counted.is_empty());
                let usable = info.sample_rate > 0 && info.channels > 0 && !silent && is_mixable(info);
                let span = index.span();
                let start = track.start.or(span.map(|span| span.0));
                let count = |(_, frames): &'probe (u32, Vec<CountedFrame>)| {
                    Counting::new(frames, index, info.sample_rate, start, has_times(&self.info.container))
                };
                let counting = counted.filter(|_| usable).map(count);
                // Of an MP4's packets the durations are what its author says, of others' they are guessed from the data.
                let is_mp4 = self.info.container.contains("mp4");
                let stated = index.last_duration().filter(|_| is_mp4);
                let counted_end = counting.as_ref().and_then(|counting| counting.end(stated));
                // What is hidden at the end is decoded, and so counted, too.
                let is_cut_off = index.packets.last().is_some_and(|last| last.discard);
                let ends = [counted_end, span.map(|span| span.1).filter(|_| is_cut_off || counted_end.is_none())];
                let end = ends.into_iter().flatten().min();
                let group = groups.iter().find(|group| group.first() == Some(&track.index));
                let others = group.into_iter().flatten().skip(1).filter_map(|other| self.index.track(*other));
                let others: Vec<_> = others.collect();
                let end =
                    others.iter().filter_map(|other| other.span()).map(|span| Some(span.1)).fold(end, Option::max);
                usable.then_some(AudioSource { track, info, index, others, counting, gains: self.gains, start, end })
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_overlong_source_is_refused_before_windows_are_made() {
        let (container, tracks, chapters) = ("mp4".to_owned(), Vec::new(), Vec::new());
        let info = MediaInfo { container, duration: i64::MAX.into(), size: 1, bit_rate: 1, tracks, chapters };
        let source = SourceId { length: 1, digest: String::new() };
        let [vodkit, architecture, ffmpeg, h264, aac] = [(); 5].map(|()| String::new());
        let build = Build { vodkit, architecture, ffmpeg, h264, aac };
        let index = &FrameIndex::default();
        let input = Input { info: &info, index, counted: &[], gains: &[], passthrough: None, source, build };
        let error = make(&input, &Ladder::default()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert!(error.to_string().contains("at most 30"), "{error}");
    }
}
