//! Arrays that guard themselves (`SensitiveArrays`): each has a checksum over its elements.
//!
//! The checksum is made anew after every change that came through a [`Door`], an undone transaction or a clear event, and
//! checked before every change: so elements that changed in any other way, by a fault of the memory, are found before the
//! change hides them, or when the applet asks. That is a `SecurityException`. Checksums stand beside the heap, not in the
//! journal, whose records have their own; they are made when a card is powered up.
//!
//! Such an array's tag is no usual one, so ordinary arrays pay nothing.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use crc32fast::hash as crc32;

use super::Heap;
use super::access::{Atomicity, Door};
use super::entry::{Header, Kind, Pending, Standing, Tag};
use super::view::Use;
use crate::known;
use crate::stop::{Fault, Stop};
use crate::value::Ref;

/// The checksums.
pub(super) type Guards = BTreeMap<Ref, u32>;

impl Heap {
    /// Lets an ordinary array guard itself from now on.
    ///
    /// # Errors
    /// [`Fault::WrongKind`] for everything else.
    pub fn guard(&mut self, array: Ref) -> Result<(), Fault> {
        let entry = self.entries.get_mut(usize::from(array.0)).ok_or(Fault::NoObject(array))?;
        if !entry.header.kind.is_array() || entry.header.standing != Standing::Ordinary {
            return Err(Fault::WrongKind(array));
        }
        entry.header.standing = Standing::Guarded;
        entry.tag = Tag::for_header(&entry.header);
        if entry.pending == Pending::Nothing {
            self.changed.push(array);
        }
        entry.pending = Pending::Everything;
        self.seal(array);
        Ok(())
    }

    /// Whether an object is an array that guards itself.
    #[must_use]
    pub fn is_guarded(&self, object: Ref) -> bool {
        self.header(object).is_some_and(|header| header.standing == Standing::Guarded)
    }

    /// Whether the elements of an array that guards itself are what was last written to them.
    #[must_use]
    pub fn is_intact(&self, array: Ref) -> bool {
        self.guards.get(&array).copied() == self.checksum(array)
    }

    fn checksum(&self, array: Ref) -> Option<u32> {
        let entry = self.entries.get(usize::from(array.0))?;
        let start = entry.offset as usize;
        self.bytes.get(start..start + entry.header.size() as usize).map(crc32)
    }

    /// Throws if an array guards itself and does not hold what was last written to it.
    #[inline]
    pub(super) fn check_guard(&self, array: Ref) -> Result<(), Stop> {
        if self.guards.is_empty() || !self.is_guarded(array) || self.is_intact(array) {
            Ok(())
        } else {
            Err(Stop::throw(known::SECURITY))
        }
    }

    /// Takes note of what an array holds, if it guards itself.
    #[inline]
    pub(super) fn seal(&mut self, array: Ref) {
        if self.is_guarded(array)
            && let Some(checksum) = self.checksum(array)
        {
            self.guards.insert(array, checksum);
        }
    }

    /// The same for those that were changed together.
    pub(super) fn seal_where(&mut self, changed: impl Fn(&Header) -> bool) {
        let is_changed = |array: &Ref| self.header(*array).is_some_and(&changed);
        let arrays: Vec<Ref> = self.guards.keys().copied().filter(is_changed).collect();
        arrays.into_iter().for_each(|array| self.seal(array));
    }

    /// The same for all, when a card is powered up.
    pub(super) fn seal_all(&mut self) {
        let arrays: Vec<Ref> = self.objects().map(|object| object.reference).collect();
        arrays.into_iter().for_each(|array| self.seal(array));
    }
}

