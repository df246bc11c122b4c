//! What strangers send to the token endpoint and what a system's file of keys holds, without either, for fuzzing.

use std::sync::LazyLock;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use seal::token::UnverifiedToken;
use serde_json::json;

use super::ClientAssertion;
use super::grants::Form;
use super::jwk::{Jwk, JwkSet, PublicKey};
use super::jws::Algorithm;
use crate::limits;

const AUDIENCE: &str = "https://ward.example/token";
/// 2026-11-22T10:20:00Z.
const NOW: i64 = 1_795_342_800;

/// A system's key, and its public half as the configuration holds it.
static SYSTEM: LazyLock<Option<(EcdsaKeyPair, PublicKey)>> = LazyLock::new(|| {
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).ok()?;
    let (x, y) = pair.public_key().as_ref().get(1..)?.split_at_checked(32)?;
    let (x, y) = (URL_SAFE_NO_PAD.encode(x), URL_SAFE_NO_PAD.encode(y));
    let jwk = json!({ "kty": "EC", "crv": "P-256", "kid": "k", "x": x, "y": y });
    let key = serde_json::from_value::<Jwk>(jwk).ok()?.public_key().ok()?;
    Some((pair, key))
});

/// Any text as a request's form, as a token, and as header and claims (a line each) of tokens that nobody has signed and that a known system
/// has. Only the last can be accepted, and only one that lives as long as it may and names itself as it may.
pub fn assertions(text: &str) {
    let pairs = text.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    let _ = Form::of(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect());
    let (header, claims) = text.split_once('\n').unwrap_or((text, ""));
    let input = |header: &str, claims: &str| {
        format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims))
    };
    for token in [text.to_owned(), input(header, claims) + ".AAAA"] {
        if let Ok(token) = UnverifiedToken::parse(&token) {
            let _ = (token.algorithm(), token.claimed_device());
        }
        let Ok(assertion) = ClientAssertion::parse(&token) else { continue };
        let keys: Vec<PublicKey> = SYSTEM.iter().map(|(_, key)| key.clone()).collect();
        assert!(assertion.verify(&keys, AUDIENCE, NOW).is_err(), "nobody signed it");
    }
    let Some((pair, key)) = &*SYSTEM else { return };
    let signed = input(r#"{"alg":"ES256","kid":"k"}"#, claims);
    let Ok(signature) = pair.sign(&SystemRandom::new(), signed.as_bytes()) else { return };
    let Ok(assertion) = ClientAssertion::parse(&seal::jws::signed(signed, signature.as_ref())) else {
        return;
    };
    if let Ok(used) = assertion.verify(std::slice::from_ref(key), AUDIENCE, NOW) {
        let life = limits::ASSERTION_LIFE_S + limits::TOKEN_LEEWAY_S;
        assert!((NOW - limits::TOKEN_LEEWAY_S..=NOW + life).contains(&used.exp), "{used:?}");
        assert!((1..=limits::TOKEN_JTI_BYTES).contains(&used.jti.len()), "{used:?}");
    }
}

/// Any bytes as a JWK set: what is a key has signed nothing.
pub fn key_sets(bytes: &[u8]) {
    let Ok(set) = serde_json::from_slice::<JwkSet>(bytes) else { return };
    for key in set.keys.iter().filter_map(|jwk| jwk.public_key().ok()) {
        for algorithm in Algorithm::ALL {
            assert!(!key.verifies(*algorithm, b"", &[0; 64]), "{key:?}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The door leads to the room: a sound assertion of the known system is accepted behind it.
    #[test]
    fn the_known_system_is_known() {
        let (pair, key) = SYSTEM.as_ref().unwrap();
        let claims = json!({ "iss": "s", "sub": "s", "aud": AUDIENCE, "exp": NOW + 60, "jti": "1" });
        let header = json!({ "alg": "ES256", "kid": "k" });
        let input = seal::jws::signing_input(&header, &claims).unwrap();
        let signature = pair.sign(&SystemRandom::new(), input.as_bytes()).unwrap();
        let assertion = ClientAssertion::parse(&seal::jws::signed(input, signature.as_ref())).unwrap();
        assert!(assertion.verify(std::slice::from_ref(key), AUDIENCE, NOW).is_ok());
    }
}
