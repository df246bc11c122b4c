//! Who makes seals: an element, or, in tests and load tools, a key in memory that makes the same bytes.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};

use crate::ids::{Counter, DeviceId, KeyId, SealHash};
use crate::sealed::{Claims, Seal};
use crate::verify::{KeyError, VerifyingKey, key_id};

/// Something that seals: it keeps the counter and the chain, and it alone.
pub trait Sealer {
    /// What can go wrong on the way to it and back.
    type Error: std::error::Error + Send + Sync + 'static;

    /// The tagged `COSE_Sign1` bytes over the SHA-256 of a batch.
    ///
    /// Asked twice running for the same hash, it gives the same seal again, so that a caller that lost the
    /// answer can ask once more without a gap in the counter.
    ///
    /// # Errors
    /// Whatever keeps the sealer from answering; no counter was used, or the same hash will get its seal.
    fn seal(&mut self, batch_hash: &[u8; 32]) -> Result<Vec<u8>, Self::Error>;

    /// The last seal made, none before the first.
    ///
    /// # Errors
    /// Whatever keeps the sealer from answering.
    fn last_seal(&mut self) -> Result<Option<Vec<u8>>, Self::Error>;
}

/// A P-256 key in memory that seals as the identity applet does. It survives nothing and hides nothing: for
/// tests and for tools that load a gateway, never for a device.
#[derive(Debug)]
pub struct SoftwareSealer {
    key: EcdsaKeyPair,
    kid: KeyId,
    point: [u8; 65],
    last: Option<Seal>,
}

/// What a software sealer can fail with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SoftwareSealerError {
    /// The private key is not one of P-256, or does not belong to the public key.
    #[error("no P-256 private key")]
    Key,
    /// The cryptographic library refused to generate or sign, for want of randomness.
    #[error("the cryptographic library refused")]
    Refused,
    /// The counter is at its end.
    #[error("the counter is at its end")]
    Exhausted,
}

impl SoftwareSealer {
    /// One with a fresh key.
    ///
    /// # Errors
    /// [`SoftwareSealerError::Refused`] without randomness.
    pub fn generate() -> Result<Self, SoftwareSealerError> {
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING);
        Self::new(key.map_err(|_| SoftwareSealerError::Refused)?)
    }

    /// One with the key of this PKCS #8 document.
    ///
    /// # Errors
    /// [`SoftwareSealerError::Key`] when it is no P-256 key.
    pub fn from_pkcs8(document: &[u8]) -> Result<Self, SoftwareSealerError> {
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document);
        Self::new(key.map_err(|_| SoftwareSealerError::Key)?)
    }

    fn new(key: EcdsaKeyPair) -> Result<Self, SoftwareSealerError> {
        let point = key.public_key().as_ref().try_into().map_err(|_| SoftwareSealerError::Key)?;
        Ok(Self { key, kid: key_id(&point), point, last: None })
    }

    /// The uncompressed point of its public key, `04 x y`.
    #[must_use]
    pub fn public_point(&self) -> &[u8; 65] {
        &self.point
    }

    /// The key that verifies its seals, for `device`.
    ///
    /// # Errors
    /// [`KeyError::NotP256`], which a key that was made here never gives.
    pub fn verifying_key(&self, device: DeviceId) -> Result<VerifyingKey, KeyError> {
        VerifyingKey::from_sec1_point(device, &self.point)
    }

    /// The counter of the last seal, 0 before the first.
    #[must_use]
    pub fn counter(&self) -> Counter {
        self.last.map_or(Counter(0), |seal| seal.claims().counter)
    }

    /// Continues after this seal, as an element that made it would. With a seal that the gateway never saw,
    /// the next one shows a gap: what attack tools need.
    pub fn resume_after(&mut self, last: Seal) {
        self.last = Some(last);
    }
}

impl Sealer for SoftwareSealer {
    type Error = SoftwareSealerError;

    fn seal(&mut self, batch_hash: &[u8; 32]) -> Result<Vec<u8>, SoftwareSealerError> {
        if let Some(last) = self.last.filter(|last| last.claims().payload_hash == *batch_hash) {
            return Ok(last.to_bytes());
        }
        let counter = self.counter().0.checked_add(1).ok_or(SoftwareSealerError::Exhausted)?;
        let previous = self.last.map_or(SealHash::ZERO, |last| last.hash());
        let claims = Claims { kid: self.kid, counter: Counter(counter), previous, payload_hash: *batch_hash };
        let signature = self.key.sign(&SystemRandom::new(), &claims.signed_bytes());
        let signature = signature.map_err(|_| SoftwareSealerError::Refused)?;
        let signature = signature.as_ref().try_into().map_err(|_| SoftwareSealerError::Refused)?;
        let bytes = claims.seal(&signature);
        self.last = Some(Seal::parse(&bytes).map_err(|_| SoftwareSealerError::Refused)?);
        Ok(bytes)
    }

    fn last_seal(&mut self) -> Result<Option<Vec<u8>>, SoftwareSealerError> {
        Ok(self.last.map(|last| last.to_bytes()))
    }
}
