//! XTS-AES (IEEE 1619, SP 800-38E): one data unit of at least a block, in pieces, the last two blocks together.
//!
//! Each block is masked with the tweak before and after, and the tweak is doubled in GF(2^128) from block to block. Of a unit
//! that ends within a block, the last whole block's ciphertext lends the missing bytes (ciphertext stealing).

use super::modes::{BATCH, Direction};
use super::{AesKey, BLOCK, BlockError};

/// The two keys, and the tweak of the next block.
#[derive(Clone)]
pub struct Xts {
    data: AesKey,
    unit: AesKey,
    tweak: u128,
}

impl Xts {
    /// Schedules both keys, 32 or 64 bytes together, for a data unit with the tweak of zeros.
    ///
    /// # Errors
    /// [`BlockError::KeyLength`].
    pub fn new(key: &[u8]) -> Result<Self, BlockError> {
        let wrong = BlockError::KeyLength(key.len());
        let (data, unit) = key.split_at_checked(key.len() / 2).ok_or(wrong)?;
        match key.len() {
            32 | 64 => {}
            _ => return Err(wrong),
        }
        let schedule = |half| AesKey::new(half).map_err(|_| wrong);
        let mut xts = Self { data: schedule(data)?, unit: schedule(unit)?, tweak: 0 };
        xts.begin([0; BLOCK]);
        Ok(xts)
    }

    /// Starts a data unit with its tweak: its number, lowest byte first.
    pub fn begin(&mut self, mut tweak: [u8; BLOCK]) {
        self.unit.encrypt_block(&mut tweak);
        self.tweak = u128::from_le_bytes(tweak);
    }

    /// Encrypts or decrypts blocks that do not end the unit.
    ///
    /// # Errors
    /// [`BlockError::DataLength`] for what are no whole blocks.
    pub fn apply(&mut self, direction: Direction, data: &mut [u8]) -> Result<(), BlockError> {
        let length = data.len();
        let (blocks, []) = data.as_chunks_mut::<BLOCK>() else { return Err(BlockError::DataLength(length)) };
        let mut tweaks = [0; BATCH];
        for batch in blocks.chunks_mut(BATCH) {
            let tweaks = tweaks.get_mut(..batch.len()).unwrap_or_default();
            tweaks.iter_mut().for_each(|tweak| *tweak = self.advance());
            mask(batch, tweaks);
            match direction {
                Direction::Encrypt => self.data.encrypt_blocks(batch),
                Direction::Decrypt => self.data.decrypt_blocks(batch),
            }
            mask(batch, tweaks);
        }
        Ok(())
    }

    /// Encrypts or decrypts the end of the unit: a block and up to fifteen bytes.
    ///
    /// # Errors
    /// [`BlockError::DataLength`] for less and for more.
    pub fn finish(&mut self, direction: Direction, data: &mut [u8]) -> Result<(), BlockError> {
        let length = data.len();
        let wrong = BlockError::DataLength(length);
        let (block, rest) = data.split_first_chunk_mut::<BLOCK>().ok_or(wrong)?;
        if rest.len() >= BLOCK {
            return Err(wrong);
        }
        if rest.is_empty() {
            return self.apply(direction, block);
        }
        let (before, last) = (self.advance(), self.advance());
        let (first, second) = match direction {
            Direction::Encrypt => (before, last),
            Direction::Decrypt => (last, before),
        };
        self.once(direction, first, block);
        block.iter_mut().zip(rest).for_each(|(lent, byte)| core::mem::swap(lent, byte));
        self.once(direction, second, block);
        Ok(())
    }

    /// One block with a tweak.
    fn once(&self, direction: Direction, tweak: u128, block: &mut [u8; BLOCK]) {
        let blocks = core::slice::from_mut(block);
        mask(blocks, &[tweak]);
        match direction {
            Direction::Encrypt => self.data.encrypt_blocks(blocks),
            Direction::Decrypt => self.data.decrypt_blocks(blocks),
        }
        mask(blocks, &[tweak]);
    }

    /// The present tweak, and on to the next.
    fn advance(&mut self) -> u128 {
        let present = self.tweak;
        self.tweak = (present << 1) ^ ((present >> 127) * 0x87);
        present
    }
}

fn mask(blocks: &mut [[u8; BLOCK]], tweaks: &[u128]) {
    for (block, tweak) in blocks.iter_mut().zip(tweaks) {
        *block = (u128::from_le_bytes(*block) ^ tweak).to_le_bytes();
    }
}
