//! What the environment is told of persistent changes, and how a heap is made from that again.
//!
//! The journal is a sequence of groups. A group is taken whole or not at all:
//!
//! ```text
//! group   = length (4, little-endian) | CRC-32 of the records (4) | records (length)
//! record  = 1 reference(2) kind(1) memory(1) standing(1) context(1) applet(1)
//!             class's package(1) class(2) elements(2) contents, if persistent       an object, as it is now
//!         | 2 reference(2) at(4) length(4) bytes                                    part of an object's body
//!         | 3 reference(2)                                                          an object is no more
//!         | 4 key(2) length(4) bytes                                                a blob
//!         | 5 key(2)                                                                a blob is no more
//!         | 6                                                                       nothing before this counts
//! ```
//!
//! A group holds contents as they are when it is drained, not each write that led there: a counter incremented a
//! thousand times takes one record. When a transaction is open, the group ends with the old contents of whatever
//! the transaction has changed so far, and leaves out objects made in it. So every group ends in a state that the
//! card had, or would have had after undoing, outside a transaction.
//!
//! A snapshot is a group that starts with record 6 and has everything.

use alloc::sync::Arc;
use alloc::vec::Vec;

use crc32fast::hash as crc32;

use super::entry::{Class, Entry, Header, Kind, Memory, Pending, Standing};
use super::{BlobKey, Heap};
use crate::limits;
use crate::value::{AppletId, Context, Owner, Ref};

const OBJECT: u8 = 1;
const BYTES: u8 = 2;
const GONE: u8 = 3;
const BLOB: u8 = 4;
const NO_BLOB: u8 = 5;
const NOTHING_BEFORE: u8 = 6;

/// Bytes before a group's records.
const GROUP_HEADER: usize = 8;

/// Why bytes are not a journal of ours although their checksums are right.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum JournalError {
    /// A record that is cut off, or of an unknown type.
    #[error("malformed record at byte {offset}")]
    Malformed {
        /// Where the record begins.
        offset: usize,
    },
    /// A record speaks of an object or a part of one that does not exist.
    #[error("record at byte {offset} changes what does not exist: object {object:?}")]
    NoObject {
        /// Where the record begins.
        offset: usize,
        /// The object.
        object: Ref,
    },
    /// More objects or bytes than a card may have.
    #[error("record at byte {offset} exceeds the card's memory")]
    TooLarge {
        /// Where the record begins.
        offset: usize,
    },
}

impl Heap {
    /// Whether there is anything to [`Heap::drain`].
    #[must_use]
    pub fn has_changes(&self) -> bool {
        !self.changed.is_empty() || !self.freed.is_empty() || !self.changed_blobs.is_empty()
    }

    /// Appends what changed since the last drain to `out`, as one group, or nothing if nothing did. What it appends
    /// must reach the journal in order and unbroken.
    pub fn drain(&mut self, out: &mut Vec<u8>) {
        if !self.has_changes() {
            return;
        }
        let start = open_group(out);
        for reference in core::mem::take(&mut self.freed) {
            put_reference(out, GONE, reference);
        }
        let mut waiting = Vec::new();
        for reference in core::mem::take(&mut self.changed) {
            if !self.drain_object(reference, out) {
                waiting.push(reference);
            }
        }
        self.changed = waiting;
        for key in core::mem::take(&mut self.changed_blobs) {
            put_blob(out, key, self.blobs.get(&key));
        }
        self.put_saved(out);
        close_group(out, start);
    }

