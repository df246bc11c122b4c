//! Weak, vague, unknown and undeclared cryptography.

use super::Check;
use crate::catalog::{FieldKind, Standing, TableNo, crypto_matches};
use crate::finding::{Finding, Place, Rule, quoted};
use crate::product::{Row, Value};

pub(super) fn check(check: &mut Check<'_>) {
    let (catalog, evaluation) = (check.catalog, check.evaluation);
    for table in &catalog.tables {
        let fields = table.fields(evaluation.edition()).filter(|field| field.kind == FieldKind::Crypto);
        for field in fields {
            for row in evaluation.ixit.rows(table.no) {
                for item in row.crypto(&field.key) {
                    judge(check, row, item, row.place(&field.key));
                }
                undeclared(check, table.no, row, &field.key);
            }
        }
    }
}

/// One protocol or algorithm.
fn judge(check: &mut Check<'_>, row: &Row, item: &str, at: &Place) {
    let (name, evidence) = item.split_once(": ").map_or((item, ""), |(name, words)| (name, words.trim()));
    let found = crypto_matches(&check.catalog.crypto, name);
    let worst = |standing| found.iter().find(|pattern| pattern.standing == standing);
    let subject = format!("{} {}", row.name(), name);
    let (rule, message, advice) = if let Some(pattern) = worst(Standing::Weak) {
        let rule = if evidence.is_empty() { Rule::CryptoWeak } else { Rule::CryptoWeakJustified };
        (rule, format!("{} is weak", quoted(name)), pattern.advice.as_str())
    } else if let Some(pattern) = worst(Standing::Legacy) {
        (Rule::CryptoLegacy, format!("{} is on its way out", quoted(name)), pattern.advice.as_str())
    } else if worst(Standing::Good).is_some() {
        return;
    } else if let Some(pattern) = worst(Standing::Vague) {
        (Rule::CryptoVague, format!("{} leaves open how strong it is", quoted(name)), pattern.advice.as_str())
    } else {
        (Rule::CryptoUnknown, format!("{} is not in the catalog", quoted(name)), "")
    };
    let mut finding = Finding::new(rule, at.clone(), subject, message);
    if !advice.is_empty() {
        finding = finding.help(advice);
    }
    check.findings.push(finding);
}

/// Guarantees that only cryptography gives, over communication, log-ins and updates.
fn undeclared(check: &mut Check<'_>, table: TableNo, row: &Row, key: &str) {
    let needs = match table {
        TableNo::COM_MECH | TableNo::UPD_MECH | TableNo::AUTH_MECH => {
            ["confidentiality", "integrity", "authenticity", "integrity-by-device", "authenticity-by-device"]
        }
        _ => return,
    };
    let needed: Vec<&str> =
        needs.into_iter().filter(|guarantee| row.has("security-guarantees", guarantee)).collect();
    if needed.is_empty() {
        return;
    }
    let is_missing = match row.value(key) {
        Some(Value::None { .. }) => true,
        Some(Value::Crypto(items)) => items.is_empty(),
        Some(Value::Text(_) | Value::Choice(_) | Value::Set(_) | Value::Refs(_)) | None => false,
    };
    if is_missing {
        let message = format!("{} guarantees {} without cryptography", row.name(), needed.join(", "));
        let at = row.place(key).clone();
        check.findings.push(
            Finding::new(Rule::CryptoUndeclared, at, row.name(), message)
                .related(row.place("security-guarantees").clone(), "the guarantees"),
        );
    }
}
