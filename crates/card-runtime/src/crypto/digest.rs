//! Message digests: FIPS 180-4, FIPS 202, RFC 1321, RIPEMD-160, SM3 (GB/T 32905).
//!
//! One table, [`for_each_digest`], says which there are; digests and HMACs are made from it.

use digest::Digest as _;
use digest::common::hazmat::SerializableState;

/// Gives a macro the digests, each a line: name, length in bytes, implementation, and how the state between two blocks is
/// written: bytes of state, bytes of a word, the order of bytes in a word, bytes of a block. Keccak's state is not written.
macro_rules! for_each_digest {
    ($macro:ident) => {
        $macro! {
            /// MD5.
            Md5: 16, md5::Md5, Some(Form { state: 16, word: 4, order: Order::Little, block: 64 });
            /// RIPEMD-160.
            Ripemd160: 20, ripemd::Ripemd160, Some(Form { state: 20, word: 4, order: Order::Little, block: 64 });
            /// SHA-1.
            Sha1: 20, sha1::Sha1, Some(Form { state: 20, word: 4, order: Order::Big, block: 64 });
            /// SHA-224.
            Sha224: 28, sha2::Sha224, Some(Form { state: 32, word: 4, order: Order::Big, block: 64 });
            /// SHA-256.
            Sha256: 32, sha2::Sha256, Some(Form { state: 32, word: 4, order: Order::Big, block: 64 });
            /// SHA-384.
            Sha384: 48, sha2::Sha384, Some(Form { state: 64, word: 8, order: Order::Big, block: 128 });
            /// SHA-512.
            Sha512: 64, sha2::Sha512, Some(Form { state: 64, word: 8, order: Order::Big, block: 128 });
            /// SHA3-224.
            Sha3_224: 28, sha3::Sha3_224, None;
            /// SHA3-256.
            Sha3_256: 32, sha3::Sha3_256, None;
            /// SHA3-384.
            Sha3_384: 48, sha3::Sha3_384, None;
            /// SHA3-512.
            Sha3_512: 64, sha3::Sha3_512, None;
            /// SM3.
            Sm3: 32, sm3::Sm3, Some(Form { state: 32, word: 4, order: Order::Big, block: 64 });
        }
    };
}
pub(super) use for_each_digest;

/// A digest of up to 64 bytes.
#[derive(Clone, Copy, Debug)]
pub struct Digest {
    bytes: [u8; 64],
    length: usize,
}

impl Digest {
    pub(super) fn of(value: &[u8]) -> Self {
        let mut bytes = [0; 64];
        bytes.iter_mut().zip(value).for_each(|(to, from)| *to = *from);
        Self { bytes, length: value.len() }
    }
}

impl AsRef<[u8]> for Digest {
    fn as_ref(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or(&self.bytes)
    }
}

/// How a digest's state between two blocks is written.
#[derive(Clone, Copy)]
struct Form {
    state: usize,
    word: usize,
    order: Order,
    block: usize,
}

/// The order of bytes in a word, as the algorithm's own document has it.
#[derive(Clone, Copy)]
enum Order {
    Little,
    Big,
}

/// Why a digest can not go on from a state, or give its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StateError {
    /// The algorithm's state is not written.
    #[error("this digest's state can not be taken out")]
    Sponge,
    /// The state has another length.
    #[error("the state has {0} bytes")]
    Length(usize),
    /// The message so far is no whole number of blocks.
    #[error("the message so far does not end with a block")]
    Alignment,
}

