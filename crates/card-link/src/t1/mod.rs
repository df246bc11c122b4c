//! T=1': how a host and a secure element on an I2C or SPI bus exchange APDUs (GlobalPlatform Technology, APDU Transport over
//! SPI/I2C, version 1.0; the rules are those of T=1, ISO/IEC 7816-3, clause 11, with longer blocks and a stronger check).
//!
//! ```text
//! host: command ─► Host ─block─► Link ~~~ bus, socket ~~~ Link ─block─► CardSide ─► command, to the element
//! host: answer  ◄─ Host ◄─block─ Link ~~~~~~~~~~~~~~~~~~~ Link ◄─block─ CardSide ◄─ answer
//! ```
//!
//! [`Host`] and [`CardSide`] are state machines without I/O: they are told what was heard and say what is to be sent.
//! [`T1Element`] and [`serve`] drive them over any [`Link`]. Blocks may be lost, repeated or changed on the way; what holds
//! whatever happens: a command is executed at most once, and an answer that the host accepts is the one to its command.
//! Where a host cannot know whether its command was executed, it says so ([`T1Error::Lost`]) and does not send it again.

mod block;
mod card;
mod host;
mod link;
mod parameters;

#[cfg(target_os = "linux")]
mod bus;
mod element;
#[cfg(unix)]
mod serve;

pub use block::{Block, BlockError, Fault, Request, Response, Side, Turn};
#[cfg(target_os = "linux")]
pub use bus::{BusLink, i2c, spi};
pub use card::{CardSide, Reply};
pub use element::T1Element;
pub use host::{Host, Step, T1Error};
pub use link::{Heard, Link, StreamLink, TimedStream};
pub use parameters::{Parameters, ParametersError, Physical};
#[cfg(unix)]
pub use serve::serve;
