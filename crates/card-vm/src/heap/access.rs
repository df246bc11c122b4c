//! The one door to objects.
//!
//! Every load, store, length and call in the interpreter and in natives comes through a [`Door`], which knows the
//! context it was opened in. The usual access is one comparison of the entry's [`Tag`] (kind and owner's context)
//! and one of the index; whatever differs takes the slow way past `firewall::allows`.
//!
//! Many elements at once, as natives use them, are in `region`.
//!
//! Order of the answers: null is a `NullPointerException`; then the firewall, `SecurityException`; then the wrong
//! kind of object, which is a fault because verified code has no such thing; then the index,
//! `ArrayIndexOutOfBoundsException`; last the transaction's capacity.

use super::entry::{Class, Entry, Header, Kind, Memory, Tag};
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

    /// The element or word at `index` of an object of `kind` that is the context's own, if it is there: the usual
    /// case, which asks the entry's tag and the index and nothing else.
    #[inline(always)]
    fn quick<const N: usize>(&self, object: Ref, kind: Kind, index: u16) -> Option<[u8; N]> {
        let entry = self.heap.entries.get(usize::from(object.0))?;
        if entry.tag != Tag::of(kind, self.context) || index >= entry.header.len {
            return None;
        }
        let start = (entry.offset + (u32::from(index) << kind.shift())) as usize;
        self.heap.bytes.get(start..)?.first_chunk().copied()
    }

    /// Changes the element or word at `index` of an object of `kind` that is the context's own, if it is there and
    /// nothing but the span of its changes has to be remembered; says whether it did.
    #[inline(always)]
    fn quick_put<const N: usize>(&mut self, object: Ref, kind: Kind, index: u16, value: [u8; N]) -> bool {
        let open = self.heap.transactions.level() > 0;
        let Heap { entries, bytes, .. } = &mut *self.heap;
        let Some(entry) = entries.get_mut(usize::from(object.0)) else { return false };
        if entry.tag != Tag::of(kind, self.context) || index >= entry.header.len {
            return false;
        }
        let at = u32::from(index) << kind.shift();
        if entry.header.memory == Memory::Persistent && (open || !entry.widen(at, N as u32)) {
            return false;
        }
        let start = (entry.offset + at) as usize;
        let place = bytes.get_mut(start..).and_then(|bytes| bytes.first_chunk_mut());
        place.map(|place| *place = value).is_some()
    }

    /// The element or word at `index` of an object of `kind`.
    #[inline(always)]
    fn load<const N: usize>(&self, object: Ref, kind: Kind, index: u16) -> Result<[u8; N], Stop> {
        match self.quick(object, kind, index) {
            Some(bytes) => Ok(bytes),
            None => self.load_slowly(object, kind, index),
        }
    }

    #[cold]
    fn load_slowly<const N: usize>(&self, object: Ref, kind: Kind, index: u16) -> Result<[u8; N], Stop> {
        self.get(self.element(object, kind, index, Use::Read)?)
    }

    /// Changes the element or word at `index` of an object of `kind`.
    #[inline(always)]
    fn store<const N: usize>(
        &mut self,
        object: Ref,
        kind: Kind,
        index: u16,
        value: [u8; N],
    ) -> Result<(), Stop> {
        if self.quick_put(object, kind, index, value) {
            return Ok(());
        }
        self.store_slowly(object, kind, index, value)
    }

    #[inline(never)]
    fn store_slowly<const N: usize>(
        &mut self,
        object: Ref,
        kind: Kind,
        index: u16,
        value: [u8; N],
    ) -> Result<(), Stop> {
        let part = self.element(object, kind, index, Use::Write)?;
        self.put(part, value, Atomicity::Transactional)
    }

    /// The class of an instance that is the context's own, so that its methods may be called without more ado.
    #[inline(always)]
    pub(crate) fn own_class(&self, object: Ref) -> Option<Class> {
        let entry = self.heap.entries.get(usize::from(object.0))?;
        (entry.tag == Tag::of(Kind::Instance, self.context)).then_some(entry.header.class)
    }

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
    pub(super) fn below(&self, object: Ref, wanted: Use) -> Result<(Ref, u16), Stop> {
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
        self.heap.seal(part.object);
        Ok(())
    }

    #[inline]
    pub(super) fn prepare(&mut self, part: Part, how: Atomicity) -> Result<(), Stop> {
        self.heap.check_guard(part.object)?;
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
    #[inline(always)]
    pub fn load_byte(&self, array: Ref, index: i16) -> Result<i8, Stop> {
        self.load(array, Kind::Bytes, index.cast_unsigned()).map(i8::from_le_bytes)
    }

    /// Changes an element of a `byte[]` or `boolean[]`.
    ///
    /// # Errors
    /// As the module says.
    #[inline(always)]
    pub fn store_byte(&mut self, array: Ref, index: i16, value: i8) -> Result<(), Stop> {
        self.store(array, Kind::Bytes, index.cast_unsigned(), value.to_le_bytes())
    }

    /// An element of a `short[]`.
    ///
    /// # Errors
    /// As the module says.
    #[inline(always)]
    pub fn load_short(&self, array: Ref, index: i16) -> Result<i16, Stop> {
        self.load(array, Kind::Shorts, index.cast_unsigned()).map(i16::from_le_bytes)
    }

    /// Changes an element of a `short[]`.
    ///
    /// # Errors
    /// As the module says.
    #[inline(always)]
    pub fn store_short(&mut self, array: Ref, index: i16, value: i16) -> Result<(), Stop> {
        self.store(array, Kind::Shorts, index.cast_unsigned(), value.to_le_bytes())
    }

    /// An element of an `int[]`.
    ///
    /// # Errors
    /// As the module says.
    #[inline(always)]
    pub fn load_int(&self, array: Ref, index: i16) -> Result<i32, Stop> {
        self.load(array, Kind::Ints, index.cast_unsigned()).map(i32::from_le_bytes)
    }

    /// Changes an element of an `int[]`.
    ///
    /// # Errors
    /// As the module says.
    #[inline(always)]
    pub fn store_int(&mut self, array: Ref, index: i16, value: i32) -> Result<(), Stop> {
        self.store(array, Kind::Ints, index.cast_unsigned(), value.to_le_bytes())
    }

    /// An element of an array of references.
    ///
    /// # Errors
    /// As the module says.
    #[inline(always)]
    pub fn load_element(&self, array: Ref, index: i16) -> Result<Ref, Stop> {
        self.load(array, Kind::References, index.cast_unsigned()).map(reference_in)
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
    #[inline(always)]
    pub fn word(&self, object: Ref, index: u16) -> Result<i16, Stop> {
        self.load(object, Kind::Instance, index).map(i16::from_le_bytes)
    }

    /// Changes a word of an instance.
    ///
    /// # Errors
    /// As [`Door::word`]; `TransactionException`.
    #[inline(always)]
    pub fn set_word(&mut self, object: Ref, index: u16, value: i16) -> Result<(), Stop> {
        self.store(object, Kind::Instance, index, value.to_le_bytes())
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
