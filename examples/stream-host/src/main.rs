//! A video service on vodkit, with the API of a hosted one. See `README.md`.

mod access;
mod api;
mod download;
mod envelope;
mod host;
mod media;
mod package;
mod page;
mod plans;
mod removal;
mod settings;
mod store;
mod video;
mod webhooks;
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

use envelope::{ApiError, in_envelope};
use host::{Config, Host};
use store::Store;

/// How long a request may send nothing of its body.
const BODY_TIMEOUT: Duration = Duration::from_secs(60);

/// A video service: post a link, poll until it is ready, play HLS or DASH, show thumbnails.
#[derive(Parser)]
#[command(name = "stream-host", version, max_term_width = 100)]
struct Options {
    /// Folder of the videos, packages and the database.
    #[arg(long, value_name = "DIR", default_value = "stream-data")]
    data: PathBuf,
    /// The token of the API.
    #[arg(long, env = "STREAM_TOKEN", hide_env_values = true)]
    token: String,
    /// The account in the API's paths.
    #[arg(long, env = "STREAM_ACCOUNT", default_value = "demo")]
    account: String,
    /// Port to listen on; 0: any free port.
    #[arg(short, long, default_value_t = 8787, value_name = "N")]
    port: u16,
    /// Address to listen on; 0.0.0.0: all addresses of this machine.
    #[arg(long, default_value = "127.0.0.1", value_name = "ADDRESS")]
    host: IpAddr,
    /// URL by which clients reach the host, without a path. Default: the address and port that it listens on.
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    /// Videos that are packaged at the same time; they share the cores.
    #[arg(long, default_value_t = 4, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64))]
    jobs: u16,
    /// Renditions by their short side in pixels.
    #[arg(long, value_delimiter = ',', default_value = "1080,720,480,360,240", value_name = "LIST")]
    rungs: Vec<u32>,
    /// Preset of x264: slower presets make smaller files.
    #[arg(long, default_value = "veryfast")]
    preset: String,
    /// Maximum size of a source.
    #[arg(long, default_value_t = 30_000_000_000, value_name = "N")]
    max_bytes: u64,
    /// Maximum duration of a video.
    #[arg(long, default_value_t = 21_600, value_name = "N")]
    max_seconds: u32,
    /// Bytes of the disk that still images may take, so that they are not made anew for each viewer.
    #[arg(long, default_value_t = 500_000_000, value_name = "N")]
    max_still_bytes: u64,
    /// Allow links to this machine and the local network.
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

/// What a thread does until the host stops.
type Service = fn(&Arc<Host>);

type StartResult<T> = Result<T, Box<dyn std::error::Error>>;

fn run(options: Options) -> StartResult<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let done = runtime.block_on(serve(options));
    // Images that are being made for viewers are not waited for.
    runtime.shutdown_background();
    done
}

async fn serve(options: Options) -> StartResult<()> {
    plans::default_ladder(&options.rungs, &options.preset).check()?;
    let address = SocketAddr::new(options.host, options.port);
    let listener = TcpListener::bind(address)
        .await
        .map_err(|cause| format!("cannot listen on {address}: {cause}; try --port 0"))?;
    let address = listener.local_addr()?;
    let public_url = match options.public_url {
        Some(url) => checked(url)?,
        None if address.ip().is_unspecified() => {
            return Err("say with --public-url how clients reach the host".into());
        }
        None => format!("http://{address}"),
    };
    let config = Config {
        account: options.account,
        token: options.token,
        public_url: public_url.trim_end_matches('/').to_owned(),
        data: options.data,
        jobs: options.jobs.into(),
        rungs: options.rungs,
        preset: options.preset,
        max_bytes: options.max_bytes,
        max_seconds: options.max_seconds,
        allow_private_addresses: options.allow_private_addresses,
    };
    let _lock = lock(&config.data)?;
    let store = Store::open(&config.data.join("host.sqlite"))?;
    let stills = vodkit::ThumbnailCache::open(config.data.join("stills"), options.max_still_bytes)?;
    let host = Arc::new(Host::new(config, store, stills));
    host.make_folders()?;
    removal::delete_leftovers(&host)?;
    work::recover(&host)?;
    let mut threads = work::start(&host)?;
    let tasks: [(Service, usize); 2] = [(webhooks::run, webhooks::CALLERS), (removal::run, 1)];
    for task in tasks.into_iter().flat_map(|(task, count)| std::iter::repeat_n(task, count)) {
        let host = host.clone();
        threads.push(thread::Builder::new().spawn(move || task(&host))?);
    }
    let (sender, mut stop) = watch::channel(false);
    let stopped = host.clone();
    ctrlc::set_handler(move || {
        stopped.stop();
        let _ = sender.send(true);
    })?;
    // From now on it can be used, and stopped.
    println!("{}", host.config.public_url);
    let app = routes(&host).into_make_service_with_connect_info::<SocketAddr>();
    let serving = axum::serve(listener, app);
    tokio::select! {
        served = serving => served?,
        _ = stop.wait_for(|stop| *stop) => {}
    }
    // The next start continues what they were doing.
    for thread in threads {
        let _ = thread.join();
    }
    Ok(())
}

/// Locks the folder for this host while the file is open.
fn lock(data: &Path) -> StartResult<File> {
    let failed = |cause: std::io::Error| format!("cannot write in {}: {cause}", data.display());
    std::fs::create_dir_all(data).map_err(failed)?;
    let file = File::options().create(true).append(true).open(data.join("lock")).map_err(failed)?;
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => Err(format!("another host uses {}", data.display()).into()),
        // The file system may have no locks.
        _ => Ok(file),
    }
}

/// Checks that a URL is one of http or https without a path.
fn checked(url: String) -> StartResult<String> {
    let rest = url.trim_end_matches('/').split_once("://").filter(|(scheme, _)| matches!(*scheme, "http" | "https"));
    let fits = |rest: &str| {
        !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte))
    };
    if !rest.is_some_and(|(_, rest)| fits(rest)) {
        return Err(format!("--public-url is \"{url}\", but must be a URL such as https://videos.example.com").into());
    }
    Ok(url)
}

fn routes(host: &Arc<Host>) -> Router {
    Router::new()
        .merge(api::routes(host))
        .merge(api::uploads::routes())
        .merge(media::routes())
        .merge(page::routes())
        .fallback(|| async { ApiError::not_found("page") })
        .method_not_allowed_fallback(|| async { ApiError::method_not_allowed() })
        .layer(map_response(in_envelope))
        // A client that is silent for this long in the middle of a request has gone.
        .layer((RequestBodyTimeoutLayer::new(BODY_TIMEOUT), MapRequestBodyLayer::new(Body::new)))
        .with_state(host.clone())
}
