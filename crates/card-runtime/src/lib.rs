//! What the Java Card runtime environment does: the way of a command, and everything that stands around the machine.
//!
//! [`Card`] takes command APDUs and gives answers. It runs applets on `card-vm`, brings the platform's classes as natives,
//! and is the issuer's security domain. All that it asks of the world is [`env::Env`]: randomness, a journal's sink, time
//! and elliptic-curve arithmetic. It knows no transport and nothing of medicine.
//!
//! - No answer leaves before the journal took what the command changed.
//! - A change of content (load, install, delete) is one transaction over objects and registry: it happens or it does not.
//! - No card has keys that others know: [`CardOptions::new`] takes them, and there is no default.
//! - What a CAP file imports and nobody implemented is found when it is loaded, never when it runs.
//! - Whatever arrives, in a command or in a file, becomes a status word or an error: nothing here panics.
#![no_std]
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)
)]

extern crate alloc;

pub mod limits;

pub mod apdu;
pub mod status;
pub mod tlv;

pub mod env;

pub mod crypto;

pub mod policy;

pub mod x509;

pub mod scp;
pub mod scp02;
pub mod scp03;

mod card;
mod channels;
mod dispatch;
mod exchange;
mod protocol;
mod runtime;
mod selection;
mod transport;

mod calls;
mod natives;

mod cvm;
mod domain;
mod library;
mod registry;
mod secure;

pub use card::{Card, CardError, CardOptions, Foundation};
pub use domain::Verification;
pub use library::PackageError;
pub use protocol::Protocol;
