//! Message authentication codes under way: HMAC (FIPS 198-1), CMAC (SP 800-38B), CBC-MAC without padding
//! (ISO/IEC 9797-1, algorithm 1).

use alloc::vec::Vec;

use hmac::{KeyInit, Mac as _, SimpleHmac};
use zeroize::Zeroizing;

use super::aes::CmacState;
use super::digest::for_each_digest;
use super::{AesError, AesKey, BLOCK, Digest, HashAlgorithm};

/// A MAC under way; it takes input of any length in constant space.
#[derive(Clone)]
pub struct Mac(State);

#[derive(Clone)]
enum State {
    Hash(HashState),
    Cmac(CmacState),
    Cbc { key: AesKey, chain: [u8; BLOCK], rest: Zeroizing<Vec<u8>> },
}

macro_rules! hmacs {
    ($($(#[$doc:meta])* $name:ident: $length:literal, $hash:ty, $form:expr;)*) => {
        /// An HMAC under way.
        #[derive(Clone)]
        enum HashState {
            $($name(SimpleHmac<$hash>),)*
        }

        impl HashState {
            fn new(algorithm: HashAlgorithm, key: &[u8]) -> Self {
                match algorithm {
                    $(HashAlgorithm::$name => Self::$name(keyed(key)),)*
                }
            }

            fn update(&mut self, bytes: &[u8]) {
                match self {
                    $(Self::$name(mac) => mac.update(bytes),)*
                }
            }

            fn finish(self) -> Digest {
                match self {
                    $(Self::$name(mac) => Digest::of(&mac.finalize().into_bytes()),)*
                }
            }
        }
    };
}

for_each_digest!(hmacs);

impl Mac {
    /// Starts an HMAC. Every length of key is allowed.
    #[must_use]
    pub fn hmac(algorithm: HashAlgorithm, key: &[u8]) -> Self {
        Self(State::Hash(HashState::new(algorithm, key)))
    }

    /// Starts a CMAC.
    #[must_use]
    pub fn cmac(key: &AesKey) -> Self {
        Self(State::Cmac(key.cmac_state()))
    }

    /// Starts a CBC-MAC from an initial vector.
    #[must_use]
    pub fn cbc(key: AesKey, vector: [u8; BLOCK]) -> Self {
        Self(State::Cbc { key, chain: vector, rest: Zeroizing::new(Vec::new()) })
    }

    /// Adds input.
    pub fn update(&mut self, bytes: &[u8]) {
        match &mut self.0 {
            State::Hash(mac) => mac.update(bytes),
            State::Cmac(mac) => mac.update(bytes),
            State::Cbc { key, chain, rest } => {
                rest.extend_from_slice(bytes);
                let whole = rest.len() - rest.len() % BLOCK;
                if let Some(blocks) = rest.get_mut(..whole) {
                    // A whole number of blocks is never refused.
                    let _ = key.cbc_encrypt(chain, blocks);
                }
                rest.drain(..whole);
            }
        }
    }

    /// Ends.
    ///
    /// # Errors
    /// [`AesError::DataLength`] when a CBC-MAC got input that is no whole number of blocks.
    pub fn finish(self) -> Result<Digest, AesError> {
        Ok(match self.0 {
            State::Hash(mac) => mac.finish(),
            State::Cmac(mac) => Digest::of(&mac.finish()),
            State::Cbc { chain, rest, .. } => match rest.len() {
                0 => Digest::of(&chain),
                left => return Err(AesError::DataLength(left)),
            },
        })
    }
}

/// An HMAC takes keys of every length: longer ones are hashed, shorter ones filled with zeros.
fn keyed<M: KeyInit>(key: &[u8]) -> M {
    match M::new_from_slice(key) {
        Ok(mac) => mac,
        Err(_) => M::new(&Default::default()),
    }
}
