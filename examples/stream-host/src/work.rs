//! The way of a video from its source to its package: `downloading → queued → inprogress → ready`, or `error`.
//!
//! The database says what is to be done, so that a restart finds it: whatever was interrupted is done again, and a
//! job goes on from the segments that are there.

use std::fs::{self, File};
use std::io::{self, Write};
use std::ops::ControlFlow;
use std::sync::{Arc, MutexGuard};
use std::thread;
use std::time::{Duration, Instant};

use vodkit::{CancelToken, DirSink, Error, ErrorKind, HttpOptions, Job, JobOptions, Package, Source};

use crate::host::{Host, Task, Tasks};
use crate::plans::{plan, still};
use crate::video::{Moment, Origin, Reason, State, Video};

/// Links that are downloaded at the same time.
const DOWNLOADS: usize = 4;
/// How often is looked for what nobody called out: deletions and uploads that are due.
const LULL: Duration = Duration::from_secs(5);
/// How long a video waits for room, where none is removed that makes some.
const NO_ROOM: Duration = Duration::from_secs(60);
/// How often whoever waits for room looks around.
const GLANCE: Duration = Duration::from_millis(100);
/// Bytes of a download that are kept in memory.
const PIECE: usize = 1 << 20;

/// Why a video is not made.
pub(crate) enum Trouble {
    /// It cannot be.
    Video(Error),
    /// The host's database fails; it is tried again.
    Host(rusqlite::Error),
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Self::Video(error)
    }
}

impl From<rusqlite::Error> for Trouble {
    fn from(error: rusqlite::Error) -> Self {
        Self::Host(error)
    }
}

/// What a thread is for.
#[derive(Clone, Copy, PartialEq)]
enum Role {
    Download,
    Encode,
}

/// Starts the threads that do it all.
pub(crate) fn start(host: &Arc<Host>) -> io::Result<Vec<thread::JoinHandle<()>>> {
    let encoders = (0..host.config.jobs).map(|_| Role::Encode);
    let roles = encoders.chain((0..DOWNLOADS).map(|_| Role::Download));
    roles
        .map(|role| {
            let host = host.clone();
            let name = if role == Role::Encode { "encode" } else { "download" };
            thread::Builder::new().name(name.into()).spawn(move || work(&host, role))
        })
        .collect()
}

/// Brings to its end what was cut off between two steps.
pub(crate) fn recover(host: &Host) -> Result<(), Box<dyn std::error::Error>> {
    for video in host.store.pending()? {
        let (part, whole) = (host.unfinished_path(&video.uid), host.source_path(&video.uid));
        let is_whole = fs::metadata(&part).is_ok_and(|part| Some(part.len()) == video.size);
        if is_whole {
            fs::rename(part, &whole)?;
        }
        if let Ok(whole) = fs::metadata(whole) {
            arrived(host, &video.uid, whole.len())?;
        }
    }
    for uid in host.store.changed_captions()? {
        if host.store.state(&uid)?.is_some_and(|state| state == State::Ready.name()) {
            captions_or_words(host, &uid)?;
        }
    }
    Ok(host.store.call_all()?)
}

/// The source of a video is there: it is to be made next.
pub(crate) fn arrived(host: &Host, uid: &str, size: u64) -> rusqlite::Result<Option<Video>> {
    host.store.change(uid, |video| {
        if matches!(video.state, State::PendingUpload | State::Downloading) {
            (video.state, video.size, video.uploaded) = (State::Queued, Some(size), Some(Moment::now()));
        }
    })
}

fn work(host: &Arc<Host>, role: Role) {
    while !host.stop.is_cancelled() {
        let tasks = host.tasks();
        match take(host, tasks, role) {
            Ok(Some((video, cancel))) => {
                let outcome = match role {
                    Role::Download => download(host, &video, &cancel),
                    Role::Encode => encode(host, &video, &cancel),
                };
                let done = match outcome {
                    Err(Trouble::Video(error)) if role == Role::Encode && error.kind() == ErrorKind::NoSpace => {
                        wait_for_room(host, &video, &cancel)
                    }
                    Err(Trouble::Video(error)) => fail(host, &video, &error),
                    Err(Trouble::Host(error)) => Err(error),
                    Ok(()) => Ok(()),
                };
                if let Err(error) = done {
                    eprintln!("stream-host: {error}");
                    thread::sleep(LULL);
                }
                host.tasks().remove(&video.uid);
                host.wake();
            }
            Ok(None) => {}
            Err(error) => {
                eprintln!("stream-host: {error}");
                thread::sleep(LULL);
            }
        }
    }
}

