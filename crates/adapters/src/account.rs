//! What became of what came in.

use std::fmt;

use crate::Problem;

/// A stretch of the bytes of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Offset of its first byte, from the first byte of the session.
    pub at: u64,
    /// How many bytes.
    pub length: u64,
}

impl Span {
    /// The offset behind its last byte.
    #[must_use]
    pub fn end(&self) -> u64 {
        self.at.saturating_add(self.length)
    }
}

/// One part of a record, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Offset in the record's original.
    pub at: usize,
    /// What it is: a column, an attribute, a field.
    pub what: String,
    /// What became of it.
    pub fate: Fate,
}

/// What became of a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// It is the n-th reading, from 0.
    Mapped(usize),
    /// It is the n-th thing said of alarms, from 0.
    Alert(usize),
    /// Nothing of it was to be mapped, for this reason; it is in the stored record.
    Kept(&'static str),
    /// It should have been mapped and could not be.
    Reported(Problem),
}

impl fmt::Display for Fate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mapped(index) => write!(f, "reading {}", index + 1),
            Self::Alert(index) => write!(f, "alert {}", index + 1),
            Self::Kept(why) => write!(f, "kept: {why}"),
            Self::Reported(problem) => write!(f, "not mapped: {problem}"),
        }
    }
}
