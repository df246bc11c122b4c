//! Reading a table key by key: what is missing, mistyped or unknown becomes a finding, the rest is read on.

use super::node::{Key, Kind, Node};
use super::value::{Phrase, is_open};
use crate::finding::{Finding, Located, Place, Rule, quoted};

/// A table that is being read.
pub(super) struct Section<'f> {
    /// Where it stands.
    pub(super) at: Place,
    /// What it is called in messages.
    name: String,
    rest: Vec<(Key, Node)>,
    /// The document itself is missing, which is said once.
    is_absent: bool,
    /// The keys that were asked for, for a better word about unknown ones.
    asked: Vec<String>,
    pub(super) findings: &'f mut Vec<Finding>,
}

impl<'f> Section<'f> {
    /// Begins to read; a value that is no table is a finding and reads as an empty one.
    pub(super) fn new(name: impl Into<String>, node: Node, findings: &'f mut Vec<Finding>) -> Self {
        let name = name.into();
        let Node { at, kind } = node;
        let rest = match kind {
            Kind::Table(entries) => entries,
            other => {
                let message = format!("{name} must be a table, it is {}", other.name());
                findings.push(Finding::new(Rule::WrongType, at.clone(), &name, message));
                Vec::new()
            }
        };
        Self { at, name, rest, is_absent: false, asked: Vec::new(), findings }
    }

    /// A document that is not there: it reads as empty, and nothing is said of what it lacks.
    pub(super) fn absent(path: &str, findings: &'f mut Vec<Finding>) -> Self {
        let name = path.to_owned();
        Self { at: Place::start(path), name, rest: Vec::new(), is_absent: true, asked: Vec::new(), findings }
    }

    /// Whether a key is there and was not taken yet.
    pub(super) fn has(&self, key: &str) -> bool {
        self.rest.iter().any(|(known, _)| known.text == key)
    }

    /// Takes a key's value out.
    pub(super) fn take(&mut self, key: &str) -> Option<(Key, Node)> {
        self.asked.push(key.to_owned());
        let index = self.rest.iter().position(|(known, _)| known.text == key)?;
        Some(self.rest.remove(index))
    }

    /// As [`Section::take`]; it is a finding when the key is not there.
    pub(super) fn require(&mut self, key: &str) -> Option<(Key, Node)> {
        let found = self.take(key);
        if found.is_none() && !self.is_absent {
            let message = format!("{} lacks `{key}`", self.name);
            self.push(Finding::new(Rule::MissingKey, self.at.clone(), key, message));
        }
        found
    }

    /// A text that must be there and be filled in.
    pub(super) fn text(&mut self, key: &str) -> Option<Located<String>> {
        let (_, node) = self.require(key)?;
        self.as_text(key, node)
    }

    /// A text that may be missing.
    pub(super) fn optional_text(&mut self, key: &str) -> Option<Located<String>> {
        let (_, node) = self.take(key)?;
        self.as_text(key, node)
    }

    /// A text that is filled in.
    pub(super) fn as_text(&mut self, key: &str, node: Node) -> Option<Located<String>> {
        let Node { at, kind } = node;
        let Kind::Text(text) = kind else {
            self.mistyped(key, at, "a string", &kind);
            return None;
        };
        let text = text.trim();
        if is_open(text) {
            self.push(Finding::new(Rule::OpenPlaceholder, at, key, format!("`{key}` is still open")));
            return None;
        }
        if text.is_empty() {
            self.push(Finding::new(Rule::EmptyText, at, key, format!("`{key}` is empty")));
            return None;
        }
        Some(Located::new(text.to_owned(), at))
    }

    /// True or false.
    pub(super) fn flag(&mut self, key: &str) -> Option<Located<bool>> {
        let (_, node) = self.require(key)?;
        self.as_flag(key, node)
    }

    /// True or false.
    pub(super) fn as_flag(&mut self, key: &str, node: Node) -> Option<Located<bool>> {
        let Node { at, kind } = node;
        match kind {
            Kind::Flag(flag) => Some(Located::new(flag, at)),
            Kind::Text(text) if is_open(&text) => {
                self.push(Finding::new(Rule::OpenPlaceholder, at, key, format!("`{key}` is still open")));
                None
            }
            other => {
                self.mistyped(key, at, "true or false", &other);
                None
            }
        }
    }

