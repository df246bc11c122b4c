//! A key of any of the block ciphers that the API has, for the modes that all of them have.

use aes::cipher::{BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};
use des::Des;
use sm4::Sm4;

use super::modes::{self, Direction};
use super::{AesKey, BLOCK, DES_BLOCK, TripleDesKey};

/// The block that the next one is chained to; a cipher with shorter blocks uses the front of it.
pub type Chain = [u8; BLOCK];

/// A key with its schedule, which is wiped when dropped (the cipher crates' feature).
#[derive(Clone)]
pub enum BlockCipher {
    /// AES (FIPS 197).
    Aes(AesKey),
    /// DES (FIPS 46-3), for what is as old as it.
    Des(Des),
    /// Triple DES with two keys or three.
    TripleDes(TripleDesKey),
    /// SM4 (GB/T 32907).
    Sm4(Sm4),
}

/// What a block cipher cannot work on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BlockError {
    /// A key of a length that the cipher does not have.
    #[error("no key has {0} bytes")]
    KeyLength(usize),
    /// Data that are no whole number of blocks.
    #[error("{0} bytes are no whole number of blocks")]
    DataLength(usize),
}

impl BlockCipher {
    /// Schedules an AES key of 16, 24 or 32 bytes.
    ///
    /// # Errors
    /// [`BlockError::KeyLength`].
    pub fn aes(key: &[u8]) -> Result<Self, BlockError> {
        AesKey::new(key).map(Self::Aes).map_err(|_| BlockError::KeyLength(key.len()))
    }

    /// Schedules a key of DES (8 bytes) or triple DES (16 or 24).
    ///
    /// # Errors
    /// [`BlockError::KeyLength`].
    pub fn des(key: &[u8]) -> Result<Self, BlockError> {
        match Des::new_from_slice(key) {
            Ok(single) => Ok(Self::Des(single)),
            Err(_) => {
                TripleDesKey::new(key).map(Self::TripleDes).map_err(|_| BlockError::KeyLength(key.len()))
            }
        }
    }

    /// Schedules an SM4 key of 16 bytes.
    ///
    /// # Errors
    /// [`BlockError::KeyLength`].
    pub fn sm4(key: &[u8]) -> Result<Self, BlockError> {
        Sm4::new_from_slice(key).map(Self::Sm4).map_err(|_| BlockError::KeyLength(key.len()))
    }

    /// Bytes of a block.
    #[must_use]
    pub fn block(&self) -> usize {
        match self {
            Self::Aes(_) | Self::Sm4(_) => BLOCK,
            Self::Des(_) | Self::TripleDes(_) => DES_BLOCK,
        }
    }

    /// Encrypts or decrypts whole blocks one by one.
    ///
    /// # Errors
    /// [`BlockError::DataLength`].
    pub fn ecb(&self, direction: Direction, data: &mut [u8]) -> Result<(), BlockError> {
        match self {
            Self::Aes(key) => key.ecb(direction, data),
            Self::Des(key) => ecb(key, direction, data),
            Self::TripleDes(key) => ecb(key.triple(), direction, data),
            Self::Sm4(key) => ecb(key, direction, data),
        }
    }

    /// Encrypts or decrypts whole blocks, each chained to the one before; `chain` is left so that calls may follow each other.
    ///
    /// # Errors
    /// [`BlockError::DataLength`].
    pub fn cbc(&self, direction: Direction, chain: &mut Chain, data: &mut [u8]) -> Result<(), BlockError> {
        match self {
            Self::Aes(key) => key.cbc(direction, chain, data),
            Self::Des(key) => cbc(key, direction, chain, data),
            Self::TripleDes(key) => cbc(key.triple(), direction, chain, data),
            Self::Sm4(key) => cbc(key, direction, chain, data),
        }
    }

    /// As [`Self::cbc`] for encryption, but with the first key alone where there are several: the steps of a retail MAC
    /// before the last (ISO/IEC 9797-1, algorithm 3).
    ///
    /// # Errors
    /// [`BlockError::DataLength`].
    pub fn cbc_by_first_key(&self, chain: &mut Chain, data: &mut [u8]) -> Result<(), BlockError> {
        match self {
            Self::TripleDes(key) => cbc(key.single(), Direction::Encrypt, chain, data),
            Self::Aes(_) | Self::Des(_) | Self::Sm4(_) => self.cbc(Direction::Encrypt, chain, data),
        }
    }
}

/// ECB in place.
pub(super) fn ecb<C: BlockCipherEncrypt + BlockCipherDecrypt>(
    cipher: &C,
    direction: Direction,
    data: &mut [u8],
) -> Result<(), BlockError> {
    let length = data.len();
    let blocks = modes::whole::<C>(data).ok_or(BlockError::DataLength(length))?;
    match direction {
        Direction::Encrypt => cipher.encrypt_blocks(blocks),
        Direction::Decrypt => cipher.decrypt_blocks(blocks),
    }
    Ok(())
}

/// CBC in place.
pub(super) fn cbc<C: BlockCipherEncrypt + BlockCipherDecrypt>(
    cipher: &C,
    direction: Direction,
    chain: &mut [u8],
    data: &mut [u8],
) -> Result<(), BlockError> {
    let length = data.len();
    let blocks = modes::whole::<C>(data).ok_or(BlockError::DataLength(length))?;
    let room = chain.get_mut(..C::block_size()).unwrap_or_default();
    let vector = room.try_into().map_err(|_| BlockError::DataLength(length))?;
    match direction {
        Direction::Encrypt => modes::cbc_encrypt(cipher, vector, blocks),
        Direction::Decrypt => modes::cbc_decrypt(cipher, vector, blocks),
    }
    Ok(())
}
