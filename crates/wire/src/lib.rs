//! What both ends of a wire must agree on when sealed batches cross it: names, messages, and how a conversation begins and ends.
//!
//! ```text
//! device ─┐                              ┌─ gateway (amqp: consumer, mqtt: client of a broker, grpc: server)
//!   load ─┴► amqp, mqtt, grpc ═══ wire ══┘
//! ```
//!
//! - **It is the one room that knows these protocols' libraries** as a client; what the bytes mean to a device, to a gateway or to a
//!   generator of load, and what each does about it, is theirs.
//! - **It opens no connection.** It is given a stream, in the clear or in TLS: whom to trust is not a matter of the protocol.
//! - **It gives up nothing by itself.** Whoever waits sets the limit; only silence of the other side is noticed here.
//!
//! The other end may be anybody: nothing that comes makes it panic.

#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)
)]

mod account;
pub mod amqp;
pub mod grpc;
pub mod limits;
pub mod mqtt;

pub use account::Account;
