//! Channels of closed captions.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A channel of closed captions in the pictures themselves. In JSON, and printed, it has the name that HLS has for it (RFC 8216
/// 4.3.4.1): `"CC1"` to `"CC4"`, `"SERVICE1"` to `"SERVICE63"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
#[non_exhaustive]
pub enum CaptionChannel {
    /// CEA-608 in the first field.
    Cc1,
    /// The second of CEA-608 in the first field.
    Cc2,
    /// CEA-608 in the second field.
    Cc3,
    /// The second of CEA-608 in the second field.
    Cc4,
    /// A service of CEA-708 by its number, 1 to 63.
    Service(u8),
}

impl CaptionChannel {
    /// Of CEA-608 the number of the field, from 0, and whether it is the second channel there.
    pub(crate) fn place(self) -> Option<(u8, bool)> {
        match self {
            Self::Cc1 => Some((0, false)),
            Self::Cc2 => Some((0, true)),
            Self::Cc3 => Some((1, false)),
            Self::Cc4 => Some((1, true)),
            Self::Service(_) => None,
        }
    }

    /// The other one that has the same text, where a programme has both: the primary service is that of the first field, the
    /// secondary one that of the second.
    pub(crate) fn counterpart(self) -> Option<Self> {
        match self {
            Self::Cc1 => Some(Self::Service(1)),
            Self::Cc3 => Some(Self::Service(2)),
            Self::Service(1) => Some(Self::Cc1),
            Self::Service(2) => Some(Self::Cc3),
            _ => None,
        }
    }
}

impl fmt::Display for CaptionChannel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cc1 => f.write_str("CC1"),
            Self::Cc2 => f.write_str("CC2"),
            Self::Cc3 => f.write_str("CC3"),
            Self::Cc4 => f.write_str("CC4"),
            Self::Service(number) => write!(f, "SERVICE{number}"),
        }
    }
}

impl From<CaptionChannel> for String {
    fn from(channel: CaptionChannel) -> Self {
        channel.to_string()
    }
}

impl TryFrom<String> for CaptionChannel {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        let all = [Self::Cc1, Self::Cc2, Self::Cc3, Self::Cc4].into_iter().chain((1..=63).map(Self::Service));
        let found = { all }.find(|channel| channel.to_string() == name);
        found.ok_or_else(|| format!("\"{name}\" is not a channel of closed captions, such as CC1 or SERVICE1"))
    }
}

/// Those that players are to be offered, of those that pictures carry: where CEA-608 and CEA-708 have the same text, as far as is
/// known, CEA-608 alone, which more players read. `language` is what is stated of a channel itself.
pub(crate) fn offered<'a>(
    channels: &[CaptionChannel],
    language: impl Fn(CaptionChannel) -> Option<&'a str>,
) -> Vec<CaptionChannel> {
    let is_same = |one: CaptionChannel, other: CaptionChannel| match (language(one), language(other)) {
        (Some(one), Some(other)) => one == other,
        _ => true,
    };
    let is_twice = |channel: CaptionChannel| {
        let other = channel.counterpart().filter(|other| channel.place().is_none() && channels.contains(other));
        other.is_some_and(|other| is_same(channel, other))
    };
    channels.iter().copied().filter(|channel| !is_twice(*channel)).collect()
}

#[cfg(test)]
mod tests {
    use super::CaptionChannel::{Cc1, Cc2, Cc3, Service};
    use super::*;

    #[test]
    fn names_are_those_of_hls() {
        for channel in [Cc1, Cc3, Service(1), Service(63)] {
            assert_eq!(CaptionChannel::try_from(channel.to_string()), Ok(channel));
        }
        for name in ["CC5", "SERVICE0", "SERVICE64", "SERVICE01", "cc1", ""] {
            assert!(CaptionChannel::try_from(name.to_owned()).is_err(), "{name}");
        }
    }

    #[test]
    fn what_both_have_is_offered_once() {
        let all = [Cc1, Cc2, Service(1), Service(2), Service(3)];
        assert_eq!(offered(&all, |_| None), [Cc1, Cc2, Service(2), Service(3)]);
        assert_eq!(offered(&[Cc3, Service(1), Service(2)], |_| None), [Cc3, Service(1)]);
        let spanish = |channel| Some(if channel == Cc1 { "eng" } else { "spa" });
        assert_eq!(offered(&all[..3], spanish), [Cc1, Cc2, Service(1)]);
    }
}
