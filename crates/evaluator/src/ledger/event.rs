//! What an entry tells: who saw, ran, judged or confirmed what.
//!
//! These are claims as they stand in the file. Whether a tool may decide the unit it names, and whether the
//! one who judged is an assessor, is settled when outcomes are made of them (`verdict::outcome`).

use super::digest::Digest;
use crate::catalog::{ProvisionId, UnitId};
use crate::verdict::{Target, Verdict};
use serde::{Deserialize, Serialize};

/// The text of an entry, as JSON on one line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Body {
    /// The entry's number, from 1.
    pub number: u64,
    /// SHA-256 of the whole file of the entry before, zeros for the first.
    pub previous: Digest,
    /// When it was written, RFC 3339 in UTC, by the writer's clock.
    pub at: jiff::Timestamp,
    /// Name of the one who signs.
    pub by: String,
    /// What it tells.
    pub event: Event,
}

/// What an entry tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Event {
    /// The ledger begins.
    Opened {
        /// Name of the product under test.
        product: String,
    },
    /// A tool ran.
    Run(Run),
    /// An assessor judged.
    Judgement(Judgement),
    /// A second reader has read the same evidence and agrees with a judgement.
    Confirmation(Confirmation),
    /// An outcome still counts although the declaration or the software has changed.
    Carry(Carry),
    /// Evidence from outside covers a whole group (clause 4.7).
    Recognition(Recognition),
}

/// A tool's run, so that another can repeat it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Run {
    /// The procedure of the catalog that was followed, such as `A02`.
    pub procedure: String,
    /// The tool's name.
    pub tool: String,
    /// Its version, in its own words.
    pub version: String,
    /// The command with all its arguments; empty for what this program does by itself.
    pub command: Vec<String>,
    /// What went in, by name and hash.
    pub inputs: Vec<Input>,
    /// SHA-256 of what came out, which lies among the evidence under this name.
    pub output: Digest,
    /// When it began.
    pub started: jiff::Timestamp,
    /// When it ended.
    pub ended: jiff::Timestamp,
    /// What it found, unit by unit.
    pub outcomes: Vec<RunOutcome>,
    /// Units that a person can judge with its output.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub prepares: Vec<UnitId>,
}

/// A file or a declaration that a tool read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Its name.
    pub name: String,
    /// Its SHA-256.
    pub sha256: Digest,
}

/// What a tool found at one target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunOutcome {
    /// Where.
    pub target: Target,
    /// What.
    pub verdict: Verdict,
    /// How many observations it rests on: answers read, ports found open, rows compared. With none, a pass is none.
    pub observations: u32,
    /// An exception of the rules that the documents show to apply.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub escape: Option<String>,
    /// SHA-256 of the declaration it was held against (`verdict::basis`).
    pub basis: Digest,
    /// In words.
    pub note: String,
}

/// An assessor's judgement of one target, made from a filled form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Judgement {
    /// Where.
    pub target: Target,
    /// What.
    pub verdict: Verdict,
    /// An exception of the rules that is claimed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub escape: Option<String>,
    /// Why, in the assessor's words.
    pub reason: String,
    /// SHA-256 of the filled form, which lies among the evidence.
    pub form: Digest,
    /// SHA-256 of photographs, captures and outputs that the form names.
    pub evidence: Vec<Digest>,
    /// SHA-256 of the declaration that was judged (`verdict::basis`).
    pub basis: Digest,
}

/// A second reader's agreement with a judgement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Confirmation {
    /// Number of the judgement's entry.
    pub entry: u64,
    /// SHA-256 of that entry's file.
    pub sha256: Digest,
}

/// That an outcome still counts, with an assessor's reason: what changed does not concern it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Carry {
    /// Where.
    pub target: Target,
    /// The entry that gave the outcome.
    pub entry: u64,
    /// SHA-256 of the declaration that it counts for from now on.
    pub basis: Digest,
    /// Why.
    pub reason: String,
}

/// Evidence from outside that stands for a whole group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recognition {
    /// The group's provision.
    pub group: ProvisionId,
    /// The scheme it comes from.
    pub scheme: String,
    /// The certificate's or report's name and number.
    pub certificate: String,
    /// SHA-256 of the document, which lies among the evidence.
    pub document: Digest,
    /// The last day on which it may be relied upon.
    pub valid_until: jiff::civil::Date,
    /// Why it covers the group.
    pub reason: String,
}
