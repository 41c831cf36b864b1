//! The end of a video.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use vodkit::DirSink;

use crate::host::{FOLDERS, Host, is_uid};
use crate::video::State;

/// How long work on a video may take to stop.
const PATIENCE: u32 = 100;
const GLANCE: Duration = Duration::from_millis(50);

/// Removes a video; says whether it was there. It leaves the database first, so that nobody begins with it any more; then
/// what is being done is stopped, then its files go. Killed in between, the next start finds the files and removes them.
pub(crate) fn remove(host: &Host, uid: &str) -> rusqlite::Result<bool> {
    let was_there = host.store.remove_video(uid)?;
    if let Some(task) = host.tasks().get(uid) {
        task.cancel.cancel();
    }
    for _ in 0..PATIENCE {
        if !host.tasks().contains_key(uid) {
            break;
        }
        thread::sleep(GLANCE);
    }
    // Nobody puts captions into the package meanwhile.
    let _turn = host.captions();
    host.remove_files(uid);
    Ok(was_there)
}

/// Removes what no video of the database has any use for: what was left where the host was killed. What others may have
/// put there stays.
pub(crate) fn tidy(host: &Host) -> Result<(), Box<dyn std::error::Error>> {
    // The engine takes away what it wrote half.
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

/// Removes videos whose time has come, over and over.
pub(crate) fn watch(host: &Arc<Host>) {
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
