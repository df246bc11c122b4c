//! Each pair of statements that cannot both be true is made true, and must be found under its name.

use super::Mutation;
use super::edit::{Texts, append, quote, set, try_set, whole};
use evaluator::catalog::{Catalog, Edition, FieldKind, FieldTest, Statement, TableNo};
use evaluator::finding::Rule;

pub(crate) fn mutations(catalog: &Catalog, sample: &Texts) -> Vec<Mutation> {
    let pairs = catalog.contradictions.iter();
    pairs
        .map(|pair| {
            let texts = make(catalog, &make(catalog, sample, &pair.right), &pair.left);
            let rule = if pair.is_certain { Rule::Contradiction } else { Rule::ContradictionLikely };
            let name = format!("both sides of {}", pair.id);
            Mutation::new(name, texts, rule, file_of(catalog, &pair.left)).about(pair.id.as_str())
        })
        .collect()
}

fn path(catalog: &Catalog, no: TableNo) -> String {
    catalog.table(no).unwrap().path()
}

fn file_of(catalog: &Catalog, statement: &Statement) -> String {
    match statement {
        Statement::Ics(..) => "ics.toml".to_owned(),
        Statement::Table(no, _) | Statement::Field(no, _, _) => path(catalog, *no),
        Statement::Answer(questionnaire, _, _) => format!("{questionnaire}.toml"),
        Statement::Feature(..) | Statement::Sbom(_) | Statement::Services(_) | Statement::ServiceData(_) => {
            "dut.toml".to_owned()
        }
    }
}

/// The sample changed so that a statement is made in it.
fn make(catalog: &Catalog, texts: &Texts, statement: &Statement) -> Texts {
    match statement {
        Statement::Feature(key, value) => {
            let line = value.to_string();
            try_set(texts, "dut.toml", key.as_str(), 0, &line)
                .unwrap_or_else(|| append(texts, "dut.toml", &format!("{key} = {line}")))
        }
        Statement::Ics(id, answer) => set(
            texts,
            "ics.toml",
            &quote(&id.to_string()),
            0,
            &format!("{{ answer = \"{answer}\", reason = \"The product is built like that.\" }}"),
        ),
        Statement::Table(_, true) => texts.clone(),
        Statement::Table(no, false) => {
            whole(texts, &path(catalog, *no), "none = \"The product has nothing of this kind.\"\n")
        }
        Statement::Field(no, key, test) => field(catalog, texts, *no, key, test),
        Statement::Answer(questionnaire, question, option) => {
            let file = format!("{questionnaire}.toml");
            set(texts, &file, &quote(question), 0, &quote(&format!("{option}: as it is")))
        }
        Statement::Sbom(value) => set(texts, "dut.toml", "available", 0, &value.to_string()),
        Statement::Services(true) => texts.clone(),
        Statement::Services(false) => {
            let before = texts["dut.toml"].split("[[service]]").next().unwrap().to_owned();
            let after = texts["dut.toml"].split_once("[[endpoint]]").unwrap().1.to_owned();
            whole(texts, "dut.toml", format!("{before}[[endpoint]]{after}"))
        }
        Statement::ServiceData(value) => {
            set(texts, "dut.toml", "stores-personal-data", 0, &value.to_string())
        }
    }
}

fn field(catalog: &Catalog, texts: &Texts, no: TableNo, key: &str, test: &FieldTest) -> Texts {
    let file = path(catalog, no);
    let known = catalog.table(no).unwrap().field(key).unwrap();
    assert!(known.editions.contains(&Edition::V2_1_1), "{key}");
    let write = |option: &str| match known.kind {
        FieldKind::Set(_) => format!("[{}]", quote(option)),
        _ => quote(option),
    };
    let other_than = |avoided: &[String]| match &known.kind {
        FieldKind::Choice(options) | FieldKind::Set(options) => {
            write(options.iter().find(|other| !avoided.contains(other)).unwrap())
        }
        _ => panic!("{key} has no options"),
    };
    match test {
        FieldTest::Has(option) => set(texts, &file, key, 0, &write(option)),
        FieldTest::Lacks(option) => set(texts, &file, key, 0, &other_than(std::slice::from_ref(option))),
        FieldTest::Never(options) => {
            let mut changed = texts.clone();
            let mut nth = 0;
            while let Some(next) = try_set(&changed, &file, key, nth, &other_than(options)) {
                changed = next;
                nth += 1;
            }
            changed
        }
        FieldTest::Names(word) => set(texts, &file, key, 0, &format!("[{}]", quote(&format!("{word} 1.3")))),
        FieldTest::Given => match known.kind {
            FieldKind::Refs => texts.clone(),
            _ => set(texts, &file, key, 0, "\"as described in the manual\""),
        },
        FieldTest::None => set(texts, &file, key, 0, "\"none: the product has none of it\""),
    }
}
