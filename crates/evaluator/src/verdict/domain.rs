//! The rows that a unit is carried out on.

use super::target::Subject;
use crate::catalog::{Catalog, Domain, Filter, IxitTable, UnitRule, Via};
use crate::product::{self, Evaluation, RowId, Value};
use std::collections::{BTreeMap, BTreeSet};

/// A subject, and the rows that refer to it where that matters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The product, or a row.
    pub subject: Subject,
    /// The rows through which it is looked at.
    pub referrers: BTreeSet<RowId>,
}

/// What a unit is carried out on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resolved {
    /// The subjects, in the order of the documents.
    pub rows: Vec<Row>,
    /// What keeps the rows from being known: each stands for one that may be missing.
    pub uncertain: Vec<String>,
}

/// Finds them.
#[must_use]
pub fn resolve(catalog: &Catalog, evaluation: &Evaluation, rule: &UnitRule) -> Resolved {
    let Some(over) = &rule.over else {
        let row = Row { subject: Subject::Product, referrers: BTreeSet::new() };
        return Resolved { rows: vec![row], uncertain: Vec::new() };
    };
    let mut resolved = Resolved::default();
    let rows = rows_of(catalog, evaluation, over, &mut resolved.uncertain);
    let referrers = rule.via.as_ref().map(|via| referred(catalog, evaluation, via, &mut resolved.uncertain));
    for (id, _) in &rows {
        match &referrers {
            None => resolved.rows.push(Row { subject: Subject::Row(id.clone()), referrers: BTreeSet::new() }),
            Some(referrers) => {
                if let Some(from) = referrers.get(id) {
                    resolved.rows.push(Row { subject: Subject::Row(id.clone()), referrers: from.clone() });
                }
            }
        }
    }
    let known: BTreeSet<&RowId> = rows.iter().map(|(id, _)| id).collect();
    for missing in referrers.iter().flat_map(BTreeMap::keys).filter(|id| !known.contains(id)) {
        resolved.uncertain.push(format!("{missing} is referred to and is not there"));
    }
    resolved
}

/// The rows of a table that pass the filters.
fn rows_of<'e>(
    catalog: &Catalog,
    evaluation: &'e Evaluation,
    domain: &Domain,
    uncertain: &mut Vec<String>,
) -> Vec<(RowId, &'e product::Row)> {
    let Some(table) = catalog.table(domain.table) else { return Vec::new() };
    let Some(document) = evaluation.ixit.tables.get(&domain.table) else {
        uncertain.push(format!("{} is not there", table.path()));
        return Vec::new();
    };
    let mut rows = Vec::new();
    for row in &document.rows {
        let verdicts: Vec<Option<bool>> =
            domain.filters.iter().map(|filter| passes(evaluation, table, row, filter)).collect();
        if verdicts.contains(&Some(false)) {
            continue;
        }
        match &row.id {
            Some(id) if !verdicts.contains(&None) => {
                rows.push((id.value.clone(), row));
            }
            Some(id) => {
                uncertain.push(format!("{} says too little to know whether it is concerned", id.value));
            }
            None => uncertain.push(format!("a row of {} has no ID", table.path())),
        }
    }
    rows
}

/// Whether a row passes a filter; `None` where the field is missing or malformed.
fn passes(evaluation: &Evaluation, table: &IxitTable, row: &product::Row, filter: &Filter) -> Option<bool> {
    let field = table.field(&filter.field)?;
    if !field.editions.contains(&evaluation.edition()) {
        return Some(true);
    }
    let is_among = |word: &str| filter.options.iter().any(|option| option == word);
    let matches = match row.value(&field.key)? {
        Value::None { .. } => is_among(""),
        Value::Text(text) => is_among(text),
        Value::Choice(phrase) => is_among(&phrase.option),
        Value::Set(phrases) if phrases.is_empty() => is_among(""),
        Value::Set(phrases) => phrases.iter().any(|phrase| is_among(&phrase.option)),
        Value::Crypto(items) => items.is_empty() && is_among(""),
        Value::Refs(ids) => ids.is_empty() && is_among(""),
    };
    Some(matches == filter.is)
}

/// The rows that are referred to, each with those that do.
fn referred(
    catalog: &Catalog,
    evaluation: &Evaluation,
    via: &Via,
    uncertain: &mut Vec<String>,
) -> BTreeMap<RowId, BTreeSet<RowId>> {
    let mut found: BTreeMap<RowId, BTreeSet<RowId>> = BTreeMap::new();
    let edition = evaluation.edition();
    let names = [via.field.clone(), format!("Secure {}", via.field)];
    let table = catalog.table(via.from.table);
    let fields = names.iter().filter_map(|name| table.and_then(|table| table.field(name)));
    let keys: Vec<&str> =
        fields.filter(|field| field.editions.contains(&edition)).map(|field| field.key.as_str()).collect();
    for (from, row) in rows_of(catalog, evaluation, &via.from, uncertain) {
        for key in &keys {
            if row.value(key).is_none() {
                uncertain.push(format!("{from} does not say what it refers to"));
            }
            for id in row.refs(key) {
                found.entry(id.clone()).or_default().insert(from.clone());
            }
        }
    }
    found
}
