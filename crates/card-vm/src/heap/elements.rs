//! Many elements of arrays of any primitive kind, as numbers: for natives that take such arrays alike.

use alloc::vec::Vec;

use super::access::{Atomicity, Door};
use super::entry::Kind;
use super::view::Use;
use crate::stop::{Fault, Stop};
use crate::value::Ref;

impl Door<'_> {
    /// The elements of part of an array of primitive values, with their signs.
    ///
    /// # Errors
    /// As [`Door::bytes`]; a fault for an array of references.
    pub fn elements(&self, array: Ref, offset: i16, len: i16) -> Result<Vec<i32>, Stop> {
        let (part, kind) = self.region(array, offset, len, Use::Read)?;
        let start = part.offset as usize;
        let body = self.heap.bytes.get(start..start + part.len as usize).unwrap_or_default();
        Ok(match kind {
            Kind::Booleans | Kind::Bytes => {
                body.iter().map(|byte| i32::from(i8::from_le_bytes([*byte]))).collect()
            }
            Kind::Shorts => {
                body.as_chunks().0.iter().map(|word| i32::from(i16::from_le_bytes(*word))).collect()
            }
            Kind::Ints => body.as_chunks().0.iter().map(|int| i32::from_le_bytes(*int)).collect(),
            Kind::Free | Kind::Instance | Kind::References => return Err(Fault::WrongKind(array).into()),
        })
    }

    /// Changes part of an array of primitive values. Of each value the low bits are taken that an element has.
    ///
    /// # Errors
    /// As [`Door::write`]; a fault for an array of references.
    pub fn set_elements(
        &mut self,
        array: Ref,
        offset: i16,
        values: &[i32],
        how: Atomicity,
    ) -> Result<(), Stop> {
        let len = i16::try_from(values.len()).unwrap_or(-1);
        let (part, kind) = self.region(array, offset, len, Use::Write)?;
        let unit = match kind {
            Kind::Booleans | Kind::Bytes | Kind::Shorts | Kind::Ints => kind.unit() as usize,
            Kind::Free | Kind::Instance | Kind::References => return Err(Fault::WrongKind(array).into()),
        };
        self.prepare(part, how)?;
        let start = part.offset as usize;
        let body = self.heap.bytes.get_mut(start..start + part.len as usize).unwrap_or_default();
        for (to, value) in body.chunks_exact_mut(unit).zip(values) {
            to.iter_mut().zip(value.to_le_bytes()).for_each(|(to, from)| *to = from);
        }
        self.heap.seal(part.object);
        Ok(())
    }
}
