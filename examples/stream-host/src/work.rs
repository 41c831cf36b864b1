//! The way of a video from its source to its package: `downloading → queued → inprogress → ready`, or `error`.
//!
//! The database says what is to be done, so that a restart finds it: whatever was interrupted is done again, and a
//! job goes on from the segments that are there.

use std::fs::{self, File};
use std::io::{self, Write};
use std::ops::ControlFlow;
use std::sync::{Arc, PoisonError};
use std::thread;
use std::time::Duration;

use vodkit::thumbnail::Position;
use vodkit::{
    Cancel, Clip, DirSink, Error, ErrorKind, FileSource, HttpOptions, HttpSource, Job, JobOptions, Ladder, Limits,
    Plan, Rational, Rung, SharedSource, StoryboardOptions, ThumbnailOptions, Watermark,
};

use crate::host::{Host, Task};
use crate::video::{Moment, Origin, Reason, State, Video};

/// Links that are downloaded at the same time.
const DOWNLOADS: usize = 4;
/// How often is looked for what nobody called out: deletions and uploads that are due.
const LULL: Duration = Duration::from_secs(5);
/// Bytes of a download that are kept in memory.
const PIECE: usize = 1 << 20;

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

fn work(host: &Arc<Host>, role: Role) {
    while !host.stop.is_cancelled() {
        match take(host, role) {
            Ok(Some((video, cancel))) => {
                let outcome = match role {
                    Role::Download => download(host, &video, &cancel),
                    Role::Encode => encode(host, &video, &cancel),
                };
                if let Err(error) = outcome {
                    fail(host, &video, &error);
                }
                host.tasks().remove(&video.uid);
                host.news.notify_all();
            }
            Ok(None) => {
                let tasks = host.tasks();
                drop(host.news.wait_timeout(tasks, LULL).unwrap_or_else(PoisonError::into_inner));
            }
            Err(error) => {
                eprintln!("stream-host: {error}");
                thread::sleep(LULL);
            }
        }
    }
}

/// The oldest video that is to be done and that nobody is at.
fn take(host: &Host, role: Role) -> rusqlite::Result<Option<(Video, Cancel)>> {
    let mut tasks = host.tasks();
    let wanted = |video: &Video| match role {
        Role::Download => video.state == State::Downloading,
        Role::Encode => matches!(video.state, State::Queued | State::InProgress),
    };
    let unfinished = host.store.unfinished()?;
    let Some(video) = unfinished.into_iter().find(|video| wanted(video) && !tasks.contains_key(&video.uid)) else {
        return Ok(None);
    };
    let cancel = Cancel::new();
    if host.stop.is_cancelled() {
        return Ok(None);
    }
    tasks.insert(video.uid.clone(), Task { cancel: cancel.clone(), job: None });
    Ok(Some((video, cancel)))
}

/// Says how a video ended that cannot be made, unless it was only interrupted.
fn fail(host: &Host, video: &Video, error: &Error) {
    if error.kind() == ErrorKind::Cancelled {
        return;
    }
    let reason = Reason { code: code_of(error).to_owned(), text: error.to_string() };
    let ended = host.store.finish(
        &video.uid,
        |video| (video.state, video.reason, video.modified) = (State::Error, Some(reason), Moment::now()),
        |video| video.to_json(&host.config.address, 0.0),
    );
    if let Err(error) = ended {
        eprintln!("stream-host: {error}");
    }
    host.remove_files(&video.uid);
}

/// The API's name of what went wrong.
fn code_of(error: &Error) -> &'static str {
    match error.kind() {
        ErrorKind::NotMedia | ErrorKind::NothingToPlay | ErrorKind::Unsupported => "ERR_NON_VIDEO",
        ErrorKind::Corrupt | ErrorKind::Truncated => "ERR_MALFORMED_VIDEO",
        ErrorKind::LimitExceeded => "ERR_DURATION_EXCEED_CONSTRAINT",
        ErrorKind::NotFound | ErrorKind::SourceRead | ErrorKind::SourceChanged | ErrorKind::AddressRefused => {
            "ERR_FETCH_ORIGIN_ERROR"
        }
        _ => "ERR_UNKNOWN",
    }
}

fn stored(error: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::Internal, format!("the host's database failed: {error}"))
}

fn kept(error: io::Error) -> Error {
    let kind = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => ErrorKind::NoSpace,
        _ => ErrorKind::SinkWrite,
    };
    Error::new(kind, "the source could not be kept: the host has no room, or its disk fails").with_cause(error)
}

/// Brings a source here: a package, its pictures and its clips can then be made whatever becomes of the link.
fn download(host: &Host, video: &Video, cancel: &Cancel) -> Result<(), Error> {
    let uid = &video.uid;
    match &video.origin {
        Origin::Link(link) => {
            let mut options = HttpOptions::default();
            options.allow_private_addresses = host.config.private_links;
            options.source_bytes = host.config.largest;
            let source = HttpSource::open(link, &options)?;
            save(&source, host, uid, cancel)?;
        }
        Origin::Clip { of, .. } => {
            // Both names lead to the same bytes; they go with the last one.
            match fs::hard_link(host.source_path(of), host.source_path(uid)) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    return Err(Error::new(ErrorKind::NotFound, format!("the video {of} is gone")));
                }
                done => done.map_err(kept)?,
            }
        }
        Origin::Upload => {}
    }
    let size = fs::metadata(host.source_path(uid)).map_err(kept)?.len();
    let queued = |video: &mut Video| {
        (video.state, video.size, video.uploaded) = (State::Queued, Some(size), Some(Moment::now()));
    };
    host.store.change(uid, queued).map_err(stored)?;
    Ok(())
}

