//! Exact time, as fractions of integers: the engine does not calculate times in floating point.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::error::{Error, Result};

/// An exact fraction in lowest terms with a positive denominator.
///
/// Used for times and durations (in seconds), frame rates (in frames per second) and time bases (in seconds
/// per tick). Arithmetic saturates at the range of `i64` instead of overflowing. As text and in JSON it
/// is `"num/den"`, or `"num"` where the denominator is 1.
///
/// ```
/// use vodkit::Rational;
/// let rate: Rational = "30000/1001".parse()?;
/// assert_eq!(rate, Rational::new(60000, 2002));
/// assert!(rate < Rational::from(30));
/// # Ok::<(), vodkit::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rational {
    num: i64,
    den: i64,
}

impl Rational {
    /// Zero.
    pub const ZERO: Self = Self { num: 0, den: 1 };

    /// `num / den`, in lowest terms. A zero denominator counts as 1, so that untrusted data cannot make an invalid
    /// fraction.
    pub fn new(num: i64, den: i64) -> Self {
        Self::reduced(num.into(), den.into())
    }

    /// The least numerator: its negative is one too.
    const LEAST: i64 = -i64::MAX;

    fn reduced(num: i128, den: i128) -> Self {
        // Nearly all values fit 64 bits, which one instruction divides; 128 bits take a function call.
        if let (Ok(num @ Self::LEAST..), Ok(den @ 1..)) = (i64::try_from(num), i64::try_from(den)) {
            // It divides `den`, so it is no larger.
            let divisor = small_gcd(num.unsigned_abs(), den.unsigned_abs()) as i64;
            return Self { num: num / divisor, den: den / divisor };
        }
        let (mut num, mut den) = if den == 0 { (num, 1) } else { (num, den) };
        if den < 0 {
            (num, den) = (-num, -den);
        }
        let divisor = gcd(num.unsigned_abs(), den.unsigned_abs()).max(1) as i128;
        (num, den) = (num / divisor, den / divisor);
        // Bits by which the larger of the two exceeds an `i64`.
        let excess = 65_u32.saturating_sub(num.unsigned_abs().max(den.unsigned_abs()).leading_zeros());
        if excess == 0 {
            return Self { num: num as i64, den: den as i64 };
        }
        // Out of range: drop low bits of both. Where that would leave fewer than 31 bits of the denominator, the
        // value is so large that its whole part is the better approximation. Either way, all but tiny values keep at
        // least 31 significant bits.
        if den >> excess < 1 << 31 {
            let whole = (num / den).clamp(-i128::from(i64::MAX), i64::MAX.into());
            return Self { num: whole as i64, den: 1 };
        }
        Self::reduced(num / (1 << excess), den >> excess)
    }

    /// The numerator.
    pub fn num(self) -> i64 {
        self.num
    }

    /// The denominator, at least 1.
    pub fn den(self) -> i64 {
        self.den
    }

    /// `1 / self`; the reciprocal of zero is zero.
    pub fn recip(self) -> Self {
        if self.num == 0 { Self::ZERO } else { Self::reduced(self.den.into(), self.num.into()) }
    }

    /// `ticks` of this time base, in seconds.
    pub fn times(self, ticks: i64) -> Self {
        Self::reduced(i128::from(self.num) * i128::from(ticks), self.den.into())
    }

    /// How many ticks of `self` (a time base) make up `seconds`, to the nearest tick, halves upwards.
    pub fn ticks(self, seconds: Self) -> i64 {
        let sign = i128::from(self.num.signum());
        let num = i128::from(seconds.num) * i128::from(self.den) * sign;
        let den = i128::from(seconds.den) * i128::from(self.num).abs();
        if den == 0 {
            return 0;
        }
        if let (Ok(num), Ok(den)) = (i64::try_from(num), i64::try_from(den)) {
            let rest = num.rem_euclid(den).unsigned_abs();
            return num.div_euclid(den).saturating_add(i64::from(rest >= den.unsigned_abs() - rest));
        }
        let round_up = i128::from(2 * num.rem_euclid(den) >= den);
        (num.div_euclid(den) + round_up).clamp(i64::MIN.into(), i64::MAX.into()) as i64
    }

    /// The nearest whole number, halves upwards.
    pub fn round(self) -> i64 {
        Self { num: 1, den: 1 }.ticks(self)
    }

    /// The largest whole number not above `self`.
    pub fn floor(self) -> i64 {
        self.num.div_euclid(self.den)
    }

    /// The smallest whole number not below `self`.
    pub fn ceil(self) -> i64 {
        -((-self.num).div_euclid(self.den))
    }

    /// The absolute value.
    pub fn abs(self) -> Self {
        Self { num: self.num.saturating_abs(), den: self.den }
    }

    /// The nearest floating-point number: for display, and where a format wants a decimal.
    pub fn to_f64(self) -> f64 {
        self.num as f64 / self.den as f64
    }
}

fn gcd(mut a: u128, mut b: u128) -> u128 {
    while b != 0 {
        if let (Ok(a), Ok(b)) = (u64::try_from(a), u64::try_from(b)) {
            return small_gcd(a, b).into();
        }
        (a, b) = (b, a % b);
    }
    a
}

