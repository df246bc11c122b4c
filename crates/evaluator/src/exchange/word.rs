//! A workbook as a Word file: a heading for each sheet, below it the table. Tables of the product's information have too
//! many columns for a page, so each of their rows is a table of its own, field by field, under `Field` and `Value`.

use super::docx_read::{self, WordCell, WordTable};
use super::sheet::{Cell, Sheet, Workbook};
use super::{ExchangeError, import, layout};
use crate::catalog::Catalog;
use crate::document::{Anchor, Column, Draft, Front, Level, Row, Table, Text, docx};

/// Columns that fit side by side on a page.
const BESIDE: u32 = 7;

/// Writes a workbook as a Word file with this at its head.
///
/// # Errors
/// When a cell holds a character that XML cannot.
pub fn write_docx(workbook: &Workbook, front: Front) -> Result<Vec<u8>, ExchangeError> {
    let mut draft = Draft::new(front);
    for (at, sheet) in workbook.sheets.iter().enumerate() {
        check(sheet)?;
        draft.heading_at(Level::One, &sheet.name, Anchor::new(&format!("sheet-{at}")));
        if is_transposed(sheet) { transposed(&mut draft, sheet) } else { beside(&mut draft, sheet) }
    }
    let document = draft.finish().map_err(|error| ExchangeError::Part {
        part: "word/document.xml".to_owned(),
        what: error.to_string(),
    })?;
    Ok(docx::render(&document)?)
}

fn check(sheet: &Sheet) -> Result<(), ExchangeError> {
    for (row, cells) in sheet.rows() {
        for (column, text) in cells {
            let forbidden =
                |c: &char| (*c < ' ' && !"\n\t".contains(*c)) || matches!(c, '\u{fffe}' | '\u{ffff}');
            if let Some(c) = text.chars().find(forbidden) {
                let what = format!("the character U+{:04X}, which a Word file cannot hold", u32::from(c));
                return Err(ExchangeError::Cell {
                    sheet: sheet.name.clone(),
                    cell: Cell { row, column },
                    what,
                });
            }
        }
    }
    Ok(())
}

/// Whether a row becomes a table of its own: tables of the product's information do, lists of fields and the statement do not.
fn is_transposed(sheet: &Sheet) -> bool {
    let heading = sheet.heading.unwrap_or(1);
    let is = |names: &[&str]| (1..).zip(names).all(|(column, name)| sheet.text(heading, column) == *name);
    !is(&layout::FIELD_HEADINGS) && !is(&layout::QUESTION_HEADINGS) && !is(&layout::ICS_HEADINGS)
}

fn table(columns: Vec<Column>, rows: Vec<Row>) -> crate::document::Block {
    crate::document::Block::Table(Table { caption: String::new(), columns, rows })
}

fn beside(draft: &mut Draft, sheet: &Sheet) {
    let heading = sheet.heading.unwrap_or(1);
    let last = sheet.extent().column.min(BESIDE);
    let share = |column: u32| sheet.widths.get(column as usize - 1).copied().unwrap_or(20);
    let columns = (1..=last).map(|column| Column::new(sheet.text(heading, column), share(column))).collect();
    let numbers: Vec<u32> = sheet.rows().map(|(row, _)| row).filter(|row| *row > heading).collect();
    let cells = |row: u32| Row::new((1..=last).map(|column| Text::from(sheet.text(row, column))));
    draft.push(table(columns, numbers.into_iter().map(cells).collect()));
}

fn transposed(draft: &mut Draft, sheet: &Sheet) {
    let heading = sheet.heading.unwrap_or(1);
    let [field, value] = layout::FIELD_HEADINGS;
    let numbers: Vec<u32> = sheet.rows().map(|(row, _)| row).filter(|row| *row > heading).collect();
    for row in numbers {
        let columns = vec![Column::new(field, 3), Column::new(value, 7)];
        let rows = (1..=sheet.extent().column)
            .map(|column| Row::new([sheet.text(heading, column), sheet.text(row, column)].map(Text::from)));
        draft.push(table(columns, rows.collect()));
    }
}

/// Reads the tables of a Word file as sheets; a table belongs to the last heading before it that names a sheet.
///
/// # Errors
/// When the file is damaged or larger than what is read.
pub fn read_docx(bytes: &[u8], catalog: &Catalog) -> Result<Workbook, ExchangeError> {
    let mut workbook = Workbook::default();
    for WordTable { before, rows } in docx_read::tables(bytes)? {
        if let Some(name) = before.iter().rev().find(|words| import::role(words, catalog).is_some()) {
            let mut sheet = Sheet::new(name);
            sheet.heading = Some(1);
            workbook.sheets.push(sheet);
        }
        let Some(sheet) = workbook.sheets.last_mut() else { continue };
        let is_table = matches!(import::role(&sheet.name, catalog), Some(import::Role::Table(_)));
        if is_table && is_field_table(&rows) {
            turn(sheet, &rows);
        } else {
            append(sheet, &rows);
        }
    }
    Ok(workbook)
}

fn is_field_table(rows: &[Vec<WordCell>]) -> bool {
    let head = rows.first().map(|row| row.iter().map(|cell| import::plain(&cell.text)).collect::<Vec<_>>());
    head == Some(layout::FIELD_HEADINGS.map(import::plain).to_vec())
}

/// A table of fields and values as one row; a field that is new becomes a column.
fn turn(sheet: &mut Sheet, rows: &[Vec<WordCell>]) {
    let row = sheet.extent().row.max(1) + 1;
    for cells in rows.iter().skip(1) {
        let [field, value, ..] = cells.as_slice() else { continue };
        let last = sheet.extent().column;
        let known =
            (1..=last).find(|column| import::plain(sheet.text(1, *column)) == import::plain(&field.text));
        let column = known.unwrap_or(last + 1);
        sheet.set(1, column, field.text.trim());
        sheet.set(row, column, value.text.as_str());
    }
}

/// The rows of a table below those before; its headings are left out when they are the sheet's own.
fn append(sheet: &mut Sheet, rows: &[Vec<WordCell>]) {
    let mut at = sheet.extent().row;
    let head = |sheet: &Sheet, cells: &[WordCell]| {
        at > 0 && (1..).zip(cells).all(|(column, cell)| sheet.text(1, column) == cell.text)
    };
    let skip = usize::from(rows.first().is_some_and(|cells| head(sheet, cells)));
    for cells in rows.iter().skip(skip) {
        at += 1;
        for (column, cell) in (1..).zip(cells) {
            sheet.set(at, column, cell.text.as_str());
            if cell.goes_on && at > 1 {
                let above = sheet.held_above(at - 1, column).unwrap_or(at - 1);
                sheet.cover(Cell { row: at, column }, Cell { row: above, column });
            }
        }
    }
}
