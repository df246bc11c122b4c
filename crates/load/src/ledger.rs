//! What was sent and what was said of it, message by message, for whoever compares it with a store or a receiver.

use std::collections::HashMap;

use serde::Serialize;

use crate::limits;
use crate::link::Verdict;
use crate::message::Key;

/// One message.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Entry {
    /// By what it is found again.
    #[serde(flatten)]
    pub key: Key,
    /// How often it was sent.
    pub sent: u32,
    /// When it was sent first, in microseconds since the run began.
    pub first_us: u64,
    /// When it was answered for good.
    pub answered_us: Option<u64>,
    /// What was said of it; none when no answer came.
    pub verdict: Option<Verdict>,
}

/// All messages of a run, in the order in which they were sent first.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    entries: Vec<Entry>,
    places: HashMap<Key, usize>,
    /// Messages that found no place.
    left_out: u64,
}

impl Ledger {
    pub(crate) fn sent(&mut self, key: &Key, at_us: u64) {
        if let Some(entry) = self.places.get(key).and_then(|place| self.entries.get_mut(*place)) {
            entry.sent += 1;
            return;
        }
        if self.entries.len() >= limits::LEDGER {
            self.left_out += 1;
            return;
        }
        self.places.insert(key.clone(), self.entries.len());
        let (key, sent, answered_us, verdict) = (key.clone(), 1, None, None);
        self.entries.push(Entry { key, sent, first_us: at_us, answered_us, verdict });
    }

    pub(crate) fn answered(&mut self, key: &Key, verdict: &Verdict, at_us: u64) {
        if let Some(entry) = self.places.get(key).and_then(|place| self.entries.get_mut(*place)) {
            entry.answered_us = Some(at_us);
            entry.verdict = Some(verdict.clone());
        }
    }

    /// The messages.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The messages that were acknowledged as stored.
    pub fn stored(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|entry| entry.verdict == Some(Verdict::Stored))
    }

    /// Messages beyond [`limits::LEDGER`], which are not in it.
    #[must_use]
    pub fn left_out(&self) -> u64 {
        self.left_out
    }

    /// Puts another run's messages behind these.
    pub fn append(&mut self, later: Ledger) {
        for entry in later.entries {
            match self.places.get(&entry.key).and_then(|place| self.entries.get_mut(*place)) {
                Some(known) => {
                    known.sent += entry.sent;
                    if entry.verdict.is_some() {
                        (known.verdict, known.answered_us) = (entry.verdict, entry.answered_us);
                    }
                }
                None => {
                    self.places.insert(entry.key.clone(), self.entries.len());
                    self.entries.push(entry);
                }
            }
        }
        self.left_out += later.left_out;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_has_one_entry_however_often_it_is_sent() {
        let key = |number: u32| Key::Hl7 { control_id: number.to_string() };
        let mut one = Ledger::default();
        one.sent(&key(1), 10);
        one.sent(&key(2), 20);
        one.sent(&key(1), 30);
        one.answered(&key(2), &Verdict::Stored, 40);
        assert_eq!((one.entries()[0].sent, one.entries()[0].first_us), (2, 10));
        let mut later = Ledger::default();
        later.sent(&key(1), 5);
        later.answered(&key(1), &Verdict::Stored, 6);
        later.sent(&key(3), 7);
        one.append(later);
        let sums: Vec<_> = one.entries().iter().map(|entry| (entry.sent, entry.verdict.clone())).collect();
        assert_eq!(sums, [(3, Some(Verdict::Stored)), (1, Some(Verdict::Stored)), (1, None)]);
        assert_eq!(one.stored().count(), 2);
        assert_eq!(
            serde_json::to_value(&one.entries()[2]).unwrap(),
            serde_json::json!({"control_id": "3", "sent": 1, "first_us": 7, "answered_us": null, "verdict": null})
        );
    }
}