/// The oldest video that is to be done and that nobody is at; where there is none, waits for a while.
fn take(host: &Host, mut tasks: MutexGuard<'_, Tasks>, role: Role) -> rusqlite::Result<Option<(Video, CancelToken)>> {
    let wanted = |video: &Video| match role {
        Role::Download => video.state == State::Downloading,
        Role::Encode => matches!(video.state, State::Queued | State::InProgress),
    };
    let unfinished = host.store.unfinished()?;
    let Some(video) = unfinished.into_iter().find(|video| wanted(video) && !tasks.contains_key(&video.uid)) else {
        drop(host.wait(tasks, LULL));
        return Ok(None);
    };
    let cancel = CancelToken::new();
    if host.stop.is_cancelled() {
        return Ok(None);
    }
    tasks.insert(video.uid.clone(), Task { cancel: cancel.clone(), job: None });
    Ok(Some((video, cancel)))
}

/// Nothing is lost where the disk is full: the source stays, what was made of it goes, and it is begun anew where there
/// is room again.
fn wait_for_room(host: &Host, video: &Video, cancel: &CancelToken) -> rusqlite::Result<()> {
    eprintln!("stream-host: there is no room for the video {}", video.uid);
    let removals = host.removals();
    host.remove_made(&video.uid);
    host.store.change(&video.uid, |video| {
        let text = "the host has no space left; the video is made when there is some".to_owned();
        (video.state, video.ready_at) = (State::Queued, None);
        video.reason = Some(Reason { code: "ERR_NO_SPACE".to_owned(), text });
    })?;
    let end = Instant::now() + NO_ROOM;
    while Instant::now() < end && !cancel.is_cancelled() && host.removals() == removals {
        thread::sleep(GLANCE);
    }
    Ok(())
}

/// Says how a video ended that cannot be made, unless it was only interrupted.
fn fail(host: &Host, video: &Video, error: &Error) -> rusqlite::Result<()> {
    let uid = &video.uid;
    match error.kind() {
        ErrorKind::Cancelled => return Ok(()),
        // Another version of the host began with it: this one begins anew.
        ErrorKind::BuildMismatch | ErrorKind::InvalidPlan if host.package_path(uid).exists() => {
            host.remove_made(uid);
            return Ok(());
        }
        _ => {}
    }
    // Where the source lies is nobody's business.
    let mut text = error.to_string().replace(&host.source_path(uid).display().to_string(), "the video");
    if error.kind() == ErrorKind::AddressRefused {
        text.push_str(": start it with --allow-private-addresses, or upload the file");
    }
    let reason = Reason { code: code_of(video.state, error).to_owned(), text };
    host.store.finish(
        uid,
        |video| (video.state, video.reason, video.modified) = (State::Error, Some(reason), Moment::now()),
        |video| video.to_json(&host.config.address, 0.0),
    )?;
    host.remove_files(uid);
    Ok(())
}

/// The API's name of what went wrong.
fn code_of(state: State, error: &Error) -> &'static str {
    match error.kind() {
        ErrorKind::NotMedia | ErrorKind::NothingToPlay | ErrorKind::Unsupported => "ERR_NON_VIDEO",
        ErrorKind::Corrupt | ErrorKind::Truncated => "ERR_MALFORMED_VIDEO",
        ErrorKind::LimitExceeded if state == State::Downloading => "ERR_SIZE_EXCEED_CONSTRAINT",
        ErrorKind::LimitExceeded => "ERR_DURATION_EXCEED_CONSTRAINT",
        ErrorKind::NotFound | ErrorKind::SourceRead | ErrorKind::SourceChanged | ErrorKind::AddressRefused => {
            "ERR_FETCH_ORIGIN_ERROR"
        }
        _ => "ERR_UNKNOWN",
    }
}

fn kept(error: io::Error) -> Error {
    let kind = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => ErrorKind::NoSpace,
        _ => ErrorKind::SinkWrite,
    };
    Error::new(kind, "the source could not be kept: the host has no room, or its disk fails").with_cause(error)
}

/// Brings a source here: a package, its pictures and its clips can then be made whatever becomes of the link.
fn download(host: &Host, video: &Video, cancel: &CancelToken) -> Result<(), Trouble> {
    let uid = &video.uid;
    match &video.origin {
        Origin::Link(link) => {
            let options = HttpOptions::default().source_bytes(host.config.largest).cancel(cancel.clone());
            let source = Source::http(link, &options.allow_private_addresses(host.config.private_links))?;
            save(&source, host, uid, cancel)?;
        }
        Origin::Clip { of, .. } => {
            // Both names lead to the same bytes; they go with the last one.
            match fs::hard_link(host.source_path(of), host.source_path(uid)) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    return Err(Error::new(ErrorKind::NotFound, format!("the video {of} is gone")).into());
                }
                done => done.map_err(kept)?,
            }
        }
        Origin::Upload => {}
    }
    let size = fs::metadata(host.source_path(uid)).map_err(kept)?.len();
    arrived(host, uid, size)?;
    Ok(())
}

