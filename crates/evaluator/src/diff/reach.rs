//! How far a change of the product reaches: from changed components over the declaration's references to what has to be
//! looked at again.
//!
//! ```text
//! component that changed ─┬─► rows that it refers to (its update mechanisms), before and after
//!                         └─► rows that name it, in a reference or in words ("runs on SoftComp-2")
//! unit on the product ─► the row it is carried out on and what that refers to, or all rows of its tables
//! ```
//!
//! Where the two meet, the unit is done again. A component that no other row names may be at work anywhere, so that all that
//! looks at the product is done again; so it is when the hardware changed, or when the software has another version and
//! no component says what changed. To name a component where it is used is what makes a later evaluation short.

use super::{Again, Side};
use crate::catalog::{Catalog, Subject as LooksAt, TableNo, Unit};
use crate::product::{Evaluation, Product, Row, RowId, Value};
use crate::verdict::{Subject, Target};
use std::collections::{BTreeMap, BTreeSet};

/// What changed in the product, and which rows that concerns.
pub(super) struct Reach {
    /// Components that were added, removed or changed, by ID.
    pub(super) components: Vec<String>,
    /// Those of them that no other row names.
    unnamed: Vec<String>,
    /// The rows that each of the others concerns, itself among them.
    rows: BTreeMap<String, BTreeSet<(TableNo, RowId)>>,
    has_new_hardware: bool,
    has_new_software: bool,
}

impl Reach {
    /// Between two evaluations.
    pub(super) fn between(old: Side<'_>, new: Side<'_>) -> Self {
        let sides = [old.evaluation, new.evaluation];
        let components = changed_components(old.evaluation, new.evaluation);
        let (mut unnamed, mut rows) = (Vec::new(), BTreeMap::new());
        for name in &components {
            let Some(id) = RowId::parse(name).filter(|id| sides.iter().any(|side| is_named(side, id))) else {
                unnamed.push(name.clone());
                continue;
            };
            rows.insert(name.clone(), sides.iter().flat_map(|side| concerned(side, &id)).collect());
        }
        let [before, after] = sides.map(|side| side.dut.product.as_ref());
        let hardware = |product: Option<&Product>| {
            let text =
                |text: &Option<crate::finding::Located<String>>| text.as_ref().map(|text| text.value.clone());
            product.map(|product| (text(&product.model), text(&product.hardware_version)))
        };
        let software = |product: Option<&Product>| {
            product.and_then(|product| product.software_version.as_ref()).map(|text| text.value.clone())
        };
        let has_new_hardware = hardware(before) != hardware(after);
        let has_new_software = software(before) != software(after);
        Self { components, unnamed, rows, has_new_hardware, has_new_software }
    }

    /// Why the change concerns a target, if it does.
    pub(super) fn concerns(&self, catalog: &Catalog, new: &Evaluation, target: &Target) -> Vec<Again> {
        let Some(unit) = catalog.unit(target.unit).filter(|unit| unit.subject == LooksAt::Product) else {
            return Vec::new();
        };
        let mut why = Vec::new();
        if self.has_new_hardware {
            why.push(Again::Hardware);
        }
        if self.has_new_software && self.components.is_empty() {
            why.push(Again::UnknownChange);
        }
        if !self.unnamed.is_empty() {
            why.push(Again::UnknownReach(self.unnamed.clone()));
        }
        let meets = |rows: &BTreeSet<(TableNo, RowId)>| looks_at_any(new, unit, target, rows);
        let named = self.rows.iter().filter(|(_, rows)| meets(rows)).map(|(name, _)| name.clone());
        let named: Vec<String> = named.collect();
        if !named.is_empty() {
            why.push(Again::Components(named));
        }
        why
    }
}

/// The components that differ.
fn changed_components(old: &Evaluation, new: &Evaluation) -> Vec<String> {
    let rows = |evaluation: &Evaluation| -> BTreeMap<String, Vec<(String, Value)>> {
        let rows = evaluation.ixit.rows(TableNo::SOFT_COMP).iter();
        let fields =
            |row: &Row| row.values.iter().map(|(key, value)| (key.clone(), value.value.clone())).collect();
        rows.map(|row| (row.name().to_owned(), fields(row))).collect()
    };
    let (old, new) = (rows(old), rows(new));
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    names.into_iter().filter(|name| old.get(*name) != new.get(*name)).cloned().collect()
}

