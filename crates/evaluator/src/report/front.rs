//! The head of every report and the notes that none may lack: on whose word it rests, and by what right the standard is used.

use std::collections::BTreeMap;

use super::Source;
use super::words::{plain, said, standard};
use crate::catalog::{Confidence, Edition};
use crate::document::{Draft, Front, Mark, Span, Text, Tone};
use crate::plan::Mapping;
use crate::product::Party;

/// A draft with its head.
pub(super) fn draft(source: Source<'_>, kind: &str, result: Option<Mark>) -> Draft {
    let settings = &source.evaluation.settings;
    let product = source.evaluation.dut.product.as_ref();
    let edition = source.evaluation.edition();
    let party = |party: Option<&Party>| said(party.and_then(|party| party.organisation.as_ref()));
    let phrase = |value: Option<String>| value.map_or_else(|| Text::new().quiet("not declared"), Text::from);
    let facts = [
        ("Model", said(product.and_then(|product| product.model.as_ref()))),
        ("Hardware", said(product.and_then(|product| product.hardware_version.as_ref()))),
        ("Software", said(product.and_then(|product| product.software_version.as_ref()))),
        ("Manufacturer", party(settings.manufacturer.as_ref())),
        ("Supplier", party(settings.supplier.as_ref())),
        ("Laboratory", party(settings.laboratory.as_ref())),
        ("Standard", Text::from(standard(edition))),
        ("Test specification", Text::from(test_specification(edition))),
        ("Scheme", phrase(settings.scheme.as_ref().map(|scheme| scheme.value.to_string()))),
        ("Basis", phrase(settings.basis.as_ref().map(|basis| basis.value.to_string()))),
        ("Evidence", evidence(source)),
        ("Date", Text::from(source.date.to_string())),
    ];
    let author = settings.laboratory.as_ref().or(settings.manufacturer.as_ref());
    Draft::new(Front {
        kind: kind.to_owned(),
        title: plain(product.and_then(|product| product.name.as_ref())).to_owned(),
        subtitle: plain(settings.title.as_ref()).to_owned(),
        facts: facts.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        author: plain(author.and_then(|party| party.organisation.as_ref())).to_owned(),
        date: source.date,
        result,
    })
}

/// The test specification whose cases are used. For the later edition ours are those of the earlier one.
fn test_specification(edition: Edition) -> String {
    match edition {
        Edition::V2_1_1 => format!("ETSI TS 103 701 {}", edition.test_specification()),
        Edition::V3_1_3 => format!(
            "tables of ETSI TS 103 701 {}, cases of {}",
            edition.test_specification(),
            Edition::V2_1_1.test_specification()
        ),
    }
}

fn evidence(source: Source<'_>) -> Text {
    match source.ledger.entries().count() {
        0 => Text::new().quiet("no entries in the ledger"),
        count => {
            Text::from(format!("{count} ledger entries, the last ")).code(source.ledger.digest().to_string())
        }
    }
}

/// By what right the standard is used. It stands in every report, before any verdict.
pub(super) fn voluntary(draft: &mut Draft, source: Source<'_>) {
    let settings = &source.evaluation.settings;
    let is_medical = source.evaluation.dut.product.as_ref().and_then(|product| product.is_medical.as_ref());
    let (title, first) = match is_medical.map(|flag| flag.value) {
        Some(true) => (
            "Voluntary: the product is a medical device",
            "EN 303 645 leaves devices that are primarily intended for healthcare out of its scope. It is used here voluntarily, by analogy. \
             A result is no proof of conformity with the law for medical devices and replaces no assessment that such law asks for.",
        ),
        Some(false) => (
            "Voluntary",
            "The use of EN 303 645 is voluntary unless a law, a scheme or a contract asks for it. It leaves devices that are primarily intended \
             for healthcare out of its scope; the maker declares that this product is none.",
        ),
        None => (
            "Voluntary; scope not declared",
            "The use of EN 303 645 is voluntary, and it leaves devices that are primarily intended for healthcare out of its scope. The maker has \
             not declared whether this product is one; if it is, the standard is used by analogy only.",
        ),
    };
    let mut body = vec![Text::from(first)];
    if let Some(basis) = &settings.basis {
        body.push(Text::from("The maker's basis: ").strong(basis.value.to_string()).plain("."));
    }
    if let Some(statement) = &settings.scope_statement {
        body.push(Text::from(format!("The maker's statement of scope: {}", statement.value)));
    }
    draft.note(Tone::Plain, title, body);
    if let Some(mapping) = Mapping::of(source.catalog, source.evaluation.edition()) {
        let title = "No published test specification stands behind the cases";
        draft.note(Tone::Open, title, [Text::from(mapping.to_string())]);
    }
}

/// How sure the facts about the standard are that the report rests on.
pub(super) fn confidence(draft: &mut Draft, source: Source<'_>) {
    let edition = source.evaluation.edition();
    let mut counts: BTreeMap<Confidence, usize> = BTreeMap::new();
    let provisions = source.catalog.provisions(edition).iter().map(|provision| provision.confidence);
    let units = source.catalog.units.iter().map(|unit| unit.confidence);
    for confidence in provisions.chain(units).chain(source.catalog.cases.iter().map(|case| case.confidence)) {
        *counts.entry(confidence).or_default() += 1;
    }
    let counted: Vec<String> =
        counts.iter().map(|(confidence, count)| format!("{count} {}", confidence.name())).collect();
    let mut body = vec![Text::from(format!(
        "Provisions, cases and units are told in medseal's own words and were put together from public transcriptions, not from the \
         documents themselves: {}. Whoever holds the standards should compare them before relying on a verdict, and can correct them in the \
         evaluation's catalog folder.",
        counted.join(", ")
    ))];
    if !source.catalog.amended.is_empty() {
        body.push(Text::from(format!(
            "This evaluation has corrections of its own: {}.",
            source.catalog.amended.join(", ")
        )));
    }
    draft.note(Tone::Quiet, "How sure the facts about the standard are", body);
}

/// Puts what is still open at the end, where it stops the report.
pub(super) fn open_values(draft: &mut Draft, source: Source<'_>) {
    for open in source.open_values() {
        draft.paragraph(Text::new().with(Span::Missing(open)));
    }
}
