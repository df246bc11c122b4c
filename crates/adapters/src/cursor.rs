//! Reading fields from bytes, with the offset of whatever is missing.

use crate::{Problem, Refusal};

/// Bytes and a place in them.
#[derive(Debug, Clone)]
pub struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Offset of the first byte in the record's original.
    base: usize,
}

impl<'a> Cursor<'a> {
    /// At the first byte.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0, base: 0 }
    }

    /// Where it is, from the first byte of the original.
    #[must_use]
    pub fn at(&self) -> usize {
        self.base + self.at
    }

    /// Bytes that are left.
    #[must_use]
    pub fn left(&self) -> usize {
        self.bytes.len() - self.at
    }

    /// The next `count` bytes.
    ///
    /// # Errors
    /// When there are fewer.
    pub fn take(&mut self, count: usize) -> Result<&'a [u8], Refusal> {
        let end = self.at.checked_add(count);
        let taken = end.and_then(|end| self.bytes.get(self.at..end));
        let taken = taken.ok_or_else(|| {
            Refusal::at(self.base + self.bytes.len(), Problem::Truncated(count - self.left()))
        })?;
        self.at += count;
        Ok(taken)
    }

    /// The next `count` bytes, as a cursor of their own.
    ///
    /// # Errors
    /// When there are fewer.
    pub fn part(&mut self, count: usize) -> Result<Self, Refusal> {
        let base = self.at();
        Ok(Self { bytes: self.take(count)?, at: 0, base })
    }

    /// All that is left.
    #[must_use]
    pub fn rest(&mut self) -> &'a [u8] {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        self.at = self.bytes.len();
        rest
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Refusal> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    /// One byte.
    ///
    /// # Errors
    /// When there is none.
    pub fn u8(&mut self) -> Result<u8, Refusal> {
        Ok(u8::from_be_bytes(self.array()?))
    }

    /// Two bytes, the greater first (MDER).
    ///
    /// # Errors
    /// When there are fewer.
    pub fn u16(&mut self) -> Result<u16, Refusal> {
        Ok(u16::from_be_bytes(self.array()?))
    }

    /// Four bytes, the greatest first (MDER).
    ///
    /// # Errors
    /// When there are fewer.
    pub fn u32(&mut self) -> Result<u32, Refusal> {
        Ok(u32::from_be_bytes(self.array()?))
    }

    /// Two bytes, the lesser first (Bluetooth).
    ///
    /// # Errors
    /// When there are fewer.
    pub fn u16_le(&mut self) -> Result<u16, Refusal> {
        Ok(u16::from_le_bytes(self.array()?))
    }

    /// Four bytes, the least first (Bluetooth).
    ///
    /// # Errors
    /// When there are fewer.
    pub fn u32_le(&mut self) -> Result<u32, Refusal> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    /// Three bytes, the least first (Bluetooth).
    ///
    /// # Errors
    /// When there are fewer.
    pub fn u24_le(&mut self) -> Result<u32, Refusal> {
        let [low, middle, high] = self.array()?;
        Ok(u32::from_le_bytes([low, middle, high, 0]))
    }

    /// Nothing is left.
    ///
    /// # Errors
    /// When something is.
    pub fn end(&self) -> Result<(), Refusal> {
        match self.left() {
            0 => Ok(()),
            left => Err(Refusal::at(self.at(), Problem::Trailing(left))),
        }
    }
}
