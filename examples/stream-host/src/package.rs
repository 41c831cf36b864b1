//! Packages: made from the source, changed when captions come, and made anew where an older version made them.

use std::fs;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use vodkit::layout::PLAN_KEY;
use vodkit::{CancelToken, DirSink, Error, ErrorKind, Job, JobOptions, Package, Plan, Source};

use crate::download::disk_error;
use crate::envelope::{ApiError, ApiResult};
use crate::host::Host;
use crate::plans;
use crate::video::{State, Timestamp, Video};
use crate::work::TaskError;

/// Priorities in the pool: new videos go before packages that can be played already.
const NEW: i32 = 1;
const REPLACEMENT: i32 = 0;

fn open(folder: &Path) -> Result<Package, Error> {
    Package::open(Arc::new(DirSink::open(folder)?))
}

/// The plan of a package; `None` where there is no package, or an older version of the engine made it.
pub(crate) fn plan(folder: &Path) -> Option<Plan> {
    Plan::from_json(&fs::read_to_string(folder.join(PLAN_KEY)).ok()?).ok()
}

/// Makes the package of a new video, or continues it.
pub(crate) fn make(host: &Arc<Host>, video: &Video, cancel: &CancelToken) -> Result<(), TaskError> {
    let uid = &video.uid;
    let source = Source::file(host.source_path(uid))?.with_cancel(cancel);
    let plan = plans::plan(host, video, &source)?;
    let (duration, size) = described(&plan);
    let begun = |video: &mut Video| {
        (video.state, video.duration, video.input, video.reason) = (State::InProgress, Some(duration), size, None);
    };
    if host.store.change(uid, begun)?.is_none() {
        return Err(deleted());
    }
    let sink = Arc::new(DirSink::open(host.package_path(uid))?);
    let options = job_options(host, video).priority(NEW).on_progress(mark_playable(host, uid));
    let job = Arc::new(Job::start(&source, &plan, sink, options)?);
    if let Some(task) = host.tasks().get_mut(uid) {
        task.job = Some(job.clone());
    }
    job.wait()?;
    // Captions may have been added meanwhile. None is added until the state says that the package has to be changed.
    let _guard = host.captions();
    update_captions_or_log(host, uid)?;
    let ready = |video: &mut Video| {
        let now = Timestamp::now();
        (video.state, video.modified) = (State::Ready, now);
        video.ready_at.get_or_insert(now);
    };
    host.store.finish(uid, ready, |video| video.to_json(&host.config.public_url, 0.0))?;
    Ok(())
}

/// Duration, width and height.
fn described(plan: &Plan) -> (f64, Option<(u32, u32)>) {
    (plan.duration().to_f64(), plan.source_video().map(|video| (video.width, video.height)))
}

fn deleted() -> TaskError {
    Error::new(ErrorKind::Cancelled, "the video was deleted").into()
}

fn job_options(host: &Host, video: &Video) -> JobOptions {
    // What another version left of a package is replaced: the folder is the video's alone.
    JobOptions::default().pool(host.pool.clone()).overwrite(true).thumbnail(plans::thumbnail(video))
}

/// Records when players can begin.
fn mark_playable(host: &Arc<Host>, uid: &str) -> impl Fn(&vodkit::Progress) -> ControlFlow<()> + Send + Sync + use<> {
    let (host, uid, done) = (host.clone(), uid.to_owned(), AtomicBool::new(false));
    move |progress| {
        if progress.ready_to_stream && !done.swap(true, Ordering::Relaxed) {
            let playable = |video: &mut Video| {
                video.ready_at.get_or_insert(Timestamp::now());
            };
            if let Err(error) = host.store.change(&uid, playable) {
                eprintln!("stream-host: {error}");
            }
        }
        ControlFlow::Continue(())
    }
}

/// Gives the package of a finished video the captions that the database has. One that an older version made is made anew
/// for that, in the background.
///
/// The caller holds the lock of captions.
pub(crate) fn update_captions(host: &Host, uid: &str) -> Result<(), TaskError> {
    match apply_captions(host, uid, &host.package_path(uid)) {
        Err(TaskError::Video(error)) if error.kind() == ErrorKind::InvalidPlan => Ok(make_anew(host, uid)?),
        done => Ok(done.and_then(|()| Ok(host.store.captions_are_applied(uid)?))?),
    }
}

