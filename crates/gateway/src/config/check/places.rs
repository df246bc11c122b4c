//! Where each key of a TOML text stands.

use std::collections::HashMap;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The lines of a text and the offsets of its keys.
pub(super) struct Places {
    /// Where each line begins, in bytes.
    starts: Vec<usize>,
    /// Offset of each key, and of each element of an array, by its dotted name.
    keys: HashMap<String, usize>,
    text: String,
}

impl Places {
    /// Of a text; what does not parse has no keys.
    pub(super) fn of(text: &str) -> Self {
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let starts = std::iter::once(0).chain(breaks.map(|(at, _)| at + 1)).collect();
        let mut places = Self { starts, keys: HashMap::new(), text: text.to_owned() };
        let (table, _) = DeTable::parse_recoverable(text);
        places.table("", table.get_ref());
        places
    }

    /// Line and column of a byte.
    pub(super) fn at_offset(&self, offset: usize) -> (usize, usize) {
        let line = self.starts.partition_point(|start| *start <= offset).max(1);
        let start = self.starts.get(line - 1).copied().unwrap_or_default();
        let column = self.text.get(start..offset).map_or(0, |before| before.chars().count());
        (line, column + 1)
    }

    /// Line and column of a key, or of the nearest table above it that is there.
    pub(super) fn of_key(&self, key: &str) -> (usize, usize) {
        let mut key = key;
        loop {
            if let Some(offset) = self.keys.get(key) {
                return self.at_offset(*offset);
            }
            let Some((above, _)) = key.rsplit_once('.') else { return (1, 1) };
            key = above;
        }
    }

    fn table(&mut self, above: &str, table: &DeTable<'_>) {
        for (key, value) in table {
            let name = below(above, key.get_ref());
            self.keys.insert(name.clone(), key.span().start);
            self.value(&name, value);
        }
    }

    fn value(&mut self, name: &str, value: &Spanned<DeValue<'_>>) {
        match value.get_ref() {
            DeValue::Table(table) => self.table(name, table),
            DeValue::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    let name = below(name, &index.to_string());
                    self.keys.insert(name.clone(), item.span().start);
                    self.value(&name, item);
                }
            }
            DeValue::String(_)
            | DeValue::Boolean(_)
            | DeValue::Integer(_)
            | DeValue::Float(_)
            | DeValue::Datetime(_) => {}
        }
    }
}

fn below(above: &str, name: &str) -> String {
    if above.is_empty() { name.to_owned() } else { format!("{above}.{name}") }
}

/// A dotted key as people write it: `sources.mllp.0.plain` is `sources.mllp[0].plain`.
pub(super) fn shown(key: &str) -> String {
    let mut out = String::with_capacity(key.len() + 2);
    for part in key.split('.') {
        if !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()) {
            out.extend(["[", part, "]"]);
        } else {
            if !out.is_empty() {
                out.push('.');
            }
            out.push_str(part);
        }
    }
    out
}
