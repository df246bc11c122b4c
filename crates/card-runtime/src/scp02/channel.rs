//! Secure messaging of SCP02 after the handshake: C-MAC, C-ENC, R-MAC (E.4.4 to E.4.6).
//!
//! The MAC is made over the plain data with a length that counts the MAC, before the data are encrypted; the vector is the
//! MAC of the command before, encrypted with the first half of the MAC key when the options say so.

use alloc::vec::Vec;

use subtle::ConstantTimeEq;

use super::Session;
use crate::apdu::{Command, Response};
use crate::crypto::{DES_BLOCK, Direction};
use crate::limits::{SCP02_COMMANDS_MAX, SHORT_DATA_MAX};
use crate::scp::{ChannelError, Level, assemble, length_field, pad, protected_class, secure_class, unpad};

type Mac = [u8; DES_BLOCK];

/// One end of an open channel.
#[derive(Clone)]
pub struct Channel {
    session: Session,
    level: Level,
    /// The last C-MAC; none before EXTERNAL AUTHENTICATE.
    command_mac: Option<Mac>,
    /// The last R-MAC, at first the C-MAC of EXTERNAL AUTHENTICATE (E.4.5).
    response_mac: Mac,
    /// The command in work without its protection, which the R-MAC of its answer covers.
    command: Vec<u8>,
    /// Commands since EXTERNAL AUTHENTICATE.
    counter: u32,
}

impl Channel {
    pub(super) fn new(session: Session, level: Level) -> Self {
        let zeros = [0; DES_BLOCK];
        Self { session, level, command_mac: None, response_mac: zeros, command: Vec::new(), counter: 0 }
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
        let mac = self.next_mac(header, &[16], &cryptogram);
        self.response_mac = mac;
        [&header[..], &[16], &cryptogram, &mac].concat()
    }

    /// Card: checks EXTERNAL AUTHENTICATE, whose cryptogram was already compared.
    ///
    /// # Errors
    /// [`ChannelError::Mac`].
    pub fn check_authenticate(&mut self, command: &Command<'_>) -> Result<(), ChannelError> {
        let (data, mac) = command.data.split_last_chunk::<DES_BLOCK>().ok_or(ChannelError::Mac)?;
        self.check(command, data, mac)?;
        self.response_mac = *mac;
        Ok(())
    }

    /// Host: protects a command. It keeps the form that it has: SCP02 does not know how to turn a short one into a long one.
    ///
    /// # Errors
    /// [`ChannelError::Exhausted`]; [`ChannelError::Oversized`].
    pub fn wrap_command(&mut self, command: &Command<'_>) -> Result<Vec<u8>, ChannelError> {
        self.remember(command, command.data);
        if !self.level.command_mac() {
            return Ok(assemble(command.cla, command, command.data, &[]));
        }
        self.count()?;
        let mut data = command.data.to_vec();
        if self.level.command_encryption() && !data.is_empty() {
            pad(&mut data, DES_BLOCK);
        }
        let length = data.len() + DES_BLOCK;
        if length > SHORT_DATA_MAX && !command.extended {
            return Err(ChannelError::Oversized(length));
        }
        let form = length_field(command.data.len() + DES_BLOCK, command.extended)
            .ok_or(ChannelError::Oversized(length))?;
        let cla = secure_class(command.cla);
        let mac = self.next_mac([cla, command.ins, command.p1, command.p2], &form, command.data);
        if self.level.command_encryption() && !data.is_empty() {
            let cipher = &self.session.encryption;
            cipher
                .cbc(Direction::Encrypt, &mut [0; DES_BLOCK], &mut data)
                .map_err(|_| ChannelError::Padding)?;
        }
        Ok(assemble(cla, command, &data, &mac))
    }

    /// Card: checks and decrypts a command's data. When the level asks for no C-MAC the data are returned as they are.
    ///
    /// # Errors
    /// [`ChannelError::Mac`], [`ChannelError::Padding`], [`ChannelError::Exhausted`].
    pub fn unwrap_command(&mut self, command: &Command<'_>) -> Result<Vec<u8>, ChannelError> {
        if !self.level.command_mac() {
            self.remember(command, command.data);
            return Ok(command.data.to_vec());
        }
        if !command.class().secure {
            return Err(ChannelError::Mac);
        }
        self.count()?;
        let (data, mac) = command.data.split_last_chunk::<DES_BLOCK>().ok_or(ChannelError::Mac)?;
        let mut data = data.to_vec();
        if self.level.command_encryption() && !data.is_empty() {
            let cipher = &self.session.encryption;
            cipher
                .cbc(Direction::Decrypt, &mut [0; DES_BLOCK], &mut data)
                .map_err(|_| ChannelError::Padding)?;
            unpad(&mut data)?;
        }
        self.check(command, &data, mac)?;
        self.remember(command, &data);
        Ok(data)
    }

