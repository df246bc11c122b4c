//! The fast engine: P-256 by aws-lc.
//!
//! Taking a private key into aws-lc computes and checks its public point, which costs as much as a signature. The card
//! hands over the scalar each time, because keys live in its heap alone; so the engine keeps the keys it parsed last,
//! found again by their content. They are wiped when dropped: by aws-lc its own copy, here the scalar.

use aws_lc_rs::agreement::{self, ECDH_P256};
use aws_lc_rs::digest::{Digest, SHA256};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, ParsedPublicKey,
};
use card_runtime::crypto::{Engine, EngineError, P256_SIGNATURE, Point, Scalar};
use subtle::ConstantTimeEq;

/// How many parsed keys are kept: more than the identity applet has.
const KEPT_KEYS: usize = 8;

/// P-256 by aws-lc, with the private keys used last kept in parsed form.
#[derive(Default)]
pub struct FastEngine {
    /// The key used last stands first.
    keys: Vec<(Scalar, EcdsaKeyPair)>,
}

impl FastEngine {
    fn key_pair(&mut self, secret: &Scalar) -> Result<&EcdsaKeyPair, EngineError> {
        let wanted = secret.expose_secret();
        match self.keys.iter().position(|(kept, _)| kept.expose_secret().ct_eq(wanted).into()) {
            Some(index) => self.keys.swap(0, index),
            None => {
                let public = self.public(secret)?;
                let pair = EcdsaKeyPair::from_private_key_and_public_key(
                    &ECDSA_P256_SHA256_FIXED_SIGNING,
                    wanted,
                    &public.0,
                )
                .map_err(|_| EngineError)?;
                self.keys.truncate(KEPT_KEYS - 1);
                self.keys.insert(0, (secret.clone(), pair));
            }
        }
        self.keys.first().map(|(_, pair)| pair).ok_or(EngineError)
    }
}

impl Engine for FastEngine {
    fn public(&mut self, secret: &Scalar) -> Result<Point, EngineError> {
        let key = agreement_key(secret)?;
        let public = key.compute_public_key().map_err(|_| EngineError)?;
        public.as_ref().try_into().map(Point).map_err(|_| EngineError)
    }

    fn sign(&mut self, secret: &Scalar, digest: &[u8; 32]) -> Result<[u8; P256_SIGNATURE], EngineError> {
        let digest = imported(digest)?;
        let signature = self.key_pair(secret)?.sign_digest(&digest).map_err(|_| EngineError)?;
        signature.as_ref().try_into().map_err(|_| EngineError)
    }

    fn verify(&mut self, public: &Point, digest: &[u8; 32], signature: &[u8; P256_SIGNATURE]) -> bool {
        let Ok(key) = ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, public.0) else { return false };
        let Ok(digest) = imported(digest) else { return false };
        key.verify_digest_sig(&digest, signature).is_ok()
    }

    fn agree(&mut self, secret: &Scalar, public: &Point) -> Result<Scalar, EngineError> {
        let key = agreement_key(secret)?;
        let public = agreement::UnparsedPublicKey::new(&ECDH_P256, public.0);
        agreement::agree(&key, public, EngineError, |shared| {
            shared.try_into().map(Scalar::new).map_err(|_| EngineError)
        })
    }
}

fn agreement_key(secret: &Scalar) -> Result<agreement::PrivateKey, EngineError> {
    agreement::PrivateKey::from_private_key(&ECDH_P256, secret.expose_secret()).map_err(|_| EngineError)
}

fn imported(digest: &[u8; 32]) -> Result<Digest, EngineError> {
    Digest::import_less_safe(digest, &SHA256).map_err(|_| EngineError)
}

#[cfg(test)]
mod tests {
    use super::*;
    use card_runtime::crypto::SoftEngine;

    #[test]
    fn both_engines_agree() {
        let (mut fast, mut soft) = (FastEngine::default(), SoftEngine);
        for first in 1..20_u8 {
            let secret = Scalar::new([first; 32]);
            let other = Scalar::new([first + 100; 32]);
            let public = fast.public(&secret).unwrap();
            assert_eq!(public, soft.public(&secret).unwrap());
            let digest = [first; 32];
            let made_fast = fast.sign(&secret, &digest).unwrap();
            let made_soft = soft.sign(&secret, &digest).unwrap();
            for signature in [made_fast, made_soft] {
                assert!(
                    fast.verify(&public, &digest, &signature) && soft.verify(&public, &digest, &signature)
                );
                assert!(
                    !fast.verify(&public, &[0; 32], &signature)
                        && !soft.verify(&public, &[0; 32], &signature)
                );
            }
            let there = fast.public(&other).unwrap();
            let (a, b) = (fast.agree(&secret, &there).unwrap(), soft.agree(&other, &public).unwrap());
            assert_eq!(a.expose_secret(), b.expose_secret());
        }
        assert_eq!(fast.keys.len(), KEPT_KEYS);
    }

    #[test]
    fn bad_keys_are_refused() {
        for bytes in [[0; 32], [0xFF; 32]] {
            let secret = Scalar::new(bytes);
            assert!(FastEngine::default().public(&secret).is_err());
            assert!(FastEngine::default().sign(&secret, &[1; 32]).is_err());
            assert!(SoftEngine.public(&secret).is_err());
            assert!(SoftEngine.sign(&secret, &[1; 32]).is_err());
        }
        let nowhere = Point([4; 65]);
        assert!(FastEngine::default().agree(&Scalar::new([1; 32]), &nowhere).is_err());
        assert!(SoftEngine.agree(&Scalar::new([1; 32]), &nowhere).is_err());
        assert!(!FastEngine::default().verify(&nowhere, &[1; 32], &[1; 64]));
        assert!(!SoftEngine.verify(&nowhere, &[1; 32], &[1; 64]));
    }
}