    /// The whole state as one group; the changes that the next drain appends follow it.
    #[must_use]
    pub fn snapshot(&mut self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.bytes.len() + self.entries.len() * 16);
        let start = open_group(&mut out);
        out.push(NOTHING_BEFORE);
        for index in 0..self.entries.len() {
            let reference = Ref(index as u16);
            if let Some(entry) = self.entries.get_mut(index)
                && entry.header.kind != Kind::Free
                && entry.header.standing != Standing::ArrayView
            {
                entry.pending = Pending::Everything;
                self.drain_object(reference, &mut out);
            }
        }
        let Heap { changed, entries, .. } = self;
        changed.retain(|reference| {
            entries.get(usize::from(reference.0)).is_some_and(|entry| entry.pending != Pending::Nothing)
        });
        self.freed.clear();
        self.changed_blobs.clear();
        for (key, bytes) in &self.blobs {
            put_blob(&mut out, *key, Some(bytes));
        }
        self.put_saved(&mut out);
        close_group(&mut out, start);
        out
    }

    /// Appends an object's pending changes, or gives `false` when they have to wait for a commit.
    fn drain_object(&mut self, reference: Ref, out: &mut Vec<u8>) -> bool {
        let Some(entry) = self.entries.get_mut(usize::from(reference.0)) else { return true };
        if entry.level > 0 {
            return false;
        }
        let start = entry.offset as usize;
        let body = self.bytes.get(start..start + entry.header.size() as usize).unwrap_or(&[]);
        match entry.pending {
            Pending::Nothing => {}
            Pending::Bytes(from, to) => {
                let from = usize::from(from) * 2;
                let to = (usize::from(to) * 2).min(body.len());
                put_bytes(out, reference, from as u32, body.get(from..to).unwrap_or(&[]));
            }
            Pending::Everything => put_object(out, reference, &entry.header, body),
        }
        entry.pending = Pending::Nothing;
        entry.journaled = true;
        true
    }

    /// Appends what the open transactions would restore, last change first.
    fn put_saved(&self, out: &mut Vec<u8>) {
        for saved in self.transactions.saved.iter().rev() {
            let entry = self.entries.get(usize::from(saved.object.0));
            if entry.is_none_or(|entry| entry.level > 0 || entry.header.kind == Kind::Free) {
                continue;
            }
            let start = saved.start as usize;
            let old = self.transactions.bytes.get(start..start + saved.len as usize).unwrap_or(&[]);
            put_bytes(out, saved.object, saved.at, old);
        }
        for (key, old) in self.transactions.blobs.iter().rev() {
            put_blob(out, *key, old.as_ref());
        }
    }

    /// Makes a heap from a journal, and says how many of its bytes are whole groups; what follows them is a torn
    /// tail, to be cut off before anything is appended.
    ///
    /// # Errors
    /// When a group with the right checksum makes no sense.
    pub fn restore(journal: &[u8]) -> Result<(Heap, usize), JournalError> {
        let mut heap = Heap::new();
        let mut taken = 0;
        while let Some(records) = next_group(journal.get(taken..).unwrap_or(&[])) {
            let mut reader = Reader { bytes: records, at: 0, base: taken + GROUP_HEADER };
            while reader.at < records.len() {
                heap.replay(&mut reader)?;
            }
            taken += GROUP_HEADER + records.len();
        }
        heap.freed = Vec::new();
        heap.vacant = (1..=u16::MAX)
            .zip(heap.entries.iter().skip(1))
            .filter(|(_, entry)| entry.header.kind == Kind::Free)
            .map(|(index, _)| Ref(index))
            .collect();
        heap.vacant.reverse();
        heap.compact();
        // thousands of cards may live in one process
        heap.entries.shrink_to_fit();
        heap.settling = Vec::new();
        heap.seal_all();
        Ok((heap, taken))
    }

    /// Takes one record.
    fn replay(&mut self, reader: &mut Reader<'_>) -> Result<(), JournalError> {
        let offset = reader.base + reader.at;
        match reader.byte()? {
            OBJECT => self.replay_object(reader, offset),
            BYTES => self.replay_bytes(reader, offset),
            GONE => {
                let reference = reader.reference()?;
                self.unmake(reference);
                Ok(())
            }
            BLOB => {
                let key = BlobKey(reader.u16()?);
                let len = reader.u32()? as usize;
                if len > limits::BLOB_BYTES {
                    return Err(JournalError::TooLarge { offset });
                }
                self.blobs.insert(key, Arc::from(reader.take(len)?));
                Ok(())
            }
            NO_BLOB => {
                let key = BlobKey(reader.u16()?);
                self.blobs.remove(&key);
                Ok(())
            }
            NOTHING_BEFORE => {
                *self = Heap::new();
                Ok(())
            }
            _ => Err(JournalError::Malformed { offset }),
        }
    }

    fn replay_object(&mut self, reader: &mut Reader<'_>, offset: usize) -> Result<(), JournalError> {
        let reference = reader.reference()?;
        let header = reader.header()?;
        let body = match header.memory {
            Memory::Persistent => reader.take(header.size() as usize)?,
            Memory::ClearOnReset | Memory::ClearOnDeselect => &[],
        };
        self.unmake(reference);
        let (used, limit) = self.memory(header.memory);
        if used + header.size() > limit {
            return Err(JournalError::TooLarge { offset });
        }
        let index = usize::from(reference.0);
        if index >= self.entries.len() {
            self.entries.resize(index + 1, Entry::free());
        }
        self.place(reference, header, 0);
        if let Some(entry) = self.entries.get_mut(index) {
            entry.pending = Pending::Nothing;
            entry.journaled = true;
            let start = entry.offset as usize;
            if let Some(to) = self.bytes.get_mut(start..start + body.len()) {
                to.copy_from_slice(body);
            }
        }
        Ok(())
    }

    fn replay_bytes(&mut self, reader: &mut Reader<'_>, offset: usize) -> Result<(), JournalError> {
        let object = reader.reference()?;
        let at = reader.u32()?;
        let len = reader.u32()?;
        let bytes = reader.take(len as usize)?;
        let missing = JournalError::NoObject { offset, object };
        let entry = self.entries.get(usize::from(object.0)).ok_or(missing)?;
        let end = at.checked_add(len).ok_or(missing)?;
        if entry.header.kind == Kind::Free || end > entry.header.size() {
            return Err(missing);
        }
        let start = (entry.offset + at) as usize;
        self.bytes.get_mut(start..start + bytes.len()).ok_or(missing)?.copy_from_slice(bytes);
        Ok(())
    }
}