/// As [`update_captions`], but logs errors, as captions must not fail a video. They are tried again at the next start.
pub(crate) fn update_captions_or_log(host: &Host, uid: &str) -> rusqlite::Result<()> {
    match update_captions(host, uid) {
        Err(TaskError::Video(error)) => {
            eprintln!("stream-host: the captions of {uid}: {}", error.full_message());
            Ok(())
        }
        Err(TaskError::Store(error)) => Err(error),
        Ok(()) => Ok(()),
    }
}

fn apply_captions(host: &Host, uid: &str, folder: &Path) -> Result<(), TaskError> {
    let captions = host.store.captions(uid)?;
    let mut package = open(folder)?;
    let plan = package.plan()?;
    let bare = plan.captions().iter().try_fold(plan.clone(), |plan, old| plan.without_captions(&old.language))?;
    let captioned =
        captions.iter().try_fold(bare, |plan, new| plan.with_captions(&new.language, &new.label, &new.webvtt))?;
    if captioned != plan {
        package.update(&captioned)?;
    }
    Ok(())
}

/// Writes the MP4 of a finished video. Of a package that an older version made, it is written when that is made anew.
pub(crate) fn save_mp4(host: &Host, uid: &str) -> Result<(), TaskError> {
    let package = open(&host.package_path(uid))?;
    match package.save_mp4(None, host.download_path(uid)) {
        Err(error) if error.kind() == ErrorKind::InvalidPlan => Ok(make_anew(host, uid)?),
        done => Ok(done.map(drop)?),
    }
}

/// Refuses to change a package that would have to be made anew, where its source is gone.
pub(crate) fn check_changeable(host: &Host, video: &Video) -> ApiResult<()> {
    let has_source = host.source_path(&video.uid).exists();
    if video.state != State::Ready || has_source || plan(&host.package_path(&video.uid)).is_some() {
        return Ok(());
    }
    Err(ApiError::conflict(
        "the video was packaged by an older version, and its source is gone: it can be played but not changed; upload \
         it again",
    ))
}

/// Has the package of a finished video made anew in the background.
fn make_anew(host: &Host, uid: &str) -> rusqlite::Result<()> {
    host.store.put_outdated(uid)?;
    host.wake();
    Ok(())
}

/// Makes a package anew that an older version made. Viewers get the old one until the new one is finished.
pub(crate) fn replace(host: &Arc<Host>, video: &Video, cancel: &CancelToken) -> Result<(), TaskError> {
    let (uid, old, new) = (&video.uid, host.package_path(&video.uid), host.replacement_path(&video.uid));
    // Else the host was killed when this was nearly done.
    if plan(&old).is_none() {
        let source = Source::file(host.source_path(uid))?.with_cancel(cancel);
        let plan = plans::new_plan(host, video, &source)?;
        let options = job_options(host, video).priority(REPLACEMENT);
        Job::start(&source, &plan, Arc::new(DirSink::open(&new)?), options)?.wait()?;
        let _guard = host.captions();
        apply_captions(host, uid, &new)?;
        let (duration, size) = described(&plan);
        let described = |video: &mut Video| (video.duration, video.input) = (Some(duration), size);
        if host.store.change(uid, described)?.is_none() {
            return Err(deleted());
        }
        // Two renames: viewers miss the package for a moment only.
        let retired = host.unfinished_path(uid);
        remove_folder(&retired)?;
        if old.exists() {
            fs::rename(&old, &retired).map_err(disk_error)?;
        }
        fs::rename(&new, &old).map_err(disk_error)?;
    }
    let _guard = host.captions();
    apply_captions(host, uid, &old)?;
    host.store.captions_are_applied(uid)?;
    let wants_mp4 = host.store.video(uid)?.ok_or_else(deleted)?.downloadable;
    if wants_mp4 && !host.download_path(uid).exists() {
        save_mp4(host, uid)?;
    }
    remove_folder(&host.unfinished_path(uid))?;
    Ok(host.store.remove_outdated(uid)?)
}

/// Gives up making a package anew: the old one stays. Captions that it should get are tried again at the next start.
pub(crate) fn replacement_failed(host: &Host, video: &Video, error: &Error) -> rusqlite::Result<()> {
    if error.kind() == ErrorKind::Cancelled {
        return Ok(());
    }
    eprintln!("stream-host: the package of {} cannot be made anew: {}", video.uid, error.full_message());
    if let Err(error) = remove_folder(&host.replacement_path(&video.uid)) {
        eprintln!("stream-host: {}", error.full_message());
    }
    host.store.remove_outdated(&video.uid)
}

fn remove_folder(folder: &Path) -> Result<(), Error> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(disk_error(error)),
        _ => Ok(()),
    }
}
