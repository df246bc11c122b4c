//! The objects of one card.
//!
//! A table with one [`Header`] for each handle, and one arena of bytes that holds the bodies. A body's elements
//! are little-endian: a word of an instance, of a `short[]` or of a `Reference[]` takes two bytes, an `int` four.
//! Code and natives reach objects through the [`Door`] only, where the firewall's check is; what is in this file
//! is the runtime environment's own business.
//!
//! What happens to persistent objects is remembered twice: old contents in [`transaction`], as long as a
//! transaction is open, so that it can be undone; and what has changed since the last [`Heap::drain`], so that
//! [`journal`] can tell the environment. Both keep the following true: whatever the environment was told, down
//! to any cut, is the state that the card had outside a transaction at some moment.
//!
//! An object made in a transaction that is undone leaves a free entry behind, which is not used again before
//! [`Heap::settle`]: a stale reference on the stack then meets nothing, instead of another's object.

mod access;
mod collect;
mod elements;
mod entry;
mod firewall;
mod guard;
mod journal;
mod region;
mod transaction;
mod view;

pub use access::{Atomicity, Door};
pub use collect::Roots;
pub use entry::{Class, Header, Kind, Memory, Object, Standing};
pub use firewall::{Access, Shareable};
pub use journal::JournalError;
pub use transaction::{Depth, TransactionRefused, reason as transaction_reason};
pub use view::ViewAccess;

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::known;
use crate::limits;
use crate::stop::{Fault, Stop};
use crate::value::{Context, Contexts, Ref};
use entry::{Entry, Pending};
use transaction::Transactions;
use view::Views;
use zeroize::Zeroize;

/// A name for bytes that the runtime environment keeps beside the objects, with the same promises: its registry,
/// its keys, the packages' CAP files.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct BlobKey(pub u16);

/// The reasons of `SystemException` that the heap gives (Java Card API, `SystemException`).
pub mod reason {
    /// No more transient memory.
    pub const NO_TRANSIENT_SPACE: i16 = 2;
    /// A CLEAR_ON_DESELECT object asked for by an applet that is not selected.
    pub const ILLEGAL_TRANSIENT: i16 = 3;
    /// No more persistent memory.
    pub const NO_RESOURCE: i16 = 5;
}

/// The objects of one card, its blobs, its open transaction and its changes that the journal does not have yet.
#[derive(Debug)]
pub struct Heap {
    entries: Vec<Entry>,
    bytes: Vec<u8>,
    /// Bytes of bodies in use for each memory.
    used: [u32; 3],
    /// Entries to be used again: by the next allocation, and after the next settling.
    vacant: Vec<Ref>,
    settling: Vec<Ref>,
    /// Whose CLEAR_ON_DESELECT objects may be reached.
    selected: Context,
    /// Whose shareable objects nobody else may call.
    barred: Contexts,
    blobs: BTreeMap<BlobKey, Arc<[u8]>>,
    transactions: Transactions,
    /// Views of arrays, which live as long as a command.
    views: Views,
    /// Checksums of arrays that guard themselves.
    guards: guard::Guards,
    /// Objects whose `pending` is not nothing, and objects that the journal has and that are no more.
    changed: Vec<Ref>,
    freed: Vec<Ref>,
    changed_blobs: BTreeSet<BlobKey>,
}

impl Default for Heap {
    fn default() -> Heap {
        Heap::new()
    }
}

impl Heap {
    /// A heap without objects.
    #[must_use]
    pub fn new() -> Heap {
        Heap {
            entries: alloc::vec![Entry::free()],
            bytes: Vec::new(),
            used: [0; 3],
            vacant: Vec::new(),
            settling: Vec::new(),
            selected: Context::JCRE,
            barred: Contexts::NONE,
            blobs: BTreeMap::new(),
            transactions: Transactions::default(),
            views: Views::new(),
            guards: guard::Guards::new(),
            changed: Vec::new(),
            freed: Vec::new(),
            changed_blobs: BTreeSet::new(),
        }
    }

