//! The transmission protocol that a card was powered up with (ISO/IEC 7816-3, ISO/IEC 14443-4), and what of it applets see
//! (Java Card API, `APDU.PROTOCOL_*`; JCRE 9.4).

/// How commands reach the card. A host chooses when it powers the card up; the answer to reset says what was chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Protocol {
    /// Contacts, T=0: half commands without Le behind data; answers are fetched with GET RESPONSE.
    T0,
    /// Contacts, T=1: whole commands in blocks.
    #[default]
    T1,
    /// Contactless, type A of ISO/IEC 14443: whole commands in blocks.
    ContactlessA,
    /// Contactless, type B.
    ContactlessB,
}

/// The historical bytes, as compact data objects (ISO/IEC 7816-4, 12.1.1): applications are selected by full and partial
/// name; pre-issuing data MEDSEAL; card capabilities: extended lengths, channels numbered by either side, more than eight.
const HISTORICAL: [u8; 15] =
    [0x80, 0x31, 0xC0, 0x67, b'M', b'E', b'D', b'S', b'E', b'A', b'L', 0x73, 0xC0, 0x21, 0x5F];

/// T=0 only: TS, T0 (no interface bytes, fifteen historical ones). Without a check byte (ISO/IEC 7816-3, 8.2.5).
const ATR_T0: [u8; 17] = with_historical([0x3B, 0x0F]);
/// T=1 only, blocks of 254 bytes: TS, T0, TD1, TD2, TA3 (IFSC), TB3 (waiting times).
const ATR_T1: [u8; 22] = with_check(with_historical([0x3B, 0x8F, 0x81, 0x31, 0xFE, 0x45]));
/// As a reader makes it of a contactless card (PC/SC part 3, 3.1.3.2.3.1).
const ATR_CONTACTLESS: [u8; 20] = with_check(with_historical([0x3B, 0x8F, 0x80, 0x01]));

#[expect(clippy::indexing_slicing, reason = "runs in the compiler, where a panic is an error message")]
const fn with_historical<const N: usize, const M: usize>(start: [u8; N]) -> [u8; M] {
    let mut atr = [0; M];
    let mut at = 0;
    while at < N {
        atr[at] = start[at];
        at += 1;
    }
    while at < N + HISTORICAL.len() {
        atr[at] = HISTORICAL[at - N];
        at += 1;
    }
    atr
}

/// Sets the last byte so that all bytes behind the first give zero when added without carry (ISO/IEC 7816-3, 8.2.5).
#[expect(clippy::indexing_slicing, reason = "runs in the compiler, where a panic is an error message")]
const fn with_check<const N: usize>(mut atr: [u8; N]) -> [u8; N] {
    let mut sum = 0;
    let mut at = 1;
    while at < N - 1 {
        sum ^= atr[at];
        at += 1;
    }
    atr[N - 1] = sum;
    atr
}

impl Protocol {
    /// The answer to reset, as a reader gives it to its host.
    #[must_use]
    pub fn atr(self) -> &'static [u8] {
        match self {
            Self::T0 => &ATR_T0,
            Self::T1 => &ATR_T1,
            Self::ContactlessA | Self::ContactlessB => &ATR_CONTACTLESS,
        }
    }

    /// `APDU.getProtocol`: medium in the high half, type in the low one.
    pub(crate) fn byte(self) -> u8 {
        match self {
            Self::T0 => 0x00,
            Self::T1 => 0x01,
            Self::ContactlessA => 0x81,
            Self::ContactlessB => 0x91,
        }
    }

    /// `APDU.getInBlockSize`: what one `receiveBytes` may bring. One byte in T=0; the information field otherwise
    /// (ISO/IEC 7816-3, 11.4.2; ISO/IEC 14443-4, 7.1: frames of 256 bytes less header and check).
    pub(crate) fn in_block(self) -> i16 {
        match self {
            Self::T0 => 1,
            Self::T1 => 254,
            Self::ContactlessA | Self::ContactlessB => 253,
        }
    }

    /// `APDU.getOutBlockSize`: in T=0 256 bytes and the status word.
    pub(crate) fn out_block(self) -> i16 {
        match self {
            Self::T0 => 258,
            Self::T1 => 254,
            Self::ContactlessA | Self::ContactlessB => 253,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_to_reset_checks_out() {
        for protocol in [Protocol::T0, Protocol::T1, Protocol::ContactlessA, Protocol::ContactlessB] {
            let atr = protocol.atr();
            assert!(atr.windows(15).any(|bytes| bytes == HISTORICAL), "{protocol:?}");
            if protocol != Protocol::T0 {
                assert_eq!(atr[1..].iter().fold(0, |sum, byte| sum ^ byte), 0, "{protocol:?}");
            }
        }
    }
}
