//! AES with keys of 128, 192 and 256 bits: blocks, ECB, CBC, CMAC (FIPS 197, SP 800-38A, SP 800-38B).

use aes::cipher::array::Array;
use aes::cipher::consts::U16;
use aes::cipher::{BlockCipherDecrypt, BlockCipherEncClosure, BlockCipherEncrypt, BlockSizeUser, KeyInit};
use aes::{Aes128, Aes192, Aes256};
use cmac::digest::InnerInit;
use cmac::{Cmac, Mac};

use super::block::{self, BlockError};
use super::modes::Direction;

/// Bytes of a block.
pub const BLOCK: usize = 16;

/// A key with its schedule. The schedule is wiped when dropped (the cipher crate's feature).
#[derive(Clone)]
pub struct AesKey(Cipher);

#[derive(Clone)]
enum Cipher {
    A128(Aes128),
    A192(Aes192),
    A256(Aes256),
}

/// Turns `on!(key, c => expression)` into the expression for whichever cipher the key holds.
macro_rules! on {
    ($key:expr, $cipher:ident => $body:expr) => {
        match &$key.0 {
            Cipher::A128($cipher) => $body,
            Cipher::A192($cipher) => $body,
            Cipher::A256($cipher) => $body,
        }
    };
}

impl BlockSizeUser for AesKey {
    type BlockSize = U16;
}

impl AesKey {
    /// Schedules a key of 16, 24 or 32 bytes.
    ///
    /// # Errors
    /// [`BlockError::KeyLength`].
    pub fn new(key: &[u8]) -> Result<Self, BlockError> {
        let wrong = |_| BlockError::KeyLength(key.len());
        match key.len() {
            16 => Aes128::new_from_slice(key).map(Cipher::A128).map_err(wrong),
            24 => Aes192::new_from_slice(key).map(Cipher::A192).map_err(wrong),
            32 => Aes256::new_from_slice(key).map(Cipher::A256).map_err(wrong),
            other => Err(BlockError::KeyLength(other)),
        }
        .map(Self)
    }

    /// Encrypts one block in place.
    pub fn encrypt_block(&self, block: &mut [u8; BLOCK]) {
        on!(self, cipher => cipher.encrypt_block(block.into()));
    }

    /// Decrypts one block in place.
    pub fn decrypt_block(&self, block: &mut [u8; BLOCK]) {
        on!(self, cipher => cipher.decrypt_block(block.into()));
    }

    /// Works with the cipher itself, entered once.
    pub(super) fn encrypt_with_backend(&self, work: impl BlockCipherEncClosure<BlockSize = U16>) {
        on!(self, cipher => cipher.encrypt_with_backend(work));
    }

    /// Encrypts blocks that do not depend on one another in place.
    pub(super) fn encrypt_blocks(&self, blocks: &mut [[u8; BLOCK]]) {
        on!(self, cipher => cipher.encrypt_blocks(Array::cast_slice_from_core_mut(blocks)));
    }

    /// Decrypts blocks that do not depend on one another in place.
    pub(super) fn decrypt_blocks(&self, blocks: &mut [[u8; BLOCK]]) {
        on!(self, cipher => cipher.decrypt_blocks(Array::cast_slice_from_core_mut(blocks)));
    }

    /// Encrypts or decrypts whole blocks one by one (ECB).
    ///
    /// # Errors
    /// [`BlockError::DataLength`].
    pub fn ecb(&self, direction: Direction, data: &mut [u8]) -> Result<(), BlockError> {
        on!(self, cipher => block::ecb(cipher, direction, data))
    }

    /// Encrypts or decrypts in CBC; `chain` becomes the last block of the ciphertext, so that calls may follow each other.
    ///
    /// # Errors
    /// [`BlockError::DataLength`].
    pub fn cbc(
        &self,
        direction: Direction,
        chain: &mut [u8; BLOCK],
        data: &mut [u8],
    ) -> Result<(), BlockError> {
        on!(self, cipher => block::cbc(cipher, direction, chain, data))
    }

    /// CMAC over the concatenation of `parts`.
    #[must_use]
    pub fn cmac(&self, parts: &[&[u8]]) -> [u8; BLOCK] {
        let mut mac = self.cmac_state();
        parts.iter().for_each(|part| mac.update(part));
        mac.finish()
    }

    /// A CMAC under way.
    #[must_use]
    pub(super) fn cmac_state(&self) -> CmacState {
        match &self.0 {
            Cipher::A128(cipher) => CmacState::A128(Cmac::inner_init(cipher.clone())),
            Cipher::A192(cipher) => CmacState::A192(Cmac::inner_init(cipher.clone())),
            Cipher::A256(cipher) => CmacState::A256(Cmac::inner_init(cipher.clone())),
        }
    }
}

/// A CMAC under way, for each length of key.
#[derive(Clone)]
pub(super) enum CmacState {
    A128(Cmac<Aes128>),
    A192(Cmac<Aes192>),
    A256(Cmac<Aes256>),
}

impl CmacState {
    pub(super) fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::A128(mac) => mac.update(bytes),
            Self::A192(mac) => mac.update(bytes),
            Self::A256(mac) => mac.update(bytes),
        }
    }

    pub(super) fn finish(self) -> [u8; BLOCK] {
        match self {
            Self::A128(mac) => mac.finalize().into_bytes().into(),
            Self::A192(mac) => mac.finalize().into_bytes().into(),
            Self::A256(mac) => mac.finalize().into_bytes().into(),
        }
    }
}
