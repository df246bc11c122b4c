//! What an outcome was held against, as one hash: if any of it changes, the outcome counts no more.
//!
//! The basis of a target is the edition, the unit, the fields that the unit looks at (all of a table's, where the
//! facts name none) of the row it is carried out on and of the rows that this one refers to; for the product as a
//! whole those of all rows of the unit's tables. Units that look at the conformance statement have all of it. Units that
//! look at the product itself have the versions of its hardware and software as well. Where something stands, and in
//! which order, does not matter.

use super::target::{Subject, Target};
use crate::catalog::{Catalog, Subject as LooksAt, TableNo, Unit};
use crate::ledger::Digest;
use crate::product::{Evaluation, Row, RowId};
use std::collections::BTreeSet;

/// The basis of a target.
#[must_use]
pub fn basis(catalog: &Catalog, evaluation: &Evaluation, target: &Target) -> Digest {
    let mut lines = declared(catalog, evaluation, target);
    if catalog.unit(target.unit).is_some_and(|unit| unit.subject == LooksAt::Product) {
        versions(evaluation, &mut lines);
    }
    digest(evaluation, target, &lines)
}

/// The same without the product's versions: whether the declaration itself has changed.
#[must_use]
pub fn declaration(catalog: &Catalog, evaluation: &Evaluation, target: &Target) -> Digest {
    digest(evaluation, target, &declared(catalog, evaluation, target))
}

fn declared(catalog: &Catalog, evaluation: &Evaluation, target: &Target) -> BTreeSet<String> {
    let mut lines = BTreeSet::new();
    if let Some(unit) = catalog.unit(target.unit) {
        match &target.subject {
            Subject::Product => whole(catalog, evaluation, unit, &mut lines),
            Subject::Row(id) => one(catalog, evaluation, unit, id, &mut lines),
        }
        if catalog.case(target.unit.case).is_some_and(|case| case.uses_ics) {
            statement(evaluation, &mut lines);
        }
    }
    lines
}

fn digest(evaluation: &Evaluation, target: &Target, lines: &BTreeSet<String>) -> Digest {
    let mut text = format!("{}\n{target}\n", evaluation.edition());
    for line in lines {
        text.push_str(line);
        text.push('\n');
    }
    Digest::of(text.as_bytes())
}

/// All rows of the unit's tables.
fn whole(catalog: &Catalog, evaluation: &Evaluation, unit: &Unit, lines: &mut BTreeSet<String>) {
    for no in &unit.tables {
        for row in evaluation.ixit.rows(*no) {
            fields(catalog, unit, *no, row, lines);
        }
        if let Some(none) = evaluation.ixit.tables.get(no).and_then(|table| table.none.as_ref()) {
            lines.insert(format!("{no} none {:?}", none.value));
        }
    }
}

/// One row and those it refers to.
fn one(catalog: &Catalog, evaluation: &Evaluation, unit: &Unit, id: &RowId, lines: &mut BTreeSet<String>) {
    let Some((no, row)) = evaluation.ixit.find(id) else { return };
    fields(catalog, unit, no, row, lines);
    let referred = row.values.keys().flat_map(|key| row.refs(key));
    for (no, row) in referred.filter_map(|id| evaluation.ixit.find(id)) {
        if unit.tables.contains(&no) {
            fields(catalog, unit, no, row, lines);
        }
    }
}

fn fields(catalog: &Catalog, unit: &Unit, no: TableNo, row: &Row, lines: &mut BTreeSet<String>) {
    let Some(table) = catalog.table(no) else { return };
    let is_looked_at = |name: &str| unit.fields.iter().any(|field| field == name);
    let names_some = table.fields.iter().any(|field| is_looked_at(&field.name));
    for field in &table.fields {
        if let Some(value) = row.value(&field.key)
            && (!names_some || is_looked_at(&field.name))
        {
            lines.insert(format!("{no} {} {} {value:?}", row.name(), field.key));
        }
    }
}

fn statement(evaluation: &Evaluation, lines: &mut BTreeSet<String>) {
    for (id, entry) in &evaluation.ics.entries {
        let answer = entry.answer.as_ref().map(|answer| answer.value.name());
        let reason = entry.reason.as_ref().map(|reason| reason.value.as_str());
        lines.insert(format!("ics {id} {answer:?} {reason:?}"));
    }
}

fn versions(evaluation: &Evaluation, lines: &mut BTreeSet<String>) {
    let Some(product) = &evaluation.dut.product else { return };
    for (name, version) in [
        ("model", &product.model),
        ("hardware", &product.hardware_version),
        ("software", &product.software_version),
    ] {
        lines.insert(format!("dut {name} {:?}", version.as_ref().map(|version| version.value.as_str())));
    }
}
