//! SM2: signatures over a digest, and encryption (GB/T 32918.2 and .4).

use alloc::vec::Vec;

use ::sm2::dsa::signature::hazmat::{PrehashSigner, PrehashVerifier};
use ::sm2::dsa::{Signature, SigningKey, VerifyingKey};
use ::sm2::pke::{DecryptingKey, EncryptingKey};

use super::curve::{CurveError, NamedCurve, Secret};
use super::random::Random;
use super::{Digest, HashAlgorithm};

/// The identity matters only to the digest, which callers compute ([`identity`]).
const NOBODY: &str = "";

/// Z: the digest over a signer's identity, the curve and the public key, which stands before each message. `None` when the
/// identity is longer than its length in bits can say, or the key is no point.
#[must_use]
pub fn identity(identity: &[u8], public: &[u8]) -> Option<Digest> {
    let bits = u16::try_from(identity.len()).ok()?.checked_mul(8)?.to_be_bytes();
    let domain = NamedCurve::Sm2.domain();
    let (base, point) = (domain.base.get(1..)?, public.get(1..)?);
    Some(HashAlgorithm::Sm3.digest(&[&bits, identity, &domain.a, &domain.b, base, point]))
}

/// Signs a digest: r || s.
///
/// # Errors
/// [`CurveError::Secret`].
pub fn sign(secret: &[u8], digest: &[u8]) -> Result<Vec<u8>, CurveError> {
    let key = SigningKey::from_slice(NOBODY, secret).map_err(|_| CurveError::Secret)?;
    let signature: Signature = key.sign_prehash(digest).map_err(|_| CurveError::Secret)?;
    Ok(signature.to_vec())
}

/// Whether `signature`, r || s, is one over `digest`.
#[must_use]
pub fn verify(public: &[u8], digest: &[u8], signature: &[u8]) -> bool {
    let Ok(key) = VerifyingKey::from_sec1_bytes(NOBODY, public) else { return false };
    Signature::from_slice(signature).is_ok_and(|signature| key.verify_prehash(digest, &signature).is_ok())
}

/// Encrypts: C1 || C3 || C2.
///
/// # Errors
/// [`CurveError::Point`].
pub fn encrypt(public: &[u8], message: &[u8], random: &mut Random) -> Result<Vec<u8>, CurveError> {
    let key = EncryptingKey::from_sec1_bytes(public).map_err(|_| CurveError::Point)?;
    key.encrypt(random, message).map_err(|_| CurveError::Point)
}

/// Decrypts C1 || C3 || C2.
///
/// # Errors
/// [`CurveError::Secret`] for a key that is none, [`CurveError::Point`] for what was not encrypted to it.
pub fn decrypt(secret: &[u8], ciphertext: &[u8]) -> Result<Secret, CurveError> {
    let key = DecryptingKey::from_slice(secret).map_err(|_| CurveError::Secret)?;
    key.decrypt(ciphertext).map(Secret::new).map_err(|_| CurveError::Point)
}
