//! Blocks.
//!
//! ```text
//! block = NAD:u8 PCB:u8 LEN:u16 INF[LEN] CRC:u16          numbers big-endian
//! NAD     21 from the host, 12 from the card
//! PCB     0 N M 0 0 0 0 0      I-block: number N(S), more follows
//!         1 0 0 N 0 0 e e      R-block: number N(R) expected next; 00 no error, 01 check, 10 other
//!         1 1 r t t t t t      S-block: request or response (r), type
//! CRC     CRC-16 of ISO/IEC 13239 over all before it
//! ```

use crate::limits::T1_INFORMATION_MAX;

pub(super) const PROLOGUE: usize = 4;
pub(super) const EPILOGUE: usize = 2;

/// Who sends a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The host's device.
    Host,
    /// The secure element.
    Card,
}

impl Side {
    /// The node address byte of its blocks.
    #[must_use]
    pub fn address(self) -> u8 {
        match self {
            Side::Host => 0x21,
            Side::Card => 0x12,
        }
    }
}

/// The one-bit number of an I-block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Turn {
    /// The first after a start or a resynchronisation.
    #[default]
    Zero,
    /// The one after it.
    One,
}

impl Turn {
    /// The number that follows.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Turn::Zero => Turn::One,
            Turn::One => Turn::Zero,
        }
    }

    fn of(bit: u8) -> Self {
        if bit == 0 { Turn::Zero } else { Turn::One }
    }

    fn bit(self, at: u8) -> u8 {
        match self {
            Turn::Zero => 0,
            Turn::One => at,
        }
    }
}

/// What an R-block says of the block before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It was good.
    None,
    /// Its check was wrong.
    Check,
    /// Something else was wrong, or nothing came.
    Other,
}

/// A supervisory request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// Start counting blocks anew.
    Resync,
    /// The longest information field that the sender takes from now on.
    Ifs(u16),
    /// Give up the chain of blocks.
    Abort,
    /// So many times the waiting time, please.
    Wtx(u8),
    /// Your communication interface parameters, please.
    Cip,
    /// The host will not need the card for a while.
    Release,
    /// Reset, as if the power had gone and come.
    SoftReset,
}

/// The answer to a supervisory request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Response {
    /// Counting anew.
    Resync,
    /// Such blocks it will be.
    Ifs(u16),
    /// Given up.
    Abort,
    /// So long it may take.
    Wtx(u8),
    /// The parameters.
    Cip(Vec<u8>),
    /// Released.
    Release,
    /// Reset.
    SoftReset,
}

/// One block, without its address and check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// A part of a command or an answer.
    Information {
        /// N(S).
        number: Turn,
        /// Whether more parts follow.
        more: bool,
        /// The part.
        data: Vec<u8>,
    },
    /// A part was received, or something was wrong.
    Ready {
        /// N(R): the number of the I-block that is expected next.
        expected: Turn,
        /// What was wrong.
        fault: Fault,
    },
    /// A supervisory request.
    Request(Request),
    /// The answer to one.
    Response(Response),
}

/// Why bytes are not a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BlockError {
    /// Fewer bytes than any block has.
    #[error("{0} bytes are no block")]
    Short(usize),
    /// Another address.
    #[error("a block with address {0:02X}")]
    Address(u8),
    /// The length does not fit the bytes, or is longer than allowed.
    #[error("a block that says it has {said} bytes of information, and has {found}")]
    Length {
        /// LEN.
        said: u16,
        /// Bytes between prologue and epilogue.
        found: usize,
    },
    /// The check is wrong.
    #[error("a block with check {found:04X}, which should be {right:04X}")]
    Check {
        /// What came.
        found: u16,
        /// What it should be.
        right: u16,
    },
    /// No such kind of block, or its information is not of that kind.
    #[error("a block with control byte {control:02X} and {length} bytes of information")]
    Control {
        /// PCB.
        control: u8,
        /// LEN.
        length: usize,
    },
}

impl BlockError {
    /// What an R-block says of it.
    #[must_use]
    pub fn fault(self) -> Fault {
        match self {
            BlockError::Check { .. } => Fault::Check,
            BlockError::Short(_)
            | BlockError::Address(_)
            | BlockError::Length { .. }
            | BlockError::Control { .. } => Fault::Other,
        }
    }
}

