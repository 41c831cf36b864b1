//! What every function that reads a source needs.

use std::io;

use sha2::{Digest, Sha256};

use super::handle::Source;
use super::read_at::ReadAt;
use super::transport::{self, Numbered, Survey, Watched};
use super::{joined, webp};
use crate::base::{Damage, Limits, Result, Watch, hex};
use crate::media::Pids;

/// Bytes at each end of a source that go into its digest.
const DIGEST_EDGE: u64 = 64 * 1024;
/// Bytes by which is known what is read as something else.
const HEAD: usize = 32;
/// Bytes by which a transport stream is known.
const TRANSPORT_HEAD: u64 = 2048;

/// A source, and the watch that says when to stop reading it.
#[derive(Debug, Clone)]
pub(crate) struct Context {
    pub(crate) source: Source,
    /// What the host gave: `source` may be something else that demuxers can read, or have its tracks under other numbers.
    stored: Source,
    is_webp: bool,
    pub(crate) watch: Watch,
    /// What of the source could not be decoded.
    pub(crate) damage: Damage,
}

impl Context {
    /// For work without a time limit, which runs until it is done or cancelled.
    pub(crate) fn new(source: &Source) -> Self {
        Self::watched(source, Watch::new(source.cancel_token()))
    }

    /// For work that `watch` stops.
    pub(crate) fn watched(source: &Source, watch: Watch) -> Self {
        let mut head = [0; HEAD];
        // What cannot be read now fails when it is opened.
        let count = watch.during(|| source.fill_at(0, &mut head)).unwrap_or(0);
        let head = head.get(..count).unwrap_or_default();
        let film = watch.during(|| webp::film(source, head)).ok().flatten();
        let is_webp = film.is_some();
        let other = film.or_else(|| watch.during(|| joined::joined(source, head)).ok().flatten());
        let stored = source.clone();
        Self { source: other.unwrap_or_else(|| source.clone()), stored, is_webp, watch, damage: Damage::default() }
    }

    /// For probing and planning, which [`Limits::wall_time`] bounds.
    pub(crate) fn timed(source: &Source) -> Self {
        let context = Self::new(source);
        Self { watch: context.watch.within(source.limits().wall_time), ..context }
    }

    /// The host's source: its length and digest are what identifies it.
    pub(crate) fn stored(&self) -> &Source {
        &self.stored
    }

    /// Whether it is an animated WebP, which is read as a film of its pictures.
    pub(crate) fn is_webp(&self) -> bool {
        self.is_webp
    }

    /// The same source, and what is seen of its tables while it is read from its beginning, if it is a transport stream.
    pub(crate) fn surveyed(&self) -> Result<(Self, Option<Survey>)> {
        let mut head = vec![0; self.source.len().min(TRANSPORT_HEAD) as usize];
        self.read_exact_at(0, &mut head)?;
        if !transport::is_beginning(&head) {
            return Ok((self.clone(), None));
        }
        let survey = Survey::default();
        let source = self.same(Watched { source: self.source.clone(), survey: survey.clone() });
        Ok((Self { source, ..self.clone() }, Some(survey)))
    }

    /// The same source, with its tracks under these PIDs.
    pub(crate) fn numbered(&self, pids: Option<&Pids>) -> Self {
        let source = pids.map(|pids| self.same(Numbered::new(&self.stored, pids)));
        Self { source: source.unwrap_or_else(|| self.source.clone()), ..self.clone() }
    }

    /// What stands for the source, with its limits.
    fn same(&self, bytes: impl ReadAt + 'static) -> Source {
        Source::new(bytes).with_limits(self.limits().clone()).with_cancel(self.source.cancel_token())
    }

    pub(crate) fn limits(&self) -> &Limits {
        self.source.limits()
    }

    /// Fills `buffer` with the bytes at `offset`.
    ///
    /// # Errors
    /// [`SourceRead`](crate::ErrorKind::SourceRead), [`SourceChanged`](crate::ErrorKind::SourceChanged) at the end of
    /// the source, and those of the watch.
    pub(crate) fn read_exact_at(&self, mut offset: u64, mut buffer: &mut [u8]) -> Result<()> {
        let Self { source, watch, .. } = self;
        while !buffer.is_empty() {
            watch.check_now()?;
            let count = match watch.during(|| source.read_at(offset, buffer)) {
                Err(cause) if cause.kind() == io::ErrorKind::Interrupted => continue,
                // A source that stops because of the watch may return any error.
                Err(cause) => return Err(watch.check_now().err().unwrap_or_else(|| source.read_error(cause))),
                Ok(count) => count,
            };
            if count == 0 {
                return Err(source.shrunk(offset));
            }
            offset += count as u64;
            buffer = buffer.get_mut(count..).unwrap_or_default();
        }
        Ok(())
    }

    /// SHA-256 over the length and the first and last 64 KiB, in hexadecimal: identifies a source without reading
    /// gigabytes.
    pub(crate) fn digest(&self) -> Result<String> {
        let stored = Self { source: self.stored().clone(), ..self.clone() };
        let len = stored.source.len();
        let mut hash = Sha256::new();
        hash.update(len.to_be_bytes());
        for start in [0, len.saturating_sub(DIGEST_EDGE)] {
            let mut edge = vec![0; DIGEST_EDGE.min(len - start) as usize];
            stored.read_exact_at(start, &mut edge)?;
            hash.update(&edge);
        }
        Ok(hex::encode(&hash.finalize()))
    }
}
