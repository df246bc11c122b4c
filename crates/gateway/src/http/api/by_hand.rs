//! A person puts a device with a patient, or takes it away.
//!
//! | address | body | what |
//! |---|---|---|
//! | `POST /api/devices/{id}/associate` | `{"patient": "7", "bed": "12", "instead_of": "3"}` | the device is with the patient from now on |
//! | `POST /api/devices/{id}/disassociate` | `{"instead_of": "3"}` | it is with nobody from now on |
//!
//! `instead_of` is the patient whom the device was with when the person decided, `null` for nobody: when somebody else has moved the device
//! meanwhile, what was confirmed is no longer what would happen, and nothing does.

use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::{Extension, Json};
use seal::DeviceId;
use serde::Deserialize;

use super::associations::AssociationShape;
use crate::http::Http;
use crate::http::error::Fault;
use crate::http::session::{Principal, Right};
use crate::limits;
use crate::record::PatientId;
use crate::registry::by_hand;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Put {
    patient: String,
    #[serde(default)]
    bed: String,
    instead_of: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Take {
    instead_of: String,
}

pub(super) async fn associate(
    State(http): State<Http>,
    Extension(who): Extension<Principal>,
    Path(device): Path<String>,
    body: Result<Json<Put>, JsonRejection>,
) -> Result<Json<AssociationShape>, Fault> {
    who.needs(Right::Associate)?;
    let device = device_of(&device)?;
    let Put { patient, bed, instead_of } = read(body)?;
    let (patient, instead_of) = (patient_of(&patient)?, instead_of.as_deref().map(patient_of).transpose()?);
    let bed = bed.trim().to_owned();
    if bed.len() > limits::HTTP_WORDS {
        return Err(Fault::BadRequest(format!(
            "A bed's name has at most {} characters.",
            limits::HTTP_WORDS
        )));
    }
    let actor = who.actor();
    let put =
        http.store.write(move |writer| by_hand::put(writer, &actor, &device, patient, &bed, instead_of));
    Ok(Json(AssociationShape::from(&put.await?)))
}

pub(super) async fn disassociate(
    State(http): State<Http>,
    Extension(who): Extension<Principal>,
    Path(device): Path<String>,
    body: Result<Json<Take>, JsonRejection>,
) -> Result<Json<AssociationShape>, Fault> {
    who.needs(Right::Associate)?;
    let device = device_of(&device)?;
    let from = patient_of(&read(body)?.instead_of)?;
    let actor = who.actor();
    let taken = http.store.write(move |writer| by_hand::take(writer, &actor, &device, from));
    Ok(Json(AssociationShape::from(&taken.await?)))
}

fn read<T>(body: Result<Json<T>, JsonRejection>) -> Result<T, Fault> {
    let Json(read) = body.map_err(|error| Fault::BadRequest(error.body_text()))?;
    Ok(read)
}

fn device_of(text: &str) -> Result<DeviceId, Fault> {
    text.parse().map_err(|_| Fault::NotFound("such device"))
}

fn patient_of(text: &str) -> Result<PatientId, Fault> {
    text.parse().map_err(|_| Fault::NotFound("such patient"))
}
