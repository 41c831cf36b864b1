//! Adding captions to a plan and taking them out.

use super::captions::{Captions, check_captions};
use super::parts::Parts;
use super::plan::Plan;
use crate::base::{Error, ErrorKind, Result};

impl Plan {
    /// The same plan with captions, which replace any in the same language. Segments do not change: a job for the new
    /// plan resumes a package made without the captions, and [`Package::update`](crate::Package::update) adds them to a
    /// finished one.
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
    /// [`InvalidArgument`](ErrorKind::InvalidArgument) if `language` is not an RFC 5646 tag, the name is not valid in a
    /// playlist or another language already has it, the text is not WebVTT or is larger than 1 MiB, or the plan already
    /// has captions in 64 languages.
    pub fn with_captions(&self, language: &str, name: &str, webvtt: &str) -> Result<Self> {
        let captions = Captions { language: language.into(), name: name.into(), webvtt: webvtt.into() };
        let mut all = self.captions().to_vec();
        match all.iter_mut().find(|other| other.is_in(language)) {
            Some(same) => *same = captions,
            None => all.push(captions),
        }
        check_captions(&all).map_err(Error::invalid)?;
        self.replace_captions(all)
    }

    /// The same plan without the captions in a language.
    ///
    /// # Errors
    /// [`OutOfRange`](ErrorKind::OutOfRange) if there are none.
    pub fn without_captions(&self, language: &str) -> Result<Self> {
        self.captions_in(language)?;
        self.replace_captions(self.captions().iter().filter(|captions| !captions.is_in(language)).cloned().collect())
    }

    /// The captions in a language.
    ///
    /// # Errors
    /// [`OutOfRange`](ErrorKind::OutOfRange) if there are none.
    pub fn captions_in(&self, language: &str) -> Result<&Captions> {
        self.captions()
            .iter()
            .find(|captions| captions.is_in(language))
            .ok_or_else(|| Error::new(ErrorKind::OutOfRange, format!("the plan has no captions in \"{language}\"")))
    }

    fn replace_captions(&self, captions: Vec<Captions>) -> Result<Self> {
        let parts = Parts { captions, ..self.parts().clone() };
        Self::new(parts).map_err(|message| Error::new(ErrorKind::Internal, message))
    }

    /// Whether this plan makes the same segments as another, i.e. differs from it in captions at most.
    pub(crate) fn has_same_segments_as(&self, other: &Self) -> bool {
        let without_captions = |plan: &Self| Parts { captions: Vec::new(), ..plan.parts().clone() };
        without_captions(self) == without_captions(other)
    }
}
