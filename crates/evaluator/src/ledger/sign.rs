//! Who signs: keys, signatures, and the one trait that an assessor's key is reached through.
//!
//! A signature names its scheme, so that a ledger may hold entries signed by a key in a file (Ed25519) and by
//! a secure element (ECDSA on P-256, which is what cards have). What is signed is always the entry's text as
//! it stands in the file, preceded by [`CONTEXT`], so that a signature made here can be taken for no other.

use super::digest::Digest;
use ed25519_dalek::{Signer as _, SigningKey};
use p256::ecdsa::signature::Verifier as _;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use thiserror::Error;
use zeroize::Zeroizing;

/// What precedes every signed text.
pub const CONTEXT: &[u8] = b"medseal evaluation ledger v1\0";

/// How a signature is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scheme {
    /// Ed25519 (RFC 8032): public key 32 bytes, signature 64 bytes.
    Ed25519,
    /// ECDSA on P-256 with SHA-256 (FIPS 186-5): public key an uncompressed point of 65 bytes, signature
    /// `r || s` of 64 bytes.
    Es256,
}

impl Scheme {
    const NAMES: [(Scheme, &'static str); 2] = [(Scheme::Ed25519, "ed25519"), (Scheme::Es256, "es256")];

    fn name(self) -> &'static str {
        match self {
            Scheme::Ed25519 => "ed25519",
            Scheme::Es256 => "es256",
        }
    }
}

/// Why a key or a signature cannot be what it says.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum KeyError {
    /// Not `SCHEME:HEX`.
    #[error("`{0}` is no public key: ed25519:HEX or es256:HEX")]
    Form(String),
    /// The bytes are no point of the curve, or a weak one.
    #[error("the {0} key's bytes are no usable public key")]
    Point(&'static str),
    /// A secret key file of another length.
    #[error("a secret key has 32 bytes in hexadecimal, this one has {0} characters")]
    Secret(usize),
}

/// The public key of somebody who signs entries, written `ed25519:HEX` or `es256:HEX`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PublicKey {
    scheme: Scheme,
    bytes: Vec<u8>,
}

impl PublicKey {
    /// An Ed25519 key of 32 bytes, or a P-256 key as an uncompressed point.
    ///
    /// # Errors
    /// [`KeyError::Point`] when the bytes are no usable key of the scheme.
    pub fn new(scheme: Scheme, bytes: Vec<u8>) -> Result<Self, KeyError> {
        let usable = match scheme {
            Scheme::Ed25519 => <[u8; 32]>::try_from(bytes.as_slice())
                .ok()
                .and_then(|bytes| ed25519_dalek::VerifyingKey::from_bytes(&bytes).ok())
                .is_some_and(|key| !key.is_weak()),
            Scheme::Es256 => bytes.len() == 65 && p256::ecdsa::VerifyingKey::from_sec1_bytes(&bytes).is_ok(),
        };
        if usable { Ok(Self { scheme, bytes }) } else { Err(KeyError::Point(scheme.name())) }
    }

    /// A short name: the first eight bytes of the SHA-256 of its text, in hexadecimal.
    #[must_use]
    pub fn id(&self) -> String {
        Digest::of(self.to_string().as_bytes()).short()
    }

    /// Whether the signature over a text (with [`CONTEXT`] before it) is this key's.
    #[must_use]
    pub fn verifies(&self, text: &[u8], signature: &Signature) -> bool {
        let message = [CONTEXT, text].concat();
        match self.scheme {
            Scheme::Ed25519 => <[u8; 32]>::try_from(self.bytes.as_slice())
                .ok()
                .and_then(|bytes| ed25519_dalek::VerifyingKey::from_bytes(&bytes).ok())
                .is_some_and(|key| {
                    let signature = ed25519_dalek::Signature::from_bytes(&signature.0);
                    key.verify_strict(&message, &signature).is_ok()
                }),
            Scheme::Es256 => p256::ecdsa::VerifyingKey::from_sec1_bytes(&self.bytes)
                .ok()
                .zip(p256::ecdsa::Signature::from_slice(&signature.0).ok())
                .is_some_and(|(key, signature)| key.verify(&message, &signature).is_ok()),
        }
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.scheme.name(), hex::encode(&self.bytes))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({self})")
    }
}

