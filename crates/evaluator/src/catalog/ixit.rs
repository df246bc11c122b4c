//! The 29 tables in which a maker describes the product, and their fields.
//!
//! A table has one entry (`single`) or rows with an ID each; other fields refer to rows by it. What a field holds is
//! its kind, which decides how it is written in TOML, in a spreadsheet's cell and in a schema:
//!
//! | kind | TOML | cell |
//! |---|---|---|
//! | `id`, `text`, `period` | string | text |
//! | `choice(a,b)` | `"a"` or `"a: what there is to say"` | same |
//! | `set(a,b)` | array of such strings | entries, each ended by `;` |
//! | `crypto` | array of strings, one protocol or algorithm each | entries, each ended by `;` |
//! | `refs` | array of row IDs | IDs, separated by `,` |
//!
//! A kind that ends in `?` may hold `"none: REASON"` instead.

use super::edition::{Confidence, Edition};
use super::error::{CatalogError, Fault};
use super::id::{CaseId, TableNo};
use super::tsv::Record;
use serde::Serialize;
use std::str::FromStr;

/// How many entries a table has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Shape {
    /// One, without an ID.
    Single,
    /// Any number, each with an ID.
    Rows,
}

impl FromStr for Shape {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "single" => Ok(Shape::Single),
            "rows" => Ok(Shape::Rows),
            _ => Err("the shape is single or rows"),
        }
    }
}

/// What a field holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FieldKind {
    /// The name of the row.
    Id,
    /// Words.
    Text,
    /// Words with a length of time or a date in them.
    Period,
    /// Protocols and algorithms.
    Crypto,
    /// Rows of other tables.
    Refs,
    /// One of these, with words where there is more to say.
    Choice(Vec<String>),
    /// Any of these.
    Set(Vec<String>),
}

impl FromStr for FieldKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let options = |rest: &str| -> Option<Vec<String>> {
            let inside = rest.strip_prefix('(')?.strip_suffix(')')?;
            Some(inside.split(',').map(str::to_owned).collect())
        };
        let split = text.find('(').unwrap_or(text.len());
        let (name, rest) = text.split_at_checked(split).unwrap_or((text, ""));
        match (name, rest) {
            ("id", "") => Some(FieldKind::Id),
            ("text", "") => Some(FieldKind::Text),
            ("period", "") => Some(FieldKind::Period),
            ("crypto", "") => Some(FieldKind::Crypto),
            ("refs", "") => Some(FieldKind::Refs),
            ("choice", rest) => options(rest).map(FieldKind::Choice),
            ("set", rest) => options(rest).map(FieldKind::Set),
            _ => None,
        }
        .ok_or_else(|| format!("`{text}` is no kind of field"))
    }
}

/// A field of a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Field {
    /// As the standard writes it, such as `Update Mechanism`; the heading of a spreadsheet's column.
    pub name: String,
    /// As the TOML document writes it, such as `update-mechanism`.
    pub key: String,
    /// The editions that have it.
    pub editions: Vec<Edition>,
    /// The tables that its references may lead to.
    pub refers: Vec<TableNo>,
    /// What it holds.
    pub kind: FieldKind,
    /// Whether `none: REASON` will do.
    pub may_be_none: bool,
    /// What to write there, in our words.
    pub guidance: String,
    /// What the sample product has there, row by row, as cells.
    pub examples: Vec<String>,
    /// How sure its being there is.
    pub confidence: Confidence,
}

/// One of the 29 tables.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct IxitTable {
    /// Its number.
    pub no: TableNo,
    /// One entry or rows.
    pub shape: Shape,
    /// Its key; the document is `ixit/NN-KEY.toml`.
    pub key: String,
    /// What it is about, in our words.
    pub title: String,
    /// What belongs into it, in our words.
    pub guidance: String,
    /// Its fields, in order.
    pub fields: Vec<Field>,
    /// The cases (TS 103 701 V1.1.1) that use it.
    pub cases: Vec<CaseId>,
    names: [String; 2],
}

impl IxitTable {
    /// Its short name in an edition, such as `UpdMech`; the prefix of its rows' IDs.
    #[must_use]
    pub fn name(&self, edition: Edition) -> &str {
        let [v2, v3] = &self.names;
        match edition {
            Edition::V2_1_1 => v2,
            Edition::V3_1_3 => v3,
        }
    }

    /// Number and name, such as `7-UpdMech`; the title of a spreadsheet's sheet.
    #[must_use]
    pub fn sheet(&self, edition: Edition) -> String {
        format!("{}-{}", self.no, self.name(edition))
    }

    /// The document's path in the evaluation folder, such as `ixit/07-upd-mech.toml`.
    #[must_use]
    pub fn path(&self) -> String {
        format!("ixit/{:02}-{}.toml", self.no.get(), self.key)
    }

    /// The fields that an edition has.
    pub fn fields(&self, edition: Edition) -> impl Iterator<Item = &Field> {
        self.fields.iter().filter(move |field| field.editions.contains(&edition))
    }

    /// The field of a name or a key.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name || field.key == name)
    }
}

/// Reads tables and their fields.
pub(super) fn tables(tables: &[Record], fields: &[Record]) -> Result<Vec<IxitTable>, CatalogError> {
    let mut read = tables.iter().map(table).collect::<Result<Vec<_>, _>>()?;
    read.sort_by_key(|table| table.no);
    for record in fields {
        let no: TableNo = record.value("table")?;
        let table = read.iter_mut().find(|table| table.no == no);
        let table = table.ok_or_else(|| record.error(Fault::Unknown(format!("table {no}"))))?;
        table.fields.push(field(record)?);
    }
    Ok(read)
}

fn table(record: &Record) -> Result<IxitTable, CatalogError> {
    Ok(IxitTable {
        no: record.value("no")?,
        shape: record.value("shape")?,
        key: record.required("key")?.to_owned(),
        title: record.required("title")?.to_owned(),
        guidance: record.required("guidance")?.to_owned(),
        fields: Vec::new(),
        cases: record.list("cases")?,
        names: [record.required("name")?.to_owned(), record.required("name_v2")?.to_owned()],
    })
}

fn field(record: &Record) -> Result<Field, CatalogError> {
    let name = record.required("field")?.to_owned();
    let kind = record.required("kind")?;
    let (kind, may_be_none) = kind.strip_suffix('?').map_or((kind, false), |kind| (kind, true));
    let kind = kind.parse().map_err(|what| record.error(Fault::Value { column: "kind", what }))?;
    let mut editions = Vec::new();
    for (edition, column) in [(Edition::V2_1_1, "v1.1.1"), (Edition::V3_1_3, "v2.1.1")] {
        if record.required(column)? == "yes" {
            editions.push(edition);
        }
    }
    Ok(Field {
        key: key_of(&name),
        name,
        editions,
        refers: record.list("refers")?,
        kind,
        may_be_none,
        guidance: record.required("guidance")?.to_owned(),
        examples: record.text("example")?.split(" || ").map(str::to_owned).collect(),
        confidence: record.value("confidence")?,
    })
}

/// `Review/Evaluation Method` becomes `review-evaluation-method`.
fn key_of(name: &str) -> String {
    name.to_ascii_lowercase().replace([' ', '/'], "-")
}
