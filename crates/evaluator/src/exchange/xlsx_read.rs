//! XLSX files as others write them: Excel, LibreOffice, openpyxl (ECMA-376 part 1, 18).
//!
//! A cell becomes the text that a person sees in it, as far as that does not depend on a locale: numbers in their
//! shortest form, days and times in ISO 8601, `TRUE` and `FALSE`. A formula gives its stored result; a cell that is merged with one above
//! shows what that holds. An error value,
//! a formula without result and a number that is none are refused with their sheet and cell.

use super::sheet::{Cell, Sheet, Workbook};
use super::styles::{DateSystem, NumberKind, Styles};
use super::{ExchangeError, xstring};
use crate::ooxml::{Event, PackageReader, XmlReader, limits};

/// Reads a workbook.
///
/// # Errors
/// When the file is damaged, larger than what is read, or holds a cell that has no text.
pub fn read(bytes: &[u8]) -> Result<Workbook, ExchangeError> {
    let mut package = PackageReader::new(bytes)?;
    let (entries, dates) = sheets_of(&package.text("xl/workbook.xml")?)?;
    let targets = relationships(&package.text("xl/_rels/workbook.xml.rels")?)?;
    let strings = if package.has("xl/sharedStrings.xml") {
        shared_strings(&package.text("xl/sharedStrings.xml")?)?
    } else {
        Vec::new()
    };
    let styles = if package.has("xl/styles.xml") {
        Styles::read(&package.text("xl/styles.xml")?)?
    } else {
        Styles::default()
    };
    let mut workbook = Workbook::default();
    let mut size = 0;
    for (name, id) in entries {
        let target = targets.iter().find(|(known, _)| *known == id).map(|(_, target)| target);
        let Some(target) = target else {
            return Err(ExchangeError::Sheet {
                sheet: name,
                what: "no part of the archive belongs to it".to_owned(),
            });
        };
        let part = target.strip_prefix('/').map_or_else(|| format!("xl/{target}"), str::to_owned);
        // A sheet may be a chart or a dialog; those have no cells.
        if !part.contains("worksheets/") {
            continue;
        }
        let text = package.text(&part)?;
        let sheet =
            SheetReader { part: &part, strings: &strings, styles: &styles, dates, sheet: Sheet::new(&name) }
                .read(&text)?;
        size += sheet.size();
        if size > limits::TEXT {
            return Err(ExchangeError::Limit { what: "characters in all cells", limit: limits::TEXT });
        }
        workbook.sheets.push(sheet);
    }
    Ok(workbook)
}

fn next(reader: &mut XmlReader<'_>, part: &str) -> Result<Event, ExchangeError> {
    reader.next().map_err(|error| ExchangeError::Xml { part: part.to_owned(), error })
}

/// Names and relationship ids of the sheets, and whether days count from 1904.
fn sheets_of(text: &str) -> Result<(Vec<(String, String)>, DateSystem), ExchangeError> {
    const PART: &str = "xl/workbook.xml";
    let mut reader = XmlReader::new(text);
    let (mut sheets, mut dates) = (Vec::new(), DateSystem::From1900);
    loop {
        match next(&mut reader, PART)? {
            Event::Open(element) if element.name == "sheet" => {
                let wanted = |name: &str| {
                    let what = format!("a sheet without {name}");
                    element
                        .attribute(name)
                        .map(str::to_owned)
                        .ok_or(ExchangeError::Part { part: PART.to_owned(), what })
                };
                sheets.push((xstring::decode(&wanted("name")?).into_owned(), wanted("r:id")?));
                if sheets.len() > limits::SHEETS {
                    return Err(ExchangeError::Limit { what: "sheets", limit: limits::SHEETS });
                }
            }
            Event::Open(element) if element.name == "workbookPr" => {
                if matches!(element.attribute("date1904"), Some("1" | "true" | "on")) {
                    dates = DateSystem::From1904;
                }
            }
            Event::Open(_) | Event::Close(_) | Event::Text(_) => {}
            Event::End => return Ok((sheets, dates)),
        }
    }
}

