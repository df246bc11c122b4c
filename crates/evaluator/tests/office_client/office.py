"""Writes a declaration as other programs do, and tells what is in ours.

office.py make FOLDER    openpyxl.xlsx, xlsxwriter.xlsx and python-docx.docx
office.py tell FILE      the cells of a spreadsheet, the tables of a Word file, as JSON
"""

import datetime
import json
import pathlib
import sys

import docx
import openpyxl
import xlsxwriter
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont

STATEMENT = [
    ["5.1-1", "Y", "", ""],
    ["5.1-2", "N/A", "no password is generated", ""],
]


def by_openpyxl(path):
    """Tables before the statement, other spellings of names, titles above headings, merged cells, rich text, a day."""
    book = openpyxl.Workbook()
    updates = book.active
    updates.title = "IXIT 7 - Upd Mech"
    updates.append(["Update mechanisms of the product"])
    updates.merge_cells("A1:E1")
    updates.append(["Description", "id", "Security guarantees", "cryptographic  details", "Remark of the laboratory"])
    updates.append([None, "UpdMech-1", "authenticity-by-device; integrity-by-device", "Ed25519", "seen"])
    updates["A3"] = CellRichText("Over the ", TextBlock(InlineFont(b=True), "air"), ", signed")
    updates.append([None, "UpdMech-2", "authenticity-by-device", "Ed25519", None])
    updates.append([None, None, None, "SHA-256", None])
    updates.merge_cells("B4:B5")
    updates.merge_cells("A3:A5")
    dut = book.create_sheet("dut")
    dut.append(["Value", "FIELD"])
    dut.append(["Monitor 7", "product.name"])
    dut.append([datetime.date(2026, 11, 22), "product.notes"])
    dut.append([2, "samples.units"])
    dut.append([True, "product.medical-device"])
    ics = book.create_sheet("I C S")
    ics.append(["Provision", "Support", "Reason", "Detail"])
    for row in STATEMENT:
        ics.append(row)
    book.save(path)


def by_xlsxwriter(path):
    """Formulas with their stored results, rich strings, numbers, and cells in the order of columns."""
    book = xlsxwriter.Workbook(path)
    dut = book.add_worksheet("DUT")
    bold = book.add_format({"bold": True})
    day = book.add_format({"num_format": "d mmmm yyyy"})
    dut.write_row(0, 0, ["Field", "Value"])
    dut.write(1, 0, "product.name")
    dut.write_rich_string(1, 1, "Monitor ", bold, "7")
    dut.write(2, 0, "product.notes")
    dut.write_datetime(2, 1, datetime.datetime(2026, 11, 22), day)
    dut.write(3, 0, "samples.units")
    dut.write_formula(3, 1, "=1+1", None, 2)
    dut.write(4, 0, "product.model")
    dut.write_formula(4, 1, '="M"&"-7"', None, "M-7")
    ics = book.add_worksheet("ICS")
    ics.merge_range(0, 0, 0, 3, "Conformance statement")
    ics.write_row(2, 0, ["Provision", "Support", "Reason", "Detail"])
    for at, row in enumerate(STATEMENT):
        ics.write_row(3 + at, 0, row)
    book.add_chartsheet("Chart").set_chart(chart(book))
    book.close()


def chart(book):
    made = book.add_chart({"type": "column"})
    made.add_series({"values": "=DUT!$B$4:$B$4"})
    return made


def by_python_docx(path):
    """A heading in two runs, cells merged across and down, two paragraphs in a cell."""
    file = docx.Document()
    heading = file.add_heading(level=1)
    heading.add_run("7-Upd")
    heading.add_run("Mech")
    table = file.add_table(rows=4, cols=4)
    for at, words in enumerate(["ID", "Description", "Security Guarantees", "Cryptographic Details"]):
        table.cell(0, at).text = words
    table.cell(1, 0).text = "UpdMech-1"
    table.cell(2, 0).merge(table.cell(3, 0)).text = "UpdMech-2"
    table.cell(1, 1).merge(table.cell(3, 1)).text = "Over the air, signed"
    for at, words in enumerate(["Ed25519", "Ed25519", "SHA-256"]):
        table.cell(1 + at, 3).text = words
    table.cell(1, 2).text = "authenticity-by-device; integrity-by-device"
    table.cell(2, 2).text = "authenticity-by-device"
    file.add_heading("ICS", level=1)
    table = file.add_table(rows=4, cols=4)
    table.cell(0, 0).merge(table.cell(0, 3)).text = "Conformance statement"
    for at, words in enumerate(["Provision", "Support", "Reason", "Detail"]):
        table.cell(1, at).text = words
    for down, row in enumerate(STATEMENT):
        for at, words in enumerate(row):
            table.cell(2 + down, at).text = words
    file.save(path)


def make(folder):
    folder = pathlib.Path(folder)
    by_openpyxl(folder / "openpyxl.xlsx")
    by_xlsxwriter(folder / "xlsxwriter.xlsx")
    by_python_docx(folder / "python-docx.docx")


def tell(path):
    if path.endswith(".xlsx"):
        book = openpyxl.load_workbook(path)
        return {
            sheet.title: [[cell for cell in row] for row in sheet.iter_rows(values_only=True)]
            for sheet in book.worksheets
        }
    file = docx.Document(path)
    headings = [it.text for it in file.paragraphs if it.style.name == "heading 1" or it.style.name == "Heading 1"]
    tables = [[[cell.text for cell in row.cells] for row in table.rows] for table in file.tables]
    return {"headings": headings, "tables": tables}


match sys.argv[1:]:
    case ["make", folder]:
        make(folder)
    case ["tell", path]:
        print(json.dumps(tell(path)))
    case _:
        sys.exit(__doc__)
