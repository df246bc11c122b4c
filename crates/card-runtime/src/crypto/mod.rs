//! Cryptography below the API.
//!
//! Elliptic curves go through [`Engine`], because portable arithmetic is several times slower than what a host can
//! bring. Digests and AES do not: the portable crates already use the processor's own instructions for them.

mod aes;
mod digest;
mod engine;
mod mac;

pub use aes::{AesError, AesKey, BLOCK};
pub use digest::{Digest, HashAlgorithm, Hasher};
pub use engine::{Engine, EngineError, P256_SIGNATURE, Point, Scalar, SoftEngine};
pub use mac::Mac;
