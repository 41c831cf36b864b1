//! `vodkit verify`

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use vodkit::{Error, ErrorKind, Result};

use crate::output;

#[derive(Args)]
pub(crate) struct VerifyOptions {
    /// The package's folder.
    folder: PathBuf,
    /// Print the report as JSON.
    #[arg(long)]
    json: bool,
}

/// Exits with 1 where a rule is broken.
pub(crate) fn run(options: &VerifyOptions) -> Result<ExitCode> {
    let folder = options.folder.display();
    let report = vodkit_verify::verify(&options.folder).map_err(|cause| {
        let kind = if cause.is_not_found() { ErrorKind::NotFound } else { ErrorKind::SourceRead };
        Error::new(kind, "cannot verify the package").with_cause(cause)
    })?;
    let (files, segments, count) = (report.files, report.segments, report.findings.len());
    if options.json {
        output::print_json(&report)?;
    } else if report.is_clean() {
        output::print(format!("{folder}: valid ({files} files, {segments} segments)\n"))?;
    } else {
        report.findings.iter().try_for_each(|finding| output::print(format!("{finding}\n")))?;
        let problems = if count == 1 { "problem" } else { "problems" };
        output::warn(&format!("vodkit: {folder} has {count} {problems}"));
    }
    Ok(if report.is_clean() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
