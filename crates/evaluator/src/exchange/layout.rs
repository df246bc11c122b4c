//! Which document is which sheet.
//!
//! | sheet | document | columns |
//! |---|---|---|
//! | `Evaluation`, `DUT` | `evaluation.toml`, `dut.toml` | Field, Value |
//! | `ICS` | `ics.toml` | Provision, Status, What it asks, Support, Condition, Reason, Detail |
//! | `1-AuthMech` … `29-InpVal` | `ixit/01-auth-mech.toml` … | the fields of the table |
//! | `MDS2`, `JSP`, `FHIR` | the questionnaires | Question, Answer |
//!
//! Status and What it asks are for the reader; an import passes over them. A table with nothing to say has `none: REASON`
//! in its first cell below the headings.

use std::collections::BTreeMap;

use super::sheet::{Sheet, Workbook};
use super::{ExchangeError, tree};
use crate::catalog::{Catalog, Edition, Field, FieldKind, IxitTable, Obligation, Shape};
use crate::finding::Finding;
use crate::product::node::{self, Kind, Node};
use crate::product::{Answer, Questionnaire};

/// The headings of the statement.
pub(super) const ICS_HEADINGS: [&str; 7] =
    ["Provision", "Status", "What it asks", "Support", "Condition", "Reason", "Detail"];
/// The headings of documents that are lists of fields.
pub(super) const FIELD_HEADINGS: [&str; 2] = ["Field", "Value"];
/// The headings of questionnaires.
pub(super) const QUESTION_HEADINGS: [&str; 2] = ["Question", "Answer"];

/// A declaration as a workbook.
#[derive(Debug, Clone)]
pub struct Exported {
    /// The sheets.
    pub workbook: Workbook,
    /// What has no place in a sheet and was left out, each with its place in the document.
    pub lost: Vec<String>,
}

/// Puts a declaration's documents (path to text) into sheets.
///
/// # Errors
/// When a document is no TOML.
pub fn export(
    texts: &BTreeMap<String, String>,
    catalog: &Catalog,
    edition: Edition,
) -> Result<Exported, ExchangeError> {
    let mut lost = Vec::new();
    let mut workbook = Workbook::default();
    for (name, path) in [("Evaluation", "evaluation.toml"), ("DUT", "dut.toml")] {
        workbook.sheets.push(fields(name, document(texts, path)?.as_ref(), &mut lost));
    }
    workbook.sheets.push(statement(document(texts, "ics.toml")?.as_ref(), catalog, edition, &mut lost));
    for table in &catalog.tables {
        let node = document(texts, &table.path())?;
        workbook.sheets.push(ixit(table, edition, node.as_ref(), &mut lost));
    }
    for questionnaire in Questionnaire::ALL {
        if let Some(node) = document(texts, &format!("{}.toml", questionnaire.key()))? {
            workbook.sheets.push(questions(questionnaire, &node, &mut lost));
        }
    }
    Ok(Exported { workbook, lost })
}

fn document(texts: &BTreeMap<String, String>, path: &str) -> Result<Option<Node>, ExchangeError> {
    let Some(text) = texts.get(path) else { return Ok(None) };
    let mut findings: Vec<Finding> = Vec::new();
    let node = node::parse(path, text, &mut findings);
    match findings.into_iter().next() {
        Some(finding) => Err(ExchangeError::Document { at: finding.at, what: finding.message }),
        None => Ok(Some(node)),
    }
}

/// A sheet with its headings and the widths of its columns.
fn headed(name: &str, headings: &[&str], widths: &[u16]) -> Sheet {
    let mut sheet = Sheet::new(name);
    for (column, heading) in (1..).zip(headings) {
        sheet.set(1, column, *heading);
    }
    sheet.heading = Some(1);
    sheet.widths = widths.to_vec();
    sheet
}

