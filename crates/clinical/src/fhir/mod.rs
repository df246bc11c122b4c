//! FHIR R4 (4.0.1) resources, as far as this product gives them out, and their projection from sealed batches.
//!
//! The structs hold only the elements that are written here, by the names FHIR gives them. They are made to be serialised: each is part of
//! [`Resource`], which adds `resourceType`. Decimals keep the digits that were measured ([`Decimal`]); JSON libraries that read them as binary
//! floats lose that, which is theirs to decide.
//!
//! An observation is one reading of a batch and names its seal twice: `identifier` is `hash/index`, and the extension [`SEAL`] holds hash,
//! counter and key. The signature itself is in the batch's Provenance. One without a seal has the tag `not-sealed`, the extension [`UNSEALED`] and a Provenance
//! without signature. One that was another patient's stays under its id with `status` entered-in-error; the right patient's has an id of its own.
//!
//! What the device says of a reading's worth ([`seal::Flags`]) becomes:
//!
//! | flag | in the observation |
//! |---|---|
//! | simulated, test | `meta.security` HTEST: test health data, never a patient's |
//! | calibrating | no value, `dataAbsentReason` temp-unknown |
//! | early | `status` preliminary |
//! | questionable | `status` preliminary, and a note that says so |

mod address;
mod administrative;
mod capability;
mod datatypes;
mod exchange;
mod observation;
mod provenance;
mod transaction;

pub use address::encoded;
pub use administrative::{Device, DeviceFacts, DeviceStatus, DeviceTrust, Patient, fhir_id};
pub use capability::{CapabilityStatement, capability};
pub use datatypes::{
    Annotation, CodeableConcept, Coding, Decimal, Extension, HumanName, Identifier, Meta, Period, Quantity,
    Reference, SampledData, Signature, instant,
};
pub use exchange::{Bundle, Entry, Issue, IssueType, Link, OperationOutcome, Search};
pub use observation::{Category, Observation, Source, category};
pub use provenance::Provenance;
pub use transaction::{Change, ChangeRequest, Push, Transaction, Unknown};

use serde::Serialize;

/// The extension that names the seal of an observation's batch: `hash` (hexadecimal), `counter`, `key`.
pub const SEAL: &str = "urn:medseal:fhir:seal";
/// The extension of an observation whose batch bears no seal: `source`, and `digest` of the message (hexadecimal).
pub const UNSEALED: &str = "urn:medseal:fhir:unsealed";
/// The code system of `meta.tag`: `not-sealed`.
pub const PROOF: &str = "urn:medseal:fhir:proof";
/// The system of `Observation.identifier`: hash of the seal, or `unsealed-` and the digest of the message; a slash; index of the reading.
pub const READING: &str = "urn:medseal:reading";
/// The system of `Device.identifier`.
pub const DEVICE: &str = "urn:medseal:device";
/// The media type of all answers.
pub const MEDIA_TYPE: &str = "application/fhir+json; fhirVersion=4.0";

/// Any resource of this product; serialises with its `resourceType`.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "resourceType")]
pub enum Resource {
    /// A person.
    Patient(Box<Patient>),
    /// A device.
    Device(Box<Device>),
    /// A reading.
    Observation(Box<Observation>),
    /// A seal.
    Provenance(Box<Provenance>),
    /// An answer to a search.
    Bundle(Box<Bundle>),
    /// What went wrong.
    OperationOutcome(Box<OperationOutcome>),
    /// What can be asked.
    CapabilityStatement(Box<CapabilityStatement>),
}

macro_rules! into_resource {
    // turns each name into a conversion of that struct into its variant
    ($($name:ident)*) => {$(
        impl From<$name> for Resource {
            fn from(resource: $name) -> Self {
                Self::$name(Box::new(resource))
            }
        }
    )*};
}

into_resource!(Patient Device Observation Provenance Bundle OperationOutcome CapabilityStatement);

/// The tag of whatever no seal vouches for.
pub(crate) fn not_sealed() -> Coding {
    Coding::new(PROOF, "not-sealed", "not sealed: no element vouches for it")
}

impl Resource {
    /// As JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        // Serialising fails only for maps with keys that are no text, and there are no maps.
        serde_json::to_string(self).unwrap_or_default()
    }
}
