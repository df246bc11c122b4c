//! The account: what was acknowledged against what is stored against what was delivered.
//!
//! It is pure, so that its tests show that each kind of loss is found. Times are microseconds since the load began.

use std::collections::{BTreeMap, HashMap, HashSet};

use gateway::record::{BatchId, PatientId};
use load::Key;
use load::ledger::Entry;
use load::link::Verdict;
use seal::DeviceId;
use serde::Serialize;

/// A message as its sender saw it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// Its name.
    pub key: Key,
    /// When it was sent first.
    pub first_us: u64,
    /// When it was acknowledged, if it was.
    pub acknowledged_us: Option<u64>,
    /// Whether it was refused and nothing else.
    pub refused: bool,
}

impl From<&Entry> for Sent {
    fn from(entry: &Entry) -> Self {
        let verdict = entry.verdict.as_ref();
        Self {
            key: entry.key.clone(),
            first_us: entry.first_us,
            acknowledged_us: entry.answered_us.filter(|_| verdict == Some(&Verdict::Stored)),
            refused: matches!(verdict, Some(Verdict::Refused(_))),
        }
    }
}

/// A row of the store, in the order of rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its number.
    pub id: BatchId,
    /// The message it holds.
    pub key: Key,
    /// Whose readings they are.
    pub patient: Option<PatientId>,
}

/// A row as it arrived at a destination, in the order of arrival, again each time that it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// The row.
    pub row: BatchId,
    /// Whether it said that it may have come before.
    pub again: bool,
}

/// What must not be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(rename_all = "kebab-case", tag = "finding")]
pub enum Finding {
    /// A message that a sender was told is stored.
    #[error("{key:?} was sent at {first_us} µs, acknowledged at {acknowledged_us} µs, and is not stored")]
    Lost {
        /// Which.
        key: Key,
        /// When it was sent first.
        first_us: u64,
        /// When it was acknowledged.
        acknowledged_us: u64,
    },
    /// A message with several rows.
    #[error("{key:?} is stored {rows} times")]
    Twice {
        /// Which.
        key: Key,
        /// How many rows.
        rows: usize,
    },
    /// A row that nobody sent.
    #[error("row {row:?} holds {key:?}, which nobody sent")]
    Nobodys {
        /// Which row.
        row: BatchId,
        /// What it says it holds.
        key: Key,
    },
    /// A message that its sender was told is refused.
    #[error("{key:?} was refused, and is stored")]
    Refused {
        /// Which.
        key: Key,
    },
    /// A device's counter does not go on by one.
    #[error("{device}: {found} is stored where {expected} belongs")]
    Chain {
        /// The device.
        device: DeviceId,
        /// The counter that belongs there.
        expected: u64,
        /// The one that is there.
        found: u64,
    },
    /// A row that a destination never got.
    #[error("row {row:?} ({key:?}) never came to {destination}")]
    Undelivered {
        /// Which row.
        row: BatchId,
        /// What it holds.
        key: Key,
        /// Which destination.
        destination: &'static str,
    },
    /// Something came to a destination that is no row.
    #[error("row {row:?} came to {destination}, and is not in the store")]
    Unknown {
        /// Which row it says it is.
        row: BatchId,
        /// Which destination.
        destination: &'static str,
    },
    /// Two rows of one patient came in the wrong order.
    #[error("{destination}: row {later:?} of patient {patient} came before row {earlier:?}")]
    Order {
        /// Whose rows.
        patient: PatientId,
        /// The row that belongs before.
        earlier: BatchId,
        /// The row that came before it.
        later: BatchId,
        /// Which destination.
        destination: &'static str,
    },
    /// A row came a second time and did not say so.
    #[error("{destination}: row {row:?} came again without a word of it")]
    Unmarked {
        /// Which row.
        row: BatchId,
        /// Which destination.
        destination: &'static str,
    },
}

/// Whether a destination's messages say that they may have come before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Marks {
    /// They do.
    Said,
    /// They need not: the destination goes by names (conditional create).
    ByName,
}

/// What came to one destination.
#[derive(Clone, Debug)]
pub struct Delivered {
    /// Its name.
    pub destination: &'static str,
    /// Whether copies are marked.
    pub marks: Marks,
    /// In order.
    pub arrivals: Vec<Arrival>,
}

