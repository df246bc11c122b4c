//! A bedside monitor: it replays a recorded electrocardiogram and a recorded pleth, computes heart and pulse rate
//! from the samples it replays, and adds simulated saturation, breathing and temperature.
//!
//! Rates need several beats, so a monitor hears the seconds of the recording before its start in advance, as if it
//! had been on the patient already.

use seal::{Code, Decimal, Flags, Reading, Unit};
use signals::ecg::BeatDetector;
use signals::ppg::PulseDetector;
use signals::{BeatsPerMinute, RateMeter};

use super::recording::{Recording, RecordingError};
use super::vitals::{Course, Vitals};
use super::{Source, Span};

/// `MDC_ECG_ELEC_POTL_II`; the recording's lead MLII is a modified lead II.
const ECG_LEAD_II: Code = Code(131_330);
/// `MDC_PULS_OXIM_PLETH`
const PLETH: Code = Code(150_452);
/// `MDC_ECG_HEART_RATE`
const HEART_RATE: Code = Code(147_842);
/// `MDC_PULS_OXIM_PULS_RATE`
const PULSE_RATE: Code = Code(149_530);
/// `MDC_PULS_OXIM_SAT_O2`
const SPO2: Code = Code(150_456);
/// `MDC_RESP_RATE`
const RESPIRATION: Code = Code(151_562);
/// `MDC_TEMP_BODY`
const TEMPERATURE: Code = Code(150_364);

/// Seconds of the recordings heard before the start.
const HEARD_S: f64 = 15.0;
/// Seconds of the recordings between the starts of two beds: no divisor of either's length.
const BETWEEN_BEDS_S: f64 = 37.3;

/// The monitor of one bed.
#[derive(Debug)]
pub struct BedsideMonitor {
    ecg: Channel<BeatDetector>,
    pleth: Channel<PulseDetector>,
    vitals: Vitals,
    elapsed_us: i64,
    units: Units,
}

#[derive(Debug)]
struct Units {
    millivolt: Unit,
    none: Unit,
    per_minute: Unit,
    percent: Unit,
    celsius: Unit,
}

/// Finds beats, whatever they are seen in.
trait Detector {
    fn beat(&mut self, sample: f64) -> Option<u64>;
}

impl Detector for BeatDetector {
    fn beat(&mut self, sample: f64) -> Option<u64> {
        self.push(sample).map(|beat| beat.at)
    }
}

impl Detector for PulseDetector {
    fn beat(&mut self, sample: f64) -> Option<u64> {
        self.push(sample).map(|pulse| pulse.at)
    }
}

/// One recording on its way.
#[derive(Debug)]
struct Channel<D> {
    recording: Recording,
    /// The first sample replayed, where the monitor begins to hear.
    begin: u64,
    /// Samples heard so far.
    heard: u64,
    /// Samples heard before the start.
    before: u64,
    detector: D,
    meter: RateMeter,
}

impl<D: Detector> Channel<D> {
    fn new(recording: Recording, bed: u32, detector: D) -> Self {
        let begin = recording.rate.samples(BETWEEN_BEDS_S) as u64 * u64::from(bed);
        let before = recording.rate.samples(HEARD_S) as u64;
        let meter = RateMeter::new(recording.rate);
        let mut channel = Self { recording, begin, heard: 0, before, detector, meter };
        for _ in 0..before {
            channel.next_sample();
        }
        channel
    }

    fn next_sample(&mut self) -> i16 {
        let sample = self.recording.sample(self.begin + self.heard);
        self.heard += 1;
        if let Some(at) = self.detector.beat(f64::from(sample)) {
            self.meter.beat(at);
        }
        sample
    }

    /// The samples from those heard to those of `until_us` after the start.
    fn samples_until(&mut self, until_us: i64) -> Vec<i16> {
        #[expect(clippy::cast_precision_loss, reason = "exact for some hundred years")]
        let seconds = until_us as f64 / 1e6;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole and not negative")]
        let due = self.before + (seconds * self.recording.rate.hz()).round() as u64;
        (self.heard..due).map(|_| self.next_sample()).collect()
    }

    fn wave(&mut self, code: Code, unit: Unit, until_us: i64) -> Reading {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most 20,000")]
        let period_us = (1e6 / self.recording.rate.hz()).round() as u32;
        let samples = self.samples_until(until_us);
        let offset = Decimal { mantissa: 0, exponent: 0 };
        let scale = self.recording.scale;
        Reading::Wave { code, unit, dt_us: 0, period_us, scale, offset, samples, flags: Flags::NONE }
    }

    fn rate(&self) -> Option<BeatsPerMinute> {
        self.meter.rate(self.heard)
    }
}

impl BedsideMonitor {
    /// The monitor of bed number `bed`, whose patient takes this course.
    ///
    /// # Errors
    /// [`RecordingError`] when the recordings built in cannot be read.
    pub fn new(bed: u32, course: Course) -> Result<Self, RecordingError> {
        let (ecg, pleth) = (Recording::ecg()?, Recording::pleth()?);
        let (beats, pulses) = (BeatDetector::new(ecg.rate), PulseDetector::new(pleth.rate));
        Ok(Self {
            ecg: Channel::new(ecg, bed, beats),
            pleth: Channel::new(pleth, bed, pulses),
            vitals: Vitals::new(bed, course),
            elapsed_us: 0,
            units: Units {
                millivolt: unit("mV")?,
                none: unit("1")?,
                per_minute: unit("/min")?,
                percent: unit("%")?,
                celsius: unit("Cel")?,
            },
        })
    }
}

