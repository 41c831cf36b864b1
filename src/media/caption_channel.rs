//! Channels of closed captions.

use serde::{Deserialize, Serialize};

/// A channel of closed captions in the pictures themselves, by the name that HLS has for it (RFC 8216 4.3.4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum CaptionChannel {
    /// CEA-608 in the first field.
    #[serde(rename = "CC1")]
    Cc1,
    /// CEA-608 in the second field.
    #[serde(rename = "CC3")]
    Cc3,
    /// CEA-708.
    #[serde(rename = "SERVICE1")]
    Service1,
}
