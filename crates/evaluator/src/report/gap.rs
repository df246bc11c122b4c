//! The gap analysis as a report: first the page that a maker prints (where the work lies, the first ten steps), then all steps to
//! conformity in their order ([`crate::gap`]), and how the provisions stand.

use super::rests::{Rests, runs};
use super::words::{obligation, provision_anchor, verdict_mark, verdict_text};
use super::{Source, evidence, front};
use crate::catalog::{Obligation, ProvisionId};
use crate::document::{Anchor, Draft, Level, Matrix, MatrixCell, MatrixRow, Row, Text, Tone};
use crate::finding::Effort;
use crate::gap::{Gap, Standing, Step, Weight};
use std::collections::BTreeSet;

/// Writes the report. Open values do not stop it: they are among what it names.
#[must_use]
pub fn gap(source: Source<'_>) -> Draft {
    let found = crate::gap::gap(source.evaluation, source.catalog, source.findings);
    let mut draft = front::draft(source, "Gap analysis", Some(verdict_mark(source.conclusion.verdict)));
    first(&mut draft, &found);
    standings(&mut draft, source, &found);
    let named: BTreeSet<ProvisionId> =
        found.steps.iter().flat_map(|step| step.provisions.iter().copied()).collect();
    for weight in WEIGHTS {
        steps(&mut draft, &found, weight);
    }
    provisions(&mut draft, source, &named);
    front::confidence(&mut draft, source);
    evidence::chapters(&mut draft, source);
    draft
}

const WEIGHTS: [Weight; 3] = [Weight::Blocking, Weight::Doubtful, Weight::Optional];

fn title(weight: Weight) -> (&'static str, &'static str) {
    match weight {
        Weight::Blocking => {
            ("What stands in the way", "Without these the evaluation fails or cannot be carried out.")
        }
        Weight::Doubtful => {
            ("What an assessor will ask", "These are likely to be wrong, or to need an answer.")
        }
        Weight::Optional => ("What would be better", "Conformity does not need these."),
    }
}

/// How many steps the first page tells.
const FIRST: usize = 10;

/// The page to print: where the work lies, and what comes first.
fn first(draft: &mut Draft, found: &Gap) {
    draft.heading(Level::One, "What to do first");
    let count = |weight| found.steps.iter().filter(|step| step.weight == weight).count();
    draft.paragraph(format!(
        "{} step(s) stand in the way of conformity, {} more will be asked about, and {} would be better. What is mandatory comes before \
         recommendations, and what needs little before what needs much; the numbers are the order.",
        count(Weight::Blocking),
        count(Weight::Doubtful),
        count(Weight::Optional)
    ));
    draft.matrix(matrix(found));
    if found.steps.is_empty() {
        draft.paragraph(
            "There is nothing to do in the documents. Whether what they claim is true is for the tests.",
        );
        return;
    }
    let rows = (1..).zip(&found.steps).take(FIRST).map(|(number, step)| {
        Row::new([
            Text::new().link(number.to_string(), step_anchor(number)),
            about(step),
            Text::from(step.what.as_str()),
            Text::from(step.needs.as_str()),
            Text::from(effort(step.effort)),
        ])
    });
    let title = format!("The first {}", FIRST.min(found.steps.len()));
    draft.table(
        &title,
        &[("No.", 5), ("Provision", 15), ("What is the case", 35), ("What to do", 32), ("Needs", 13)],
        rows.collect::<Vec<_>>(),
    );
}

fn step_anchor(number: usize) -> Anchor {
    Anchor::new(&format!("step {number}"))
}

/// Obligation by effort; the cells name the first steps that lie in them.
fn matrix(found: &Gap) -> Matrix {
    let rows = [
        ("mandatory", Some(Obligation::Mandatory)),
        ("recommended", Some(Obligation::Recommended)),
        ("the documents", None),
    ];
    let rows = rows.into_iter().map(|(label, obligation)| {
        let cells = EFFORTS.iter().map(|(effort, _)| {
            let steps = (1..).zip(&found.steps);
            cell(
                &steps
                    .filter(|(_, step)| step.obligation == obligation && step.effort == *effort)
                    .collect::<Vec<_>>(),
            )
        });
        MatrixRow { label: label.to_owned(), cells: cells.collect() }
    });
    Matrix {
        caption:
            "Steps by obligation and by what they are likely to need; numbers name those of the first ten"
                .to_owned(),
        columns: EFFORTS.map(|(_, words)| words.to_owned()).to_vec(),
        rows: rows.collect(),
    }
}

