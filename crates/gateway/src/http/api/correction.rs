//! `GET /api/associations/{id}`: one association with all that follows from saying that it was with the wrong patient, and afterwards
//! how far its correction has got at each destination. `POST /api/batches/{id}/correct/{patient}`: readings that a message put with the wrong
//! patient by naming them, without an association, are given to the right one.

use axum::extract::{Path, State};
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};

use super::associations::AssociationShape;
use super::people::full_name;
use crate::http::Http;
use crate::http::error::Fault;
use crate::http::session::{Principal, Right};
use crate::record::{Association, AssociationId, BatchId, PatientId};
use crate::registry::Administration;
use crate::sinks::Destination;
use crate::store::{Reader, StoreError};

#[derive(Debug, Serialize)]
pub(crate) struct ReachShape {
    association: AssociationShape,
    /// Whose it says the readings are.
    name: String,
    identifier: String,
    batches: u64,
    /// Of them, those that a device sealed.
    sealed: u64,
    first: Option<i64>,
    last: Option<i64>,
    destinations: Vec<DestinationShape>,
}

#[derive(Debug, Serialize)]
struct DestinationShape {
    feed: String,
    /// Batches of the association that it has answered; of one that is put right, these are what is taken back and sent anew.
    answered: u64,
}

pub(super) async fn one(
    State(http): State<Http>,
    Extension(who): Extension<Principal>,
    Path(id): Path<String>,
) -> Result<Json<ReachShape>, Fault> {
    const NONE: Fault = Fault::NotFound("such association");
    who.needs(Right::Associate)?;
    let id: AssociationId = id.parse().map_err(|_| NONE)?;
    let _place = http.heavy.try_acquire().map_err(|_| Fault::Busy)?;
    let feeds = http.hub.ward().destinations();
    let read = http.store.read(move |reader| {
        let Some(association) = reader.association(id)? else { return Ok(None) };
        Ok(Some((association.patient, shape(reader, &association, feeds)?)))
    });
    let (patient, shape) = read.await?.ok_or(NONE)?;
    http.reads.note(&http.store, &who, &format!("patient {patient}")).await;
    Ok(Json(shape))
}

/// Up to which batch of the same device and patient; without it, the one batch.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Through {
    through: i64,
}

#[derive(Debug, Serialize)]
pub(super) struct Corrected {
    /// How many batches were given to the right patient.
    batches: usize,
}

pub(super) async fn named(
    State(http): State<Http>,
    Extension(who): Extension<Principal>,
    Path((id, right)): Path<(String, String)>,
    body: String,
) -> Result<Json<Corrected>, Fault> {
    who.needs(Right::Associate)?;
    let id: BatchId = id.parse().map_err(|_| Fault::NotFound("such batch"))?;
    let right: PatientId = right.parse().map_err(|_| Fault::NotFound("such patient"))?;
    let through = if body.is_empty() {
        id
    } else {
        let read: Through =
            serde_json::from_str(&body).map_err(|error| Fault::BadRequest(error.to_string()))?;
        BatchId(read.through)
    };
    let administration = Administration::new(&http.store, who.actor());
    Ok(Json(Corrected { batches: administration.correct_named((id, through), right).await? }))
}

fn shape(reader: &Reader, one: &Association, feeds: Vec<Destination>) -> Result<ReachShape, StoreError> {
    let patient = reader.patient(one.patient)?;
    let reach = reader.reach(one)?;
    let destinations = feeds.into_iter().filter_map(|Destination { name: feed, journal }| {
        let answered = reader.answered(one, &feed, journal).transpose()?;
        Some(answered.map(|answered| DestinationShape { feed, answered }))
    });
    Ok(ReachShape {
        association: AssociationShape::from(one),
        name: patient.as_ref().map(full_name).unwrap_or_default(),
        identifier: patient.map(|patient| patient.person.identifier).unwrap_or_default(),
        batches: reach.rows,
        sealed: reach.sealed,
        first: reach.first.map(|time| time.0),
        last: reach.last.map(|time| time.0),
        destinations: destinations.collect::<Result<_, StoreError>>()?,
    })
}
