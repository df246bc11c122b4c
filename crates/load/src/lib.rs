//! Load for every way into a gateway, and an account of what came of it: what was sent, what was answered, how long it took.
//!
//! ```text
//! Site ─► Fleet ─► Messages ─┐                      ┌─► Counters (while it runs)
//!  keys, certificates,       ├─► Lane ─► drive ─► Link ─► gateway
//!  chains       Endpoint ────┘  one a connection    └─► Histogram, Ledger ─► Report
//! ```
//!
//! It is a library because three use it: `medseal load`, the table of figures (`gateway-bench`) and the torture of a gateway. It is
//! no device: its keys lie in memory and in a file, which is what a load generator wants and a device must never have.
//!
//! - **It goes nowhere by mistake.** A [`Target`] is an address of this machine unless whoever starts it says that the site is theirs.
//! - **It ends.** A [`Plan`] has a time and may have a count, and both are bounded.
//! - **Acknowledged is what counts.** A rate is of messages whose answer says stored, a latency ends with that answer. In the closed loop
//!   a connection waits for answers, so a gateway that stalls is asked less and its latencies look better than they are to a
//!   device that measures on (coordinated omission); in the open loop messages are due at fixed times, and a latency
//!   begins when its message was due, sent or not.
//! - **It keeps what is not answered**, as a device does: after a lost connection it sends that again, in order, first.
//!
//! Modules follow the way of a message.

#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)
)]

pub mod limits;
pub mod pki;
pub mod ports;

pub mod site;

pub mod fleet;

pub mod message;

pub mod target;
pub mod token;

pub mod link;

pub mod plan;

pub mod run;

pub mod ledger;
pub mod report;

mod drive;
mod single;

pub use fleet::Fleet;
pub use ledger::Ledger;
pub use link::Endpoint;
pub use message::{Key, Message, Messages};
pub use plan::{Pace, Plan};
pub use ports::free_address;
pub use report::Report;
pub use run::{Counters, Lane, run};
pub use single::Single;
pub use site::{Site, Way};
pub use target::Target;
