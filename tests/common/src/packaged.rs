//! A source with the package that was made of it, and how to look at both.

use std::path::{Path, PathBuf};
use std::process::Output;

use tempfile::TempDir;
use vodkit::Ladder;
use vodkit::plan::{AudioRendition, Plan, Rendition};

use super::{ffmpeg, grey_frames, run, tones};

/// A source, and the package that was made of it.
pub struct Packaged {
    pub folder: TempDir,
    pub source: PathBuf,
    pub plan: Plan,
    /// The decoded samples of each audio rendition, channels interleaved.
    sounds: Vec<Vec<f32>>,
}

impl Packaged {
    /// Packages `source`, which lies in `folder`, and checks that every rendition decodes without a warning to
    /// exactly what is planned.
    pub fn new(folder: TempDir, source: PathBuf, ladder: &Ladder) -> Self {
        let (plan, _) = super::package(&source, ladder, &folder.path().join("out"));
        let mut packaged = Self { folder, source, plan, sounds: Vec::new() };
        for (rendition, video) in packaged.plan.videos() {
            let frames = packaged.plan.source_video().unwrap().frames;
            let entries = "stream=width,height,pix_fmt,field_order,nb_read_frames";
            let found = decoded_video(&packaged.file(rendition), entries);
            assert_eq!(
                found,
                format!("{},{},yuv420p,progressive,{frames}", video.width, video.height),
                "{}",
                rendition.id
            );
        }
        for (rendition, audio) in packaged.plan.audios() {
            let frames: u32 = audio.windows.iter().map(|window| window.frames).sum();
            let samples = decoded_audio(&packaged.file(rendition));
            assert_eq!(
                samples.len(),
                ((frames - audio.priming_frames) * 1024 * audio.channels) as usize,
                "samples of {}",
                rendition.id
            );
            packaged.sounds.push(samples);
        }
        packaged
    }

    /// A rendition as one file.
    pub fn file(&self, rendition: &Rendition) -> PathBuf {
        super::joined(&self.folder.path().join("out"), rendition)
    }

    pub fn size(&self) -> (u32, u32) {
        let (_, video) = self.plan.videos().next().expect("a video rendition");
        (video.width, video.height)
    }

    pub fn frames(&self) -> u64 {
        self.plan.source_video().expect("pictures").frames
    }

    pub fn audio(&self) -> (&Rendition, &AudioRendition) {
        self.plan.audios().next().expect("an audio rendition")
    }

    /// One channel of the first audio rendition.
    pub fn channel(&self, number: u32) -> Vec<f32> {
        self.channel_of(0, number)
    }

    /// One channel of an audio rendition.
    pub fn channel_of(&self, rendition: usize, number: u32) -> Vec<f32> {
        let (_, audio) = self.plan.audios().nth(rendition).expect("an audio rendition");
        tones::channel(&self.sounds[rendition], audio.channels as usize, number as usize)
    }

    /// How many grey levels, on average, the rendition's frames are from those that ffmpeg decodes. Sound
    /// that starts before the pictures, if only by what its encoder needs, may bring the first one twice.
    pub fn difference(&self) -> f64 {
        let (width, height) = (self.size().0 as usize, self.size().1 as usize);
        let ours = grey_frames(&self.file(self.plan.videos().next().unwrap().0), width, height);
        let theirs = grey_frames(&self.source, width, height);
        let lead = ours.len() - theirs.len();
        assert!(lead <= 1, "{} frames of the rendition, {} of the source", ours.len(), theirs.len());
        let expected: Vec<_> = std::iter::repeat_n(&theirs[0], lead).chain(&theirs).collect();
        ours.iter().zip(expected).map(|(ours, theirs)| apart(ours, theirs)).sum::<f64>() / ours.len() as f64
    }
}

/// Fails where a decoder has one thing to say.
fn clean(output: &Output, path: &Path) {
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(words.trim().is_empty(), "{}: {words}", path.display());
}

/// What ffprobe says of a video rendition that it decodes without a warning.
pub fn decoded_video(path: &Path, entries: &str) -> String {
    let output = run(
        "ffprobe",
        &["-v", "warning", "-count_frames", "-show_entries", entries, "-of", "csv=p=0", path.to_str().unwrap()],
    );
    clean(&output, path);
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// Decoded samples from time 0 on, channels interleaved. What a decoder needs before that comes at times
/// below 0, and ffmpeg gives it too where it is not told to keep the times.
fn decoded_audio(path: &Path) -> Vec<f32> {
    let words = [
        "-v",
        "warning",
        "-xerror",
        "-copyts",
        "-i",
        path.to_str().unwrap(),
        "-af",
        "atrim=start=0",
        "-f",
        "f32le",
        "-",
    ];
    let output = ffmpeg(&words);
    clean(&output, path);
    output.stdout.chunks_exact(4).map(|bytes| f32::from_le_bytes(bytes.try_into().unwrap())).collect()
}

/// The mean distance of two pictures, value by value.
pub fn apart(one: &[u8], other: &[u8]) -> f64 {
    assert_eq!(one.len(), other.len());
    one.iter().zip(other).map(|(one, other)| f64::from(one.abs_diff(*other))).sum::<f64>() / one.len() as f64
}