    /// A whole number from 0.
    pub(super) fn count(&mut self, key: &str) -> Option<Located<u32>> {
        let (_, Node { at, kind }) = self.require(key)?;
        match kind {
            Kind::Number(number) if u32::try_from(number).is_ok() => {
                Some(Located::new(u32::try_from(number).unwrap_or_default(), at))
            }
            Kind::Text(text) if is_open(&text) => {
                self.push(Finding::new(Rule::OpenPlaceholder, at, key, format!("`{key}` is still open")));
                None
            }
            other => {
                self.mistyped(key, at, "a whole number from 0", &other);
                None
            }
        }
    }

    /// One of several words, with more words after a colon.
    pub(super) fn choice(&mut self, key: &str, options: &[&str]) -> Option<Located<Phrase>> {
        let text = self.text(key)?;
        self.as_choice(key, text, options)
    }

    /// One of several words, with more words after a colon.
    pub(super) fn as_choice(
        &mut self,
        key: &str,
        text: Located<String>,
        options: &[&str],
    ) -> Option<Located<Phrase>> {
        let phrase = Phrase::parse(&text.value);
        if options.iter().any(|option| *option == phrase.option) {
            return Some(Located::new(phrase, text.at));
        }
        let message = format!("`{key}` is {}, not one of {}", quoted(&phrase.option), options.join(", "));
        self.push(Finding::new(Rule::BadChoice, text.at, key, message));
        None
    }

    /// A list of filled-in texts; missing reads as empty.
    pub(super) fn texts(&mut self, key: &str) -> Vec<Located<String>> {
        match self.take(key) {
            Some((_, Node { kind: Kind::List(items), .. })) => {
                items.into_iter().filter_map(|item| self.as_text(key, item)).collect()
            }
            Some((_, Node { at, kind })) => {
                self.mistyped(key, at, "an array of strings", &kind);
                Vec::new()
            }
            None => Vec::new(),
        }
    }

    /// As [`Section::texts`]; it is a finding when the key is not there.
    pub(super) fn required_texts(&mut self, key: &str) -> Vec<Located<String>> {
        if !self.has(key) {
            // Says that it is missing.
            let _none = self.require(key);
        }
        self.texts(key)
    }

    /// The tables under a key (`[[key]]`); missing reads as none.
    pub(super) fn tables(&mut self, key: &str) -> Vec<Node> {
        match self.take(key) {
            Some((_, Node { kind: Kind::List(items), .. })) => items,
            Some((_, Node { at, kind })) => {
                self.mistyped(key, at, "an array of tables", &kind);
                Vec::new()
            }
            None => Vec::new(),
        }
    }

    /// A table under a key, which must be there.
    pub(super) fn section(&mut self, key: &str) -> Option<Section<'_>> {
        let (_, node) = self.require(key)?;
        Some(Section::new(format!("`{key}`"), node, self.findings))
    }

    /// All entries that are left.
    pub(super) fn entries(&mut self) -> Vec<(Key, Node)> {
        std::mem::take(&mut self.rest)
    }

    /// Notes a finding.
    pub(super) fn push(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    fn mistyped(&mut self, key: &str, at: Place, wanted: &str, found: &Kind) {
        let message = format!("`{key}` must be {wanted}, it is {}", found.name());
        self.push(Finding::new(Rule::WrongType, at, key, message));
    }

    /// Ends the reading: what was not asked for is unknown.
    pub(super) fn finish(mut self) {
        for (key, _) in self.entries() {
            let message = format!("{} has no key {}", self.name, quoted(&key.text));
            let mut finding = Finding::new(Rule::UnknownKey, key.at, key.text.as_str(), message);
            if let Some(near) = nearest(&key.text, self.asked.iter().map(String::as_str)) {
                finding = finding.help(format!("Did you mean `{near}`?"));
            }
            self.findings.push(finding);
        }
    }
}

/// The candidate that differs least, if it differs little.
pub(super) fn nearest<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let near = candidates.map(|candidate| (distance(word, candidate), candidate)).min()?;
    (near.0 <= 1 + word.chars().count() / 4).then_some(near.1)
}

/// Levenshtein's distance, of the first 64 characters.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().take(64).collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().take(64).enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        let mut next = vec![left];
        for (above, y) in row.iter().skip(1).zip(&b) {
            left = (diagonal + usize::from(x != *y)).min(above + 1).min(left + 1);
            diagonal = *above;
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{distance, nearest};

    #[test]
    fn near_words_are_found_and_far_ones_are_not() {
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(nearest("descripton", ["description", "id"].into_iter()), Some("description"));
        assert_eq!(nearest("colour", ["description", "id"].into_iter()), None);
    }
}
