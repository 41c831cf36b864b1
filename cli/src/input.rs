//! Where a command reads from.

use std::path::{Path, PathBuf};

use clap::Args;
use vodkit::{HttpOptions, Result, Source};

/// The video that a command works on.
#[derive(Args, Clone)]
pub(crate) struct Input {
    /// The video: a file, or an http or https link.
    #[arg(value_name = "INPUT")]
    location: PathBuf,
    #[command(flatten)]
    access: LinkAccess,
}

/// Where links may lead.
#[derive(Args, Clone)]
pub(crate) struct LinkAccess {
    /// Allow links to this machine and the local network.
    #[arg(long)]
    allow_private_addresses: bool,
}

impl Input {
    pub(crate) fn open(&self) -> Result<Source> {
        self.access.open(&self.location)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.location
    }
}

impl LinkAccess {
    pub(crate) fn open(&self, location: &Path) -> Result<Source> {
        match link(location) {
            Some(link) => {
                let options = HttpOptions::default().allow_private_addresses(self.allow_private_addresses);
                Source::http(link, &options)
            }
            None => Source::file(location),
        }
    }
}

fn link(location: &Path) -> Option<&str> {
    let text = location.to_str()?;
    let scheme = text.split_once("://")?.0;
    ["http", "https"].iter().any(|known| scheme.eq_ignore_ascii_case(known)).then_some(text)
}
