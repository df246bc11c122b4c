//! From a product's declaration to a statement of conformity.
//!
//! A maker declares a product in text files; the catalog knows what the standards ask; what does not fit is
//! found and named with its file and line; what remains becomes a plan, evidence, verdicts and reports.
//!
//! ```text
//! standards/evaluation/*.tsv ─► catalog ─┐
//!                                        ├─► checks ─► findings, gaps
//! evaluation folder (TOML) ───► product ─┘      └────► plan ─► evidence ─► verdict ─► reports
//! ```
//!
//! - Standards are data: what a provision, a case, a unit, a table or a field is stands in the catalog's files,
//!   each fact with how sure it is, and a site may correct any of it without code.
//! - Every finding names a file, a line, a rule and what to do.
//! - A tool never passes what a person must judge; what is absent is inconclusive.
//! - It knows no other room: evidence reaches it by files and networks.
//! - Nothing here prints; documents are read from texts that the caller gives.

#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)
)]

pub mod catalog;
pub mod checks;
pub mod gap;
pub mod product;
pub mod schema;
pub mod template;

pub mod plan;
pub mod probe;

pub mod forms;
pub mod ledger;
pub mod verdict;

pub mod diff;
pub mod migrate;

pub mod document;
pub mod exchange;
pub mod report;
pub mod unit_table;

pub mod finding;
pub mod limits;
pub mod ooxml;
