//! A document of nested tables as lines of `path` and `value`, and back.
//!
//! `product.name` is the key `name` in the table `product`; `service.2.name` the second `[[service]]`; `scope.included.1`
//! the first entry of a list. Values are words; where a document wants `true`, `false` or a number, the path says so.

use crate::product::node::{Kind, Node};

/// Keys whose values are `true` or `false`.
const FLAGS: [&str; 3] = ["medical-device", "available", "stores-personal-data"];
/// Keys whose values are whole numbers.
const COUNTS: [&str; 3] = ["units", "sacrificial", "anonymous-status"];

/// A value as words; `None` for one that no document asks for.
fn words(kind: &Kind) -> Option<String> {
    match kind {
        Kind::Text(text) => Some(text.clone()),
        Kind::Flag(flag) => Some(if *flag { "yes" } else { "no" }.to_owned()),
        Kind::Number(number) => Some(number.to_string()),
        Kind::List(_) | Kind::Table(_) | Kind::Other => None,
    }
}

/// The lines of a document, in its order. What has no words is named in `lost`.
pub(super) fn flatten(node: &Node, path: &str, lines: &mut Vec<(String, String)>, lost: &mut Vec<String>) {
    let below = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    match &node.kind {
        Kind::Table(entries) => {
            for (key, value) in entries {
                flatten(value, &below(&key.text), lines, lost);
            }
        }
        Kind::List(items) => {
            for (at, item) in items.iter().enumerate() {
                flatten(item, &below(&(at + 1).to_string()), lines, lost);
            }
        }
        Kind::Text(_) | Kind::Flag(_) | Kind::Number(_) | Kind::Other => match words(&node.kind) {
            Some(words) => lines.push((path.to_owned(), words)),
            None => lost.push(format!(
                "{}: {path} is {}, which no sheet has a place for",
                node.at,
                node.kind.name()
            )),
        },
    }
}

/// A document while its lines are put together.
#[derive(Debug, Default)]
pub(super) struct Branch {
    entries: Vec<(String, Twig)>,
}

#[derive(Debug)]
enum Twig {
    Leaf(String),
    Branch(Branch),
}

impl Branch {
    /// Adds a line; `false` when its path contradicts one before.
    pub(super) fn add(&mut self, path: &str, value: &str) -> bool {
        let (key, rest) = path.split_once('.').map_or((path, None), |(key, rest)| (key, Some(rest)));
        let known = self.entries.iter_mut().find(|(name, _)| name == key);
        match (known, rest) {
            (Some(_), None) | (Some((_, Twig::Leaf(_))), Some(_)) => false,
            (Some((_, Twig::Branch(branch))), Some(rest)) => branch.add(rest, value),
            (None, None) => {
                self.entries.push((key.to_owned(), Twig::Leaf(value.to_owned())));
                true
            }
            (None, Some(rest)) => {
                let mut branch = Self::default();
                let added = branch.add(rest, value);
                self.entries.push((key.to_owned(), Twig::Branch(branch)));
                added
            }
        }
    }

    /// Whether its keys are 1, 2, 3 and so on, so that it is a list.
    fn is_list(&self) -> bool {
        !self.entries.is_empty()
            && self.entries.iter().enumerate().all(|(at, (key, _))| *key == (at + 1).to_string())
    }

    /// The document as TOML: a table's own values before the tables within it.
    pub(super) fn toml(&self) -> String {
        let mut out = String::new();
        self.write(&mut out, "");
        out
    }

    fn write(&self, out: &mut String, path: &str) {
        for (key, twig) in &self.entries {
            match twig {
                Twig::Leaf(value) => {
                    out.push_str(&format!("{} = {}\n", bare_or_quoted(key), typed(path, key, value)));
                }
                Twig::Branch(branch) if branch.is_list() => branch.write_list(out, key),
                Twig::Branch(_) => {}
            }
        }
        for (key, twig) in &self.entries {
            let Twig::Branch(branch) = twig else { continue };
            let name =
                if path.is_empty() { bare_or_quoted(key) } else { format!("{path}.{}", bare_or_quoted(key)) };
            if !branch.is_list() {
                out.push_str(&format!("\n[{name}]\n"));
                branch.write(out, &name);
                continue;
            }
            for (_, item) in &branch.entries {
                if let Twig::Branch(table) = item {
                    out.push_str(&format!("\n[[{name}]]\n"));
                    table.write(out, &name);
                }
            }
        }
    }

    /// A list of words on one line each; tables in it follow as `[[key]]`.
    fn write_list(&self, out: &mut String, key: &str) {
        let words = self.entries.iter().filter_map(|(_, item)| match item {
            Twig::Leaf(value) => Some(format!("  {},\n", quote(value))),
            Twig::Branch(_) => None,
        });
        let words: String = words.collect();
        if !words.is_empty() {
            out.push_str(&format!("{} = [\n{words}]\n", bare_or_quoted(key)));
        }
    }
}

/// A text as a TOML string.
pub(super) fn quote(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// A key as TOML takes it.
pub(super) fn bare_or_quoted(key: &str) -> String {
    let is_bare = !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if is_bare { key.to_owned() } else { quote(key) }
}

/// A value of the type that its key has; words that are none of that type stay words, which the checks then name.
fn typed(path: &str, key: &str, value: &str) -> String {
    let is_flag = FLAGS.contains(&key) || path == "features";
    let lower = value.trim().to_ascii_lowercase();
    match lower.as_str() {
        "yes" | "true" | "y" if is_flag => "true".to_owned(),
        "no" | "false" | "n" if is_flag => "false".to_owned(),
        number if COUNTS.contains(&key) && number.parse::<u32>().is_ok() => number.to_owned(),
        _ => quote(value),
    }
}
