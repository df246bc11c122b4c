//! What is wrong in an evaluation's documents: where, by which rule, and what to do.

mod rules;

pub use rules::{Effort, Level, Rule};

use serde::Serialize;
use std::fmt;
use std::sync::Arc;

/// A place in a document. Lines and columns count from 1, columns in characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Place {
    /// The document's path in the evaluation folder.
    #[serde(serialize_with = "as_text")]
    pub file: Arc<str>,
    /// The line.
    pub line: u32,
    /// The column.
    pub column: u32,
}

fn as_text<S: serde::Serializer>(text: &Arc<str>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(text)
}

impl Place {
    /// The beginning of a file.
    #[must_use]
    pub fn start(file: &str) -> Self {
        Self { file: file.into(), line: 1, column: 1 }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Located<T> {
    /// The value.
    pub value: T,
    /// Its place.
    pub at: Place,
}

impl<T> Located<T> {
    /// A value at a place.
    pub fn new(value: T, at: Place) -> Self {
        Self { value, at }
    }
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The rule that is broken.
    pub rule: Rule,
    /// Where.
    pub at: Place,
    /// What it is about: a provision, a row, a key.
    pub subject: String,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: String,
    /// The other side of a contradiction.
    pub related: Option<Located<String>>,
}

impl Finding {
    /// A finding with the rule's own advice.
    #[must_use]
    pub fn new(rule: Rule, at: Place, subject: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            rule,
            at,
            subject: subject.into(),
            message: message.into(),
            help: rule.help().to_owned(),
            related: None,
        }
    }

    /// The same with advice that fits better than the rule's.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }

    /// The same with the place that it contradicts.
    #[must_use]
    pub fn related(mut self, at: Place, message: impl Into<String>) -> Self {
        self.related = Some(Located::new(message.into(), at));
        self
    }

    /// How grave it is.
    #[must_use]
    pub fn level(&self) -> Level {
        self.rule.level()
    }
}

/// A value as a message repeats it: in quotes, on one line, not too long.
#[must_use]
pub fn quoted(text: &str) -> String {
    use crate::limits::QUOTED_CHARACTERS;
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if line.chars().count() <= QUOTED_CHARACTERS {
        return format!("`{line}`");
    }
    let short: String = line.chars().take(QUOTED_CHARACTERS).collect();
    format!("`{short}…`")
}