fn unit(text: &str) -> Result<Unit, RecordingError> {
    text.parse().map_err(|_| RecordingError::Line { line: 0, text: text.to_owned() })
}

impl Source for BedsideMonitor {
    fn readings(&mut self, span: Span) -> Vec<Reading> {
        self.elapsed_us += span.length_us;
        let until = self.elapsed_us;
        let mut readings = vec![
            self.ecg.wave(ECG_LEAD_II, self.units.millivolt, until),
            self.pleth.wave(PLETH, self.units.none, until),
        ];
        #[expect(clippy::cast_precision_loss, reason = "exact for some hundred years")]
        let now = self.vitals.at(until as f64 / 1e6);
        let mut add = |code, unit, value: f64, places, flags| {
            // Every value here is within the range of a decimal.
            if let Ok(value) = Decimal::from_f64(value, places) {
                readings.push(Reading::Value { code, unit, dt_us: span.length_us, value, flags });
            }
        };
        let per_minute = self.units.per_minute;
        if let Some(rate) = self.ecg.rate() {
            add(HEART_RATE, per_minute, f64::from(rate.rounded()), 0, Flags::NONE);
        }
        if let Some(rate) = self.pleth.rate() {
            add(PULSE_RATE, per_minute, f64::from(rate.rounded()), 0, Flags::NONE);
        }
        add(SPO2, self.units.percent, now.spo2, 0, Flags::SIMULATED);
        add(RESPIRATION, per_minute, now.breaths, 0, Flags::SIMULATED);
        add(TEMPERATURE, self.units.celsius, now.celsius, 1, Flags::SIMULATED);
        readings
    }
}

#[cfg(test)]
mod tests {
    use seal::{Batch, Micros};

    use super::*;

    fn seconds(monitor: &mut BedsideMonitor, count: i64, length_us: i64) -> Vec<Vec<Reading>> {
        let span = |n| Span { start: Micros(n * length_us), length_us };
        (0..count).map(|n| monitor.readings(span(n))).collect()
    }

    fn samples(readings: &[Reading], wanted: Code) -> Vec<i16> {
        let wave = readings.iter().find(|r| r.code() == wanted);
        match wave {
            Some(Reading::Wave { samples, .. }) => samples.clone(),
            Some(Reading::Value { .. } | Reading::Text { .. }) | None => Vec::new(),
        }
    }

    fn value(readings: &[Reading], wanted: Code) -> Option<f64> {
        match readings.iter().find(|r| r.code() == wanted)? {
            Reading::Value { value, .. } => Some(value.to_f64()),
            Reading::Wave { .. } | Reading::Text { .. } => None,
        }
    }

    #[test]
    fn every_second_has_its_samples_and_nearly_every_one_its_rates() {
        for bed in 0..12 {
            let mut monitor = BedsideMonitor::new(bed, Course::Steady).unwrap();
            let (mut heart, mut pulse) = (Vec::new(), Vec::new());
            for readings in seconds(&mut monitor, 40, 1_000_000) {
                assert_eq!(samples(&readings, ECG_LEAD_II).len(), 360);
                assert_eq!(samples(&readings, PLETH).len(), 100);
                assert!(value(&readings, TEMPERATURE).is_some());
                heart.extend(value(&readings, HEART_RATE));
                pulse.extend(value(&readings, PULSE_RATE));
            }
            // The detector gives no rate while it learns anew in a stretch of ventricular beats.
            assert!(heart.len() >= 36 && pulse.len() >= 36, "bed {bed}: {heart:?} {pulse:?}");
            assert!(heart.iter().all(|rate| (70.0..=140.0).contains(rate)), "bed {bed}: {heart:?}");
            assert!(pulse.iter().all(|rate| (40.0..=120.0).contains(rate)), "bed {bed}: {pulse:?}");
        }
    }

    #[test]
    fn the_way_a_time_is_cut_up_does_not_change_the_wave() {
        let wave = |length_us, count| -> Vec<i16> {
            let mut monitor = BedsideMonitor::new(3, Course::Steady).unwrap();
            seconds(&mut monitor, count, length_us).iter().flat_map(|r| samples(r, ECG_LEAD_II)).collect()
        };
        let whole = wave(1_000_000, 7);
        assert_eq!(whole, wave(70_000, 100));
        assert_eq!(whole, wave(3_500_000, 2));
    }

    #[test]
    fn a_batch_of_a_minute_is_within_the_limits() {
        let mut monitor = BedsideMonitor::new(0, Course::Steady).unwrap();
        let readings = monitor.readings(Span { start: Micros(0), length_us: 60_000_000 });
        let batch = Batch { device: "monitor-1".parse().unwrap(), time: Micros(0), readings };
        assert_eq!(Batch::decode(&batch.encode()).unwrap(), batch);
    }
}
