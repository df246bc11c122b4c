//! From a record's rows to readings.

use clinical::hl7::Zone;
use seal::{Decimal, Flags, Micros};

use super::document::Row;
use super::mapping::{Device, Mapping, Value};
use crate::decoded::{Metric, Place};
use crate::{Decoded, Problem, Record, Refusal, Sheet};

/// What a record says.
pub(super) fn read(mapping: &Mapping, record: &Record, zone: &Zone) -> Result<Decoded, Refusal> {
    let rows = Row::all(mapping, &record.original)?;
    let only = rows.len() == 1;
    let mut page = Page { sheet: Sheet::new(), mapping, zone, received: record.received };
    let mut time = record.received;
    for row in &rows {
        match page.row(row) {
            Ok(own) => time = time.or(Some(own)),
            Err(refusal) if only => return Err(refusal),
            Err(Refusal { at, problem }) => page.sheet.reported(at, "item", problem),
        }
    }
    Ok(page.sheet.decoded(&record.device, time.unwrap_or(Micros(0))))
}

struct Page<'a> {
    sheet: Sheet,
    mapping: &'a Mapping,
    zone: &'a Zone,
    received: Option<Micros>,
}

impl Page<'_> {
    /// Writes what a row says; gives its time.
    fn row(&mut self, row: &Row<'_>) -> Result<Micros, Refusal> {
        let mapping = self.mapping;
        let time = self.time(row)?;
        let mut used: Vec<&str> = Vec::new();
        if let Device::From(name) = &mapping.device {
            used.push(name);
            if let Some((at, _)) = row.get(name)? {
                self.sheet.kept(at, name, "names the device");
            }
        }
        if let Some(stamp) = &mapping.time {
            used.extend(stamp.from.iter().map(String::as_str));
        }
        for value in &mapping.values {
            if let Some(when) = &value.when {
                used.push(&when.column);
                match row.get(&when.column) {
                    Ok(Some((_, text))) if text.trim() == when.is => {}
                    Ok(_) => continue,
                    Err(Refusal { at, problem }) => {
                        self.sheet.reported(at, &when.column, problem);
                        continue;
                    }
                }
            }
            used.push(&value.from);
            self.value(row, value, time);
        }
        for (at, name) in row.others(&used) {
            let known = mapping.ignore.contains(&name);
            self.sheet.kept(
                at,
                &name,
                if known { "ignored by the mapping" } else { "the mapping does not name it" },
            );
        }
        Ok(time)
    }

    fn time(&mut self, row: &Row<'_>) -> Result<Micros, Refusal> {
        let Some(stamp) = &self.mapping.time else {
            return self.received.ok_or_else(|| Refusal::at(row.at(), Problem::Time("nothing".into())));
        };
        let mut parts = Vec::new();
        for name in &stamp.from {
            let missing = || Refusal::at(row.at(), Problem::Unknown { what: "column", found: name.clone() });
            parts.push(row.get(name)?.ok_or_else(missing)?);
        }
        let at = parts.first().map_or(0, |(at, _)| *at);
        let text = parts.iter().map(|(_, text)| text.trim()).collect::<Vec<_>>().join(" ");
        let time = stamp.moment(&text, self.zone).map_err(|problem| Refusal::at(at, problem))?;
        for ((at, _), name) in parts.into_iter().zip(&stamp.from) {
            self.sheet.kept(at, name, "the time");
        }
        Ok(time)
    }

    fn value(&mut self, row: &Row<'_>, value: &Value, time: Micros) {
        let missing = || {
            let problem = Problem::Unknown { what: "column", found: value.from.clone() };
            Refusal::at(row.at(), problem)
        };
        let (at, text) = match row.get(&value.from).and_then(|cell| cell.ok_or_else(missing)) {
            Ok(cell) => cell,
            Err(Refusal { at, problem }) => return self.sheet.reported(at, &value.from, problem),
        };
        let (place, text) = (Place { at, time }, text.trim());
        if self.mapping.missing.iter().any(|word| word == text) {
            return self.sheet.kept(at, &value.from, "stands for no value");
        }
        let Some(unit) = value.unit else {
            return self.sheet.text(place, &value.from, value.code, text.to_owned(), Flags::NONE);
        };
        let read = number(text, self.mapping.decimal_comma).and_then(|(number, flags)| {
            let number = value.factor.map_or(Some(number), |factor| product(number, factor));
            number
                .map(|number| (number, flags))
                .ok_or_else(|| Problem::Range(text.chars().take(40).collect()))
        });
        match read {
            Ok((number, flags)) => {
                let metric = Metric { code: value.code, unit: Some(unit), said: "" };
                self.sheet.value(place, &value.from, metric, number, flags);
            }
            Err(problem) => self.sheet.reported(at, &value.from, problem),
        }
    }
}

/// A number as files have it: a sign, a point or comma, a power of ten; with `<` or `>` it is where the device's scale ends, and doubtful.
fn number(text: &str, comma: bool) -> Result<(Decimal, Flags), Problem> {
    let wrong = || Problem::Syntax(format!("{:?} is no number", text.chars().take(40).collect::<String>()));
    let bound = text.trim_start_matches(['<', '>', '=']);
    let flags = if bound.len() < text.len() { Flags::QUESTIONABLE } else { Flags::NONE };
    let plain = bound.trim().trim_start_matches('+');
    let plain = if comma { plain.replace(',', ".") } else { plain.to_owned() };
    let (digits, power) = match plain.split_once(['e', 'E']) {
        Some((digits, power)) => (digits, power.trim_start_matches('+').parse::<i8>().map_err(|_| wrong())?),
        None => (plain.as_str(), 0),
    };
    let number: Decimal = digits.parse().map_err(|_| wrong())?;
    let exponent = number.exponent.checked_add(power).ok_or_else(wrong)?;
    Decimal::new(number.mantissa, exponent).map(|number| (number, flags)).ok_or_else(wrong)
}

/// The exact product, if 64 bits hold it.
fn product(one: Decimal, other: Decimal) -> Option<Decimal> {
    Decimal::new(one.mantissa.checked_mul(other.mantissa)?, one.exponent.checked_add(other.exponent)?)
}
