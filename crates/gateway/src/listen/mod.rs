//! What all listeners have in common, before any byte of a protocol is read.
//!
//! ```text
//! Door::next ─► a place, or Crowded ─► DeviceTls::accept ─► Caller ─► the protocol
//!   places        refused.rs              tls.rs           registry
//! ```
//!
//! A listener loops over its [`Door`], which counts places and lives through exhausted descriptors; whoever is turned away,
//! before or after the handshake, is told of by one event, [`Refused`], which logs, counts and audits, and keeps a flood
//! from filling the disk.

#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)
)]

mod door;
mod places;
mod refused;
mod tls;

pub(crate) use door::{Arrival, Door, bind};
pub(crate) use places::{Crowded, Places};
pub(crate) use refused::{Flood, Refused, audit};
pub(crate) use tls::{Caller, ClientCertificate, DeviceTls, HandshakeError, admit, caller};
