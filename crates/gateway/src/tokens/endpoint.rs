//! The endpoint `/token`, and the documents that tell of it.
//!
//! | address | what |
//! |---|---|
//! | `POST /token` | RFC 6749 section 4.4 and RFC 7523 section 4 |
//! | `/.well-known/oauth-authorization-server` | RFC 8414 |
//! | `/.well-known/smart-configuration`, the same below `/fhir` | SMART App Launch 2.2, section on conformance |

use std::sync::Arc;

use axum::extract::rejection::FormRejection;
use axum::extract::{Extension, Form, State};
use axum::http::header::{CACHE_CONTROL, PRAGMA};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use super::Tokens;
use super::access::Scope;
use super::grants::{self, Asked};
use super::jws::Algorithm;
use super::refusal::Refusal;
use crate::http::{Peer, ShownCertificate};
use crate::start::Services;

#[derive(Clone)]
struct Endpoint {
    tokens: Arc<Tokens>,
    services: Services,
}

/// The endpoint and its documents.
pub(crate) fn router(tokens: &Arc<Tokens>, services: &Services) -> Router {
    let endpoint = Endpoint { tokens: tokens.clone(), services: services.clone() };
    let metadata = get(|State(endpoint): State<Endpoint>| async move { Json(endpoint.tokens.metadata()) });
    Router::new()
        .route("/token", post(token))
        .route("/.well-known/oauth-authorization-server", metadata.clone())
        .route("/.well-known/smart-configuration", metadata.clone())
        .route("/fhir/.well-known/smart-configuration", metadata)
        .with_state(endpoint)
}

async fn token(
    State(endpoint): State<Endpoint>,
    Extension(Peer(peer)): Extension<Peer>,
    certificate: Option<Extension<ShownCertificate>>,
    form: Result<Form<Vec<(String, String)>>, FormRejection>,
) -> Response {
    let registry = endpoint.services.registry.now();
    let form = form
        .map_err(|_| Refusal::Request("the body is no form"))
        .and_then(|Form(pairs)| grants::Form::of(pairs));
    let form = match form {
        Ok(form) => form,
        Err(refusal) => return refusal.into_response(),
    };
    let certificate = certificate.as_ref().and_then(|Extension(shown)| shown.0.as_deref());
    let asked = Asked { form, peer: peer.ip(), certificate, registry: &registry };
    match endpoint.tokens.give(asked, &endpoint.services.metrics).await {
        Ok(given) => {
            let body = json!({
                "access_token": given.token.expose_secret(),
                "token_type": "Bearer",
                "expires_in": given.life,
                "scope": given.scope.as_str(),
            });
            ([(CACHE_CONTROL, "no-store"), (PRAGMA, "no-cache")], Json(body)).into_response()
        }
        Err(refusal) => refusal.into_response(),
    }
}

impl Tokens {
    fn metadata(&self) -> Value {
        let url = &self.config.url;
        let issuer = url.strip_suffix("/token").unwrap_or(url);
        let algorithms: Vec<_> = Algorithm::ALL.iter().map(|one| one.as_str()).collect();
        let scopes: Vec<_> = Scope::ALL.iter().map(|one| one.as_str()).collect();
        json!({
            "issuer": issuer,
            "token_endpoint": url,
            "grant_types_supported": ["client_credentials", "urn:ietf:params:oauth:grant-type:jwt-bearer"],
            "token_endpoint_auth_methods_supported": ["private_key_jwt"],
            "token_endpoint_auth_signing_alg_values_supported": algorithms,
            "scopes_supported": scopes,
            "response_types_supported": [],
            "tls_client_certificate_bound_access_tokens": true,
            "capabilities": ["client-confidential-asymmetric", "permission-v2"],
        })
    }
}
