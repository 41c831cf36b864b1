//! The commands that make or check one thing: `segment`, `thumbnail`, `download`, `verify`.

use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use vodkit::thumbnail::{Fit, ImageFormat, Position};
use vodkit::{AnimationOptions, DirSink, Error, ErrorKind, Ladder, Rational, Result};

use crate::input::{Input, Trust};
use crate::target::Target;
use crate::{output, plan};

#[derive(Args)]
pub(crate) struct SegmentOptions {
    /// The plan.
    plan: PathBuf,
    /// The video that was planned; needed for all but `init`.
    #[arg(long, value_name = "INPUT")]
    source: Option<PathBuf>,
    #[command(flatten)]
    trust: Trust,
    /// The track's id, as the plan lists it.
    #[arg(long, value_name = "ID")]
    track: String,
    /// The segment's number, from 0, or `init`.
    #[arg(long, value_name = "N")]
    index: String,
    /// Where to write the segment; -: to stdout.
    #[arg(short, long, value_name = "FILE")]
    output: Target,
}

/// What a segment is made from: the init segment from the plan alone.
enum Piece<'a> {
    Init,
    Media(&'a Path),
}

impl SegmentOptions {
    fn piece(&self) -> Piece<'_> {
        match &self.source {
            _ if self.index == "init" => Piece::Init,
            Some(source) => Piece::Media(source),
            // Clap knows no option that is needed unless another one has a certain value.
            None => Self::augment_args(clap::Command::new("vodkit segment"))
                .error(clap::error::ErrorKind::MissingRequiredArgument, "all segments but init need --source <INPUT>")
                .exit(),
        }
    }
}

pub(crate) fn segment(options: &SegmentOptions) -> Result<ExitCode> {
    let piece = options.piece();
    for input in options.source.iter().chain([&options.plan]) {
        options.output.spares(input)?;
    }
    let plan = plan::read(&options.plan)?;
    let bytes = match piece {
        Piece::Init => vodkit::init_segment(&plan, &options.track)?,
        Piece::Media(source) => {
            let number = options.index.parse().map_err(|_| {
                let message = format!("\"{}\" is not a segment: name a number from 0, or init", options.index);
                Error::new(ErrorKind::InvalidArgument, message)
            })?;
            vodkit::segment(&options.trust.open(source)?, &plan, &options.track, number)?
        }
    };
    options.output.write(&bytes)?;
    Ok(ExitCode::SUCCESS)
}

#[derive(Args)]
pub(crate) struct ThumbnailOptions {
    #[command(flatten)]
    input: Input,
    /// The picture to write; -: to stdout.
    #[arg(short, long, value_name = "IMAGE")]
    output: Target,
    /// The picture's format; without it the output's name decides, and on stdout it is jpg.
    #[arg(long, value_enum)]
    format: Option<FormatName>,
    /// Where in the video, as a fraction of its duration.
    #[arg(long, default_value_t = 0.5, value_name = "FRACTION")]
    pct: f64,
    /// Where in the video, in seconds.
    #[arg(long, value_name = "SECONDS", conflicts_with = "pct")]
    at: Option<Rational>,
    /// The nearest keyframe does: quicker than the exact picture.
    #[arg(long)]
    nearest_keyframe: bool,
    /// Width in pixels, 1 to 8192.
    #[arg(long, value_name = "N")]
    width: Option<u32>,
    /// Height in pixels, 1 to 8192.
    #[arg(long, value_name = "N")]
    height: Option<u32>,
    /// What happens where width and height have another shape than the video.
    #[arg(long, value_enum, default_value_t = FitName::Crop)]
    fit: FitName,
    /// Of a GIF: how many seconds it lasts, 0.1 to 60.
    #[arg(long, value_name = "SECONDS", default_value = "5")]
    seconds: Rational,
    /// Of a GIF: pictures a second, 1 to 30.
    #[arg(long, value_name = "N", default_value = "8")]
    fps: Rational,
}

