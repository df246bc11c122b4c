//! The evaluation report: what was evaluated, what was found, and what each verdict rests on.

use super::rests::Rests;
use super::words::{
    answer_text, entries, level_mark, obligation, parts, provision_anchor, said, verdict_mark, verdict_text,
};
use super::{Source, evidence, front};
use crate::catalog::{Obligation, ProvisionId};
use crate::document::{Anchor, Draft, Level, Row, Text, Tone};
use crate::verdict::{CaseResult, Conclusion, GroupResult, Rest, Subject, Verdict};

/// Writes the report.
#[must_use]
pub fn evaluation(source: Source<'_>) -> Draft {
    let mut draft = front::draft(source, "Evaluation report", Some(verdict_mark(source.conclusion.verdict)));
    summary(&mut draft, source);
    product(&mut draft, source);
    statement(&mut draft, source);
    findings(&mut draft, source);
    draft.heading(Level::One, "Verdicts in detail");
    draft.paragraph(
        "For each provision that the maker claims: its cases, their units, what decided each, and the evidence. A unit without an outcome is \
         INCONCLUSIVE; a tool decides only what is a plain look-up.",
    );
    for group in source.conclusion.groups.iter().filter(|group| group.verdict.is_some()) {
        detail(&mut draft, source, group);
    }
    evidence::chapters(&mut draft, source);
    front::open_values(&mut draft, source);
    draft
}

fn summary(draft: &mut Draft, source: Source<'_>) {
    let conclusion = source.conclusion;
    draft.heading(Level::One, "Summary");
    front::voluntary(draft, source);
    draft.paragraph(
        Text::from("The overall verdict is ")
            .mark(verdict_mark(conclusion.verdict))
            .plain(". ")
            .plain(because(conclusion)),
    );
    chart_by_clause(draft, conclusion);
    counts(draft, conclusion);
    named(draft, conclusion);
    front::confidence(draft, source);
}

/// Why the overall verdict is what it is, in a sentence.
fn because(conclusion: &Conclusion) -> String {
    let count = |verdict| conclusion.groups.iter().filter(|group| group.verdict == Some(verdict)).count();
    let (fails, open) = (count(Verdict::Fail), count(Verdict::Inconclusive));
    let mut reasons = Vec::new();
    if !conclusion.ics_faults.is_empty() {
        reasons.push(format!(
            "the conformance statement is invalid in {} place(s)",
            conclusion.ics_faults.len()
        ));
    }
    if fails > 0 {
        reasons.push(format!("{fails} claimed provision(s) are not met"));
    }
    if open > 0 {
        reasons.push(format!("{open} claimed provision(s) could not be decided yet"));
    }
    if !conclusion.open.is_empty() {
        reasons.push(format!(
            "{} provision(s) are not answered, or their condition is not declared",
            conclusion.open.len()
        ));
    }
    if conclusion.document_errors > 0 {
        reasons.push(format!("the documents have {} error(s)", conclusion.document_errors));
    }
    if reasons.is_empty() {
        return "The conformance statement is valid and every claimed provision is met.".to_owned();
    }
    format!("What stands against a PASS: {}.", reasons.join("; "))
}

fn chart_by_clause(draft: &mut Draft, conclusion: &Conclusion) {
    let mut clauses: Vec<String> = Vec::new();
    for group in &conclusion.groups {
        let clause = group.provision.clause();
        if clauses.last() != Some(&clause) {
            clauses.push(clause);
        }
    }
    let bars = clauses.iter().map(|clause| {
        let of_clause = conclusion.groups.iter().filter(|group| group.provision.clause() == *clause);
        (Text::from(format!("Clause {clause}")), parts(of_clause.map(|group| group.verdict)))
    });
    draft.chart("Provisions by clause and verdict", bars.collect::<Vec<_>>());
}

fn counts(draft: &mut Draft, conclusion: &Conclusion) {
    let row = |name: &str, wanted: Option<Obligation>| {
        let groups =
            conclusion.groups.iter().filter(|group| wanted.is_none_or(|wanted| group.obligation == wanted));
        let groups: Vec<_> = groups.map(|group| group.verdict).collect();
        let count = |verdict| groups.iter().filter(|known| **known == verdict).count().to_string();
        Row::new(
            [
                name.to_owned(),
                groups.len().to_string(),
                count(Some(Verdict::Pass)),
                count(Some(Verdict::Inconclusive)),
                count(Some(Verdict::Fail)),
                count(None),
            ]
            .map(Text::from),
        )
    };
    draft.table(
        "Provisions by obligation and verdict",
        &[("Provisions", 3), ("All", 1), ("PASS", 1), ("INCONCLUSIVE", 2), ("FAIL", 1), ("Not claimed", 2)],
        [
            row("Mandatory", Some(Obligation::Mandatory)),
            row("Recommended", Some(Obligation::Recommended)),
            row("All", None),
        ],
    );
}

