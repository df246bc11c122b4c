//! The one door to objects.
//!
//! Every load, store, length and call in the interpreter and in natives comes through a [`Door`], which knows the
//! context it was opened in. The usual access is one comparison of the entry's [`Tag`] (kind and owner's context)
//! and one of the index; whatever differs takes the slow way past `firewall::allows`.
//!
//! Order of the answers: null is a `NullPointerException`; then the firewall, `SecurityException`; then the wrong
//! kind of object, which is a fault because verified code has no such thing; then the index,
//! `ArrayIndexOutOfBoundsException`; last the transaction's capacity.

use super::entry::{Entry, Header, Kind, Memory, Tag};
use super::firewall::{self, Access};
use super::view::Use;
use super::{Heap, reference_in};
use crate::known;
use crate::stop::{Fault, Stop};
use crate::value::{Context, Ref};

/// Whether a write can be undone (JCRE 7.7).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Atomicity {
    /// It belongs to the open transaction.
    Transactional,
    /// It stays even when the open transaction is undone.
    NonAtomic,
}

/// Access to a heap's objects in the name of one context.
#[derive(Debug)]
pub struct Door<'a> {
    pub(super) heap: &'a mut Heap,
    context: Context,
}

/// A part of an object that may be accessed: where it lies in the arena and in the body, in bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
    pub(super) object: Ref,
    pub(super) offset: u32,
    pub(super) at: u32,
    pub(super) len: u32,
    pub(super) memory: Memory,
}

