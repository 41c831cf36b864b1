//! The package as hosts handle it.

use std::io::Write;
use std::path::Path;

use bytes::Bytes;

use super::inventory::Inventory;
use super::output::Output;
use super::prepare::{compatible_plan, put_manifests, replace_plan, sizes};
use super::progressive;
use crate::base::{CancelToken, Error, ErrorKind, Result, guarded};
use crate::layout::{HLS_KEY, PLAN_KEY};
use crate::plan::Plan;
use crate::sink::SharedSink;

/// A package in a sink, finished or not, as a [`Job`](crate::Job) makes it.
///
/// ```no_run
/// use std::sync::Arc;
/// use vodkit::{DirSink, Package};
///
/// let mut package = Package::open(Arc::new(DirSink::open("holiday")?))?;
/// let captions = "WEBVTT\n\n00:01.000 --> 00:02.000\nThe sea!\n";
/// package.update(&package.plan()?.with_captions("en", "English", captions)?)?;
/// package.save_mp4(None, "holiday.mp4")?;
/// # Ok::<(), vodkit::Error>(())
/// ```
#[derive(Clone)]
pub struct Package {
    sink: SharedSink,
    json: Bytes,
}

impl std::fmt::Debug for Package {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Package").field("sink", &self.sink.name()).finish_non_exhaustive()
    }
}

impl Package {
    /// Opens the package in a sink, whatever version of this crate made it.
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound) if the sink has none, [`SinkWrite`](ErrorKind::SinkWrite) if it cannot be
    /// read, [`InvalidPlan`](ErrorKind::InvalidPlan) if its plan is larger than 4 GiB.
    pub fn open(sink: SharedSink) -> Result<Self> {
        guarded(|| {
            let output = Output::new(sink.clone(), CancelToken::new());
            let json = output.plan_json()?.ok_or_else(|| {
                Error::new(ErrorKind::NotFound, format!("{} has no package: it has no {PLAN_KEY}", sink.name()))
            })?;
            Ok(Self { sink, json })
        })
    }

    /// The package's plan.
    ///
    /// # Errors
    /// [`InvalidPlan`](ErrorKind::InvalidPlan) if the plan has another schema version. Such a package can still be
    /// played and removed; to change it, plan its source again.
    pub fn plan(&self) -> Result<Plan> {
        let text = std::str::from_utf8(&self.json)
            .map_err(|cause| Error::new(ErrorKind::InvalidPlan, "the plan is not UTF-8 text").with_cause(cause))?;
        Plan::from_json(text)
    }

    /// Paths of the files of the finished package, whatever version of this crate made it: manifests before the files
    /// that they refer to, and the plan last. Includes the thumbnail and what could not be decoded, whether or not
    /// there is any.
    pub fn keys(&self) -> Vec<String> {
        Inventory::read(&self.json).keys().chain([PLAN_KEY.to_owned()]).collect()
    }

    /// Whether the package is complete, i.e. has its multivariant playlist, which is written last.
    ///
    /// # Errors
    /// [`SinkWrite`](ErrorKind::SinkWrite) if the sink cannot be read.
    pub fn is_finished(&self) -> Result<bool> {
        guarded(|| Ok(self.output().size(HLS_KEY)?.is_some()))
    }

    /// Changes a finished package to a plan that differs only in captions. It needs no source, and players may go on
    /// reading: each file is replaced atomically.
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound) if the package is not finished; a job for `plan` finishes it.
    /// [`OutputConflict`](ErrorKind::OutputConflict) if the plans differ in more than captions, or if the package was
    /// replaced, updated or removed by others since this was opened; [`SinkWrite`](ErrorKind::SinkWrite) and
    /// [`NoSpace`](ErrorKind::NoSpace) if writing fails.
    pub fn update(&mut self, plan: &Plan) -> Result<()> {
        guarded(|| {
            let output = self.current()?;
            let unfinished = || {
                let message = format!("{} has no finished package: finish it with a job for this plan", output.name());
                Error::new(ErrorKind::NotFound, message)
            };
            let old = compatible_plan(plan, &self.json).ok_or_else(|| {
                let message = format!(
                    "the package in {} differs from this plan in more than captions: make the plan's package with a job",
                    output.name()
                );
                Error::new(ErrorKind::OutputConflict, message)
            })?;
            let sizes: Option<Vec<Vec<u64>>> =
                sizes(plan, &output)?.into_iter().map(|sizes| sizes.into_iter().collect()).collect();
            let sizes = sizes.filter(|_| matches!(self.is_finished(), Ok(true))).ok_or_else(unfinished)?;
            // Captions are removed last, when no manifest refers to them. If the process is killed in between, the same
            // call resumes; at worst an unused captions file is left over.
            put_manifests(plan, &output, &sizes)?;
            let stale = replace_plan(&old, plan, &output)?;
            self.json = plan.to_json().into();
            stale.iter().try_for_each(|key| output.remove(key))
        })
    }

    /// Writes a video rendition, by default the largest, and the default audio as a progressive MP4 with its index
    /// first. Nothing is encoded. Returns the number of bytes written.
    ///
    /// Reads each segment twice; memory grows with the number of samples, not with their size.
    ///
    /// # Errors
    /// Those of [`plan`](Self::plan), [`OutputConflict`](ErrorKind::OutputConflict) if the package was replaced, updated
    /// or removed by others since this was opened, [`OutOfRange`](ErrorKind::OutOfRange) if `video` is not the id of a video
    /// rendition, [`NotFound`](ErrorKind::NotFound) if a segment is missing, [`Corrupt`](ErrorKind::Corrupt) if one was
    /// altered, [`SinkWrite`](ErrorKind::SinkWrite) if one cannot be read or writing fails, and
    /// [`NoSpace`](ErrorKind::NoSpace).
    pub fn write_mp4(&self, video: Option<&str>, out: &mut dyn Write) -> Result<u64> {
        guarded(|| {
            self.current()?;
            progressive::write(&self.plan()?, &*self.sink, video, out)
        })
    }

    /// As [`write_mp4`](Self::write_mp4), into a file that is created, with the folders above it, or replaced atomically.
    ///
    /// # Errors
    /// As [`write_mp4`](Self::write_mp4).
    pub fn save_mp4(&self, video: Option<&str>, path: impl AsRef<Path>) -> Result<u64> {
        guarded(|| {
            self.current()?;
            progressive::save(&self.plan()?, &*self.sink, video, path.as_ref())
        })
    }

    /// Removes the package: manifests first, so that none refers to a missing file, and the plan last, so that an
    /// interrupted removal can be repeated. Other files in the sink stay.
    ///
    /// # Errors
    /// [`OutputConflict`](ErrorKind::OutputConflict) if the package was replaced, updated or removed by others since this
    /// was opened, [`SinkWrite`](ErrorKind::SinkWrite) if a file cannot be removed.
    pub fn remove(self) -> Result<()> {
        guarded(|| {
            let output = self.current()?;
            Inventory::read(&self.json).keys().try_for_each(|key| output.remove(&key))?;
            output.remove(PLAN_KEY)
        })
    }

    /// The sink, if its package is still the one that was opened.
    fn current(&self) -> Result<Output> {
        let output = self.output();
        if output.plan_json()?.as_ref() == Some(&self.json) {
            return Ok(output);
        }
        let message = format!(
            "the package in {} was replaced, updated or removed since it was opened: open it again",
            output.name()
        );
        Err(Error::new(ErrorKind::OutputConflict, message))
    }

    fn output(&self) -> Output {
        Output::new(self.sink.clone(), CancelToken::new())
    }
}
