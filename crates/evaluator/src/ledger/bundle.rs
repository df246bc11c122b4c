//! A ledger in one file, for a check without the evaluation folder: JSON Lines.
//!
//! ```text
//! {"bundle":"medseal evaluation ledger","version":1,"roster":[{"name":"…","role":"assessor","key":"ed25519:…"}]}
//! {"entry":1,"file":"…"}                 the entry's file as text
//! {"query":1,"file":"…base64…"}          the request for its time stamp
//! {"stamp":1,"file":"…base64…"}          the time stamp's response
//! {"evidence":"…sha256…","file":"…base64…"}
//! {"head":"…"}                           the head's file as text
//! ```
//!
//! The roster in a bundle is only what its maker says: whoever checks it compares the keys with what they know.

use super::check::Source;
use super::digest::Digest;
use super::limits;
use super::roster::{Person, Roster};
use super::store::Store;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use thiserror::Error;

const NAME: &str = "medseal evaluation ledger";
const VERSION: u32 = 1;

/// Why a file is no bundle.
#[derive(Debug, Error)]
pub enum BundleError {
    /// Its first line is not a bundle's.
    #[error("line 1: this is no bundle of a ledger, or of a version that is not known here")]
    Header,
    /// A line that is none of a bundle's.
    #[error("line {line}: {why}")]
    Line {
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        why: String,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    bundle: String,
    version: u32,
    roster: Vec<Person>,
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Line {
    Entry(EntryLine),
    Query(QueryLine),
    Stamp(StampLine),
    Evidence(EvidenceLine),
    Head(HeadLine),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct EntryLine {
    entry: u64,
    file: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct QueryLine {
    query: u64,
    file: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StampLine {
    stamp: u64,
    file: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct EvidenceLine {
    evidence: Digest,
    file: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct HeadLine {
    head: String,
}

/// What a bundle holds: claims, until they are checked.
#[derive(Clone, Debug, Default)]
pub struct Bundle {
    people: Vec<Person>,
    entries: BTreeMap<u64, Vec<u8>>,
    queries: BTreeMap<u64, Vec<u8>>,
    stamps: BTreeMap<u64, Vec<u8>>,
    evidence: BTreeMap<Digest, Vec<u8>>,
    head: Option<Vec<u8>>,
}

impl Bundle {
    /// The people whom its maker named.
    #[must_use]
    pub fn roster(&self) -> Roster {
        Roster::new(self.people.iter().cloned())
    }

    /// Takes all there is in a folder. What is missing there is missing here.
    #[must_use]
    pub fn of(store: &Store, roster: &Roster) -> Self {
        let mut bundle = Bundle { people: roster.people().cloned().collect(), ..Bundle::default() };
        let mut named = BTreeSet::new();
        for number in store.numbers() {
            let Some(bytes) = store.entry(number) else { continue };
            if let Ok(entry) = super::entry::Entry::parse(&bytes) {
                named.extend(entry.evidence());
            }
            bundle.entries.insert(number, bytes);
        }
        for number in store.stamps() {
            bundle.stamps.extend(store.stamp(number).map(|stamp| (number, stamp)));
            bundle.queries.extend(store.query(number).map(|query| (number, query)));
        }
        let found = named.into_iter().filter_map(|digest| Some((digest, store.evidence_bytes(digest)?)));
        bundle.evidence = found.collect();
        bundle.head = store.head();
        bundle
    }

    /// Writes it.
    #[must_use]
    pub fn write(&self) -> String {
        let mut lines =
            vec![json(&Header { bundle: NAME.into(), version: VERSION, roster: self.people.clone() })];
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        for (number, bytes) in &self.entries {
            lines.push(json(&EntryLine { entry: *number, file: text(bytes) }));
        }
        for (number, bytes) in &self.queries {
            lines.push(json(&QueryLine { query: *number, file: STANDARD.encode(bytes) }));
        }
        for (number, bytes) in &self.stamps {
            lines.push(json(&StampLine { stamp: *number, file: STANDARD.encode(bytes) }));
        }
        for (digest, bytes) in &self.evidence {
            lines.push(json(&EvidenceLine { evidence: *digest, file: STANDARD.encode(bytes) }));
        }
        if let Some(head) = &self.head {
            lines.push(json(&HeadLine { head: text(head) }));
        }
        lines.push(String::new());
        lines.join("\n")
    }

    /// Reads one.
    ///
    /// # Errors
    /// [`BundleError`] with the line.
    pub fn parse(text: &str) -> Result<Self, BundleError> {
        let mut lines = (1..).zip(text.lines());
        let (_, header) = lines.next().ok_or(BundleError::Header)?;
        let header: Header = serde_json::from_str(header).map_err(|_| BundleError::Header)?;
        if header.bundle != NAME || header.version != VERSION {
            return Err(BundleError::Header);
        }
        let mut bundle = Bundle { people: header.roster, ..Bundle::default() };
        for (line, text) in lines {
            let parsed = serde_json::from_str(text).map_err(|error| error.to_string());
            let taken = parsed.and_then(|parsed| bundle.take(parsed));
            taken.map_err(|why| BundleError::Line { line, why })?;
        }
        Ok(bundle)
    }

    fn take(&mut self, line: Line) -> Result<(), String> {
        let is_new = match line {
            Line::Entry(EntryLine { entry, file }) => {
                let number = Some(entry).filter(|number| (1..=limits::ENTRIES).contains(number));
                let number = number.ok_or("an entry's number is 1 or more, and has at most eight digits")?;
                sized(file.len(), limits::ENTRY)?;
                self.entries.insert(number, file.into_bytes()).is_none()
            }
            Line::Query(QueryLine { query, file }) => {
                sized(file.len() / 4 * 3, limits::TIME_STAMP)?;
                self.queries.insert(query, decoded(&file)?).is_none()
            }
            Line::Stamp(StampLine { stamp, file }) => {
                sized(file.len() / 4 * 3, limits::TIME_STAMP)?;
                self.stamps.insert(stamp, decoded(&file)?).is_none()
            }
            Line::Evidence(EvidenceLine { evidence, file }) => {
                sized(file.len() / 4 * 3, limits::EVIDENCE)?;
                self.evidence.insert(evidence, decoded(&file)?).is_none()
            }
            Line::Head(HeadLine { head }) => self.head.replace(head.into_bytes()).is_none(),
        };
        if is_new { Ok(()) } else { Err("it is there twice".into()) }
    }
}

impl Source for Bundle {
    fn numbers(&self) -> Vec<u64> {
        self.entries.keys().copied().collect()
    }

    fn entry(&self, number: u64) -> Option<Vec<u8>> {
        self.entries.get(&number).cloned()
    }

    fn head(&self) -> Option<Vec<u8>> {
        self.head.clone()
    }

    fn evidence(&self, sha256: Digest) -> Option<Digest> {
        self.evidence.get(&sha256).map(|bytes| Digest::of(bytes))
    }

    fn stamps(&self) -> Vec<u64> {
        self.stamps.keys().copied().collect()
    }

    fn stamp(&self, number: u64) -> Option<Vec<u8>> {
        self.stamps.get(&number).cloned()
    }

    fn query(&self, number: u64) -> Option<Vec<u8>> {
        self.queries.get(&number).cloned()
    }
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

fn decoded(text: &str) -> Result<Vec<u8>, String> {
    STANDARD.decode(text).map_err(|error| format!("the file is not base64: {error}"))
}

fn sized(bytes: usize, limit: usize) -> Result<(), String> {
    if bytes > limit { Err(format!("{bytes} bytes, at most {limit} are read")) } else { Ok(()) }
}
