//! The conformance statement against the provisions' obligations and conditions, and against the tables.

use super::Check;
use crate::catalog::{Applicability, Condition, FeatureKey, Obligation, Provision};
use crate::finding::{Finding, Located, Rule, quoted};
use crate::product::{Answer, IcsEntry};

/// Characters below which a reason cannot say much.
const THIN_REASON: usize = 20;

pub(super) fn check(check: &mut Check<'_>) {
    let (catalog, evaluation) = (check.catalog, check.evaluation);
    let ics = &evaluation.ics;
    for provision in catalog.provisions(evaluation.edition()) {
        match ics.entries.get(&provision.id) {
            Some(entry) => of_provision(check, provision, entry),
            None if check.is_there(&ics.at.file) => {
                let message =
                    format!("nothing is said of provision {}: {}", provision.id, provision.paraphrase);
                let at = ics.at.clone();
                check.findings.push(Finding::new(Rule::IcsMissing, at, provision.id.to_string(), message));
            }
            None => {}
        }
    }
}

fn of_provision(check: &mut Check<'_>, provision: &Provision, entry: &IcsEntry) {
    let Some(answer) = &entry.answer else { return };
    let declared = |key: &FeatureKey| check.evaluation.dut.feature(key);
    let applicability = provision.applicability(declared);
    reason(check, provision, entry, answer);
    if let Some(condition) = &entry.condition {
        condition_of(check, provision, answer, condition);
    }
    match answer.value {
        Answer::NotApplicable => not_applicable(check, provision, entry, answer),
        Answer::Yes | Answer::No => {
            if let Applicability::NotMet(conditions) = &applicability {
                let names: Vec<String> = conditions.iter().map(named).collect();
                let message = format!(
                    "provision {} is answered {}, but does not apply: condition {} does not hold",
                    provision.id,
                    answer.value.name(),
                    names.join(", ")
                );
                check.report(Rule::ClaimNotApplicable, answer, provision, message);
            }
        }
    }
    if answer.value == Answer::No
        && provision.obligation == Obligation::Mandatory
        && !matches!(applicability, Applicability::NotMet(_))
    {
        let message = format!("mandatory provision {} is answered N: {}", provision.id, provision.paraphrase);
        check.report(Rule::MandatoryNo, answer, provision, message);
    }
    if answer.value == Answer::Yes {
        claim(check, provision, answer);
    }
}

fn named(condition: &Condition) -> String {
    format!("{} ({})", condition.key, condition.meaning)
}

/// N and N/A need their reason; a reason needs words.
fn reason(check: &mut Check<'_>, provision: &Provision, entry: &IcsEntry, answer: &Located<Answer>) {
    if answer.value == Answer::Yes {
        return;
    }
    let name = answer.value.name();
    match (&entry.reason, provision.obligation, answer.value) {
        (Some(reason), _, _) => {
            let says_little =
                reason.value.chars().count() < THIN_REASON || reason.value.split_whitespace().count() < 3;
            if says_little {
                let message = format!("{} is no reason that can be judged", quoted(&reason.value));
                let subject = provision.id.to_string();
                check.findings.push(Finding::new(Rule::ReasonThin, reason.at.clone(), subject, message));
            }
        }
        (None, _, _) if entry.unread.contains(&"reason") => {}
        (None, Obligation::Recommended, _) => {
            let message = format!("recommendation {} is answered {name} without a reason", provision.id);
            check.report(Rule::ReasonMissing, answer, provision, message);
        }
        (None, Obligation::Mandatory, Answer::NotApplicable) => {
            let message = format!("provision {} is answered {name} without a reason", provision.id);
            check.report(Rule::NaReason, answer, provision, message);
        }
        (None, Obligation::Mandatory, Answer::No | Answer::Yes) => {}
    }
}

