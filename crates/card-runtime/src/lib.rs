//! What the Java Card runtime environment does around the machine.
#![no_std]
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)
)]

extern crate alloc;

pub mod apdu;
pub mod crypto;
pub mod env;
pub mod limits;
pub mod scp03;
pub mod status;
pub mod tlv;