/// How much there was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Sums {
    /// Different messages sent.
    pub sent: usize,
    /// Of these acknowledged.
    pub acknowledged: usize,
    /// Rows.
    pub stored: usize,
    /// Stored and never acknowledged: the answer was lost.
    pub stored_unheard: usize,
    /// Rows with a patient, which go to every destination.
    pub to_deliver: usize,
    /// Arrivals at all destinations.
    pub delivered: usize,
    /// Of these copies of what had come already.
    pub delivered_again: usize,
}

/// Compares all of it.
#[must_use]
pub fn settle(sent: &[Sent], rows: &[Row], delivered: &[Delivered]) -> (Sums, Vec<Finding>) {
    let mut findings = Vec::new();
    let mut sums = Sums { sent: sent.len(), stored: rows.len(), ..Sums::default() };
    against_store(sent, rows, &mut sums, &mut findings);
    chains(rows, &mut findings);
    let whose: HashMap<BatchId, &Row> = rows.iter().map(|row| (row.id, row)).collect();
    sums.to_deliver = rows.iter().filter(|row| row.patient.is_some()).count();
    for one in delivered {
        at_destination(one, rows, &whose, &mut sums, &mut findings);
    }
    (sums, findings)
}

fn against_store(sent: &[Sent], rows: &[Row], sums: &mut Sums, findings: &mut Vec<Finding>) {
    let mut stored: HashMap<&Key, usize> = HashMap::new();
    for row in rows {
        *stored.entry(&row.key).or_default() += 1;
    }
    findings.extend(
        stored
            .iter()
            .filter(|(_, rows)| **rows > 1)
            .map(|(key, rows)| Finding::Twice { key: (*key).clone(), rows: *rows }),
    );
    for one in sent {
        let is_stored = stored.contains_key(&one.key);
        match one.acknowledged_us {
            Some(acknowledged_us) => {
                sums.acknowledged += 1;
                if !is_stored {
                    let (key, first_us) = (one.key.clone(), one.first_us);
                    findings.push(Finding::Lost { key, first_us, acknowledged_us });
                }
            }
            None if one.refused && is_stored => findings.push(Finding::Refused { key: one.key.clone() }),
            None => sums.stored_unheard += usize::from(is_stored),
        }
    }
    let known: HashSet<&Key> = sent.iter().map(|one| &one.key).collect();
    findings.extend(
        rows.iter()
            .filter(|row| !known.contains(&row.key))
            .map(|row| Finding::Nobodys { row: row.id, key: row.key.clone() }),
    );
}

/// Each device's counters in the order of rows: 1, 2, 3 … without a gap.
fn chains(rows: &[Row], findings: &mut Vec<Finding>) {
    let mut heads: BTreeMap<&DeviceId, u64> = BTreeMap::new();
    for row in rows {
        let Key::Sealed { device, counter } = &row.key else { continue };
        let head = heads.entry(device).or_default();
        let expected = *head + 1;
        if *counter != expected {
            findings.push(Finding::Chain { device: device.clone(), expected, found: *counter });
        }
        *head = *counter;
    }
}

