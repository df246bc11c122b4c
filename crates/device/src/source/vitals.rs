//! Vital signs that no open recording has: oxygen saturation, breathing and temperature, simulated and flagged so.
//!
//! A patient's values wander slowly around a baseline that the bed's number gives. The course [`Course::Desaturation`]
//! adds a fall of the saturation below 90 % that begins a few seconds after the start and returns every three minutes.

use serde::Deserialize;

/// What happens to a patient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Course {
    /// Nothing.
    #[default]
    Steady,
    /// The oxygen saturation falls below 90 % for half a minute, again and again.
    Desaturation,
}

/// Seconds from one fall of the saturation to the next.
const PERIOD_S: f64 = 180.0;
/// How deep it falls, in percent.
const DEPTH: f64 = 13.0;
/// Seconds: when the fall begins, has ended, when the rise begins, has ended.
const FALL: [f64; 4] = [3.0, 9.0, 45.0, 60.0];

/// One patient's simulated values.
#[derive(Debug, Clone)]
pub(super) struct Vitals {
    course: Course,
    spo2: f64,
    breaths: f64,
    celsius: f64,
    phase: f64,
    noise: Noise,
}

/// Values at one instant.
#[derive(Debug, Clone, Copy)]
pub(super) struct Now {
    /// Oxygen saturation in percent.
    pub(super) spo2: f64,
    /// Breaths per minute.
    pub(super) breaths: f64,
    /// Body temperature in degrees Celsius.
    pub(super) celsius: f64,
}

impl Vitals {
    pub(super) fn new(bed: u32, course: Course) -> Self {
        let mut noise = Noise(u64::from(bed).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        // The first numbers still resemble the seed.
        for _ in 0..8 {
            noise.next();
        }
        Self {
            course,
            spo2: 96.8 + noise.next(),
            breaths: 15.0 + 3.0 * noise.next(),
            celsius: 36.9 + 0.4 * noise.next(),
            phase: std::f64::consts::PI * noise.next(),
            noise,
        }
    }

    /// The values at `seconds` after the start.
    pub(super) fn at(&mut self, seconds: f64) -> Now {
        let wave = |period: f64| (seconds * std::f64::consts::TAU / period + self.phase).sin();
        let fall = match self.course {
            Course::Steady => 0.0,
            Course::Desaturation => DEPTH * depth(seconds % PERIOD_S),
        };
        let spo2 = self.spo2 + 0.6 * wave(47.0) + 0.2 * self.noise.next() - fall;
        Now {
            spo2: spo2.min(100.0),
            breaths: self.breaths + 1.5 * wave(61.0) + 0.5 * self.noise.next(),
            celsius: self.celsius + 0.1 * wave(900.0),
        }
    }
}

/// How far the saturation has fallen, from 0 to 1.
fn depth(second: f64) -> f64 {
    let [begins, fallen, rises, over] = FALL;
    let fall = (second - begins) / (fallen - begins);
    let rise = (over - second) / (over - rises);
    fall.min(rise).clamp(0.0, 1.0)
}

/// Numbers from -1 to 1 that look random and are the same for the same seed (Marsaglia's xorshift64).
#[derive(Debug, Clone)]
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        let top = u32::try_from(self.0 >> 32).unwrap_or_default();
        f64::from(top) / f64::from(u32::MAX / 2) - 1.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beds_differ_and_stay_plausible() {
        let mut seen = Vec::new();
        for bed in 0..200 {
            let mut vitals = Vitals::new(bed, Course::Steady);
            for second in 0..400 {
                let now = vitals.at(f64::from(second));
                assert!((94.5..=100.0).contains(&now.spo2), "bed {bed}: {now:?}");
                assert!((9.0..=21.0).contains(&now.breaths), "bed {bed}: {now:?}");
                assert!((36.3..=37.5).contains(&now.celsius), "bed {bed}: {now:?}");
            }
            seen.push(vitals.spo2.to_bits());
        }
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), 200);
    }

    #[test]
    fn a_desaturation_is_below_90_within_ten_seconds_and_passes() {
        for bed in 0..50 {
            let mut vitals = Vitals::new(bed, Course::Desaturation);
            let low: Vec<bool> = (0..120).map(|s| vitals.at(f64::from(s)).spo2 < 90.0).collect();
            assert!(!low[0] && low[9] && low[40] && !low[62] && !low[119], "bed {bed}");
        }
    }
}
