//! AES in Galois/counter mode (SP 800-38D), in pieces of any length. The block cipher and GHASH are the crates'; the mode's
//! few lines are here because the API hands data over piece by piece and wants the output of each.

use ghash::GHash;
use ghash::universal_hash::UniversalHash;
use ghash::universal_hash::array::Array;
use zeroize::Zeroizing;

use super::counter::{Counter, CounterWidth};
use super::modes::Direction;
use super::{AesKey, BLOCK};

/// Most bytes of data in one message: 2^39 - 256 bits (SP 800-38D, 5.2.1.1). What a card gets in commands stays below.
const DATA_MAX: u64 = (1 << 36) - 32;
/// Bytes of the initial vector that counts as it is (SP 800-38D, 5.2.1.1).
const VECTOR: usize = 12;

/// Why a message cannot go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AeadError {
    /// Associated data came behind data, or data before all of them.
    #[error("associated data come before the data")]
    Order,
    /// A length is outside of what the mode allows.
    #[error("{0} bytes are outside of what the mode allows")]
    Length(usize),
}

/// A key, and a message under way.
#[derive(Clone)]
pub struct Gcm {
    key: AesKey,
    /// GHASH with the key's subkey, before any input.
    fresh: GHash,
    hash: Blocks,
    counter: Counter,
    /// The first counter block, which encrypted hides the tag; the data begin at the next.
    first: [u8; BLOCK],
    associated: u64,
    data: u64,
}

impl Gcm {
    /// Prepares a key, and a message with twelve zeros as its initial vector.
    #[must_use]
    pub fn new(key: AesKey) -> Self {
        let mut subkey = Zeroizing::new([0; BLOCK]);
        key.encrypt_block(&mut subkey);
        let fresh = GHash::new((&*subkey).into());
        let hash = Blocks::new(fresh.clone());
        let first = first_counter(&[0; VECTOR]);
        Self { key, fresh, hash, counter: after(first), first, associated: 0, data: 0 }
    }

    /// Starts a message with an initial vector of any length but zero.
    ///
    /// # Errors
    /// [`AeadError::Length`] when the vector is empty.
    pub fn begin(&mut self, vector: &[u8]) -> Result<(), AeadError> {
        if vector.is_empty() {
            return Err(AeadError::Length(0));
        }
        let first = match vector.try_into() {
            Ok(vector) => first_counter(vector),
            Err(_) => {
                let mut hash = Blocks::new(self.fresh.clone());
                hash.update(vector);
                hash.finish(0, vector.len() as u64)
            }
        };
        if self.associated > 0 || self.data > 0 {
            self.hash = Blocks::new(self.fresh.clone());
        }
        self.start(first);
        Ok(())
    }

    /// Starts a message with a hash that took nothing yet.
    fn start(&mut self, first: [u8; BLOCK]) {
        (self.first, self.counter) = (first, after(first));
        (self.associated, self.data) = (0, 0);
    }

    /// Adds associated data.
    ///
    /// # Errors
    /// [`AeadError::Order`] once data came.
    pub fn associate(&mut self, bytes: &[u8]) -> Result<(), AeadError> {
        if self.data > 0 {
            return Err(AeadError::Order);
        }
        self.associated += bytes.len() as u64;
        self.hash.update(bytes);
        Ok(())
    }

    /// Encrypts or decrypts a piece in place.
    ///
    /// # Errors
    /// [`AeadError::Length`] when the message gets too long.
    pub fn apply(&mut self, direction: Direction, data: &mut [u8]) -> Result<(), AeadError> {
        if data.is_empty() {
            return Ok(());
        }
        if self.data == 0 {
            self.hash.pad();
        }
        self.data += data.len() as u64;
        if self.data > DATA_MAX {
            return Err(AeadError::Length(data.len()));
        }
        match direction {
            Direction::Encrypt => {
                self.counter.apply(&self.key, data);
                self.hash.update(data);
            }
            Direction::Decrypt => {
                self.hash.update(data);
                self.counter.apply(&self.key, data);
            }
        }
        Ok(())
    }

    /// The tag over all that came. The object then waits for a message with twelve zeros.
    #[must_use]
    pub fn finish(&mut self) -> [u8; BLOCK] {
        let hash = core::mem::replace(&mut self.hash, Blocks::new(self.fresh.clone()));
        let mut tag = hash.finish(self.associated, self.data);
        self.key.encrypt_block(&mut self.first);
        tag.iter_mut().zip(self.first).for_each(|(byte, mask)| *byte ^= mask);
        self.start(first_counter(&[0; VECTOR]));
        tag
    }
}

/// The key stream of the data.
fn after(first: [u8; BLOCK]) -> Counter {
    let mut counter = Counter::new(first, CounterWidth::GCM);
    counter.skip();
    counter
}

/// The counter block that a vector of twelve bytes gives.
fn first_counter(vector: &[u8; VECTOR]) -> [u8; BLOCK] {
    let mut first = [0; BLOCK];
    let (front, counter) = first.split_at_mut(VECTOR);
    front.copy_from_slice(vector);
    counter.copy_from_slice(&1_u32.to_be_bytes());
    first
}

/// GHASH over bytes, with those that do not fill a block yet.
#[derive(Clone)]
struct Blocks {
    hash: GHash,
    rest: Zeroizing<[u8; BLOCK]>,
    filled: usize,
}

impl Blocks {
    fn new(hash: GHash) -> Self {
        Self { hash, rest: Zeroizing::new([0; BLOCK]), filled: 0 }
    }

    fn update(&mut self, bytes: &[u8]) {
        let (begun, rest) = bytes.split_at(bytes.len().min((BLOCK - self.filled) % BLOCK));
        self.keep(begun);
        if self.filled == BLOCK {
            self.pad();
        }
        let (blocks, end) = Array::slice_as_chunks(rest);
        self.hash.update(blocks);
        self.keep(end);
    }

    fn keep(&mut self, bytes: &[u8]) {
        let room = self.rest.get_mut(self.filled..).unwrap_or_default();
        room.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
        self.filled += bytes.len();
    }

    /// Fills the begun block with zeros.
    fn pad(&mut self) {
        if self.filled > 0 {
            self.hash.update(&[(*self.rest).into()]);
            *self.rest = [0; BLOCK];
            self.filled = 0;
        }
    }

    fn finish(mut self, associated: u64, data: u64) -> [u8; BLOCK] {
        self.pad();
        let bits = ((u128::from(associated * 8) << 64) | u128::from(data * 8)).to_be_bytes();
        self.hash.update(&[bits.into()]);
        self.hash.finalize().into()
    }
}
