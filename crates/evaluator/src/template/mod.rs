//! A new evaluation folder: every document with guidance, either open or filled in for a sample product.
//!
//! All of it comes from the catalog, so a site's corrections show in what is written. An open value is `?`, which
//! `check` reports until somebody replaces it.

mod ixit;
mod write;

use crate::catalog::{Applicability, Catalog, Edition, EntryKind, FeatureKey, Obligation, Provision};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use write::{Writer, array, flag, quote};

/// What the documents are filled with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fill {
    /// Placeholders.
    Open,
    /// The sample product, a home pulse oximeter that does not exist.
    Example,
}

/// Path and text of every document of a new evaluation.
#[must_use]
pub fn documents(catalog: &Catalog, edition: Edition, fill: Fill) -> BTreeMap<String, String> {
    let mut documents = BTreeMap::new();
    for name in ["evaluation", "dut"] {
        documents.insert(format!("{name}.toml"), entries(catalog, edition, fill, name));
    }
    documents.insert("ics.toml".to_owned(), ics(catalog, edition, fill));
    for table in &catalog.tables {
        documents.insert(table.path(), ixit::table(table, edition, fill));
    }
    let mds2 = catalog.mds2.iter().map(|question| Question {
        section: &question.section,
        id: &question.id,
        topic: &question.topic,
        example: &question.example,
    });
    documents.insert("mds2.toml".to_owned(), questionnaire(MDS2, "mds2", mds2, fill));
    for (name, head, activities) in [("jsp", JSP, &catalog.jsp), ("fhir", FHIR, &catalog.fhir)] {
        let questions = activities.iter().map(|activity| Question {
            section: "",
            id: &activity.id,
            topic: &activity.topic,
            example: &activity.example,
        });
        documents.insert(format!("{name}.toml"), questionnaire(head, name, questions, fill));
    }
    documents
}

/// The text of `probe.toml`, which only a laboratory needs that gives the probes captures, samples, databases or commands.
#[must_use]
pub fn laboratory(catalog: &Catalog, edition: Edition, fill: Fill) -> String {
    entries(catalog, edition, fill, "probe")
}

const MDS2: &str = "The maker's disclosure statement for medical device security (HN 1-2019), for hospitals. An answer is yes, no, n/a or see-note, with words after a colon; info where a text is asked. Remove this file where nobody asks for the statement.";
const JSP: &str = "Activities of the Joint Security Plan (version 1 and JSP2). An answer is done, partial, planned, none or n/a; after a colon the document that shows it. Remove this file where the plan is not used.";
const FHIR: &str = "FHIR's security checklist, for products with a FHIR interface. An answer is yes, partial, no or n/a, with words after a colon. Remove this file where there is none.";

/// `evaluation.toml`, `dut.toml` and `probe.toml`.
fn entries(catalog: &Catalog, edition: Edition, fill: Fill, document: &str) -> String {
    let mut out = Writer::new(&format!("{document}.toml"));
    out.comment(match document {
        "probe" => "What only a laboratory knows, for `medseal evaluate probe`. Every part is optional: remove what is not used. Commands run without a shell, and only when whoever probes allows it.",
        "dut" => "The device under test: what it is, what belongs to the evaluation, what it works with, and the features that decide which provisions apply.",
        _ => "The evaluation: edition, scheme, who takes part, and why the standard is used. `?` marks what is still open.",
    });
    let mut section = "";
    for entry in catalog.entries.iter().filter(|entry| entry.document == document) {
        if entry.section != section {
            section = &entry.section;
            let (open, close) = if entry.is_repeated { ("[[", "]]") } else { ("[", "]") };
            out.line(&format!("\n{open}{section}{close}"));
        }
        out.comment(&entry.guidance);
        if let EntryKind::Choice(options) = &entry.kind {
            out.comment(&format!("One of: {}.", options.join(", ")));
        }
        let example = if entry.example == "EDITION" { edition.name() } else { &entry.example };
        let is_edition = entry.key == "edition";
        let value = match (fill, &entry.kind) {
            (Fill::Open, _) if is_edition => quote(edition.name()),
            (Fill::Open, EntryKind::List) => "[\"?\"]".to_owned(),
            (Fill::Open, _) => "\"?\"".to_owned(),
            (Fill::Example, EntryKind::Flag) => flag(example == "yes").to_owned(),
            (Fill::Example, EntryKind::Count) => example.to_owned(),
            (Fill::Example, EntryKind::List) => array(example.split(';').map(str::trim)),
            (Fill::Example, EntryKind::Text | EntryKind::Choice(_)) => quote(example),
        };
        let is_left_out = !entry.is_required && (fill == Fill::Open || entry.example.is_empty());
        let mark = if is_left_out { "# " } else { "" };
        out.line(&format!("{mark}{} = {value}", entry.key));
    }
    if document == "dut" {
        features(&mut out, catalog, edition, fill);
    }
    out.finish()
}

