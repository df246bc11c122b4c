//! The test plan: for each provision that the maker claims, what is to be done, by whom, on what.

use std::collections::BTreeSet;

use super::words::{obligation, provision_anchor, verdict_mark};
use super::{Source, evidence, front};
use crate::catalog::{Automation, Case, Decider, Unit};
use crate::document::{Draft, Level, Part, Row, Text, Tone};
use crate::verdict::{CaseResult, GroupResult, Verdict};

/// Writes the report.
#[must_use]
pub fn plan(source: Source<'_>) -> Draft {
    let mut draft = front::draft(source, "Test plan", None);
    let claimed: Vec<&GroupResult> =
        source.conclusion.groups.iter().filter(|group| group.verdict.is_some()).collect();
    summary(&mut draft, source, &claimed);
    equipment(&mut draft, source, &claimed);
    draft.heading(Level::One, "What is to be done");
    for group in &claimed {
        of_group(&mut draft, source, group);
    }
    left_out(&mut draft, source);
    evidence::chapters(&mut draft, source);
    front::open_values(&mut draft, source);
    draft
}

/// How a unit is carried out, in the order in which a laboratory takes them.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Tool,
    Assisted,
    Reading,
    Hand,
}

impl Way {
    const ALL: [(Self, &'static str, Tone); 4] = [
        (Self::Tool, "automatic", Tone::Good),
        (Self::Assisted, "semi-automatic", Tone::Plain),
        (Self::Reading, "document", Tone::Quiet),
        (Self::Hand, "manual", Tone::Open),
    ];

    fn name(self) -> &'static str {
        Self::ALL.iter().find(|(way, _, _)| *way == self).map_or("", |(_, name, _)| name)
    }

    fn of(case: Option<&Case>, decides: Option<Decider>) -> Self {
        let automation = case.and_then(|case| case.automation);
        match (decides, automation) {
            (Some(Decider::Tool), _) | (_, Some(Automation::Automatic)) => Self::Tool,
            (_, Some(Automation::SemiAutomatic)) => Self::Assisted,
            (_, Some(Automation::Document)) | (_, None) => Self::Reading,
            (_, Some(Automation::Manual)) => Self::Hand,
        }
    }
}

fn way(source: Source<'_>, case: &CaseResult, unit: crate::catalog::UnitId) -> Way {
    Way::of(source.catalog.case(case.case), source.catalog.rule(unit).map(|rule| rule.decides))
}

fn summary(draft: &mut Draft, source: Source<'_>, claimed: &[&GroupResult]) {
    draft.heading(Level::One, "Summary");
    front::voluntary(draft, source);
    let cases: usize = claimed.iter().map(|group| group.cases.len()).sum();
    let units: usize = claimed.iter().flat_map(|group| &group.cases).map(|case| case.units.len()).sum();
    draft.paragraph(format!(
        "{} of {} provisions are claimed; {cases} case(s) with {units} unit(s) apply to them. A tool decides only units that are a plain look-up; \
         an assessor judges all others, on evidence that tools may prepare.",
        claimed.len(),
        source.conclusion.groups.len()
    ));
    let mut clauses: Vec<String> = claimed.iter().map(|group| group.provision.clause()).collect();
    clauses.dedup();
    let bars: Vec<_> = clauses
        .iter()
        .map(|clause| {
            let of_clause = claimed
                .iter()
                .filter(|group| group.provision.clause() == *clause)
                .flat_map(|group| &group.cases);
            let ways: Vec<Way> = of_clause
                .flat_map(|case| case.units.iter().map(|unit| way(source, case, unit.unit)))
                .collect();
            let part = |(wanted, name, tone): (Way, &str, Tone)| Part {
                label: name.to_owned(),
                count: ways.iter().filter(|way| **way == wanted).count() as u32,
                tone,
            };
            (Text::from(format!("Clause {clause}")), Way::ALL.map(part).to_vec())
        })
        .collect();
    draft.chart("Units by clause and how they are carried out", bars);
    front::confidence(draft, source);
}

