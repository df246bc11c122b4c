//! AES in counter mode with CBC-MAC (RFC 3610, SP 800-38C), in pieces of any length.
//!
//! The lengths of nonce, associated data, message and tag are known before the first byte, as the mode demands:
//!
//! ```text
//! B0 = flags | nonce | length of the message       flags: 64 * associated? + 8 * (tag - 2) / 2 + (L - 1)
//! Ai = L - 1 | nonce | i                            L = 15 - length of the nonce
//! ```

use zeroize::Zeroizing;

use super::counter::{Counter, CounterWidth};
use super::gcm::AeadError;
use super::modes::Direction;
use super::{AesKey, BLOCK};

/// The lengths that a message is begun with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CcmLengths {
    /// Bytes of associated data.
    pub associated: usize,
    /// Bytes of data.
    pub data: usize,
    /// Bytes of the tag: 4, 6, 8, 10, 12, 14 or 16.
    pub tag: usize,
}

/// A message under way.
#[derive(Clone)]
pub struct Ccm {
    key: AesKey,
    counter: Counter,
    chain: Zeroizing<[u8; BLOCK]>,
    /// How many bytes of the present block are in the chain.
    filled: usize,
    mask: Zeroizing<[u8; BLOCK]>,
    tag: usize,
    /// What is still to come.
    associated: usize,
    data: usize,
}

impl Ccm {
    /// Starts a message.
    ///
    /// # Errors
    /// [`AeadError::Length`] for a nonce that has not 7 to 13 bytes, a tag of another length than the mode's, more data
    /// than the nonce leaves room to count, or 65,280 bytes of associated data and more, which no card is sent.
    pub fn new(key: AesKey, nonce: &[u8], lengths: CcmLengths) -> Result<Self, AeadError> {
        let CcmLengths { associated, data, tag } = lengths;
        let counting = BLOCK.checked_sub(nonce.len() + 1).filter(|bytes| (2..=8).contains(bytes));
        let counting = counting.ok_or(AeadError::Length(nonce.len()))?;
        if !(4..=16).contains(&tag) || tag % 2 != 0 {
            return Err(AeadError::Length(tag));
        }
        if counting < size_of::<usize>() && data >> (8 * counting) != 0 {
            return Err(AeadError::Length(data));
        }
        let head = u16::try_from(associated).ok().filter(|length| *length < 0xFF00);
        let head = head.ok_or(AeadError::Length(associated))?;

        let flags = usize::from(associated > 0) * 64 + (tag - 2) / 2 * 8 + (counting - 1);
        let mut chain = Zeroizing::new(block(flags, nonce, data));
        key.encrypt_block(&mut chain);
        let mut mask = Zeroizing::new([0; BLOCK]);
        let mut counter = Counter::new(block(counting - 1, nonce, 0), CounterWidth::bytes(counting));
        counter.apply(&key, &mut *mask);
        let mut ccm = Self { key, counter, chain, filled: 0, mask, tag, associated, data };
        if associated > 0 {
            ccm.authenticate(&head.to_be_bytes());
        }
        Ok(ccm)
    }

    /// Adds associated data.
    ///
    /// # Errors
    /// [`AeadError::Length`] for more than announced.
    pub fn associate(&mut self, bytes: &[u8]) -> Result<(), AeadError> {
        self.associated = self.associated.checked_sub(bytes.len()).ok_or(AeadError::Length(bytes.len()))?;
        self.authenticate(bytes);
        if self.associated == 0 {
            self.pad();
        }
        Ok(())
    }

    /// Encrypts or decrypts a piece in place.
    ///
    /// # Errors
    /// [`AeadError::Order`] while associated data are missing; [`AeadError::Length`] for more data than announced.
    pub fn apply(&mut self, direction: Direction, data: &mut [u8]) -> Result<(), AeadError> {
        if self.associated > 0 {
            return Err(AeadError::Order);
        }
        self.data = self.data.checked_sub(data.len()).ok_or(AeadError::Length(data.len()))?;
        match direction {
            Direction::Encrypt => {
                self.authenticate(data);
                self.counter.apply(&self.key, data);
            }
            Direction::Decrypt => {
                self.counter.apply(&self.key, data);
                self.authenticate(data);
            }
        }
        Ok(())
    }

    /// Bytes of the tag.
    #[must_use]
    pub fn tag_length(&self) -> usize {
        self.tag
    }

    /// The tag over all that came, its announced number of bytes from the left.
    ///
    /// # Errors
    /// [`AeadError::Order`] while something is missing.
    pub fn finish(&mut self) -> Result<[u8; BLOCK], AeadError> {
        if self.associated > 0 || self.data > 0 {
            return Err(AeadError::Order);
        }
        self.pad();
        let mut tag = *self.chain;
        tag.iter_mut().zip(*self.mask).for_each(|(byte, mask)| *byte ^= mask);
        Ok(tag)
    }

    /// CBC-MAC over more bytes.
    fn authenticate(&mut self, bytes: &[u8]) {
        for byte in bytes {
            if let Some(to) = self.chain.get_mut(self.filled) {
                *to ^= byte;
            }
            self.filled += 1;
            if self.filled == BLOCK {
                self.pad();
            }
        }
    }

    /// Ends the present block; zeros change nothing.
    fn pad(&mut self) {
        if self.filled > 0 {
            self.key.encrypt_block(&mut self.chain);
            self.filled = 0;
        }
    }
}

/// A block of flags, nonce and a number that takes the rest.
fn block(flags: usize, nonce: &[u8], number: usize) -> [u8; BLOCK] {
    let mut block = (number as u128).to_be_bytes();
    let [low, ..] = flags.to_le_bytes();
    let front = core::iter::once(&low).chain(nonce);
    block.iter_mut().zip(front).for_each(|(to, from)| *to = *from);
    block
}
