//! What tools can find out: from the documents themselves, and by asking a live product.
//!
//! `documents` decides the 26 units that only look something up in the declaration. The other procedures ask a
//! product over the network, with programs that a laboratory has (`program`), or read what a laboratory has gathered
//! (captures, samples, databases), and leave a record that another can repeat: tool, version, command, output.
//!
//! ```text
//! endpoints, rows ┐                                        ┌─► outcomes of check units      ─► ledger
//! probe.toml      ┼─► procedures ─► program, file ─► found ┼─► evidence for assess units    ─► forms
//! state, consent  ┘                                        └─► what speaks against a unit   ─► evidence
//! ```
//!
//! A procedure is one file of `procedures` and one line of its table, and keeps this contract ([`Procedure`]):
//!
//! - It asks only what the declaration or `probe.toml` names, and harms nothing; what could is done only when it was allowed.
//! - What it finds decides units that check, and no others: only such a unit makes a [`ToolOutcome`].
//! - For units that a person must judge it leaves evidence, and says what speaks against them ([`Against`]).
//! - What it did not see it does not pass: no answer, no database, no second unit is inconclusive.
//! - A program that is missing is named with the line that installs it, and the units stay inconclusive.
//! - Declared and found both stand in the evidence, with all commands, so that another can do it again.
//!
//! [`ToolOutcome`]: crate::verdict::ToolOutcome

pub mod bom;
pub mod canary;
pub mod capture;
mod contract;
pub mod credentials;
pub mod documents;
mod endpoint;
pub(crate) mod limits;
mod nmap;
pub mod osv;
mod page;
mod procedures;
pub mod program;
mod record;
mod suites;
mod tamper;
mod testssl;

pub use contract::{Consent, Laboratory, ProbeError, Procedure};
pub use nmap::{Nmap, NmapError, Port, Reading, Transport};
pub use procedures::{BY_HAND, PROCEDURES};
pub use record::{Against, Record};
pub use suites::{Offer, OfferedSuite, TlsVersion};
pub use tamper::{Variant, variants};
pub use testssl::{TestsslError, offer};

/// What came of a procedure.
#[derive(Debug)]
pub enum Ended {
    /// It was carried out; what it lacked is in the record.
    Done(Box<Record>),
    /// Nothing is declared that it could ask.
    NotAsked(&'static str),
    /// It could not be carried out.
    Failed(ProbeError),
}

/// Carries out one procedure.
#[must_use]
pub fn run(procedure: &Procedure, laboratory: &Laboratory<'_>) -> Ended {
    match (procedure.run)(laboratory) {
        Ok(record) => Ended::Done(Box::new(record)),
        Err(ProbeError::NotDeclared(what)) => Ended::NotAsked(what),
        Err(error) => Ended::Failed(error),
    }
}