fn at_destination(
    one: &Delivered,
    rows: &[Row],
    whose: &HashMap<BatchId, &Row>,
    sums: &mut Sums,
    findings: &mut Vec<Finding>,
) {
    let destination = one.destination;
    let mut seen = HashSet::new();
    let mut latest: HashMap<PatientId, BatchId> = HashMap::new();
    sums.delivered += one.arrivals.len();
    for arrival in &one.arrivals {
        let Some(row) = whose.get(&arrival.row) else {
            findings.push(Finding::Unknown { row: arrival.row, destination });
            continue;
        };
        if !seen.insert(arrival.row) {
            sums.delivered_again += 1;
            if one.marks == Marks::Said && !arrival.again {
                findings.push(Finding::Unmarked { row: arrival.row, destination });
            }
            continue;
        }
        let Some(patient) = row.patient else { continue };
        let last = latest.entry(patient).or_insert(row.id);
        if *last > row.id {
            findings.push(Finding::Order { patient, earlier: row.id, later: *last, destination });
        }
        *last = (*last).max(row.id);
    }
    findings.extend(
        rows.iter()
            .filter(|row| row.patient.is_some() && !seen.contains(&row.id))
            .map(|row| Finding::Undelivered { row: row.id, key: row.key.clone(), destination }),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealed(counter: u64) -> Key {
        Key::Sealed { device: "mon-1".parse().unwrap(), counter }
    }

    fn sent(key: Key, acknowledged_us: Option<u64>) -> Sent {
        Sent { key, first_us: 1, acknowledged_us, refused: false }
    }

    fn row(id: i64, key: Key) -> Row {
        Row { id: BatchId(id), key, patient: Some(PatientId(1)) }
    }

    fn arrived(rows: &[(i64, bool)]) -> Delivered {
        let arrivals =
            rows.iter().map(|(row, again)| Arrival { row: BatchId(*row), again: *again }).collect();
        Delivered { destination: "ehr", marks: Marks::Said, arrivals }
    }

    /// Three messages, the last of which was never answered, all stored and delivered, the second twice.
    fn even() -> (Vec<Sent>, Vec<Row>, Delivered) {
        let messages = vec![sent(sealed(1), Some(2)), sent(sealed(2), Some(3)), sent(sealed(3), None)];
        let rows = (1..=3_u64).map(|counter| row(counter.cast_signed(), sealed(counter))).collect();
        (messages, rows, arrived(&[(1, false), (2, false), (2, true), (3, false)]))
    }

    #[test]
    fn an_even_account_has_no_findings() {
        let (messages, rows, delivered) = even();
        let (sums, findings) = settle(&messages, &rows, &[delivered]);
        assert_eq!(findings, []);
        let expected = Sums {
            sent: 3,
            acknowledged: 2,
            stored: 3,
            stored_unheard: 1,
            to_deliver: 3,
            delivered: 4,
            delivered_again: 1,
        };
        assert_eq!(sums, expected);
    }

    type Change = fn(&mut Vec<Sent>, &mut Vec<Row>, &mut Delivered);

    #[test]
    fn each_fault_of_a_gateway_is_found() {
        let destination = "ehr";
        let cases: [(Change, Finding); 9] = [
            (
                |messages, _, _| messages.push(sent(sealed(4), Some(9))),
                Finding::Lost { key: sealed(4), first_us: 1, acknowledged_us: 9 },
            ),
            (
                |_, rows, delivered| {
                    rows.push(Row { patient: None, ..row(4, sealed(3)) });
                    delivered.arrivals.truncate(4);
                },
                Finding::Twice { key: sealed(3), rows: 2 },
            ),
            (
                |_, rows, _| rows.push(Row { patient: None, ..row(4, sealed(4)) }),
                Finding::Nobodys { row: BatchId(4), key: sealed(4) },
            ),
            (|messages, _, _| messages[2].refused = true, Finding::Refused { key: sealed(3) }),
            (
                |_, rows, _| (rows[0].key, rows[1].key) = (sealed(2), sealed(1)),
                Finding::Chain { device: "mon-1".parse().unwrap(), expected: 1, found: 2 },
            ),
            (
                |_, _, delivered| delivered.arrivals.truncate(3),
                Finding::Undelivered { row: BatchId(3), key: sealed(3), destination },
            ),
            (
                |_, _, delivered| delivered.arrivals.extend(arrived(&[(9, false)]).arrivals),
                Finding::Unknown { row: BatchId(9), destination },
            ),
            (
                |_, _, delivered| delivered.arrivals.swap(0, 1),
                Finding::Order { patient: PatientId(1), earlier: BatchId(1), later: BatchId(2), destination },
            ),
            (
                |_, _, delivered| delivered.arrivals[2].again = false,
                Finding::Unmarked { row: BatchId(2), destination },
            ),
        ];
        for (change, expected) in cases {
            let (mut messages, mut rows, mut delivered) = even();
            change(&mut messages, &mut rows, &mut delivered);
            let (_, findings) = settle(&messages, &rows, &[delivered]);
            assert!(findings.contains(&expected), "{expected:?} is not among {findings:?}");
        }
    }
}
