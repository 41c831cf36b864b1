//! Rational numbers

use vodkit::{Rational, Result};

use crate::call::invalid;

/// An exact fraction: a time in seconds, or a frame rate in frames per second.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct vodkit_rational {
    /// Numerator.
    pub num: i64,
    /// Denominator, greater than 0.
    pub den: i64,
}

impl Default for vodkit_rational {
    fn default() -> Self {
        Rational::ZERO.into()
    }
}

impl From<Rational> for vodkit_rational {
    fn from(value: Rational) -> Self {
        Self { num: value.num(), den: value.den() }
    }
}

impl vodkit_rational {
    pub(crate) fn read(self, name: &str) -> Result<Rational> {
        if self.den <= 0 {
            return Err(invalid(format!("the denominator of {name} is {}, but must be above 0", self.den)));
        }
        Ok(Rational::new(self.num, self.den))
    }
}
