//! The card's global PIN: a cardholder verification method that all applets share (Card Specification 2.3.1, 8.2;
//! GlobalPlatform API, `CVM`).
//!
//! ```text
//! pin = version(1)=1 try-limit(1) tries-left(1) format(1) length(1) bytes
//! ```
//!
//! What is kept are the value and the tries; whether it was submitted and verified ends with a reset.

use alloc::vec::Vec;

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::limits::PIN_MAX;
use crate::tlv::{Reader, TlvError};

const VERSION: u8 = 1;

/// How the digits of a value are written (`CVM.FORMAT_*`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// One character a byte.
    Ascii = 1,
    /// Two digits a byte, the last byte filled with F.
    Bcd = 2,
    /// Bytes that are no digits.
    Hex = 3,
}

impl Format {
    pub(crate) fn parse(byte: u8) -> Option<Self> {
        [Self::Ascii, Self::Bcd, Self::Hex].into_iter().find(|format| *format as u8 == byte)
    }
}

/// Whether a value was offered in this power-up, and the right one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Progress {
    #[default]
    Active,
    Submitted,
    Verified,
}

/// The PIN. Without a value or a try limit it is inactive.
#[derive(Default)]
pub(crate) struct GlobalPin {
    limit: u8,
    tries: u8,
    value: Option<(Format, Zeroizing<Vec<u8>>)>,
    progress: Progress,
}

impl GlobalPin {
    /// What a reset leaves of it.
    pub(crate) fn reset(&mut self) {
        self.progress = Progress::Active;
    }

    pub(crate) fn is_active(&self) -> bool {
        self.limit > 0 && self.value.is_some()
    }

    pub(crate) fn is_submitted(&self) -> bool {
        self.progress != Progress::Active
    }

    pub(crate) fn is_verified(&self) -> bool {
        self.progress == Progress::Verified
    }

    pub(crate) fn is_blocked(&self) -> bool {
        self.is_active() && self.tries == 0
    }

    pub(crate) fn tries(&self) -> u8 {
        if self.is_active() { self.tries } else { 0 }
    }

    /// Sets the value; tries start anew.
    pub(crate) fn update(&mut self, format: Format, bytes: &[u8]) -> bool {
        let fits = !bytes.is_empty() && bytes.len() <= PIN_MAX;
        if !fits || (format != Format::Hex && digits(format, bytes).is_none()) {
            return false;
        }
        self.value = Some((format, Zeroizing::new(bytes.to_vec())));
        self.unblock();
        true
    }

    /// Sets the limit; tries start anew.
    pub(crate) fn set_limit(&mut self, limit: u8) -> bool {
        if limit == 0 || limit > 0x7F {
            return false;
        }
        self.limit = limit;
        self.unblock();
        true
    }

    /// Forgets that a value was offered.
    pub(crate) fn reset_state(&mut self) -> bool {
        let may = self.is_active() && !self.is_blocked();
        if may {
            self.progress = Progress::Active;
        }
        may
    }

    pub(crate) fn block(&mut self) -> bool {
        self.tries = 0;
        self.progress = Progress::Active;
        self.is_active()
    }

    pub(crate) fn unblock(&mut self) -> bool {
        self.tries = self.limit;
        self.progress = Progress::Active;
        self.is_active()
    }

    /// Takes a try before a comparison, which must be kept before [`GlobalPin::compare`] is asked; whether there was one.
    pub(crate) fn take_try(&mut self) -> bool {
        if !self.is_active() || self.tries == 0 {
            return false;
        }
        self.tries -= 1;
        self.progress = Progress::Submitted;
        true
    }

    /// Compares after [`GlobalPin::take_try`]; the right value gives the tries back. Values of different forms are compared digit
    /// by digit.
    pub(crate) fn compare(&mut self, format: Format, offered: &[u8]) -> bool {
        let Some((kept_format, kept)) = &self.value else { return false };
        let right = if *kept_format == format {
            kept.ct_eq(offered).into()
        } else {
            match (digits(*kept_format, kept), digits(format, offered)) {
                (Some(kept), Some(offered)) => kept.ct_eq(&offered).into(),
                (None, _) | (_, None) => false,
            }
        };
        if right {
            self.tries = self.limit;
            self.progress = Progress::Verified;
        }
        right
    }

