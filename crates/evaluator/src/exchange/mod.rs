//! Declarations in the files that laboratories and makers send each other: XLSX with a sheet for each table, and DOCX
//! with the same tables.
//!
//! ```text
//! documents (TOML) ◄──► layout ◄──► Workbook ◄──► xlsx_write, xlsx_read
//!                                      ▲─────────► word_write, docx_read
//! ```
//!
//! A [`Workbook`] is text in cells. [`layout`](self) knows which document is which sheet, and reads sheets that others
//! made: their names and headings may differ in case and spaces, titles may stand above the headings, columns may have
//! another order. What it cannot place is named with sheet and cell, and never dropped silently.

mod docx_read;
mod error;
mod sheet;
mod styles;
mod xlsx_read;
mod xlsx_write;
mod xstring;

pub use error::ExchangeError;
pub use sheet::{Cell, Sheet, Workbook};
pub use xlsx_read::read as read_xlsx;
pub use xlsx_write::write as write_xlsx;

#[cfg(test)]
mod tests;
