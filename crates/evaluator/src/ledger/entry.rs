//! One entry as a file of two lines: the text that is signed, and the signature.
//!
//! ```text
//! {"number":7,"previous":"…","at":"…","by":"…","event":{…}}      the body, JSON without line ends
//! ed25519:PUBLIC-KEY SIGNATURE                                    over the first line's bytes, without its line end
//! ```
//!
//! The first line is what is signed, byte for byte: nobody has to agree on how JSON is written. The entry's
//! hash, which the next one names, is over both lines, so a signature cannot be exchanged either.

use super::digest::Digest;
use super::event::Body;
use super::limits;
use super::sign::{KeyError, PublicKey, SignError, Signature, Signer, signed};
use thiserror::Error;

/// Why a file is no entry.
#[derive(Debug, Error)]
pub enum EntryError {
    /// Larger than an entry may be.
    #[error("{0} bytes, but an entry has at most {max}", max = limits::ENTRY)]
    TooLarge(usize),
    /// Not two whole lines: it was cut off, or something was added.
    #[error("{0} whole lines, but an entry has 2")]
    Lines(usize),
    /// The text is not the entry it should be.
    #[error("its text is no entry: {0}")]
    Body(serde_json::Error),
    /// Not `KEY SIGNATURE`.
    #[error("its second line is no signature")]
    Signature,
    /// The key's text is wrong.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The text was changed after it was signed, or signed with another key.
    #[error("its signature does not fit its text")]
    Forged,
}

/// An entry whose signature is true for the key that it names. Whether that key is anybody's is another question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    body: Body,
    key: PublicKey,
    bytes: Vec<u8>,
}

impl Entry {
    /// Writes and signs one.
    ///
    /// # Errors
    /// [`SignError`] when the key refuses.
    pub fn sign(body: Body, signer: &dyn Signer) -> Result<Self, SignError> {
        let text = serde_json::to_string(&body).map_err(|error| SignError::Refused(error.to_string()))?;
        let (key, signature) = signed(text.as_bytes(), signer)?;
        let bytes = format!("{text}\n{key} {signature}\n").into_bytes();
        if bytes.len() > limits::ENTRY {
            return Err(SignError::Refused(EntryError::TooLarge(bytes.len()).to_string()));
        }
        Ok(Self { body, key, bytes })
    }

    /// Reads a file and checks its signature.
    ///
    /// # Errors
    /// [`EntryError`], which says what is wrong.
    pub fn parse(bytes: &[u8]) -> Result<Self, EntryError> {
        if bytes.len() > limits::ENTRY {
            return Err(EntryError::TooLarge(bytes.len()));
        }
        let whole = bytes.iter().filter(|byte| **byte == b'\n').count();
        let lines: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').collect();
        let [text, seal, []] = lines.as_slice() else {
            return Err(EntryError::Lines(whole));
        };
        let body: Body = serde_json::from_slice(text).map_err(EntryError::Body)?;
        let seal = std::str::from_utf8(seal).map_err(|_| EntryError::Signature)?;
        let (key, signature) = seal.split_once(' ').ok_or(EntryError::Signature)?;
        let key: PublicKey = key.parse()?;
        let signature: Signature = signature.parse().map_err(|_| EntryError::Signature)?;
        if !key.verifies(text, &signature) {
            return Err(EntryError::Forged);
        }
        Ok(Self { body, key, bytes: bytes.to_vec() })
    }

    /// What it tells.
    #[must_use]
    pub fn body(&self) -> &Body {
        &self.body
    }

    /// Whose key signed it.
    #[must_use]
    pub fn key(&self) -> &PublicKey {
        &self.key
    }

    /// The file.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Its hash, which the next entry names.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(&self.bytes)
    }

    /// The evidence it names.
    #[must_use]
    pub fn evidence(&self) -> Vec<Digest> {
        use super::event::Event;
        match &self.body.event {
            Event::Opened { .. } | Event::Confirmation(_) | Event::Carry(_) => Vec::new(),
            Event::Run(run) => vec![run.output],
            Event::Judgement(judgement) => {
                std::iter::once(judgement.form).chain(judgement.evidence.iter().copied()).collect()
            }
            Event::Recognition(recognition) => vec![recognition.document],
        }
    }
}
