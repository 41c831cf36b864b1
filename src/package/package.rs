//! A package in a sink.

use std::io::Write;
use std::path::Path;

use bytes::Bytes;

use super::inventory::Inventory;
use super::output::Output;
use super::prepare::{change_plan, conflict, put_manifests, sibling, sizes};
use super::progressive;
use crate::base::{CancelToken, Error, ErrorKind, Result, guarded};
use crate::layout::{HLS_KEY, PLAN_KEY};
use crate::plan::Plan;
use crate::sink::SharedSink;

/// A package in a sink, finished or not: what a [`Job`](crate::Job) makes.
///
/// ```no_run
/// use std::sync::Arc;
/// use vodkit::{DirSink, Package};
///
/// let mut package = Package::open(Arc::new(DirSink::open("holiday")?))?;
/// let captions = "WEBVTT\n\n00:01.000 --> 00:02.000\nThe sea!\n";
/// package.update(&package.plan()?.with_captions("en", "English", captions)?)?;
/// package.save_mp4(None, "holiday.mp4".as_ref())?;
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
    /// The package that a sink has, whatever version of this crate made it.
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound) where the sink has none, [`SinkWrite`](ErrorKind::SinkWrite) where it cannot be
    /// read.
    pub fn open(sink: SharedSink) -> Result<Self> {
        guarded(|| {
            let output = Output::new(sink.clone(), CancelToken::new());
            let json = output.get(PLAN_KEY)?.ok_or_else(|| {
                Error::new(ErrorKind::NotFound, format!("{} has no package: no {PLAN_KEY} is there", sink.name()))
            })?;
            Ok(Self { sink, json })
        })
    }

    /// Its plan.
    ///
    /// # Errors
    /// [`InvalidPlan`](ErrorKind::InvalidPlan) where the package is of another schema version. It can be played and
    /// removed all the same; to change it, plan its source anew.
    pub fn plan(&self) -> Result<Plan> {
        let text = std::str::from_utf8(&self.json)
            .map_err(|cause| Error::new(ErrorKind::InvalidPlan, "the plan is not text").with_cause(cause))?;
        Plan::from_json(text)
    }

    /// The paths of the files that it has when it is finished, the manifests before what they name and the plan last,
    /// whatever version of this crate made it. Its thumbnail is among them, whether or not there is one.
    pub fn keys(&self) -> Vec<String> {
        Inventory::read(&self.json).keys().chain([PLAN_KEY.to_owned()]).collect()
    }

    /// Whether all of it is there: its multivariant playlist is written last.
    ///
    /// # Errors
    /// [`SinkWrite`](ErrorKind::SinkWrite) where the sink cannot be read.
    pub fn is_finished(&self) -> Result<bool> {
        guarded(|| Ok(self.output().size(HLS_KEY)?.is_some()))
    }

    /// Brings a finished package to another plan that makes the same segments: to other captions. The source is not
    /// needed, players go on, and each file that they read is whole at each moment.
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound) where the package is not finished: a job of `plan` finishes it.
    /// [`OutputConflict`](ErrorKind::OutputConflict) where its plan differs in more than captions,
    /// [`SinkWrite`](ErrorKind::SinkWrite) and [`NoSpace`](ErrorKind::NoSpace) where writing fails.
    pub fn update(&mut self, plan: &Plan) -> Result<()> {
        guarded(|| {
            let output = self.output();
            let unfinished = || {
                let message = format!("{} has no finished package: let a job of the plan finish it", output.name());
                Error::new(ErrorKind::NotFound, message)
            };
            let old = sibling(plan, &self.json)
                .ok_or_else(|| conflict(&output, "another package, of another source or with other settings"))?;
            let sizes: Option<Vec<Vec<u64>>> =
                sizes(plan, &output)?.into_iter().map(|sizes| sizes.into_iter().collect()).collect();
            let sizes = sizes.filter(|_| matches!(self.is_finished(), Ok(true))).ok_or_else(unfinished)?;
            // Nothing goes that a manifest still names. Killed in between, the same call does it again; what then stays
            // is a file of captions that nobody names.
            put_manifests(plan, &output, &sizes)?;
            let stale = change_plan(&old, plan, &output)?;
            self.json = plan.to_json().into();
            stale.iter().try_for_each(|key| output.remove(key))
        })
    }

    /// Writes one video rendition, the largest where `video` names none, and the default audio, as a progressive MP4
    /// with its index first. Nothing is encoded. Returns the bytes written.
    ///
    /// Each segment is read twice; memory goes with the number of samples, not with their size.
    ///
    /// # Errors
    /// Those of [`plan`](Self::plan), [`OutOfRange`](ErrorKind::OutOfRange) where `video` is no video rendition,
    /// [`NotFound`](ErrorKind::NotFound) where a segment is missing, [`Corrupt`](ErrorKind::Corrupt) where one is not as
    /// it was made, and [`SinkWrite`](ErrorKind::SinkWrite) where writing fails.
    pub fn write_mp4(&self, video: Option<&str>, out: &mut dyn Write) -> Result<u64> {
        guarded(|| progressive::write(&self.plan()?, &*self.sink, video, out))
    }

    /// As [`write_mp4`](Self::write_mp4), into a file that appears whole or not at all, in place of what was there.
    ///
    /// # Errors
    /// As [`write_mp4`](Self::write_mp4).
    pub fn save_mp4(&self, video: Option<&str>, path: &Path) -> Result<u64> {
        guarded(|| progressive::save(&self.plan()?, &*self.sink, video, path))
    }

    /// Removes the package, its manifests first and its plan last, so that no manifest names a file which is gone, and
    /// what was interrupted can be done again. Other files in the sink stay.
    ///
    /// # Errors
    /// [`SinkWrite`](ErrorKind::SinkWrite) where a file cannot be removed.
    pub fn remove(self) -> Result<()> {
        guarded(|| {
            let output = self.output();
            Inventory::read(&self.json).keys().try_for_each(|key| output.remove(&key))?;
            output.remove(PLAN_KEY)
        })
    }

    fn output(&self) -> Output {
        Output::new(self.sink.clone(), CancelToken::new())
    }
}
