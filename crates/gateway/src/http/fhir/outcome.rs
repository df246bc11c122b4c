//! Answers and refusals as FHIR writes them.

use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use clinical::fhir::{IssueType, MEDIA_TYPE, OperationOutcome, Resource};

use crate::http::error::Fault;
use crate::store::StoreError;

/// A resource as the answer.
pub(super) struct Answer(pub(super) Resource);

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        ([(CONTENT_TYPE, MEDIA_TYPE)], self.0.to_json()).into_response()
    }
}

/// Why a request is not answered.
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    code: IssueType,
    diagnostics: String,
}

impl Refusal {
    pub(super) fn new(code: IssueType, diagnostics: impl Into<String>) -> Self {
        let status = match code {
            IssueType::Invalid | IssueType::TooCostly => StatusCode::BAD_REQUEST,
            IssueType::Login => StatusCode::UNAUTHORIZED,
            IssueType::Forbidden => StatusCode::FORBIDDEN,
            IssueType::NotFound | IssueType::NotSupported => StatusCode::NOT_FOUND,
            IssueType::Throttled => StatusCode::TOO_MANY_REQUESTS,
            IssueType::Timeout => StatusCode::REQUEST_TIMEOUT,
            IssueType::Transient => StatusCode::SERVICE_UNAVAILABLE,
            IssueType::Exception => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Self { status, code, diagnostics: diagnostics.into() }
    }

    pub(super) fn invalid(diagnostics: impl Into<String>) -> Self {
        Self::new(IssueType::Invalid, diagnostics)
    }

    pub(super) fn read_only() -> Self {
        let status = StatusCode::METHOD_NOT_ALLOWED;
        Self { status, ..Self::new(IssueType::NotSupported, "This server is read only.") }
    }

    pub(super) fn not_found() -> Self {
        Self::new(IssueType::NotFound, "There is no such resource.")
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let outcome = OperationOutcome::error(self.code, self.diagnostics);
        (self.status, Answer(outcome.into())).into_response()
    }
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        let code = match &fault {
            Fault::NotSignedIn => IssueType::Login,
            Fault::Forged | Fault::NotAllowed(_) => IssueType::Forbidden,
            Fault::NotFound(_) => IssueType::NotFound,
            Fault::BadRequest(_) | Fault::Conflict(_) => IssueType::Invalid,
            Fault::Busy => IssueType::Throttled,
            Fault::TooSlow => IssueType::Timeout,
            Fault::Store(error) => {
                // What the store says may name files; it goes to the log, not to the client.
                tracing::error!(%error, "a FHIR request could not be answered");
                IssueType::Transient
            }
            Fault::Record(_) => IssueType::Exception,
        };
        Self { status: fault.status(), code, diagnostics: fault.to_string() }
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        Fault::from(error).into()
    }
}
