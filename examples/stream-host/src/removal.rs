//! Removes videos.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use vodkit::DirSink;

use crate::host::{FOLDERS, Host, is_uid};
use crate::video::State;

/// How long work on a video may take to stop.
const STOP_TIMEOUT: Duration = Duration::from_secs(5);
const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// Removes a video; whether it existed. It is removed from the database first, so that no new work on it begins; then
/// work in progress is stopped, and then the files are deleted. If the host is killed in between, the next start deletes
/// them.
pub(crate) fn remove(host: &Host, uid: &str) -> rusqlite::Result<bool> {
    let existed = host.store.remove_video(uid)?;
    if let Some(task) = host.tasks().get(uid) {
        task.cancel.cancel();
    }
    let end = Instant::now() + STOP_TIMEOUT;
    while host.tasks().contains_key(uid) && Instant::now() < end {
        thread::sleep(POLL_INTERVAL);
    }
    // Captions must not be added to the package meanwhile.
    let _guard = host.captions();
    host.remove_files(uid);
    Ok(existed)
}

/// Deletes files that belong to no video of the database: the host was killed before it could. Files that are not named by
/// a uid stay.
pub(crate) fn delete_leftovers(host: &Host) -> Result<(), Box<dyn std::error::Error>> {
    // Deletes what the engine left half-written.
    DirSink::open(&host.config.data)?;
    for folder in FOLDERS {
        let folder = host.config.data.join(folder);
        let entries =
            std::fs::read_dir(&folder).map_err(|cause| format!("cannot read {}: {cause}", folder.display()))?;
        for entry in entries {
            let name = entry?.file_name();
            let Some(uid) =
                name.to_str().map(|name| name.strip_suffix(".mp4").unwrap_or(name)).filter(|name| is_uid(name))
            else {
                continue;
            };
            if host.store.state(uid)?.is_none_or(|state| state == State::Error.name()) {
                host.remove_files(uid);
            }
        }
    }
    Ok(())
}

/// Removes videos at their time of deletion.
pub(crate) fn run(host: &Arc<Host>) {
    while !host.stop.is_cancelled() {
        match host.store.overdue() {
            Ok(overdue) => {
                for uid in overdue {
                    if let Err(error) = remove(host, &uid) {
                        eprintln!("stream-host: {error}");
                    }
                }
            }
            Err(error) => eprintln!("stream-host: {error}"),
        }
        thread::sleep(Duration::from_secs(1));
    }
}
