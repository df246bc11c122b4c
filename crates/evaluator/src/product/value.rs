//! What a field holds, and how it is written in a document and in a spreadsheet's cell.

use crate::catalog::{Field, FieldKind};
use serde::{Serialize, Serializer};
use std::fmt;

/// The ID of a row, such as `UpdMech-1`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct RowId(String);

impl RowId {
    /// Reads a word of ASCII letters, digits, `-`, `_` and `.` that begins with a letter.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let is_word = text.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
        (is_word && text.starts_with(|c: char| c.is_ascii_alphabetic())).then(|| Self(text.to_owned()))
    }

    /// Its text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RowId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A word that was chosen, with what there is to say about it: `WORD` or `WORD: WORDS`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phrase {
    /// The word.
    pub option: String,
    /// What was said about it; empty if nothing.
    pub note: String,
}

impl Phrase {
    /// Splits a text at its first colon.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let (option, note) = text.split_once(':').unwrap_or((text, ""));
        Self { option: option.trim().to_owned(), note: note.trim().to_owned() }
    }
}

impl fmt::Display for Phrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.option)?;
        if self.note.is_empty() { Ok(()) } else { write!(f, ": {}", self.note) }
    }
}

impl Serialize for Phrase {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// What ends an entry of a set or a list of algorithms.
const SEPARATORS: &[char] = &[';', '\n', '\r'];
/// What ends a text: nothing.
const NOTHING: &[char] = &[];

/// What a field holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Value {
    /// Words (kinds `text` and `period`).
    Text(String),
    /// One of several.
    Choice(Phrase),
    /// Any of several.
    Set(Vec<Phrase>),
    /// Protocols and algorithms.
    Crypto(Vec<String>),
    /// Rows of other tables.
    Refs(Vec<RowId>),
    /// Nothing, for a reason.
    None {
        /// The reason, never empty.
        reason: String,
    },
}

/// Why a text is no value of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// It is empty.
    Empty,
    /// It is a placeholder.
    Open,
    /// It is none of these options.
    NotAnOption(String, Vec<String>),
    /// It is no ID of a row.
    NotAnId(String),
    /// It is `none`, which the field does not allow.
    NoneNotAllowed,
    /// It is `none` without a reason.
    NoneWithoutReason,
}

impl Value {
    /// Reads what a cell of a field holds; `entries` are its parts where the field has several.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn from_entries(field: &Field, entries: &[&str]) -> Result<Self, Unfit> {
        let has_several = matches!(field.kind, FieldKind::Set(_) | FieldKind::Crypto);
        // A semicolon or a line ends an entry in a cell, so it does in a document.
        let entries: Vec<&str> = entries
            .iter()
            .flat_map(|entry| if has_several { entry.split(SEPARATORS) } else { entry.split(NOTHING) })
            .map(str::trim)
            .filter(|entry| !entry.is_empty())
            .collect();
        if entries.iter().any(|entry| is_open(entry)) {
            return Err(Unfit::Open);
        }
        if let [only] = entries.as_slice()
            && let Some(reason) = none_reason(only, &field.kind)
        {
            return none(field, reason);
        }
        match &field.kind {
            FieldKind::Id | FieldKind::Text | FieldKind::Period => match entries.as_slice() {
                [] => Err(Unfit::Empty),
                several => Ok(Value::Text(several.join("; "))),
            },
            FieldKind::Choice(options) => match entries.as_slice() {
                [] => Err(Unfit::Empty),
                several => option(&several.join("; "), options).map(Value::Choice),
            },
            FieldKind::Set(options) => {
                entries.iter().map(|entry| option(entry, options)).collect::<Result<_, _>>().map(Value::Set)
            }
            FieldKind::Crypto => Ok(Value::Crypto(entries.iter().map(ToString::to_string).collect())),
            FieldKind::Refs => {
                let id =
                    |entry: &&str| RowId::parse(entry).ok_or_else(|| Unfit::NotAnId((*entry).to_owned()));
                entries.iter().map(id).collect::<Result<_, _>>().map(Value::Refs)
            }
        }
    }

    /// Reads a spreadsheet's cell.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn from_cell(field: &Field, cell: &str) -> Result<Self, Unfit> {
        let entries: Vec<&str> = match &field.kind {
            FieldKind::Id | FieldKind::Text | FieldKind::Period | FieldKind::Choice(_) => vec![cell],
            _ if none_reason(cell, &field.kind).is_some() => vec![cell],
            FieldKind::Set(options) if !cell.contains(';') && !cell.contains(':') => {
                // A person may have separated plain options by commas.
                let by_comma: Vec<&str> = cell.split(',').map(str::trim).collect();
                if by_comma.iter().all(|word| options.iter().any(|option| option == word)) {
                    by_comma
                } else {
                    vec![cell]
                }
            }
            FieldKind::Set(_) | FieldKind::Crypto => vec![cell],
            FieldKind::Refs => cell.split([',', ';', '\n', ' ']).collect(),
        };
        Self::from_entries(field, &entries)
    }

    /// As a spreadsheet's cell shows it; [`Value::from_cell`] reads it back.
    #[must_use]
    pub fn to_cell(&self) -> String {
        match self {
            Value::Text(text) => text.clone(),
            Value::Choice(phrase) => phrase.to_string(),
            Value::Set(phrases) => {
                phrases.iter().map(|phrase| format!("{phrase};")).collect::<Vec<_>>().join(" ")
            }
            Value::Crypto(items) => items.iter().map(|item| format!("{item};")).collect::<Vec<_>>().join(" "),
            Value::Refs(ids) => ids.iter().map(RowId::as_str).collect::<Vec<_>>().join(", "),
            Value::None { reason } => format!("none: {reason}"),
        }
    }
}

/// The reason of a `none: REASON`, where `none` is not itself an option of the field.
fn none_reason<'a>(text: &'a str, kind: &FieldKind) -> Option<&'a str> {
    if let FieldKind::Choice(options) | FieldKind::Set(options) = kind
        && options.iter().any(|option| option == "none")
    {
        return None;
    }
    let rest = text.trim().strip_prefix("none")?;
    if rest.is_empty() { Some("") } else { rest.strip_prefix(':').map(str::trim) }
}

fn none(field: &Field, reason: &str) -> Result<Value, Unfit> {
    match (field.may_be_none, reason) {
        (false, _) => Err(Unfit::NoneNotAllowed),
        (true, "") => Err(Unfit::NoneWithoutReason),
        (true, reason) => Ok(Value::None { reason: reason.to_owned() }),
    }
}

fn option(text: &str, options: &[String]) -> Result<Phrase, Unfit> {
    let phrase = Phrase::parse(text);
    if options.contains(&phrase.option) {
        Ok(phrase)
    } else {
        Err(Unfit::NotAnOption(phrase.option, options.to_vec()))
    }
}

/// Whether a text is a placeholder: `?` alone, words in `<` and `>` alone, or one of the words that people leave behind.
#[must_use]
pub fn is_open(text: &str) -> bool {
    let text = text.trim();
    let is_bracketed = text.len() > 2 && text.starts_with('<') && text.ends_with('>');
    let leftover = ["?", "tbd", "tbc", "xxx", "???", "to be defined", "to be done"];
    is_bracketed || leftover.iter().any(|word| text.eq_ignore_ascii_case(word))
}
