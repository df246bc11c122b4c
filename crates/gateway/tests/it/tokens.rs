//! The token endpoint: who gets a token, who does not, and that a restart forgets nothing that matters.

use gateway::config::{Https, SharedSecret, System, Tokens};
use gateway::store::Page;
use gateway::tokens::Scope;
use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384, PKCS_RSA_SHA384};
use seal::token::{Assertion, TokenAlgorithm, TokenSigner, sign};
use serde_json::{Value, json};

use crate::fixture::{RunningSite, TestDevice, config, now};
use crate::intake_client::{JWT_BEARER, Reply, TOKEN_URL, python, with_sources};

async fn site() -> RunningSite {
    RunningSite::with(with_sources).await
}

async fn give_token_rows(site: &RunningSite) -> Vec<(String, String)> {
    let rows = site.site.services.store.read(|reader| reader.audit(Page::default())).await.unwrap();
    let rows = rows.into_iter().filter(|row| row.action == "give-token");
    rows.map(|row| (row.actor, format!("{}: {}", row.outcome, row.detail))).collect()
}

fn error(reply: &Reply) -> (u16, String) {
    (reply.status, reply.json()["error"].as_str().unwrap_or_default().to_owned())
}

#[tokio::test]
async fn an_assertion_gives_one_token_and_only_once_even_after_a_restart() {
    let site = site().await;
    let mut device = site.site.device("monitor-1").await;
    let assertion = device.assertion(|_| {});
    let pairs = [("grant_type", JWT_BEARER), ("assertion", assertion.as_str())];
    let first = site.ask_token(Some(&device), &pairs).await;
    assert_eq!(first.status, 200);
    assert!(first.head.contains("cache-control: no-store"), "{}", first.head);
    let body = first.json();
    assert_eq!(
        (&body["token_type"], &body["expires_in"], &body["scope"]),
        (&json!("Bearer"), &json!(600), &json!("batches.write"))
    );
    assert_eq!(error(&site.ask_token(Some(&device), &pairs).await), (400, "invalid_grant".into()));

    let RunningSite { site: inner, running } = site;
    let config = (*inner.services.config).clone();
    running.services.shutdown.cancel();
    running.stopped().await;
    let running = gateway::Gateway::start(config, tokio_util::sync::CancellationToken::new()).await.unwrap();
    let services = running.services.clone();
    let site = RunningSite { site: crate::fixture::Site { services, ..inner }, running };
    assert_eq!(error(&site.ask_token(Some(&device), &pairs).await), (400, "invalid_grant".into()));

    // The token itself still works: it is known by its hash.
    let sealed = device.next(1);
    let bearer = format!("Bearer {}", body["access_token"].as_str().unwrap());
    let headers = [("content-type", "application/cbor"), ("authorization", bearer.as_str())];
    assert_eq!(site.post(Some(&device), "/v1/batches", &headers, &sealed).await.status, 201);
    let rows = give_token_rows(&site).await;
    assert_eq!(rows.iter().filter(|(_, what)| what.starts_with("done")).count(), 1, "{rows:?}");
    assert!(rows.iter().all(|(actor, _)| actor == "device:monitor-1"), "{rows:?}");
}

type Change = fn(&mut Assertion);

/// What is wrong with an assertion, and the change that makes it so.
fn bad_assertions() -> Vec<(&'static str, Change)> {
    vec![
        ("another audience", |a| a.aud = "https://elsewhere.example/token".into()),
        ("over", |a| {
            a.exp -= 700;
            a.iat -= 700;
        }),
        ("from the future", |a| {
            a.iat += 700;
            a.exp += 700;
        }),
        ("for longer than five minutes", |a| a.exp += 1),
        ("another subject", |a| a.sub = "monitor-2".parse().unwrap()),
        ("another issuer", |a| a.iss = "monitor-2".parse().unwrap()),
    ]
}

