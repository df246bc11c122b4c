//! A grid of counts onto the page, as one figure with its words for those who listen.

use super::blocks::{SMALL, caption};
use super::flow::{Area, FigurePart, Flow, LEFT, Op, WIDTH};
use super::fonts::FaceId;
use super::lines::Style;
use super::tree::Role;
use crate::document::palette::{INK, QUIET};
use crate::document::{Matrix, MatrixCell};

const LABEL: f32 = 82.0;
const HEAD: f32 = 16.0;
const CELL: f32 = 46.0;
const GAP: f32 = 3.0;

pub(super) fn matrix(flow: &mut Flow<'_>, matrix: &Matrix) {
    let height = CELL.mul_add(matrix.rows.len() as f32, HEAD);
    flow.need(height + 24.0);
    let node = flow.tree.node(None, Role::Figure { words: matrix.in_words() });
    let leaf = flow.tree.leaf(node);
    let step = (WIDTH - LABEL) / matrix.columns.len().max(1) as f32;
    let mut parts = Vec::new();
    for (at, column) in matrix.columns.iter().enumerate() {
        let middle = step.mul_add(at as f32 + 0.5, LEFT + LABEL);
        parts.push(centred(flow, column, Style::of_size(7.0).strong(), middle, flow.y + 9.0));
    }
    for (down, row) in matrix.rows.iter().enumerate() {
        let y = CELL.mul_add(down as f32, flow.y + HEAD);
        let text = flow.faces.settable(&row.label, FaceId::Bold);
        parts.push(FigurePart::Words { x: LEFT, y: y + CELL / 2.0, text, style: SMALL.strong() });
        for (at, cell) in row.cells.iter().enumerate() {
            let area =
                Area { x: step.mul_add(at as f32, LEFT + LABEL), y, width: step - GAP, height: CELL - GAP };
            self::cell(flow, cell, area, &mut parts);
        }
    }
    flow.draw(Op::Figure { parts, leaf });
    flow.skip(height + 2.0);
    caption(flow, &matrix.caption);
}

fn cell(flow: &Flow<'_>, cell: &MatrixCell, area: Area, parts: &mut Vec<FigurePart>) {
    let shades = cell.tone.shades();
    parts.push(FigurePart::Fill { area, colour: shades.ground });
    let middle = area.x + area.width / 2.0;
    if cell.count == 0 {
        parts.push(centred(flow, "none", SMALL.coloured(QUIET), middle, area.y + 20.0));
        return;
    }
    parts.push(FigurePart::Fill { area: Area { width: 2.5, ..area }, colour: shades.fill });
    let style = Style::of_size(13.0).strong().coloured(shades.ink);
    parts.push(centred(flow, &cell.count.to_string(), style, middle, area.y + 16.0));
    for (at, line) in cell.lines.iter().enumerate() {
        let style = Style::of_size(7.0).coloured(INK);
        parts.push(centred(flow, line, style, middle, 9.0f32.mul_add(at as f32, area.y + 27.0)));
    }
}

/// Words around the middle of a column.
fn centred(flow: &Flow<'_>, words: &str, style: Style, middle: f32, y: f32) -> FigurePart {
    let text = flow.faces.settable(words, style.face);
    let width = flow.measure(&text, style.face, style.size);
    FigurePart::Words { x: middle - width / 2.0, y, text, style }
}
