//! A cursor over hostile bytes and a sink for our own: big-endian, as all Java Card files are.

use alloc::vec::Vec;

/// The input ended before what was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Short {
    /// Where the item begins.
    pub(crate) offset: usize,
    /// How many bytes it has.
    pub(crate) needed: usize,
    /// How many are left.
    pub(crate) left: usize,
}

/// Reads from the front and remembers how far it is.
#[derive(Debug, Clone)]
pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
    position: usize,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, position: 0 }
    }

    pub(crate) fn position(&self) -> usize {
        self.position
    }

    pub(crate) fn left(&self) -> usize {
        self.bytes.len().saturating_sub(self.position)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.left() == 0
    }

    pub(crate) fn take(&mut self, count: usize) -> Result<&'a [u8], Short> {
        let short = Short { offset: self.position, needed: count, left: self.left() };
        let end = self.position.checked_add(count).ok_or(short)?;
        let taken = self.bytes.get(self.position..end).ok_or(short)?;
        self.position = end;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Short> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    pub(crate) fn u8(&mut self) -> Result<u8, Short> {
        self.array().map(|[byte]| byte)
    }

    pub(crate) fn u16(&mut self) -> Result<u16, Short> {
        self.array().map(u16::from_be_bytes)
    }

    pub(crate) fn u32(&mut self) -> Result<u32, Short> {
        self.array().map(u32::from_be_bytes)
    }

    pub(crate) fn i8(&mut self) -> Result<i8, Short> {
        self.array().map(i8::from_be_bytes)
    }

    pub(crate) fn i16(&mut self) -> Result<i16, Short> {
        self.array().map(i16::from_be_bytes)
    }

    pub(crate) fn i32(&mut self) -> Result<i32, Short> {
        self.array().map(i32::from_be_bytes)
    }

    /// All that is left.
    pub(crate) fn rest(&mut self) -> &'a [u8] {
        let rest = self.bytes.get(self.position..).unwrap_or_default();
        self.position = self.bytes.len();
        rest
    }
}

/// A list was longer than the width of its count can say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TooMany {
    /// How many there are.
    pub(crate) count: usize,
    /// How many the format can hold.
    pub(crate) limit: usize,
}

/// Collects bytes; remembers the first count that did not fit instead of failing at each.
#[derive(Debug, Default)]
pub(crate) struct Writer {
    bytes: Vec<u8>,
    overflow: Option<TooMany>,
}

impl Writer {
    pub(crate) fn u8(&mut self, value: u8) {
        self.bytes.push(value);
    }

    pub(crate) fn u16(&mut self, value: u16) {
        self.bytes.extend(value.to_be_bytes());
    }

    pub(crate) fn u32(&mut self, value: u32) {
        self.bytes.extend(value.to_be_bytes());
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    pub(crate) fn count_u8(&mut self, count: usize) {
        match u8::try_from(count) {
            Ok(count) => self.u8(count),
            Err(_) => self.too_many(count, u8::MAX.into()),
        }
    }

    pub(crate) fn count_u16(&mut self, count: usize) {
        match u16::try_from(count) {
            Ok(count) => self.u16(count),
            Err(_) => self.too_many(count, u16::MAX.into()),
        }
    }

    /// A count of at most `limit`, for counts that share a byte with something else.
    pub(crate) fn count_within(&mut self, count: usize, limit: u8) -> u8 {
        match u8::try_from(count) {
            Ok(small) if small <= limit => small,
            _ => {
                self.too_many(count, limit.into());
                0
            }
        }
    }

    /// A count that the form fixes, so that it is not written.
    pub(crate) fn count_exactly(&mut self, count: usize, fixed: usize) {
        if count != fixed {
            self.too_many(count, fixed);
        }
    }

    fn too_many(&mut self, count: usize, limit: usize) {
        self.overflow.get_or_insert(TooMany { count, limit });
    }

    pub(crate) fn finish(self) -> Result<Vec<u8>, TooMany> {
        match self.overflow {
            Some(overflow) => Err(overflow),
            None => Ok(self.bytes),
        }
    }
}
