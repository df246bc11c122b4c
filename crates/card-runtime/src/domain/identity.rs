//! What a card is from its making on: its serial number, and how it treats files that nobody verified.

use alloc::vec::Vec;

use crate::tlv::{Reader, TlvError};

const VERSION: u8 = 2;
/// Bytes of the card production life cycle data (GlobalPlatform Card Specification 2.3.1, 11.3 and table 6-1 of 2.1.1).
const CPLC: usize = 42;

/// Whether the card verifies what is loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Verification {
    /// A load file is verified as a whole, and refused when it fails.
    #[default]
    Required,
    /// A load file is linked as it is. Its code is still confined to its own package, but may fault. For testing what a
    /// card does with bad files.
    Skipped,
}

/// What a card is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) verification: Verification,
    /// Unique to the card.
    pub(crate) serial: [u8; 8],
    /// What a host may derive the card's keys from: unique to the card.
    pub(crate) diversification: [u8; 10],
}

impl Identity {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let verification = match self.verification {
            Verification::Required => 0,
            Verification::Skipped => 1,
        };
        let mut out = Vec::from([VERSION, verification]);
        out.extend_from_slice(&self.serial);
        out.extend_from_slice(&self.diversification);
        out
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, TlvError> {
        let mut reader = Reader::new(bytes);
        let wrong = TlvError { left: bytes.len() };
        let verification = match (reader.byte()?, reader.byte()?) {
            (VERSION, 0) => Verification::Required,
            (VERSION, 1) => Verification::Skipped,
            _ => return Err(wrong),
        };
        let serial = reader.take(8)?.try_into().map_err(|_| wrong)?;
        let diversification = reader.take(10)?.try_into().map_err(|_| wrong)?;
        if reader.is_empty() { Ok(Self { verification, serial, diversification }) } else { Err(wrong) }
    }

    /// The production data, tag 9F7F: a card made by software has a serial number and nothing else to say.
    pub(super) fn production_data(&self) -> [u8; CPLC] {
        let mut cplc = [0; CPLC];
        // IC serial number (4 bytes at 12) and batch identifier (2 bytes at 16).
        cplc.iter_mut().skip(12).zip(self.serial.iter().take(6)).for_each(|(to, from)| *to = *from);
        cplc
    }
}