fn relationships(text: &str) -> Result<Vec<(String, String)>, ExchangeError> {
    let mut reader = XmlReader::new(text);
    let mut found = Vec::new();
    loop {
        match next(&mut reader, "xl/_rels/workbook.xml.rels")? {
            Event::Open(element) if element.name == "Relationship" => {
                if let (Some(id), Some(target)) = (element.attribute("Id"), element.attribute("Target")) {
                    found.push((id.to_owned(), target.to_owned()));
                }
            }
            Event::Open(_) | Event::Close(_) | Event::Text(_) => {}
            Event::End => return Ok(found),
        }
    }
}

/// The shared strings: the text of their runs without the readings that East Asian texts carry.
fn shared_strings(text: &str) -> Result<Vec<String>, ExchangeError> {
    let mut reader = XmlReader::new(text);
    let (mut strings, mut current) = (Vec::new(), String::new());
    let (mut in_text, mut in_reading) = (false, false);
    loop {
        match next(&mut reader, "xl/sharedStrings.xml")? {
            Event::Open(element) => match element.name.as_str() {
                "si" => current.clear(),
                "t" => in_text = true,
                "rPh" => in_reading = true,
                _ => {}
            },
            Event::Text(words) if in_text && !in_reading => current.push_str(&words),
            Event::Text(_) => {}
            Event::Close(name) => match name.as_str() {
                "si" => {
                    strings.push(xstring::decode(&current).into_owned());
                    if strings.len() > limits::STRINGS {
                        return Err(ExchangeError::Limit { what: "shared strings", limit: limits::STRINGS });
                    }
                }
                "t" => in_text = false,
                "rPh" => in_reading = false,
                _ => {}
            },
            Event::End => return Ok(strings),
        }
    }
}

struct SheetReader<'a> {
    part: &'a str,
    strings: &'a [String],
    styles: &'a Styles,
    dates: DateSystem,
    sheet: Sheet,
}

/// A cell while its element is open.
struct OpenCell {
    at: Cell,
    kind: String,
    style: usize,
    value: String,
    words: String,
    has_formula: bool,
}

