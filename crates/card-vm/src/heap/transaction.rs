//! Transactions: old contents, kept until it is certain that they are not wanted any more (JCRE 7).
//!
//! A write inside a transaction goes to the object at once, and what it overwrites goes to the end of `saved`.
//! Undoing copies the saved bytes back, last first; committing forgets them. Objects made inside are freed by
//! undoing, so writes to them save nothing.
//!
//! There are two levels. The outer one is the runtime environment's, around `install` and `deselect`-like work that
//! must happen wholly or not at all (JCRE 11.2); it has no limit. The inner one is an applet's
//! `beginTransaction`, limited by the commit capacity. Committing the inner level hands what it saved to the
//! outer one.
//!
//! Contents of transient objects and writes by `arrayCopyNonAtomic` and its kind are not saved (JCRE 7.7, 5.2).

use alloc::sync::Arc;
use alloc::vec::Vec;

use zeroize::Zeroize;

use super::entry::{Kind, Memory, Pending};
use super::{BlobKey, Heap};
use crate::known;
use crate::limits;
use crate::stop::Stop;
use crate::value::Ref;

/// The reasons of `TransactionException` (Java Card API).
pub mod reason {
    /// A transaction is in progress already.
    pub const IN_PROGRESS: i16 = 1;
    /// No transaction is in progress.
    pub const NOT_IN_PROGRESS: i16 = 2;
    /// The commit capacity is used up.
    pub const BUFFER_FULL: i16 = 3;
}

/// Whose transaction it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Depth {
    /// The runtime environment's own, without a limit.
    Runtime,
    /// An applet's, within the commit capacity; possibly inside the runtime environment's.
    Applet,
}

/// Why a transaction can not begin or end.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum TransactionRefused {
    /// One of the same depth is open.
    #[error("a transaction is in progress")]
    InProgress,
    /// None of this depth is open.
    #[error("no transaction is in progress")]
    NotInProgress,
}

impl From<TransactionRefused> for Stop {
    fn from(refused: TransactionRefused) -> Stop {
        let reason = match refused {
            TransactionRefused::InProgress => reason::IN_PROGRESS,
            TransactionRefused::NotInProgress => reason::NOT_IN_PROGRESS,
        };
        Stop::throw_reason(known::TRANSACTION_EXCEPTION, reason)
    }
}

/// Bytes of an object's body before a transaction changed them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Saved {
    pub(super) object: Ref,
    /// Where in the body.
    pub(super) at: u32,
    /// Where in the saved bytes.
    pub(super) start: u32,
    pub(super) len: u32,
}

/// An open level: how much each list held when it began.
#[derive(Clone, Copy, Debug)]
struct Mark {
    depth: Depth,
    saved: usize,
    bytes: usize,
    made: usize,
    blobs: usize,
    cost: u32,
}

/// All open levels, and what they saved.
#[derive(Default, Debug)]
pub(super) struct Transactions {
    marks: Vec<Mark>,
    pub(super) saved: Vec<Saved>,
    pub(super) bytes: Vec<u8>,
    pub(super) blobs: Vec<(BlobKey, Option<Arc<[u8]>>)>,
    made: Vec<Ref>,
    cost: u32,
}

impl Transactions {
    /// The number of open levels.
    #[inline]
    pub(super) fn level(&self) -> u8 {
        self.marks.len() as u8
    }

    /// Notes an object made, so that undoing frees it.
    pub(super) fn made(&mut self, reference: Ref) {
        if !self.marks.is_empty() {
            self.made.push(reference);
        }
    }

    pub(super) fn save_blob(&mut self, key: BlobKey, old: Option<Arc<[u8]>>) {
        if !self.marks.is_empty() {
            self.blobs.push((key, old));
        }
    }

    /// Makes undoing give a blob this value instead of the one before.
    pub(super) fn replace_saved_blob(&mut self, key: BlobKey, value: Option<&Arc<[u8]>>) {
        for (_, old) in self.blobs.iter_mut().filter(|(saved, _)| *saved == key) {
            *old = value.cloned();
        }
    }

