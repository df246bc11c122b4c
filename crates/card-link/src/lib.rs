//! How a host reaches a secure element.
//!
//! An [`Element`] takes command APDUs and gives answers; what stands behind it, a card in this process
//! ([`InProcess`]), or one kept in a file ([`CardFile`]), its users need not know. [`gp`] is the host's side of
//! GlobalPlatform over any element: the secure channel, loading, installing, deleting, keys.
//!
//! - The card itself lives in `card-runtime`; this crate lends it files, randomness, a clock and fast arithmetic.
//! - No key is built in: [`CardKeys::random`] makes them, and they are stored only where the caller says.
//! - A file that is no card, or a damaged one, is refused with what is wrong; a torn end, as a power cut leaves it, is not damage.

mod element;
mod engine;
mod file;
pub mod gp;
mod host;
mod keys;

pub use card_image::Aid;
pub use card_runtime::apdu::{Command, Response};
pub use card_runtime::scp03::Level;
pub use card_runtime::status::StatusWord;
pub use card_runtime::{CardOptions, Verification};
pub use element::{Element, LinkError};
pub use engine::FastEngine;
pub use file::{CardFile, Durability, FileError};
pub use host::InProcess;
pub use keys::{CardKeys, KeyFileError};
