//! The state that all parts of the host share.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ring::rand::{SecureRandom, SystemRandom};
use serde_json::Value;
use vodkit::{CancelToken, Job, Pool, ThumbnailCache};

use crate::envelope::ApiResult;
use crate::store::Store;
use crate::video::Video;

/// The folders beside the database: each has a file or folder for each video, named by its uid.
pub(crate) const FOLDERS: [&str; 5] = ["sources", "packages", "replacements", "downloads", "unfinished"];

/// How the host was started.
pub(crate) struct Config {
    pub(crate) account: String,
    pub(crate) token: String,
    /// The URL that clients reach it by, without a slash at the end.
    pub(crate) public_url: String,
    pub(crate) data: PathBuf,
    /// Videos that are packaged at the same time.
    pub(crate) jobs: usize,
    pub(crate) rungs: Vec<u32>,
    pub(crate) preset: String,
    /// Maximum size of a source.
    pub(crate) max_bytes: u64,
    /// Maximum duration of a video.
    pub(crate) max_seconds: u32,
    pub(crate) allow_private_addresses: bool,
}

/// Work in progress on a video.
#[derive(Clone)]
pub(crate) struct Task {
    /// Stops it.
    pub(crate) cancel: CancelToken,
    /// Once a new video is planned.
    pub(crate) job: Option<Arc<Job>>,
}

/// Tasks by the uids of their videos.
pub(crate) type Tasks = HashMap<String, Task>;

pub(crate) struct Host {
    pub(crate) config: Config,
    pub(crate) store: Store,
    /// The workers of all jobs.
    pub(crate) pool: Pool,
    /// Still images that were made.
    pub(crate) stills: ThumbnailCache,
    tasks: Mutex<Tasks>,
    /// Held while captions change, in the database and in the package.
    captions: Mutex<()>,
    /// Wakes threads that wait for work.
    changed: Condvar,
    /// Number of videos that were removed, each of which freed space.
    removals: AtomicU64,
    pub(crate) random: SystemRandom,
    pub(crate) stop: CancelToken,
}

impl Host {
    pub(crate) fn new(config: Config, store: Store, stills: ThumbnailCache) -> Self {
        let (pool, tasks, captions, changed) = (Pool::new(0), Mutex::default(), Mutex::default(), Condvar::new());
        let (random, removals, stop) = (SystemRandom::new(), AtomicU64::new(0), CancelToken::new());
        Self { config, store, pool, stills, tasks, captions, changed, removals, random, stop }
    }

    pub(crate) fn tasks(&self) -> MutexGuard<'_, Tasks> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn captions(&self) -> MutexGuard<'_, ()> {
        self.captions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Stops all work; the next start continues it.
    pub(crate) fn stop(&self) {
        self.stop.cancel();
        self.tasks().values().for_each(|task| task.cancel.cancel());
        self.wake();
    }

    /// Adds a new video.
    pub(crate) fn add_video(&self, video: &Video) -> ApiResult<()> {
        video.settings.check()?;
        Ok(self.store.put_video(video)?)
    }

    /// Wakes threads that wait for work. They look for work with the tasks locked, so that none of them is between
    /// looking and waiting now.
    pub(crate) fn wake(&self) {
        drop(self.tasks());
        self.changed.notify_all();
    }

    /// The video with this uid, if it is a uid at all.
    pub(crate) fn video(&self, uid: &str) -> rusqlite::Result<Option<Video>> {
        if is_uid(uid) { self.store.video(uid) } else { Ok(None) }
    }

    /// Waits until `wake` is called, or for `timeout`, as some work is due at a time.
    pub(crate) fn wait<'a>(&self, tasks: MutexGuard<'a, Tasks>, timeout: Duration) -> MutexGuard<'a, Tasks> {
        self.changed.wait_timeout(tasks, timeout).unwrap_or_else(PoisonError::into_inner).0
    }

    /// The running job of a video, if any.
    pub(crate) fn job(&self, uid: &str) -> Option<Arc<Job>> {
        self.tasks().get(uid)?.job.clone()
    }

    /// The video as JSON of the API.
    pub(crate) fn to_json(&self, video: &Video) -> Value {
        let percent = self.job(&video.uid).map_or(0.0, |job| job.progress().fraction() * 100.0);
        video.to_json(&self.config.public_url, percent)
    }

    /// A uid that cannot be guessed: 32 hexadecimal digits.
    pub(crate) fn new_uid(&self) -> String {
        let mut bytes = [0; 16];
        // It fails if the system has no random numbers at all, and then nothing is secure.
        if self.random.fill(&mut bytes).is_err() {
            std::process::abort();
        }
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    pub(crate) fn source_path(&self, uid: &str) -> PathBuf {
        self.folder("sources").join(uid)
    }

    pub(crate) fn package_path(&self, uid: &str) -> PathBuf {
        self.folder("packages").join(uid)
    }

    /// Where a package is made that will replace the video's.
    pub(crate) fn replacement_path(&self, uid: &str) -> PathBuf {
        self.folder("replacements").join(uid)
    }

    pub(crate) fn download_path(&self, uid: &str) -> PathBuf {
        self.folder("downloads").join(format!("{uid}.mp4"))
    }

    /// A source that is not complete yet, or a package that was replaced.
    pub(crate) fn unfinished_path(&self, uid: &str) -> PathBuf {
        self.folder("unfinished").join(uid)
    }

    fn folder(&self, name: &str) -> PathBuf {
        self.config.data.join(name)
    }

    pub(crate) fn make_folders(&self) -> std::io::Result<()> {
        for name in FOLDERS {
            std::fs::create_dir_all(self.folder(name))?;
        }
        Ok(())
    }

    /// Deletes all files of a video.
    pub(crate) fn remove_files(&self, uid: &str) {
        self.remove_output(uid);
        delete(&self.source_path(uid));
        delete(&self.replacement_path(uid));
        delete(&self.unfinished_path(uid));
        self.removals.fetch_add(1, Ordering::Relaxed);
    }

    /// Number of videos that were removed so far.
    pub(crate) fn removals(&self) -> u64 {
        self.removals.load(Ordering::Relaxed)
    }

    /// Deletes what was made of a video.
    pub(crate) fn remove_output(&self, uid: &str) {
        delete(&self.package_path(uid));
        delete(&self.download_path(uid));
    }
}

/// Whether a text can be a uid. Nothing else ever becomes a path.
pub(crate) fn is_uid(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// Deletes a file or folder, if it is there.
fn delete(path: &Path) {
    let done = if path.is_dir() { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) };
    match done {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            eprintln!("stream-host: cannot remove {}: {error}", path.display());
        }
        _ => {}
    }
}
