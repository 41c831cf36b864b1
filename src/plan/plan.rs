//! The plan itself.

use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::captions::Captions;
use super::json;
use super::parts::{Parts, SourceId};
use super::rendition::{AudioRendition, Rendition, VideoRendition};
use super::source_video::SourceVideo;
use super::storyboard::Storyboard;
use crate::base::{Error, ErrorKind, Rational, Result, hex};
use crate::media::Build;

/// Everything that was decided about a video. Clones are cheap.
///
/// A plan is valid from the moment it exists: it comes from [`plan()`](crate::plan()), or from
/// [`from_json`](Self::from_json), which checks it, and it never changes.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    parts: Arc<Parts>,
    hash: Arc<str>,
}

impl Plan {
    /// A plan of these parts, or what is wrong with them.
    pub(crate) fn new(parts: Parts) -> std::result::Result<Self, String> {
        parts.check()?;
        let hash = hex::encode(&Sha256::digest(json::compact(&parts, "")?)).into();
        Ok(Self { parts: Arc::new(parts), hash })
    }

    /// Reads a plan from JSON and checks it.
    ///
    /// # Errors
    /// [`InvalidPlan`](ErrorKind::InvalidPlan) where it is not a plan, is of another schema version, was
    /// changed since it was made, or contradicts itself.
    pub fn from_json(text: &str) -> Result<Self> {
        let invalid = |message: String| Error::new(ErrorKind::InvalidPlan, message);
        let (parts, stated) = json::read(text)?;
        let plan = Self::new(parts)
            .map_err(|message| invalid(format!("the plan contradicts itself: {message}; plan anew")))?;
        if *plan.hash == *stated {
            return Ok(plan);
        }
        Err(invalid("the plan was changed after it was made: its hash does not match; plan anew".into()))
    }

    /// The plan as JSON, always the same text for the same plan.
    pub fn to_json(&self) -> String {
        json::pretty(&self.parts, &self.hash)
    }

    pub(crate) fn parts(&self) -> &Parts {
        &self.parts
    }

    /// SHA-256 in hexadecimal of the plan's compact JSON with this field empty: what tells two plans apart.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// The build that made the plan, and that makes its segments.
    pub fn build(&self) -> &Build {
        &self.parts.build
    }

    /// The source that the plan is for.
    pub fn source(&self) -> &SourceId {
        &self.parts.source
    }

    /// The container's time, in seconds, that is shown at 0.
    pub fn origin(&self) -> Rational {
        self.parts.origin
    }

    /// Seconds from 0 to the end of the longest rendition.
    pub fn duration(&self) -> Rational {
        self.parts.duration
    }

    /// All renditions: video from the largest to the smallest, audio with the default first, the storyboard.
    pub fn renditions(&self) -> &[Rendition] {
        &self.parts.renditions
    }

    /// The video of the source that video renditions and the storyboard are made from.
    pub fn source_video(&self) -> Option<&SourceVideo> {
        self.parts.video.as_deref()
    }

    /// Captions, one language each.
    pub fn captions(&self) -> &[Captions] {
        &self.parts.captions
    }

    /// The rendition with this id.
    ///
    /// # Errors
    /// [`OutOfRange`](ErrorKind::OutOfRange), naming the renditions that there are.
    pub fn rendition(&self, id: &str) -> Result<&Rendition> {
        self.renditions().iter().find(|rendition| rendition.id == id).ok_or_else(|| {
            let ids: Vec<_> = self.renditions().iter().map(|rendition| rendition.id.as_str()).collect();
            let message = format!("the plan has no rendition \"{id}\": it has {}", ids.join(", "));
            Error::new(ErrorKind::OutOfRange, message)
        })
    }

    /// The video renditions, from the largest to the smallest.
    pub fn videos(&self) -> impl Iterator<Item = (&Rendition, &VideoRendition)> {
        self.renditions().iter().filter_map(|rendition| Some((rendition, rendition.video()?.1)))
    }

    /// The audio renditions, the default first.
    pub fn audios(&self) -> impl Iterator<Item = (&Rendition, &AudioRendition)> {
        self.renditions().iter().filter_map(|rendition| Some((rendition, rendition.audio()?)))
    }

    /// The storyboard, where there is one.
    pub fn storyboard(&self) -> Option<(&Rendition, &Storyboard)> {
        self.renditions().iter().find_map(|rendition| Some((rendition, rendition.storyboard()?.1)))
    }
}
