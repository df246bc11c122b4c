//! Pulses in a photoplethysmogram.
//!
//! The method is that of Elgendi and others (PLoS ONE 8(10) e76585, 2013), made causal: the band-passed signal, cut off below zero and
//! squared, is averaged over the width of a systolic peak and over the width of a beat. Where the short mean lies above the long one by
//! an offset, and for as long as a peak is wide, there is a pulse; its time is the tallest sample of that block. The short mean is delayed
//! so that both are centred on the same sample.
//!
//! Pulses must point upwards (more blood, larger value), as monitors send them. A pulse is reported about 0.4 s after it happened.

use crate::filter::{Biquad, Intake, MovingMean, Window};
use crate::limits::REFRACTORY_S;
use crate::rate::SampleRate;

/// A systolic peak.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pulse {
    /// Which sample is the tallest, counted from 0, the first pushed.
    pub at: u64,
}

/// Width of a systolic peak (the paper's W1).
const PEAK_S: f64 = 0.111;
/// Width of a beat (the paper's W2).
const BEAT_S: f64 = 0.667;
/// The offset, as a part of the mean square (the paper's beta).
const OFFSET: f64 = 0.02;
/// Time over which the mean square is taken.
const POWER_S: f64 = 3.0;

/// Finds pulses in samples of any rate within [`crate::limits`].
#[derive(Debug, Clone)]
pub struct PulseDetector {
    count: u64,
    intake: Intake,
    high: Biquad,
    low: Biquad,
    peak_mean: MovingMean,
    peak_delay: Window,
    beat_mean: MovingMean,
    power: MovingMean,
    trace: Window,
    /// Samples by which both means lag behind the signal.
    lag: u64,
    narrowest: u64,
    refractory: u64,
    block: Option<Block>,
    last: Option<u64>,
}

/// A run of samples in which the short mean lies above the long one.
#[derive(Debug, Clone, Copy)]
struct Block {
    since: u64,
    tallest: f64,
    at: u64,
}

impl PulseDetector {
    /// A detector for samples of `rate`, all its memory taken.
    #[must_use]
    pub fn new(rate: SampleRate) -> Self {
        let (peak, beat) = (rate.samples(PEAK_S), rate.samples(BEAT_S));
        let lag = beat / 2;
        Self {
            count: 0,
            intake: Intake::default(),
            high: Biquad::high_pass(rate, 0.5),
            low: Biquad::low_pass(rate, 8.0),
            peak_mean: MovingMean::new(peak),
            peak_delay: Window::new(lag.saturating_sub(peak / 2)),
            beat_mean: MovingMean::new(beat),
            power: MovingMean::new(rate.samples(POWER_S)),
            trace: Window::new(lag + 1),
            lag: lag as u64,
            narrowest: peak as u64,
            refractory: rate.samples(REFRACTORY_S) as u64,
            block: None,
            last: None,
        }
    }

    /// Takes the next sample. A value that is no number is taken as zero.
    pub fn push(&mut self, sample: f64) -> Option<Pulse> {
        let sample = self.intake.take(sample);
        let now = self.count;
        self.count += 1;

        let high = self.high.push(sample);
        let banded = self.low.push(high);
        self.trace.push(banded);
        let square = banded.max(0.0).powi(2);
        let short = self.peak_mean.push(square);
        let short = self.peak_delay.push(short);
        let long =
            self.beat_mean.push(square) + OFFSET * self.power.push(square) + self.intake.floor().powi(2);

        let at = now.checked_sub(self.lag)?;
        let value = self.trace.back(usize::try_from(self.lag).ok()?)?;
        self.follow(at, value, short > long)
    }

    /// How many samples were pushed: the index of the next.
    #[must_use]
    pub fn samples(&self) -> u64 {
        self.count
    }

    fn follow(&mut self, at: u64, value: f64, inside: bool) -> Option<Pulse> {
        match (&mut self.block, inside) {
            (None, false) => None,
            (None, true) => {
                self.block = Some(Block { since: at, tallest: value, at });
                None
            }
            (Some(block), true) => {
                if value > block.tallest {
                    (block.tallest, block.at) = (value, at);
                }
                None
            }
            (Some(block), false) => {
                let block = *block;
                self.block = None;
                let wide = at - block.since >= self.narrowest;
                let apart = self.last.is_none_or(|last| block.at >= last + self.refractory);
                (wide && apart).then(|| {
                    self.last = Some(block.at);
                    Pulse { at: block.at }
                })
            }
        }
    }
}
