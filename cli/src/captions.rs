//! `vodkit captions`, and the option of the same name.

use std::path::PathBuf;
use std::process::ExitCode;
use std::str::FromStr;
use std::sync::Arc;

use clap::Args;
use vodkit::engine::PLAN_KEY;
use vodkit::{DirSink, Error, ErrorKind, Plan, Result, SharedSink};

use crate::{output, plan};

/// More than any captions may have, so that what is too long is told as such.
const MOST_READ: u64 = 2 << 20;

#[derive(Args)]
pub(crate) struct CaptionsOptions {
    /// The package's folder.
    folder: PathBuf,
    /// Captions to put in, in place of those in the same language: a language such as en or pt-BR, a name for the
    /// viewers' menu if it is not to be the language, and a file in WebVTT.
    #[arg(value_name = "LANGUAGE[:NAME]=FILE")]
    files: Vec<CaptionFile>,
    /// A language whose captions are to go.
    #[arg(long, value_name = "LANGUAGE")]
    remove: Vec<String>,
}

/// Captions as the command line names them.
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
    pub(crate) fn put_into(&self, plan: &Plan) -> Result<Plan> {
        let bytes = plan::small_file("captions", &self.path, MOST_READ)?;
        // What is cut off in the middle of a sign is too long in any case.
        let text = String::from_utf8_lossy(&bytes);
        if bytes.len() < MOST_READ as usize && text.contains(char::REPLACEMENT_CHARACTER) {
            let message = format!("the captions {} are not UTF-8", self.path.display());
            return Err(Error::new(ErrorKind::InvalidArgument, message));
        }
        plan.with_captions(&self.language, &self.name, &text)
    }
}

pub(crate) fn run(options: &CaptionsOptions) -> Result<ExitCode> {
    let found = plan::read(&options.folder.join(PLAN_KEY))?;
    let mut plan = options.remove.iter().try_fold(found, |plan, language| plan.without_captions(language))?;
    for file in &options.files {
        plan = file.put_into(&plan)?;
    }
    if options.files.is_empty() && options.remove.is_empty() {
        let lines = plan.captions.iter().map(|captions| format!("{}\t{}\n", captions.language, captions.name));
        output::print(lines.collect::<String>())?;
    } else {
        let sink: SharedSink = Arc::new(DirSink::open(&options.folder)?);
        vodkit::update_package(&plan, &sink)?;
    }
    Ok(ExitCode::SUCCESS)
}
