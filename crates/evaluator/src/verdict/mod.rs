//! Verdicts: of units, cases, groups and the whole, each with what it rests on.
//!
//! ```text
//! WholeLedger + roster ─► outcomes ─┐
//! documents ─► document checks ─────┼─► derive ─► Conclusion (overall ─ group ─ case ─ criterion ─ row ─ unit)
//! catalog's rules + documents ──────┘
//! ```
//!
//! The derivation is a pure function and knows no rule that is not in the catalog:
//!
//! - A unit is carried out on the product or on each of certain rows of a table, in certain states (`domain`). Each
//!   needs an outcome; without one it is inconclusive, never passed.
//! - What a tool may say is a type of its own ([`CheckUnit`], [`ToolOutcome`]): a tool's verdict on a unit that a
//!   person must assess cannot be written down. An assessor's comes only from a checked ledger.
//! - Units of one criterion are asked of the same row; the quantifier says how many rows must pass; a case passes when
//!   all of its criteria do. A fail beats an inconclusive, an inconclusive beats a pass.
//! - Inheritance applies the units of another case to one's own rows and states, with one's own quantifier.
//! - An outcome is held against the declaration it was made for ([`basis`]): when that has changed, it counts no more.
//! - A group passes with its cases or with recognised evidence from outside (clause 4.7), which does not undo a fail.

pub mod basis;
mod collect;
pub mod derive;
mod domain;
mod ics;
#[cfg(test)]
mod model;
mod outcome;
mod standing;
mod target;
mod targets;
mod tree;

pub use collect::{Refused, collect};
pub use derive::{Inputs, conclude};
pub use domain::{Resolved, Row, resolve};
pub use ics::{IcsFault, IcsState, ics_state};
pub use outcome::{CheckUnit, Outcome, Outcomes, ToolOutcome, Voice};
pub use standing::{Standing, StandingError, roster, standing};
pub use target::{BadTarget, Subject, Target};
pub use targets::targets;
pub use tree::{
    CaseResult, Conclusion, CriterionResult, Ground, GroupResult, Rest, SubjectResult, UnitResult,
};

use serde::{Deserialize, Serialize};
use std::fmt;

/// A verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// It holds.
    Pass,
    /// It could not be found out: information, a tool or access is missing.
    Inconclusive,
    /// It does not hold.
    Fail,
}

impl Verdict {
    /// What follows when all of them are asked for: a fail beats an inconclusive, which beats a pass.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        self.max(other)
    }

    /// What follows when one of them is enough: a pass beats an inconclusive, which beats a fail.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        self.min(other)
    }

    /// As reports write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Pass => "PASS",
            Verdict::Inconclusive => "INCONCLUSIVE",
            Verdict::Fail => "FAIL",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
