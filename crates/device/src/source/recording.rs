//! Recorded signals, built into the program so that a ward runs from the binary alone. Their sources and
//! licences stand in `testdata/README.md`. A recording is replayed in a loop.

use std::sync::{Arc, LazyLock};

use seal::Decimal;
use signals::{SampleRate, SampleRateError};

const ECG: &str = include_str!("../../../../testdata/signals/ecg_mitbih208_360hz.csv");
const PLETH: &str = include_str!("../../../../testdata/signals/ppg_100hz.csv");

/// Why a recording cannot be replayed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum RecordingError {
    /// A line holds no number, or one that the steps cannot express.
    #[error("line {line} of the recording: {text:?}")]
    Line {
        /// Its number, 1 for the heading.
        line: usize,
        /// What stands there.
        text: String,
    },
    /// It has no samples.
    #[error("the recording has no samples")]
    Empty,
    /// Its sample rate is not one that can be worked with.
    #[error(transparent)]
    Rate(#[from] SampleRateError),
}

/// Samples at equal distances; a physical value is a sample times `scale`.
#[derive(Debug, Clone)]
pub struct Recording {
    samples: Arc<[i16]>,
    /// Samples per second.
    pub rate: SampleRate,
    /// Physical value of one step.
    pub scale: Decimal,
}

impl Recording {
    /// Reads a table of one column with a heading.
    ///
    /// # Errors
    /// [`RecordingError`] naming the line that is no number, or does not fit 16 bits in steps of `scale`.
    pub fn parse(csv: &str, hz: f64, scale: Decimal) -> Result<Self, RecordingError> {
        let step = scale.to_f64();
        let sample = |(index, text): (usize, &str)| {
            let wrong = || RecordingError::Line { line: index + 1, text: text.to_owned() };
            let steps = (text.trim().parse::<f64>().map_err(|_| wrong())? / step).round();
            #[expect(clippy::cast_possible_truncation, reason = "checked to lie within 16 bits")]
            let sample = steps as i16;
            let exact = (f64::from(sample) - steps).abs() < f64::EPSILON && sample != seal::NO_SAMPLE;
            exact.then_some(sample).ok_or_else(wrong)
        };
        let samples: Arc<[i16]> = csv.lines().enumerate().skip(1).map(sample).collect::<Result<_, _>>()?;
        if samples.is_empty() {
            return Err(RecordingError::Empty);
        }
        Ok(Self { samples, rate: SampleRate::from_hz(hz)?, scale })
    }

    /// Five minutes of an electrocardiogram with premature beats, 360 samples a second, in steps of 0.005 mV.
    ///
    /// # Errors
    /// Those of `parse`, if the file built in were broken.
    pub fn ecg() -> Result<Self, RecordingError> {
        static PARSED: LazyLock<Result<Recording, RecordingError>> =
            LazyLock::new(|| Recording::parse(ECG, 360.0, Decimal { mantissa: 5, exponent: -3 }));
        PARSED.clone()
    }

    /// 25 seconds of a photoplethysmogram, 100 samples a second, in counts.
    ///
    /// # Errors
    /// Those of `parse`, if the file built in were broken.
    pub fn pleth() -> Result<Self, RecordingError> {
        static PARSED: LazyLock<Result<Recording, RecordingError>> =
            LazyLock::new(|| Recording::parse(PLETH, 100.0, Decimal { mantissa: 1, exponent: 0 }));
        PARSED.clone()
    }

    /// Samples until it begins again.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.samples.len() as u64
    }

    /// The sample at `index`, counted on through all repetitions.
    #[must_use]
    pub fn sample(&self, index: u64) -> i16 {
        let within = usize::try_from(index % self.length()).unwrap_or_default();
        self.samples.get(within).copied().unwrap_or(seal::NO_SAMPLE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_recordings_are_whole() {
        let ecg = Recording::ecg().unwrap();
        assert_eq!((ecg.length(), ecg.sample(0), ecg.sample(108_001)), (108_000, -49, ecg.sample(1)));
        let pleth = Recording::pleth().unwrap();
        assert_eq!((pleth.length(), pleth.sample(0)), (2483, 530));
    }

    #[test]
    fn errors_point_at_the_line() {
        let unit = Decimal { mantissa: 1, exponent: 0 };
        for text in ["x", "", "40000", "1e99", "NaN", "-32768"] {
            let found = Recording::parse(&format!("adc\n1\n{text}\n"), 100.0, unit).err();
            assert_eq!(found, Some(RecordingError::Line { line: 3, text: text.into() }));
        }
        assert_eq!(Recording::parse("adc\n", 100.0, unit).err(), Some(RecordingError::Empty));
    }
}
