//! The ways by which sealed batches reach a gateway.

pub mod backoff;
pub mod mqtt;
mod tls;

pub use tls::{TlsError, client_config};
