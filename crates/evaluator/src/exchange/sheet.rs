//! A workbook as text: sheets of cells, each with its place, whatever kind of file it came from.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// A workbook.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Workbook {
    /// Its sheets, in order.
    pub sheets: Vec<Sheet>,
}

/// A sheet: the cells that hold something.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sheet {
    /// Its name.
    pub name: String,
    cells: BTreeMap<Cell, String>,
    /// Cells that are merged with one above them: what they show stands there.
    covered: BTreeMap<Cell, Cell>,
    /// The choices of a column, shown by a spreadsheet as a list.
    pub(super) choices: BTreeMap<u32, Vec<String>>,
    /// The columns' widths in characters.
    pub(super) widths: Vec<u16>,
    /// The row whose cells are headings, if there is one.
    pub(super) heading: Option<u32>,
}

/// A place in a sheet; both from 1, ordered as one reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cell {
    /// The row.
    pub row: u32,
    /// The column.
    pub column: u32,
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut letters = Vec::new();
        let mut rest = self.column;
        while rest > 0 {
            letters.push(char::from(b'A' + ((rest - 1) % 26) as u8));
            rest = (rest - 1) / 26;
        }
        letters.iter().rev().try_for_each(|letter| write!(f, "{letter}"))?;
        write!(f, "{}", self.row)
    }
}

impl Cell {
    /// Reads `BC12`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let split = text.find(|c: char| c.is_ascii_digit())?;
        let (letters, digits) = text.split_at_checked(split)?;
        if letters.is_empty() || letters.len() > 3 || digits.len() > 7 {
            return None;
        }
        let column = letters.bytes().try_fold(0u32, |sum, letter| {
            letter.is_ascii_uppercase().then(|| sum * 26 + u32::from(letter - b'A') + 1)
        })?;
        let row =
            digits.bytes().all(|digit| digit.is_ascii_digit()).then(|| digits.parse().ok()).flatten()?;
        (row > 0).then_some(Self { row, column })
    }
}

impl Sheet {
    /// A sheet without cells.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }

    /// Writes a cell; an empty text leaves it empty.
    pub fn set(&mut self, row: u32, column: u32, text: impl Into<String>) {
        let (cell, text) = (Cell { row, column }, text.into());
        if text.is_empty() {
            self.cells.remove(&cell);
        } else {
            self.cells.insert(cell, text);
        }
    }

    /// What a cell holds; empty where there is nothing.
    #[must_use]
    pub fn text(&self, row: u32, column: u32) -> &str {
        self.cells.get(&Cell { row, column }).map_or("", String::as_str)
    }

    /// Says that a cell is merged with another, which holds what both show.
    pub(super) fn cover(&mut self, cell: Cell, by: Cell) {
        self.covered.insert(cell, by);
    }

    /// How many cells are merged with one above them.
    pub(super) fn covered(&self) -> usize {
        self.covered.len()
    }

    /// The row that holds what a cell shows, where that is one above.
    #[must_use]
    pub fn held_above(&self, row: u32, column: u32) -> Option<u32> {
        self.covered.get(&Cell { row, column }).map(|by| by.row)
    }

    /// What a person sees in a cell: its own text, or that of the cell it is merged with.
    #[must_use]
    pub fn seen(&self, row: u32, column: u32) -> &str {
        match self.covered.get(&Cell { row, column }) {
            Some(by) => self.text(by.row, by.column),
            None => self.text(row, column),
        }
    }

    /// The rows that hold something, each with its number and cells.
    pub fn rows(&self) -> impl Iterator<Item = (u32, Vec<(u32, &str)>)> {
        let mut rows: BTreeMap<u32, Vec<(u32, &str)>> = BTreeMap::new();
        for (cell, text) in &self.cells {
            rows.entry(cell.row).or_default().push((cell.column, text));
        }
        rows.into_iter()
    }

    /// The numbers of the rows between two that hold something.
    pub(super) fn row_numbers(&self, from: u32, to: u32) -> BTreeSet<u32> {
        if from > to {
            return BTreeSet::new();
        }
        let (from, to) = (Cell { row: from, column: 0 }, Cell { row: to, column: u32::MAX });
        self.cells.range(from..=to).map(|(cell, _)| cell.row).collect()
    }

    /// The last row and column that hold something; 0 where nothing does.
    #[must_use]
    pub fn extent(&self) -> Cell {
        Cell {
            row: self.cells.keys().map(|cell| cell.row).max().unwrap_or(0),
            column: self.cells.keys().map(|cell| cell.column).max().unwrap_or(0),
        }
    }

    /// Characters in all cells.
    pub(super) fn size(&self) -> usize {
        self.cells.values().map(String::len).sum()
    }

    /// The same cells, whatever the columns look like.
    #[must_use]
    pub fn same_cells(&self, other: &Self) -> bool {
        self.name == other.name && self.cells == other.cells
    }
}

impl Workbook {
    /// The sheet of a name, in whatever case it is written.
    #[must_use]
    pub fn sheet(&self, name: &str) -> Option<&Sheet> {
        self.sheets.iter().find(|sheet| sheet.name.trim().eq_ignore_ascii_case(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read_and_written_as_spreadsheets_do() {
        for (row, column, name) in [
            (1, 1, "A1"),
            (12, 26, "Z12"),
            (7, 27, "AA7"),
            (1_048_576, 16_384, "XFD1048576"),
            (3, 702, "ZZ3"),
        ] {
            let cell = Cell { row, column };
            assert_eq!(cell.to_string(), name);
            assert_eq!(Cell::parse(name), Some(cell));
        }
        for wrong in ["", "A", "1", "A0", "a1", "A1B", "ABCD1", "A12345678", "Ä1", "A-1"] {
            assert_eq!(Cell::parse(wrong), None, "{wrong}");
        }
    }
}
