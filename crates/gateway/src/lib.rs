//! The gateway: receive, verify, associate, commit, acknowledge; then deliver, alarm, audit and serve.
//!
//! It trusts a seal and nothing else: it knows nothing of cards, so elements of any vendor work. What it
//! stores is the sealed bytes as received; observations, FHIR resources and HL7 messages are computed
//! from them when somebody asks and name the seal they came from.
//!
//! - Nothing is acknowledged before the transaction that holds it has been synced to disk.
//! - Nothing unverified can be stored as verified: the store takes [`seal::VerifiedBatch`] only.
//! - What is refused is kept, counted, audited and shown, never dropped silently.
//! - One misbehaving peer has no effect on the others: every queue is bounded and every peer has its share.
//!
//! Modules follow the way of a batch. Start reading at [`pipeline`].

#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)
)]

pub mod config;
pub mod connect;
pub mod limits;

pub mod sources;

pub mod pipeline;

pub mod registry;

pub mod store;

pub mod audit;

pub mod alarms;

pub mod sinks;

pub mod ehr;

pub mod tokens;

pub mod http;

pub mod desk;

pub mod events;
pub mod metrics;
pub mod presence;
pub mod record;
pub mod renewal;
pub mod retention;
pub mod roster;

#[doc(hidden)]
pub mod hostile;

mod certificates;
mod listen;
mod start;
mod tls;
mod ways;

pub use config::Config;
pub use desk::{Desk, DeskError};
pub use events::LiveEvent;
pub use start::{Addresses, Gateway, Running, Services, StartError};
pub use store::Store;
pub use tls::TlsError;
pub use ways::{Direction, Way};
