//! `vodkit download`

use std::io::BufWriter;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use vodkit::Result;

use crate::package;
use crate::target::Target;

#[derive(Args)]
pub(crate) struct DownloadOptions {
    /// The package's folder.
    folder: PathBuf,
    /// The MP4 to write; -: stdout.
    #[arg(short, long, value_name = "FILE")]
    output: Target,
    /// Id of the video rendition, such as 720p. Default: the largest.
    #[arg(long, value_name = "ID")]
    rendition: Option<String>,
}

pub(crate) fn run(options: &DownloadOptions) -> Result<ExitCode> {
    let package = package::open(&options.folder)?;
    options.output.fill(|out| package.write_mp4(options.rendition.as_deref(), &mut BufWriter::new(out)).map(drop))?;
    Ok(ExitCode::SUCCESS)
}
