//! From sheets, whoever made them, to a declaration's documents.
//!
//! A sheet is known by its name, the headings by their words, both in any case and with any spaces and hyphens. Titles may
//! stand above the headings, columns in any order. Merged cells show the same in each of their rows; rows under one merged ID are one
//! entry, line by line. Cells that no document has a place for are named, so that
//! nothing is dropped unseen. Whether what the cells say makes sense is for the checks, which name the
//! document and line that came of it.

use std::collections::BTreeMap;

use super::sheet::{Cell, Sheet, Workbook};
use super::tree::{Branch, bare_or_quoted, quote};
use super::{ExchangeError, layout};
use crate::catalog::{Catalog, Edition, Field, FieldKind, IxitTable, Shape};
use crate::product::{Phrase, Questionnaire, RowId, Value};
use crate::schema;

/// How far down the headings are looked for.
const TITLE_ROWS: u32 = 20;

/// A declaration that was read from sheets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// The documents: path to text.
    pub texts: BTreeMap<String, String>,
    /// What was passed over, with sheet and cell.
    pub passed_over: Vec<String>,
}

/// Which document a sheet is.
#[derive(Clone, Copy)]
pub(super) enum Role<'a> {
    /// `evaluation.toml` or `dut.toml`.
    Fields(&'static str),
    Statement,
    Table(&'a IxitTable),
    Questions(Questionnaire),
}

/// What a sheet's name says that it is.
pub(super) fn role<'a>(name: &str, catalog: &'a Catalog) -> Option<Role<'a>> {
    let plain = plain(name);
    match plain.as_str() {
        "evaluation" => return Some(Role::Fields("evaluation.toml")),
        "dut" => return Some(Role::Fields("dut.toml")),
        "ics" => return Some(Role::Statement),
        _ => {}
    }
    if let Some(found) = Questionnaire::ALL.into_iter().find(|known| known.key() == plain) {
        return Some(Role::Questions(found));
    }
    let rest = plain.strip_prefix("ixit").unwrap_or(&plain);
    let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, words) = rest.split_at_checked(digits)?;
    let table = catalog.tables.iter().find(|table| Some(table.no.get()) == number.parse().ok())?;
    let named = words.is_empty()
        || plain_eq(words, &table.title)
        || Edition::ALL.iter().any(|edition| plain_eq(words, table.name(*edition)));
    named.then_some(Role::Table(table))
}

/// Letters and digits alone, in lower case.
pub(super) fn plain(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn plain_eq(left: &str, right: &str) -> bool {
    plain(left) == plain(right)
}

/// Reads a declaration.
///
/// # Errors
/// When no sheet is known, a sheet comes twice, or its headings are not found.
pub fn import(workbook: &Workbook, catalog: &Catalog) -> Result<Imported, ExchangeError> {
    let mut imported = Imported { texts: BTreeMap::new(), passed_over: Vec::new() };
    for sheet in &workbook.sheets {
        let Some(role) = role(&sheet.name, catalog) else {
            if sheet.extent().row > 0 {
                imported.passed_over.push(format!("sheet {:?}: no document is called so", sheet.name));
            }
            continue;
        };
        let passed_over = &mut imported.passed_over;
        let (path, text) = match role {
            Role::Fields(path) => (path.to_owned(), fields(sheet, passed_over)?),
            Role::Statement => ("ics.toml".to_owned(), statement(sheet, passed_over)?),
            Role::Table(table) => (table.path(), ixit(sheet, table, passed_over)?),
            Role::Questions(of) => (format!("{}.toml", of.key()), questions(sheet, passed_over)?),
        };
        let Some(text) = text else { continue };
        let text = format!("{}\n{text}", schema::line(&path));
        if imported.texts.insert(path.clone(), text).is_some() {
            let what = format!("a second sheet for {path}; remove one of them");
            return Err(ExchangeError::Sheet { sheet: sheet.name.clone(), what });
        }
    }
    if imported.texts.is_empty() {
        let names: Vec<_> = workbook.sheets.iter().map(|sheet| sheet.name.as_str()).collect();
        let what = format!(
            "none of {names:?} is a sheet of a declaration: Evaluation, DUT, ICS, 1-AuthMech to 29-InpVal"
        );
        return Err(ExchangeError::Sheet { sheet: String::new(), what });
    }
    Ok(imported)
}

/// The headings that were found: their row and, for each wanted one, its column.
struct Headings {
    row: u32,
    columns: Vec<Option<u32>>,
}

impl Headings {
    /// Finds the row that has the most of the wanted headings, at least half of those that must be there.
    fn find(sheet: &Sheet, wanted: &[&str], must: usize) -> Option<Self> {
        let matches = |cells: &[(u32, &str)]| -> Vec<Option<u32>> {
            let column =
                |name: &&str| cells.iter().find(|(_, text)| plain_eq(text, name)).map(|(column, _)| *column);
            wanted.iter().map(column).collect()
        };
        let rows = sheet.rows().filter(|(row, _)| *row <= TITLE_ROWS);
        let candidates = rows.map(|(row, cells)| Self { row, columns: matches(&cells) });
        let best = candidates.reduce(|best, next| if next.found() > best.found() { next } else { best })?;
        (best.found() > 0 && best.found() * 2 >= must).then_some(best)
    }

    fn found(&self) -> usize {
        self.columns.iter().flatten().count()
    }

    fn text<'a>(&self, sheet: &'a Sheet, row: u32, index: usize) -> &'a str {
        let column = self.columns.get(index).copied().flatten();
        column.map_or("", |column| sheet.seen(row, column).trim())
    }

    /// Rows below the headings that hold something.
    fn rows(&self, sheet: &Sheet) -> Vec<u32> {
        sheet.rows().map(|(row, _)| row).filter(|row| *row > self.row).collect()
    }

    /// Names what stands in columns without a known heading.
    fn pass_over(&self, sheet: &Sheet, passed_over: &mut Vec<String>) {
        let mut foreign: BTreeMap<u32, u32> = BTreeMap::new();
        for (row, cells) in sheet.rows().filter(|(row, _)| *row > self.row) {
            for (column, _) in cells {
                if !self.columns.contains(&Some(column)) {
                    foreign.entry(column).or_insert(row);
                }
            }
        }
        for (column, row) in foreign {
            let heading = sheet.text(self.row, column);
            let cell = Cell { row, column };
            passed_over.push(format!(
                "sheet {:?}, cell {cell} and below: the column {heading:?} is in no document",
                sheet.name
            ));
        }
    }
}

