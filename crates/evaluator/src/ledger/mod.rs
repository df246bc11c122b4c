//! The evidence ledger: who ran, judged and confirmed what, in an order that nobody can change unseen.
//!
//! ```text
//! form, tool ─► Event ─► Entry::sign ─► Store::append ─► files ─┐
//!                                         Bundle (one file) ────┴─► check ─► WholeLedger ─► outcomes
//! ```
//!
//! - Append-only: one file an entry, linked to its name when it is whole and on disk (`store`).
//! - Chained: each entry names the SHA-256 of the one before (`entry`), the head names the last (`head`).
//! - Signed: by Ed25519 keys in files or by secure elements (`sign`); who may sign stands in the evaluation (`roster`).
//! - [`WholeLedger`] is made by the check alone, so no verdict can rest on a ledger that was not checked.
//! - A time stamp (`stamp`, RFC 3161) lies beside its entry, and says that the entry was there at that time. The check holds
//!   it against its entry (`stamped`); whose signature it has, OpenSSL finds out (`authority`).
//!
//! `docs/formats.md` has the bytes.

pub mod authority;
mod bundle;
mod check;
mod der;
mod digest;
mod entry;
mod event;
mod head;
pub mod limits;
mod roster;
mod sign;
pub mod stamp;
mod stamped;
mod store;

pub use bundle::{Bundle, BundleError};
pub use check::{Fault, Report, Source, WholeLedger, check};
pub use digest::Digest;
pub use entry::{Entry, EntryError};
pub use event::{Body, Carry, Confirmation, Event, Input, Judgement, Recognition, Run, RunOutcome};
pub use head::Head;
pub use roster::{Person, Role, Roster, RosterError};
pub use sign::{CONTEXT, FileKey, KeyError, PublicKey, Scheme, SignError, Signature, Signer, signed};
pub use store::{Store, StoreError};
