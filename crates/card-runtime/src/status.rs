//! Status words: what a card says after every command (ISO/IEC 7816-4, 5.6).

use core::fmt;

/// The two bytes SW1 SW2 that end every answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct StatusWord(pub u16);

impl StatusWord {
    /// Normal end.
    pub const OK: Self = Self(0x9000);
    /// A warning that says nothing more: what was asked for was so already.
    pub const NO_INFORMATION: Self = Self(0x6200);
    /// The applet refused to be selected, or authentication failed (`63 00`).
    pub const AUTHENTICATION_FAILED: Self = Self(0x6300);
    /// End of the data reached before Le bytes.
    pub const END_OF_DATA: Self = Self(0x6282);
    /// More data follow: GlobalPlatform `GET STATUS` (Card Specification 2.3.1, 11.4.3.2).
    pub const MORE_DATA: Self = Self(0x6310);
    /// Persistent memory could not be written.
    pub const MEMORY_FAILURE: Self = Self(0x6581);
    /// Wrong length.
    pub const WRONG_LENGTH: Self = Self(0x6700);
    /// The card is locked: a warning of SELECT (Card Specification 2.3.1, 11.9.3.2).
    pub const CARD_LOCKED: Self = Self(0x6283);
    /// Logical channel not open or not supported.
    pub const CHANNEL_NOT_SUPPORTED: Self = Self(0x6881);
    /// Secure messaging not supported.
    pub const SECURE_MESSAGING_NOT_SUPPORTED: Self = Self(0x6882);
    /// Last command of a chain expected.
    pub const LAST_OF_CHAIN_EXPECTED: Self = Self(0x6883);
    /// Command chaining not supported.
    pub const CHAINING_NOT_SUPPORTED: Self = Self(0x6884);
    /// Security status not satisfied.
    pub const SECURITY_NOT_SATISFIED: Self = Self(0x6982);
    /// Authentication method blocked.
    pub const AUTHENTICATION_BLOCKED: Self = Self(0x6983);
    /// Conditions of use not satisfied.
    pub const CONDITIONS_NOT_SATISFIED: Self = Self(0x6985);
    /// Secure messaging data objects incorrect.
    pub const SECURE_MESSAGING_WRONG: Self = Self(0x6988);
    /// The applet selection failed.
    pub const APPLET_SELECT_FAILED: Self = Self(0x6999);
    /// Wrong data.
    pub const WRONG_DATA: Self = Self(0x6A80);
    /// Function not supported.
    pub const FUNCTION_NOT_SUPPORTED: Self = Self(0x6A81);
    /// File or applet not found.
    pub const NOT_FOUND: Self = Self(0x6A82);
    /// Not enough memory.
    pub const NO_MEMORY: Self = Self(0x6A84);
    /// Wrong P1 or P2.
    pub const WRONG_P1P2: Self = Self(0x6A86);
    /// Referenced data not found.
    pub const REFERENCED_DATA_NOT_FOUND: Self = Self(0x6A88);
    /// Instruction not supported.
    pub const INS_NOT_SUPPORTED: Self = Self(0x6D00);
    /// Class not supported.
    pub const CLA_NOT_SUPPORTED: Self = Self(0x6E00);
    /// Algorithm not supported: GlobalPlatform `PUT KEY` (Card Specification 2.3.1, table 11-74).
    pub const ALGORITHM_NOT_SUPPORTED: Self = Self(0x9484);
    /// Invalid key check value: GlobalPlatform `PUT KEY` (table 11-74).
    pub const WRONG_CHECK_VALUE: Self = Self(0x9485);
    /// No precise diagnosis: what an uncaught exception becomes (JCRE 3.0.5, 3.3.4).
    pub const UNKNOWN: Self = Self(0x6F00);

    /// SW1 and SW2.
    #[must_use]
    pub fn bytes(self) -> [u8; 2] {
        self.0.to_be_bytes()
    }

    /// Whether secure messaging covers an answer with this status: normal end and warnings only
    /// (GlobalPlatform Amendment D 1.1.2, 6.2.5).
    #[must_use]
    pub fn is_success_or_warning(self) -> bool {
        self == Self::OK || matches!(self.0 >> 8, 0x62 | 0x63)
    }
}

impl fmt::Display for StatusWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04X}", self.0)
    }
}
