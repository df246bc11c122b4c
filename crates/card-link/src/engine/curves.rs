//! The curves that aws-lc has, and its names for what is done on them.

use aws_lc_rs::agreement::{self, ECDH_P256, ECDH_P384, ECDH_P521};
use aws_lc_rs::digest::{self, Digest, SHA256, SHA384, SHA512};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P256K1_SHA256_FIXED,
    ECDSA_P256K1_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED, ECDSA_P384_SHA384_FIXED_SIGNING,
    ECDSA_P521_SHA512_FIXED, ECDSA_P521_SHA512_FIXED_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm,
    EcdsaVerificationAlgorithm, ParsedPublicKey,
};
use card_runtime::crypto::Secret;
use card_runtime::crypto::curve::{Curve, CurveError, NamedCurve};

/// A curve of aws-lc. Its algorithms fix a digest, which only says how many bytes are signed: any digest can be brought to
/// that length (FIPS 186-5, 6.4.1).
pub(super) struct FastCurve {
    /// Tells keys of different curves apart.
    pub(super) number: u8,
    length: usize,
    signing: &'static EcdsaSigningAlgorithm,
    verifying: &'static EcdsaVerificationAlgorithm,
    /// Not there for secp256k1.
    pub(super) agreement: Option<&'static agreement::Algorithm>,
    digest: &'static digest::Algorithm,
}

/// The curve, if aws-lc has it.
pub(super) fn fast(curve: &Curve) -> Option<FastCurve> {
    let Curve::Named(name) = curve else { return None };
    match name {
        NamedCurve::Secp256r1 => Some(FastCurve {
            number: 0,
            length: 32,
            signing: &ECDSA_P256_SHA256_FIXED_SIGNING,
            verifying: &ECDSA_P256_SHA256_FIXED,
            agreement: Some(&ECDH_P256),
            digest: &SHA256,
        }),
        NamedCurve::Secp384r1 => Some(FastCurve {
            number: 1,
            length: 48,
            signing: &ECDSA_P384_SHA384_FIXED_SIGNING,
            verifying: &ECDSA_P384_SHA384_FIXED,
            agreement: Some(&ECDH_P384),
            digest: &SHA384,
        }),
        NamedCurve::Secp521r1 => Some(FastCurve {
            number: 2,
            length: 66,
            signing: &ECDSA_P521_SHA512_FIXED_SIGNING,
            verifying: &ECDSA_P521_SHA512_FIXED,
            agreement: Some(&ECDH_P521),
            digest: &SHA512,
        }),
        NamedCurve::Secp256k1 => Some(FastCurve {
            number: 3,
            length: 32,
            signing: &ECDSA_P256K1_SHA256_FIXED_SIGNING,
            verifying: &ECDSA_P256K1_SHA256_FIXED,
            agreement: None,
            digest: &SHA256,
        }),
        NamedCurve::Secp112r1
        | NamedCurve::Secp128r1
        | NamedCurve::Secp160r1
        | NamedCurve::Secp192r1
        | NamedCurve::Secp224r1
        | NamedCurve::BrainpoolP192r1
        | NamedCurve::BrainpoolP192t1
        | NamedCurve::BrainpoolP224r1
        | NamedCurve::BrainpoolP224t1
        | NamedCurve::BrainpoolP256r1
        | NamedCurve::BrainpoolP256t1
        | NamedCurve::BrainpoolP320r1
        | NamedCurve::BrainpoolP320t1
        | NamedCurve::BrainpoolP384r1
        | NamedCurve::BrainpoolP384t1
        | NamedCurve::BrainpoolP512r1
        | NamedCurve::BrainpoolP512t1
        | NamedCurve::Sm2
        | NamedCurve::Frp256v1 => None,
    }
}

/// A number in so many bytes.
pub(super) fn filled(number: &[u8], length: usize) -> Result<Secret, CurveError> {
    let start = number.iter().position(|byte| *byte != 0).unwrap_or(number.len());
    let digits = number.get(start..).unwrap_or_default();
    let zeros = length.checked_sub(digits.len()).ok_or(CurveError::Secret)?;
    let mut all = Secret::new(vec![0; zeros]);
    all.extend_from_slice(digits);
    Ok(all)
}

impl FastCurve {
    pub(super) fn public(&self, secret: &[u8]) -> Result<Vec<u8>, CurveError> {
        let Some(algorithm) = self.agreement else {
            return Curve::Named(NamedCurve::Secp256k1).public(secret);
        };
        let secret = filled(secret, self.length)?;
        let key = agreement::PrivateKey::from_private_key(algorithm, &secret);
        let public = key.and_then(|key| Ok(key.compute_public_key()?)).map_err(|_| CurveError::Secret)?;
        Ok(public.as_ref().to_vec())
    }

    pub(super) fn key_pair(&self, secret: &[u8]) -> Result<EcdsaKeyPair, CurveError> {
        let public = self.public(secret)?;
        let secret = filled(secret, self.length)?;
        EcdsaKeyPair::from_private_key_and_public_key(self.signing, &secret, &public)
            .map_err(|_| CurveError::Secret)
    }

    pub(super) fn public_key(&self, public: &[u8]) -> Result<ParsedPublicKey, CurveError> {
        // aws-lc takes other forms of keys as well, and the API takes this one.
        if public.len() != 2 * self.length + 1 || public.first() != Some(&4) {
            return Err(CurveError::Point);
        }
        ParsedPublicKey::new(self.verifying, public).map_err(|_| CurveError::Point)
    }

    /// Brings a digest to the algorithm's length.
    pub(super) fn digest(&self, digest: &[u8]) -> Result<Digest, CurveError> {
        let length = self.digest.output_len();
        let mut all = vec![0; length.saturating_sub(digest.len())];
        all.extend_from_slice(digest.get(..length).unwrap_or(digest));
        Digest::import_less_safe(&all, self.digest).map_err(|_| CurveError::Secret)
    }
}
