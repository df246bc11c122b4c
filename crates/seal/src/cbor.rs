//! The few pieces of CBOR (RFC 8949) that batches and seals are made of, read strictly and without copying.
//!
//! Only what preferred encoding writes is read: definite lengths, and every head in its shortest form. So one
//! batch has one encoding, and a hash over it means one content. Everything refused names its byte offset.

/// Why bytes are no batch or no sealed batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("at byte {offset}: {problem}")]
pub struct BatchError {
    /// Offset of the item at fault from the start of the bytes given.
    pub offset: usize,
    /// What is wrong with it.
    pub problem: Problem,
}

/// What is wrong with an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// The bytes end inside it.
    #[error("the bytes end here")]
    Truncated,
    /// An item of another CBOR major type stands there.
    #[error("a CBOR item of major type {expected} expected, type {found} found")]
    Type {
        /// Major type the format asks for.
        expected: u8,
        /// Major type of what stands there.
        found: u8,
    },
    /// A head longer than needed, or an indefinite length.
    #[error("not in preferred encoding")]
    NotPreferred,
    /// A fixed byte of the format is another one.
    #[error("byte {expected:02x} expected, {found:02x} found")]
    Byte {
        /// The byte the format asks for.
        expected: u8,
        /// The byte that stands there.
        found: u8,
    },
    /// A version, kind or tag that this format does not have.
    #[error("no such version, kind or tag: {0}")]
    Unknown(u64),
    /// An array of another length than its kind has.
    #[error("an array of {expected} items expected, {found} found")]
    Items {
        /// Items the format asks for.
        expected: u64,
        /// Items that stand there.
        found: u64,
    },
    /// A number, length or count outside the limits.
    #[error("outside the limits")]
    Limit,
    /// A text that is not UTF-8, or not a device id, or not a unit.
    #[error("a text with characters that may not stand there")]
    Text,
    /// Flag bits without a meaning.
    #[error("unknown flags {0:#x}")]
    Flags(u64),
    /// Bytes after the end.
    #[error("{0} bytes too many")]
    Trailing(usize),
}

/// The major types of RFC 8949 section 3.1 that are met.
pub(crate) mod major {
    pub(crate) const UNSIGNED: u8 = 0;
    pub(crate) const NEGATIVE: u8 = 1;
    pub(crate) const BYTES: u8 = 2;
    pub(crate) const TEXT: u8 = 3;
    pub(crate) const ARRAY: u8 = 4;
    pub(crate) const TAG: u8 = 6;
}

