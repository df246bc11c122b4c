//! Whether a ledger is whole: every fault named with the number of the entry that has it.

use super::digest::Digest;
use super::entry::{Entry, EntryError};
use super::head::Head;
use super::roster::Roster;
use super::stamp::TimeStamp;
use super::stamped::stamped;
use serde::Serialize;
use std::collections::BTreeMap;
use thiserror::Error;

/// What is wrong with a ledger.
#[derive(Clone, Debug, Error, PartialEq, Eq, Serialize)]
#[serde(tag = "fault", rename_all = "kebab-case")]
pub enum Fault {
    /// Entries that are not there, though a later entry or the head says that they were.
    #[error("{}", missing(*.first, *.last))]
    Missing {
        /// The first of them.
        first: u64,
        /// The last of them.
        last: u64,
    },
    /// An entry that is not what was signed.
    #[error("entry {number} was changed: {why}")]
    Changed {
        /// Its number.
        number: u64,
        /// What does not fit.
        why: String,
    },
    /// An entry that is not whole.
    #[error("entry {number} is cut off: {why}")]
    Truncated {
        /// Its number.
        number: u64,
        /// What is there of it.
        why: String,
    },
    /// An entry in another's place.
    #[error("entry {number} is out of order: what lies there calls itself {found}")]
    Reordered {
        /// The number of the place.
        number: u64,
        /// The number that the entry itself tells.
        found: u64,
    },
    /// An entry that follows another entry than the one before it.
    #[error("entry {number} does not follow entry {before}: it names another hash", before = .number.saturating_sub(1))]
    Unchained {
        /// Its number.
        number: u64,
    },
    /// An entry by somebody whose key nobody named.
    #[error(
        "entry {number} is signed with the key {key} of nobody on the evaluation's list, in the name of {by}"
    )]
    Stranger {
        /// Its number.
        number: u64,
        /// The key's short name.
        key: String,
        /// Who it says wrote it.
        by: String,
    },
    /// There is no true head.
    #[error(
        "the ledger's head is missing, was changed, or is signed by a stranger: entries after {entries} may be missing"
    )]
    NoHead {
        /// How many entries are there.
        entries: u64,
    },
    /// The head names another last entry.
    #[error("entry {number} is not the one that the ledger's head names")]
    OtherHead {
        /// The entry's number.
        number: u64,
    },
    /// Evidence that an entry names and that is not there.
    #[error("the evidence {} of entry {number} is missing", .sha256.short())]
    EvidenceMissing {
        /// The entry's number.
        number: u64,
        /// The evidence.
        sha256: Digest,
    },
    /// Evidence that is not what it was.
    #[error("the evidence {} of entry {number} was changed", .sha256.short())]
    EvidenceChanged {
        /// The entry's number.
        number: u64,
        /// What it was.
        sha256: Digest,
    },
    /// A time stamp that is none.
    #[error("the time stamp of entry {number} is none: {why}")]
    StampMalformed {
        /// The entry's number.
        number: u64,
        /// What is wrong with it.
        why: String,
    },
    /// A time stamp of something else: it was exchanged, or its entry was.
    #[error("the time stamp of entry {number} is about something else than what lies there")]
    StampOfOther {
        /// The entry's number.
        number: u64,
    },
    /// A time stamp that does not answer the request that is kept beside it.
    #[error("the time stamp of entry {number} does not answer the request that was made for it")]
    StampUnasked {
        /// The entry's number.
        number: u64,
    },
    /// A time stamp whose entry is gone.
    #[error("there is a time stamp of entry {number}, but no such entry")]
    StampWithoutEntry {
        /// The entry's number.
        number: u64,
    },
    /// An entry that says it was written after it had been stamped.
    #[error("the time stamp of entry {number} is earlier than entry {entry} says it was written")]
    StampTooEarly {
        /// The stamped entry's number.
        number: u64,
        /// The entry with the later time: the stamped one, or one before it.
        entry: u64,
    },
    /// A time stamp that is earlier than the one of an entry before.
    #[error("the time stamp of entry {number} is earlier than that of entry {before}")]
    StampOutOfOrder {
        /// The entry's number.
        number: u64,
        /// The number of the entry before.
        before: u64,
    },
    /// A time stamp that the authority did not sign.
    #[error("the time stamp of entry {number} is not the authority's: {why}")]
    StampUntrue {
        /// The entry's number.
        number: u64,
        /// In OpenSSL's words.
        why: String,
    },
}

fn missing(first: u64, last: u64) -> String {
    if first == last {
        format!("entry {first} is missing")
    } else {
        format!("entries {first} to {last} are missing")
    }
}

/// What a ledger's files hold, wherever they came from.
pub trait Source {
    /// The numbers of the entries that are there, in order.
    fn numbers(&self) -> Vec<u64>;
    /// An entry's file.
    fn entry(&self, number: u64) -> Option<Vec<u8>>;
    /// The head's file.
    fn head(&self) -> Option<Vec<u8>>;
    /// The SHA-256 of the evidence that lies under this name.
    fn evidence(&self, sha256: Digest) -> Option<Digest>;
    /// The numbers of the entries that have a time stamp beside them, in order.
    fn stamps(&self) -> Vec<u64>;
    /// The response of the time stamping authority for an entry.
    fn stamp(&self, number: u64) -> Option<Vec<u8>>;
    /// The request that it answers, if it was made here.
    fn query(&self, number: u64) -> Option<Vec<u8>>;
}

