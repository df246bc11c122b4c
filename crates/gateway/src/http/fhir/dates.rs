//! The search parameter `date`: a prefix and a date to any precision, which stands for the whole stretch that it names (R4 section 3.1.1.5.6).

use jiff::civil::{Date, DateTime};
use jiff::{Timestamp, ToSpan as _, tz::TimeZone};
use seal::Micros;

use super::Refusal;

/// A stretch of time, open where nothing was asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Range {
    /// Inclusive.
    pub(super) from: Option<Micros>,
    /// Exclusive.
    pub(super) to: Option<Micros>,
}

impl Range {
    /// All conditions at once.
    pub(super) fn parse(conditions: &[String]) -> Result<Self, Refusal> {
        conditions.iter().try_fold(Self::default(), |range, condition| {
            let narrowed = range.narrow(condition);
            narrowed.ok_or_else(|| {
                Refusal::invalid(format!("{condition:?} is no date, or its prefix is not offered."))
            })
        })
    }

    fn narrow(self, condition: &str) -> Option<Self> {
        let digits = condition.find(|character: char| character.is_ascii_digit())?;
        let (prefix, date) = condition.split_at_checked(digits)?;
        let (start, end) = stretch(date)?;
        Some(match prefix {
            "" | "eq" => self.from(start).to(end),
            "ge" => self.from(start),
            "gt" | "sa" => self.from(end),
            "lt" | "eb" => self.to(start),
            "le" => self.to(end),
            _ => return None,
        })
    }

    fn from(self, from: Micros) -> Self {
        Self { from: Some(self.from.map_or(from, |known| Micros(known.0.max(from.0)))), ..self }
    }

    fn to(self, to: Micros) -> Self {
        Self { to: Some(self.to.map_or(to, |known| Micros(known.0.min(to.0)))), ..self }
    }

    /// Whether something that lasts from `start` to `end`, both inclusive, has a part in it.
    pub(super) fn meets(self, start: Micros, end: Micros) -> bool {
        self.from.is_none_or(|from| end.0 >= from.0) && self.to.is_none_or(|to| start.0 < to.0)
    }
}

/// Any text as conditions, for fuzzing: what is a date begins before it ends.
pub(super) fn conditions(text: &str) {
    if let Some((start, end)) = stretch(text) {
        assert!(start.0 < end.0, "{text:?}");
    }
    let conditions: Vec<String> = text.split(',').map(str::to_owned).collect();
    let _ = Range::parse(&conditions);
}

/// From the first moment that `date` can mean to the first that it cannot. Without an offset it is UTC.
fn stretch(date: &str) -> Option<(Micros, Micros)> {
    let whole_days = |first: Date, after: Date| {
        let midnight = |day: Date| moment(day.to_datetime(jiff::civil::Time::midnight()));
        Some((midnight(first)?, midnight(after)?))
    };
    if !date.is_ascii() {
        return None;
    }
    match date.len() {
        4 => {
            let first = Date::new(date.parse().ok()?, 1, 1).ok()?;
            whole_days(first, first.checked_add(1.year()).ok()?)
        }
        7 => {
            let first: Date = format!("{date}-01").parse().ok()?;
            whole_days(first, first.checked_add(1.month()).ok()?)
        }
        10 => {
            let day: Date = date.parse().ok()?;
            whole_days(day, day.tomorrow().ok()?)
        }
        _ => {
            let (clock, offset) = split_offset(date);
            let length = precision(clock)?;
            let start = match offset {
                "" => moment(clock.parse().ok()?)?,
                // A space is what `+` becomes in a query that was not encoded.
                _ => Micros(
                    format!("{}{}", with_seconds(clock), offset.replace(' ', "+"))
                        .parse::<Timestamp>()
                        .ok()?
                        .as_microsecond(),
                ),
            };
            Some((start, Micros(start.0.checked_add(length)?)))
        }
    }
}

fn moment(clock: DateTime) -> Option<Micros> {
    Some(Micros(clock.to_zoned(TimeZone::UTC).ok()?.timestamp().as_microsecond()))
}

fn split_offset(date: &str) -> (&str, &str) {
    // The signs of the date itself are within its first ten characters.
    let zone = date.char_indices().skip(11).find(|(_, character)| matches!(character, 'Z' | '+' | '-' | ' '));
    zone.and_then(|(at, _)| date.split_at_checked(at)).unwrap_or((date, ""))
}

fn with_seconds(clock: &str) -> String {
    if clock.len() == 16 { format!("{clock}:00") } else { clock.to_owned() }
}

/// How long what `clock` names lasts, in microseconds: a minute, a second, or a part of one.
fn precision(clock: &str) -> Option<i64> {
    match clock.len() {
        16 => Some(60_000_000),
        19 => Some(1_000_000),
        length @ 21..=26 => Some(10_i64.pow(u32::try_from(26 - length).ok()?)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(conditions: &[&str]) -> Option<(Option<i64>, Option<i64>)> {
        let conditions: Vec<String> = conditions.iter().map(|&one| one.to_owned()).collect();
        let range = Range::parse(&conditions).ok()?;
        Some((range.from.map(|from| from.0 / 1_000_000), range.to.map(|to| to.0 / 1_000_000)))
    }

    #[test]
    fn a_date_is_the_whole_stretch_that_it_names() {
        const DAY: i64 = 86_400;
        for (conditions, from, to) in [
            (&["1970"][..], Some(0), Some(365 * DAY)),
            (&["1970-01"], Some(0), Some(31 * DAY)),
            (&["eq1970-01-02"], Some(DAY), Some(2 * DAY)),
            (&["gt1970-01-02"], Some(2 * DAY), None),
            (&["ge1970-01-02"], Some(DAY), None),
            (&["lt1970-01-02"], None, Some(DAY)),
            (&["le1970-01-02"], None, Some(2 * DAY)),
            (&["ge1970-01-01T00:01Z", "lt1970-01-01T01:00:00+00:00"], Some(60), Some(3600)),
            (&["1970-01-01T01:00:00+01:00"], Some(0), Some(1)),
            (&["1970-01-01T01:00:00 01:00"], Some(0), Some(1)),
            (&["ge1970", "ge1971"], Some(365 * DAY), None),
            (&[], None, None),
        ] {
            assert_eq!(range(conditions), Some((from, to)), "{conditions:?}");
        }
        let tenth = Range::parse(&["1970-01-01T00:00:00.1Z".into()]).unwrap();
        assert_eq!((tenth.from, tenth.to), (Some(Micros(100_000)), Some(Micros(200_000))));
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for condition in [
            "",
            "x",
            "ne2020",
            "ap2020",
            "2020-13",
            "2020-02-30",
            "2020-01-01T",
            "2020-01-01T25:00:00Z",
            "20200101",
            "2020-01-01T00:00:00.1234567Z",
            "ë2020",
            "2020é",
        ] {
            assert_eq!(range(&[condition]), None, "{condition}");
        }
    }
}
