//! `vodkit plan`, and the options that it shares with `vodkit package` and `vodkit serve`.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, ValueEnum};
use vodkit::{
    Clip, CopyTop, Error, ErrorKind, Ladder, Limits, Plan, Rational, Result, Source, StoryboardOptions, Warning,
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
    /// The file to write the plan to; -: stdout.
    #[arg(short, long, value_name = "FILE", default_value = "-")]
    output: Target,
    #[command(flatten)]
    settings: PlanSettings,
}

/// What a plan depends on besides the video.
#[derive(Args)]
pub(crate) struct PlanSettings {
    /// Renditions by their short side in pixels, even, 64 to 4320. Larger ones than the video are left out.
    /// none: only the passthrough of --copy-top always.
    #[arg(long, value_name = "LIST", default_value = "1080,720,480,360,240", value_parser = rungs)]
    rungs: Rungs,
    /// Whether the source's video becomes the top rendition without encoding (passthrough), and its AAC the audio:
    /// never, auto (if size, bit rate and keyframes fit), always (with any bit rate; an error if it is not possible).
    #[arg(long, value_name = "WHEN", default_value = "never", hide_possible_values = true)]
    copy_top: CopyTopName,
    /// Preset of x264, ultrafast to veryslow: slower presets make smaller files.
    #[arg(long, default_value = "veryfast")]
    preset: String,
    /// Constant rate factor of x264, 1 (best quality) to 51.
    #[arg(long, default_value_t = 23.0, value_name = "N")]
    crf: f64,
    /// Bits per second of stereo audio, 16000 to 512000; other channel counts in proportion.
    #[arg(long, default_value_t = 128_000, value_name = "N")]
    audio_bitrate: u64,
    /// Maximum number of audio channels, 1 to 6; more are mixed down, and with 4 and up stereo is made beside them.
    #[arg(long, default_value_t = 2, value_name = "N")]
    audio_channels: u32,
    /// Loudness of the audio in LUFS by EBU R 128, -40 to -5; all of it is decoded to measure it. Default: as it is.
    #[arg(long, value_name = "LUFS", allow_negative_numbers = true)]
    loudness: Option<f64>,
    /// Duration of a segment in seconds, 1 to 30; rounded to a whole number of keyframe intervals.
    #[arg(long, default_value = "4", value_name = "SECONDS")]
    segment_seconds: Rational,
    /// Duration of the first segment in seconds, 0.5 to that of the others: a shorter one is made sooner. Default: as
    /// the others.
    #[arg(long, value_name = "SECONDS")]
    first_segment_seconds: Option<Rational>,
    /// Seconds from one keyframe to the next, 0.5 to 30, but no longer than a segment.
    #[arg(long, default_value = "2", value_name = "SECONDS")]
    keyframe_seconds: Rational,
    /// Maximum frames per second, 1 to 240. Higher rates are divided by a whole number: with a maximum of 30,
    /// 60 becomes 30, and 50 becomes 25.
    #[arg(long, default_value = "60", value_name = "N")]
    max_frame_rate: Rational,
    /// Add a storyboard: sheets of small images that players show above their seek bar.
    #[arg(long)]
    storyboard: bool,
    /// Seconds from one image of the storyboard to the next, 1 to 60, with up to three decimals.
    #[arg(long, default_value = "10", value_name = "SECONDS", requires = "storyboard")]
    storyboard_interval: Rational,
    /// Width of an image of the storyboard in pixels, even, 16 to 320.
    #[arg(long, default_value_t = 160, value_name = "N", requires = "storyboard")]
    storyboard_width: u32,
    /// Leave out the video's own subtitles.
    #[arg(long)]
    no_text: bool,
    /// Start of a clip, in seconds: what comes before is left out.
    #[arg(long, value_name = "SECONDS", default_value = "0", hide_default_value = true)]
    from: Rational,
    /// End of a clip, in seconds of the video: what comes after is left out.
    #[arg(long, value_name = "SECONDS")]
    to: Option<Rational>,
    /// Overlay the video with an image, such as a logo: a PNG, JPEG or WebP file.
    #[arg(long, value_name = "FILE")]
    watermark: Option<PathBuf>,
    /// Position of the watermark.
    #[arg(long, value_name = "POSITION", default_value = "upper-right", requires = "watermark")]
    watermark_position: PositionName,
    /// Size of the watermark, as a fraction of the video's width or height, 0 to 1; 0: its own size in pixels.
    #[arg(long, value_name = "N", default_value_t = 0.15, requires = "watermark")]
    watermark_scale: f64,
    /// Opacity of the watermark, 0 to 1.
    #[arg(long, value_name = "N", default_value_t = 1.0, requires = "watermark")]
    watermark_opacity: f64,
    /// Distance of the watermark from the edges, as a fraction of the video's short side, 0 to 1.
    #[arg(long, value_name = "N", default_value_t = 0.05, requires = "watermark")]
    watermark_padding: f64,
    /// Captions: a language such as en or pt-BR, optionally a name for the player's menu (default: the language), and
    /// a WebVTT file. Can be repeated, once for each language.
    #[arg(long, value_name = "LANGUAGE[:NAME]=FILE")]
    captions: Vec<CaptionFile>,
    /// Give up if reading the video takes longer than this many seconds.
    #[arg(long, default_value_t = Limits::default().wall_time.as_secs(), value_name = "SECONDS")]
    time_limit: u64,
}

