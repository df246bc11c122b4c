//! Both engines give the same answers, or answers that the other takes.

use super::*;
use card_runtime::crypto::SoftEngine;
use card_runtime::crypto::curve::NamedCurve;
use rand_core::SeedableRng;

fn random() -> Random {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).unwrap();
    Random::from_seed(seed)
}

#[test]
fn both_engines_agree_on_curves() {
    let (mut fast, mut soft) = (FastEngine::default(), SoftEngine);
    let mut random = random();
    for name in [NamedCurve::Secp256r1, NamedCurve::Secp384r1, NamedCurve::Secp521r1, NamedCurve::Secp256k1] {
        let curve = Curve::Named(name);
        for round in 0..10_u8 {
            let secret = curve.draw(&mut random).unwrap();
            let other = curve.draw(&mut random).unwrap();
            let public = fast.ec_public(&curve, &secret).unwrap();
            assert_eq!(public, soft.ec_public(&curve, &secret).unwrap());
            for length in [20, 28, 32, 48, 64] {
                let digest = vec![round ^ 0x95; length];
                let signatures = [
                    fast.ec_sign(&curve, &secret, &digest, &mut random).unwrap(),
                    soft.ec_sign(&curve, &secret, &digest, &mut random).unwrap(),
                ];
                for signature in signatures {
                    assert!(fast.ec_verify(&curve, &public, &digest, &signature), "{name:?} {length}");
                    assert!(soft.ec_verify(&curve, &public, &digest, &signature), "{name:?} {length}");
                    let wrong = vec![round; length];
                    assert!(!fast.ec_verify(&curve, &public, &wrong, &signature));
                    assert!(!soft.ec_verify(&curve, &public, &wrong, &signature));
                }
            }
            let there = fast.ec_public(&curve, &other).unwrap();
            let shared = fast.ec_agree(&curve, &secret, &there).unwrap();
            assert_eq!(shared, soft.ec_agree(&curve, &other, &public).unwrap());
        }
    }
    assert!(fast.ecdsa.len() <= 8 && fast.ecdsa_public.len() <= 8);
}

#[test]
fn both_engines_agree_on_rsa() {
    let (mut fast, mut soft) = (FastEngine::default(), SoftEngine);
    let mut random = random();
    let pair = fast.rsa_generate(2_048, &[0, 1, 0, 1], &mut random).unwrap();
    let forms = [
        RsaPrivate::Crt(pair.crt.clone()),
        RsaPrivate::Plain { modulus: pair.public.modulus.clone(), exponent: pair.exponent.clone() },
    ];
    for hash in [HashAlgorithm::Sha1, HashAlgorithm::Sha256, HashAlgorithm::Sha384, HashAlgorithm::Sha512] {
        let digest = vec![0x42; hash.length()];
        let schemes = [
            RsaScheme::Pkcs1(hash),
            RsaScheme::Pss { hash, mask: hash, salt: hash.length() },
            RsaScheme::Rfc2409(hash),
        ];
        for (scheme, key) in schemes.iter().flat_map(|scheme| forms.iter().map(move |key| (*scheme, key))) {
            let signatures = [
                fast.rsa_sign(key, scheme, &digest, &mut random).unwrap(),
                soft.rsa_sign(key, scheme, &digest, &mut random).unwrap(),
            ];
            for signature in signatures {
                assert!(fast.rsa_verify(&pair.public, scheme, &digest, &signature), "{scheme:?}");
                assert!(soft.rsa_verify(&pair.public, scheme, &digest, &signature), "{scheme:?}");
                assert!(!fast.rsa_verify(&pair.public, scheme, &vec![1; hash.length()], &signature));
            }
        }
    }
    assert!(fast.rsa.get(&[&forms_name(&forms[1])], || Err(())).is_ok_and(Option::is_some));
}

/// The bytes that a plain key is kept by.
fn forms_name(key: &RsaPrivate) -> Vec<u8> {
    match key {
        RsaPrivate::Plain { modulus, exponent } => [&modulus[..], exponent].concat(),
        RsaPrivate::Crt(_) => Vec::new(),
    }
}

#[test]
fn both_engines_agree_on_edwards_and_montgomery_curves() {
    let (mut fast, mut soft) = (FastEngine::default(), SoftEngine);
    for byte in 1..20 {
        let secret = [byte; 32];
        let message = EdwardsMessage::Pure { context: &[], message: b"a message" };
        let public = EdwardsCurve::Ed25519.public(&secret).unwrap();
        let signature = fast.edwards_sign(EdwardsCurve::Ed25519, &secret, message).unwrap();
        assert_eq!(signature, soft.edwards_sign(EdwardsCurve::Ed25519, &secret, message).unwrap());
        assert!(fast.edwards_verify(EdwardsCurve::Ed25519, &public, message, &signature));
        assert!(soft.edwards_verify(EdwardsCurve::Ed25519, &public, message, &signature));
        let point = MontgomeryCurve::X25519.public(&[byte + 100; 32]).unwrap();
        assert_eq!(
            fast.montgomery_agree(MontgomeryCurve::X25519, &secret, &point).unwrap(),
            soft.montgomery_agree(MontgomeryCurve::X25519, &secret, &point).unwrap()
        );
    }
}

#[test]
fn bad_keys_are_refused() {
    let (mut fast, mut soft) = (FastEngine::default(), SoftEngine);
    let mut random = random();
    let curve = Curve::Named(NamedCurve::Secp256r1);
    let engines: [&mut dyn Engine; 2] = [&mut fast, &mut soft];
    for engine in engines {
        for bytes in [[0; 32], [0xFF; 32]] {
            assert!(engine.ec_public(&curve, &bytes).is_err());
            assert!(engine.ec_sign(&curve, &bytes, &[1; 32], &mut random).is_err());
        }
        assert!(engine.ec_agree(&curve, &[1; 32], &[4; 65]).is_err());
        assert!(!engine.ec_verify(&curve, &[4; 65], &[1; 32], &[1; 64]));
        assert!(engine.montgomery_agree(MontgomeryCurve::X25519, &[1; 32], &[0; 32]).is_err());
    }
}
