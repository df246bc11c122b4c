//! A report as a document: what is said, apart from how a page shows it.
//!
//! Every report is made once as a [`Draft`] and rendered from there, so that the HTML page, the PDF and the
//! Word file cannot disagree. The way is `Draft` → [`Draft::finish`] → [`Document`] → [`html`], [`pdf`],
//! [`docx`]: a renderer takes a [`Document`] only, and a `Document` has no placeholder left open and no link
//! that leads nowhere. Renderers read no clock and no environment: the same document gives the same bytes.
//!
//! A document is a flat list of [`Block`]s. Headings carry the outline, an [`Anchor`] on a heading or a row
//! is what a [`Target`] leads to, and a [`Mark`] is a verdict with a word and a tone: colour never stands alone.

mod finish;
mod matrix;
mod palette;
mod text;
pub(crate) mod xml;

pub mod docx;
pub mod html;
pub mod pdf;

pub use finish::{Document, Draft, Unfinished};
pub use matrix::{Matrix, MatrixCell, MatrixRow};
pub use text::{Anchor, Mark, Span, Target, Text, Tone};

/// What stands at the head of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Front {
    /// What kind of document this is: "Evaluation report".
    pub kind: String,
    /// The product that it speaks of.
    pub title: String,
    /// One line below the title.
    pub subtitle: String,
    /// Facts for the cover, in order: name and value.
    pub facts: Vec<(String, Text)>,
    /// Who wrote it.
    pub author: String,
    /// The day it is dated, `YYYY-MM-DD`.
    pub date: Date,
    /// The result in one mark, if the document has one.
    pub result: Option<Mark>,
}

/// A calendar day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date {
    /// Year, four digits.
    pub year: u16,
    /// Month, from 1.
    pub month: u8,
    /// Day of the month, from 1.
    pub day: u8,
}

/// A text that is no `YYYY-MM-DD`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a day written YYYY-MM-DD")]
pub struct NotADay(pub String);

impl std::str::FromStr for Date {
    type Err = NotADay;

    fn from_str(text: &str) -> Result<Self, NotADay> {
        let wrong = || NotADay(text.to_owned());
        let mut parts = text.split('-');
        let mut next = |digits: usize| -> Option<u16> {
            parts.next().filter(|p| p.len() == digits && p.bytes().all(|b| b.is_ascii_digit()))?.parse().ok()
        };
        let (year, month, day) = match (next(4), next(2), next(2)) {
            (Some(year), Some(month @ 1..=12), Some(day)) if (1..=days(year, month)).contains(&day) => {
                (year, month, day)
            }
            _ => return Err(wrong()),
        };
        if parts.next().is_some() {
            return Err(wrong());
        }
        Ok(Self { year, month: month as u8, day: day as u8 })
    }
}

fn days(year: u16, month: u16) -> u16 {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

impl std::fmt::Display for Date {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

/// One piece of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// A heading; it opens a section.
    Heading(Heading),
    /// A paragraph.
    Paragraph(Text),
    /// A list with bullets.
    List(Vec<Text>),
    /// What a reader must not miss, set apart from the text.
    Note {
        /// How it is coloured.
        tone: Tone,
        /// Its first words.
        title: String,
        /// Its paragraphs.
        body: Vec<Text>,
    },
    /// A table.
    Table(Table),
    /// Stacked bars.
    Chart(Chart),
    /// A grid of counts.
    Matrix(Matrix),
}

/// How deep a heading stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// A chapter.
    One,
    /// A section.
    Two,
    /// A part of a section.
    Three,
}

impl Level {
    /// 1, 2 or 3.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::One => 1,
            Self::Two => 2,
            Self::Three => 3,
        }
    }
}

/// A heading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heading {
    /// How deep.
    pub level: Level,
    /// Where links to it lead.
    pub anchor: Anchor,
    /// Its words.
    pub text: String,
}

/// A table: a header row and rows of as many cells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// What it shows; read out in place of the table where somebody listens.
    pub caption: String,
    /// The columns.
    pub columns: Vec<Column>,
    /// The rows. A row shorter than the header is filled with empty cells.
    pub rows: Vec<Row>,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// The words in the header row.
    pub title: String,
    /// Its share of the width, relative to the other columns.
    pub share: u16,
}

impl Column {
    /// A column of a title and a share of the width.
    #[must_use]
    pub fn new(title: &str, share: u16) -> Self {
        Self { title: title.to_owned(), share }
    }
}

/// A row of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Where links to the row lead.
    pub anchor: Option<Anchor>,
    /// The cells.
    pub cells: Vec<Text>,
}

impl Row {
    /// A row to which nothing links.
    #[must_use]
    pub fn new(cells: impl IntoIterator<Item = Text>) -> Self {
        Self { anchor: None, cells: cells.into_iter().collect() }
    }

    /// The row as a place that links can lead to.
    #[must_use]
    pub fn anchored(mut self, anchor: Anchor) -> Self {
        self.anchor = Some(anchor);
        self
    }
}

/// Counts as stacked bars, one below the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chart {
    /// What it shows.
    pub caption: String,
    /// The bars.
    pub bars: Vec<Bar>,
}

/// One bar: a label and its parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bar {
    /// What stands left of it.
    pub label: Text,
    /// The parts, from left to right.
    pub parts: Vec<Part>,
}

/// A part of a bar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// What is counted.
    pub label: String,
    /// How many.
    pub count: u32,
    /// Its colour.
    pub tone: Tone,
}

impl Bar {
    /// How many the parts are together.
    #[must_use]
    pub fn total(&self) -> u32 {
        self.parts.iter().map(|part| part.count).sum()
    }

    /// The bar in words: "5.3: 4 PASS, 1 FAIL".
    #[must_use]
    pub fn in_words(&self) -> String {
        let parts: Vec<_> = self
            .parts
            .iter()
            .filter(|part| part.count > 0)
            .map(|part| format!("{} {}", part.count, part.label))
            .collect();
        format!(
            "{}: {}",
            self.label.plain_text(),
            if parts.is_empty() { "none".to_owned() } else { parts.join(", ") }
        )
    }
}

impl Chart {
    /// The longest bar's total, at least 1.
    #[must_use]
    pub fn longest(&self) -> u32 {
        self.bars.iter().map(Bar::total).max().unwrap_or(0).max(1)
    }

    /// What each colour stands for, in the order in which the parts first occur.
    #[must_use]
    pub fn legend(&self) -> Vec<(&str, Tone)> {
        let mut legend: Vec<(&str, Tone)> = Vec::new();
        for part in self.bars.iter().flat_map(|bar| &bar.parts) {
            if part.count > 0 && !legend.iter().any(|(label, _)| *label == part.label) {
                legend.push((&part.label, part.tone));
            }
        }
        legend
    }
}

#[cfg(test)]
pub(crate) mod tests;
