//! Visits: when somebody came, where they lie, when they went.

use seal::Micros;

use super::{EncounterId, PatientId, Sex};

/// A visit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encounter {
    /// Its number here.
    pub id: EncounterId,
    /// Whose it is.
    pub patient: PatientId,
    /// The hospital's visit number, where it sends one.
    pub number: Option<String>,
    /// As in HL7 table 0004: `I` inpatient, `E` emergency, `O` outpatient.
    pub class: String,
    /// When it began.
    pub admitted: Micros,
    /// When it ended.
    pub discharged: Option<Micros>,
    /// When it was said that it never was.
    pub cancelled: Option<Micros>,
    /// Where the patient lies, or lay last: `unit^room^bed^facility`.
    pub place: Option<String>,
}

impl Encounter {
    /// Whether the patient is here.
    pub fn is_open(&self) -> bool {
        self.discharged.is_none() && self.cancelled.is_none()
    }
}

impl From<clinical::person::Sex> for Sex {
    fn from(sex: clinical::person::Sex) -> Self {
        match sex {
            clinical::person::Sex::Female => Self::Female,
            clinical::person::Sex::Male => Self::Male,
            clinical::person::Sex::Other => Self::Other,
            clinical::person::Sex::Unknown => Self::Unknown,
        }
    }
}
