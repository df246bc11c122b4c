//! The conformance statement: each answer goes to its provision's successor, with the maker's comments; the guidance above
//! it becomes the new edition's. What is new stands where the new edition has it.

use super::edit::{Line, guidance, put, take};
use super::{Anew, OPEN};
use crate::catalog::{Catalog, Edition, Provision, ProvisionId};
use crate::template::{Fill, documents};
use std::collections::BTreeSet;
use toml_edit::{DocumentMut, InlineTable, Item, Table};

const DOCUMENT: &str = "ics.toml";

/// Moves the document.
pub(super) fn statement(catalog: &Catalog, document: &mut DocumentMut, anew: &mut Vec<Anew>) {
    let template = |edition| documents(catalog, edition, Fill::Open).remove(DOCUMENT).unwrap_or_default();
    let earlier_template = template(Edition::V2_1_1);
    let earlier_guidance: BTreeSet<&str> =
        earlier_template.lines().filter(|line| line.starts_with('#')).collect();
    let new_template = template(Edition::V3_1_3).parse::<DocumentMut>().unwrap_or_default();
    let nothing = Table::new();
    let new_guidance = new_template.get("provisions").and_then(Item::as_table).unwrap_or(&nothing);

    let Some(provisions) = document.get_mut("provisions").and_then(Item::as_table_like_mut) else { return };
    let mut old = take(provisions);
    let has_guidance =
        old.iter().any(|line| line.comments().lines().any(|line| earlier_guidance.contains(line)));
    let order: Vec<String> = old.iter().map(|line| line.key().to_owned()).collect();
    let mut lines: Vec<(Option<usize>, Line)> = Vec::new();
    for provision in catalog.provisions(Edition::V3_1_3) {
        let from = source(catalog, provision.id);
        let place = from.and_then(|from| order.iter().position(|key| *key == from.id.to_string()));
        let taken = place.and_then(|_| {
            let from = from?;
            let position = old.iter().position(|line| line.key() == from.id.to_string())?;
            // Of a provision that was split, the first part takes the place and the comments.
            Some((from, old.remove(position)))
        });
        let id = provision.id.to_string();
        let (mut line, why) = match taken {
            Some((from, line)) => carried(from, line, &id, &provision.change),
            None => (open(&id), Some(reason(from, provision))),
        };
        if has_guidance {
            let own = line
                .comments()
                .lines()
                .filter(|line| line.starts_with('#') && !earlier_guidance.contains(line));
            let own: String = own.map(|line| format!("{line}\n")).collect();
            line.set_comments(format!("{}{own}", guidance(new_guidance, &id)));
        }
        if let Some(why) = why {
            anew.push(Anew { document: DOCUMENT.into(), what: id, why });
        }
        lines.push((place, line));
    }
    put(provisions, ordered(lines));
}

/// The provision of the old edition that became this one.
fn source(catalog: &Catalog, id: ProvisionId) -> Option<&Provision> {
    catalog.provisions(Edition::V2_1_1).iter().find(|known| known.successors.contains(&id))
}

/// Why nothing can be taken over.
fn reason(from: Option<&Provision>, provision: &Provision) -> String {
    match from {
        Some(from) if from.successors.len() > 1 => split(from),
        Some(_) => "it was not answered before".to_owned(),
        None => format!("new: {}", provision.paraphrase),
    }
}

fn split(from: &Provision) -> String {
    let names: Vec<String> = from.successors.iter().map(ToString::to_string).collect();
    format!("{} was split into {}", from.id, names.join(" and "))
}

/// What becomes of an answer, and why it has to be given anew, if it has.
fn carried(from: &Provision, mut line: Line, id: &str, change: &str) -> (Line, Option<String>) {
    line.rename(id);
    if from.successors.len() > 1 {
        line.item = answer_open();
        return (line, Some(split(from)));
    }
    let Some(entry) = line.item.as_table_like_mut() else {
        return (line, Some("it is no answer".to_owned()));
    };
    if entry.get("answer").and_then(Item::as_str) == Some("N/A") {
        if let Some(answer) = entry.get_mut("answer") {
            super::edit::set_text(answer, OPEN);
        }
        entry.remove("condition");
        let why = format!("{} did not apply; the conditions are others now ({change})", from.id);
        return (line, Some(why));
    }
    let is_same = change.is_empty() || change.starts_with("same");
    (line, (!is_same).then(|| format!("look again: {change}")))
}

fn open(id: &str) -> Line {
    Line::new(id, answer_open())
}

fn answer_open() -> Item {
    let mut table = InlineTable::new();
    table.insert("answer", OPEN.into());
    Item::Value(table.into())
}

/// What was there keeps its order; what was not comes after what it follows in the new edition.
fn ordered(lines: Vec<(Option<usize>, Line)>) -> Vec<Line> {
    let mut last = None;
    let placed = lines.into_iter().enumerate().map(|(number, (place, line))| {
        last = place.or(last);
        (last, number, line)
    });
    let mut placed: Vec<(Option<usize>, usize, Line)> = placed.collect();
    placed.sort_by_key(|(place, number, _)| (*place, *number));
    placed.into_iter().map(|(_, _, line)| line).collect()
}