fn equipment(draft: &mut Draft, source: Source<'_>, claimed: &[&GroupResult]) {
    draft.heading(Level::One, "Procedures and tools");
    let cases: BTreeSet<String> =
        claimed.iter().flat_map(|group| &group.cases).map(|case| case.case.to_string()).collect();
    let serves = |words: &str| {
        words.split_whitespace().any(|word| cases.iter().any(|case| word.starts_with(case.as_str())))
    };
    let rows: Vec<Row> = source
        .catalog
        .procedures
        .iter()
        .filter(|procedure| serves(&procedure.cases))
        .map(|procedure| {
            Row::new([
                Text::new().strong(procedure.id.as_str()),
                Text::from(procedure.title.as_str()),
                Text::from(procedure.tools.as_str()),
                Text::from(procedure.cases.as_str()),
            ])
        })
        .collect();
    if rows.is_empty() {
        draft.paragraph("No procedure of the catalog serves the cases that apply.");
    } else {
        draft.table(
            "Procedures that serve the cases",
            &[("Id", 1), ("What it does", 4), ("Tools", 5), ("Cases", 5)],
            rows,
        );
    }
}

fn of_group(draft: &mut Draft, source: Source<'_>, group: &GroupResult) {
    let id = group.provision;
    draft.heading_at(Level::Two, &format!("Provision {id}"), provision_anchor(id));
    let provision = source.catalog.provision(source.evaluation.edition(), id);
    draft.paragraph(
        Text::new()
            .strong(obligation(group.obligation))
            .plain(". ")
            .plain(provision.map_or("", |provision| provision.paraphrase.as_str())),
    );
    if group.cases.is_empty() {
        draft.paragraph("No test case is known; it needs recognised evidence from outside.");
        return;
    }
    let rows: Vec<Row> = group
        .cases
        .iter()
        .flat_map(|case| case.units.iter().map(move |unit| (case, unit)))
        .map(|(case, unit)| {
            let known: Option<&Unit> = source.catalog.unit(unit.unit);
            let state = match unit.verdict {
                Verdict::Inconclusive => Text::new().quiet("to do"),
                verdict @ (Verdict::Pass | Verdict::Fail) => verdict_mark(verdict).into(),
            };
            Row::new([
                Text::from(unit.unit.to_string()),
                Text::from(known.map_or("", |unit| unit.paraphrase.as_str())),
                Text::from(way(source, case, unit.unit).name()),
                Text::from(source.catalog.rule(unit.unit).map_or("", |rule| rule.decides.name())),
                Text::from(subjects(case, unit.unit)),
                state,
            ])
        })
        .collect();
    draft.table(
        &format!("Units of provision {id}"),
        &[("Unit", 10), ("What is asked", 34), ("How", 14), ("Decided by", 13), ("On", 18), ("State", 11)],
        rows,
    );
}

/// What a unit is carried out on: rows by their IDs, few of them by name.
fn subjects(case: &CaseResult, unit: crate::catalog::UnitId) -> String {
    let subjects = case.criteria.iter().flat_map(|criterion| &criterion.subjects);
    let rows: BTreeSet<&str> = subjects
        .filter(|subject| subject.units.iter().any(|rest| rest.target.unit == unit))
        .map(|subject| subject.row.as_ref().map_or("the product", |row| row.as_str()))
        .collect();
    match rows.len() {
        0 => "nothing declared".to_owned(),
        1..=4 => rows.into_iter().collect::<Vec<_>>().join(", "),
        count => format!("{count} rows"),
    }
}

fn left_out(draft: &mut Draft, source: Source<'_>) {
    let rest: Vec<Row> = source
        .conclusion
        .groups
        .iter()
        .filter(|group| group.verdict.is_none())
        .map(|group| {
            let entry = source.evaluation.ics.entries.get(&group.provision);
            let reason =
                entry.and_then(|entry| entry.reason.as_ref()).map_or("", |reason| reason.value.as_str());
            Row::new([
                Text::from(group.provision.to_string()),
                Text::from(obligation(group.obligation)),
                super::words::answer_text(group.answer),
                Text::from(reason),
            ])
        })
        .collect();
    draft.heading(Level::One, "What is left out");
    if rest.is_empty() {
        draft.paragraph("Nothing: every provision is claimed.");
    } else {
        draft.table(
            "Provisions that are not claimed",
            &[("Provision", 2), ("Status", 2), ("Claim", 2), ("The maker's reason", 9)],
            rest,
        );
    }
}
