//! Elements of DER: a tag of one byte, a length in its shortest form, the content.

/// From where to where something stands in the whole encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Its first byte.
    pub start: usize,
    /// The byte after its last.
    pub end: usize,
}

impl Span {
    /// The bytes there.
    #[must_use]
    pub fn of(self, whole: &[u8]) -> &[u8] {
        whole.get(self.start..self.end).unwrap_or_default()
    }

    /// How many bytes these are.
    #[must_use]
    pub fn len(self) -> usize {
        self.end.saturating_sub(self.start)
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }
}

/// Why bytes are no certificate. Offsets count from the first byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum X509Error {
    /// An element ends after what it stands in.
    #[error("the element at {at} is cut off")]
    Truncated {
        /// Where it begins.
        at: usize,
    },
    /// A length that is indefinite, or longer than it need be.
    #[error("the length at {at} is not in its one form")]
    Length {
        /// Where the element begins.
        at: usize,
    },
    /// Another element than must be there.
    #[error("tag {tag:02X} at {at}")]
    Tag {
        /// Where it stands.
        at: usize,
        /// The tag found; 0 at an end.
        tag: u8,
    },
    /// A content that its type does not allow.
    #[error("the value at {at} is none of its type")]
    Value {
        /// Where the element begins.
        at: usize,
    },
    /// Bytes after the last element.
    #[error("more follows at {at}")]
    Trailing {
        /// Where.
        at: usize,
    },
    /// The same extension twice, or more of them than the limit.
    #[error("one extension too many at {at}")]
    Extension {
        /// Where it begins.
        at: usize,
    },
    /// The algorithm inside of what was signed is not the one outside.
    #[error("two algorithms of signature, the second at {at}")]
    Algorithms {
        /// Where the second stands.
        at: usize,
    },
}

/// Universal tags, and the bits of others.
pub(super) mod tag {
    pub(in crate::x509) const BOOLEAN: u8 = 0x01;
    pub(in crate::x509) const INTEGER: u8 = 0x02;
    pub(in crate::x509) const BIT_STRING: u8 = 0x03;
    pub(in crate::x509) const OCTET_STRING: u8 = 0x04;
    pub(in crate::x509) const NULL: u8 = 0x05;
    pub(in crate::x509) const OID: u8 = 0x06;
    pub(in crate::x509) const UTC_TIME: u8 = 0x17;
    pub(in crate::x509) const GENERALIZED_TIME: u8 = 0x18;
    pub(in crate::x509) const SEQUENCE: u8 = 0x30;
    pub(in crate::x509) const SET: u8 = 0x31;
    /// Numbers above 30 continue in further bytes, which nothing in a certificate needs.
    pub(in crate::x509) const LONG: u8 = 0x1F;
    /// `[n]`, primitive and constructed.
    pub(in crate::x509) const fn context(number: u8) -> u8 {
        0x80 | number
    }
    pub(in crate::x509) const fn constructed(number: u8) -> u8 {
        0xA0 | number
    }
}

/// One element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Element {
    pub(super) tag: u8,
    /// All of it.
    pub(super) whole: Span,
    pub(super) content: Span,
}

