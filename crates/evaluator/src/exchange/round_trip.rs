//! Random declarations through spreadsheets and Word files and back.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::Value as Json;

use super::*;
use crate::catalog::{Catalog, Edition, Field, FieldKind, Shape};
use crate::document::Front;
use crate::product::Evaluation;

fn catalog() -> Catalog {
    Catalog::embedded().expect("the catalog")
}

fn front() -> Front {
    Front {
        kind: "Declaration".to_owned(),
        title: "Sample".to_owned(),
        subtitle: String::new(),
        facts: Vec::new(),
        author: "Maker".to_owned(),
        date: "2026-11-22".parse().expect("a day"),
        result: None,
    }
}

/// What a declaration says, without the places in its files.
fn said(texts: &BTreeMap<String, String>, catalog: &Catalog) -> (Json, usize) {
    fn strip(json: &mut Json) {
        match json {
            Json::Object(map) => {
                map.retain(|key, _| key != "at" && key != "features_at");
                map.values_mut().for_each(strip);
            }
            Json::Array(items) => items.iter_mut().for_each(strip),
            Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
        }
    }
    let (evaluation, findings) = Evaluation::parse(texts, catalog);
    let mut json = serde_json::to_value(evaluation).expect("serialised");
    strip(&mut json);
    (json, findings.len())
}

