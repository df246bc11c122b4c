//! Beats in an electrocardiogram.
//!
//! The method is that of Pan and Tompkins (IEEE Trans. Biomed. Eng. 32(3), 1985) with the decision rules of Hamilton (Computers in
//! Cardiology 2002): the signal is band-passed to where a QRS complex has its energy, its slope is rectified and averaged over the width
//! of a complex, and the peaks of that are told apart into beats and noise by a threshold between the medians of both. Medians, because
//! one tall premature beat would otherwise raise the threshold over the normal beats that follow.
//!
//! ```text
//! sample ─┬─ 8..16 Hz ─ |slope| ─ mean over 80 ms ─ peaks ─ rules ─► beat
//!         └─ > 1 Hz ─ ring of 500 ms ──────────────────────────┴─ where it deflects most
//! ```
//!
//! A peak counts only when none taller comes within 200 ms, so a beat is reported about 300 ms after it happened, with the sample at which
//! it happened. Beats of the first two seconds, in which the thresholds are learnt, and those found by searching back after a long pause
//! are reported later, still in order; at most one beat is reported per sample.

use std::collections::VecDeque;

use crate::filter::{Biquad, Intake, MovingMean, RecentMedian, Window};
use crate::limits::REFRACTORY_S;
use crate::rate::SampleRate;

/// A QRS complex.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Beat {
    /// Which sample deflects most, counted from 0, the first pushed.
    pub at: u64,
}

/// A peak within this time of a beat may be its T wave (Hamilton, rule 3).
const T_WAVE_S: f64 = 0.36;
/// Time in which the first thresholds are learnt.
const LEARNING_S: f64 = 2.0;
/// After this long without a beat the thresholds are learnt anew: an artefact or a change of gain may have made them useless.
const UNHEARD_S: f64 = 5.0;
/// As many peaks as the learning time can hold, a refractory time apart, with room for those that end just after it.
const PEAKS_LEARNT: usize = 16;
/// Without a beat for this many mean intervals, the tallest peak passed over is looked at again (Hamilton, rule 5).
const SEARCH_BACK_INTERVALS: f64 = 1.5;
/// Where the threshold lies between the noise's and the beats' median.
const THRESHOLD_FRACTION: f64 = 0.3125;
/// Width of a complex, over which the slope is averaged.
const COMPLEX_S: f64 = 0.08;

/// Finds beats in samples of any rate within [`crate::limits`] and of any unit and polarity.
#[derive(Debug, Clone)]
pub struct BeatDetector {
    count: u64,
    intake: Intake,
    low: Biquad,
    high: Biquad,
    baseline: Biquad,
    delay: Window,
    energy: MovingMean,
    trace: Window,
    peaks: PeakPicker,
    rules: Rules,
    /// Samples that a complex's energy lags behind its deflection.
    lag: u64,
}

impl BeatDetector {
    /// A detector for samples of `rate`, all its memory taken.
    #[must_use]
    pub fn new(rate: SampleRate) -> Self {
        Self {
            count: 0,
            intake: Intake::default(),
            low: Biquad::low_pass(rate, 16.0),
            high: Biquad::high_pass(rate, 8.0),
            baseline: Biquad::high_pass(rate, 1.0),
            delay: Window::new(rate.samples(0.01)),
            energy: MovingMean::new(rate.samples(COMPLEX_S)),
            trace: Window::new(rate.samples(0.6)),
            peaks: PeakPicker::new(rate),
            rules: Rules::new(rate),
            lag: rate.samples(COMPLEX_S) as u64,
        }
    }

    /// Takes the next sample. A value that is no number is taken as zero.
    pub fn push(&mut self, sample: f64) -> Option<Beat> {
        let sample = self.intake.take(sample);
        let at = self.count;
        self.count += 1;

        let trace = self.baseline.push(sample);
        self.trace.push(trace);
        let low = self.low.push(sample);
        let banded = self.high.push(low);
        let slope = (banded - self.delay.push(banded)).abs();
        let energy = self.energy.push(slope);
        let energy = if energy > self.intake.floor() { energy } else { 0.0 };

        let peak = self.peaks.push(at, energy).map(|(at, energy)| Peak { at: self.locate(at), energy });
        let beat = self.rules.judge(at, peak)?;
        Some(Beat { at: beat.at })
    }

    /// How many samples were pushed: the index of the next.
    #[must_use]
    pub fn samples(&self) -> u64 {
        self.count
    }

    /// The sample of greatest deflection around the energy peak at sample `peak`.
    fn locate(&self, peak: u64) -> u64 {
        let newest = self.count - 1;
        let earliest = peak.saturating_sub(2 * self.lag);
        (earliest..=peak)
            .filter_map(|at| Some((at, self.trace.back(usize::try_from(newest - at).ok()?)?.abs())))
            .max_by(|(_, a), (_, b)| a.total_cmp(b))
            .map_or(peak, |(at, _)| at)
    }
}

/// A peak of energy, and the sample at which the trace deflected most.
#[derive(Debug, Clone, Copy)]
struct Peak {
    at: u64,
    energy: f64,
}

