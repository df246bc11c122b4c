//! Alarms: a reading beyond its limit, a device that fell silent while it is with a patient, messages refused.
//!
//! **This is not a certified alarm system** (IEC 60601-1-8) and must not be the only means by which a person in danger is
//! noticed: the bedside monitor alarms by itself, and what is here repeats it elsewhere as well as a network allows.
//!
//! An alarm is raised when its condition has held for a while, cleared when it has been gone for a while (with
//! hysteresis, so that a value at the limit does not flicker), and shown until it is cleared *and* acknowledged. A condition that
//! comes back before anybody acknowledged the alarm opens the same alarm again. The [`engine`] runs inside the
//! committer: an alarm and the batch that raised it are in the same transaction. Readings that are marked test or calibrating,
//! that have no patient, or that come late from a device's spool raise nothing; simulated ones do, and stay marked.

mod device;
pub(crate) mod engine;
mod rules;

pub(crate) use device::DeviceAlarm;
pub use rules::{Limit, Rules, RulesError};