impl<'a> Door<'a> {
    #[inline]
    pub(super) fn new(heap: &'a mut Heap, context: Context) -> Door<'a> {
        Door { heap, context }
    }

    /// The header of an object that may be accessed in this way.
    ///
    /// # Errors
    /// `NullPointerException`, `SecurityException`.
    pub fn header(&self, object: Ref, access: Access) -> Result<Header, Stop> {
        let Some(header) = self.heap.header(object) else { return Err(Stop::throw(known::NULL_POINTER)) };
        let contents = self.heap.contents_owner(object, header);
        if !firewall::allows(self.context, self.heap.selected, header, contents, access) {
            return Err(Stop::throw(known::SECURITY));
        }
        Ok(*header)
    }

    /// Whether a reference may be kept in a field or an array: not one to a temporary entry point, a global array
    /// or an array view (JCRE 6.2.8.1 to 6.2.8.3). The runtime environment may.
    ///
    /// # Errors
    /// `SecurityException`.
    #[inline]
    pub fn check_storable(&self, value: Ref) -> Result<(), Stop> {
        match self.heap.entries.get(usize::from(value.0)) {
            Some(entry) if entry.header.standing.must_not_be_stored() && self.context != Context::JCRE => {
                Err(Stop::throw(known::SECURITY))
            }
            Some(_) => Ok(()),
            None => Err(Fault::NoObject(value).into()),
        }
    }

    /// The number of an array's elements.
    ///
    /// # Errors
    /// `NullPointerException`, `SecurityException`; a fault for what is no array.
    #[inline]
    pub fn length(&self, array: Ref) -> Result<u16, Stop> {
        let header = self.header(array, Access::Array)?;
        if header.kind.is_array() { Ok(header.len) } else { Err(Fault::WrongKind(array).into()) }
    }

    // ---- one element or word, as bytecode uses them ----

    /// Where the element or word at `index` of an object of `kind` lies that is to be used in this way.
    #[inline]
    fn element(&self, object: Ref, kind: Kind, index: u16, wanted: Use) -> Result<Part, Stop> {
        match self.heap.entries.get(usize::from(object.0)) {
            Some(entry) if entry.tag == Tag::of(kind, self.context) => element_of(object, entry, index),
            Some(_) | None => self.element_slowly(object, kind, index, wanted),
        }
    }

    #[cold]
    fn element_slowly(&self, object: Ref, kind: Kind, index: u16, wanted: Use) -> Result<Part, Stop> {
        let access = if kind.is_array() { Access::Array } else { Access::Field };
        let header = self.header(object, access)?;
        if header.kind != kind && !(kind == Kind::Bytes && header.kind == Kind::Booleans) {
            return Err(Fault::WrongKind(object).into());
        }
        let (below, first) = self.below(object, wanted)?;
        if header.kind.is_array() && index >= header.len {
            return Err(Stop::throw(known::INDEX_OUT_OF_BOUNDS));
        }
        match self.heap.entries.get(usize::from(below.0)) {
            Some(entry) => element_of(below, entry, first.saturating_add(index)),
            None => Err(Fault::NoObject(below).into()),
        }
    }

    /// The array that holds the elements of this object, and where they begin in it: of a view, the array below, if
    /// the view allows the use.
    fn below(&self, object: Ref, wanted: Use) -> Result<(Ref, u16), Stop> {
        match self.heap.view(object) {
            Some(view) if !view.allows(wanted) => Err(Stop::throw(known::SECURITY)),
            Some(view) if self.heap.header(view.array).is_none() => Err(Fault::NoObject(view.array).into()),
            Some(view) => Ok((view.array, view.first)),
            None => Ok((object, 0)),
        }
    }

    #[inline]
    fn get<const N: usize>(&self, part: Part) -> Result<[u8; N], Stop> {
        let start = part.offset as usize;
        match self.heap.bytes.get(start..start + N).and_then(|bytes| bytes.first_chunk::<N>()) {
            Some(bytes) => Ok(*bytes),
            None => Err(Fault::NoObject(part.object).into()),
        }
    }

    #[inline]
    fn put<const N: usize>(&mut self, part: Part, value: [u8; N], how: Atomicity) -> Result<(), Stop> {
        self.prepare(part, how)?;
        let start = part.offset as usize;
        match self.heap.bytes.get_mut(start..start + N).and_then(|bytes| bytes.first_chunk_mut::<N>()) {
            Some(bytes) => *bytes = value,
            None => return Err(Fault::NoObject(part.object).into()),
        }
        Ok(())
    }

    #[inline]
    pub(super) fn prepare(&mut self, part: Part, how: Atomicity) -> Result<(), Stop> {
        match (part.memory, how) {
            (Memory::Persistent, Atomicity::Transactional) => {
                self.heap.before_write(part.object, part.at, part.len)
            }
            (Memory::Persistent, Atomicity::NonAtomic) => {
                self.heap.note(part.object, part.at, part.len);
                Ok(())
            }
            (Memory::ClearOnReset | Memory::ClearOnDeselect, _) => Ok(()),
        }
    }

    /// An element of a `byte[]` or `boolean[]`.
    ///
    /// # Errors
    /// As the module says.
    #[inline]
    pub fn load_byte(&self, array: Ref, index: i16) -> Result<i8, Stop> {
        let part = self.element(array, Kind::Bytes, index.cast_unsigned(), Use::Read)?;
        Ok(i8::from_le_bytes(self.get(part)?))
    }

    /// Changes an element of a `byte[]` or `boolean[]`.
    ///
    /// # Errors
    /// As the module says.
    #[inline]
    pub fn store_byte(&mut self, array: Ref, index: i16, value: i8) -> Result<(), Stop> {
        let part = self.element(array, Kind::Bytes, index.cast_unsigned(), Use::Write)?;
        self.put(part, value.to_le_bytes(), Atomicity::Transactional)
    }

    /// An element of a `short[]`.
    ///
    /// # Errors
    /// As the module says.
    #[inline]
    pub fn load_short(&self, array: Ref, index: i16) -> Result<i16, Stop> {
        let part = self.element(array, Kind::Shorts, index.cast_unsigned(), Use::Read)?;
        Ok(i16::from_le_bytes(self.get(part)?))
    }

    /// Changes an element of a `short[]`.
    ///
    /// # Errors
    /// As the module says.
    #[inline]
    pub fn store_short(&mut self, array: Ref, index: i16, value: i16) -> Result<(), Stop> {
        let part = self.element(array, Kind::Shorts, index.cast_unsigned(), Use::Write)?;
        self.put(part, value.to_le_bytes(), Atomicity::Transactional)
    }

    /// An element of an `int[]`.
    ///
    /// # Errors
    /// As the module says.
    #[inline]
    pub fn load_int(&self, array: Ref, index: i16) -> Result<i32, Stop> {
        let part = self.element(array, Kind::Ints, index.cast_unsigned(), Use::Read)?;
        Ok(i32::from_le_bytes(self.get(part)?))
    }

    /// Changes an element of an `int[]`.
    ///
    /// # Errors
    /// As the module says.
    #[inline]
    pub fn store_int(&mut self, array: Ref, index: i16, value: i32) -> Result<(), Stop> {
        let part = self.element(array, Kind::Ints, index.cast_unsigned(), Use::Write)?;
        self.put(part, value.to_le_bytes(), Atomicity::Transactional)
    }

    /// An element of an array of references.
    ///
    /// # Errors
    /// As the module says.
    #[inline]
    pub fn load_element(&self, array: Ref, index: i16) -> Result<Ref, Stop> {
        let part = self.element(array, Kind::References, index.cast_unsigned(), Use::Read)?;
        Ok(reference_in(self.get(part)?))
    }

    /// Whether there is such an element of an array of references, and it may be changed.
    ///
    /// # Errors
    /// As the module says.
    pub(crate) fn check_element(&self, array: Ref, index: i16) -> Result<(), Stop> {
        self.element(array, Kind::References, index.cast_unsigned(), Use::Write).map(drop)
    }

    /// Changes an element of an array of references. That the array's element class admits the value is the
    /// caller's to check: the heap knows no class.
    ///
    /// # Errors
    /// As the module says; `SecurityException` as [`Door::check_storable`].
    #[inline]
    pub fn store_element(&mut self, array: Ref, index: i16, value: Ref) -> Result<(), Stop> {
        let part = self.element(array, Kind::References, index.cast_unsigned(), Use::Write)?;
        self.check_storable(value)?;
        self.put(part, value.0.to_le_bytes(), Atomicity::Transactional)
    }

    /// A word of an instance: a field, or a hidden one.
    ///
    /// # Errors
    /// As the module says; a fault when the object has no such word.
    #[inline]
    pub fn word(&self, object: Ref, index: u16) -> Result<i16, Stop> {
        let part = self.element(object, Kind::Instance, index, Use::Read)?;
        Ok(i16::from_le_bytes(self.get(part)?))
    }

    /// Changes a word of an instance.
    ///
    /// # Errors
    /// As [`Door::word`]; `TransactionException`.
    #[inline]
    pub fn set_word(&mut self, object: Ref, index: u16, value: i16) -> Result<(), Stop> {
        let part = self.element(object, Kind::Instance, index, Use::Write)?;
        self.put(part, value.to_le_bytes(), Atomicity::Transactional)
    }

    /// Changes a word of an instance in a way that no transaction undoes.
    ///
    /// # Errors
    /// As [`Door::word`].
    pub fn set_word_non_atomic(&mut self, object: Ref, index: u16, value: i16) -> Result<(), Stop> {
        let part = self.element(object, Kind::Instance, index, Use::Write)?;
        self.put(part, value.to_le_bytes(), Atomicity::NonAtomic)
    }

    /// Two words of an instance, as an int.
    ///
    /// # Errors
    /// As [`Door::word`].
    #[inline]
    pub fn int(&self, object: Ref, index: u16) -> Result<i32, Stop> {
        let (high, low) = (self.word(object, index)?, self.word(object, index.wrapping_add(1))?);
        Ok(crate::value::int_of(high, low))
    }

    /// Changes two words of an instance.
    ///
    /// # Errors
    /// As [`Door::set_word`].
    #[inline]
    pub fn set_int(&mut self, object: Ref, index: u16, value: i32) -> Result<(), Stop> {
        let (high, low) = crate::value::words_of(value);
        self.set_word(object, index, high)?;
        self.set_word(object, index.wrapping_add(1), low)
    }

    /// A word of an instance that holds a reference.
    ///
    /// # Errors
    /// As [`Door::word`].
    #[inline]
    pub fn reference(&self, object: Ref, index: u16) -> Result<Ref, Stop> {
        self.word(object, index).map(Ref::from_word)
    }

    /// Changes a word of an instance that holds a reference.
    ///
    /// # Errors
    /// As [`Door::set_word`]; `SecurityException` as [`Door::check_storable`].
    #[inline]
    pub fn set_reference(&mut self, object: Ref, index: u16, value: Ref) -> Result<(), Stop> {
        let part = self.element(object, Kind::Instance, index, Use::Write)?;
        self.check_storable(value)?;
        self.put(part, value.0.to_le_bytes(), Atomicity::Transactional)
    }

    // ---- static fields: parts of the image, big-endian as in the file ----

    #[inline]
    fn static_part(&self, statics: Ref, at: u16, len: u16, wanted: Use) -> Result<Part, Stop> {
        let part = self.element(statics, Kind::Bytes, at, wanted)?;
        self.element(statics, Kind::Bytes, at.saturating_add(len - 1), wanted)?;
        Ok(Part { len: u32::from(len), ..part })
    }

    /// Bytes of a package's static image.
    #[inline]
    pub(crate) fn get_static<const N: usize>(&self, statics: Ref, at: u16) -> Result<[u8; N], Stop> {
        self.get(self.static_part(statics, at, N as u16, Use::Read)?)
    }

    /// Changes bytes of a package's static image.
    #[inline]
    pub(crate) fn put_static<const N: usize>(
        &mut self,
        statics: Ref,
        at: u16,
        value: [u8; N],
    ) -> Result<(), Stop> {
        let part = self.static_part(statics, at, N as u16, Use::Write)?;
        self.put(part, value, Atomicity::Transactional)
    }

    // ---- many elements, as natives use them ----

    /// Where `len` elements from `offset` of an array lie. Negative numbers are out of bounds.
    pub(super) fn region(
        &self,
        array: Ref,
        offset: i16,
        len: i16,
        wanted: Use,
    ) -> Result<(Part, Kind), Stop> {
        let header = self.header(array, Access::Array)?;
        if !header.kind.is_array() {
            return Err(Fault::WrongKind(array).into());
        }
        let out_of_bounds = Stop::throw(known::INDEX_OUT_OF_BOUNDS);
        let offset = u32::try_from(offset).map_err(|_| out_of_bounds)?;
        let len = u32::try_from(len).map_err(|_| out_of_bounds)?;
        if offset + len > u32::from(header.len) {
            return Err(out_of_bounds);
        }
        let (below, first) = self.below(array, wanted)?;
        let Some(entry) = self.heap.entries.get(usize::from(below.0)) else {
            return Err(Fault::NoObject(below).into());
        };
        let at = (u32::from(first) + offset) << header.kind.shift();
        let len = len << header.kind.shift();
        Ok((Part { object: below, offset: entry.offset + at, at, len, memory: header.memory }, header.kind))
    }

    fn byte_region(&self, array: Ref, offset: i16, len: i16, wanted: Use) -> Result<Part, Stop> {
        match self.region(array, offset, len, wanted)? {
            (part, Kind::Bytes | Kind::Booleans) => Ok(part),
            (_, Kind::Free | Kind::Instance | Kind::Shorts | Kind::Ints | Kind::References) => {
                Err(Fault::WrongKind(array).into())
            }
        }
    }

    /// The bytes of part of a `byte[]` or `boolean[]`.
    ///
    /// # Errors
    /// As the module says.
    pub fn bytes(self, array: Ref, offset: i16, len: i16) -> Result<&'a [u8], Stop> {
        let part = self.byte_region(array, offset, len, Use::Read)?;
        let start = part.offset as usize;
        let heap: &'a Heap = self.heap;
        heap.bytes.get(start..start + part.len as usize).ok_or(Stop::Fault(Fault::NoObject(array)))
    }

