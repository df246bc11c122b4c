//! What a device is told: an outcome as a status and a few words of JSON ("Sealed batches by HTTPS" in `docs/formats.md`).

use axum::Json;
use axum::http::header::{CONNECTION, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use seal::Reason;
use serde_json::{Value, json};

use crate::limits;
use crate::pipeline::{Outcome, Rejection};
use crate::tokens::TokenFault;

/// The status that comes nearest; the reason's word tells exactly.
pub(super) fn status_of(reason: Reason) -> StatusCode {
    match reason {
        Reason::Malformed => StatusCode::BAD_REQUEST,
        Reason::Token => StatusCode::UNAUTHORIZED,
        Reason::UnknownDevice
        | Reason::RevokedDevice
        | Reason::WrongDevice
        | Reason::UnknownKey
        | Reason::Certificate => StatusCode::FORBIDDEN,
        Reason::RepeatedCounter | Reason::CounterGap | Reason::BrokenChain => StatusCode::CONFLICT,
        Reason::Oversized => StatusCode::PAYLOAD_TOO_LARGE,
        Reason::NotSealed | Reason::BadSignature | Reason::BadHash | Reason::Clock => {
            StatusCode::UNPROCESSABLE_ENTITY
        }
    }
}

fn told(outcome: &Outcome) -> (StatusCode, Value) {
    match outcome {
        Outcome::Committed(batch) => (StatusCode::CREATED, json!({ "outcome": "committed", "batch": batch })),
        Outcome::Duplicate => (StatusCode::OK, json!({ "outcome": "duplicate" })),
        Outcome::Refused(rejection) => (status_of(rejection.reason), refusal(rejection)),
        Outcome::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, json!({ "outcome": "unavailable" })),
    }
}

fn refusal(rejection: &Rejection) -> Value {
    let Rejection { reason, detail, counter } = rejection;
    json!({ "outcome": "refused", "reason": reason, "detail": detail, "counter": counter })
}

/// One outcome as it is, several as a list.
pub(super) fn answer(outcomes: &[Outcome]) -> Response {
    if let [only] = outcomes {
        let (status, body) = told(only);
        let mut response = (status, Json(body)).into_response();
        if status == StatusCode::SERVICE_UNAVAILABLE {
            let seconds = HeaderValue::from(limits::RETRY_AFTER.as_secs());
            response.headers_mut().insert(RETRY_AFTER, seconds);
        }
        return response;
    }
    let each = outcomes.iter().map(|outcome| {
        let (status, mut body) = told(outcome);
        if let Some(object) = body.as_object_mut() {
            object.insert("status".into(), status.as_u16().into());
        }
        body
    });
    (StatusCode::MULTI_STATUS, Json(json!({ "answers": each.collect::<Vec<_>>() }))).into_response()
}

/// For a request that was refused before any batch of it was looked at.
pub(super) fn refused(rejection: &Rejection, token: Option<TokenFault>) -> Response {
    let mut response = (status_of(rejection.reason), Json(refusal(rejection))).into_response();
    if let Some(fault) = token {
        let challenge = match fault.code() {
            Some(code) => format!("Bearer error=\"{code}\""),
            None => "Bearer".into(),
        };
        if let Ok(challenge) = HeaderValue::try_from(challenge) {
            response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
        }
    }
    response
}

/// The same, and the connection's end.
pub(super) fn last(mut response: Response) -> Response {
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    response
}
