//! Small filters that keep their state between samples and take no memory after they are made.
//!
//! The second-order sections are Butterworth filters by the bilinear transform with the corner frequency pre-warped (Oppenheim and
//! Schafer, *Discrete-Time Signal Processing*, chapter 7), run in transposed direct form II.

use std::f64::consts::{PI, SQRT_2};

use crate::limits::{LARGEST_SAMPLE, ROUNDING};
use crate::rate::SampleRate;

/// What a detector makes of raw samples before it filters them: relative to the first, so that an offset does not ring in the filters;
/// never so large that a square is not a number any more, which would stay in every filter's state for ever.
#[derive(Debug, Clone, Default)]
pub struct Intake {
    first: Option<f64>,
    largest: f64,
}

impl Intake {
    /// The sample as the filters get it. No number becomes zero.
    pub fn take(&mut self, sample: f64) -> f64 {
        let sample = if sample.is_nan() { 0.0 } else { sample.clamp(-LARGEST_SAMPLE, LARGEST_SAMPLE) };
        self.largest = self.largest.max(sample.abs());
        sample - *self.first.get_or_insert(sample)
    }

    /// What is smaller than this is the rounding of the filters, not signal.
    #[must_use]
    pub fn floor(&self) -> f64 {
        ROUNDING * self.largest
    }
}

/// One second-order Butterworth section.
#[derive(Debug, Clone)]
pub struct Biquad {
    feed_forward: [f64; 3],
    feed_back: [f64; 2],
    state: [f64; 2],
}

impl Biquad {
    /// Passes what lies below `corner_hz` (−3 dB there). A corner at or above half the sample rate is moved just below it.
    #[must_use]
    pub fn low_pass(rate: SampleRate, corner_hz: f64) -> Self {
        let k = warped(rate, corner_hz);
        let norm = 1.0 / (1.0 + SQRT_2 * k + k * k);
        let b = k * k * norm;
        Self { feed_forward: [b, 2.0 * b, b], feed_back: feed_back(k, norm), state: [0.0; 2] }
    }

    /// Passes what lies above `corner_hz` (−3 dB there).
    #[must_use]
    pub fn high_pass(rate: SampleRate, corner_hz: f64) -> Self {
        let k = warped(rate, corner_hz);
        let norm = 1.0 / (1.0 + SQRT_2 * k + k * k);
        Self { feed_forward: [norm, -2.0 * norm, norm], feed_back: feed_back(k, norm), state: [0.0; 2] }
    }

    /// Takes one sample, gives one sample.
    pub fn push(&mut self, sample: f64) -> f64 {
        let [b0, b1, b2] = self.feed_forward;
        let [a1, a2] = self.feed_back;
        let [s0, s1] = self.state;
        let out = b0 * sample + s0;
        self.state = [b1 * sample - a1 * out + s1, b2 * sample - a2 * out];
        out
    }
}

fn warped(rate: SampleRate, corner_hz: f64) -> f64 {
    (PI * corner_hz.min(0.49 * rate.hz()) / rate.hz()).tan()
}

fn feed_back(k: f64, norm: f64) -> [f64; 2] {
    [2.0 * (k * k - 1.0) * norm, (1.0 - SQRT_2 * k + k * k) * norm]
}

/// The last `len` samples. Before it is full it reads as if zeros had come before.
#[derive(Debug, Clone)]
pub struct Window {
    samples: Box<[f64]>,
    /// Where the oldest sample lies, which the next one replaces.
    oldest: usize,
}

impl Window {
    /// A window of at least one sample.
    #[must_use]
    pub fn new(len: usize) -> Self {
        Self { samples: vec![0.0; len.max(1)].into_boxed_slice(), oldest: 0 }
    }

    /// How many samples it holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.samples.len()
    }

    /// Never: a window holds at least one sample.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.samples.is_empty()
    }

    /// Puts `sample` in and gives back the one that falls out, which came `len` pushes ago.
    pub fn push(&mut self, sample: f64) -> f64 {
        let Some(slot) = self.samples.get_mut(self.oldest) else { return 0.0 };
        let fallen = std::mem::replace(slot, sample);
        self.oldest = if self.oldest + 1 == self.samples.len() { 0 } else { self.oldest + 1 };
        fallen
    }

    /// The sample of `age` pushes ago: 0 is the newest. `None` past the window.
    #[must_use]
    pub fn back(&self, age: usize) -> Option<f64> {
        let len = self.samples.len();
        if age >= len {
            return None;
        }
        self.samples.get((self.oldest + len - 1 - age) % len).copied()
    }
}

