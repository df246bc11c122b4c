//! A batch's readings as one transaction (R4 section 3.1.0.11.2) for a server that is not ours.
//!
//! Sending it twice leaves what sending it once does: observation and device are created only when no resource bears their identifier yet (conditional create), the provenance is put
//! at an id of its own, the name of the batch. Within the bundle entries refer to each other by UUIDs that are made from those names, so that the same batch gives the same bytes.
//!
//! Whose the readings are is the server's to know: `subject` is a conditional reference by the hospital's identifier, and the transaction fails when the server has no such patient or two, unless the
//! patient is to be created too.
//!
//! What was another patient's is taken back by a conditional update: the observation that was sent becomes `entered-in-error`. The right patient's have identifiers of their own, with the
//! number of the row that put them right.

use seal::{Reading, SealHash, sha256};
use serde::Serialize;

use super::datatypes::Reference;
use super::{DEVICE, DeviceFacts, Observation, Patient, Provenance, READING, Resource, Source, encoded};
use crate::person;
use crate::proof::Standing;

/// Bundle of the type transaction.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "resourceType", rename = "Bundle")]
pub struct Transaction {
    /// `transaction`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// What is to be done, all or nothing.
    pub entry: Vec<Change>,
}

/// One change.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// How other entries refer to it.
    pub full_url: String,
    /// The resource.
    pub resource: Resource,
    /// What is to be done with it.
    pub request: ChangeRequest,
}

/// What is to be done with a resource.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ChangeRequest {
    /// `POST` or `PUT`.
    pub method: &'static str,
    /// Type, id or search, relative to the server's address.
    pub url: String,
    /// Only when nothing matches this search.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub if_none_exist: Option<String>,
}

/// What is to be done about a patient that the server does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unknown {
    /// The transaction fails.
    Refuse,
    /// The patient is created.
    Create,
}

/// A batch on its way to a server.
#[derive(Debug, Clone)]
pub struct Push<'a> {
    /// Where the readings come from. [`Source::patient`] is not used.
    pub source: Source<'a>,
    /// The readings that are to be sent, with their indices in the batch.
    pub readings: Vec<(usize, &'a Reading)>,
    /// The seal, if the batch has one.
    pub cose_sign1: Option<&'a [u8]>,
    /// The row that gave these readings to this patient, when they were another's before.
    pub corrected: Option<i64>,
    /// The device.
    pub device: DeviceFacts<'a>,
    /// Whose readings they are.
    pub patient: &'a person::Patient,
    /// The system of the patient's identifier, a URI.
    pub patient_system: &'a str,
    /// What to do when the server does not know the patient.
    pub unknown: Unknown,
}

