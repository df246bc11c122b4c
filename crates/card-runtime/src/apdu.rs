//! Command and response APDUs: ISO/IEC 7816-4 clause 5, the four cases in short and extended form.
//!
//! ```text
//! case 1   CLA INS P1 P2
//! case 2   CLA INS P1 P2 Le                       Le: 1 byte, or 00 + 2 bytes
//! case 3   CLA INS P1 P2 Lc data                  Lc: 1 byte, or 00 + 2 bytes
//! case 4   CLA INS P1 P2 Lc data Le               Le as long as Lc (extended: 2 bytes)
//! ```

use alloc::vec::Vec;

use crate::limits::{EXTENDED_ANSWER_MAX, EXTENDED_DATA_MAX};
use crate::status::StatusWord;

/// Why bytes are not a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ApduError {
    /// Fewer than the four bytes of a header.
    #[error("a command needs 4 bytes, {0} came")]
    Header(usize),
    /// The length fields and the number of bytes disagree.
    #[error("the length fields do not fit {0} bytes")]
    Length(usize),
    /// More data than the card takes in one command.
    #[error("{0} bytes of data are more than the card takes")]
    Oversized(usize),
}

/// A well-formed command APDU: its length fields fit its bytes. Nothing is said about its meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Command<'a> {
    /// Class byte.
    pub cla: u8,
    /// Instruction byte.
    pub ins: u8,
    /// First parameter.
    pub p1: u8,
    /// Second parameter.
    pub p2: u8,
    /// Command data; empty when there is no Lc.
    pub data: &'a [u8],
    /// Most bytes the sender expects in the answer: `None` without Le, 256 for a short and 32,767 for an extended zero
    /// or anything above.
    pub expected: Option<usize>,
    /// Whether the length fields have the extended form.
    pub extended: bool,
}

impl<'a> Command<'a> {
    /// Parses one command.
    ///
    /// # Errors
    /// [`ApduError`] when the bytes have none of the four forms.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, ApduError> {
        let Some((&[cla, ins, p1, p2], body)) = bytes.split_first_chunk::<4>() else {
            return Err(ApduError::Header(bytes.len()));
        };
        let header = Self { cla, ins, p1, p2, data: &[], expected: None, extended: false };
        let wrong = ApduError::Length(bytes.len());
        match body {
            [] => Ok(header),
            [le] => Ok(Self { expected: Some(short_le(*le)), ..header }),
            [0, high, low] => Ok(Self { expected: Some(extended_le(*high, *low)), extended: true, ..header }),
            [0, high, low, rest @ ..] => {
                let length = usize::from(u16::from_be_bytes([*high, *low]));
                if length > EXTENDED_DATA_MAX {
                    return Err(ApduError::Oversized(length));
                }
                let (data, le) = rest.split_at_checked(length).filter(|_| length > 0).ok_or(wrong)?;
                let expected = match le {
                    [] => None,
                    [high, low] => Some(extended_le(*high, *low)),
                    _ => return Err(wrong),
                };
                Ok(Self { data, expected, extended: true, ..header })
            }
            [length, rest @ ..] => {
                let (data, le) =
                    rest.split_at_checked(usize::from(*length)).filter(|_| *length > 0).ok_or(wrong)?;
                let expected = match le {
                    [] => None,
                    [le] => Some(short_le(*le)),
                    _ => return Err(wrong),
                };
                Ok(Self { data, expected, ..header })
            }
        }
    }

    /// The class byte taken apart.
    #[must_use]
    pub fn class(&self) -> Class {
        Class::of(self.cla)
    }
}

fn short_le(le: u8) -> usize {
    if le == 0 { 256 } else { usize::from(le) }
}

fn extended_le(high: u8, low: u8) -> usize {
    match usize::from(u16::from_be_bytes([high, low])) {
        0 => EXTENDED_ANSWER_MAX,
        length => length.min(EXTENDED_ANSWER_MAX),
    }
}

/// How a class byte names its channel (ISO/IEC 7816-4, 5.4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChannelEncoding {
    /// Not at all: the byte has no defined coding.
    None,
    /// The first coding: channels 0 to 3 in the last two bits.
    First,
    /// The further coding: channels 4 to 19 in the last four.
    Further,
}

/// What a class byte says (ISO/IEC 7816-4, 5.4.1; the same coding with bit 8 set is GlobalPlatform's, 11.1.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Class {
    /// Logical channel, 0 to 19.
    pub channel: u8,
    /// Whether any form of secure messaging is announced.
    pub secure: bool,
    /// Whether more commands of a chain follow.
    pub chained: bool,
    /// Bit 8 clear: the command means what ISO/IEC 7816-4 says.
    pub interindustry: bool,
    /// Whether the byte has a defined coding: `FF` and `20` to `3F` have none.
    pub valid: bool,
    /// How it names the channel.
    pub encoding: ChannelEncoding,
}

impl Class {
    /// Takes the class byte apart.
    #[must_use]
    pub const fn of(cla: u8) -> Self {
        let further = cla & 0x40 != 0;
        let valid = cla != 0xFF && cla & 0xE0 != 0x20;
        Self {
            channel: if further { 4 + (cla & 0x0F) } else { cla & 0x03 },
            secure: if further { cla & 0x20 != 0 } else { cla & 0x0C != 0 },
            chained: cla & 0x10 != 0,
            interindustry: cla & 0x80 == 0,
            valid,
            encoding: match (valid, further) {
                (false, _) => ChannelEncoding::None,
                (true, false) => ChannelEncoding::First,
                (true, true) => ChannelEncoding::Further,
            },
        }
    }
}

/// An answer: data and a status word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// Answer data, often empty.
    pub data: Vec<u8>,
    /// Status word.
    pub status: StatusWord,
}

impl Response {
    /// An answer with data and the status 9000.
    #[must_use]
    pub fn ok(data: Vec<u8>) -> Self {
        Self { data, status: StatusWord::OK }
    }

    /// An answer without data.
    #[must_use]
    pub fn status(status: StatusWord) -> Self {
        Self { data: Vec::new(), status }
    }

    /// Data, SW1, SW2.
    #[must_use]
    pub fn into_bytes(mut self) -> Vec<u8> {
        self.data.extend_from_slice(&self.status.bytes());
        self.data
    }

    /// The other way round.
    ///
    /// # Errors
    /// [`ApduError::Length`] with fewer than two bytes.
    pub fn parse(bytes: &[u8]) -> Result<Self, ApduError> {
        let (data, status) = bytes.split_last_chunk::<2>().ok_or(ApduError::Length(bytes.len()))?;
        Ok(Self { data: data.to_vec(), status: StatusWord(u16::from_be_bytes(*status)) })
    }
}

impl From<StatusWord> for Response {
    fn from(status: StatusWord) -> Self {
        Self::status(status)
    }
}
