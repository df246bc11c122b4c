//! Questionnaires in themselves: questions below denied ones, notes and evidence that are missing.

use super::Check;
use crate::finding::{Finding, Rule};
use crate::product::Questionnaire;

pub(super) fn check(check: &mut Check<'_>) {
    below_denied(check);
    let evaluation = check.evaluation;
    for (questionnaire, answers) in &evaluation.questionnaires {
        for (question, answer) in &answers.answers {
            let option = answer.value.option.as_str();
            if !answer.value.note.is_empty() {
                continue;
            }
            let (rule, message) = match (questionnaire, option) {
                (Questionnaire::Mds2, "see-note" | "info") => {
                    (Rule::NoteMissing, format!("{question} is answered `{option}` without words"))
                }
                (Questionnaire::Jsp, "done" | "partial") => {
                    (Rule::EvidenceMissing, format!("{question} is answered `{option}` without a document"))
                }
                (Questionnaire::Mds2 | Questionnaire::Jsp | Questionnaire::Fhir, _) => continue,
            };
            check.findings.push(Finding::new(rule, answer.at.clone(), question.as_str(), message));
        }
    }
}

/// MDS2 asks details below a question; where that is denied there are none.
fn below_denied(check: &mut Check<'_>) {
    let (catalog, evaluation) = (check.catalog, check.evaluation);
    let Some(answers) = evaluation.questionnaires.get(&Questionnaire::Mds2) else { return };
    for parent in &catalog.mds2 {
        let denied = answers.answers.get(&parent.id).filter(|answer| answer.value.option == "no");
        let Some(denied) = denied else { continue };
        for child in catalog.mds2.iter().filter(|child| parent.is_above(child)) {
            let affirmed = answers.answers.get(&child.id).filter(|answer| answer.value.option == "yes");
            if let Some(affirmed) = affirmed {
                let message = format!(
                    "{} ({}) is answered with yes, but {} ({}) with no",
                    child.id, child.topic, parent.id, parent.topic
                );
                check.findings.push(
                    Finding::new(Rule::ChildWithoutParent, affirmed.at.clone(), child.id.as_str(), message)
                        .related(denied.at.clone(), "the question above"),
                );
            }
        }
    }
}
