//! A source with the package that was made of it, and how to look at both.

use std::path::{Path, PathBuf};

use tempfile::TempDir;
use vodkit::Ladder;
use vodkit::plan::{AudioTrack, Plan, Track};

use super::{ffprobe, grey_frames, run, tones};

/// A source, and the package that was made of it.
pub struct Packaged {
    pub folder: TempDir,
    pub source: PathBuf,
    pub plan: Plan,
}

impl Packaged {
    /// Packages `source`, which lies in `folder`, and checks that every track is whole.
    pub fn new(folder: TempDir, source: PathBuf, ladder: &Ladder) -> Self {
        let (plan, _) = super::package(&source, ladder, &folder.path().join("out"));
        let packaged = Self { folder, source, plan };
        packaged.check();
        packaged
    }

    /// A track as one file.
    pub fn file(&self, track: &Track) -> PathBuf {
        super::joined(&self.folder.path().join("out"), track)
    }

    /// Every track decodes without a warning to exactly what is planned.
    fn check(&self) {
        for (track, video) in self.plan.videos() {
            let file = self.file(track);
            super::decodes_cleanly(&file);
            let frames = self.plan.video.as_ref().unwrap().frames;
            let found = ffprobe(&file, "v:0", "stream=width,height,pix_fmt,field_order,nb_read_frames");
            assert_eq!(found, format!("{},{},yuv420p,progressive,{frames}", video.width, video.height), "{}", track.id);
        }
        for (track, audio) in self.plan.audios() {
            let file = self.file(track);
            super::decodes_cleanly(&file);
            let frames: u32 = audio.windows.iter().map(|window| window.frames).sum();
            assert_eq!(presented(&file).len(), (frames * 1024 * audio.channels) as usize, "samples of {}", track.id);
        }
    }

    pub fn size(&self) -> (u32, u32) {
        let (_, video) = self.plan.videos().next().expect("a video track");
        (video.width, video.height)
    }

    pub fn frames(&self) -> u64 {
        self.plan.video.as_ref().expect("pictures").frames
    }

    pub fn audio(&self) -> (&Track, &AudioTrack) {
        self.plan.audios().next().expect("an audio track")
    }

    /// One channel of the first audio track.
    pub fn channel(&self, number: u32) -> Vec<f32> {
        let (track, audio) = self.audio();
        self.channel_of(track, audio, number)
    }

    /// One channel of an audio track.
    pub fn channel_of(&self, track: &Track, audio: &AudioTrack, number: u32) -> Vec<f32> {
        tones::channel(&presented(&self.file(track)), audio.channels as usize, number as usize)
    }

    /// How many grey levels, on average, the rendition's frames are from those that ffmpeg decodes.
    pub fn difference(&self) -> f64 {
        let (width, height) = (self.size().0 as usize, self.size().1 as usize);
        let ours = grey_frames(&self.file(self.plan.videos().next().unwrap().0), width, height);
        let theirs = grey_frames(&self.source, width, height);
        assert_eq!(ours.len(), theirs.len(), "frames of the rendition and of the source");
        apart(&ours.concat(), &theirs.concat())
    }
}

/// Decoded samples from time 0 on, channels interleaved. What a decoder needs before that comes at times
/// below 0, and ffmpeg gives it too where it is not told to keep the times.
fn presented(path: &Path) -> Vec<f32> {
    let words = ["-v", "error", "-copyts", "-i", path.to_str().unwrap(), "-map", "0:a:0", "-af", "atrim=start=0", "-f", "f32le", "-"];
    run("ffmpeg", &words).stdout.chunks_exact(4).map(|bytes| f32::from_le_bytes(bytes.try_into().unwrap())).collect()
}

/// The mean distance of two pictures, value by value.
pub fn apart(one: &[u8], other: &[u8]) -> f64 {
    assert_eq!(one.len(), other.len());
    one.iter().zip(other).map(|(one, other)| f64::from(one.abs_diff(*other))).sum::<f64>() / one.len() as f64
}
