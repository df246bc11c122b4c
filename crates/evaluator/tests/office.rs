//! Files that other programs wrote (openpyxl, XlsxWriter, python-docx, and LibreOffice from those), and ours as such programs read them.

use evaluator::catalog::{Catalog, Edition};
use evaluator::document::Front;
use evaluator::exchange::{
    ExchangeError, Imported, Sheet, Workbook, export, import, read_docx, read_xlsx, write_docx, write_xlsx,
};
use evaluator::template::Fill;
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

/// Runs the office client, which knows nothing of us, and gives what it prints.
fn client(words: &[&std::ffi::OsStr]) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let python = root.join("../../target/office-client/bin/python");
    assert!(
        python.is_file(),
        "the office client is not installed: run `python3 -m venv target/office-client && \
         target/office-client/bin/pip install -r crates/evaluator/tests/office_client/requirements.txt`"
    );
    let script = root.join("tests/office_client/office.py");
    let output = std::process::Command::new(python).arg(script).args(words).output().expect("it runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

#[test]
fn renamed_sheets_merged_cells_rich_texts_and_days_are_read_as_a_person_sees_them() {
    let folder = tempfile::tempdir().expect("a folder");
    client(&["make".as_ref(), folder.path().as_os_str()]);
    let file = |name: &str| std::fs::read(folder.path().join(name)).expect("made");
    for (name, product, updates) in
        [("openpyxl.xlsx", true, true), ("xlsxwriter.xlsx", true, false), ("python-docx.docx", false, true)]
    {
        let bytes = file(name);
        let workbook = if name.ends_with("docx") { read_docx(&bytes, &catalog()) } else { read_xlsx(&bytes) };
        let Imported { texts, passed_over } = imported(workbook);
        let table = |path: &str| texts[path].parse::<toml::Table>().unwrap_or_else(|e| panic!("{name}: {e}"));
        let statement = &table("ics.toml")["provisions"];
        assert_eq!(statement["5.1-1"]["answer"].as_str(), Some("Y"), "{name}");
        assert_eq!(statement["5.1-2"]["reason"].as_str(), Some("no password is generated"), "{name}");
        assert!(texts["ics.toml"].starts_with("#:schema ./schema/ics.json\n"), "{name}");
        if product {
            let dut = table("dut.toml");
            assert_eq!(dut["product"]["name"].as_str(), Some("Monitor 7"), "{name}");
            assert_eq!(dut["product"]["notes"].as_str(), Some("2026-11-22"), "{name}");
            assert_eq!(dut["samples"]["units"].as_integer(), Some(2), "{name}");
        }
        if updates {
            let text = &texts["ixit/07-upd-mech.toml"];
            assert!(text.starts_with("#:schema ../schema/ixit-07-upd-mech.json\n"), "{name}");
            let rows = table("ixit/07-upd-mech.toml")["row"].as_array().expect("rows").clone();
            assert_eq!(rows.len(), 2, "{name}");
            for (row, (guarantees, algorithms)) in rows.iter().zip([(2, 1), (1, 2)]) {
                // The description is merged over all rows, the second ID over two, of which each has an algorithm.
                assert_eq!(row["description"].as_str(), Some("Over the air, signed"), "{name}");
                assert_eq!(row["security-guarantees"].as_array().map(Vec::len), Some(guarantees), "{name}");
                assert_eq!(row["cryptographic-details"].as_array().map(Vec::len), Some(algorithms), "{name}");
            }
        }
        let foreign = passed_over.iter().any(|note| note.contains("Remark of the laboratory"));
        assert_eq!(foreign, name == "openpyxl.xlsx", "{passed_over:?}");
    }
}

/// The sample product's declaration, as we export it.
fn exported() -> evaluator::exchange::Exported {
    let texts = evaluator::template::documents(&catalog(), Edition::V2_1_1, Fill::Example);
    let exported = export(&texts, &catalog(), Edition::V2_1_1).expect("exported");
    assert_eq!(exported.lost, Vec::<String>::new());
    exported
}

#[test]
fn openpyxl_finds_in_our_spreadsheet_what_we_put_there() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("sample.xlsx");
    let workbook = exported().workbook;
    std::fs::write(&path, write_xlsx(&workbook).expect("written")).expect("kept");
    let told: serde_json::Value =
        serde_json::from_str(&client(&["tell".as_ref(), path.as_os_str()])).expect("JSON");
    assert_eq!(told.as_object().map(serde_json::Map::len), Some(workbook.sheets.len()));
    let mut cells = 0;
    for sheet in &workbook.sheets {
        for (row, texts) in sheet.rows() {
            for (column, text) in texts {
                let found = &told[&sheet.name][row as usize - 1][column as usize - 1];
                assert_eq!(found.as_str(), Some(text), "{} row {row} column {column}", sheet.name);
                cells += 1;
            }
        }
    }
    assert!(cells > 1000, "{cells}");
}

