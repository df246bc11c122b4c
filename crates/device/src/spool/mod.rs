//! What was measured and not yet acknowledged, on disk.
//!
//! An entry's life: *spooled* (its batch is on disk, synchronised) → *sealed* (its seal is written) → *acknowledged*
//! by the gateway, or *set aside* with the reason of its refusal. A batch is on disk before its element is asked
//! for the seal, seals are asked for in order, and an element gives the seal of the last hash again: so a crash at
//! any point leaves no seal whose batch is unknown, and no gap in the counter.
//!
//! A seal must be on disk before the element is asked for the next one, since it repeats only its last. Usually the
//! next batch's own synchronisation sees to that; while batches wait for an element that is away, each seal is
//! synchronised by itself.
//!
//! A full spool takes no more: what is measured then is lost before it is sealed, and counted. Dropping the oldest
//! instead would tear a gap into the record of what was sealed.

mod aside;
mod log;

use std::collections::VecDeque;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use seal::{Reason, Seal, SealedBatch, sha256};

pub use log::EntryId;
use log::{HEAD, MAGIC, Record};

use crate::limits;

/// What a spool can fail with.
#[derive(Debug, thiserror::Error)]
pub enum SpoolError {
    /// The disk refused.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Another process works with it.
    #[error("{} is in use by another process", .0.display())]
    Locked(PathBuf),
    /// The file is no spool of this version.
    #[error("{} is no spool, or one of another version", .0.display())]
    Foreign(PathBuf),
    /// No room: the batch was not taken.
    #[error("the spool is full: {live} of {limit} bytes wait for acknowledgement")]
    Full {
        /// Bytes that wait.
        live: u64,
        /// Bytes that may wait.
        limit: u64,
    },
    /// Longer than a batch may be.
    #[error("a batch of {0} bytes")]
    Length(usize),
    /// The seal is not that of the entry's batch.
    #[error("the seal given is not that of the batch")]
    Seal,
    /// No such entry waits.
    #[error("no entry {} waits in the spool", .0.0)]
    NoEntry(EntryId),
}

/// The queue of one device. One process has it at a time.
#[derive(Debug)]
pub struct Spool {
    path: PathBuf,
    file: File,
    _lock: File,
    /// Where the next record goes.
    end: u64,
    live: u64,
    limit: u64,
    next: EntryId,
    entries: VecDeque<Entry>,
    /// How many of them are not done.
    waiting: u64,
    last_seal: Option<Seal>,
    aside: u64,
    discarded: u64,
}

#[derive(Debug)]
struct Entry {
    id: EntryId,
    /// Where the batch's bytes begin in the file.
    at: u64,
    length: usize,
    seal: Option<Seal>,
    done: bool,
}

impl Entry {
    /// Bytes of the entry's records so far.
    fn size(&self) -> u64 {
        let seal = if self.seal.is_some() { HEAD + seal::limits::SEAL_BYTES } else { 0 };
        (HEAD + self.length + seal) as u64
    }
}

impl Spool {
    /// Opens the spool in `folder`, making both when missing, with room for `limit` bytes that wait.
    ///
    /// # Errors
    /// [`SpoolError`] when another process has it, it is of another version, or the disk refuses.
    pub fn open(folder: &Path, limit: u64) -> Result<Self, SpoolError> {
        let io = |path: &Path| {
            let path = path.to_owned();
            move |source| SpoolError::Io { path, source }
        };
        std::fs::create_dir_all(folder).map_err(io(folder))?;
        let lock_path = folder.join("spool.lock");
        let lock = OpenOptions::new().create(true).truncate(false).write(true).open(&lock_path);
        let lock = lock.map_err(io(&lock_path))?;
        if lock.try_lock().is_err() {
            return Err(SpoolError::Locked(lock_path));
        }
        let path = folder.join("spool.log");
        if !path.exists() {
            write_anew(folder, &path, MAGIC).map_err(io(&path))?;
        }
        let mut file = OpenOptions::new().read(true).write(true).open(&path).map_err(io(&path))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(io(&path))?;
        let mut spool = Self {
            file,
            _lock: lock,
            end: MAGIC.len() as u64,
            live: 0,
            limit,
            next: EntryId(1),
            entries: VecDeque::new(),
            waiting: 0,
            last_seal: None,
            aside: aside::count(folder).map_err(io(folder))?,
            discarded: 0,
            path,
        };
        let records = bytes.strip_prefix(MAGIC).ok_or_else(|| SpoolError::Foreign(spool.path.clone()))?;
        spool.replay(records);
        spool.discarded = bytes.len() as u64 - spool.end;
        spool.cut().map_err(io(&spool.path))?;
        Ok(spool)
    }

