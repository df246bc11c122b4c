//! One OBX row: what is to be made of it.

use seal::{Code, Decimal, Flags, Micros, Reading};

use super::read::Order;
use super::wave::{self, Rates};
use super::{DeviceClaim, identify, unit};
use crate::account::Reason;
use crate::header::Header;
use crate::hl7::{Field, Message, Segment};
use crate::nomenclature::{self, Kind};
use crate::pcd::observe::{FLAG_WORDS, is_sentinel, parse_decimal};
use crate::pcd::{Containment, ObxRow, ResultStatus};
use crate::validate::ErrorKind;

/// A row and what stands around it.
pub(super) struct Row<'a> {
    pub(super) fields: ObxRow<'a>,
    /// OBX-4.
    pub(super) place: Option<Containment>,
    pub(super) segment: Segment<'a>,
    pub(super) order: Order,
    /// What the readings' times count from.
    pub(super) base: Micros,
    pub(super) header: &'a Header,
}

/// What was made of a row.
pub(super) enum Taken {
    Reading(Reading, Option<ResultStatus>),
    Withdrawn(Code, Micros, ResultStatus),
    /// It names the device.
    Device,
    /// It is the rate of a waveform.
    Rate,
    Kept(Reason),
    Reported(Reason),
}

impl Row<'_> {
    /// OBX-18, and what kind of device OBX-3 says it is.
    pub(super) fn claim(&self) -> Option<DeviceClaim> {
        let mut claim = DeviceClaim::of(self.fields.equipment.first())?;
        let code = identify::code(self.fields.identifier, None);
        claim.kind = code.filter(|_| self.fields.value.is_empty());
        Some(claim)
    }

    /// OBX-14, else OBR-7, else MSH-7; the error when OBX-14 is no moment.
    fn time(&self) -> Result<Micros, Reason> {
        match self.fields.time.component(1).raw().trim() {
            "" => Ok(self.order.from.or(self.header.sent).unwrap_or(self.base)),
            text => self.header.moment(text).ok_or(Reason::BadTime),
        }
    }
}

/// What is to be made of `row`. `remark` is told of what was taken although it is wrong: the field and the kind of error.
pub(super) fn take(
    row: &Row<'_>,
    message: &Message<'_>,
    rates: &Rates,
    remark: &mut impl FnMut(u16, ErrorKind),
) -> Taken {
    if rates.has(row.segment.number()) {
        return Taken::Rate;
    }
    let fields = &row.fields;
    if fields.value.is_empty() {
        return without_value(row);
    }
    let place = row.place;
    let Some(code) = identify::code(fields.identifier, place) else {
        return Taken::Reported(Reason::UnknownCode);
    };
    if place.is_some_and(|place| place.levels().len() == 5) && !is_measured(code) {
        return Taken::Kept(Reason::Facet);
    }
    let time = match row.time() {
        Ok(time) => time,
        Err(reason) => return Taken::Reported(reason),
    };
    let status = match standing(fields.status, remark) {
        Standing::Result(status) => status,
        Standing::Withdrawn(status) => return Taken::Withdrawn(code, time, status),
        Standing::No(reason) => return Taken::Kept(reason),
    };
    let Some(flags) = worth(fields.flags) else { return Taken::Kept(Reason::NoValue) };
    let dt_us = time.0.saturating_sub(row.base.0);
    if dt_us.unsigned_abs() > seal::limits::DT.unsigned_abs() {
        return Taken::Reported(Reason::TooFar);
    }
    let made = match fields.value_type.raw().trim() {
        "NA" => wave::reading(row, rates, code, time, flags),
        value_type => value(value_type, fields.value, message)
            .and_then(|value| reading(code, dt_us, value, flags, fields.unit, remark)),
    };
    match made {
        Ok(reading) => Taken::Reading(reading, status),
        Err(reason @ (Reason::Sentinel | Reason::NoPlace)) => Taken::Kept(reason),
        Err(reason) => Taken::Reported(reason),
    }
}

/// A row with nothing in OBX-5: it names a device, or says that there is no value.
fn without_value(row: &Row<'_>) -> Taken {
    let place = row.place;
    if !row.fields.equipment.is_empty() {
        Taken::Device
    } else if place.is_some_and(|place| place.is_device_level()) {
        Taken::Kept(Reason::DevicePart)
    } else {
        Taken::Kept(Reason::NoValue)
    }
}

fn is_measured(code: Code) -> bool {
    nomenclature::by_code(code).is_some_and(|term| matches!(term.kind, Kind::Metric | Kind::Wave))
}

enum Standing {
    Result(Option<ResultStatus>),
    Withdrawn(ResultStatus),
    No(Reason),
}

/// OBX-11. A letter that table 0085 does not have is remarked on and taken as none.
fn standing(field: Field<'_>, remark: &mut impl FnMut(u16, ErrorKind)) -> Standing {
    let text = field.component(1).raw().trim();
    let status = ResultStatus::parse(text);
    if status.is_none() {
        remark(11, if text.is_empty() { ErrorKind::RequiredField } else { ErrorKind::TableValue });
    }
    match status {
        None => Standing::Result(None),
        Some(ResultStatus::NoValue) => Standing::No(Reason::NoValue),
        Some(withdrawn @ (ResultStatus::WrongPatient | ResultStatus::Deleted)) => {
            Standing::Withdrawn(withdrawn)
        }
        // I: pending; O: ordered only; N: not asked for.
        Some(ResultStatus::Other(b'I' | b'O' | b'N')) => Standing::No(Reason::NotAResult),
        Some(
            ResultStatus::Unverified
            | ResultStatus::Final
            | ResultStatus::Preliminary
            | ResultStatus::Corrected
            | ResultStatus::Other(_),
        ) => Standing::Result(status),
    }
}

