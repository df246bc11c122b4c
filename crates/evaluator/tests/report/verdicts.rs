//! Evaluations that pass, fail and stay open: what their reports say, and that each verdict leads to its evidence.

use crate::case::Case;
use crate::filled::{self, Laboratory};
use crate::page::Page;
use evaluator::document::{docx, pdf};
use evaluator::ledger::Digest;
use evaluator::report::{self, Conformity};
use evaluator::verdict::{GroupResult, Rest, Verdict};
use std::collections::BTreeSet;

/// The entries behind a group, gathered from the conclusion itself.
fn behind(group: &GroupResult) -> BTreeSet<u64> {
    fn below(rest: &Rest, found: &mut BTreeSet<u64>) {
        found.extend(&rest.entries);
        rest.parts.iter().for_each(|part| below(part, found));
    }
    let mut found: BTreeSet<u64> = group.recognised.into_iter().collect();
    let subjects =
        group.cases.iter().flat_map(|case| &case.criteria).flat_map(|criterion| &criterion.subjects);
    subjects.flat_map(|subject| &subject.units).for_each(|rest| below(rest, &mut found));
    found
}

/// The evaluation report of a laboratory: every verdict leads to its entries, every entry to its files.
fn verdicts_lead_to_evidence(laboratory: &Laboratory, case: &Case) {
    let document = report::evaluation(case.source()).finish().unwrap();
    let page = Page::of(&document);
    page.leads_everywhere_it_says();
    for group in case.conclusion.groups.iter().filter(|group| group.verdict.is_some()) {
        let section = page.at(&format!("provision-{}", group.provision.to_string().replace('.', "-")));
        assert!(section.contains(group.verdict.unwrap().name()), "{}", group.provision);
        assert_eq!(Page::entries(section), behind(group), "{}", group.provision);
    }
    for entry in case.ledger.entries() {
        let row = page.at(&format!("entry-{}", entry.body().number));
        assert!(row.contains(&entry.digest().to_string()));
        for digest in entry.evidence() {
            let link = format!("evidence/{digest}");
            assert!(row.contains(&format!("href=\"{link}\"")), "{link}");
            let file = std::fs::read(laboratory.path().join(&link)).unwrap();
            assert_eq!(Digest::of(&file), digest);
        }
    }
    assert_eq!(pdf::render(&document).unwrap().replaced, 0);
    assert!(docx::render(&document).is_ok());
}

#[test]
fn a_pass_is_stated_with_scope_edition_confidence_and_voluntary_use() {
    let laboratory = filled::passed();
    let case = laboratory.reported();
    assert_eq!(case.conclusion.verdict, Verdict::Pass, "{:?}", Conformity::of(&case.conclusion));
    let recognised = case.conclusion.groups.iter().find(|group| group.recognised.is_some()).unwrap();
    assert_eq!(recognised.provision.to_string(), "5.13-1");
    verdicts_lead_to_evidence(&laboratory, &case);

    let proof = Conformity::of(&case.conclusion).unwrap();
    let document = report::statement(case.source(), proof).finish().unwrap();
    let page = Page::of(&document);
    page.leads_everywhere_it_says();
    for said in [
        "ETSI EN 303 645 V2.1.1",
        "In scope",
        "Out of scope",
        "Voluntary: the product is a medical device",
        "How sure the facts about the standard are",
        "not a certificate",
        "Ada",
        "Bea",
        "Otto",
    ] {
        assert!(page.text().contains(said), "{said}");
    }
    // Each claimed provision's line leads to its entries, or to the documents where they alone decide.
    for group in case.conclusion.groups.iter().filter(|group| group.verdict.is_some()) {
        let line =
            page.text().split("<tr").find(|row| row.contains(&format!("<td>{}</td>", group.provision)));
        let line = line.unwrap_or_else(|| panic!("{}", group.provision));
        assert_eq!(Page::entries(line), behind(group), "{}", group.provision);
        assert!(line.contains("href=\"#"), "{}: nothing to rest on", group.provision);
    }
    assert!(pdf::render(&document).is_ok() && docx::render(&document).is_ok());
}

#[test]
fn a_fail_is_reported_and_not_stated_with_the_provisions_that_stand_against_it() {
    let laboratory = filled::failed();
    let case = laboratory.reported();
    assert_eq!(case.conclusion.verdict, Verdict::Fail);
    verdicts_lead_to_evidence(&laboratory, &case);
    let refused = Conformity::of(&case.conclusion).unwrap_err();
    assert!(refused.failed.iter().any(|id| id.to_string() == "5.5-1"), "{refused}");
    assert!(refused.undecided.iter().any(|id| id.to_string() == "5.8-3"), "{refused}");
    let said = refused.to_string();
    assert!(said.contains("the overall verdict is FAIL (failed: 5.5-1"), "{said}");
    assert!(said.contains("not decided: 5.8-3"), "{said}");
}

#[test]
fn what_is_not_done_is_inconclusive_and_the_statement_says_what_is_missing() {
    let laboratory = filled::undecided();
    let case = laboratory.reported();
    assert_eq!(case.conclusion.verdict, Verdict::Inconclusive);
    verdicts_lead_to_evidence(&laboratory, &case);
    let refused = Conformity::of(&case.conclusion).unwrap_err();
    assert_eq!(refused.failed, []);
    assert!(refused.to_string().contains(" more"), "{refused}");
}

#[test]
fn the_plan_of_a_finished_evaluation_has_nothing_left_to_do() {
    let case = filled::passed().reported();
    let page = Page::of(&report::plan(case.source()).finish().unwrap());
    page.leads_everywhere_it_says();
    let open: Vec<&str> =
        page.text().split("<tr>").filter(|row| row.contains("to do") && !row.contains("5.13-1")).collect();
    assert_eq!(open, Vec::<&str>::new());
    let totals = evaluator::plan::plan(&filled::catalog(), &case.evaluation).totals;
    for said in [
        format!("<strong>{}</strong>", totals.work.targets),
        format!("are carried out on {} targets", totals.work.targets),
        format!("{} outcomes need a second reader", totals.work.second_readings),
    ] {
        assert!(page.text().contains(&said), "{said}");
    }
}
