//! Changing a TOML table so that all else of it stays: order, comments, spacing.

use toml_edit::{Decor, Item, Key, Table, TableLike, Value};

/// A key with all that belongs to it.
pub(super) struct Line {
    key: Key,
    pub(super) item: Item,
}

impl Line {
    /// One that was not there before.
    pub(super) fn new(key: &str, item: Item) -> Self {
        Self { key: quoted(key), item }
    }

    /// Its key.
    pub(super) fn key(&self) -> &str {
        self.key.get()
    }

    /// Gives it another key, in its place.
    pub(super) fn rename(&mut self, key: &str) {
        if key != self.key.get() {
            self.key = quoted(key).with_leaf_decor(self.key.leaf_decor().clone());
        }
    }

    /// The comments above it.
    pub(super) fn comments(&self) -> &str {
        prefix(match &self.item {
            Item::Table(table) => table.decor(),
            Item::None | Item::Value(_) | Item::ArrayOfTables(_) => self.key.leaf_decor(),
        })
    }

    /// Puts other comments above it.
    pub(super) fn set_comments(&mut self, comments: String) {
        match &mut self.item {
            Item::Table(table) => table.decor_mut().set_prefix(comments),
            Item::None | Item::Value(_) | Item::ArrayOfTables(_) => {
                self.key.leaf_decor_mut().set_prefix(comments);
            }
        }
    }
}

/// A provision's number is a key in quotation marks, as are all of them in these documents; other keys need none.
fn quoted(key: &str) -> Key {
    let is_number = key.starts_with(|first: char| first.is_ascii_digit());
    let parsed = is_number.then(|| Key::parse(&format!("\"{key}\"")).ok()).flatten();
    parsed.and_then(|keys| keys.into_iter().next()).unwrap_or_else(|| Key::new(key))
}

/// The comments and empty lines before something.
fn prefix(decor: &Decor) -> &str {
    decor.prefix().and_then(|prefix| prefix.as_str()).unwrap_or_default()
}

/// Takes all lines out of a table, in their order.
pub(super) fn take(table: &mut dyn TableLike) -> Vec<Line> {
    let keys: Vec<String> = table.iter().map(|(key, _)| key.to_owned()).collect();
    let take = |key: String| {
        let whole = table.key(&key).cloned()?;
        Some(Line { item: table.remove(&key)?, key: whole })
    };
    keys.into_iter().filter_map(take).collect()
}

/// Puts lines into an empty table, in their order.
pub(super) fn put(table: &mut dyn TableLike, lines: Vec<Line>) {
    for (position, mut line) in lines.into_iter().enumerate() {
        if let Item::Table(table) = &mut line.item {
            // Tables are written in the order of their positions, wherever they came from.
            table.set_position(isize::try_from(position).ok());
        }
        table.entry_format(&line.key).or_insert(line.item);
    }
}

/// Replaces a value by a text, with its spacing and the comment behind it.
pub(super) fn set_text(item: &mut Item, text: &str) {
    let mut value = Value::from(text);
    if let Some(old) = item.as_value() {
        *value.decor_mut() = old.decor().clone();
    }
    *item = Item::Value(value);
}

/// The lines of a table in a document that has nothing but this to tell: its comments, by key.
pub(super) fn guidance<'t>(table: &'t Table, key: &str) -> &'t str {
    table.key(key).map(|key| prefix(key.leaf_decor())).unwrap_or_default()
}
