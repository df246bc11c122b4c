//! Tokens by which a device says who it is (RFC 7523 assertions in JWS compact form, RFC 7515).
//!
//! A device builds an assertion with [`sign`] over any [`TokenSigner`] (its element, ES256 or HS256); the token
//! service reads it as an [`UnverifiedToken`], a claim, which only `verify` turns into a [`Assertion`] to rely on.
//! The service itself remembers the `jti` of assertions until they expire, since each may be used once.

use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, UnparsedPublicKey,
};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::ids::{DeviceId, KeyId};
use crate::jws::{self, Compact, JwsError};
use crate::limits;
use crate::sealer::SoftwareSealerError;
use crate::verify::{VerifyingKey, key_id};

/// How a token is signed (RFC 7518 section 3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum TokenAlgorithm {
    /// ECDSA on P-256 with SHA-256; 64 bytes `r || s`.
    #[serde(rename = "ES256")]
    Es256,
    /// HMAC with SHA-256; 32 bytes.
    #[serde(rename = "HS256")]
    Hs256,
}

/// Something that signs tokens.
pub trait TokenSigner {
    /// What can go wrong on the way to it and back.
    type Error: std::error::Error + Send + Sync + 'static;

    /// How it signs.
    fn algorithm(&self) -> TokenAlgorithm;

    /// The id of its key.
    fn key_id(&self) -> KeyId;

    /// The signature over a JWS signing input, in the form that the algorithm says.
    ///
    /// # Errors
    /// Whatever keeps the signer from answering.
    fn sign(&mut self, signing_input: &[u8]) -> Result<Vec<u8>, Self::Error>;
}

/// The claims of RFC 7523 section 3; times are seconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assertion {
    /// The device that speaks.
    pub iss: DeviceId,
    /// The device that is spoken of: the same.
    pub sub: DeviceId,
    /// Address of the token service that it is meant for.
    pub aud: String,
    /// When it ceases to be valid.
    pub exp: i64,
    /// When it was made.
    pub iat: i64,
    /// A name that no other assertion of the device has.
    pub jti: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Header {
    alg: TokenAlgorithm,
    kid: KeyId,
    #[serde(default)]
    typ: String,
}