impl Block {
    /// Takes a block of `from` apart.
    ///
    /// # Errors
    /// [`BlockError`].
    pub fn parse(bytes: &[u8], from: Side) -> Result<Self, BlockError> {
        let short = BlockError::Short(bytes.len());
        let (covered, check) = bytes.split_last_chunk::<EPILOGUE>().ok_or(short)?;
        let (&[address, control, high, low], data) = covered.split_first_chunk::<PROLOGUE>().ok_or(short)?;
        if address != from.address() {
            return Err(BlockError::Address(address));
        }
        let said = u16::from_be_bytes([high, low]);
        if usize::from(said) != data.len() || said > T1_INFORMATION_MAX {
            return Err(BlockError::Length { said, found: data.len() });
        }
        let (found, right) = (u16::from_be_bytes(*check), crc(covered));
        if found != right {
            return Err(BlockError::Check { found, right });
        }
        Self::of(control, data).ok_or(BlockError::Control { control, length: data.len() })
    }

    fn of(control: u8, data: &[u8]) -> Option<Self> {
        Some(match control {
            0x00 | 0x20 | 0x40 | 0x60 => Block::Information {
                number: Turn::of(control & 0x40),
                more: control & 0x20 != 0,
                data: data.to_vec(),
            },
            0x80..=0x82 | 0x90..=0x92 if data.is_empty() => Block::Ready {
                expected: Turn::of(control & 0x10),
                fault: match control & 0x03 {
                    0 => Fault::None,
                    1 => Fault::Check,
                    _ => Fault::Other,
                },
            },
            0xC0..=0xDF => Block::Request(match (control & 0x1F, data) {
                (0x00, []) => Request::Resync,
                (0x01, size) => Request::Ifs(ifs(size)?),
                (0x02, []) => Request::Abort,
                (0x03, &[times]) => Request::Wtx(times),
                (0x04, []) => Request::Cip,
                (0x06, []) => Request::Release,
                (0x0F, []) => Request::SoftReset,
                _ => return None,
            }),
            0xE0..=0xFF => Block::Response(match (control & 0x1F, data) {
                (0x00, []) => Response::Resync,
                (0x01, size) => Response::Ifs(ifs(size)?),
                (0x02, []) => Response::Abort,
                (0x03, &[times]) => Response::Wtx(times),
                (0x04, parameters) => Response::Cip(parameters.to_vec()),
                (0x06, []) => Response::Release,
                (0x0F, []) => Response::SoftReset,
                _ => return None,
            }),
            _ => return None,
        })
    }

    /// The bytes of the block when `from` sends it. Information beyond the longest field is cut; the state machines never
    /// send such.
    #[must_use]
    pub fn encode(&self, from: Side) -> Vec<u8> {
        let (control, data) = match self {
            Block::Information { number, more, data } => {
                (number.bit(0x40) | if *more { 0x20 } else { 0 }, data.clone())
            }
            Block::Ready { expected, fault } => {
                let fault = match fault {
                    Fault::None => 0,
                    Fault::Check => 1,
                    Fault::Other => 2,
                };
                (0x80 | expected.bit(0x10) | fault, Vec::new())
            }
            Block::Request(request) => match *request {
                Request::Resync => (0xC0, Vec::new()),
                Request::Ifs(size) => (0xC1, ifs_bytes(size)),
                Request::Abort => (0xC2, Vec::new()),
                Request::Wtx(times) => (0xC3, vec![times]),
                Request::Cip => (0xC4, Vec::new()),
                Request::Release => (0xC6, Vec::new()),
                Request::SoftReset => (0xCF, Vec::new()),
            },
            Block::Response(response) => match response {
                Response::Resync => (0xE0, Vec::new()),
                Response::Ifs(size) => (0xE1, ifs_bytes(*size)),
                Response::Abort => (0xE2, Vec::new()),
                Response::Wtx(times) => (0xE3, vec![*times]),
                Response::Cip(parameters) => (0xE4, parameters.clone()),
                Response::Release => (0xE6, Vec::new()),
                Response::SoftReset => (0xEF, Vec::new()),
            },
        };
        let length = u16::try_from(data.len()).unwrap_or(u16::MAX).min(T1_INFORMATION_MAX);
        let mut bytes = vec![from.address(), control];
        bytes.extend_from_slice(&length.to_be_bytes());
        bytes.extend(data.into_iter().take(usize::from(length)));
        let check = crc(&bytes);
        bytes.extend_from_slice(&check.to_be_bytes());
        bytes
    }
}

/// An information field size: one byte up to 254, two above.
fn ifs(bytes: &[u8]) -> Option<u16> {
    match *bytes {
        [size @ 1..=0xFE] => Some(u16::from(size)),
        [high, low] => {
            Some(u16::from_be_bytes([high, low])).filter(|size| (0xFF..=T1_INFORMATION_MAX).contains(size))
        }
        _ => None,
    }
}

