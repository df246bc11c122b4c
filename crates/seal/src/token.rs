//! Tokens by which a device says who it is (RFC 7523 assertions in JWS compact form, RFC 7515).
//!
//! A device builds an assertion with [`sign`] over any [`TokenSigner`] (its element, ES256 or HS256); the token
//! service reads it as an [`UnverifiedToken`], a claim, which only `verify` turns into a [`Assertion`] to rely on.
//! The service itself remembers the `jti` of assertions until they expire, since each may be used once.

use aws_lc_rs::hmac;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::ids::{DeviceId, KeyId};
use crate::limits;
use crate::verify::VerifyingKey;

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

#[derive(Serialize, Deserialize)]
struct Header {
    alg: TokenAlgorithm,
    kid: KeyId,
    #[serde(default)]
    typ: String,
    /// Extensions that must be understood (RFC 7515 section 4.1.11); none is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    crit: Option<Vec<String>>,
}

/// Why a token is not accepted.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// Not three parts of base64url with the JSON that must be in them.
    #[error("part {part} of the token is not well formed")]
    Malformed {
        /// 1 header, 2 claims, 3 signature; 0 the whole.
        part: u8,
    },
    /// Longer than an element signs.
    #[error("a token of {0} bytes")]
    Length(usize),
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
/// [`TokenError::Length`] when an element could not sign it, [`TokenError::Signer`] when the signer fails.
pub fn sign<S: TokenSigner>(assertion: &Assertion, signer: &mut S) -> Result<String, TokenError> {
    let header = Header { alg: signer.algorithm(), kid: signer.key_id(), typ: "JWT".into(), crit: None };
    let json = |part, value: serde_json::Result<Vec<u8>>| {
        value.map(|json| URL_SAFE_NO_PAD.encode(json)).map_err(|_| TokenError::Malformed { part })
    };
    let header = json(1, serde_json::to_vec(&header))?;
    let claims = json(2, serde_json::to_vec(assertion))?;
    let mut token = format!("{header}.{claims}");
    if token.len() > limits::TOKEN_INPUT {
        return Err(TokenError::Length(token.len()));
    }
    let signature = signer.sign(token.as_bytes()).map_err(|e| TokenError::Signer(Box::new(e)))?;
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(signature, &mut token);
    Ok(token)
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
pub struct UnverifiedToken {
    signed: String,
    signature: Vec<u8>,
    algorithm: TokenAlgorithm,
    kid: KeyId,
    assertion: Assertion,
}

impl UnverifiedToken {
    /// Reads a token's form.
    ///
    /// # Errors
    /// [`TokenError::Length`] or [`TokenError::Malformed`].
    pub fn parse(token: &str) -> Result<Self, TokenError> {
        if token.len() > limits::TOKEN_INPUT + 100 {
            return Err(TokenError::Length(token.len()));
        }
        let (signed, signature) = token.rsplit_once('.').ok_or(TokenError::Malformed { part: 0 })?;
        let (header, claims) = signed.split_once('.').ok_or(TokenError::Malformed { part: 0 })?;
        let decode =
            |part, text: &str| URL_SAFE_NO_PAD.decode(text).map_err(|_| TokenError::Malformed { part });
        let header: Header =
            serde_json::from_slice(&decode(1, header)?).map_err(|_| TokenError::Malformed { part: 1 })?;
        if header.crit.is_some() {
            return Err(TokenError::Malformed { part: 1 });
        }
        let assertion =
            serde_json::from_slice(&decode(2, claims)?).map_err(|_| TokenError::Malformed { part: 2 })?;
        let signature = decode(3, signature)?;
        Ok(Self { signed: signed.to_owned(), signature, algorithm: header.alg, kid: header.kid, assertion })
    }

    /// How it says it is signed.
    #[must_use]
    pub fn algorithm(&self) -> TokenAlgorithm {
        self.algorithm
    }

    /// The device that it says it comes from, unproven.
    #[must_use]
    pub fn claimed_device(&self) -> &DeviceId {
        &self.assertion.iss
    }

    /// Accepts it if the device's token key signed it (ES256).
    ///
    /// # Errors
    /// [`TokenError`] saying what differs.
    pub fn verify_es256(self, key: &VerifyingKey, expected: &Expected<'_>) -> Result<Assertion, TokenError> {
        if self.algorithm != TokenAlgorithm::Es256 || self.kid != key.key_id() {
            return Err(TokenError::Key);
        }
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, key.sec1_point())
            .verify(self.signed.as_bytes(), &self.signature)
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
        if self.algorithm != TokenAlgorithm::Hs256 || self.kid != secret.kid {
            return Err(TokenError::Key);
        }
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose_secret());
        hmac::verify(&key, self.signed.as_bytes(), &self.signature).map_err(|_| TokenError::Signature)?;
        self.accept(device, expected)
    }

    fn accept(self, device: &DeviceId, expected: &Expected<'_>) -> Result<Assertion, TokenError> {
        let Assertion { iss, sub, aud, exp, iat, .. } = &self.assertion;
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
        Ok(self.assertion)
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
