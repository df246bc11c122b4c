//! The documents of the 29 tables.

use super::Fill;
use super::write::{Writer, array, quote};
use crate::catalog::{Edition, Field, FieldKind, IxitTable, Shape};
use crate::product::{RowId, Value};

pub(super) fn table(table: &IxitTable, edition: Edition, fill: Fill) -> String {
    let mut out = Writer::new(&table.path());
    out.comment(&format!("{} {}. {}", table.sheet(edition), table.title, table.guidance));
    out.comment("A table with nothing to say is one line, none = \"REASON\". A field that does not arise may be \"none: REASON\" where its guidance says so.");
    let fields: Vec<&Field> = table.fields(edition).collect();
    let rows = match (fill, table.shape) {
        (Fill::Open, _) | (_, Shape::Single) => 1,
        (Fill::Example, Shape::Rows) => fields.iter().map(|field| field.examples.len()).max().unwrap_or(1),
    };
    for row in 0..rows {
        if table.shape == Shape::Rows {
            out.line("\n[[row]]");
        }
        for field in &fields {
            if row == 0 {
                out.comment(&guidance(field));
            }
            out.line(&format!("{} = {}", field.key, value(table, field, edition, fill, row)));
        }
    }
    out.finish()
}

fn guidance(field: &Field) -> String {
    let mut text = field.guidance.clone();
    match &field.kind {
        FieldKind::Choice(options) => text = format!("{text} One of: {}.", options.join(", ")),
        FieldKind::Set(options) => text = format!("{text} Any of: {}.", options.join(", ")),
        FieldKind::Refs => {
            let tables: Vec<String> = field.refers.iter().map(ToString::to_string).collect();
            text = format!("{text} IDs of rows of table {}.", tables.join(", "));
        }
        FieldKind::Id | FieldKind::Text | FieldKind::Period | FieldKind::Crypto => {}
    }
    if field.may_be_none {
        text.push_str(" May be none.");
    }
    text
}

fn value(table: &IxitTable, field: &Field, edition: Edition, fill: Fill, row: usize) -> String {
    if field.kind == FieldKind::Id {
        return quote(&format!("{}-{}", table.name(edition), row + 1));
    }
    let is_several = matches!(field.kind, FieldKind::Set(_) | FieldKind::Crypto | FieldKind::Refs);
    let example = field.examples.get(row).map_or("", String::as_str);
    match fill {
        Fill::Open if is_several => "[\"?\"]".to_owned(),
        Fill::Open => "\"?\"".to_owned(),
        Fill::Example => match Value::from_cell(field, &renamed(example, edition)) {
            Ok(Value::Set(phrases)) => array(phrases.iter().map(ToString::to_string)),
            Ok(Value::Crypto(items)) => array(items.iter()),
            Ok(Value::Refs(ids)) => array(ids.iter().map(RowId::as_str)),
            Ok(value @ (Value::Text(_) | Value::Choice(_) | Value::None { .. })) => quote(&value.to_cell()),
            Err(_) => "\"?\"".to_owned(),
        },
    }
}

/// The example names rows as the first edition does; later editions call some tables otherwise.
fn renamed(example: &str, edition: Edition) -> String {
    match edition {
        Edition::V2_1_1 => example.to_owned(),
        Edition::V3_1_3 => example
            .replace("ComMech-", "SecComMech-")
            .replace("Intf-", "PhyIntf-")
            .replace("ExtAPI-", "LogIntf-")
            .replace("UserPhyIntf-", "UserIntf-"),
    }
}
