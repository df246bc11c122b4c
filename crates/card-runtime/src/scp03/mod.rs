//! Secure Channel Protocol 03 (GlobalPlatform Amendment D 1.1.2), both ends of it.
//!
//! Two sides that share three AES keys prove it to each other and derive session keys. In the S16 mode challenges, cryptograms
//! and MACs have 16 bytes instead of 8, which the host's challenge already tells:
//!
//! ```text
//! host                                          card
//! INITIALIZE UPDATE, host challenge (8)   ->
//!                                         <-    diversification (10), key version, 03, i, card challenge (8),
//!                                               card cryptogram (8), sequence counter (3)
//! EXTERNAL AUTHENTICATE, level,           ->
//!   host cryptogram (8), C-MAC (8)
//! ```
//!
//! Afterwards every command carries a C-MAC chained over all commands of the session, and, as the level says, encrypted
//! data, an R-MAC and encrypted answers. [`Channel`] is this second part; what the host wraps the card unwraps, so both
//! ends share one implementation. The first error ends the channel: its state is then useless to either side.

use alloc::vec::Vec;
use core::ops::Deref;

use subtle::ConstantTimeEq;

use crate::crypto::{AesKey, BLOCK};
use crate::scp::{ChannelError, KeyKind};

mod channel;

pub use crate::scp::{Level, StaticKeys};
pub use channel::Channel;

/// A challenge, a cryptogram or a MAC: the first 8 bytes of a block, or all 16 in the S16 mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Short {
    full: [u8; BLOCK],
    width: usize,
}

impl Deref for Short {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.full.get(..self.width).unwrap_or(&self.full)
    }
}

/// The card's challenge when it is pseudo-random: derived from the sequence counter and the AID of the security domain
/// (Amendment D, 6.2.2.1).
///
/// # Errors
/// [`ChannelError::Material`] when the keys are not of AES.
pub fn card_challenge(
    keys: &StaticKeys,
    width: usize,
    sequence: [u8; 3],
    aid: &[u8],
) -> Result<Short, ChannelError> {
    let [encryption, _, _] = keys.expose_secret();
    Ok(derive(&aes(encryption)?, CARD_CHALLENGE, width, &[&sequence, aid]))
}

/// Session keys and the two cryptograms that prove them (Amendment D, 6.2.1 and 6.2.2).
#[derive(Clone)]
pub struct Session {
    encryption: AesKey,
    mac: AesKey,
    response_mac: AesKey,
    data: AesKey,
    width: usize,
    card_cryptogram: Short,
    host_cryptogram: Short,
}

// Derivation constants (Amendment D, table 4-1).
const CARD_CRYPTOGRAM: u8 = 0x00;
const HOST_CRYPTOGRAM: u8 = 0x01;
const CARD_CHALLENGE: u8 = 0x02;
const S_ENC: u8 = 0x04;
const S_MAC: u8 = 0x06;
const S_RMAC: u8 = 0x07;

impl Session {
    /// Derives everything from the static keys and the two challenges, both of 8 bytes or both of 16.
    ///
    /// # Errors
    /// [`ChannelError::Material`] when the keys are not of AES or the challenges of another length.
    pub fn derive(keys: &StaticKeys, host: &[u8], card: &[u8]) -> Result<Self, ChannelError> {
        let width = host.len();
        if keys.kind() != KeyKind::Aes || !matches!(width, 8 | 16) || card.len() != width {
            return Err(ChannelError::Material);
        }
        let [encryption, mac, data] = keys.expose_secret();
        let length = keys.length();
        let (encryption, mac) = (aes(encryption)?, aes(mac)?);
        let context = [host, card];
        let session_mac = session_key(&mac, S_MAC, &context, length)?;
        Ok(Self {
            encryption: session_key(&encryption, S_ENC, &context, length)?,
            response_mac: session_key(&mac, S_RMAC, &context, length)?,
            data: aes(data)?,
            width,
            card_cryptogram: derive(&session_mac, CARD_CRYPTOGRAM, width, &context),
            host_cryptogram: derive(&session_mac, HOST_CRYPTOGRAM, width, &context),
            mac: session_mac,
        })
    }

    /// Opens the channel at a level. On both sides the first thing to pass it is EXTERNAL AUTHENTICATE itself, with a
    /// C-MAC but never encrypted.
    #[must_use]
    pub fn into_channel(self, level: Level) -> Channel {
        Channel::new(self, level)
    }

    /// What the card shows first.
    #[must_use]
    pub fn card_cryptogram(&self) -> &[u8] {
        &self.card_cryptogram
    }

    /// Whether the host's cryptogram is right, in constant time.
    #[must_use]
    pub fn host_is(&self, cryptogram: &[u8]) -> bool {
        self.host_cryptogram.ct_eq(cryptogram).into()
    }

    /// Whether the card's cryptogram is right, in constant time.
    #[must_use]
    pub fn card_is(&self, cryptogram: &[u8]) -> bool {
        self.card_cryptogram.ct_eq(cryptogram).into()
    }
}

fn aes(key: &[u8]) -> Result<AesKey, ChannelError> {
    AesKey::new(key).map_err(|_| ChannelError::Material)
}

/// The key derivation of SP 800-108 in counter mode with CMAC, as Amendment D 4.1.5 lays it out: 11 zero bytes and the
/// constant, a zero byte, the length in bits, the counter, the context.
fn block(key: &AesKey, constant: u8, bits: u16, counter: u8, context: &[&[u8]]) -> [u8; BLOCK] {
    let [high, low] = bits.to_be_bytes();
    let mut head = [0; 16];
    head[11..].copy_from_slice(&[constant, 0, high, low, counter]);
    let mut parts: Vec<&[u8]> = Vec::with_capacity(context.len() + 1);
    parts.push(&head);
    parts.extend_from_slice(context);
    key.cmac(&parts)
}

/// So many bytes: of a challenge or a cryptogram.
fn derive(key: &AesKey, constant: u8, width: usize, context: &[&[u8]]) -> Short {
    let bits = if width == BLOCK { 128 } else { 64 };
    Short { full: block(key, constant, bits, 1, context), width }
}

fn session_key(key: &AesKey, constant: u8, context: &[&[u8]], length: usize) -> Result<AesKey, ChannelError> {
    let bits = u16::try_from(length * 8).map_err(|_| ChannelError::Material)?;
    let mut bytes = zeroize::Zeroizing::new([0u8; 2 * BLOCK]);
    let (first, second) = bytes.split_at_mut(BLOCK);
    first.copy_from_slice(&block(key, constant, bits, 1, context));
    if length > BLOCK {
        second.copy_from_slice(&block(key, constant, bits, 2, context));
    }
    aes(bytes.get(..length).unwrap_or_default())
}
