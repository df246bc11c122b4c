//! The comparison: the same evaluation in words and in the derivation's own types.

use super::random::{Dice, Vocabulary, world};
use super::{FAIL, Model, OPEN, PASS, Tables, World};
use crate::catalog::{Catalog, Edition, ProvisionId, TableNo};
use crate::product::Evaluation;
use crate::verdict::derive::{Inputs, conclude};
use crate::verdict::outcome::{Outcome, Outcomes, Voice};
use crate::verdict::{Target, Verdict};
use std::collections::BTreeMap;

/// Evaluations that the ordinary run compares.
const ORDINARY: u64 = 2_000;

/// The same evaluation in the derivation's own types.
struct Translator<'a> {
    catalog: &'a Catalog,
    blank: Evaluation,
}

impl<'a> Translator<'a> {
    fn new(catalog: &'a Catalog) -> Self {
        let (blank, _) = Evaluation::parse(&BTreeMap::new(), catalog);
        assert_eq!(blank.edition(), Edition::V2_1_1);
        Self { catalog, blank }
    }

    fn evaluation(&self, world: &World) -> Evaluation {
        use crate::finding::{Located, Place};
        use crate::product::{Answer, IcsEntry, Row, RowId, TableDoc};
        let at = Place::start("random");
        let mut evaluation = self.blank.clone();
        for (key, answer) in &world.features {
            let key = crate::catalog::FeatureKey::new(key);
            evaluation.dut.features.insert(key, Located::new(*answer, at.clone()));
        }
        for (id, answer) in &world.answers {
            let answer = Answer::ALL.into_iter().find(|known| known.name() == *answer).unwrap();
            let answer = Some(Located::new(answer, at.clone()));
            let entry = IcsEntry {
                at: at.clone(),
                answer,
                reason: None,
                condition: None,
                detail: None,
                unread: Vec::new(),
            };
            evaluation.ics.entries.insert(id.parse().unwrap(), entry);
        }
        for table in &self.catalog.tables {
            let document = TableDoc { no: table.no, at: at.clone(), none: None, rows: Vec::new() };
            evaluation.ixit.tables.insert(table.no, document);
        }
        for plain in &world.rows {
            let no: TableNo = plain.table.to_string().parse().unwrap();
            let table = self.catalog.table(no).unwrap();
            let id = Some(Located::new(RowId::parse(&plain.id).unwrap(), at.clone()));
            let values = plain.fields.iter().map(|(name, text)| {
                let field = table.field(name).unwrap();
                (field.key.clone(), Located::new(value(&field.kind, text), at.clone()))
            });
            let row = Row { at: at.clone(), id, values: values.collect() };
            evaluation.ixit.tables.get_mut(&no).unwrap().rows.push(row);
        }
        evaluation
    }

    fn outcomes(world: &World, today: jiff::civil::Date) -> Outcomes {
        let mut outcomes = Outcomes::default();
        for (target, said) in &world.said {
            let people = ["Ada", "Bea"].iter().take(said.people).map(ToString::to_string).collect();
            let voice = match said.people {
                0 => Voice::Tool { name: "tool".into(), observations: said.observations },
                _ => Voice::People(people),
            };
            let outcome = Outcome {
                verdict: verdict(said.verdict),
                voice,
                escape: said.escape.clone(),
                is_current: said.current,
                entries: Vec::new(),
                note: String::new(),
            };
            let target: Target = target.parse().unwrap();
            outcomes.by_target.insert(target, outcome);
        }
        for group in &world.recognised {
            let group: ProvisionId = group.parse().unwrap();
            outcomes.recognised.insert(group, (1, today));
        }
        outcomes
    }
}

