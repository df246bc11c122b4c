//! EdDSA on edwards25519 and edwards448 (RFC 8032): pure, with a context, and over a digest.

use alloc::vec::Vec;

use ed448_goldilocks::PreHash;
use ed448_goldilocks::shake::Shake256;
use ed25519_dalek::hazmat::{ExpandedSecretKey, raw_sign_prehashed};
use ed25519_dalek::{Signature, Signer, SigningKey, Verifier, VerifyingKey};
use sha2::Sha512;
use sha2::digest::consts::U64;
use sha2::digest::{Digest, ExtendableOutput, FixedOutput, HashMarker, Output, OutputSizeUser, Update};

use super::curve::CurveError;

/// Longest context (RFC 8032, 5.1 and 5.2).
pub const CONTEXT_MAX: usize = 255;
/// Bytes of the digest that the prehashed variants sign.
pub const PREHASH: usize = 64;

/// Which curve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EdwardsCurve {
    /// edwards25519, with SHA-512.
    Ed25519,
    /// edwards448, with SHAKE256.
    Ed448,
}

/// What is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EdwardsMessage<'a> {
    /// The message itself, under a context: Ed448. Ed25519 is without (Ed25519ctx, the variant with one, is not here).
    Pure {
        /// At most 255 bytes.
        context: &'a [u8],
        /// The message.
        message: &'a [u8],
    },
    /// A digest of [`PREHASH`] bytes under a context: Ed25519ph, Ed448ph.
    Digest {
        /// At most 255 bytes.
        context: &'a [u8],
        /// As [`EdwardsCurve::prehash`] makes it.
        digest: &'a [u8; PREHASH],
    },
}

impl EdwardsCurve {
    /// Bytes of a private and of a public key.
    #[must_use]
    pub const fn key_length(self) -> usize {
        match self {
            Self::Ed25519 => 32,
            Self::Ed448 => 57,
        }
    }

    /// Bytes of a signature.
    #[must_use]
    pub const fn signature_length(self) -> usize {
        2 * self.key_length()
    }

    /// The digest that the prehashed variant signs: SHA-512, or 64 bytes of SHAKE256.
    #[must_use]
    pub fn prehash(self, message: &[u8]) -> [u8; PREHASH] {
        let mut digest = [0; PREHASH];
        match self {
            Self::Ed25519 => digest.copy_from_slice(&Sha512::digest(message)),
            Self::Ed448 => Shake256::default().chain(message).finalize_xof_into(&mut digest),
        }
        digest
    }

    /// The public key of a private one.
    ///
    /// # Errors
    /// [`CurveError::Secret`] for a wrong length.
    pub fn public(self, secret: &[u8]) -> Result<Vec<u8>, CurveError> {
        Ok(match self {
            Self::Ed25519 => ed25519(secret)?.verifying_key().to_bytes().to_vec(),
            Self::Ed448 => ed448(secret)?.verifying_key().to_bytes().to_vec(),
        })
    }

    /// Signs.
    ///
    /// # Errors
    /// [`CurveError::Secret`] for a key or a context of a wrong length.
    pub fn sign(self, secret: &[u8], message: EdwardsMessage<'_>) -> Result<Vec<u8>, CurveError> {
        let wrong = CurveError::Secret;
        Ok(match self {
            Self::Ed25519 => {
                let key = ed25519(secret)?;
                let signed = match message {
                    EdwardsMessage::Pure { context: [], message } => Ok(key.sign(message)),
                    EdwardsMessage::Pure { .. } => return Err(wrong),
                    EdwardsMessage::Digest { context, digest } => {
                        let expanded = ExpandedSecretKey::from(key.as_bytes());
                        let public = key.verifying_key();
                        raw_sign_prehashed::<Sha512, Given>(
                            &expanded,
                            Given::of(digest),
                            &public,
                            Some(context),
                        )
                    }
                };
                signed.map_err(|_| wrong)?.to_bytes().to_vec()
            }
            Self::Ed448 => {
                let key = ed448(secret)?;
                let signed = match message {
                    EdwardsMessage::Pure { context, message } => key.sign_ctx(context, message),
                    EdwardsMessage::Digest { context, digest } => {
                        key.sign_prehashed(Some(context), Given::of(digest))
                    }
                };
                signed.map_err(|_| wrong)?.to_bytes().to_vec()
            }
        })
    }

    /// Whether `signature` is one over `message`. A key that is no point of the curve verifies nothing.
    #[must_use]
    pub fn verify(self, public: &[u8], message: EdwardsMessage<'_>, signature: &[u8]) -> bool {
        match self {
            Self::Ed25519 => verify_ed25519(public, message, signature).is_some(),
            Self::Ed448 => verify_ed448(public, message, signature).is_some(),
        }
    }
}

fn ed25519(secret: &[u8]) -> Result<SigningKey, CurveError> {
    secret.try_into().map(|secret| SigningKey::from_bytes(&secret)).map_err(|_| CurveError::Secret)
}

fn ed448(secret: &[u8]) -> Result<ed448_goldilocks::SigningKey, CurveError> {
    ed448_goldilocks::SigningKey::try_from(secret).map_err(|_| CurveError::Secret)
}

fn verify_ed25519(public: &[u8], message: EdwardsMessage<'_>, signature: &[u8]) -> Option<()> {
    let key = VerifyingKey::from_bytes(public.try_into().ok()?).ok()?;
    let signature = Signature::from_slice(signature).ok()?;
    match message {
        EdwardsMessage::Pure { context: [], message } => key.verify(message, &signature),
        EdwardsMessage::Pure { .. } => return None,
        EdwardsMessage::Digest { context, digest } => {
            key.verify_prehashed(Given::of(digest), Some(context), &signature)
        }
    }
    .ok()
}

fn verify_ed448(public: &[u8], message: EdwardsMessage<'_>, signature: &[u8]) -> Option<()> {
    let key = ed448_goldilocks::VerifyingKey::from_bytes(public.try_into().ok()?).ok()?;
    // Seven bits of a point's last byte are not used and must be zero (RFC 8032, 5.2.2), which the crate does not check.
    let unused = [public.get(56)?, signature.get(56)?].iter().any(|byte| **byte & 0x7F != 0);
    let signature = ed448_goldilocks::Signature::try_from(signature).ok().filter(|_| !unused)?;
    match message {
        EdwardsMessage::Pure { context, message } => key.verify_ctx(&signature, context, message),
        EdwardsMessage::Digest { context, digest } => {
            key.verify_prehashed(&signature, Some(context), Given::of(digest))
        }
    }
    .ok()
}

/// A digest that is there already, in the place of one to be computed.
#[derive(Clone)]
struct Given([u8; PREHASH]);

impl Given {
    fn of(digest: &[u8; PREHASH]) -> Self {
        Self(*digest)
    }
}

impl Default for Given {
    fn default() -> Self {
        Self([0; PREHASH])
    }
}

impl HashMarker for Given {}

impl OutputSizeUser for Given {
    type OutputSize = U64;
}

impl Update for Given {
    fn update(&mut self, _: &[u8]) {}
}

impl FixedOutput for Given {
    fn finalize_into(self, out: &mut Output<Self>) {
        out.copy_from_slice(&self.0);
    }
}

impl PreHash for Given {
    fn fill_bytes(&mut self, out: &mut [u8]) {
        out.iter_mut().zip(self.0).for_each(|(to, from)| *to = from);
    }
}
