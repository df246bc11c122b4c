//! The head: how many entries there are and the hash of the last, signed by whoever wrote last.
//!
//! A chain alone does not show that its end is missing; the head does. It is replaced after every entry, so that a
//! crash in between leaves it one behind, never ahead. Somebody who can exchange both the entries and the head for
//! older ones is found out only by what lies elsewhere: a time stamp, an exported bundle, a printed report, which
//! all name the count and the hash.

use super::digest::Digest;
use super::sign::{PublicKey, SignError, Signature, Signer, signed};
use serde::{Deserialize, Serialize};

/// Where a ledger ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// How many entries there are.
    pub count: u64,
    /// SHA-256 of the last one's file.
    pub last: Digest,
}

impl Head {
    /// Its file, of two lines as an entry has.
    ///
    /// # Errors
    /// [`SignError`] when the key refuses.
    pub fn sign(self, signer: &dyn Signer) -> Result<Vec<u8>, SignError> {
        let text = serde_json::to_string(&self).map_err(|error| SignError::Refused(error.to_string()))?;
        let (key, signature) = signed(text.as_bytes(), signer)?;
        Ok(format!("{text}\n{key} {signature}\n").into_bytes())
    }

    /// Reads its file; `None` when it is no head or its signature is not true.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<(Self, PublicKey)> {
        let text = std::str::from_utf8(bytes).ok()?;
        let (body, seal) = text.strip_suffix('\n')?.split_once('\n')?;
        let (key, signature) = seal.split_once(' ')?;
        let key: PublicKey = key.parse().ok()?;
        let signature: Signature = signature.parse().ok()?;
        let head = serde_json::from_str(body).ok()?;
        key.verifies(body.as_bytes(), &signature).then_some((head, key))
    }
}
