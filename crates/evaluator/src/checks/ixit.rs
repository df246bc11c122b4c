//! The tables: rows, IDs, references, words.

use super::Check;
use crate::catalog::{Field, FieldKind, IxitTable, TableNo};
use crate::finding::{Finding, Place, Rule, quoted};
use crate::product::{Row, RowId, TableDoc, Value};
use std::collections::BTreeMap;

/// Characters below which a description cannot be judged.
const THIN_TEXT: usize = 10;

pub(super) fn check(check: &mut Check<'_>) {
    let (catalog, evaluation) = (check.catalog, check.evaluation);
    ids(check);
    for table in &catalog.tables {
        let Some(document) = evaluation.ixit.tables.get(&table.no) else { continue };
        shape(check, table, document);
        for row in &document.rows {
            for field in table.fields(evaluation.edition()) {
                of_field(check, table, row, field);
            }
        }
        copies(check, document);
    }
    unreferenced(check);
    confirmations(check);
}

/// IDs are unique over all tables, and begin with their table's name.
fn ids(check: &mut Check<'_>) {
    let evaluation = check.evaluation;
    let mut seen: BTreeMap<&RowId, &Place> = BTreeMap::new();
    for table in evaluation.ixit.tables.values() {
        let name = check.catalog.table(table.no).map_or("", |known| known.name(evaluation.edition()));
        for id in table.rows.iter().filter_map(|row| row.id.as_ref()) {
            let subject = id.value.to_string();
            if let Some(first) = seen.insert(&id.value, &id.at) {
                let message = format!("the ID {subject} is there twice");
                check.findings.push(
                    Finding::new(Rule::DuplicateId, id.at.clone(), subject.as_str(), message)
                        .related(first.clone(), "the first"),
                );
            }
            if !subject.starts_with(name) {
                let message = format!("the ID {subject} does not begin with {name}");
                check.findings.push(Finding::new(Rule::IdPrefix, id.at.clone(), subject, message));
            }
        }
    }
}

fn shape(check: &mut Check<'_>, table: &IxitTable, document: &TableDoc) {
    let sheet = table.sheet(check.evaluation.edition());
    match (&document.none, document.rows.is_empty()) {
        (None, true) if check.is_there(&document.at.file) && !check.is_open(&document.at.file, "row") => {
            let message = format!("table {sheet} has neither rows nor a reason for having none");
            check.findings.push(Finding::new(Rule::TableEmpty, document.at.clone(), sheet, message));
        }
        (Some(none), false) => {
            let message = format!("table {sheet} says that it has no rows, and has some");
            check.findings.push(Finding::new(Rule::TableNoneAndRows, none.at.clone(), sheet, message));
        }
        (None, true | false) | (Some(_), true) => {}
    }
}

fn of_field(check: &mut Check<'_>, table: &IxitTable, row: &Row, field: &Field) {
    let Some(value) = row.values.get(&field.key) else { return };
    let at = value.at.clone();
    let subject = format!("{} {}", row.name(), field.key);
    match &value.value {
        Value::Text(text) => words(check, table, field, row, text, at),
        Value::Refs(ids) if ids.is_empty() => check.empty_list(at, subject, field),
        Value::Refs(ids) => references(check, field, &subject, ids, &at),
        Value::Set(phrases) if phrases.is_empty() => check.empty_list(at, subject, field),
        Value::Crypto(items) if items.is_empty() => check.empty_list(at, subject, field),
        Value::Set(_) | Value::Crypto(_) | Value::Choice(_) | Value::None { .. } => {}
    }
}

fn words(check: &mut Check<'_>, table: &IxitTable, field: &Field, row: &Row, text: &str, at: Place) {
    let subject = format!("{} {}", row.name(), field.key);
    let is_named = table.fields.iter().any(|field| field.kind == FieldKind::Id);
    if is_named && field.key == "description" && text.chars().count() < THIN_TEXT {
        let message = format!("{} describes nothing that could be judged", quoted(text));
        check.findings.push(Finding::new(Rule::TextThin, at.clone(), subject.as_str(), message));
    }
    if field.kind == FieldKind::Period && !names_a_time(text) {
        let message = format!("{} names no length of time and no date", quoted(text));
        check.findings.push(Finding::new(Rule::PeriodUnclear, at, subject, message));
    }
}

