//! A questionnaire as a page of its own: what was answered, section by section, with the provisions that each question touches
//! and what the maker claims of them. MDS2 is asked for by hospitals, the Joint Security Plan by a maker's own audit, FHIR's
//! checklist by integrators.

use super::words::{answer_text, obligation, plain, provision_anchor};
use super::{Source, evidence, front};
use crate::catalog::{Activity, Edition, ProvisionId};
use crate::document::{Draft, Level, Mark, Part, Row, Text, Tone};
use crate::product::{Answers, Questionnaire};
use std::collections::BTreeSet;

/// A question, whichever questionnaire asks it.
struct Question<'a> {
    id: &'a str,
    section: &'a str,
    topic: &'a str,
    guidance: &'a str,
    provisions: Vec<ProvisionId>,
}

/// Writes the page of a questionnaire; none where the folder has no such document.
#[must_use]
pub fn questionnaire(source: Source<'_>, which: Questionnaire) -> Option<Draft> {
    let answers = source.evaluation.questionnaires.get(&which)?;
    let questions = questions(source, which);
    let mut draft = front::draft(source, kind(which), None);
    summary(&mut draft, source, which, &questions, answers);
    sections(&mut draft, which, &questions, answers);
    concerned(&mut draft, source, &questions);
    evidence::documents(&mut draft, source);
    front::open_values(&mut draft, source);
    Some(draft)
}

const fn kind(which: Questionnaire) -> &'static str {
    match which {
        Questionnaire::Mds2 => "Disclosure statement (MDS2)",
        Questionnaire::Jsp => "Joint Security Plan",
        Questionnaire::Fhir => "FHIR security checklist",
    }
}

const fn about(which: Questionnaire) -> &'static str {
    match which {
        Questionnaire::Mds2 => {
            "The maker's answers to the questions of MDS2 (HN 1-2019), as a hospital asks them before it buys. Questions are known by \
             their published names; their topics are told in medseal's words, so that the published form has to be at hand to read them in full."
        }
        Questionnaire::Jsp => {
            "How far the maker carries out the activities of the HSCC Joint Security Plan, with the documents that show it. Versions 1 and 2 are \
             both asked; topics are told in medseal's words."
        }
        Questionnaire::Fhir => {
            "The topics of the security page of FHIR R5, and how the product stands to each. FHIR sets no security requirements of its \
             own; this list helps to forget none."
        }
    }
}

fn questions(source: Source<'_>, which: Questionnaire) -> Vec<Question<'_>> {
    let catalog = source.catalog;
    let linked = |names: &[String]| provisions(source, names);
    match which {
        Questionnaire::Mds2 => catalog
            .mds2
            .iter()
            .map(|question| Question {
                id: &question.id,
                section: catalog
                    .mds2_sections
                    .iter()
                    .find(|section| section.key == question.section)
                    .map_or(question.section.as_str(), |section| section.title.as_str()),
                topic: &question.topic,
                guidance: "",
                provisions: linked(&question.provisions),
            })
            .collect(),
        Questionnaire::Jsp => activities(source, &catalog.jsp, part),
        Questionnaire::Fhir => activities(source, &catalog.fhir, |_| "Topics"),
    }
}

fn activities<'a>(
    source: Source<'a>,
    known: &'a [Activity],
    section: impl Fn(&str) -> &'static str,
) -> Vec<Question<'a>> {
    let question = |activity: &'a Activity| Question {
        id: &activity.id,
        section: section(&activity.id),
        topic: &activity.topic,
        guidance: &activity.guidance,
        provisions: provisions(source, &activity.provisions),
    };
    known.iter().map(question).collect()
}

/// The part of the plan that an activity belongs to, by its name.
fn part(id: &str) -> &'static str {
    match id.get(..1) {
        Some("A") => "Part A: concept",
        Some("B") => "Part B: risk",
        Some("C") => "Part C: suppliers",
        Some("D") => "Part D: design",
        Some("E") => "Part E: verification and validation",
        Some("F") => "Part F: after the sale",
        Some(_) | None => "Version 1",
    }
}

/// The provisions of the evaluation's edition behind names of V2.1.1.
fn provisions(source: Source<'_>, names: &[String]) -> Vec<ProvisionId> {
    let edition = source.evaluation.edition();
    let known = names.iter().filter_map(|name| name.parse::<ProvisionId>().ok());
    let found: BTreeSet<ProvisionId> = match edition {
        Edition::V2_1_1 => known.collect(),
        Edition::V3_1_3 => known
            .filter_map(|id| source.catalog.provision(Edition::V2_1_1, id))
            .flat_map(|provision| provision.successors.iter().copied())
            .collect(),
    };
    found.into_iter().filter(|id| source.catalog.provision(edition, *id).is_some()).collect()
}

