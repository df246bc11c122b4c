//! What the standards ask, as data: provisions and their conditions, the tables of a product's information, test
//! cases and units, procedures, questionnaires.
//!
//! The data stands in `standards/evaluation/*.tsv` and is part of the program. A site that holds the standards lays
//! files of the same names over it: a record with the same key replaces the cells that the file's header names,
//! a new key adds a record. Nothing else changes what the standards are taken to say. Each fact keeps its
//! [`Confidence`], which every result that rests on it has to show.

#[macro_use]
mod named;

mod case;
mod contradiction;
pub(crate) mod crypto;
mod document;
mod edition;
mod effort;
mod error;
mod files;
mod id;
mod ixit;
mod provision;
mod questions;
mod rules;
mod tsv;

pub use case::{Automation, Case, CaseKind, Procedure, Subject, Unit, Verb};
use contradiction::Known;
pub use contradiction::{Contradiction, FieldTest, Statement};
pub use crypto::{CryptoPattern, Standing, matches as crypto_matches};
pub use document::{DocumentEntry, EntryKind};
pub use edition::{Confidence, Edition, Obligation};
pub use effort::{Estimate, Specimens};
pub use error::{CatalogError, Fault};
pub use files::{FILES, Overlay};
pub use id::{BadId, CaseId, ProvisionId, TableNo, UnitId};
pub use ixit::{Field, FieldKind, IxitTable, Shape};
pub use provision::{Applicability, Condition, ConditionSource, Feature, FeatureKey, Provision};
pub use questions::{Activity, Mds2Question, Mds2Section, RubricMetric};
pub use rules::{
    Claimant, Decider, Domain, Effect, Empty, Escape, Filter, Inherits, Quantifier, Sense, State, UnitRule,
    Via,
};

use std::collections::BTreeMap;

/// All that is known of the standards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Catalog {
    /// Questions about the product that decide the conditions.
    pub features: Vec<Feature>,
    /// Conditions of all editions.
    pub conditions: Vec<Condition>,
    /// The 29 tables.
    pub tables: Vec<IxitTable>,
    /// Test cases (TS 103 701 V1.1.1, for V2.1.1).
    pub cases: Vec<Case>,
    /// Their units.
    pub units: Vec<Unit>,
    /// Exceptions that cases allow.
    pub escapes: Vec<Escape>,
    /// How long things take.
    pub estimates: Vec<Estimate>,
    /// How many units of the product cases need.
    pub specimens: Vec<Specimens>,
    /// Procedures.
    pub procedures: Vec<Procedure>,
    /// MDS2's sections.
    pub mds2_sections: Vec<Mds2Section>,
    /// MDS2's questions.
    pub mds2: Vec<Mds2Question>,
    /// Activities of the Joint Security Plan.
    pub jsp: Vec<Activity>,
    /// Topics of FHIR's security checklist.
    pub fhir: Vec<Activity>,
    /// The MITRE rubric.
    pub rubric: Vec<RubricMetric>,
    /// Pairs of statements that cannot both be true.
    pub contradictions: Vec<Contradiction>,
    /// What is thought of protocols and algorithms.
    pub crypto: Vec<CryptoPattern>,
    /// Keys of `evaluation.toml` and `dut.toml`.
    pub entries: Vec<DocumentEntry>,
    /// Files that a site has laid over the data.
    pub amended: Vec<String>,
    provisions: [Vec<Provision>; 2],
    rules: BTreeMap<UnitId, UnitRule>,
}

impl Catalog {
    /// The data that is part of the program.
    ///
    /// # Errors
    /// When a file of it is malformed; a test keeps that from happening.
    pub fn embedded() -> Result<Self, CatalogError> {
        Self::with_overlay(&Overlay::default())
    }

