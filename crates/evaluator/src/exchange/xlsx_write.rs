//! A workbook as an XLSX file (ECMA-376 part 1, SpreadsheetML): headings that stay in sight and can filter, text that
//! wraps, lists for cells of few choices. Cells hold text only; nothing in them is a formula.

use super::ExchangeError;
use super::sheet::{Cell, Sheet, Workbook};
use super::xstring;
use crate::document::xml::escape;
use crate::ooxml::{PackageError, PackageWriter, limits};

const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";
const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006";

/// Two fonts, two grounds; style 0 wraps, style 1 is a heading.
const STYLES: &str = "<fonts count=\"2\"><font><sz val=\"10\"/><name val=\"Arial\"/></font><font><b/><sz val=\"10\"/><name val=\"Arial\"/></font></fonts>\
<fills count=\"3\"><fill><patternFill patternType=\"none\"/></fill><fill><patternFill patternType=\"gray125\"/></fill>\
<fill><patternFill patternType=\"solid\"><fgColor rgb=\"FFDCE6EC\"/><bgColor indexed=\"64\"/></patternFill></fill></fills>\
<borders count=\"1\"><border><left/><right/><top/><bottom/><diagonal/></border></borders>\
<cellStyleXfs count=\"1\"><xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\"/></cellStyleXfs>\
<cellXfs count=\"2\"><xf numFmtId=\"49\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\" applyNumberFormat=\"1\" applyAlignment=\"1\"><alignment vertical=\"top\" wrapText=\"1\"/></xf>\
<xf numFmtId=\"49\" fontId=\"1\" fillId=\"2\" borderId=\"0\" xfId=\"0\" applyNumberFormat=\"1\" applyFont=\"1\" applyFill=\"1\" applyAlignment=\"1\"><alignment vertical=\"center\" wrapText=\"1\"/></xf></cellXfs>\
<cellStyles count=\"1\"><cellStyle name=\"Normal\" xfId=\"0\" builtinId=\"0\"/></cellStyles>";

/// Writes a workbook.
///
/// # Errors
/// When a cell holds more characters than spreadsheets can, or a sheet's name is none that they take.
pub fn write(workbook: &Workbook) -> Result<Vec<u8>, ExchangeError> {
    for sheet in &workbook.sheets {
        check(sheet)?;
    }
    Ok(package(workbook)?)
}

fn check(sheet: &Sheet) -> Result<(), ExchangeError> {
    let name = &sheet.name;
    if name.is_empty() || name.chars().count() > 31 || name.contains(['[', ']', ':', '*', '?', '/', '\\']) {
        let what = "a sheet's name has 1 to 31 characters and none of []:*?/\\".to_owned();
        return Err(ExchangeError::Sheet { sheet: name.clone(), what });
    }
    for (row, cells) in sheet.rows() {
        for (column, text) in cells {
            let length = text.encode_utf16().count();
            if length > limits::CELL {
                let what = format!("{length} characters, and a spreadsheet holds {} in a cell", limits::CELL);
                return Err(ExchangeError::Cell { sheet: name.clone(), cell: Cell { row, column }, what });
            }
        }
    }
    Ok(())
}

