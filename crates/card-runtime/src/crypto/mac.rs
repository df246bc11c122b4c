//! Message authentication codes under way: HMAC (FIPS 198-1), CMAC (SP 800-38B), CBC-MAC with every block cipher
//! (ISO/IEC 9797-1, algorithms 1 and 3).

use alloc::vec::Vec;

use hmac::{KeyInit, Mac as _, SimpleHmac};
use zeroize::Zeroizing;

use super::aes::CmacState;
use super::digest::for_each_digest;
use super::modes::Direction;
use super::padding::Padding;
use super::{AesKey, BlockCipher, BlockError, Chain, Digest, HashAlgorithm};

/// Bytes that are chained together.
const PIECE: usize = 512;

/// A MAC under way; it takes input of any length in constant space.
#[derive(Clone)]
pub struct Mac(State);

#[derive(Clone)]
enum State {
    Hash(HashState),
    Cmac(CmacState),
    Chained(Chained),
}

/// Which of a triple DES key's parts encrypt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Steps {
    /// All, in every step (algorithm 1).
    Alike,
    /// The first, and only in the last step all (algorithm 3, the retail MAC).
    LastWhole,
}

/// How a CBC-MAC is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChainedForm {
    /// What fills the last block.
    pub padding: Padding,
    /// What encrypts.
    pub steps: Steps,
    /// Bytes of the MAC, from the left of the last block.
    pub length: usize,
}

/// A CBC-MAC under way.
#[derive(Clone)]
struct Chained {
    cipher: BlockCipher,
    form: ChainedForm,
    chain: Chain,
    /// What is not chained yet: at least the last byte of all that came, because its block may be the last.
    rest: Zeroizing<Vec<u8>>,
}

/// Where in a message blocks are.
#[derive(Clone, Copy)]
enum Place {
    Before,
    Last,
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
    pub fn chained(cipher: BlockCipher, form: ChainedForm, vector: Chain) -> Self {
        Self(State::Chained(Chained { cipher, form, chain: vector, rest: Zeroizing::new(Vec::new()) }))
    }

    /// Adds input.
    pub fn update(&mut self, bytes: &[u8]) {
        match &mut self.0 {
            State::Hash(mac) => mac.update(bytes),
            State::Cmac(mac) => mac.update(bytes),
            State::Chained(mac) => mac.update(bytes),
        }
    }

    /// Ends.
    ///
    /// # Errors
    /// [`BlockError::DataLength`] when a CBC-MAC without padding got input that is no whole number of blocks, or none.
    pub fn finish(self) -> Result<Digest, BlockError> {
        Ok(match self.0 {
            State::Hash(mac) => mac.finish(),
            State::Cmac(mac) => Digest::of(&mac.finish()),
            State::Chained(mac) => return mac.finish(),
        })
    }
}

impl Chained {
    fn update(&mut self, bytes: &[u8]) {
        let block = self.cipher.block();
        // Reserved once, so that no copy is left behind.
        self.rest.reserve_exact(PIECE + 2 * block);
        for piece in bytes.chunks(PIECE) {
            self.rest.extend_from_slice(piece);
            self.chain((self.rest.len().saturating_sub(1)) / block * block, Place::Before);
        }
    }

    /// Chains the first bytes of the rest, which are blocks.
    fn chain(&mut self, bytes: usize, place: Place) {
        let Self { cipher, form, chain, rest } = self;
        let Some(blocks) = rest.get_mut(..bytes) else { return };
        // A whole number of blocks is never refused.
        let _ = match (form.steps, place) {
            (Steps::LastWhole, Place::Before) => cipher.cbc_by_first_key(chain, blocks),
            (Steps::LastWhole, Place::Last) | (Steps::Alike, Place::Before | Place::Last) => {
                cipher.cbc(Direction::Encrypt, chain, blocks)
            }
        };
        rest.drain(..bytes);
    }

    fn finish(mut self) -> Result<Digest, BlockError> {
        let block = self.cipher.block();
        self.form.padding.pad(&mut self.rest, block);
        let length = self.rest.len();
        if length == 0 || !length.is_multiple_of(block) {
            return Err(BlockError::DataLength(length));
        }
        self.chain(length - block, Place::Before);
        self.chain(block, Place::Last);
        Ok(Digest::of(self.chain.get(..self.form.length).unwrap_or_default()))
    }
}

/// An HMAC takes keys of every length: longer ones are hashed, shorter ones filled with zeros.
fn keyed<M: KeyInit>(key: &[u8]) -> M {
    match M::new_from_slice(key) {
        Ok(mac) => mac,
        Err(_) => M::new(&Default::default()),
    }
}
