//! What the check of a record found: per chain of seals what is there, and every fault, counted and placed.

use serde::Serialize;

use crate::ids::{Counter, DeviceId, KeyId, Micros};
use crate::limits;
use crate::reason::Reason;

/// What a record holds and what is wrong with it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// One entry for each seal key that has a valid certificate, in the order of the header.
    pub chains: Vec<ChainReport>,
    /// The first 1,000 faults, in the order of the file.
    pub faults: Vec<Fault>,
    /// How many faults there are, listed or not.
    pub fault_count: u64,
}

/// The chain of one device's element.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChainReport {
    /// Whose it is.
    pub device: DeviceId,
    /// The key of its seals.
    pub key: KeyId,
    /// Batches whose seal is right.
    pub batches: u64,
    /// Readings in them.
    pub readings: u64,
    /// The lowest counter, none without batches. Above 1 the record says nothing of what came before.
    pub first: Option<Counter>,
    /// The highest counter.
    pub last: Option<Counter>,
    /// Time of the first batch, microseconds.
    pub from: Option<Micros>,
    /// Time of the last batch, microseconds.
    pub to: Option<Micros>,
    /// Seals that are missing between the first and the last.
    pub missing: u64,
}

/// Something wrong at a line of the record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// The line, 1 for the header.
    pub line: u64,
    /// The device, where it is known from a verified seal or a checked certificate.
    pub device: Option<DeviceId>,
    /// What is wrong.
    #[serde(flatten)]
    pub kind: FaultKind,
}

/// What can be wrong at a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "fault", rename_all = "kebab-case")]
pub enum FaultKind {
    /// A device certificate in the header that the trusted maker did not issue for sealing.
    Certificate {
        /// Its place in the header's list, 0 for the first.
        index: usize,
        /// What is wrong with it.
        problem: String,
    },
    /// A line that proves nothing.
    Refused {
        /// The word for it.
        reason: Reason,
        /// The same in detail.
        detail: String,
    },
    /// Seals are missing before this line.
    Gap {
        /// First counter that is missing.
        first: Counter,
        /// Last counter that is missing.
        last: Counter,
    },
    /// A true seal that does not follow the one before it.
    Broken {
        /// Its counter.
        counter: Counter,
    },
    /// A true seal whose counter was there already.
    Repeated {
        /// Its counter.
        counter: Counter,
    },
}

impl Report {
    /// Whether every line was proven and every chain is whole between its first and its last seal.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.fault_count == 0
    }

    pub(super) fn add(&mut self, line: u64, device: Option<&DeviceId>, kind: FaultKind) {
        self.fault_count += 1;
        if self.faults.len() < limits::REPORT_FAULTS {
            self.faults.push(Fault { line, device: device.cloned(), kind });
        }
    }
}