impl Door<'_> {
    /// Sets all elements of an array to zero, false or null.
    ///
    /// # Errors
    /// As the heap's door says.
    pub fn clear_array(&mut self, array: Ref, how: Atomicity) -> Result<(), Stop> {
        let length = i16::try_from(self.length(array)?).map_err(|_| Fault::WrongKind(array))?;
        let (part, kind) = self.region(array, 0, length, Use::Write)?;
        debug_assert!(kind != Kind::Free && kind != Kind::Instance);
        self.prepare(part, how)?;
        let start = part.offset as usize;
        self.heap.bytes.get_mut(start..start + part.len as usize).unwrap_or_default().fill(0);
        self.heap.seal(part.object);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::heap::{Class, Depth, Memory};
    use crate::value::{Context, Owner};

    fn heap_with(kind: Kind, memory: Memory) -> (Heap, Ref) {
        let mut heap = Heap::new();
        let array = heap
            .make(Header {
                kind,
                class: Class::NONE,
                len: 8,
                memory,
                owner: Owner::JCRE,
                standing: Standing::Ordinary,
            })
            .unwrap();
        heap.guard(array).unwrap();
        (heap, array)
    }

    fn door(heap: &mut Heap) -> Door<'_> {
        Door::new(heap, Context::JCRE)
    }

    /// Changes a byte as a fault of the memory would.
    fn flip(heap: &mut Heap, array: Ref) {
        let at = heap.entries[usize::from(array.0)].offset as usize;
        heap.bytes[at + 3] ^= 0x10;
    }

    #[test]
    fn every_way_of_writing_leaves_an_array_intact() {
        for memory in [Memory::Persistent, Memory::ClearOnReset] {
            let (mut heap, bytes) = heap_with(Kind::Bytes, memory);
            door(&mut heap).store_byte(bytes, 3, 7).unwrap();
            assert!(heap.is_intact(bytes));
            door(&mut heap).write(bytes, 1, &[1, 2, 3], Atomicity::NonAtomic).unwrap();
            door(&mut heap).fill(bytes, 0, 4, 9, Atomicity::Transactional).unwrap();
            door(&mut heap).copy((bytes, 0), (bytes, 2), 4, Atomicity::Transactional).unwrap();
            door(&mut heap).set_elements(bytes, 0, &[5, 6], Atomicity::Transactional).unwrap();
            assert!(heap.is_intact(bytes));
            heap.begin(Depth::Applet).unwrap();
            door(&mut heap).store_byte(bytes, 0, 1).unwrap();
            door(&mut heap).write(bytes, 4, &[1], Atomicity::Transactional).unwrap();
            heap.abort(Depth::Applet).unwrap();
            assert!(heap.is_intact(bytes), "an undone transaction");
            heap.clear_on_reset();
            assert!(heap.is_intact(bytes), "a clear event");
            door(&mut heap).clear_array(bytes, Atomicity::Transactional).unwrap();
            assert!(heap.is_intact(bytes));
            assert_eq!(door(&mut heap).bytes(bytes, 0, 8).unwrap(), [0; 8]);
        }
        let (mut heap, shorts) = heap_with(Kind::Shorts, Memory::Persistent);
        door(&mut heap).store_short(shorts, 7, -1).unwrap();
        assert!(heap.is_intact(shorts));
        let (mut heap, references) = heap_with(Kind::References, Memory::Persistent);
        door(&mut heap).store_element(references, 2, references).unwrap();
        assert!(heap.is_intact(references));
    }

    #[test]
    fn an_array_that_changed_by_itself_is_not_written() {
        let (mut heap, array) = heap_with(Kind::Bytes, Memory::Persistent);
        flip(&mut heap, array);
        assert!(!heap.is_intact(array));
        let refused = Err(Stop::throw(known::SECURITY));
        assert_eq!(door(&mut heap).store_byte(array, 0, 1), refused);
        assert_eq!(door(&mut heap).write(array, 0, &[1], Atomicity::NonAtomic), refused);
        assert_eq!(door(&mut heap).fill(array, 0, 1, 1, Atomicity::Transactional), refused);
        assert_eq!(door(&mut heap).copy((array, 0), (array, 1), 1, Atomicity::Transactional), refused);
        // Reading asks nothing.
        assert_eq!(door(&mut heap).load_byte(array, 3), Ok(0x10));
        flip(&mut heap, array);
        assert_eq!(door(&mut heap).store_byte(array, 0, 1), Ok(()));
        // Nothing that happens to other arrays hides the fault.
        flip(&mut heap, array);
        heap.clear_on_reset();
        assert!(!heap.is_intact(array));
    }

    #[test]
    fn an_array_guards_itself_again_after_power_up() {
        let (mut heap, array) = heap_with(Kind::Bytes, Memory::Persistent);
        door(&mut heap).store_byte(array, 3, 7).unwrap();
        let (mut again, _) = Heap::restore(&heap.snapshot()).unwrap();
        assert!(again.is_guarded(array) && again.is_intact(array));
        flip(&mut again, array);
        assert!(!again.is_intact(array));
    }
}