    /// Whether one more change of this many bytes is within the capacity.
    fn has_room(&self, len: u32) -> bool {
        match self.marks.last() {
            Some(Mark { depth: Depth::Applet, cost, .. }) => {
                self.cost - cost + len + limits::COMMIT_OVERHEAD <= limits::COMMIT_CAPACITY
            }
            Some(Mark { depth: Depth::Runtime, .. }) | None => true,
        }
    }

    /// Saves what is about to be overwritten. `body` is the part of the object's body.
    pub(super) fn save(&mut self, object: Ref, at: u32, body: &[u8]) -> Result<(), Stop> {
        let len = body.len() as u32;
        let floor = self.marks.last().map_or(0, |mark| mark.saved);
        if let Some(last) = self.saved.last()
            && self.saved.len() > floor
            && last.object == object
            && last.at <= at
            && at + len <= last.at + last.len
        {
            return Ok(());
        }
        if !self.has_room(len) {
            return Err(Stop::throw_reason(known::TRANSACTION_EXCEPTION, reason::BUFFER_FULL));
        }
        self.saved.push(Saved { object, at, start: self.bytes.len() as u32, len });
        self.bytes.extend_from_slice(body);
        self.cost += len + limits::COMMIT_OVERHEAD;
        Ok(())
    }
}

impl Heap {
    /// Opens a transaction.
    ///
    /// # Errors
    /// When one of the same depth is open, or an applet's is and the runtime environment wants its own.
    pub fn begin(&mut self, depth: Depth) -> Result<(), TransactionRefused> {
        let transactions = &mut self.transactions;
        if transactions
            .marks
            .last()
            .is_some_and(|mark| mark.depth == Depth::Applet || depth == Depth::Runtime)
        {
            return Err(TransactionRefused::InProgress);
        }
        transactions.marks.push(Mark {
            depth,
            saved: transactions.saved.len(),
            bytes: transactions.bytes.len(),
            made: transactions.made.len(),
            blobs: transactions.blobs.len(),
            cost: transactions.cost,
        });
        Ok(())
    }

    /// Whether the innermost open transaction is of this depth.
    #[must_use]
    pub fn in_transaction(&self, depth: Depth) -> bool {
        self.transactions.marks.last().is_some_and(|mark| mark.depth == depth)
    }

    /// Bytes that one change may still take in the applet's transaction (`getUnusedCommitCapacity`).
    #[must_use]
    pub fn unused_commit_capacity(&self) -> u32 {
        match self.transactions.marks.last() {
            Some(Mark { depth: Depth::Applet, cost, .. }) => (limits::COMMIT_CAPACITY
                - (self.transactions.cost - cost))
                .saturating_sub(limits::COMMIT_OVERHEAD),
            Some(Mark { depth: Depth::Runtime, .. }) | None => {
                limits::COMMIT_CAPACITY - limits::COMMIT_OVERHEAD
            }
        }
    }

    /// Makes the changes of the innermost transaction, which must be of this depth, lasting, or part of the outer one.
    ///
    /// # Errors
    /// When no transaction of this depth is innermost.
    pub fn commit(&mut self, depth: Depth) -> Result<(), TransactionRefused> {
        let mark = self.take_mark(depth)?;
        let level = self.transactions.level();
        for reference in self.transactions.made.get(mark.made..).unwrap_or(&[]) {
            if let Some(entry) = self.entries.get_mut(usize::from(reference.0)) {
                entry.level = level;
            }
        }
        if level == 0 {
            for at in 0..self.transactions.saved.len() {
                if let Some(saved) = self.transactions.saved.get(at).copied() {
                    self.note(saved.object, saved.at, saved.len);
                }
            }
            // a drain in between told the journal the old contents
            self.changed_blobs.extend(self.transactions.blobs.iter().map(|(key, _)| *key));
            self.transactions.saved.clear();
            self.transactions.bytes.as_mut_slice().zeroize();
            self.transactions.bytes.clear();
            self.transactions.made.clear();
            self.transactions.blobs.clear();
            self.transactions.cost = 0;
        }
        Ok(())
    }

