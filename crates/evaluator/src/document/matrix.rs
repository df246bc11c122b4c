//! Counts in a grid of two scales, as a picture: where most of the work lies is seen at a glance, and each cell says in words what it holds.

use super::Tone;

/// A grid of counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matrix {
    /// What it shows.
    pub caption: String,
    /// The columns' names, from left to right.
    pub columns: Vec<String>,
    /// The rows, from top to bottom.
    pub rows: Vec<MatrixRow>,
}

/// A row of a grid, with as many cells as there are columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MatrixRow {
    /// Its name.
    pub label: String,
    /// Its cells.
    pub cells: Vec<MatrixCell>,
}

/// A cell of a grid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MatrixCell {
    /// How many.
    pub count: u32,
    /// Its colour.
    pub tone: Tone,
    /// What the count is made of, a line each; few and short.
    pub lines: Vec<String>,
}

impl Matrix {
    /// The grid in words, cell by cell, for those who listen.
    #[must_use]
    pub fn in_words(&self) -> String {
        let cells = self.rows.iter().flat_map(|row| {
            self.columns.iter().zip(&row.cells).filter(|(_, cell)| cell.count > 0).map(|(column, cell)| {
                format!("{}, {column}: {} ({})", row.label, cell.count, cell.lines.join("; "))
            })
        });
        format!("{}. {}", self.caption, cells.collect::<Vec<_>>().join("; "))
    }
}
