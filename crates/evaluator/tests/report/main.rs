//! Reports of the sample product and of medseal itself, in every form.

mod case;
mod filled;
mod machine;
mod page;
mod verdicts;

use case::Case;
use evaluator::catalog::Edition;
use evaluator::document::{Unfinished, docx, html, pdf};
use evaluator::finding::{Finding, Level, Rule};
use evaluator::product::Questionnaire;
use evaluator::report::{self, Conformity};
use evaluator::template::Fill;
use evaluator::verdict::Verdict;

#[test]
fn every_report_renders_in_every_form_and_says_that_it_is_voluntary() {
    for case in [
        Case::sample(Edition::V2_1_1, Fill::Example),
        Case::sample(Edition::V3_1_3, Fill::Example),
        Case::medseal(),
    ] {
        let questionnaires =
            Questionnaire::ALL.into_iter().filter_map(|which| report::questionnaire(case.source(), which));
        let drafts =
            [report::evaluation(case.source()), report::gap(case.source()), report::plan(case.source())];
        for draft in drafts.into_iter().chain(questionnaires) {
            let document = draft.finish().expect("finished");
            let page = html::render(&document);
            assert!(page.contains("Voluntary") && page.contains("out of its scope"));
            let is_mapped = page.contains("No published test specification");
            assert_eq!(is_mapped, case.evaluation.edition() == Edition::V3_1_3);
            let paper = pdf::render(&document).expect("PDF/A-2a and PDF/UA-1");
            assert_eq!(paper.replaced, 0);
            assert!(docx::render(&document).is_ok());
        }
    }
}

#[test]
fn values_that_are_open_stop_every_report_but_the_gap_analysis() {
    let case = Case::sample(Edition::V2_1_1, Fill::Open);
    let open = case.source().open_values();
    assert!(open.len() > 50);
    for draft in [report::evaluation(case.source()), report::plan(case.source())] {
        assert_eq!(draft.finish(), Err(Unfinished::Missing(open.clone())));
    }
    assert!(report::gap(case.source()).finish().is_ok());
}

#[test]
fn a_statement_needs_a_pass() {
    let mut case = Case::sample(Edition::V2_1_1, Fill::Example);
    assert_eq!(case.conclusion.verdict, Verdict::Inconclusive);
    let refused = Conformity::of(&case.conclusion).expect_err("not decided").to_string();
    assert!(
        refused.starts_with(
            "no statement of conformity: the overall verdict is INCONCLUSIVE (not decided: 4-1, 5.1-1, "
        ),
        "{refused}"
    );
    case.conclusion.verdict = Verdict::Fail;
    assert!(Conformity::of(&case.conclusion).is_err());
}

#[test]
fn a_questionnaire_shows_what_was_answered_and_which_provisions_it_touches() {
    let case = Case::sample(Edition::V2_1_1, Fill::Example);
    for (which, said) in [
        (Questionnaire::Mds2, "LPO-2 disclosure statement, issue 3"),
        (Questionnaire::Jsp, "risk register of release 2.4"),
        (Questionnaire::Fhir, "no signed resources are exchanged"),
    ] {
        let draft = report::questionnaire(case.source(), which).expect("the sample answers it");
        let page = page::Page::of(&draft.finish().expect("finished"));
        assert!(page.text().contains(said), "{said}");
        assert!(page.links().iter().filter(|link| link.starts_with("#provision-")).count() > 5, "{which:?}");
        page.leads_everywhere_it_says();
    }
    let mut texts = case.texts.clone();
    texts.remove("mds2.toml");
    let without = Case::of(texts);
    assert!(report::questionnaire(without.source(), Questionnaire::Mds2).is_none());
}

#[test]
fn medseals_own_evaluation_is_whole_and_honest() {
    let case = Case::medseal();
    let errors: Vec<String> = case
        .findings
        .iter()
        .filter(|finding| finding.level() == Level::Error)
        .map(|finding| {
            format!("{} {} {}: {}", finding.at, finding.rule.id(), finding.subject, finding.message)
        })
        .collect();
    let denied = |finding: &&Finding| finding.rule == Rule::MandatoryNo;
    let denied: Vec<&str> =
        case.findings.iter().filter(denied).map(|finding| finding.subject.as_str()).collect();
    assert_eq!(denied, MANDATORY_AND_NOT_MET, "{errors:#?}");
    assert_eq!(errors.len(), denied.len(), "{errors:#?}");
    assert_eq!(case.conclusion.verdict, Verdict::Fail);
    assert_eq!(case.conclusion.groups.iter().filter(|group| group.answer.is_none()).count(), 0);
}

/// What medseal does not meet yet, by its own word.
const MANDATORY_AND_NOT_MET: [&str; 9] =
    ["5.1-4", "5.3-2", "5.3-16", "5.4-1", "5.5-8", "5.8-3", "5.11-1", "6-1", "6-3"];

#[test]
fn machine_readable_reports_are_the_same_for_the_same_evaluation() {
    let case = Case::sample(Edition::V2_1_1, Fill::Example);
    assert_eq!(report::oscal(case.source()), report::oscal(case.source()));
    assert_eq!(report::cyclonedx(case.source()), report::cyclonedx(case.source()));
}
