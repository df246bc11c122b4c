//! An evaluation by V2.1.1 becomes one by V3.1.3, as far as it can; what has to be answered anew is left open and named.
//!
//! Answers go to the provisions' successors; where a provision was split, each part is to be answered anew, for an answer
//! to the whole is none to a part. Fields keep what they say where the new edition has them, under the new name where it
//! only changed that; what the new edition asks besides is open (`?`). Nothing in the old folder is touched, and no
//! outcome goes with it: the cases of the new edition are not those of the old one.

use crate::catalog::{Catalog, Edition, IxitTable, ProvisionId, Shape};
use serde::Serialize;
use std::collections::BTreeMap;
use thiserror::Error;
use toml::{Table, Value};

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
        error: toml::de::Error,
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
        let parsed = text.parse::<Table>();
        let mut table = parsed.map_err(|error| MigrateError::Document { document: path.clone(), error })?;
        match path.as_str() {
            "evaluation.toml" => edition(&mut table)?,
            "dut.toml" => features(catalog, &mut table, &mut migrated.anew),
            "ics.toml" => statement(catalog, &mut table, &mut migrated.anew),
            _ => {
                if let Some(of) = catalog.tables.iter().find(|table| table.path() == *path) {
                    fields(of, &mut table, &mut migrated.anew);
                }
            }
        }
        migrated.texts.insert(path.clone(), table.to_string());
    }
    Ok(migrated)
}

fn edition(table: &mut Table) -> Result<(), MigrateError> {
    let found = table.get("edition").and_then(Value::as_str).unwrap_or_default().to_owned();
    if found != Edition::V2_1_1.name() {
        return Err(MigrateError::Edition(found));
    }
    table.insert("edition".into(), Edition::V3_1_3.name().into());
    Ok(())
}

fn features(catalog: &Catalog, table: &mut Table, anew: &mut Vec<Anew>) {
    let Some(features) = table.get_mut("features").and_then(Value::as_table_mut) else { return };
    for feature in &catalog.features {
        let key = feature.key.as_str();
        if !feature.is_asked(Edition::V3_1_3) {
            features.remove(key);
        } else if !features.contains_key(key) {
            features.insert(key.into(), OPEN.into());
            let why = feature.question.clone();
            anew.push(Anew { document: "dut.toml".into(), what: format!("features.{key}"), why });
        }
    }
}

fn statement(catalog: &Catalog, table: &mut Table, anew: &mut Vec<Anew>) {
    let Some(Value::Table(old)) = table.remove("provisions") else { return };
    let mut new = Table::new();
    for provision in catalog.provisions(Edition::V3_1_3) {
        let id = provision.id;
        let from = catalog.provisions(Edition::V2_1_1).iter().find(|known| known.successors.contains(&id));
        let answer = from.and_then(|from| Some((from, old.get(&from.id.to_string())?.as_table()?.clone())));
        let (entry, why) = match answer {
            Some((from, entry)) => carried(from.id, &from.successors, entry, &provision.change),
            None if from.is_some() => (open_entry(), Some("it was not answered before".to_owned())),
            None => (open_entry(), Some(format!("new: {}", provision.paraphrase))),
        };
        if let Some(why) = why {
            anew.push(Anew { document: "ics.toml".into(), what: id.to_string(), why });
        }
        new.insert(id.to_string(), Value::Table(entry));
    }
    table.insert("provisions".into(), Value::Table(new));
}

/// What becomes of an answer, and why it has to be given anew, if it has.
fn carried(
    from: ProvisionId,
    successors: &[ProvisionId],
    mut entry: Table,
    change: &str,
) -> (Table, Option<String>) {
    let names: Vec<String> = successors.iter().map(ToString::to_string).collect();
    if successors.len() > 1 {
        return (open_entry(), Some(format!("{from} was split into {}", names.join(" and "))));
    }
    if entry.get("answer").and_then(Value::as_str) == Some("N/A") {
        entry.insert("answer".into(), OPEN.into());
        entry.remove("condition");
        return (entry, Some(format!("{from} did not apply; the conditions are others now ({change})")));
    }
    let is_same = change.is_empty() || change.starts_with("same");
    (entry, (!is_same).then(|| format!("look again: {change}")))
}

fn open_entry() -> Table {
    Table::from_iter([("answer".to_owned(), Value::from(OPEN))])
}

fn fields(of: &IxitTable, table: &mut Table, anew: &mut Vec<Anew>) {
    if table.contains_key("none") {
        return;
    }
    match of.shape {
        Shape::Single => row(of, table, "the entry", anew),
        Shape::Rows => {
            let rows = table.get_mut("row").and_then(Value::as_array_mut).into_iter().flatten();
            for one in rows.filter_map(Value::as_table_mut) {
                let name = one.get("id").and_then(Value::as_str).unwrap_or("a row").to_owned();
                row(of, one, &name, anew);
            }
        }
    }
}

fn row(of: &IxitTable, row: &mut Table, name: &str, anew: &mut Vec<Anew>) {
    let mut left = std::mem::take(row);
    for field in of.fields(Edition::V3_1_3) {
        let earlier = field.name.strip_prefix("Secure ").and_then(|name| of.field(name));
        let value = left.remove(&field.key).or_else(|| left.remove(&earlier?.key));
        let is_there = value.is_some();
        row.insert(field.key.clone(), value.unwrap_or_else(|| OPEN.into()));
        if !is_there {
            let what = format!("{name}: {}", field.key);
            anew.push(Anew { document: of.path(), what, why: field.guidance.clone() });
        }
    }
    for key in left.keys() {
        let known = of.field(key).is_some();
        let why =
            if known { "the new edition does not ask it here; see where it belongs" } else { "unknown" };
        let said = left.get(key).map(ToString::to_string).unwrap_or_default();
        anew.push(Anew { document: of.path(), what: format!("{name}: {key} was {said}"), why: why.into() });
    }
}
