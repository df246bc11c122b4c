//! From a claim to a proof: the one way by which a [`SealedBatch`] becomes a [`VerifiedBatch`].

use std::fmt;

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ParsedPublicKey};

use crate::batch::Batch;
use crate::cbor::BatchError;
use crate::identity;
use crate::ids::{Counter, DeviceId, KeyId, SealHash};
use crate::reason::Reason;
use crate::sealed::{SealedBatch, sha256};

/// The DER `SubjectPublicKeyInfo` of a P-256 key up to its point (RFC 5480 section 2).
const SPKI_HEAD: &[u8; 26] =
    b"\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\
\x03\x01\x07\x03\x42\x00";

/// Why a sealed batch is not the device's word.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// Sealed with another key than this one.
    #[error("sealed with key {claimed}, the device's is {expected}")]
    UnknownKey {
        /// The key the seal names.
        claimed: KeyId,
        /// The key that was asked to verify.
        expected: KeyId,
    },
    /// The batch is not the one that was sealed.
    #[error("the batch is not the one that was sealed")]
    BadHash,
    /// The signature does not fit what the seal says.
    #[error("the signature does not fit")]
    BadSignature,
    /// Truly sealed, but no batch.
    #[error("sealed, but no batch: {0}")]
    Malformed(#[from] BatchError),
    /// Truly sealed, but the batch names another device than the key's.
    #[error("the batch names device {named}, its key is that of {expected}")]
    WrongDevice {
        /// The device that the batch names.
        named: DeviceId,
        /// The device whose key sealed it.
        expected: DeviceId,
    },
}

impl SealError {
    /// The word for it in refusals.
    #[must_use]
    pub fn reason(&self) -> Reason {
        match self {
            Self::UnknownKey { .. } => Reason::UnknownKey,
            Self::BadHash => Reason::BadHash,
            Self::BadSignature => Reason::BadSignature,
            Self::Malformed(_) => Reason::Malformed,
            Self::WrongDevice { .. } => Reason::WrongDevice,
        }
    }
}

/// Why bytes are no key to verify with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// No X.509 certificate, or one of unreasonable size.
    #[error("no certificate of {bytes} bytes: {problem}")]
    Certificate {
        /// How many bytes were given.
        bytes: usize,
        /// What the parser says.
        problem: String,
    },
    /// The certificate's subject has no CN, more than one, or one that is no device id.
    #[error("the certificate's subject names no device: {0:?}")]
    Subject(String),
    /// The key is not on P-256, or not an uncompressed point of it.
    #[error("no P-256 key")]
    NotP256,
}

/// A device's seal key: what verifies that a batch is that device's word.
///
/// It says nothing of whether the certificate it came from is valid; `identity` checks that.
#[derive(Clone)]
pub struct VerifyingKey {
    device: DeviceId,
    id: KeyId,
    key: ParsedPublicKey,
    point: [u8; 65],
}

impl VerifyingKey {
    /// The key of a certificate, for the device that is its subject's CN. Issuer and validity are not looked at:
    /// [`crate::Maker::check`] does that first.
    ///
    /// # Errors
    /// [`KeyError`] when the bytes are no certificate, name no device or hold no P-256 key.
    pub fn from_certificate_der(der: &[u8]) -> Result<Self, KeyError> {
        let certificate = identity::parse(der)?;
        let device = identity::subject_device(&certificate)?;
        let spki = certificate.public_key().raw;
        let point = spki.strip_prefix(SPKI_HEAD).and_then(|point| point.try_into().ok());
        Self::from_sec1_point(device, point.ok_or(KeyError::NotP256)?)
    }

    /// The key at this uncompressed point (`04 x y`) of P-256, for `device`.
    ///
    /// # Errors
    /// [`KeyError::NotP256`] when it is none.
    pub fn from_sec1_point(device: DeviceId, point: &[u8; 65]) -> Result<Self, KeyError> {
        let key = ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).map_err(|_| KeyError::NotP256)?;
        Ok(Self { device, id: key_id(point), key, point: *point })
    }

    /// The device whose key it is.
    #[must_use]
    pub fn device(&self) -> &DeviceId {
        &self.device
    }

    /// The id that seals made with it carry.
    #[must_use]
    pub fn key_id(&self) -> KeyId {
        self.id
    }

    /// The uncompressed point, `04 x y`.
    #[must_use]
    pub fn sec1_point(&self) -> &[u8; 65] {
        &self.point
    }

    /// Proves that `sealed` is the word of this key's device, and decodes its batch.
    ///
    /// What it does not prove: that the counter follows the last one ([`crate::ChainHead`] does), and
    /// that the device is still trusted.
    ///
    /// # Errors
    /// [`SealError`]; checked in this order: key id, hash of the batch, signature, form of the batch, device.
    pub fn verify(&self, sealed: SealedBatch) -> Result<VerifiedBatch, SealError> {
        let claims = *sealed.claims();
        if claims.kid != self.id {
            return Err(SealError::UnknownKey { claimed: claims.kid, expected: self.id });
        }
        if sha256(sealed.batch_bytes()) != claims.payload_hash {
            return Err(SealError::BadHash);
        }
        self.key
            .verify_sig(&claims.signed_bytes(), sealed.seal().signature())
            .map_err(|_| SealError::BadSignature)?;
        let batch = Batch::decode(sealed.batch_bytes())?;
        if batch.device != self.device {
            return Err(SealError::WrongDevice { named: batch.device, expected: self.device.clone() });
        }
        let hash = sealed.seal().hash();
        Ok(VerifiedBatch { batch, counter: claims.counter, previous: claims.previous, hash, sealed })
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifyingKey({} of {})", self.id, self.device)
    }
}

/// The id of the P-256 key at this uncompressed point.
#[must_use]
pub fn key_id(point: &[u8; 65]) -> KeyId {
    let hash = sha256(&[SPKI_HEAD.as_slice(), point].concat());
    let mut id = [0; 16];
    id.copy_from_slice(hash.first_chunk::<16>().unwrap_or(&[0; 16]));
    KeyId(id)
}

/// A batch whose seal was verified with its device's key; only [`VerifyingKey::verify`] makes one.
#[derive(Debug, Clone, PartialEq)]
pub struct VerifiedBatch {
    batch: Batch,
    counter: Counter,
    previous: SealHash,
    hash: SealHash,
    sealed: SealedBatch,
}

impl VerifiedBatch {
    /// What was measured.
    #[must_use]
    pub fn batch(&self) -> &Batch {
        &self.batch
    }

    /// What was measured, without copying it; the proof ends here.
    #[must_use]
    pub fn into_batch(self) -> Batch {
        self.batch
    }

    /// Whose word it is.
    #[must_use]
    pub fn device(&self) -> &DeviceId {
        &self.batch.device
    }

    /// The key that sealed it.
    #[must_use]
    pub fn key_id(&self) -> KeyId {
        self.sealed.claims().kid
    }

    /// Its place in the element's chain.
    #[must_use]
    pub fn counter(&self) -> Counter {
        self.counter
    }

    /// Hash of the seal before it.
    #[must_use]
    pub fn previous(&self) -> SealHash {
        self.previous
    }

    /// Hash of its own seal.
    #[must_use]
    pub fn hash(&self) -> SealHash {
        self.hash
    }

    /// The sealed batch as it was received: the record.
    #[must_use]
    pub fn sealed_bytes(&self) -> &[u8] {
        self.sealed.as_bytes()
    }
}
