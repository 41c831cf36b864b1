//! Thumbnails that were made, kept in a folder.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use bytes::Bytes;
use sha2::{Digest, Sha256};

use super::maker::plan_thumbnail;
use super::options::ThumbnailOptions;
use crate::base::{Result, hex};
use crate::plan::Plan;
use crate::sink::{DirSink, Sink};
use crate::source::Source;

/// What file systems give a file at least: bytes of the disk are counted in these.
const BLOCK: u64 = 4096;

/// Keeps pictures in a folder of its own, which may grow to a number of bytes: those that were not asked for longest go first.
/// They are still there when the folder is opened anew. Of requests for the same picture at a time the first makes it.
///
/// Threads share one. It is for one process at a time: another one's files would not count.
#[derive(Debug)]
pub struct ThumbnailCache {
    folder: PathBuf,
    files: DirSink,
    max_bytes: u64,
    kept: Mutex<Kept>,
    /// The pictures that are being made.
    making: Mutex<HashMap<String, Making>>,
}

/// Filled once the picture is made; locked meanwhile.
type Making = Arc<Mutex<Option<Bytes>>>;

/// The files, by their names and by when they were used.
#[derive(Debug, Default)]
struct Kept {
    files: HashMap<String, (u64, u64)>,
    by_use: BTreeMap<u64, String>,
    uses: u64,
    bytes: u64,
}

impl ThumbnailCache {
    /// Opens a folder, which need not exist yet. Of what is in it already the oldest goes where it is too much.
    ///
    /// # Errors
    /// As [`DirSink::open`].
    pub fn open(folder: impl Into<PathBuf>, max_bytes: u64) -> Result<Self> {
        let folder = folder.into();
        let files = DirSink::open(&folder)?;
        let entries = fs::read_dir(&folder).into_iter().flatten().flatten();
        let mut found: Vec<_> = entries
            .filter_map(|entry| {
                let (name, metadata) = (entry.file_name().into_string().ok()?, entry.metadata().ok()?);
                let is_ours = metadata.is_file() && is_name(&name);
                is_ours.then(|| (metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH), name, metadata.len()))
            })
            .collect();
        found.sort_unstable();
        let mut kept = Kept::default();
        found.into_iter().for_each(|(_, name, size)| kept.insert(name, size));
        let cache = Self { folder, files, max_bytes, kept: Mutex::new(kept), making: Mutex::default() };
        cache.make_room(0);
        Ok(cache)
    }

    /// A thumbnail as [`plan_thumbnail`] makes it, which is kept for the next time. Where it is kept, the source is not looked
    /// at.
    ///
    /// # Errors
    /// As [`plan_thumbnail`].
    pub fn thumbnail(&self, source: &Source, plan: &Plan, options: &ThumbnailOptions) -> Result<Bytes> {
        options.check()?;
        self.get_or_make(&Self::key(plan.hash(), options), || Ok(plan_thumbnail(source, plan, options)?.bytes))
    }

    /// The key of a thumbnail: of what identifies a video, as a plan's hash does, and of all options.
    pub fn key(video: &str, options: &ThumbnailOptions) -> String {
        format!("{video}/{options:?}")
    }

    /// What is kept under a key.
    pub fn get(&self, key: &str) -> Option<Bytes> {
        let name = name_of(key);
        if !self.kept().touch(&name) {
            return None;
        }
        let found = self.files.get(&name).ok().flatten();
        match &found {
            // So that its age is known when the folder is opened anew.
            Some(_) => {
                let file = fs::File::open(self.folder.join(&name));
                let _ = file.and_then(|file| file.set_modified(SystemTime::now()));
            }
            None => self.kept().remove(&name),
        }
        found
    }

    /// What is kept under a key, or else what `make` makes, which is kept if there is room: a disk that is full does no harm.
    ///
    /// # Errors
    /// Those of `make`, which the next request calls again.
    pub fn get_or_make(&self, key: &str, make: impl FnOnce() -> Result<Bytes>) -> Result<Bytes> {
        if let Some(found) = self.get(key) {
            return Ok(found);
        }
        let name = name_of(key);
        let making = lock(&self.making).entry(name.clone()).or_default().clone();
        let mut place = lock(&making);
        if let Some(made) = place.as_ref() {
            return Ok(made.clone());
        }
        // Another one may have made and kept it just before.
        let made = self.get(key).map_or_else(make, Ok);
        if let Ok(made) = &made {
            self.put(&name, made);
            *place = Some(made.clone());
        }
        lock(&self.making).remove(&name);
        made
    }

    fn put(&self, name: &str, made: &Bytes) {
        let size = made.len() as u64;
        if on_disk(size) > self.max_bytes {
            return;
        }
        self.make_room(on_disk(size));
        match self.files.put(name, made.clone()) {
            Ok(()) => self.kept().insert(name.to_owned(), size),
            Err(error) => tracing::debug!(%error, "a thumbnail could not be kept"),
        }
    }

    /// Removes what was not used longest, until there is room for so many bytes.
    fn make_room(&self, bytes: u64) {
        loop {
            let mut kept = self.kept();
            if kept.bytes.saturating_add(bytes) <= self.max_bytes {
                return;
            }
            let Some((_, name)) = kept.by_use.first_key_value() else { return };
            let name = name.clone();
            kept.remove(&name);
            drop(kept);
            let _ = self.files.remove(&name);
        }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        lock(&self.kept)
    }
}

