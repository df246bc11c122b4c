//! A FHIR R4 server as small as the feed's tests allow: transactions with conditional creates and updates as section 3.1.0.11 has them, and a
//! token endpoint that checks assertions as SMART Backend Services asks. It can be told to misbehave.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::{Arc, Mutex};

use aws_lc_rs::signature::{ECDSA_P384_SHA384_FIXED, UnparsedPublicKey};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use gateway::config::{BackendServices, Feed, FeedKind, Fhir};
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use rcgen::{KeyPair, PKCS_ECDSA_P384_SHA384, PublicKeyData as _};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::fixture::Site;

/// What it holds.
#[derive(Default)]
pub(crate) struct Kept {
    pub(crate) resources: Vec<Value>,
    /// All transactions as they came, also those that were refused.
    pub(crate) transactions: Vec<String>,
    /// What to answer next, before anything is as usual: a status, and whether the transaction is carried out all the same.
    pub(crate) moods: VecDeque<(u16, bool)>,
    pub(crate) tokens: Vec<String>,
    ids: u64,
}

pub(crate) struct FhirServer {
    pub(crate) kept: Arc<Mutex<Kept>>,
    pub(crate) feed: Feed,
}

#[derive(Clone)]
struct Shared {
    kept: Arc<Mutex<Kept>>,
    key: Arc<Vec<u8>>,
    token_url: Arc<str>,
}

pub(crate) const MRN: &str = "urn:example:mrn";

pub(crate) async fn start(site: &Site) -> FhirServer {
    let folder = site.folder.path();
    let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("https://localhost:{}", tcp.local_addr().unwrap().port());
    let token_url = format!("{base}/token");
    let (key, client) = client(folder, &token_url);
    let kept = Arc::<Mutex<Kept>>::default();
    let shared = Shared { kept: kept.clone(), key: Arc::new(key), token_url: token_url.into() };
    let app = Router::new().route("/fhir", post(transaction)).route("/token", post(token)).with_state(shared);
    let tls = TlsAcceptor::from(Arc::new(gateway::http::server_config(&site.services.config.tls).unwrap()));
    tokio::spawn(async move {
        loop {
            let (stream, _) = tcp.accept().await.unwrap();
            let (tls, app) = (tls.clone(), app.clone());
            tokio::spawn(async move {
                let Ok(stream) = tls.accept(stream).await else { return };
                let service = TowerToHyperService::new(app);
                // How a connection ends is the feed's affair.
                let _ = hyper::server::conn::http1::Builder::new()
                    .serve_connection(TokioIo::new(stream), service)
                    .await;
            });
        }
    });
    std::fs::write(folder.join("ca.pem"), site.maker.ca.pem()).unwrap();
    let terms = Fhir {
        patient_system: MRN.into(),
        create_patients: false,
        waveforms: false,
        authorization: Some(client),
    };
    let feed = Feed::to("record", &format!("{base}/fhir"), folder.join("ca.pem"), FeedKind::Fhir(terms));
    FhirServer { kept, feed }
}

fn client(folder: &Path, token_url: &str) -> (Vec<u8>, BackendServices) {
    let key = KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384).unwrap();
    let path = folder.join("client.key");
    std::fs::write(&path, key.serialize_pem()).unwrap();
    let client = BackendServices {
        token_url: token_url.into(),
        client_id: "medseal-test".into(),
        key: path,
        kid: "k1".into(),
        scope: "system/*.cu".into(),
    };
    (key.der_bytes().to_vec(), client)
}

fn form(body: &str, wanted: &str) -> String {
    let pair = body.split('&').find_map(|pair| pair.strip_prefix(&format!("{wanted}="))).unwrap_or_default();
    unescaped(pair)
}

