//! The JSON API under `/api`, for the dashboard and for programs. Shapes: [`super::shapes`].

mod account;
mod alarms;
mod archive;
mod associations;
mod audit;
mod by_hand;
mod correction;
mod devices;
mod feeds;
mod letters;
mod originals;
mod patients;
mod people;
mod readings;
mod record;
mod refused;
mod sources;
mod status;
mod trends;
mod waiting;
mod ward;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post, put};
use serde::Deserialize;

use super::error::Fault;
use super::{Http, live};
use crate::limits;
use crate::store::Page;

/// All of it; whoever gets here has been authenticated.
pub(crate) fn router() -> Router<Http> {
    Router::new()
        .route("/me", get(ward::me))
        .route("/ward", get(ward::ward))
        .route("/live", get(live::live))
        .route("/patients", get(people::find))
        .route("/patients/{id}", get(patients::patient))
        .route("/patients/{id}/trends", get(trends::trends))
        .route("/patients/{id}/record", get(record::record))
        .route("/devices", get(devices::devices))
        .route("/devices/{id}/associate", post(by_hand::associate))
        .route("/devices/{id}/disassociate", post(by_hand::disassociate))
        .route("/patients/{id}/associations", get(associations::of_patient))
        .route("/associations/{id}", get(correction::one))
        .route("/associations/{id}/correct/{patient}", post(associations::correct))
        .route("/proposals", get(associations::proposals))
        .route("/proposals/{id}/accept", post(associations::accept))
        .route("/proposals/{id}/reject", post(associations::reject))
        .route("/batches/{id}/account", get(account::account))
        .route("/batches/{id}/correct/{patient}", post(correction::named))
        .route("/batches/{id}/readings", get(readings::readings))
        .route("/sources", get(sources::sources))
        .route("/waiting", get(waiting::waiting))
        .merge(alarms::router())
        .route("/status", get(status::status))
        .route("/metrics", get(status::metrics))
        .route("/feeds", get(feeds::feeds))
        .route("/letters", get(letters::list))
        .route("/letters/{id}", get(letters::letter))
        .route(
            "/letters/{id}/message",
            put(letters::edit).layer(DefaultBodyLimit::max(limits::HTTP_MESSAGE_BYTES)),
        )
        .route("/letters/{id}/retry", post(letters::retry))
        .route("/letters/{id}/drop", post(letters::give_up))
        .route("/refused", get(refused::refused))
        .route("/audit", get(audit::audit))
        .route("/audit/archive", post(archive::archive))
        .fallback(|| async { Fault::NotFound("such address") })
}

/// Where a page of a listing begins.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Before {
    before: Option<i64>,
}

impl Before {
    fn page(&self) -> Page {
        Page { before: self.before, limit: limits::API_PAGE }
    }
}

/// Where the next page begins: nowhere when this one is not full.
fn next_page<T>(items: &[T], number: impl Fn(&T) -> i64) -> Option<i64> {
    if items.len() < limits::API_PAGE { None } else { items.last().map(number) }
}