    /// Takes over what the records say, up to the first that is not whole.
    fn replay(&mut self, mut records: &[u8]) {
        while let Some((record, length)) = Record::decode(records) {
            let at = self.end + HEAD as u64;
            match record {
                Record::Batch(id, batch) => self.enter(id, at, batch.len()),
                Record::Seal(id, seal) => {
                    if let Ok(seal) = Seal::parse(seal) {
                        self.enter_seal(id, seal);
                    }
                }
                Record::Acknowledged(id) | Record::Aside(id) => self.finish(id),
                Record::Mark(next, seal) => {
                    self.next = next;
                    self.last_seal = Seal::parse(seal).ok();
                }
            }
            self.end += length as u64;
            records = records.get(length..).unwrap_or_default();
        }
    }

    /// Takes what lies behind the last whole record away.
    fn cut(&self) -> io::Result<()> {
        if self.discarded > 0 {
            self.file.set_len(self.end)?;
            self.file.sync_data()?;
        }
        Ok(())
    }

    /// Puts a batch's bytes on disk; when this returns they survive a power cut.
    ///
    /// # Errors
    /// [`SpoolError::Full`], [`SpoolError::Length`], or what the disk says; the batch was then not taken.
    pub fn put(&mut self, batch: &[u8]) -> Result<EntryId, SpoolError> {
        if batch.len() > seal::limits::BATCH_BYTES {
            return Err(SpoolError::Length(batch.len()));
        }
        let size = (2 * HEAD + batch.len() + seal::limits::SEAL_BYTES) as u64;
        if self.live + size > self.limit {
            return Err(SpoolError::Full { live: self.live, limit: self.limit });
        }
        let id = self.next;
        let at = self.append(&Record::Batch(id, batch), Sync::Data)? + HEAD as u64;
        self.enter(id, at, batch.len());
        Ok(id)
    }

    /// The first batch that has no seal yet, if there is one.
    ///
    /// # Errors
    /// What the disk says.
    pub fn unsealed(&self) -> Result<Option<(EntryId, Vec<u8>)>, SpoolError> {
        let Some(entry) = self.unsealed_entry() else { return Ok(None) };
        Ok(Some((entry.id, self.batch(entry)?)))
    }

    fn unsealed_entry(&self) -> Option<&Entry> {
        self.entries.get(self.sealed_entries())
    }

    /// How many entries have a seal: they stand before those that have none.
    fn sealed_entries(&self) -> usize {
        self.entries.partition_point(|entry| entry.seal.is_some())
    }

    /// Gives the first entry without seal its seal.
    ///
    /// # Errors
    /// [`SpoolError::Seal`] when it is none or that of another batch, or what the disk says.
    pub fn attach(&mut self, id: EntryId, seal: &[u8]) -> Result<(), SpoolError> {
        let parsed = Seal::parse(seal).map_err(|_| SpoolError::Seal)?;
        let entry = self.unsealed_entry().filter(|entry| entry.id == id).ok_or(SpoolError::NoEntry(id))?;
        if sha256(&self.batch(entry)?) != parsed.claims().payload_hash {
            return Err(SpoolError::Seal);
        }
        let others_wait = self.entries.len() > self.sealed_entries() + 1;
        self.append(&Record::Seal(id, seal), if others_wait { Sync::Data } else { Sync::Later })?;
        self.enter_seal(id, parsed);
        Ok(())
    }

