//! What the tests of whole cards share: a world around them, power cuts, and files of commands and answers.

use card_runtime::crypto::{Engine, SoftEngine};
use card_runtime::env::{Env, PersistError};
use card_runtime::{Card, Foundation};
use std::sync::OnceLock;

/// A world that keeps the journal in memory, breaks when told to, and draws a counter for randomness.
#[derive(Default)]
pub(crate) struct World {
    pub(crate) journal: Vec<u8>,
    pub(crate) broken: bool,
    drawn: u8,
    engine: SoftEngine,
}

impl Env for World {
    fn random(&mut self, out: &mut [u8]) {
        for byte in out {
            self.drawn = self.drawn.wrapping_add(1);
            *byte = self.drawn;
        }
    }

    fn persist(&mut self, records: &[u8]) -> Result<(), PersistError> {
        if self.broken {
            return Err(PersistError);
        }
        self.journal.extend_from_slice(records);
        Ok(())
    }

    fn now_us(&mut self) -> u64 {
        0
    }

    fn engine(&mut self) -> &mut dyn Engine {
        &mut self.engine
    }
}

pub(crate) fn foundation() -> &'static Foundation {
    static FOUNDATION: OnceLock<Foundation> = OnceLock::new();
    FOUNDATION.get_or_init(Foundation::new)
}

/// What the card would be after a power cut now.
pub(crate) fn after_a_cut(card: &mut Card<World>) -> Card<World> {
    let journal = card.env().journal.clone();
    let world = World { journal: journal.clone(), ..World::default() };
    Card::restore(foundation(), world, &journal).unwrap()
}

pub(crate) fn lines(file: &str) -> impl Iterator<Item = (&str, &str)> {
    file.lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .map(|line| line.split_once('|').map(|(left, right)| (left.trim(), right.trim())).unwrap())
}

/// Whether an answer has the form of a pattern: x is any character, * any number of them.
pub(crate) fn matches(answer: &str, pattern: &str) -> bool {
    match pattern.as_bytes() {
        [] => answer.is_empty(),
        [b'*', ..] => (0..=answer.len()).any(|at| matches(&answer[at..], &pattern[1..])),
        [first, ..] => {
            answer.bytes().next().is_some_and(|byte| *first == b'x' || byte == *first)
                && matches(&answer[1..], &pattern[1..])
        }
    }
}
