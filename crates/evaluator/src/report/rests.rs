//! What a verdict rests on, as links: entries of the ledger, and the declaration where that alone decided.

use super::words::{entries, entry_anchor};
use crate::document::{Anchor, Text};
use crate::verdict::{Ground, GroupResult, Rest};

/// What verdicts rest on, gathered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Rests {
    /// Numbers of the ledger's entries, in order, each once.
    pub(super) entries: Vec<u64>,
    /// Whether the documents alone decided something.
    pub(super) documents: bool,
}

impl Rests {
    /// Of a provision's group.
    pub(super) fn of(group: &GroupResult) -> Self {
        let criteria = || group.cases.iter().flat_map(|case| &case.criteria);
        let subjects = criteria().flat_map(|criterion| &criterion.subjects);
        let mut rests = Self::of_each(subjects.flat_map(|subject| &subject.units));
        rests.entries.extend(group.recognised);
        // That there is no row to look at is said by the documents.
        rests.documents |= criteria().any(|criterion| criterion.subjects.is_empty());
        rests.in_order()
    }

    /// Of some outcomes, with what they take over from others.
    pub(super) fn of_each<'a>(outcomes: impl IntoIterator<Item = &'a Rest>) -> Self {
        let mut rests = Self::default();
        outcomes.into_iter().for_each(|rest| rests.add(rest));
        rests.in_order()
    }

    fn add(&mut self, rest: &Rest) {
        self.entries.extend(&rest.entries);
        let decided = matches!(rest.ground, Ground::Decided(_) | Ground::Escape(_));
        self.documents |= decided && rest.entries.is_empty();
        rest.parts.iter().for_each(|part| self.add(part));
    }

    fn in_order(mut self) -> Self {
        self.entries.sort_unstable();
        self.entries.dedup();
        self
    }

    /// Whether there is nothing.
    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty() && !self.documents
    }

    /// Adds the links to a text.
    pub(super) fn told(&self, text: Text) -> Text {
        let text = entries(text, &self.entries);
        match (self.documents, self.entries.is_empty()) {
            (true, true) => text.link("the documents", documents()),
            (true, false) => text.plain(", ").link("the documents", documents()),
            (false, _) => text,
        }
    }
}

/// Where the documents stand, each with its hash.
pub(super) fn documents() -> Anchor {
    Anchor::new("the documents of the declaration")
}

/// The first entry of which a run of numbers is told, and how many follow it without a gap.
pub(super) fn runs(numbers: &[u64]) -> Vec<(u64, u64)> {
    let mut runs: Vec<(u64, u64)> = Vec::new();
    for number in numbers {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == *number => *last = *number,
            Some(_) | None => runs.push((*number, *number)),
        }
    }
    runs
}

/// A run as a link to its first entry.
pub(super) fn run(text: Text, (first, last): (u64, u64)) -> Text {
    match last - first {
        0 => text.link(format!("entry {first}"), entry_anchor(first)),
        1 => text
            .link(format!("entry {first}"), entry_anchor(first))
            .plain(", ")
            .link(format!("entry {last}"), entry_anchor(last)),
        _ => text.link(format!("entries {first} to {last}"), entry_anchor(first)),
    }
}

#[cfg(test)]
mod tests {
    use super::runs;

    #[test]
    fn neighbours_are_told_together() {
        assert_eq!(runs(&[]), []);
        assert_eq!(runs(&[1, 2, 3, 7, 9, 10]), [(1, 3), (7, 7), (9, 10)]);
    }
}
