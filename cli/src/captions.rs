//! `vodkit captions`, and the option of the same name.

use std::path::PathBuf;
use std::process::ExitCode;
use std::str::FromStr;

use clap::Args;
use vodkit::{Error, ErrorKind, Plan, Result};

use crate::{output, package, plan};

/// More than captions may have, so that a file that is too long is reported as such.
const MAX_READ: u64 = 2 << 20;

#[derive(Args)]
pub(crate) struct CaptionsOptions {
    /// The package's folder.
    folder: PathBuf,
    /// Captions to add, or to replace those in the same language: a language such as en or pt-BR, optionally a name
    /// for the player's menu (default: the language), and a WebVTT file.
    #[arg(value_name = "LANGUAGE[:NAME]=FILE")]
    files: Vec<CaptionFile>,
    /// Remove the captions in this language. Can be repeated.
    #[arg(long, value_name = "LANGUAGE")]
    remove: Vec<String>,
}

/// Captions as given on the command line.
#[derive(Clone)]
pub(crate) struct CaptionFile {
    language: String,
    name: String,
    path: PathBuf,
}

impl FromStr for CaptionFile {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let (label, path) = text.split_once('=').ok_or("it must be a language and a file, such as en=film.vtt")?;
        let (language, name) = label.split_once(':').unwrap_or((label, label));
        Ok(Self { language: language.into(), name: name.into(), path: path.into() })
    }
}

impl CaptionFile {
    pub(crate) fn add_to(&self, plan: &Plan) -> Result<Plan> {
        let bytes = plan::small_file("captions", &self.path, MAX_READ)?;
        let text = String::from_utf8_lossy(&bytes);
        // A file that was read only in part may end within a character; it is too long anyway.
        if bytes.len() < MAX_READ as usize && text.contains(char::REPLACEMENT_CHARACTER) {
            let message = format!("the captions {} are not UTF-8", self.path.display());
            return Err(Error::new(ErrorKind::InvalidArgument, message));
        }
        plan.with_captions(&self.language, &self.name, &text)
    }
}

pub(crate) fn run(options: &CaptionsOptions) -> Result<ExitCode> {
    let mut package = package::open(&options.folder)?;
    let plan = package.plan()?;
    if options.files.is_empty() && options.remove.is_empty() {
        let lines = plan.captions().iter().map(|captions| format!("{}\t{}\n", captions.language, captions.name));
        output::print(lines.collect::<String>())?;
        return Ok(ExitCode::SUCCESS);
    }
    let plan = options.remove.iter().try_fold(plan, |plan, language| plan.without_captions(language))?;
    let plan = options.files.iter().try_fold(plan, |plan, file| file.add_to(&plan))?;
    package.update(&plan)?;
    Ok(ExitCode::SUCCESS)
}