/// The mean of the last samples.
#[derive(Debug, Clone)]
pub struct MovingMean {
    window: Window,
    sum: f64,
    pushes_since_sum: usize,
}

impl MovingMean {
    /// A mean over `len` samples, at least one.
    #[must_use]
    pub fn new(len: usize) -> Self {
        Self { window: Window::new(len), sum: 0.0, pushes_since_sum: 0 }
    }

    /// Takes one sample, gives the mean of the window it completes.
    pub fn push(&mut self, sample: f64) -> f64 {
        self.sum += sample - self.window.push(sample);
        self.pushes_since_sum += 1;
        // Rounding errors would pile up over days; summing anew once a window keeps them out at two additions a sample.
        if self.pushes_since_sum >= self.window.len() {
            self.sum = self.window.samples.iter().sum();
            self.pushes_since_sum = 0;
        }
        self.sum / self.window.len() as f64
    }
}

/// The median of the last `N` values, used where one outlier must not move a threshold.
#[derive(Debug, Clone)]
pub struct RecentMedian<const N: usize> {
    values: [f64; N],
    used: usize,
    next: usize,
}

impl<const N: usize> RecentMedian<N> {
    /// Nothing seen yet.
    #[must_use]
    pub fn new() -> Self {
        Self { values: [0.0; N], used: 0, next: 0 }
    }

    /// Adds a value, in place of the oldest when full.
    pub fn push(&mut self, value: f64) {
        if let Some(slot) = self.values.get_mut(self.next) {
            *slot = value;
        }
        self.next = if self.next + 1 >= N { 0 } else { self.next + 1 };
        self.used = (self.used + 1).min(N);
    }

    /// The upper median, `None` before the first value.
    #[must_use]
    pub fn get(&self) -> Option<f64> {
        let mut sorted = self.values;
        let used = sorted.get_mut(..self.used)?;
        used.sort_unstable_by(f64::total_cmp);
        used.get(self.used / 2).copied()
    }
}

impl<const N: usize> Default for RecentMedian<N> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Amplitude of a sine of `hz` after the filter, once it has settled.
    fn gain(mut filter: Biquad, rate: SampleRate, hz: f64) -> f64 {
        let seconds = 20.0;
        let count = (seconds * rate.hz()) as usize;
        (0..count)
            .map(|n| (n, filter.push((2.0 * PI * hz * n as f64 / rate.hz()).sin())))
            .filter(|(n, _)| *n > count / 2)
            .fold(0.0, |peak: f64, (_, y)| peak.max(y.abs()))
    }

    #[test]
    fn corner_is_at_minus_three_decibel_at_any_rate() {
        for hz in [100.0, 250.0, 360.0, 1000.0] {
            let rate = SampleRate::from_hz(hz).unwrap();
            for filter in [Biquad::low_pass(rate, 10.0), Biquad::high_pass(rate, 10.0)] {
                assert!((gain(filter, rate, 10.0) - 0.5_f64.sqrt()).abs() < 0.01);
            }
            assert!(gain(Biquad::low_pass(rate, 10.0), rate, 1.0) > 0.99);
            assert!(gain(Biquad::low_pass(rate, 10.0), rate, 40.0) < 0.07);
            assert!(gain(Biquad::high_pass(rate, 10.0), rate, 1.0) < 0.02);
        }
    }

    #[test]
    fn window_gives_back_what_came_len_pushes_ago() {
        let mut window = Window::new(3);
        let fallen: Vec<f64> = (1..=5).map(|n| window.push(f64::from(n))).collect();
        assert_eq!(fallen, [0.0, 0.0, 0.0, 1.0, 2.0]);
        assert_eq!((window.back(0), window.back(2), window.back(3)), (Some(5.0), Some(3.0), None));
    }

    #[test]
    fn moving_mean_does_not_drift() {
        let mut mean = MovingMean::new(7);
        for n in 0..1_000_000 {
            mean.push(if n % 2 == 0 { 1e9 } else { 1e-3 });
        }
        for _ in 0..7 {
            mean.push(0.0);
        }
        assert_eq!(mean.push(0.0), 0.0);
    }

    #[test]
    fn median_ignores_one_outlier() {
        let mut median = RecentMedian::<5>::new();
        assert_eq!(median.get(), None);
        [1.0, 2.0, 1000.0, 2.0, 3.0].into_iter().for_each(|value| median.push(value));
        assert_eq!(median.get(), Some(2.0));
    }
}
