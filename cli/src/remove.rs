//! `vodkit remove`

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use vodkit::Result;

use crate::package;

#[derive(Args)]
pub(crate) struct RemoveOptions {
    /// The package's folder, which goes too if nothing else is in it.
    folder: PathBuf,
}

pub(crate) fn run(options: &RemoveOptions) -> Result<ExitCode> {
    package::open(&options.folder)?.remove()?;
    // Fails where other files are in it, which stay.
    let _ = std::fs::remove_dir(&options.folder);
    Ok(ExitCode::SUCCESS)
}
