//! P-256 arithmetic, as the card needs it: on raw scalars and points, so that keys live in the card's heap alone.

use p256::ecdsa::signature::hazmat::{PrehashSigner, PrehashVerifier};
use p256::ecdsa::{Signature, SigningKey, VerifyingKey};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// Bytes of a signature in the form r || s.
pub const P256_SIGNATURE: usize = 64;

/// A private key: 32 bytes, big-endian, wiped when dropped.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Scalar([u8; 32]);

impl Scalar {
    /// Takes the bytes as they are; whether they lie between 1 and n - 1 is the engine's check.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The secret bytes.
    #[must_use]
    pub fn expose_secret(&self) -> &[u8; 32] {
        &self.0
    }
}

/// An uncompressed point: 04 x y (SEC 1, 2.3.3). Whether it is on the curve is the engine's check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Point(pub [u8; 65]);

/// The bytes given are no key of the curve.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a key of the curve P-256")]
pub struct EngineError;

/// Elliptic-curve operations on P-256 (FIPS 186-5, SP 800-56A).
///
/// An engine may keep parsed keys by content; it must wipe them when dropped.
pub trait Engine {
    /// The public point of a private key.
    ///
    /// # Errors
    /// When the scalar is zero or not below the order.
    fn public(&mut self, secret: &Scalar) -> Result<Point, EngineError>;

    /// Signs a digest: r || s.
    ///
    /// # Errors
    /// When the scalar is zero or not below the order.
    fn sign(&mut self, secret: &Scalar, digest: &[u8; 32]) -> Result<[u8; P256_SIGNATURE], EngineError>;

    /// Whether `signature`, r || s, is one over `digest`. A key that is not on the curve verifies nothing.
    fn verify(&mut self, public: &Point, digest: &[u8; 32], signature: &[u8; P256_SIGNATURE]) -> bool;

    /// The x coordinate of secret * public (SP 800-56A 5.7.1.2).
    ///
    /// # Errors
    /// When either is no key of the curve.
    fn agree(&mut self, secret: &Scalar, public: &Point) -> Result<Scalar, EngineError>;
}

/// The engine in portable Rust: deterministic signatures (RFC 6979), constant time, no state.
#[derive(Clone, Copy, Debug, Default)]
pub struct SoftEngine;

impl Engine for SoftEngine {
    fn public(&mut self, secret: &Scalar) -> Result<Point, EngineError> {
        let key = p256::SecretKey::from_slice(secret.expose_secret()).map_err(|_| EngineError)?;
        point(&key.public_key())
    }

    fn sign(&mut self, secret: &Scalar, digest: &[u8; 32]) -> Result<[u8; P256_SIGNATURE], EngineError> {
        let key = SigningKey::from_slice(secret.expose_secret()).map_err(|_| EngineError)?;
        let signature: Signature = key.sign_prehash(digest).map_err(|_| EngineError)?;
        Ok(signature.to_bytes().into())
    }

    fn verify(&mut self, public: &Point, digest: &[u8; 32], signature: &[u8; P256_SIGNATURE]) -> bool {
        let Ok(key) = VerifyingKey::from_sec1_bytes(&public.0) else { return false };
        let Ok(signature) = Signature::from_slice(signature) else { return false };
        key.verify_prehash(digest, &signature).is_ok()
    }

    fn agree(&mut self, secret: &Scalar, public: &Point) -> Result<Scalar, EngineError> {
        let secret = p256::SecretKey::from_slice(secret.expose_secret()).map_err(|_| EngineError)?;
        let public = p256::PublicKey::from_sec1_bytes(&public.0).map_err(|_| EngineError)?;
        let shared = secret.diffie_hellman(&public);
        Ok(Scalar((*shared.raw_secret_bytes()).into()))
    }
}

fn point(key: &p256::PublicKey) -> Result<Point, EngineError> {
    use p256::elliptic_curve::sec1::ToSec1Point;
    let encoded = key.to_sec1_point(false);
    encoded.as_bytes().try_into().map(Point).map_err(|_| EngineError)
}
