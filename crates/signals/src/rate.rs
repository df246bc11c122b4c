//! Sample rates, and the rate at which beats come.
//!
//! The rate is the mean over the last [`RATE_INTERVALS`] intervals, not their median: a premature beat shortens one interval and its
//! pause lengthens the next, so their mean is right, while the median of a bigeminy is always one of the two wrong ones.

use crate::limits::{
    FASTEST_PER_MINUTE, HIGHEST_SAMPLE_RATE_HZ, LOWEST_SAMPLE_RATE_HZ, RATE_INTERVALS, SLOWEST_PER_MINUTE,
};

/// Samples per second, within what the detectors can work with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SampleRate(f64);

/// The rate given is not one that a detector can work with.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[error("{hz} samples per second is not between {LOWEST_SAMPLE_RATE_HZ} and {HIGHEST_SAMPLE_RATE_HZ}")]
pub struct SampleRateError {
    /// What was given.
    pub hz: f64,
}

impl SampleRate {
    /// Checks `hz` against [`LOWEST_SAMPLE_RATE_HZ`] and [`HIGHEST_SAMPLE_RATE_HZ`].
    pub fn from_hz(hz: f64) -> Result<Self, SampleRateError> {
        if (LOWEST_SAMPLE_RATE_HZ..=HIGHEST_SAMPLE_RATE_HZ).contains(&hz) {
            Ok(Self(hz))
        } else {
            Err(SampleRateError { hz })
        }
    }

    /// From the time between two samples, as a waveform reading states it.
    pub fn from_period_us(period_us: u32) -> Result<Self, SampleRateError> {
        Self::from_hz(1e6 / f64::from(period_us))
    }

    /// Samples per second.
    #[must_use]
    pub fn hz(self) -> f64 {
        self.0
    }

    /// How many samples `seconds` are, rounded, at least one.
    #[must_use]
    pub fn samples(self, seconds: f64) -> usize {
        ((seconds * self.0).round() as usize).max(1)
    }
}

/// Beats per minute, between [`SLOWEST_PER_MINUTE`] and [`FASTEST_PER_MINUTE`].
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct BeatsPerMinute(f64);

impl BeatsPerMinute {
    /// As a number.
    #[must_use]
    pub fn get(self) -> f64 {
        self.0
    }

    /// To the whole beat, as monitors show it.
    #[must_use]
    pub fn rounded(self) -> u16 {
        self.0.round() as u16
    }
}

/// Turns the samples at which beats were found into a rate.
#[derive(Debug, Clone)]
pub struct RateMeter {
    rate: SampleRate,
    /// Sample indices of the last beats, oldest first.
    beats: [u64; RATE_INTERVALS + 1],
    used: usize,
}

/// A rate needs this many beats: with fewer intervals one premature beat would be the whole rate.
const FEWEST_BEATS: usize = 4;

impl RateMeter {
    /// A meter for beats counted in samples of `rate`.
    #[must_use]
    pub fn new(rate: SampleRate) -> Self {
        Self { rate, beats: [0; RATE_INTERVALS + 1], used: 0 }
    }

    /// A beat was found at sample `at`. One that is not later than the last is not counted; after a pause longer than
    /// [`SLOWEST_PER_MINUTE`] allows, counting starts anew, so that a lead put back on does not average over the time it was off.
    pub fn beat(&mut self, at: u64) {
        if let Some(last) = self.last() {
            if at <= last {
                return;
            }
            if at - last > self.longest_interval() {
                self.used = 0;
            }
        }
        if self.used == self.beats.len() {
            self.beats.rotate_left(1);
            self.used -= 1;
        }
        if let Some(slot) = self.beats.get_mut(self.used) {
            *slot = at;
            self.used += 1;
        }
    }

    /// The rate as of sample `now`; `None` with too few beats, after too long a pause, or outside the reported range.
    #[must_use]
    pub fn rate(&self, now: u64) -> Option<BeatsPerMinute> {
        let last = self.last()?;
        let first = *self.beats.first()?;
        if self.used < FEWEST_BEATS || now.saturating_sub(last) > self.longest_interval() {
            return None;
        }
        let per_minute = 60.0 * self.rate.hz() * (self.used - 1) as f64 / (last - first) as f64;
        (SLOWEST_PER_MINUTE..=FASTEST_PER_MINUTE).contains(&per_minute).then_some(BeatsPerMinute(per_minute))
    }

    fn last(&self) -> Option<u64> {
        self.beats.get(self.used.checked_sub(1)?).copied()
    }

    fn longest_interval(&self) -> u64 {
        self.rate.samples(60.0 / SLOWEST_PER_MINUTE) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meter(beats: &[u64]) -> RateMeter {
        let mut meter = RateMeter::new(SampleRate::from_hz(1000.0).unwrap());
        beats.iter().for_each(|at| meter.beat(*at));
        meter
    }

    #[test]
    fn sample_rates_outside_the_range_are_refused() {
        for hz in [0.0, -1.0, 49.9, 20_001.0, f64::NAN, f64::INFINITY] {
            assert!(SampleRate::from_hz(hz).is_err(), "{hz}");
        }
        assert!(SampleRate::from_period_us(0).is_err());
        assert_eq!(SampleRate::from_period_us(4000).unwrap().hz(), 250.0);
    }

    #[test]
    fn bigeminy_counts_every_beat() {
        let beats: Vec<u64> = (0..10).flat_map(|n| [n * 1500, n * 1500 + 500]).collect();
        assert_eq!(meter(&beats).rate(15_000).unwrap().rounded(), 80);
    }

    #[test]
    fn a_rate_needs_enough_and_fresh_beats() {
        assert_eq!(meter(&[0, 1000, 2000]).rate(2000), None);
        assert_eq!(meter(&[0, 1000, 2000, 3000]).rate(3000).unwrap().rounded(), 60);
        assert_eq!(meter(&[0, 1000, 2000, 3000]).rate(7001), None);
        assert_eq!(meter(&[0, 1000, 2000, 3000, 60_000]).rate(60_000), None);
    }

    #[test]
    fn beats_out_of_order_do_not_count() {
        assert_eq!(meter(&[0, 1000, 1000, 900, 2000, 3000]).rate(3000).unwrap().rounded(), 60);
    }
}
