//! How a host reaches a secure element.
//!
//! An [`Element`] takes command APDUs and gives answers; what stands behind it, a card in this process
//! ([`InProcess`]), or one kept in a file ([`CardFile`]), its users need not know. [`gp`] is the host's side of
//! GlobalPlatform over any element: the secure channel, loading, installing, deleting, keys.
//!
//! - The card itself lives in `card-runtime`; this crate lends it files, randomness, a clock and fast arithmetic.
//! - No key is built in: [`CardKeys::random`] makes them, and they are stored only where the caller says.
//! - [`Target`] is what a person writes for any of them: a file, `tcp:`, `pcsc:`; [`tcp::serve`] and [`vpcd::serve`] lend an element to others.
//! - A file that is no card, or a damaged one, is refused with what is wrong; a torn end, as a power cut leaves it, is not damage.
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)
)]

pub mod limits;

mod element;
mod target;

mod engine;
mod file;
mod host;

pub mod atr;
mod desk;
pub mod reader;
pub mod t1;
pub mod tcp;
pub mod vpcd;

pub mod gp;
mod keys;
pub mod script;

pub use card_image::Aid;
pub use card_runtime::apdu::{Command, Response};
pub use card_runtime::policy::{Policy, Primitive};
pub use card_runtime::scp::{KeyKind, Level, Protocol as SecureChannelProtocol, StaticKeys};
pub use card_runtime::status::StatusWord;
pub use card_runtime::{CardOptions, Protocol, Verification};
pub use element::{Element, LinkError};
pub use engine::FastEngine;
pub use file::{CardFile, Durability, FileError};
pub use host::InProcess;
pub use keys::{CardKeys, KeyFileError, KeySpec};
pub use target::{Target, TargetError};
