//! The Java Card virtual machine: objects, code, and the firewall between applets.
//!
//! It is a library without input, output, clock or randomness. Whoever runs it brings the platform's classes
//! ([`Platform`]), carries the journal of persistent changes to where it is safe ([`heap::Heap::drain`]), and says
//! when an applet is called. It knows neither APDUs nor cryptography.
//!
//! Principles:
//! - one door ([`heap::Door`]) to objects, and the firewall's check is in it;
//! - packages are immutable and shared between cards; what differs from card to card is small;
//! - persistent state is what the journal says, which always is a state outside a transaction;
//! - no code, verified or not, can make the machine panic, allocate without bound or run without end;
//! - an exception (code may catch it) and a fault (nothing may) are different types.

#![no_std]
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)
)]

extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod value;

mod deletion;
pub mod heap;
mod interp;
pub mod known;
pub mod limits;
pub mod machine;
pub mod package;
mod packages;
pub mod platform;
pub mod stop;

pub use card_image::api::{ClassId, MemberId};
pub use deletion::{Deletion, DeletionRefused};
pub use machine::{LoadError, Machine, Thrown};
pub use platform::{Layout, Platform};
pub use stop::{Exception, Fault, Stop};
pub use value::{AppletId, Args, Context, Contexts, Owner, Ref, Value};
