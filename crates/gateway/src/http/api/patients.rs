//! `GET /api/patients/{id}`: who it is, the devices, and the latest seals.
//!
//! The list runs by the batches' own time, so that what a device spooled through an outage stands where it belongs; `before`
//! is such a time.

use axum::extract::{Path, Query, State};
use axum::{Extension, Json};
use seal::Micros;
use serde::Serialize;

use super::{Before, next_page};
use crate::http::Http;
use crate::http::error::Fault;
use crate::http::session::{Principal, Right};
use crate::http::shapes::{BatchShape, PatientRef};
use crate::limits;
use crate::record::PatientId;
use crate::store::{BatchQuery, Order, Reader, StoreError};

#[derive(Serialize)]
pub(crate) struct PatientPage {
    patient: PatientRef,
    devices: Vec<String>,
    items: Vec<BatchShape>,
    before: Option<i64>,
}

pub(super) async fn patient(
    State(http): State<Http>,
    Extension(who): Extension<Principal>,
    Path(id): Path<String>,
    Query(Before { before }): Query<Before>,
) -> Result<Json<PatientPage>, Fault> {
    let id = allowed(&http, &who, &id).await?;
    let page = http.store.read(move |reader| read(reader, id, before.map(Micros))).await?;
    page.map(Json).ok_or(Fault::NotFound("such patient"))
}

/// Checks the right, reads the id and notes the look.
pub(super) async fn allowed(http: &Http, who: &Principal, id: &str) -> Result<PatientId, Fault> {
    who.needs(Right::ReadPatients)?;
    let id: PatientId = id.parse().map_err(|_| Fault::NotFound("such patient"))?;
    http.reads.note(&http.store, who, &format!("patient {id}")).await;
    Ok(id)
}

fn read(reader: &Reader, id: PatientId, before: Option<Micros>) -> Result<Option<PatientPage>, StoreError> {
    let Some(patient) = reader.patient(id)? else { return Ok(None) };
    let associations = reader.associations_of(id)?;
    let bed = associations.iter().rev().find(|one| one.to.is_none()).map_or("", |one| one.bed.as_str());
    let mut devices: Vec<_> = associations.iter().map(|one| one.device.to_string()).collect();
    devices.sort();
    devices.dedup();
    let query = BatchQuery {
        patient: Some(id),
        to: before,
        order: Order::NewestFirst,
        limit: limits::API_PAGE,
        ..BatchQuery::default()
    };
    let rows = reader.batches(&query)?;
    Ok(Some(PatientPage {
        patient: PatientRef::new(&patient, bed),
        devices,
        items: rows.iter().filter_map(BatchShape::of).collect(),
        before: next_page(&rows, |row| row.time.0),
    }))
}