fn save(source: &dyn vodkit::Source, host: &Host, uid: &str, cancel: &Cancel) -> Result<(), Error> {
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
fn encode(host: &Arc<Host>, video: &Video, cancel: &Cancel) -> Result<(), Error> {
    let uid = &video.uid;
    let source: SharedSource = Arc::new(FileSource::open(host.source_path(uid))?);
    let plan = plan(host, video, &source)?;
    let (duration, size) = (plan.duration.to_f64(), plan.video.as_ref().map(|video| (video.width, video.height)));
    let begun = |video: &mut Video| {
        (video.state, video.duration, video.input) = (State::InProgress, Some(duration), size);
    };
    if host.store.change(uid, begun).map_err(stored)?.is_none() {
        return Err(Error::new(ErrorKind::Cancelled, "the video was deleted"));
    }
    let sink = Arc::new(DirSink::open(host.package_path(uid))?);
    let job = Arc::new(Job::start(source, plan.clone(), sink.clone(), options(host, video))?);
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
    // Captions may have come meanwhile.
    let captioned = with_captions(host, uid, &plan)?;
    if captioned != plan {
        vodkit::update_package(&captioned, &(sink as vodkit::SharedSink))?;
    }
    let ready = |video: &mut Video| {
        let now = Moment::now();
        (video.state, video.modified) = (State::Ready, now);
        video.ready_at.get_or_insert(now);
    };
    host.store.finish(uid, ready, |video| video.to_json(&host.config.address, 0.0)).map_err(stored)?;
    Ok(())
}

fn options(host: &Arc<Host>, video: &Video) -> JobOptions {
    let mut options = JobOptions::default();
    options.thumbnail = Some(still(video));
    let (host, uid, told) = (host.clone(), video.uid.clone(), std::sync::atomic::AtomicBool::new(false));
    options.on_progress = Some(Arc::new(move |progress| {
        if progress.ready_to_stream && !told.swap(true, std::sync::atomic::Ordering::Relaxed) {
            let playable = |video: &mut Video| {
                video.ready_at.get_or_insert(Moment::now());
            };
            if let Err(error) = host.store.change(&uid, playable) {
                eprintln!("stream-host: {error}");
            }
        }
        ControlFlow::Continue(())
    }));
    options
}

/// The picture that stands for a video.
pub(crate) fn still(video: &Video) -> ThumbnailOptions {
    ThumbnailOptions::at(Position::Fraction(video.wishes.thumbnail_timestamp_pct))
}

/// The plan of a package that was begun, or a new one.
fn plan(host: &Host, video: &Video, source: &SharedSource) -> Result<Plan, Error> {
    let begun = fs::read_to_string(host.package_path(&video.uid).join(vodkit::engine::PLAN_KEY));
    if let Some(plan) = begun.ok().and_then(|json| Plan::from_json(&json).ok()) {
        return Ok(plan);
    }
    let mut limits = Limits::default();
    let longest = video.wishes.max_duration_seconds.unwrap_or(host.config.longest).min(host.config.longest);
    limits.duration = Duration::from_secs(longest.into());
    let plan = vodkit::plan_within(source, &ladder(host, video)?, &limits)?;
    with_captions(host, &video.uid, &plan)
}

fn ladder(host: &Host, video: &Video) -> Result<Ladder, Error> {
    let clip = match &video.origin {
        Origin::Clip { start, end, .. } => {
            let exact = |seconds: f64| Rational::new((seconds * 1000.0).round() as i64, 1000);
            Some(Clip { start: exact(*start), end: Some(exact(*end)) })
        }
        _ => None,
    };
    Ok(Ladder {
        rungs: host.config.rungs.iter().map(|side| Rung::new(*side)).collect(),
        preset: host.config.preset.clone(),
        segment_seconds: 2.into(),
        storyboard: Some(StoryboardOptions::default()),
        clip,
        watermark: watermark(host, video)?,
        ..Ladder::default()
    })
}

fn watermark(host: &Host, video: &Video) -> Result<Option<Watermark>, Error> {
    let Some(profile) = &video.wishes.watermark else { return Ok(None) };
    let uid = profile["uid"].as_str().unwrap_or_default();
    let found = host.store.watermark(uid).map_err(stored)?;
    let (_, image) = found.ok_or_else(|| Error::new(ErrorKind::NotFound, "the watermark was deleted"))?;
    let number = |name: &str, usual: f64| profile[name].as_f64().unwrap_or(usual);
    Ok(Some(Watermark {
        position: profile["position"].as_str().and_then(crate::api::position_of).unwrap_or_default(),
        opacity: number("opacity", 1.0),
        padding: number("padding", 0.05),
        scale: number("scale", 0.15),
        ..Watermark::new(image.into())
    }))
}

/// The plan with the captions that the database has, and no others.
pub(crate) fn with_captions(host: &Host, uid: &str, plan: &Plan) -> Result<Plan, Error> {
    let wanted = host.store.captions(uid).map_err(stored)?;
    let mut gone = plan.captions.iter().filter(|old| wanted.iter().all(|new| new.language != old.language));
    let bare = gone.try_fold(plan.clone(), |plan, old| plan.without_captions(&old.language))?;
    wanted.iter().try_fold(bare, |plan, caption| plan.with_captions(&caption.language, &caption.label, &caption.webvtt))
}
