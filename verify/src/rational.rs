//! Exact times and rates.

use num_rational::Ratio;
use serde::de::Error;
use serde::{Deserialize, Deserializer};

/// An exact fraction in lowest terms. What comes from outside has 64 bits at most, so that the sum, difference,
/// product or quotient of two fractions fits.
pub(crate) type Rational = Ratio<i128>;

/// `ticks` in seconds. A timescale of 0 counts as 1: boxes may say anything.
pub(crate) fn seconds(ticks: i128, timescale: u32) -> Rational {
    Rational::new(ticks.clamp(i64::MIN.into(), i64::MAX.into()), timescale.max(1).into())
}

/// Reads `"30000/1001"` or `"25"`.
pub(crate) fn parse(text: &str) -> Option<Rational> {
    let (num, den) = text.split_once('/').unwrap_or((text, "1"));
    let (num, den): (i64, i64) = (num.parse().ok()?, den.parse().ok()?);
    (den > 0).then(|| Rational::new(num.into(), den.into()))
}

/// Reads the same from a string in JSON, for serde.
pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Rational, D::Error> {
    let text = String::deserialize(deserializer)?;
    parse(&text).ok_or_else(|| D::Error::custom(format!("\"{text}\" is no fraction such as 30000/1001")))
}

/// As [`deserialize`], where it is not null.
pub(crate) fn deserialize_some<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Rational>, D::Error> {
    deserialize(deserializer).map(Some)
}

/// The nearest floating-point number, for messages and for comparing with decimals.
pub(crate) fn to_f64(value: Rational) -> f64 {
    *value.numer() as f64 / *value.denom() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fractions_are_read_and_reduced() {
        assert_eq!(parse("60000/2002"), Some(Rational::new(30_000, 1001)));
        assert_eq!(parse("25").map(|rate| rate.to_string()).as_deref(), Some("25"));
        assert_eq!(parse("-1/2").map(to_f64), Some(-0.5));
        for bad in ["", "1/0", "1/-2", "1.5", "1/2/3", "x", "9223372036854775808"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn the_ends_of_the_range_can_be_calculated_with() {
        let (least, tiny) = (seconds(i128::MIN, 0), seconds(1, u32::MAX));
        assert_eq!(*least.numer(), i64::MIN.into());
        assert!(least + tiny < tiny && least * least > tiny && tiny / least < tiny);
    }
}
