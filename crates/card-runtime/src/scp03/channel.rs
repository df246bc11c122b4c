//! Secure messaging after the handshake: C-MAC, C-ENC, R-MAC, R-ENC (Amendment D 1.1.2, 6.2.4 to 6.2.7).

use alloc::vec::Vec;

use subtle::ConstantTimeEq;

use super::{SHORT, Session};
use crate::apdu::{Command, Response};
use crate::crypto::BLOCK;
use crate::limits::{SCP03_COMMANDS_MAX, SHORT_DATA_MAX};
use crate::status::StatusWord;

/// What protects the commands and answers of a session (Amendment D, table 7-4). Made by [`Level::parse`]
/// from the six combinations that exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Level(u8);

impl Level {
    /// Nothing is protected after EXTERNAL AUTHENTICATE.
    pub const NONE: Self = Self(0x00);
    /// Commands have a MAC.
    pub const C_MAC: Self = Self(0x01);
    /// Commands have a MAC and encrypted data.
    pub const C_DECRYPTION: Self = Self(0x03);
    /// Commands and answers have a MAC.
    pub const C_MAC_R_MAC: Self = Self(0x11);
    /// Commands have a MAC and encrypted data, answers have a MAC.
    pub const C_DECRYPTION_R_MAC: Self = Self(0x13);
    /// All of it.
    pub const FULL: Self = Self(0x33);

    /// P1 of EXTERNAL AUTHENTICATE.
    #[must_use]
    pub fn parse(byte: u8) -> Option<Self> {
        matches!(byte, 0x00 | 0x01 | 0x03 | 0x11 | 0x13 | 0x33).then_some(Self(byte))
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
    /// The session has carried as many commands as it may.
    #[error("the session has carried all commands that it may")]
    Exhausted,
    /// More data than fit a command with its MAC.
    #[error("{0} bytes do not fit one protected command")]
    Oversized(usize),
}

/// One end of an open channel.
#[derive(Clone)]
pub struct Channel {
    session: Session,
    level: Level,
    /// The last full C-MAC; the next MAC is chained to it.
    chaining: [u8; BLOCK],
    /// Commands since EXTERNAL AUTHENTICATE; also the encryption counter.
    counter: u32,
}

impl Channel {
    pub(super) fn new(session: Session, level: Level) -> Self {
        Self { session, level, chaining: [0; BLOCK], counter: 0 }
    }

    /// The level agreed.
    #[must_use]
    pub fn level(&self) -> Level {
        self.level
    }

    /// Host: EXTERNAL AUTHENTICATE with the host's cryptogram and the first C-MAC.
    #[must_use]
    pub fn authenticate(&mut self) -> Vec<u8> {
        let header = [0x84, 0x82, self.level.byte(), 0x00];
        let cryptogram = self.session.host_cryptogram;
        let mac = self.command_mac(header, &[16], &cryptogram);
        [&header[..], &[16], &cryptogram, &mac].concat()
    }

    /// Card: checks EXTERNAL AUTHENTICATE, whose cryptogram was already compared.
    ///
    /// # Errors
    /// [`ChannelError::Mac`].
    pub fn check_authenticate(&mut self, command: &Command<'_>) -> Result<(), ChannelError> {
        self.split_mac(command).map(|_| ())
    }

    /// Host: protects a command. The result has the short form when all fits it.
    ///
    /// # Errors
    /// [`ChannelError::Exhausted`]; [`ChannelError::Oversized`].
    pub fn wrap_command(&mut self, command: &Command<'_>) -> Result<Vec<u8>, ChannelError> {
        if !self.level.command_mac() {
            return Ok(assemble(command.cla, command, command.data, &[]));
        }
        self.count()?;
        let mut data = command.data.to_vec();
        if self.level.command_encryption() && !data.is_empty() {
            let mut vector = self.vector(0x00);
            pad(&mut data);
            self.session.encryption.cbc_encrypt(&mut vector, &mut data).map_err(|_| ChannelError::Padding)?;
        }
        let length = data.len() + SHORT;
        let form = length_field(length, command.extended).ok_or(ChannelError::Oversized(length))?;
        let cla = if command.cla & 0x40 == 0 { command.cla | 0x04 } else { command.cla | 0x20 };
        let mac = self.command_mac([cla, command.ins, command.p1, command.p2], &form, &data);
        Ok(assemble(cla, command, &data, &mac))
    }

