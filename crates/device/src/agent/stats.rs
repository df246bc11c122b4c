//! What an agent has done.

use std::collections::BTreeMap;

use seal::Reason;
use serde::Serialize;

/// Counts since the agent was opened, besides `spooled` and `aside`, which count what lies on disk.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Stats {
    /// Batches sealed.
    pub sealed: u64,
    /// Batches acknowledged.
    pub acknowledged: u64,
    /// Refusals received; a batch that was sent again can be refused more than once.
    pub refused: BTreeMap<Reason, u64>,
    /// Refusals received without a reason of ours.
    pub refused_otherwise: u64,
    /// Batches that wait on disk.
    pub spooled: u64,
    /// Batches refused for good and kept apart on disk.
    pub aside: u64,
    /// Batches that were not taken because the spool was full or the disk refused: measured, but never sealed.
    pub lost: u64,
    /// Seals that the element made and the spool does not know: a gap that stays visible in the record.
    pub unknown_seals: u64,
    /// Failures of the element.
    pub element_errors: u64,
    /// Connections made.
    pub connections: u64,
    /// Whether there is a connection now.
    pub connected: bool,
}

impl Stats {
    /// Adds another device's counts.
    pub fn add(&mut self, other: &Self) {
        self.sealed += other.sealed;
        self.acknowledged += other.acknowledged;
        for (reason, count) in &other.refused {
            *self.refused.entry(*reason).or_default() += count;
        }
        self.refused_otherwise += other.refused_otherwise;
        self.spooled += other.spooled;
        self.aside += other.aside;
        self.lost += other.lost;
        self.unknown_seals += other.unknown_seals;
        self.element_errors += other.element_errors;
        self.connections += other.connections;
        self.connected &= other.connected;
    }
}