/// Reads elements one after the other.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    end: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0, end: bytes.len() }
    }

    /// A reader of what stands in an element.
    pub(super) fn inside(&self, element: Element) -> Self {
        self.over(element.content)
    }

    /// A reader of part of the same bytes.
    pub(super) fn over(&self, span: Span) -> Self {
        Self { bytes: self.bytes, at: span.start, end: span.end }
    }

    pub(super) fn bytes(&self, span: Span) -> &'a [u8] {
        self.bytes.get(span.start..span.end).unwrap_or_default()
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.at >= self.end
    }

    /// Where the next element begins.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    fn byte(&self, at: usize) -> Option<u8> {
        self.bytes.get(at).copied().filter(|_| at < self.end)
    }

    /// The next element, whatever it is.
    pub(super) fn any(&mut self) -> Result<Element, X509Error> {
        let start = self.at;
        let truncated = X509Error::Truncated { at: start };
        let tag = self.byte(start).ok_or(truncated)?;
        if tag & tag::LONG == tag::LONG {
            return Err(X509Error::Tag { at: start, tag });
        }
        let first = self.byte(start + 1).ok_or(truncated)?;
        let (length, head) = match first {
            0..=0x7F => (usize::from(first), 2),
            0x81 | 0x82 => self.long_length(start, usize::from(first & 0x7F))?,
            _ => return Err(X509Error::Length { at: start }),
        };
        let content = Span { start: start + head, end: start + head + length };
        if content.end > self.end {
            return Err(truncated);
        }
        self.at = content.end;
        Ok(Element { tag, whole: Span { start, end: content.end }, content })
    }

    /// A length of one or two bytes, which a shorter form could not say.
    fn long_length(&self, start: usize, count: usize) -> Result<(usize, usize), X509Error> {
        let mut length = 0;
        for index in 0..count {
            let byte = self.byte(start + 2 + index).ok_or(X509Error::Truncated { at: start })?;
            length = length << 8 | usize::from(byte);
        }
        let least = if count == 1 { 0x80 } else { 0x100 };
        if length < least { Err(X509Error::Length { at: start }) } else { Ok((length, 2 + count)) }
    }

    /// The next element, which must have this tag.
    pub(super) fn expect(&mut self, tag: u8) -> Result<Element, X509Error> {
        let at = self.at;
        match self.byte(at) {
            Some(found) if found == tag => self.any(),
            Some(found) => Err(X509Error::Tag { at, tag: found }),
            None => Err(X509Error::Tag { at, tag: 0 }),
        }
    }

    /// The next element if it has this tag.
    pub(super) fn optional(&mut self, tag: u8) -> Result<Option<Element>, X509Error> {
        if self.byte(self.at) == Some(tag) { self.any().map(Some) } else { Ok(None) }
    }

    /// Nothing may follow.
    pub(super) fn finish(&self) -> Result<(), X509Error> {
        if self.is_at_end() { Ok(()) } else { Err(X509Error::Trailing { at: self.at }) }
    }

    /// An integer in its shortest form; the content, with its sign.
    pub(super) fn integer(&mut self) -> Result<Element, X509Error> {
        let element = self.expect(tag::INTEGER)?;
        match self.bytes(element.content) {
            [] | [0, 0..=0x7F, ..] | [0xFF, 0x80..=0xFF, ..] => {
                Err(X509Error::Value { at: element.whole.start })
            }
            _ => Ok(element),
        }
    }

    /// An integer that is not negative, without the zero in front.
    pub(super) fn natural(&mut self) -> Result<Span, X509Error> {
        let Element { whole, content, .. } = self.integer()?;
        match self.bytes(content) {
            [0x80..=0xFF, ..] => Err(X509Error::Value { at: whole.start }),
            [0, _, ..] => Ok(Span { start: content.start + 1, end: content.end }),
            _ => Ok(content),
        }
    }

    /// An object identifier: each number in its shortest form (X.690, 8.19.2).
    pub(super) fn oid(&mut self) -> Result<Element, X509Error> {
        let element = self.expect(tag::OID)?;
        let bytes = self.bytes(element.content);
        let ends = bytes.last().is_some_and(|last| last & 0x80 == 0);
        let mut starts = true;
        for byte in bytes {
            if starts && *byte == 0x80 {
                return Err(X509Error::Value { at: element.whole.start });
            }
            starts = byte & 0x80 == 0;
        }
        if ends { Ok(element) } else { Err(X509Error::Value { at: element.whole.start }) }
    }

    /// A string of whole bytes.
    pub(super) fn bit_string(&mut self) -> Result<(Element, Span), X509Error> {
        let element = self.expect(tag::BIT_STRING)?;
        match self.bytes(element.content) {
            [0, ..] => Ok((element, Span { start: element.content.start + 1, end: element.content.end })),
            _ => Err(X509Error::Value { at: element.whole.start }),
        }
    }
}
