//! What a session protects, and what breaks one.

/// What protects the commands and answers of a session (Card Specification, table 10-1; Amendment D, table 7-4). Made by
/// [`Level::parse`] from the combinations that exist in either protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Level(u8);

impl Level {
    /// Nothing is protected after EXTERNAL AUTHENTICATE.
    pub const NONE: Self = Self(0x00);
    /// Commands have a MAC.
    pub const C_MAC: Self = Self(0x01);
    /// Commands have a MAC and encrypted data.
    pub const C_DECRYPTION: Self = Self(0x03);
    /// Answers have a MAC, commands nothing; SCP02 only.
    pub const R_MAC: Self = Self(0x10);
    /// Commands and answers have a MAC.
    pub const C_MAC_R_MAC: Self = Self(0x11);
    /// Commands have a MAC and encrypted data, answers have a MAC.
    pub const C_DECRYPTION_R_MAC: Self = Self(0x13);
    /// All of it; SCP03 only.
    pub const FULL: Self = Self(0x33);

    /// P1 of EXTERNAL AUTHENTICATE.
    #[must_use]
    pub fn parse(byte: u8) -> Option<Self> {
        matches!(byte, 0x00 | 0x01 | 0x03 | 0x10 | 0x11 | 0x13 | 0x33).then_some(Self(byte))
    }

    /// The byte as it travels.
    #[must_use]
    pub fn byte(self) -> u8 {
        self.0
    }

    /// Whether commands carry a MAC.
    #[must_use]
    pub fn command_mac(self) -> bool {
        self.0 & 0x01 != 0
    }

    /// Whether command data are encrypted.
    #[must_use]
    pub fn command_encryption(self) -> bool {
        self.0 & 0x02 != 0
    }

    /// Whether answers carry a MAC.
    #[must_use]
    pub fn response_mac(self) -> bool {
        self.0 & 0x10 != 0
    }

    /// Whether answer data are encrypted.
    #[must_use]
    pub fn response_encryption(self) -> bool {
        self.0 & 0x20 != 0
    }
}

/// What breaks a channel. After one of these both sides must close it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChannelError {
    /// The MAC is missing or wrong.
    #[error("message authentication code missing or wrong")]
    Mac,
    /// Decrypted data have no valid padding.
    #[error("decrypted data have no valid padding")]
    Padding,
    /// Key material is no whole number of the cipher's blocks.
    #[error("key material of {0} bytes is no whole number of blocks")]
    Blocks(usize),
    /// The session has carried as many commands as it may.
    #[error("the session has carried all commands that it may")]
    Exhausted,
    /// More data than fit a command with its MAC.
    #[error("{0} bytes do not fit one protected command")]
    Oversized(usize),
    /// The keys are of another kind than the protocol needs, or a challenge has another length.
    #[error("keys or challenges of another kind than the protocol needs")]
    Material,
}