/// Why a token is not accepted.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// No JWS in compact form, or longer than an element signs.
    #[error(transparent)]
    Form(#[from] JwsError),
    /// Made with another key or algorithm than asked for.
    #[error("made with another key or algorithm")]
    Key,
    /// The signature does not fit.
    #[error("the signature does not fit")]
    Signature,
    /// Issuer, subject or audience is another one.
    #[error("claim {0} is not what it must be")]
    Claim(&'static str),
    /// Expired, made in the future, or valid for longer than allowed.
    #[error("made at {iat}, valid to {exp}, now it is {now}")]
    Time {
        /// When it says it was made.
        iat: i64,
        /// When it says it expires.
        exp: i64,
        /// The time of the check.
        now: i64,
    },
    /// The signer failed.
    #[error("the token was not signed: {0}")]
    Signer(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// The token that says `assertion`, signed.
///
/// # Errors
/// [`JwsError::Length`] when an element could not sign it, [`TokenError::Signer`] when the signer fails.
pub fn sign<S: TokenSigner>(assertion: &Assertion, signer: &mut S) -> Result<String, TokenError> {
    let header = Header { alg: signer.algorithm(), kid: signer.key_id(), typ: "JWT".into() };
    let input = jws::signing_input(&header, assertion)?;
    if input.len() > limits::TOKEN_INPUT {
        return Err(JwsError::Length(input.len()).into());
    }
    let signature = signer.sign(input.as_bytes()).map_err(|e| TokenError::Signer(Box::new(e)))?;
    Ok(jws::signed(input, &signature))
}

/// A token key in memory (ES256) in the place of an element's: for tests and for tools that load a gateway, never for a device.
#[derive(Debug)]
pub struct SoftwareTokenKey {
    key: EcdsaKeyPair,
    point: [u8; 65],
}

impl SoftwareTokenKey {
    /// A fresh one.
    ///
    /// # Errors
    /// [`SoftwareSealerError::Refused`] without randomness.
    pub fn generate() -> Result<Self, SoftwareSealerError> {
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING);
        let key = key.map_err(|_| SoftwareSealerError::Refused)?;
        let point = key.public_key().as_ref().try_into().map_err(|_| SoftwareSealerError::Key)?;
        Ok(Self { key, point })
    }

    /// The uncompressed point of its public key.
    #[must_use]
    pub fn public_point(&self) -> &[u8; 65] {
        &self.point
    }
}

impl TokenSigner for SoftwareTokenKey {
    type Error = SoftwareSealerError;

    fn algorithm(&self) -> TokenAlgorithm {
        TokenAlgorithm::Es256
    }

    fn key_id(&self) -> KeyId {
        key_id(&self.point)
    }

    fn sign(&mut self, signing_input: &[u8]) -> Result<Vec<u8>, SoftwareSealerError> {
        let signature = self.key.sign(&SystemRandom::new(), signing_input);
        Ok(signature.map_err(|_| SoftwareSealerError::Refused)?.as_ref().to_vec())
    }
}

/// What a token must be to be accepted.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// The token service's own address.
    pub audience: &'a str,
    /// The time now, seconds since 1970.
    pub now: i64,
    /// How far clocks may differ, in seconds.
    pub leeway: i64,
    /// Longest time from `iat` to `exp`, in seconds.
    pub lifetime: i64,
}

/// A claim: a token whose form was read and whose signature was not checked. It says which device's key to
/// fetch, and nothing else of it can be had.
#[derive(Debug, Clone)]
pub struct UnverifiedToken(Compact<Header, Assertion>);

impl UnverifiedToken {
    /// Reads a token's form.
    ///
    /// # Errors
    /// [`TokenError::Form`]
    pub fn parse(token: &str) -> Result<Self, TokenError> {
        Ok(Self(Compact::parse(token, limits::TOKEN_INPUT + 100)?))
    }

    /// How it says it is signed.
    #[must_use]
    pub fn algorithm(&self) -> TokenAlgorithm {
        self.0.header.alg
    }

    /// The device that it says it comes from, unproven.
    #[must_use]
    pub fn claimed_device(&self) -> &DeviceId {
        &self.0.claims.iss
    }

    /// Accepts it if the device's token key signed it (ES256).
    ///
    /// # Errors
    /// [`TokenError`] saying what differs.
    pub fn verify_es256(self, key: &VerifyingKey, expected: &Expected<'_>) -> Result<Assertion, TokenError> {
        if self.algorithm() != TokenAlgorithm::Es256 || self.0.header.kid != key.key_id() {
            return Err(TokenError::Key);
        }
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, key.sec1_point())
            .verify(self.0.signing_input(), &self.0.signature)
            .map_err(|_| TokenError::Signature)?;
        self.accept(key.device(), expected)
    }

    /// Accepts it if it was signed with the secret that only `device` and the token service hold (HS256).
    ///
    /// # Errors
    /// [`TokenError`] saying what differs.
    pub fn verify_hs256(
        self,
        device: &DeviceId,
        secret: &TokenSecret,
        expected: &Expected<'_>,
    ) -> Result<Assertion, TokenError> {
        if self.algorithm() != TokenAlgorithm::Hs256 || self.0.header.kid != secret.kid {
            return Err(TokenError::Key);
        }
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose_secret());
        hmac::verify(&key, self.0.signing_input(), &self.0.signature).map_err(|_| TokenError::Signature)?;
        self.accept(device, expected)
    }

    fn accept(self, device: &DeviceId, expected: &Expected<'_>) -> Result<Assertion, TokenError> {
        let Assertion { iss, sub, aud, exp, iat, .. } = &self.0.claims;
        if iss != device {
            return Err(TokenError::Claim("iss"));
        }
        if sub != device {
            return Err(TokenError::Claim("sub"));
        }
        if aud != expected.audience {
            return Err(TokenError::Claim("aud"));
        }
        let now = expected.now;
        let too_old = exp.saturating_add(expected.leeway) <= now;
        let too_new = iat.saturating_sub(expected.leeway) > now;
        if too_old || too_new || exp.saturating_sub(*iat) > expected.lifetime {
            return Err(TokenError::Time { iat: *iat, exp: *exp, now });
        }
        Ok(self.0.claims)
    }
}

/// An HMAC key that an element and the token service share; wiped when dropped.
#[derive(Clone)]
pub struct TokenSecret {
    kid: KeyId,
    secret: Zeroizing<[u8; 32]>,
}

impl TokenSecret {
    /// The secret under this key id.
    #[must_use]
    pub fn new(kid: KeyId, secret: Zeroizing<[u8; 32]>) -> Self {
        Self { kid, secret }
    }

    /// The id that tokens made with it carry.
    #[must_use]
    pub fn key_id(&self) -> KeyId {
        self.kid
    }

    /// The secret's bytes, for loading them into an element.
    #[must_use]
    pub fn expose_secret(&self) -> &[u8; 32] {
        &self.secret
    }
}

impl std::fmt::Debug for TokenSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TokenSecret({})", self.kid)
    }
}
