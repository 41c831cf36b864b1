//! Our sources as FFmpeg's byte streams. FFmpeg opens nothing by itself: this is its only way to data.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rsmpeg::avformat::AVIOContextCustom;
use rsmpeg::avutil::AVMem;
use rsmpeg::ffi;

use crate::base::{Error, ErrorKind, Watch};
use crate::source::{Context, Source};

const BUFFER: usize = 64 * 1024;

/// A byte stream's position, and what went wrong in it: FFmpeg would only pass on a number.
pub(super) struct Stream {
    source: Source,
    watch: Watch,
    position: u64,
    /// Whether bytes are counted but not fetched.
    index_only: bool,
    failure: Option<Error>,
}

pub(super) type SharedStream = Arc<Mutex<Stream>>;

pub(super) fn lock(stream: &SharedStream) -> MutexGuard<'_, Stream> {
    stream.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A stream over `source`, as FFmpeg sees it and as the handle to ask it.
pub(super) fn open(context: &Context) -> (AVIOContextCustom, SharedStream) {
    let stream = Stream {
        source: context.source.clone(),
        watch: context.watch.clone(),
        position: 0,
        index_only: false,
        failure: None,
    };
    let shared = Arc::new(Mutex::new(stream));
    let (reader, seeker) = (shared.clone(), shared.clone());
    // rsmpeg calls these from C with no guard of its own: a panic must end here.
    let read = move |_: &mut Vec<u8>, buffer: &mut [u8]| {
        guarded(&reader, ffi::AVERROR(ffi::EIO), |stream| stream.read(buffer))
    };
    let seek = move |_: &mut Vec<u8>, offset: i64, whence: i32| {
        guarded(&seeker, i64::from(ffi::AVERROR(ffi::EIO)), |stream| stream.seek(offset, whence))
    };
    let context = AVIOContextCustom::alloc_context(
        AVMem::new(BUFFER),
        false,
        Vec::new(),
        Some(Box::new(read)),
        None,
        Some(Box::new(seek)),
    );
    (context, shared)
}

fn guarded<T>(stream: &SharedStream, failed: T, work: impl FnOnce(&mut Stream) -> T) -> T {
    catch_unwind(AssertUnwindSafe(|| work(&mut lock(stream)))).unwrap_or_else(|_| {
        let name = catch_unwind(AssertUnwindSafe(|| lock(stream).source.name())).unwrap_or_default();
        lock(stream).failure =
            Some(Error::new(ErrorKind::SourceRead, format!("cannot read {name}: the source panicked")));
        failed
    })
}

impl Stream {
    /// The failure beneath what FFmpeg reports, once.
    pub(super) fn take_failure(&mut self) -> Option<Error> {
        self.failure.take()
    }

    /// From here on reads give nothing but their length: for packets of which nobody looks at the data.
    pub(super) fn stop_fetching(&mut self) {
        self.index_only = true;
    }

    fn read(&mut self, buffer: &mut [u8]) -> i32 {
        if let Err(error) = self.watch.check() {
            return self.fail(error, ffi::AVERROR_EXIT);
        }
        let len = self.source.len();
        if self.position >= len {
            return ffi::AVERROR_EOF;
        }
        if self.index_only {
            let count = buffer.len().min(usize::try_from(len - self.position).unwrap_or(usize::MAX));
            self.position += count as u64;
            return i32::try_from(count).unwrap_or(i32::MAX);
        }
        let count = loop {
            match self.watch.during(|| self.source.read_at(self.position, buffer)) {
                Err(cause) if cause.kind() == io::ErrorKind::Interrupted => {}
                result => break result,
            }
        };
        match count {
            Ok(0) => {
                let error = self.source.shrunk(self.position);
                self.fail(error, ffi::AVERROR(ffi::EIO))
            }
            // A source that claims more than it was given room for must not be believed.
            Ok(count) => {
                let count = count.min(buffer.len());
                self.position += count as u64;
                i32::try_from(count).unwrap_or(i32::MAX)
            }
            Err(cause) => {
                let error = self.watch.check_now().err().unwrap_or_else(|| self.source.read_error(cause));
                self.fail(error, ffi::AVERROR(ffi::EIO))
            }
        }
    }

    fn seek(&mut self, offset: i64, whence: i32) -> i64 {
        let len = self.source.len();
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
