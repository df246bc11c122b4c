//! A ledger in a folder, and the evidence beside it.
//!
//! ```text
//! ledger/00000001.entry   one file an entry (see `entry`)
//! ledger/00000001.tsq     the request for a time stamp over the entry's file, where somebody asked for one
//! ledger/00000001.tsr     the authority's response
//! ledger/head             how many there are (see `head`)
//! evidence/SHA256         what entries name, each under its own hash
//! ```
//!
//! An entry is written whole beside its place, brought to disk, and then linked to its name, which fails when the
//! name is taken: so there is never half an entry, and never two of one number. Writers of one machine wait for each
//! other (`.lock`). Nothing is ever written over but the head.

use super::check::Source;
use super::digest::Digest;
use super::entry::{Entry, EntryError};
use super::event::{Body, Event};
use super::head::Head;
use super::limits;
use super::sign::{SignError, Signer};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Why an entry could not be appended.
#[derive(Debug, Error)]
pub enum StoreError {
    /// A file or folder.
    #[error("{path}: {error}", path = .path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// The last entry is not sound: nothing is built upon it.
    #[error("entry {number}, the last one, is not sound ({error}): run `ledger verify`")]
    Last {
        /// Its number.
        number: u64,
        /// What is wrong with it.
        error: EntryError,
    },
    /// The last entries are missing: nothing is built upon what is left.
    #[error("the ledger's head tells of {head} entries, but there are {entries}: run `ledger verify`")]
    Cut {
        /// What the head says.
        head: u64,
        /// How many there are.
        entries: u64,
    },
    /// Somebody else wrote the same entry meanwhile.
    #[error("somebody else wrote entry {0} at the same moment: do it again")]
    Taken(u64),
    /// The ledger is full.
    #[error("a ledger has at most {max} entries", max = limits::ENTRIES)]
    Full,
    /// The key.
    #[error(transparent)]
    Sign(#[from] SignError),
}

/// The folders of a ledger and its evidence.
#[derive(Clone, Debug)]
pub struct Store {
    ledger: PathBuf,
    evidence: PathBuf,
}

impl Store {
    /// Of an evaluation folder. Nothing is made before it is needed.
    #[must_use]
    pub fn of(evaluation: &Path) -> Self {
        Self { ledger: evaluation.join("ledger"), evidence: evaluation.join("evidence") }
    }

    /// Where an entry lies.
    #[must_use]
    pub fn entry_path(&self, number: u64) -> PathBuf {
        self.ledger.join(format!("{number:08}.entry"))
    }

    /// Where the time stamp of an entry lies.
    #[must_use]
    pub fn stamp_path(&self, number: u64) -> PathBuf {
        self.ledger.join(format!("{number:08}.tsr"))
    }

    /// Where the request for the time stamp of an entry lies.
    #[must_use]
    pub fn query_path(&self, number: u64) -> PathBuf {
        self.ledger.join(format!("{number:08}.tsq"))
    }

    /// Where the people stand who may sign.
    #[must_use]
    pub fn roster_path(&self) -> PathBuf {
        self.ledger.join("roster.toml")
    }

    /// Keeps a piece of evidence under its hash. Keeping the same one again changes nothing.
    ///
    /// # Errors
    /// [`StoreError::File`].
    pub fn keep(&self, bytes: &[u8]) -> Result<Digest, StoreError> {
        let digest = Digest::of(bytes);
        match publish(&self.evidence, &digest.to_string(), bytes) {
            Ok(()) => Ok(digest),
            Err(StoreError::File { error, .. }) if error.kind() == io::ErrorKind::AlreadyExists => Ok(digest),
            Err(error) => Err(error),
        }
    }

    /// A piece of evidence.
    #[must_use]
    pub fn evidence_bytes(&self, digest: Digest) -> Option<Vec<u8>> {
        fs::read(self.evidence.join(digest.to_string())).ok()
    }

    /// Keeps the time stamp of an entry.
    ///
    /// # Errors
    /// [`StoreError::File`], also when it has one already.
    pub fn keep_stamp(&self, number: u64, response: &[u8]) -> Result<(), StoreError> {
        publish(&self.ledger, &format!("{number:08}.tsr"), response)
    }

    /// Keeps the request for the time stamp of an entry, so that the answer can be held against it.
    ///
    /// # Errors
    /// [`StoreError::File`], also when there is one already.
    pub fn keep_query(&self, number: u64, query: &[u8]) -> Result<(), StoreError> {
        publish(&self.ledger, &format!("{number:08}.tsq"), query)
    }

