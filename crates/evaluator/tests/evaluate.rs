//! A whole evaluation of the sample product: plan, forms, judgements, verdict, change, migration.

use evaluator::catalog::{Catalog, Decider, Edition};
use evaluator::diff::{Again, Side, Step, diff};
use evaluator::forms::{FilledForm, FormError, form};
use evaluator::ledger::{Event, FileKey, Person, Role, Roster, Signer, Store};
use evaluator::plan::plan;
use evaluator::product::Evaluation;
use evaluator::template::{Fill, documents};
use evaluator::verdict::{Standing, Target, Verdict, standing};
use std::collections::BTreeMap;
use std::path::Path;

fn sample(catalog: &Catalog) -> BTreeMap<String, String> {
    documents(catalog, Edition::V2_1_1, Fill::Example)
}

fn parse(catalog: &Catalog, texts: &BTreeMap<String, String>) -> Evaluation {
    Evaluation::parse(texts, catalog).0
}

fn key(number: u8) -> FileKey {
    FileKey::from_secret(&[number; 32])
}

fn store(folder: &Path) -> Store {
    let store = Store::of(folder);
    let person = |number, name: &str| Person {
        name: name.into(),
        role: Role::Assessor,
        key: key(number).public_key(),
    };
    std::fs::create_dir_all(folder.join("ledger")).unwrap();
    std::fs::write(store.roster_path(), Roster::new([person(1, "Ada"), person(2, "Bea")]).write()).unwrap();
    store
}

fn stand(catalog: &Catalog, evaluation: &Evaluation, store: &Store) -> Standing {
    standing(catalog, evaluation, 0, store, jiff::civil::date(2026, 3, 1)).unwrap()
}

/// A form as an assessor fills it in.
fn filled(form: &str, verdict: &str) -> String {
    let form = form.replace("verdict = \"\"", &format!("verdict = \"{verdict}\""));
    let form = form.replace("reason = \"\"", "reason = \"as declared\"");
    let form = form
        .replace("operator = \"\"", "operator = \"Otto\"")
        .replace("instrument = \"\"", "instrument = \"eye\"");
    let form = form.replace("\ntext = \"\"", "\ntext = \"seen\"");
    format!("{form}\n[[evidence]]\nfile = \"photo.jpg\"\nwhat = \"the unit\"\n")
}

/// Judges every target of the plan, all of them `verdict`, with a second reader where one is needed.
fn judge_all(catalog: &Catalog, evaluation: &Evaluation, store: &Store, folder: &Path, verdict: &str) {
    std::fs::write(folder.join("photo.jpg"), "a photograph").unwrap();
    let at: jiff::Timestamp = "2026-03-01T10:00:00Z".parse().unwrap();
    let known = stand(catalog, evaluation, store).outcomes;
    for unit in
        plan(catalog, evaluation).groups.into_iter().flat_map(|group| group.cases).flat_map(|case| case.units)
    {
        for target in unit
            .targets
            .iter()
            .filter(|target| known.get(target).is_none_or(|o| o.verdict() != Verdict::Pass))
        {
            let text = filled(&form(catalog, evaluation, target).unwrap(), verdict);
            let filled = FilledForm::read(catalog, evaluation, &text, folder).unwrap();
            let judgement =
                filled.judgement(|bytes| store.keep(bytes).map_err(std::io::Error::other)).unwrap();
            let entry = store.append("Ada", at, Event::Judgement(judgement), &key(1)).unwrap();
            if unit.readers > 1 {
                let confirmation =
                    evaluator::ledger::Confirmation { entry: entry.body().number, sha256: entry.digest() };
                store.append("Bea", at, Event::Confirmation(confirmation), &key(2)).unwrap();
            }
        }
    }
}

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

#[test]
fn a_migrated_evaluation_is_one_by_the_new_edition_with_what_is_new_left_open() {
    let catalog = Catalog::embedded().unwrap();
    let migrated = evaluator::migrate::migrate(&catalog, &sample(&catalog)).unwrap();
    let (evaluation, findings) = Evaluation::parse(&migrated.texts, &catalog);
    assert_eq!(evaluation.edition(), Edition::V3_1_3);
    for finding in &findings {
        assert_eq!(
            finding.rule,
            evaluator::finding::Rule::OpenPlaceholder,
            "{}: {}",
            finding.at,
            finding.message
        );
    }
    for provision in catalog.provisions(Edition::V3_1_3) {
        let is_answered = evaluation.ics.answer(provision.id).is_some();
        let is_listed = migrated.anew.iter().any(|anew| anew.what == provision.id.to_string());
        assert!(is_answered || is_listed, "{}", provision.id);
    }
    let split = migrated.anew.iter().find(|anew| anew.what == "5.3-4A").unwrap();
    assert!(split.why.contains("5.3-4 was split"), "{}", split.why);
    let again = evaluator::migrate::migrate(&catalog, &migrated.texts).unwrap_err();
    assert!(again.to_string().contains("V3.1.3"), "{again}");
}
