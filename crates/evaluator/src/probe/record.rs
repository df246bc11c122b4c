//! What a procedure did and found.

use super::contract::Procedure;
use super::program::{Program, ProgramError, Said};
use crate::catalog::{Catalog, UnitId};
use crate::verdict::{CheckUnit, Subject, ToolOutcome, Verdict};

/// What a procedure did and found.
#[derive(Clone, Debug)]
pub struct Record {
    /// The procedure of the catalog.
    pub procedure: &'static str,
    /// The tool.
    pub tool: String,
    /// Its version, in its own words.
    pub version: String,
    /// The commands, one after the other.
    pub command: Vec<String>,
    /// The declarations and files it read, by name and content.
    pub inputs: Vec<(String, Vec<u8>)>,
    /// When it began.
    pub started: jiff::Timestamp,
    /// When it ended.
    pub ended: jiff::Timestamp,
    /// What came out, for the evidence.
    pub output: String,
    /// What it decides.
    pub outcomes: Vec<ToolOutcome>,
    /// What speaks against units that a person must judge.
    pub against: Vec<Against>,
    /// Units that a person can judge with this evidence.
    pub prepares: Vec<UnitId>,
    /// What it could not do, with what would let it.
    pub lacks: Vec<String>,
}

/// Something that speaks against a unit that a person must judge. It is no verdict: a person has to sign one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Against {
    /// The unit.
    pub unit: UnitId,
    /// What it was found on.
    pub subject: Subject,
    /// What was found.
    pub note: String,
}

impl Record {
    /// Of what this program does by itself.
    pub(super) fn own(procedure: &Procedure) -> Self {
        Self::new(procedure, "medseal".into(), env!("CARGO_PKG_VERSION").into())
    }

    /// Of what a program does, which must be there.
    pub(super) fn of(procedure: &Procedure, program: Program) -> Result<Self, ProgramError> {
        Ok(Self::new(procedure, program.name.into(), program.version()?))
    }

    /// Of what a program of this version does.
    pub(super) fn of_version(procedure: &Procedure, program: Program, version: String) -> Self {
        Self::new(procedure, program.name.into(), version)
    }

    fn new(procedure: &Procedure, tool: String, version: String) -> Self {
        Self {
            procedure: procedure.id,
            tool,
            version,
            command: Vec::new(),
            inputs: Vec::new(),
            started: jiff::Timestamp::now(),
            ended: jiff::Timestamp::now(),
            output: String::new(),
            outcomes: Vec::new(),
            against: Vec::new(),
            prepares: procedure.prepares.iter().filter_map(|unit| unit.parse().ok()).collect(),
            lacks: Vec::new(),
        }
    }

    /// Keeps a command and what it said.
    pub(super) fn took(&mut self, said: &Said) {
        self.did(said.command.join(" "));
        self.output.push_str(&said.record());
    }

    /// Keeps a command.
    pub(super) fn did(&mut self, command: String) {
        self.ended = jiff::Timestamp::now();
        self.command.push(command);
    }

    /// Keeps what was read.
    pub(super) fn read(&mut self, name: impl Into<String>, content: impl Into<Vec<u8>>) {
        self.inputs.push((name.into(), content.into()));
    }

    /// A line of evidence that says what was found.
    pub(super) fn found(&mut self, words: &str) {
        self.ended = jiff::Timestamp::now();
        self.output.push_str("=> ");
        self.output.push_str(words);
        self.output.push('\n');
    }

    /// Decides a check unit; a name that is none is left out, which a test of the table of procedures would show.
    pub(super) fn decide(
        &mut self,
        catalog: &Catalog,
        unit: &str,
        subject: Subject,
        verdict: Verdict,
        seen: u32,
        note: &str,
    ) {
        let rule = unit.parse().ok().and_then(|id| catalog.rule(id));
        if let Some(unit) = rule.and_then(CheckUnit::of) {
            self.found(&format!("{}: {verdict}: {note}", unit.id()));
            self.outcomes.push(ToolOutcome::new(unit, subject, verdict, seen, note));
        }
    }

    /// Notes what speaks against a unit that a person must judge.
    pub(super) fn against(&mut self, unit: &str, subject: Subject, note: &str) {
        if let Ok(unit) = unit.parse() {
            self.found(&format!("AGAINST {unit} ({subject}): {note}"));
            self.against.push(Against { unit, subject, note: note.to_owned() });
        }
    }
}
