//! The four switch instructions, whose operands have no fixed length (JCVM 7.5.50, 7.5.66, 7.5.94, 7.5.106).

use crate::bytes::{Reader, Short};

/// Table or lookup.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SwitchKind {
    /// Distances for every key from the first to the last.
    Table,
    /// Pairs of a key and a distance, in ascending order of the key.
    Lookup,
}

/// The operands of a switch, still in their bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Switch<'a> {
    kind: SwitchKind,
    default: i16,
    low: i32,
    key_size: KeySize,
    entries: &'a [u8],
}

/// How wide a key is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeySize {
    Short,
    Int,
}

impl KeySize {
    fn read(self, reader: &mut Reader<'_>) -> Result<i32, Short> {
        match self {
            Self::Short => reader.i16().map(i32::from),
            Self::Int => reader.i32(),
        }
    }

    fn bytes(self) -> usize {
        match self {
            Self::Short => 2,
            Self::Int => 4,
        }
    }
}

/// Why the operands of a switch could not be read.
pub(super) enum SwitchError {
    Truncated,
    Range { low: i32, high: i32 },
}

impl From<Short> for SwitchError {
    fn from(_: Short) -> Self {
        Self::Truncated
    }
}

impl<'a> Switch<'a> {
    pub(super) fn table(reader: &mut Reader<'a>, key_size: KeySize) -> Result<Self, SwitchError> {
        let default = reader.i16()?;
        let (low, high) = (key_size.read(reader)?, key_size.read(reader)?);
        let count = i64::from(high) - i64::from(low) + 1;
        let count = usize::try_from(count).ok().filter(|count| *count > 0);
        let count = count.ok_or(SwitchError::Range { low, high })?;
        let entries = reader.take(count.saturating_mul(2))?;
        Ok(Self { kind: SwitchKind::Table, default, low, key_size, entries })
    }

    pub(super) fn lookup(reader: &mut Reader<'a>, key_size: KeySize) -> Result<Self, SwitchError> {
        let default = reader.i16()?;
        let count = usize::from(reader.u16()?);
        let entries = reader.take(count * (key_size.bytes() + 2))?;
        Ok(Self { kind: SwitchKind::Lookup, default, low: 0, key_size, entries })
    }

    /// Table or lookup.
    pub fn kind(&self) -> SwitchKind {
        self.kind
    }

    /// Where control goes when no key matches: signed distance from the opcode.
    pub fn default(&self) -> i16 {
        self.default
    }

    /// The key of the first entry of a table; zero for a lookup.
    pub fn low(&self) -> i32 {
        self.low
    }

    /// Keys and their signed distances from the opcode, as they stand.
    pub fn entries(&self) -> impl Iterator<Item = (i32, i16)> + use<'a> {
        let Self { kind, low, key_size, .. } = *self;
        let mut reader = Reader::new(self.entries);
        (0..).map_while(move |index: i32| {
            let key = match kind {
                SwitchKind::Table => low.wrapping_add(index),
                SwitchKind::Lookup => key_size.read(&mut reader).ok()?,
            };
            reader.i16().ok().map(|distance| (key, distance))
        })
    }
}
