//! The frame of the serial protocol.

use crc::{CRC_16_IBM_3740, Crc};

use crate::{Problem, Refusal};

/// Begins a frame.
pub const STX: u8 = 0x02;
/// Ends its payload.
pub const ETX: u8 = 0x03;
/// The frame is on disk.
pub const ACK: u8 = 0x06;
/// The frame is damaged or refused.
pub const NAK: u8 = 0x15;
/// Ends frames and answers.
pub const CR: u8 = 0x0D;

const CHECKSUM: Crc<u16> = Crc::<u16>::new(&CRC_16_IBM_3740);

/// A frame whose checksum fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame<'a> {
    /// Its number.
    pub number: u8,
    /// What it carries.
    pub payload: &'a [u8],
}

impl<'a> Frame<'a> {
    /// Bytes of a frame before its payload: STX and the number.
    pub(super) const HEAD: usize = 3;

    /// The frame that these bytes are, from STX to CR.
    ///
    /// # Errors
    /// [`Refusal`] with the offset of what is not as it must be.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Refusal> {
        let short =
            || Refusal::at(bytes.len(), Problem::Truncated(9_usize.saturating_sub(bytes.len()).max(1)));
        let wrong = |at: usize, what, wanted| {
            let found = bytes.get(at).map_or_else(|| "nothing".into(), |byte| format!("{byte:02X}"));
            Refusal::at(at, Problem::Value { what, found, wanted })
        };
        let end = bytes.len().checked_sub(6).filter(|end| *end >= Self::HEAD).ok_or_else(short)?;
        if bytes.first() != Some(&STX) {
            return Err(wrong(0, "the first byte", "STX"));
        }
        if bytes.last() != Some(&CR) {
            return Err(wrong(bytes.len() - 1, "the last byte", "CR"));
        }
        if bytes.get(end) != Some(&ETX) {
            return Err(wrong(end, "the byte before the checksum", "ETX"));
        }
        let number = bytes
            .get(1..3)
            .and_then(hex_byte)
            .ok_or_else(|| wrong(1, "the number", "2 digits of 0-9 A-F"))?;
        let digits = bytes.get(end + 1..end + 5).unwrap_or_default();
        let halves =
            digits.split_at_checked(2).and_then(|(high, low)| Some([hex_byte(high)?, hex_byte(low)?]));
        let found = halves
            .map(u16::from_be_bytes)
            .ok_or_else(|| wrong(end + 1, "the checksum", "4 digits of 0-9 A-F"))?;
        let computed = CHECKSUM.checksum(bytes.get(1..=end).unwrap_or_default());
        if found != computed {
            let (found, computed) = (found.into(), computed.into());
            return Err(Refusal::at(end + 1, Problem::Checksum { found, computed }));
        }
        Ok(Self { number, payload: bytes.get(Self::HEAD..end).unwrap_or_default() })
    }
}

/// Two digits; letters are upper case.
pub(super) fn hex_byte(digits: &[u8]) -> Option<u8> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    };
    let &[high, low] = digits else { return None };
    Some(digit(high)? << 4 | digit(low)?)
}

/// A frame, as a device sends it.
#[must_use]
pub fn frame(number: u8, payload: &[u8]) -> Vec<u8> {
    let mut out = vec![STX];
    out.extend_from_slice(format!("{number:02X}").as_bytes());
    out.extend_from_slice(payload);
    out.push(ETX);
    let checksum = CHECKSUM.checksum(out.get(1..).unwrap_or_default());
    out.extend_from_slice(format!("{checksum:04X}\r").as_bytes());
    out
}

/// An answer: [`ACK`] or [`NAK`].
#[must_use]
pub fn answer(word: u8, number: u8) -> Vec<u8> {
    let mut out = vec![word];
    out.extend_from_slice(format!("{number:02X}\r").as_bytes());
    out
}
