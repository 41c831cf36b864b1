//! `vodkit tasks`

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use vodkit::Result;

use crate::{output, plan};

#[derive(Args)]
pub(crate) struct TasksOptions {
    /// The plan.
    plan: PathBuf,
}

pub(crate) fn run(options: &TasksOptions) -> Result<ExitCode> {
    let tasks = plan::read(&options.plan)?.tasks();
    let lines = tasks.iter().map(output::json_line).collect::<Result<Vec<_>>>()?;
    output::print(format!("[\n{}\n]\n", lines.join(",\n")))?;
    Ok(ExitCode::SUCCESS)
}