impl Push<'_> {
    /// The transaction; `None` when there is no reading to send.
    #[must_use]
    pub fn transaction(&self) -> Option<Transaction> {
        if self.readings.is_empty() {
            return None;
        }
        let (device, mut entry) = self.device();
        let subject = self.subject(&mut entry);
        let mut targets = Vec::new();
        for (index, reading) in &self.readings {
            let made = self.observation(*index, reading, &subject, &device);
            targets.push(Reference { reference: Some(made.full_url.clone()), display: None });
            entry.push(made);
        }
        match self.source.standing {
            Standing::Current => entry.push(self.provenance(targets, &device)),
            // The seal holds as before: that the readings were sealed is not what was wrong.
            Standing::WrongPatient => {}
        }
        Some(Transaction { kind: "transaction", entry })
    }

    /// The name of the batch at the server.
    fn name(&self) -> String {
        match self.corrected {
            None => self.source.proof.name(),
            Some(row) => format!("{}/corrected-{row}", self.source.proof.name()),
        }
    }

    fn device(&self) -> (Reference, Vec<Change>) {
        let mut device = super::Device::from(&self.device);
        // Where it is now may be elsewhere when this arrives.
        (device.id, device.patient) = (String::new(), None);
        device.meta.last_updated = String::new();
        let full_url = uuid(&format!("device/{}", self.device.id));
        let reference = Reference { reference: Some(full_url.clone()), display: None };
        let search = identifier(DEVICE, self.device.id.as_str());
        let request = ChangeRequest { method: "POST", url: "Device".into(), if_none_exist: Some(search) };
        (reference, vec![Change { full_url, resource: device.into(), request }])
    }

    fn subject(&self, entry: &mut Vec<Change>) -> Reference {
        let search = identifier(self.patient_system, &self.patient.identifier);
        let reference = match self.unknown {
            Unknown::Refuse => format!("Patient?{search}"),
            Unknown::Create => {
                let mut patient = Patient::from(self.patient);
                patient.id = String::new();
                for known in &mut patient.identifier {
                    known.system = Some(self.patient_system.to_owned());
                }
                let full_url = uuid(&format!("patient/{}", self.patient.identifier));
                let request =
                    ChangeRequest { method: "POST", url: "Patient".into(), if_none_exist: Some(search) };
                entry.push(Change { full_url: full_url.clone(), resource: patient.into(), request });
                full_url
            }
        };
        Reference { reference: Some(reference), display: None }
    }

    fn observation(
        &self,
        index: usize,
        reading: &Reading,
        subject: &Reference,
        device: &Reference,
    ) -> Change {
        let name = format!("{}/{index}", self.name());
        let mut made = Observation::of(&self.source, index, reading);
        (made.id, made.meta.last_updated) = (String::new(), String::new());
        (made.subject, made.device) = (Some(subject.clone()), device.clone());
        for known in &mut made.identifier {
            known.value.clone_from(&name);
        }
        let search = identifier(READING, &name);
        let request = match self.source.standing {
            Standing::Current => {
                ChangeRequest { method: "POST", url: "Observation".into(), if_none_exist: Some(search) }
            }
            Standing::WrongPatient => {
                ChangeRequest { method: "PUT", url: format!("Observation?{search}"), if_none_exist: None }
            }
        };
        Change { full_url: uuid(&name), resource: made.into(), request }
    }

    fn provenance(&self, targets: Vec<Reference>, device: &Reference) -> Change {
        let mut made = Provenance::of(&self.source, 0, self.cose_sign1);
        // An id has 64 characters at most (R4 section 2.24.0.1), as a hash has.
        let name = self.name();
        made.id = if name.len() == 64 { name } else { SealHash(sha256(name.as_bytes())).to_string() };
        made.meta.last_updated = String::new();
        made.target = targets;
        for agent in &mut made.agent {
            agent.who = device.clone();
        }
        for signature in &mut made.signature {
            signature.who = device.clone();
        }
        let url = format!("Provenance/{}", made.id);
        let full_url = uuid(&url);
        let request = ChangeRequest { method: "PUT", url, if_none_exist: None };
        Change { full_url, resource: made.into(), request }
    }
}

/// A UUID of this name (RFC 9562 section 5.8: version 8).
fn uuid(name: &str) -> String {
    let hash = sha256(name.as_bytes());
    let mut bits = [0; 16];
    for (bit, byte) in bits.iter_mut().zip(hash) {
        *bit = byte;
    }
    let number = u128::from_be_bytes(bits);
    let number = number & !(0xf << 76) & !(0x3 << 62) | (0x8 << 76) | (0x2 << 62);
    let digits = format!("{number:032x}");
    let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default();
    format!("urn:uuid:{}-{}-{}-{}-{}", part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32))
}

/// A search by identifier, as the part of an address after `?`. `\ , | $` in a value are escaped (R4 section 3.1.1.5.7), then
/// everything that is not an unreserved character (RFC 3986 section 2.3).
fn identifier(system: &str, value: &str) -> String {
    let literal = |text: &str| {
        text.chars()
            .flat_map(|one| {
                let escape = matches!(one, '\\' | ',' | '|' | '$').then_some('\\');
                escape.into_iter().chain([one])
            })
            .collect::<String>()
    };
    format!("identifier={}", encoded(&format!("{}|{}", literal(system), literal(value))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_escaped_twice() {
        assert_eq!(identifier("urn:a", "b/1"), "identifier=urn%3Aa%7Cb%2F1");
        assert_eq!(identifier("urn:a", "b|,é"), "identifier=urn%3Aa%7Cb%5C%7C%5C%2C%C3%A9");
    }

    #[test]
    fn a_uuid_is_made_of_its_name_and_of_version_8() {
        let one = uuid("a");
        assert_eq!(one, uuid("a"));
        assert_ne!(one, uuid("b"));
        assert_eq!((one.len(), one.get(23..24)), (45, Some("8")), "{one}");
        assert!(matches!(one.get(28..29), Some("8" | "9" | "a" | "b")), "{one}");
    }
}
