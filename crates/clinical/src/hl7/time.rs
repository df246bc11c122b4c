//! Time stamps (data type DTM, HL7 v2.6 chapter 2A; TS before v2.6): `YYYY[MM[DD[HH[MM[SS[.S[S[S[S]]]]]]]]][+/-ZZZZ]`.
//!
//! A measurement's time is a moment only to the second or finer; people come and go to the minute ([`Precision`]). A stamp without an
//! offset is of the message's [`Zone`]: the offset of MSH-7 if that has one (chapter 2, MSH-7), else what is known of the sender, else UTC,
//! since IHE PCD (TF-2, appendix B.7) forbids the offset to be left out.
//!
//! Read by hand, since a message of a monitor has a stamp in every third row.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use seal::Micros;

/// The text is no moment in time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is no time to the second")]
pub struct TimeError {
    /// What was given, at most 40 characters of it.
    pub text: String,
}

/// How fine a stamp is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Precision {
    /// To the day.
    Day,
    /// To the minute.
    Minute,
    /// To the second or finer.
    Second,
}

/// Where a stamp without an offset is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Zone {
    /// So many seconds east of Greenwich, always.
    Offset(i32),
    /// A place whose offset changes with the seasons.
    Named(TimeZone),
}

impl Default for Zone {
    fn default() -> Self {
        Self::UTC
    }
}

impl Zone {
    /// Greenwich.
    pub const UTC: Self = Self::Offset(0);
}

/// A stamp as it stands there: a clock's face, and perhaps how far it is from UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// Seconds since 1970 if the face were in UTC.
    seconds: i64,
    micros: i64,
    offset: Option<i32>,
    precision: Precision,
}

impl Stamp {
    /// Reads a stamp to the day or finer.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        read(text.as_bytes())
    }

    /// The offset it states, in seconds east of Greenwich.
    #[must_use]
    pub fn offset(&self) -> Option<i32> {
        self.offset
    }

    /// How fine it is.
    #[must_use]
    pub fn precision(&self) -> Precision {
        self.precision
    }

    /// The moment; in `zone` if it states no offset. Of a face that the zone's clocks show twice it is the earlier one.
    #[must_use]
    pub fn moment(&self, zone: &Zone) -> Option<Micros> {
        let offset = match (self.offset, zone) {
            (Some(offset), _) => offset,
            (None, Zone::Offset(offset)) => *offset,
            (None, Zone::Named(zone)) => {
                let face =
                    DateTime::from(jiff::Timestamp::from_second(self.seconds).ok()?.to_zoned(TimeZone::UTC));
                zone.to_ambiguous_timestamp(face)
                    .compatible()
                    .ok()
                    .map(|moment| i32::try_from(self.seconds - moment.as_second()).unwrap_or_default())?
            }
        };
        let seconds = self.seconds.checked_sub(i64::from(offset))?;
        Some(Micros(seconds.checked_mul(1_000_000)?.checked_add(self.micros)?))
    }
}

/// The moment that `text` states, to the microsecond; in UTC if it states no offset.
pub fn parse_time(text: &str) -> Result<Micros, TimeError> {
    parse_time_in(text, &Zone::UTC)
}

/// The moment that `text` states, to the microsecond; in `zone` if it states no offset.
pub fn parse_time_in(text: &str, zone: &Zone) -> Result<Micros, TimeError> {
    Stamp::parse(text)
        .filter(|stamp| stamp.precision == Precision::Second)
        .and_then(|stamp| stamp.moment(zone))
        .ok_or_else(|| TimeError { text: text.chars().take(40).collect() })
}

fn read(text: &[u8]) -> Option<Stamp> {
    let (precision, face, rest) = match text {
        [face @ .., b'+' | b'-', _, _, _, _] if face.len() < 14 => coarse(face, text)?,
        _ => match text.split_at_checked(14) {
            Some((face, rest)) => (Precision::Second, face, rest),
            None => coarse(text, text)?,
        },
    };
    let (micros, rest) = fraction(rest)?;
    let two = |at: usize| match face.get(at..at + 2) {
        Some(&[tens, ones]) => number(tens, ones),
        _ => Some(0),
    };
    let days = days(two(0)? * 100 + two(2)?, two(4)?, two(6)?)?;
    let (hour, minute, second) = (two(8)?, two(10)?, two(12)?);
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    Some(Stamp {
        seconds: days * 86_400 + hour * 3_600 + minute * 60 + second,
        micros,
        offset: offset(rest)?,
        precision,
    })
}

/// A face to the minute or the day, and what of `text` follows it.
fn coarse<'t>(face: &'t [u8], text: &'t [u8]) -> Option<(Precision, &'t [u8], &'t [u8])> {
    let precision = match face.len() {
        8 => Precision::Day,
        12 => Precision::Minute,
        _ => return None,
    };
    Some((precision, face, text.get(face.len()..)?))
}

fn number(tens: u8, ones: u8) -> Option<i64> {
    let (tens, ones) = (tens.wrapping_sub(b'0'), ones.wrapping_sub(b'0'));
    (tens < 10 && ones < 10).then(|| i64::from(tens * 10 + ones))
}