impl FromStr for PublicKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let bad = || KeyError::Form(text.chars().take(80).collect());
        let (name, bytes) = text.split_once(':').ok_or_else(bad)?;
        let (scheme, _) = Scheme::NAMES.into_iter().find(|(_, known)| *known == name).ok_or_else(bad)?;
        if bytes.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Err(bad());
        }
        Self::new(scheme, hex::decode(bytes).map_err(|_| bad())?)
    }
}

impl Serialize for PublicKey {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PublicKey {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// A signature's 64 bytes, of either scheme.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Signature(pub [u8; 64]);

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl FromStr for Signature {
    type Err = &'static str;

    /// Reads the one way in which it is written: lower-case hexadecimal.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut bytes = [0; 64];
        let is_lower = !text.bytes().any(|byte| byte.is_ascii_uppercase());
        match hex::decode_to_slice(text, &mut bytes) {
            Ok(()) if is_lower => Ok(Self(bytes)),
            Ok(()) | Err(_) => Err("a signature is 128 lower-case hexadecimal characters"),
        }
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signature({self})")
    }
}

/// Why there is no signature, in the words of what holds the key.
#[derive(Debug, Error)]
pub enum SignError {
    /// The key says no: a wrong PIN, another key than it said, a text that is too long.
    #[error("the key would not sign: {0}")]
    Refused(String),
    /// What holds the key cannot be reached, or no longer.
    #[error("the key cannot be reached: {0}")]
    Unreachable(String),
}

/// What holds an assessor's or operator's secret key: a file, or a secure element behind a reader.
pub trait Signer {
    /// The public key that its signatures verify with.
    fn public_key(&self) -> PublicKey;

    /// Signs a message (which already holds [`CONTEXT`]) whole; hashing is the signer's part.
    ///
    /// # Errors
    /// [`SignError`] when the key cannot be reached or refuses.
    fn sign(&self, message: &[u8]) -> Result<Signature, SignError>;
}

/// Signs a text with [`CONTEXT`] before it, and does not believe the signer: the signature is checked at once, so that a
/// card exchanged in between, or one that errs, leaves nothing behind.
///
/// # Errors
/// [`SignError`].
pub fn signed(text: &[u8], signer: &dyn Signer) -> Result<(PublicKey, Signature), SignError> {
    let signature = signer.sign(&[CONTEXT, text].concat())?;
    let key = signer.public_key();
    if !key.verifies(text, &signature) {
        return Err(SignError::Refused("the signature it made is not its key's".into()));
    }
    Ok((key, signature))
}

/// An Ed25519 key held in memory, from a file that its owner alone can read. It is wiped when dropped.
pub struct FileKey(SigningKey);

impl FileKey {
    /// From 32 secret bytes.
    #[must_use]
    pub fn from_secret(secret: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(secret))
    }

    /// Reads a key file: 64 hexadecimal characters, with or without a line end.
    ///
    /// # Errors
    /// [`KeyError::Secret`] when it is anything else.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let text = text.trim();
        let mut secret = Zeroizing::new([0; 32]);
        hex::decode_to_slice(text, secret.as_mut_slice()).map_err(|_| KeyError::Secret(text.len()))?;
        Ok(Self::from_secret(&secret))
    }
}

impl Signer for FileKey {
    fn public_key(&self) -> PublicKey {
        PublicKey { scheme: Scheme::Ed25519, bytes: self.0.verifying_key().to_bytes().to_vec() }
    }

    fn sign(&self, message: &[u8]) -> Result<Signature, SignError> {
        Ok(Signature(self.0.sign(message).to_bytes()))
    }
}