fn value(kind: &crate::catalog::FieldKind, text: &str) -> crate::product::Value {
    use crate::catalog::FieldKind;
    use crate::product::{Phrase, RowId, Value};
    if text.is_empty() {
        return Value::None { reason: "none".into() };
    }
    match kind {
        FieldKind::Choice(_) => Value::Choice(Phrase::parse(text)),
        FieldKind::Set(_) => Value::Set(vec![Phrase::parse(text)]),
        FieldKind::Refs => Value::Refs(text.split(' ').map(|id| RowId::parse(id).unwrap()).collect()),
        FieldKind::Crypto => Value::Crypto(vec![text.into()]),
        FieldKind::Id | FieldKind::Text | FieldKind::Period => Value::Text(text.into()),
    }
}

fn verdict(name: &str) -> Verdict {
    [Verdict::Pass, Verdict::Fail, Verdict::Inconclusive]
        .into_iter()
        .find(|verdict| verdict.name() == name)
        .unwrap()
}

/// What was compared: how often each verdict of the whole occurred, and of each case.
#[derive(Default)]
struct Tally {
    wholes: BTreeMap<&'static str, u64>,
    cases: BTreeMap<(String, &'static str), u64>,
}

impl Tally {
    fn add(&mut self, other: Tally) {
        other
            .wholes
            .into_iter()
            .for_each(|(verdict, count)| *self.wholes.entry(verdict).or_default() += count);
        other.cases.into_iter().for_each(|(case, count)| *self.cases.entry(case).or_default() += count);
    }
}

/// Compares the evaluations of some seeds.
fn compared(catalog: &Catalog, seeds: impl Iterator<Item = u64>) -> Tally {
    let tables = Tables::new();
    let vocabulary = Vocabulary::new(&tables);
    let translator = Translator::new(catalog);
    let today = jiff::civil::date(2026, 3, 1);
    let mut tally = Tally::default();
    for seed in seeds {
        let world = world(&tables, &vocabulary, &mut Dice(seed));
        let model = Model::new(&tables, &world);
        let evaluation = translator.evaluation(&world);
        let outcomes = Translator::outcomes(&world, today);
        let document_errors = world.document_errors;
        let conclusion = conclude(Inputs {
            catalog,
            evaluation: &evaluation,
            outcomes: &outcomes,
            document_errors,
            today,
        });
        for group in &conclusion.groups {
            for case in &group.cases {
                let id = case.case.to_string();
                let expected = model.case(&id);
                assert_eq!(case.verdict.name(), expected, "seed {seed}, case {id}: {world:?}");
                *tally.cases.entry((id, expected)).or_default() += 1;
            }
            if let Some(verdict) = group.verdict {
                let expected = model.group(&group.provision.to_string());
                assert_eq!(verdict.name(), expected, "seed {seed}, group {}", group.provision);
            }
        }
        let expected = model.overall();
        assert_eq!(conclusion.verdict.name(), expected, "seed {seed}");
        *tally.wholes.entry(expected).or_default() += 1;
    }
    tally
}

#[test]
fn verdicts_are_those_of_the_model_on_random_evaluations() {
    let count: u64 =
        std::env::var("MEDSEAL_RANDOM_EVALUATIONS").map_or(ORDINARY, |text| text.parse().unwrap());
    let catalog = Catalog::embedded().unwrap();
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let mut tally = Tally::default();
    std::thread::scope(|scope| {
        let catalog = &catalog;
        let of = |first: usize| (first as u64..count).step_by(threads);
        let runs: Vec<_> =
            (0..threads).map(|first| scope.spawn(move || compared(catalog, of(first)))).collect();
        runs.into_iter().for_each(|run| tally.add(run.join().unwrap()));
    });
    println!("{count} evaluations: {:?}", tally.wholes);
    if count < 10_000 {
        // A whole that passes is rare.
        return;
    }
    assert_eq!(tally.wholes.len(), 3, "each verdict must occur: {:?}", tally.wholes);
    let never: Vec<_> = catalog
        .cases
        .iter()
        .flat_map(|case| [PASS, FAIL, OPEN].map(|verdict| (case.id.to_string(), verdict)))
        .filter(|outcome| !tally.cases.contains_key(outcome))
        .collect();
    assert!(never.is_empty(), "verdicts that no case ever had: {never:?}");
}
