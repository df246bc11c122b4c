//! The test plan: for each provision that the maker claims, what is to be done, by whom, on what; and what a laboratory has
//! to have ready for it ([`crate::plan`]).

use std::collections::BTreeMap;

use super::rests::Rests;
use super::words::{obligation, provision_anchor, verdict_mark};
use super::{Source, evidence, front};
use crate::catalog::{Decider, UnitId};
use crate::document::{Draft, Level, Part, Row, Text, Tone};
use crate::plan::totals::hours;
use crate::plan::{Class, Plan, PlannedCase, PlannedGroup, PlannedUnit, Totals, Work};
use crate::verdict::{CaseResult, Subject, Target, UnitResult, Verdict};

/// Writes the report.
#[must_use]
pub fn plan(source: Source<'_>) -> Draft {
    let plan = crate::plan::plan(source.catalog, source.evaluation);
    let mut draft = front::draft(source, "Test plan", None);
    summary(&mut draft, source, &plan);
    preparation(&mut draft, source, &plan.totals);
    by_provision(&mut draft, &plan);
    draft.heading(Level::One, "What is to be done");
    draft.paragraph(
        "Each unit with what it asks, how it is carried out and by whom it is decided, on which rows of the declaration and in which states, and \
         the time of its first reader. A unit of which all outcomes are in the ledger bears its verdict.",
    );
    let states = states(source);
    for group in plan.groups.iter().filter(|group| is_planned(group)) {
        of_group(&mut draft, group, &states);
    }
    left_out(&mut draft, source);
    evidence::chapters(&mut draft, source);
    front::open_values(&mut draft, source);
    draft
}

/// Whether a group has work, or should have and has none.
fn is_planned(group: &PlannedGroup) -> bool {
    !group.cases.is_empty() || group.answer == Some(crate::product::Answer::Yes)
}

const fn tone(class: Class) -> Tone {
    match class {
        Class::Automatic => Tone::Good,
        Class::SemiAutomatic => Tone::Plain,
        Class::Document => Tone::Quiet,
        Class::Manual => Tone::Open,
    }
}

const fn by_what(class: Class) -> &'static str {
    match class {
        Class::Automatic => "a tool, alone",
        Class::SemiAutomatic => "a tool, helped and judged by a person",
        Class::Document => "a person who reads",
        Class::Manual => "a person, by hand",
    }
}

fn summary(draft: &mut Draft, source: Source<'_>, plan: &Plan) {
    draft.heading(Level::One, "Summary");
    front::voluntary(draft, source);
    let Totals { work, specimens, sacrificial_at_least, sacrificial_at_most, .. } = &plan.totals;
    let claimed =
        plan.groups.iter().filter(|group| group.answer == Some(crate::product::Answer::Yes)).count();
    draft.paragraph(
        Text::from(format!(
            "{claimed} of {} provisions are claimed. That brings {} cases with {} units, which are carried out on {} targets: rows of the \
             declaration, in the states that they have to be seen in. ",
            plan.groups.len(),
            work.cases,
            work.units,
            work.targets
        ))
        .strong(format!("About {} of work", hours(work.minutes)))
        .plain(format!(
            " for the first readers, on {} of the product, of which {} may be destroyed; {} outcomes need a second reader.",
            counted(*specimens, "unit"),
            range(*sacrificial_at_least, *sacrificial_at_most),
            work.second_readings
        )),
    );
    draft.table(
        "The work by class",
        &[("Class", 3), ("Carried out by", 5), ("Targets", 2), ("Time", 2)],
        Class::ALL
            .map(|class| {
                let share = work.share(class);
                Row::new([
                    Text::new().strong(class.name()),
                    Text::from(by_what(class)),
                    Text::from(share.targets.to_string()),
                    Text::from(hours(share.minutes)),
                ])
            })
            .into_iter()
            .chain([Row::new([
                Text::new().strong("all"),
                Text::new(),
                Text::new().strong(work.targets.to_string()),
                Text::new().strong(hours(work.minutes)),
            ])]),
    );
    draft.paragraph(Text::new().quiet(
        "Times are estimates by kind of unit and number of targets, and medseal's judgement unless the laboratory has put its own into \
         catalog/estimates.tsv. What a program decides by reading the declaration alone is counted as no time.",
    ));
    chart(draft, plan);
    front::confidence(draft, source);
}