#[test]
fn python_docx_finds_in_our_word_file_what_we_put_there() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("sample.docx");
    let workbook = exported().workbook;
    let front = Front {
        kind: "Declaration".to_owned(),
        title: "Sample".to_owned(),
        subtitle: String::new(),
        facts: Vec::new(),
        author: "Maker".to_owned(),
        date: "2026-11-22".parse().expect("a day"),
        result: None,
    };
    std::fs::write(&path, write_docx(&workbook, front).expect("written")).expect("kept");
    let told: serde_json::Value =
        serde_json::from_str(&client(&["tell".as_ref(), path.as_os_str()])).expect("JSON");
    let headings: Vec<&str> =
        told["headings"].as_array().expect("headings").iter().filter_map(|it| it.as_str()).collect();
    for sheet in &workbook.sheets {
        assert!(headings.contains(&sheet.name.as_str()), "{} in {headings:?}", sheet.name);
    }
    let found: std::collections::BTreeSet<&str> = told["tables"]
        .as_array()
        .expect("tables")
        .iter()
        .flat_map(|table| table.as_array().into_iter().flatten())
        .flat_map(|row| row.as_array().into_iter().flatten())
        .filter_map(|cell| cell.as_str())
        .collect();
    for sheet in &workbook.sheets {
        for (row, texts) in sheet.rows() {
            for (_, text) in texts {
                assert!(found.contains(text), "{} row {row}: {text}", sheet.name);
            }
        }
    }
}

#[test]
fn what_a_foreign_file_gets_wrong_is_named_with_sheet_and_cell() {
    let sheet = |name: &str, cells: &[(u32, u32, &str)]| {
        let mut sheet = Sheet::new(name);
        cells.iter().for_each(|(row, column, text)| sheet.set(*row, *column, *text));
        Workbook { sheets: vec![sheet] }
    };
    let headed = [(1, 1, "Provision"), (1, 2, "Support"), (1, 3, "Reason"), (1, 4, "Detail")];
    for (workbook, expected) in [
        (sheet("Cover", &[(1, 1, "hello")]), "none of [\"Cover\"] is a sheet of a declaration"),
        (sheet("ICS", &[(1, 1, "hello")]), "sheet \"ICS\": no headings in the first 20 rows"),
        (
            sheet("ICS", &[&headed[..], &[(2, 2, "Y")]].concat()),
            "sheet \"ICS\", cell A2: an answer without a provision",
        ),
        (
            sheet(
                "ICS",
                &[&headed[..], &[(2, 1, "5.1-1"), (2, 2, "Y"), (4, 1, "5.1-1"), (4, 2, "N")]].concat(),
            ),
            "sheet \"ICS\", cell A4: provision 5.1-1 stands in row 2 already",
        ),
        (
            sheet("DUT", &[(3, 2, "Field"), (3, 3, "Value"), (4, 2, "product..name"), (4, 3, "x")]),
            "sheet \"DUT\", cell B4: \"product..name\" is no field",
        ),
    ] {
        let error = import(&workbook, &catalog()).expect_err(expected).to_string();
        assert!(error.contains(expected), "{error}");
    }
}
