//! Why a file cannot be read or written, with the sheet and the cell.

use super::sheet::Cell;
use crate::finding::Place;
use crate::ooxml::{PackageError, XmlError};

/// An import or export that failed.
#[derive(Debug, thiserror::Error)]
pub enum ExchangeError {
    /// The archive.
    #[error(transparent)]
    Package(#[from] PackageError),
    /// A part is no XML.
    #[error("{part}: {error}")]
    Xml {
        /// The part's name.
        part: String,
        /// What is wrong with it.
        error: XmlError,
    },
    /// A part says what it may not.
    #[error("{part}: {what}")]
    Part {
        /// The part's name.
        part: String,
        /// What is wrong.
        what: String,
    },
    /// More of something than is read.
    #[error("more than {limit} {what}")]
    Limit {
        /// Of what.
        what: &'static str,
        /// The limit.
        limit: usize,
    },
    /// A cell holds what cannot be taken.
    #[error("sheet {sheet:?}, cell {cell}: {what}")]
    Cell {
        /// The sheet's name.
        sheet: String,
        /// Where in it.
        cell: Cell,
        /// What is wrong, and what to do.
        what: String,
    },
    /// A document that is no TOML.
    #[error("{at}: {what}")]
    Document {
        /// Where.
        at: Place,
        /// What is wrong.
        what: String,
    },
    /// A sheet is missing or cannot be understood.
    #[error("sheet {sheet:?}: {what}")]
    Sheet {
        /// The sheet's name.
        sheet: String,
        /// What is wrong, and what to do.
        what: String,
    },
}