    /// Changes part of a `byte[]` or `boolean[]`.
    ///
    /// # Errors
    /// As the module says.
    pub fn write(&mut self, array: Ref, offset: i16, bytes: &[u8], how: Atomicity) -> Result<(), Stop> {
        let len = i16::try_from(bytes.len()).map_err(|_| Stop::throw(known::INDEX_OUT_OF_BOUNDS))?;
        let part = self.byte_region(array, offset, len, Use::Write)?;
        self.prepare(part, how)?;
        let start = part.offset as usize;
        match self.heap.bytes.get_mut(start..start + bytes.len()) {
            Some(to) => to.copy_from_slice(bytes),
            None => return Err(Fault::NoObject(array).into()),
        }
        Ok(())
    }

    /// Sets `len` elements of a `byte[]` or `boolean[]` to one value.
    ///
    /// # Errors
    /// As the module says.
    pub fn fill(&mut self, array: Ref, offset: i16, len: i16, value: u8, how: Atomicity) -> Result<(), Stop> {
        let part = self.byte_region(array, offset, len, Use::Write)?;
        self.prepare(part, how)?;
        let start = part.offset as usize;
        if let Some(to) = self.heap.bytes.get_mut(start..start + part.len as usize) {
            to.fill(value);
        }
        Ok(())
    }

