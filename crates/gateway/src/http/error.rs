//! What the API says when it does not do what was asked.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::session::Right;
use crate::store::StoreError;

/// Why a request was not carried out.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    #[error("Not signed in, or the session is over.")]
    NotSignedIn,
    #[error("The request does not come from this dashboard.")]
    Forged,
    #[error("Your role does not include the right {0:?}.")]
    NotAllowed(Right),
    #[error("There is no {0}.")]
    NotFound(&'static str),
    #[error("{0}")]
    BadRequest(String),
    #[error("{0}")]
    Conflict(String),
    #[error("Too many such requests are under way. Try again in a moment.")]
    Busy,
    #[error("The request took too long.")]
    TooSlow,
    #[error("The store cannot be read at the moment.")]
    Store(#[source] StoreError),
    #[error("The record cannot be put together: {0}")]
    Record(String),
}

impl Fault {
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::NotSignedIn => StatusCode::UNAUTHORIZED,
            Self::Forged | Self::NotAllowed(_) => StatusCode::FORBIDDEN,
            Self::NotFound(_) => StatusCode::NOT_FOUND,
            Self::BadRequest(_) => StatusCode::BAD_REQUEST,
            Self::Conflict(_) => StatusCode::CONFLICT,
            Self::Busy => StatusCode::TOO_MANY_REQUESTS,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::Store(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Record(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict(what) => Self::Conflict(what),
            error @ (StoreError::Database(_)
            | StoreError::Folder { .. }
            | StoreError::Lock(_)
            | StoreError::OlderSchema { .. }
            | StoreError::NewerSchema { .. }
            | StoreError::Value { .. }
            | StoreError::NotCommitted(_)
            | StoreError::GivenUp
            | StoreError::Thread(_)
            | StoreError::Closed) => Self::Store(error),
        }
    }
}

#[derive(Serialize)]
struct Body {
    error: String,
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        // What the store says may name files; it goes to the log, not to the browser.
        if let Self::Store(error) = &self {
            tracing::error!(%error, "a request could not be answered");
        }
        (self.status(), Json(Body { error: self.to_string() })).into_response()
    }
}