fn fields(name: &str, node: Option<&Node>, lost: &mut Vec<String>) -> Sheet {
    let mut sheet = headed(name, &FIELD_HEADINGS, &[34, 100]);
    let mut lines = Vec::new();
    if let Some(node) = node {
        tree::flatten(node, "", &mut lines, lost);
    }
    for (row, (path, value)) in (2..).zip(lines) {
        sheet.set(row, 1, path);
        sheet.set(row, 2, value);
    }
    sheet
}

fn table_of<'a>(node: &'a Node, key: &str) -> &'a [(node::Key, Node)] {
    let Kind::Table(entries) = &node.kind else { return &[] };
    match entries.iter().find(|(known, _)| known.text == key).map(|(_, node)| &node.kind) {
        Some(Kind::Table(entries)) => entries,
        Some(Kind::Text(_) | Kind::Flag(_) | Kind::Number(_) | Kind::List(_) | Kind::Other) | None => &[],
    }
}

fn unplaced(at: impl std::fmt::Display, key: &str) -> String {
    format!("{at}: {key} has no place in a sheet")
}

/// Names the entries of a document beside those that a sheet holds.
fn others(node: &Node, known: &[&str], lost: &mut Vec<String>) {
    if let Kind::Table(entries) = &node.kind {
        let rest = entries.iter().filter(|(key, _)| !known.contains(&key.text.as_str()));
        lost.extend(rest.map(|(key, _)| unplaced(&key.at, &key.text)));
    }
}

fn statement(node: Option<&Node>, catalog: &Catalog, edition: Edition, lost: &mut Vec<String>) -> Sheet {
    let mut sheet = headed("ICS", &ICS_HEADINGS, &[11, 9, 60, 10, 11, 45, 45]);
    sheet.choices.insert(4, Answer::ALL.map(|answer| answer.name().to_owned()).to_vec());
    let entries = node.map(|node| table_of(node, "provisions")).unwrap_or_default();
    if let Some(node) = node {
        others(node, &["provisions"], lost);
    }
    let mut row = 2;
    for provision in catalog.provisions(edition) {
        let name = provision.id.to_string();
        let status = match provision.obligation {
            Obligation::Mandatory => "M",
            Obligation::Recommended => "R",
        };
        let conditions: Vec<_> =
            provision.conditions.iter().map(|condition| condition.key.as_str()).collect();
        let status = if conditions.is_empty() {
            status.to_owned()
        } else {
            format!("{status} C ({})", conditions.join(","))
        };
        for (column, text) in [(1, name.as_str()), (2, &status), (3, &provision.paraphrase)] {
            sheet.set(row, column, text);
        }
        if let Some((_, entry)) = entries.iter().find(|(key, _)| key.text == name) {
            answer(&mut sheet, row, entry, lost);
        }
        row += 1;
    }
    let known =
        |name: &str| catalog.provisions(edition).iter().any(|provision| provision.id.to_string() == name);
    for (key, entry) in entries.iter().filter(|(key, _)| !known(&key.text)) {
        sheet.set(row, 1, key.text.as_str());
        answer(&mut sheet, row, entry, lost);
        row += 1;
    }
    sheet
}

fn answer(sheet: &mut Sheet, row: u32, entry: &Node, lost: &mut Vec<String>) {
    let Kind::Table(values) = &entry.kind else {
        lost.push(unplaced(&entry.at, "a provision that is no table"));
        return;
    };
    for (key, value) in values {
        let column = match key.text.as_str() {
            "answer" => 4,
            "condition" => 5,
            "reason" => 6,
            "detail" => 7,
            other => {
                lost.push(unplaced(&key.at, other));
                continue;
            }
        };
        match &value.kind {
            Kind::Text(text) => sheet.set(row, column, text.as_str()),
            Kind::Flag(_) | Kind::Number(_) | Kind::List(_) | Kind::Table(_) | Kind::Other => {
                lost.push(unplaced(&key.at, &key.text));
            }
        }
    }
}