fn headings(sheet: &Sheet, wanted: &[&str], must: usize) -> Result<Option<Headings>, ExchangeError> {
    if sheet.extent().row == 0 {
        return Ok(None);
    }
    match Headings::find(sheet, wanted, must) {
        Some(found) => Ok(Some(found)),
        None => {
            let what = format!(
                "no headings in the first {TITLE_ROWS} rows; one row must have {}",
                wanted.join(", ")
            );
            Err(ExchangeError::Sheet { sheet: sheet.name.clone(), what })
        }
    }
}

fn cell_error(sheet: &Sheet, row: u32, column: Option<u32>, what: String) -> ExchangeError {
    let cell = Cell { row, column: column.unwrap_or(1) };
    ExchangeError::Cell { sheet: sheet.name.clone(), cell, what }
}

fn fields(sheet: &Sheet, passed_over: &mut Vec<String>) -> Result<Option<String>, ExchangeError> {
    let Some(headings) = headings(sheet, &layout::FIELD_HEADINGS, 2)? else { return Ok(None) };
    headings.pass_over(sheet, passed_over);
    let mut document = Branch::default();
    let mut is_empty = true;
    for row in headings.rows(sheet) {
        let (path, value) = (headings.text(sheet, row, 0), headings.text(sheet, row, 1));
        if path.is_empty() && value.is_empty() {
            continue;
        }
        is_empty = false;
        let column = headings.columns.first().copied().flatten();
        let wrong = path.is_empty() || path.split('.').any(|key| key.trim().is_empty() || key != key.trim());
        if wrong || !document.add(path, value) {
            let what =
                format!("{path:?} is no field, or stands twice; a field is a path such as product.name");
            return Err(cell_error(sheet, row, column, what));
        }
    }
    Ok((!is_empty).then(|| document.toml()))
}

fn statement(sheet: &Sheet, passed_over: &mut Vec<String>) -> Result<Option<String>, ExchangeError> {
    let Some(headings) = headings(sheet, &layout::ICS_HEADINGS, 4)? else { return Ok(None) };
    headings.pass_over(sheet, passed_over);
    let mut seen: BTreeMap<&str, u32> = BTreeMap::new();
    let mut entries = String::new();
    for row in headings.rows(sheet) {
        let name = headings.text(sheet, row, 0);
        let values = [("answer", 3), ("condition", 4), ("reason", 5), ("detail", 6)];
        let values: Vec<_> =
            values.into_iter().map(|(key, index)| (key, headings.text(sheet, row, index))).collect();
        if values.iter().all(|(_, text)| text.is_empty()) {
            continue;
        }
        let column = headings.columns.first().copied().flatten();
        if name.is_empty() {
            return Err(cell_error(sheet, row, column, "an answer without a provision".to_owned()));
        }
        if let Some(before) = seen.insert(name, row) {
            return Err(cell_error(
                sheet,
                row,
                column,
                format!("provision {name} stands in row {before} already"),
            ));
        }
        entries.push_str(&format!("\n[provisions.{}]\n", quote(name)));
        for (key, text) in values.into_iter().filter(|(_, text)| !text.is_empty()) {
            entries.push_str(&format!("{key} = {}\n", quote(text)));
        }
    }
    Ok((!entries.is_empty()).then(|| entries.trim_start().to_owned()))
}

