//! Cryptography below the API.
//!
//! Elliptic curves go through [`Engine`], because portable arithmetic is several times slower than what a host can
//! bring. Digests and block ciphers do not: the portable crates already use the processor's own instructions where it has them.

mod aes;
mod des;
mod digest;
mod engine;
mod mac;

pub(crate) use aes::Schedules;
pub use aes::{AesError, AesKey, BLOCK};
pub use des::{DES_BLOCK, DesError, TripleDesKey};
pub use digest::{Digest, HashAlgorithm, Hasher, StateError};
pub use engine::{Engine, EngineError, P256_SIGNATURE, Point, Scalar, SoftEngine};
pub use mac::Mac;
