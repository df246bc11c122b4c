//! Readings that were in no message to a destination.
//!
//! A feed that cannot or must not send a reading says so here: they are counted by code and reason, in the transaction in which the feed's place
//! moves on, so that each is counted once, whatever was sent again after a crash.

use std::collections::BTreeMap;

use seal::{Code, Micros};

use super::words;

words! {
    /// Why a reading was in no message.
    WhyLeftOut {
        Staged "staged" "It is simulated or of a test, which must not reach a chart.",
        Unlisted "unlisted" "Its code is in no [[code]] of the dialect, which leaves such out.",
        Waveform "waveform" "It is a waveform, which the messages have no place for or the feed does not send.",
    }
}

/// How many readings of which code were left out, and why, as far as they are not written down yet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct LeftOut(BTreeMap<(Code, WhyLeftOut), u64>);

impl LeftOut {
    /// One more.
    pub(crate) fn add(&mut self, code: Code, why: WhyLeftOut) {
        *self.0.entry((code, why)).or_default() += 1;
    }

    /// All of another's.
    pub(crate) fn extend(&mut self, other: &Self) {
        for (key, count) in &other.0 {
            *self.0.entry(*key).or_default() += count;
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (Code, WhyLeftOut, u64)> {
        self.0.iter().map(|((code, why), count)| (*code, *why, *count))
    }
}

impl FromIterator<(Code, WhyLeftOut)> for LeftOut {
    fn from_iter<I: IntoIterator<Item = (Code, WhyLeftOut)>>(readings: I) -> Self {
        let mut left_out = Self::default();
        readings.into_iter().for_each(|(code, why)| left_out.add(code, why));
        left_out
    }
}

/// What a destination was not sent of one code, since it was first seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeftOutTerm {
    /// The code; `None` stands for all beyond those that are told apart.
    pub code: Option<Code>,
    /// Why.
    pub why: WhyLeftOut,
    /// How many readings.
    pub count: u64,
    /// When the first of them was passed over.
    pub first: Micros,
    /// When the last was.
    pub last: Micros,
}
