//! Many elements of an array at once, as natives use them, through the same door as one.

use super::Heap;
use super::access::{Atomicity, Door, Part};
use super::entry::Kind;
use super::firewall::Access;
use super::view::Use;
use crate::known;
use crate::stop::{Fault, Stop};
use crate::value::Ref;

impl<'a> Door<'a> {
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
        self.heap.seal(part.object);
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
        self.heap.seal(part.object);
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
        self.heap.seal(target.object);
        Ok(())
    }
}