    /// Undoes the changes of the innermost transaction, which must be of this depth, and frees the objects made in it.
    ///
    /// # Errors
    /// When no transaction of this depth is innermost.
    pub fn abort(&mut self, depth: Depth) -> Result<(), TransactionRefused> {
        let mark = self.take_mark(depth)?;
        while self.transactions.saved.len() > mark.saved {
            let Some(saved) = self.transactions.saved.pop() else { break };
            let Transactions { bytes, .. } = &self.transactions;
            let Some(entry) = self.entries.get(usize::from(saved.object.0)) else { continue };
            let to = (entry.offset + saved.at) as usize;
            let from = saved.start as usize;
            if let Some(to) = self.bytes.get_mut(to..to + saved.len as usize)
                && let Some(from) = bytes.get(from..from + saved.len as usize)
            {
                to.copy_from_slice(from);
            }
            self.seal(saved.object);
        }
        self.transactions.bytes.get_mut(mark.bytes..).unwrap_or_default().zeroize();
        self.transactions.bytes.truncate(mark.bytes);
        self.transactions.cost = mark.cost;
        while self.transactions.blobs.len() > mark.blobs {
            match self.transactions.blobs.pop() {
                Some((key, Some(bytes))) => self.blobs.insert(key, bytes),
                Some((key, None)) => self.blobs.remove(&key),
                None => None,
            };
        }
        let made = self.transactions.made.split_off(mark.made);
        for reference in made.iter().rev() {
            self.unmake(*reference);
        }
        if !made.is_empty() {
            self.forget_in_transient_arrays();
        }
        Ok(())
    }

    fn take_mark(&mut self, depth: Depth) -> Result<Mark, TransactionRefused> {
        match self.transactions.marks.pop() {
            Some(mark) if mark.depth == depth => Ok(mark),
            Some(other) => {
                self.transactions.marks.push(other);
                Err(TransactionRefused::NotInProgress)
            }
            None => Err(TransactionRefused::NotInProgress),
        }
    }

    /// Sets elements of transient arrays that refer to no object any more to null (JCRE 7.6.3). Persistent ones
    /// were restored, and the entry of an object that is no more is not used again while code runs.
    fn forget_in_transient_arrays(&mut self) {
        for entry in &self.entries {
            if entry.header.kind != Kind::References || entry.header.memory == Memory::Persistent {
                continue;
            }
            let start = entry.offset as usize;
            let Some(body) = self.bytes.get_mut(start..start + entry.header.size() as usize) else {
                continue;
            };
            for element in body.as_chunks_mut::<2>().0 {
                let named = usize::from(u16::from_le_bytes(*element));
                if self.entries.get(named).is_none_or(|entry| entry.header.kind == Kind::Free) {
                    *element = [0; 2];
                }
            }
        }
        self.seal_where(|header| header.kind == Kind::References && header.memory != Memory::Persistent);
    }

    /// Before a write of `len` bytes at `at` of a persistent object's body: saves the old bytes when a transaction
    /// is open, and notes the change for the journal when none is.
    #[inline]
    pub(super) fn before_write(&mut self, object: Ref, at: u32, len: u32) -> Result<(), Stop> {
        if self.transactions.marks.is_empty() {
            self.note(object, at, len);
            return Ok(());
        }
        self.save(object, at, len)
    }

    fn save(&mut self, object: Ref, at: u32, len: u32) -> Result<(), Stop> {
        let Some(entry) = self.entries.get(usize::from(object.0)) else { return Ok(()) };
        if entry.level == self.transactions.level() {
            return Ok(());
        }
        let start = (entry.offset + at) as usize;
        match self.bytes.get(start..start + len as usize) {
            Some(body) => self.transactions.save(object, at, body),
            None => Ok(()),
        }
    }

    /// Notes that bytes of a persistent object differ from what the journal has.
    #[inline]
    pub(super) fn note(&mut self, object: Ref, at: u32, len: u32) {
        let Some(entry) = self.entries.get_mut(usize::from(object.0)) else { return };
        if !entry.widen(at, len) {
            entry.pending = Pending::Bytes((at >> 1) as u16, (at + len).div_ceil(2) as u16);
            self.changed.push(object);
        }
    }
}