    /// Card: checks and decrypts a command's data. At level [`Level::NONE`] the data are returned as they are.
    ///
    /// # Errors
    /// Any but [`ChannelError::Oversized`].
    pub fn unwrap_command(&mut self, command: &Command<'_>) -> Result<Vec<u8>, ChannelError> {
        if !self.level.command_mac() {
            return Ok(command.data.to_vec());
        }
        if !command.class().secure {
            return Err(ChannelError::Mac);
        }
        self.count()?;
        let mut data = self.split_mac(command)?.to_vec();
        if self.level.command_encryption() && !data.is_empty() {
            let mut vector = self.vector(0x00);
            self.session.encryption.cbc_decrypt(&mut vector, &mut data).map_err(|_| ChannelError::Padding)?;
            unpad(&mut data)?;
        }
        Ok(data)
    }

    /// Card: protects an answer. Error answers travel as they are.
    ///
    /// # Errors
    /// Never for answers of a card's size.
    pub fn wrap_response(&mut self, response: &Response) -> Result<Response, ChannelError> {
        if !self.level.response_mac() || !response.status.is_success_or_warning() {
            return Ok(response.clone());
        }
        let mut data = response.data.clone();
        if self.level.response_encryption() && !data.is_empty() {
            let mut vector = self.vector(0x80);
            pad(&mut data);
            self.session.encryption.cbc_encrypt(&mut vector, &mut data).map_err(|_| ChannelError::Padding)?;
        }
        let mac = self.response_mac(&data, response.status);
        data.extend_from_slice(&mac);
        Ok(Response { data, status: response.status })
    }

    /// Host: checks and decrypts an answer.
    ///
    /// # Errors
    /// [`ChannelError::Mac`]; [`ChannelError::Padding`].
    pub fn unwrap_response(&mut self, response: Response) -> Result<Response, ChannelError> {
        if !self.level.response_mac() || !response.status.is_success_or_warning() {
            return Ok(response);
        }
        let (data, mac) = response.data.split_last_chunk::<SHORT>().ok_or(ChannelError::Mac)?;
        let expected = self.response_mac(data, response.status);
        if !bool::from(expected.ct_eq(mac)) {
            return Err(ChannelError::Mac);
        }
        let mut data = data.to_vec();
        if self.level.response_encryption() && !data.is_empty() {
            let mut vector = self.vector(0x80);
            self.session.encryption.cbc_decrypt(&mut vector, &mut data).map_err(|_| ChannelError::Padding)?;
            unpad(&mut data)?;
        }
        Ok(Response { data, status: response.status })
    }

    /// Encrypts key material under Key-DEK: CBC, zero vector, padded with random-looking zeros to whole blocks
    /// (Amendment D, 6.2.8). Keys are whole blocks but for the 24-byte ones.
    ///
    /// # Errors
    /// [`ChannelError::Padding`] when the length is no whole number of blocks.
    pub fn encrypt_sensitive(&self, data: &mut [u8]) -> Result<(), ChannelError> {
        self.session.data.cbc_encrypt(&mut [0; BLOCK], data).map_err(|_| ChannelError::Padding)
    }

    /// The other way round.
    ///
    /// # Errors
    /// [`ChannelError::Padding`] when the length is no whole number of blocks.
    pub fn decrypt_sensitive(&self, data: &mut [u8]) -> Result<(), ChannelError> {
        self.session.data.cbc_decrypt(&mut [0; BLOCK], data).map_err(|_| ChannelError::Padding)
    }

