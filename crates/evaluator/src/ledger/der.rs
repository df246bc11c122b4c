//! Elements of DER (X.690), read from the outside in, each with its place in the file: what time stamps are made of.
//!
//! Lengths are definite and have at most four bytes. Tags have one byte.

/// Some elements, and where they begin.
#[derive(Clone, Copy, Debug)]
pub(super) struct Elements<'a> {
    bytes: &'a [u8],
    offset: usize,
}

/// Tags.
pub(super) const BOOLEAN: u8 = 0x01;
pub(super) const INTEGER: u8 = 0x02;
pub(super) const OCTET_STRING: u8 = 0x04;
pub(super) const NULL: u8 = 0x05;
pub(super) const OBJECT_IDENTIFIER: u8 = 0x06;
pub(super) const UTF8_STRING: u8 = 0x0C;
pub(super) const GENERALIZED_TIME: u8 = 0x18;
pub(super) const SEQUENCE: u8 = 0x30;
pub(super) const SET: u8 = 0x31;
/// `[0] EXPLICIT`.
pub(super) const CONTEXT_0: u8 = 0xA0;

/// No such element at this byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NotHere(pub(super) usize);

impl<'a> Elements<'a> {
    pub(super) fn of(bytes: &'a [u8]) -> Self {
        Self { bytes, offset: 0 }
    }

    /// What is left of them.
    pub(super) fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// Where they begin.
    pub(super) fn offset(&self) -> usize {
        self.offset
    }

    /// The first element's contents, if it has this tag, which it must.
    pub(super) fn take(&mut self, tag: u8) -> Result<Self, NotHere> {
        let bad = NotHere(self.offset);
        let (first, rest) = self.bytes.split_first().ok_or(bad)?;
        let (length, rest) = rest.split_first().ok_or(bad)?;
        if *first != tag {
            return Err(bad);
        }
        let (length, rest) = match length {
            0..=0x7f => (usize::from(*length), rest),
            0x81..=0x84 => {
                let (digits, rest) = rest.split_at_checked(usize::from(length & 0x7f)).ok_or(bad)?;
                (digits.iter().fold(0, |sum, digit| (sum << 8) | usize::from(*digit)), rest)
            }
            _ => return Err(bad),
        };
        let head = self.bytes.len() - rest.len();
        let (contents, rest) = rest.split_at_checked(length).ok_or(bad)?;
        let taken = Self { bytes: contents, offset: self.offset + head };
        *self = Self { bytes: rest, offset: taken.offset + length };
        Ok(taken)
    }

    /// The same, where the element may be left out.
    pub(super) fn optional(&mut self, tag: u8) -> Result<Option<Self>, NotHere> {
        if self.bytes.first() == Some(&tag) { self.take(tag).map(Some) } else { Ok(None) }
    }

    /// There is nothing more.
    pub(super) fn end(&self) -> Result<(), NotHere> {
        if self.bytes.is_empty() { Ok(()) } else { Err(NotHere(self.offset)) }
    }
}

/// Writes one element of at most 127 bytes, which is all that a request needs.
pub(super) fn short(tag: u8, contents: &[u8]) -> Vec<u8> {
    let length = u8::try_from(contents.len()).unwrap_or(0x7f);
    [&[tag, length], contents].concat()
}