#[tokio::test]
async fn what_is_wrong_with_a_devices_assertion_is_refused() {
    for (what, change) in bad_assertions() {
        let site = site().await;
        let mut device = site.site.device("monitor-1").await;
        site.site.device("monitor-2").await;
        let assertion = device.assertion(change);
        let pairs = [("grant_type", JWT_BEARER), ("assertion", assertion.as_str())];
        let reply = site.ask_token(Some(&device), &pairs).await;
        assert_eq!(error(&reply), (400, "invalid_grant".into()), "{what}");
        let rows = give_token_rows(&site).await;
        assert!(rows.len() == 1 && rows[0].1.starts_with("refused: invalid_grant"), "{what}: {rows:?}");
    }
}

#[tokio::test]
async fn a_token_needs_the_devices_own_certificate_and_key() {
    let site = site().await;
    let mut device = site.site.device("monitor-1").await;
    let mut other = site.site.device("monitor-2").await;
    let mut replaced = site.site.maker.device("monitor-1");
    let mut unenrolled = site.site.maker.device("monitor-3");
    let revoked = {
        let device = site.site.device("monitor-4").await;
        site.site.admin().revoke(&device.id).await.unwrap();
        device
    };
    let mut keyless = site.site.maker.device("monitor-5");
    site.site.admin().enrol(keyless.enrolment()).await.unwrap();
    let of = |device: &mut TestDevice| device.assertion(|_| {});
    let mut revoked = revoked;
    let own = of(&mut device);
    let cases: Vec<(&str, Option<&TestDevice>, String)> = vec![
        ("no certificate", None, own.clone()),
        ("another device's certificate", Some(&other), own.clone()),
        ("a replaced certificate", Some(&replaced), own.clone()),
    ];
    for (what, shown, assertion) in &cases {
        let reply = site.ask_token(*shown, &[("grant_type", JWT_BEARER), ("assertion", assertion)]).await;
        assert_eq!(error(&reply), (400, "invalid_grant".into()), "{what}");
    }
    for (what, device) in [
        ("another key", &mut replaced),
        ("not enrolled", &mut unenrolled),
        ("revoked", &mut revoked),
        ("no token key", &mut keyless),
    ] {
        let assertion = of(device);
        let reply =
            site.ask_token(Some(device), &[("grant_type", JWT_BEARER), ("assertion", &assertion)]).await;
        assert_eq!(error(&reply), (400, "invalid_grant".into()), "{what}");
    }
    // All of that has not used the good one up.
    let reply = site.ask_token(Some(&device), &[("grant_type", JWT_BEARER), ("assertion", &own)]).await;
    assert_eq!(reply.status, 200);
    let assertion = of(&mut other);
    let pairs = [("grant_type", JWT_BEARER), ("assertion", assertion.as_str()), ("scope", "system/*.rs")];
    assert_eq!(error(&site.ask_token(Some(&other), &pairs).await), (400, "invalid_scope".into()));
}

#[tokio::test]
async fn requests_that_are_none_are_told_so() {
    let site = site().await;
    let device = site.site.device("monitor-1").await;
    type Pairs = &'static [(&'static str, &'static str)];
    let cases: [(Pairs, u16, &str); 6] = [
        (&[], 400, "invalid_request"),
        (&[("grant_type", "password")], 400, "unsupported_grant_type"),
        (&[("grant_type", JWT_BEARER)], 400, "invalid_request"),
        (&[("grant_type", JWT_BEARER), ("grant_type", JWT_BEARER)], 400, "invalid_request"),
        (&[("grant_type", JWT_BEARER), ("assertion", "a.b.c")], 400, "invalid_grant"),
        (&[("grant_type", "client_credentials")], 400, "invalid_request"),
    ];
    for (pairs, status, code) in cases {
        assert_eq!(error(&site.ask_token(Some(&device), pairs).await), (status, code.into()), "{pairs:?}");
    }
    // More failures than are let through.
    for _ in 0..10 {
        site.ask_token(Some(&device), &[("grant_type", "password")]).await;
    }
    let barred = site.ask_token(Some(&device), &[("grant_type", "password")]).await;
    assert_eq!(barred.status, 429);
    assert!(barred.head.contains("retry-after"), "{}", barred.head);
    let mut other = site.site.device("monitor-2").await;
    site.token(&mut other, "batches.write").await;
}

/// HS256 with a secret in memory.
struct Secret(seal::KeyId, [u8; 32]);

impl TokenSigner for Secret {
    type Error = std::convert::Infallible;

