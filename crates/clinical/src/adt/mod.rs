//! Who came, moved and went: ADT messages of v2.3 to v2.8 (HL7 v2.6 chapter 3), as far as a gateway of devices needs them.
//!
//! ```text
//! MSH  MSH-9 ADT^A01
//! EVN  EVN-2 recorded, EVN-6 happened
//! PID  PID-3 every identifier, -5 name, -7 born, -8 sex, -18 account          MRG  MRG-1 identifiers given up (A40 alone)
//! PV1  PV1-2 class, -3 where, -6 where before, -19 visit, -44 admitted, -45 discharged
//! ```
//!
//! What an event needs is in its type: an admission has a visit, a merge has identifiers to give up, and a message that lacks them is refused
//! with the place. All else is taken as it comes: a birthday that is no day is nothing said, with a remark. One message has one event, but
//! for A40, which may merge several pairs.

mod read;

pub use read::read;

use seal::Micros;

use crate::account::Account;
use crate::header::Header;
use crate::person::{Identifier, Location, Person};
use crate::validate::Finding;

/// What a message of this kind may tell (HL7 table 0003).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Trigger {
    /// `A01`.
    Admit,
    /// `A02`.
    Transfer,
    /// `A03`.
    Discharge,
    /// `A04`.
    Register,
    /// `A08`.
    Update,
    /// `A11`.
    CancelAdmit,
    /// `A12`.
    CancelTransfer,
    /// `A13`.
    CancelDischarge,
    /// `A28`.
    AddPerson,
    /// `A31`.
    UpdatePerson,
    /// `A40`.
    Merge,
}

impl Trigger {
    const ALL: [(Self, &'static str); 11] = [
        (Self::Admit, "A01"),
        (Self::Transfer, "A02"),
        (Self::Discharge, "A03"),
        (Self::Register, "A04"),
        (Self::Update, "A08"),
        (Self::CancelAdmit, "A11"),
        (Self::CancelTransfer, "A12"),
        (Self::CancelDischarge, "A13"),
        (Self::AddPerson, "A28"),
        (Self::UpdatePerson, "A31"),
        (Self::Merge, "A40"),
    ];

    /// From MSH-9.2.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, code)| *code == text).map(|(trigger, _)| *trigger)
    }

    /// As in MSH-9.2.
    #[must_use]
    pub fn code(self) -> &'static str {
        Self::ALL.iter().find(|(trigger, _)| *trigger == self).map_or("", |(_, code)| code)
    }
}

/// A stay, or a visit of an outpatient.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Visit {
    /// PV1-2, as in HL7 table 0004: `I` inpatient, `E` emergency, `O` outpatient. Empty when not stated.
    pub class: String,
    /// PV1-3: where the patient is.
    pub location: Option<Location>,
    /// PV1-6: where the patient was.
    pub prior: Option<Location>,
    /// PV1-19.
    pub number: Option<Identifier>,
    /// PV1-44.
    pub admitted: Option<Micros>,
    /// PV1-45.
    pub discharged: Option<Micros>,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// The person became an inpatient.
    Admit(Visit),
    /// They moved to the visit's location, from its prior one.
    Transfer(Visit),
    /// They went.
    Discharge(Visit),
    /// They came as an outpatient.
    Register(Visit),
    /// Something of them or of the visit is otherwise than was said.
    Update(Option<Visit>),
    /// They were not admitted.
    CancelAdmit(Visit),
    /// They did not move: the visit's location is where they are.
    CancelTransfer(Visit),
    /// They have not gone.
    CancelDischarge(Visit),
    /// They are known from now on, without a visit.
    AddPerson,
    /// Something of them is otherwise than was said.
    UpdatePerson,
    /// They are the same person as the one with these identifiers, which are given up.
    Merge {
        /// MRG-1: at least one.
        retired: Vec<Identifier>,
    },
}

impl Change {
    /// The visit that it tells of.
    #[must_use]
    pub fn visit(&self) -> Option<&Visit> {
        match self {
            Self::Admit(visit)
            | Self::Transfer(visit)
            | Self::Discharge(visit)
            | Self::Register(visit)
            | Self::CancelAdmit(visit)
            | Self::CancelTransfer(visit)
            | Self::CancelDischarge(visit) => Some(visit),
            Self::Update(visit) => visit.as_ref(),
            Self::AddPerson | Self::UpdatePerson | Self::Merge { .. } => None,
        }
    }
}

/// One event in the life of a patient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Whom it is of: at least one identifier.
    pub person: Person,
    /// EVN-6: when it happened; else EVN-2: when it was recorded; else MSH-7.
    pub at: Option<Micros>,
    /// What happened.
    pub change: Change,
}

/// An ADT message, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Its header.
    pub header: Header,
    /// Its event; of a merge, as many as it has pairs. Never empty.
    pub events: Vec<Event>,
    /// What was taken although something is wrong with it.
    pub remarks: Vec<Finding>,
    /// What became of each segment.
    pub account: Account,
}
