//! `vodkit serve`

mod answer;
mod origin;
mod routes;

use std::net::{IpAddr, SocketAddr};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::watch;
use vodkit::thumbnail::Position;
use vodkit::{DirSink, Error, ErrorKind, Job, JobOptions, Plan, Result, SharedSource, ThumbnailOptions};

use crate::input::Input;
use crate::output::{self, Reporter};
use crate::plan;
use origin::Origin;

#[derive(Args)]
// Playing begins with one segment: shorter ones are there sooner.
#[command(mut_arg("segment_seconds", |arg| arg.default_value("2")))]
pub(crate) struct ServeOptions {
    /// A video, as a file or an http or https link, or the folder of a package.
    #[command(flatten)]
    input: Input,
    /// The port to listen at; 0: any that is free.
    #[arg(short, long, default_value_t = 8080, value_name = "N")]
    port: u16,
    /// The address to listen at; 0.0.0.0: all of this machine.
    #[arg(long, default_value = "127.0.0.1", value_name = "ADDRESS")]
    host: IpAddr,
    /// Keep what is made in this folder, and go on from what is there; without it, it goes at the end.
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Make nothing but what players ask for.
    #[arg(long)]
    on_request: bool,
    #[command(flatten)]
    wishes: plan::Wishes,
    /// Segments made at the same time, up to 1024; 0: one for each core.
    #[arg(long, default_value_t = 0, value_name = "N", value_parser = clap::value_parser!(u16).range(0..=1024))]
    workers: u16,
    /// Print nothing but the address and errors.
    #[arg(short, long)]
    quiet: bool,
}

pub(crate) fn run(options: &ServeOptions) -> Result<ExitCode> {
    let runtime = Runtime::new().map_err(|cause| failed("the server could not be started", cause))?;
    // Before any work: a port that is taken is told at once.
    let address = SocketAddr::new(options.host, options.port);
    let listener = runtime.block_on(TcpListener::bind(address)).map_err(|cause| {
        failed(&format!("cannot listen at {address}: name another with --port, or 0 for any that is free"), cause)
    })?;
    let address = listener.local_addr().unwrap_or(address);
    // Goes when this function ends.
    let mut scratch = None;
    let reporter = Arc::new(Reporter::new(options.quiet));
    let origin = if options.input.path().join(vodkit::engine::PLAN_KEY).is_file() {
        Origin::of_package(options.input.path())?
    } else {
        // Planning may be interrupted: nothing is there yet.
        let (source, plan) = options.plan()?;
        let folder = match &options.output {
            Some(folder) => folder.as_path(),
            None => {
                let made = tempfile::Builder::new().prefix("vodkit-").tempdir();
                scratch.insert(made.map_err(|cause| failed("no temporary folder could be made", cause))?).path()
            }
        };
        Origin::of_job(options.start(source, plan, folder, &reporter)?)
    };
    reporter.clear();
    output::print(format!("Playing at http://{address}/ (Ctrl-C ends it)\n"))?;
    let origin = Arc::new(origin);
    let first = origin.clone();
    // What players begin with, before anybody has asked for it.
    std::thread::spawn(move || first.prepare());
    let (thrown, stop) = watch::channel(false);
    let (watched, shown, hopeless) = (origin.clone(), reporter.clone(), thrown.clone());
    let watching = std::thread::spawn(move || {
        let Some(error) = watched.end() else { return false };
        shown.clear();
        output::warn(&format!("vodkit: {}", error.full_message()));
        // What is there already is served on, but nothing will come into a folder of somebody else.
        if error.kind() == ErrorKind::OutputConflict {
            let _ = hopeless.send(true);
        }
        true
    });
    let stopped = origin.clone();
    let (mut asked, leftover) = (false, scratch.as_ref().map(|folder| folder.path().to_owned()));
    let _ = ctrlc::set_handler(move || {
        // Asked again, when something hangs.
        if std::mem::replace(&mut asked, true) {
            leftover.as_ref().map(std::fs::remove_dir_all);
            std::process::exit(130);
        }
        // Whoever waits for a segment is let go.
        stopped.stop();
        let _ = thrown.send(true);
    });
    let served = runtime.block_on(routes::serve(listener, origin.clone(), stop));
    runtime.shutdown_background();
    reporter.clear();
    served.map_err(|cause| failed("the server failed", cause))?;
    let has_failed = watching.join().unwrap_or(true);
    Ok(if has_failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

impl ServeOptions {
    fn plan(&self) -> Result<(SharedSource, Plan)> {
        let source = self.input.open()?;
        let plan = self.wishes.plan(&source)?;
        if !self.quiet {
            self.wishes.note_differences(&plan);
        }
        Ok((source, plan))
    }

    fn start(
        &self,
        source: SharedSource,
        plan: Plan,
        folder: &Path,
        reporter: &Arc<Reporter>,
    ) -> Result<(Job, SharedSource)> {
        let mut options = JobOptions::default();
        options.workers = self.workers.into();
        options.on_request = self.on_request;
        options.thumbnail = Some(ThumbnailOptions::at(Position::Fraction(0.5)));
        let shown = reporter.clone();
        options.on_progress = Some(Arc::new(move |progress| {
            shown.show(progress);
            ControlFlow::Continue(())
        }));
        let sink = Arc::new(DirSink::open(folder)?);
        let job = in_background(|| Job::start(source.clone(), plan, sink, options))?;
        Ok((job, source))
    }
}

/// Does what starts threads so that they leave the processor to others: what plays is on this machine as well.
fn in_background<T: Send>(start: impl FnOnce() -> Result<T> + Send) -> Result<T> {
    let outcome = std::thread::scope(|scope| {
        let lower = || {
            // Threads have the priority of the one that starts them; without it they work all the same.
            #[cfg(target_os = "linux")]
            let _ = rustix::process::nice(10);
            start()
        };
        scope.spawn(lower).join()
    });
    outcome.unwrap_or_else(|_| Err(Error::new(ErrorKind::Internal, "the job could not be started")))
}

fn failed(what: &str, cause: std::io::Error) -> Error {
    Error::new(ErrorKind::Internal, what).with_cause(cause)
}
