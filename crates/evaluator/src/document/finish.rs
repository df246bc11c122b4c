//! From a draft to a document: nothing missing, every link leads somewhere, every anchor is one place.

use std::collections::BTreeSet;

use super::{
    Anchor, Bar, Block, Chart, Column, Front, Heading, Level, Matrix, Part, Row, Span, Table, Target, Text,
    Tone,
};

/// A document while it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    front: Front,
    blocks: Vec<Block>,
}

/// A document that can be rendered. Holding one proves that [`Draft::finish`] found no placeholder open, no
/// anchor twice and no link without its place; it does not prove that what the document says is true.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    front: Front,
    blocks: Vec<Block>,
}

/// Why a draft cannot be rendered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unfinished {
    /// Values are still missing; each is named.
    #[error("{} placeholder(s) left open: {}", .0.len(), .0.join("; "))]
    Missing(Vec<String>),
    /// Two places have one name.
    #[error("two places are named {0:?}")]
    TwoPlaces(String),
    /// A link leads to no place.
    #[error("a link leads to {0:?}, which is not in the document")]
    NoPlace(String),
}

impl Draft {
    /// A document without content.
    #[must_use]
    pub const fn new(front: Front) -> Self {
        Self { front, blocks: Vec::new() }
    }

    /// Adds any block.
    pub fn push(&mut self, block: Block) {
        self.blocks.push(block);
    }

    /// Opens a chapter or section under an anchor made of its words.
    pub fn heading(&mut self, level: Level, text: &str) {
        self.heading_at(level, text, Anchor::new(text));
    }

    /// Opens a chapter or section under an anchor of its own.
    pub fn heading_at(&mut self, level: Level, text: &str, anchor: Anchor) {
        self.push(Block::Heading(Heading { level, anchor, text: text.to_owned() }));
    }

    /// Adds a paragraph.
    pub fn paragraph(&mut self, text: impl Into<Text>) {
        self.push(Block::Paragraph(text.into()));
    }

    /// Adds a list.
    pub fn list(&mut self, items: impl IntoIterator<Item = Text>) {
        self.push(Block::List(items.into_iter().collect()));
    }

    /// Adds a note.
    pub fn note(&mut self, tone: Tone, title: &str, body: impl IntoIterator<Item = Text>) {
        self.push(Block::Note { tone, title: title.to_owned(), body: body.into_iter().collect() });
    }

    /// Adds a table.
    pub fn table(&mut self, caption: &str, columns: &[(&str, u16)], rows: impl IntoIterator<Item = Row>) {
        let columns = columns.iter().map(|(title, share)| Column::new(title, *share)).collect();
        self.push(Block::Table(Table {
            caption: caption.to_owned(),
            columns,
            rows: rows.into_iter().collect(),
        }));
    }

    /// Adds stacked bars.
    pub fn chart(&mut self, caption: &str, bars: impl IntoIterator<Item = (Text, Vec<Part>)>) {
        let bars = bars.into_iter().map(|(label, parts)| Bar { label, parts }).collect();
        self.push(Block::Chart(Chart { caption: caption.to_owned(), bars }));
    }

    /// Adds a grid of counts.
    pub fn matrix(&mut self, matrix: Matrix) {
        self.push(Block::Matrix(matrix));
    }

    /// Checks that the document says all that it means to say.
    ///
    /// # Errors
    /// When a placeholder is open (all are named), an anchor stands twice, or a link leads nowhere.
    pub fn finish(self) -> Result<Document, Unfinished> {
        let mut missing = Vec::new();
        let mut places: BTreeSet<&Anchor> = BTreeSet::new();
        let mut links: Vec<&Anchor> = Vec::new();
        for text in self.texts() {
            for span in text.spans() {
                match span {
                    Span::Missing(words) => missing.push(words.clone()),
                    Span::Link { to: Target::Anchor(anchor), .. } => links.push(anchor),
                    Span::Link { to: Target::Address(_), .. }
                    | Span::Plain(_)
                    | Span::Strong(_)
                    | Span::Quiet(_)
                    | Span::Code(_)
                    | Span::Mark(_) => {}
                }
            }
        }
        if !missing.is_empty() {
            return Err(Unfinished::Missing(missing));
        }
        for anchor in self.blocks.iter().flat_map(anchors) {
            if !places.insert(anchor) {
                return Err(Unfinished::TwoPlaces(anchor.as_str().to_owned()));
            }
        }
        if let Some(lost) = links.into_iter().find(|anchor| !places.contains(anchor)) {
            return Err(Unfinished::NoPlace(lost.as_str().to_owned()));
        }
        Ok(Document { front: self.front, blocks: self.blocks })
    }

    fn texts(&self) -> impl Iterator<Item = &Text> {
        self.front.facts.iter().map(|(_, value)| value).chain(self.blocks.iter().flat_map(texts))
    }
}

fn texts(block: &Block) -> Vec<&Text> {
    match block {
        Block::Heading(_) | Block::Matrix(_) => Vec::new(),
        Block::Paragraph(text) => vec![text],
        Block::List(items) => items.iter().collect(),
        Block::Note { body, .. } => body.iter().collect(),
        Block::Table(table) => table.rows.iter().flat_map(|row| &row.cells).collect(),
        Block::Chart(chart) => chart.bars.iter().map(|bar| &bar.label).collect(),
    }
}

fn anchors(block: &Block) -> Vec<&Anchor> {
    match block {
        Block::Heading(heading) => vec![&heading.anchor],
        Block::Table(table) => table.rows.iter().filter_map(|row| row.anchor.as_ref()).collect(),
        Block::Paragraph(_) | Block::List(_) | Block::Note { .. } | Block::Chart(_) | Block::Matrix(_) => {
            Vec::new()
        }
    }
}

impl Document {
    /// What stands at its head.
    #[must_use]
    pub const fn front(&self) -> &Front {
        &self.front
    }

    /// What it says, in order.
    #[must_use]
    pub fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    /// The headings that a table of contents names.
    pub fn contents(&self) -> impl Iterator<Item = &Heading> {
        self.blocks.iter().filter_map(|block| match block {
            Block::Heading(heading) if heading.level < Level::Three => Some(heading),
            Block::Heading(_)
            | Block::Paragraph(_)
            | Block::List(_)
            | Block::Note { .. }
            | Block::Table(_)
            | Block::Chart(_)
            | Block::Matrix(_) => None,
        })
    }
}
