//! The commands that make one thing: `plan`, `segment`, `thumbnail`, `verify`.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use vodkit::plan::Plan;
use vodkit::thumbnail::{Fit, ImageFormat, Position};
use vodkit::{Error, ErrorKind, Rational, Result};

use crate::{ladder, output, probe};

pub(crate) fn plan(input: &Path, output: Option<&Path>, ladder: &ladder::LadderOptions) -> Result<ExitCode> {
    let plan = vodkit::plan(&probe::open(input)?, &ladder.ladder()?)?;
    match output {
        Some(path) => write(path, plan.to_json().as_bytes())?,
        None => output::print(plan.to_json())?,
    }
    Ok(ExitCode::SUCCESS)
}

#[derive(Args)]
pub(crate) struct SegmentOptions {
    /// The plan.
    plan: PathBuf,
    /// The video that was planned; needed for all but `init`.
    #[arg(long, value_name = "INPUT")]
    source: Option<PathBuf>,
    /// The track's id, as the plan lists it.
    #[arg(long, value_name = "ID")]
    track: String,
    /// The segment's number, from 0, or `init`.
    #[arg(long, value_name = "N")]
    index: String,
    /// Where to write the segment.
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
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
    let json = std::fs::read_to_string(&options.plan).map_err(|cause| {
        Error::new(ErrorKind::NotFound, format!("cannot read the plan {}", options.plan.display())).with_cause(cause)
    })?;
    let plan = Plan::from_json(&json)?;
    let bytes = match piece {
        Piece::Init => vodkit::init_segment(&plan, &options.track)?,
        Piece::Media(source) => {
            let number = options.index.parse().map_err(|_| {
                let message = format!("\"{}\" is not a segment: name a number from 0, or init", options.index);
                Error::new(ErrorKind::InvalidArgument, message)
            })?;
            vodkit::segment(&probe::open(source)?, &plan, &options.track, number)?
        }
    };
    write(&options.output, &bytes)?;
    Ok(ExitCode::SUCCESS)
}

#[derive(Args)]
pub(crate) struct ThumbnailOptions {
    /// The video.
    input: PathBuf,
    /// The picture to write: .jpg, .png or .webp.
    #[arg(short, long, value_name = "IMAGE")]
    output: PathBuf,
    /// Where in the video, as a fraction of its duration.
    #[arg(long, default_value_t = 0.5, value_name = "FRACTION")]
    pct: f64,
    /// Where in the video, in seconds.
    #[arg(long, value_name = "SECONDS", conflicts_with = "pct")]
    at: Option<Rational>,
    /// Width in pixels.
    #[arg(long, value_name = "N")]
    width: Option<u32>,
    /// Height in pixels.
    #[arg(long, value_name = "N")]
    height: Option<u32>,
    /// What happens where width and height have another shape than the video.
    #[arg(long, value_enum, default_value_t = FitName::Crop)]
    fit: FitName,
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

pub(crate) fn thumbnail(options: &ThumbnailOptions) -> Result<ExitCode> {
    let extension = options.output.extension().unwrap_or_default().to_string_lossy().to_lowercase();
    let format = match extension.as_str() {
        "jpg" | "jpeg" => ImageFormat::Jpeg,
        "png" => ImageFormat::Png,
        "webp" => ImageFormat::WebP,
        _ => {
            let message =
                format!("{} is no picture that can be written: name it .jpg, .png or .webp", options.output.display());
            return Err(Error::new(ErrorKind::InvalidArgument, message));
        }
    };
    let at = options.at.map_or(Position::Fraction(options.pct), Position::Seconds);
    let mut wanted = vodkit::ThumbnailOptions::at(at);
    wanted.width = options.width;
    wanted.height = options.height;
    wanted.format = format;
    wanted.fit = match options.fit {
        FitName::Crop => Fit::Crop,
        FitName::Clip => Fit::Clip,
        FitName::Scale => Fit::Scale,
        FitName::Fill => Fit::Fill,
    };
    let picture = vodkit::thumbnail(&probe::open(&options.input)?, &wanted)?;
    write(&options.output, &picture.bytes)?;
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn verify(folder: &Path) -> Result<ExitCode> {
    let report = vodkit::verify::verify(folder)?;
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

/// Writes a file whole or not at all.
fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let failed = |cause: std::io::Error| {
        Error::new(ErrorKind::SinkWrite, format!("cannot write {}", path.display())).with_cause(cause)
    };
    // A device or a pipe is written to, never replaced by a file.
    if std::fs::metadata(path).is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir()) {
        let opened = std::fs::OpenOptions::new().write(true).open(path);
        return opened.and_then(|mut file| file.write_all(bytes)).map_err(failed);
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = builder.prefix(".vodkit-unfinished-").tempfile_in(folder).map_err(failed)?;
    file.write_all(bytes).map_err(failed)?;
    file.persist(path).map_err(|error| failed(error.error))?;
    Ok(())
}
