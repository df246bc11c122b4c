//! From the values of an interval to one a code.

use std::collections::BTreeMap;

use seal::{Code, Decimal, Flags};

use super::{Averaging, Dialect, Row, Value};

impl Dialect {
    /// One row for each code and unit of `rows`, which are in the order of their times, stamped with the time of the last of them.
    ///
    /// Simulated and test values are never mixed with real ones: they are condensed apart. Doubt about one value is doubt about the mean.
    #[must_use]
    pub fn condense(&self, rows: &[Row]) -> Vec<Row> {
        condense(|code| self.averaging_of(code), rows)
    }
}

fn condense(averaging: impl Fn(Code) -> Averaging, rows: &[Row]) -> Vec<Row> {
    let mut groups: BTreeMap<(usize, Code, &str, u32), Vec<&Row>> = BTreeMap::new();
    let mut first: BTreeMap<(Code, &str, u32), usize> = BTreeMap::new();
    for (index, row) in rows.iter().enumerate() {
        let key = (row.code, row.unit.as_str(), staged(row.flags));
        let place = *first.entry(key).or_insert(index);
        groups.entry((place, key.0, key.1, key.2)).or_default().push(row);
    }
    groups.into_iter().filter_map(|((_, code, _, _), group)| one(averaging(code), &group)).collect()
}

/// The flags that keep values apart.
fn staged(flags: Flags) -> u32 {
    flags.0 & (Flags::SIMULATED.0 | Flags::TEST.0)
}

fn one(averaging: Averaging, group: &[&Row]) -> Option<Row> {
    let count = group.iter().fold(0_u32, |sum, row| sum.saturating_add(row.count));
    let from = group.iter().map(|row| row.from).min()?;
    let last = Row { count, from, ..(*group.last()?).clone() };
    let numbers: Option<Vec<Decimal>> = group
        .iter()
        .map(|row| match &row.value {
            Value::Number(number) => Some(*number),
            Value::Text(_) => None,
        })
        .collect();
    let value = match (averaging, numbers) {
        (Averaging::Mean, Some(numbers)) => mean(&numbers),
        (Averaging::Median, Some(numbers)) => median(numbers),
        (Averaging::Last, _) | (Averaging::Mean | Averaging::Median, None) => None,
    };
    Some(match value {
        None => last,
        Some(value) => {
            let flags = group.iter().fold(Flags::NONE, |all, row| all | row.flags);
            Row { value: Value::Number(value), flags, ..last }
        }
    })
}

/// With as many places as the finest; halves are rounded away from zero. `None` when the numbers do not fit.
fn mean(numbers: &[Decimal]) -> Option<Decimal> {
    let exponent = numbers.iter().map(|number| number.exponent).min()?;
    let mut sum = 0_i128;
    for number in numbers {
        sum = sum.checked_add(in_units_of(*number, exponent)?)?;
    }
    let count = i128::try_from(numbers.len()).ok()?;
    let rounded = (sum.checked_mul(2)? + sum.signum() * count).checked_div(count * 2)?;
    Decimal::new(i64::try_from(rounded).ok()?, exponent)
}

fn median(mut numbers: Vec<Decimal>) -> Option<Decimal> {
    let exponent = numbers.iter().map(|number| number.exponent).min()?;
    numbers.sort_by_key(|number| in_units_of(*number, exponent));
    numbers.get((numbers.len() - 1) / 2).copied()
}

pub(super) fn in_units_of(number: Decimal, exponent: i8) -> Option<i128> {
    let zeros = u32::try_from(number.exponent - exponent).ok()?;
    i128::from(number.mantissa).checked_mul(10_i128.checked_pow(zeros)?)
}

/// `number` with at most `places` after the point; halves are rounded away from zero.
pub(super) fn round(number: Decimal, places: u8) -> Decimal {
    let wanted = -i8::try_from(places).unwrap_or(i8::MAX);
    let excess = u32::try_from(i32::from(wanted) - i32::from(number.exponent)).unwrap_or(0);
    let Some(divisor) = 10_i64.checked_pow(excess).filter(|_| excess > 0) else { return number };
    let half = divisor / 2 * number.mantissa.signum();
    let rounded = number.mantissa.saturating_add(half) / divisor;
    Decimal::new(rounded, wanted).unwrap_or(number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::Status;
    use seal::Micros;

    fn row(code: u32, time: i64, value: &str, flags: Flags) -> Row {
        let value = value.parse().map_or_else(|_| Value::Text(value.into()), Value::Number);
        let (time, status) = (Micros(time), Status::New);
        Row { code: Code(code), unit: "%".into(), time, from: time, count: 1, value, flags, status }
    }

    fn of(count: u32, from: i64, row: Row) -> Row {
        Row { count, from: Micros(from), ..row }
    }

    #[test]
    fn an_interval_becomes_one_row_a_code() {
        let rows = [
            row(1, 1, "96", Flags::NONE),
            row(2, 1, "sinus", Flags::NONE),
            row(1, 2, "97.5", Flags::QUESTIONABLE),
            row(2, 2, "pause", Flags::NONE),
            row(1, 3, "10", Flags::SIMULATED),
            row(1, 4, "97", Flags::NONE),
        ];
        for (averaging, value, flags) in [
            (Averaging::Last, "97", Flags::NONE),
            (Averaging::Mean, "96.8", Flags::QUESTIONABLE),
            (Averaging::Median, "97", Flags::QUESTIONABLE),
        ] {
            let expected = [
                of(3, 1, row(1, 4, value, flags)),
                of(2, 1, row(2, 2, "pause", Flags::NONE)),
                row(1, 3, "10", Flags::SIMULATED),
            ];
            assert_eq!(condense(|_| averaging, &rows), expected, "{averaging:?}");
        }
    }

    #[test]
    fn numbers_are_rounded_away_from_zero() {
        for (number, places, rounded) in [
            ("37.25", 1, "37.3"),
            ("-37.25", 1, "-37.3"),
            ("37.24", 1, "37.2"),
            ("97", 2, "97"),
            ("0.5", 0, "1"),
        ] {
            let (number, rounded): (Decimal, Decimal) = (number.parse().unwrap(), rounded.parse().unwrap());
            assert_eq!(round(number, places), rounded, "{number}");
        }
    }
}
