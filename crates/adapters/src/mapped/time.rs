//! Stamps as a mapping says they are written.

use std::str::FromStr as _;

use clinical::hl7::Zone;
use jiff::fmt::strtime;
use jiff::tz::TimeZone;
use seal::{Decimal, Micros};

use super::mapping::{Stamp, Time};
use crate::{Problem, clock};

/// Whether a pattern can be read by.
pub(super) fn check(pattern: &str) -> Result<(), String> {
    let sample = jiff::civil::date(2026, 11, 22)
        .at(10, 15, 0, 0)
        .to_zoned(TimeZone::UTC)
        .map_err(|e| e.to_string())?;
    let text = strtime::format(pattern, &sample).map_err(|error| error.to_string())?;
    let read = strtime::parse(pattern, &text).map_err(|error| error.to_string())?;
    let whole = read.to_datetime().ok().filter(|_| read.hour().is_some() || read.timestamp().is_some());
    whole.map(drop).ok_or_else(|| "not a whole date and time".into())
}

/// A zone as a mapping writes it: `+01:00`, or a place.
pub(super) fn zone(text: &str) -> Result<Zone, String> {
    let place = || TimeZone::get(text).ok().map(Zone::Named);
    let zone = offset(text).map(Zone::Offset).or_else(place);
    zone.ok_or_else(|| format!("{text:?} is no time zone: write +01:00 or a place such as Europe/Zurich"))
}

/// Seconds east of Greenwich of `+HH:MM`.
fn offset(text: &str) -> Option<i32> {
    let (hours, minutes) = text.strip_prefix(['+', '-'])?.split_once(':')?;
    let two = |digits: &str| (digits.len() == 2).then(|| digits.parse::<u8>().ok()).flatten().map(i32::from);
    let (hours, minutes) = (two(hours)?, two(minutes)?);
    let seconds = hours * 3600 + minutes * 60;
    (hours <= 14 && minutes < 60).then_some(if text.starts_with('-') { -seconds } else { seconds })
}

impl Time {
    /// The moment of a stamp; in `source`'s zone if neither it nor the mapping says another.
    pub(super) fn moment(&self, text: &str, source: &Zone) -> Result<Micros, Problem> {
        let wrong = || Problem::Time(text.chars().take(60).collect());
        let micros = match &self.format {
            Stamp::Rfc3339 => jiff::Timestamp::from_str(text).ok().map(jiff::Timestamp::as_microsecond),
            Stamp::Unix => seconds(text, 6),
            Stamp::UnixMillis => seconds(text, 3),
            Stamp::Pattern(pattern) => {
                let read = strtime::parse(pattern, text).map_err(|_| wrong())?;
                match read.offset() {
                    Some(_) => read.to_timestamp().ok().map(jiff::Timestamp::as_microsecond),
                    None => {
                        let own = self.zone.as_deref().and_then(|zone| self::zone(zone).ok());
                        let face = read.to_datetime().map_err(|_| wrong())?;
                        return clock::moment(face, own.as_ref().unwrap_or(source)).ok_or_else(wrong);
                    }
                }
            }
        };
        micros.and_then(|micros| clock::within(Micros(micros))).ok_or_else(wrong)
    }
}

/// A number of which the last digit before the point is ten to the minus (6 - `places`) seconds, in microseconds.
fn seconds(text: &str, places: u32) -> Option<i64> {
    let Decimal { mantissa, exponent } = text.parse().ok()?;
    let power = i32::from(exponent) + i32::try_from(places).ok()?;
    match u32::try_from(power) {
        Ok(power) => mantissa.checked_mul(10_i64.checked_pow(power)?),
        Err(_) => mantissa.checked_div(10_i64.checked_pow(power.unsigned_abs())?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_of_many_writings() {
        let time = |format: Stamp, zone: Option<&str>| Time {
            from: Vec::new(),
            format,
            zone: zone.map(str::to_owned),
        };
        let pattern = |text: &str| Stamp::Pattern(text.into());
        let cases = [
            (time(Stamp::Rfc3339, None), "2026-11-22T10:15:00Z", 1_795_342_500_000_000),
            (time(Stamp::Rfc3339, None), "2026-11-22T11:15:00.25+01:00", 1_795_342_500_250_000),
            (time(Stamp::Unix, None), "1795342500", 1_795_342_500_000_000),
            (time(Stamp::Unix, None), "1795342500.1234567", 1_795_342_500_123_456),
            (time(Stamp::UnixMillis, None), "1795342500123", 1_795_342_500_123_000),
            (
                time(pattern("%d.%m.%Y %H:%M:%S"), Some("Europe/Zurich")),
                "22.11.2026 11:15:00",
                1_795_342_500_000_000,
            ),
            (time(pattern("%Y%m%d%H%M"), None), "202611221215", 1_795_342_500_000_000),
            (
                time(pattern("%Y-%m-%d %H:%M:%S %z"), Some("Europe/Zurich")),
                "2026-11-22 10:15:00 +0000",
                1_795_342_500_000_000,
            ),
        ];
        for (time, text, micros) in cases {
            assert_eq!(time.moment(text, &Zone::Offset(7200)), Ok(Micros(micros)), "{text}");
        }
        for text in ["", "x", "2026-11-22T10:15:00", "2026-13-22T10:15:00Z", "1960-01-01T00:00:00Z"] {
            assert!(time(Stamp::Rfc3339, None).moment(text, &Zone::UTC).is_err(), "{text}");
        }
        assert!(check("%d.%m.%Y").is_err(), "a day is no moment");
        assert!(check("%Q").is_err());
        assert_eq!(check("%d/%m/%y %I:%M %p"), Ok(()));
    }
}
