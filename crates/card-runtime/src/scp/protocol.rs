//! Which secure channel protocol, with which options.

use super::{KeyKind, Level};

/// Options of SCP02, the parameter "i" (Card Specification 2.3.1, table E-1). Three keys, explicit initiation, a MAC over
/// the modified command and a first vector of zeros are what these have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scp02Options(u8);

impl Scp02Options {
    /// i=15: the vectors of later MACs are encrypted, the card's challenge is random, answers have no MAC.
    pub const I15: Self = Self(0x15);
    /// i=55: as 15, with a pseudo-random challenge.
    pub const I55: Self = Self(0x55);

    /// Takes "i" when it is 05, 15, 25, 35, 45, 55, 65 or 75.
    #[must_use]
    pub fn parse(i: u8) -> Option<Self> {
        (i & 0x8F == 0x05).then_some(Self(i))
    }

    /// The byte as it travels.
    #[must_use]
    pub fn byte(self) -> u8 {
        self.0
    }

    /// Whether the vector of a MAC after the first is encrypted.
    #[must_use]
    pub fn vector_encryption(self) -> bool {
        self.0 & 0x10 != 0
    }

    /// Whether answers may have a MAC.
    #[must_use]
    pub fn response_mac(self) -> bool {
        self.0 & 0x20 != 0
    }

    /// Whether the card's challenge follows from its counter.
    #[must_use]
    pub fn pseudo_random(self) -> bool {
        self.0 & 0x40 != 0
    }
}

/// Options of SCP03, the parameter "i" (Amendment D 1.1.2, table 5-1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scp03Options(u8);

impl Scp03Options {
    /// i=70: pseudo-random challenges, answers with MAC and encryption.
    pub const I70: Self = Self(0x70);

    /// Takes "i" when it is 00, 10, 20, 30, 60 or 70, or one of these and 1 for the S16 mode.
    #[must_use]
    pub fn parse(i: u8) -> Option<Self> {
        matches!(i & !0x01, 0x00 | 0x10 | 0x20 | 0x30 | 0x60 | 0x70).then_some(Self(i))
    }

    /// The byte as it travels.
    #[must_use]
    pub fn byte(self) -> u8 {
        self.0
    }

    /// Bytes of challenges, cryptograms and MACs: 8, or 16 in the S16 mode.
    #[must_use]
    pub fn width(self) -> usize {
        if self.0 & 0x01 == 0 { 8 } else { 16 }
    }

    /// Whether the card's challenge follows from its counter, which it then tells.
    #[must_use]
    pub fn pseudo_random(self) -> bool {
        self.0 & 0x10 != 0
    }
}

/// A protocol and its options.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// SCP02, with triple DES.
    Scp02(Scp02Options),
    /// SCP03, with AES.
    Scp03(Scp03Options),
}

impl Protocol {
    /// Takes the protocol's number and "i", as key information and Card Recognition Data have them.
    #[must_use]
    pub fn parse(number: u8, i: u8) -> Option<Self> {
        match number {
            0x02 => Scp02Options::parse(i).map(Self::Scp02),
            0x03 => Scp03Options::parse(i).map(Self::Scp03),
            _ => None,
        }
    }

    /// What a domain with keys of this kind speaks unless told otherwise: SCP03 with i=70, or SCP02 with i=15.
    #[must_use]
    pub fn default_of(kind: KeyKind) -> Self {
        match kind {
            KeyKind::TripleDes => Self::Scp02(Scp02Options::I15),
            KeyKind::Aes => Self::Scp03(Scp03Options::I70),
        }
    }

    /// 02 or 03.
    #[must_use]
    pub fn number(self) -> u8 {
        match self {
            Self::Scp02(_) => 0x02,
            Self::Scp03(_) => 0x03,
        }
    }

    /// The parameter "i".
    #[must_use]
    pub fn i(self) -> u8 {
        match self {
            Self::Scp02(options) => options.byte(),
            Self::Scp03(options) => options.byte(),
        }
    }

    /// The keys that it needs.
    #[must_use]
    pub fn key_kind(self) -> KeyKind {
        match self {
            Self::Scp02(_) => KeyKind::TripleDes,
            Self::Scp03(_) => KeyKind::Aes,
        }
    }

    /// Bytes of the host's challenge.
    #[must_use]
    pub fn challenge(self) -> usize {
        match self {
            Self::Scp02(_) => 8,
            Self::Scp03(options) => options.width(),
        }
    }

    /// Whether a session may have this level.
    #[must_use]
    pub fn allows(self, level: Level) -> bool {
        match self {
            Self::Scp02(options) => {
                !level.response_encryption() && (!level.response_mac() || options.response_mac())
            }
            Self::Scp03(options) => {
                level != Level::R_MAC
                    && (!level.response_mac() || options.byte() & 0x20 != 0)
                    && (!level.response_encryption() || options.byte() & 0x40 != 0)
            }
        }
    }

    /// The level that protects most.
    #[must_use]
    pub fn strongest(self) -> Level {
        [Level::FULL, Level::C_DECRYPTION_R_MAC]
            .into_iter()
            .find(|level| self.allows(*level))
            .unwrap_or(Level::C_DECRYPTION)
    }
}
