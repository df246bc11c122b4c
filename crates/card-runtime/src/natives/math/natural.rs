//! Natural numbers of bounded size, for `BigNumber` and `BCDUtil`: digits to the base 256, the lowest first, without
//! zeros at the high end. Packed BCD has two decimal digits a byte, the high one first.

use alloc::vec::Vec;
use core::cmp::Ordering;

use crate::limits::BIG_NUMBER_BYTES;

/// A natural number of at most [`BIG_NUMBER_BYTES`] bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Natural(Vec<u8>);

/// Why something is no such number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoNatural {
    /// It has more bytes than are supported.
    TooLarge,
    /// A half of a byte is no decimal digit.
    NoDigit,
}

/// Whether all halves of bytes are decimal digits.
pub(super) fn is_bcd(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| byte >> 4 <= 9 && byte & 0x0F <= 9)
}

impl Natural {
    fn new(mut digits: Vec<u8>) -> Result<Self, NoNatural> {
        while digits.last() == Some(&0) {
            digits.pop();
        }
        if digits.len() > BIG_NUMBER_BYTES { Err(NoNatural::TooLarge) } else { Ok(Self(digits)) }
    }

    /// From bytes, the highest first.
    pub(super) fn from_bytes(bytes: &[u8]) -> Result<Self, NoNatural> {
        let first = bytes.iter().position(|byte| *byte != 0).unwrap_or(bytes.len());
        Self::new(bytes.get(first..).unwrap_or_default().iter().rev().copied().collect())
    }

    /// From packed BCD, the highest digits first.
    pub(super) fn from_bcd(bytes: &[u8]) -> Result<Self, NoNatural> {
        if !is_bcd(bytes) {
            return Err(NoNatural::NoDigit);
        }
        let mut number = Self(Vec::new());
        for byte in bytes {
            number.times_plus(100, (byte >> 4) * 10 + (byte & 0x0F))?;
        }
        Ok(number)
    }

    /// Multiplies by a small number and adds another.
    fn times_plus(&mut self, factor: u8, summand: u8) -> Result<(), NoNatural> {
        let mut carry = u16::from(summand);
        for digit in &mut self.0 {
            let sum = u16::from(*digit) * u16::from(factor) + carry;
            let [high, low] = sum.to_be_bytes();
            (*digit, carry) = (low, u16::from(high));
        }
        let [_, carry] = carry.to_be_bytes();
        if carry > 0 {
            self.0.push(carry);
        }
        if self.0.len() > BIG_NUMBER_BYTES { Err(NoNatural::TooLarge) } else { Ok(()) }
    }

    /// How many bytes it takes; none for zero.
    pub(super) fn byte_length(&self) -> usize {
        self.0.len()
    }

    /// Its bytes, the highest first, `length` of them; `None` when that is not enough.
    pub(super) fn to_bytes(&self, length: usize) -> Option<Vec<u8>> {
        let zeros = length.checked_sub(self.0.len())?;
        let mut bytes = alloc::vec![0; zeros];
        bytes.extend(self.0.iter().rev());
        Some(bytes)
    }

    /// As packed BCD without needless bytes; zero is one byte.
    pub(super) fn to_bcd(&self) -> Vec<u8> {
        let mut rest = self.0.clone();
        let mut pairs = Vec::new();
        while !rest.is_empty() {
            let mut remainder = 0_u16;
            for digit in rest.iter_mut().rev() {
                let value = remainder << 8 | u16::from(*digit);
                remainder = value % 100;
                *digit = (value / 100).to_be_bytes()[1];
            }
            while rest.last() == Some(&0) {
                rest.pop();
            }
            let [_, pair] = remainder.to_be_bytes();
            pairs.push(((pair / 10) << 4) | (pair % 10));
        }
        if pairs.is_empty() {
            pairs.push(0);
        }
        pairs.reverse();
        pairs
    }

    pub(super) fn plus(&self, other: &Self) -> Result<Self, NoNatural> {
        let length = self.0.len().max(other.0.len());
        let mut carry = 0;
        let mut sum = Vec::with_capacity(length + 1);
        for at in 0..length {
            let digits = u16::from(self.digit(at)) + u16::from(other.digit(at)) + carry;
            let [high, low] = digits.to_be_bytes();
            sum.push(low);
            carry = u16::from(high);
        }
        sum.push(u8::from(carry != 0));
        Self::new(sum)
    }

