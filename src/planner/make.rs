//! From what a probe found and what the caller wants to a plan.

use super::audio::{self, Layout};
use super::clip::clipped;
use super::passthrough::{Candidate, Frames};
use super::{storyboard, video};
use crate::base::{Error, ErrorKind, Rational, Result, hex};
use crate::codec::AAC_STRING;
use crate::media::{
    AudioInfo, Build, FrameIndex, MediaInfo, Sound, Track as SourceTrack, TrackIndex, TrackKind as SourceKind,
    VideoInfo,
};
use crate::plan::{
    AudioCoding, AudioTrack, AudioWindow, CopyTop, LONGEST, Ladder, Pictures, Plan, SCHEMA, SourceId, Track, TrackKind,
};
use crate::probe::OwnCodings;

/// Sample rates that are kept; sound of any other is brought to 48 kHz.
const KEPT_SAMPLE_RATES: [u32; 2] = [44_100, 48_000];

/// Whether planning needs the samples of the track's frames counted: its times alone would make seams.
pub(crate) fn sound_is_counted(index: &TrackIndex, audio: &AudioInfo) -> bool {
    audio::times_are_coarse(index.time_base, audio.sample_rate) || audio::times_waver(index)
}

/// What a plan is made from.
pub(crate) struct Material<'probe> {
    pub(crate) info: &'probe MediaInfo,
    pub(crate) index: &'probe FrameIndex,
    /// The decoded frames of the tracks whose sound is counted, by the track's position.
    pub(crate) sounds: &'probe [(u32, Vec<Sound>)],
    /// Where copying is wished for.
    pub(crate) own: Option<&'probe OwnCodings>,
    pub(crate) source: SourceId,
    pub(crate) build: Build,
}

/// The video that is played.
type Video<'probe> = (&'probe SourceTrack, &'probe VideoInfo, &'probe TrackIndex);

/// Decides everything.
pub(crate) fn make(material: &Material<'_>, ladder: &Ladder) -> Result<Plan> {
    ladder.check()?;
    material.check_duration()?;
    let video = material.video();
    let audio = material.audio();
    material.check_decodable(video.is_some(), !audio.is_empty())?;
    let starts = audio.iter().filter_map(|audio| audio.start);
    let origin = origin(video.map(|(_, info, index)| (info, index)), starts, ladder).ok_or_else(|| {
        Error::new(ErrorKind::NothingToPlay, "the source has no picture and no sound that this build can decode")
    })?;
    let (origin, end) = clipped(material.info, ladder, video.map(|(_, info, index)| (info, index)), origin)?;
    let (origin, pictures, mut tracks) = match video {
        Some(video) => {
            let (origin, pictures, tracks) = make_video(material, video, ladder, origin, end)?;
            (origin, Some(pictures), tracks)
        }
        None => (origin, None, Vec::new()),
    };
    let pictures_end = pictures.as_ref().map(|pictures| pictures.time_of(pictures.frames));
    let sound_end = audio.iter().filter_map(|audio| audio.end).max();
    let sound_end = sound_end.map(|sound_end| end.map_or(sound_end, |end| end.min(sound_end)) - origin);
    let duration = pictures_end.into_iter().chain(sound_end).max().unwrap_or(Rational::ZERO);
    if duration <= Rational::ZERO {
        return Err(Error::new(ErrorKind::NothingToPlay, "the source lasts 0 seconds: there is nothing to play"));
    }
    let cuts = cuts(pictures.as_ref(), ladder.segment_seconds, duration);
    let timing = Timing { origin, duration, cuts: &cuts, source_bytes: material.info.size };
    for (number, sound) in audio.iter().enumerate() {
        let id = if audio.len() == 1 { "audio".to_owned() } else { format!("audio-{}", number + 1) };
        tracks.push(sound.track(id, number == 0, ladder, &timing, material.own)?);
    }
    if let (Some((_, _, index)), Some(pictures)) = (&video, &pictures) {
        tracks.extend(storyboard::track(ladder, pictures, index, origin));
    }
    let mut plan = Plan {
        schema: SCHEMA,
        hash: String::new(),
        build: material.build.clone(),
        source: material.source.clone(),
        origin,
        duration,
        tracks,
        video: pictures,
        captions: Vec::new(),
    };
    // What is presented is whole frames of pictures and of sound.
    plan.duration = plan.tracks.iter().map(|track| plan.track_duration(track)).max().unwrap_or(duration);
    plan.check().map_err(|message| unsupported(format!("no package can be made of this source: {message}")))?;
    plan.sealed()
}

/// Seconds of sound before the first picture that are cut where pictures are copied: what an encoder primes with,
/// and more than that.
const MOST_SOUND_CUT: (i64, i64) = (1, 10);