/// Whether a row of another table says that it has to do with a component.
fn is_named(evaluation: &Evaluation, component: &RowId) -> bool {
    let tables = evaluation.ixit.tables.values().filter(|table| table.no != TableNo::SOFT_COMP);
    tables.flat_map(|table| &table.rows).any(|row| names(row, component))
}

/// The component's own row, the rows that it refers to, and those that name it.
fn concerned(evaluation: &Evaluation, component: &RowId) -> BTreeSet<(TableNo, RowId)> {
    let mut found = BTreeSet::from([(TableNo::SOFT_COMP, component.clone())]);
    if let Some((_, row)) = evaluation.ixit.find(component) {
        let referred = row.values.keys().flat_map(|key| row.refs(key));
        found.extend(referred.filter_map(|id| evaluation.ixit.find(id).map(|(no, _)| (no, id.clone()))));
    }
    for table in evaluation.ixit.tables.values() {
        let naming = table.rows.iter().filter(|row| names(row, component));
        found.extend(naming.filter_map(|row| Some((table.no, row.id.as_ref()?.value.clone()))));
    }
    found
}

/// Whether a unit at a target looks at any of these rows.
fn looks_at_any(
    evaluation: &Evaluation,
    unit: &Unit,
    target: &Target,
    rows: &BTreeSet<(TableNo, RowId)>,
) -> bool {
    match &target.subject {
        // What names no table looks at the product whole.
        Subject::Product => unit.tables.is_empty() || rows.iter().any(|(no, _)| unit.tables.contains(no)),
        Subject::Row(id) => {
            let Some((no, row)) = evaluation.ixit.find(id) else { return true };
            let referred = row.values.keys().flat_map(|key| row.refs(key));
            let referred = referred.filter_map(|id| evaluation.ixit.find(id).map(|(no, _)| (no, id.clone())));
            let mut looked_at = referred.filter(|(no, _)| unit.tables.contains(no));
            rows.contains(&(no, id.clone())) || looked_at.any(|row| rows.contains(&row))
        }
    }
}

/// Whether a row names another, in a reference or as a word of what it says.
fn names(row: &Row, id: &RowId) -> bool {
    let says = |text: &str| has_word(text, id.as_str());
    row.values.values().any(|value| match &value.value {
        Value::Text(text) | Value::None { reason: text } => says(text),
        Value::Choice(phrase) => says(&phrase.note),
        Value::Set(phrases) => phrases.iter().any(|phrase| says(&phrase.note)),
        Value::Crypto(items) => items.iter().any(|item| says(item)),
        Value::Refs(ids) => ids.contains(id),
    })
}

/// Whether a text has an ID in it, and not only the beginning of a longer one. A sentence may end behind it.
fn has_word(text: &str, id: &str) -> bool {
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || "-_".contains(letter);
    text.match_indices(id).any(|(at, _)| {
        let before = text.get(..at).and_then(|text| text.chars().next_back());
        let mut after = text.get(at + id.len()..).unwrap_or_default().chars();
        let is_longer = match after.next() {
            Some('.') => after.next().is_some_and(is_part),
            Some(letter) => is_part(letter),
            None => false,
        };
        !before.is_some_and(|letter| is_part(letter) || letter == '.') && !is_longer
    })
}

#[cfg(test)]
mod tests {
    use super::has_word;

    #[test]
    fn an_id_is_a_word_of_its_own() {
        for (text, is_there) in [
            ("SoftComp-1", true),
            ("the stack of SoftComp-1.", true),
            ("SoftComp-1, SoftComp-2", true),
            ("(SoftComp-1)", true),
            ("SoftComp-10 and then SoftComp-1", true),
            ("SoftComp-10", false),
            ("SoftComp-1.2", false),
            ("SoftComp-1-b", false),
            ("MySoftComp-1", false),
            ("v.SoftComp-1", false),
            ("softcomp-1", false),
            ("", false),
        ] {
            assert_eq!(has_word(text, "SoftComp-1"), is_there, "{text}");
        }
    }
}
