//! Provenance: the seal of a batch, as a digital signature over its readings.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

use super::datatypes::{CodeableConcept, Coding, Meta, Reference, Signature, instant};
use super::{Source, fhir_id, not_sealed};

/// Provenance.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Provenance {
    /// The number of the batch.
    pub id: String,
    /// When the batch was received.
    #[serde(skip_serializing_if = "Meta::is_empty")]
    pub meta: Meta,
    /// The observations of the batch.
    pub target: Vec<Reference>,
    /// When the batch was received and verified.
    pub recorded: String,
    /// The device.
    pub agent: Vec<Agent>,
    /// The COSE_Sign1 bytes. They sign the batch as the device encoded it, which an exported record holds; not this resource's JSON.
    /// Of readings without a seal there is none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub signature: Vec<Signature>,
}

/// Who took part.
#[derive(Debug, Clone, Serialize)]
pub struct Agent {
    /// As what.
    #[serde(rename = "type")]
    pub kind: CodeableConcept,
    /// Who.
    pub who: Reference,
}

impl Provenance {
    /// Of a batch with so many readings, whose seal is `cose_sign1` if it has one.
    #[must_use]
    pub fn of(source: &Source<'_>, readings: usize, cose_sign1: Option<&[u8]>) -> Self {
        let device = Reference::to("Device", &fhir_id(source.device));
        let author = Coding::new(
            "http://terminology.hl7.org/CodeSystem/provenance-participant-type",
            "author",
            "Author",
        );
        let tag = if cose_sign1.is_some() { Vec::new() } else { vec![not_sealed()] };
        // ASTM E1762: the signature of the source of the data.
        let purpose =
            Coding::new("urn:iso-astm:E1762-95:2013", "1.2.840.10065.1.12.1.14", "Source Signature");
        let signature = |cose_sign1| Signature {
            kind: vec![purpose],
            when: instant(source.time),
            who: device.clone(),
            target_format: "application/cbor",
            sig_format: "application/cose; cose-type=\"cose-sign1\"",
            data: STANDARD.encode(cose_sign1),
        };
        let target = |index| Reference::to("Observation", &format!("{}-{index}", source.batch));
        Self {
            id: source.batch.to_string(),
            meta: Meta { tag, ..Meta::at(source.received) },
            target: (0..readings).map(target).collect(),
            recorded: instant(source.received),
            agent: vec![Agent { kind: author.into(), who: device.clone() }],
            signature: cose_sign1.map(signature).into_iter().collect(),
        }
    }
}
