//! AES with keys of 128, 192 and 256 bits: single blocks, CBC without padding, CMAC (FIPS 197, SP 800-38A, SP 800-38B).

use alloc::vec::Vec;

use aes::cipher::{BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};
use aes::{Aes128, Aes192, Aes256};
use cmac::digest::InnerInit;
use cmac::{Cmac, Mac};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

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

/// What AES cannot work on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AesError {
    /// A key of another length than 16, 24 or 32 bytes.
    #[error("no AES key has {0} bytes")]
    KeyLength(usize),
    /// Data that are no whole number of blocks.
    #[error("{0} bytes are no whole number of blocks")]
    DataLength(usize),
}

impl AesKey {
    /// Schedules a key of 16, 24 or 32 bytes.
    ///
    /// # Errors
    /// [`AesError::KeyLength`].
    pub fn new(key: &[u8]) -> Result<Self, AesError> {
        let wrong = |_| AesError::KeyLength(key.len());
        match key.len() {
            16 => Aes128::new_from_slice(key).map(Cipher::A128).map_err(wrong),
            24 => Aes192::new_from_slice(key).map(Cipher::A192).map_err(wrong),
            32 => Aes256::new_from_slice(key).map(Cipher::A256).map_err(wrong),
            other => Err(AesError::KeyLength(other)),
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

    /// Encrypts whole blocks one by one (ECB).
    ///
    /// # Errors
    /// [`AesError::DataLength`].
    pub fn ecb_encrypt(&self, data: &mut [u8]) -> Result<(), AesError> {
        whole(data)?.iter_mut().for_each(|block| self.encrypt_block(block));
        Ok(())
    }

    /// Decrypts whole blocks one by one (ECB).
    ///
    /// # Errors
    /// [`AesError::DataLength`].
    pub fn ecb_decrypt(&self, data: &mut [u8]) -> Result<(), AesError> {
        whole(data)?.iter_mut().for_each(|block| self.decrypt_block(block));
        Ok(())
    }

    /// Encrypts in CBC; `vector` becomes the last block, so that calls may follow each other.
    ///
    /// # Errors
    /// [`AesError::DataLength`].
    pub fn cbc_encrypt(&self, vector: &mut [u8; BLOCK], data: &mut [u8]) -> Result<(), AesError> {
        let blocks = whole(data)?;
        on!(self, cipher => for block in blocks {
            xor(block, vector);
            cipher.encrypt_block(block.into());
            *vector = *block;
        });
        Ok(())
    }

    /// Decrypts CBC; `vector` becomes the last block of the ciphertext.
    ///
    /// # Errors
    /// [`AesError::DataLength`].
    pub fn cbc_decrypt(&self, vector: &mut [u8; BLOCK], data: &mut [u8]) -> Result<(), AesError> {
        for block in whole(data)? {
            let ciphertext = *block;
            self.decrypt_block(block);
            xor(block, vector);
            *vector = ciphertext;
        }
        Ok(())
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

/// The schedules of the keys used last, found again by the key's bytes, so that scheduling is not paid for again with each
/// message. A key that was changed or cleared in between is another one. All of it is wiped when dropped.
#[derive(Default)]
pub(crate) struct Schedules(Vec<(Zeroizing<Vec<u8>>, AesKey)>);

/// How many schedules are kept: a few keys take turns in an applet.
const SCHEDULES: usize = 4;

impl Schedules {
    /// The schedule of a key.
    ///
    /// # Errors
    /// [`AesError::KeyLength`].
    pub(crate) fn get(&mut self, key: &[u8]) -> Result<&AesKey, AesError> {
        match self.0.iter().position(|(kept, _)| kept.ct_eq(key).into()) {
            Some(index) => self.0.swap(0, index),
            None => {
                let schedule = AesKey::new(key)?;
                self.0.truncate(SCHEDULES - 1);
                self.0.insert(0, (Zeroizing::new(key.to_vec()), schedule));
            }
        }
        self.0.first().map(|(_, schedule)| schedule).ok_or(AesError::KeyLength(key.len()))
    }

    /// Forgets all keys.
    pub(crate) fn clear(&mut self) {
        self.0.clear();
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

fn whole(data: &mut [u8]) -> Result<&mut [[u8; BLOCK]], AesError> {
    let length = data.len();
    match data.as_chunks_mut::<BLOCK>() {
        (blocks, []) => Ok(blocks),
        (_, [_, ..]) => Err(AesError::DataLength(length)),
    }
}

fn xor(block: &mut [u8; BLOCK], other: &[u8; BLOCK]) {
    block.iter_mut().zip(other).for_each(|(byte, other)| *byte ^= other);
}