fn counted(count: u32, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

fn range(from: u32, to: u32) -> String {
    if from == to { from.to_string() } else { format!("{from} to {to}") }
}

fn chart(draft: &mut Draft, plan: &Plan) {
    let mut clauses: Vec<(String, Vec<&PlannedGroup>)> = Vec::new();
    for group in plan.groups.iter().filter(|group| !group.cases.is_empty()) {
        let clause = group.provision.clause();
        match clauses.last_mut().filter(|(known, _)| *known == clause) {
            Some((_, groups)) => groups.push(group),
            None => clauses.push((clause, vec![group])),
        }
    }
    let bars = clauses.into_iter().map(|(clause, groups)| {
        let work = Work::of(groups.iter().flat_map(|group| &group.cases));
        let part = |class: Class| Part {
            label: class.name().to_owned(),
            count: u32::try_from(work.share(class).targets).unwrap_or(u32::MAX),
            tone: tone(class),
        };
        (Text::from(format!("Clause {clause}")), Class::ALL.map(part).to_vec())
    });
    draft.chart("Targets by clause and class", bars);
}

/// What has to be there before the work begins.
fn preparation(draft: &mut Draft, source: Source<'_>, totals: &Totals) {
    draft.heading(Level::One, "What the laboratory prepares");
    let row = |what: &str, how_many: String, why: &str| {
        Row::new([Text::new().strong(what), Text::from(how_many), Text::from(why)])
    };
    let states: Vec<&str> = totals.states.iter().copied().collect();
    let readers = if totals.work.second_readings > 0 { 2 } else { 1 };
    let mut rows = vec![
        row("Units of the product", totals.specimens.to_string(), "at once, and one that stays whole"),
        row(
            "Of these may be destroyed",
            range(totals.sacrificial_at_least, totals.sacrificial_at_most),
            "the fewer if one unit serves for all such cases, the more if each case has its own",
        ),
        row(
            "Assessors",
            readers.to_string(),
            "named on the ledger's roster, each with a key; the second reader is another person than the first",
        ),
        row("Tools", totals.equipment.len().to_string(), "procedures, named with their tools below"),
    ];
    if !states.is_empty() {
        rows.push(row(
            "States of the product",
            states.len().to_string(),
            &format!("{}: a unit of each, or one that can be set back", states.join(", ")),
        ));
    }
    draft.table("What has to be ready", &[("What", 4), ("How many", 2), ("Why", 8)], rows);
    short_of(draft, source, totals);
    specimens(draft, totals);
    equipment(draft, totals);
}

/// Whether the maker gives fewer units than the plan needs.
fn short_of(draft: &mut Draft, source: Source<'_>, totals: &Totals) {
    let Some(samples) = &source.evaluation.dut.samples else { return };
    let given = |value: Option<&crate::finding::Located<u32>>| value.map(|value| value.value);
    let (units, sacrificial) = (given(samples.units.as_ref()), given(samples.sacrificial.as_ref()));
    let said =
        |value: Option<u32>| value.map_or("an undeclared number".to_owned(), |value| value.to_string());
    let words =
        format!("The maker gives {} of units, {} of which may be destroyed.", said(units), said(sacrificial));
    let is_enough = units.is_some_and(|units| units >= totals.specimens)
        && sacrificial.is_some_and(|known| known >= totals.sacrificial_at_least);
    if is_enough {
        draft.paragraph(format!("{words} That is enough."));
    } else {
        let needed = format!(
            "{words} The plan needs {} and {}: agree on more before the work begins, or some units stay INCONCLUSIVE.",
            totals.specimens, totals.sacrificial_at_least
        );
        draft.note(Tone::Open, "Too few units of the product", [Text::from(needed)]);
    }
}

fn specimens(draft: &mut Draft, totals: &Totals) {
    if totals.specimens_for.is_empty() {
        return;
    }
    draft.heading(Level::Two, "Units of the product");
    let rows = totals.specimens_for.iter().map(|need| {
        Row::new([
            Text::from(need.case.to_string()),
            Text::from(need.units.to_string()),
            Text::from(need.sacrificial.to_string()),
            Text::from(need.why.as_str()),
        ])
    });
    draft.table(
        "Cases that need several units, or may destroy one",
        &[("Case", 2), ("Units", 2), ("May be destroyed", 3), ("What for", 8)],
        rows,
    );
}

fn equipment(draft: &mut Draft, totals: &Totals) {
    draft.heading(Level::Two, "Procedures and tools");
    if totals.equipment.is_empty() {
        draft.paragraph("No procedure of the catalog serves the cases that apply.");
        return;
    }
    let rows = totals.equipment.iter().map(|equipment| {
        let cases: Vec<String> = equipment.cases.iter().map(ToString::to_string).collect();
        Row::new([
            Text::new().strong(equipment.procedure.as_str()),
            Text::from(equipment.title.as_str()),
            Text::from(equipment.tools.as_str()),
            Text::from(cases.join(", ")),
        ])
    });
    draft.table(
        "Procedures that serve the cases",
        &[("Id", 5), ("What it does", 22), ("Tools", 33), ("Cases", 20)],
        rows,
    );
}

/// The work of each provision, and the sum.
fn by_provision(draft: &mut Draft, plan: &Plan) {
    draft.heading(Level::One, "The work by provision");
    let numbers = |work: &Work| {
        let mut cells = vec![work.cases.to_string(), work.units.to_string()];
        cells.extend(Class::ALL.map(|class| work.share(class).targets.to_string()));
        cells.extend([work.second_readings.to_string(), hours(work.minutes)]);
        cells
    };
    let rows = plan.groups.iter().filter(|group| is_planned(group)).map(|group| {
        let id = group.provision;
        let first = [
            Text::new().link(id.to_string(), provision_anchor(id)),
            Text::from(obligation(group.obligation)),
        ];
        Row::new(first.into_iter().chain(numbers(&group.work()).into_iter().map(Text::from)))
    });
    let all = numbers(&plan.totals.work).into_iter().map(|number| Text::new().strong(number));
    let sum = Row::new([Text::new().strong("all"), Text::new()].into_iter().chain(all));
    draft.table(
        "Cases, units, targets by class (A by a tool, S by a tool and a person, D by reading, M by hand), and time",
        &[
            ("Provision", 10),
            ("Status", 14),
            ("Cases", 7),
            ("Units", 7),
            ("A", 5),
            ("S", 5),
            ("D", 5),
            ("M", 5),
            ("Read twice", 9),
            ("Time", 8),
        ],
        rows.chain([sum]).collect::<Vec<_>>(),
    );
}

/// How a unit stands so far, and on what that rests.
struct State {
    verdict: Verdict,
    rests: Rests,
}

fn states(source: Source<'_>) -> BTreeMap<UnitId, State> {
    let cases = source.conclusion.groups.iter().flat_map(|group| &group.cases);
    let units = cases.flat_map(|case| case.units.iter().map(move |unit| (case, unit)));
    let state = |(case, unit): (&CaseResult, &UnitResult)| {
        let subjects = case.criteria.iter().flat_map(|criterion| &criterion.subjects);
        let outcomes = subjects.flat_map(|subject| &subject.units);
        let of_unit = outcomes.filter(|outcome| outcome.target.unit == unit.unit);
        (unit.unit, State { verdict: unit.verdict, rests: Rests::of_each(of_unit) })
    };
    units.map(state).collect()
}

fn of_group(draft: &mut Draft, group: &PlannedGroup, states: &BTreeMap<UnitId, State>) {
    let id = group.provision;
    draft.heading_at(Level::Two, &format!("Provision {id}"), provision_anchor(id));
    let work = group.work();
    draft.paragraph(
        Text::new()
            .strong(obligation(group.obligation))
            .plain(". ")
            .plain(group.asks.as_str())
            .quiet(format!(" About {}.", hours(work.minutes))),
    );
    if group.cases.is_empty() {
        draft.paragraph("No test case is known; it needs recognised evidence from outside.");
        return;
    }
    for PlannedCase { case, why, .. } in group.cases.iter().filter(|case| case.why.starts_with("inherited")) {
        draft.paragraph(format!("Case {case} is {why}."));
    }
    let rows =
        group.cases.iter().flat_map(|case| &case.units).map(|unit| unit_row(unit, states.get(&unit.unit)));
    draft.table(
        &format!("Units of provision {id}"),
        &[
            ("Unit", 10),
            ("What is asked", 28),
            ("How", 15),
            ("Decided by", 11),
            ("On", 17),
            ("Time", 7),
            ("State", 12),
        ],
        rows.collect::<Vec<_>>(),
    );
}

fn unit_row(unit: &PlannedUnit, state: Option<&State>) -> Row {
    let state = match state {
        Some(State { verdict: verdict @ (Verdict::Pass | Verdict::Fail), rests }) => {
            rests.told(Text::from(verdict_mark(*verdict)).plain(" "))
        }
        Some(State { verdict: Verdict::Inconclusive, .. }) | None => Text::new().quiet("to do"),
    };
    let decided = match unit.decides {
        Decider::Assessor if unit.readers > 1 => Text::from("assessor, read twice"),
        decides @ (Decider::Tool | Decider::Assessor | Decider::Inherited | Decider::Performed) => {
            Text::from(decides.name())
        }
    };
    let time = if unit.minutes == 0 { Text::new() } else { Text::from(hours(unit.minutes)) };
    Row::new([
        Text::from(unit.unit.to_string()),
        Text::from(unit.asks.as_str()),
        Text::from(unit.class.name()),
        decided,
        Text::from(subjects(&unit.targets)),
        time,
        state,
    ])
}

/// What a unit is carried out on: few rows by name, many by their number, with the states.
fn subjects(targets: &[Target]) -> String {
    let mut rows: Vec<String> = Vec::new();
    for target in targets {
        let name = match (&target.subject, target.state) {
            (Subject::Product, None) => "the product".to_owned(),
            (Subject::Product, Some(state)) => format!("the product, {}", state.name()),
            (Subject::Row(id), None) => id.to_string(),
            (Subject::Row(id), Some(state)) => format!("{id} ({})", state.name()),
        };
        rows.push(name);
    }
    match rows.len() {
        0 => "nothing declared".to_owned(),
        1..=4 => rows.join(", "),
        count => {
            let first = rows.first().cloned().unwrap_or_default();
            format!("{first} and {} more", count - 1)
        }
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
