//! Patient and Device.

use std::collections::HashMap;

use axum::extract::Path;
use clinical::fhir::{self, Bundle, DEVICE, DeviceFacts, Resource, fhir_id};
use seal::DeviceId;

use super::asked::Asked;
use super::outcome::{Answer, Refusal};
use super::parameters::{reference, token};
use crate::record::{Device, DeviceStatus, Patient, PatientId, Trust};
use crate::sinks::person;
use crate::store::{Reader, StoreError};

fn patient_resource(patient: &Patient, facility: &str) -> Resource {
    fhir::Patient::from(&person(patient, facility)).into()
}

/// `GET Patient/{id}`.
pub(super) async fn patient(asked: Asked, Path(id): Path<String>) -> Result<Answer, Refusal> {
    asked.parameters.nothing_left()?;
    let id: PatientId = id.parse().map_err(|_| Refusal::not_found())?;
    asked.note(format!("patient {id}")).await?;
    let found = asked.http.store.read(move |reader| reader.patient(id)).await?;
    let found = found.ok_or_else(Refusal::not_found)?;
    Ok(Answer(patient_resource(&found, &asked.http.facility)))
}

/// `GET Patient`.
pub(super) async fn patients(mut asked: Asked) -> Result<Answer, Refusal> {
    let id = asked.parameters.take("_id")?;
    let identifier = asked.parameters.take("identifier")?;
    asked.parameters.nothing_left()?;
    asked.note("patients".into()).await?;
    let mut found = asked.http.store.read(Reader::patients).await?;
    found.retain(|patient| {
        id.as_ref().is_none_or(|id| *id == patient.id.to_string())
            // The hospital's identifiers have no system here; a token that names one is of another hospital.
            && identifier.as_ref().is_none_or(|wanted| token(wanted, "") == Some(&patient.person.identifier))
    });
    let facility = &asked.http.facility;
    let resources =
        found.iter().map(|patient| (format!("Patient/{}", patient.id), patient_resource(patient, facility)));
    Ok(everything(&asked, resources.collect()))
}

/// A search whose matches fit one page.
pub(super) fn everything(asked: &Asked, resources: Vec<(String, Resource)>) -> Answer {
    let total = resources.len();
    Answer(Bundle::searchset(&asked.base, asked.own_address(), None, resources).with_total(total).into())
}

/// All devices with the patient each is with.
fn devices_and_patients(reader: &Reader) -> Result<Vec<(Device, Option<PatientId>)>, StoreError> {
    let current = reader.current_associations()?;
    let with: HashMap<DeviceId, PatientId> =
        current.into_iter().map(|one| (one.device, one.patient)).collect();
    let devices = reader.devices()?;
    Ok(devices
        .into_iter()
        .map(|device| (with.get(&device.id).copied(), device))
        .map(|(who, device)| (device, who))
        .collect())
}

fn device_resource(device: &Device, patient: Option<PatientId>) -> Resource {
    let patient = patient.map(|id| id.to_string());
    let status = match device.status {
        DeviceStatus::Active => fhir::DeviceStatus::Active,
        DeviceStatus::Revoked => fhir::DeviceStatus::Inactive,
    };
    let trust = match device.trust {
        Trust::Seal(_) => fhir::DeviceTrust::Seal,
        Trust::Source(_) => fhir::DeviceTrust::Source,
    };
    let facts =
        DeviceFacts { id: &device.id, status, trust, enrolled: device.enrolled, patient: patient.as_deref() };
    fhir::Device::from(&facts).into()
}

/// `GET Device/{id}`.
pub(super) async fn device(asked: Asked, Path(id): Path<String>) -> Result<Answer, Refusal> {
    asked.parameters.nothing_left()?;
    let found = asked.http.store.read(devices_and_patients).await?;
    let (device, patient) =
        found.iter().find(|(device, _)| fhir_id(&device.id) == id).ok_or_else(Refusal::not_found)?;
    asked.note(format!("device {}", device.id)).await?;
    Ok(Answer(device_resource(device, *patient)))
}

/// `GET Device`.
pub(super) async fn devices(mut asked: Asked) -> Result<Answer, Refusal> {
    let id = asked.parameters.take("_id")?;
    let identifier = asked.parameters.take("identifier")?;
    let patient = asked.parameters.take("patient")?;
    asked.parameters.nothing_left()?;
    asked.note("devices".into()).await?;
    let mut found = asked.http.store.read(devices_and_patients).await?;
    found.retain(|(device, with)| {
        id.as_ref().is_none_or(|id| *id == fhir_id(&device.id))
            && identifier.as_ref().is_none_or(|wanted| token(wanted, DEVICE) == Some(device.id.as_str()))
            && patient
                .as_ref()
                .is_none_or(|wanted| reference(wanted, "Patient") == with.map(|id| id.to_string()).as_deref())
    });
    let resources = found
        .iter()
        .map(|(device, with)| (format!("Device/{}", fhir_id(&device.id)), device_resource(device, *with)));
    Ok(everything(&asked, resources.collect()))
}

/// The device with this logical id.
pub(super) fn device_by_fhir_id(reader: &Reader, id: &str) -> Result<Option<DeviceId>, StoreError> {
    let devices = reader.devices()?;
    Ok(devices.into_iter().map(|device| device.id).find(|device| fhir_id(device) == id))
}
