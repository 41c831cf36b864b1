//! `vodkit package`

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use vodkit::plan::{Media, Plan};
use vodkit::thumbnail::Position;
use vodkit::{DirSink, Error, ErrorKind, Job, JobOptions, Package, Result, Summary, ThumbnailOptions};

use crate::input::Input;
use crate::output::{self, Reporter};
use crate::plan::{PlanSettings, warn_of};

#[derive(Args)]
pub(crate) struct PackageOptions {
    #[command(flatten)]
    input: Input,
    /// The folder to write to.
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
    #[command(flatten)]
    settings: PlanSettings,
    /// Segments to make at the same time, up to 1024; 0: one for each core.
    #[arg(long, default_value_t = 0, value_name = "N", value_parser = clap::value_parser!(u16).range(0..=1024))]
    workers: u16,
    /// Position of thumbnail.jpg in the video, as a fraction of its duration, 0 to 1.
    #[arg(long, default_value_t = 0.5, value_name = "FRACTION")]
    thumbnail_pct: f64,
    /// Make no thumbnail.
    #[arg(long, conflicts_with = "thumbnail_pct")]
    no_thumbnail: bool,
    /// Replace another package in the folder.
    #[arg(long)]
    overwrite: bool,
    /// Print nothing but errors.
    #[arg(short, long)]
    quiet: bool,
}

pub(crate) fn run(options: &PackageOptions) -> Result<ExitCode> {
    let source = options.input.open()?;
    let thumbnail = ThumbnailOptions::default().at(Position::Fraction(options.thumbnail_pct));
    thumbnail.check()?;
    let sink = Arc::new(DirSink::open(&options.output)?);
    let plan = options.settings.plan(&source)?;
    if !options.quiet {
        options.settings.warn_of_differences(&plan);
    }
    let reporter = Arc::new(Reporter::new(options.quiet));
    let shown = reporter.clone();
    let job_options = JobOptions::default()
        .workers(options.workers.into())
        .overwrite(options.overwrite)
        .thumbnail((!options.no_thumbnail).then_some(thumbnail))
        .on_progress(move |progress| {
            shown.show(progress);
            ControlFlow::Continue(())
        });
    let job = Job::start(&source, &plan, sink, job_options)?;
    let cancel = job.cancel_token();
    // Without a handler Ctrl-C still ends the process, and the next run continues all the same.
    let _ = ctrlc::set_handler(move || {
        // The second Ctrl-C ends the process, for example when the disk hangs.
        if cancel.is_cancelled() {
            std::process::exit(130);
        }
        cancel.cancel();
    });
    let finished = job.wait();
    // Dropping the job would wait for its encoders. The process ends now anyway.
    std::mem::forget(job);
    reporter.clear();
    let summary = finished.map_err(|error| match error.kind() {
        ErrorKind::Cancelled => Error::new(ErrorKind::Cancelled, "stopped: run the same command again to continue"),
        ErrorKind::OutputConflict => Error::new(ErrorKind::OutputConflict, format!("{error} (--overwrite)")),
        _ => error,
    })?;
    if !options.quiet {
        // The others were told when it was planned.
        warn_of(summary.warnings.get(plan.warnings().len()..).unwrap_or_default());
        output::print(report(options, &plan, &summary))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn report(options: &PackageOptions, plan: &Plan, summary: &Summary) -> String {
    let heading = ["rendition", "media", "segments", "average", "peak", "size"];
    let mut rows = vec![heading.map(str::to_owned).to_vec()];
    for (rendition, made) in plan.renditions().iter().zip(&summary.renditions) {
        let media = match &rendition.media {
            Media::Video(_, video) => format!("{}x{}", video.width, video.height),
            Media::Audio(audio) => format!("{} Hz, {} ch", audio.sample_rate, audio.channels),
            Media::Text(text) => text.name.clone(),
            Media::Storyboard(_, board) => format!("{} of {}x{}", board.tiles.len(), board.width, board.height),
            _ => String::new(),
        };
        let passthrough = if rendition.is_passthrough() { ", passthrough" } else { "" };
        rows.push(vec![
            made.id.clone(),
            media + passthrough,
            made.segments.to_string(),
            output::rate(made.average_rate),
            output::rate(made.peak_rate),
            output::size(made.bytes),
        ]);
    }
    let seconds = summary.elapsed.as_secs_f64();
    let folder = options.output.display();
    let resumed = match summary.segments_resumed {
        0 => String::new(),
        count => format!(" ({count} segments were there already)"),
    };
    format!(
        "{}\n  {} of video in {}, {:.1} times real time{resumed}\n  HLS:  {folder}/master.m3u8\n  DASH: {folder}/manifest.mpd\n",
        output::table(&rows),
        output::time(summary.duration),
        output::time(seconds),
        summary.duration / seconds.max(1e-3),
    )
}

/// The package in a folder.
pub(crate) fn open(folder: &Path) -> Result<Package> {
    Package::open(Arc::new(DirSink::open(folder)?))
}
