//! The fast engine: what aws-lc has of the card's public-key arithmetic. All else is the portable form.
//!
//! Taking a private key into aws-lc computes and checks its public half, which costs as much as a signature. The card hands
//! keys over each time, because they live in its heap alone; so the engine keeps the keys it parsed last, found again by their
//! content. They are wiped when dropped: by aws-lc its own copy, here the bytes they are found by.

mod cache;
mod curves;
mod keys;

use aws_lc_rs::agreement::{self, X25519};
use aws_lc_rs::digest::{Digest, SHA256, SHA384, SHA512};
use aws_lc_rs::signature::{
    ED25519, EcdsaKeyPair, Ed25519KeyPair, ParsedPublicKey, RsaEncoding, RsaKeyPair, RsaParameters,
};
use aws_lc_rs::signature::{
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, RSA_PKCS1_SHA256,
    RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_2048_8192_SHA256, RSA_PSS_2048_8192_SHA384,
    RSA_PSS_2048_8192_SHA512, RSA_PSS_SHA256, RSA_PSS_SHA384, RSA_PSS_SHA512,
};
use card_runtime::crypto::curve::{Curve, CurveError};
use card_runtime::crypto::edwards::{EdwardsCurve, EdwardsMessage};
use card_runtime::crypto::montgomery::MontgomeryCurve;
use card_runtime::crypto::rsa::{RsaError, RsaPair, RsaPrivate, RsaPublic, RsaScheme};
use card_runtime::crypto::{Engine, HashAlgorithm, Random, Secret};

use cache::Cache;
use curves::{FastCurve, fast};

/// The arithmetic of P-256, P-384, P-521, secp256k1, Ed25519, X25519 and RSA from 2,048 bits on by aws-lc.
#[derive(Default)]
pub struct FastEngine {
    ecdsa: Cache<EcdsaKeyPair>,
    ecdsa_public: Cache<ParsedPublicKey>,
    edwards: Cache<Ed25519KeyPair>,
    /// None for a key that aws-lc does not take.
    rsa: Cache<Option<RsaKeyPair>>,
    rsa_public: Cache<Option<ParsedPublicKey>>,
}