/// What a check found.
#[derive(Clone, Debug, Default)]
pub struct Report {
    entries: BTreeMap<u64, Entry>,
    /// Time stamps that are about their entries, by number. Their signatures have not been looked at.
    pub stamps: BTreeMap<u64, TimeStamp>,
    /// What is wrong, by number.
    pub faults: Vec<Fault>,
}

/// A ledger of which every entry is there, unchanged, in order, and signed by somebody who may: only
/// [`Report::whole`] makes one.
#[derive(Clone, Debug, Default)]
pub struct WholeLedger(BTreeMap<u64, Entry>);

impl WholeLedger {
    /// The entries in order.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.0.values()
    }

    /// One of them.
    #[must_use]
    pub fn entry(&self, number: u64) -> Option<&Entry> {
        self.0.get(&number)
    }

    /// The hash of the last entry, which stands for all of them.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.0.values().next_back().map_or(Digest::NONE, Entry::digest)
    }
}

impl Report {
    /// How many entries could be read.
    #[must_use]
    pub fn readable(&self) -> usize {
        self.entries.len()
    }

    /// The ledger, when nothing is wrong with it.
    ///
    /// # Errors
    /// The faults.
    pub fn whole(self) -> Result<WholeLedger, Vec<Fault>> {
        if self.faults.is_empty() { Ok(WholeLedger(self.entries)) } else { Err(self.faults) }
    }
}

/// Checks all of it, offline.
pub fn check(source: &dyn Source, roster: &Roster) -> Report {
    let mut report = Report::default();
    let mut expected = 1;
    let mut previous = Some(Digest::NONE);
    for number in source.numbers() {
        if number > expected {
            report.faults.push(Fault::Missing { first: expected, last: number - 1 });
            previous = None;
        }
        expected = number.saturating_add(1);
        previous = match source.entry(number).map(|bytes| Entry::parse(&bytes)) {
            None => {
                report.faults.push(Fault::Missing { first: number, last: number });
                None
            }
            Some(Err(error)) => {
                report.faults.push(unreadable(number, &error));
                None
            }
            Some(Ok(entry)) => one(&mut report, number, entry, previous, roster),
        };
    }
    end(&mut report, source, roster, expected - 1, previous);
    evidence(&mut report, source);
    let (stamps, faults) = stamped(source, &report.entries);
    report.stamps = stamps;
    report.faults.extend(faults);
    report
}

fn unreadable(number: u64, error: &EntryError) -> Fault {
    let why = error.to_string();
    match error {
        EntryError::Lines(0 | 1) => Fault::Truncated { number, why },
        EntryError::TooLarge(_)
        | EntryError::Lines(_)
        | EntryError::Body(_)
        | EntryError::Signature
        | EntryError::Key(_)
        | EntryError::Forged => Fault::Changed { number, why },
    }
}

/// One entry whose signature is true: its place, its link, its writer. Gives what the next must name.
fn one(
    report: &mut Report,
    number: u64,
    entry: Entry,
    previous: Option<Digest>,
    roster: &Roster,
) -> Option<Digest> {
    let body = entry.body();
    if body.number != number {
        report.faults.push(Fault::Reordered { number, found: body.number });
        return None;
    }
    if previous.is_some_and(|previous| previous != body.previous) {
        report.faults.push(Fault::Unchained { number });
    }
    if roster.owner(entry.key()).is_none_or(|person| person.name != body.by) {
        report.faults.push(Fault::Stranger { number, key: entry.key().id(), by: body.by.clone() });
    }
    let digest = entry.digest();
    report.entries.insert(number, entry);
    Some(digest)
}

/// The end: what the head says against what is there.
fn end(report: &mut Report, source: &dyn Source, roster: &Roster, entries: u64, last: Option<Digest>) {
    let head = source.head().as_deref().and_then(Head::parse);
    let Some((head, _)) = head.filter(|(_, key)| roster.owner(key).is_some()) else {
        if entries > 0 || source.head().is_some() {
            report.faults.push(Fault::NoHead { entries });
        }
        return;
    };
    if head.count > entries {
        report.faults.push(Fault::Missing { first: entries.saturating_add(1), last: head.count });
    } else if head.count == entries {
        if last.is_some_and(|last| last != head.last) {
            report.faults.push(Fault::OtherHead { number: entries });
        }
    } else if head.count.saturating_add(1) < entries {
        report.faults.push(Fault::NoHead { entries: head.count });
    }
}

fn evidence(report: &mut Report, source: &dyn Source) {
    for (number, entry) in &report.entries {
        let number = *number;
        for sha256 in entry.evidence() {
            match source.evidence(sha256) {
                Some(found) if found == sha256 => {}
                Some(_) => report.faults.push(Fault::EvidenceChanged { number, sha256 }),
                None => report.faults.push(Fault::EvidenceMissing { number, sha256 }),
            }
        }
    }
}
