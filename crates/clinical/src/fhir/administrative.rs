//! Patient and Device.

use seal::{DeviceId, Micros};
use serde::Serialize;

use super::datatypes::{CodeableConcept, Coding, HumanName, Identifier, Meta, Reference};
use super::{DEVICE, not_sealed};
use crate::nomenclature::{self, MDC_SYSTEM};
use crate::person;

/// Patient.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Patient {
    /// The number of the patient here. None on its way to another server.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub id: String,
    /// The hospital's identifier.
    pub identifier: Vec<Identifier>,
    /// The name.
    pub name: Vec<HumanName>,
    /// Administrative sex.
    pub gender: &'static str,
    /// Date of birth.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub birth_date: Option<String>,
}

impl From<&person::Patient> for Patient {
    fn from(patient: &person::Patient) -> Self {
        let kind =
            Coding::new("http://terminology.hl7.org/CodeSystem/v2-0203", "MR", "Medical record number");
        let identifier = Identifier {
            kind: Some(kind.into()),
            system: None,
            value: patient.identifier.clone(),
            assigner: (!patient.authority.is_empty()).then(|| Reference::named(&patient.authority)),
        };
        let given = (!patient.given.is_empty()).then(|| patient.given.clone());
        Self {
            id: patient.id.clone(),
            identifier: vec![identifier],
            name: vec![HumanName {
                usage: "official",
                family: patient.family.clone(),
                given: given.into_iter().collect(),
            }],
            gender: patient.sex.fhir(),
            birth_date: patient.born.map(|born| born.to_string()),
        }
    }
}

/// The logical id of a device. FHIR ids have no `_` (R4 section 2.24.0.1), device ids do: `_` is written `.u` and `.` is written `..`, so that
/// no two devices share an id.
#[must_use]
pub fn fhir_id(device: &DeviceId) -> String {
    device.as_str().replace('.', "..").replace('_', ".u")
}

/// Whether a device is in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum DeviceStatus {
    /// Its seals are accepted.
    Active,
    /// It was withdrawn.
    Inactive,
}

/// What vouches for a device's readings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeviceTrust {
    /// Its seals.
    Seal,
    /// The system that speaks for it.
    Source,
}

impl DeviceTrust {
    fn tag(self) -> Vec<Coding> {
        match self {
            Self::Seal => Vec::new(),
            Self::Source => vec![not_sealed()],
        }
    }
}

/// What is known of a device.
#[derive(Debug, Clone)]
pub struct DeviceFacts<'a> {
    /// Its id.
    pub id: &'a DeviceId,
    /// Whether it is in use.
    pub status: DeviceStatus,
    /// What vouches for its readings.
    pub trust: DeviceTrust,
    /// When it was enrolled.
    pub enrolled: Micros,
    /// The patient it is with.
    pub patient: Option<&'a str>,
}

/// Device.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Device {
    /// See [`fhir_id`]. None on its way to another server.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub id: String,
    /// When it was enrolled.
    #[serde(skip_serializing_if = "Meta::is_empty")]
    pub meta: Meta,
    /// The device id as its certificates have it.
    pub identifier: Vec<Identifier>,
    /// Whether it is in use.
    pub status: DeviceStatus,
    /// What kind of device.
    #[serde(rename = "type")]
    pub kind: CodeableConcept,
    /// The patient it is with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub patient: Option<Reference>,
}

impl From<&DeviceFacts<'_>> for Device {
    fn from(facts: &DeviceFacts<'_>) -> Self {
        let monitor = seal::Code(69_965);
        let value = facts.id.as_str().to_owned();
        Self {
            id: fhir_id(facts.id),
            meta: Meta { tag: facts.trust.tag(), ..Meta::at(facts.enrolled) },
            identifier: vec![Identifier { kind: None, system: Some(DEVICE.into()), value, assigner: None }],
            status: facts.status,
            kind: Coding::new(MDC_SYSTEM, &monitor.to_string(), nomenclature::refid(monitor)).into(),
            patient: facts.patient.map(|patient| Reference::to("Patient", patient)),
        }
    }
}