    /// Appends an entry: when this returns, it is on disk.
    ///
    /// # Errors
    /// [`StoreError`]; nothing was appended then, unless the error is about the file `head` alone.
    pub fn append(
        &self,
        by: &str,
        at: jiff::Timestamp,
        event: Event,
        signer: &dyn Signer,
    ) -> Result<Entry, StoreError> {
        // Held until this returns: the head must not go back behind another writer's.
        let _lock = self.lock()?;
        let (count, previous) = self.tail()?;
        let number = count.saturating_add(1);
        if number > limits::ENTRIES {
            return Err(StoreError::Full);
        }
        let entry = Entry::sign(Body { number, previous, at, by: by.into(), event }, signer)?;
        // Both signatures are there before the first file is: a card that is taken away leaves nothing half written.
        let head = Head { count: number, last: entry.digest() }.sign(signer)?;
        publish(&self.ledger, &format!("{number:08}.entry"), entry.bytes()).map_err(|error| match error {
            StoreError::File { error, .. } if error.kind() == io::ErrorKind::AlreadyExists => {
                StoreError::Taken(number)
            }
            other => other,
        })?;
        let partial = partial_of(&self.ledger);
        write_whole(&partial, &head)?;
        let path = self.ledger.join("head");
        fs::rename(&partial, &path).map_err(|error| StoreError::File { path, error })?;
        sync_folder(&self.ledger)?;
        Ok(entry)
    }

    /// The numbers of the files with this ending, in order.
    fn numbered(&self, ending: &str) -> Vec<u64> {
        let names = fs::read_dir(&self.ledger).into_iter().flatten().flatten().map(|entry| entry.file_name());
        let mut numbers: Vec<u64> = names
            .filter_map(|name| {
                let digits = name.to_str()?.strip_suffix(ending)?;
                if digits.len() == 8 { digits.parse().ok() } else { None }
            })
            .filter(|number| *number > 0)
            .collect();
        numbers.sort_unstable();
        numbers
    }

    fn lock(&self) -> Result<File, StoreError> {
        let path = self.ledger.join(".lock");
        let open = || {
            fs::create_dir_all(&self.ledger)?;
            let file = OpenOptions::new().write(true).create(true).truncate(false).open(&path)?;
            file.lock()?;
            Ok(file)
        };
        open().map_err(|error| StoreError::File { path: path.clone(), error })
    }

    /// The number and hash of the last entry, which must be sound and must be the last.
    fn tail(&self) -> Result<(u64, Digest), StoreError> {
        let entries = self.numbers().last().copied().unwrap_or(0);
        let head = self.head().as_deref().and_then(Head::parse).map_or(0, |(head, _)| head.count);
        if head > entries {
            return Err(StoreError::Cut { head, entries });
        }
        if entries == 0 {
            return Ok((0, Digest::NONE));
        }
        let path = self.entry_path(entries);
        let bytes = fs::read(&path).map_err(|error| StoreError::File { path, error })?;
        let entry = Entry::parse(&bytes).map_err(|error| StoreError::Last { number: entries, error })?;
        Ok((entries, entry.digest()))
    }
}

impl Source for Store {
    fn numbers(&self) -> Vec<u64> {
        self.numbered(".entry")
    }

    fn entry(&self, number: u64) -> Option<Vec<u8>> {
        fs::read(self.entry_path(number)).ok()
    }

    fn head(&self) -> Option<Vec<u8>> {
        fs::read(self.ledger.join("head")).ok()
    }

    fn evidence(&self, sha256: Digest) -> Option<Digest> {
        self.evidence_bytes(sha256).map(|bytes| Digest::of(&bytes))
    }

    fn stamps(&self) -> Vec<u64> {
        self.numbered(".tsr")
    }

    fn stamp(&self, number: u64) -> Option<Vec<u8>> {
        fs::read(self.stamp_path(number)).ok()
    }

    fn query(&self, number: u64) -> Option<Vec<u8>> {
        fs::read(self.query_path(number)).ok()
    }
}

/// Writes a file whole beside its place and then gives it its name, which must be free.
fn publish(folder: &Path, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
    fs::create_dir_all(folder).map_err(|error| StoreError::File { path: folder.into(), error })?;
    let partial = partial_of(folder);
    write_whole(&partial, bytes)?;
    let path = folder.join(name);
    let linked = fs::hard_link(&partial, &path).map_err(|error| StoreError::File { path, error });
    let removed = fs::remove_file(&partial).map_err(|error| StoreError::File { path: partial, error });
    linked?;
    removed?;
    sync_folder(folder)
}

/// A name that no other writer uses.
fn partial_of(folder: &Path) -> PathBuf {
    use std::sync::atomic::{AtomicU64, Ordering};
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    folder.join(format!(".{}-{count}.part", std::process::id()))
}

fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let write = || -> io::Result<()> {
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).open(path)?;
        file.write_all(bytes)?;
        file.sync_all()
    };
    write().map_err(|error| StoreError::File { path: path.into(), error })
}

fn sync_folder(folder: &Path) -> Result<(), StoreError> {
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(|error| StoreError::File { path: folder.into(), error })
}
