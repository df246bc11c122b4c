//! What can be wrong with the catalog's files.

use thiserror::Error;

/// An error in a table of the catalog, with its place.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{file}:{line}: {fault}")]
pub struct CatalogError {
    /// The file's name.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
    /// What is wrong there.
    pub fault: Fault,
}

/// What is wrong.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Fault {
    /// The file has no header.
    #[error("no header line")]
    NoHeader,
    /// A record of another length than the header.
    #[error("{found} cells, but the header has {expected}")]
    Cells {
        /// Cells of the record.
        found: usize,
        /// Cells of the header.
        expected: usize,
    },
    /// The header lacks a column.
    #[error("the column `{0}` is missing")]
    NoColumn(&'static str),
    /// A correction names a column that the table has not.
    #[error("the table has no column `{0}`")]
    UnknownColumn(String),
    /// A cell that must not be empty.
    #[error("`{0}` is empty")]
    Empty(&'static str),
    /// A cell that does not hold what its column holds.
    #[error("{column}: {what}")]
    Value {
        /// The column.
        column: &'static str,
        /// What is wrong with the value.
        what: String,
    },
    /// Two records of the same name.
    #[error("`{0}` is there twice")]
    Twice(String),
    /// A record names one that does not exist.
    #[error("`{0}` does not exist")]
    Unknown(String),
    /// A file that the catalog does not have.
    #[error("the catalog has no such file")]
    UnknownFile,
}
