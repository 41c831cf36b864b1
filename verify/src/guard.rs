//! Shelter from panics in other authors' parsers.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs a third-party parser on untrusted data. A panic counts as one more error in the data, so that it does not
/// bring down the host.
pub(crate) fn guarded<T>(parse: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(parse)).unwrap_or_else(|_| Err("it is so broken that its parser gave up".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_in_a_parser_is_an_error() {
        let result: Result<(), String> = guarded(|| panic!("on purpose"));
        assert!(result.is_err());
    }
}
