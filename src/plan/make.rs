//! From what a probe found and what the caller wants to a plan.

use super::audio::{self, Layout, Sound};
use super::check::LONGEST;
use super::codec::AAC_STRING;
use super::{AudioTrack, Build, Ladder, Plan, SCHEMA, SourceId, Track, TrackKind, storyboard, video};
use crate::probe::{
    AudioInfo, FrameIndex, MediaInfo, Track as SourceTrack, TrackIndex, TrackKind as SourceKind, VideoInfo,
};
use crate::{Error, ErrorKind, Rational, Result};

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
    pub(crate) source: SourceId,
    pub(crate) build: Build,
}

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
    let pictures = match &video {
        Some((_, info, index)) => {
            let frame_rate = video::frame_rate(info.frame_rate, ladder.max_frame_rate);
            Some(video::pictures(info, index, ladder, frame_rate, origin)?)
        }
        None => None,
    };
    let pictures_end = pictures.as_ref().map(|pictures| Rational::from(pictures.frames as i64) / pictures.frame_rate);
    let sound_end = audio.iter().filter_map(|audio| audio.end).max().map(|end| end - origin);
    let duration = pictures_end.into_iter().chain(sound_end).max().unwrap_or(Rational::ZERO);
    if duration <= Rational::ZERO {
        return Err(Error::new(ErrorKind::NothingToPlay, "the source lasts 0 seconds: there is nothing to play"));
    }
    let mut tracks = match (&video, &pictures) {
        (Some((_, info, _)), Some(pictures)) => video::tracks(info, pictures, ladder)?,
        _ => Vec::new(),
    };
    let segment = pictures
        .as_ref()
        .map_or(ladder.segment_seconds, |pictures| Rational::from(pictures.segment_frames) / pictures.frame_rate);
    for (number, sound) in audio.iter().enumerate() {
        let id = if audio.len() == 1 { "audio".to_owned() } else { format!("audio-{}", number + 1) };
        sound.check_layout()?;
        tracks.push(sound.track(id, number == 0, ladder, origin, duration, segment));
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
    };
    // What is presented is whole frames of pictures and of sound.
    plan.duration = plan.tracks.iter().map(|track| plan.track_duration(track)).max().unwrap_or(duration);
    plan.check().map_err(|message| unsupported(format!("no package can be made of this source: {message}")))?;
    plan.sealed()
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

    fn video(&self) -> Option<(&'probe SourceTrack, &'probe VideoInfo, &'probe TrackIndex)> {
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
        origin: Rational,
        duration: Rational,
        segment: Rational,
    ) -> Track {
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
            origin,
            duration,
            segment,
        };
        let windows = layout.windows();
        let bit_rate = bit_rate(ladder.audio_bit_rate, channels);
        Track {
            id,
            segments: windows.len() as u32,
            codecs: AAC_STRING.into(),
            timescale: sample_rate,
            kind: TrackKind::Audio(AudioTrack {
                channels,
                sample_rate,
                bit_rate,
                language: self.track.language.clone(),
                name: self.name(),
                default,
                source_track: self.track.index,
                source_time_base: self.index.time_base,
                source_sample_rate: in_rate,
                windows,
            }),
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
        let material = Material { info: &info, index: &FrameIndex::default(), sounds: &[], source, build };
        let error = make(&material, &Ladder::default()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert!(error.to_string().contains("30 at most"), "{error}");
    }
}
