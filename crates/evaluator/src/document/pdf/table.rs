//! Tables: columns by their shares, a header on every page, rows kept whole unless they are longer than a page.

use super::flow::{Area, BOTTOM, Flow, LEFT, TOP, WIDTH};
use super::lines::{Line, Style, break_text};
use super::tree::{NodeId, Role};
use crate::document::palette::{HEAD, RULE};
use crate::document::{Row, Table, Text};

const CELL: Style = Style::of_size(8.4);
const PAD_X: f32 = 5.0;
const PAD_Y: f32 = 3.4;

/// The columns' left edges and widths.
struct Grid(Vec<(f32, f32)>);

impl Grid {
    fn new(table: &Table) -> Self {
        let all: u32 = table.columns.iter().map(|column| u32::from(column.share.max(1))).sum();
        let mut x = LEFT;
        let columns = table.columns.iter().map(|column| {
            let width = WIDTH * f32::from(column.share.max(1)) / all.max(1) as f32;
            let left = x;
            x += width;
            (left, width)
        });
        Self(columns.collect())
    }
}

/// A row whose cells are broken into lines.
struct Broken<'a> {
    row: &'a Row,
    cells: Vec<Vec<Line>>,
}

impl Broken<'_> {
    fn lines(&self) -> usize {
        self.cells.iter().map(Vec::len).max().unwrap_or(0).max(1)
    }
}

/// Puts a table at the cursor.
pub(super) fn table(flow: &mut Flow<'_>, table: &Table) {
    let grid = Grid::new(table);
    let node = flow.tree.node(None, Role::Table { caption: table.caption.clone() });
    flow.need(70.0);
    let head = head_lines(flow, table, &grid);
    let head_node = flow.tree.node(Some(node), Role::HeadRows);
    draw_head(flow, Some(head_node), &head, &grid);
    let rows = flow.tree.node(Some(node), Role::Rows);
    let empty = Text::new();
    for row in &table.rows {
        let cells = grid.0.iter().enumerate().map(|(at, (_, width))| {
            break_text(flow.faces, row.cells.get(at).unwrap_or(&empty), CELL, width - 2.0 * PAD_X)
        });
        let broken = Broken { row, cells: cells.collect() };
        draw_row(flow, rows, &broken, &head, &grid);
    }
    flow.skip(12.0);
}

fn head_lines(flow: &Flow<'_>, table: &Table, grid: &Grid) -> Vec<Vec<Line>> {
    let titles = table.columns.iter().zip(&grid.0);
    titles
        .map(|(column, (_, width))| {
            break_text(flow.faces, &Text::from(column.title.as_str()), CELL.strong(), width - 2.0 * PAD_X)
        })
        .collect()
}

/// Draws the header; a header repeated on a later page hangs below no node, since it was read already.
fn draw_head(flow: &mut Flow<'_>, node: Option<NodeId>, head: &[Vec<Line>], grid: &Grid) {
    let lines = head.iter().map(Vec::len).max().unwrap_or(0).max(1);
    let height = 2.0f32.mul_add(PAD_Y, lines as f32 * CELL.leading());
    let y = flow.y;
    flow.fill(Area { x: LEFT, y, width: WIDTH, height }, HEAD);
    let row = flow.tree.node(node, Role::Row);
    for (lines, (x, _)) in head.iter().zip(&grid.0) {
        let cell = flow.tree.node(Some(row), Role::HeadCell);
        let paragraph = flow.tree.node(Some(cell), Role::Paragraph);
        for (at, line) in lines.iter().enumerate() {
            flow.line(paragraph, line, x + PAD_X, (at as f32).mul_add(CELL.leading(), y + PAD_Y), CELL);
        }
    }
    flow.skip(height);
}

fn draw_row(flow: &mut Flow<'_>, rows: NodeId, broken: &Broken<'_>, head: &[Vec<Line>], grid: &Grid) {
    let head_node = rows;
    let all = broken.lines();
    let height = |lines: usize| 2.0f32.mul_add(PAD_Y, lines as f32 * CELL.leading());
    let longest = BOTTOM - TOP - height(2);
    if height(all) > flow.room() && (height(all) < longest || flow.room() < height(3)) {
        flow.new_page();
        draw_head(flow, Some(head_node), head, grid);
    }
    if let Some(anchor) = &broken.row.anchor {
        flow.places.insert(anchor.clone(), flow.place());
    }
    let row = flow.tree.node(Some(rows), Role::Row);
    let cells: Vec<NodeId> = grid
        .0
        .iter()
        .map(|_| {
            let cell = flow.tree.node(Some(row), Role::Cell);
            flow.tree.node(Some(cell), Role::Paragraph)
        })
        .collect();
    let mut from = 0;
    while from < all {
        let fits = (((flow.room() - 2.0 * PAD_Y) / CELL.leading()).floor() as usize).max(1);
        let to = all.min(from + fits);
        draw_lines(flow, &cells, broken, from..to, grid);
        flow.skip(height(to - from));
        flow.fill(Area { x: LEFT, y: flow.y - 0.25, width: WIDTH, height: 0.5 }, RULE);
        if to < all {
            flow.new_page();
            draw_head(flow, Some(head_node), head, grid);
        }
        from = to;
    }
}

fn draw_lines(
    flow: &mut Flow<'_>,
    cells: &[NodeId],
    broken: &Broken<'_>,
    range: std::ops::Range<usize>,
    grid: &Grid,
) {
    let y = flow.y + PAD_Y;
    for ((lines, node), (x, _)) in broken.cells.iter().zip(cells).zip(&grid.0) {
        for (at, line) in lines.iter().skip(range.start).take(range.len()).enumerate() {
            flow.line(*node, line, x + PAD_X, (at as f32).mul_add(CELL.leading(), y), CELL);
        }
    }
}
