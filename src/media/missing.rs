//! How it is known that a source ends early.

use crate::base::Rational;

/// By what a source shows that something of it is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Missing {
    /// Its header or its index states more bytes than there are.
    Bytes {
        /// Bytes that there should be at least.
        stated: u64,
        /// Bytes that there are.
        found: u64,
    },
    /// It ends within a packet.
    Packet,
    /// Its header states that it lasts longer than its packets do.
    Seconds {
        /// Seconds by the header.
        stated: Rational,
        /// Seconds that can be read.
        found: Rational,
    },
    /// Damage that the demuxer cannot get past.
    Damaged,
    /// Another film follows the first in the same file.
    Film {
        /// Where its index is, in bytes.
        place: u64,
    },
    /// Another file of the same kind follows it.
    File {
        /// Where that begins, in bytes.
        place: u64,
    },
    /// Much follows its end that is not known.
    Behind {
        /// Where it ends, in bytes.
        place: u64,
        /// How many bytes follow.
        bytes: u64,
    },
}
