//! The gap analysis as a report: the steps to conformity in their order ([`crate::gap`]), and how the provisions stand.

use super::words::{obligation, provision_anchor, verdict_mark, verdict_text};
use super::{Source, evidence, front};
use crate::catalog::ProvisionId;
use crate::document::{Draft, Level, Part, Row, Text, Tone};
use crate::finding::Effort;
use crate::gap::{Gap, Standing, Step, Weight};
use std::collections::BTreeSet;

/// Writes the report. Open values do not stop it: they are among what it names.
#[must_use]
pub fn gap(source: Source<'_>) -> Draft {
    let found = crate::gap::gap(source.evaluation, source.catalog, source.findings);
    let mut draft = front::draft(source, "Gap analysis", Some(verdict_mark(source.conclusion.verdict)));
    summary(&mut draft, source, &found);
    let named: BTreeSet<ProvisionId> =
        found.steps.iter().flat_map(|step| step.provisions.iter().copied()).collect();
    for weight in [Weight::Blocking, Weight::Doubtful, Weight::Optional] {
        steps(&mut draft, &found, weight);
    }
    provisions(&mut draft, source, &named);
    front::confidence(&mut draft, source);
    evidence::chapters(&mut draft, source);
    draft
}

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

fn summary(draft: &mut Draft, source: Source<'_>, found: &Gap) {
    draft.heading(Level::One, "Summary");
    front::voluntary(draft, source);
    let count = |weight| found.steps.iter().filter(|step| step.weight == weight).count();
    draft.paragraph(format!(
        "{} step(s) stand in the way of conformity, {} more will be asked about, and {} would be better. Within each chapter mandatory \
         provisions come before recommendations, and what needs little comes before what needs much.",
        count(Weight::Blocking),
        count(Weight::Doubtful),
        count(Weight::Optional)
    ));
    let bars = EFFORTS.map(|(effort, words)| {
        let part = |label: &str, weight, tone| {
            let of = |step: &&Step| step.weight == weight && step.effort == effort;
            Part { label: label.to_owned(), count: found.steps.iter().filter(of).count() as u32, tone }
        };
        let parts = vec![
            part("in the way", Weight::Blocking, Tone::Bad),
            part("will be asked", Weight::Doubtful, Tone::Open),
            part("better", Weight::Optional, Tone::Quiet),
        ];
        (Text::from(words), parts)
    });
    draft.chart("Steps by what they are likely to need", bars);
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
    let of_weight: Vec<&Step> = found.steps.iter().filter(|step| step.weight == weight).collect();
    let (title, words) = title(weight);
    draft.heading(Level::One, title);
    if of_weight.is_empty() {
        draft.paragraph("Nothing.");
        return;
    }
    draft.paragraph(words);
    let rows = of_weight.iter().map(|step| {
        let mut about = Text::new();
        for (at, id) in step.provisions.iter().enumerate() {
            about = about.plain(if at == 0 { "" } else { ", " }).link(id.to_string(), provision_anchor(*id));
        }
        let about = if step.provisions.is_empty() { Text::from("the documents") } else { about };
        let times = if step.count > 1 { format!(" ({} times)", step.count) } else { String::new() };
        let units: Vec<String> = step.units.iter().map(ToString::to_string).collect();
        let then = if units.is_empty() { String::new() } else { format!(" Then: {}.", units.join(", ")) };
        Row::new([
            about.plain(step.obligation.map_or(String::new(), |known| format!(" {}", obligation(known)))),
            Text::from(step.what.as_str()).plain(times).plain(" ").code(step.at.to_string()),
            Text::from(step.needs.as_str()).quiet(then),
            Text::from(effort(step.effort)),
        ])
    });
    draft.table(
        title,
        &[("Provision", 16), ("What is the case", 37), ("What to do", 31), ("Needs", 16)],
        rows,
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
            &[("Provision", 2), ("Status", 3), ("Verdict", 3), ("What it asks", 10)],
            rows,
        );
    }
}
