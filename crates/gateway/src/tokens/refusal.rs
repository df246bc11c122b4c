//! Why no token is given, in the words of RFC 6749 section 5.2.

use axum::Json;
use axum::http::header::{CACHE_CONTROL, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use seal::Reason;
use seal::token::TokenError;

use super::jws::JwsError;
use crate::limits;
use crate::store::StoreError;

/// Why no token is given.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refusal {
    #[error("{0}")]
    Request(&'static str),
    #[error("the grant type is neither jwt-bearer nor client_credentials")]
    GrantType,
    #[error("the scope is none that this client may have")]
    Scope,
    #[error("a device must show its TLS certificate here")]
    NoCertificate,
    #[error("the certificate names no device")]
    Certificate,
    #[error("the device may not ask: {0}")]
    Device(Reason),
    #[error("no token key of this device is enrolled")]
    NoKey,
    #[error("the assertion: {0}")]
    Assertion(#[from] TokenError),
    #[error("no such client")]
    NoClient,
    #[error("the client assertion: {0}")]
    ClientAssertion(#[from] JwsError),
    #[error("the assertion was used before")]
    Used(Grantee),
    #[error("too many refused requests; try again later")]
    TooMany,
    #[error("no token can be given at the moment")]
    Store(#[from] StoreError),
    #[error("no randomness")]
    Random,
}

/// Whose assertion it was: the error code differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Grantee {
    Device,
    System,
}

impl Refusal {
    /// The error code.
    pub(super) fn code(&self) -> &'static str {
        match self {
            Self::Request(_) => "invalid_request",
            Self::GrantType => "unsupported_grant_type",
            Self::Scope => "invalid_scope",
            Self::NoCertificate
            | Self::Certificate
            | Self::Device(_)
            | Self::NoKey
            | Self::Assertion(_)
            | Self::Used(Grantee::Device) => "invalid_grant",
            Self::NoClient | Self::ClientAssertion(_) | Self::Used(Grantee::System) => "invalid_client",
            Self::TooMany => "slow_down",
            Self::Store(_) | Self::Random => "temporarily_unavailable",
        }
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::NoClient | Self::ClientAssertion(_) | Self::Used(Grantee::System) => {
                StatusCode::UNAUTHORIZED
            }
            Self::TooMany => StatusCode::TOO_MANY_REQUESTS,
            Self::Store(_) | Self::Random => StatusCode::SERVICE_UNAVAILABLE,
            Self::Request(_)
            | Self::GrantType
            | Self::Scope
            | Self::NoCertificate
            | Self::Certificate
            | Self::Device(_)
            | Self::NoKey
            | Self::Assertion(_)
            | Self::Used(Grantee::Device) => StatusCode::BAD_REQUEST,
        }
    }

    /// Whether the client is to blame.
    pub(super) fn is_clients(&self) -> bool {
        match self {
            Self::Store(_) | Self::Random | Self::TooMany => false,
            Self::Request(_)
            | Self::GrantType
            | Self::Scope
            | Self::NoCertificate
            | Self::Certificate
            | Self::Device(_)
            | Self::NoKey
            | Self::Assertion(_)
            | Self::NoClient
            | Self::ClientAssertion(_)
            | Self::Used(_) => true,
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let description = match &self {
            Self::Store(error) => {
                tracing::error!(%error, "no token could be given");
                self.to_string()
            }
            // Which part of an assertion fails is the client's to find out; the audit log tells the operator.
            Self::NoClient | Self::ClientAssertion(_) => "the client is not known or not proven".into(),
            refusal => refusal.to_string(),
        };
        let status = self.status();
        let body = Json(serde_json::json!({ "error": self.code(), "error_description": description }));
        let mut response = (status, [(CACHE_CONTROL, "no-store")], body).into_response();
        if status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if status == StatusCode::TOO_MANY_REQUESTS || status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(limits::SIGN_IN_WINDOW.as_secs()));
        }
        response
    }
}
