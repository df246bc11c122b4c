//! Who a measurement is of, as far as messages and resources say it.
//!
//! [`Patient`] is whom the gateway knows; [`Person`] is what a message says of somebody (PID), which may be little, and in which "nothing
//! said" and "nothing any more" (the explicit null `""`) are two things ([`Said`]).

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

/// What a message says of a thing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Said<T> {
    /// Nothing: what is known stays as it is.
    #[default]
    Nothing,
    /// That there is none: what is known is to be deleted (`""`).
    None,
    /// This.
    This(T),
}

impl<T> Said<T> {
    /// What was said, if it was something.
    #[must_use]
    pub fn value(&self) -> Option<&T> {
        match self {
            Self::This(value) => Some(value),
            Self::Nothing | Self::None => None,
        }
    }
}

/// One identifier of a person, a visit or an account (data type CX).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Identifier {
    /// CX-1: never empty.
    pub id: String,
    /// CX-4: who gave it, its namespace or else its universal id. Empty when the message does not say.
    pub authority: String,
    /// CX-5: of what kind it is (HL7 table 0203), `MR` for a medical record number. Empty when the message does not say.
    pub kind: String,
}

/// What PID says of somebody.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Person {
    /// PID-3, all repetitions that have an id. Empty when the message names nobody.
    pub identifiers: Vec<Identifier>,
    /// PID-5.1.
    pub family: Said<String>,
    /// PID-5.2, and PID-5.3 after a space.
    pub given: Said<String>,
    /// PID-7, to the day.
    pub born: Said<Birthday>,
    /// PID-8.
    pub sex: Said<Sex>,
    /// PID-18: the account.
    pub account: Option<Identifier>,
}

impl Person {
    /// The identifier to find them by: the medical record number (`MR`), else the first.
    #[must_use]
    pub fn identifier(&self) -> Option<&Identifier> {
        self.identifiers.iter().find(|one| one.kind == "MR").or(self.identifiers.first())
    }
}

/// A place in a hospital (data type PL). Parts that the message does not state are empty.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Location {
    /// PL-1: the unit (point of care).
    pub unit: String,
    /// PL-2.
    pub room: String,
    /// PL-3.
    pub bed: String,
    /// PL-4: the facility's namespace.
    pub facility: String,
}

impl Location {
    /// Nothing is stated.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        [&self.unit, &self.room, &self.bed, &self.facility].into_iter().all(String::is_empty)
    }

    /// From `unit^room^bed^facility`, as a location is shown.
    #[must_use]
    pub fn of_place(text: &str) -> Self {
        let mut parts = text.split('^').map(str::to_owned);
        let mut next = || parts.next().unwrap_or_default();
        Self { unit: next(), room: next(), bed: next(), facility: next() }
    }

    /// The bed's name; where none is stated, all of the place.
    #[must_use]
    pub fn bed_or_place(&self) -> String {
        if self.bed.is_empty() { self.to_string() } else { self.bed.clone() }
    }
}

/// `unit^room^bed^facility`, without empty parts at the end.
impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [&self.unit, &self.room, &self.bed, &self.facility];
        let last = parts.iter().rposition(|part| !part.is_empty()).map_or(0, |last| last + 1);
        for (index, part) in parts.iter().take(last).enumerate() {
            f.write_str(if index > 0 { "^" } else { "" })?;
            f.write_str(part)?;
        }
        Ok(())
    }
}

impl Sex {
    /// From the letter in PID-8; `None` when it is none of table 0001. `A` (ambiguous) and `N` (not applicable) are other.
    #[must_use]
    pub fn from_hl7(letter: &str) -> Option<Self> {
        Some(match letter {
            "F" => Self::Female,
            "M" => Self::Male,
            "O" | "A" | "N" => Self::Other,
            "U" => Self::Unknown,
            _ => return None,
        })
    }

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
    /// From the first eight digits of PID-7, where a time of day may follow.
    #[must_use]
    pub fn from_hl7(text: &str) -> Option<Self> {
        let (day, rest) = text.split_at_checked(8)?;
        if !day.bytes().all(|byte| byte.is_ascii_digit()) || rest.starts_with(|c: char| !c.is_ascii_digit()) {
            return None;
        }
        let (year, month, day) = (day.get(..4)?, day.get(4..6)?, day.get(6..)?);
        jiff::civil::Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok().map(Self)
    }

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
