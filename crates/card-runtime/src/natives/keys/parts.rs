//! The parts of a key: numbers and points in its arrays of bytes, each behind its length in two bytes. A length of zero
//! says that the part is not set, so clearing an array makes its key uninitialised.

use alloc::vec::Vec;

use card_vm::heap::Atomicity;
use card_vm::{Args, Ref, Stop, Value};

use super::kinds::Size;
use super::{BITS, Crypto, DOMAIN, MATERIAL};
use crate::crypto::Secret;
use crate::natives::call::Call;

/// Bytes before a part: its length.
const HEAD: u16 = 2;

/// A part, by its number in the family's shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::natives) enum Part {
    /// Of the key's own.
    Material(usize),
    /// Of the parameters.
    Domain(usize),
}

/// The bytes that parts take together.
pub(super) fn length(parts: &[Size], bits: i16) -> u16 {
    parts.iter().map(|part| part.bytes(bits) + HEAD).sum()
}

impl Call<'_, '_> {
    /// Where a part is: its array, the offset of its length, and the bytes it may take.
    fn place(&mut self, key: Ref, part: Part) -> Result<(Ref, u16, u16), Stop> {
        let shape = self.key_family(key)?.shape();
        let bits = self.word(key, BITS)?;
        let (array, sizes, number) = match part {
            Part::Material(number) => (MATERIAL, shape.material, number),
            Part::Domain(number) => (DOMAIN, shape.domain, number),
        };
        let size = sizes.get(number).ok_or(Crypto::IllegalValue)?;
        let offset = length(sizes.get(..number).unwrap_or_default(), bits);
        Ok((self.hidden(key, array)?, offset, size.bytes(bits)))
    }

    /// A part of a key that the caller may use; empty while it is not set.
    pub(in crate::natives) fn part(&mut self, key: Ref, part: Part) -> Result<&[u8], Stop> {
        let (array, offset, _) = self.place(key, part)?;
        let bytes = self.hidden_bytes(array)?.get(usize::from(offset)..).unwrap_or_default();
        let Some((length, rest)) = bytes.split_first_chunk::<2>() else { return Ok(&[]) };
        Ok(rest.get(..usize::from(u16::from_be_bytes(*length))).unwrap_or_default())
    }

    /// A copy of a part, which must be set.
    pub(in crate::natives) fn part_of(&mut self, key: Ref, part: Part) -> Result<Secret, Stop> {
        match self.part(key, part)? {
            [] => Err(Crypto::UninitializedKey.into()),
            bytes => Ok(Secret::new(bytes.to_vec())),
        }
    }

    /// The first part of a key's material: all there is of most keys.
    pub(in crate::natives) fn material(&mut self, key: Ref) -> Result<&[u8], Stop> {
        self.part(key, Part::Material(0))
    }

    /// Whether the `count` parts from `first` on are set.
    pub(super) fn are_set(&mut self, key: Ref, first: Part, count: usize) -> Result<bool, Stop> {
        for number in 0..count {
            let part = match first {
                Part::Material(first) => Part::Material(first + number),
                Part::Domain(first) => Part::Domain(first + number),
            };
            if self.part(key, part)?.is_empty() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Sets a part, length and bytes in one write.
    pub(in crate::natives) fn set_part(&mut self, key: Ref, part: Part, bytes: &[u8]) -> Result<(), Stop> {
        let (array, offset, room) = self.place(key, part)?;
        let length = u16::try_from(bytes.len()).ok().filter(|length| *length <= room);
        let length = length.ok_or(Crypto::IllegalValue)?;
        let mut all = Secret::new(Vec::with_capacity(bytes.len() + 2));
        all.extend_from_slice(&length.to_be_bytes());
        all.extend_from_slice(bytes);
        let offset = i16::try_from(offset).map_err(|_| Crypto::IllegalValue)?;
        self.vm.jcre().write(array, offset, &all, Atomicity::Transactional)
    }

    /// Sets a part to a number that an applet gives, without the zeros in front that there is no room for.
    pub(super) fn set_number(&mut self, key: Ref, part: Part, bytes: &[u8]) -> Result<(), Stop> {
        let (_, _, room) = self.place(key, part)?;
        let surplus = bytes.len().saturating_sub(usize::from(room));
        let (zeros, number) = bytes.split_at_checked(surplus).ok_or(Crypto::IllegalValue)?;
        if number.is_empty() || zeros.iter().any(|byte| *byte != 0) {
            return Err(Crypto::IllegalValue.into());
        }
        self.set_part(key, part, number)
    }

    /// What a getter gives: the part, into the array at the offset.
    pub(super) fn give_part(&mut self, args: &Args, part: Part) -> Result<Value, Stop> {
        let bytes = self.part_of(args.reference(0), part)?;
        self.give(args.reference(1), args.short(2), &bytes)
    }
}