/// The mark of an answer, by its first word. A "no" is not bad by itself: a device without removable media says no as well.
fn answer_mark(option: &str) -> Mark {
    let tone = match option {
        "yes" | "done" => Tone::Good,
        "no" | "none" | "partial" | "planned" => Tone::Open,
        "n/a" => Tone::Quiet,
        _ => Tone::Plain,
    };
    Mark::new(option, tone)
}

fn option<'a>(answers: &'a Answers, id: &str) -> Option<&'a str> {
    answers.answers.get(id).map(|answer| answer.value.option.as_str())
}

fn by_section<'a, 'b>(questions: &'b [Question<'a>]) -> Vec<(&'a str, Vec<&'b Question<'a>>)> {
    let mut sections: Vec<(&str, Vec<&Question<'_>>)> = Vec::new();
    for question in questions {
        match sections.iter_mut().find(|(name, _)| *name == question.section) {
            Some((_, known)) => known.push(question),
            None => sections.push((question.section, vec![question])),
        }
    }
    sections
}

fn summary(
    draft: &mut Draft,
    source: Source<'_>,
    which: Questionnaire,
    questions: &[Question<'_>],
    answers: &Answers,
) {
    draft.heading(Level::One, "Summary");
    draft.paragraph(about(which));
    let answered = questions.iter().filter(|question| option(answers, question.id).is_some()).count();
    let product = source.evaluation.dut.product.as_ref();
    draft.paragraph(format!(
        "{answered} of {} questions are answered for {}. These are the maker's own words: nothing on this page was tested, but the check of the \
         documents holds them against the declaration, and what contradicts it is among the findings.",
        questions.len(),
        plain(product.and_then(|product| product.name.as_ref()))
    ));
    let bars = by_section(questions).into_iter().map(|(section, known)| {
        let count = |wanted: Option<&str>| {
            known.iter().filter(|question| option(answers, question.id) == wanted).count() as u32
        };
        let mut parts: Vec<Part> = which
            .options()
            .iter()
            .map(|name| Part {
                label: (*name).to_owned(),
                count: count(Some(name)),
                tone: answer_mark(name).tone,
            })
            .collect();
        parts.push(Part { label: "no answer".to_owned(), count: count(None), tone: Tone::Open });
        (Text::from(section), parts)
    });
    draft.chart("Answers by section", bars.collect::<Vec<_>>());
    front::voluntary(draft, source);
}

fn sections(draft: &mut Draft, which: Questionnaire, questions: &[Question<'_>], answers: &Answers) {
    draft.heading(Level::One, "Answers");
    for (section, known) in by_section(questions) {
        draft.heading(Level::Two, section);
        let rows = known.iter().map(|question| {
            let (answer, note) = match answers.answers.get(question.id) {
                Some(answer) => {
                    (answer_mark(&answer.value.option).into(), Text::from(answer.value.note.as_str()))
                }
                None => (Mark::new("no answer", Tone::Open).into(), Text::new()),
            };
            let mut links = Text::new();
            for (at, id) in question.provisions.iter().enumerate() {
                links =
                    links.plain(if at == 0 { "" } else { ", " }).link(id.to_string(), provision_anchor(*id));
            }
            let topic = Text::from(question.topic);
            let topic = match question.guidance {
                "" => topic,
                guidance => topic.plain(". ").quiet(guidance),
            };
            Row::new([Text::from(question.id), topic, answer, note, links])
        });
        let answer = match which {
            Questionnaire::Mds2 | Questionnaire::Fhir => "The maker's words",
            Questionnaire::Jsp => "Documents that show it",
        };
        draft.table(
            section,
            &[("Question", 12), ("What it is about", 34), ("Answer", 12), (answer, 28), ("Provisions", 14)],
            rows.collect::<Vec<_>>(),
        );
    }
}

/// The provisions that questions touch, with what is claimed.
fn concerned(draft: &mut Draft, source: Source<'_>, questions: &[Question<'_>]) {
    let ids: BTreeSet<ProvisionId> =
        questions.iter().flat_map(|question| question.provisions.iter().copied()).collect();
    draft.heading(Level::One, "The provisions concerned");
    draft.paragraph(
        "Which provision a question touches is medseal's judgement; neither side of the link says so itself.",
    );
    let edition = source.evaluation.edition();
    let rows = ids.into_iter().filter_map(|id| {
        let provision = source.catalog.provision(edition, id)?;
        let group = source.conclusion.groups.iter().find(|group| group.provision == id);
        Some(
            Row::new([
                Text::from(id.to_string()),
                Text::from(obligation(provision.obligation)),
                answer_text(group.and_then(|group| group.answer)),
                Text::from(provision.paraphrase.as_str()),
            ])
            .anchored(provision_anchor(id)),
        )
    });
    draft.table(
        "What the provisions ask, and what the maker claims of them",
        &[("Provision", 12), ("Status", 15), ("Claim", 9), ("What it asks", 64)],
        rows.collect::<Vec<_>>(),
    );
}
