//! What a plan must keep to, wherever it comes from: plans are stored and sent about by hosts.

use super::{AudioTrack, Pictures, Plan, Track, TrackKind, VideoTrack};
use crate::Rational;

type Check = std::result::Result<(), String>;

fn ensure(holds: bool, message: impl FnOnce() -> String) -> Check {
    if holds { Ok(()) } else { Err(message()) }
}

impl Plan {
    /// Says what is wrong, if anything is.
    pub(super) fn check(&self) -> Check {
        ensure(!self.tracks.is_empty(), || "it has no tracks".into())?;
        ensure(self.duration > Rational::ZERO, || "it has no duration".into())?;
        for (number, track) in self.tracks.iter().enumerate() {
            let same = self.tracks.iter().take(number).any(|other| other.id == track.id);
            ensure(!same, || format!("two tracks are called \"{}\"", track.id))?;
            track.check(self.video.as_ref()).map_err(|message| format!("track \"{}\": {message}", track.id))?;
        }
        self.video.as_ref().map_or(Ok(()), Pictures::check)
    }
}

impl Track {
    fn check(&self, pictures: Option<&Pictures>) -> Check {
        let safe = |c: char| c.is_ascii_alphanumeric() || c == '-';
        ensure(!self.id.is_empty() && self.id.chars().all(safe), || "its id is not a plain name".into())?;
        ensure(self.timescale > 0, || "its timescale is 0".into())?;
        match &self.kind {
            TrackKind::Video(video) => {
                let pictures = pictures.ok_or("there are no pictures to make it from")?;
                ensure(self.segments as usize == pictures.windows.len(), || {
                    "its segments are not those of the pictures".into()
                })?;
                let ticks = Rational::from(self.timescale) / pictures.frame_rate;
                ensure(ticks.den() == 1, || "a frame is not a whole number of ticks".into())?;
                video.check()
            }
            TrackKind::Audio(audio) => {
                ensure(self.segments as usize == audio.windows.len(), || "its segments are not its windows".into())?;
                ensure(self.timescale == audio.sample_rate, || "its timescale is not its sample rate".into())?;
                audio.check()
            }
        }
    }
}

impl VideoTrack {
    fn check(&self) -> Check {
        let side = |side: u32| (2..=8192).contains(&side) && side.is_multiple_of(2);
        ensure(side(self.width) && side(self.height), || format!("its size is {}x{}", self.width, self.height))?;
        ensure((1.0..=51.0).contains(&self.crf), || format!("its crf is {}", self.crf))?;
        ensure((10..=62).contains(&self.level), || format!("its level is {}", self.level))?;
        ensure((1..=16).contains(&self.references), || format!("it has {} reference frames", self.references))
    }
}

impl AudioTrack {
    fn check(&self) -> Check {
        let rate = |rate: u32| (1000..=768_000).contains(&rate);
        ensure((1..=8).contains(&self.channels), || format!("it has {} channels", self.channels))?;
        ensure(rate(self.sample_rate) && rate(self.source_sample_rate), || "its sample rate is out of range".into())?;
        ensure(self.source_time_base > Rational::ZERO, || "its time base is not positive".into())?;
        let language = self.language.as_deref().is_none_or(crate::probe::is_language);
        ensure(language, || "its language is no language tag".into())?;
        let printable = !self.name.chars().any(|c| c.is_control() || c == '"');
        ensure(printable, || "its name cannot be written into a manifest".into())?;
        let longest = u64::from(self.sample_rate) * 60 / super::audio::FRAME;
        let fits = |frames: u32| frames > 0 && u64::from(frames) <= longest;
        ensure(self.windows.iter().all(|window| fits(window.frames)), || {
            "a window is empty or longer than a minute".into()
        })
    }
}

impl Pictures {
    fn check(&self) -> Check {
        let rate = self.frame_rate;
        ensure(self.time_base > Rational::ZERO, || "the pictures' time base is not positive".into())?;
        let plausible = rate >= Rational::from(1) && rate <= Rational::from(1000) && rate.den() <= i64::from(i32::MAX);
        ensure(plausible, || format!("the frame rate is {rate}"))?;
        ensure((1..=100_000).contains(&self.segment_frames), || {
            format!("a segment has {} frames", self.segment_frames)
        })?;
        ensure((1..=self.segment_frames).contains(&self.keyframe_frames), || {
            "the keyframe distance does not fit".into()
        })?;
        ensure(matches!(self.rotation, 0 | 90 | 180 | 270), || {
            format!("the pictures are turned by {}", self.rotation)
        })?;
        let windows = super::video::segments(self.frames, self.segment_frames) as usize;
        ensure(self.frames > 0 && windows == self.windows.len(), || "the windows do not hold the frames".into())
    }
}
