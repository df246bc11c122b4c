//! Time stamps (data type DTM, HL7 v2.6 chapter 2A): `YYYY[MM[DD[HH[MM[SS[.S[S[S[S]]]]]]]]][+/-ZZZZ]`.
//!
//! Only stamps to the second or finer are moments here: a measurement's time of less is no time. A stamp without an offset is taken as
//! UTC, which IHE PCD TF-2 (appendix B.7) forbids to be left out.

use jiff::civil::Date;
use jiff::tz::Offset;
use seal::Micros;

/// The text is no moment in time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is no time to the second")]
pub struct TimeError {
    /// What was given, at most 40 characters of it.
    pub text: String,
}

/// The moment that `text` states, to the microsecond.
pub fn parse_time(text: &str) -> Result<Micros, TimeError> {
    read(text).ok_or_else(|| TimeError { text: text.chars().take(40).collect() })
}

fn read(text: &str) -> Option<Micros> {
    let (stamp, offset) = match text.bytes().position(|byte| matches!(byte, b'+' | b'-')) {
        Some(at) => text.split_at_checked(at)?,
        None => (text, "+0000"),
    };
    let (whole, fraction) = stamp.split_once('.').unwrap_or((stamp, ""));
    let &[y1, y2, y3, y4, m1, m2, d1, d2, h1, h2, n1, n2, s1, s2] = whole.as_bytes() else { return None };
    let year = number(&[y1, y2])? * 100 + number(&[y3, y4])?;
    let date = Date::new(year, small(m1, m2)?, small(d1, d2)?).ok()?;
    let time = jiff::civil::Time::new(small(h1, h2)?, small(n1, n2)?, small(s1, s2)?, 0).ok()?;
    let seconds = offset_of(offset)?.to_timestamp(date.to_datetime(time)).ok()?.as_second();
    Some(Micros(seconds.checked_mul(1_000_000)?.checked_add(micros(fraction)?)?))
}

fn number(digits: &[u8; 2]) -> Option<i16> {
    let digit = |byte: u8| byte.is_ascii_digit().then(|| i16::from(byte - b'0'));
    Some(digit(digits[0])? * 10 + digit(digits[1])?)
}

fn small(tens: u8, ones: u8) -> Option<i8> {
    i8::try_from(number(&[tens, ones])?).ok()
}

fn offset_of(text: &str) -> Option<Offset> {
    let &[sign, h1, h2, m1, m2] = text.as_bytes() else { return None };
    let seconds = i32::from(number(&[h1, h2])?) * 3600 + i32::from(number(&[m1, m2])?) * 60;
    Offset::from_seconds(if sign == b'-' { -seconds } else { seconds }).ok()
}

/// The fraction of a second in microseconds. More digits than six are cut off.
fn micros(fraction: &str) -> Option<i64> {
    let mut value = 0;
    let mut digits = fraction.bytes();
    for _ in 0..6 {
        let digit = digits.next().unwrap_or(b'0');
        value = value * 10 + i64::from(digit.is_ascii_digit().then(|| digit - b'0')?);
    }
    digits.all(|byte| byte.is_ascii_digit()).then_some(value)
}

/// `time` in UTC to the millisecond, `20191206113452.000+0000`. Milliseconds are as fine as monitors send and receivers commonly store;
/// the exact time stands in the sealed batch.
#[must_use]
pub fn format_time(time: Micros) -> String {
    let seconds = time.0.div_euclid(1_000_000);
    let millis = time.0.rem_euclid(1_000_000) / 1_000;
    match jiff::Timestamp::from_second(seconds) {
        Ok(stamp) => format!("{}.{millis:03}+0000", stamp.strftime("%Y%m%d%H%M%S")),
        // Past the year 9999 or before -9999 there is no stamp; an empty field says "not known".
        Err(_) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_are_read() {
        for (text, micros) in [
            ("19700101000000", 0),
            ("19700101000000.000+0000", 0),
            ("20191206113452.000+0000", 1_575_632_092_000_000),
            ("20191206113452.1234567+0000", 1_575_632_092_123_456),
            ("20191206123452.5+0100", 1_575_632_092_500_000),
            ("20191206053452-0600", 1_575_632_092_000_000),
        ] {
            assert_eq!(parse_time(text), Ok(Micros(micros)), "{text}");
        }
    }

    #[test]
    fn what_is_no_moment_is_refused() {
        for text in [
            "",
            "2019",
            "201912061134",
            "20191306113452",
            "20190229000000",
            "2019120611345X",
            "20191206113452+01",
            "20191206113452.x",
            "20191206113452+9900",
            "ëëëëëëë",
        ] {
            assert!(parse_time(text).is_err(), "{text}");
        }
    }

    #[test]
    fn stamps_are_written_as_they_are_read() {
        for micros in [0, 1_575_632_092_123_000, -1_000, 4_102_444_799_999_000] {
            assert_eq!(parse_time(&format_time(Micros(micros))), Ok(Micros(micros)));
        }
        assert_eq!(format_time(Micros(1_575_632_092_123_456)), "20191206113452.123+0000");
    }
}