/// Days from 1970-01-01 to a day that exists, in the Gregorian calendar.
fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let (before, length) = match month {
        1 => (0, 31),
        2 => (31, if leap { 29 } else { 28 }),
        3 => (59, 31),
        4 => (90, 30),
        5 => (120, 31),
        6 => (151, 30),
        7 => (181, 31),
        8 => (212, 31),
        9 => (243, 30),
        10 => (273, 31),
        11 => (304, 30),
        12 => (334, 31),
        _ => return None,
    };
    if day < 1 || day > length {
        return None;
    }
    // Leap days of all years before this one; 477 of them, and 1,970 years, lie before 1970.
    let past = year - 1;
    let leap_days = past.div_euclid(4) - past.div_euclid(100) + past.div_euclid(400) - 477;
    Some((year - 1970) * 365 + leap_days + before + i64::from(leap && month > 2) + day - 1)
}

/// The fraction of a second in microseconds, and what follows it. More digits than six are cut off.
fn fraction(text: &[u8]) -> Option<(i64, &[u8])> {
    let [b'.', rest @ ..] = text else { return Some((0, text)) };
    let (mut micros, mut digits) = (0, 0);
    for digit in rest.iter().take_while(|byte| byte.is_ascii_digit()) {
        if digits < 6 {
            micros = micros * 10 + i64::from(digit - b'0');
        }
        digits += 1;
    }
    for _ in digits..6 {
        micros *= 10;
    }
    Some((micros, rest.get(digits..)?))
}

/// `+HHMM` or `-HHMM`, in seconds; nothing when nothing is there. No clock is further off than 15 hours.
fn offset(text: &[u8]) -> Option<Option<i32>> {
    match text {
        [] => Some(None),
        &[sign @ (b'+' | b'-'), h1, h2, m1, m2] => {
            let (hours, minutes) = (number(h1, h2)?, number(m1, m2)?);
            let seconds = i32::try_from(hours * 3_600 + minutes * 60).ok()?;
            (hours < 15 && minutes < 60).then_some(Some(if sign == b'-' { -seconds } else { seconds }))
        }
        _ => None,
    }
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
    use proptest::prelude::*;

    #[test]
    fn stamps_are_read() {
        for (text, micros) in [
            ("19700101000000", 0),
            ("19700101000000.000+0000", 0),
            ("20191206113452.000+0000", 1_575_632_092_000_000),
            ("20191206113452.1234567+0000", 1_575_632_092_123_456),
            ("20191206123452.5+0100", 1_575_632_092_500_000),
            ("20191206053452-0600", 1_575_632_092_000_000),
            ("20191206113452.", 1_575_632_092_000_000),
        ] {
            assert_eq!(parse_time(text), Ok(Micros(micros)), "{text}");
        }
    }

    #[test]
    fn what_is_no_moment_is_refused() {
        for text in [
            "",
            "2019",
            "20191206",
            "201912061134",
            "201912061134+0000",
            "20191306113452",
            "20190229000000",
            "20191200113452",
            "20191206240000",
            "2019120611345X",
            "20191206113452+01",
            "20191206113452.x",
            "20191206113452+9900",
            "20191206113452+01000",
            "ëëëëëëë",
        ] {
            assert!(parse_time(text).is_err(), "{text}");
        }
    }

    #[test]
    fn coarse_stamps_say_so() {
        for (text, precision, seconds) in [
            ("20191206", Precision::Day, 1_575_590_400),
            ("201912061134", Precision::Minute, 1_575_632_040),
            ("201912061134+0100", Precision::Minute, 1_575_628_440),
        ] {
            let stamp = Stamp::parse(text).unwrap();
            assert_eq!(stamp.precision(), precision, "{text}");
            assert_eq!(stamp.moment(&Zone::UTC), Some(Micros(seconds * 1_000_000)), "{text}");
        }
        for text in ["2019", "201912", "2019120611", "20191206+01", "+0100"] {
            assert_eq!(Stamp::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_stamp_without_an_offset_is_of_the_senders_zone() {
        let berlin = Zone::Named(TimeZone::get("Europe/Berlin").unwrap());
        for (text, zone, utc) in [
            ("20191206123452", &berlin, "20191206113452"),
            ("20190706123452", &berlin, "20190706103452"),
            ("20190706123452+0000", &berlin, "20190706123452"),
            ("20191206123452", &Zone::Offset(-3_600), "20191206133452"),
        ] {
            assert_eq!(parse_time_in(text, zone), parse_time(utc), "{text}");
        }
    }

    #[test]
    fn stamps_are_written_as_they_are_read() {
        for micros in [0, 1_575_632_092_123_000, -1_000, 4_102_444_799_999_000] {
            assert_eq!(parse_time(&format_time(Micros(micros))), Ok(Micros(micros)));
        }
        assert_eq!(format_time(Micros(1_575_632_092_123_456)), "20191206113452.123+0000");
    }

    proptest! {
        #[test]
        fn any_second_of_ten_thousand_years_is_read_as_another_library_writes_it(seconds in -62_135_596_800_i64..253_402_300_800) {
            prop_assert_eq!(parse_time(&format_time(Micros(seconds * 1_000_000))), Ok(Micros(seconds * 1_000_000)));
        }

        #[test]
        fn any_text_is_read_or_refused(text in "[0-9]{0,16}[.+-]?[0-9x]{0,8}[+-]?[0-9]{0,5}|\\PC{0,20}") {
            let _ = parse_time(&text);
        }
    }
}
