//! Plans with other captions.

use super::captions::{Captions, check_captions};
use super::parts::Parts;
use super::plan::Plan;
use crate::base::{Error, ErrorKind, Result};

impl Plan {
    /// The same plan with captions, in the place of those in the same language. All its segments stay what they
    /// are: a job of it goes on from a package without them, and [`Package::update`](crate::Package::update)
    /// brings them into one that is finished.
    ///
    /// ```
    /// # fn with(plan: &vodkit::Plan) -> vodkit::Result<vodkit::Plan> {
    /// let text = "WEBVTT\n\n00:01.000 --> 00:03.500\nHello!\n";
    /// let plan = plan.with_captions("en", "English", text)?;
    /// assert_eq!(plan.captions()[0].key(), "captions/en.vtt");
    /// # Ok(plan) }
    /// ```
    ///
    /// # Errors
    /// [`InvalidArgument`](ErrorKind::InvalidArgument) where `language` is no tag of RFC 5646, the name cannot stand
    /// in a playlist or another language has it, the text is not WebVTT or has more than 1 MiB, or there are 64
    /// languages already.
    pub fn with_captions(&self, language: &str, name: &str, webvtt: &str) -> Result<Self> {
        let captions = Captions { language: language.into(), name: name.into(), webvtt: webvtt.into() };
        let mut all = self.captions().to_vec();
        match all.iter_mut().find(|other| other.is_in(language)) {
            Some(same) => *same = captions,
            None => all.push(captions),
        }
        check_captions(&all).map_err(Error::invalid)?;
        self.captioned(all)
    }

    /// The same plan without the captions in a language.
    ///
    /// # Errors
    /// [`OutOfRange`](ErrorKind::OutOfRange) where there are none.
    pub fn without_captions(&self, language: &str) -> Result<Self> {
        self.captions_in(language)?;
        self.captioned(self.captions().iter().filter(|captions| !captions.is_in(language)).cloned().collect())
    }

    /// The captions in a language.
    ///
    /// # Errors
    /// [`OutOfRange`](ErrorKind::OutOfRange) where there are none.
    pub fn captions_in(&self, language: &str) -> Result<&Captions> {
        self.captions()
            .iter()
            .find(|captions| captions.is_in(language))
            .ok_or_else(|| Error::new(ErrorKind::OutOfRange, format!("the plan has no captions in \"{language}\"")))
    }

    fn captioned(&self, captions: Vec<Captions>) -> Result<Self> {
        let parts = Parts { captions, ..self.parts().clone() };
        Self::new(parts).map_err(|message| Error::new(ErrorKind::Internal, message))
    }

    /// Whether this plan makes the same segments as another: whether at most their captions differ.
    pub(crate) fn makes_segments_of(&self, other: &Self) -> bool {
        let bare = |plan: &Self| Parts { captions: Vec::new(), ..plan.parts().clone() };
        bare(self) == bare(other)
    }
}
