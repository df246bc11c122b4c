//! Which numbers of a spreadsheet are days: it keeps a day as a number and only the cell's format tells
//! (ECMA-376 part 1, 18.8.30 and 18.17.4.1).

use super::ExchangeError;
use crate::ooxml::{Event, XmlReader};

/// What a cell's number means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NumberKind {
    Plain,
    Day,
}

/// Where days are counted from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DateSystem {
    From1900,
    From1904,
}

/// What the cell formats of a workbook make of numbers.
#[derive(Debug, Default)]
pub(super) struct Styles {
    formats: Vec<NumberKind>,
}

impl Styles {
    /// Reads `xl/styles.xml`.
    pub(super) fn read(text: &str) -> Result<Self, ExchangeError> {
        let mut reader = XmlReader::new(text);
        let mut custom: Vec<(u32, NumberKind)> = Vec::new();
        let mut ids = Vec::new();
        let mut in_cell_formats = false;
        loop {
            let event = reader
                .next()
                .map_err(|error| ExchangeError::Xml { part: "xl/styles.xml".to_owned(), error })?;
            match event {
                Event::Open(element) => match element.name.as_str() {
                    "numFmt" => {
                        let id = element.attribute("numFmtId").and_then(|id| id.parse().ok());
                        if let (Some(id), Some(code)) = (id, element.attribute("formatCode")) {
                            custom.push((id, kind_of_code(code)));
                        }
                    }
                    "cellXfs" => in_cell_formats = true,
                    "xf" if in_cell_formats => {
                        ids.push(
                            element.attribute("numFmtId").and_then(|id| id.parse::<u32>().ok()).unwrap_or(0),
                        );
                    }
                    _ => {}
                },
                Event::Close(name) if name == "cellXfs" => in_cell_formats = false,
                Event::Close(_) | Event::Text(_) => {}
                Event::End => break,
            }
        }
        let kind = |id: &u32| match custom.iter().find(|(known, _)| known == id) {
            Some((_, kind)) => *kind,
            None if matches!(id, 14..=22 | 27..=36 | 45..=47 | 50..=58) => NumberKind::Day,
            None => NumberKind::Plain,
        };
        Ok(Self { formats: ids.iter().map(kind).collect() })
    }

    /// What the numbers of a cell format mean.
    pub(super) fn kind(&self, format: usize) -> NumberKind {
        self.formats.get(format).copied().unwrap_or(NumberKind::Plain)
    }
}

/// A format is one of days when it has a letter for years, months, days, hours or seconds outside quotes and brackets.
fn kind_of_code(code: &str) -> NumberKind {
    let (mut in_quotes, mut in_brackets, mut escaped) = (false, false, false);
    for c in code.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' | '_' | '*' if !in_quotes => escaped = true,
            '"' => in_quotes = !in_quotes,
            '[' if !in_quotes => in_brackets = true,
            ']' if !in_quotes => in_brackets = false,
            'y' | 'Y' | 'd' | 'D' | 'm' | 'M' | 'h' | 'H' | 's' | 'S' if !in_quotes && !in_brackets => {
                return NumberKind::Day;
            }
            ';' if !in_quotes => break,
            _ => {}
        }
    }
    NumberKind::Plain
}

impl DateSystem {
    /// A number as `YYYY-MM-DD`, with the time where there is one; `None` before the first day or after the year 9999.
    pub(super) fn day(self, number: f64) -> Option<String> {
        if !(0.0..2_958_466.0).contains(&number) {
            return None;
        }
        let seconds = (number * 86_400.0).round();
        let (days, second) = ((seconds / 86_400.0).floor() as i64, (seconds % 86_400.0) as i64);
        // Days of 1970-01-01; the 1900 system counts a 29 February 1900 that never was as its day 60.
        let days = match self {
            Self::From1900 if days > 60 => days - 25_569,
            Self::From1900 => days - 25_568,
            Self::From1904 => days - 24_107,
        };
        let (year, month, day) = civil(days);
        let date = format!("{year:04}-{month:02}-{day:02}");
        if second == 0 {
            return Some(date);
        }
        Some(format!("{date}T{:02}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60))
    }
}

/// The calendar day of a number of days since 1970-01-01, by eras of 400 years that begin in March.
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let (month, carry) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    (era * 400 + year + carry, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_become_the_days_that_spreadsheets_show() {
        let days = [
            (1.0, "1900-01-01"),
            (59.0, "1900-02-28"),
            (61.0, "1900-03-01"),
            (45_351.0, "2024-02-29"),
            (46_348.0, "2026-11-22"),
        ];
        for (number, day) in days {
            assert_eq!(DateSystem::From1900.day(number).as_deref(), Some(day));
        }
        assert_eq!(DateSystem::From1900.day(46_348.75).as_deref(), Some("2026-11-22T18:00:00"));
        assert_eq!(DateSystem::From1904.day(44_886.0).as_deref(), Some("2026-11-22"));
        assert_eq!(DateSystem::From1900.day(-1.0), None);
        assert_eq!(DateSystem::From1900.day(f64::NAN), None);
        assert_eq!(DateSystem::From1900.day(1e300), None);
    }

    #[test]
    fn formats_of_days_are_told_from_others() {
        for code in ["yyyy-mm-dd", "d/m/yy", "[$-407]d. mmmm yyyy", "hh:mm", "mm:ss.0"] {
            assert_eq!(kind_of_code(code), NumberKind::Day, "{code}");
        }
        for code in ["0.00", "#,##0 \"days\"", "[Red]0", "General", "0.0\\d", "@"] {
            assert_eq!(kind_of_code(code), NumberKind::Plain, "{code}");
        }
    }
}
