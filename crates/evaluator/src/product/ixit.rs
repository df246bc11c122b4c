//! `ixit/NN-KEY.toml`: the 29 tables that describe the product.
//!
//! A table with rows is `[[row]]` after `[[row]]`, each with its `id`; a single one has its fields at the top. A
//! table that has nothing to say is `none = "REASON"`.

use super::node::{Key, Kind, Node};
use super::section::Section;
use super::value::{Phrase, RowId, Unfit, Value};
use crate::catalog::{Edition, Field, FieldKind, IxitTable, Shape, TableNo};
use crate::finding::{Finding, Located, Place, Rule, quoted};
use crate::limits::TABLE_ROWS;
use serde::Serialize;
use std::collections::BTreeMap;

/// A row of a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Row {
    /// Where it stands.
    pub at: Place,
    /// Its ID; none in a table with one entry, or where it is missing or no ID.
    pub id: Option<Located<RowId>>,
    /// What its fields hold, by key, without the ID. A field that is missing, open or malformed is not here.
    pub values: BTreeMap<String, Located<Value>>,
}

impl Row {
    /// What a field holds.
    #[must_use]
    pub fn value(&self, key: &str) -> Option<&Value> {
        self.values.get(key).map(|located| &located.value)
    }

    /// The words of a field of kind `text` or `period`; empty if there are none.
    #[must_use]
    pub fn text(&self, key: &str) -> &str {
        match self.value(key) {
            Some(Value::Text(text)) => text,
            _ => "",
        }
    }

    /// The rows that a field refers to.
    #[must_use]
    pub fn refs(&self, key: &str) -> &[RowId] {
        match self.value(key) {
            Some(Value::Refs(ids)) => ids,
            _ => &[],
        }
    }

    /// Whether a field of kind `choice` or `set` has an option.
    #[must_use]
    pub fn has(&self, key: &str, option: &str) -> bool {
        match self.value(key) {
            Some(Value::Choice(phrase)) => phrase.option == option,
            Some(Value::Set(phrases)) => phrases.iter().any(|phrase: &Phrase| phrase.option == option),
            _ => false,
        }
    }

    /// Protocols and algorithms of a field of kind `crypto`.
    #[must_use]
    pub fn crypto(&self, key: &str) -> &[String] {
        match self.value(key) {
            Some(Value::Crypto(items)) => items,
            _ => &[],
        }
    }

    /// Where a field stands, or the row if it does not.
    #[must_use]
    pub fn place(&self, key: &str) -> &Place {
        self.values.get(key).map_or(&self.at, |located| &located.at)
    }

    /// Its ID, or `the entry` in a table with one.
    #[must_use]
    pub fn name(&self) -> &str {
        self.id.as_ref().map_or("the entry", |id| id.value.as_str())
    }
}

/// A table as it was filled in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TableDoc {
    /// Which.
    pub no: TableNo,
    /// Where the document begins.
    pub at: Place,
    /// Why it has nothing to say.
    pub none: Option<Located<String>>,
    /// Its rows.
    pub rows: Vec<Row>,
}

/// All tables that are there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Ixit {
    /// By number.
    pub tables: BTreeMap<TableNo, TableDoc>,
}

impl Ixit {
    /// The rows of a table; none if it is not there.
    #[must_use]
    pub fn rows(&self, no: TableNo) -> &[Row] {
        self.tables.get(&no).map_or(&[], |table| &table.rows)
    }

    /// The table and the row of an ID.
    #[must_use]
    pub fn find(&self, id: &RowId) -> Option<(TableNo, &Row)> {
        self.tables.values().find_map(|table| {
            let is_it = |row: &&Row| row.id.as_ref().is_some_and(|known| known.value == *id);
            table.rows.iter().find(is_it).map(|row| (table.no, row))
        })
    }
}