    fn count(&mut self) -> Result<(), ChannelError> {
        if self.counter >= SCP03_COMMANDS_MAX {
            return Err(ChannelError::Exhausted);
        }
        self.counter += 1;
        Ok(())
    }

    /// Splits the MAC off the command's data and checks it.
    fn split_mac<'a>(&mut self, command: &Command<'a>) -> Result<&'a [u8], ChannelError> {
        let (data, mac) = command.data.split_last_chunk::<SHORT>().ok_or(ChannelError::Mac)?;
        let form = length_field(command.data.len(), command.extended).ok_or(ChannelError::Mac)?;
        let header = [command.cla, command.ins, command.p1, command.p2];
        let expected = self.command_mac(header, &form, data);
        if expected.ct_eq(mac).into() { Ok(data) } else { Err(ChannelError::Mac) }
    }

    /// The C-MAC, chained; the class byte counts as on channel zero with secure messaging (6.2.4).
    fn command_mac(&mut self, header: [u8; 4], length: &[u8], data: &[u8]) -> [u8; SHORT] {
        let [cla, ins, p1, p2] = header;
        let header = [(cla & 0x90) | 0x04, ins, p1, p2];
        self.chaining = self.session.mac.cmac(&[&self.chaining, &header, length, data]);
        short(&self.chaining)
    }

    fn response_mac(&self, data: &[u8], status: StatusWord) -> [u8; SHORT] {
        short(&self.session.response_mac.cmac(&[&self.chaining, data, &status.bytes()]))
    }

    /// The encryption vector: the counter, its first byte telling commands from answers, encrypted (6.2.6, 6.2.7).
    fn vector(&self, direction: u8) -> [u8; BLOCK] {
        let mut vector = [0; BLOCK];
        vector[0] = direction;
        vector[12..].copy_from_slice(&self.counter.to_be_bytes());
        self.session.encryption.encrypt_block(&mut vector);
        vector
    }
}

fn short(full: &[u8; BLOCK]) -> [u8; SHORT] {
    let [a, b, c, d, e, f, g, h, ..] = *full;
    [a, b, c, d, e, f, g, h]
}

/// Lc as it travels for this many bytes.
fn length_field(length: usize, extended: bool) -> Option<Vec<u8>> {
    if length <= SHORT_DATA_MAX && !extended {
        return u8::try_from(length).ok().map(|length| Vec::from([length]));
    }
    let [high, low] = u16::try_from(length).ok()?.to_be_bytes();
    Some(Vec::from([0, high, low]))
}

fn assemble(cla: u8, command: &Command<'_>, data: &[u8], mac: &[u8]) -> Vec<u8> {
    let length = data.len() + mac.len();
    let mut out = Vec::with_capacity(length + 9);
    out.extend_from_slice(&[cla, command.ins, command.p1, command.p2]);
    let extended = command.extended || length > SHORT_DATA_MAX;
    if length > 0 {
        out.extend_from_slice(&length_field(length, extended).unwrap_or_default());
        out.extend_from_slice(data);
        out.extend_from_slice(mac);
    }
    if let Some(expected) = command.expected {
        // A Le of zero asks for the most that the form can carry; R-MACs then always fit.
        let le: &[u8] = match (extended, length, expected) {
            (false, _, _) => &[0],
            (true, 0, _) => &[0, 0, 0],
            (true, _, _) => &[0, 0],
        };
        out.extend_from_slice(le);
    }
    out
}

/// Padding method 2 of ISO/IEC 9797-1: 80, then zeros to a whole block.
fn pad(data: &mut Vec<u8>) {
    data.push(0x80);
    data.resize(data.len().next_multiple_of(BLOCK), 0);
}

fn unpad(data: &mut Vec<u8>) -> Result<(), ChannelError> {
    while let Some(byte) = data.pop() {
        match byte {
            0x00 => {}
            0x80 => return Ok(()),
            _ => return Err(ChannelError::Padding),
        }
    }
    Err(ChannelError::Padding)
}
