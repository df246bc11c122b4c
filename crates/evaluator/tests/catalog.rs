//! The built-in data is whole and agrees with the published totals.

use evaluator::catalog::{Catalog, Confidence, Edition, FILES, Fault, Obligation, Overlay, Verb};
use std::collections::BTreeSet;

fn catalog() -> Catalog {
    Catalog::embedded().unwrap()
}

#[test]
fn the_totals_are_those_of_the_standards() {
    let catalog = catalog();
    let count = |edition, obligation| {
        catalog.provisions(edition).iter().filter(|provision| provision.obligation == obligation).count()
    };
    assert_eq!(count(Edition::V2_1_1, Obligation::Mandatory), 33);
    assert_eq!(count(Edition::V2_1_1, Obligation::Recommended), 35);
    assert_eq!(count(Edition::V3_1_3, Obligation::Mandatory), 36);
    assert_eq!(count(Edition::V3_1_3, Obligation::Recommended), 42);
    assert_eq!(catalog.tables.len(), 29);
    assert_eq!(catalog.tables.iter().map(|table| table.fields.len()).sum::<usize>(), 147);
    assert_eq!(catalog.cases.len(), 109);
    assert_eq!(catalog.units.len(), 226);
    let verbs = |verb| catalog.units.iter().filter(|unit| unit.verb == verb).count();
    assert_eq!(
        [verbs(Verb::Check), verbs(Verb::Assess), verbs(Verb::Inherit), verbs(Verb::Action)],
        [46, 150, 14, 16]
    );
    assert_eq!(catalog.mds2.len(), 240);
    assert_eq!(catalog.procedures.len(), 22);
}

#[test]
fn whatever_is_named_exists() {
    let catalog = catalog();
    let in_cases: BTreeSet<_> = catalog.cases.iter().flat_map(|case| case.units.iter().copied()).collect();
    let units: BTreeSet<_> = catalog.units.iter().map(|unit| unit.id).collect();
    assert_eq!(in_cases, units);
    for case in &catalog.cases {
        assert!(catalog.provision(Edition::V2_1_1, case.provision).is_some(), "{}", case.id);
        for table in &case.tables {
            let known = catalog.table(*table).unwrap();
            assert!(known.cases.contains(&case.id), "table {table} does not know case {}", case.id);
        }
    }
    for provision in catalog.provisions(Edition::V2_1_1) {
        assert!(!provision.successors.is_empty(), "{}", provision.id);
        for successor in &provision.successors {
            assert!(catalog.provision(Edition::V3_1_3, *successor).is_some(), "{successor}");
        }
        assert!(catalog.group(provision.id).next().is_some(), "{} has no case", provision.id);
    }
    for table in &catalog.tables {
        for field in &table.fields {
            for refers in &field.refers {
                assert!(catalog.table(*refers).is_some());
            }
            assert!(!field.editions.is_empty(), "{} {}", table.key, field.name);
        }
    }
    for question in &catalog.mds2 {
        assert!(
            catalog.mds2_sections.iter().any(|section| section.key == question.section),
            "{}",
            question.id
        );
    }
}

#[test]
fn a_site_corrects_and_extends_without_code() {
    let mut overlay = Overlay::default();
    overlay.add("provisions.tsv", "id\tconditions\tconfidence\n5.3-10\t11\tconfirmed\n");
    overlay.add(
        "fields.tsv",
        "table\tfield\tv1.1.1\tv2.1.1\trefers\tkind\tconfidence\tguidance\texample\n\
         22\tExpected by users\tyes\tyes\t-\tchoice(yes,no)\tconfirmed\tWhether users expect it.\tyes\n",
    );
    let catalog = Catalog::with_overlay(&overlay).unwrap();
    let provision = catalog.provision(Edition::V2_1_1, "5.3-10".parse().unwrap()).unwrap();
    assert_eq!(provision.conditions.len(), 1);
    assert_eq!(provision.confidence, Confidence::Confirmed);
    let sensors = catalog.table("22".parse().unwrap()).unwrap();
    assert!(sensors.field("expected-by-users").is_some());
    assert_eq!(catalog.amended, ["fields.tsv", "provisions.tsv"]);
}

#[test]
fn a_malformed_table_is_an_error_with_file_and_line() {
    let cases: &[(&str, &str, u32, Fault)] = &[
        ("provisions.tsv", "", 1, Fault::NoHeader),
        ("provisions.tsv", "# remark\nid\tstatus\n5.1-1\n", 3, Fault::Cells { found: 1, expected: 2 }),
        ("provisions.tsv", "id\tcolour\n5.1-1\tred\n", 2, Fault::UnknownColumn("colour".into())),
        ("provisions.tsv", "id\tconditions\n5.1-1\t99\n", 2, Fault::Unknown("condition 99".into())),
        ("practice.tsv", "provision\tcondition\n5.1-1\t14\n", 2, Fault::NoColumn("confidence")),
        (
            "provisions.tsv",
            "id\tstatus\n5.1-1\tX\n",
            2,
            Fault::Value { column: "status", what: "the status is M or R".into() },
        ),
        ("surprise.tsv", "a\tb\n", 1, Fault::UnknownFile),
        (
            "contradictions.tsv",
            "id\tleft\nmds2-sbom\tmds2 SBOM-99 yes\n",
            2,
            Fault::Unknown("SBOM-99".into()),
        ),
        (
            "contradictions.tsv",
            "id\tright\nclaim-notice\tixit 7.user-notification lacks loudness\n",
            2,
            Fault::Unknown("loudness".into()),
        ),
        (
            "contradictions.tsv",
            "id\tleft\nclaim-notice\tsomebody said so\n",
            2,
            Fault::Value { column: "left", what: "`somebody said so` is no statement".into() },
        ),
    ];
    for (file, text, line, fault) in cases {
        let mut overlay = Overlay::default();
        overlay.add(*file, *text);
        let error = Catalog::with_overlay(&overlay).map(|_| ()).unwrap_err();
        assert_eq!((error.line, &error.fault), (*line, fault), "{error}");
        assert!(error.file.ends_with(file), "{error}");
    }
}

#[test]
fn no_tables_bytes_can_stop_the_reader() {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = move |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % below as u64).unwrap()
    };
    for round in 0..150 {
        let (name, text, _) = FILES[next(FILES.len())];
        let mut bytes: Vec<char> = text.chars().collect();
        for _ in 0..=round % 5 {
            let at = next(bytes.len());
            bytes[at] = ['\t', '\n', '-', '9', 'é', ' '][next(6)];
        }
        let mut overlay = Overlay::default();
        overlay.add(name, bytes.into_iter().collect::<String>());
        let _either = Catalog::with_overlay(&overlay);
    }
}
