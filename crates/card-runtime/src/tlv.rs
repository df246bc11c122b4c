//! BER-TLV as GlobalPlatform uses it (Card Specification 2.3.1, 11.1.5): tags of one or two bytes, lengths of
//! one to three bytes, no indefinite form.

use alloc::vec::Vec;

/// Reads data objects from the front of a byte string; also plain fields with a length byte.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a>(&'a [u8]);

/// The bytes are not the data objects that they should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("data object cut short or badly coded, {left} bytes before the end")]
pub struct TlvError {
    /// Bytes that were left where reading stopped.
    pub left: usize,
}

/// A tag of one or two bytes, as a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Tag(pub u16);

impl<'a> Reader<'a> {
    /// Starts at the first byte.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// Whether nothing is left.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What is left.
    #[must_use]
    pub fn rest(&self) -> &'a [u8] {
        self.0
    }

    /// The next byte.
    ///
    /// # Errors
    /// At the end.
    pub fn byte(&mut self) -> Result<u8, TlvError> {
        let (byte, rest) = self.0.split_first().ok_or_else(|| self.wrong())?;
        self.0 = rest;
        Ok(*byte)
    }

    /// The next `length` bytes.
    ///
    /// # Errors
    /// When fewer are left.
    pub fn take(&mut self, length: usize) -> Result<&'a [u8], TlvError> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or_else(|| self.wrong())?;
        self.0 = rest;
        Ok(taken)
    }

    /// A field with one length byte before it, as the INSTALL and PUT KEY commands have them.
    ///
    /// # Errors
    /// When the field is cut short.
    pub fn field(&mut self) -> Result<&'a [u8], TlvError> {
        let length = self.byte()?;
        self.take(usize::from(length))
    }

    /// A BER length.
    ///
    /// # Errors
    /// When cut short, of indefinite form, or longer than two bytes.
    pub fn length(&mut self) -> Result<usize, TlvError> {
        match self.byte()? {
            short @ 0..=0x7F => Ok(usize::from(short)),
            0x81 => Ok(usize::from(self.byte()?)),
            0x82 => Ok(usize::from(self.byte()?) << 8 | usize::from(self.byte()?)),
            0x83 => {
                let high = usize::from(self.byte()?) << 16;
                Ok(high | usize::from(self.byte()?) << 8 | usize::from(self.byte()?))
            }
            _ => Err(self.wrong()),
        }
    }

    /// The next tag.
    ///
    /// # Errors
    /// When cut short.
    pub fn tag(&mut self) -> Result<Tag, TlvError> {
        let first = self.byte()?;
        Ok(Tag(match first & 0x1F {
            0x1F => u16::from_be_bytes([first, self.byte()?]),
            _ => u16::from(first),
        }))
    }

    /// The next data object: its tag and value.
    ///
    /// # Errors
    /// When cut short.
    pub fn object(&mut self) -> Result<(Tag, &'a [u8]), TlvError> {
        let tag = self.tag()?;
        let length = self.length()?;
        Ok((tag, self.take(length)?))
    }

    fn wrong(&self) -> TlvError {
        TlvError { left: self.0.len() }
    }
}

/// The value of the first object with `tag` among those in `bytes`, not looking inside others.
///
/// # Errors
/// When the objects before it are badly coded.
pub fn find(bytes: &[u8], tag: Tag) -> Result<Option<&[u8]>, TlvError> {
    let mut reader = Reader::new(bytes);
    while !reader.is_empty() {
        let (found, value) = reader.object()?;
        if found == tag {
            return Ok(Some(value));
        }
    }
    Ok(None)
}

/// Appends one data object.
pub fn put(out: &mut Vec<u8>, tag: Tag, value: &[u8]) {
    let [high, low] = tag.0.to_be_bytes();
    if high != 0 {
        out.push(high);
    }
    out.push(low);
    put_length(out, value.len());
    out.extend_from_slice(value);
}

/// Appends a BER length in its shortest form. Lengths here stay below 16 MiB.
pub fn put_length(out: &mut Vec<u8>, length: usize) {
    let bytes = u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes();
    let [_, high, middle, low] = bytes;
    match length {
        0..=0x7F => out.push(low),
        0x80..=0xFF => out.extend_from_slice(&[0x81, low]),
        0x100..=0xFFFF => out.extend_from_slice(&[0x82, middle, low]),
        _ => out.extend_from_slice(&[0x83, high, middle, low]),
    }
}
