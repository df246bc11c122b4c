//! Java Card files: bytes to tables and back.
//!
//! This crate reads, writes and verifies CAP files, and knows the platform's API by its tokens. It runs no
//! code: what executes a package lives in `card-vm`.
//!
//! - Bytes become a [`cap::CapFile`] by parsing, and a [`verify::VerifiedCap`] only by the verifier, so a
//!   skipped check does not compile.
//! - Every fact has one table: the bytecodes in [`opcode`], the platform's classes and members in [`api`].
//! - All input is hostile: parsing never panics, and allocates no more than the input justifies.
//! - `no_std` with `alloc`; what needs a host (JARs, class files, the converter) is behind the feature `tools`.
#![cfg_attr(not(feature = "tools"), no_std)]

extern crate alloc;

mod aid;
mod bytes;

pub mod opcode;

pub mod cap;

pub mod export;

pub mod api;

pub mod verify;

#[cfg(feature = "tools")]
pub mod classfile;
#[cfg(feature = "tools")]
pub mod convert;
#[cfg(feature = "tools")]
pub mod jar;
#[cfg(feature = "tools")]
pub mod stubs;

pub use aid::{Aid, AidError};
