//! The end of a video.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use crate::host::{FOLDERS, Host, is_uid};
use crate::video::State;

/// How long work on a video may take to stop.
const PATIENCE: u32 = 100;
const GLANCE: Duration = Duration::from_millis(50);

/// Takes a video out of the database first, so that nobody begins with it any more, then stops what is being done, then
/// removes its files. Killed in between, the next start finds the files and removes them.
pub(crate) fn remove(host: &Host, uid: &str) -> rusqlite::Result<()> {
    host.store.remove_video(uid)?;
    if let Some(task) = host.tasks().get(uid) {
        task.cancel.cancel();
    }
    for _ in 0..PATIENCE {
        if !host.tasks().contains_key(uid) {
            break;
        }
        thread::sleep(GLANCE);
    }
    host.remove_files(uid);
    Ok(())
}

/// Removes what no video of the database has any use for: what was left where the host was killed.
pub(crate) fn tidy(host: &Host) -> std::io::Result<()> {
    for folder in FOLDERS {
        for entry in std::fs::read_dir(host.config.data.join(folder))? {
            let entry = entry?;
            let name = entry.file_name();
            let uid = name.to_string_lossy();
            let uid = uid.trim_end_matches(".mp4");
            if !is_uid(uid) {
                // A download that was not finished.
                std::fs::remove_file(entry.path())?;
            } else if host
                .store
                .video(uid)
                .map_err(std::io::Error::other)?
                .is_none_or(|video| video.state == State::Error)
            {
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
