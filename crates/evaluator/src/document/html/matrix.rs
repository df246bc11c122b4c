//! A grid of counts as SVG: a number in each cell, below it what it is made of.

use super::super::xml::escape;
use super::super::{Matrix, MatrixCell};

const WIDTH: f64 = 900.0;
const LABEL: f64 = 140.0;
const HEAD: f64 = 26.0;
const CELL: f64 = 74.0;
const GAP: f64 = 5.0;

pub(super) fn matrix(out: &mut String, matrix: &Matrix) {
    let step = (WIDTH - LABEL) / matrix.columns.len().max(1) as f64;
    let height = HEAD + CELL * matrix.rows.len() as f64;
    out.push_str(&format!(
        "<figure>\n<svg viewBox=\"0 0 {WIDTH:.0} {height:.0}\" role=\"img\" aria-label=\"{}\">\n",
        escape(&matrix.in_words())
    ));
    for (at, column) in matrix.columns.iter().enumerate() {
        let middle = LABEL + step * (at as f64 + 0.5);
        out.push_str(&format!(
            "<text class=\"head\" x=\"{middle:.1}\" y=\"15\" text-anchor=\"middle\">{}</text>\n",
            escape(column)
        ));
    }
    for (down, row) in matrix.rows.iter().enumerate() {
        let y = HEAD + CELL * down as f64;
        let middle = y + CELL / 2.0 + 2.0;
        out.push_str(&format!(
            "<text class=\"head\" x=\"0\" y=\"{middle:.1}\">{}</text>\n",
            escape(&row.label)
        ));
        for (at, cell) in row.cells.iter().enumerate() {
            self::cell(out, cell, LABEL + step * at as f64, y, step);
        }
    }
    out.push_str(&format!("</svg>\n<figcaption>{}</figcaption>\n</figure>\n", escape(&matrix.caption)));
}

fn cell(out: &mut String, cell: &MatrixCell, x: f64, y: f64, width: f64) {
    let tone = cell.tone.name();
    let middle = x + width / 2.0;
    out.push_str(&format!(
        "<rect class=\"g-{tone}\" x=\"{:.1}\" y=\"{y:.1}\" width=\"{:.1}\" height=\"{:.1}\" rx=\"4\"/>",
        x + GAP / 2.0,
        width - GAP,
        CELL - GAP
    ));
    if cell.count > 0 {
        out.push_str(&format!(
            "<rect class=\"f-{tone}\" x=\"{:.1}\" y=\"{y:.1}\" width=\"4\" height=\"{:.1}\" rx=\"2\"/>",
            x + GAP / 2.0,
            CELL - GAP
        ));
    }
    let (class, words) =
        if cell.count > 0 { ("big", cell.count.to_string()) } else { ("back", "none".to_owned()) };
    out.push_str(&format!(
        "<text class=\"{class}\" x=\"{middle:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{words}</text>\n",
        y + 30.0
    ));
    for (at, line) in cell.lines.iter().enumerate() {
        out.push_str(&format!(
            "<text class=\"small\" x=\"{middle:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>\n",
            y + 45.0 + 13.0 * at as f64,
            escape(line)
        ));
    }
}
