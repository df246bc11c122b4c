//! Cryptography below the API: bytes in, bytes out, no objects of the card.
//!
//! Public keys go through [`Engine`], because portable arithmetic is several times slower than what a host can bring; the
//! portable forms are in [`curve`] (any prime field), [`edwards`], [`montgomery`], [`rsa`] and [`finite_field`]. Digests and
//! block ciphers do not: the portable crates use the processor's own instructions where it has them, and [`BlockCipher`]'s modes
//! enter them once for many blocks.

pub mod curve;
pub mod edwards;
pub mod finite_field;
pub mod montgomery;
pub mod rsa;
pub mod sm2;

mod aes;
mod block;
mod ccm;
mod counter;
mod des;
mod digest;
mod drbg;
mod engine;
mod feedback;
mod gcm;
mod groups;
mod integer;
mod kdf;
mod mac;
mod modes;
mod padding;
mod random;
mod xts;

pub use aes::{AesKey, BLOCK};
pub use block::{BlockCipher, BlockError, Chain};
pub use ccm::{Ccm, CcmLengths};
pub use counter::{Counter, CounterWidth};
pub use curve::Secret;
pub use des::{DES_BLOCK, TripleDesKey};
pub use digest::{Digest, HashAlgorithm, Hasher, StateError};
pub use drbg::{Drbg, SEED};
pub use engine::{Engine, SoftEngine};
pub use feedback::Feedback;
pub use gcm::{AeadError, Gcm};
pub use kdf::{CounterBytes, Derivation, KdfError, Prf};
pub use mac::{ChainedForm, Mac, Steps};
pub use modes::Direction;
pub use padding::Padding;
pub use random::Random;
pub(crate) use random::Stream;
pub use xts::Xts;
