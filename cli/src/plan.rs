//! `vodkit plan`, and the options that it shares with `vodkit package`.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, ValueEnum};
use vodkit::{
    Clip, CopyTop, Error, ErrorKind, Ladder, Limits, Plan, Rational, Result, Rung, SharedSource, StoryboardOptions,
    Watermark, WatermarkPosition,
};

use crate::captions::CaptionFile;
use crate::input::Input;
use crate::output;
use crate::target::Target;

#[derive(Args)]
pub(crate) struct PlanOptions {
    #[command(flatten)]
    input: Input,
    /// Where to write the plan; -: to stdout.
    #[arg(short, long, value_name = "FILE", default_value = "-")]
    output: Target,
    #[command(flatten)]
    wishes: Wishes,
}

/// What decides a plan besides the video.
#[derive(Args)]
pub(crate) struct Wishes {
    /// Renditions by their short side in pixels, even, 64 to 4320; those above the video's own are left out.
    /// none: nothing but what --copy-top always copies.
    #[arg(long, value_name = "LIST", default_value = "1080,720,480,360,240", value_parser = rungs)]
    rungs: Rungs,
    /// Whether the video itself is the top rendition as it is, and its AAC the sound: never, auto (where size, bit
    /// rate and keyframes fit), always (whatever its bit rate, or an error that says why not).
    #[arg(long, value_name = "WHEN", default_value = "never", hide_possible_values = true)]
    copy_top: Copying,
    /// x264's preset, ultrafast to veryslow: slower ones give smaller files.
    #[arg(long, default_value = "veryfast")]
    preset: String,
    /// Quality, 1 (best) to 51.
    #[arg(long, default_value_t = 23.0, value_name = "N")]
    crf: f64,
    /// Bits per second of stereo sound, 16000 to 512000; other channel counts get their share.
    #[arg(long, default_value_t = 128_000, value_name = "N")]
    audio_bitrate: u64,
    /// At most so many channels, 1 to 6; more are mixed down.
    #[arg(long, default_value_t = 2, value_name = "N")]
    audio_channels: u32,
    /// Length of a segment in seconds, 1 to 30; made a whole number of keyframe distances.
    #[arg(long, default_value = "4", value_name = "SECONDS")]
    segment_seconds: Rational,
    /// Seconds from one keyframe to the next, 0.5 to 30; where the segments are shorter, their length.
    #[arg(long, default_value = "2", value_name = "SECONDS")]
    keyframe_seconds: Rational,
    /// At most so many frames per second, 1 to 240. Rates above are divided by a whole number: 60 under a
    /// cap of 30 becomes 30, and 50 becomes 25.
    #[arg(long, default_value = "60", value_name = "N")]
    max_frame_rate: Rational,
    /// Make a storyboard too: sheets of small pictures for players to show over their seek bar.
    #[arg(long)]
    storyboard: bool,
    /// Seconds from one picture of the storyboard to the next, 1 to 60, with three decimals at most.
    #[arg(long, default_value = "10", value_name = "SECONDS", requires = "storyboard")]
    storyboard_interval: Rational,
    /// Width of a picture of the storyboard in pixels, even, 16 to 320.
    #[arg(long, default_value_t = 160, value_name = "N", requires = "storyboard")]
    storyboard_width: u32,
    /// Make the part alone that begins so many seconds after the video's start.
    #[arg(long, value_name = "SECONDS", default_value = "0", hide_default_value = true)]
    from: Rational,
    /// Make the part alone that ends so many seconds after the video's start.
    #[arg(long, value_name = "SECONDS")]
    to: Option<Rational>,
    /// Put a picture over the video, a logo: a PNG, JPEG or WebP file.
    #[arg(long, value_name = "FILE")]
    watermark: Option<PathBuf>,
    /// Where the watermark is.
    #[arg(long, value_name = "PLACE", default_value = "upper-right", requires = "watermark")]
    watermark_position: Place,
    /// Size of the watermark: the part of the video's width or height that it fills, 0 to 1; 0: its own pixels.
    #[arg(long, value_name = "N", default_value_t = 0.15, requires = "watermark")]
    watermark_scale: f64,
    /// How opaque the watermark is, 0 to 1.
    #[arg(long, value_name = "N", default_value_t = 1.0, requires = "watermark")]
    watermark_opacity: f64,
    /// Distance of the watermark from the edges, as a part of the video's short side, 0 to 1.
    #[arg(long, value_name = "N", default_value_t = 0.05, requires = "watermark")]
    watermark_padding: f64,
    /// Captions: a language such as en or pt-BR, a name for the viewers' menu if it is not to be the language, and a
    /// file in WebVTT. May be given again, once for each language.
    #[arg(long, value_name = "LANGUAGE[:NAME]=FILE")]
    captions: Vec<CaptionFile>,
    /// Give up where reading through the video takes longer than so many seconds.
    #[arg(long, default_value_t = Limits::default().wall_time.as_secs(), value_name = "SECONDS")]
    time_limit: u64,
}

/// Short sides, a type of its own for the sake of clap.
#[derive(Clone)]
struct Rungs(Vec<u32>);

