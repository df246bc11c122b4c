//! An evaluation by V2.1.1 becomes one by V3.1.3, as far as it can; what has to be answered anew is left open and named.
//!
//! Answers go to the provisions' successors; where a provision was split, each part is to be answered anew, for an answer
//! to the whole is none to a part. Fields keep what they say where the new edition has them, under the new name where it
//! only changed that; what the new edition asks besides is open (`?`). Everything else stays as its writer left it: order,
//! comments, spacing. Nothing in the old folder is touched, and no outcome goes with it: the cases of the new edition are
//! not those of the old one.

mod edit;
mod fields;
mod statement;

use crate::catalog::{Catalog, Edition};
use serde::Serialize;
use std::collections::BTreeMap;
use thiserror::Error;
use toml_edit::{DocumentMut, Item, value};

/// What a migration made.
#[derive(Clone, Debug, Serialize)]
pub struct Migrated {
    /// The new documents, by path.
    pub texts: BTreeMap<String, String>,
    /// What has to be answered anew, with its document.
    pub anew: Vec<Anew>,
}

/// Something to be answered anew.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Anew {
    /// The document.
    pub document: String,
    /// What in it.
    pub what: String,
    /// Why.
    pub why: String,
}

/// Why an evaluation cannot be migrated.
#[derive(Debug, Error)]
pub enum MigrateError {
    /// A document that is no TOML.
    #[error("{document}: {error}")]
    Document {
        /// Which.
        document: String,
        /// What is wrong with it.
        error: toml_edit::TomlError,
    },
    /// It is by another edition than V2.1.1.
    #[error("evaluation.toml: the edition is {0}; only V2.1.1 can be migrated")]
    Edition(String),
}

const OPEN: &str = "?";

/// Migrates the documents of an evaluation.
///
/// # Errors
/// [`MigrateError`].
pub fn migrate(catalog: &Catalog, texts: &BTreeMap<String, String>) -> Result<Migrated, MigrateError> {
    let mut migrated = Migrated { texts: BTreeMap::new(), anew: Vec::new() };
    for (path, text) in texts {
        let parsed = text.parse::<DocumentMut>();
        let wrong = |error| MigrateError::Document { document: path.clone(), error };
        let mut document = parsed.map_err(wrong)?;
        match path.as_str() {
            "evaluation.toml" => edition(&mut document)?,
            "dut.toml" => features(catalog, &mut document, &mut migrated.anew),
            "ics.toml" => statement::statement(catalog, &mut document, &mut migrated.anew),
            _ => {
                if let Some(of) = catalog.tables.iter().find(|table| table.path() == *path) {
                    fields::fields(of, &mut document, &mut migrated.anew);
                }
            }
        }
        migrated.texts.insert(path.clone(), document.to_string());
    }
    Ok(migrated)
}

fn edition(document: &mut DocumentMut) -> Result<(), MigrateError> {
    let found = document.get("edition").and_then(Item::as_str).unwrap_or_default().to_owned();
    if found != Edition::V2_1_1.name() {
        return Err(MigrateError::Edition(found));
    }
    if let Some(edition) = document.get_mut("edition") {
        edit::set_text(edition, Edition::V3_1_3.name());
    }
    Ok(())
}

fn features(catalog: &Catalog, document: &mut DocumentMut, anew: &mut Vec<Anew>) {
    let Some(features) = document.get_mut("features").and_then(Item::as_table_like_mut) else { return };
    let mut lines = edit::take(features);
    for feature in &catalog.features {
        let key = feature.key.as_str();
        if !feature.is_asked(Edition::V3_1_3) {
            lines.retain(|line| line.key() != key);
        } else if !lines.iter().any(|line| line.key() == key) {
            let mut line = edit::Line::new(key, value(OPEN));
            line.set_comments(format!("# {}\n", feature.question.replace('\n', " ")));
            lines.push(line);
            let why = feature.question.clone();
            anew.push(Anew { document: "dut.toml".into(), what: format!("features.{key}"), why });
        }
    }
    edit::put(features, lines);
}
