//! A decimal number exactly as the sensor gave it: 37.10 stays apart from 37.1 (RFC 8949 section 3.4.4).
//!
//! Medical displays and HL7 messages show the digits that were measured, so a value is a mantissa and a
//! power of ten and is turned into a binary float only for arithmetic.

use std::fmt;
use std::str::FromStr;

use crate::limits;

/// `mantissa` times ten to the power of `exponent`; the exponent lies between -18 and 18.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Decimal {
    /// The digits with their sign.
    pub mantissa: i64,
    /// The power of ten.
    pub exponent: i8,
}

/// Why a text or a float is no decimal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecimalError {
    /// Something other than a sign, digits and one point.
    #[error("not a decimal number: {0:?}")]
    Syntax(String),
    /// More digits than a 64-bit mantissa or 18 places hold, or not finite.
    #[error("outside the range of decimals: {0:?}")]
    Range(String),
}

impl Decimal {
    /// A decimal from its parts, or none when the exponent is outside -18 to 18.
    #[must_use]
    pub fn new(mantissa: i64, exponent: i8) -> Option<Self> {
        (-limits::EXPONENT..=limits::EXPONENT).contains(&exponent).then_some(Self { mantissa, exponent })
    }

    /// `value` rounded to `places` (0 to 18) digits after the point.
    ///
    /// # Errors
    /// [`DecimalError::Range`] when it is not finite or does not fit.
    pub fn from_f64(value: f64, places: u8) -> Result<Self, DecimalError> {
        let out_of_range = || DecimalError::Range(value.to_string());
        let exponent =
            i8::try_from(places).ok().filter(|p| *p <= limits::EXPONENT).ok_or_else(out_of_range)?;
        let scaled = (value * 10f64.powi(i32::from(exponent))).round();
        // 2^63 is exact as a float, so the comparison is exact too.
        if !scaled.is_finite() || scaled.abs() >= 9_223_372_036_854_775_808.0 {
            return Err(out_of_range());
        }
        #[expect(clippy::cast_possible_truncation, reason = "checked against 2^63 just above")]
        let mantissa = scaled as i64;
        Ok(Self { mantissa, exponent: -exponent })
    }

    /// The nearest binary float.
    #[must_use]
    pub fn to_f64(self) -> f64 {
        let power = 10f64.powi(i32::from(self.exponent).abs());
        #[expect(clippy::cast_precision_loss, reason = "a float is asked for")]
        let mantissa = self.mantissa as f64;
        // Dividing by an exact power of ten rounds once; multiplying by an inexact 0.1 would round twice.
        if self.exponent < 0 { mantissa / power } else { mantissa * power }
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.mantissa < 0 { "-" } else { "" };
        let digits = self.mantissa.unsigned_abs();
        let places = usize::from(self.exponent.unsigned_abs());
        if self.exponent >= 0 {
            let zeros = if digits == 0 { 0 } else { places };
            return write!(f, "{sign}{digits}{:0<zeros$}", "");
        }
        let text = format!("{digits:0>width$}", width = places + 1);
        let (whole, fraction) = text.split_at(text.len() - places);
        write!(f, "{sign}{whole}.{fraction}")
    }
}

impl FromStr for Decimal {
    type Err = DecimalError;

    fn from_str(text: &str) -> Result<Self, DecimalError> {
        let syntax = || DecimalError::Syntax(text.to_owned());
        let range = || DecimalError::Range(text.to_owned());
        let unsigned = text.strip_prefix('-').unwrap_or(text);
        let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
        let all_digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) || unsigned.ends_with('.') {
            return Err(syntax());
        }
        let places =
            i8::try_from(fraction.len()).ok().filter(|p| *p <= limits::EXPONENT).ok_or_else(range)?;
        let sign = if unsigned.len() < text.len() { "-" } else { "" };
        let mantissa = format!("{sign}{whole}{fraction}").parse().map_err(|_| range())?;
        Ok(Self { mantissa, exponent: -places })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shown_with_the_digits_measured() {
        let cases: &[(i64, i8, &str, f64)] = &[
            (371, -1, "37.1", 37.1),
            (3710, -2, "37.10", 37.1),
            (-5, -3, "-0.005", -0.005),
            (0, -1, "0.0", 0.0),
            (12, 3, "12000", 12000.0),
            (0, 3, "0", 0.0),
            (98, 0, "98", 98.0),
            (i64::MIN, -18, "-9.223372036854775808", -9.223_372_036_854_776),
        ];
        for &(mantissa, exponent, shown, float) in cases {
            let decimal = Decimal { mantissa, exponent };
            assert_eq!(decimal.to_string(), shown);
            assert!((decimal.to_f64() - float).abs() < f64::EPSILON * float.abs().max(1.0), "{shown}");
            if exponent <= 0 {
                assert_eq!(shown.parse(), Ok(decimal));
            }
        }
    }

    #[test]
    fn refuses_what_is_no_decimal() {
        for text in ["", "-", ".", "1.", ".5", "1e3", "+1", "1.2.3", "٣", "NaN"] {
            assert_eq!(text.parse::<Decimal>(), Err(DecimalError::Syntax(text.into())), "{text}");
        }
        for text in ["9223372036854775808", "0.1234567890123456789"] {
            assert_eq!(text.parse::<Decimal>(), Err(DecimalError::Range(text.into())), "{text}");
        }
        assert!(Decimal::from_f64(f64::NAN, 1).is_err());
        assert!(Decimal::from_f64(1e19, 0).is_err());
        assert_eq!(Decimal::from_f64(37.06, 1), Ok(Decimal { mantissa: 371, exponent: -1 }));
    }
}
