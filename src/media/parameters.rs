//! What a decoder is set up with beside the packets that it is given.

use serde::{Deserialize, Serialize};

use crate::base::hex;

/// The most parameters that a track may have: clips that an editor put together have one for each, at most.
pub(crate) const MAX_PARAMETERS: usize = 1024;
/// The most bytes of extradata that all of a track's may have together: 4 KiB each, which only Vorbis comes near to.
pub(crate) const MAX_PARAMETER_BYTES: usize = 4 << 20;
/// Bytes of a palette.
pub(crate) const PALETTE_BYTES: usize = 1024;

/// What a decoder is set up with from some packet on, where it is not what the container says at its beginning: MP4 can
/// have several sample descriptions in one track, FLV a second sequence header, AVI another palette.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct DecoderParameters {
    /// Extradata in hexadecimal; `None`: that of the container's beginning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extradata: Option<String>,
    /// The palette in hexadecimal: 256 colours of four bytes, blue, green, red and alpha.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub palette: Option<String>,
}

impl DecoderParameters {
    /// Those of the container's beginning.
    pub(crate) const OWN: Self = Self { extradata: None, palette: None };

    /// The parameters with a number, which counts from 1; 0 stands for [`OWN`](Self::OWN).
    pub(crate) fn numbered(all: &[Self], number: u32) -> &Self {
        (number as usize).checked_sub(1).and_then(|place| all.get(place)).unwrap_or(&Self::OWN)
    }

    /// Whether so many parameters may be stored, and each can be read.
    pub(crate) fn are_in_range(all: &[Self]) -> bool {
        let bytes: usize = all.iter().filter_map(|own| own.extradata.as_ref()).map(|text| text.len() / 2).sum();
        all.len() <= MAX_PARAMETERS && bytes <= MAX_PARAMETER_BYTES && all.iter().all(Self::is_readable)
    }

    fn is_readable(&self) -> bool {
        let has_length = |text: &Option<String>, fits: fn(usize) -> bool| {
            text.as_ref().is_none_or(|text| hex::decode(text).is_some_and(|bytes| fits(bytes.len())))
        };
        has_length(&self.extradata, |length| length > 0) && has_length(&self.palette, |length| length == PALETTE_BYTES)
    }
}
