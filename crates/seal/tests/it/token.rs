//! Tokens: what a device signs is accepted once everything fits, and nothing else is.

use ::seal::jws::JwsError;
use ::seal::token::{
    Assertion, Expected, TokenAlgorithm, TokenError, TokenSecret, TokenSigner, UnverifiedToken, sign,
};
use ::seal::{DeviceId, KeyId, VerifyingKey};
use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

const NOW: i64 = 1_770_000_000;
const AUDIENCE: &str = "https://gateway.example/token";

struct EcSigner(EcdsaKeyPair, KeyId);
struct HmacSigner(TokenSecret);

impl TokenSigner for EcSigner {
    type Error = std::convert::Infallible;

    fn algorithm(&self) -> TokenAlgorithm {
        TokenAlgorithm::Es256
    }

    fn key_id(&self) -> KeyId {
        self.1
    }

    fn sign(&mut self, input: &[u8]) -> Result<Vec<u8>, Self::Error> {
        Ok(self.0.sign(&SystemRandom::new(), input).unwrap().as_ref().to_vec())
    }
}

impl TokenSigner for HmacSigner {
    type Error = std::convert::Infallible;

    fn algorithm(&self) -> TokenAlgorithm {
        TokenAlgorithm::Hs256
    }

    fn key_id(&self) -> KeyId {
        self.0.key_id()
    }

    fn sign(&mut self, input: &[u8]) -> Result<Vec<u8>, Self::Error> {
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.0.expose_secret());
        Ok(hmac::sign(&key, input).as_ref().to_vec())
    }
}

fn device() -> DeviceId {
    "monitor-1".parse().unwrap()
}

fn ec() -> (EcSigner, VerifyingKey) {
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    let point = pair.public_key().as_ref().try_into().unwrap();
    let key = VerifyingKey::from_sec1_point(device(), &point).unwrap();
    (EcSigner(pair, key.key_id()), key)
}

fn assertion() -> Assertion {
    Assertion {
        iss: device(),
        sub: device(),
        aud: AUDIENCE.into(),
        exp: NOW + 300,
        iat: NOW,
        jti: "0123456789abcdef".into(),
    }
}

fn expected() -> Expected<'static> {
    Expected { audience: AUDIENCE, now: NOW + 10, leeway: 60, lifetime: 300 }
}

#[test]
fn what_a_device_signed_is_accepted() {
    let (mut signer, key) = ec();
    let token = sign(&assertion(), &mut signer).unwrap();
    assert!(token.starts_with("eyJ"), "what an element asks of a token");
    let parsed = UnverifiedToken::parse(&token).unwrap();
    assert_eq!(parsed.claimed_device(), &device());
    assert_eq!(parsed.verify_es256(&key, &expected()).unwrap(), assertion());

    let secret = TokenSecret::new(KeyId([7; 16]), Zeroizing::new([9; 32]));
    let token = sign(&assertion(), &mut HmacSigner(secret.clone())).unwrap();
    let parsed = UnverifiedToken::parse(&token).unwrap();
    assert_eq!(parsed.verify_hs256(&device(), &secret, &expected()).unwrap(), assertion());
}

#[test]
fn keys_and_algorithms_cannot_be_confused() {
    let (mut signer, key) = ec();
    let token = sign(&assertion(), &mut signer).unwrap();
    // The old trick: HS256 with the public key's bytes as the secret.
    let secret = TokenSecret::new(key.key_id(), Zeroizing::new(*key.sec1_point().first_chunk().unwrap()));
    let forged = sign(&assertion(), &mut HmacSigner(secret.clone())).unwrap();
    let parse = |token: &str| UnverifiedToken::parse(token).unwrap();
    assert!(matches!(parse(&forged).verify_es256(&key, &expected()), Err(TokenError::Key)));
    assert!(matches!(parse(&token).verify_hs256(&device(), &secret, &expected()), Err(TokenError::Key)));
    let (_, other) = ec();
    assert!(matches!(parse(&token).verify_es256(&other, &expected()), Err(TokenError::Key)));
    let none =
        URL_SAFE_NO_PAD.encode(r#"{"alg":"none","kid":"00000000000000000000000000000000","typ":"JWT"}"#);
    let unsigned = format!("{none}.{}.", token.split('.').nth(1).unwrap());
    assert!(matches!(
        UnverifiedToken::parse(&unsigned),
        Err(TokenError::Form(JwsError::Malformed { part: 1 }))
    ));
}

#[test]
fn every_claim_counts() {
    let (mut signer, key) = ec();
    let mut check = |change: &dyn Fn(&mut Assertion)| {
        let mut assertion = assertion();
        change(&mut assertion);
        let token = sign(&assertion, &mut signer).unwrap();
        UnverifiedToken::parse(&token).unwrap().verify_es256(&key, &expected()).err()
    };
    let other: DeviceId = "monitor-2".parse().unwrap();
    assert!(check(&|_| ()).is_none());
    assert!(matches!(check(&|a| a.iss = other.clone()), Some(TokenError::Claim("iss"))));
    assert!(matches!(check(&|a| a.sub = other.clone()), Some(TokenError::Claim("sub"))));
    assert!(matches!(check(&|a| a.aud = "elsewhere".into()), Some(TokenError::Claim("aud"))));
    assert!(matches!(check(&|a| a.exp = NOW - 60), Some(TokenError::Time { .. })));
    assert!(matches!(check(&|a| a.iat = NOW + 100), Some(TokenError::Time { .. })));
    assert!(matches!(check(&|a| a.exp = NOW + 301), Some(TokenError::Time { .. })));
    assert!(matches!(check(&|a| (a.iat, a.exp) = (i64::MIN, i64::MAX)), Some(TokenError::Time { .. })));
}

#[test]
fn a_changed_token_is_refused() {
    let (mut signer, key) = ec();
    let token = sign(&assertion(), &mut signer).unwrap();
    for at in 0..token.len() {
        let mut bad = token.clone().into_bytes();
        bad[at] = if bad[at] == b'A' { b'B' } else { b'A' };
        let bad = String::from_utf8(bad).unwrap();
        if let Ok(parsed) = UnverifiedToken::parse(&bad) {
            assert!(parsed.verify_es256(&key, &expected()).is_err(), "byte {at}");
        }
    }
    let mut long = assertion();
    long.jti = "x".repeat(1000);
    assert!(matches!(sign(&long, &mut signer), Err(TokenError::Form(JwsError::Length(_)))));
    assert!(matches!(
        UnverifiedToken::parse(&"x".repeat(5000)),
        Err(TokenError::Form(JwsError::Length(5000)))
    ));
}