fn ifs_bytes(size: u16) -> Vec<u8> {
    match u8::try_from(size) {
        Ok(size) if size < 0xFF => vec![size],
        Ok(_) | Err(_) => size.to_be_bytes().to_vec(),
    }
}

/// CRC-16 of ISO/IEC 13239: x^16 + x^12 + x^5 + 1, bits reflected, start and end complemented.
fn crc(bytes: &[u8]) -> u16 {
    let step = |crc: u16, byte: &u8| {
        let index = (crc ^ u16::from(*byte)) & 0xFF;
        (crc >> 8) ^ CRC_TABLE.get(usize::from(index)).copied().unwrap_or_default()
    };
    !bytes.iter().fold(0xFFFF, step)
}

const CRC_TABLE: [u16; 256] = crc_table();

#[expect(clippy::indexing_slicing, reason = "runs in the compiler, where a panic is an error message")]
#[expect(clippy::cast_possible_truncation, reason = "the index is below 256")]
const fn crc_table() -> [u16; 256] {
    let mut table = [0; 256];
    let mut index = 0;
    while index < table.len() {
        let mut crc = index as u16;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 == 0 { crc >> 1 } else { (crc >> 1) ^ 0x8408 };
            bit += 1;
        }
        table[index] = crc;
        index += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_is_the_published_one() {
        // The check value of CRC-16/IBM-SDLC, the same CRC, for the digits 1 to 9.
        assert_eq!(crc(b"123456789"), 0x906E);
    }

    fn all() -> Vec<(Block, u8)> {
        let information = |number, more| Block::Information { number, more, data: vec![1, 2, 3] };
        let ready = |expected, fault| Block::Ready { expected, fault };
        vec![
            (information(Turn::Zero, false), 0x00),
            (information(Turn::One, true), 0x60),
            (ready(Turn::Zero, Fault::None), 0x80),
            (ready(Turn::One, Fault::Check), 0x91),
            (ready(Turn::One, Fault::Other), 0x92),
            (Block::Request(Request::Resync), 0xC0),
            (Block::Request(Request::Ifs(254)), 0xC1),
            (Block::Request(Request::Ifs(T1_INFORMATION_MAX)), 0xC1),
            (Block::Request(Request::Abort), 0xC2),
            (Block::Request(Request::Wtx(3)), 0xC3),
            (Block::Request(Request::Cip), 0xC4),
            (Block::Request(Request::Release), 0xC6),
            (Block::Request(Request::SoftReset), 0xCF),
            (Block::Response(Response::Resync), 0xE0),
            (Block::Response(Response::Ifs(255)), 0xE1),
            (Block::Response(Response::Abort), 0xE2),
            (Block::Response(Response::Wtx(1)), 0xE3),
            (Block::Response(Response::Cip(vec![1, 0])), 0xE4),
            (Block::Response(Response::Release), 0xE6),
            (Block::Response(Response::SoftReset), 0xEF),
        ]
    }

    #[test]
    fn every_block_comes_back_and_no_change_of_a_bit_goes_unseen() {
        for (block, control) in all() {
            for side in [Side::Host, Side::Card] {
                let bytes = block.encode(side);
                assert_eq!(bytes[1], control, "{block:?}");
                assert_eq!(Block::parse(&bytes, side), Ok(block.clone()));
                for bit in 0..bytes.len() * 8 {
                    let mut changed = bytes.clone();
                    changed[bit / 8] ^= 1 << (bit % 8);
                    assert!(Block::parse(&changed, side).is_err(), "{block:?}, bit {bit}");
                }
                for cut in 0..bytes.len() {
                    assert!(Block::parse(&bytes[..cut], side).is_err());
                }
            }
        }
    }

    #[test]
    fn well_checked_nonsense_is_refused() {
        for (control, data) in [
            (0x10, &[][..]),
            (0x83, &[]),
            (0x80, &[0]),
            (0xC0, &[0]),
            (0xC1, &[]),
            (0xC1, &[0]),
            (0xC1, &[0xFF]),
            (0xC1, &[0, 10]),
            (0xC1, &[0xFF, 0xFF]),
            (0xC3, &[]),
            (0xC5, &[]),
            (0xD8, &[]),
            (0xFF, &[]),
        ] {
            let mut bytes = vec![0x21, control, 0, data.len() as u8];
            bytes.extend_from_slice(data);
            bytes.extend_from_slice(&crc(&bytes).to_be_bytes());
            let refused = Block::parse(&bytes, Side::Host).unwrap_err();
            assert_eq!(refused, BlockError::Control { control, length: data.len() });
        }
    }
}