    /// Card: protects an answer. Error answers travel as they are and leave the chain of R-MACs where it was.
    ///
    /// # Errors
    /// None; the signature is that of both protocols.
    pub fn wrap_response(&mut self, response: &Response) -> Result<Response, ChannelError> {
        if !self.level.response_mac() || !response.status.is_success_or_warning() {
            return Ok(response.clone());
        }
        self.response_mac = self.answer_mac(&response.data, response);
        let mut data = response.data.clone();
        data.extend_from_slice(&self.response_mac);
        Ok(Response { data, status: response.status })
    }

    /// Host: checks an answer.
    ///
    /// # Errors
    /// [`ChannelError::Mac`].
    pub fn unwrap_response(&mut self, response: Response) -> Result<Response, ChannelError> {
        if !self.level.response_mac() || !response.status.is_success_or_warning() {
            return Ok(response);
        }
        let (data, mac) = response.data.split_last_chunk::<DES_BLOCK>().ok_or(ChannelError::Mac)?;
        let expected = self.answer_mac(data, &response);
        if !bool::from(expected.ct_eq(mac)) {
            return Err(ChannelError::Mac);
        }
        self.response_mac = expected;
        Ok(Response { data: data.to_vec(), status: response.status })
    }

    /// Encrypts key material under the session's DEK, block by block (E.4.7).
    ///
    /// # Errors
    /// [`ChannelError::Blocks`].
    pub fn encrypt_sensitive(&self, data: &mut [u8]) -> Result<(), ChannelError> {
        let length = data.len();
        self.session.data.ecb(Direction::Encrypt, data).map_err(|_| ChannelError::Blocks(length))
    }

    /// The other way round.
    ///
    /// # Errors
    /// [`ChannelError::Blocks`].
    pub fn decrypt_sensitive(&self, data: &mut [u8]) -> Result<(), ChannelError> {
        let length = data.len();
        self.session.data.ecb(Direction::Decrypt, data).map_err(|_| ChannelError::Blocks(length))
    }

    fn count(&mut self) -> Result<(), ChannelError> {
        if self.counter >= SCP02_COMMANDS_MAX {
            return Err(ChannelError::Exhausted);
        }
        self.counter += 1;
        Ok(())
    }

    /// Checks the MAC that came with a command of these plain data.
    fn check(&mut self, command: &Command<'_>, data: &[u8], mac: &Mac) -> Result<(), ChannelError> {
        let form = length_field(data.len() + DES_BLOCK, command.extended).ok_or(ChannelError::Mac)?;
        let header = [command.cla, command.ins, command.p1, command.p2];
        let expected = self.next_mac(header, &form, data);
        if expected.ct_eq(mac).into() { Ok(()) } else { Err(ChannelError::Mac) }
    }

    fn next_mac(&mut self, header: [u8; 4], length: &[u8], data: &[u8]) -> Mac {
        let mut vector = self.command_mac.unwrap_or_default();
        if self.command_mac.is_some() && self.session.options.vector_encryption() {
            self.session.mac.encrypt_block_single(&mut vector);
        }
        let [cla, ins, p1, p2] = header;
        let mac = self.session.mac.retail_mac(vector, &[&[protected_class(cla), ins, p1, p2], length, data]);
        self.command_mac = Some(mac);
        mac
    }

    pub(crate) fn note_unprotected(&mut self, command: &Command<'_>) {
        self.remember(command, command.data);
    }

    /// Keeps the command as the R-MAC sees it: no channel, no secure messaging, Lc always there (E.4.5).
    fn remember(&mut self, command: &Command<'_>, data: &[u8]) {
        if !self.level.response_mac() {
            return;
        }
        self.command.clear();
        self.command.extend_from_slice(&[command.cla & 0x90, command.ins, command.p1, command.p2]);
        self.command.extend_from_slice(&length_field(data.len(), command.extended).unwrap_or_default());
        self.command.extend_from_slice(data);
    }

    fn answer_mac(&self, data: &[u8], response: &Response) -> Mac {
        // One byte counts the answer, modulo 256.
        let [.., length] = data.len().to_be_bytes();
        let parts: [&[u8]; 4] = [&self.command, &[length], data, &response.status.bytes()];
        self.session.response_mac.retail_mac(self.response_mac, &parts)
    }
}