fn rungs(list: &str) -> std::result::Result<Rungs, String> {
    if list == "none" {
        return Ok(Rungs(Vec::new()));
    }
    let side = |text: &str| text.trim().parse().map_err(|_| format!("\"{text}\" is not a number of pixels"));
    list.split(',').map(side).collect::<std::result::Result<_, _>>().map(Rungs)
}

#[derive(Clone, Copy, ValueEnum)]
enum Copying {
    Never,
    Auto,
    Always,
}

/// The bytes of a small file: no more of them than tell that they are too many.
pub(crate) fn small_file(what: &str, path: &Path, most: u64) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(most).read_to_end(&mut bytes));
    read.map_err(|cause| unreadable(what, path, cause))?;
    Ok(bytes)
}

fn unreadable(what: &str, path: &Path, cause: io::Error) -> Error {
    Error::new(ErrorKind::NotFound, format!("cannot read the {what} {}", path.display())).with_cause(cause)
}

#[derive(Clone, Copy, ValueEnum)]
enum Place {
    UpperLeft,
    UpperRight,
    LowerLeft,
    LowerRight,
    Center,
}

impl Wishes {
    pub(crate) fn plan(&self, source: &SharedSource) -> Result<Plan> {
        let ladder = Ladder {
            rungs: self.rungs.0.iter().map(|side| Rung::new(*side)).collect(),
            copy_top: match self.copy_top {
                Copying::Never => CopyTop::Never,
                Copying::Auto => CopyTop::Auto,
                Copying::Always => CopyTop::Always,
            },
            preset: self.preset.clone(),
            crf: self.crf,
            audio_bit_rate: self.audio_bitrate,
            audio_channels: self.audio_channels,
            segment_seconds: self.segment_seconds,
            keyframe_seconds: self.keyframe_seconds.min(self.segment_seconds),
            max_frame_rate: self.max_frame_rate,
            storyboard: self.storyboard.then(|| self.storyboard_options()),
            clip: (self.from != Rational::ZERO || self.to.is_some()).then_some(Clip { start: self.from, end: self.to }),
            watermark: self.watermark.as_deref().map(|path| self.watermark(path)).transpose()?,
        };
        let mut limits = Limits::default();
        limits.wall_time = Duration::from_secs(self.time_limit);
        let plan = vodkit::plan_within(source, &ladder, &limits)?;
        self.captions.iter().try_fold(plan, |plan, file| file.put_into(&plan))
    }

    fn watermark(&self, path: &Path) -> Result<Watermark> {
        Ok(Watermark {
            position: match self.watermark_position {
                Place::UpperLeft => WatermarkPosition::UpperLeft,
                Place::UpperRight => WatermarkPosition::UpperRight,
                Place::LowerLeft => WatermarkPosition::LowerLeft,
                Place::LowerRight => WatermarkPosition::LowerRight,
                Place::Center => WatermarkPosition::Center,
            },
            opacity: self.watermark_opacity,
            padding: self.watermark_padding,
            scale: self.watermark_scale,
            ..Watermark::new(small_file("watermark", path, 1 << 20)?.into())
        })
    }

    fn storyboard_options(&self) -> StoryboardOptions {
        let (interval, width) = (self.storyboard_interval, self.storyboard_width);
        StoryboardOptions { interval, width, ..StoryboardOptions::default() }
    }

    /// Says where the plan is not what was asked for.
    pub(crate) fn note_differences(&self, plan: &Plan) {
        for track in &plan.tracks {
            if let Some(reason) = &track.not_copied {
                output::warn(&format!("vodkit: {} is encoded, not copied: {reason}", track.id));
            }
        }
        self.note_length(plan);
    }

    /// Says where segments have another length than the one asked for.
    fn note_length(&self, plan: &Plan) {
        // A single segment is as long as the video.
        let Some(pictures) = plan.video.as_ref().filter(|pictures| pictures.windows.len() > 1) else { return };
        // Where it is copied, its own keyframes decide, and each segment is another.
        if plan.videos().any(|(track, _)| track.is_copied()) {
            return;
        }
        let Some(frames) = pictures.windows.get(1).map(|window| window.frame) else { return };
        let made = Rational::from(frames as i64) / pictures.frame_rate;
        let asked = self.segment_seconds;
        // Up to a hundredth comes of whole frames, as with 29.97 a second, and is not worth a word.
        if (made - asked).abs() * Rational::from(100) > asked {
            let made = (made.to_f64() * 1000.0).round() / 1000.0;
            output::warn(&format!(
                "vodkit: segments last {made} seconds, not {}: a whole number of keyframe distances",
                asked.to_f64()
            ));
        }
    }
}

pub(crate) fn run(options: &PlanOptions) -> Result<ExitCode> {
    options.output.spares(options.input.path())?;
    let plan = options.wishes.plan(&options.input.open()?)?;
    options.wishes.note_differences(&plan);
    options.output.write(plan.to_json().as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

/// Reads a plan that was written before.
pub(crate) fn read(path: &Path) -> Result<Plan> {
    let json = std::fs::read_to_string(path).map_err(|cause| unreadable("plan", path, cause))?;
    Plan::from_json(&json)
}