/// Finds peaks that have no taller neighbour within the refractory time on either side.
#[derive(Debug, Clone)]
struct PeakPicker {
    refractory: u64,
    candidate: Option<(u64, f64)>,
}

impl PeakPicker {
    fn new(rate: SampleRate) -> Self {
        Self { refractory: rate.samples(REFRACTORY_S) as u64, candidate: None }
    }

    fn push(&mut self, at: u64, energy: f64) -> Option<(u64, f64)> {
        match self.candidate {
            Some((_, tallest)) if energy > tallest => {
                self.candidate = Some((at, energy));
                None
            }
            Some((since, tallest)) if at - since >= self.refractory => {
                self.candidate = Some((at, energy));
                // The slope of a peak just passed is no peak of its own.
                (tallest > 0.0).then_some((since, tallest))
            }
            Some(_) => None,
            None => {
                self.candidate = Some((at, energy));
                None
            }
        }
    }
}

/// Tells beats from noise.
#[derive(Debug, Clone)]
struct Rules {
    rate: SampleRate,
    t_wave: u64,
    refractory: u64,
    learning: u64,
    unheard: u64,
    /// From this sample on the thresholds are known.
    learnt_at: u64,
    /// When the last beat was accepted, or learning began.
    heard: u64,
    tallest_learnt: [f64; 2],
    /// Peaks of the learning time, judged one by one after it.
    unjudged: VecDeque<Peak>,
    beats: RecentMedian<8>,
    noise: RecentMedian<8>,
    intervals: RecentMedian<8>,
    last: Option<Peak>,
    passed_over: Option<Peak>,
}

impl Rules {
    fn new(rate: SampleRate) -> Self {
        Self {
            rate,
            t_wave: rate.samples(T_WAVE_S) as u64,
            refractory: rate.samples(REFRACTORY_S) as u64,
            learning: rate.samples(LEARNING_S) as u64,
            unheard: rate.samples(UNHEARD_S) as u64,
            learnt_at: rate.samples(LEARNING_S) as u64,
            heard: 0,
            tallest_learnt: [0.0; 2],
            unjudged: VecDeque::with_capacity(PEAKS_LEARNT),
            beats: RecentMedian::new(),
            noise: RecentMedian::new(),
            intervals: RecentMedian::new(),
            last: None,
            passed_over: None,
        }
    }

    fn judge(&mut self, now: u64, peak: Option<Peak>) -> Option<Peak> {
        if now >= self.heard + self.unheard {
            *self =
                Self { learnt_at: now + self.learning, heard: now, last: self.last, ..Self::new(self.rate) };
        }
        if now < self.learnt_at {
            self.learn(now, peak?);
            return None;
        }
        if let Some(peak) = peak
            && self.unjudged.len() < PEAKS_LEARNT
        {
            self.unjudged.push_back(peak);
        }
        match self.unjudged.pop_front() {
            Some(peak) if self.is_beat(peak) => Some(self.accept(now, peak)),
            Some(peak) => {
                self.noise.push(peak.energy);
                if self.passed_over.is_none_or(|over| over.energy < peak.energy) {
                    self.passed_over = Some(peak);
                }
                None
            }
            None => self.search_back(now),
        }
    }

    /// The lower of the tallest peaks of both halves of the learning time stands for the beats: one artefact is not in both.
    fn learn(&mut self, now: u64, peak: Peak) {
        if self.unjudged.len() < PEAKS_LEARNT {
            self.unjudged.push_back(peak);
        }
        let [first, second] = &mut self.tallest_learnt;
        let tallest = if now + self.learning / 2 < self.learnt_at { first } else { second };
        *tallest = tallest.max(peak.energy);
        let [first, second] = self.tallest_learnt;
        self.beats = RecentMedian::new();
        self.beats.push(if second > 0.0 && first > 0.0 { first.min(second) } else { first.max(second) });
    }

    fn threshold(&self) -> f64 {
        let noise = self.noise.get().unwrap_or(0.0);
        noise + THRESHOLD_FRACTION * (self.beats.get().unwrap_or(0.0) - noise)
    }

    fn is_beat(&self, peak: Peak) -> bool {
        let Some(last) = self.last else { return peak.energy > self.threshold() };
        let apart = peak.at.saturating_sub(last.at);
        apart >= self.refractory
            && peak.energy > self.threshold()
            && (apart >= self.t_wave || peak.energy > last.energy / 2.0)
    }

    fn accept(&mut self, now: u64, peak: Peak) -> Peak {
        if let Some(last) = self.last {
            self.intervals.push((peak.at - last.at) as f64);
        }
        self.beats.push(peak.energy);
        self.heard = now;
        self.last = Some(peak);
        self.passed_over = None;
        peak
    }

    fn search_back(&mut self, now: u64) -> Option<Peak> {
        let (last, interval, over) = (self.last?, self.intervals.get()?, self.passed_over?);
        let overdue = (now - last.at) as f64 > SEARCH_BACK_INTERVALS * interval + self.refractory as f64;
        let plausible =
            over.energy > self.threshold() / 2.0 && over.at.saturating_sub(last.at) >= self.t_wave;
        (overdue && plausible).then(|| self.accept(now, over))
    }
}
