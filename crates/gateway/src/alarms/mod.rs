//! Alarms: a reading beyond its limit, an early-warning score that calls, a device that fell silent, says that it is in trouble, or whose
//! messages were refused.
//!
//! **This is not a certified alarm system** (IEC 60601-1-8) and must not be the only means by which a person in danger is
//! noticed: the bedside monitor alarms by itself, and what is here repeats it elsewhere as well as a network allows.
//!
//! ```text
//! batch ─► engine ─┬─ limits of the patient, else of the profile, else of the rules (book)
//!                  ├─ what devices tell of themselves (technical)          ├─► Change ─► store: alarms, steps ─► LiveEvent::Alarm
//!                  └─ newest values of each patient (chart) ─► NEWS2       │                 ▲                       │
//! clock ─► silence, lone values, scores, escalation, pauses (class) ───────┘                 └── follow ◄────────────┘
//! ```
//!
//! An alarm is raised when its condition has held for a while, cleared when it has been gone for a while (with
//! hysteresis, so that a value at the limit does not flicker). Whether it stays until somebody acknowledges it, whom it calls, and when it
//! moves on to others is said by its class. An acknowledgement pauses the calling and hides nothing: the alarm is shown while its condition
//! holds, and calls again when the pause is over. The [`engine`] runs inside the committer: an alarm and the batch that
//! raised it are in the same transaction, and each step of an alarm's life is a row of its own, which streams and feeds go by. Readings that are
//! marked test or calibrating, that have no patient, or that come late from a device's spool raise nothing; simulated ones do, and stay marked. A device whose clock is behind
//! is not late: once its messages show it, they are weighed by when they come.

mod book;
mod change;
mod chart;
mod class;
mod device;
pub(crate) mod engine;
#[cfg(test)]
mod engine_tests;
pub mod news2;
mod rules;
mod standing;
mod technical;
mod unit;
mod watched;

pub use book::{Book, InForce, Origin};
pub(crate) use change::{Change, NewAlarm};
pub use class::{Class, Move};
pub(crate) use device::DeviceAlarm;
pub use news2::Score;
pub use rules::{ClockLimits, Limit, Rules, RulesError, Sign, SilentSource, Technical, TechnicalKind};
pub(crate) use watched::Voice;
