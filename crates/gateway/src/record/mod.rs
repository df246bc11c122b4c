//! What the gateway keeps, as plain values: the rows of the store as their readers see them.

mod alarm;
mod beginning;
mod left_out;
mod letter;
mod people;
mod proof;
mod skew;
mod zone;

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use seal::{Batch, ChainHead, DeviceId, KeyId, Micros, Reason};
use serde::{Deserialize, Serialize};

pub use alarm::{
    Alarm, AlarmChoice, AlarmEvent, AlarmKind, AlarmStep, LimitOwner, Measured, Priority, Profile,
    ScoreInput, SetLimit, Spo2Scale,
};
pub use beginning::{Beginning, Since, SinceError};
pub(crate) use left_out::LeftOut;
pub use left_out::{LeftOutTerm, WhyLeftOut};
pub(crate) use letter::NewLetter;
pub use letter::{Contents, Journal, Letter, LetterState, Retried, Wire};
pub use people::Encounter;
pub use proof::{Digest, Form, Opened, Proof, RestsOn, SourceName, SourceNameError, Unreadable, device_of};
pub use skew::Skew;
pub use zone::{ClockZone, ClockZoneError};

macro_rules! row_ids {
    // turns `Name "doc";` into a row number of its own type, shown as its decimal digits
    ($($name:ident $doc:literal;)*) => {$(
        #[doc = $doc]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                decimal(text).map(Self).ok_or_else(|| IdError(text.into()))
            }
        }
    )*};
}

row_ids! {
    Place "A place in a journal: the number of the entry up to which a feed has got, or that a message was made of.";
    BatchId "A committed batch. Ids grow in the order of commits and never repeat, so one serves as a feed's cursor.";
    PatientId "A patient.";
    AssociationId "One stretch of time that a device spent with a patient.";
    EncounterId "A visit of a patient.";
    ProposalId "An association that a message told of and a person has yet to confirm.";
    AlarmId "One alarm, from raised to ended.";
    AlarmStepId "One step of an alarm's life. Numbers grow in the order of commits and never repeat.";
    RefusalId "One refused message.";
    LetterId "A message that a destination did not take.";
    AuditId "One row of the audit log; the rows are numbered without gaps.";
}

/// Text that is not an id of the kind asked for.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{0:?} is not an id")]
pub struct IdError(pub String);

/// Only the digits that `Display` writes: no sign, no leading zero, so that an id has one spelling.
fn decimal(text: &str) -> Option<i64> {
    let canonical = text.bytes().all(|b| b.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    if canonical { text.parse().ok() } else { None }
}

/// Names one reading: its batch and its place in it, written `<batch>-<index>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObservationId {
    /// The batch the reading came in.
    pub batch: BatchId,
    /// Its place among the batch's readings, from 0.
    pub index: u32,
}

impl fmt::Display for ObservationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.batch, self.index)
    }
}

impl FromStr for ObservationId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let bad = || IdError(text.into());
        let (batch, index) = text.split_once('-').ok_or_else(bad)?;
        let index = decimal(index).and_then(|i| u32::try_from(i).ok()).ok_or_else(bad)?;
        Ok(Self { batch: batch.parse().map_err(|_| bad())?, index })
    }
}

/// A batch as it lies in the store. The bytes as received are the record; all else is an index to them.
///
/// A correction is a row too, so that everything that follows the order of rows hears of it: it has the bytes and the proof of the
/// row it corrects, and another patient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredBatch {
    /// Its number.
    pub id: BatchId,
    /// The device that measured.
    pub device: DeviceId,
    /// The patient whose readings they are: whom the device was with at the batch's time, if anybody.
    pub patient: Option<PatientId>,
    /// The association that says so.
    pub association: Option<AssociationId>,
    /// What vouches for it.
    pub proof: Proof,
    /// The row whose readings this one gives to another patient.
    pub corrects: Option<BatchId>,
    /// The last row that gives these readings to another patient: they are not this row's patient's.
    pub replaced: Option<BatchId>,
    /// The batch's own time.
    pub time: Micros,
    /// The time of its earliest sample.
    pub first: Micros,
    /// The time of its latest sample.
    pub last: Micros,
    /// When the gateway received it.
    pub received: Micros,
    /// The bytes as received: of a sealed one `[ seal, batch ]`, docs/formats.md.
    pub bytes: Arc<[u8]>,
}

/// A batch just committed, with its readings decoded: what live listeners get.
#[derive(Clone, Debug)]
pub struct Committed {
    /// The stored row.
    pub row: StoredBatch,
    /// Its readings.
    pub batch: Arc<Batch>,
}

impl StoredBatch {
    /// The element's counter, where it is sealed.
    pub fn counter(&self) -> Option<u64> {
        match &self.proof {
            Proof::Sealed { counter, .. } => Some(*counter),
            Proof::Unsealed { .. } => None,
        }
    }
}

