//! The device agent: it takes what a sensor measured, has its element seal it, and delivers it.
//!
//! It knows nothing of the gateway's inside, only of `docs/formats.md`. Principles:
//!
//! - A batch is on disk before it is sealed, and stays there until the gateway has acknowledged it.
//! - Keys never leave the element: seals, TLS handshakes and tokens are made there.
//! - Nothing is dropped in silence: what is refused, set aside or lost is counted and said.

#![deny(clippy::panic)]
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing))]

pub mod agent;
pub mod attack;
pub mod config;
pub mod element;
pub mod limits;
pub mod maker;
pub mod source;
pub mod spool;
pub mod transport;
pub mod ward;
