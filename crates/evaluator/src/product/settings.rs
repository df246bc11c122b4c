//! `evaluation.toml`: by which edition and scheme, who takes part, and on what basis.

use super::section::Section;
use super::value::Phrase;
use crate::catalog::Edition;
use crate::finding::{Finding, Located, Place, Rule, quoted};
use serde::Serialize;

/// How the evaluation is carried out.
const SCHEMES: &[&str] = &["self-assessment", "third-party", "certification"];
/// Why the standard is used. Its scope leaves out devices primarily intended for healthcare.
const BASES: &[&str] = &["in-scope", "voluntary", "by-analogy"];

/// What `evaluation.toml` says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Settings {
    /// Where the document begins.
    pub at: Place,
    /// The edition; V2.1.1 where the document does not say one that there is.
    pub edition: Located<Edition>,
    /// The evaluation's title.
    pub title: Option<Located<String>>,
    /// `self-assessment`, `third-party` or `certification`, with more words.
    pub scheme: Option<Located<Phrase>>,
    /// Why the standard is used: `in-scope`, `voluntary` or `by-analogy`.
    pub basis: Option<Located<Phrase>>,
    /// The statement of scope, in the maker's words, for every report.
    pub scope_statement: Option<Located<String>>,
    /// Who makes the product.
    pub manufacturer: Option<Party>,
    /// Who submits it and its documents.
    pub supplier: Option<Party>,
    /// Who tests.
    pub laboratory: Option<Party>,
}

/// One who takes part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Party {
    /// Where it stands.
    pub at: Place,
    /// The organisation.
    pub organisation: Option<Located<String>>,
    /// The person responsible.
    pub person: Option<Located<String>>,
    /// How to reach them.
    pub contact: Option<Located<String>>,
}

pub(super) fn read(mut section: Section<'_>) -> Settings {
    let at = section.at.clone();
    let edition = section.text("edition").and_then(|text| match text.value.parse() {
        Ok(edition) => Some(Located::new(edition, text.at)),
        Err(_) => {
            let message = format!("there is no edition {}", quoted(&text.value));
            let help = "Write V2.1.1 or V3.1.3.";
            section.push(Finding::new(Rule::BadChoice, text.at, "edition", message).help(help));
            None
        }
    });
    let settings = Settings {
        edition: edition.unwrap_or(Located::new(Edition::V2_1_1, at.clone())),
        at,
        title: section.text("title"),
        scheme: section.choice("scheme", SCHEMES),
        basis: section.choice("basis", BASES),
        scope_statement: section.text("scope-statement"),
        manufacturer: section.section("manufacturer").map(party),
        supplier: section.section("supplier").map(party),
        laboratory: section.section("laboratory").map(party),
    };
    section.finish();
    settings
}

fn party(mut section: Section<'_>) -> Party {
    let party = Party {
        at: section.at.clone(),
        organisation: section.text("organisation"),
        person: section.text("person"),
        contact: section.text("contact"),
    };
    section.finish();
    party
}