fn small_gcd(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

macro_rules! from_integer {
    ($($integer:ty)*) => {$(
        impl From<$integer> for Rational {
            fn from(value: $integer) -> Self {
                Self::new(value.into(), 1)
            }
        }
    )*};
}

from_integer!(i32 u32 i64);

impl Rational {
    fn wide(self) -> (i128, i128) {
        (self.num.into(), self.den.into())
    }

    /// `self + sign * other`.
    fn sum(self, other: Self, sign: i128) -> Self {
        let ((a, b), (c, d)) = (self.wide(), other.wide());
        // Each product is at most 2^126, so the sum fits.
        Self::reduced(a * d + sign * c * b, b * d)
    }
}

macro_rules! operator {
    ($trait:ident, $method:ident, |$a:ident, $b:ident| $result:expr) => {
        impl std::ops::$trait for Rational {
            type Output = Self;
            fn $method(self, $b: Self) -> Self {
                let $a = self;
                $result
            }
        }
    };
}

operator!(Add, add, |a, b| a.sum(b, 1));
operator!(Sub, sub, |a, b| a.sum(b, -1));
operator!(Mul, mul, |a, b| Self::reduced(a.wide().0 * b.wide().0, a.wide().1 * b.wide().1));
operator!(Div, div, |a, b| Self::reduced(a.wide().0 * b.wide().1, a.wide().1 * b.wide().0));

impl PartialOrd for Rational {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Rational {
    fn cmp(&self, other: &Self) -> Ordering {
        (i128::from(self.num) * i128::from(other.den)).cmp(&(i128::from(other.num) * i128::from(self.den)))
    }
}

impl fmt::Display for Rational {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.den == 1 { write!(f, "{}", self.num) } else { write!(f, "{}/{}", self.num, self.den) }
    }
}

impl FromStr for Rational {
    type Err = Error;

    /// Reads `"30000/1001"`, `"25"` or a decimal such as `"12.5"`.
    fn from_str(text: &str) -> Result<Self> {
        let invalid = || Error::invalid(format!("\"{text}\" is not a number: write 25, 12.5 or 30000/1001"));
        if let Some((num, den)) = text.split_once('/') {
            let (num, den): (i64, i64) = (num.parse().map_err(|_| invalid())?, den.parse().map_err(|_| invalid())?);
            return if den == 0 { Err(invalid()) } else { Ok(Self::new(num, den)) };
        }
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        if fraction.len() > 9 || !fraction.bytes().all(|digit| digit.is_ascii_digit()) {
            return Err(invalid());
        }
        let digits: i64 = format!("{whole}{fraction}").parse().map_err(|_| invalid())?;
        Ok(Self::new(digits, 10_i64.pow(fraction.len() as u32)))
    }
}

impl Serialize for Rational {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Rational {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_fractions_and_decimals() {
        assert_eq!("12.5".parse::<Rational>().unwrap(), Rational::new(25, 2));
        assert_eq!("24000/1001".parse::<Rational>().unwrap(), Rational::new(24000, 1001));
        for bad in ["", "x", "1/0", "1.2.3", "1.-5", "9999999999999999999999"] {
            assert!(bad.parse::<Rational>().is_err(), "{bad}");
        }
    }

    /// Any number, with the ends of the range and small values more often than at random.
    fn with_edges() -> impl Strategy<Value = i64> {
        prop_oneof![any::<i64>(), -3i64..3, Just(i64::MIN), Just(i64::MIN + 1), Just(i64::MAX)]
    }

    /// Small numbers as often as large ones.
    fn any_size() -> impl Strategy<Value = i64> {
        (1i64.., 0u32..62).prop_map(|(number, shift): (i64, u32)| (number >> shift).max(1))
    }

    #[test]
    fn rounds_halves_upwards() {
        assert_eq!(Rational::new(5, 2).round(), 3);
        assert_eq!(Rational::new(-5, 2).round(), -2);
        assert_eq!((Rational::new(-5, 2).floor(), Rational::new(-5, 2).ceil()), (-3, -2));
        assert_eq!(Rational::new(1, 48000).ticks(Rational::new(1001, 24000)), 2002);
    }

    proptest! {
        #[test]
        fn text_round_trips(num: i64, den in 1..i64::MAX) {
            let value = Rational::new(num, den);
            prop_assert_eq!(value.to_string().parse::<Rational>().unwrap(), value);
        }

        #[test]
        fn ticks_undo_times(ticks in -1_000_000_000_000i64..1_000_000_000_000, den in 1i64..1_000_000) {
            let base = Rational::new(1, den);
            prop_assert_eq!(base.ticks(base.times(ticks)), ticks);
        }

        #[test]
        fn arithmetic_never_panics(a in with_edges(), b in with_edges(), c in with_edges(), d in with_edges()) {
            let (x, y) = (Rational::new(a, b), Rational::new(c, d));
            let _ = (x.cmp(&y), x.round(), x.floor(), x.ceil(), x.abs(), x.ticks(y), Rational::from(a).ceil());
            for result in [x + y, x - y, x * y, x / y, x.recip(), x.times(c), a.into()] {
                // Equality compares the fields, so each value must have one representation.
                prop_assert!(result.den > 0 && result.num > i64::MIN);
                prop_assert_eq!(gcd(result.num.unsigned_abs().into(), result.den as u128), 1);
            }
        }

        #[test]
        fn fractions_out_of_range_are_approximated(a in any_size(), b in any_size(), c in any_size(), d in any_size()) {
            let exact = (a as f64 / b as f64) * (c as f64 / d as f64);
            let product = Rational::new(a, b) * Rational::new(c, d);
            let in_range = exact > 1e-9 && exact < 9e18;
            prop_assert!(!in_range || (product.to_f64() / exact - 1.0).abs() < 1e-8, "{} for {}", product, exact);
        }
    }
}
