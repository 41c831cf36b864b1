//! What all option objects have in common.

use vodkit::Result;

use crate::call::{call, object_mut};
use crate::error::vodkit_error;

/// Options behind a handle. Whatever takes them copies them.
pub(crate) trait Options {
    /// The options themselves.
    type Value: Clone + Default;
    /// What messages call them.
    const NAME: &'static str;

    fn value(&self) -> &Self::Value;
    fn value_mut(&mut self) -> &mut Self::Value;
    /// Refuses values out of range.
    fn check(value: &Self::Value) -> Result<()>;
}

/// Makes a handle's struct one of options: `options!(handle(Value), "name", check)`.
macro_rules! options {
    ($handle:ident($value:ty), $name:literal) => {
        options!($handle($value), $name, |_: &$value| Ok(()));
    };
    ($handle:ident($value:ty), $name:literal, $check:expr) => {
        impl crate::options::Options for $handle {
            type Value = $value;
            const NAME: &'static str = $name;

            fn value(&self) -> &$value {
                &self.0
            }

            fn value_mut(&mut self) -> &mut $value {
                &mut self.0
            }

            fn check(value: &$value) -> vodkit::Result<()> {
                ($check)(value)
            }
        }
    };
}
pub(crate) use options;

/// A setter: changes options, or leaves them as they were where it fails.
///
/// # Safety
/// As for the header's setters.
pub(crate) unsafe fn set<O: Options>(
    options: *mut O,
    error: *mut *mut vodkit_error,
    change: impl FnOnce(&mut O::Value) -> Result<()>,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        call(error, || {
            let value = object_mut(options, O::NAME)?.value_mut();
            let mut changed = value.clone();
            change(&mut changed)?;
            O::check(&changed)?;
            *value = changed;
            Ok(())
        })
    }
}

/// A copy of the options behind a handle, or the defaults for null.
///
/// # Safety
/// `options` is null or a live handle.
pub(crate) unsafe fn or_default<O: Options>(options: *const O) -> O::Value {
    // SAFETY: by this function's contract.
    unsafe { options.as_ref() }.map(O::value).cloned().unwrap_or_default()
}
