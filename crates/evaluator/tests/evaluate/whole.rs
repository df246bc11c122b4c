//! Plan, forms, judgements and verdict, as an assessor goes through them.

use crate::sample::{filled, judge_all, key, parse, sample, stand, store};
use evaluator::catalog::{Catalog, Decider};
use evaluator::diff::{Again, Side, Step, diff};
use evaluator::forms::{FilledForm, FormError, form};
use evaluator::ledger::Event;
use evaluator::plan::plan;
use evaluator::verdict::{Target, Verdict};
use std::path::Path;

#[test]
fn without_evidence_nothing_that_a_person_must_judge_passes() {
    let catalog = Catalog::embedded().unwrap();
    let evaluation = parse(&catalog, &sample(&catalog));
    let folder = tempfile::tempdir().unwrap();
    let standing = stand(&catalog, &evaluation, &store(folder.path()));
    assert_eq!(standing.conclusion.ics_faults, []);
    assert_ne!(standing.conclusion.verdict, Verdict::Pass);
    for case in standing.conclusion.groups.iter().flat_map(|group| &group.cases) {
        for subject in case.criteria.iter().flat_map(|criterion| &criterion.subjects) {
            for rest in &subject.units {
                let decides = catalog.rule(rest.target.unit).unwrap().decides;
                let may =
                    decides == Decider::Tool || matches!(rest.ground, evaluator::verdict::Ground::Escape(_));
                assert!(may || rest.verdict != Some(Verdict::Pass), "{}", rest.target);
            }
        }
    }
}

#[test]
fn the_sample_product_is_judged_changed_and_judged_again() {
    let catalog = Catalog::embedded().unwrap();
    let texts = sample(&catalog);
    let evaluation = parse(&catalog, &texts);
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path());
    judge_all(&catalog, &evaluation, &store, folder.path(), "pass");
    let before = stand(&catalog, &evaluation, &store);
    assert_eq!(before.refused, []);
    let not: Vec<String> = before
        .conclusion
        .groups
        .iter()
        .filter(|group| group.verdict.is_some_and(|verdict| verdict != Verdict::Pass))
        .map(|group| group.provision.to_string())
        .collect();
    assert_eq!(
        before.conclusion.verdict,
        Verdict::Pass,
        "not passed: {not:?}, open: {:?}",
        before.conclusion.open
    );

    // Another description of one row makes what was judged of it count no more, and nothing else.
    let path = "ixit/07-upd-mech.toml";
    let mut changed = texts.clone();
    let text = changed[path].clone();
    let line = text.lines().find(|line| line.starts_with("description = ")).unwrap();
    changed.insert(path.into(), text.replacen(line, "description = \"Another way\"", 1));
    let new = parse(&catalog, &changed);
    let after = stand(&catalog, &new, &store);
    assert_eq!(after.conclusion.verdict, Verdict::Inconclusive);
    let old = Side { evaluation: &evaluation, outcomes: &before.outcomes, ledger: &before.ledger };
    let now = Side { evaluation: &new, outcomes: &after.outcomes, ledger: &after.ledger };
    let difference = diff(&catalog, old, now);
    let again: Vec<&Target> = difference
        .steps
        .iter()
        .filter(|(_, step)| matches!(step, Step::Again(_)))
        .map(|(target, _)| target)
        .collect();
    assert!(!again.is_empty());
    for target in &again {
        let tables = &catalog.unit(target.unit).unwrap().tables;
        assert!(tables.iter().any(|table| table.get() == 7), "{target}");
    }
    assert!(again.iter().any(|target| target.to_string().starts_with("5.3-2-1a@")), "{again:?}");

    // A new version of which no component says what changed: everything on the product again.
    let mut changed = texts.clone();
    let dut = changed["dut.toml"].clone();
    let line = dut.lines().find(|line| line.starts_with("software-version = ")).unwrap();
    changed.insert("dut.toml".into(), dut.replacen(line, "software-version = \"99\"", 1));
    let new = parse(&catalog, &changed);
    let after = stand(&catalog, &new, &store);
    let now = Side { evaluation: &new, outcomes: &after.outcomes, ledger: &after.ledger };
    for (target, step) in diff(&catalog, old, now).steps {
        let on_product = catalog.unit(target.unit).unwrap().subject == evaluator::catalog::Subject::Product;
        let expected = Step::Again(vec![Again::UnknownChange]);
        assert_eq!(step == expected, on_product, "{target}: {step:?}");
    }
}

#[test]
fn one_failed_judgement_of_a_claimed_provision_fails_the_whole() {
    let catalog = Catalog::embedded().unwrap();
    let evaluation = parse(&catalog, &sample(&catalog));
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path());
    std::fs::write(folder.path().join("photo.jpg"), "a photograph").unwrap();
    let target = plan(&catalog, &evaluation)
        .groups
        .into_iter()
        .flat_map(|group| group.cases)
        .flat_map(|case| case.units)
        .find(|unit| unit.unit.to_string() == "5.5-1-1a")
        .unwrap()
        .targets
        .remove(0);
    let text = filled(&form(&catalog, &evaluation, &target).unwrap(), "fail");
    let form = FilledForm::read(&catalog, &evaluation, &text, folder.path()).unwrap();
    let judgement = form.judgement(|bytes| store.keep(bytes).map_err(std::io::Error::other)).unwrap();
    let at = "2026-03-01T10:00:00Z".parse().unwrap();
    store.append("Ada", at, Event::Judgement(judgement), &key(1)).unwrap();
    assert_eq!(stand(&catalog, &evaluation, &store).conclusion.verdict, Verdict::Fail);
}

#[test]
fn a_form_in_which_something_is_missing_is_refused() {
    let catalog = Catalog::embedded().unwrap();
    let evaluation = parse(&catalog, &sample(&catalog));
    let target: Target = "5.8-3-1c".parse().unwrap();
    let blank = form(&catalog, &evaluation, &target).unwrap();
    let full = filled(&blank, "pass");
    let read = |text: &str| FilledForm::read(&catalog, &evaluation, text, Path::new("."));
    assert!(read(&full).is_ok());
    for (from, to, expected) in [
        ("verdict = \"pass\"", "verdict = \"perhaps\"", "`verdict` is to be filled in"),
        ("reason = \"as declared\"", "reason = \"?\"", "`reason` is to be filled in"),
        ("operator = \"Otto\"", "operator = \"\"", "`operator` is to be filled in"),
        ("text = \"seen\"", "text = \" \"", "`text` is to be filled in"),
        ("what = \"the unit\"", "what = \"\"", "`evidence` is to be filled in"),
        ("escape = \"\"", "escape = \"because\"", "there is no exception `because` here"),
        ("target = \"5.8-3-1c\"", "target = \"5.8-3-1c@Nothing-1\"", "nothing asks for 5.8-3-1c@Nothing-1"),
        ("verdict = ", "colour = 1\nverdict = ", "unknown field"),
    ] {
        assert!(full.contains(from), "{from}");
        let error = read(&full.replace(from, to)).unwrap_err().to_string();
        assert!(error.contains(expected), "{to}: {error}");
    }
    let mut texts = sample(&catalog);
    let dut = texts["dut.toml"].replace("software-version = \"", "software-version = \"9");
    texts.insert("dut.toml".into(), dut);
    let other = FilledForm::read(&catalog, &parse(&catalog, &texts), &full, Path::new(".")).unwrap_err();
    assert!(matches!(other, FormError::Outdated(_)), "{other}");
}
