//! TOML as a tree that knows where everything stands.

use crate::finding::{Finding, Place, Rule};
use std::sync::Arc;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A value and its place.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) at: Place,
    pub(crate) kind: Kind,
}

/// What a value is.
#[derive(Clone, Debug)]
pub(crate) enum Kind {
    Text(String),
    Flag(bool),
    Number(i64),
    List(Vec<Node>),
    Table(Vec<(Key, Node)>),
    /// A float, a date, or an integer beyond 64 bits: no document asks for one.
    Other,
}

/// A key and its place.
#[derive(Clone, Debug)]
pub(crate) struct Key {
    pub(crate) at: Place,
    pub(crate) text: String,
}

impl Kind {
    /// What it is called in a message.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Kind::Text(_) => "a string",
            Kind::Flag(_) => "true or false",
            Kind::Number(_) => "a number",
            Kind::List(_) => "an array",
            Kind::Table(_) => "a table",
            Kind::Other => "a number or date",
        }
    }
}

/// Parses a document; what parses is kept even when some of it does not.
pub(crate) fn parse(file: &str, text: &str, findings: &mut Vec<Finding>) -> Node {
    let lines = Lines::new(file, text);
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        let at = lines.place(error.span().map_or(0, |span| span.start));
        findings.push(Finding::new(Rule::Syntax, at, file, error.message().to_owned()));
    }
    Node { at: lines.place(0), kind: lines.table(table.get_ref()) }
}

/// From byte offsets to lines and columns.
struct Lines<'a> {
    file: Arc<str>,
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    fn new(file: &str, text: &'a str) -> Self {
        let after_breaks =
            text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(index, _)| index + 1);
        Self { file: file.into(), text, starts: std::iter::once(0).chain(after_breaks).collect() }
    }

    fn place(&self, offset: usize) -> Place {
        let index = self.starts.partition_point(|start| *start <= offset).saturating_sub(1);
        let start = self.starts.get(index).copied().unwrap_or(0);
        let column = self.text.get(start..offset).map_or(0, |before| before.chars().count());
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX - 1).saturating_add(1);
        Place { file: Arc::clone(&self.file), line: number(index), column: number(column) }
    }

    fn table(&self, table: &DeTable<'_>) -> Kind {
        let mut entries: Vec<(usize, Key, Node)> = table
            .iter()
            .map(|(key, value)| {
                let start = key.span().start;
                let key = Key { at: self.place(start), text: key.get_ref().to_string() };
                (start, key, self.node(value))
            })
            .collect();
        entries.sort_by_key(|(start, _, _)| *start);
        Kind::Table(entries.into_iter().map(|(_, key, node)| (key, node)).collect())
    }

    fn node(&self, value: &Spanned<DeValue<'_>>) -> Node {
        let kind = match value.get_ref() {
            DeValue::String(text) => Kind::Text(text.to_string()),
            DeValue::Boolean(flag) => Kind::Flag(*flag),
            DeValue::Integer(integer) => {
                i64::from_str_radix(integer.as_str(), integer.radix()).map_or(Kind::Other, Kind::Number)
            }
            DeValue::Array(items) => Kind::List(items.iter().map(|item| self.node(item)).collect()),
            DeValue::Table(table) => self.table(table),
            DeValue::Float(_) | DeValue::Datetime(_) => Kind::Other,
        };
        Node { at: self.place(value.span().start), kind }
    }
}
