//! Tables of tab-separated text: a header of column names, a record a line, `-` for what is empty, `#` for remarks.

use super::error::{CatalogError, Fault};
use std::fmt::Display;
use std::str::FromStr;

/// One record, which knows where it stands.
#[derive(Clone, Debug)]
pub(super) struct Record {
    file: String,
    line: u32,
    cells: Vec<(String, String)>,
}

/// Reads a table; every record has as many cells as the header.
pub(super) fn parse(file: &str, text: &str) -> Result<Vec<Record>, CatalogError> {
    let mut lines =
        (1_u32..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'));
    let Some((_, header)) = lines.next() else {
        return Err(CatalogError { file: file.into(), line: 1, fault: Fault::NoHeader });
    };
    let columns: Vec<&str> = header.split('\t').map(str::trim).collect();
    let mut records = Vec::new();
    for (line, content) in lines {
        let cells: Vec<&str> = content.split('\t').map(str::trim).collect();
        if cells.len() != columns.len() {
            let fault = Fault::Cells { found: cells.len(), expected: columns.len() };
            return Err(CatalogError { file: file.into(), line, fault });
        }
        let cells =
            columns.iter().map(ToString::to_string).zip(cells.iter().map(ToString::to_string)).collect();
        records.push(Record { file: file.into(), line, cells });
    }
    Ok(records)
}

impl Record {
    /// The cell's text, empty for `-`.
    pub(super) fn text(&self, column: &'static str) -> Result<&str, CatalogError> {
        let cell = self.cells.iter().find(|(name, _)| name == column);
        let (_, cell) = cell.ok_or_else(|| self.error(Fault::NoColumn(column)))?;
        Ok(if cell == "-" { "" } else { cell })
    }

    /// The cell's text, which must not be empty.
    pub(super) fn required(&self, column: &'static str) -> Result<&str, CatalogError> {
        match self.text(column)? {
            "" => Err(self.error(Fault::Empty(column))),
            text => Ok(text),
        }
    }

    /// The cell as a value of a type.
    pub(super) fn value<T: FromStr<Err: Display>>(&self, column: &'static str) -> Result<T, CatalogError> {
        self.read(column, self.required(column)?)
    }

    /// The words of the cell, each a value of a type.
    pub(super) fn list<T: FromStr<Err: Display>>(
        &self,
        column: &'static str,
    ) -> Result<Vec<T>, CatalogError> {
        self.text(column)?.split_whitespace().map(|word| self.read(column, word)).collect()
    }

    fn read<T: FromStr<Err: Display>>(&self, column: &'static str, text: &str) -> Result<T, CatalogError> {
        text.parse().map_err(|error: T::Err| self.error(Fault::Value { column, what: error.to_string() }))
    }

    /// An error at this record.
    pub(super) fn error(&self, fault: Fault) -> CatalogError {
        CatalogError { file: self.file.clone(), line: self.line, fault }
    }

    /// Takes over the cells that a correction names, and where it stands.
    pub(super) fn correct(&mut self, correction: &Record) -> Result<(), CatalogError> {
        for (column, new) in &correction.cells {
            let Some((_, cell)) = self.cells.iter_mut().find(|(name, _)| name == column) else {
                return Err(correction.error(Fault::UnknownColumn(column.clone())));
            };
            cell.clone_from(new);
        }
        self.file.clone_from(&correction.file);
        self.line = correction.line;
        Ok(())
    }

    /// Whether both have the same texts in these columns.
    pub(super) fn same_key(&self, other: &Record, key: &[&'static str]) -> Result<bool, CatalogError> {
        for column in key {
            if self.text(column)? != other.text(column)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
