//! What a reading rests on, and whether it still stands, as far as messages and resources tell it.
//!
//! Every projection matches on both: what bears no seal must say so wherever it shows, and what was another patient's must
//! be taken back wherever it went.

use seal::{Counter, KeyId, SealHash};

/// What vouches for readings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof<'a> {
    /// A seal, verified before the readings were stored.
    Sealed(Sealed),
    /// Nobody but the system that delivered them.
    Unsealed(Unsealed<'a>),
}

/// The seal that a batch bears.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sealed {
    /// Its hash.
    pub hash: SealHash,
    /// The element's counter.
    pub counter: Counter,
    /// The key it was made with.
    pub key: KeyId,
}

/// Where readings without a seal come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unsealed<'a> {
    /// The configured source that delivered them.
    pub source: &'a str,
    /// SHA-256 of the message as received.
    pub digest: &'a [u8; 32],
}

/// Whether readings still stand for the patient whom they are given for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// They do.
    Current,
    /// They were another patient's: HL7 table 0085 `W`, FHIR `entered-in-error`.
    WrongPatient,
}

impl Proof<'_> {
    /// The name of the readings' batch, from which each reading's own is made: the hash of its seal, or `unsealed-` and
    /// the digest of its message; in hexadecimal.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Sealed(seal) => seal.hash.to_string(),
            Self::Unsealed(unsealed) => format!("unsealed-{}", SealHash(*unsealed.digest)),
        }
    }
}
