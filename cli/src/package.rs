//! `vodkit package`

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use vodkit::plan::{Plan, TrackKind};
use vodkit::thumbnail::Position;
use vodkit::{DirSink, Error, ErrorKind, Job, JobOptions, Result, Summary, ThumbnailOptions};

use crate::input::Input;
use crate::output::{self, Reporter};
use crate::plan;

#[derive(Args)]
pub(crate) struct PackageOptions {
    #[command(flatten)]
    input: Input,
    /// The folder to write; it is made where it is not there.
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
    #[command(flatten)]
    wishes: plan::Wishes,
    /// Segments made at the same time, up to 1024; 0: one for each core.
    #[arg(long, default_value_t = 0, value_name = "N", value_parser = clap::value_parser!(u16).range(0..=1024))]
    workers: u16,
    /// Where to take thumbnail.jpg from, as a fraction of the duration.
    #[arg(long, default_value_t = 0.5, value_name = "FRACTION")]
    thumbnail_pct: f64,
    /// Take no thumbnail.
    #[arg(long, conflicts_with = "thumbnail_pct")]
    no_thumbnail: bool,
    /// Replace another package that is in the folder.
    #[arg(long)]
    overwrite: bool,
    /// Print nothing but errors.
    #[arg(short, long)]
    quiet: bool,
}

pub(crate) fn run(options: &PackageOptions) -> Result<ExitCode> {
    let source = options.input.open()?;
    let thumbnail = ThumbnailOptions::at(Position::Fraction(options.thumbnail_pct));
    thumbnail.check()?;
    let sink = Arc::new(DirSink::open(&options.output)?);
    let plan = options.wishes.plan(&source)?;
    if !options.quiet {
        options.wishes.note_differences(&plan);
    }
    let reporter = Arc::new(Reporter::new(options.quiet));
    let shown = reporter.clone();
    let mut job_options = JobOptions::default();
    job_options.workers = options.workers.into();
    job_options.overwrite = options.overwrite;
    job_options.thumbnail = (!options.no_thumbnail).then_some(thumbnail);
    job_options.on_progress = Some(Arc::new(move |progress| {
        shown.show(progress);
        ControlFlow::Continue(())
    }));
    let job = Job::start(source, plan.clone(), sink, job_options)?;
    let switch = job.cancel_switch();
    // Without a handler Ctrl-C still ends the process, and the next run goes on all the same.
    let _ = ctrlc::set_handler(move || {
        // Asked again, when the disk hangs say.
        if switch.is_cancelled() {
            std::process::exit(130);
        }
        switch.cancel();
    });
    let finished = job.wait();
    // To drop it would be to wait for an encoder that nobody needs any more: the process ends now.
    std::mem::forget(job);
    reporter.clear();
    let summary = finished.map_err(|error| match error.kind() {
        ErrorKind::Cancelled => {
            Error::new(ErrorKind::Cancelled, "stopped; run the same command again to go on from here")
        }
        ErrorKind::OutputConflict => Error::new(ErrorKind::OutputConflict, format!("{error} (--overwrite)")),
        _ => error,
    })?;
    if !options.quiet {
        output::print(report(options, &plan, &summary))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn report(options: &PackageOptions, plan: &Plan, summary: &Summary) -> String {
    let heading = ["track", "picture or sound", "segments", "average", "peak", "size"];
    let mut rows = vec![heading.map(str::to_owned).to_vec()];
    for (track, made) in plan.tracks.iter().zip(&summary.tracks) {
        let what = match &track.kind {
            TrackKind::Video(video) => format!("{}x{}", video.width, video.height),
            TrackKind::Audio(audio) => format!("{} Hz, {} ch", audio.sample_rate, audio.channels),
            TrackKind::Images(images) => format!("{} of {}x{}", images.tiles.len(), images.width, images.height),
            _ => String::new(),
        };
        let how = if track.is_copied() { ", copied" } else { "" };
        rows.push(vec![
            made.id.clone(),
            what + how,
            made.segments.to_string(),
            output::rate(made.average_rate),
            output::rate(made.peak_rate),
            output::size(made.bytes),
        ]);
    }
    let seconds = summary.elapsed.as_secs_f64();
    let folder = options.output.display();
    let kept = match summary.segments_resumed {
        0 => String::new(),
        kept => format!(" ({kept} segments were there already)"),
    };
    format!(
        "{}\n  {} of video in {}, {:.1} times as fast as it plays{kept}\n  HLS:  {folder}/master.m3u8\n  DASH: {folder}/manifest.mpd\n",
        output::table(&rows),
        output::time(summary.duration),
        output::time(seconds),
        summary.duration / seconds.max(1e-3),
    )
}
