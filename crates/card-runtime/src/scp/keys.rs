//! A card's three static keys.

use alloc::vec::Vec;

use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::crypto::{AesKey, BLOCK, DES_BLOCK, TripleDesKey};

/// What cipher a key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// Triple DES with two keys, 16 bytes: SCP02.
    TripleDes,
    /// AES, 16, 24 or 32 bytes: SCP03.
    Aes,
}

impl KeyKind {
    /// Whether a key of this kind may have so many bytes.
    #[must_use]
    pub fn takes(self, length: usize) -> bool {
        match self {
            Self::TripleDes => length == 16,
            Self::Aes => matches!(length, 16 | 24 | 32),
        }
    }

    /// What a key is recognised by: the first bytes of a block encrypted under it, of zeros with triple DES, of ones (01) with
    /// AES (Card Specification 2.3.1, B.6). `None` for a key of a wrong length.
    #[must_use]
    pub fn check_value(self, key: &[u8]) -> Option<[u8; 3]> {
        match self {
            Self::TripleDes => {
                let mut block = [0; DES_BLOCK];
                TripleDesKey::new(key).ok()?.encrypt_block(&mut block);
                block.first_chunk().copied()
            }
            Self::Aes => {
                let mut block = [0x01; BLOCK];
                AesKey::new(key).ok()?.encrypt_block(&mut block);
                block.first_chunk().copied()
            }
        }
    }
}

/// Three keys of one kind and length: for encryption, for MACs, and for other keys. Wiped when dropped.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct StaticKeys {
    #[zeroize(skip)]
    kind: KeyKind,
    encryption: Vec<u8>,
    mac: Vec<u8>,
    data: Vec<u8>,
}

/// A key of a length that its kind does not have, or another than the first of the three.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a key of {length} bytes: three keys of one length are needed, 16 bytes for triple DES, 16, 24 or 32 for AES"
)]
pub struct StaticKeysError {
    /// Its length.
    pub length: usize,
}

impl StaticKeys {
    /// Takes AES keys: Key-ENC, Key-MAC and Key-DEK.
    ///
    /// # Errors
    /// [`StaticKeysError`] when one has another length than 16, 24 or 32, or than the first.
    pub fn new(encryption: &[u8], mac: &[u8], data: &[u8]) -> Result<Self, StaticKeysError> {
        Self::of_kind(KeyKind::Aes, encryption, mac, data)
    }

    /// Takes keys of a kind: Key-ENC, Key-MAC and Key-DEK.
    ///
    /// # Errors
    /// [`StaticKeysError`].
    pub fn of_kind(
        kind: KeyKind,
        encryption: &[u8],
        mac: &[u8],
        data: &[u8],
    ) -> Result<Self, StaticKeysError> {
        for key in [encryption, mac, data] {
            if !kind.takes(key.len()) || key.len() != encryption.len() {
                return Err(StaticKeysError { length: key.len() });
            }
        }
        Ok(Self { kind, encryption: encryption.to_vec(), mac: mac.to_vec(), data: data.to_vec() })
    }

    /// What cipher they are for.
    #[must_use]
    pub fn kind(&self) -> KeyKind {
        self.kind
    }

    /// Bytes of each key.
    #[must_use]
    pub fn length(&self) -> usize {
        self.encryption.len()
    }

    /// Key-ENC, Key-MAC, Key-DEK.
    #[must_use]
    pub fn expose_secret(&self) -> [&[u8]; 3] {
        [&self.encryption, &self.mac, &self.data]
    }
}
