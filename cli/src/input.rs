//! Where a command reads from.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use vodkit::{FileSource, HttpOptions, HttpSource, Result, SharedSource};

/// The video that a command is about.
#[derive(Args, Clone)]
pub(crate) struct Input {
    /// The video: a file, or an http or https link.
    #[arg(value_name = "INPUT")]
    place: PathBuf,
    #[command(flatten)]
    trust: Trust,
}

/// How far links are trusted.
#[derive(Args, Clone)]
pub(crate) struct Trust {
    /// Let a link lead into this machine or the local network.
    #[arg(long)]
    allow_private_addresses: bool,
}

impl Input {
    pub(crate) fn open(&self) -> Result<SharedSource> {
        self.trust.open(&self.place)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.place
    }
}

impl Trust {
    pub(crate) fn open(&self, place: &Path) -> Result<SharedSource> {
        let Some(link) = link(place) else { return Ok(Arc::new(FileSource::open(place)?)) };
        let mut options = HttpOptions::default();
        options.allow_private_addresses = self.allow_private_addresses;
        Ok(Arc::new(HttpSource::open(link, &options)?))
    }
}

fn link(place: &Path) -> Option<&str> {
    let text = place.to_str()?;
    let scheme = text.split_once("://")?.0;
    ["http", "https"].iter().any(|known| scheme.eq_ignore_ascii_case(known)).then_some(text)
}