#[derive(Clone, Copy, ValueEnum)]
enum FormatName {
    #[value(alias = "jpeg")]
    Jpg,
    Png,
    Webp,
    /// Moving.
    Gif,
}

#[derive(Clone, Copy, ValueEnum)]
enum FitName {
    /// Fill the size and cut off what sticks out.
    Crop,
    /// Stay inside the size.
    Clip,
    /// Stretch to the size.
    Scale,
    /// Stay inside the size, with black bars.
    Fill,
}

impl ThumbnailOptions {
    fn format(&self) -> Result<FormatName> {
        match (self.format, &self.output) {
            (Some(name), _) => Ok(name),
            (None, Target::Stdout) => Ok(FormatName::Jpg),
            (None, Target::File(path)) => {
                let extension = path.extension().unwrap_or_default().to_string_lossy();
                FormatName::from_str(&extension, true).map_err(|_| {
                    let path = path.display();
                    let message =
                        format!("{path} does not tell its format: name it .jpg, .png, .webp or .gif, or add --format");
                    Error::new(ErrorKind::InvalidArgument, message)
                })
            }
        }
    }
}

pub(crate) fn thumbnail(options: &ThumbnailOptions) -> Result<ExitCode> {
    options.output.spares(options.input.path())?;
    let at = options.at.map_or(Position::Fraction(options.pct), Position::Seconds);
    let mut wanted = vodkit::ThumbnailOptions::at(at);
    wanted.nearest_keyframe = options.nearest_keyframe;
    wanted.width = options.width;
    wanted.height = options.height;
    wanted.fit = match options.fit {
        FitName::Crop => Fit::Crop,
        FitName::Clip => Fit::Clip,
        FitName::Scale => Fit::Scale,
        FitName::Fill => Fit::Fill,
    };
    let (format, source) = (options.format()?, options.input.open()?);
    wanted.format = match format {
        FormatName::Jpg => ImageFormat::Jpeg,
        FormatName::Png => ImageFormat::Png,
        FormatName::Webp => ImageFormat::WebP,
        FormatName::Gif => {
            let mut moving = AnimationOptions::default();
            (moving.first, moving.seconds, moving.frame_rate) = (wanted, options.seconds, options.fps);
            moving.check()?;
            let plan = vodkit::plan(&source, &Ladder::default())?;
            options.output.write(&vodkit::plan_animation(&source, &plan, &moving)?)?;
            return Ok(ExitCode::SUCCESS);
        }
    };
    let picture = vodkit::thumbnail(&source, &wanted)?;
    options.output.write(&picture.bytes)?;
    Ok(ExitCode::SUCCESS)
}

#[derive(Args)]
pub(crate) struct DownloadOptions {
    /// The package's folder.
    folder: PathBuf,
    /// The MP4 to write; -: to stdout.
    #[arg(short, long, value_name = "FILE")]
    output: Target,
    /// Which pictures, such as 720p; without it the largest.
    #[arg(long, value_name = "NAME")]
    track: Option<String>,
}

pub(crate) fn download(options: &DownloadOptions) -> Result<ExitCode> {
    let plan = plan::read(&options.folder.join("plan.json"))?;
    let package = DirSink::open(&options.folder)?;
    options.output.fill(|out| {
        let mut out = BufWriter::new(out);
        vodkit::write_mp4(&plan, &package, options.track.as_deref(), &mut out).map(drop)
    })?;
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn verify(folder: &Path) -> Result<ExitCode> {
    let report = vodkit_verify::verify(folder)
        .map_err(|cause| Error::new(ErrorKind::SourceRead, "nothing was verified").with_cause(cause))?;
    for finding in &report.findings {
        output::print(format!("{finding}\n"))?;
    }
    let count = report.findings.len();
    let (files, segments) = (report.files, report.segments);
    if count == 0 {
        output::print(format!("{}: fine ({files} files, {segments} segments)\n", folder.display()))?;
        return Ok(ExitCode::SUCCESS);
    }
    output::warn(&format!("vodkit: {} breaks {count} rules", folder.display()));
    Ok(ExitCode::FAILURE)
}
