//! The sample product, people who judge it, and an assessor who judges all of it alike.

use evaluator::catalog::{Catalog, Edition};
use evaluator::forms::{FilledForm, form};
use evaluator::ledger::{Confirmation, Event, FileKey, Person, Role, Roster, Signer, Store};
use evaluator::plan::plan;
use evaluator::product::Evaluation;
use evaluator::template::{Fill, documents};
use evaluator::verdict::{Standing, Verdict, standing};
use std::collections::BTreeMap;
use std::path::Path;

pub(crate) fn sample(catalog: &Catalog) -> BTreeMap<String, String> {
    documents(catalog, Edition::V2_1_1, Fill::Example)
}

pub(crate) fn parse(catalog: &Catalog, texts: &BTreeMap<String, String>) -> Evaluation {
    Evaluation::parse(texts, catalog).0
}

pub(crate) fn key(number: u8) -> FileKey {
    FileKey::from_secret(&[number; 32])
}

pub(crate) fn store(folder: &Path) -> Store {
    let store = Store::of(folder);
    let person = |number, name: &str| Person {
        name: name.into(),
        role: Role::Assessor,
        key: key(number).public_key(),
        until: None,
    };
    std::fs::create_dir_all(folder.join("ledger")).unwrap();
    std::fs::write(store.roster_path(), Roster::new([person(1, "Ada"), person(2, "Bea")]).write()).unwrap();
    store
}

pub(crate) fn stand(catalog: &Catalog, evaluation: &Evaluation, store: &Store) -> Standing {
    standing(catalog, evaluation, 0, store, jiff::civil::date(2026, 3, 1)).unwrap()
}

/// A form as an assessor fills it in.
pub(crate) fn filled(form: &str, verdict: &str) -> String {
    let form = form.replace("verdict = \"\"", &format!("verdict = \"{verdict}\""));
    let form = form.replace("reason = \"\"", "reason = \"as declared\"");
    let form = form
        .replace("operator = \"\"", "operator = \"Otto\"")
        .replace("instrument = \"\"", "instrument = \"eye\"");
    let form = form.replace("\ntext = \"\"", "\ntext = \"seen\"");
    format!("{form}\n[[evidence]]\nfile = \"photo.jpg\"\nwhat = \"the unit\"\n")
}

/// Judges every target of the plan, all of them `verdict`, with a second reader where one is needed.
pub(crate) fn judge_all(
    catalog: &Catalog,
    evaluation: &Evaluation,
    store: &Store,
    folder: &Path,
    verdict: &str,
) {
    std::fs::write(folder.join("photo.jpg"), "a photograph").unwrap();
    let at: jiff::Timestamp = "2026-03-01T10:00:00Z".parse().unwrap();
    let known = stand(catalog, evaluation, store).outcomes;
    for unit in
        plan(catalog, evaluation).groups.into_iter().flat_map(|group| group.cases).flat_map(|case| case.units)
    {
        for target in unit.targets.iter().filter(|target| {
            known.get(target).is_none_or(|o| o.verdict() != Verdict::Pass || !o.is_current())
        }) {
            let text = filled(&form(catalog, evaluation, target).unwrap(), verdict);
            let filled = FilledForm::read(catalog, evaluation, &text, folder).unwrap();
            let judgement =
                filled.judgement(|bytes| store.keep(bytes).map_err(std::io::Error::other)).unwrap();
            let entry = store.append("Ada", at, Event::Judgement(judgement), &key(1)).unwrap();
            if unit.readers > 1 {
                let confirmation = Confirmation { entry: entry.body().number, sha256: entry.digest() };
                store.append("Bea", at, Event::Confirmation(confirmation), &key(2)).unwrap();
            }
        }
    }
}
