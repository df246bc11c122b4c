use super::*;
use crate::ooxml::{PackageWriter, limits};
use proptest::prelude::*;

type Cells<'a> = &'a [(u32, u32, &'a str)];

fn workbook(sheets: &[(&str, Cells<'_>)]) -> Workbook {
    let sheets = sheets.iter().map(|(name, cells)| {
        let mut sheet = Sheet::new(name);
        cells.iter().for_each(|(row, column, text)| sheet.set(*row, *column, *text));
        sheet
    });
    Workbook { sheets: sheets.collect() }
}

fn same(left: &Workbook, right: &Workbook) -> bool {
    left.sheets.len() == right.sheets.len()
        && left.sheets.iter().zip(&right.sheets).all(|(a, b)| a.same_cells(b))
}

/// A workbook of one sheet with this XML, as a foreign tool might write it.
fn foreign(sheet: &str, strings: &str, styles: &str) -> Vec<u8> {
    let mut package = PackageWriter::new();
    let parts = [
        (
            "xl/workbook.xml",
            "<x:workbook xmlns:x=\"m\" xmlns:r=\"r\"><x:sheets><x:sheet name=\"S\" r:id=\"a\"/></x:sheets></x:workbook>",
        ),
        (
            "xl/_rels/workbook.xml.rels",
            "<Relationships><Relationship Id=\"a\" Target=\"/xl/worksheets/s.xml\"/></Relationships>",
        ),
        ("xl/worksheets/s.xml", sheet),
        ("xl/sharedStrings.xml", strings),
        ("xl/styles.xml", styles),
    ];
    parts.iter().for_each(|(name, text)| package.part(name, text).expect("written"));
    package.finish().expect("written")
}

proptest! {
    #[test]
    fn any_text_comes_back_from_a_spreadsheet(cells in proptest::collection::btree_map((1u32..40, 1u32..30), "(?s).{1,40}", 0..40)) {
        let mut sheet = Sheet::new("Sheet & <1>");
        for ((row, column), text) in &cells {
            sheet.set(*row, *column, text.as_str());
        }
        let book = Workbook { sheets: vec![sheet, Sheet::new("empty")] };
        let back = read_xlsx(&write_xlsx(&book).expect("written")).expect("read");
        prop_assert!(same(&book, &back), "{book:?} {back:?}");
    }

    #[test]
    fn damaged_files_are_errors_and_never_panics(at in 0usize..4000, byte: u8, cut in 0usize..4000) {
        let mut bytes = write_xlsx(&workbook(&[("A", &[(1, 1, "x"), (2, 2, "_x000D_")])])).expect("written");
        let length = bytes.len();
        bytes[at % length] = byte;
        let _ = read_xlsx(&bytes);
        bytes.truncate(cut % length);
        let _ = read_xlsx(&bytes);
        let _ = docx_read::tables(&bytes);
    }

    #[test]
    fn any_sheet_xml_is_an_error_or_a_sheet(xml in "(<(row|c|v|f|is|t)( r=\"[A-Z0-9]{0,4}\")?( t=\"(s|b|e|n|d|str|inlineStr)\")?/?>|</(row|c|v|f|is|t)>|<mergeCell ref=\"[A-C:0-9]{0,6}\"/>|[0-9TRUE.&;#x-]{0,6}){0,24}") {
        let _ = read_xlsx(&foreign(&format!("<worksheet>{xml}</worksheet>"), "<sst/>", "<styleSheet/>"));
    }
}

#[test]
fn cells_mean_what_a_person_sees() {
    let styles = "<styleSheet><numFmts><numFmt numFmtId=\"164\" formatCode=\"dd/mm/yyyy\"/></numFmts><cellStyleXfs><xf numFmtId=\"14\"/></cellStyleXfs>\
                  <cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"164\"/><xf numFmtId=\"14\"/></cellXfs></styleSheet>";
    let strings = "<sst><si><t>plain</t></si><si><r><t>rich </t></r><r><t>text</t></r><rPh><t>reading</t></rPh></si></sst>";
    let sheet = "<worksheet><sheetData><row><c t=\"s\"><v>0</v></c><c t=\"s\"><v>1</v></c><c><v>3.2000000000000002</v></c><c s=\"1\"><v>46348</v></c>\
                 <c s=\"2\"><v>46348.75</v></c><c t=\"b\"><v>1</v></c><c t=\"str\"><f>A1&amp;\"x\"</f><v>plainx</v></c><c><f>1+1</f><v>2</v></c>\
                 <c t=\"inlineStr\"><is><r><t>a</t></r><r><t>&#10;b&#x41;</t></r></is></c><c/></row><row r=\"7\"><c r=\"B7\"><v>12</v></c></row></sheetData></worksheet>";
    let book = read_xlsx(&foreign(sheet, strings, styles)).expect("read");
    let cells = [
        "plain",
        "rich text",
        "3.2",
        "2026-11-22",
        "2026-11-22T18:00:00",
        "TRUE",
        "plainx",
        "2",
        "a\nbA",
        "",
    ];
    for (at, text) in cells.iter().enumerate() {
        assert_eq!(book.sheets[0].text(1, at as u32 + 1), *text);
    }
    assert_eq!(book.sheets[0].text(7, 2), "12");
}

#[test]
fn merged_cells_show_the_same_in_each_row_that_holds_something() {
    let rows = "<sheetData><row><c><v>1</v></c><c><v>2</v></c></row><row><c r=\"B2\"><v>3</v></c></row><row r=\"4\"><c r=\"B4\"><v>4</v></c></row></sheetData>";
    let merged = "<mergeCells><mergeCell ref=\"A1:A3\"/><mergeCell ref=\"A5:XFD1048576\"/></mergeCells>";
    let xml = format!("<worksheet>{rows}{merged}</worksheet>");
    let book = read_xlsx(&foreign(&xml, "<sst/>", "<styleSheet/>")).expect("read");
    let sheet = &book.sheets[0];
    assert_eq!([1, 2, 3, 4].map(|row| sheet.seen(row, 1)), ["1", "1", "", ""]);
    assert_eq!((sheet.text(2, 1), sheet.held_above(2, 1), sheet.held_above(4, 1)), ("", Some(1), None));

    // Areas that lie over each other many times end at the limit, not in memory.
    let rows: String =
        (1..=300).map(|row| format!("<row r=\"{row}\"><c r=\"B{row}\"><v>1</v></c></row>")).collect();
    let areas: String = (1..=800).map(|at| format!("<mergeCell ref=\"{}1:{0}300\"/>", column(at))).collect();
    let xml = format!("<worksheet><sheetData>{rows}</sheetData>{areas}</worksheet>");
    let error = read_xlsx(&foreign(&xml, "<sst/>", "<styleSheet/>")).expect_err("too many");
    assert!(error.to_string().contains("merged cells"), "{error}");
}

/// The letters of a column.
fn column(number: u32) -> String {
    Cell { row: 1, column: number }.to_string().trim_end_matches('1').to_owned()
}

#[test]
fn what_cannot_be_read_is_named_with_sheet_and_cell() {
    let cases = [
        ("<row r=\"3\"><c r=\"C3\" t=\"e\"><v>#REF!</v></c></row>", "sheet \"S\", cell C3: the error #REF!"),
        (
            "<row r=\"2\"><c r=\"B2\"><f>NOW()</f></c></row>",
            "sheet \"S\", cell B2: a formula without a stored result",
        ),
        ("<row><c t=\"s\"><v>9</v></c></row>", "sheet \"S\", cell A1: there is no shared string \"9\""),
        ("<row><c><v>1e999</v></c></row>", "sheet \"S\", cell A1: \"1e999\" is no number"),
        ("<row><c t=\"b\"><v>2</v></c></row>", "sheet \"S\", cell A1: \"2\" is neither true nor false"),
        ("<row r=\"0\"/>", "sheet \"S\": row 0, where rows 1 to"),
        ("<row r=\"1048576\"/>", "sheet \"S\": row 1048576, where rows 1 to"),
        ("<row r=\"1\"><c r=\"A9\"/></row>", "sheet \"S\", cell A9: outside its row"),
        ("<row r=\"1\"><c r=\"XFD1\"/></row>", "sheet \"S\", cell XFD1: outside its row"),
        ("<row/><mergeCell ref=\"A1\"/>", "sheet \"S\": a merged area \"A1\""),
        ("<row r=\"1\"><c t=\"zz\"/></row>", "sheet \"S\", cell A1: a cell of the unknown type"),
        ("<row><c></row>", "xl/worksheets/s.xml: at byte"),
        ("<row>&unknown;</row>", "xl/worksheets/s.xml: at byte"),
        ("<!DOCTYPE a [<!ENTITY b \"c\">]>", "xl/worksheets/s.xml: at byte"),
    ];
    for (xml, message) in cases {
        let error = read_xlsx(&foreign(&format!("<worksheet>{xml}</worksheet>"), "<sst/>", "<styleSheet/>"))
            .expect_err(xml);
        assert!(error.to_string().starts_with(message), "{error}");
    }
    let deep = "<a>".repeat(limits::DEPTH + 1);
    let error = read_xlsx(&foreign(&deep, "<sst/>", "<styleSheet/>")).expect_err("deep");
    assert!(error.to_string().contains("nest deeper"), "{error}");
}

#[test]
fn a_small_file_that_unpacks_to_a_huge_one_is_refused() {
    let mut package = PackageWriter::new();
    package.part("xl/workbook.xml", &" ".repeat(limits::PART as usize + 1)).expect("written");
    let bytes = package.finish().expect("written");
    assert!(bytes.len() < 1 << 20);
    assert!(matches!(
        read_xlsx(&bytes),
        Err(ExchangeError::Package(crate::ooxml::PackageError::PartTooLarge { .. }))
    ));
}

#[test]
fn what_a_spreadsheet_cannot_hold_is_refused_before_it_is_written() {
    let long = "x".repeat(limits::CELL + 1);
    let error = write_xlsx(&workbook(&[("A", &[(2, 3, &long)])])).expect_err("too long");
    assert!(error.to_string().starts_with("sheet \"A\", cell C2: 32768 characters"), "{error}");
    for name in ["", "a/b", "12345678901234567890123456789012"] {
        assert!(write_xlsx(&workbook(&[(name, &[])])).is_err());
    }
}
