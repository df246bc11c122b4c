//! Who a measurement is of, as far as messages and resources say it.

use std::fmt;
use std::str::FromStr;

/// A patient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patient {
    /// The number by which this product's own interfaces name the patient.
    pub id: String,
    /// The hospital's identifier (medical record number).
    pub identifier: String,
    /// Who gave that identifier: the hospital.
    pub authority: String,
    /// Family name.
    pub family: String,
    /// Given names.
    pub given: String,
    /// Date of birth, where known.
    pub born: Option<Birthday>,
    /// Administrative sex.
    pub sex: Sex,
}

/// Administrative sex (HL7 table 0001; FHIR `administrative-gender`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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

impl Sex {
    /// The letter in PID-8.
    #[must_use]
    pub fn hl7(self) -> &'static str {
        match self {
            Self::Female => "F",
            Self::Male => "M",
            Self::Other => "O",
            Self::Unknown => "U",
        }
    }

    /// The word in `Patient.gender`.
    #[must_use]
    pub fn fhir(self) -> &'static str {
        match self {
            Self::Female => "female",
            Self::Male => "male",
            Self::Other => "other",
            Self::Unknown => "unknown",
        }
    }
}

/// A day that exists, written `YYYY-MM-DD`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Birthday(jiff::civil::Date);

impl Birthday {
    /// `YYYYMMDD`, as in PID-7.
    #[must_use]
    pub fn hl7(self) -> String {
        self.0.strftime("%Y%m%d").to_string()
    }
}

impl FromStr for Birthday {
    type Err = jiff::Error;

    fn from_str(text: &str) -> Result<Self, jiff::Error> {
        text.parse().map(Self)
    }
}

impl fmt::Display for Birthday {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