fn cell(steps: &[(usize, &Step)]) -> MatrixCell {
    let worst = steps.iter().map(|(_, step)| step.weight).min();
    let count = |weight| steps.iter().filter(|(_, step)| step.weight == weight).count();
    let parts = [(Weight::Blocking, "in the way"), (Weight::Doubtful, "asked"), (Weight::Optional, "better")];
    let parts: Vec<String> = parts
        .into_iter()
        .filter(|(weight, _)| count(*weight) > 0)
        .map(|(weight, words)| format!("{} {words}", count(weight)))
        .collect();
    let numbers: Vec<u64> = steps
        .iter()
        .map(|(number, _)| *number)
        .filter(|number| *number <= FIRST)
        .map(|number| number as u64)
        .collect();
    let numbers: Vec<String> = runs(&numbers)
        .into_iter()
        .map(|(first, last)| if first == last { first.to_string() } else { format!("{first} to {last}") })
        .collect();
    let mut lines = vec![parts.join(", ")];
    lines.extend((!numbers.is_empty()).then(|| format!("no. {}", numbers.join(", "))));
    MatrixCell {
        count: u32::try_from(steps.len()).unwrap_or(u32::MAX),
        tone: match worst {
            Some(Weight::Blocking) => Tone::Bad,
            Some(Weight::Doubtful) => Tone::Open,
            Some(Weight::Optional) => Tone::Plain,
            None => Tone::Quiet,
        },
        lines,
    }
}

/// The provisions that a step serves, as links, with their obligation.
fn about(step: &Step) -> Text {
    let mut about = Text::new();
    for (at, id) in step.provisions.iter().enumerate() {
        about = about.plain(if at == 0 { "" } else { ", " }).link(id.to_string(), provision_anchor(*id));
    }
    let about = if step.provisions.is_empty() { Text::from("the documents") } else { about };
    about.plain(step.obligation.map_or(String::new(), |known| format!(" {}", obligation(known))))
}

fn standings(draft: &mut Draft, source: Source<'_>, found: &Gap) {
    draft.heading(Level::One, "How the product stands");
    front::voluntary(draft, source);
    let row = |name: &str, standing: Standing| {
        let Standing { all, not_applicable, claimed, denied, waived, open } = standing;
        let numbers =
            [all, not_applicable, claimed, denied, waived, open].map(|number| Text::from(number.to_string()));
        Row::new(std::iter::once(Text::from(name)).chain(numbers))
    };
    draft.table(
        "How the provisions stand",
        &[
            ("Provisions", 3),
            ("All", 1),
            ("Do not apply", 2),
            ("Claimed", 2),
            ("Denied", 2),
            ("Left out though they may apply", 3),
            ("Not answered", 2),
        ],
        [row("Mandatory", found.mandatory), row("Recommended", found.recommended)],
    );
}

const EFFORTS: [(Effort, &str); 4] = [
    (Effort::Wording, "correct a document"),
    (Effort::Document, "write down what is the case"),
    (Effort::Process, "a process of the maker"),
    (Effort::Engineering, "a change of the product"),
];

fn effort(effort: Effort) -> &'static str {
    EFFORTS.iter().find(|(known, _)| *known == effort).map_or("", |(_, words)| words)
}

fn steps(draft: &mut Draft, found: &Gap, weight: Weight) {
    let of_weight: Vec<(usize, &Step)> =
        (1..).zip(&found.steps).filter(|(_, step)| step.weight == weight).collect();
    let (title, words) = title(weight);
    draft.heading(Level::One, title);
    if of_weight.is_empty() {
        draft.paragraph("Nothing.");
        return;
    }
    draft.paragraph(words);
    let rows = of_weight.into_iter().map(|(number, step)| {
        let times = if step.count > 1 { format!(" ({} times)", step.count) } else { String::new() };
        let units: Vec<String> = step.units.iter().map(ToString::to_string).collect();
        let then = if units.is_empty() { String::new() } else { format!(" Then: {}.", units.join(", ")) };
        Row::new([
            Text::from(number.to_string()),
            about(step),
            Text::from(step.what.as_str()).plain(times).plain(" ").code(step.at.to_string()),
            Text::from(step.needs.as_str()).quiet(then),
            Text::from(effort(step.effort)),
        ])
        .anchored(step_anchor(number))
    });
    draft.table(
        title,
        &[("No.", 5), ("Provision", 15), ("What is the case", 35), ("What to do", 31), ("Needs", 14)],
        rows.collect::<Vec<_>>(),
    );
}

/// The provisions that steps name, which the steps link to.
fn provisions(draft: &mut Draft, source: Source<'_>, named: &BTreeSet<ProvisionId>) {
    draft.heading(Level::One, "The provisions concerned");
    let edition = source.evaluation.edition();
    let rows: Vec<Row> = named
        .iter()
        .map(|id| {
            let group = source.conclusion.groups.iter().find(|group| group.provision == *id);
            let provision = source.catalog.provision(edition, *id);
            Row::new([
                Text::from(id.to_string()),
                Text::from(provision.map_or("", |provision| obligation(provision.obligation))),
                verdict_text(group.and_then(|group| group.verdict)),
                group.map_or_else(Text::new, |group| Rests::of(group).told(Text::new())),
                Text::from(provision.map_or("", |provision| provision.paraphrase.as_str())),
            ])
            .anchored(provision_anchor(*id))
        })
        .collect();
    if rows.is_empty() {
        draft.paragraph("None.");
    } else {
        draft.table(
            "What the provisions ask",
            &[("Provision", 12), ("Status", 15), ("Verdict", 17), ("Rests on", 15), ("What it asks", 41)],
            rows,
        );
    }
}