/// A place in bytes that are being read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
    end: usize,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, end: bytes.len() }
    }

    pub(crate) fn offset(&self) -> usize {
        self.end - self.rest.len()
    }

    /// Bytes not yet read.
    pub(crate) fn remaining(&self) -> usize {
        self.rest.len()
    }

    pub(crate) fn take<const N: usize>(&mut self) -> Result<&'a [u8; N], BatchError> {
        let (taken, rest) = self
            .rest
            .split_first_chunk()
            .ok_or(BatchError { offset: self.end, problem: Problem::Truncated })?;
        self.rest = rest;
        Ok(taken)
    }

    fn slice(&mut self, length: usize) -> Result<&'a [u8], BatchError> {
        let (taken, rest) = self
            .rest
            .split_at_checked(length)
            .ok_or(BatchError { offset: self.end, problem: Problem::Truncated })?;
        self.rest = rest;
        Ok(taken)
    }

    /// Reads exactly these bytes.
    pub(crate) fn expect(&mut self, fixed: &[u8]) -> Result<(), BatchError> {
        for &expected in fixed {
            let offset = self.offset();
            let &[found] = self.take()?;
            if found != expected {
                return Err(BatchError { offset, problem: Problem::Byte { expected, found } });
            }
        }
        Ok(())
    }

    /// Major type and argument of the next head.
    fn head(&mut self) -> Result<(u8, u64), BatchError> {
        let offset = self.offset();
        let &[first] = self.take()?;
        let (argument, least) = match first & 0x1f {
            small @ 0..24 => (u64::from(small), 0),
            24 => (u64::from(u8::from_be_bytes(*self.take()?)), 24),
            25 => (u64::from(u16::from_be_bytes(*self.take()?)), 1 << 8),
            26 => (u64::from(u32::from_be_bytes(*self.take()?)), 1 << 16),
            27 => (u64::from_be_bytes(*self.take()?), 1 << 32),
            _ => return Err(BatchError { offset, problem: Problem::NotPreferred }),
        };
        if argument < least {
            return Err(BatchError { offset, problem: Problem::NotPreferred });
        }
        Ok((first >> 5, argument))
    }

    /// The argument of a head that must have this major type.
    fn argument(&mut self, expected: u8) -> Result<u64, BatchError> {
        let offset = self.offset();
        let (found, argument) = self.head()?;
        if found != expected {
            return Err(BatchError { offset, problem: Problem::Type { expected, found } });
        }
        Ok(argument)
    }

    pub(crate) fn unsigned(&mut self) -> Result<u64, BatchError> {
        self.argument(major::UNSIGNED)
    }

    pub(crate) fn unsigned_u32(&mut self) -> Result<u32, BatchError> {
        let offset = self.offset();
        u32::try_from(self.unsigned()?).map_err(|_| BatchError { offset, problem: Problem::Limit })
    }

    pub(crate) fn signed(&mut self) -> Result<i64, BatchError> {
        let offset = self.offset();
        let (found, argument) = self.head()?;
        let value = i64::try_from(argument).map_err(|_| BatchError { offset, problem: Problem::Limit })?;
        match found {
            major::UNSIGNED => Ok(value),
            // RFC 8949 section 3.1: major type 1 stands for -1 minus the argument.
            major::NEGATIVE => Ok(!value),
            _ => Err(BatchError { offset, problem: Problem::Type { expected: major::UNSIGNED, found } }),
        }
    }

    /// The number of items of an array, which the caller then reads.
    pub(crate) fn array(&mut self) -> Result<u64, BatchError> {
        self.argument(major::ARRAY)
    }

    pub(crate) fn array_of(&mut self, expected: u64) -> Result<(), BatchError> {
        let offset = self.offset();
        let found = self.array()?;
        if found != expected {
            return Err(BatchError { offset, problem: Problem::Items { expected, found } });
        }
        Ok(())
    }

    pub(crate) fn tag(&mut self, expected: u64) -> Result<(), BatchError> {
        let offset = self.offset();
        let found = self.argument(major::TAG)?;
        if found != expected {
            return Err(BatchError { offset, problem: Problem::Unknown(found) });
        }
        Ok(())
    }

    fn string(&mut self, kind: u8, longest: usize) -> Result<&'a [u8], BatchError> {
        let offset = self.offset();
        let length = self.argument(kind)?;
        match usize::try_from(length) {
            Ok(length) if length <= longest => self.slice(length),
            _ => Err(BatchError { offset, problem: Problem::Limit }),
        }
    }

    pub(crate) fn bytes(&mut self, longest: usize) -> Result<&'a [u8], BatchError> {
        self.string(major::BYTES, longest)
    }

    /// The bytes of a text, not yet known to be UTF-8.
    pub(crate) fn text_bytes(&mut self, longest: usize) -> Result<&'a [u8], BatchError> {
        self.string(major::TEXT, longest)
    }

    pub(crate) fn text(&mut self, longest: usize) -> Result<&'a str, BatchError> {
        let offset = self.offset();
        std::str::from_utf8(self.text_bytes(longest)?)
            .map_err(|_| BatchError { offset, problem: Problem::Text })
    }

    pub(crate) fn end(self) -> Result<(), BatchError> {
        match self.rest.len() {
            0 => Ok(()),
            more => Err(BatchError { offset: self.offset(), problem: Problem::Trailing(more) }),
        }
    }
}

/// Writes a head in its shortest form.
pub(crate) fn put_head(to: &mut Vec<u8>, kind: u8, argument: u64) {
    let kind = kind << 5;
    let bytes = argument.to_be_bytes();
    let [_, _, _, _, b3, b2, b1, b0] = bytes;
    match argument {
        0..24 => to.push(kind | b0),
        24..0x100 => to.extend([kind | 24, b0]),
        0x100..0x1_0000 => to.extend([kind | 25, b1, b0]),
        0x1_0000..0x1_0000_0000 => to.extend([kind | 26, b3, b2, b1, b0]),
        0x1_0000_0000.. => {
            to.push(kind | 27);
            to.extend(bytes);
        }
    }
}

pub(crate) fn put_unsigned(to: &mut Vec<u8>, value: u64) {
    put_head(to, major::UNSIGNED, value);
}

pub(crate) fn put_signed(to: &mut Vec<u8>, value: i64) {
    if value < 0 {
        put_head(to, major::NEGATIVE, (!value).unsigned_abs());
    } else {
        put_head(to, major::UNSIGNED, value.unsigned_abs());
    }
}

pub(crate) fn put_bytes(to: &mut Vec<u8>, bytes: &[u8]) {
    put_head(to, major::BYTES, bytes.len() as u64);
    to.extend_from_slice(bytes);
}

pub(crate) fn put_text(to: &mut Vec<u8>, text: &str) {
    put_head(to, major::TEXT, text.len() as u64);
    to.extend_from_slice(text.as_bytes());
}
