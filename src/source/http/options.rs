//! How a link is read.

use std::time::Duration;

use crate::base::{CancelToken, Limits, setters};

/// How a link is read.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct HttpOptions {
    /// Whether the link, or a redirect of it, may lead to an address that is not of the public internet: this
    /// machine, the local network, a cloud's metadata service. Links from strangers may not. Default: no.
    pub allow_private_addresses: bool,
    /// Redirects that are followed. Default: 5.
    pub redirects: u32,
    /// For how long less than 16 KiB may come before reading fails, with all that is tried again in that time.
    /// Default: 20 seconds.
    pub timeout: Duration,
    /// Memory for what was read last. Default: 32 MiB; 4 MiB at least.
    pub cache_bytes: u64,
    /// Size of the file at most. Default: that of [`Limits`].
    pub source_bytes: u64,
    /// How long a download may take from a server that gives files only as a whole. Default: 1 hour.
    pub download_time: Duration,
    /// Certificates, in PEM, that those of `https` servers have to go back to. Default: none, which stands for the
    /// authorities that Mozilla trusts.
    pub root_certificates: Vec<u8>,
    /// Stops opening the link, and all work on the source. Default: a token that nobody else has.
    pub cancel: CancelToken,
}

impl Default for HttpOptions {
    fn default() -> Self {
        Self {
            allow_private_addresses: false,
            redirects: 5,
            timeout: Duration::from_secs(20),
            cache_bytes: 32 << 20,
            source_bytes: Limits::default().source_bytes,
            download_time: Duration::from_secs(3600),
            root_certificates: Vec::new(),
            cancel: CancelToken::new(),
        }
    }
}

setters!(HttpOptions {
    allow_private_addresses: bool,
    redirects: u32,
    timeout: Duration,
    cache_bytes: u64,
    source_bytes: u64,
    download_time: Duration,
    root_certificates: into Vec<u8>,
    cancel: CancelToken,
});
