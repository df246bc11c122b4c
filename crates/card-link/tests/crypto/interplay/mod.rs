//! What the card signs, encrypts, agrees, digests and authenticates, OpenSSL's command takes, and the other way round.
//!
//! Each family has a table of its algorithms. A row that was done is counted by name and direction in a [`Peer`], which prints
//! the counts at the end and fails when an algorithm went only one way (`cargo nextest run --no-capture interplay`).

mod curves;
mod digests;
mod field;
mod named;
mod peer;
mod rsa;
mod sm2;
mod symmetric;

use peer::Peer;
