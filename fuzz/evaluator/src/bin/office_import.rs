//! Spreadsheets and Word files: whole archives, or one part of an archive that is sound otherwise. What is read can
//! be imported or is refused, and what was imported can be exported, written and read again.
#![no_main]

use std::io::{Cursor, Write};
use std::sync::OnceLock;

use evaluator::catalog::{Catalog, Edition};
use evaluator::exchange::{Workbook, export, import, read_docx, read_xlsx, write_xlsx};
use libfuzzer_sys::fuzz_target;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

const WORKBOOK: &[u8] = b"<workbook><sheets><sheet name=\"5-VulnMon\" r:id=\"a\"/><sheet name=\"DUT\" r:id=\"b\"/></sheets></workbook>";
const LINKS: &[u8] = b"<Relationships><Relationship Id=\"a\" Target=\"worksheets/a.xml\"/><Relationship Id=\"b\" Target=\"worksheets/b.xml\"/></Relationships>";

fn catalog() -> &'static Catalog {
    static CATALOG: OnceLock<Catalog> = OnceLock::new();
    CATALOG.get_or_init(|| Catalog::embedded().expect("the catalog"))
}

/// An archive of these parts, stored.
fn archive(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in parts {
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
        zip.start_file(*name, options).expect("a part");
        zip.write_all(content).expect("a part");
    }
    zip.finish().expect("an archive").into_inner()
}

fn spreadsheet(sheet: &[u8], strings: &[u8], styles: &[u8]) -> Vec<u8> {
    archive(&[
        ("xl/workbook.xml", WORKBOOK),
        ("xl/_rels/workbook.xml.rels", LINKS),
        ("xl/worksheets/a.xml", sheet),
        ("xl/worksheets/b.xml", sheet),
        ("xl/sharedStrings.xml", strings),
        ("xl/styles.xml", styles),
    ])
}

fn go_on(workbook: &Workbook) {
    let Ok(imported) = import(workbook, catalog()) else { return };
    let exported = export(&imported.texts, catalog(), Edition::V2_1_1).expect("what was imported is TOML");
    if let Ok(bytes) = write_xlsx(&exported.workbook) {
        read_xlsx(&bytes).expect("what was written is read");
    }
}

fuzz_target!(|bytes: &[u8]| {
    let Some((kind, rest)) = bytes.split_first() else { return };
    let sheet = b"<worksheet><sheetData><row><c t=\"s\"><v>0</v></c><c s=\"0\"><v>1</v></c></row></sheetData></worksheet>";
    let read = match kind % 6 {
        0 => read_xlsx(rest),
        1 => read_docx(rest, catalog()),
        2 => read_xlsx(&spreadsheet(rest, b"<sst/>", b"<styleSheet/>")),
        3 => read_xlsx(&spreadsheet(sheet, rest, b"<styleSheet/>")),
        4 => read_xlsx(&spreadsheet(sheet, b"<sst/>", rest)),
        _ => read_docx(&archive(&[("word/document.xml", rest)]), catalog()),
    };
    if let Ok(workbook) = read {
        go_on(&workbook);
    }
});
