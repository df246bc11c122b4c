//! The fast engine: what aws-lc has of the card's public-key arithmetic. All else is the portable form.
//!
//! Taking a private key into aws-lc computes and checks its public half, which costs as much as a signature. The card hands
//! keys over each time, because they live in its heap alone; so the engine keeps the keys it parsed last, found again by their
//! content. They are wiped when dropped: by aws-lc its own copy, here the bytes they are found by.

mod cache;
mod curves;
mod keys;

use aws_lc_rs::agreement::{self, X25519};
use aws_lc_rs::digest::{self, Digest, SHA256, SHA384, SHA512};
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
    /// With the number of the curve in front, X25519 being one of them.
    agreement: Cache<agreement::PrivateKey>,
    edwards: Cache<Ed25519KeyPair>,
    edwards_public: Cache<ParsedPublicKey>,
    /// None for a key that aws-lc does not take.
    rsa: Cache<Option<RsaKeyPair>>,
    rsa_public: Cache<Option<ParsedPublicKey>>,
}

/// What aws-lc calls a scheme.
struct RsaNames {
    /// Tells keys that are parsed for one scheme from those for another.
    number: u8,
    signing: &'static dyn RsaEncoding,
    verifying: &'static RsaParameters,
    digest: &'static digest::Algorithm,
}

/// The digests that aws-lc has RSA with.
#[derive(Clone, Copy)]
enum RsaDigest {
    Sha256,
    Sha384,
    Sha512,
}

fn digest_of(hash: HashAlgorithm) -> Option<RsaDigest> {
    match hash {
        HashAlgorithm::Sha256 => Some(RsaDigest::Sha256),
        HashAlgorithm::Sha384 => Some(RsaDigest::Sha384),
        HashAlgorithm::Sha512 => Some(RsaDigest::Sha512),
        HashAlgorithm::Md5
        | HashAlgorithm::Ripemd160
        | HashAlgorithm::Sha1
        | HashAlgorithm::Sha224
        | HashAlgorithm::Sha3_224
        | HashAlgorithm::Sha3_256
        | HashAlgorithm::Sha3_384
        | HashAlgorithm::Sha3_512
        | HashAlgorithm::Sm3 => None,
    }
}

/// The names of a scheme, if aws-lc has it.
fn names_of(scheme: RsaScheme) -> Option<RsaNames> {
    let names = |number, signing, verifying, digest| RsaNames { number, signing, verifying, digest };
    match scheme {
        RsaScheme::Pkcs1(hash) => Some(match digest_of(hash)? {
            RsaDigest::Sha256 => names(0, &RSA_PKCS1_SHA256, &RSA_PKCS1_2048_8192_SHA256, &SHA256),
            RsaDigest::Sha384 => names(1, &RSA_PKCS1_SHA384, &RSA_PKCS1_2048_8192_SHA384, &SHA384),
            RsaDigest::Sha512 => names(2, &RSA_PKCS1_SHA512, &RSA_PKCS1_2048_8192_SHA512, &SHA512),
        }),
        RsaScheme::Pss { hash, mask, salt } if hash == mask && salt == hash.length() => {
            Some(match digest_of(hash)? {
                RsaDigest::Sha256 => names(3, &RSA_PSS_SHA256, &RSA_PSS_2048_8192_SHA256, &SHA256),
                RsaDigest::Sha384 => names(4, &RSA_PSS_SHA384, &RSA_PSS_2048_8192_SHA384, &SHA384),
                RsaDigest::Sha512 => names(5, &RSA_PSS_SHA512, &RSA_PSS_2048_8192_SHA512, &SHA512),
            })
        }
        RsaScheme::Rfc2409(_) | RsaScheme::Pss { .. } => None,
    }
}

/// Stands for X25519 where the others have the number of their curve.
const X25519_NUMBER: u8 = 0xFF;

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
        let names = fast(curve).and_then(|names: FastCurve| Some((names.number, names.agreement?)));
        let Some((number, algorithm)) = names else { return curve.agree(secret, public) };
        let secret = curves::filled(secret, curve.order_length())?;
        self.agreed(number, algorithm, &secret, public)
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
                let make = || ParsedPublicKey::new(&ED25519, public);
                let parsed = self.edwards_public.get(&[public], make);
                parsed.is_ok_and(|key| key.verify_sig(message, signature).is_ok())
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
            MontgomeryCurve::X25519 => self.agreed(X25519_NUMBER, &X25519, secret, public),
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
        let Some(names) = names_of(scheme) else { return key.sign(scheme, digest, random) };
        let pair = match key {
            RsaPrivate::Plain { modulus, exponent } => {
                self.rsa.get(&[modulus, exponent], || Ok(keys::private(key)))
            }
            RsaPrivate::Crt(crt) => {
                self.rsa.get(&[&crt.p, &crt.q, &crt.dp, &crt.dq, &crt.inverse], || Ok(keys::private(key)))
            }
        }?;
        let digest_given = Digest::import_less_safe(digest, names.digest);
        let (Some(pair), Ok(given)) = (pair, digest_given) else { return key.sign(scheme, digest, random) };
        let mut signature = vec![0; pair.public_modulus_len()];
        match pair.sign_digest(names.signing, &given, &mut signature) {
            Ok(()) => Ok(signature),
            Err(_) => key.sign(scheme, digest, random),
        }
    }

    fn rsa_verify(&mut self, key: &RsaPublic, scheme: RsaScheme, digest: &[u8], signature: &[u8]) -> bool {
        let Some(names) = names_of(scheme) else { return key.verify(scheme, digest, signature) };
        let name: [&[u8]; 3] = [&[names.number], &key.modulus, &key.exponent];
        let parsed = self.rsa_public.get(&name, || Ok::<_, RsaError>(keys::public(key, names.verifying)));
        match (parsed, Digest::import_less_safe(digest, names.digest)) {
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

impl FastEngine {
    fn agreed(
        &mut self,
        number: u8,
        algorithm: &'static agreement::Algorithm,
        secret: &[u8],
        public: &[u8],
    ) -> Result<Secret, CurveError> {
        let make =
            || agreement::PrivateKey::from_private_key(algorithm, secret).map_err(|_| CurveError::Secret);
        let key = self.agreement.get(&[&[number], secret], make)?;
        let public = agreement::UnparsedPublicKey::new(algorithm, public);
        agreement::agree(key, public, CurveError::Point, |shared| Ok(Secret::new(shared.to_vec())))
    }
}

#[cfg(test)]
mod tests;
