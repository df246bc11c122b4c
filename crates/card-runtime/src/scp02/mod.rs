//! Secure Channel Protocol 02 (GlobalPlatform Card Specification 2.3.1, appendix E), both ends of it.
//!
//! ```text
//! host                                          card
//! INITIALIZE UPDATE, host challenge (8)   ->
//!                                         <-    diversification (10), key version, 02, sequence counter (2),
//!                                               card challenge (6), card cryptogram (8)
//! EXTERNAL AUTHENTICATE, level,           ->
//!   host cryptogram (8), C-MAC (8)
//! ```
//!
//! Session keys follow from the static keys and the sequence counter alone (E.4.1), so a counter must never come twice.
//! It is DES: kept because the cards and tools in the field speak it. SCP03 is what new systems should use.

use subtle::ConstantTimeEq;

use crate::crypto::{DES_BLOCK, Direction, TripleDesKey};
use crate::scp::{ChannelError, KeyKind, Level, Scp02Options, StaticKeys};

mod channel;

pub use channel::Channel;

/// Bytes of the card's challenge.
pub const CARD_CHALLENGE: usize = 6;

// Constants of the session keys' derivation (E.4.1).
const S_MAC: [u8; 2] = [0x01, 0x01];
const S_RMAC: [u8; 2] = [0x01, 0x02];
const S_DEK: [u8; 2] = [0x01, 0x81];
const S_ENC: [u8; 2] = [0x01, 0x82];

/// Session keys and the two cryptograms that prove them (E.4.1, E.4.2).
#[derive(Clone)]
pub struct Session {
    options: Scp02Options,
    encryption: TripleDesKey,
    mac: TripleDesKey,
    response_mac: TripleDesKey,
    data: TripleDesKey,
    /// What the card shows first.
    pub card_cryptogram: [u8; DES_BLOCK],
    /// What the host answers.
    pub host_cryptogram: [u8; DES_BLOCK],
}

impl Session {
    /// Derives everything from the static keys, the counter and the two challenges.
    ///
    /// # Errors
    /// [`ChannelError::Material`] when the keys are not of triple DES.
    pub fn derive(
        options: Scp02Options,
        keys: &StaticKeys,
        sequence: [u8; 2],
        host: &[u8; DES_BLOCK],
        card: &[u8; CARD_CHALLENGE],
    ) -> Result<Self, ChannelError> {
        if keys.kind() != KeyKind::TripleDes {
            return Err(ChannelError::Material);
        }
        let [key_encryption, key_mac, key_data] = keys.expose_secret();
        let encryption = session_key(key_encryption, S_ENC, sequence)?;
        Ok(Self {
            options,
            mac: session_key(key_mac, S_MAC, sequence)?,
            response_mac: session_key(key_mac, S_RMAC, sequence)?,
            data: session_key(key_data, S_DEK, sequence)?,
            card_cryptogram: encryption.full_mac([0; DES_BLOCK], &[host, &sequence, card]),
            host_cryptogram: encryption.full_mac([0; DES_BLOCK], &[&sequence, card, host]),
            encryption,
        })
    }

    /// Opens the channel at a level.
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

/// The card's challenge when it is pseudo-random: the first bytes of a MAC over the domain's AID with the session's MAC key
/// (E.4.2.3).
///
/// # Errors
/// [`ChannelError::Material`] when the keys are not of triple DES.
pub fn card_challenge(
    keys: &StaticKeys,
    sequence: [u8; 2],
    aid: &[u8],
) -> Result<[u8; CARD_CHALLENGE], ChannelError> {
    let [_, mac, _] = keys.expose_secret();
    let mac = session_key(mac, S_MAC, sequence)?.retail_mac([0; DES_BLOCK], &[aid]);
    mac.first_chunk().copied().ok_or(ChannelError::Material)
}

/// A session key: constant, counter and zeros, encrypted in CBC under the static key.
fn session_key(key: &[u8], constant: [u8; 2], sequence: [u8; 2]) -> Result<TripleDesKey, ChannelError> {
    let mut derived = zeroize::Zeroizing::new([0; 2 * DES_BLOCK]);
    let [c0, c1] = constant;
    let [s0, s1] = sequence;
    derived.iter_mut().zip([c0, c1, s0, s1]).for_each(|(to, from)| *to = from);
    let key = TripleDesKey::new(key).map_err(|_| ChannelError::Material)?;
    key.cbc(Direction::Encrypt, &mut [0; DES_BLOCK], &mut *derived).map_err(|_| ChannelError::Material)?;
    TripleDesKey::new(&*derived).map_err(|_| ChannelError::Material)
}
