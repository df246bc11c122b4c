//! Who is the patient? Queries that monitors ask, and their answers: `QRY^A19` with `ADR^A19` (HL7 v2.3 to v2.5, chapter 3), `QBP^Q22` with
//! `RSP^K22` (v2.5 on; IHE ITI-21).
//!
//! ```text
//! QRY^A19   QRD-4 the query's id, -8 the patient: id ^ family ^ given
//! QBP^Q22   QPD-1 the query's name, -2 its id, -3 @PID.3.1^id ~ @PID.5.1^family ~ @PV1.3.3^bed …
//! ```
//!
//! A query that asks by something that is not read here is refused rather than answered with more patients than it asked for.

mod answer;
mod read;

pub use answer::{Found, Outcome, answer};
pub use read::read;

use crate::account::Account;
use crate::header::Header;
use crate::person::Birthday;

/// Which of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// `QRY^A19`.
    Original,
    /// `QBP^Q22`.
    ByParameter,
}

/// What the patient must be like: all that is stated must fit. At least one thing is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Criteria {
    /// An identifier of theirs.
    pub identifier: Option<String>,
    /// Who gave it.
    pub authority: Option<String>,
    /// Family name.
    pub family: Option<String>,
    /// Given name.
    pub given: Option<String>,
    /// Date of birth.
    pub born: Option<Birthday>,
    /// The letter of PID-8.
    pub sex: Option<String>,
    /// The account (PID-18).
    pub account: Option<String>,
    /// The visit (PV1-19).
    pub visit: Option<String>,
    /// The unit they lie in (PV1-3.1).
    pub unit: Option<String>,
    /// The room (PV1-3.2).
    pub room: Option<String>,
    /// The bed (PV1-3.3).
    pub bed: Option<String>,
}

/// A query, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// Its header.
    pub header: Header,
    /// Which form it has.
    pub form: Form,
    /// QRD-4 or QPD-2: its id, which the answer repeats.
    pub tag: String,
    /// Whom it asks for.
    pub criteria: Criteria,
    /// What became of each segment.
    pub account: Account,
}