    /// Copies elements between two arrays of the same kind, which may be one.
    ///
    /// # Errors
    /// As the module says, for the source first; `SecurityException` when references may not be stored.
    pub fn copy(&mut self, from: (Ref, i16), to: (Ref, i16), len: i16, how: Atomicity) -> Result<(), Stop> {
        let (source, kind) = self.region(from.0, from.1, len, Use::Read)?;
        let (target, target_kind) = self.region(to.0, to.1, len, Use::Write)?;
        if kind != target_kind {
            return Err(Fault::WrongKind(to.0).into());
        }
        if kind == Kind::References {
            for index in 0..len {
                let value = self.load_element(from.0, from.1 + index)?;
                self.check_storable(value)?;
            }
        }
        self.prepare(target, how)?;
        let range = source.offset as usize..(source.offset + source.len) as usize;
        if range.end <= self.heap.bytes.len()
            && (target.offset + target.len) as usize <= self.heap.bytes.len()
        {
            self.heap.bytes.copy_within(range, target.offset as usize);
        }
        Ok(())
    }
}

/// Where the element or word at `index` of this entry's object lies.
#[inline]
fn element_of(object: Ref, entry: &Entry, index: u16) -> Result<Part, Stop> {
    let header = &entry.header;
    if index >= header.len {
        return Err(if header.kind == Kind::Instance {
            Fault::NoField { object, word: index }.into()
        } else {
            Stop::throw(known::INDEX_OUT_OF_BOUNDS)
        });
    }
    let at = u32::from(index) << header.kind.shift();
    Ok(Part { object, offset: entry.offset + at, at, len: header.kind.unit(), memory: header.memory })
}