    /// The door to objects, as code in `context` finds it.
    #[inline]
    pub fn door(&mut self, context: Context) -> Door<'_> {
        Door::new(self, context)
    }

    /// Says whose CLEAR_ON_DESELECT objects may be reached from now on (JCRE 5.2): the context of the applet that
    /// is selected on the channel of the present command.
    pub fn select(&mut self, context: Context) {
        self.selected = context;
    }

    /// The context last given to [`Heap::select`].
    #[must_use]
    pub fn selected(&self) -> Context {
        self.selected
    }

    /// Says which contexts others may not enter from now on (JCRE 4.2, 6.2.8.6): those of applets that are not
    /// multi-selectable and are active on another channel than the one of the present command.
    pub fn bar(&mut self, contexts: Contexts) {
        self.barred = contexts;
    }

    /// Whether others may not enter a context, as last said with [`Heap::bar`].
    #[must_use]
    pub fn is_barred(&self, context: Context) -> bool {
        self.barred.contains(context)
    }

    /// What a reference names, or `None` for null and for no object.
    #[must_use]
    pub fn header(&self, reference: Ref) -> Option<&Header> {
        let header = &self.entries.get(usize::from(reference.0))?.header;
        (header.kind != Kind::Free).then_some(header)
    }

    /// All objects, by ascending handle.
    pub fn objects(&self) -> impl Iterator<Item = Object> + '_ {
        (0..=u16::MAX)
            .zip(&self.entries)
            .filter(|(_, entry)| entry.header.kind != Kind::Free)
            .map(|(index, entry)| Object { reference: Ref(index), header: entry.header })
    }

    /// Bytes of one kind of memory that are in use, and how many there are at all.
    #[must_use]
    pub fn memory(&self, memory: Memory) -> (u32, u32) {
        let [persistent, on_reset, on_deselect] = self.used;
        match memory {
            Memory::Persistent => (persistent, limits::PERSISTENT_BYTES),
            Memory::ClearOnReset => (on_reset, limits::CLEAR_ON_RESET_BYTES),
            Memory::ClearOnDeselect => (on_deselect, limits::CLEAR_ON_DESELECT_BYTES),
        }
    }

    /// Makes an object whose contents are zero.
    ///
    /// # Errors
    /// `SystemException` with [`reason::NO_RESOURCE`] or [`reason::NO_TRANSIENT_SPACE`] when it does not fit.
    pub fn make(&mut self, header: Header) -> Result<Ref, Stop> {
        let (used, limit) = self.memory(header.memory);
        let room = used + header.size() <= limit;
        let Some(reference) = room.then(|| self.vacant_entry()).flatten() else {
            return Err(match header.memory {
                Memory::Persistent => Stop::throw_reason(known::SYSTEM_EXCEPTION, reason::NO_RESOURCE),
                Memory::ClearOnReset | Memory::ClearOnDeselect => {
                    Stop::throw_reason(known::SYSTEM_EXCEPTION, reason::NO_TRANSIENT_SPACE)
                }
            });
        };
        self.place(reference, header, self.transactions.level());
        self.transactions.made(reference);
        self.changed.push(reference);
        Ok(reference)
    }

    /// An entry that no object has, unless the table is full.
    fn vacant_entry(&mut self) -> Option<Ref> {
        if let Some(reference) = self.vacant.pop() {
            return Some(reference);
        }
        if self.entries.len() >= limits::OBJECTS {
            return None;
        }
        self.entries.push(Entry::free());
        Some(Ref((self.entries.len() - 1) as u16))
    }

    /// Fills an entry and gives it a body of zeros.
    fn place(&mut self, reference: Ref, header: Header, level: u8) {
        if self.bytes.len() + header.size() as usize > limits::ARENA_BYTES {
            self.compact();
        }
        let offset = self.bytes.len() as u32;
        self.bytes.resize(self.bytes.len() + header.size() as usize, 0);
        self.count(&header, true);
        if let Some(entry) = self.entries.get_mut(usize::from(reference.0)) {
            *entry = Entry::new(header, offset, level);
        }
    }

    fn count(&mut self, header: &Header, more: bool) {
        let [persistent, on_reset, on_deselect] = &mut self.used;
        let used = match header.memory {
            Memory::Persistent => persistent,
            Memory::ClearOnReset => on_reset,
            Memory::ClearOnDeselect => on_deselect,
        };
        *used = if more { *used + header.size() } else { used.saturating_sub(header.size()) };
    }

    /// Gives an object that was just made, and so is wholly pending, its first contents.
    pub(crate) fn set_contents(&mut self, reference: Ref, contents: impl Iterator<Item = u8>) {
        let Some(entry) = self.entries.get(usize::from(reference.0)) else { return };
        let start = entry.offset as usize;
        let body = self.bytes.get_mut(start..start + entry.header.size() as usize);
        for (to, from) in body.unwrap_or_default().iter_mut().zip(contents) {
            *to = from;
        }
    }

    /// Empties an entry. Its body is wiped and stays in the arena, unreachable, until that is compacted.
    fn unmake(&mut self, reference: Ref) {
        let Some(entry) = self.entries.get_mut(usize::from(reference.0)) else { return };
        let header = entry.header;
        if header.kind == Kind::Free {
            return;
        }
        let (start, end) = (entry.offset as usize, entry.offset as usize + header.size() as usize);
        self.bytes.get_mut(start..end).unwrap_or_default().zeroize();
        if end == self.bytes.len() {
            self.bytes.truncate(start);
        }
        if entry.journaled {
            self.freed.push(reference);
        }
        *entry = Entry::free();
        self.settling.push(reference);
        self.guards.remove(&reference);
        self.count(&header, false);
    }

    /// Lets the entries of objects that are no more be used again. Call it when no code runs and no reference is
    /// held anywhere but in objects.
    pub fn settle(&mut self) {
        if !self.settling.is_empty() && self.transactions.level() == 0 {
            self.settling.sort_unstable_by_key(|reference| core::cmp::Reverse(reference.0));
            self.vacant.append(&mut self.settling);
        }
    }

    /// Gives an object another standing with the firewall. For the runtime environment's own objects.
    ///
    /// # Errors
    /// [`Fault::NoObject`], for views as well.
    pub fn set_standing(&mut self, reference: Ref, standing: Standing) -> Result<(), Fault> {
        let entry = self.entries.get_mut(usize::from(reference.0)).ok_or(Fault::NoObject(reference))?;
        let view = [entry.header.standing, standing].contains(&Standing::ArrayView);
        if view || entry.header.kind == Kind::Free {
            return Err(Fault::NoObject(reference));
        }
        entry.header.standing = standing;
        if entry.pending == Pending::Nothing {
            self.changed.push(reference);
        }
        entry.pending = Pending::Everything;
        Ok(())
    }

    /// Zeroes the contents of all CLEAR_ON_RESET and CLEAR_ON_DESELECT objects (JCRE 5.2), at a reset.
    pub fn clear_on_reset(&mut self) {
        self.clear(|header| header.memory != Memory::Persistent);
    }

    /// Zeroes the contents of the CLEAR_ON_DESELECT objects of a context (JCRE 5.2), when its last selected applet
    /// is deselected.
    pub fn clear_on_deselect(&mut self, context: Context) {
        self.clear(|header| header.memory == Memory::ClearOnDeselect && header.owner.context == context);
    }

    fn clear(&mut self, which: impl Fn(&Header) -> bool) {
        for entry in &self.entries {
            if entry.header.kind != Kind::Free && which(&entry.header) {
                let start = entry.offset as usize;
                if let Some(body) = self.bytes.get_mut(start..start + entry.header.size() as usize) {
                    body.fill(0);
                }
            }
        }
        self.seal_where(which);
    }

    /// The bytes kept under a key.
    #[must_use]
    pub fn blob(&self, key: BlobKey) -> Option<Arc<[u8]>> {
        self.blobs.get(&key).cloned()
    }

    /// All blobs, by ascending key.
    pub fn blobs(&self) -> impl Iterator<Item = (BlobKey, &Arc<[u8]>)> {
        self.blobs.iter().map(|(key, bytes)| (*key, bytes))
    }

    /// Puts the same bytes, which other cards hold too, in the place of this card's copy of them. Does nothing when they
    /// are not the same.
    pub fn share_blob(&mut self, key: BlobKey, bytes: &Arc<[u8]>) {
        if let Some(own) = self.blobs.get_mut(&key)
            && own == bytes
        {
            *own = Arc::clone(bytes);
        }
    }

    /// Keeps bytes under a key, or forgets those under it. Part of the open transaction, if there is one.
    ///
    /// # Errors
    /// `SystemException` when the blob is longer than [`limits::BLOB_BYTES`].
    pub fn set_blob(&mut self, key: BlobKey, bytes: Option<Arc<[u8]>>) -> Result<(), Stop> {
        if bytes.as_ref().is_some_and(|bytes| bytes.len() > limits::BLOB_BYTES) {
            return Err(Stop::throw_reason(known::SYSTEM_EXCEPTION, reason::NO_RESOURCE));
        }
        let old = match bytes {
            Some(bytes) => self.blobs.insert(key, bytes),
            None => self.blobs.remove(&key),
        };
        self.transactions.save_blob(key, old);
        self.changed_blobs.insert(key);
        Ok(())
    }

    /// Keeps bytes under a key whatever becomes of the open transaction: tries that were used up, counters.
    ///
    /// # Errors
    /// As [`Heap::set_blob`].
    pub fn set_blob_at_once(&mut self, key: BlobKey, bytes: Option<Arc<[u8]>>) -> Result<(), Stop> {
        self.set_blob(key, bytes.clone())?;
        self.transactions.replace_saved_blob(key, bytes.as_ref());
        Ok(())
    }
}

impl Drop for Heap {
    fn drop(&mut self) {
        self.bytes.zeroize();
    }
}

/// The reference in two little-endian bytes of a body.
fn reference_in(bytes: [u8; 2]) -> Ref {
    Ref(u16::from_le_bytes(bytes))
}