/// The pictures and their tracks, and the container's time that is then shown at 0.
fn make_video(
    material: &Material<'_>,
    (track, info, index): Video<'_>,
    ladder: &Ladder,
    origin: Rational,
    end: Option<Rational>,
) -> Result<(Rational, Pictures, Vec<Track>)> {
    let frame_rate = video::frame_rate(info.frame_rate, ladder.max_frame_rate);
    // Where pictures are copied, none can be added before the first: a little sound is rather cut.
    let start = index.span().map_or(origin, |(start, _)| start);
    let cut = start - origin <= Rational::new(MOST_SOUND_CUT.0, MOST_SOUND_CUT.1);
    let origin_of_copy = if cut { start } else { origin };
    let source_bytes = material.info.size;
    let candidate = |own| Candidate { info, index, own, ladder, frame_rate, origin: origin_of_copy, source_bytes };
    let copied = material.own.map(|own| match ladder.watermark {
        None => candidate(own).copied(),
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
    let span = video::PictureSpan { frame_rate, origin, end };
    let pictures = video::pictures(info, index, ladder, &span, windows)?;
    let tracks = video::tracks(info, &pictures, ladder, copied)?;
    Ok((origin, pictures, tracks))
}

/// Times at which segments of sound begin, as near as frames of sound allow, in seconds, 0 left out: those of the
/// pictures' segments, and behind the pictures one each segment's length. A rest of less than half goes with the last.
fn cuts(pictures: Option<&Pictures>, segment: Rational, duration: Rational) -> Vec<Rational> {
    let starts =
        pictures.into_iter().flat_map(|pictures| pictures.windows.iter().map(move |window| (pictures, window)));
    let mut cuts: Vec<Rational> = starts.skip(1).map(|(pictures, window)| pictures.time_of(window.frame)).collect();
    let mut next = pictures.map_or(segment, |pictures| pictures.time_of(pictures.frames));
    while next + segment / Rational::from(2) <= duration {
        cuts.push(next);
        next = next + segment;
    }
    cuts
}

/// When the sound of a package is heard.
struct Timing<'plan> {
    origin: Rational,
    /// Seconds of the presentation.
    duration: Rational,
    cuts: &'plan [Rational],
    /// Bytes of the whole source.
    source_bytes: u64,
}

/// The container's time that a package of this source shows at 0.
pub(crate) fn presentation_start(info: &MediaInfo, index: &FrameIndex, ladder: &Ladder) -> Option<Rational> {
    let video = info.main_video().and_then(|(track, video)| Some((video, index.track(track.index)?)));
    origin(video, info.audio().iter().filter_map(|(track, _)| track.start), ladder)
}

fn origin(
    video: Option<(&VideoInfo, &TrackIndex)>,
    sounds: impl Iterator<Item = Rational>,
    ladder: &Ladder,
) -> Option<Rational> {
    let pictures = video.and_then(|(info, index)| Some((info, index.span()?.0)));
    let earliest = sounds.chain(pictures.map(|(_, start)| start)).min()?;
    Some(pictures.map_or(earliest, |(info, start)| {
        video::origin(start, earliest, video::frame_rate(info.frame_rate, ladder.max_frame_rate))
    }))
}

/// One audio track of the source that is played.
struct AudioSource<'probe> {
    track: &'probe SourceTrack,
    info: &'probe AudioInfo,
    index: &'probe TrackIndex,
    sounds: Option<&'probe [Sound]>,
    start: Option<Rational>,
    end: Option<Rational>,
}

impl<'probe> Material<'probe> {
    /// Pictures or sound that are there but cannot be decoded are not silently left out.
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
        if self.info.duration <= Rational::from(LONGEST) {
            return Ok(());
        }
        let days = |seconds: Rational| seconds.to_f64() / 86_400.0;
        let (lasts, longest) = (days(self.info.duration), days(LONGEST.into()));
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
                let sounds = self.sounds.iter().find(|(position, _)| *position == track.index);
                let sounds = sounds.map(|(_, sounds)| sounds.as_slice());
                let silent = sounds.is_some_and(<[Sound]>::is_empty);
                let usable = info.sample_rate > 0 && info.channels > 0 && !silent;
                let span = index.span();
                let start = track.start.or(span.map(|span| span.0));
                let end = span.map(|span| span.1);
                usable.then_some(AudioSource { track, info, index, sounds, start, end })
            })
            .collect()
    }
}

fn unsupported(message: String) -> Error {
    Error::new(ErrorKind::Unsupported, message)
}

