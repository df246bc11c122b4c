//! Alarms on readings beyond their limits, on silent devices and on refused messages.
//!
//! This is not a certified alarm system: it must not be the only means by which a person in danger is noticed.