fn features(out: &mut Writer, catalog: &Catalog, edition: Edition, fill: Fill) {
    out.line("\n[features]");
    out.comment("True or false. The conditions of the provisions follow from these answers.");
    for feature in catalog.features.iter().filter(|feature| feature.is_asked(edition)) {
        out.comment(&feature.question);
        let value = match fill {
            Fill::Open => "\"?\"",
            Fill::Example => flag(feature.example),
        };
        out.line(&format!("{} = {value}", feature.key));
    }
}

fn ics(catalog: &Catalog, edition: Edition, fill: Fill) -> String {
    let mut out = Writer::new("ics.toml");
    out.comment("The conformance statement: each provision Y (met), N (not met) or N/A (its condition does not hold). A mandatory provision is never N; N/A names the condition; a recommendation with N or N/A has a reason.");
    out.line("[provisions]");
    let mut clause = String::new();
    for provision in catalog.provisions(edition) {
        if provision.id.clause() != clause {
            clause = provision.id.clause();
            out.line("");
            out.comment(&format!("{clause} {}", provision.title));
        }
        out.comment(&about(provision));
        let entry = match fill {
            Fill::Open => "{ answer = \"?\" }".to_owned(),
            Fill::Example => sample_answer(catalog, provision),
        };
        out.line(&format!("{} = {entry}", quote(&provision.id.to_string())));
    }
    out.finish()
}

/// Obligation, paraphrase, conditions.
fn about(provision: &Provision) -> String {
    let mut text = match provision.obligation {
        Obligation::Mandatory => "Mandatory. ".to_owned(),
        Obligation::Recommended => "Recommended. ".to_owned(),
    };
    text.push_str(&provision.paraphrase);
    for condition in provision.conditions.iter().chain(&provision.practice) {
        let source =
            if provision.practice.as_ref() == Some(condition) { ", laboratory practice" } else { "" };
        let _ = write!(text, " Condition {} ({}{source}).", condition.key, condition.meaning);
    }
    text
}

/// The sample product meets whatever applies to it.
fn sample_answer(catalog: &Catalog, provision: &Provision) -> String {
    let declared = |key: &FeatureKey| catalog.feature(key).map(|feature| feature.example);
    let practice = provision.practice.iter().find(|condition| condition.holds(declared) == Some(false));
    let not_met = match provision.applicability(declared) {
        Applicability::NotMet(conditions) => conditions.into_iter().next(),
        Applicability::Applies | Applicability::Undeclared(_) => practice.cloned(),
    };
    match not_met {
        Some(condition) => format!(
            "{{ answer = \"N/A\", condition = {}, reason = {} }}",
            quote(&condition.key),
            quote(&format!("Does not hold for this product: {}.", condition.meaning))
        ),
        None => "{ answer = \"Y\" }".to_owned(),
    }
}

struct Question<'a> {
    section: &'a str,
    id: &'a str,
    topic: &'a str,
    example: &'a str,
}

fn questionnaire<'a>(
    head: &str,
    key: &str,
    questions: impl Iterator<Item = Question<'a>>,
    fill: Fill,
) -> String {
    let mut out = Writer::new(&format!("{key}.toml"));
    out.comment(head);
    out.line("[answers]");
    let mut section = "";
    for question in questions {
        if question.section != section {
            section = question.section;
            out.line("");
        }
        out.comment(question.topic);
        let value = match fill {
            Fill::Open => "?",
            Fill::Example => question.example,
        };
        out.line(&format!("{} = {}", quote(question.id), quote(value)));
    }
    out.finish()
}
