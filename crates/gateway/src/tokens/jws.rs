//! Client assertions of systems: JWTs in JWS compact form (RFC 7515 section 7.1, RFC 7523 section 3).

use seal::jws::{self, Compact};
use serde::Deserialize;

use super::jwk::PublicKey;
use crate::limits;

/// How an assertion is signed (RFC 7518 section 3.1). `none` and all secrets are not among them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(super) enum Algorithm {
    Es256,
    Es384,
    Rs384,
}

impl Algorithm {
    /// All of them, as metadata lists them.
    pub(super) const ALL: &[Self] = &[Self::Es384, Self::Rs384, Self::Es256];

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
            Self::Rs384 => "RS384",
        }
    }
}

/// Why an assertion is not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JwsError {
    /// Not a JWS in compact form, or too long.
    #[error(transparent)]
    Form(#[from] jws::JwsError),
    /// No key of this client has that id.
    #[error("no key {0:?} of this client")]
    Key(String),
    /// The signature does not fit.
    #[error("the signature does not fit")]
    Signature,
    /// A claim is not what it must be.
    #[error("claim {0} is not what it must be")]
    Claim(&'static str),
    /// Over, not yet valid, or valid for too long.
    #[error("valid to {exp}, now it is {now}")]
    Time {
        /// When it ceases to be valid.
        exp: i64,
        /// The time of the check.
        now: i64,
    },
}

#[derive(Clone, Debug, Deserialize)]
struct Header {
    alg: Algorithm,
    kid: String,
}

/// One audience or several (RFC 7519 section 4.1.3).
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

#[derive(Clone, Debug, Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    exp: i64,
    #[serde(default)]
    nbf: Option<i64>,
    #[serde(default)]
    iat: Option<i64>,
    jti: String,
}

/// A claim: an assertion whose form was read and whose signature was not checked.
#[derive(Clone, Debug)]
pub struct ClientAssertion(Compact<Header, Claims>);

/// What of an accepted assertion must be remembered, so that it is not accepted again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Used {
    pub(super) jti: String,
    pub(super) exp: i64,
}

impl ClientAssertion {
    /// Reads its form.
    ///
    /// # Errors
    /// [`JwsError::Form`] with the part that cannot be read.
    pub fn parse(token: &str) -> Result<Self, JwsError> {
        Ok(Self(Compact::parse(token, limits::TOKEN_ASSERTION_BYTES)?))
    }

    /// The client that it says it comes from, unproven.
    pub fn claimed_client(&self) -> &str {
        &self.0.claims.iss
    }

    /// Accepts it if one of these keys signed it and it is meant for `audience` now.
    pub(super) fn verify(self, keys: &[PublicKey], audience: &str, now: i64) -> Result<Used, JwsError> {
        let kid = &self.0.header.kid;
        let mut named = keys.iter().filter(|key| key.kid == *kid).peekable();
        if named.peek().is_none() {
            return Err(JwsError::Key(kid.clone()));
        }
        // A set may hold several keys of one id, of different kinds (SMART App Launch 2.2, section on key ids).
        if !named.any(|key| key.verifies(self.0.header.alg, self.0.signing_input(), &self.0.signature)) {
            return Err(JwsError::Signature);
        }
        let Claims { iss, sub, aud, exp, nbf, iat, jti } = self.0.claims;
        if iss != sub {
            return Err(JwsError::Claim("sub"));
        }
        let meant = match &aud {
            Audience::One(one) => one == audience,
            Audience::Several(several) => several.iter().any(|one| one == audience),
        };
        if !meant {
            return Err(JwsError::Claim("aud"));
        }
        if jti.is_empty() || jti.len() > limits::TOKEN_JTI_BYTES {
            return Err(JwsError::Claim("jti"));
        }
        let (leeway, lifetime) = (limits::TOKEN_LEEWAY_S, limits::ASSERTION_LIFE_S);
        let early = |at: Option<i64>| at.is_some_and(|at| at.saturating_sub(leeway) > now);
        let over = exp.saturating_add(leeway) <= now;
        let too_long = exp > now.saturating_add(lifetime + leeway)
            || iat.is_some_and(|iat| exp.saturating_sub(iat) > lifetime);
        if over || too_long || early(nbf) || early(iat) {
            return Err(JwsError::Time { exp, now });
        }
        Ok(Used { jti, exp })
    }
}
