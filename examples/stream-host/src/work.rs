//! The threads that do the work, and the states of a video: `downloading → queued → inprogress → ready`, or `error`.
//!
//! The database says what has to be done, so that a restart continues: what was interrupted is done again, and a job
//! keeps the segments that are there.

use std::fs;
use std::io;
use std::sync::{Arc, MutexGuard};
use std::thread;
use std::time::{Duration, Instant};

use vodkit::{CancelToken, Error, ErrorKind};

use crate::host::{Host, Task, Tasks};
use crate::video::{Reason, State, Timestamp, Video};
use crate::{download, package};

/// Links that are downloaded at the same time.
const DOWNLOADS: usize = 4;
/// How long a thread without work sleeps, unless it is woken.
const IDLE_WAIT: Duration = Duration::from_secs(5);
/// How long a video waits for disk space if none is freed meanwhile.
const NO_SPACE_WAIT: Duration = Duration::from_secs(60);
/// How often free space is polled.
const POLL_INTERVAL: Duration = Duration::from_millis(100);

/// Why work on a video failed.
pub(crate) enum TaskError {
    /// The video itself, or its files.
    Video(Error),
    /// The database: it is tried again.
    Store(rusqlite::Error),
}

impl From<Error> for TaskError {
    fn from(error: Error) -> Self {
        Self::Video(error)
    }
}

impl From<rusqlite::Error> for TaskError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error)
    }
}

/// The work of a thread.
#[derive(Clone, Copy, PartialEq)]
enum Role {
    Download,
    Package,
}

/// What a thread does with a video.
#[derive(Clone, Copy)]
enum Step {
    Download,
    Package,
    /// Makes the package of a finished video anew.
    Repackage,
}

/// Starts the threads.
pub(crate) fn start(host: &Arc<Host>) -> io::Result<Vec<thread::JoinHandle<()>>> {
    let packagers = (0..host.config.jobs).map(|_| Role::Package);
    let roles = packagers.chain((0..DOWNLOADS).map(|_| Role::Download));
    roles
        .map(|role| {
            let host = host.clone();
            let name = if role == Role::Package { "package" } else { "download" };
            thread::Builder::new().name(name.into()).spawn(move || work(&host, role))
        })
        .collect()
}

/// Completes what was interrupted between two steps.
pub(crate) fn recover(host: &Host) -> Result<(), Box<dyn std::error::Error>> {
    for video in host.store.pending()? {
        let (part, whole) = (host.unfinished_path(&video.uid), host.source_path(&video.uid));
        let is_whole = fs::metadata(&part).is_ok_and(|part| Some(part.len()) == video.size);
        if is_whole {
            fs::rename(part, &whole)?;
        }
        if let Ok(whole) = fs::metadata(whole) {
            source_received(host, &video.uid, whole.len())?;
        }
    }
    for uid in host.store.changed_captions()? {
        if host.store.state(&uid)?.is_some_and(|state| state == State::Ready.name()) {
            package::update_captions_or_log(host, &uid)?;
        }
    }
    Ok(host.store.call_all()?)
}

/// Records that the source of a video is complete, so that it is packaged next.
pub(crate) fn source_received(host: &Host, uid: &str, size: u64) -> rusqlite::Result<Option<Video>> {
    host.store.change(uid, |video| {
        if matches!(video.state, State::PendingUpload | State::Downloading) {
            (video.state, video.size, video.uploaded) = (State::Queued, Some(size), Some(Timestamp::now()));
        }
    })
}

fn work(host: &Arc<Host>, role: Role) {
    while !host.stop.is_cancelled() {
        let tasks = host.tasks();
        match take(host, tasks, role) {
            Ok(Some((video, step, cancel))) => {
                let outcome = match step {
                    Step::Download => download::run(host, &video, &cancel),
                    Step::Package => package::make(host, &video, &cancel),
                    Step::Repackage => package::replace(host, &video, &cancel),
                };
                let done = match (outcome, step) {
                    (Ok(()), _) => Ok(()),
                    (Err(TaskError::Store(error)), _) => Err(error),
                    (Err(TaskError::Video(error)), Step::Repackage) => {
                        package::replacement_failed(host, &video, &error)
                    }
                    (Err(TaskError::Video(error)), Step::Package) if error.kind() == ErrorKind::NoSpace => {
                        wait_for_space(host, &video, &cancel)
                    }
                    (Err(TaskError::Video(error)), _) => fail(host, &video, &error),
                };
                if let Err(error) = done {
                    eprintln!("stream-host: {error}");
                    thread::sleep(IDLE_WAIT);
                }
                host.tasks().remove(&video.uid);
                host.wake();
            }
            Ok(None) => {}
            Err(error) => {
                eprintln!("stream-host: {error}");
                thread::sleep(IDLE_WAIT);
            }
        }
    }
}