fn questions(sheet: &Sheet, passed_over: &mut Vec<String>) -> Result<Option<String>, ExchangeError> {
    let Some(headings) = headings(sheet, &layout::QUESTION_HEADINGS, 2)? else { return Ok(None) };
    headings.pass_over(sheet, passed_over);
    let mut seen: BTreeMap<&str, u32> = BTreeMap::new();
    let mut text = String::from("[answers]\n");
    for row in headings.rows(sheet) {
        let (question, answer) = (headings.text(sheet, row, 0), headings.text(sheet, row, 1));
        let column = headings.columns.first().copied().flatten();
        if question.is_empty() {
            return Err(cell_error(sheet, row, column, "an answer without a question".to_owned()));
        }
        if let Some(before) = seen.insert(question, row) {
            return Err(cell_error(sheet, row, column, format!("{question} stands in row {before} already")));
        }
        if !answer.is_empty() {
            text.push_str(&format!("{} = {}\n", bare_or_quoted(question), quote(answer)));
        }
    }
    Ok((!seen.is_empty()).then_some(text))
}

fn ixit(
    sheet: &Sheet,
    table: &IxitTable,
    passed_over: &mut Vec<String>,
) -> Result<Option<String>, ExchangeError> {
    let fields: Vec<&Field> = table.fields.iter().collect();
    let names: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
    let must = Edition::ALL.iter().map(|edition| table.fields(*edition).count()).min().unwrap_or(0);
    let Some(headings) = headings(sheet, &names, must)? else { return Ok(None) };
    headings.pass_over(sheet, passed_over);
    let rows = entries(sheet, table, &headings);
    if let [only] = headings.rows(sheet).as_slice()
        && let Some(reason) = nothing_to_say(sheet, *only)
    {
        return Ok(Some(format!("none = {}\n", quote(reason))));
    }
    if table.shape == Shape::Single
        && let Some(second) = rows.get(1)
    {
        let what = "a second entry, where this table has one".to_owned();
        return Err(cell_error(sheet, second.first().copied().unwrap_or(1), None, what));
    }
    let mut text = String::new();
    for rows in rows {
        if table.shape == Shape::Rows {
            text.push_str(if text.is_empty() { "[[row]]\n" } else { "\n[[row]]\n" });
        }
        for (index, field) in fields.iter().enumerate() {
            let mut lines: Vec<&str> = Vec::new();
            for row in &rows {
                let line = headings.text(sheet, *row, index);
                if !line.is_empty() && !lines.contains(&line) {
                    lines.push(line);
                }
            }
            if !lines.is_empty() {
                text.push_str(&format!("{} = {}\n", field.key, toml_of(field, &lines.join("\n"))));
            }
        }
    }
    Ok((!text.is_empty()).then_some(text))
}

/// The rows of each entry: one, or several under one ID that is merged over them.
fn entries(sheet: &Sheet, table: &IxitTable, headings: &Headings) -> Vec<Vec<u32>> {
    let id = table.fields.iter().position(|field| field.kind == FieldKind::Id);
    let column = id.and_then(|index| headings.columns.get(index).copied().flatten());
    let mut entries: Vec<Vec<u32>> = Vec::new();
    for row in headings.rows(sheet) {
        let above = column.and_then(|column| sheet.held_above(row, column));
        match entries.last_mut().filter(|rows| above.is_some_and(|above| rows.contains(&above))) {
            Some(rows) => rows.push(row),
            None => entries.push(vec![row]),
        }
    }
    entries
}

/// The reason of a row that says `none: REASON` and nothing else.
fn nothing_to_say(sheet: &Sheet, row: u32) -> Option<&str> {
    let (_, cells) = sheet.rows().find(|(number, _)| *number == row)?;
    let [(_, only)] = cells.as_slice() else { return None };
    only.trim().strip_prefix("none:").map(str::trim)
}

/// A cell as the field's value in a document. What is no value of the field stays as it was written.
fn toml_of(field: &Field, cell: &str) -> String {
    if field.kind == FieldKind::Id {
        return quote(cell);
    }
    let list = |items: Vec<String>| {
        let items: Vec<String> = items.iter().map(|item| quote(item)).collect();
        format!("[{}]", items.join(", "))
    };
    match Value::from_cell(field, cell) {
        Ok(Value::Text(text)) => quote(&text),
        Ok(Value::Choice(phrase)) => quote(&phrase.to_string()),
        Ok(Value::Set(phrases)) => list(phrases.iter().map(Phrase::to_string).collect()),
        Ok(Value::Crypto(items)) => list(items),
        Ok(Value::Refs(ids)) => list(ids.iter().map(RowId::to_string).collect()),
        Ok(Value::None { reason }) => quote(&format!("none: {reason}")),
        Err(_) => quote(cell),
    }
}