/// A number beside a unit of time, or a year.
fn names_a_time(text: &str) -> bool {
    let text = text.to_lowercase();
    let units = ["hour", "day", "week", "month", "year", "quarter"];
    let has_number = text.chars().any(|c| c.is_ascii_digit())
        || ["one ", "two ", "three ", "four ", "five ", "six ", "ten "]
            .iter()
            .any(|word| text.contains(word));
    let has_year = text
        .split(|c: char| !c.is_ascii_digit())
        .any(|digits| digits.len() == 4 && (digits.starts_with("19") || digits.starts_with("20")));
    has_year || (has_number && units.iter().any(|unit| text.contains(unit)))
}

fn references(check: &mut Check<'_>, field: &Field, subject: &str, ids: &[RowId], at: &Place) {
    let evaluation = check.evaluation;
    for (index, id) in ids.iter().enumerate() {
        if ids.iter().take(index).any(|earlier| earlier == id) {
            let message = format!("`{}` refers to {id} twice", field.key);
            check.findings.push(Finding::new(Rule::RefTwice, at.clone(), subject, message));
            continue;
        }
        match evaluation.ixit.find(id) {
            None if refers_nowhere_known(check, field) => {}
            None => {
                let message = format!("`{}` refers to {id}, which does not exist", field.key);
                check.findings.push(Finding::new(Rule::RefUnknown, at.clone(), subject, message));
            }
            Some((table, row)) if !field.refers.is_empty() && !field.refers.contains(&table) => {
                let wanted: Vec<String> = field.refers.iter().map(ToString::to_string).collect();
                let message = format!(
                    "`{}` refers to {id} of table {table}, but must refer to table {}",
                    field.key,
                    wanted.join(", ")
                );
                check.findings.push(
                    Finding::new(Rule::RefTable, at.clone(), subject, message)
                        .related(row.at.clone(), "the row it leads to"),
                );
            }
            Some(_) => {}
        }
    }
}

/// Whether the tables that a field may refer to could not be read, so that nothing can be said.
fn refers_nowhere_known(check: &Check<'_>, field: &Field) -> bool {
    !field.refers.is_empty()
        && field.refers.iter().all(|table| !check.evaluation.ixit.tables.contains_key(table))
}

fn copies(check: &mut Check<'_>, document: &TableDoc) {
    let mut seen: BTreeMap<&str, &Row> = BTreeMap::new();
    for row in &document.rows {
        let text = row.text("description");
        if text.is_empty() {
            continue;
        }
        if let Some(first) = seen.insert(text, row) {
            let message = format!("{} and {} have the same description", first.name(), row.name());
            let at = row.place("description").clone();
            check.findings.push(
                Finding::new(Rule::RowCopied, at, row.name(), message)
                    .related(first.place("description").clone(), "the first"),
            );
        }
    }
}

/// Update mechanisms are there for components.
fn unreferenced(check: &mut Check<'_>) {
    let ixit = &check.evaluation.ixit;
    let components = ixit.rows(TableNo::SOFT_COMP);
    let is_known = |row: &Row| row.value("update-mechanism").is_some();
    if components.is_empty() || !components.iter().all(is_known) {
        return;
    }
    let used = |id: &RowId| components.iter().any(|row| row.refs("update-mechanism").contains(id));
    for id in ixit.rows(TableNo::UPD_MECH).iter().filter_map(|row| row.id.as_ref()) {
        if !used(&id.value) {
            let message = format!("{} updates no component of table 6", id.value);
            let subject = id.value.to_string();
            check.findings.push(Finding::new(Rule::Unreferenced, id.at.clone(), subject, message));
        }
    }
}

/// A confirmation is somebody's, with a date.
fn confirmations(check: &mut Check<'_>) {
    for row in check.evaluation.ixit.rows(TableNo::CONF) {
        for (key, value) in &row.values {
            if let Value::Choice(phrase) = &value.value
                && phrase.option == "confirmed"
                && !(phrase.note.contains(',') && phrase.note.chars().any(|c| c.is_ascii_digit()))
            {
                let message = format!("`{key}` does not say who confirms it and when");
                check.findings.push(Finding::new(Rule::Unsigned, value.at.clone(), key.as_str(), message));
            }
        }
    }
}

impl Check<'_> {
    fn empty_list(&mut self, at: Place, subject: String, field: &Field) {
        let message = format!("`{}` is an empty list", field.key);
        let mut finding = Finding::new(Rule::ListEmpty, at, subject, message);
        if !field.may_be_none {
            finding = finding.help("Fill it in.");
        }
        self.findings.push(finding);
    }
}