    fn algorithm(&self) -> TokenAlgorithm {
        TokenAlgorithm::Hs256
    }

    fn key_id(&self) -> seal::KeyId {
        self.0
    }

    fn sign(&mut self, input: &[u8]) -> Result<Vec<u8>, Self::Error> {
        use aws_lc_rs::hmac;
        Ok(hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &self.1), input).as_ref().to_vec())
    }
}

#[tokio::test]
async fn a_shared_secret_opens_only_where_it_was_enrolled() {
    use base64::Engine as _;
    let (kid, secret) = (seal::KeyId([7; 16]), [9; 32]);
    let site = RunningSite::with(|config| {
        with_sources(config);
        let k = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(secret);
        let jwk = config.data.with_file_name("secret.jwk");
        std::fs::write(&jwk, json!({ "kty": "oct", "kid": kid.to_string(), "k": k }).to_string()).unwrap();
        let device = "monitor-1".parse().unwrap();
        config.tokens.as_mut().unwrap().secrets.push(SharedSecret { device, jwk });
    })
    .await;
    for (name, expected) in [("monitor-1", 200), ("monitor-2", 400)] {
        let device = site.site.device(name).await;
        let seconds = now().0 / 1_000_000;
        let id = device.id.clone();
        let assertion = Assertion {
            iss: id.clone(),
            sub: id,
            aud: TOKEN_URL.into(),
            exp: seconds + 60,
            iat: seconds,
            jti: "1".into(),
        };
        let assertion = sign(&assertion, &mut Secret(kid, secret)).unwrap();
        let reply =
            site.ask_token(Some(&device), &[("grant_type", JWT_BEARER), ("assertion", &assertion)]).await;
        assert_eq!(reply.status, expected, "{name}");
    }
}

#[tokio::test]
async fn pyjwt_gets_a_devices_token_and_delivers() {
    let site = site().await;
    let mut device = site.site.device("monitor-1").await;
    let folder = site.files(&device);
    let batch = folder.join("batch");
    std::fs::write(&batch, device.next(2)).unwrap();
    let (port, folder, batch) =
        (site.https_source().port().to_string(), folder.to_str().unwrap(), batch.to_str().unwrap());
    let said = python("ask_token.py", &["device", &port, folder, "monitor-1", TOKEN_URL, batch, batch]).await;
    let statuses: Vec<_> =
        said.as_array().unwrap().iter().map(|answer| answer[0].as_u64().unwrap()).collect();
    assert_eq!(statuses, [200, 400, 201, 200], "{said}");
    assert_eq!(said[1][1]["error"], "invalid_grant");
    assert_eq!(said[3][1]["outcome"], "duplicate");
}

fn jwk(pair: &KeyPair, kid: &str) -> Value {
    use base64::Engine as _;
    let encode = |bytes: &[u8]| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes);
    let raw = pair.public_key_raw();
    if pair.algorithm() == &PKCS_RSA_SHA384 {
        // RSAPublicKey ::= SEQUENCE { modulus, publicExponent }, of 3,072 bits.
        let modulus = &raw[raw.len() - 5 - 384..raw.len() - 5];
        return json!({ "kty": "RSA", "kid": kid, "use": "sig", "alg": "RS384", "n": encode(modulus), "e": "AQAB" });
    }
    let size = (raw.len() - 1) / 2;
    let crv = if size == 32 { "P-256" } else { "P-384" };
    json!({ "kty": "EC", "kid": kid, "crv": crv, "x": encode(&raw[1..=size]), "y": encode(&raw[size + 1..]) })
}

