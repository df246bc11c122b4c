//! The 26 units that look something up in the documents: what each looks at is one line of a table.

use crate::catalog::{Catalog, FeatureKey, Obligation, TableNo, UnitId};
use crate::product::{Answer, Evaluation, Row, Value};
use crate::verdict::{CheckUnit, Subject, Target, ToolOutcome, Verdict, targets};

/// What a unit looks at.
enum Look {
    /// Recommendations that are not met or do not apply give a reason.
    Reasons,
    /// A confirmation by the manufacturer, by the field's key.
    Confirmed(&'static str),
    /// The row's field has all of these options.
    All(&'static str, &'static [&'static str]),
    /// The row's field has one of these options.
    Any(&'static str, &'static [&'static str]),
    /// The row's field refers to another row.
    Refers(&'static str),
    /// The row's field says something, rather than `none`.
    Said(&'static str),
    /// One row at least of a table says something in the field.
    SomeRow(TableNo, &'static str),
    /// Each critical parameter says something in the field; the feature says whether there must be one with the option.
    Stated(&'static str, Option<&'static str>, &'static str),
    /// Automation that can be configured is on by default.
    AutomationDefault,
    /// An air interface is off unless its exposure is needed, which the row cannot say.
    AirInterface,
}

const CONFIGURABLE: &[&str] = &["auto-can-be-enabled", "auto-can-be-disabled", "auto-can-be-postponed"];
const NOTICES: &[&str] = &["notices-can-be-enabled", "notices-can-be-disabled", "notices-can-be-postponed"];

const LOOKS: [(&str, Look); 26] = [
    ("4-1-1a", Look::Reasons),
    ("5.2-2-1b", Look::Confirmed("confirmation-of-vulnerability-actions")),
    ("5.2-3-1d", Look::Confirmed("confirmation-of-vulnerability-monitoring")),
    ("5.3-4-1b", Look::AutomationDefault),
    ("5.3-6-1b", Look::Any("configuration", CONFIGURABLE)),
    ("5.3-6-1c", Look::All("configuration", &["auto-on-by-default"])),
    ("5.3-6-1d", Look::Any("configuration", NOTICES)),
    ("5.3-6-1e", Look::All("configuration", &["notices-on-by-default"])),
    ("5.3-8-1b", Look::Confirmed("confirmation-of-update-procedures")),
    ("5.3-9-1c", Look::All("security-guarantees", &["authenticity-by-device"])),
    ("5.3-9-1d", Look::All("security-guarantees", &["integrity-by-device"])),
    ("5.3-12-1a", Look::All("user-notification", &["announces-disruption", "announced-by-device"])),
    ("5.4-2-1a", Look::Stated("provisioning-mechanism", Some("hard-coded-identity"), "hard-coded-identity")),
    ("5.4-3-1a", Look::Stated("provisioning-mechanism", None, "critical-parameters")),
    ("5.4-4-1a", Look::Stated("generation-mechanism", None, "update-or-service-parameters")),
    ("5.5-2-1a", Look::Said("review-evaluation-method")),
    ("5.5-3-1a", Look::Refers("update-mechanism")),
    ("5.5-3-1b", Look::All("cryptographic-usage", &["used-side-effects-considered"])),
    ("5.5-4-1a", Look::Refers("authentication-mechanism")),
    ("5.5-8-1b", Look::Confirmed("confirmation-of-secure-management")),
    ("5.6-3-1b", Look::AirInterface),
    ("5.6-3-1c", Look::All("status", &["intermittent"])),
    ("5.6-4-1b", Look::All("status", &["disabled"])),
    ("5.6-4-1c", Look::All("status", &["intermittent"])),
    ("5.6-9-1b", Look::Confirmed("confirmation-of-secure-development")),
    ("5.10-1-1a", Look::SomeRow(TableNo::TEL_DATA, "security-examination")),
];

/// The units that are decided here.
pub fn units() -> impl Iterator<Item = UnitId> {
    LOOKS.iter().filter_map(|(unit, _)| unit.parse().ok())
}

/// Decides all of them, at every target that is asked for.
#[must_use]
pub fn decide(catalog: &Catalog, evaluation: &Evaluation) -> Vec<ToolOutcome> {
    let mut outcomes = Vec::new();
    for (name, look) in &LOOKS {
        let unit = name.parse().ok().and_then(|id| catalog.rule(id)).and_then(CheckUnit::of);
        let Some(unit) = unit else { continue };
        for target in targets(catalog, evaluation, unit.id()).into_keys() {
            outcomes.push(outcome(catalog, evaluation, unit, &target, look));
        }
    }
    outcomes
}

/// A verdict, how many rows or fields it rests on, and why.
type Seen = (Verdict, u32, String);

fn outcome(
    catalog: &Catalog,
    evaluation: &Evaluation,
    unit: CheckUnit,
    target: &Target,
    look: &Look,
) -> ToolOutcome {
    let row = match &target.subject {
        Subject::Product => None,
        Subject::Row(id) => evaluation.ixit.find(id).map(|(_, row)| row),
    };
    let (verdict, observations, note) = match (look, row) {
        (Look::Reasons, _) => reasons(catalog, evaluation),
        (Look::Confirmed(key), _) => confirmed(evaluation, key),
        (Look::SomeRow(table, key), _) => some_row(evaluation, *table, key),
        (Look::Stated(key, option, feature), _) => stated(evaluation, key, *option, feature),
        (_, None) => (Verdict::Inconclusive, 0, "there is no such row".into()),
        (Look::All(key, options), Some(row)) => has(row, key, options, |n| n == options.len()),
        (Look::Any(key, options), Some(row)) => has(row, key, options, |n| n > 0),
        (Look::Refers(key), Some(row)) => refers(row, key),
        (Look::Said(key), Some(row)) => said(row, key),
        (Look::AutomationDefault, Some(row)) => automation(row),
        (Look::AirInterface, Some(row)) => air(row),
    };
    let mut outcome = ToolOutcome::new(unit, target.subject.clone(), verdict, observations, note);
    if let Some(state) = target.state {
        outcome = outcome.in_state(state);
    }
    let is_fixed = row.is_some_and(|row| row.has("configuration", "fixed"));
    if matches!(look, Look::AutomationDefault) && is_fixed {
        outcome = outcome.with_escape("automation-not-configurable");
    }
    outcome
}

fn missing(key: &str) -> Seen {
    (Verdict::Inconclusive, 0, format!("`{key}` is not filled in"))
}

fn judged(holds: bool, note: String) -> Seen {
    (if holds { Verdict::Pass } else { Verdict::Fail }, 1, note)
}

fn has(row: &Row, key: &str, options: &[&str], enough: impl Fn(usize) -> bool) -> Seen {
    if row.value(key).is_none() {
        return missing(key);
    }
    let there: Vec<&str> = options.iter().copied().filter(|option| row.has(key, option)).collect();
    let wanted = options.join(", ");
    judged(
        enough(there.len()),
        format!("`{key}` of {} has [{}], looked for: {wanted}", row.name(), there.join(", ")),
    )
}

fn refers(row: &Row, key: &str) -> Seen {
    match row.value(key) {
        None => missing(key),
        Some(Value::None { reason }) => {
            judged(false, format!("`{key}` of {} refers to nothing: {reason}", row.name()))
        }
        Some(_) => {
            let ids: Vec<&str> = row.refs(key).iter().map(crate::product::RowId::as_str).collect();
            judged(!ids.is_empty(), format!("`{key}` of {} refers to [{}]", row.name(), ids.join(", ")))
        }
    }
}

fn said(row: &Row, key: &str) -> Seen {
    match row.value(key) {
        None => missing(key),
        Some(Value::None { reason }) => judged(false, format!("`{key}` of {} is none: {reason}", row.name())),
        Some(_) => judged(true, format!("`{key}` of {} is filled in", row.name())),
    }
}

fn automation(row: &Row) -> Seen {
    if row.value("initiation-and-interaction").is_none() {
        return missing("initiation-and-interaction");
    }
    if !row.has("initiation-and-interaction", "automatic") {
        return judged(false, format!("{} is not automatic", row.name()));
    }
    has(row, "configuration", &["auto-on-by-default"], |n| n > 0)
}

fn air(row: &Row) -> Seen {
    let name = row.name();
    if row.value("status").is_none() {
        return missing("status");
    }
    if row.has("status", "enabled") {
        let note = format!("{name} is enabled: a person has to say whether it needs to be");
        return (Verdict::Inconclusive, 1, note);
    }
    judged(true, format!("{name} is off unless it is needed"))
}

fn confirmed(evaluation: &Evaluation, key: &str) -> Seen {
    let Some(row) = evaluation.ixit.rows(TableNo::CONF).first() else { return missing(key) };
    has(row, key, &["confirmed"], |n| n > 0)
}

fn some_row(evaluation: &Evaluation, table: TableNo, key: &str) -> Seen {
    let rows = evaluation.ixit.rows(table);
    if rows.is_empty() {
        return (Verdict::Inconclusive, 0, format!("table {table} has no rows"));
    }
    let open = rows.iter().filter(|row| row.value(key).is_none()).count();
    let there = rows.iter().filter(|row| !row.text(key).is_empty()).count();
    if there == 0 && open > 0 {
        return missing(key);
    }
    judged(there > 0, format!("{there} of {} rows fill in `{key}`", rows.len()))
}

fn stated(evaluation: &Evaluation, key: &str, option: Option<&str>, feature: &str) -> Seen {
    let declared = evaluation.dut.feature(&FeatureKey::new(feature));
    let critical: Vec<&Row> =
        evaluation.ixit.rows(TableNo::SEC_PARAM).iter().filter(|row| row.has("type", "critical")).collect();
    let is_stated = |row: &&&Row| option.is_none_or(|option| row.has(key, option));
    let count = critical.iter().filter(is_stated).count();
    let rests_on = u32::try_from(critical.len()).unwrap_or(u32::MAX);
    if critical.iter().any(|row| row.value(key).is_none()) {
        return missing(key);
    }
    match (declared, count) {
        (None, _) => (Verdict::Inconclusive, 0, format!("the feature `{feature}` is not declared")),
        (Some(true), 0) => {
            (Verdict::Fail, rests_on, format!("`{feature}` is declared, but no critical parameter says so"))
        }
        (Some(false), 0) => (Verdict::Inconclusive, rests_on, format!("`{feature}` is declared absent")),
        (Some(_), count) => {
            (Verdict::Pass, rests_on, format!("{count} critical parameter(s) say so in `{key}`"))
        }
    }
}

/// Each recommendation that is not met or does not apply has a reason.
fn reasons(catalog: &Catalog, evaluation: &Evaluation) -> Seen {
    let mut count = 0;
    let mut without = Vec::new();
    let mut open = 0;
    for provision in catalog.provisions(evaluation.edition()) {
        if provision.obligation != Obligation::Recommended {
            continue;
        }
        match evaluation.ics.answer(provision.id) {
            None => open += 1,
            Some(Answer::Yes) => {}
            Some(Answer::No | Answer::NotApplicable) => {
                count += 1;
                let entry = evaluation.ics.entries.get(&provision.id);
                if entry.is_none_or(|entry| entry.reason.is_none()) {
                    without.push(provision.id.to_string());
                }
            }
        }
    }
    if !without.is_empty() {
        return (Verdict::Fail, count, format!("without a reason: {}", without.join(", ")));
    }
    if open > 0 {
        return (Verdict::Inconclusive, count, format!("{open} recommendation(s) not answered"));
    }
    (
        Verdict::Pass,
        count,
        format!("{count} recommendation(s) not met or not applicable, each with its reason"),
    )
}
