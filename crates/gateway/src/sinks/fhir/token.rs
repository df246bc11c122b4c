//! Access tokens by SMART Backend Services (SMART App Launch 2.2, "Backend Services"): an assertion signed with ES384 (RFC 7523), exchanged for a token that is
//! used until shortly before it ends.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair};
use clinical::fhir::encoded;
use rustls_pki_types::PrivatePkcs8KeyDer;
use rustls_pki_types::pem::PemObject as _;
use seal::jws;
use serde::Deserialize;
use serde_json::json;
use zeroize::Zeroizing;

use super::https::Peer;
use crate::config::{BackendServices, Feed};
use crate::limits;
use crate::sinks::FeedError;
use crate::sinks::outbox::Trouble;

/// A client of a token endpoint.
pub(super) struct Tokens {
    peer: Peer,
    client: BackendServices,
    key: EcdsaKeyPair,
    held: Mutex<Option<(Zeroizing<String>, Instant)>>,
}

#[derive(Deserialize)]
struct Given {
    access_token: String,
    expires_in: Option<u64>,
}

impl Given {
    /// How long it is used: one of a few seconds once, and none for longer than is asked of anybody, whatever its giver says.
    fn used_for(&self) -> Duration {
        let said = self.expires_in.map_or(limits::FEED_TOKEN_LIFE, Duration::from_secs);
        said.saturating_sub(limits::FEED_TOKEN_MARGIN).min(limits::FEED_TOKEN_LONGEST)
    }
}

impl Tokens {
    pub(super) fn of(feed: &Feed, client: &BackendServices) -> Result<Self, FeedError> {
        let bad = |error: &dyn std::fmt::Display| FeedError::Key {
            feed: feed.name.clone(),
            detail: format!("{}: {error}", client.key.display()),
        };
        let pem = PrivatePkcs8KeyDer::from_pem_file(&client.key).map_err(|error| bad(&error))?;
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P384_SHA384_FIXED_SIGNING, pem.secret_pkcs8_der());
        let key = key.map_err(|error| bad(&format!("no key on P-384 ({error})")))?;
        let peer = Peer::of(feed, &client.token_url)?;
        Ok(Self { peer, client: client.clone(), key, held: Mutex::default() })
    }

    /// A token that works now, by what its giver said.
    pub(super) async fn current(&self) -> Result<Zeroizing<String>, Trouble> {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((token, until)) = held
            && until > Instant::now()
        {
            return Ok(token);
        }
        let given = self.ask().await?;
        let until = Instant::now() + given.used_for();
        let token = Zeroizing::new(given.access_token);
        *self.held.lock().unwrap_or_else(PoisonError::into_inner) = Some((token.clone(), until));
        Ok(token)
    }

    /// The server does not take the token any more.
    pub(super) fn forget(&self) {
        *self.held.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    async fn ask(&self) -> Result<Given, Trouble> {
        let assertion = self.assertion().map_err(|what| Trouble::peer(format!("no assertion: {what}")))?;
        let form = [
            ("grant_type", "client_credentials"),
            ("scope", self.client.scope.as_str()),
            ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
            ("client_assertion", assertion.as_str()),
        ];
        let form = form.map(|(name, value)| format!("{name}={}", encoded(value))).join("&");
        let mut connection = self.peer.connect().await?;
        let reply = connection.post(form, "application/x-www-form-urlencoded", None).await?;
        if !reply.status.is_success() {
            // RFC 6749 section 5.2: what is wrong, and nothing secret.
            let words: String = String::from_utf8_lossy(&reply.body).chars().take(200).collect();
            return Err(Trouble::peer(format!("no access token: {}: {words}", reply.status)));
        }
        serde_json::from_slice(&reply.body)
            .map_err(|error| Trouble::peer(format!("no access token: {error}")))
    }

    fn assertion(&self) -> Result<Zeroizing<String>, String> {
        let mut jti = [0; 16];
        getrandom::fill(&mut jti).map_err(|error| error.to_string())?;
        let now = jiff::Timestamp::now().as_second();
        let life = i64::try_from(limits::FEED_ASSERTION_LIFE.as_secs()).unwrap_or(i64::MAX);
        let (id, aud) = (&self.client.client_id, &self.client.token_url);
        let header = json!({ "alg": "ES384", "kid": self.client.kid, "typ": "JWT" });
        let claims = json!({ "iss": id, "sub": id, "aud": aud, "iat": now, "exp": now.saturating_add(life), "jti": hex::encode(jti) });
        let signed = jws::signing_input(&header, &claims).map_err(|error| error.to_string())?;
        let signature = self.key.sign(&SystemRandom::new(), signed.as_bytes());
        let signature = signature.map_err(|error| error.to_string())?;
        Ok(Zeroizing::new(jws::signed(signed, signature.as_ref())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_giver_cannot_have_its_token_used_beyond_all_time() {
        for (said, seconds) in [
            (r#"{"access_token":"a"}"#, 280),
            (r#"{"access_token":"a","expires_in":3600}"#, 3_580),
            (r#"{"access_token":"a","expires_in":5}"#, 0),
            (r#"{"access_token":"a","expires_in":18446744073709551615}"#, 86_400),
        ] {
            let given: Given = serde_json::from_str(said).unwrap();
            assert_eq!(given.used_for().as_secs(), seconds, "{said}");
            assert!(Instant::now().checked_add(given.used_for()).is_some());
        }
        assert!(serde_json::from_str::<Given>(r#"{"access_token":"a","expires_in":-1}"#).is_err());
    }
}