macro_rules! algorithms {
    ($($(#[$doc:meta])* $name:ident: $length:literal, $hash:ty, $form:expr;)*) => {
        /// The digests that the card computes.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum HashAlgorithm {
            $($(#[$doc])* $name,)*
        }

        impl HashAlgorithm {
            /// All of them.
            pub const ALL: &[HashAlgorithm] = &[$(Self::$name,)*];

            /// Bytes of the digest.
            #[must_use]
            pub const fn length(self) -> usize {
                match self {
                    $(Self::$name => $length,)*
                }
            }

            fn form(self) -> Option<Form> {
                match self {
                    $(Self::$name => $form,)*
                }
            }
        }

        #[derive(Clone)]
        enum State {
            $($name($hash),)*
        }

        impl Hasher {
            /// Starts.
            #[must_use]
            pub fn new(algorithm: HashAlgorithm) -> Self {
                Self(match algorithm {
                    $(HashAlgorithm::$name => State::$name(<$hash>::new()),)*
                })
            }

            /// Which digest this is.
            #[must_use]
            pub fn algorithm(&self) -> HashAlgorithm {
                match &self.0 {
                    $(State::$name(_) => HashAlgorithm::$name,)*
                }
            }

            /// Adds bytes.
            pub fn update(&mut self, bytes: &[u8]) {
                match &mut self.0 {
                    $(State::$name(hash) => hash.update(bytes),)*
                }
            }

            /// Ends.
            #[must_use]
            pub fn finish(self) -> Digest {
                match self.0 {
                    $(State::$name(hash) => Digest::of(&hash.finalize()),)*
                }
            }

            /// Hands the implementation's own writing of the state to `read`.
            fn with_written<R>(&self, read: impl FnOnce(&[u8]) -> R) -> R {
                match &self.0 {
                    $(State::$name(hash) => read(&hash.serialize()),)*
                }
            }

            /// Lets `write` change the implementation's writing of the state, and takes it back.
            fn rewrite(&mut self, write: impl FnOnce(&mut [u8])) -> Result<(), StateError> {
                match &mut self.0 {
                    $(State::$name(hash) => {
                        let mut written = hash.serialize();
                        write(&mut written);
                        *hash = <$hash>::deserialize(&written).map_err(|_| StateError::Sponge)?;
                    })*
                }
                Ok(())
            }
        }
    };
}

for_each_digest!(algorithms);

impl HashAlgorithm {
    /// Bytes of a block, for digests whose state between two blocks can be taken out.
    #[must_use]
    pub fn resumable_block(self) -> Option<usize> {
        self.form().map(|form| form.block)
    }

    /// The digest of one message.
    #[must_use]
    pub fn digest(self, parts: &[&[u8]]) -> Digest {
        let mut hasher = Hasher::new(self);
        parts.iter().for_each(|part| hasher.update(part));
        hasher.finish()
    }
}

/// A digest under way.
#[derive(Clone)]
pub struct Hasher(State);

// The implementations write their state as: words, little-endian; the number of blocks so far, little-endian, in two words;
// bytes that wait for the end of a block, their number first.
impl Hasher {
    /// The state after the blocks so far, as the algorithm's own document writes it.
    ///
    /// # Errors
    /// [`StateError::Sponge`]; [`StateError::Alignment`] while bytes wait for the end of a block.
    pub fn state(&self) -> Result<Digest, StateError> {
        let form = self.algorithm().form().ok_or(StateError::Sponge)?;
        self.with_written(|written| {
            let waiting = written.get(form.state + 2 * form.word..).unwrap_or_default();
            if waiting.first().is_some_and(|number| *number != 0) {
                return Err(StateError::Alignment);
            }
            let mut state = Digest::of(written.get(..form.state).unwrap_or_default());
            ordered(&mut state.bytes, form);
            Ok(state)
        })
    }

    /// Goes on from a state after `length` bytes, in place of the present one.
    ///
    /// # Errors
    /// [`StateError`], nothing changed.
    pub fn resume(&mut self, state: &[u8], length: u128) -> Result<(), StateError> {
        let algorithm = self.algorithm();
        let form = algorithm.form().ok_or(StateError::Sponge)?;
        if state.len() != form.state {
            return Err(StateError::Length(state.len()));
        }
        if !length.is_multiple_of(form.block as u128) {
            return Err(StateError::Alignment);
        }
        let mut words = Digest::of(state);
        ordered(&mut words.bytes, form);
        let blocks = (length / form.block as u128).to_le_bytes();
        *self = Self::new(algorithm);
        self.rewrite(|written| {
            let (state, rest) = written.split_at_mut_checked(form.state).unwrap_or_default();
            state.iter_mut().zip(words.bytes).for_each(|(to, from)| *to = from);
            let count = rest.get_mut(..2 * form.word).unwrap_or_default();
            count.iter_mut().zip(blocks).for_each(|(to, from)| *to = from);
        })
    }
}

/// Turns words from the implementation's order of bytes into the algorithm's, or back.
fn ordered(bytes: &mut [u8], form: Form) {
    match form.order {
        Order::Little => {}
        Order::Big => bytes.chunks_exact_mut(form.word).for_each(<[u8]>::reverse),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    #[test]
    fn a_digest_goes_on_from_its_own_state() {
        let message = vec![0x5A; 1000];
        for algorithm in HashAlgorithm::ALL {
            let Some(block) = algorithm.resumable_block() else {
                assert_eq!(Hasher::new(*algorithm).state().err(), Some(StateError::Sponge));
                continue;
            };
            let mut first = Hasher::new(*algorithm);
            first.update(&message[..3 * block]);
            let state = first.state().unwrap();
            let mut second = Hasher::new(*algorithm);
            second.resume(state.as_ref(), 3 * block as u128).unwrap();
            second.update(&message[3 * block..]);
            assert_eq!(second.finish().as_ref(), algorithm.digest(&[&message]).as_ref(), "{algorithm:?}");

            first.update(&[1]);
            assert_eq!(first.state().err(), Some(StateError::Alignment), "{algorithm:?}");
            let mut wrong = Hasher::new(*algorithm);
            assert_eq!(wrong.resume(&[0; 3], 0), Err(StateError::Length(3)));
            assert_eq!(wrong.resume(state.as_ref(), 1), Err(StateError::Alignment));
        }
    }

    /// The first block of SHA-256's example in FIPS 180-4 ("abc" padded) gives the digest as its state.
    #[test]
    fn a_state_is_written_as_the_standard_writes_it() {
        let mut padded = vec![0; 64];
        padded[..4].copy_from_slice(b"abc\x80");
        padded[63] = 24;
        let mut hasher = Hasher::new(HashAlgorithm::Sha256);
        hasher.update(&padded);
        assert_eq!(hasher.state().unwrap().as_ref(), HashAlgorithm::Sha256.digest(&[b"abc"]).as_ref());
    }
}
