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
use vodkit::layout::PLAN_KEY;
use vodkit::thumbnail::Position;
use vodkit::{
    DirSink, Error, ErrorKind, Job, JobOptions, Plan, Result, Source, ThumbnailCache, ThumbnailOptions, Warning,
};

use crate::input::Input;
use crate::output::{self, Reporter};
use crate::plan::{self, PlanSettings};
use origin::Origin;

/// Bytes of the disk that still images may take.
const MAX_STILL_BYTES: u64 = 256_000_000;

#[derive(Args)]
// Playback starts with the first segment, and shorter ones are made sooner.
#[command(mut_arg("segment_seconds", |arg| arg.default_value("2")))]
#[command(mut_arg("first_segment_seconds", |arg| arg.default_value("1").help(
    "Duration of the first segment in seconds, 0.5 to that of the others: a shorter one is made sooner"
)))]
pub(crate) struct ServeOptions {
    /// A video (a file, or an http or https link), or the folder of a package.
    #[command(flatten)]
    input: Input,
    /// Port to listen on; 0: any free port.
    #[arg(short, long, default_value_t = 8080, value_name = "N")]
    port: u16,
    /// Address to listen on; 0.0.0.0: all addresses of this machine.
    #[arg(long, default_value = "127.0.0.1", value_name = "ADDRESS")]
    host: IpAddr,
    /// Keep the package in this folder, and continue one that is there. Default: a temporary folder.
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Make only what players ask for.
    #[arg(long)]
    on_request: bool,
    #[command(flatten)]
    settings: PlanSettings,
    /// Segments to make at the same time, up to 1024; 0: one for each core.
    #[arg(long, default_value_t = 0, value_name = "N", value_parser = clap::value_parser!(u16).range(0..=1024))]
    workers: u16,
    /// Print only the address and errors.
    #[arg(short, long)]
    quiet: bool,
}

pub(crate) fn run(options: &ServeOptions) -> Result<ExitCode> {
    let runtime = Runtime::new().map_err(|cause| failed("the server could not be started", cause))?;
    // First of all, so that a port in use is reported at once.
    let address = SocketAddr::new(options.host, options.port);
    let listener = runtime.block_on(TcpListener::bind(address)).map_err(|cause| {
        failed(&format!("cannot listen on {address}: choose another port with --port, or 0 for any free one"), cause)
    })?;
    let address = listener.local_addr().unwrap_or(address);
    // Deleted when this function ends.
    let mut scratch = None;
    let reporter = Arc::new(Reporter::new(options.quiet));
    let origin = if options.input.path().join(PLAN_KEY).is_file() {
        Origin::of_package(options.input.path())?
    } else {
        // Ctrl-C ends the process while it plans: there is nothing to clean up yet.
        let (source, plan) = options.plan()?;
        let folder = match &options.output {
            Some(folder) => folder.as_path(),
            None => {
                let made = tempfile::Builder::new().prefix("vodkit-").tempdir();
                scratch.insert(made.map_err(|cause| failed("no temporary folder could be made", cause))?).path()
            }
        };
        let job = options.start(&source, &plan, folder, &reporter)?;
        let stills = Box::new(ThumbnailCache::open(stills_folder(folder), MAX_STILL_BYTES)?);
        Origin::Job { job, source, stills }
    };
    reporter.clear();
    let origin = Arc::new(origin);
    let first = origin.clone();
    // Makes what players load first, before they ask for it.
    std::thread::spawn(move || first.prepare());
    let (sender, stop) = watch::channel(false);
    let (watched, shown, give_up) = (origin.clone(), reporter.clone(), sender.clone());
    let is_quiet = options.quiet;
    let watching = std::thread::spawn(move || {
        let tell = |warnings: &[Warning]| {
            if !is_quiet && !warnings.is_empty() {
                shown.beside(|| plan::warn_of(warnings));
            }
        };
        let Some(error) = watched.wait(tell) else { return false };
        shown.clear();
        output::warn(&format!("vodkit: {}", error.full_message()));
        // What has been made is still served. But in the folder of another package nothing can be made.
        if error.kind() == ErrorKind::OutputConflict {
            let _ = give_up.send(true);
        }
        true
    });
    let stopped = origin.clone();
    let (mut interrupted, leftover) = (false, scratch.as_ref().map(|folder| folder.path().to_owned()));
    let _ = ctrlc::set_handler(move || {
        // The second Ctrl-C ends the process, for example when the disk hangs.
        if std::mem::replace(&mut interrupted, true) {
            leftover.as_ref().map(std::fs::remove_dir_all);
            std::process::exit(130);
        }
        // Requests that wait for a segment end.
        stopped.stop();
        let _ = sender.send(true);
    });
    output::print(format!("Playing at http://{address}/ (press Ctrl-C to stop)\n"))?;
    let served = runtime.block_on(routes::serve(listener, origin.clone(), stop));
    runtime.shutdown_background();
    reporter.clear();
    served.map_err(|cause| failed("the server failed", cause))?;
    let has_failed = watching.join().unwrap_or(true);
    Ok(if has_failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Where still images are kept from one run to the next: in the user's cache, or else beside the package.
fn stills_folder(package: &Path) -> PathBuf {
    let set = |name| std::env::var_os(name).map(PathBuf::from).filter(|folder| folder.is_absolute());
    let cache = set("XDG_CACHE_HOME").or_else(|| Some(set("HOME")?.join(".cache")));
    cache.map_or_else(|| package.join(".stills"), |cache| cache.join("vodkit/stills"))
}

impl ServeOptions {
    fn plan(&self) -> Result<(Source, Plan)> {
        let source = self.input.open()?;
        let plan = self.settings.plan(&source)?;
        if !self.quiet {
            self.settings.warn_of_differences(&plan);
        }
        Ok((source, plan))
    }

    fn start(&self, source: &Source, plan: &Plan, folder: &Path, reporter: &Arc<Reporter>) -> Result<Job> {
        let shown = reporter.clone();
        let options = JobOptions::default()
            .workers(self.workers.into())
            .on_request(self.on_request)
            .thumbnail(ThumbnailOptions::default().at(Position::Fraction(0.5)))
            .on_progress(move |progress| {
                shown.show(progress);
                ControlFlow::Continue(())
            });
        let sink = Arc::new(DirSink::open(folder)?);
        Job::start(source, plan, sink, options)
    }
}

fn failed(what: &str, cause: std::io::Error) -> Error {
    Error::new(ErrorKind::Internal, what).with_cause(cause)
}
