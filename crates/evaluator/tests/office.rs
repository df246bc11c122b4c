//! Files that other programs wrote: openpyxl, python-docx, and LibreOffice from those.

use evaluator::catalog::Catalog;
use evaluator::exchange::{ExchangeError, Imported, Workbook, import, read_docx, read_xlsx};
use std::path::Path;

fn catalog() -> Catalog {
    Catalog::embedded().expect("the catalog")
}

fn file(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/office").join(name))
        .expect("a file")
}

fn imported(read: Result<Workbook, ExchangeError>) -> Imported {
    import(&read.expect("read"), &catalog()).expect("imported")
}

#[test]
fn spreadsheets_of_other_programs_say_what_a_person_sees_in_them() {
    for name in ["openpyxl.xlsx", "libreoffice.xlsx"] {
        let Imported { texts, passed_over } = imported(read_xlsx(&file(name)));
        let dut = &texts["dut.toml"];
        for line in [
            "name = \"Sample <pump> & co\"",
            "software-version = \"3.2\"",
            "medical-device = true",
            "notes = \"2026-11-22\"",
            "units = 3",
        ] {
            assert!(dut.contains(line), "{name}: {line} in\n{dut}");
        }
        // Only LibreOffice has calculated the formula.
        assert_eq!(dut.contains("model = \"Model 3.2\""), name == "libreoffice.xlsx", "{dut}");
        let ics = &texts["ics.toml"];
        assert!(
            ics.contains("[provisions.\"5.1-1\"]\nanswer = \"N/A\"\nreason = \"no password is used\""),
            "{ics}"
        );
        let monitoring = &texts["ixit/05-vuln-mon.toml"];
        let read: toml::Table = monitoring.parse().expect("TOML");
        let row = read["row"][0].as_table().expect("a row");
        let description = row["description"].as_str().expect("words");
        assert!(description.starts_with("Line one\nline two with ä, 漢, 🙂 and "), "{name}: {description}");
        assert_eq!(
            passed_over,
            [
                "sheet \"Cover\": no document is called so",
                "sheet \"DUT\", cell C6 and below: the column \"Remark\" is in no document"
            ],
            "{name}"
        );
    }
}

#[test]
fn a_formula_that_nobody_has_calculated_is_named_with_its_cell() {
    let error = read_xlsx(&file("openpyxl_formula.xlsx")).expect_err("no result");
    assert!(
        error.to_string().starts_with("sheet \"DUT\", cell B7: a formula without a stored result"),
        "{error}"
    );
}

#[test]
fn word_files_of_other_programs_are_read_by_their_headings() {
    for name in ["python-docx.docx", "libreoffice.docx"] {
        let Imported { texts, passed_over } = imported(read_docx(&file(name), &catalog()));
        assert!(texts["dut.toml"].contains("name = \"Sample <pump> & co\""), "{name}");
        let monitoring: toml::Table = texts["ixit/05-vuln-mon.toml"].parse().expect("TOML");
        let row = monitoring["row"][0].as_table().expect("a row");
        assert_eq!(row["description"].as_str(), Some("Line one\nline two with ä, 漢, 🙂"), "{name}");
        assert_eq!(passed_over, Vec::<String>::new(), "{name}");
    }
}