    /// The data with a site's corrections.
    ///
    /// # Errors
    /// When a table is malformed or names what does not exist, with file and line.
    pub fn with_overlay(overlay: &Overlay) -> Result<Self, CatalogError> {
        let read = |name: &'static str| overlay.records(name);
        let features = provision::features(&read("features.tsv")?)?;
        let conditions = provision::conditions(&read("conditions.tsv")?, &features)?;
        let v2 = provision::v2(&read("provisions.tsv")?, &read("practice.tsv")?, &conditions)?;
        let v3 = provision::v3(&read("provisions_v3.tsv")?, &v2, &conditions)?;
        let units = case::units(&read("testunits.tsv")?)?;
        let escapes = rules::escapes(&read("escapes.tsv")?)?;
        let rules = rules::rules(&read("quantifiers.tsv")?, &units, &escapes)?;
        let tables = ixit::tables(&read("tables.tsv")?, &read("fields.tsv")?)?;
        let mds2 = questions::mds2(&read("mds2.tsv")?)?;
        let jsp = questions::activities(&read("jsp.tsv")?, "document")?;
        let fhir = questions::activities(&read("fhir_security.tsv")?, "guidance")?;
        let questions = mds2.iter().map(|question| ("mds2", question.id.as_str()));
        let questions = questions.chain(jsp.iter().map(|activity| ("jsp", activity.id.as_str())));
        let questions = questions.chain(fhir.iter().map(|topic| ("fhir", topic.id.as_str()))).collect();
        let known = Known { features: &features, provisions: &v2, tables: &tables, questions };
        let contradictions = contradiction::contradictions(&read("contradictions.tsv")?, &known)?;
        let catalog = Self {
            cases: case::cases(&read("testcases.tsv")?)?,
            units,
            escapes,
            estimates: effort::estimates(&read("estimates.tsv")?)?,
            specimens: effort::specimens(&read("specimens.tsv")?)?,
            rules: rules.into_iter().map(|rule| (rule.unit, rule)).collect(),
            procedures: case::procedures(&read("automation.tsv")?)?,
            mds2_sections: questions::sections(&read("mds2_sections.tsv")?)?,
            tables,
            mds2,
            jsp,
            fhir,
            contradictions,
            rubric: questions::rubric(&read("mitre_rubric.tsv")?)?,
            crypto: crypto::patterns(&read("crypto.tsv")?)?,
            entries: document::entries(&read("documents.tsv")?)?,
            amended: overlay.names()?,
            provisions: [v2, v3],
            features,
            conditions,
        };
        Ok(catalog)
    }

    /// The provisions of an edition, in order.
    #[must_use]
    pub fn provisions(&self, edition: Edition) -> &[Provision] {
        let [v2, v3] = &self.provisions;
        match edition {
            Edition::V2_1_1 => v2,
            Edition::V3_1_3 => v3,
        }
    }

    /// One provision.
    #[must_use]
    pub fn provision(&self, edition: Edition, id: ProvisionId) -> Option<&Provision> {
        self.provisions(edition).iter().find(|provision| provision.id == id)
    }

    /// One table.
    #[must_use]
    pub fn table(&self, no: TableNo) -> Option<&IxitTable> {
        self.tables.iter().find(|table| table.no == no)
    }

    /// One case.
    #[must_use]
    pub fn case(&self, id: CaseId) -> Option<&Case> {
        self.cases.iter().find(|case| case.id == id)
    }

    /// One unit.
    #[must_use]
    pub fn unit(&self, id: UnitId) -> Option<&Unit> {
        self.units.iter().find(|unit| unit.id == id)
    }

    /// How a unit's verdict follows.
    #[must_use]
    pub fn rule(&self, id: UnitId) -> Option<&UnitRule> {
        self.rules.get(&id)
    }

    /// All rules, in order.
    pub fn rules(&self) -> impl Iterator<Item = &UnitRule> {
        self.rules.values()
    }

    /// How the verdicts of a case's units follow, in their order.
    pub fn rules_of(&self, case: CaseId) -> impl Iterator<Item = &UnitRule> {
        let unit = move |letter| UnitId { case, letter };
        self.rules.range(unit('a')..=unit('z')).map(|(_, rule)| rule)
    }

    /// One exception.
    #[must_use]
    pub fn escape(&self, name: &str) -> Option<&Escape> {
        self.escapes.iter().find(|escape| escape.name == name)
    }

    /// The cases of a provision's group.
    pub fn group(&self, provision: ProvisionId) -> impl Iterator<Item = &Case> {
        self.cases.iter().filter(move |case| case.provision == provision)
    }

    /// One feature.
    #[must_use]
    pub fn feature(&self, key: &FeatureKey) -> Option<&Feature> {
        self.features.iter().find(|feature| feature.key == *key)
    }
}