impl SheetReader<'_> {
    fn read(mut self, text: &str) -> Result<Sheet, ExchangeError> {
        let mut reader = XmlReader::new(text);
        let (mut row, mut column) = (0, 0);
        let mut cell: Option<OpenCell> = None;
        let mut within = Within::Nothing;
        loop {
            match next(&mut reader, self.part)? {
                Event::Open(element) => match element.name.as_str() {
                    "row" => (row, column) = (self.row_number(element.attribute("r"), row)?, 0),
                    "c" => {
                        let at = self.cell_place(element.attribute("r"), row, column)?;
                        column = at.column;
                        let style = element.attribute("s").and_then(|s| s.parse().ok()).unwrap_or(0);
                        let kind = element.attribute("t").unwrap_or("n").to_owned();
                        cell = Some(OpenCell {
                            at,
                            kind,
                            style,
                            value: String::new(),
                            words: String::new(),
                            has_formula: false,
                        });
                    }
                    "mergeCell" => self.merged(element.attribute("ref").unwrap_or_default())?,
                    "v" => within = Within::Value,
                    "t" => within = Within::Words,
                    "rPh" => within = Within::Reading,
                    "f" => {
                        within = Within::Nothing;
                        cell.iter_mut().for_each(|cell| cell.has_formula = true);
                    }
                    _ => {}
                },
                Event::Text(words) => {
                    if let Some(cell) = &mut cell {
                        match within {
                            Within::Value => cell.value.push_str(&words),
                            Within::Words => cell.words.push_str(&words),
                            Within::Reading | Within::Nothing => {}
                        }
                    }
                }
                Event::Close(name) => match name.as_str() {
                    "c" => {
                        if let Some(cell) = cell.take() {
                            self.keep(&cell)?;
                        }
                    }
                    "v" | "t" | "rPh" => within = Within::Nothing,
                    _ => {}
                },
                Event::End => return Ok(self.sheet),
            }
        }
    }

    /// Takes a merged area: below its first cell, its rows that hold anything show the same. Across, the first column alone does, so
    /// that a title over all headings stands under one of them.
    fn merged(&mut self, area: &str) -> Result<(), ExchangeError> {
        let ends = area.split_once(':').and_then(|(from, to)| Some((Cell::parse(from)?, Cell::parse(to)?)));
        let Some((from, to)) = ends else {
            return Err(self.part_error(format!("a merged area {area:?}")));
        };
        for row in self.sheet.row_numbers(from.row.saturating_add(1), to.row) {
            self.sheet.cover(Cell { row, column: from.column }, from);
        }
        if self.sheet.covered() > limits::MERGED {
            return Err(ExchangeError::Limit { what: "merged cells", limit: limits::MERGED });
        }
        Ok(())
    }

    fn row_number(&self, written: Option<&str>, last: u32) -> Result<u32, ExchangeError> {
        let row = match written {
            Some(text) => text.parse().map_err(|_| self.part_error(format!("a row of number {text:?}")))?,
            None => last + 1,
        };
        if row == 0 || row > limits::ROWS {
            return Err(self.part_error(format!("row {row}, where rows 1 to {} are read", limits::ROWS)));
        }
        Ok(row)
    }

    fn cell_place(&self, written: Option<&str>, row: u32, last: u32) -> Result<Cell, ExchangeError> {
        let cell = match written {
            Some(text) => Cell::parse(text).ok_or_else(|| self.part_error(format!("a cell at {text:?}")))?,
            None => Cell { row, column: last + 1 },
        };
        if cell.row != row || cell.column > limits::COLUMNS {
            let what = format!("outside its row or the {} columns that are read", limits::COLUMNS);
            return Err(self.cell_error(cell, what));
        }
        Ok(cell)
    }

    fn keep(&mut self, cell: &OpenCell) -> Result<(), ExchangeError> {
        let text = self.text_of(cell)?;
        if text.encode_utf16().count() > limits::CELL {
            return Err(self.cell_error(cell.at, format!("more than {} characters", limits::CELL)));
        }
        self.sheet.set(cell.at.row, cell.at.column, text);
        Ok(())
    }

    fn text_of(&self, cell: &OpenCell) -> Result<String, ExchangeError> {
        if cell.has_formula && cell.value.is_empty() && cell.kind != "str" && cell.kind != "inlineStr" {
            let what = "a formula without a stored result; open and save the file in a spreadsheet program, or write the value";
            return Err(self.cell_error(cell.at, what.to_owned()));
        }
        match cell.kind.as_str() {
            "s" => {
                let index: Option<usize> = cell.value.trim().parse().ok();
                let found = index.and_then(|index| self.strings.get(index));
                found.cloned().ok_or_else(|| {
                    self.cell_error(cell.at, format!("there is no shared string {:?}", cell.value))
                })
            }
            "inlineStr" => Ok(xstring::decode(&cell.words).into_owned()),
            "str" => Ok(xstring::decode(&cell.value).into_owned()),
            "d" => Ok(cell.value.trim().to_owned()),
            "b" => match cell.value.trim() {
                "1" | "true" => Ok("TRUE".to_owned()),
                "0" | "false" => Ok("FALSE".to_owned()),
                other => Err(self.cell_error(cell.at, format!("{other:?} is neither true nor false"))),
            },
            "e" => Err(self.cell_error(
                cell.at,
                format!("the error {}; write the value that it should have", cell.value),
            )),
            "n" if cell.value.trim().is_empty() => Ok(String::new()),
            "n" => self.number(cell),
            other => Err(self.cell_error(cell.at, format!("a cell of the unknown type {other:?}"))),
        }
    }

    fn number(&self, cell: &OpenCell) -> Result<String, ExchangeError> {
        let number = cell.value.trim().parse::<f64>().ok().filter(|number| number.is_finite());
        let Some(number) = number else {
            return Err(self.cell_error(cell.at, format!("{:?} is no number", cell.value)));
        };
        match self.styles.kind(cell.style) {
            NumberKind::Plain => Ok(number.to_string()),
            NumberKind::Day => {
                self.dates.day(number).ok_or_else(|| self.cell_error(cell.at, format!("{number} is no day")))
            }
        }
    }

    fn cell_error(&self, cell: Cell, what: String) -> ExchangeError {
        ExchangeError::Cell { sheet: self.sheet.name.clone(), cell, what }
    }

    fn part_error(&self, what: String) -> ExchangeError {
        ExchangeError::Sheet { sheet: self.sheet.name.clone(), what }
    }
}

#[derive(Clone, Copy)]
enum Within {
    Nothing,
    Value,
    Words,
    Reading,
}
