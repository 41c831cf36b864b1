//! `vodkit thumbnail`

use std::process::ExitCode;

use clap::{Args, ValueEnum};
use vodkit::thumbnail::{ChromaSampling, Fit, ImageFormat, Position};
use vodkit::{AnimationOptions, Error, ErrorKind, Ladder, Rational, Result};

use crate::input::Input;
use crate::target::Target;

#[derive(Args)]
pub(crate) struct ThumbnailOptions {
    #[command(flatten)]
    input: Input,
    /// The image to write; -: stdout.
    #[arg(short, long, value_name = "IMAGE")]
    output: Target,
    /// Format of the image. Default: as the file name says; on stdout, jpg.
    #[arg(long, value_enum)]
    format: Option<FormatName>,
    /// Position in the video, as a fraction of its duration, 0 to 1.
    #[arg(long, default_value_t = 0.5, value_name = "FRACTION")]
    pct: f64,
    /// Position in the video, in seconds.
    #[arg(long, value_name = "SECONDS", conflicts_with = "pct")]
    at: Option<Rational>,
    /// Take the nearest keyframe, which is faster than the exact frame.
    #[arg(long)]
    nearest_keyframe: bool,
    /// Width in pixels, 1 to 8192.
    #[arg(long, value_name = "N")]
    width: Option<u32>,
    /// Height in pixels, 1 to 8192.
    #[arg(long, value_name = "N")]
    height: Option<u32>,
    /// What to do if width and height have another aspect ratio than the video.
    #[arg(long, value_enum, default_value_t = FitName::Crop)]
    fit: FitName,
    /// Quality of JPEG and WebP, 1 to 100. Default: 85 of JPEG, 80 of WebP.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=100))]
    quality: Option<u8>,
    /// Make WebP without loss.
    #[arg(long)]
    lossless: bool,
    /// How much of colour a JPEG keeps.
    #[arg(long, value_enum, default_value_t = ChromaName::Quarter)]
    chroma: ChromaName,
    /// Duration of a GIF in seconds, 0.1 to 60.
    #[arg(long, value_name = "SECONDS", default_value = "5")]
    seconds: Rational,
    /// Frames per second of a GIF, 1 to 30.
    #[arg(long, value_name = "N", default_value = "8")]
    fps: Rational,
}

#[derive(Clone, Copy, ValueEnum)]
enum FormatName {
    #[value(alias = "jpeg")]
    Jpg,
    Png,
    Webp,
    /// Animated.
    Gif,
}

#[derive(Clone, Copy, ValueEnum)]
enum FitName {
    /// Fill the size and crop the rest.
    Crop,
    /// Fit inside the size.
    Clip,
    /// Stretch to the size.
    Scale,
    /// Fit inside the size, with black bars.
    Fill,
}

#[derive(Clone, Copy, ValueEnum)]
enum ChromaName {
    /// A sample for four pixels (4:2:0).
    #[value(name = "420")]
    Quarter,
    /// A sample for each pixel (4:4:4), for text and drawings.
    #[value(name = "444")]
    Full,
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
                        format!("{path} has no known image format: name it .jpg, .png, .webp or .gif, or add --format");
                    Error::new(ErrorKind::InvalidArgument, message)
                })
            }
        }
    }
}

pub(crate) fn run(options: &ThumbnailOptions) -> Result<ExitCode> {
    options.output.check_not_input(options.input.path())?;
    let at = options.at.map_or(Position::Fraction(options.pct), Position::Seconds);
    let (format, source) = (options.format()?, options.input.open()?);
    let fit = match options.fit {
        FitName::Crop => Fit::Crop,
        FitName::Clip => Fit::Clip,
        FitName::Scale => Fit::Scale,
        FitName::Fill => Fit::Fill,
    };
    let chroma = match options.chroma {
        ChromaName::Quarter => ChromaSampling::Quarter,
        ChromaName::Full => ChromaSampling::Full,
    };
    let image = vodkit::ThumbnailOptions::default()
        .at(at)
        .nearest_keyframe(options.nearest_keyframe)
        .width(options.width)
        .height(options.height)
        .fit(fit)
        .quality(options.quality)
        .lossless(options.lossless)
        .chroma(chroma);
    let image_format = match format {
        FormatName::Jpg => ImageFormat::Jpeg,
        FormatName::Png => ImageFormat::Png,
        FormatName::Webp => ImageFormat::WebP,
        FormatName::Gif => {
            let animation = AnimationOptions::default().first(image).seconds(options.seconds).frame_rate(options.fps);
            animation.check()?;
            let plan = vodkit::plan(&source, &Ladder::default())?;
            options.output.write(&vodkit::plan_animation(&source, &plan, &animation)?)?;
            return Ok(ExitCode::SUCCESS);
        }
    };
    let image = vodkit::thumbnail(&source, &image.format(image_format))?;
    options.output.write(&image.bytes)?;
    Ok(ExitCode::SUCCESS)
}