/// Words that a document may hold, with what is awkward in cells, XML and TOML; a value begins and ends with a letter.
fn words() -> impl Strategy<Value = String> {
    proptest::collection::vec(
        prop_oneof![
            "[a-zA-Z]{1,8}",
            Just("é漢🙂".to_owned()),
            Just("\n".to_owned()),
            Just("\t".to_owned()),
            Just("<b>&amp;".to_owned()),
            Just("\"q\\'".to_owned()),
            Just("_x0041_".to_owned()),
            Just("=1+1, 3.20".to_owned()),
            Just("  ".to_owned()),
            Just("none".to_owned()),
        ],
        0..6,
    )
    .prop_map(|parts| format!("w{}w", parts.concat()))
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

fn value(field: &Field, words: &[String], seed: usize) -> String {
    let word = |at: usize| words.get((seed + at) % words.len().max(1)).cloned().unwrap_or_default();
    let one_line = |at: usize| word(at).replace(['\n', ';', '\r'], " ");
    let option = |options: &[String], at: usize| {
        options.get((seed + at) % options.len().max(1)).cloned().unwrap_or_default()
    };
    let list = |items: &[String]| {
        format!("[{}]", items.iter().map(|item| quoted(item)).collect::<Vec<_>>().join(", "))
    };
    if field.may_be_none && seed.is_multiple_of(5) {
        return quoted(&format!("none: {}", one_line(0)));
    }
    match &field.kind {
        FieldKind::Id => quoted(&format!("Row-{seed}")),
        FieldKind::Text | FieldKind::Period => quoted(&word(0)),
        FieldKind::Choice(options) if seed.is_multiple_of(2) => quoted(&option(options, 0)),
        FieldKind::Choice(options) => quoted(&format!("{}: {}", option(options, 0), one_line(0))),
        FieldKind::Set(options) => {
            list(&[option(options, 0), format!("{}: {}", option(options, 1), one_line(1))])
        }
        FieldKind::Crypto => list(&[one_line(0), one_line(1), one_line(2)]),
        FieldKind::Refs => list(&["Row-1".to_owned(), "Row-2".to_owned()]),
    }
}

fn declaration(
    catalog: &Catalog,
    edition: Edition,
    words: &[String],
    seed: usize,
) -> BTreeMap<String, String> {
    let word = |at: usize| quoted(&words.get((seed + at) % words.len().max(1)).cloned().unwrap_or_default());
    let mut texts = BTreeMap::new();
    let party = |name: &str| {
        format!("[{name}]\norganisation = {}\nperson = {}\ncontact = {}\n", word(1), word(2), word(3))
    };
    texts.insert(
        "evaluation.toml".to_owned(),
        format!(
            "edition = \"{edition}\"\ntitle = {}\nscheme = \"third-party: x\"\nbasis = \"voluntary\"\nscope-statement = {}\n{}{}{}",
            word(0), word(4), party("manufacturer"), party("supplier"), party("laboratory")
        ),
    );
    let features: String = catalog
        .features
        .iter()
        .enumerate()
        .map(|(at, feature)| format!("{} = {}\n", feature.key, (at + seed).is_multiple_of(2)))
        .collect();
    texts.insert(
        "dut.toml".to_owned(),
        format!(
            "[product]\nname = {}\nmodel = {}\nhardware-version = \"3.20\"\nsoftware-version = \"007\"\ndescription = {}\nintended-use = {}\nmedical-device = true\n\
             [scope]\nincluded = [{}, {}]\nexcluded = []\n[samples]\nunits = {seed}\nsacrificial = 1\n[sbom]\navailable = false\n\
             [[service]]\nname = {}\noperator = {}\npurpose = {}\nstores-personal-data = true\n[[service]]\nname = \"yes\"\noperator = \"1\"\npurpose = \"true\"\nstores-personal-data = false\n\
             [[endpoint]]\nrow = \"Row-1\"\naddress = \"https://h/\"\nreach = \"local\"\nanonymous-status = 401\n[features]\n{features}",
            word(0), word(1), word(2), word(3), word(4), word(5), word(0), word(1), word(2)
        ),
    );
    let mut ics = String::new();
    for (at, provision) in catalog.provisions(edition).iter().enumerate() {
        let answer = ["Y", "N", "N/A"][(at + seed) % 3];
        ics.push_str(&format!(
            "[provisions.\"{}\"]\nanswer = \"{answer}\"\nreason = {}\ndetail = {}\n",
            provision.id,
            word(at),
            word(at + 1)
        ));
    }
    texts.insert("ics.toml".to_owned(), ics);
    for table in &catalog.tables {
        let at = seed + usize::from(table.no.get());
        let row = |seed: usize| -> String {
            table
                .fields(edition)
                .map(|field| format!("{} = {}\n", field.key, value(field, words, seed)))
                .collect()
        };
        let text = match table.shape {
            _ if at.is_multiple_of(7) => format!("none = {}\n", word(0)),
            Shape::Single => row(at),
            Shape::Rows => (0..at % 4 + 1).map(|n| format!("[[row]]\n{}", row(at + n))).collect(),
        };
        texts.insert(table.path(), text);
    }
    texts.insert("mds2.toml".to_owned(), format!("[answers]\n\"{}\" = \"yes: a\"\n", catalog.mds2[0].id));
    texts
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn a_declaration_says_the_same_after_a_spreadsheet_and_a_word_file(
        words in proptest::collection::vec(words(), 1..8), seed in 0usize..1000, later: bool
    ) {
        let catalog = catalog();
        let edition = if later { Edition::V3_1_3 } else { Edition::V2_1_1 };
        let texts = declaration(&catalog, edition, &words, seed);
        let before = said(&texts, &catalog);
        let exported = export(&texts, &catalog, edition).expect("exported");
        prop_assert!(exported.lost.is_empty(), "{:?}", exported.lost);
        let sheets = read_xlsx(&write_xlsx(&exported.workbook).expect("written")).expect("read");
        let from_sheets = import(&sheets, &catalog).expect("imported");
        prop_assert_eq!(&from_sheets.passed_over, &Vec::<String>::new());
        prop_assert_eq!(said(&from_sheets.texts, &catalog), before.clone());
        let word = read_docx(&write_docx(&exported.workbook, front()).expect("written"), &catalog).expect("read");
        let from_word = import(&word, &catalog).expect("imported");
        prop_assert_eq!(&from_word.passed_over, &Vec::<String>::new());
        prop_assert_eq!(said(&from_word.texts, &catalog), before);
    }
}

/// What others change when they fill a sheet in: a title above, other columns, another order, another case.
#[test]
fn sheets_that_others_arranged_are_understood() {
    let catalog = catalog();
    let mut sheet = Sheet::new("IXIT 5 vulnmon");
    for (row, column, text) in [
        (1, 1, "Vulnerability monitoring of product X"),
        (4, 2, "description"),
        (4, 3, "Remark"),
        (4, 5, "id"),
        (5, 2, "Nightly comparison"),
        (5, 3, "ask again"),
        (5, 5, "VulnMon-1"),
    ] {
        sheet.set(row, column, text);
    }
    let mut cover = Sheet::new("Cover");
    cover.set(1, 1, "Confidential");
    let imported = import(&Workbook { sheets: vec![cover, sheet] }, &catalog).expect("imported");
    let text = &imported.texts["ixit/05-vuln-mon.toml"];
    let line = "#:schema ../schema/ixit-05-vuln-mon.json";
    assert_eq!(
        text,
        &format!("{line}\n\n[[row]]\nid = \"VulnMon-1\"\ndescription = \"Nightly comparison\"\n")
    );
    assert_eq!(
        imported.passed_over,
        [
            "sheet \"Cover\": no document is called so",
            "sheet \"IXIT 5 vulnmon\", cell C5 and below: the column \"Remark\" is in no document"
        ]
    );
}

#[test]
fn what_cannot_be_placed_is_named_with_sheet_and_cell() {
    let catalog = catalog();
    let book = |name: &str, cells: &[(u32, u32, &str)]| {
        let mut sheet = Sheet::new(name);
        cells.iter().for_each(|(row, column, text)| sheet.set(*row, *column, *text));
        Workbook { sheets: vec![sheet] }
    };
    type Cells = &'static [(u32, u32, &'static str)];
    let cases: [(&str, Cells, &str); 7] = [
        ("Sheet1", &[(1, 1, "x")], "sheet \"\": none of [\"Sheet1\"] is a sheet of a declaration"),
        ("7-UpdMech", &[(1, 1, "x")], "sheet \"7-UpdMech\": no headings in the first 20 rows"),
        (
            "DUT",
            &[(1, 1, "Field"), (1, 2, "Value"), (2, 1, "a"), (2, 2, "1"), (3, 1, "a"), (3, 2, "2")],
            "sheet \"DUT\", cell A3: \"a\" is no field, or stands twice",
        ),
        ("DUT", &[(1, 1, "Field"), (1, 2, "Value"), (5, 2, "1")], "sheet \"DUT\", cell A5: \"\" is no field"),
        (
            "ICS",
            &[(1, 1, "Provision"), (1, 2, "Support"), (2, 2, "Y")],
            "sheet \"ICS\", cell A2: an answer without a provision",
        ),
        (
            "ICS",
            &[
                (1, 1, "Provision"),
                (1, 2, "Support"),
                (2, 1, "5.1-1"),
                (2, 2, "Y"),
                (3, 1, "5.1-1"),
                (3, 2, "N"),
            ],
            "sheet \"ICS\", cell A3: provision 5.1-1 stands in row 2 already",
        ),
        (
            "9-ReplSup",
            &[(1, 1, "Isolation"), (1, 2, "Hardware Replacement"), (2, 1, "a"), (3, 1, "b")],
            "sheet \"9-ReplSup\", cell A3: a second entry",
        ),
    ];
    for (name, cells, message) in cases {
        let error = import(&book(name, cells), &catalog).expect_err(message).to_string();
        assert!(error.starts_with(message), "{error}");
    }
    let mut twice = book("5-VulnMon", &[(1, 1, "ID"), (1, 2, "Description"), (2, 1, "a")]);
    twice.sheets.extend(book("VulnMon", &[]).sheets);
    let mut copy = twice.sheets[0].clone();
    copy.name = "5 VulnMon".to_owned();
    twice.sheets.push(copy);
    assert!(
        import(&twice, &catalog)
            .expect_err("twice")
            .to_string()
            .contains("a second sheet for ixit/05-vuln-mon.toml")
    );
}
