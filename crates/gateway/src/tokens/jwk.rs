//! Public keys as JSON Web Keys (RFC 7517, RFC 7518 section 6), and the checks of their signatures.

use aws_lc_rs::rsa::PublicKeyComponents;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, EcdsaVerificationAlgorithm, RSA_PKCS1_2048_8192_SHA384,
    UnparsedPublicKey,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

use super::jws::Algorithm;
use crate::limits;

/// A key as a JWK set or the configuration holds it. Members that say nothing about its use here (`x5c`, `ext`, …) are not read.
#[derive(Clone, Debug, Deserialize)]
pub struct Jwk {
    kty: String,
    #[serde(default)]
    kid: Option<String>,
    #[serde(default)]
    alg: Option<String>,
    #[serde(default, rename = "use")]
    purpose: Option<String>,
    #[serde(default)]
    crv: Option<String>,
    #[serde(default)]
    x: Option<String>,
    #[serde(default)]
    y: Option<String>,
    #[serde(default)]
    n: Option<String>,
    #[serde(default)]
    e: Option<String>,
    #[serde(default)]
    d: Option<String>,
}

/// A set of them (RFC 7517 section 5).
#[derive(Debug, Deserialize)]
pub(super) struct JwkSet {
    pub(super) keys: Vec<Jwk>,
}

/// Why a key cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JwkError {
    /// Another kind of key than EC on P-256 or P-384, or RSA.
    #[error("no key of a kind that is accepted: {kty} {crv}")]
    Kind {
        /// Its `kty`.
        kty: String,
        /// Its `crv`.
        crv: String,
    },
    /// A member is missing or not base64url of the right length.
    #[error("member {0} is missing or not what it must be")]
    Member(&'static str),
    /// A private key has no business here.
    #[error("it is a private key: only public ones belong here")]
    Private,
    /// It says it is for something else.
    #[error("it is meant for {0}, not for signatures")]
    Purpose(String),
}

/// A key that can check signatures.
#[derive(Clone, Debug)]
pub(super) struct PublicKey {
    pub(super) kid: String,
    material: Material,
}

#[derive(Clone, Debug)]
enum Material {
    P256(Vec<u8>),
    P384(Vec<u8>),
    Rsa { n: Vec<u8>, e: Vec<u8> },
}

impl Jwk {
    /// The key, if it is one of the accepted kinds.
    pub(super) fn public_key(&self) -> Result<PublicKey, JwkError> {
        if self.d.is_some() {
            return Err(JwkError::Private);
        }
        if let Some(purpose) = self.purpose.as_ref().filter(|purpose| *purpose != "sig") {
            return Err(JwkError::Purpose(purpose.clone()));
        }
        let kid = self.kid.clone().ok_or(JwkError::Member("kid"))?;
        let material = match (self.kty.as_str(), self.crv.as_deref()) {
            ("EC", Some("P-256")) => Material::P256(self.point(32)?),
            ("EC", Some("P-384")) => Material::P384(self.point(48)?),
            ("RSA", None) => {
                let n = member("n", self.n.as_deref())?;
                if !limits::TOKEN_RSA_BYTES.contains(&n.len()) {
                    return Err(JwkError::Member("n"));
                }
                Material::Rsa { n, e: member("e", self.e.as_deref())? }
            }
            (kty, crv) => {
                return Err(JwkError::Kind { kty: kty.into(), crv: crv.unwrap_or_default().into() });
            }
        };
        let key = PublicKey { kid, material };
        match &self.alg {
            Some(alg) if !key.algorithms().iter().any(|one| one.as_str() == alg) => {
                Err(JwkError::Member("alg"))
            }
            Some(_) | None => Ok(key),
        }
    }

    /// The uncompressed point of coordinates that are `size` bytes long.
    fn point(&self, size: usize) -> Result<Vec<u8>, JwkError> {
        let (x, y) = (member("x", self.x.as_deref())?, member("y", self.y.as_deref())?);
        if x.len() != size {
            return Err(JwkError::Member("x"));
        }
        if y.len() != size {
            return Err(JwkError::Member("y"));
        }
        Ok([&[4], &x[..], &y[..]].concat())
    }
}

fn member(name: &'static str, value: Option<&str>) -> Result<Vec<u8>, JwkError> {
    URL_SAFE_NO_PAD
        .decode(value.unwrap_or_default())
        .ok()
        .filter(|bytes| !bytes.is_empty())
        .ok_or(JwkError::Member(name))
}

impl PublicKey {
    /// What it may sign with: one algorithm a kind of key, so that nothing is left to whoever writes the header.
    fn algorithms(&self) -> &'static [Algorithm] {
        match self.material {
            Material::P256(_) => &[Algorithm::Es256],
            Material::P384(_) => &[Algorithm::Es384],
            Material::Rsa { .. } => &[Algorithm::Rs384],
        }
    }

    /// Whether it made this signature with this algorithm.
    pub(super) fn verifies(&self, algorithm: Algorithm, signed: &[u8], signature: &[u8]) -> bool {
        if !self.algorithms().contains(&algorithm) {
            return false;
        }
        let ecdsa = |kind: &'static EcdsaVerificationAlgorithm, point: &[u8]| {
            UnparsedPublicKey::new(kind, point).verify(signed, signature).is_ok()
        };
        match &self.material {
            Material::P256(point) => ecdsa(&ECDSA_P256_SHA256_FIXED, point),
            Material::P384(point) => ecdsa(&ECDSA_P384_SHA384_FIXED, point),
            Material::Rsa { n, e } => {
                PublicKeyComponents { n, e }.verify(&RSA_PKCS1_2048_8192_SHA384, signed, signature).is_ok()
            }
        }
    }
}
