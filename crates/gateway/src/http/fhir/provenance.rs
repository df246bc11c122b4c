//! Provenance: the seal of a batch. One without a seal has a Provenance without signature.

use axum::extract::Path;
use clinical::fhir::{self, Resource};

use super::asked::Asked;
use super::observations::Read;
use super::outcome::{Answer, Refusal};
use super::parameters::reference;
use super::people::everything;
use crate::record::{BatchId, ObservationId, RestsOn};

/// `GET Provenance/{batch}`.
pub(super) async fn read(asked: Asked, Path(id): Path<String>) -> Result<Answer, Refusal> {
    asked.parameters.nothing_left()?;
    let id: BatchId = id.parse().map_err(|_| Refusal::not_found())?;
    let batch = asked.http.store.read(move |reader| reader.batch(id)).await?;
    let opened = Read::of(batch.ok_or_else(Refusal::not_found)?)?;
    asked.note(opened.object()).await?;
    Ok(Answer(resource(&opened)))
}

/// `GET Provenance?target=Observation/{batch}-{index}`.
pub(super) async fn search(mut asked: Asked) -> Result<Answer, Refusal> {
    let targets = asked.parameters.take_alternatives("target")?;
    asked.parameters.nothing_left()?;
    let targets = targets.ok_or_else(|| Refusal::invalid("target is needed: Observation/ID."))?;
    let wanted: Vec<ObservationId> =
        targets.iter().filter_map(|target| reference(target, "Observation")?.parse().ok()).collect();
    let mut batches: Vec<BatchId> = wanted.iter().map(|id| id.batch).collect();
    batches.sort();
    batches.dedup();
    let rows = asked
        .http
        .store
        .read(move |reader| batches.into_iter().map(|id| reader.batch(id)).collect::<Result<Vec<_>, _>>());
    let mut resources = Vec::new();
    for row in rows.await?.into_iter().flatten() {
        let opened = Read::of(row)?;
        let readings = opened.readings().len();
        if wanted.iter().any(|id| id.batch == opened.row.id && (id.index as usize) < readings) {
            asked.note(opened.object()).await?;
            resources.push((format!("Provenance/{}", opened.row.id), resource(&opened)));
        }
    }
    Ok(everything(&asked, resources))
}

fn resource(opened: &Read) -> Resource {
    let seal = match &opened.opened.rests_on {
        RestsOn::Seal { sealed, .. } => Some(sealed.seal().to_bytes()),
        RestsOn::Source { .. } => None,
    };
    let patient = opened.patient();
    fhir::Provenance::of(&opened.source(patient.as_deref()), opened.readings().len(), seal.as_deref()).into()
}
