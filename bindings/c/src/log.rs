//! Log

use std::ffi::{c_char, c_void};
use std::fmt::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

use vodkit::{Error, ErrorKind, Result};

use crate::call::{c_string, call};
use crate::callback::{User, vodkit_finalize_fn};
use crate::error::vodkit_error;

/// Severity of a log line. Whatever an error reports is not logged again, so most lines are for debugging.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum vodkit_log_level {
    /// Something failed.
    VODKIT_LOG_LEVEL_ERROR = 1,
    /// Something looks wrong.
    VODKIT_LOG_LEVEL_WARNING = 2,
    /// What is being done.
    VODKIT_LOG_LEVEL_INFO = 3,
    /// What helps to find a fault.
    VODKIT_LOG_LEVEL_DEBUG = 4,
    /// Every detail.
    VODKIT_LOG_LEVEL_TRACE = 5,
}

/// Receives a log line. `level` is a vodkit_log_level, `target` names the part of the library. Both strings are valid
/// during the call only.
///
/// Called from several threads at once. Must not unwind and must not call vodkit_log_set.
pub type vodkit_log_fn =
    Option<unsafe extern "C" fn(level: i32, target: *const c_char, message: *const c_char, user: *mut c_void)>;

struct Target {
    max_level: i32,
    log: unsafe extern "C" fn(i32, *const c_char, *const c_char, *mut c_void),
    user: User,
}

static TARGET: Mutex<Option<Arc<Target>>> = Mutex::new(None);

/// Sets where the whole process logs to, in place of what was set before; NULL turns logging off, which is the default.
/// `max_level` is a vodkit_log_level: less severe lines are dropped at next to no cost.
///
/// The library owns `user` from this call on, even if it fails: `finalize`, which may be NULL, is called once the log
/// goes elsewhere and no line is on its way any more. Fails with VODKIT_ERROR_INTERNAL in a Rust program that has a
/// `tracing` subscriber already, which then receives the events.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vodkit_log_set(
    max_level: i32,
    log: vodkit_log_fn,
    finalize: vodkit_finalize_fn,
    user: *mut c_void,
    error: *mut *mut vodkit_error,
) -> i32 {
    let user = User::new(user, finalize);
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let target = log.map(|log| Arc::new(Target { max_level, log, user }));
            if target.is_some() {
                install()?;
            }
            let before = std::mem::replace(&mut *TARGET.lock().unwrap_or_else(PoisonError::into_inner), target);
            // Outside of the lock: its finalizer is the host's code.
            drop(before);
            Ok(())
        })
    }
}

fn install() -> Result<()> {
    static INSTALLED: Mutex<bool> = Mutex::new(false);
    let mut installed = INSTALLED.lock().unwrap_or_else(PoisonError::into_inner);
    if !*installed {
        tracing::subscriber::set_global_default(ToTarget).map_err(|cause| {
            Error::new(ErrorKind::Internal, "this program has a tracing subscriber already").with_cause(cause)
        })?;
        *installed = true;
    }
    Ok(())
}

/// Hands events on; spans are of no interest.
struct ToTarget;

impl Subscriber for ToTarget {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_event() && metadata.target().starts_with("vodkit")
    }

    fn event(&self, event: &Event<'_>) {
        let target = TARGET.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let Some(target) = target else { return };
        let level = match *event.metadata().level() {
            Level::ERROR => vodkit_log_level::VODKIT_LOG_LEVEL_ERROR,
            Level::WARN => vodkit_log_level::VODKIT_LOG_LEVEL_WARNING,
            Level::INFO => vodkit_log_level::VODKIT_LOG_LEVEL_INFO,
            Level::DEBUG => vodkit_log_level::VODKIT_LOG_LEVEL_DEBUG,
            Level::TRACE => vodkit_log_level::VODKIT_LOG_LEVEL_TRACE,
        } as i32;
        if level > target.max_level {
            return;
        }
        let mut line = Line(String::new());
        event.record(&mut line);
        let (part, line) = (c_string(event.metadata().target()), c_string(&line.0));
        // SAFETY: the host gave this function for being called so.
        unsafe { (target.log)(level, part.as_ptr(), line.as_ptr(), target.user.data()) };
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// The message, and the fields behind it.
struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        // Writing to a string does not fail.
        let _ = match field.name() {
            "message" => write!(self.0, "{value:?}"),
            name => write!(self.0, "{}{name}={value:?}", if self.0.is_empty() { "" } else { " " }),
        };
    }
}
