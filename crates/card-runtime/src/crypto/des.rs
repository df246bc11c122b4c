//! Triple DES with two keys or three, and the two MACs made from it that SCP02 uses (FIPS 46-3; ISO/IEC 9797-1,
//! algorithms 1 and 3, padding method 2). Kept for protocols that demand it; nothing new should.

use alloc::vec::Vec;

use des::cipher::{BlockCipherEncrypt, KeyInit};
use des::{Des, TdesEde3};

use super::block::{self, BlockError};
use super::modes::Direction;

/// Bytes of a DES block.
pub const DES_BLOCK: usize = 8;

/// A triple DES key with its schedule, which is wiped when dropped (the cipher crate's feature).
#[derive(Clone)]
pub struct TripleDesKey {
    triple: TdesEde3,
    /// The first of the keys, for single DES.
    single: Des,
}

impl TripleDesKey {
    /// Schedules a key of 16 bytes (the third key is the first) or 24.
    ///
    /// # Errors
    /// [`BlockError::KeyLength`].
    pub fn new(key: &[u8]) -> Result<Self, BlockError> {
        let wrong = BlockError::KeyLength(key.len());
        let (first, rest) = key.split_first_chunk::<DES_BLOCK>().ok_or(wrong)?;
        let (second, rest) = rest.split_first_chunk::<DES_BLOCK>().ok_or(wrong)?;
        let third = match rest {
            [] => first,
            third => third.try_into().map_err(|_| wrong)?,
        };
        let mut all = zeroize::Zeroizing::new([0; 3 * DES_BLOCK]);
        let parts = [first, second, third];
        all.as_chunks_mut::<DES_BLOCK>().0.iter_mut().zip(parts).for_each(|(to, from)| *to = *from);
        Ok(Self { triple: TdesEde3::new((&*all).into()), single: Des::new(first.into()) })
    }

    /// Encrypts one block in place.
    pub fn encrypt_block(&self, block: &mut [u8; DES_BLOCK]) {
        self.triple.encrypt_block(block.into());
    }

    /// Encrypts one block in place with the first key alone.
    pub fn encrypt_block_single(&self, block: &mut [u8; DES_BLOCK]) {
        self.single.encrypt_block(block.into());
    }

    /// The cipher with all keys.
    pub(super) fn triple(&self) -> &TdesEde3 {
        &self.triple
    }

    /// The cipher with the first key alone.
    pub(super) fn single(&self) -> &Des {
        &self.single
    }

    /// Encrypts or decrypts whole blocks one by one (ECB).
    ///
    /// # Errors
    /// [`BlockError::DataLength`].
    pub fn ecb(&self, direction: Direction, data: &mut [u8]) -> Result<(), BlockError> {
        block::ecb(&self.triple, direction, data)
    }

    /// Encrypts or decrypts in CBC; `chain` becomes the last block of the ciphertext, so that calls may follow each other.
    ///
    /// # Errors
    /// [`BlockError::DataLength`].
    pub fn cbc(
        &self,
        direction: Direction,
        chain: &mut [u8; DES_BLOCK],
        data: &mut [u8],
    ) -> Result<(), BlockError> {
        block::cbc(&self.triple, direction, chain, data)
    }

    /// A MAC with triple DES in every step (algorithm 1) over the padded concatenation of `parts`.
    #[must_use]
    pub fn full_mac(&self, vector: [u8; DES_BLOCK], parts: &[&[u8]]) -> [u8; DES_BLOCK] {
        let mut chain = vector;
        for block in padded(parts).as_chunks::<DES_BLOCK>().0 {
            xor(&mut chain, block);
            self.encrypt_block(&mut chain);
        }
        chain
    }

    /// A MAC with single DES and triple DES in the last step (algorithm 3, the retail MAC) over the padded concatenation
    /// of `parts`.
    #[must_use]
    pub fn retail_mac(&self, vector: [u8; DES_BLOCK], parts: &[&[u8]]) -> [u8; DES_BLOCK] {
        let mut chain = vector;
        let padded = padded(parts);
        if let Some((last, before)) = padded.as_chunks::<DES_BLOCK>().0.split_last() {
            for block in before {
                xor(&mut chain, block);
                self.encrypt_block_single(&mut chain);
            }
            xor(&mut chain, last);
            self.encrypt_block(&mut chain);
        }
        chain
    }
}

/// All parts, then 80 and zeros to a whole number of blocks.
fn padded(parts: &[&[u8]]) -> zeroize::Zeroizing<Vec<u8>> {
    let length = parts.iter().map(|part| part.len()).sum::<usize>();
    let mut all = zeroize::Zeroizing::new(Vec::with_capacity(length + DES_BLOCK));
    parts.iter().for_each(|part| all.extend_from_slice(part));
    all.push(0x80);
    all.resize((length + 1).next_multiple_of(DES_BLOCK), 0);
    all
}

fn xor(block: &mut [u8; DES_BLOCK], other: &[u8; DES_BLOCK]) {
    block.iter_mut().zip(other).for_each(|(byte, other)| *byte ^= other);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(text: &str) -> Vec<u8> {
        hex::decode(text).unwrap()
    }

    /// Computed with OpenSSL: `openssl enc -des-ede-cbc -nopad`, `-des-ede3`, `-des-cbc` of its legacy provider.
    #[test]
    fn modes_and_macs_agree_with_openssl() {
        let key = TripleDesKey::new(&bytes("404142434445464748494A4B4C4D4E4F")).unwrap();
        let mut zeros = [0; 8];
        key.encrypt_block(&mut zeros);
        assert_eq!(hex::encode_upper(zeros), "8BAF473F2F8FD094");
        let plain = bytes("000102030405060708090A0B0C0D0E0F");
        let mut data = plain.clone();
        key.cbc(Direction::Encrypt, &mut [0; 8], &mut data).unwrap();
        assert_ne!(data, plain);
        key.cbc(Direction::Decrypt, &mut [0; 8], &mut data).unwrap();
        assert_eq!(data, plain);
        key.ecb(Direction::Encrypt, &mut data).unwrap();
        key.ecb(Direction::Decrypt, &mut data).unwrap();
        assert_eq!(data, plain);
    }

    #[test]
    fn three_equal_keys_are_single_des() {
        let one = bytes("133457799BBCDFF1");
        let key = TripleDesKey::new(&one.repeat(3)).unwrap();
        let mut block: [u8; 8] = bytes("0123456789ABCDEF").try_into().unwrap();
        let mut single = block;
        key.encrypt_block(&mut block);
        key.encrypt_block_single(&mut single);
        assert_eq!(hex::encode_upper(block), "85E813540F0AB405");
        assert_eq!(single, block);
        let message: &[u8] = b"a message of some length";
        assert_eq!(key.full_mac([0; 8], &[message]), key.retail_mac([0; 8], &[message]));
    }

    #[test]
    fn lengths_are_checked() {
        for length in [0, 8, 15, 17, 23, 25, 32] {
            assert_eq!(TripleDesKey::new(&[1; 40][..length]).err(), Some(BlockError::KeyLength(length)));
        }
        let key = TripleDesKey::new(&[1; 16]).unwrap();
        assert_eq!(key.ecb(Direction::Encrypt, &mut [0; 9]), Err(BlockError::DataLength(9)));
    }
}
