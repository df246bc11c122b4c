//! Secure messaging after the handshake: C-MAC, C-ENC, R-MAC, R-ENC (Amendment D 1.1.2, 6.2.4 to 6.2.7).

use alloc::vec::Vec;

use subtle::ConstantTimeEq;

use super::{Session, Short};
use crate::apdu::{Command, Response};
use crate::crypto::{BLOCK, Direction};
use crate::limits::SCP03_COMMANDS_MAX;
use crate::scp::{ChannelError, Level, assemble, length_field, pad, protected_class, secure_class, unpad};
use crate::status::StatusWord;

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
        let [.., length] = (2 * self.width()).to_be_bytes();
        let mac = self.command_mac(header, &[length], &cryptogram);
        [&header[..], &[length], &*cryptogram, &*mac].concat()
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
            pad(&mut data, BLOCK);
            self.session
                .encryption
                .cbc(Direction::Encrypt, &mut vector, &mut data)
                .map_err(|_| ChannelError::Padding)?;
        }
        let length = data.len() + self.width();
        let form = length_field(length, command.extended).ok_or(ChannelError::Oversized(length))?;
        let cla = secure_class(command.cla);
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
            self.session
                .encryption
                .cbc(Direction::Decrypt, &mut vector, &mut data)
                .map_err(|_| ChannelError::Padding)?;
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
            pad(&mut data, BLOCK);
            self.session
                .encryption
                .cbc(Direction::Encrypt, &mut vector, &mut data)
                .map_err(|_| ChannelError::Padding)?;
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
        let (data, mac) = self.split(&response.data)?;
        let expected = self.response_mac(data, response.status);
        if !bool::from(expected.ct_eq(mac)) {
            return Err(ChannelError::Mac);
        }
        let mut data = data.to_vec();
        if self.level.response_encryption() && !data.is_empty() {
            let mut vector = self.vector(0x80);
            self.session
                .encryption
                .cbc(Direction::Decrypt, &mut vector, &mut data)
                .map_err(|_| ChannelError::Padding)?;
            unpad(&mut data)?;
        }
        Ok(Response { data, status: response.status })
    }

    /// Encrypts key material under Key-DEK: CBC, zero vector, padded to whole blocks
    /// (Amendment D, 6.2.8). Keys are whole blocks but for the 24-byte ones.
    ///
    /// # Errors
    /// [`ChannelError::Blocks`].
    pub fn encrypt_sensitive(&self, data: &mut [u8]) -> Result<(), ChannelError> {
        let length = data.len();
        self.session
            .data
            .cbc(Direction::Encrypt, &mut [0; BLOCK], data)
            .map_err(|_| ChannelError::Blocks(length))
    }

    /// The other way round.
    ///
    /// # Errors
    /// [`ChannelError::Blocks`].
    pub fn decrypt_sensitive(&self, data: &mut [u8]) -> Result<(), ChannelError> {
        let length = data.len();
        self.session
            .data
            .cbc(Direction::Decrypt, &mut [0; BLOCK], data)
            .map_err(|_| ChannelError::Blocks(length))
    }

    /// Bytes of a MAC: 8, or 16 in the S16 mode.
    #[must_use]
    pub fn width(&self) -> usize {
        self.session.width
    }

    fn short(&self, full: [u8; BLOCK]) -> Short {
        Short { full, width: self.session.width }
    }

    /// Data and the MAC behind them.
    fn split<'a>(&self, bytes: &'a [u8]) -> Result<(&'a [u8], &'a [u8]), ChannelError> {
        let length = bytes.len().checked_sub(self.width()).ok_or(ChannelError::Mac)?;
        bytes.split_at_checked(length).ok_or(ChannelError::Mac)
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
        let (data, mac) = self.split(command.data)?;
        let form = length_field(command.data.len(), command.extended).ok_or(ChannelError::Mac)?;
        let header = [command.cla, command.ins, command.p1, command.p2];
        let expected = self.command_mac(header, &form, data);
        if expected.ct_eq(mac).into() { Ok(data) } else { Err(ChannelError::Mac) }
    }

    /// The C-MAC, chained; the class byte counts as on channel zero with secure messaging (6.2.4).
    fn command_mac(&mut self, header: [u8; 4], length: &[u8], data: &[u8]) -> Short {
        let [cla, ins, p1, p2] = header;
        let header = [protected_class(cla), ins, p1, p2];
        self.chaining = self.session.mac.cmac(&[&self.chaining, &header, length, data]);
        self.short(self.chaining)
    }

    fn response_mac(&self, data: &[u8], status: StatusWord) -> Short {
        self.short(self.session.response_mac.cmac(&[&self.chaining, data, &status.bytes()]))
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
