//! What of a source its package does not have, or not as it was.

use serde::{Deserialize, Serialize};

/// Maximum number of warnings in a plan.
pub(super) const MAX_WARNINGS: usize = 1000;
/// Maximum size of a warning's message in bytes.
pub(super) const MAX_MESSAGE_BYTES: usize = 2000;

/// Something of the source that its package does not have, or not as it was.
///
/// What can be made is made, and nothing is left out without one of these: in [`Plan::warnings`](crate::Plan::warnings),
/// in the [`Summary`](crate::Summary) of a job, and on the standard error of the command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Warning {
    /// What it is about, for programs.
    pub kind: WarningKind,
    /// The source's track by its position; `None` if it is about no single one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub track: Option<u32>,
    /// One sentence for people: what, where, and why.
    pub message: String,
}

/// What a [`Warning`] is about. A name never changes its meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum WarningKind {
    /// A track of the source, or channels of one that are sounds of their own, are not in the package.
    TrackLeftOut,
    /// Closed captions in the pictures are not turned into text, or were not looked for everywhere.
    ClosedCaptionsLeftOut,
    /// Data of a track could not be decoded whole. What a job finds is in its summary: no plan has it.
    DamagedData,
    /// Pictures whose pixels can be transparent are shown on black, or without their transparency.
    TransparencyLost,
    /// The source is truncated or damaged, and the package has what comes before.
    SourceIncomplete,
    /// Parts of the source are damaged, as its container says by counters or checksums: of tracks that are copied too.
    SourceDamaged,
    /// The source states how it is to be presented, and the package does not follow that: pictures around the viewer or for
    /// each eye, another speed, another order, or another codec midway.
    PresentationNotFollowed,
}

impl WarningKind {
    /// The kind's name for programs: the variant in lower case with underscores, such as `"track_left_out"`.
    pub fn name(self) -> &'static str {
        match self {
            Self::TrackLeftOut => "track_left_out",
            Self::ClosedCaptionsLeftOut => "closed_captions_left_out",
            Self::DamagedData => "damaged_data",
            Self::TransparencyLost => "transparency_lost",
            Self::SourceIncomplete => "source_incomplete",
            Self::SourceDamaged => "source_damaged",
            Self::PresentationNotFollowed => "presentation_not_followed",
        }
    }
}

impl Warning {
    /// `first` is in seconds of the source.
    pub(crate) fn damaged(track: u32, is_video: bool, count: &str, first: f64) -> Self {
        let (one, several, instead) = if is_video {
            ("picture", "pictures", "faulty pictures are shown there, or the one before stays")
        } else {
            ("packet of sound", "packets of sound", "there is silence or noise")
        };
        let (what, when) = if count == "1" { (one, "at") } else { (several, "the first at") };
        let message = format!(
            "track {track} of the source is damaged: {count} {what} could not be decoded whole, {when} {first:.3} seconds, and \
             {instead}"
        );
        Self { kind: WarningKind::DamagedData, track: Some(track), message }
    }

    pub(crate) fn source_incomplete(message: String) -> Self {
        Self { kind: WarningKind::SourceIncomplete, track: None, message }
    }

    pub(crate) fn source_damaged(track: Option<u32>, message: String) -> Self {
        Self { kind: WarningKind::SourceDamaged, track, message }
    }

    pub(crate) fn presentation_not_followed(track: Option<u32>, message: String) -> Self {
        Self { kind: WarningKind::PresentationNotFollowed, track, message }
    }

    pub(crate) fn transparency_lost(track: u32, message: String) -> Self {
        Self { kind: WarningKind::TransparencyLost, track: Some(track), message }
    }

    pub(crate) fn closed_captions_left_out(track: u32, message: String) -> Self {
        Self { kind: WarningKind::ClosedCaptionsLeftOut, track: Some(track), message }
    }

    pub(crate) fn track_left_out(track: u32, message: String) -> Self {
        Self { kind: WarningKind::TrackLeftOut, track: Some(track), message }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damage_is_told_in_one_sentence() {
        let words = "track 2 of the source is damaged: 1 picture could not be decoded whole, at 0.040 seconds, and faulty pictures \
                     are shown there, or the one before stays";
        assert_eq!(Warning::damaged(2, true, "1", 0.04).message, words);
        let words = "track 0 of the source is damaged: 3 packets of sound could not be decoded whole, the first at 1.100 seconds, \
                     and there is silence or noise";
        assert_eq!(Warning::damaged(0, false, "3", 1.1).message, words);
    }
}
