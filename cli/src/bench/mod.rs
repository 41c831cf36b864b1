//! `vodkit bench`: how fast and how good the presets are on this machine, for a video of one's own.

mod chart;
mod measure;
mod quality;
mod report;
mod workers;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use vodkit::{Error, ErrorKind, Ladder, Rational, Result, Rung};

use crate::input::Input;
use crate::output;
use crate::target::Target;
use report::Report;

#[derive(Args)]
pub(crate) struct BenchOptions {
    #[command(flatten)]
    input: Input,
    /// Presets of x264 to compare.
    #[arg(long, value_name = "LIST", value_delimiter = ',', default_value = "superfast,veryfast,fast,medium")]
    presets: Vec<String>,
    /// Renditions by their short side in pixels. Larger ones than the video are left out.
    #[arg(long, value_name = "LIST", value_delimiter = ',', default_value = "1080,720,480,360,240")]
    rungs: Vec<u32>,
    /// Constant rate factor of x264, 1 (best quality) to 51.
    #[arg(long, default_value_t = 23.0, value_name = "N")]
    crf: f64,
    /// Time that measuring takes at most, 5 to 3600; what there is no time for is left out.
    #[arg(long, default_value_t = 60, value_name = "N", value_parser = clap::value_parser!(u64).range(5..=3600))]
    seconds: u64,
    /// What an hour of one core costs, in any currency: prices are in the same.
    #[arg(long, value_name = "N", value_parser = price)]
    price_per_core_hour: Option<f64>,
    /// The ffmpeg that measures quality: with its filter libvmaf as VMAF, else with xpsnr as XPSNR.
    #[arg(long, default_value = "ffmpeg", value_name = "COMMAND")]
    ffmpeg: PathBuf,
    /// Print JSON in the place of tables.
    #[arg(long)]
    json: bool,
    /// Draw it all as an SVG too; -: stdout.
    #[arg(long, value_name = "FILE")]
    svg: Option<Target>,
    /// Show no progress.
    #[arg(short, long)]
    quiet: bool,
}

fn price(text: &str) -> std::result::Result<f64, String> {
    let price = text.parse().ok().filter(|price: &f64| price.is_finite() && *price >= 0.0);
    price.ok_or_else(|| format!("\"{text}\" is not a price"))
}

/// Seconds of a segment here: short, so that parts of the video from everywhere are measured.
const SEGMENT_SECONDS: i64 = 2;

impl BenchOptions {
    fn ladder(&self, preset: &str) -> Ladder {
        self.ladder_of(self.rungs.iter().map(|side| Rung::new(*side)), preset, self.crf)
    }

    fn ladder_of(&self, rungs: impl Iterator<Item = Rung>, preset: &str, crf: f64) -> Ladder {
        let seconds = Rational::from(SEGMENT_SECONDS);
        Ladder::default().rungs(rungs).preset(preset).crf(crf).segment_seconds(seconds).text(false)
    }
}

/// Tells how far it is, and how much time is left.
pub(crate) struct Steps {
    started: Instant,
    seconds: u64,
    bar: Option<ProgressBar>,
    quiet: bool,
}

impl Steps {
    fn new(options: &BenchOptions) -> Self {
        use std::io::IsTerminal;
        let bar = (!options.quiet && std::io::stderr().is_terminal()).then(|| {
            let bar = ProgressBar::new(options.seconds * 10);
            let style = ProgressStyle::with_template("{bar:40.cyan/black.bright} {percent:>3}%  {msg}");
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            bar
        });
        Self { started: Instant::now(), seconds: options.seconds, bar, quiet: options.quiet }
    }

    /// Time until this fraction of all time is over.
    fn until(&self, fraction: f64) -> Duration {
        let end = Duration::from_secs_f64(self.seconds as f64 * fraction);
        end.saturating_sub(self.started.elapsed())
    }

    fn begin(&self, what: &str) {
        let elapsed = self.started.elapsed().as_secs_f64();
        match &self.bar {
            Some(bar) => {
                bar.set_position((elapsed * 10.0) as u64);
                bar.set_message(what.to_owned());
            }
            None if !self.quiet => output::warn(&format!("{elapsed:4.0} of {} s: {what}", self.seconds)),
            None => {}
        }
    }
}

pub(crate) fn run(options: &BenchOptions) -> Result<ExitCode> {
    if let Some(svg) = &options.svg {
        svg.check_not_input(options.input.path())?;
        if options.json && matches!(svg, Target::Stdout) {
            return Err(Error::new(ErrorKind::InvalidArgument, "JSON and SVG cannot both go to stdout: name a file"));
        }
    }
    let source = options.input.open()?;
    let plans = options.presets.iter().map(|preset| vodkit::plan(&source, &options.ladder(preset)));
    let plans = plans.collect::<Result<Vec<_>>>()?;
    let Some(first) = plans.first().filter(|plan| plan.videos().next().is_some()) else {
        return Err(Error::new(ErrorKind::NothingToPlay, "the source has no video: there is nothing to compare"));
    };
    let steps = Steps::new(options);
    let usual = options.presets.iter().position(|preset| preset == "veryfast").unwrap_or(0);
    let workers = workers::measure(&source, plans.get(usual).unwrap_or(first), &steps)?;
    let mut presets = Vec::new();
    for (number, (preset, plan)) in options.presets.iter().zip(&plans).enumerate() {
        let share = workers::SHARE + 0.4 * (number + 1) as f64 / plans.len() as f64;
        presets.push(measure::preset(&source, preset, plan, &steps, share)?);
    }
    measure::align(&mut presets);
    let metric = quality::measure(options, &source, &mut presets, &steps)?;
    let report = Report::new(options, first, presets, workers, metric);
    if let Some(bar) = &steps.bar {
        bar.finish_and_clear();
    }
    if let Some(svg) = &options.svg {
        svg.write(chart::draw(&report).as_bytes())?;
    }
    match (options.json, &options.svg) {
        (true, _) => output::print_json(&report)?,
        (false, Some(Target::Stdout)) => {}
        (false, _) => output::print(report.text())?,
    }
    Ok(ExitCode::SUCCESS)
}