/// A named condition must be one of the provision's, and only N/A has use for it.
fn condition_of(
    check: &mut Check<'_>,
    provision: &Provision,
    answer: &Located<Answer>,
    condition: &Located<String>,
) {
    let subject = provision.id.to_string();
    let known = provision.conditions.iter().chain(&provision.practice);
    let keys: Vec<&str> = known.map(|known| known.key.as_str()).collect();
    if !keys.contains(&condition.value.as_str()) {
        let of =
            if keys.is_empty() { "it has none".to_owned() } else { format!("it has {}", keys.join(", ")) };
        let message =
            format!("{} is no condition of provision {}; {of}", quoted(&condition.value), provision.id);
        check.findings.push(Finding::new(Rule::ConditionForeign, condition.at.clone(), subject, message));
    } else if answer.value != Answer::NotApplicable {
        let message = format!(
            "provision {} is answered {}, so condition {} is of no use",
            provision.id,
            answer.value.name(),
            condition.value
        );
        check.findings.push(Finding::new(Rule::ConditionOnYes, condition.at.clone(), subject, message));
    }
}

/// N/A needs a condition that does not hold.
fn not_applicable(check: &mut Check<'_>, provision: &Provision, entry: &IcsEntry, answer: &Located<Answer>) {
    let has_condition = !provision.conditions.is_empty() || provision.practice.is_some();
    if !has_condition {
        if provision.obligation == Obligation::Mandatory {
            let message =
                format!("mandatory provision {} has no condition, so it always applies", provision.id);
            check.report(Rule::NaUnconditional, answer, provision, message);
        }
        return;
    }
    let Some(condition) = &entry.condition else {
        let must_name = provision.obligation == Obligation::Mandatory || !provision.conditions.is_empty();
        if must_name && !entry.unread.contains(&"condition") {
            let message = format!("provision {} is answered N/A without its condition", provision.id);
            check.report(Rule::NaCondition, answer, provision, message);
        }
        return;
    };
    let mut known = provision.conditions.iter().chain(&provision.practice);
    let Some(known) = known.find(|known| known.key == condition.value) else { return };
    if provision.conditions.is_empty() {
        let message = format!(
            "N/A of provision {} rests on condition {} of laboratory practice",
            provision.id,
            named(known)
        );
        check.report(Rule::NaPractice, answer, provision, message);
    }
    if known.holds(|key| check.evaluation.dut.feature(key)) == Some(true) {
        let message = format!("condition {} holds by the declared features", named(known));
        let subject = provision.id.to_string();
        let mut finding = Finding::new(Rule::NaContradicted, condition.at.clone(), subject, message);
        let features = &check.evaluation.dut.features;
        if let Some(answer) = known.any_of.iter().find_map(|(key, _)| features.get(key)) {
            finding = finding.related(answer.at.clone(), "the feature that decides it");
        }
        check.findings.push(finding);
    }
}

/// A claim whose every table is empty claims what nobody described.
fn claim(check: &mut Check<'_>, provision: &Provision, answer: &Located<Answer>) {
    let tables: Vec<_> = check.tables_of(provision).collect();
    let ixit = &check.evaluation.ixit;
    let is_silent =
        |no| ixit.tables.get(no).is_some_and(|table| table.none.is_some() && table.rows.is_empty());
    if !tables.is_empty() && tables.iter().all(is_silent) {
        let names: Vec<String> = tables.iter().map(ToString::to_string).collect();
        let message = format!(
            "provision {} is claimed, but table {} has nothing to say",
            provision.id,
            names.join(", ")
        );
        check.report(Rule::ClaimWithoutTable, answer, provision, message);
    }
}

impl Check<'_> {
    /// A finding at a provision's answer.
    fn report(&mut self, rule: Rule, answer: &Located<Answer>, provision: &Provision, message: String) {
        self.findings.push(Finding::new(rule, answer.at.clone(), provision.id.to_string(), message));
    }

    /// The tables that the tests of a provision use, or of those whose successor it is.
    fn tables_of(&self, provision: &Provision) -> impl Iterator<Item = crate::catalog::TableNo> {
        let mut tables = std::collections::BTreeSet::new();
        for earlier in self.catalog.provisions(crate::catalog::Edition::V2_1_1) {
            if earlier.id == provision.id || earlier.successors.contains(&provision.id) {
                tables.extend(self.catalog.group(earlier.id).flat_map(|case| case.tables.iter().copied()));
            }
        }
        tables.into_iter()
    }
}