    /// `None` when the other one is larger.
    pub(super) fn minus(&self, other: &Self) -> Option<Self> {
        if *self < *other {
            return None;
        }
        let mut borrow = false;
        let mut difference = Vec::with_capacity(self.0.len());
        for at in 0..self.0.len() {
            let (value, below) = self.digit(at).overflowing_sub(other.digit(at));
            let (value, still_below) = value.overflowing_sub(u8::from(borrow));
            difference.push(value);
            borrow = below || still_below;
        }
        Self::new(difference).ok()
    }

    pub(super) fn times(&self, other: &Self) -> Result<Self, NoNatural> {
        let mut product = alloc::vec![0_u8; self.0.len() + other.0.len()];
        for (at, left) in self.0.iter().enumerate() {
            let mut carry = 0;
            let places = product.get_mut(at..).unwrap_or_default();
            for (place, right) in places.iter_mut().zip(other.0.iter().chain(core::iter::once(&0))) {
                let sum = u16::from(*place) + u16::from(*left) * u16::from(*right) + carry;
                let [high, low] = sum.to_be_bytes();
                (*place, carry) = (low, u16::from(high));
            }
        }
        Self::new(product)
    }

    fn digit(&self, at: usize) -> u8 {
        self.0.get(at).copied().unwrap_or(0)
    }
}

impl PartialOrd for Natural {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Natural {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.len().cmp(&other.0.len()).then_with(|| self.0.iter().rev().cmp(other.0.iter().rev()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn natural(value: u128) -> Natural {
        Natural::from_bytes(&value.to_be_bytes()).unwrap()
    }

    /// Numbers around which carries run through one or more digits.
    const VALUES: [u64; 14] = [
        0,
        1,
        9,
        99,
        100,
        255,
        256,
        65_535,
        65_536,
        0xFFFF_FF00,
        0xFFFF_FFFF,
        0x1_0000_0000,
        u64::MAX - 1,
        u64::MAX,
    ];

    #[test]
    fn arithmetic_is_that_of_machine_numbers() {
        for a in VALUES.map(u128::from) {
            for b in VALUES.map(u128::from) {
                let (left, right) = (natural(a), natural(b));
                assert_eq!(left.plus(&right).unwrap(), natural(a + b), "{a} + {b}");
                assert_eq!(left.times(&right).unwrap(), natural(a * b), "{a} * {b}");
                assert_eq!(left.minus(&right), a.checked_sub(b).map(natural), "{a} - {b}");
                assert_eq!(left.cmp(&right), a.cmp(&b), "{a} <=> {b}");
            }
        }
    }

    #[test]
    fn decimal_digits_go_there_and_back() {
        for value in VALUES.map(u128::from) {
            let digits = alloc::format!("{value}");
            let even = if digits.len() % 2 == 1 { alloc::format!("0{digits}") } else { digits };
            let packed = natural(value).to_bcd();
            assert_eq!(hex::encode(&packed), even);
            assert_eq!(Natural::from_bcd(&packed).unwrap(), natural(value));
        }
    }

    #[test]
    fn too_many_bytes_and_other_than_digits_are_refused() {
        let mut bytes = alloc::vec![0; BIG_NUMBER_BYTES + 1];
        assert!(Natural::from_bytes(&bytes).is_ok(), "zeros in front do not count");
        bytes[0] = 1;
        assert_eq!(Natural::from_bytes(&bytes), Err(NoNatural::TooLarge));
        assert_eq!(Natural::from_bcd(&alloc::vec![0x99; 2 * BIG_NUMBER_BYTES]), Err(NoNatural::TooLarge));
        assert_eq!(Natural::from_bcd(&[0x1A]), Err(NoNatural::NoDigit));
        let largest = Natural::from_bytes(&alloc::vec![0xFF; BIG_NUMBER_BYTES]).unwrap();
        assert_eq!(largest.plus(&natural(1)), Err(NoNatural::TooLarge));
        assert_eq!(largest.times(&natural(2)), Err(NoNatural::TooLarge));
    }
}
