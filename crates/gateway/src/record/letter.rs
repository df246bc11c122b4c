//! A dead letter: a message that a destination did not take, with what was sent and what it answered.
//!
//! ```text
//! refused ─► lying ── retry ─► resend ── accepted ─► delivered
//!             ▲ │                 │
//!             │ └── drop ─► dropped
//!             └──── refused again ┘
//! ```

use seal::Micros;

use super::{BatchId, LetterId, PatientId, Place, words};

words! {
    /// What is to become of a dead letter.
    LetterState {
        Lying "lying" "A person has to look at it.",
        Resend "resend" "It is sent again as soon as the destination can be reached.",
        Delivered "delivered" "The destination has taken it since.",
        Dropped "dropped" "A person has given it up.",
    }
}

words! {
    /// The form of a message on its way out.
    Wire {
        Hl7v2 "hl7v2" "An HL7 v2 message.",
        FhirR4 "fhir-r4" "A FHIR R4 transaction bundle in JSON.",
    }
}

words! {
    /// What feeds send the entries of, one after the other: each destination has its own place in one of them.
    Journal {
        Batches "batches" "Committed batches, by their numbers.",
        Associations "associations" "What happened to associations of devices with patients.",
        Alarms "alarms" "Each step of each alarm's life.",
        Charts "charts" "What was charted for a destination at its intervals: its own journal.",
    }
}

impl Journal {
    /// One of its entries, in the audit log.
    pub(crate) fn entry(self) -> &'static str {
        match self {
            Self::Batches => "batch",
            Self::Associations => "association-step",
            Self::Alarms => "alarm-step",
            Self::Charts => "chart",
        }
    }
}

impl From<BatchId> for Place {
    fn from(batch: BatchId) -> Self {
        Self(batch.0)
    }
}

/// What a listing says of a dead letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// Its number. Numbers grow in the order in which messages were laid aside.
    pub id: LetterId,
    /// The destination's name.
    pub destination: String,
    /// The journal of the entry that it was made of.
    pub journal: Journal,
    /// The entry.
    pub place: Place,
    /// Its place among the entry's messages, from 0.
    pub part: u32,
    /// The patient it is about.
    pub patient: Option<PatientId>,
    /// When the destination answered last, or when it was laid aside.
    pub time: Micros,
    /// What is to become of it.
    pub state: LetterState,
    /// Why it lies here.
    pub reason: String,
    /// How often it was sent or tried.
    pub attempts: u32,
    /// Who put something in its message's place.
    pub edited_by: Option<String>,
}

impl Letter {
    /// The batch whose readings it carries, where it carries those of one.
    pub fn batch(&self) -> Option<BatchId> {
        match self.journal {
            Journal::Batches => Some(BatchId(self.place.0)),
            Journal::Associations | Journal::Alarms | Journal::Charts => None,
        }
    }
}

/// What a dead letter holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// The message as it was sent; none where nothing could be made of the row.
    pub message: Option<(Wire, String)>,
    /// The answer as it came.
    pub answer: Option<String>,
    /// What a person put in the message's place.
    pub edited: Option<String>,
}

/// A message to be laid aside.
#[derive(Clone, Debug)]
pub(crate) struct NewLetter {
    pub(crate) journal: Journal,
    pub(crate) place: Place,
    pub(crate) part: u32,
    pub(crate) patient: Option<PatientId>,
    pub(crate) reason: String,
    pub(crate) message: Option<(Wire, String)>,
    pub(crate) answer: Option<String>,
}

/// What sending a letter again does to the order of its patient's readings at the destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retried {
    /// Readings of the patient that were measured later have been answered by the destination already: this one comes after them.
    pub overtaken: bool,
    /// Letters of the same patient from before this one that still lie here and are not sent with it.
    pub earlier: u64,
}
