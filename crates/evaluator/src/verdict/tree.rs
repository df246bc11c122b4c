//! What a verdict rests on, from the whole down to a ledger's entries.

use super::Verdict;
use super::ics::IcsFault;
use super::target::Target;
use crate::catalog::{CaseId, Edition, Obligation, ProvisionId, Quantifier, Sense, State, UnitId};
use crate::product::{Answer, RowId};
use serde::Serialize;
use std::collections::BTreeSet;
use std::fmt;

/// The verdict of the whole evaluation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Conclusion {
    /// By which edition.
    pub edition: Edition,
    /// Overall.
    pub verdict: Verdict,
    /// What makes the conformance statement invalid.
    pub ics_faults: Vec<IcsFault>,
    /// Provisions whose answer is missing or cannot be held against a declared feature.
    pub open: Vec<ProvisionId>,
    /// How many errors the check of the documents found.
    pub document_errors: usize,
    /// Every provision of the edition, in order.
    pub groups: Vec<GroupResult>,
}

/// The verdict of a provision's group of cases.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GroupResult {
    /// The provision.
    pub provision: ProvisionId,
    /// Mandatory or recommended.
    pub obligation: Obligation,
    /// What the maker says of it.
    pub answer: Option<Answer>,
    /// The verdict; none where it is not claimed.
    pub verdict: Option<Verdict>,
    /// The ledger's entry that recognises evidence from outside, if that decides.
    pub recognised: Option<u64>,
    /// Its cases. None are known for what later editions added.
    pub cases: Vec<CaseResult>,
}

/// The verdict of a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CaseResult {
    /// Which.
    pub case: CaseId,
    /// Its verdict.
    pub verdict: Verdict,
    /// What it is made of.
    pub criteria: Vec<CriterionResult>,
    /// Each of its units by itself, over all its rows.
    pub units: Vec<UnitResult>,
}

/// The verdict of a unit over all its rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UnitResult {
    /// Which.
    pub unit: UnitId,
    /// Its verdict.
    pub verdict: Verdict,
    /// What a pass would say.
    pub sense: Sense,
}

/// The verdict of a criterion: units asked of the same rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CriterionResult {
    /// Its name in the rules.
    pub name: String,
    /// How many rows must pass.
    pub quantifier: Quantifier,
    /// The verdict.
    pub verdict: Verdict,
    /// What keeps its rows from being known.
    pub uncertain: Vec<String>,
    /// The rows.
    pub subjects: Vec<SubjectResult>,
}

/// What was found of one row in one state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SubjectResult {
    /// The row's ID; none: the product.
    pub row: Option<RowId>,
    /// The state.
    pub state: Option<State>,
    /// Rows through which it is looked at.
    pub referrers: BTreeSet<RowId>,
    /// The verdict; none where an exception leaves it out.
    pub verdict: Option<Verdict>,
    /// The units.
    pub units: Vec<Rest>,
}

/// What one unit at one target rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rest {
    /// Where.
    pub target: Target,
    /// What counts; none where an exception leaves it out.
    pub verdict: Option<Verdict>,
    /// Why.
    pub ground: Ground,
    /// The ledger's entries.
    pub entries: Vec<u64>,
    /// What was said.
    pub note: String,
    /// What it takes over from another case.
    pub parts: Vec<Rest>,
}

/// Why a unit counts as it does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ground {
    /// Somebody or something decided it.
    Decided(String),
    /// An exception holds.
    Escape(String),
    /// The units of another case decide.
    Inherited(CaseId),
    /// Nothing is known of it.
    Missing,
    /// The declaration has changed since.
    Outdated,
    /// A tool said something that a person has to judge.
    NeedsAssessor,
    /// Only one has signed what two have to read.
    NeedsSecondReader,
    /// A tool passed it without having seen anything.
    NothingObserved,
    /// An exception was claimed that does not hold here.
    EscapeRefused(String),
    /// What was to be done could not be done.
    NotPerformed,
}

impl fmt::Display for Ground {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Ground::Decided(by) => write!(f, "by {by}"),
            Ground::Escape(name) => write!(f, "exception {name}"),
            Ground::Inherited(case) => write!(f, "as in {case}"),
            Ground::Missing => f.write_str("no outcome yet"),
            Ground::Outdated => f.write_str("the declaration or the software has changed since"),
            Ground::NeedsAssessor => f.write_str("an assessor has to judge it"),
            Ground::NeedsSecondReader => f.write_str("a second reader has not signed"),
            Ground::NothingObserved => f.write_str("the tool observed nothing"),
            Ground::EscapeRefused(name) => write!(f, "the exception {name} does not hold here"),
            Ground::NotPerformed => f.write_str("what was to be done could not be done"),
        }
    }
}
