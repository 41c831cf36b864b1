//! What all parts of the host share.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ring::rand::{SecureRandom, SystemRandom};
use serde_json::Value;
use vodkit::{CancelToken, Job, Pool};

use crate::envelope::Outcome;
use crate::store::Store;
use crate::video::Video;

/// What lies beside the database: a file or folder for each video, named by its uid.
pub(crate) const FOLDERS: [&str; 4] = ["sources", "packages", "downloads", "unfinished"];

/// How the host was started.
pub(crate) struct Config {
    pub(crate) account: String,
    pub(crate) token: String,
    /// Where it is reached from outside, without a slash at the end.
    pub(crate) address: String,
    pub(crate) data: PathBuf,
    /// Videos that are encoded at the same time.
    pub(crate) jobs: usize,
    pub(crate) rungs: Vec<u32>,
    pub(crate) preset: String,
    /// Bytes of a source.
    pub(crate) largest: u64,
    /// Seconds of a video.
    pub(crate) longest: u32,
    pub(crate) private_links: bool,
}

/// What is being done to a video right now.
#[derive(Clone)]
pub(crate) struct Task {
    /// Stops it.
    pub(crate) cancel: CancelToken,
    /// Once its plan is made.
    pub(crate) job: Option<Arc<Job>>,
}

/// By the uids of their videos.
pub(crate) type Tasks = HashMap<String, Task>;

pub(crate) struct Host {
    pub(crate) config: Config,
    pub(crate) store: Store,
    tasks: Mutex<Tasks>,
    /// Held by whoever changes captions, so that a package has those of the last change.
    captions: Mutex<()>,
    /// Wakes those who wait for work.
    news: Condvar,
    /// Videos that were removed: each makes room.
    removals: AtomicU64,
    /// Makes the segments of all videos.
    pub(crate) pool: Pool,
    pub(crate) random: SystemRandom,
    pub(crate) stop: CancelToken,
}

impl Host {
    pub(crate) fn new(config: Config, store: Store) -> Self {
        let (tasks, captions, news) = (Mutex::default(), Mutex::default(), Condvar::new());
        let (random, removals, stop) = (SystemRandom::new(), AtomicU64::new(0), CancelToken::new());
        Self { config, store, tasks, captions, news, removals, pool: Pool::new(0), random, stop }
    }

    pub(crate) fn tasks(&self) -> MutexGuard<'_, Tasks> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn captions(&self) -> MutexGuard<'_, ()> {
        self.captions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Stops everything that is being done; the next start goes on.
    pub(crate) fn stop(&self) {
        self.stop.cancel();
        self.tasks().values().for_each(|task| task.cancel.cancel());
        self.wake();
    }

    /// Takes in a video that is to be made.
    pub(crate) fn admit(&self, video: &Video) -> Outcome<()> {
        video.wishes.check()?;
        Ok(self.store.put_video(video)?)
    }

    /// Says that there may be something to do. Those who look for it do so with the tasks locked: nobody is between
    /// looking and waiting now.
    pub(crate) fn wake(&self) {
        drop(self.tasks());
        self.news.notify_all();
    }

    /// The video with this name, if it is a name at all.
    pub(crate) fn video(&self, uid: &str) -> rusqlite::Result<Option<Video>> {
        if is_uid(uid) { self.store.video(uid) } else { Ok(None) }
    }

    /// Waits for what `wake` tells; not for ever, as some things are due by the clock.
    pub(crate) fn wait<'a>(&self, tasks: MutexGuard<'a, Tasks>, longest: Duration) -> MutexGuard<'a, Tasks> {
        self.news.wait_timeout(tasks, longest).unwrap_or_else(PoisonError::into_inner).0
    }

    /// The running job of a video, if any.
    pub(crate) fn job(&self, uid: &str) -> Option<Arc<Job>> {
        self.tasks().get(uid)?.job.clone()
    }

    /// The video as the API tells it.
    pub(crate) fn tell(&self, video: &Video) -> Value {
        let percent = self.job(&video.uid).map_or(0.0, |job| job.progress().fraction() * 100.0);
        video.to_json(&self.config.address, percent)
    }

    /// A name that nobody can guess: 32 hexadecimal digits.
    pub(crate) fn new_uid(&self) -> String {
        let mut bytes = [0; 16];
        // It fails where the system has no random numbers at all, and then nothing is safe.
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

    pub(crate) fn download_path(&self, uid: &str) -> PathBuf {
        self.folder("downloads").join(format!("{uid}.mp4"))
    }

    /// What is not whole yet.
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

    /// Takes away all files of a video.
    pub(crate) fn remove_files(&self, uid: &str) {
        self.remove_made(uid);
        forget(&self.source_path(uid));
        forget(&self.unfinished_path(uid));
        self.removals.fetch_add(1, Ordering::Relaxed);
    }

    /// How often room was made so far.
    pub(crate) fn removals(&self) -> u64 {
        self.removals.load(Ordering::Relaxed)
    }

    /// Takes away what was made of a video.
    pub(crate) fn remove_made(&self, uid: &str) {
        let package = self.package_path(uid);
        if package.exists()
            && let Err(error) = std::fs::remove_dir_all(&package)
        {
            eprintln!("stream-host: cannot remove {}: {error}", package.display());
        }
        forget(&self.download_path(uid));
    }
}

/// Whether a text can be a video's name; nothing else ever becomes a path.
pub(crate) fn is_uid(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn forget(path: &Path) {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            eprintln!("stream-host: cannot remove {}: {error}", path.display());
        }
        _ => {}
    }
}
