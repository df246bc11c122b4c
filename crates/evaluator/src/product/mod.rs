//! The product as its maker declares it: a folder of TOML documents.
//!
//! ```text
//! evaluation.toml      edition, scheme, who takes part, why the standard is used
//! dut.toml             the device under test, scope, services, units, features
//! ics.toml             each provision: Y, N or N/A, with reason and condition
//! ixit/NN-KEY.toml     the 29 tables of information
//! mds2.toml jsp.toml fhir.toml   questionnaires, where wanted
//! probe.toml           what only a laboratory knows: captures, samples, commands; optional
//! catalog/*.tsv        corrections of the standards' data by somebody who holds them
//! forms/ evidence/ ledger        what the evaluation adds
//! ```
//!
//! Texts become an [`Evaluation`] and findings. A document with errors is read as far as it can be: what is missing or
//! malformed is absent from the evaluation and has a finding, so nothing that is wrong can be taken for true.

mod answers;
mod dut;
mod folder;
mod ics;
mod ixit;
mod laboratory;
pub(crate) mod node;
mod section;
mod settings;
mod value;

pub use answers::{Answers, Questionnaire};
pub use dut::{Dut, Endpoint, Product, Samples, Sbom, Service};
pub use folder::{Documents, FolderError};
pub use ics::{Answer, Ics, IcsEntry};
pub use ixit::{Ixit, Row, TableDoc};
pub use laboratory::{
    LaboratoryDoc, Recording, UnitCredentials, UpdateOffer, VersionReading, Vulnerabilities,
};
pub use settings::{Party, Settings};
pub use value::{Phrase, RowId, Unfit, Value, is_open};

use crate::catalog::{Catalog, Edition};
use crate::finding::{Finding, Place, Rule};
use section::Section;
use serde::Serialize;
use std::collections::BTreeMap;

/// A product's declaration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Evaluation {
    /// Edition, scheme, parties.
    pub settings: Settings,
    /// The device under test.
    pub dut: Dut,
    /// The conformance statement.
    pub ics: Ics,
    /// The tables of information.
    pub ixit: Ixit,
    /// The questionnaires that are there.
    pub questionnaires: BTreeMap<Questionnaire, Answers>,
    /// What only a laboratory knows; empty if it says nothing.
    pub laboratory: LaboratoryDoc,
}

impl Evaluation {
    /// The edition of the standard.
    #[must_use]
    pub fn edition(&self) -> Edition {
        self.settings.edition.value
    }

    /// Reads an evaluation; what is wrong with its form is in the findings.
    #[must_use]
    pub fn parse(texts: &BTreeMap<String, String>, catalog: &Catalog) -> (Self, Vec<Finding>) {
        let mut reader = Reader { texts, findings: Vec::new(), read: Vec::new() };
        let settings = settings::read(reader.document("evaluation.toml"));
        let edition = settings.edition.value;
        let dut = dut::read(reader.document("dut.toml"), catalog, edition);
        let ics = ics::read(reader.document("ics.toml"), catalog, edition);
        let mut ixit = Ixit::default();
        for table in &catalog.tables {
            let path = table.path();
            let is_there = texts.contains_key(&path);
            let document = reader.document(&path);
            if is_there {
                ixit.tables.insert(table.no, ixit::read(document, table, edition));
            }
        }
        let mut questionnaires = BTreeMap::new();
        for questionnaire in Questionnaire::ALL {
            let path = format!("{}.toml", questionnaire.key());
            if texts.contains_key(&path) {
                let questions = questions(catalog, questionnaire);
                let answers = answers::read(reader.document(&path), questionnaire, &questions);
                questionnaires.insert(questionnaire, answers);
            }
        }
        let laboratory = if texts.contains_key("probe.toml") {
            laboratory::read(reader.document("probe.toml"))
        } else {
            LaboratoryDoc::default()
        };
        let findings = reader.finish();
        (Self { settings, dut, ics, ixit, questionnaires, laboratory }, findings)
    }
}

/// The names of a questionnaire's questions.
#[must_use]
pub fn questions(catalog: &Catalog, questionnaire: Questionnaire) -> Vec<&str> {
    match questionnaire {
        Questionnaire::Mds2 => catalog.mds2.iter().map(|question| question.id.as_str()).collect(),
        Questionnaire::Jsp => catalog.jsp.iter().map(|activity| activity.id.as_str()).collect(),
        Questionnaire::Fhir => catalog.fhir.iter().map(|topic| topic.id.as_str()).collect(),
    }
}

struct Reader<'t> {
    texts: &'t BTreeMap<String, String>,
    findings: Vec<Finding>,
    read: Vec<String>,
}

impl Reader<'_> {
    /// Begins a document; one that is not there is a finding and reads as empty, without further ones.
    fn document(&mut self, path: &str) -> Section<'_> {
        self.read.push(path.to_owned());
        match self.texts.get(path) {
            Some(text) => {
                let node = node::parse(path, text, &mut self.findings);
                Section::new(path, node, &mut self.findings)
            }
            None => {
                let message = format!("{path} is not there");
                self.findings.push(Finding::new(Rule::DocumentMissing, Place::start(path), path, message));
                Section::absent(path, &mut self.findings)
            }
        }
    }

    /// The findings, with those about files that nothing reads.
    fn finish(mut self) -> Vec<Finding> {
        for path in self.texts.keys().filter(|path| !self.read.contains(path)) {
            let message = format!("{path} is no document of an evaluation");
            self.findings.push(Finding::new(
                Rule::DocumentUnknown,
                Place::start(path),
                path.as_str(),
                message,
            ));
        }
        self.findings
    }
}
