//! A session and a channel of either protocol.

use alloc::vec::Vec;

use super::{ChannelError, Level, Protocol, StaticKeys};
use crate::apdu::{Command, Response};
use crate::{scp02, scp03};

/// What both sides know after INITIALIZE UPDATE.
#[derive(Clone, Copy, Debug)]
pub struct Handshake<'a> {
    /// The host's challenge.
    pub host: &'a [u8],
    /// The card's challenge: as long as the host's in SCP03, 6 bytes in SCP02.
    pub card: &'a [u8],
    /// The sequence counter, which SCP02 derives its keys from (its lowest two bytes).
    pub sequence: u32,
}

/// Session keys and the two cryptograms that prove them.
#[derive(Clone)]
pub enum Session {
    /// Of SCP02.
    Scp02(scp02::Session),
    /// Of SCP03.
    Scp03(scp03::Session),
}

/// One end of an open channel.
#[derive(Clone)]
pub enum Channel {
    /// Of SCP02.
    Scp02(scp02::Channel),
    /// Of SCP03.
    Scp03(scp03::Channel),
}

impl Session {
    /// Derives session keys and cryptograms.
    ///
    /// # Errors
    /// [`ChannelError::Material`] when keys or challenges are not the protocol's.
    pub fn derive(
        protocol: Protocol,
        keys: &StaticKeys,
        handshake: &Handshake<'_>,
    ) -> Result<Self, ChannelError> {
        let Handshake { host, card, sequence } = *handshake;
        match protocol {
            Protocol::Scp02(options) => {
                let [.., high, low] = sequence.to_be_bytes();
                let host = host.try_into().map_err(|_| ChannelError::Material)?;
                let card = card.try_into().map_err(|_| ChannelError::Material)?;
                scp02::Session::derive(options, keys, [high, low], host, card).map(Self::Scp02)
            }
            Protocol::Scp03(_) => scp03::Session::derive(keys, host, card).map(Self::Scp03),
        }
    }

    /// What the card shows first.
    #[must_use]
    pub fn card_cryptogram(&self) -> &[u8] {
        match self {
            Self::Scp02(session) => &session.card_cryptogram,
            Self::Scp03(session) => session.card_cryptogram(),
        }
    }

    /// Whether the card's cryptogram is right, in constant time.
    #[must_use]
    pub fn card_is(&self, cryptogram: &[u8]) -> bool {
        match self {
            Self::Scp02(session) => session.card_is(cryptogram),
            Self::Scp03(session) => session.card_is(cryptogram),
        }
    }

    /// Whether the host's cryptogram is right, in constant time.
    #[must_use]
    pub fn host_is(&self, cryptogram: &[u8]) -> bool {
        match self {
            Self::Scp02(session) => session.host_is(cryptogram),
            Self::Scp03(session) => session.host_is(cryptogram),
        }
    }

    /// Bytes of a cryptogram, and of the MAC behind it in EXTERNAL AUTHENTICATE.
    #[must_use]
    pub fn width(&self) -> usize {
        self.card_cryptogram().len()
    }

    /// Opens the channel at a level. On both sides the first thing to pass it is EXTERNAL AUTHENTICATE itself, with a
    /// C-MAC but never encrypted.
    #[must_use]
    pub fn into_channel(self, level: Level) -> Channel {
        match self {
            Self::Scp02(session) => Channel::Scp02(session.into_channel(level)),
            Self::Scp03(session) => Channel::Scp03(session.into_channel(level)),
        }
    }
}

/// Turns `either!(self, channel => expression)` into the expression for whichever protocol it is.
macro_rules! either {
    ($channel:expr, $inner:ident => $body:expr) => {
        match $channel {
            Self::Scp02($inner) => $body,
            Self::Scp03($inner) => $body,
        }
    };
}

impl Channel {
    /// The level agreed.
    #[must_use]
    pub fn level(&self) -> Level {
        either!(self, channel => channel.level())
    }

    /// Host: EXTERNAL AUTHENTICATE with the host's cryptogram and the first C-MAC.
    #[must_use]
    pub fn authenticate(&mut self) -> Vec<u8> {
        either!(self, channel => channel.authenticate())
    }

    /// Card: checks EXTERNAL AUTHENTICATE, whose cryptogram was already compared.
    ///
    /// # Errors
    /// [`ChannelError::Mac`].
    pub fn check_authenticate(&mut self, command: &Command<'_>) -> Result<(), ChannelError> {
        either!(self, channel => channel.check_authenticate(command))
    }

    /// Host: protects a command.
    ///
    /// # Errors
    /// [`ChannelError::Exhausted`]; [`ChannelError::Oversized`].
    pub fn wrap_command(&mut self, command: &Command<'_>) -> Result<Vec<u8>, ChannelError> {
        either!(self, channel => channel.wrap_command(command))
    }

    /// Card: checks and decrypts a command's data. When the level asks for no MAC the data are returned as they are.
    ///
    /// # Errors
    /// [`ChannelError::Mac`], [`ChannelError::Padding`], [`ChannelError::Exhausted`].
    pub fn unwrap_command(&mut self, command: &Command<'_>) -> Result<Vec<u8>, ChannelError> {
        either!(self, channel => channel.unwrap_command(command))
    }

    /// Card: takes note of a command that came without protection and is let pass, because the MAC of its answer covers it
    /// in SCP02.
    pub(crate) fn note_unprotected(&mut self, command: &Command<'_>) {
        match self {
            Self::Scp02(channel) => channel.note_unprotected(command),
            Self::Scp03(_) => {}
        }
    }

    /// Card: protects an answer. Error answers travel as they are.
    ///
    /// # Errors
    /// Never for answers of a card's size.
    pub fn wrap_response(&mut self, response: &Response) -> Result<Response, ChannelError> {
        either!(self, channel => channel.wrap_response(response))
    }

    /// Host: checks and decrypts an answer.
    ///
    /// # Errors
    /// [`ChannelError::Mac`]; [`ChannelError::Padding`].
    pub fn unwrap_response(&mut self, response: Response) -> Result<Response, ChannelError> {
        either!(self, channel => channel.unwrap_response(response))
    }

    /// Encrypts key material in place, so that only the other end reads it.
    ///
    /// # Errors
    /// [`ChannelError::Blocks`].
    pub fn encrypt_sensitive(&self, data: &mut [u8]) -> Result<(), ChannelError> {
        either!(self, channel => channel.encrypt_sensitive(data))
    }

    /// The other way round.
    ///
    /// # Errors
    /// [`ChannelError::Blocks`].
    pub fn decrypt_sensitive(&self, data: &mut [u8]) -> Result<(), ChannelError> {
        either!(self, channel => channel.decrypt_sensitive(data))
    }

    /// Bytes that key material must be a multiple of.
    #[must_use]
    pub fn sensitive_block(&self) -> usize {
        match self {
            Self::Scp02(_) => crate::crypto::DES_BLOCK,
            Self::Scp03(_) => crate::crypto::BLOCK,
        }
    }

    /// The most plain data that a short command carries at this level.
    #[must_use]
    pub fn short_room(&self) -> usize {
        let level = self.level();
        let mac = match self {
            Self::Scp02(_) => 8,
            Self::Scp03(channel) => channel.width(),
        };
        match (level.command_mac(), level.command_encryption()) {
            (false, _) => crate::limits::SHORT_DATA_MAX,
            (true, false) => crate::limits::SHORT_DATA_MAX - mac,
            (true, true) => {
                let block = self.sensitive_block();
                (crate::limits::SHORT_DATA_MAX - mac) / block * block - 1
            }
        }
    }
}