#[tokio::test]
async fn backend_services_read_fhir_with_each_algorithm() {
    let rsa = KeyPair::generate_rsa_for(&PKCS_RSA_SHA384, rcgen::RsaKeySize::_3072).unwrap();
    let keys = [
        ("ES384", KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384).unwrap()),
        ("ES256", KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap()),
        ("RS384", rsa),
    ];
    let set: Vec<_> = keys.iter().map(|(name, pair)| jwk(pair, name)).collect();
    let site = RunningSite::with(|config| {
        with_sources(config);
        config.https = Some(Https { listen: "127.0.0.1:0".parse().unwrap() });
        let jwks = config.data.with_file_name("jwks.json");
        std::fs::write(&jwks, json!({ "keys": set }).to_string()).unwrap();
        let scopes = vec![Scope::ReadRecords];
        let system = System { id: "analytics".into(), jwks: Some(jwks), keys: Vec::new(), scopes };
        config.tokens.as_mut().unwrap().systems.push(system);
    })
    .await;
    site.site.patient("P1").await;
    let ca = site.site.folder.path().join("ca.pem");
    std::fs::write(&ca, site.site.maker.ca.pem()).unwrap();
    let port = site.running.addresses.https.unwrap().port().to_string();
    let key = site.site.folder.path().join("system.key");
    for (algorithm, pair) in &keys {
        std::fs::write(&key, pair.serialize_pem()).unwrap();
        let run = |kid: &'static str, client: &'static str, scope: &'static str| {
            let (port, ca, key) =
                (port.clone(), ca.to_str().unwrap().to_owned(), key.to_str().unwrap().to_owned());
            async move {
                python(
                    "ask_token.py",
                    &["system", &port, &ca, &key, kid, algorithm, client, TOKEN_URL, scope],
                )
                .await
            }
        };
        let said = run(algorithm, "analytics", "system/*.rs").await;
        let statuses: Vec<_> =
            said.as_array().unwrap().iter().map(|answer| answer[0].as_u64().unwrap()).collect();
        assert_eq!(statuses, [200, 200, 401, 200, 403], "{algorithm}: {said}");
        assert_eq!(said[0][1]["token_endpoint"], TOKEN_URL);
        assert_eq!(said[2][1]["error"], "invalid_client");
        assert_eq!(said[3][1]["resourceType"], "Bundle");
    }
    // The key on disk is RSA by now.
    let key = key.to_str().unwrap();
    for (kid, client, scope, expected) in [
        ("RS384", "somebody", "system/*.rs", "invalid_client"),
        ("ES384", "analytics", "system/*.rs", "invalid_client"),
        ("none", "analytics", "system/*.rs", "invalid_client"),
        ("RS384", "analytics", "batches.write", "invalid_scope"),
    ] {
        let ca = ca.to_str().unwrap();
        let said =
            python("ask_token.py", &["system", &port, ca, key, kid, "RS384", client, TOKEN_URL, scope]).await;
        assert_eq!(said[1][1]["error"], expected, "{kid} {client} {scope}");
        assert_eq!((&said[3][0], &said[4][0]), (&json!(401), &json!(401)));
    }
}

#[tokio::test]
async fn clients_that_cannot_be_used_are_refused_at_the_start() {
    let start = |change: fn(&mut Tokens)| async move {
        let (folder, maker) = (tempfile::tempdir().unwrap(), crate::fixture::Maker::new("Test maker"));
        let mut config = config(folder.path(), &maker);
        let mut tokens = Tokens::at(TOKEN_URL);
        change(&mut tokens);
        config.tokens = Some(tokens);
        let shutdown = tokio_util::sync::CancellationToken::new();
        gateway::Gateway::start(config, shutdown)
            .await
            .err()
            .map(|error| error.to_string())
            .unwrap_or_default()
    };
    fn ec() -> Value {
        jwk(&KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384).unwrap(), "1")
    }
    let told = start(|tokens| tokens.url = "http://gateway.test/token".into()).await;
    assert!(told.contains("https://"), "{told}");
    let told = start(|tokens| {
        let mut key = ec();
        key["d"] = json!("AAAA");
        let scopes = vec![Scope::ReadRecords];
        let keys = vec![serde_json::from_value(key).unwrap()];
        tokens.systems.push(System { id: "one".into(), jwks: None, keys, scopes });
    })
    .await;
    assert!(told.contains("private"), "{told}");
    let told = start(|tokens| {
        tokens.systems.push(System { id: "one".into(), jwks: None, keys: vec![], scopes: vec![] });
    })
    .await;
    assert!(told.contains("no key"), "{told}");
    let told = start(|tokens| {
        let keys = vec![serde_json::from_value(ec()).unwrap()];
        tokens.systems.push(System { id: "one".into(), jwks: None, keys, scopes: vec![Scope::WriteBatches] });
    })
    .await;
    assert!(told.contains("batches.write"), "{told}");
}