impl AudioSource<'_> {
    /// Sound is mixed by where its channels belong, which FFmpeg does only where that makes sense to it: some
    /// of the channels are in front, and none lacks its counterpart on the other side. Layouts that do not
    /// have a name of their own are "9 channels" or "2 channels (FL+BR)".
    fn check_layout(&self) -> Result<()> {
        let AudioInfo { channels, layout, .. } = self.info;
        let mixable = match layout.split_once(" channels") {
            None => !layout.starts_with("ambisonic"),
            Some(_) if *channels == 1 => true,
            Some((_, speakers)) => {
                let speakers: Vec<_> = speakers.trim_matches([' ', '(', ')']).split('+').collect();
                let has = |name| speakers.contains(&name);
                let paired = |(left, right)| has(left) == has(right);
                let pairs = [("FL", "FR"), ("FLC", "FRC"), ("SL", "SR"), ("BL", "BR")];
                (has("FL") || has("FC")) && pairs.into_iter().all(paired)
            }
        };
        if mixable {
            return Ok(());
        }
        let track = self.track.index;
        Err(unsupported(format!(
            "the sound of track {track} of the source cannot be mixed from \"{layout}\": give it a usual layout, such as stereo"
        )))
    }

    fn track(
        &self,
        id: String,
        default: bool,
        ladder: &Ladder,
        timing: &Timing<'_>,
        own: Option<&OwnCodings>,
    ) -> Result<Track> {
        let copied = own.map(|own| self.copied(ladder, timing, own));
        let (audio, not_copied) = match copied {
            Some(Ok(audio)) => (audio, None),
            Some(Err(reason)) => (self.encoded(ladder, timing)?, Some(reason)),
            None => (self.encoded(ladder, timing)?, None),
        };
        Ok(Track {
            id,
            segments: audio.windows.len() as u32,
            codecs: AAC_STRING.into(),
            timescale: audio.sample_rate,
            not_copied,
            kind: TrackKind::Audio(AudioTrack { default, ..audio }),
        })
    }

    /// The source's own frames as a rendition, or why they cannot be one.
    fn copied(
        &self,
        ladder: &Ladder,
        timing: &Timing<'_>,
        own: &OwnCodings,
    ) -> std::result::Result<AudioTrack, String> {
        let AudioInfo { channels, sample_rate, .. } = *self.info;
        let configuration = own.audio.iter().find(|(position, _)| *position == self.track.index);
        let (_, configuration) = configuration.ok_or_else(|| match self.track.codec.as_str() {
            "aac" => "its AAC has no configuration beside it".to_owned(),
            codec => format!("its codec is {codec}, not aac"),
        })?;
        if !KEPT_SAMPLE_RATES.contains(&sample_rate) {
            return Err(format!("its sample rate is {sample_rate} Hz"));
        }
        if channels > ladder.audio_channels || channels == 3 {
            return Err(format!("it has {channels} channels, and {} are the most", ladder.audio_channels));
        }
        let Timing { origin, duration, cuts, .. } = *timing;
        let (info, index, source_bytes) = (self.info, self.index, timing.source_bytes);
        let frames = Frames { info, index, configuration, source_bytes, origin, duration, cuts };
        let copied = frames.copied()?;
        let most = bit_rate(ladder.audio_bit_rate, channels);
        // Encoders do not keep to their rate to the last bit.
        if ladder.copy_top == CopyTop::Auto && copied.average_rate > most + most / 10 {
            return Err(format!("it has {} b/s, and {most} are the most", copied.average_rate));
        }
        let coding = AudioCoding::Copy {
            configuration: hex::encode(configuration),
            skip: copied.skip,
            peak_rate: copied.peak_rate,
        };
        Ok(self.audio_track(channels, sample_rate, copied.average_rate, coding, copied.windows))
    }

    fn encoded(&self, ladder: &Ladder, timing: &Timing<'_>) -> Result<AudioTrack> {
        self.check_layout()?;
        let in_rate = self.info.sample_rate;
        let sample_rate = if KEPT_SAMPLE_RATES.contains(&in_rate) { in_rate } else { 48_000 };
        let channels = match self.info.channels.min(ladder.audio_channels) {
            // The usual three, 2.1, are no channel configuration of AAC.
            3 => 2,
            channels => channels,
        };
        let layout = Layout {
            index: self.index,
            sounds: self.sounds,
            in_rate,
            out_rate: sample_rate,
            origin: timing.origin,
            duration: timing.duration,
            cuts: timing.cuts,
        };
        let rate = bit_rate(ladder.audio_bit_rate, channels);
        Ok(self.audio_track(channels, sample_rate, rate, AudioCoding::Encode, layout.windows()))
    }

    fn audio_track(
        &self,
        channels: u32,
        sample_rate: u32,
        bit_rate: u64,
        coding: AudioCoding,
        windows: Vec<AudioWindow>,
    ) -> AudioTrack {
        AudioTrack {
            channels,
            sample_rate,
            bit_rate,
            language: self.track.language.clone(),
            name: self.name(),
            default: false,
            source_track: self.track.index,
            source_time_base: self.index.time_base,
            source_sample_rate: self.info.sample_rate,
            coding,
            windows,
        }
    }

    fn name(&self) -> String {
        let printable = |text: &String| text.chars().filter(|c| !c.is_control() && *c != '"').collect::<String>();
        let stated = self.track.title.as_ref().or(self.track.language.as_ref()).map(printable);
        stated.filter(|name| !name.is_empty()).unwrap_or_else(|| "Audio".into())
    }
}

/// A stereo track's rate, shared out by channels: mono gets five eighths, each further pair as much again.
fn bit_rate(stereo: u64, channels: u32) -> u64 {
    match channels {
        1 => stereo * 5 / 8,
        channels => stereo * u64::from(channels) / 2,
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
        let material = Material { info: &info, index: &FrameIndex::default(), sounds: &[], own: None, source, build };
        let error = make(&material, &Ladder::default()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert!(error.to_string().contains("30 at most"), "{error}");
    }
}
