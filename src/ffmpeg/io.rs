//! Sources as FFmpeg byte streams: FFmpeg's only access to data, as it opens nothing itself.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rsmpeg::avformat::AVIOContextCustom;
use rsmpeg::avutil::AVMem;
use rsmpeg::ffi;

use super::mend::Mend;
use super::stuffing::Stuffing;
use super::sync::Packets;
use crate::base::{Error, ErrorKind, Result};
use crate::source::Context;

/// Bytes that FFmpeg reads at once, a block of the HTTP cache.
pub(super) const BUFFER_SIZE: usize = 64 * 1024;

/// The state of a byte stream.
pub(super) struct ByteStream {
    context: Context,
    position: u64,
    /// Whether reads advance the position without fetching data.
    index_only: bool,
    /// What FFmpeg reads in the place of some bytes.
    mended: Vec<Mend>,
    /// If the source is a transport stream.
    packets: Option<Packets>,
    /// If it is a program stream.
    stuffing: Option<Stuffing>,
    /// The first error, as FFmpeg passes on no more than a number.
    failure: Option<Error>,
}

pub(super) type SharedByteStream = Arc<Mutex<ByteStream>>;

pub(super) fn lock(stream: &SharedByteStream) -> MutexGuard<'_, ByteStream> {
    stream.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A byte stream over the source, but for what is mended: FFmpeg's context, and a handle to its state.
pub(super) fn open(context: &Context, mended: Vec<Mend>) -> Result<(AVIOContextCustom, SharedByteStream)> {
    let stream = ByteStream {
        context: context.clone(),
        position: 0,
        index_only: false,
        mended,
        packets: Packets::of(context)?,
        stuffing: None,
        failure: None,
    };
    let shared = Arc::new(Mutex::new(stream));
    let (reader, seeker) = (shared.clone(), shared.clone());
    // rsmpeg calls these from C without catching panics.
    let read = move |_: &mut Vec<u8>, buffer: &mut [u8]| {
        guarded(&reader, ffi::AVERROR(ffi::EIO), |stream| stream.read(buffer))
    };
    let seek = move |_: &mut Vec<u8>, offset: i64, whence: i32| {
        guarded(&seeker, i64::from(ffi::AVERROR(ffi::EIO)), |stream| stream.seek(offset, whence))
    };
    let context = AVIOContextCustom::alloc_context(
        AVMem::new(BUFFER_SIZE),
        false,
        Vec::new(),
        Some(Box::new(read)),
        None,
        Some(Box::new(seek)),
    );
    Ok((context, shared))
}

/// Runs `work`; a panic of the host's source becomes the stream's failure, and `failed` the result.
fn guarded<T>(stream: &SharedByteStream, failed: T, work: impl FnOnce(&mut ByteStream) -> T) -> T {
    catch_unwind(AssertUnwindSafe(|| work(&mut lock(stream)))).unwrap_or_else(|_| {
        let name = catch_unwind(AssertUnwindSafe(|| lock(stream).context.source.name())).unwrap_or_default();
        lock(stream).failure =
            Some(Error::new(ErrorKind::SourceRead, format!("cannot read {name}: the source panicked")));
        failed
    })
}

impl ByteStream {
    /// Takes the failure behind what FFmpeg reported.
    pub(super) fn take_failure(&mut self) -> Option<Error> {
        self.failure.take()
    }

    /// From now on reads advance without fetching data: for packets whose data is not used.
    pub(super) fn stop_fetching(&mut self) {
        self.index_only = true;
    }

    /// From now on it is read as a program stream.
    pub(super) fn set_program_stream(&mut self) {
        self.stuffing = Some(Stuffing::default());
    }

    pub(super) fn is_index_only(&self) -> bool {
        self.index_only
    }

    fn read(&mut self, buffer: &mut [u8]) -> i32 {
        if let Err(error) = self.context.watch.check() {
            return self.fail(error, ffi::AVERROR_EXIT);
        }
        let len = self.context.source.len();
        if self.position >= len {
            return ffi::AVERROR_EOF;
        }
        if self.index_only {
            let count = buffer.len().min(usize::try_from(len - self.position).unwrap_or(usize::MAX));
            self.position += count as u64;
            return i32::try_from(count).unwrap_or(i32::MAX);
        }
        let count = loop {
            match self.context.watch.during(|| self.context.source.read_at(self.position, buffer)) {
                Err(cause) if cause.kind() == io::ErrorKind::Interrupted => {}
                result => break result,
            }
        };
        match count {
            Ok(0) => {
                let error = self.context.source.shrunk(self.position);
                self.fail(error, ffi::AVERROR(ffi::EIO))
            }
            Ok(count) => {
                let read = buffer.get_mut(..count).unwrap_or_default();
                self.mend(read);
                if let Some(stuffing) = &mut self.stuffing {
                    stuffing.lay(self.position, read);
                }
                let count = match self.packets.as_mut().map(|packets| packets.clear(&self.context, self.position, read))
                {
                    Some(Err(error)) => return self.fail(error, ffi::AVERROR(ffi::EIO)),
                    Some(Ok(used)) => used,
                    None => count,
                };
                self.position += count as u64;
                i32::try_from(count).unwrap_or(i32::MAX)
            }
            Err(cause) => {
                let error =
                    self.context.watch.check_now().err().unwrap_or_else(|| self.context.source.read_error(cause));
                self.fail(error, ffi::AVERROR(ffi::EIO))
            }
        }
    }

    /// Writes over what is mended of the bytes at the position.
    fn mend(&self, bytes: &mut [u8]) {
        for (new, place) in self.mended.iter().flat_map(|mend| mend.bytes.iter().zip(mend.place..)) {
            let offset = place.checked_sub(self.position).and_then(|offset| usize::try_from(offset).ok());
            if let Some(byte) = offset.and_then(|offset| bytes.get_mut(offset)) {
                *byte = *new;
            }
        }
    }

    fn seek(&mut self, offset: i64, whence: i32) -> i64 {
        let len = self.context.source.len();
        let target = match whence & !(ffi::AVSEEK_FORCE as i32) {
            0 => Some(offset),
            1 => i64::try_from(self.position).ok().and_then(|now| now.checked_add(offset)),
            2 => i64::try_from(len).ok().and_then(|end| end.checked_add(offset)),
            size if size == ffi::AVSEEK_SIZE as i32 => return i64::try_from(len).unwrap_or(i64::MAX),
            _ => None,
        };
        match target.and_then(|target| u64::try_from(target).ok()) {
            Some(target) => {
                self.position = target;
                target as i64
            }
            None => i64::from(ffi::AVERROR(ffi::EINVAL)),
        }
    }

    fn fail(&mut self, error: Error, code: i32) -> i32 {
        self.failure.get_or_insert(error);
        code
    }
}
