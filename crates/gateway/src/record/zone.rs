//! Where a source's clocks are set, for time stamps that do not say so themselves.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use clinical::hl7::Zone;
use jiff::tz::TimeZone;

/// `+01:00`, or the name of a place such as `Europe/Zurich`. It is kept with each row as it was configured, so that the row's times
/// stay what they were when the configuration changes. Cloning it is cheap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClockZone {
    text: Arc<str>,
    zone: Zone,
}

/// Text that is no zone.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{0:?} is no time zone: write +01:00 or the name of a place such as Europe/Zurich")]
pub struct ClockZoneError(pub String);

impl ClockZone {
    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// As the codecs take it.
    pub fn zone(&self) -> &Zone {
        &self.zone
    }
}

impl Default for ClockZone {
    fn default() -> Self {
        Self { text: "+00:00".into(), zone: Zone::UTC }
    }
}

impl FromStr for ClockZone {
    type Err = ClockZoneError;

    fn from_str(text: &str) -> Result<Self, ClockZoneError> {
        let named = || TimeZone::get(text).ok().map(Zone::Named);
        let zone = offset(text).map(Zone::Offset).or_else(named);
        let zone = zone.ok_or_else(|| ClockZoneError(text.into()))?;
        Ok(Self { text: text.into(), zone })
    }
}

/// Seconds east of Greenwich of `+HH:MM`.
fn offset(text: &str) -> Option<i32> {
    let &[sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] = text.as_bytes() else { return None };
    let digit = |byte: u8| byte.is_ascii_digit().then(|| i32::from(byte - b'0'));
    let hours = digit(h1)? * 10 + digit(h2)?;
    let minutes = digit(m1)? * 10 + digit(m2)?;
    let seconds = hours * 3600 + minutes * 60;
    (hours <= 14 && minutes < 60).then_some(if sign == b'-' { -seconds } else { seconds })
}

impl fmt::Display for ClockZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl<'de> serde::Deserialize<'de> for ClockZone {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_are_offsets_or_places() {
        assert_eq!("+01:00".parse::<ClockZone>().unwrap().zone(), &Zone::Offset(3600));
        assert_eq!("-03:30".parse::<ClockZone>().unwrap().zone(), &Zone::Offset(-12_600));
        assert!(matches!("Europe/Zurich".parse::<ClockZone>().unwrap().zone(), Zone::Named(_)));
        for text in ["", "1", "+1:00", "+25:00", "+01:60", "Europe/Atlantis"] {
            assert_eq!(text.parse::<ClockZone>(), Err(ClockZoneError(text.into())));
        }
    }
}
