//! A reading, a batch, a seal, a device identity: what a device says, and the proof that it said so.
//!
//! Everything that crosses a border here is laid down in `docs/formats.md`. The crate knows nothing of Java
//! Card, of transports or of storage; it does no I/O but through readers and writers it is given. Principles:
//!
//! - A [`SealedBatch`] is a claim. Only [`VerifyingKey::verify`] turns it into a [`VerifiedBatch`], so code that
//!   stores or shows what was measured cannot forget the check.
//! - The sealed bytes are the record. Nothing is re-encoded: a batch has one encoding and is hashed as received.
//! - Who seals keeps counter and chain ([`Sealer`]); who receives follows them ([`ChainHead`]).
//! - Bytes from outside are hostile: strict forms, limits before allocation, errors with offsets, no panics.

#![deny(clippy::panic)]
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing))]

mod batch;
mod cbor;
mod chain;
mod decimal;
mod identity;
mod ids;
pub mod jws;
pub mod limits;
mod reading;
mod reason;
pub mod record;
mod sealed;
mod sealer;
pub mod token;
mod verify;

pub use batch::Batch;
pub use cbor::{BatchError, Problem};
pub use chain::{ChainError, ChainHead};
pub use decimal::{Decimal, DecimalError};
pub use identity::{DeviceCertificate, IdentityError, Maker, Purpose, Validity};
pub use ids::{Counter, DeviceId, DeviceIdError, KeyId, Micros, SealHash};
pub use reading::{Code, Flags, NO_SAMPLE, Reading, Unit, UnitError};
pub use reason::{Reason, ReasonError};
pub use sealed::{Claims, Seal, SealedBatch, sha256};
pub use sealer::{Sealer, SoftwareSealer, SoftwareSealerError};
pub use verify::{KeyError, SealError, VerifiedBatch, VerifyingKey, key_id};
