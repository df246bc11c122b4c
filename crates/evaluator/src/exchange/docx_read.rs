//! The tables of a Word file, each with the paragraphs that stand before it (ECMA-376 part 1, 17).
//!
//! A line break in a cell and the end of a paragraph are line feeds, a tab is a tab. What was deleted under tracked
//! changes is not read, what was inserted is. A table within a cell is read as its words. A cell over several columns stands in the
//! first of them; one that is merged with the cell above says so.

use super::ExchangeError;
use crate::ooxml::{Element, Event, PackageReader, XmlReader, limits};

/// A table as it stands in a file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct WordTable {
    /// The paragraphs between the table before and this one, without empty ones.
    pub(super) before: Vec<String>,
    /// The cells, row by row.
    pub(super) rows: Vec<Vec<WordCell>>,
}

/// A cell of a table.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct WordCell {
    /// What it says.
    pub(super) text: String,
    /// Whether it is merged with the cell above.
    pub(super) goes_on: bool,
}

const PART: &str = "word/document.xml";

/// Reads the tables of a file.
pub(super) fn tables(bytes: &[u8]) -> Result<Vec<WordTable>, ExchangeError> {
    let text = PackageReader::new(bytes)?.text(PART)?;
    let mut reader = XmlReader::new(&text);
    let mut state = State::default();
    loop {
        match reader.next().map_err(|error| ExchangeError::Xml { part: PART.to_owned(), error })? {
            Event::Open(element) => state.open(&element)?,
            Event::Close(name) => state.close(&name)?,
            Event::Text(words) if state.in_words && state.deleted == 0 => state.words.push_str(&words),
            Event::Text(_) => {}
            Event::End => return Ok(state.tables),
        }
    }
}

#[derive(Default)]
struct State {
    tables: Vec<WordTable>,
    before: Vec<String>,
    rows: Vec<Vec<WordCell>>,
    cells: Vec<WordCell>,
    /// Whether the open cell is merged with the one above, and how many columns it takes.
    goes_on: bool,
    span: usize,
    /// The paragraphs of the open cell.
    paragraphs: Vec<String>,
    words: String,
    /// How many tables are open.
    depth: usize,
    deleted: usize,
    in_words: bool,
    size: usize,
}

impl State {
    fn open(&mut self, element: &Element) -> Result<(), ExchangeError> {
        match element.name.as_str() {
            "tc" if self.depth == 1 => (self.goes_on, self.span) = (false, 1),
            "vMerge" if self.depth == 1 => self.goes_on = element.attribute("w:val") != Some("restart"),
            "gridSpan" if self.depth == 1 => {
                let columns: usize =
                    element.attribute("w:val").and_then(|text| text.parse().ok()).unwrap_or(1);
                if columns > limits::COLUMNS as usize {
                    return Err(ExchangeError::Limit {
                        what: "columns in a table",
                        limit: limits::COLUMNS as usize,
                    });
                }
                self.span = columns;
            }
            "tbl" => self.depth += 1,
            "t" => self.in_words = true,
            "del" | "moveFrom" => self.deleted += 1,
            "br" | "cr" if self.deleted == 0 => self.words.push('\n'),
            "tab" if self.in_run() => self.words.push('\t'),
            "noBreakHyphen" => self.words.push('\u{2011}'),
            _ => {}
        }
        Ok(())
    }

    /// `tab` is a character within a run and a tab stop within a paragraph's properties; those have no words before them.
    const fn in_run(&self) -> bool {
        self.deleted == 0 && !self.words.is_empty()
    }

    fn close(&mut self, name: &str) -> Result<(), ExchangeError> {
        match name {
            "t" => self.in_words = false,
            "del" | "moveFrom" => self.deleted = self.deleted.saturating_sub(1),
            "p" => self.paragraph()?,
            "tc" if self.depth == 1 => {
                let text = std::mem::take(&mut self.paragraphs).join("\n");
                self.cells.push(WordCell { text, goes_on: self.goes_on });
                self.cells.extend((1..self.span).map(|_| WordCell::default()));
                if self.cells.len() > limits::COLUMNS as usize {
                    let limit = limits::COLUMNS as usize;
                    return Err(ExchangeError::Limit { what: "columns in a table", limit });
                }
            }
            "tr" if self.depth == 1 => {
                self.rows.push(std::mem::take(&mut self.cells));
                if self.rows.len() > limits::ROWS as usize {
                    return Err(ExchangeError::Limit {
                        what: "rows in a table",
                        limit: limits::ROWS as usize,
                    });
                }
            }
            "tbl" => {
                self.depth = self.depth.saturating_sub(1);
                if self.depth == 0 {
                    let (before, rows) = (std::mem::take(&mut self.before), std::mem::take(&mut self.rows));
                    self.tables.push(WordTable { before, rows });
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn paragraph(&mut self) -> Result<(), ExchangeError> {
        let words = std::mem::take(&mut self.words);
        self.size += words.len();
        if self.size > limits::TEXT {
            return Err(ExchangeError::Limit { what: "characters", limit: limits::TEXT });
        }
        if self.depth > 0 {
            self.paragraphs.push(words);
        } else if !words.trim().is_empty() {
            self.before.push(words.trim().to_owned());
        }
        Ok(())
    }
}
