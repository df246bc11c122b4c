//! From samples to clinical measures: where the beats are, and how fast they come.
//!
//! What this crate is not: it reads no file, keeps no clock and knows no format; a caller hands in samples one by one, in the order in
//! which they were taken.
//!
//! Its principles:
//! 1. *Streaming.* Every detector takes one sample and may answer with one event. All memory is taken when it is made.
//! 2. *Deterministic.* The same samples give the same events on every machine; nothing is random and nothing depends on the time of day.
//! 3. *No silent guess.* A rate that rests on too few or too old beats is `None`, never the last number.

#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)
)]

pub mod ecg;
pub mod ppg;

pub mod filter;
pub mod limits;
pub mod rate;

pub use rate::{BeatsPerMinute, RateMeter, SampleRate, SampleRateError};