fn unescaped(text: &str) -> String {
    let (mut bytes, mut rest) = (Vec::new(), text.as_bytes());
    while let Some((first, after)) = rest.split_first() {
        if *first == b'%' {
            bytes.push(u8::from_str_radix(std::str::from_utf8(&after[..2]).unwrap(), 16).unwrap());
            rest = &after[2..];
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8(bytes).unwrap()
}

async fn token(State(shared): State<Shared>, body: String) -> Response {
    assert_eq!(form(&body, "grant_type"), "client_credentials");
    let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    assert_eq!(
        (form(&body, "client_assertion_type").as_str(), form(&body, "scope").as_str()),
        (kind, "system/*.cu")
    );
    let assertion = form(&body, "client_assertion");
    let (signed, signature) = assertion.rsplit_once('.').unwrap();
    let part = |number: usize| -> Value {
        let bytes = URL_SAFE_NO_PAD.decode(signed.split('.').nth(number).unwrap()).unwrap();
        serde_json::from_slice(&bytes).unwrap()
    };
    let (header, claims) = (part(0), part(1));
    let key = UnparsedPublicKey::new(&ECDSA_P384_SHA384_FIXED, shared.key.as_slice());
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    let now = jiff::Timestamp::now().as_second();
    let life = claims["exp"].as_i64().unwrap() - now;
    let good = key.verify(signed.as_bytes(), &signature).is_ok()
        && header == json!({ "alg": "ES384", "kid": "k1", "typ": "JWT" })
        && claims["iss"] == "medseal-test"
        && claims["sub"] == claims["iss"]
        && claims["aud"] == *shared.token_url
        && (1..=300).contains(&life);
    let mut kept = shared.kept.lock().unwrap();
    let jti = claims["jti"].as_str().unwrap().to_owned();
    if !good || kept.tokens.contains(&jti) {
        return (StatusCode::BAD_REQUEST, Json(json!({ "error": "invalid_client" }))).into_response();
    }
    kept.tokens.push(jti.clone());
    Json(json!({ "access_token": jti, "token_type": "bearer", "expires_in": 300 })).into_response()
}

async fn transaction(State(shared): State<Shared>, headers: HeaderMap, body: String) -> Response {
    let mut kept = shared.kept.lock().unwrap();
    let bearer = headers.get("authorization").and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    if bearer.is_none() || bearer != kept.tokens.last().map(String::as_str) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    kept.transactions.push(body.clone());
    let bundle: Value = serde_json::from_str(&body).unwrap();
    assert_eq!((&bundle["resourceType"], &bundle["type"]), (&"Bundle".into(), &"transaction".into()));
    let mood = kept.moods.pop_front();
    if let Some((status, false)) = mood {
        return (StatusCode::from_u16(status).unwrap(), [("retry-after", "0")]).into_response();
    }
    let done = kept.carry_out(&bundle);
    if let Some((status, true)) = mood {
        return StatusCode::from_u16(status).unwrap().into_response();
    }
    match done {
        Ok(answer) => Json(answer).into_response(),
        Err(why) => {
            let outcome = json!({ "resourceType": "OperationOutcome",
                "issue": [{ "severity": "error", "code": "not-found", "diagnostics": why }] });
            (StatusCode::PRECONDITION_FAILED, Json(outcome)).into_response()
        }
    }
}

impl Kept {
    pub(crate) fn add(&mut self, mut resource: Value) -> String {
        self.ids += 1;
        let id = format!("s{}", self.ids);
        resource["id"] = id.clone().into();
        let address = format!("{}/{id}", resource["resourceType"].as_str().unwrap());
        self.resources.push(resource);
        address
    }

    pub(crate) fn of(&self, kind: &str) -> Vec<Value> {
        self.resources.iter().filter(|one| one["resourceType"] == kind).cloned().collect()
    }

    /// Where the resources are that match a search by identifier.
    fn find(&self, kind: &str, search: &str) -> Vec<usize> {
        let search =
            unescaped(search.strip_prefix("identifier=").expect("only identifiers are searched for"));
        let (system, value) = search.split_once('|').unwrap();
        let matches = |one: &Value| {
            one["resourceType"] == kind
                && one["identifier"].as_array().is_some_and(|all| {
                    all.iter().any(|known| known["system"] == system && known["value"] == value)
                })
        };
        (0..self.resources.len()).filter(|at| matches(&self.resources[*at])).collect()
    }

    fn address(&self, at: usize) -> String {
        let one = &self.resources[at];
        format!("{}/{}", one["resourceType"].as_str().unwrap(), one["id"].as_str().unwrap())
    }

    /// All or nothing.
    fn carry_out(&mut self, bundle: &Value) -> Result<Value, String> {
        let before = (self.resources.clone(), self.ids);
        let done = self.try_to(bundle);
        if done.is_err() {
            (self.resources, self.ids) = before;
        }
        done
    }

    fn try_to(&mut self, bundle: &Value) -> Result<Value, String> {
        let mut addresses = Vec::new();
        for entry in bundle["entry"].as_array().unwrap() {
            let (resource, request) = (&entry["resource"], &entry["request"]);
            let kind = resource["resourceType"].as_str().unwrap();
            let url = request["url"].as_str().unwrap();
            let address =
                match (request["method"].as_str().unwrap(), url.split_once('?'), url.split_once('/')) {
                    ("POST", None, None) => {
                        assert!(resource.get("id").is_none(), "{resource}");
                        match self.find(kind, request["ifNoneExist"].as_str().unwrap()).as_slice() {
                            [] => self.add(resource.clone()),
                            [at] => self.address(*at),
                            _ => return Err("several match".into()),
                        }
                    }
                    ("PUT", Some((_, search)), _) => match self.find(kind, search).as_slice() {
                        [] => self.add(resource.clone()),
                        [at] => {
                            let id = self.resources[*at]["id"].clone();
                            self.resources[*at] = resource.clone();
                            self.resources[*at]["id"] = id;
                            self.address(*at)
                        }
                        _ => return Err("several match".into()),
                    },
                    ("PUT", None, Some((_, id))) => {
                        assert_eq!(resource["id"], id);
                        self.resources.retain(|one| one["resourceType"] != kind || one["id"] != id);
                        self.resources.push(resource.clone());
                        url.to_owned()
                    }
                    other => panic!("{other:?}"),
                };
            addresses.push((entry["fullUrl"].as_str().unwrap().to_owned(), address));
        }
        let mut text = serde_json::to_string(&self.resources).unwrap();
        for (urn, address) in &addresses {
            text = text.replace(urn.as_str(), address);
        }
        while let Some(at) = text.find("\"Patient?") {
            let end = at + 1 + text[at + 1..].find('"').unwrap();
            let search = text[at + 9..end].to_owned();
            match self.find("Patient", &search).as_slice() {
                [one] => text.replace_range(at + 1..end, &self.address(*one)),
                found => return Err(format!("{} patients match", found.len())),
            }
        }
        self.resources = serde_json::from_str(&text).unwrap();
        Ok(json!({ "resourceType": "Bundle", "type": "transaction-response" }))
    }
}
