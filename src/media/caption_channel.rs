//! Channels of closed captions.

use serde::{Deserialize, Serialize};

/// A channel of closed captions in the pictures themselves, by the name that HLS has for it (RFC 8216 4.3.4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum CaptionChannel {
    /// CEA-608 in the first field.
    #[serde(rename = "CC1")]
    Cc1,
    /// The second of CEA-608 in the first field.
    #[serde(rename = "CC2")]
    Cc2,
    /// CEA-608 in the second field.
    #[serde(rename = "CC3")]
    Cc3,
    /// The second of CEA-608 in the second field.
    #[serde(rename = "CC4")]
    Cc4,
    /// CEA-708.
    #[serde(rename = "SERVICE1")]
    Service1,
}

impl CaptionChannel {
    /// The channel's name: `"CC1"` to `"CC4"`, or `"SERVICE1"`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cc1 => "CC1",
            Self::Cc2 => "CC2",
            Self::Cc3 => "CC3",
            Self::Cc4 => "CC4",
            Self::Service1 => "SERVICE1",
        }
    }

    /// Of CEA-608 the number of the field, from 0, and whether it is the second channel there.
    pub(crate) fn place(self) -> Option<(u8, bool)> {
        match self {
            Self::Cc1 => Some((0, false)),
            Self::Cc2 => Some((0, true)),
            Self::Cc3 => Some((1, false)),
            Self::Cc4 => Some((1, true)),
            Self::Service1 => None,
        }
    }
}
