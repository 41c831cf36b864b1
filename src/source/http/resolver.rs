//! Host names to addresses, of which some are refused.

use std::error::Error;
use std::fmt;
use std::net::IpAddr;

use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

use super::address::is_public;

/// An address that a link may not lead to.
#[derive(Debug)]
pub(super) struct Refused(IpAddr);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is refused", self.0)
    }
}

impl Error for Refused {}

/// Gives addresses that are connected to as they are: no second look-up comes between the check and its use. Each
/// redirect asks anew.
#[derive(Debug)]
pub(super) struct CheckedResolver {
    inner: DefaultResolver,
    allow_private: bool,
}

impl CheckedResolver {
    pub(super) fn new(allow_private: bool) -> Self {
        Self { inner: DefaultResolver::default(), allow_private }
    }
}

impl Resolver for CheckedResolver {
    fn resolve(&self, uri: &Uri, config: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let found = self.inner.resolve(uri, config, timeout).map_err(|error| match error {
            // What the system says where it knows no such name.
            ureq::Error::Io(_) => ureq::Error::HostNotFound,
            error => error,
        })?;
        match found.iter().find(|address| !self.allow_private && !is_public(address.ip())) {
            Some(address) => Err(ureq::Error::Other(Box::new(Refused(address.ip())))),
            None => Ok(found),
        }
    }
}
