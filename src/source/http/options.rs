//! Options for reading a link.

use std::time::Duration;

use crate::base::{CancelToken, Limits, setters};

/// Options for reading a link.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct HttpOptions {
    /// Whether the link or a redirect may lead to an address outside the public internet: this machine, the local
    /// network, a cloud's metadata service. Never allow it for links from strangers. Default: no.
    pub allow_private_addresses: bool,
    /// Number of redirects to follow. Default: 5.
    pub redirects: u32,
    /// Reading fails when less than 16 KiB arrive in this time, retries included. Default: 20 seconds.
    pub timeout: Duration,
    /// Size of the cache in memory. Default: 32 MiB; values below 4 MiB count as 4 MiB.
    pub cache_bytes: u64,
    /// Maximum size of the file. Default: that of [`Limits`].
    pub source_bytes: u64,
    /// Time limit for downloading the file from a server without ranges. Default: 1 hour.
    pub download_time: Duration,
    /// Root certificates for `https`, in PEM. Default: none, which stands for the authorities that Mozilla trusts.
    pub root_certificates: Vec<u8>,
    /// Stops opening the link, and all work on the source. Default: a new token.
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