    /// The first sealed entry that waits behind `after`, or the first of all.
    #[must_use]
    pub fn next_sealed(&self, after: Option<EntryId>) -> Option<EntryId> {
        let behind = |entry: &&Entry| after.is_none_or(|after| entry.id > after);
        let start = after.map_or(0, |after| self.entries.partition_point(|entry| entry.id <= after));
        let mut rest = self.entries.range(start..).filter(behind);
        rest.find(|entry| entry.seal.is_some() && !entry.done).map(|entry| entry.id)
    }

    /// An entry's batch with its seal.
    ///
    /// # Errors
    /// [`SpoolError::NoEntry`] when it does not wait or has no seal, or what the disk says.
    pub fn sealed(&self, id: EntryId) -> Result<SealedBatch, SpoolError> {
        let entry = self.waiting(id)?;
        let seal = entry.seal.ok_or(SpoolError::NoEntry(id))?;
        SealedBatch::join(&seal.to_bytes(), &self.batch(entry)?).map_err(|_| SpoolError::Seal)
    }

    /// The seal of an entry that waits.
    #[must_use]
    pub fn seal_of(&self, id: EntryId) -> Option<Seal> {
        self.waiting(id).ok()?.seal
    }

    /// The gateway has it: it need not be kept.
    ///
    /// # Errors
    /// [`SpoolError::NoEntry`] when it does not wait, or what the disk says.
    pub fn acknowledge(&mut self, id: EntryId) -> Result<(), SpoolError> {
        self.waiting(id)?;
        self.append(&Record::Acknowledged(id), Sync::Later)?;
        self.finish(id);
        self.compact_if_worth()
    }

    /// The gateway refuses it for good: it is kept in `aside.jsonl`, with the reason.
    ///
    /// # Errors
    /// [`SpoolError::NoEntry`] when it does not wait, or what the disk says; it then still waits.
    pub fn set_aside(&mut self, id: EntryId, reason: Reason) -> Result<(), SpoolError> {
        let sealed = self.sealed(id)?;
        aside::add(self.folder(), &sealed, reason)
            .map_err(|source| SpoolError::Io { path: self.path.clone(), source })?;
        self.append(&Record::Aside(id), Sync::Data)?;
        self.aside += 1;
        self.finish(id);
        self.compact_if_worth()
    }

    /// Entries that wait, the one without seal among them.
    #[must_use]
    pub fn waiting_count(&self) -> u64 {
        self.waiting
    }

    /// Batches ever set aside.
    #[must_use]
    pub fn aside_count(&self) -> u64 {
        self.aside
    }

    /// Bytes found behind the last whole record when it was opened: what a crash tore.
    #[must_use]
    pub fn discarded(&self) -> u64 {
        self.discarded
    }

    /// The last seal that was attached, also when its entry is long acknowledged.
    #[must_use]
    pub fn last_seal(&self) -> Option<Seal> {
        self.last_seal
    }

    fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new("."))
    }

    fn waiting(&self, id: EntryId) -> Result<&Entry, SpoolError> {
        let at =
            self.entries.binary_search_by_key(&id, |entry| entry.id).map_err(|_| SpoolError::NoEntry(id))?;
        self.entries.get(at).filter(|entry| !entry.done).ok_or(SpoolError::NoEntry(id))
    }

    fn batch(&self, entry: &Entry) -> Result<Vec<u8>, SpoolError> {
        let mut bytes = vec![0; entry.length];
        self.file
            .read_exact_at(&mut bytes, entry.at)
            .map_err(|source| SpoolError::Io { path: self.path.clone(), source })?;
        Ok(bytes)
    }

    fn enter(&mut self, id: EntryId, at: u64, length: usize) {
        let entry = Entry { id, at, length, seal: None, done: false };
        self.live += entry.size();
        self.entries.push_back(entry);
        self.waiting += 1;
        self.next = EntryId(id.0 + 1);
    }

    fn enter_seal(&mut self, id: EntryId, seal: Seal) {
        let first = self.sealed_entries();
        let Some(entry) = self.entries.get_mut(first).filter(|entry| entry.id == id) else { return };
        self.live -= entry.size();
        entry.seal = Some(seal);
        self.live += entry.size();
        self.last_seal = Some(seal);
    }

    fn finish(&mut self, id: EntryId) {
        let Ok(at) = self.entries.binary_search_by_key(&id, |entry| entry.id) else { return };
        if let Some(entry) = self.entries.get_mut(at).filter(|entry| !entry.done) {
            entry.done = true;
            self.waiting -= 1;
            self.live -= entry.size();
        }
        while self.entries.front().is_some_and(|entry| entry.done) {
            self.entries.pop_front();
        }
    }

    /// Writes a record behind the last one and says where it begins. A write that fails leaves nothing.
    fn append(&mut self, record: &Record<'_>, sync: Sync) -> Result<u64, SpoolError> {
        let bytes = record.encode();
        let written = self.file.write_all_at(&bytes, self.end).and_then(|()| match sync {
            Sync::Data => self.file.sync_data(),
            Sync::Later => Ok(()),
        });
        if let Err(source) = written {
            // What was written in part would end the reading of what is written after it. If even this fails,
            // the next record overwrites it, since `end` did not move.
            self.file.set_len(self.end).unwrap_or_default();
            return Err(SpoolError::Io { path: self.path.clone(), source });
        }
        let at = self.end;
        self.end += bytes.len() as u64;
        Ok(at)
    }

    fn compact_if_worth(&mut self) -> Result<(), SpoolError> {
        let dead = self.end - self.live;
        if dead < limits::SPOOL_DEAD_BYTES || dead < self.live {
            return Ok(());
        }
        self.compact()
    }

    /// Writes a file with what waits, and puts it in the place of this one.
    fn compact(&mut self) -> Result<(), SpoolError> {
        let io = |source| SpoolError::Io { path: self.path.clone(), source };
        let mut bytes = MAGIC.to_vec();
        let last_seal = self.last_seal.map(|seal| seal.to_bytes()).unwrap_or_default();
        bytes.extend(Record::Mark(self.next, &last_seal).encode());
        let mut places = Vec::new();
        for entry in self.entries.iter().filter(|entry| !entry.done) {
            places.push(bytes.len() as u64 + HEAD as u64);
            bytes.extend(Record::Batch(entry.id, &self.batch(entry)?).encode());
            if let Some(seal) = entry.seal {
                bytes.extend(Record::Seal(entry.id, &seal.to_bytes()).encode());
            }
        }
        let file = write_anew(self.folder(), &self.path, &bytes).map_err(io)?;
        self.file = file;
        self.end = bytes.len() as u64;
        self.entries.retain(|entry| !entry.done);
        for (entry, at) in self.entries.iter_mut().zip(places) {
            entry.at = at;
        }
        Ok(())
    }
}

/// Whether a record must be on disk before the call returns.
#[derive(Debug, Clone, Copy)]
enum Sync {
    Data,
    Later,
}

/// Puts a file with `bytes` in the place of `path`: either the old or the new one is there after a crash.
fn write_anew(folder: &Path, path: &Path, bytes: &[u8]) -> io::Result<File> {
    let new = path.with_extension("new");
    let mut file = OpenOptions::new().create(true).truncate(true).read(true).write(true).open(&new)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&new, path)?;
    File::open(folder)?.sync_all()?;
    Ok(file)
}

#[cfg(test)]
mod tests;
