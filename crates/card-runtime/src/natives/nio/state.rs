//! What a buffer remembers. Hidden reference: the array. Hidden words: where the buffer begins in it, capacity,
//! position, limit, flags. It holds that position <= limit <= capacity, and that the buffer lies within the array.

use card_vm::{Ref, Stop};

use crate::natives::call::Call;
use crate::natives::names;

pub(super) const ARRAY: u16 = 0;
const OFFSET: u16 = 1;
const CAPACITY: u16 = 2;
const POSITION: u16 = 3;
const LIMIT: u16 = 4;
const FLAGS: u16 = 5;

/// What a buffer is besides.
#[derive(Clone, Copy)]
pub(super) enum Flag {
    ReadOnly = 1,
    Direct = 2,
    LittleEndian = 4,
}

/// A buffer's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct State {
    pub(super) offset: u16,
    pub(super) capacity: u16,
    pub(super) position: u16,
    pub(super) limit: u16,
    pub(super) flags: u16,
}

impl State {
    /// A new buffer's.
    pub(super) fn new(offset: u16, capacity: u16) -> Self {
        Self { offset, capacity, position: 0, limit: capacity, flags: 0 }
    }

    pub(super) fn read(call: &mut Call<'_, '_>, buffer: Ref) -> Result<Self, Stop> {
        let mut word = |index| call.word(buffer, index).map(i16::cast_unsigned);
        Ok(Self {
            offset: word(OFFSET)?,
            capacity: word(CAPACITY)?,
            position: word(POSITION)?,
            limit: word(LIMIT)?,
            flags: word(FLAGS)?,
        })
    }

    pub(super) fn write(self, call: &mut Call<'_, '_>, buffer: Ref) -> Result<(), Stop> {
        let Self { offset, capacity, position, limit, flags } = self;
        let words =
            [(OFFSET, offset), (CAPACITY, capacity), (POSITION, position), (LIMIT, limit), (FLAGS, flags)];
        words.into_iter().try_for_each(|(index, word)| call.set_word(buffer, index, word.cast_signed()))
    }

    pub(super) fn has(self, flag: Flag) -> bool {
        self.flags & flag as u16 != 0
    }

    pub(super) fn with(self, flag: Flag) -> Self {
        Self { flags: self.flags | flag as u16, ..self }
    }

    pub(super) fn without(self, flag: Flag) -> Self {
        Self { flags: self.flags & !(flag as u16), ..self }
    }

    /// As read-only and as direct as another.
    pub(super) fn like(self, other: Self) -> Self {
        Self { flags: other.flags, ..self }.without(Flag::LittleEndian)
    }

    pub(super) fn remaining(self) -> u16 {
        self.limit.saturating_sub(self.position)
    }

    /// Whether it may be written.
    pub(super) fn writable(self) -> Result<(), Stop> {
        if self.has(Flag::ReadOnly) { Err(Stop::throw(names::READ_ONLY_BUFFER)) } else { Ok(()) }
    }

    /// Where in the array so many bytes from the position on lie, and the state after them; `None` when fewer remain.
    pub(super) fn next(self, bytes: u16) -> Option<(i16, Self)> {
        let position = self.position.checked_add(bytes).filter(|position| *position <= self.limit)?;
        Some((self.index(self.position), Self { position, ..self }))
    }

    /// Where in the array so many bytes at an index lie; `None` when they are not all below the limit.
    pub(super) fn at(self, index: i32, bytes: u16) -> Option<i16> {
        let (first, _) = range(index, i32::from(bytes), self.limit)?;
        Some(self.index(first))
    }

    /// An index of the buffer, as one of the array.
    pub(super) fn index(self, index: u16) -> i16 {
        i16::try_from(self.offset.saturating_add(index)).unwrap_or(i16::MAX)
    }
}

/// Beginning and end of so many elements from an offset on; `None` when there are fewer, or for negative numbers.
pub(super) fn range(offset: i32, length: i32, whole: u16) -> Option<(u16, u16)> {
    let (first, length) = (u16::try_from(offset).ok()?, u16::try_from(length).ok()?);
    let end = first.checked_add(length).filter(|end| *end <= whole)?;
    Some((first, end))
}