fn package(workbook: &Workbook) -> Result<Vec<u8>, PackageError> {
    let mut types = format!(
        "{HEAD}<Types xmlns=\"{PACKAGE}/content-types\"><Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>\
         <Default Extension=\"xml\" ContentType=\"application/xml\"/>"
    );
    let mut type_of = |part: &str, kind: &str| {
        types.push_str(&format!(
            "<Override PartName=\"/xl/{part}.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.{kind}+xml\"/>"
        ));
    };
    type_of("workbook", "sheet.main");
    type_of("styles", "styles");
    let mut sheets = String::new();
    let mut links = format!("<Relationship Id=\"rStyles\" Type=\"{OFFICE}/styles\" Target=\"styles.xml\"/>");
    for (at, sheet) in workbook.sheets.iter().enumerate() {
        let number = at + 1;
        type_of(&format!("worksheets/sheet{number}"), "worksheet");
        sheets.push_str(&format!(
            "<sheet name=\"{}\" sheetId=\"{number}\" r:id=\"rSheet{number}\"/>",
            escape(&sheet.name)
        ));
        links.push_str(&format!(
            "<Relationship Id=\"rSheet{number}\" Type=\"{OFFICE}/worksheet\" Target=\"worksheets/sheet{number}.xml\"/>"
        ));
    }
    types.push_str("</Types>");
    let mut package = PackageWriter::new();
    package.part("[Content_Types].xml", &types)?;
    package.part(
        "_rels/.rels",
        &format!("{HEAD}<Relationships xmlns=\"{PACKAGE}/relationships\"><Relationship Id=\"rId1\" Type=\"{OFFICE}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"),
    )?;
    package.part(
        "xl/workbook.xml",
        &format!(
            "{HEAD}<workbook xmlns=\"{MAIN}\" xmlns:r=\"{OFFICE}\"><sheets>{sheets}</sheets></workbook>"
        ),
    )?;
    package.part(
        "xl/_rels/workbook.xml.rels",
        &format!("{HEAD}<Relationships xmlns=\"{PACKAGE}/relationships\">{links}</Relationships>"),
    )?;
    package.part("xl/styles.xml", &format!("{HEAD}<styleSheet xmlns=\"{MAIN}\">{STYLES}</styleSheet>"))?;
    for (at, sheet) in workbook.sheets.iter().enumerate() {
        package.part(&format!("xl/worksheets/sheet{}.xml", at + 1), &worksheet(sheet))?;
    }
    package.finish()
}

fn worksheet(sheet: &Sheet) -> String {
    let mut out = format!("{HEAD}<worksheet xmlns=\"{MAIN}\"><sheetViews><sheetView workbookViewId=\"0\">");
    if let Some(row) = sheet.heading {
        out.push_str(&format!(
            "<pane ySplit=\"{row}\" topLeftCell=\"A{}\" activePane=\"bottomLeft\" state=\"frozen\"/>",
            row + 1
        ));
    }
    out.push_str("</sheetView></sheetViews>");
    if !sheet.widths.is_empty() {
        out.push_str("<cols>");
        for (at, width) in sheet.widths.iter().enumerate() {
            out.push_str(&format!(
                "<col min=\"{0}\" max=\"{0}\" width=\"{width}\" customWidth=\"1\"/>",
                at + 1
            ));
        }
        out.push_str("</cols>");
    }
    out.push_str("<sheetData>");
    for (row, cells) in sheet.rows() {
        let style = u8::from(sheet.heading == Some(row));
        out.push_str(&format!("<row r=\"{row}\">"));
        for (column, text) in cells {
            let cell = Cell { row, column };
            out.push_str(&format!(
                "<c r=\"{cell}\" s=\"{style}\" t=\"inlineStr\"><is><t xml:space=\"preserve\">{}</t></is></c>",
                escape(&xstring::encode(text))
            ));
        }
        out.push_str("</row>");
    }
    out.push_str("</sheetData>");
    after_data(sheet, &mut out);
    out.push_str("</worksheet>");
    out
}

/// The filter over the headings and the lists of choices, in the order that the schema wants.
fn after_data(sheet: &Sheet, out: &mut String) {
    let Some(heading) = sheet.heading else { return };
    let last = sheet.extent();
    if last.column > 0 {
        let end = Cell { row: last.row.max(heading), column: last.column };
        out.push_str(&format!("<autoFilter ref=\"{}:{end}\"/>", Cell { row: heading, column: 1 }));
    }
    // A list may hold 255 characters, and a comma separates its entries.
    let short = |entries: &[String]| {
        entries.join(",").chars().count() <= 255 && !entries.iter().any(|entry| entry.contains(','))
    };
    let lists: Vec<_> = sheet.choices.iter().filter(|(_, entries)| short(entries)).collect();
    if lists.is_empty() {
        return;
    }
    out.push_str(&format!("<dataValidations count=\"{}\">", lists.len()));
    for (column, entries) in lists {
        let (from, to) =
            (Cell { row: heading + 1, column: *column }, Cell { row: limits::ROWS, column: *column });
        out.push_str(&format!(
            "<dataValidation type=\"list\" errorStyle=\"information\" allowBlank=\"1\" showErrorMessage=\"1\" sqref=\"{from}:{to}\"><formula1>{}</formula1></dataValidation>",
            escape(&format!("\"{}\"", entries.join(",").replace('"', "\"\"")))
        ));
    }
    out.push_str("</dataValidations>");
}