/// The provisions behind each count, as links to their verdicts.
fn named(draft: &mut Draft, conclusion: &Conclusion) {
    let wanted = [Some(Verdict::Pass), Some(Verdict::Inconclusive), Some(Verdict::Fail), None];
    let rows = wanted.into_iter().filter_map(|wanted| {
        let groups: Vec<_> = conclusion.groups.iter().filter(|group| group.verdict == wanted).collect();
        let mut ids = Text::new();
        for (at, group) in groups.iter().enumerate() {
            let id = group.provision;
            ids = ids.plain(if at == 0 { "" } else { ", " });
            ids = match wanted {
                Some(_) => ids.link(id.to_string(), provision_anchor(id)),
                None => ids.link(id.to_string(), claim_anchor(id)),
            };
        }
        (!groups.is_empty())
            .then(|| Row::new([verdict_text(wanted), Text::from(groups.len().to_string()), ids]))
    });
    draft.table(
        "Which provisions these are",
        &[("Verdict", 4), ("Count", 2), ("Provisions", 15)],
        rows.collect::<Vec<_>>(),
    );
}

/// Where the statement's line on a provision stands.
fn claim_anchor(id: ProvisionId) -> Anchor {
    Anchor::new(&format!("claim {id}"))
}

fn product(draft: &mut Draft, source: Source<'_>) {
    let dut = &source.evaluation.dut;
    draft.heading(Level::One, "The product under test");
    if let Some(product) = &dut.product {
        draft.paragraph(said(product.description.as_ref()));
        draft.paragraph(
            Text::new().strong("Intended use. ").plain(said(product.intended_use.as_ref()).plain_text()),
        );
        if let Some(notes) = &product.notes {
            draft.paragraph(Text::new().strong("Notes. ").plain(notes.value.as_str()));
        }
    }
    for (title, items) in [("In scope", &dut.included), ("Out of scope", &dut.excluded)] {
        if !items.is_empty() {
            draft.heading(Level::Three, title);
            draft.list(items.iter().map(|item| Text::from(item.value.as_str())));
        }
    }
    if !dut.services.is_empty() {
        let rows = dut.services.iter().map(|service| {
            let stores =
                service.stores_personal_data.as_ref().map(|flag| if flag.value { "yes" } else { "no" });
            Row::new([
                said(service.name.as_ref()),
                said(service.operator.as_ref()),
                said(service.purpose.as_ref()),
                Text::from(stores.unwrap_or("not declared")),
            ])
        });
        draft.table(
            "Services that the product works with",
            &[("Service", 3), ("Operator", 3), ("Purpose", 5), ("Personal data", 2)],
            rows,
        );
    }
    if let Some(samples) = &dut.samples {
        let count = |value: Option<&crate::finding::Located<u32>>| {
            value.map_or("not declared".to_owned(), |value| value.value.to_string())
        };
        draft.paragraph(format!(
            "Units at the laboratory: {}; of these may be destroyed: {}.",
            count(samples.units.as_ref()),
            count(samples.sacrificial.as_ref())
        ));
    }
}

fn statement(draft: &mut Draft, source: Source<'_>) {
    draft.heading(Level::One, "The conformance statement");
    draft.paragraph("What the maker claims of each provision, and what the evaluation says to it.");
    if !source.conclusion.ics_faults.is_empty() {
        let faults = source.conclusion.ics_faults.iter().map(|fault| Text::from(fault.to_string()));
        draft.note(Tone::Bad, "The statement is invalid", faults);
    }
    if !source.conclusion.open.is_empty() {
        let open: Vec<String> = source.conclusion.open.iter().map(ToString::to_string).collect();
        draft.note(Tone::Open, "Not answered, or not decidable", [Text::from(open.join(", "))]);
    }
    let rows = source.conclusion.groups.iter().map(|group| {
        let id = group.provision;
        let entry = source.evaluation.ics.entries.get(&id);
        let name = if group.verdict.is_some() {
            Text::new().link(id.to_string(), provision_anchor(id))
        } else {
            Text::from(id.to_string())
        };
        let reason = entry.and_then(|entry| entry.reason.as_ref()).map_or("", |reason| reason.value.as_str());
        Row::new([
            name,
            Text::from(obligation(group.obligation)),
            answer_text(group.answer),
            verdict_text(group.verdict),
            Text::from(asks(source, id)),
            Text::from(reason),
        ])
        .anchored(claim_anchor(id))
    });
    draft.table(
        "The conformance statement",
        &[
            ("Provision", 12),
            ("Status", 15),
            ("Claim", 8),
            ("Verdict", 17),
            ("What it asks", 34),
            ("Reason", 23),
        ],
        rows,
    );
}

