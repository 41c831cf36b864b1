//! The plan itself.

use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::captions::Captions;
use super::json;
use super::parts::{Parts, SourceId};
use super::rendition::{AudioRendition, Rendition, VideoRendition};
use super::source_video::SourceVideo;
use super::storyboard::Storyboard;
use super::text::TextRendition;
use super::warning::Warning;
use crate::base::{Error, ErrorKind, Rational, Result, hex};
use crate::media::{Build, Chapter, Pids};

/// Every decision about a video: its renditions and where each segment finds its samples. Cheap to clone.
///
/// A plan is immutable and valid: it comes from [`plan()`](crate::plan()), or from [`from_json`](Self::from_json),
/// which checks it.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    parts: Arc<Parts>,
    hash: Arc<str>,
}

impl Plan {
    /// Validates the parts and computes the hash, or says what is wrong.
    pub(crate) fn new(parts: Parts) -> std::result::Result<Self, String> {
        parts.check()?;
        let hash = hex::encode(&Sha256::digest(json::compact(&parts, "")?)).into();
        Ok(Self { parts: Arc::new(parts), hash })
    }

    /// Reads a plan from JSON and checks it.
    ///
    /// # Errors
    /// [`InvalidPlan`](ErrorKind::InvalidPlan) if it is not a plan, has another schema version, was changed after it
    /// was made, or contradicts itself.
    pub fn from_json(text: &str) -> Result<Self> {
        let invalid = |message: String| Error::new(ErrorKind::InvalidPlan, message);
        let (parts, stated) = json::read(text)?;
        let plan = Self::new(parts)
            .map_err(|message| invalid(format!("the plan contradicts itself: {message}; plan the source again")))?;
        if *plan.hash == *stated {
            return Ok(plan);
        }
        Err(invalid("the plan was changed after it was made: its hash does not match; plan the source again".into()))
    }

    /// The plan as JSON; equal plans give identical text.
    pub fn to_json(&self) -> String {
        json::pretty(&self.parts, &self.hash)
    }

    pub(crate) fn parts(&self) -> &Parts {
        &self.parts
    }

    /// SHA-256 in hexadecimal of the plan's compact JSON with an empty `hash`: identifies the plan.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// The build that made the plan. Only the same build makes its segments.
    pub fn build(&self) -> &Build {
        &self.parts.build
    }

    /// The source that the plan is for.
    pub fn source(&self) -> &SourceId {
        &self.parts.source
    }

    /// Under which PIDs the source is read.
    pub(crate) fn pids(&self) -> Option<&Pids> {
        self.parts.pids.as_ref()
    }

    /// The source's time in seconds that is presented at 0.
    pub fn origin(&self) -> Rational {
        self.parts.origin
    }

    /// Duration of the longest rendition in seconds.
    pub fn duration(&self) -> Rational {
        self.parts.duration
    }

    /// All renditions: video from the largest to the smallest, then audio with the default first, then text, then the
    /// storyboard.
    pub fn renditions(&self) -> &[Rendition] {
        &self.parts.renditions
    }

    /// The source's video, which video renditions and the storyboard are made from; `None` for audio-only plans.
    pub fn source_video(&self) -> Option<&SourceVideo> {
        self.parts.video.as_deref()
    }

    /// Captions, one entry for each language.
    pub fn captions(&self) -> &[Captions] {
        &self.parts.captions
    }

    /// What of the source the renditions do not have, or not as it was.
    pub fn warnings(&self) -> &[Warning] {
        &self.parts.warnings
    }

    /// The source's chapters, in order, by the presentation's time.
    pub fn chapters(&self) -> &[Chapter] {
        &self.parts.chapters
    }

    /// The rendition with this id.
    ///
    /// # Errors
    /// [`OutOfRange`](ErrorKind::OutOfRange) if there is none; the message lists the ids.
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

    /// The text renditions, in the order of the source's tracks.
    pub fn texts(&self) -> impl Iterator<Item = (&Rendition, &TextRendition)> {
        self.renditions().iter().filter_map(|rendition| Some((rendition, rendition.text()?)))
    }

    /// The storyboard, if the plan has one.
    pub fn storyboard(&self) -> Option<(&Rendition, &Storyboard)> {
        self.renditions().iter().find_map(|rendition| Some((rendition, rendition.storyboard()?.1)))
    }
}