fn ixit(table: &IxitTable, edition: Edition, node: Option<&Node>, lost: &mut Vec<String>) -> Sheet {
    let fields: Vec<&Field> = table.fields(edition).collect();
    let headings: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
    let widths: Vec<u16> = fields.iter().map(|field| width(&field.kind)).collect();
    let mut sheet = headed(&table.sheet(edition), &headings, &widths);
    for (column, field) in (1..).zip(&fields) {
        if let FieldKind::Choice(options) = &field.kind {
            sheet.choices.insert(column, options.clone());
        }
    }
    let Some(Node { kind: Kind::Table(entries), .. }) = node else { return sheet };
    if let Some((_, Node { kind: Kind::Text(reason), .. })) =
        entries.iter().find(|(key, _)| key.text == "none")
    {
        sheet.set(2, 1, format!("none: {reason}"));
    }
    match table.shape {
        Shape::Single => row(&mut sheet, 2, &fields, entries, lost),
        Shape::Rows => {
            let mut at = 2;
            for (key, value) in entries {
                match &value.kind {
                    Kind::List(items) if key.text == "row" => {
                        for item in items {
                            let Kind::Table(entries) = &item.kind else { continue };
                            row(&mut sheet, at, &fields, entries, lost);
                            at += 1;
                        }
                    }
                    Kind::Text(_) if key.text == "none" => {}
                    Kind::Text(_)
                    | Kind::Flag(_)
                    | Kind::Number(_)
                    | Kind::List(_)
                    | Kind::Table(_)
                    | Kind::Other => {
                        lost.push(unplaced(&key.at, &key.text));
                    }
                }
            }
        }
    }
    sheet
}

const fn width(kind: &FieldKind) -> u16 {
    match kind {
        FieldKind::Id => 16,
        FieldKind::Text => 55,
        FieldKind::Crypto => 40,
        FieldKind::Period | FieldKind::Refs | FieldKind::Choice(_) | FieldKind::Set(_) => 28,
    }
}

fn row(sheet: &mut Sheet, at: u32, fields: &[&Field], entries: &[(node::Key, Node)], lost: &mut Vec<String>) {
    for (key, value) in entries {
        if key.text == "none" {
            continue;
        }
        let place = (1..).zip(fields).find(|(_, field)| field.key == key.text);
        match place.and_then(|(column, field)| Some((column, cell(field, &value.kind)?))) {
            Some((column, text)) => sheet.set(at, column, text),
            None => lost.push(unplaced(&key.at, &key.text)),
        }
    }
}

/// A field's value as a cell shows it.
fn cell(field: &Field, kind: &Kind) -> Option<String> {
    let items = match kind {
        Kind::Text(text) => return Some(text.clone()),
        Kind::List(items) => items,
        Kind::Flag(_) | Kind::Number(_) | Kind::Table(_) | Kind::Other => return None,
    };
    let mut words = Vec::new();
    for item in items {
        let Kind::Text(text) = &item.kind else { return None };
        words.push(text.as_str());
    }
    Some(match field.kind {
        FieldKind::Refs => words.join(", "),
        FieldKind::Id
        | FieldKind::Text
        | FieldKind::Period
        | FieldKind::Crypto
        | FieldKind::Choice(_)
        | FieldKind::Set(_) => words.iter().map(|word| format!("{word};")).collect::<Vec<_>>().join(" "),
    })
}

fn questions(questionnaire: Questionnaire, node: &Node, lost: &mut Vec<String>) -> Sheet {
    let mut sheet = headed(&questionnaire.key().to_ascii_uppercase(), &QUESTION_HEADINGS, &[16, 100]);
    others(node, &["answers"], lost);
    for (row, (key, value)) in (2..).zip(table_of(node, "answers")) {
        match &value.kind {
            Kind::Text(text) => {
                sheet.set(row, 1, key.text.as_str());
                sheet.set(row, 2, text.as_str());
            }
            Kind::Flag(_) | Kind::Number(_) | Kind::List(_) | Kind::Table(_) | Kind::Other => {
                lost.push(unplaced(&key.at, &key.text));
            }
        }
    }
    sheet
}