/// Whether a device may deliver.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeviceStatus {
    /// Enrolled; its seals are accepted.
    Active,
    /// Withdrawn; whatever it sends is refused.
    Revoked,
}

impl DeviceStatus {
    /// Whether it may.
    #[must_use]
    pub fn may_deliver(self) -> bool {
        match self {
            Self::Active => true,
            Self::Revoked => false,
        }
    }
}

/// A device that may deliver or might once.
#[derive(Clone, Debug)]
pub struct Device {
    /// Its id; of one that seals, also the CN of its certificates and its MQTT client id.
    pub id: DeviceId,
    /// What vouches for what it sends.
    pub trust: Trust,
    /// Whether it may deliver.
    pub status: DeviceStatus,
    /// When it was enrolled, or first heard of.
    pub enrolled: Micros,
}

/// What vouches for a device's readings.
#[derive(Clone, Debug)]
pub enum Trust {
    /// Its own element.
    Seal(Box<Enrolment>),
    /// The source that speaks for it.
    Source(SourceName),
}

/// The keys of a device that seals.
#[derive(Clone, Debug)]
pub struct Enrolment {
    /// The key that its seals are made with.
    pub seal_key: KeyId,
    /// The certificate of that key, DER.
    pub seal_certificate: Vec<u8>,
    /// The certificate of its TLS client key, DER.
    pub tls_certificate: Vec<u8>,
    /// The last seal of its chain that is stored.
    pub head: ChainHead,
}

impl Trust {
    /// The keys, of a device that seals.
    pub fn enrolment(&self) -> Option<&Enrolment> {
        match self {
            Self::Seal(enrolment) => Some(enrolment),
            Self::Source(_) => None,
        }
    }
}

/// Administrative sex as HL7 and FHIR know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sex {
    /// Female.
    Female,
    /// Male.
    Male,
    /// Other.
    Other,
    /// Not known.
    Unknown,
}

/// What is said of a patient when they are registered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewPatient {
    /// The hospital's identifier (medical record number), unique.
    pub identifier: String,
    /// Family name.
    pub family: String,
    /// Given names.
    pub given: String,
    /// Date of birth, `YYYY-MM-DD`.
    pub born: Option<String>,
    /// Administrative sex.
    pub sex: Sex,
}

/// A registered patient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Patient {
    /// Its number.
    pub id: PatientId,
    /// Who it is.
    pub person: NewPatient,
}

macro_rules! words {
    // turns `Name "doc" { Variant "word" "doc", .. }` into an enum and its one-word spellings
    ($(#[$meta:meta])* $name:ident { $($variant:ident $word:literal $doc:literal,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name { $(#[doc = $doc] $variant,)* }

        impl $name {
            /// All of them, in the order of their table.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Its word, the same in the store, audit, metrics, JSON and dashboard.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }

            /// The one a word stands for.
            pub fn from_word(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.as_str() == word)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_str(self.as_str())
            }
        }
    };
}
pub(crate) use words;

words! {
    /// What happened to an association: a journal of these is what association feeds send.
    AssociationStep {
        Begun "begun" "The device is with the patient from then on.",
        Ended "ended" "It is no more.",
        Wrong "wrong" "It never was: another stands in its place.",
    }
}

/// A step of the life of an association.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssociationEvent {
    /// Its place in the journal.
    pub place: Place,
    /// What happened.
    pub step: AssociationStep,
    /// From when on it holds.
    pub time: Micros,
    /// The association, as it is by now.
    pub association: Association,
    /// The name by which the message spoke of it that told of it.
    pub reference: Option<String>,
}

/// A stretch of time that a device spends with a patient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Association {
    /// Its number.
    pub id: AssociationId,
    /// The device.
    pub device: DeviceId,
    /// The patient.
    pub patient: PatientId,
    /// Where they are: the bed's name.
    pub bed: String,
    /// From when (inclusive).
    pub from: Micros,
    /// Until when (exclusive); open while `None`.
    pub to: Option<Micros>,
    /// The association that stands in this one's place: this one was with the wrong patient.
    pub replaced: Option<AssociationId>,
}

impl Association {
    /// Whether it holds at that time.
    pub fn covers(&self, time: Micros) -> bool {
        self.replaced.is_none() && self.from <= time && self.to.is_none_or(|to| time < to)
    }

    /// Whether it goes on.
    pub fn is_open(&self) -> bool {
        self.replaced.is_none() && self.to.is_none()
    }
}

/// A refused message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Its number.
    pub id: RefusalId,
    /// When it was refused.
    pub time: Micros,
    /// Why.
    pub reason: Reason,
    /// The device on whose connection it came, where one was known.
    pub device: Option<DeviceId>,
    /// The counter it claims, where it could be read.
    pub counter: Option<u64>,
    /// Where it came from: the source's name and the peer's address.
    pub source: String,
    /// What exactly was wrong, for a person.
    pub detail: String,
    /// How many bytes it had.
    pub length: u64,
}