impl Kept {
    fn insert(&mut self, name: String, size: u64) {
        self.remove(&name);
        self.uses += 1;
        self.bytes = self.bytes.saturating_add(on_disk(size));
        self.by_use.insert(self.uses, name.clone());
        self.files.insert(name, (self.uses, size));
    }

    fn remove(&mut self, name: &str) {
        if let Some((used, size)) = self.files.remove(name) {
            self.by_use.remove(&used);
            self.bytes = self.bytes.saturating_sub(on_disk(size));
        }
    }

    /// Notes that a file is used now; returns whether there is one.
    fn touch(&mut self, name: &str) -> bool {
        let size = self.files.get(name).map(|(_, size)| *size);
        size.map(|size| self.insert(name.to_owned(), size)).is_some()
    }
}

fn on_disk(size: u64) -> u64 {
    size.saturating_add(BLOCK - 1) / BLOCK * BLOCK
}

fn name_of(key: &str) -> String {
    hex::encode(&Sha256::digest(key.as_bytes()))
}

/// Whether a file can be ours.
fn is_name(name: &str) -> bool {
    name.len() == 64 && name.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::base::{Error, ErrorKind};

    fn of(size: usize) -> impl FnOnce() -> Result<Bytes> {
        move || Ok(Bytes::from(vec![7; size]))
    }

    fn never() -> Result<Bytes> {
        panic!("it is kept")
    }

    fn bytes_in(folder: &std::path::Path) -> u64 {
        fs::read_dir(folder).unwrap().map(|entry| on_disk(entry.unwrap().metadata().unwrap().len())).sum()
    }

    #[test]
    fn what_was_not_used_longest_goes_first_and_the_rest_survives() {
        let folder = tempfile::tempdir().unwrap();
        let cache = ThumbnailCache::open(folder.path(), 3 * BLOCK).unwrap();
        for key in ["one", "two", "three"] {
            cache.get_or_make(key, of(100)).unwrap();
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        assert_eq!(cache.get_or_make("one", never).unwrap().len(), 100);
        cache.get_or_make("four", of(100)).unwrap();
        let kept = |cache: &ThumbnailCache| {
            ["one", "two", "three", "four"].map(|key| cache.kept().files.contains_key(&name_of(key)))
        };
        assert_eq!(kept(&cache), [true, false, true, true]);
        // Larger than all: it is made, and not kept.
        assert_eq!(cache.get_or_make("huge", of(4 * BLOCK as usize)).unwrap().len(), 4 * BLOCK as usize);
        assert!(cache.get("huge").is_none() && bytes_in(folder.path()) <= 3 * BLOCK);
        let again = ThumbnailCache::open(folder.path(), 2 * BLOCK).unwrap();
        assert_eq!(kept(&again), [true, false, false, true]);
        assert!(again.get("one").is_some() && again.get("three").is_none() && bytes_in(folder.path()) <= 2 * BLOCK);
    }

    #[test]
    fn requests_at_a_time_make_it_once() {
        let folder = tempfile::tempdir().unwrap();
        let (cache, made) = (ThumbnailCache::open(folder.path(), 1 << 20).unwrap(), AtomicUsize::new(0));
        let slow = || {
            made.fetch_add(1, Ordering::Relaxed);
            std::thread::sleep(std::time::Duration::from_millis(100));
            Ok(Bytes::from_static(b"made"))
        };
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| assert_eq!(cache.get_or_make("key", slow).unwrap(), "made"));
            }
        });
        assert_eq!(made.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn failures_are_not_kept_and_a_folder_that_cannot_be_written_does_no_harm() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("inner");
        let cache = ThumbnailCache::open(&inner, 1 << 20).unwrap();
        let failing = || Err(Error::new(ErrorKind::Corrupt, "it is corrupt"));
        assert_eq!(cache.get_or_make("key", failing).unwrap_err().kind(), ErrorKind::Corrupt);
        // A file is where the folder would be made.
        fs::write(&inner, b"").unwrap();
        assert_eq!(cache.get_or_make("key", of(5)).unwrap().len(), 5);
        assert!(cache.get("key").is_none());
        fs::remove_file(&inner).unwrap();
        cache.get_or_make("key", of(6)).unwrap();
        assert_eq!(cache.get_or_make("key", never).unwrap().len(), 6);
        // Somebody empties it.
        fs::remove_dir_all(&inner).unwrap();
        assert_eq!(cache.get_or_make("key", of(7)).unwrap().len(), 7);
    }
}
