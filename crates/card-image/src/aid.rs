//! Application identifiers (ISO 7816-5): 5 bytes that name the provider and 0 to 11 that the provider chose.

use alloc::string::{String, ToString};
use core::fmt;
use core::str::FromStr;

use crate::cap::limits::{MAX_AID, MIN_AID};

/// An application identifier: 5 to 16 bytes, of a package or of an applet.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Aid {
    bytes: [u8; MAX_AID],
    length: u8,
}

/// Why bytes or text are no [`Aid`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AidError {
    /// An AID has 5 to 16 bytes (ISO 7816-5).
    #[error("an AID has {MIN_AID} to {MAX_AID} bytes, not {0}")]
    Length(usize),
    /// The text is not pairs of hexadecimal digits.
    #[error("{0:?} is not hexadecimal")]
    NotHex(String),
}

impl Aid {
    /// Takes 5 to 16 bytes.
    pub fn new(bytes: &[u8]) -> Result<Self, AidError> {
        if bytes.len() < MIN_AID {
            return Err(AidError::Length(bytes.len()));
        }
        let mut aid = Self { bytes: [0; MAX_AID], length: bytes.len() as u8 };
        aid.bytes.get_mut(..bytes.len()).ok_or(AidError::Length(bytes.len()))?.copy_from_slice(bytes);
        Ok(aid)
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.length)).unwrap_or_default()
    }

    /// The registered provider: the first 5 bytes.
    pub fn rid(&self) -> [u8; 5] {
        let [a, b, c, d, e, ..] = self.bytes;
        [a, b, c, d, e]
    }
}

impl AsRef<[u8]> for Aid {
    fn as_ref(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl TryFrom<&[u8]> for Aid {
    type Error = AidError;

    fn try_from(bytes: &[u8]) -> Result<Self, AidError> {
        Self::new(bytes)
    }
}

impl FromStr for Aid {
    type Err = AidError;

    /// Reads hexadecimal digits, upper or lower case.
    fn from_str(text: &str) -> Result<Self, AidError> {
        let not_hex = || AidError::NotHex(text.to_string());
        let mut bytes = [0u8; MAX_AID];
        let mut digits = text.chars().map(|c| c.to_digit(16));
        let count = text.chars().count();
        if !count.is_multiple_of(2) {
            return Err(not_hex());
        }
        if count / 2 > MAX_AID {
            return Err(AidError::Length(count / 2));
        }
        for byte in bytes.iter_mut().take(count / 2) {
            let (Some(Some(high)), Some(Some(low))) = (digits.next(), digits.next()) else {
                return Err(not_hex());
            };
            *byte = (high << 4 | low) as u8;
        }
        Self::new(bytes.get(..count / 2).unwrap_or_default())
    }
}

impl fmt::Display for Aid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_bytes().iter().try_for_each(|byte| write!(f, "{byte:02X}"))
    }
}

impl fmt::Debug for Aid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Aid({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_bytes_agree() {
        let aid: Aid = "a000000062010101".parse().unwrap();
        assert_eq!(aid.as_bytes(), [0xA0, 0, 0, 0, 0x62, 1, 1, 1]);
        assert_eq!(aid.to_string(), "A000000062010101");
        assert_eq!(aid.rid(), [0xA0, 0, 0, 0, 0x62]);
    }

    #[test]
    fn lengths_and_digits_are_checked() {
        assert_eq!(Aid::new(&[1; 4]), Err(AidError::Length(4)));
        assert_eq!(Aid::new(&[1; 17]), Err(AidError::Length(17)));
        assert_eq!("A0000000".parse::<Aid>(), Err(AidError::Length(4)));
        assert_eq!("A00000000".parse::<Aid>(), Err(AidError::NotHex("A00000000".into())));
        assert_eq!("A0000000é1".parse::<Aid>(), Err(AidError::NotHex("A0000000é1".into())));
        assert_eq!("0".repeat(34).parse::<Aid>(), Err(AidError::Length(17)));
    }
}
