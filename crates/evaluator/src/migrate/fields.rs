//! The tables of information: fields stay where they are, under their new names; what the new edition asks besides comes
//! after the field that it follows there.

use super::edit::{Line, put, take};
use super::{Anew, OPEN};
use crate::catalog::{Edition, Field, IxitTable, Shape};
use toml_edit::{DocumentMut, Item, TableLike, Value, value};

/// Moves one document.
pub(super) fn fields(of: &IxitTable, document: &mut DocumentMut, anew: &mut Vec<Anew>) {
    if document.contains_key("none") {
        return;
    }
    match of.shape {
        Shape::Single => row(of, document.as_table_mut(), "the entry", Guidance::Given, anew),
        Shape::Rows => {
            let mut guidance = Guidance::Given;
            for one in rows(document) {
                let name = one.get("id").and_then(Item::as_str).unwrap_or("a row").to_owned();
                row(of, one, &name, guidance, anew);
                guidance = Guidance::LeftOut;
            }
        }
    }
}

/// Whether the guidance on a field stands above it: in the first row only, as in every document that is made here.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Guidance {
    Given,
    LeftOut,
}

/// The rows, as `[[row]]` or as an array.
fn rows(document: &mut DocumentMut) -> Vec<&mut dyn TableLike> {
    match document.get_mut("row") {
        Some(Item::ArrayOfTables(rows)) => rows.iter_mut().map(|row| -> &mut dyn TableLike { row }).collect(),
        Some(Item::Value(Value::Array(rows))) => rows
            .iter_mut()
            .filter_map(|row| row.as_inline_table_mut().map(|row| -> &mut dyn TableLike { row }))
            .collect(),
        Some(Item::None | Item::Value(_) | Item::Table(_)) | None => Vec::new(),
    }
}

fn row(of: &IxitTable, row: &mut dyn TableLike, name: &str, guidance: Guidance, anew: &mut Vec<Anew>) {
    let wanted: Vec<&Field> = of.fields(Edition::V3_1_3).collect();
    let mut lines = Vec::new();
    for mut line in take(row) {
        // A field may have got another name for the same thing.
        let under = wanted.iter().find(|field| {
            let earlier = field.name.strip_prefix("Secure ").and_then(|name| of.field(name));
            field.key == line.key() || earlier.is_some_and(|earlier| earlier.key == line.key())
        });
        match under {
            Some(field) => {
                line.rename(&field.key);
                lines.push(line);
            }
            None => {
                let why = if of.field(line.key()).is_some() {
                    "the new edition does not ask it here; see where it belongs"
                } else {
                    "unknown"
                };
                let what = format!("{name}: {} was {}", line.key(), line.item.to_string().trim());
                anew.push(Anew { document: of.path(), what, why: why.into() });
            }
        }
    }
    let mut at = 0;
    for field in wanted {
        if let Some(position) = lines.iter().position(|line| line.key() == field.key) {
            at = position + 1;
            continue;
        }
        let mut line = Line::new(&field.key, value(OPEN));
        if guidance == Guidance::Given {
            line.set_comments(format!("# {}\n", field.guidance.replace('\n', " ")));
        }
        lines.insert(at, line);
        at += 1;
        let what = format!("{name}: {}", field.key);
        anew.push(Anew { document: of.path(), what, why: field.guidance.clone() });
    }
    put(row, lines);
}
