//! Integers of any length, for RSA, DSA and Diffie-Hellman: big-endian bytes in, big-endian bytes out.
//!
//! The arithmetic is `crypto-bigint`'s, constant time in what is secret: exponents, and bases of private operations.

use alloc::vec::Vec;

use crypto_bigint::modular::{BoxedMontyForm, BoxedMontyParams};
use crypto_bigint::{BoxedUint, NonZero, Odd, Resize};
use zeroize::Zeroizing;

/// A number of as many bits as its bytes have, leading zeros included.
pub(super) fn number(bytes: &[u8]) -> BoxedUint {
    BoxedUint::from_be_slice_truncated(bytes, bits_of(bytes))
}

fn bits_of(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.len()).unwrap_or(0).max(1).saturating_mul(8)
}

/// The lowest `length` bytes.
pub(super) fn bytes(number: &BoxedUint, length: usize) -> Vec<u8> {
    let all = number.to_be_bytes();
    let mut bytes = alloc::vec![0; length.saturating_sub(all.len())];
    bytes.extend_from_slice(all.get(all.len().saturating_sub(length)..).unwrap_or_default());
    bytes
}

/// An odd modulus, ready for exponentiation.
#[derive(Clone)]
pub(super) struct Modulus(BoxedMontyParams);

impl Modulus {
    /// `None` when it is even or shorter than two bits.
    pub(super) fn new(bytes: &[u8]) -> Option<Self> {
        Self::of(number(bytes))
    }

    pub(super) fn of(number: BoxedUint) -> Option<Self> {
        let number = (number.bits_vartime() > 1).then_some(number)?;
        let bits = number.bits_vartime();
        let odd = Option::<Odd<BoxedUint>>::from(Odd::new(number.resize(bits)))?;
        Some(Self(BoxedMontyParams::new(odd)))
    }

    pub(super) fn number(&self) -> &BoxedUint {
        self.0.modulus().as_ref()
    }

    pub(super) fn non_zero(&self) -> &NonZero<BoxedUint> {
        self.0.modulus().as_nz_ref()
    }

    /// Bytes of a number below it.
    pub(super) fn length(&self) -> usize {
        self.number().bits_vartime().div_ceil(8) as usize
    }

    /// The remainder of a number of any length.
    pub(super) fn reduce(&self, number: &BoxedUint) -> BoxedUint {
        number.rem(self.non_zero()).resize(self.number().bits_precision())
    }

    /// The Montgomery form of a number, which is wiped after use: it may be a secret's.
    fn form(&self, number: &BoxedUint) -> Zeroizing<BoxedMontyForm> {
        Zeroizing::new(BoxedMontyForm::new(self.reduce(number), &self.0))
    }

    fn retrieved(form: BoxedMontyForm) -> BoxedUint {
        Zeroizing::new(form).retrieve()
    }

    /// base ^ exponent.
    pub(super) fn power(&self, base: &BoxedUint, exponent: &BoxedUint) -> BoxedUint {
        Self::retrieved(self.form(base).pow(exponent))
    }

    pub(super) fn multiply(&self, a: &BoxedUint, b: &BoxedUint) -> BoxedUint {
        Self::retrieved(BoxedMontyForm::mul(&self.form(a), &self.form(b)))
    }

    pub(super) fn add(&self, a: &BoxedUint, b: &BoxedUint) -> BoxedUint {
        Self::retrieved(BoxedMontyForm::add(&self.form(a), &self.form(b)))
    }

    pub(super) fn subtract(&self, a: &BoxedUint, b: &BoxedUint) -> BoxedUint {
        Self::retrieved(BoxedMontyForm::sub(&self.form(a), &self.form(b)))
    }

    /// 1 / number, if there is one.
    pub(super) fn inverse(&self, number: &BoxedUint) -> Option<BoxedUint> {
        Option::from(self.reduce(number).invert_odd_mod(self.0.modulus()))
    }
}
