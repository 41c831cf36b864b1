//! A video service on vodkit, with the API of a hosted one. See `README.md`.

mod access;
mod api;
mod envelope;
mod hooks;
mod host;
mod media;
mod page;
mod plans;
mod removal;
mod store;
mod video;
mod wishes;
mod work;

use std::fs::{File, TryLockError};
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::middleware::map_response;
use clap::Parser;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tower_http::map_request_body::MapRequestBodyLayer;
use tower_http::timeout::RequestBodyTimeoutLayer;

use envelope::{Failure, in_envelope};
use host::{Config, Host};
use store::Store;

/// How long a request's body may stand still.
const SILENCE: Duration = Duration::from_secs(60);

/// A video service: post a link, poll until it is ready, play HLS or DASH, show thumbnails.
#[derive(Parser)]
#[command(name = "stream-host", version, max_term_width = 100)]
struct Options {
    /// Where videos, packages and the database are.
    #[arg(long, value_name = "DIR", default_value = "stream-data")]
    data: PathBuf,
    /// The token that the API wants.
    #[arg(long, env = "STREAM_TOKEN", hide_env_values = true)]
    token: String,
    /// The account in the API's paths.
    #[arg(long, env = "STREAM_ACCOUNT", default_value = "demo")]
    account: String,
    /// The port to listen at; 0: any that is free.
    #[arg(short, long, default_value_t = 8787, value_name = "N")]
    port: u16,
    /// The address to listen at; 0.0.0.0: all of this machine.
    #[arg(long, default_value = "127.0.0.1", value_name = "ADDRESS")]
    host: IpAddr,
    /// How the host is reached from outside, as a link without a path; without it, by where it listens.
    #[arg(long, value_name = "URL")]
    address: Option<String>,
    /// Videos that are encoded at the same time; each uses all cores.
    #[arg(long, default_value_t = 2, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64))]
    jobs: u16,
    /// Renditions by their short side in pixels.
    #[arg(long, value_delimiter = ',', default_value = "1080,720,480,360,240", value_name = "LIST")]
    rungs: Vec<u32>,
    /// x264's preset: slower ones make smaller files.
    #[arg(long, default_value = "veryfast")]
    preset: String,
    /// The most bytes of a source.
    #[arg(long, default_value_t = 30_000_000_000, value_name = "BYTES")]
    largest: u64,
    /// The most seconds of a video.
    #[arg(long, default_value_t = 21_600, value_name = "SECONDS")]
    longest: u32,
    /// Links may lead into this machine and the local network.
    #[arg(long)]
    allow_private_addresses: bool,
}

fn main() -> ExitCode {
    match run(Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("stream-host: {error}");
            ExitCode::FAILURE
        }
    }
}

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

fn run(options: Options) -> Outcome<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let done = runtime.block_on(serve(options));
    // Whoever still makes a picture for a viewer is not waited for.
    runtime.shutdown_background();
    done
}

async fn serve(options: Options) -> Outcome<()> {
    plans::usual_ladder(&options.rungs, &options.preset).check()?;
    let place = SocketAddr::new(options.host, options.port);
    let listener =
        TcpListener::bind(place).await.map_err(|cause| format!("cannot listen at {place}: {cause}; try --port 0"))?;
    let place = listener.local_addr()?;
    let address = match options.address {
        Some(address) => checked(address)?,
        None if place.ip().is_unspecified() => return Err("say with --address how the host is reached".into()),
        None => format!("http://{place}"),
    };
    let config = Config {
        account: options.account,
        token: options.token,
        address: address.trim_end_matches('/').to_owned(),
        data: options.data,
        jobs: options.jobs.into(),
        rungs: options.rungs,
        preset: options.preset,
        largest: options.largest,
        longest: options.longest,
        private_links: options.allow_private_addresses,
    };
    let _lock = lock(&config.data)?;
    let store = Store::open(&config.data.join("host.sqlite"))?;
    let host = Arc::new(Host::new(config, store));
    host.make_folders()?;
    removal::tidy(&host)?;
    work::recover(&host)?;
    let mut threads = work::start(&host)?;
    let watches: [fn(&Arc<Host>); 2] = [hooks::watch, removal::watch];
    let watches = watches.into_iter().zip([hooks::CALLERS, 1]);
    for task in watches.flat_map(|(task, count)| std::iter::repeat_n(task, count)) {
        let host = host.clone();
        threads.push(thread::Builder::new().spawn(move || task(&host))?);
    }
    println!("{}", host.config.address);
    let (thrown, mut stop) = watch::channel(false);
    let stopped = host.clone();
    ctrlc::set_handler(move || {
        stopped.stop();
        let _ = thrown.send(true);
    })?;
    let app = routes(&host).into_make_service_with_connect_info::<SocketAddr>();
    let serving = axum::serve(listener, app);
    tokio::select! {
        served = serving => served?,
        _ = stop.wait_for(|stop| *stop) => {}
    }
    // What is half made goes on at the next start.
    for thread in threads {
        let _ = thread.join();
    }
    Ok(())
}

/// Takes the folder for this host alone, for as long as the file is open.
fn lock(data: &Path) -> Outcome<File> {
    let failed = |cause: std::io::Error| format!("cannot write in {}: {cause}", data.display());
    std::fs::create_dir_all(data).map_err(failed)?;
    let file = File::options().create(true).append(true).open(data.join("lock")).map_err(failed)?;
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => Err(format!("another host works in {}", data.display()).into()),
        // Where the file system has no locks, nobody can tell.
        _ => Ok(file),
    }
}

/// A link without a path, as `--address` wants it.
fn checked(address: String) -> Outcome<String> {
    let rest =
        address.trim_end_matches('/').split_once("://").filter(|(scheme, _)| matches!(*scheme, "http" | "https"));
    let fits = |rest: &str| {
        !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte))
    };
    if !rest.is_some_and(|(_, rest)| fits(rest)) {
        return Err(format!("--address is \"{address}\", but must be a link such as https://videos.example.com").into());
    }
    Ok(address)
}

fn routes(host: &Arc<Host>) -> Router {
    Router::new()
        .merge(api::routes(host))
        .merge(api::uploads::routes())
        .merge(media::routes())
        .merge(page::routes())
        .fallback(|| async { Failure::not_found("page") })
        .method_not_allowed_fallback(|| async { Failure::method_not_allowed() })
        .layer(map_response(in_envelope))
        // Whoever says nothing for so long in the middle of a request is gone.
        .layer((RequestBodyTimeoutLayer::new(SILENCE), MapRequestBodyLayer::new(Body::new)))
        .with_state(host.clone())
}
