//! Torture of a gateway: faults under load, in a seeded order, and an account at the end that must come out even.
//!
//! ```text
//! devices ─► proxies ─► medseal gateway run ─► proxies ─► medseal hl7 listen (file)
//!  load        cut,       killed, frozen,        cut,      FHIR server (memory)
//!              half-open  disk full              slow
//!     └──────────── sent and acknowledged ── stored ── delivered ───────────► account
//! ```
//!
//! The gateway under test is the program itself in a process of its own, with all its ways in and two feeds. Nothing of it is pretended: it
//! is killed with SIGKILL, its disk is full because the disk is full, its network is cut by proxies of ours on loopback addresses.
//!
//! - **What was acknowledged is in the store, once.** What was never acknowledged may be there or not; nothing is there that was not sent.
//! - **What is stored reaches each destination**, in the order of its patient; a copy sent again is one to a receiver that goes by names.
//! - **The seed makes the order of faults**, not their instants: processes share a machine. A run that failed is told by its seed, the message
//!   and the fault before it.
//! - **It stays on this machine and ends.** All addresses are loopback; every attack is bounded in number and time.
//!
//! `cargo xtask torture` runs it. Start reading at [`run`].

#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)
)]

pub mod account;
pub mod error;
pub mod limits;
pub mod plan;
pub mod report;
pub mod run;

mod attack;
mod fault;
mod random;
mod world;

pub use error::TortureError;
pub use report::Report;
pub use run::{Options, run};
