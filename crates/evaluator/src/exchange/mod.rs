//! Declarations in the files that laboratories and makers send each other: XLSX with a sheet for each table, and DOCX
//! with the same tables.
//!
//! ```text
//! documents (TOML) ── export ──► Workbook ── write_xlsx, write_docx ──► file
//! documents (TOML) ◄── import ── Workbook ◄── read_xlsx, read_docx ──── file
//! ```
//!
//! A [`Workbook`] is text in cells. [`export`] and [`import`] know which document is which sheet, and reads sheets that others
//! made: their names and headings may differ in case and spaces, titles may stand above the headings, columns may have
//! another order. What it cannot place is named with sheet and cell, and never dropped silently.

mod docx_read;
mod error;
mod import;
mod layout;
mod sheet;
mod styles;
mod tree;
mod word;
mod xlsx_read;
mod xlsx_write;
mod xstring;

pub use error::ExchangeError;
pub use import::{Imported, import};
pub use layout::{Exported, export};
pub use sheet::{Cell, Sheet, Workbook};
pub use word::{read_docx, write_docx};
pub use xlsx_read::read as read_xlsx;
pub use xlsx_write::write as write_xlsx;

#[cfg(test)]
mod round_trip;
#[cfg(test)]
mod tests;
