//! Who does the arithmetic of public keys.
//!
//! Every operation has a portable form, which is what the trait's own methods are. A host's engine overrides those that
//! it does faster. An engine is given keys anew each time, because they live in the card's heap alone; it may keep what it
//! parsed of them, found again by content, and must wipe that when dropped.

use alloc::vec::Vec;

use super::curve::{Curve, CurveError, Secret};
use super::edwards::{EdwardsCurve, EdwardsMessage};
use super::montgomery::MontgomeryCurve;
use super::random::Random;
use super::rsa::{self, RsaError, RsaPair, RsaPrivate, RsaPublic, RsaScheme};

/// Operations with public and private keys (FIPS 186-5, SP 800-56A, RFC 8017, RFC 8032, RFC 7748).
pub trait Engine {
    /// As [`Curve::public`].
    ///
    /// # Errors
    /// As there.
    fn ec_public(&mut self, curve: &Curve, secret: &[u8]) -> Result<Vec<u8>, CurveError> {
        curve.public(secret)
    }

    /// As [`Curve::sign`].
    ///
    /// # Errors
    /// As there.
    fn ec_sign(
        &mut self,
        curve: &Curve,
        secret: &[u8],
        digest: &[u8],
        random: &mut Random,
    ) -> Result<Vec<u8>, CurveError> {
        curve.sign(secret, digest, random)
    }

    /// As [`Curve::verify`].
    fn ec_verify(&mut self, curve: &Curve, public: &[u8], digest: &[u8], signature: &[u8]) -> bool {
        curve.verify(public, digest, signature)
    }

    /// As [`Curve::agree`].
    ///
    /// # Errors
    /// As there.
    fn ec_agree(&mut self, curve: &Curve, secret: &[u8], public: &[u8]) -> Result<Secret, CurveError> {
        curve.agree(secret, public)
    }

    /// As [`EdwardsCurve::sign`].
    ///
    /// # Errors
    /// As there.
    fn edwards_sign(
        &mut self,
        curve: EdwardsCurve,
        secret: &[u8],
        message: EdwardsMessage<'_>,
    ) -> Result<Vec<u8>, CurveError> {
        curve.sign(secret, message)
    }

    /// As [`EdwardsCurve::verify`].
    fn edwards_verify(
        &mut self,
        curve: EdwardsCurve,
        public: &[u8],
        message: EdwardsMessage<'_>,
        signature: &[u8],
    ) -> bool {
        curve.verify(public, message, signature)
    }

    /// As [`MontgomeryCurve::agree`].
    ///
    /// # Errors
    /// As there.
    fn montgomery_agree(
        &mut self,
        curve: MontgomeryCurve,
        secret: &[u8],
        public: &[u8],
    ) -> Result<Secret, CurveError> {
        curve.agree(secret, public)
    }

    /// As [`RsaPrivate::sign`].
    ///
    /// # Errors
    /// As there.
    fn rsa_sign(
        &mut self,
        key: &RsaPrivate,
        scheme: RsaScheme,
        digest: &[u8],
        random: &mut Random,
    ) -> Result<Vec<u8>, RsaError> {
        key.sign(scheme, digest, random)
    }

    /// As [`RsaPublic::verify`].
    fn rsa_verify(&mut self, key: &RsaPublic, scheme: RsaScheme, digest: &[u8], signature: &[u8]) -> bool {
        key.verify(scheme, digest, signature)
    }

    /// As [`rsa::generate`].
    ///
    /// # Errors
    /// As there.
    fn rsa_generate(&mut self, bits: u32, exponent: &[u8], random: &mut Random) -> Result<RsaPair, RsaError> {
        rsa::generate(bits, exponent, random)
    }
}

/// The engine in portable Rust, without state.
#[derive(Clone, Copy, Debug, Default)]
pub struct SoftEngine;

impl Engine for SoftEngine {}