    pub(crate) fn encode(&self) -> Zeroizing<Vec<u8>> {
        let mut out = Zeroizing::new(Vec::with_capacity(8 + PIN_MAX));
        let (format, value) = match &self.value {
            Some((format, value)) => (*format as u8, value.as_slice()),
            None => (0, &[][..]),
        };
        let length = u8::try_from(value.len()).unwrap_or_default();
        out.extend_from_slice(&[VERSION, self.limit, self.tries, format, length]);
        out.extend_from_slice(value);
        out
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, TlvError> {
        let mut reader = Reader::new(bytes);
        let wrong = TlvError { left: bytes.len() };
        if reader.byte()? != VERSION {
            return Err(wrong);
        }
        let (limit, tries, format) = (reader.byte()?, reader.byte()?, reader.byte()?);
        let value = reader.field()?;
        let value = match format {
            0 => None,
            other => Some((Format::parse(other).ok_or(wrong)?, Zeroizing::new(value.to_vec()))),
        };
        if reader.is_empty() {
            Ok(Self { limit, tries, value, progress: Progress::Active })
        } else {
            Err(wrong)
        }
    }
}

/// The digits of a value, one a byte; none of bytes that are no digits.
fn digits(format: Format, bytes: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let mut out = Zeroizing::new(Vec::with_capacity(2 * bytes.len()));
    match format {
        Format::Hex => return None,
        Format::Ascii => {
            for byte in bytes {
                out.push(byte.checked_sub(b'0').filter(|digit| *digit <= 9)?);
            }
        }
        Format::Bcd => {
            let mut halves = bytes.iter().flat_map(|byte| [byte >> 4, byte & 0x0F]).peekable();
            while let Some(half) = halves.next() {
                match half {
                    0..=9 => out.push(half),
                    0x0F if halves.peek().is_none() => {}
                    _ => return None,
                }
            }
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pin() -> GlobalPin {
        let mut pin = GlobalPin::default();
        assert!(!pin.is_active() && !pin.take_try());
        assert!(pin.set_limit(3) && pin.update(Format::Ascii, b"12345"));
        pin
    }

    #[test]
    fn the_same_digits_are_the_same_in_either_form() {
        for (format, offered, right) in [
            (Format::Ascii, &b"12345"[..], true),
            (Format::Bcd, &[0x12, 0x34, 0x5F], true),
            (Format::Bcd, &[0x12, 0x34, 0x50], false),
            (Format::Bcd, &[0x12, 0x3A], false),
            (Format::Hex, b"12345", false),
            (Format::Ascii, b"1234", false),
        ] {
            let mut pin = pin();
            assert!(pin.take_try());
            assert_eq!(pin.compare(format, offered), right, "{format:?} {offered:02X?}");
            assert_eq!((pin.is_submitted(), pin.is_verified()), (true, right));
            assert_eq!(pin.tries(), if right { 3 } else { 2 });
        }
    }

    #[test]
    fn it_blocks_and_comes_back_from_its_bytes_blocked() {
        let mut pin = pin();
        for _ in 0..3 {
            assert!(pin.take_try());
            assert!(!pin.compare(Format::Ascii, b"0"));
        }
        assert!(pin.is_blocked() && !pin.take_try() && !pin.reset_state());
        let mut again = GlobalPin::decode(&pin.encode()).unwrap();
        assert!(again.is_blocked() && !again.is_submitted());
        assert!(again.unblock() && again.take_try() && again.compare(Format::Ascii, b"12345"));
        assert!(!again.update(Format::Bcd, &[0xAA]), "no digits");
        assert!(!again.set_limit(0));
        let bytes = again.encode();
        assert!((0..bytes.len()).all(|cut| GlobalPin::decode(&bytes[..cut]).is_err()));
    }
}