/// aws-lc's names for a scheme: for signing, for verifying, and the digest.
type RsaNames = (&'static dyn RsaEncoding, &'static RsaParameters, &'static aws_lc_rs::digest::Algorithm);

/// What aws-lc calls a scheme, if it has it.
fn names_of(scheme: RsaScheme) -> Option<RsaNames> {
    match scheme {
        RsaScheme::Pkcs1(HashAlgorithm::Sha256) => {
            Some((&RSA_PKCS1_SHA256, &RSA_PKCS1_2048_8192_SHA256, &SHA256))
        }
        RsaScheme::Pkcs1(HashAlgorithm::Sha384) => {
            Some((&RSA_PKCS1_SHA384, &RSA_PKCS1_2048_8192_SHA384, &SHA384))
        }
        RsaScheme::Pkcs1(HashAlgorithm::Sha512) => {
            Some((&RSA_PKCS1_SHA512, &RSA_PKCS1_2048_8192_SHA512, &SHA512))
        }
        RsaScheme::Pss { hash, mask, salt } if hash == mask && salt == hash.length() => match hash {
            HashAlgorithm::Sha256 => Some((&RSA_PSS_SHA256, &RSA_PSS_2048_8192_SHA256, &SHA256)),
            HashAlgorithm::Sha384 => Some((&RSA_PSS_SHA384, &RSA_PSS_2048_8192_SHA384, &SHA384)),
            HashAlgorithm::Sha512 => Some((&RSA_PSS_SHA512, &RSA_PSS_2048_8192_SHA512, &SHA512)),
            _ => None,
        },
        RsaScheme::Pkcs1(_) | RsaScheme::Rfc2409(_) | RsaScheme::Pss { .. } => None,
    }
}

impl Engine for FastEngine {
    fn ec_public(&mut self, curve: &Curve, secret: &[u8]) -> Result<Vec<u8>, CurveError> {
        match fast(curve) {
            Some(names) => names.public(secret),
            None => curve.public(secret),
        }
    }

    fn ec_sign(
        &mut self,
        curve: &Curve,
        secret: &[u8],
        digest: &[u8],
        random: &mut Random,
    ) -> Result<Vec<u8>, CurveError> {
        let Some(names) = fast(curve) else { return curve.sign(secret, digest, random) };
        let pair = self.ecdsa.get(&[&[names.number], secret], || names.key_pair(secret))?;
        let digest = names.digest(digest)?;
        let signature = pair.sign_digest(&digest).map_err(|_| CurveError::Secret)?;
        Ok(signature.as_ref().to_vec())
    }

    fn ec_verify(&mut self, curve: &Curve, public: &[u8], digest: &[u8], signature: &[u8]) -> bool {
        let Some(names) = fast(curve) else { return curve.verify(public, digest, signature) };
        let parsed = self.ecdsa_public.get(&[&[names.number], public], || names.public_key(public));
        let (Ok(key), Ok(digest)) = (parsed, names.digest(digest)) else { return false };
        key.verify_digest_sig(&digest, signature).is_ok()
    }

    fn ec_agree(&mut self, curve: &Curve, secret: &[u8], public: &[u8]) -> Result<Secret, CurveError> {
        match fast(curve).and_then(|names: FastCurve| names.agreement) {
            Some(algorithm) => agreed(algorithm, &curves::filled(secret, curve.order_length())?, public),
            None => curve.agree(secret, public),
        }
    }

    fn edwards_sign(
        &mut self,
        curve: EdwardsCurve,
        secret: &[u8],
        message: EdwardsMessage<'_>,
    ) -> Result<Vec<u8>, CurveError> {
        match (curve, message) {
            (EdwardsCurve::Ed25519, EdwardsMessage::Pure { context: [], message }) => {
                let make = || Ed25519KeyPair::from_seed_unchecked(secret).map_err(|_| CurveError::Secret);
                let pair = self.edwards.get(&[secret], make)?;
                Ok(pair.sign(message).as_ref().to_vec())
            }
            (EdwardsCurve::Ed25519 | EdwardsCurve::Ed448, _) => curve.sign(secret, message),
        }
    }

    fn edwards_verify(
        &mut self,
        curve: EdwardsCurve,
        public: &[u8],
        message: EdwardsMessage<'_>,
        signature: &[u8],
    ) -> bool {
        match (curve, message) {
            (EdwardsCurve::Ed25519, EdwardsMessage::Pure { context: [], message }) => {
                ParsedPublicKey::new(&ED25519, public)
                    .is_ok_and(|key| key.verify_sig(message, signature).is_ok())
            }
            (EdwardsCurve::Ed25519 | EdwardsCurve::Ed448, _) => curve.verify(public, message, signature),
        }
    }

    fn montgomery_agree(
        &mut self,
        curve: MontgomeryCurve,
        secret: &[u8],
        public: &[u8],
    ) -> Result<Secret, CurveError> {
        match curve {
            MontgomeryCurve::X25519 => agreed(&X25519, secret, public),
            MontgomeryCurve::X448 => curve.agree(secret, public),
        }
    }

    fn rsa_sign(
        &mut self,
        key: &RsaPrivate,
        scheme: RsaScheme,
        digest: &[u8],
        random: &mut Random,
    ) -> Result<Vec<u8>, RsaError> {
        let Some((encoding, _, algorithm)) = names_of(scheme) else {
            return key.sign(scheme, digest, random);
        };
        let pair = match key {
            RsaPrivate::Plain { modulus, exponent } => {
                self.rsa.get(&[modulus, exponent], || Ok(keys::private(key)))
            }
            RsaPrivate::Crt(crt) => {
                self.rsa.get(&[&crt.p, &crt.q, &crt.dp, &crt.dq, &crt.inverse], || Ok(keys::private(key)))
            }
        }?;
        let digest_given = Digest::import_less_safe(digest, algorithm);
        let (Some(pair), Ok(given)) = (pair, digest_given) else { return key.sign(scheme, digest, random) };
        let mut signature = vec![0; pair.public_modulus_len()];
        match pair.sign_digest(encoding, &given, &mut signature) {
            Ok(()) => Ok(signature),
            Err(_) => key.sign(scheme, digest, random),
        }
    }

    fn rsa_verify(&mut self, key: &RsaPublic, scheme: RsaScheme, digest: &[u8], signature: &[u8]) -> bool {
        let Some((_, parameters, algorithm)) = names_of(scheme) else {
            return key.verify(scheme, digest, signature);
        };
        let scheme_name = format!("{scheme:?}");
        let name: [&[u8]; 3] = [scheme_name.as_bytes(), &key.modulus, &key.exponent];
        let parsed = self.rsa_public.get(&name, || Ok::<_, RsaError>(keys::public(key, parameters)));
        match (parsed, Digest::import_less_safe(digest, algorithm)) {
            (Ok(Some(parsed)), Ok(digest)) => parsed.verify_digest_sig(&digest, signature).is_ok(),
            (Ok(_) | Err(_), _) => key.verify(scheme, digest, signature),
        }
    }

    fn rsa_generate(&mut self, bits: u32, exponent: &[u8], random: &mut Random) -> Result<RsaPair, RsaError> {
        match keys::generate(bits, exponent) {
            Some(pair) => Ok(pair),
            None => card_runtime::crypto::rsa::generate(bits, exponent, random),
        }
    }
}

fn agreed(
    algorithm: &'static agreement::Algorithm,
    secret: &[u8],
    public: &[u8],
) -> Result<Secret, CurveError> {
    let key = agreement::PrivateKey::from_private_key(algorithm, secret).map_err(|_| CurveError::Secret)?;
    let public = agreement::UnparsedPublicKey::new(algorithm, public);
    agreement::agree(&key, public, CurveError::Point, |shared| Ok(Secret::new(shared.to_vec())))
}

#[cfg(test)]
mod tests;
