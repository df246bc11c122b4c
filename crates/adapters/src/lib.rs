//! Device adapters: from what a device says in its own protocol to readings.
//!
//! An [`Adapter`] knows one protocol and does no I/O. Bytes go into a [`Session`]; out come [`Event`]s, and each [`Record`] among them is what a
//! gateway stores and reads again whenever somebody asks. `docs/adapters.md` says how to write one. Principles:
//!
//! - **Nothing vanishes.** The events of a session cover every byte that came in, in order and once: it is in a record, it was kept out for a
//!   stated reason, or it is reported as wrong with what to do. Within a record every part has its fate as well ([`Part`]).
//! - **A record stands by itself.** It holds the bytes as they came, and what of earlier bytes is needed to read them. [`Adapter::read`] gives
//!   the same readings for it always, and a session's caller uses the same function when it comes.
//! - **Nobody seals here.** What an adapter gives rests on the word of whoever owns the line; it is marked "not sealed" wherever it shows.
//! - **Bytes are hostile**: limits before allocation, errors with offsets, no panics.
//!
//! ```text
//! bytes ─► Session ─┬─► Record { device, context, original } ─► Adapter::read ─► Decoded { readings, alerts, parts }
//!                   ├─► Kept     (framing, identification: the reason)
//!                   ├─► Reported (damage: the problem, and what to do)
//!                   └─► Reply    (what the protocol answers at once)
//! ```

#![deny(clippy::panic)]
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing))]

mod account;
mod adapter;
mod alert;
mod decoded;
mod problem;
mod record;

pub mod limits;

mod clock;
mod cursor;
mod float;
mod inbox;

pub mod gatt;
pub mod mapped;
pub mod phd;
pub mod sdc;
pub mod serial;

pub mod capture;
mod registry;
pub mod replay;

pub use account::{Fate, Part, Span};
pub use adapter::{Adapter, Answers, Event, Session, Settings, SetupError};
pub use alert::{Alert, Alerts, Condition, Said};
pub use cursor::Cursor;
pub use decoded::{Decoded, Metric, Place, Sheet};
pub use float::{Number, float, put_float, put_sfloat, sfloat};
pub use inbox::Inbox;
pub use problem::{Problem, Refusal};
pub use record::{Record, RecordError};
pub use registry::{all, by_name, read};