/// Short sides of renditions: clap would take a bare Vec for a repeated option.
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
enum CopyTopName {
    Never,
    Auto,
    Always,
}

/// Reads a small file, up to `max` bytes of it.
pub(crate) fn small_file(what: &str, path: &Path, max: u64) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(max).read_to_end(&mut bytes));
    read.map_err(|cause| unreadable(what, path, cause))?;
    Ok(bytes)
}

fn unreadable(what: &str, path: &Path, cause: io::Error) -> Error {
    Error::new(ErrorKind::NotFound, format!("cannot read the {what} {}", path.display())).with_cause(cause)
}

#[derive(Clone, Copy, ValueEnum)]
enum PositionName {
    UpperLeft,
    UpperRight,
    LowerLeft,
    LowerRight,
    Center,
}

impl PlanSettings {
    pub(crate) fn plan(&self, source: &Source) -> Result<Plan> {
        let limits = Limits::default().wall_time(Duration::from_secs(self.time_limit));
        let plan = vodkit::plan(&source.clone().with_limits(limits), &self.ladder()?)?;
        self.captions.iter().try_fold(plan, |plan, file| file.add_to(&plan))
    }

    fn ladder(&self) -> Result<Ladder> {
        let copy_top = match self.copy_top {
            CopyTopName::Never => CopyTop::Never,
            CopyTopName::Auto => CopyTop::Auto,
            CopyTopName::Always => CopyTop::Always,
        };
        let is_clip = self.from != Rational::ZERO || self.to.is_some();
        Ok(Ladder::default()
            .rungs(self.rungs.0.iter().copied())
            .copy_top(copy_top)
            .preset(&self.preset)
            .crf(self.crf)
            .audio_bit_rate(self.audio_bitrate)
            .audio_channels(self.audio_channels)
            .loudness(self.loudness)
            .segment_seconds(self.segment_seconds)
            .first_segment_seconds(self.first_segment_seconds)
            .keyframe_seconds(self.keyframe_seconds.min(self.segment_seconds))
            .max_frame_rate(self.max_frame_rate)
            .storyboard(self.storyboard.then(|| self.storyboard_options()))
            .text(!self.no_text)
            .clip(is_clip.then(|| Clip::new(self.from, self.to)))
            .watermark(self.watermark.as_deref().map(|path| self.watermark(path)).transpose()?))
    }

    fn watermark(&self, path: &Path) -> Result<Watermark> {
        let position = match self.watermark_position {
            PositionName::UpperLeft => WatermarkPosition::UpperLeft,
            PositionName::UpperRight => WatermarkPosition::UpperRight,
            PositionName::LowerLeft => WatermarkPosition::LowerLeft,
            PositionName::LowerRight => WatermarkPosition::LowerRight,
            PositionName::Center => WatermarkPosition::Center,
        };
        Ok(Watermark::new(small_file("watermark", path, 1 << 20)?)
            .position(position)
            .opacity(self.watermark_opacity)
            .padding(self.watermark_padding)
            .scale(self.watermark_scale))
    }

    fn storyboard_options(&self) -> StoryboardOptions {
        StoryboardOptions::default().interval(self.storyboard_interval).width(self.storyboard_width)
    }

    /// Warns where the plan differs from the source, or from what was asked for.
    pub(crate) fn warn_of_differences(&self, plan: &Plan) {
        warn_of(plan.warnings());
        for rendition in plan.renditions() {
            if let Some(reason) = &rendition.encoded_because {
                output::warn(&format!("vodkit: {} is encoded, not passed through: {reason}", rendition.id));
            }
        }
        self.warn_of_duration(plan);
    }

    /// Warns where segments have another duration than the one asked for.
    fn warn_of_duration(&self, plan: &Plan) {
        let Some(video) = plan.source_video() else { return };
        // The segments of a passthrough are cut at its own keyframes, and all differ.
        if plan.videos().any(|(rendition, _)| rendition.is_passthrough()) {
            return;
        }
        // The first may be shorter on purpose, and the last is what is left of the video.
        let usual = video.windows.get(usize::from(self.first_segment_seconds.is_some())..);
        let Some([one, next, ..]) = usual else { return };
        let made = Rational::from((next.first_frame - one.first_frame) as i64) / video.frame_rate;
        let asked = self.segment_seconds;
        // Up to one percent is rounding to whole frames, as at 29.97 frames per second.
        if (made - asked).abs() * Rational::from(100) > asked {
            let made = (made.to_f64() * 1000.0).round() / 1000.0;
            output::warn(&format!(
                "vodkit: segments last {made} seconds, not {}: a whole number of keyframe intervals",
                asked.to_f64()
            ));
        }
    }
}

pub(crate) fn run(options: &PlanOptions) -> Result<ExitCode> {
    options.output.check_not_input(options.input.path())?;
    let plan = options.settings.plan(&options.input.open()?)?;
    options.settings.warn_of_differences(&plan);
    options.output.write(plan.to_json().as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

/// Reads a plan from a file.
pub(crate) fn read(path: &Path) -> Result<Plan> {
    let json = std::fs::read_to_string(path).map_err(|cause| unreadable("plan", path, cause))?;
    Plan::from_json(&json)
}

/// Says what of the source the package does not have, or not as it was.
pub(crate) fn warn_of(warnings: &[Warning]) {
    for warning in warnings {
        output::warn(&format!("vodkit: {} ({})", warning.message, warning.kind.name()));
    }
}