fn open_group(out: &mut Vec<u8>) -> usize {
    out.extend_from_slice(&[0; GROUP_HEADER]);
    out.len()
}

/// Fills in the header of the group whose records begin at `start`; a group without records is taken back.
fn close_group(out: &mut Vec<u8>, start: usize) {
    if out.len() == start {
        return out.truncate(start - GROUP_HEADER);
    }
    let Some((head, records)) = out.split_at_mut_checked(start) else { return };
    let header = [(records.len() as u32).to_le_bytes(), crc32(records).to_le_bytes()];
    if let Some(to) = head.last_chunk_mut::<GROUP_HEADER>() {
        to.copy_from_slice(header.as_flattened());
    }
}

/// The records of the group at the beginning of `bytes`, if it is whole.
fn next_group(bytes: &[u8]) -> Option<&[u8]> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    let (sum, rest) = rest.split_first_chunk::<4>()?;
    let records = rest.get(..u32::from_le_bytes(*length) as usize)?;
    (!records.is_empty() && crc32(records) == u32::from_le_bytes(*sum)).then_some(records)
}

fn put_reference(out: &mut Vec<u8>, record: u8, reference: Ref) {
    out.push(record);
    out.extend_from_slice(&reference.0.to_le_bytes());
}

fn put_object(out: &mut Vec<u8>, reference: Ref, header: &Header, body: &[u8]) {
    put_reference(out, OBJECT, reference);
    out.extend_from_slice(&[
        header.kind as u8,
        header.memory as u8,
        header.standing as u8,
        header.owner.context.0,
        header.owner.applet.0,
        header.class.package,
    ]);
    out.extend_from_slice(&header.class.index.to_le_bytes());
    out.extend_from_slice(&header.len.to_le_bytes());
    if header.memory == Memory::Persistent {
        out.extend_from_slice(body);
    }
}

fn put_bytes(out: &mut Vec<u8>, reference: Ref, at: u32, bytes: &[u8]) {
    put_reference(out, BYTES, reference);
    out.extend_from_slice(&at.to_le_bytes());
    out.extend_from_slice(&(bytes.len() as u32).to_le_bytes());
    out.extend_from_slice(bytes);
}

fn put_blob(out: &mut Vec<u8>, key: BlobKey, bytes: Option<&Arc<[u8]>>) {
    out.push(if bytes.is_some() { BLOB } else { NO_BLOB });
    out.extend_from_slice(&key.0.to_le_bytes());
    if let Some(bytes) = bytes {
        out.extend_from_slice(&(bytes.len() as u32).to_le_bytes());
        out.extend_from_slice(bytes);
    }
}

/// The records of one group; `base` is where they begin in the journal.
struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    base: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, len: usize) -> Result<&'a [u8], JournalError> {
        let malformed = JournalError::Malformed { offset: self.base + self.at };
        let end = self.at.checked_add(len).ok_or(malformed)?;
        let taken = self.bytes.get(self.at..end).ok_or(malformed)?;
        self.at = end;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], JournalError> {
        let malformed = JournalError::Malformed { offset: self.base + self.at };
        self.take(N)?.first_chunk::<N>().copied().ok_or(malformed)
    }

    fn byte(&mut self) -> Result<u8, JournalError> {
        self.array::<1>().map(|[byte]| byte)
    }

    fn u16(&mut self) -> Result<u16, JournalError> {
        self.array().map(u16::from_le_bytes)
    }

    fn u32(&mut self) -> Result<u32, JournalError> {
        self.array().map(u32::from_le_bytes)
    }

    /// A reference that is not null.
    fn reference(&mut self) -> Result<Ref, JournalError> {
        let malformed = JournalError::Malformed { offset: self.base + self.at };
        let reference = Ref(self.u16()?);
        if reference.is_null() { Err(malformed) } else { Ok(reference) }
    }

    fn header(&mut self) -> Result<Header, JournalError> {
        let malformed = JournalError::Malformed { offset: self.base + self.at };
        let [kind, memory, standing, context, applet, package] = self.array()?;
        let class = Class { package, index: self.u16()? };
        Ok(Header {
            kind: Kind::from_byte(kind).ok_or(malformed)?,
            class,
            len: self.u16()?,
            memory: Memory::from_byte(memory).ok_or(malformed)?,
            owner: Owner { context: Context(context), applet: AppletId(applet) },
            standing: Standing::from_byte(standing).ok_or(malformed)?,
        })
    }
}
