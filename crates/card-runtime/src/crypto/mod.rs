//! Cryptography below the API: bytes in, bytes out, no objects of the card.
//!
//! Public keys go through [`Engine`], because portable arithmetic is several times slower than what a host can bring; the
//! portable forms are in [`curve`] (any prime field), [`edwards`], [`montgomery`], [`rsa`] and [`finite_field`]. Digests and
//! block ciphers do not: the portable crates already use the processor's own instructions where it has them.

pub mod curve;
pub mod edwards;
pub mod finite_field;
pub mod montgomery;
pub mod rsa;
pub mod sm2;

mod aes;
mod des;
mod digest;
mod drbg;
mod engine;
mod groups;
mod integer;
mod kdf;
mod mac;
mod random;

pub(crate) use aes::Schedules;
pub use aes::{AesError, AesKey, BLOCK};
pub use curve::Secret;
pub use des::{DES_BLOCK, DesError, TripleDesKey};
pub use digest::{Digest, HashAlgorithm, Hasher, StateError};
pub use drbg::{Drbg, SEED};
pub use engine::{Engine, SoftEngine};
pub use kdf::{CounterBytes, Derivation, KdfError, Prf};
pub use mac::Mac;
pub use random::Random;
pub(crate) use random::Stream;
