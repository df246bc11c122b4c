//! Which device is with whom, by a person's hand: what messages propose, and what was wrong.
//!
//! | address | what |
//! |---|---|
//! | `GET /api/proposals` | what messages said of devices and nobody has checked |
//! | `POST /api/proposals/{id}/accept`, `…/reject` | a person's word on one |
//! | `GET /api/patients/{id}/associations` | the patient's, past and present |
//! | `POST /api/associations/{id}/correct/{patient}` | its readings were this other patient's |

use axum::extract::{Path, State};
use axum::{Extension, Json};
use serde::Serialize;

use super::patients::allowed;
use super::people::full_name;
use crate::http::Http;
use crate::http::error::Fault;
use crate::http::session::{Principal, Right};
use crate::record::{Association, AssociationId, PatientId, ProposalId};
use crate::registry::{Administration, Proposal, Word, decide};
use crate::store::{Reader, StoreError};

#[derive(Debug, Serialize)]
pub(crate) struct ProposalShape {
    id: i64,
    device: String,
    patient: String,
    /// The patient in words.
    name: String,
    identifier: String,
    bed: String,
    from: i64,
    source: String,
    reference: String,
}

impl ProposalShape {
    fn of(reader: &Reader, one: &Proposal) -> Result<Self, StoreError> {
        let patient = reader.patient(one.patient)?;
        Ok(Self {
            id: one.id.0,
            device: one.device.to_string(),
            patient: one.patient.to_string(),
            name: patient.as_ref().map(full_name).unwrap_or_default(),
            identifier: patient.map(|patient| patient.person.identifier).unwrap_or_default(),
            bed: one.bed.clone(),
            from: one.from.0,
            source: one.source.to_string(),
            reference: one.reference.clone(),
        })
    }
}

pub(super) async fn proposals(
    State(http): State<Http>,
    Extension(who): Extension<Principal>,
) -> Result<Json<Vec<ProposalShape>>, Fault> {
    who.needs(Right::Associate)?;
    http.reads.note(&http.store, &who, "proposals").await;
    let open = http.store.read(|reader| {
        let open = reader.open_proposals()?;
        open.iter().map(|one| ProposalShape::of(reader, one)).collect()
    });
    Ok(Json(open.await?))
}

pub(super) async fn accept(
    http: State<Http>,
    who: Extension<Principal>,
    id: Path<String>,
) -> Result<Json<ProposalShape>, Fault> {
    settle(http, who, id, Word::Accept).await
}

pub(super) async fn reject(
    http: State<Http>,
    who: Extension<Principal>,
    id: Path<String>,
) -> Result<Json<ProposalShape>, Fault> {
    settle(http, who, id, Word::Reject).await
}

async fn settle(
    State(http): State<Http>,
    Extension(who): Extension<Principal>,
    Path(id): Path<String>,
    word: Word,
) -> Result<Json<ProposalShape>, Fault> {
    who.needs(Right::Associate)?;
    let id: ProposalId = id.parse().map_err(|_| Fault::NotFound("such proposal"))?;
    let actor = who.actor();
    let decided = http.store.write(move |writer| {
        decide(writer, id, word, &actor)?;
        let decided = writer.reader().proposal(id)?;
        decided.map(|one| ProposalShape::of(writer.reader(), &one)).transpose()
    });
    decided.await?.map(Json).ok_or(Fault::NotFound("such proposal"))
}

#[derive(Debug, Serialize)]
pub(crate) struct AssociationShape {
    id: i64,
    device: String,
    patient: String,
    bed: String,
    from: i64,
    to: Option<i64>,
    /// The association that stands in this one's place.
    replaced: Option<i64>,
}

impl From<&Association> for AssociationShape {
    fn from(one: &Association) -> Self {
        Self {
            id: one.id.0,
            device: one.device.to_string(),
            patient: one.patient.to_string(),
            bed: one.bed.clone(),
            from: one.from.0,
            to: one.to.map(|to| to.0),
            replaced: one.replaced.map(|by| by.0),
        }
    }
}

pub(super) async fn of_patient(
    State(http): State<Http>,
    Extension(who): Extension<Principal>,
    Path(id): Path<String>,
) -> Result<Json<Vec<AssociationShape>>, Fault> {
    let id = allowed(&http, &who, &id).await?;
    let all = http.store.read(move |reader| reader.associations_of(id)).await?;
    Ok(Json(all.iter().map(AssociationShape::from).collect()))
}

pub(super) async fn correct(
    State(http): State<Http>,
    Extension(who): Extension<Principal>,
    Path((id, right)): Path<(String, String)>,
) -> Result<Json<AssociationShape>, Fault> {
    who.needs(Right::Associate)?;
    let id: AssociationId = id.parse().map_err(|_| Fault::NotFound("such association"))?;
    let right: PatientId = right.parse().map_err(|_| Fault::NotFound("such patient"))?;
    let made = Administration::new(&http.store, who.actor()).correct(id, right).await?;
    Ok(Json(AssociationShape::from(&made)))
}
