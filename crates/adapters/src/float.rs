//! Numbers of medical devices (ISO/IEEE 11073-20601, annex F): a mantissa and a power of ten, and words in a number's place.
//!
//! | | SFLOAT | FLOAT |
//! |---|---|---|
//! | exponent | 4 bits, two's complement | 8 bits |
//! | mantissa | 12 bits | 24 bits |
//! | not a number | 07FF | 007FFFFF |
//! | not at this resolution | 0800 | 00800000 |
//! | above, below the range | 07FE, 0802 | 007FFFFE, 00800002 |
//! | reserved | 0801 | 00800001 |

use seal::Decimal;

/// A number, or what stands in its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Number {
    /// A number with the digits that were sent.
    Finite(Decimal),
    /// There is no value.
    NotANumber,
    /// There is one, but not in so few digits.
    NoResolution,
    /// Greater than the device can tell (+INFINITY).
    Above,
    /// Less than it can tell (-INFINITY).
    Below,
    /// A bit pattern without a meaning.
    Reserved,
    /// A number outside of what a reading can hold.
    OutOfRange {
        /// Its digits.
        mantissa: i32,
        /// Its power of ten.
        exponent: i8,
    },
}

/// Of 16 bits.
#[must_use]
pub fn sfloat(bits: u16) -> Number {
    let mantissa = (i32::from(bits & 0x0FFF) << 20) >> 20;
    let exponent = (i32::from(bits >> 12) << 28) >> 28;
    number(mantissa, exponent as i8, 0x7FF, bits >> 12 == 0)
}

/// Of 32 bits.
#[must_use]
pub fn float(bits: u32) -> Number {
    let mantissa = ((bits & 0x00FF_FFFF) << 8).cast_signed() >> 8;
    let exponent = (bits >> 24) as u8;
    number(mantissa, exponent.cast_signed(), 0x7F_FFFF, exponent == 0)
}

/// `greatest` is the greatest mantissa; it and its neighbours mean something else where the exponent is 0.
fn number(mantissa: i32, exponent: i8, greatest: i32, special: bool) -> Number {
    if special {
        match mantissa {
            it if it == greatest => return Number::NotANumber,
            it if it == greatest - 1 => return Number::Above,
            it if it == -greatest - 1 => return Number::NoResolution,
            it if it == -greatest => return Number::Reserved,
            it if it == -greatest + 1 => return Number::Below,
            _ => {}
        }
    }
    let places = if mantissa == 0 { exponent.clamp(-seal::limits::EXPONENT, 0) } else { exponent };
    match Decimal::new(mantissa.into(), places) {
        Some(decimal) => Number::Finite(decimal),
        None => Number::OutOfRange { mantissa, exponent },
    }
}

/// The 16 bits of a number, or of what stands in its place; `None` for what 16 bits cannot hold.
#[must_use]
pub fn put_sfloat(number: Number) -> Option<u16> {
    let (mantissa, exponent) = parts(number, 0x7FF, -8..=7)?;
    Some(((exponent & 0xF) << 12) as u16 | (mantissa & 0xFFF) as u16)
}

/// The 32 bits of a number, or of what stands in its place; `None` for what 32 bits cannot hold.
#[must_use]
pub fn put_float(number: Number) -> Option<u32> {
    let (mantissa, exponent) = parts(number, 0x7F_FFFF, -128..=127)?;
    Some(((exponent & 0xFF) as u32) << 24 | (mantissa & 0xFF_FFFF) as u32)
}

fn parts(number: Number, greatest: i32, exponents: std::ops::RangeInclusive<i32>) -> Option<(i32, i32)> {
    let (mantissa, exponent) = match number {
        Number::Finite(decimal) => (i32::try_from(decimal.mantissa).ok()?, i32::from(decimal.exponent)),
        Number::OutOfRange { mantissa, exponent } => (mantissa, i32::from(exponent)),
        Number::NotANumber => return Some((greatest, 0)),
        Number::Above => return Some((greatest - 1, 0)),
        Number::NoResolution => return Some((-greatest - 1, 0)),
        Number::Reserved => return Some((-greatest, 0)),
        Number::Below => return Some((-greatest + 1, 0)),
    };
    let mantissas = if exponent == 0 { 2 - greatest..=greatest - 2 } else { -greatest - 1..=greatest };
    let fits = mantissas.contains(&mantissa) && exponents.contains(&exponent);
    fits.then_some((mantissa, exponent))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn finite(mantissa: i64, exponent: i8) -> Number {
        Number::Finite(Decimal { mantissa, exponent })
    }

    #[test]
    fn numbers_and_what_stands_in_their_place() {
        let short: &[(u16, Number)] = &[
            (0x0072, finite(114, 0)),
            (0xF2F8, finite(760, -1)),
            (0xFE70, finite(-400, -1)),
            (0x100A, finite(10, 1)),
            (0x0000, finite(0, 0)),
            (0xF000, finite(0, -1)),
            (0x07FF, Number::NotANumber),
            (0x0800, Number::NoResolution),
            (0x07FE, Number::Above),
            (0x0802, Number::Below),
            (0x0801, Number::Reserved),
            // With an exponent the same mantissa is a number.
            (0xF7FF, finite(2047, -1)),
        ];
        for (bits, wanted) in short {
            assert_eq!(sfloat(*bits), *wanted, "{bits:04X}");
            assert_eq!(put_sfloat(*wanted), Some(*bits), "{bits:04X}");
        }
        let long: &[(u32, Number)] = &[
            (0xFF00_016C, finite(364, -1)),
            (0xFB38_7520, finite(3_700_000, -5)),
            (0x007F_FFFF, Number::NotANumber),
            (0x0080_0000, Number::NoResolution),
            (0x007F_FFFE, Number::Above),
            (0x0080_0002, Number::Below),
            (0x0080_0001, Number::Reserved),
            (0x8000_0001, Number::OutOfRange { mantissa: 1, exponent: -128 }),
        ];
        for (bits, wanted) in long {
            assert_eq!(float(*bits), *wanted, "{bits:08X}");
            assert_eq!(put_float(*wanted), Some(*bits), "{bits:08X}");
        }
        assert_eq!(put_sfloat(finite(2048, 0)), None);
        assert_eq!(put_sfloat(finite(1, -9)), None);
    }

    #[test]
    fn every_sfloat_comes_back() {
        for bits in 0..=u16::MAX {
            // A nought with a power of ten above 0 loses that power.
            let wanted = if bits & 0x0FFF == 0 && bits >> 12 < 8 { 0 } else { bits };
            assert_eq!(put_sfloat(sfloat(bits)), Some(wanted), "{bits:04X}");
        }
    }

    proptest! {
        #[test]
        fn every_float_comes_back(bits: u32) {
            let number = float(bits);
            let mantissa = bits & 0x00FF_FFFF;
            // A nought with a power of ten beyond what a reading holds loses that power.
            prop_assume!(mantissa != 0);
            prop_assert_eq!(put_float(number), Some(bits));
        }
    }
}
