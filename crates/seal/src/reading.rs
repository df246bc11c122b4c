//! What a device measured: one value, one stretch of a waveform, or a text ("Batch" in `docs/formats.md`).

use std::fmt;
use std::str::FromStr;

use crate::decimal::Decimal;
use crate::limits;

/// An MDC context-free code: partition times 65,536 plus term (ISO/IEEE 11073-10101).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code(pub u32);

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A UCUM unit: 1 to 30 printable ASCII characters without spaces, as UCUM itself demands. "1" has no
/// dimension. It is kept in place, so that decoding a value allocates nothing.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Unit {
    bytes: [u8; limits::UNIT],
    length: u8,
}

/// A text that cannot be a UCUM unit: empty, longer than 30 bytes, or with other than printable ASCII.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a unit: {0:?}")]
pub struct UnitError(pub String);

impl Unit {
    /// The unit's characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        let bytes = self.bytes.get(..usize::from(self.length)).unwrap_or_default();
        std::str::from_utf8(bytes).unwrap_or_default()
    }

    /// The unit these bytes spell, if they do.
    pub(crate) fn from_ascii(text: &[u8]) -> Option<Self> {
        if text.is_empty() || !text.iter().all(u8::is_ascii_graphic) {
            return None;
        }
        let mut bytes = [0; limits::UNIT];
        bytes.get_mut(..text.len())?.copy_from_slice(text);
        Some(Self { bytes, length: u8::try_from(text.len()).ok()? })
    }
}

impl FromStr for Unit {
    type Err = UnitError;

    fn from_str(text: &str) -> Result<Self, UnitError> {
        Self::from_ascii(text.as_bytes()).ok_or_else(|| UnitError(text.to_owned()))
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Unit({self})")
    }
}

/// What the device says about a reading's worth: a set of bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Flags(pub u32);

impl Flags {
    /// Nothing to say.
    pub const NONE: Self = Self(0);
    /// The device doubts the reading.
    pub const QUESTIONABLE: Self = Self(1);
    /// Made by a simulation, not by a body.
    pub const SIMULATED: Self = Self(2);
    /// Made by a self-test.
    pub const TEST: Self = Self(4);
    /// The device is calibrating.
    pub const CALIBRATING: Self = Self(8);
    /// An early estimate that a later reading replaces.
    pub const EARLY: Self = Self(16);
    /// All bits that have a meaning; a batch with any other is refused.
    pub const KNOWN: Self = Self(31);

    /// Whether all bits of `other` are set.
    #[must_use]
    pub fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

impl std::ops::BitOr for Flags {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// One reading; `dt_us` is its time in microseconds relative to the batch's, at most seven days off.
#[derive(Debug, Clone, PartialEq)]
pub enum Reading {
    /// A single number.
    Value {
        /// What was measured.
        code: Code,
        /// In which unit.
        unit: Unit,
        /// When, relative to the batch.
        dt_us: i64,
        /// The number.
        value: Decimal,
        /// Its worth.
        flags: Flags,
    },
    /// Equally spaced samples; the physical value of one is `sample * scale + offset`.
    Wave {
        /// What was measured.
        code: Code,
        /// In which unit.
        unit: Unit,
        /// When the first sample was taken, relative to the batch.
        dt_us: i64,
        /// Microseconds from one sample to the next, never 0.
        period_us: u32,
        /// Physical value of one step.
        scale: Decimal,
        /// Physical value of sample 0.
        offset: Decimal,
        /// The samples; [`NO_SAMPLE`] means that there is no value.
        samples: Vec<i16>,
        /// Their worth.
        flags: Flags,
    },
    /// Words, such as a rhythm's name; at most 4,096 bytes.
    Text {
        /// What was observed.
        code: Code,
        /// When, relative to the batch.
        dt_us: i64,
        /// The words.
        text: String,
        /// Their worth.
        flags: Flags,
    },
}

/// The sample that means "no value".
pub const NO_SAMPLE: i16 = i16::MIN;

impl Reading {
    /// What was measured.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::Value { code, .. } | Self::Wave { code, .. } | Self::Text { code, .. } => *code,
        }
    }

    /// Microseconds relative to the batch's time.
    #[must_use]
    pub fn dt_us(&self) -> i64 {
        match self {
            Self::Value { dt_us, .. } | Self::Wave { dt_us, .. } | Self::Text { dt_us, .. } => *dt_us,
        }
    }

    /// What the device says about its worth.
    #[must_use]
    pub fn flags(&self) -> Flags {
        match self {
            Self::Value { flags, .. } | Self::Wave { flags, .. } | Self::Text { flags, .. } => *flags,
        }
    }

    /// The unit; a text has none.
    #[must_use]
    pub fn unit(&self) -> Option<Unit> {
        match self {
            Self::Value { unit, .. } | Self::Wave { unit, .. } => Some(*unit),
            Self::Text { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_checked() {
        for text in ["1", "%", "mm[Hg]", "{beat}/min", "10*3/uL", &"x".repeat(30)] {
            assert_eq!(text.parse::<Unit>().map(|u| u.to_string()).as_deref(), Ok(text));
        }
        for text in ["", "m s", "µV", "a\n", &"x".repeat(31)] {
            assert_eq!(text.parse::<Unit>(), Err(UnitError(text.into())));
        }
    }

    #[test]
    fn flags_combine() {
        let both = Flags::SIMULATED | Flags::QUESTIONABLE;
        assert!(both.contains(Flags::SIMULATED) && !both.contains(Flags::TEST));
    }
}