fn save(source: &Source, host: &Host, uid: &str, cancel: &CancelToken) -> Result<(), Error> {
    let part = host.unfinished_path(uid);
    let mut file = File::create(&part).map_err(kept)?;
    let (mut offset, mut buffer) = (0, vec![0; PIECE]);
    while offset < source.len() {
        if cancel.is_cancelled() {
            return Err(Error::new(ErrorKind::Cancelled, "the download was stopped"));
        }
        let count = source.read_at(offset, &mut buffer).map_err(|error| match error.downcast::<Error>() {
            Ok(error) => error,
            Err(error) => Error::new(ErrorKind::SourceRead, "the link could not be read").with_cause(error),
        })?;
        if count == 0 {
            return Err(Error::new(ErrorKind::SourceRead, "the link ended before its end"));
        }
        file.write_all(buffer.get(..count).unwrap_or_default()).map_err(kept)?;
        offset += count as u64;
    }
    file.sync_data().and_then(|()| fs::rename(&part, host.source_path(uid))).map_err(kept)
}

/// Makes the package.
fn encode(host: &Arc<Host>, video: &Video, cancel: &CancelToken) -> Result<(), Trouble> {
    let uid = &video.uid;
    let source = Source::file(host.source_path(uid))?;
    let plan = plan(host, video, &source)?;
    let (duration, size) = (plan.duration().to_f64(), plan.source_video().map(|video| (video.width, video.height)));
    let begun = |video: &mut Video| {
        (video.state, video.duration, video.input, video.reason) = (State::InProgress, Some(duration), size, None);
    };
    if host.store.change(uid, begun)?.is_none() {
        return Err(Error::new(ErrorKind::Cancelled, "the video was deleted").into());
    }
    let sink = Arc::new(DirSink::open(host.package_path(uid))?);
    let job = Arc::new(Job::start(&source, &plan, sink, options(host, video))?);
    if let Some(task) = host.tasks().get_mut(uid) {
        task.job = Some(job.clone());
    }
    let done = loop {
        if cancel.is_cancelled() {
            job.cancel();
        }
        if let Some(done) = job.wait_timeout(Duration::from_millis(100)) {
            break done;
        }
    };
    done?;
    // Captions may have come meanwhile; none comes until the state says who brings them into the package.
    let _turn = host.captions();
    captions_or_words(host, uid)?;
    let ready = |video: &mut Video| {
        let now = Moment::now();
        (video.state, video.modified) = (State::Ready, now);
        video.ready_at.get_or_insert(now);
    };
    host.store.finish(uid, ready, |video| video.to_json(&host.config.address, 0.0))?;
    Ok(())
}

fn options(host: &Arc<Host>, video: &Video) -> JobOptions {
    // The folder is the host's own: what lies there of an older version is made anew.
    let options = JobOptions::default().thumbnail(still(video)).pool(host.pool.clone()).overwrite(true);
    let (host, uid, told) = (host.clone(), video.uid.clone(), std::sync::atomic::AtomicBool::new(false));
    options.on_progress(move |progress| {
        if progress.ready_to_stream && !told.swap(true, std::sync::atomic::Ordering::Relaxed) {
            let playable = |video: &mut Video| {
                video.ready_at.get_or_insert(Moment::now());
            };
            if let Err(error) = host.store.change(&uid, playable) {
                eprintln!("stream-host: {error}");
            }
        }
        ControlFlow::Continue(())
    })
}

/// Brings a package to the captions that the database has.
pub(crate) fn apply_captions(host: &Host, uid: &str) -> Result<(), Trouble> {
    let wanted = host.store.captions(uid)?;
    let mut package = Package::open(Arc::new(DirSink::open(host.package_path(uid))?))?;
    let plan = match package.plan() {
        // It plays, but cannot be changed: it is made anew from the source, and then has its captions.
        Err(error) if error.kind() == ErrorKind::InvalidPlan => {
            host.store.change(uid, |video| video.state = State::Queued)?;
            return Ok(());
        }
        plan => plan?,
    };
    let bare = plan.captions().iter().try_fold(plan.clone(), |plan, old| plan.without_captions(&old.language))?;
    let captioned =
        wanted.iter().try_fold(bare, |plan, own| plan.with_captions(&own.language, &own.label, &own.webvtt))?;
    if captioned != plan {
        package.update(&captioned)?;
    }
    Ok(host.store.captions_are_applied(uid)?)
}

/// The same where nobody waits for it: what is wrong with captions is no reason to lose a video. They are tried again
/// at the next start.
fn captions_or_words(host: &Host, uid: &str) -> rusqlite::Result<()> {
    match apply_captions(host, uid) {
        Err(Trouble::Video(error)) => {
            eprintln!("stream-host: the captions of {uid}: {}", error.full_message());
            Ok(())
        }
        Err(Trouble::Host(error)) => Err(error),
        Ok(()) => Ok(()),
    }
}