fn asks(source: Source<'_>, id: ProvisionId) -> &str {
    let provision = source.catalog.provision(source.evaluation.edition(), id);
    provision.map_or("", |provision| provision.paraphrase.as_str())
}

fn findings(draft: &mut Draft, source: Source<'_>) {
    draft.heading(Level::One, "Findings in the documents");
    if source.findings.is_empty() {
        draft.paragraph("The check of the documents found nothing.");
        return;
    }
    let rows = source.findings.iter().map(|finding| {
        Row::new([
            level_mark(finding.level()).into(),
            Text::new().code(finding.at.to_string()),
            Text::from(finding.message.as_str()),
            Text::from(finding.help.as_str()).plain(" ").quiet(format!("[{}]", finding.rule.id())),
        ])
    });
    draft.table(
        "Findings in the documents",
        &[("Level", 11), ("Where", 22), ("What", 32), ("What to do", 35)],
        rows,
    );
}

fn detail(draft: &mut Draft, source: Source<'_>, group: &GroupResult) {
    let id = group.provision;
    draft.heading_at(Level::Two, &format!("Provision {id}"), provision_anchor(id));
    draft.paragraph(
        verdict_text(group.verdict)
            .plain(" ")
            .strong(obligation(group.obligation))
            .plain(". ")
            .plain(asks(source, id)),
    );
    if let Some(entry) = group.recognised {
        draft.paragraph(
            entries(Text::from("Covered by recognised evidence from outside (clause 4.7): "), &[entry])
                .plain("."),
        );
    }
    if group.cases.is_empty() {
        draft.paragraph("No test case is known for this provision, so that it stays undecided without recognised evidence from outside.");
        return;
    }
    let rows: Vec<Row> = group.cases.iter().flat_map(|case| case_rows(source, case)).collect();
    draft.table(
        &format!("Cases and units of provision {id}"),
        &[("Case, unit", 12), ("Verdict", 17), ("What is asked", 33), ("What the verdict rests on", 38)],
        rows,
    );
}

fn case_rows(source: Source<'_>, case: &CaseResult) -> Vec<Row> {
    let mut rows = vec![Row::new([
        Text::new().strong(case.case.to_string()),
        verdict_mark(case.verdict).into(),
        Text::new().strong(source.catalog.case(case.case).map_or("", |case| case.kind.name())),
        Text::from(
            case.criteria
                .iter()
                .map(|criterion| format!("{}: {}", criterion.name, criterion.verdict))
                .collect::<Vec<_>>()
                .join("; "),
        ),
    ])];
    for unit in &case.units {
        let asked = source.catalog.unit(unit.unit).map_or("", |unit| unit.paraphrase.as_str());
        let rests =
            case.criteria.iter().flat_map(|criterion| &criterion.subjects).flat_map(|subject| &subject.units);
        let rests: Vec<&Rest> = rests.filter(|rest| rest.target.unit == unit.unit).collect();
        rows.push(Row::new([
            Text::from(unit.unit.to_string()),
            verdict_mark(unit.verdict).into(),
            Text::from(asked),
            grounds(&rests),
        ]));
    }
    rows
}

/// How many targets a row tells one by one.
const TOLD: usize = 6;

/// What the outcomes of a unit rest on: those of one ground together, so that forty rows without an outcome are one line.
fn grounds(rests: &[&Rest]) -> Text {
    let mut groups: Vec<(String, Vec<&Rest>)> = Vec::new();
    for rest in rests {
        let note = if rest.note.is_empty() { String::new() } else { format!(" ({})", rest.note) };
        let key = format!("{}{note}", rest.ground);
        match groups.iter_mut().find(|(known, _)| *known == key) {
            Some((_, known)) => known.push(rest),
            None => groups.push((key, vec![rest])),
        }
    }
    let mut text = Text::new();
    for (at, (ground, rests)) in groups.iter().enumerate() {
        let separator = if at == 0 { "" } else { "; " };
        let targets: Vec<String> =
            rests.iter().take(TOLD).map(|rest| on(rest)).filter(|on| !on.is_empty()).collect();
        let more =
            if rests.len() > TOLD { format!(" and {} more", rests.len() - TOLD) } else { String::new() };
        text = text.plain(format!("{separator}{}{more}", targets.join(", ")));
        text = text.plain(if targets.is_empty() { "" } else { ": " }).plain(ground.as_str());
        let held = Rests::of_each(rests.iter().copied());
        if !held.is_empty() {
            text = held.told(text.plain(", "));
        }
    }
    text
}

/// The row and the state of a target, in words.
fn on(rest: &Rest) -> String {
    let row = match &rest.target.subject {
        Subject::Product => String::new(),
        Subject::Row(id) => id.to_string(),
    };
    match rest.target.state {
        Some(state) if row.is_empty() => state.name().to_owned(),
        Some(state) => format!("{row} ({})", state.name()),
        None => row,
    }
}
