//! Secure Channel Protocol 03 (GlobalPlatform Amendment D 1.1.2), both ends of it.
//!
//! Two sides that share three static keys prove it to each other and derive session keys:
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

use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::crypto::{AesError, AesKey, BLOCK};

mod channel;

pub use channel::{Channel, ChannelError, Level};

/// Bytes of a challenge, of a cryptogram and of a MAC on the wire (the protocol's S8 mode).
pub const SHORT: usize = 8;
/// The "i" parameter: pseudo-random card challenge, R-MAC and R-ENCRYPTION supported (Amendment D, table 5-1).
pub const PARAMETER_I: u8 = 0x70;
/// The protocol's identifier in the answer to INITIALIZE UPDATE.
pub const PROTOCOL: u8 = 0x03;

/// A host's or a card's challenge.
pub type Challenge = [u8; SHORT];

/// The three static keys of one key version. All have the same length: 16, 24 or 32 bytes. Wiped when dropped.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct StaticKeys {
    encryption: Vec<u8>,
    mac: Vec<u8>,
    data: Vec<u8>,
}

impl StaticKeys {
    /// Takes Key-ENC, Key-MAC and Key-DEK.
    ///
    /// # Errors
    /// [`AesError::KeyLength`] when one has another length than 16, 24 or 32, or than the first.
    pub fn new(encryption: &[u8], mac: &[u8], data: &[u8]) -> Result<Self, AesError> {
        for key in [encryption, mac, data] {
            if !matches!(key.len(), 16 | 24 | 32) || key.len() != encryption.len() {
                return Err(AesError::KeyLength(key.len()));
            }
        }
        Ok(Self { encryption: encryption.to_vec(), mac: mac.to_vec(), data: data.to_vec() })
    }

    /// Key-ENC, Key-MAC, Key-DEK.
    #[must_use]
    pub fn expose_secret(&self) -> [&[u8]; 3] {
        [&self.encryption, &self.mac, &self.data]
    }

    /// The card's challenge when it is pseudo-random: derived from the sequence counter and the AID of the security
    /// domain (Amendment D, 6.2.2.1).
    ///
    /// # Errors
    /// Never for keys made by [`StaticKeys::new`].
    pub fn card_challenge(&self, sequence: [u8; 3], aid: &[u8]) -> Result<Challenge, AesError> {
        derive(&AesKey::new(&self.encryption)?, CARD_CHALLENGE, &[&sequence, aid])
    }
}

/// Session keys and the two cryptograms that prove them (Amendment D, 6.2.1 and 6.2.2).
#[derive(Clone)]
pub struct Session {
    encryption: AesKey,
    mac: AesKey,
    response_mac: AesKey,
    data: AesKey,
    /// What the card shows first.
    pub card_cryptogram: [u8; SHORT],
    /// What the host answers.
    pub host_cryptogram: [u8; SHORT],
}

// Derivation constants (Amendment D, table 4-1).
const CARD_CRYPTOGRAM: u8 = 0x00;
const HOST_CRYPTOGRAM: u8 = 0x01;
const CARD_CHALLENGE: u8 = 0x02;
const S_ENC: u8 = 0x04;
const S_MAC: u8 = 0x06;
const S_RMAC: u8 = 0x07;

impl Session {
    /// Derives everything from the static keys and the two challenges.
    ///
    /// # Errors
    /// Never for keys made by [`StaticKeys::new`].
    pub fn derive(keys: &StaticKeys, host: &Challenge, card: &Challenge) -> Result<Self, AesError> {
        let encryption = AesKey::new(&keys.encryption)?;
        let mac = AesKey::new(&keys.mac)?;
        let context: [&[u8]; 2] = [host, card];
        let session_mac = session_key(&mac, S_MAC, &context, keys.mac.len())?;
        Ok(Self {
            encryption: session_key(&encryption, S_ENC, &context, keys.encryption.len())?,
            response_mac: session_key(&mac, S_RMAC, &context, keys.mac.len())?,
            data: AesKey::new(&keys.data)?,
            card_cryptogram: derive(&session_mac, CARD_CRYPTOGRAM, &context)?,
            host_cryptogram: derive(&session_mac, HOST_CRYPTOGRAM, &context)?,
            mac: session_mac,
        })
    }

    /// Opens the channel at a level. On both sides the first thing to pass it is EXTERNAL AUTHENTICATE itself, with a
    /// C-MAC but never encrypted.
    #[must_use]
    pub fn into_channel(self, level: Level) -> Channel {
        Channel::new(self, level)
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

fn derive(key: &AesKey, constant: u8, context: &[&[u8]]) -> Result<[u8; SHORT], AesError> {
    let full = block(key, constant, 64, 1, context);
    full.first_chunk().copied().ok_or(AesError::DataLength(BLOCK))
}

fn session_key(key: &AesKey, constant: u8, context: &[&[u8]], length: usize) -> Result<AesKey, AesError> {
    let bits = u16::try_from(length * 8).map_err(|_| AesError::KeyLength(length))?;
    let mut bytes = zeroize::Zeroizing::new([0u8; 2 * BLOCK]);
    let (first, second) = bytes.split_at_mut(BLOCK);
    first.copy_from_slice(&block(key, constant, bits, 1, context));
    if length > BLOCK {
        second.copy_from_slice(&block(key, constant, bits, 2, context));
    }
    AesKey::new(bytes.get(..length).unwrap_or_default())
}