pub(super) fn read(mut section: Section<'_>, table: &IxitTable, edition: Edition) -> TableDoc {
    let at = section.at.clone();
    let none = section.optional_text("none");
    let mut rows = Vec::new();
    match table.shape {
        Shape::Rows => {
            for node in section.tables("row") {
                if rows.len() == TABLE_ROWS {
                    let message = format!("more than {TABLE_ROWS} rows");
                    section.push(Finding::new(Rule::DocumentSize, node.at, table.sheet(edition), message));
                    break;
                }
                let mut row =
                    Section::new(format!("a row of {}", table.sheet(edition)), node, section.findings);
                rows.push(read_row(&mut row, table, edition));
                row.finish();
            }
        }
        Shape::Single if none.is_none() => rows.push(read_row(&mut section, table, edition)),
        Shape::Single => {}
    }
    section.finish();
    TableDoc { no: table.no, at, none, rows }
}

fn read_row(section: &mut Section<'_>, table: &IxitTable, edition: Edition) -> Row {
    let mut row = Row { at: section.at.clone(), id: None, values: BTreeMap::new() };
    for field in table.fields(edition) {
        let Some((key, node)) = section.require(&field.key) else { continue };
        if field.kind == FieldKind::Id {
            row.id = read_id(section, node);
        } else if let Some(value) = read_value(section, field, &key, node) {
            row.values.insert(field.key.clone(), value);
        }
    }
    row
}

fn read_id(section: &mut Section<'_>, node: Node) -> Option<Located<RowId>> {
    let text = section.as_text("id", node)?;
    let id = RowId::parse(&text.value);
    if id.is_none() {
        let message = format!("{} is no ID: letters, digits, `-`, `_` and `.`", quoted(&text.value));
        section.push(Finding::new(Rule::BadId, text.at.clone(), "id", message));
    }
    id.map(|id| Located::new(id, text.at))
}

fn read_value(section: &mut Section<'_>, field: &Field, key: &Key, node: Node) -> Option<Located<Value>> {
    let Node { at, kind } = node;
    let is_several = matches!(field.kind, FieldKind::Set(_) | FieldKind::Crypto | FieldKind::Refs);
    let entries: Option<Vec<String>> = match kind {
        Kind::Text(text) => Some(vec![text]),
        Kind::List(items) if is_several => items
            .into_iter()
            .map(|item| match item.kind {
                Kind::Text(text) => Some(text),
                Kind::Flag(_) | Kind::Number(_) | Kind::List(_) | Kind::Table(_) | Kind::Other => None,
            })
            .collect(),
        Kind::Flag(_) | Kind::Number(_) | Kind::List(_) | Kind::Table(_) | Kind::Other => None,
    };
    let Some(entries) = entries else {
        let wanted = if is_several { "an array of strings" } else { "a string" };
        let message = format!("`{}` must be {wanted}", key.text);
        section.push(Finding::new(Rule::WrongType, at, key.text.as_str(), message));
        return None;
    };
    let texts: Vec<&str> = entries.iter().map(String::as_str).collect();
    match Value::from_entries(field, &texts) {
        Ok(value) => Some(Located::new(value, at)),
        Err(unfit) => {
            section.push(unfit_finding(field, at, unfit));
            None
        }
    }
}

fn unfit_finding(field: &Field, at: Place, unfit: Unfit) -> Finding {
    let key = field.key.as_str();
    match unfit {
        Unfit::Empty => Finding::new(Rule::EmptyText, at, key, format!("`{key}` is empty")),
        Unfit::Open => Finding::new(Rule::OpenPlaceholder, at, key, format!("`{key}` is still open"))
            .help(field.guidance.clone()),
        Unfit::NotAnOption(found, options) => {
            let message = format!("`{key}` has {}, not one of {}", quoted(&found), options.join(", "));
            Finding::new(Rule::BadChoice, at, key, message)
        }
        Unfit::NotAnId(found) => Finding::new(
            Rule::BadId,
            at,
            key,
            format!("`{key}` refers to {}, which is no ID", quoted(&found)),
        ),
        Unfit::NoneNotAllowed => {
            Finding::new(Rule::NoneNotAllowed, at, key, format!("`{key}` may not be none"))
        }
        Unfit::NoneWithoutReason => {
            Finding::new(Rule::NoneWithoutReason, at, key, format!("`{key}` is none without a reason"))
        }
    }
}
