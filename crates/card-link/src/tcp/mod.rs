//! A card over TCP: one client at a time, messages with a length before them (`docs/formats.md` has the bytes).

mod client;
mod message;
mod server;

pub use client::TcpElement;
pub use message::{Message, MessageError, Refusal};
pub use server::serve;