/// Words of OBX-8 by which the value, if there is one, is none.
const NO_VALUE: [&str; 5] = ["INV", "NAV", "NI", "OFF", "BUSY"];

/// OBX-8; `None` when it says that there is no value. A value off the scale is doubtful: it is where the scale ends.
fn worth(field: Field<'_>) -> Option<Flags> {
    let mut all = Flags::NONE;
    if field.is_empty() {
        return Some(all);
    }
    for repetition in field.repetitions() {
        let word = repetition.component(1).raw().trim();
        if NO_VALUE.contains(&word) {
            return None;
        }
        let flag = match word {
            "<" | ">" => Flags::QUESTIONABLE,
            _ => FLAG_WORDS.iter().find(|(_, known)| *known == word).map_or(Flags::NONE, |(flag, _)| *flag),
        };
        all = all | flag;
    }
    Some(all)
}

/// What OBX-5 holds.
enum Value {
    /// A number; `Flags` when it is doubtful.
    Number(Decimal, Flags),
    /// Something that may be a number: words, but a number if the unit says so.
    Words(String),
}

/// Texts by which senders say in a number's place that there is none.
const NO_NUMBER: [&str; 9] = ["-", "--", "---", "----", "-?-", "?", "***", "N/A", "NA"];

fn value(value_type: &str, field: Field<'_>, message: &Message<'_>) -> Result<Value, Reason> {
    match value_type {
        "NM" => number(field.component(1).raw()),
        "SN" => structured(field),
        // A picture or a document, which has no place among readings.
        "ED" | "RP" => Err(Reason::NoPlace),
        "CE" | "CWE" | "CNE" | "CF" => {
            let (code, text) = (field.component(1).text(), field.component(2).text());
            Ok(Value::Words(if text.trim().is_empty() { code } else { text }.into_owned()))
        }
        _ => {
            let lines = field.repetitions().map(|line| message.unescape(line.raw()).into_owned());
            Ok(Value::Words(lines.collect::<Vec<_>>().join("\n")))
        }
    }
}

/// NM, and what senders put in its place: `<40`, `---`.
fn number(text: &str) -> Result<Value, Reason> {
    let text = text.trim();
    if let Some(number) = parse_decimal(text) {
        return Ok(Value::Number(number, Flags::NONE));
    }
    if NO_NUMBER.contains(&text) || text == "\"\"" {
        return Err(Reason::Sentinel);
    }
    let bound = text.trim_start_matches(['<', '>', '=']);
    if bound.len() < text.len()
        && let Some(number) = parse_decimal(bound.trim())
    {
        return Ok(Value::Number(number, Flags::QUESTIONABLE));
    }
    Err(Reason::BadValue)
}

/// SN: comparator, number, separator, number.
fn structured(field: Field<'_>) -> Result<Value, Reason> {
    let part = |component| field.component(component).text().trim().to_owned();
    let (comparator, first, separator, second) = (part(1), part(2), part(3), part(4));
    if !separator.is_empty() || !second.is_empty() {
        return Ok(Value::Words(format!("{comparator}{first}{separator}{second}")));
    }
    number(&format!("{comparator}{first}").replace('=', ""))
}

/// A number with a unit that is known is a value; anything else is a text.
fn reading(
    code: Code,
    dt_us: i64,
    value: Value,
    flags: Flags,
    unit_field: Field<'_>,
    remark: &mut impl FnMut(u16, ErrorKind),
) -> Result<Reading, Reason> {
    let (number, flags, text) = match value {
        Value::Number(number, doubt) => (Some(number), flags | doubt, number.to_string()),
        // Some senders declare numbers as strings; with a unit they are numbers.
        Value::Words(text) if !unit_field.is_empty() => (parse_decimal(text.trim()), flags, text),
        Value::Words(text) => (None, flags, text),
    };
    let Some(value) = number else { return words(code, dt_us, text, flags) };
    match unit::unit(unit_field, code) {
        unit::Said::Known(unit) if is_sentinel(value, never_negative(unit.as_str())) => Err(Reason::Sentinel),
        unit::Said::Known(unit) => Ok(Reading::Value { code, unit, dt_us, value, flags }),
        unit::Said::Unknown | unit::Said::Nothing if is_sentinel(value, true) => Err(Reason::Sentinel),
        unit::Said::Unknown => {
            remark(6, ErrorKind::TableValue);
            words(code, dt_us, format!("{text} {}", unit_field.component(1).text()), flags)
        }
        unit::Said::Nothing => {
            remark(6, ErrorKind::RequiredField);
            words(code, dt_us, text, flags)
        }
    }
}

/// Units in which nothing that a monitor measures is below zero by a hundred.
fn never_negative(ucum: &str) -> bool {
    matches!(ucum, "%" | "/min" | "mm[Hg]" | "Cel")
}

fn words(code: Code, dt_us: i64, text: String, flags: Flags) -> Result<Reading, Reason> {
    if text.len() > seal::limits::TEXT {
        return Err(Reason::TooLong);
    }
    Ok(Reading::Text { code, dt_us, text, flags })
}
