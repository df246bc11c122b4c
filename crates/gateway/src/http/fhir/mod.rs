//! FHIR R4, read only: Patient, Device, Observation, Provenance.
//!
//! Each resource is computed from the sealed bytes when it is asked for, and names its seal. A request needs the right to read patients and is
//! written to the audit log by itself, before it is answered; without that entry there is no answer. A search parameter that is not offered is refused
//! rather than ignored: an answer wider than the question shows what was not asked for.
//!
//! | address | what |
//! |---|---|
//! | `metadata` | what can be asked; for anybody |
//! | `Patient`, `Patient/{id}` | `identifier`, `_id` |
//! | `Device`, `Device/{id}` | `identifier`, `patient`, `_id` |
//! | `Observation`, `Observation/{batch}-{index}` | `patient` or `subject` or `device`; `code`, `category`, `date`, `_count` |
//! | `Provenance`, `Provenance/{batch}` | `target` |

mod asked;
mod dates;
mod observations;
mod outcome;
mod parameters;
mod people;
mod provenance;

pub use parameters::queries;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::get;
use clinical::fhir::{IssueType, capability};

use super::{Http, auth};
use asked::base;
use outcome::{Answer, Refusal};

/// All of it.
pub(super) fn router(http: &Http) -> Router<Http> {
    let signed_in = middleware::from_fn_with_state(http.clone(), require);
    let resources = Router::new()
        .route("/Patient", get(people::patients))
        .route("/Patient/{id}", get(people::patient))
        .route("/Device", get(people::devices))
        .route("/Device/{id}", get(people::device))
        .route("/Observation", get(observations::search))
        .route("/Observation/{id}", get(observations::read))
        .route("/Provenance", get(provenance::search))
        .route("/Provenance/{id}", get(provenance::read))
        .fallback(|| async { Refusal::new(IssueType::NotSupported, "There is no such resource here.") })
        .method_not_allowed_fallback(|| async { Refusal::read_only() })
        .layer(signed_in);
    Router::new().route("/metadata", get(metadata)).merge(resources)
}

async fn metadata(headers: HeaderMap) -> Answer {
    Answer(capability(&base(&headers)).into())
}

/// As for the API, with refusals that FHIR clients understand.
async fn require(state: State<Http>, request: Request, next: Next) -> Result<Response, Refusal> {
    Ok(auth::require(state, request, next).await?)
}