/// The oldest video that has to be worked on and that no thread has. If there is none, waits for a while.
fn take(
    host: &Host,
    mut tasks: MutexGuard<'_, Tasks>,
    role: Role,
) -> rusqlite::Result<Option<(Video, Step, CancelToken)>> {
    let step = |video: &Video| match (role, video.state) {
        (Role::Download, State::Downloading) => Some(Step::Download),
        (Role::Package, State::Queued | State::InProgress) => Some(Step::Package),
        (Role::Package, State::Ready) => Some(Step::Repackage),
        _ => None,
    };
    let mut videos = host.store.unfinished()?;
    // New videos come first.
    videos.extend(host.store.outdated()?);
    let free = videos.into_iter().filter(|video| !tasks.contains_key(&video.uid));
    let Some((video, step)) = free.filter_map(|video| step(&video).map(|step| (video, step))).next() else {
        drop(host.wait(tasks, IDLE_WAIT));
        return Ok(None);
    };
    let cancel = CancelToken::new();
    if host.stop.is_cancelled() {
        return Ok(None);
    }
    tasks.insert(video.uid.clone(), Task { cancel: cancel.clone(), job: None });
    Ok(Some((video, step, cancel)))
}

/// Deletes what was made of a video that does not fit on the disk, and waits until there may be space. Its source stays.
fn wait_for_space(host: &Host, video: &Video, cancel: &CancelToken) -> rusqlite::Result<()> {
    eprintln!("stream-host: no space left for the video {}", video.uid);
    let removals = host.removals();
    host.remove_output(&video.uid);
    host.store.change(&video.uid, |video| {
        let text = "the host has no space left: the video waits until there is some".to_owned();
        (video.state, video.ready_at) = (State::Queued, None);
        video.reason = Some(Reason { code: "ERR_NO_SPACE".to_owned(), text });
    })?;
    let end = Instant::now() + NO_SPACE_WAIT;
    while Instant::now() < end && !cancel.is_cancelled() && host.removals() == removals {
        thread::sleep(POLL_INTERVAL);
    }
    Ok(())
}

/// Records why a video cannot be made, unless it was only interrupted.
fn fail(host: &Host, video: &Video, error: &Error) -> rusqlite::Result<()> {
    let uid = &video.uid;
    match error.kind() {
        ErrorKind::Cancelled => return Ok(()),
        // Another version of the host began with it: it is begun anew.
        ErrorKind::BuildMismatch if host.package_path(uid).exists() => {
            host.remove_output(uid);
            return Ok(());
        }
        _ => {}
    }
    // The path of the source is of no use to clients.
    let mut text = error.to_string().replace(&host.source_path(uid).display().to_string(), "the video");
    if error.kind() == ErrorKind::AddressRefused {
        text.push_str(": start the host with --allow-private-addresses, or upload the file");
    }
    let reason = Reason { code: error_code(video.state, error).to_owned(), text };
    host.store.finish(
        uid,
        |video| (video.state, video.reason, video.modified) = (State::Error, Some(reason), Timestamp::now()),
        |video| video.to_json(&host.config.public_url, 0.0),
    )?;
    host.remove_files(uid);
    Ok(())
}

/// The API's code of an error.
fn error_code(state: State, error: &Error) -> &'static str {
    match error.kind() {
        ErrorKind::NotMedia | ErrorKind::NothingToPlay | ErrorKind::Unsupported | ErrorKind::Encrypted => {
            "ERR_NON_VIDEO"
        }
        ErrorKind::Corrupt | ErrorKind::Truncated => "ERR_MALFORMED_VIDEO",
        ErrorKind::LimitExceeded if state == State::Downloading => "ERR_SIZE_EXCEED_CONSTRAINT",
        ErrorKind::LimitExceeded => "ERR_DURATION_EXCEED_CONSTRAINT",
        ErrorKind::NotFound | ErrorKind::SourceRead | ErrorKind::SourceChanged | ErrorKind::AddressRefused => {
            "ERR_FETCH_ORIGIN_ERROR"
        }
        _ => "ERR_UNKNOWN",
    }
}
