//! The gap analysis: what stands between the product and conformity, what must be done first standing first.

use super::words::{answer_text, level_mark, obligation, verdict_mark, verdict_text};
use super::{Source, evidence, front};
use crate::catalog::Obligation;
use crate::document::{Draft, Level, Part, Row, Text, Tone};
use crate::finding::{self, Effort, Finding};
use crate::product::Answer;
use crate::verdict::{GroupResult, Verdict};

/// Writes the report. Open values do not stop it: they are among what it names.
#[must_use]
pub fn gap(source: Source<'_>) -> Draft {
    let mut draft = front::draft(source, "Gap analysis", Some(verdict_mark(source.conclusion.verdict)));
    draft.heading(Level::One, "Summary");
    front::voluntary(&mut draft, source);
    let gaps = provisions(source);
    draft.paragraph(format!(
        "{} provision(s) and {} finding(s) in the documents stand between the product and conformity. Mandatory provisions come first, \
         then recommendations; findings come by what putting them right is likely to need.",
        gaps.len(),
        source.findings.len()
    ));
    efforts(&mut draft, source.findings);
    draft.heading(Level::One, "Provisions");
    if gaps.is_empty() {
        draft.paragraph("Every provision is either met or rightly left out.");
    } else {
        let rows = gaps.iter().map(|group| row(source, group));
        draft.table(
            "Provisions with a gap",
            &[
                ("Provision", 11),
                ("Status", 14),
                ("Claim", 10),
                ("Verdict", 17),
                ("What it asks", 28),
                ("What is needed", 28),
            ],
            rows,
        );
    }
    documents(&mut draft, source.findings);
    front::confidence(&mut draft, source);
    evidence::chapters(&mut draft, source);
    draft
}

/// The provisions with a gap, mandatory ones first, failed before undecided.
fn provisions<'a>(source: Source<'a>) -> Vec<&'a GroupResult> {
    let has_gap = |group: &&GroupResult| match (group.answer, group.verdict) {
        (_, Some(Verdict::Fail | Verdict::Inconclusive)) | (None, _) | (Some(Answer::No), _) => true,
        (Some(Answer::NotApplicable), _) => needed_by_statement(source, group).is_some(),
        (Some(Answer::Yes), Some(Verdict::Pass) | None) => false,
    };
    let mut gaps: Vec<_> = source.conclusion.groups.iter().filter(has_gap).collect();
    let rank = |group: &GroupResult| match (group.verdict, group.answer) {
        (Some(Verdict::Fail), _) => 0,
        (_, Some(Answer::No)) => 1,
        (_, None) => 2,
        (Some(Verdict::Inconclusive | Verdict::Pass) | None, _) => 3,
    };
    gaps.sort_by_key(|group| (group.obligation != Obligation::Mandatory, rank(group), group.provision));
    gaps
}

/// What makes the conformance statement invalid or open at a provision.
fn needed_by_statement(source: Source<'_>, group: &GroupResult) -> Option<String> {
    use crate::verdict::IcsFault;
    let fault = source.conclusion.ics_faults.iter().find(|fault| match fault {
        IcsFault::MandatoryNo { provision } | IcsFault::WrongNotApplicable { provision } => {
            *provision == group.provision
        }
    });
    if let Some(fault) = fault {
        return Some(fault.to_string());
    }
    let is_open = source.conclusion.open.contains(&group.provision);
    is_open.then(|| "Answer it, and declare the features that its condition asks for.".to_owned())
}

fn row(source: Source<'_>, group: &GroupResult) -> Row {
    let provision = source.catalog.provision(source.evaluation.edition(), group.provision);
    let undecided = group
        .cases
        .iter()
        .flat_map(|case| &case.units)
        .filter(|unit| unit.verdict == Verdict::Inconclusive)
        .count();
    let failed: Vec<String> = group
        .cases
        .iter()
        .flat_map(|case| &case.units)
        .filter(|unit| unit.verdict == Verdict::Fail)
        .map(|unit| unit.unit.to_string())
        .collect();
    let needed = match (group.verdict, needed_by_statement(source, group)) {
        (_, Some(words)) => words,
        (Some(Verdict::Fail), None) => {
            format!("Put right what {} found; then run or judge them again.", failed.join(", "))
        }
        (Some(Verdict::Inconclusive), None) if group.cases.is_empty() => {
            "Evidence from outside: no test case is known.".to_owned()
        }
        (Some(Verdict::Inconclusive), None) => format!("Outcomes for {undecided} unit(s)."),
        (Some(Verdict::Pass) | None, None) => "Meet it, or keep the reason why not.".to_owned(),
    };
    Row::new([
        Text::from(group.provision.to_string()),
        Text::from(obligation(group.obligation)),
        answer_text(group.answer),
        verdict_text(group.verdict),
        Text::from(provision.map_or("", |provision| provision.paraphrase.as_str())),
        Text::from(needed),
    ])
}

const EFFORTS: [(Effort, &str); 4] = [
    (Effort::Wording, "Correct a document"),
    (Effort::Document, "Write down what is the case"),
    (Effort::Process, "A process of the maker"),
    (Effort::Engineering, "A change of the product"),
];

fn efforts(draft: &mut Draft, findings: &[Finding]) {
    let part = |label: &str, level, tone, effort| Part {
        label: label.to_owned(),
        count: findings
            .iter()
            .filter(|finding| finding.rule.effort() == effort && finding.level() == level)
            .count() as u32,
        tone,
    };
    let bars = EFFORTS.map(|(effort, words)| {
        let parts = vec![
            part("ERROR", finding::Level::Error, Tone::Bad, effort),
            part("WARNING", finding::Level::Warning, Tone::Open, effort),
            part("NOTE", finding::Level::Note, Tone::Plain, effort),
        ];
        (Text::from(words), parts)
    });
    draft.chart("Findings by what they need", bars);
}

fn documents(draft: &mut Draft, findings: &[Finding]) {
    draft.heading(Level::One, "Findings in the documents");
    for (effort, words) in EFFORTS {
        let mut of_effort: Vec<&Finding> =
            findings.iter().filter(|finding| finding.rule.effort() == effort).collect();
        if of_effort.is_empty() {
            continue;
        }
        of_effort.sort_by_key(|finding| finding.level());
        draft.heading(Level::Two, words);
        let rows = of_effort.iter().map(|finding| {
            Row::new([
                level_mark(finding.level()).into(),
                Text::new().code(finding.at.to_string()),
                Text::from(finding.message.as_str()),
                Text::from(finding.help.as_str()).plain(" ").quiet(format!("[{}]", finding.rule.id())),
            ])
        });
        draft.table(words, &[("Level", 11), ("Where", 22), ("What", 32), ("What to do", 35)], rows);
    }
    if findings.is_empty() {
        draft.paragraph("The check of the documents found nothing.");
    }
}
