//! OBX-6: the unit, as UCUM.
//!
//! ```text
//! 264864^MDC_DIM_BEAT_PER_MIN^MDC              by the MDC code or its name
//! 264864^MDC_DIM_BEAT_PER_MIN^MDC^bpm^bpm^UCUM by the MDC code; else by the second triplet
//! /min^/min^UCUM                               as it stands
//! bpm                                          by the table of spellings that need no guess
//! ```

use seal::{Code, Unit};

use crate::hl7::{Field, Repetition};
use crate::nomenclature;

/// Spellings of the field that mean one thing only, and their UCUM unit. Compared without regard to case.
const SPELLINGS: [(&str, &str); 34] = [
    ("%", "%"),
    ("pct", "%"),
    ("bpm", "/min"),
    ("/min", "/min"),
    ("1/min", "/min"),
    ("beats/min", "/min"),
    ("brpm", "/min"),
    ("rpm", "/min"),
    ("breaths/min", "/min"),
    ("mmhg", "mm[Hg]"),
    ("mm hg", "mm[Hg]"),
    ("mm(hg)", "mm[Hg]"),
    ("cmh2o", "cm[H2O]"),
    ("kpa", "kPa"),
    ("c", "Cel"),
    ("cel", "Cel"),
    ("degc", "Cel"),
    ("deg c", "Cel"),
    ("°c", "Cel"),
    ("f", "[degF]"),
    ("degf", "[degF]"),
    ("deg f", "[degF]"),
    ("°f", "[degF]"),
    ("mv", "mV"),
    ("ml", "mL"),
    ("ml/h", "mL/h"),
    ("ml/hr", "mL/h"),
    ("l/min", "L/min"),
    ("mg/dl", "mg/dL"),
    ("mmol/l", "mmol/L"),
    ("kg", "kg"),
    ("cm", "cm"),
    ("ms", "ms"),
    ("msec", "ms"),
];

/// What OBX-6 says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Said {
    /// A unit that is known.
    Known(Unit),
    /// One that is not.
    Unknown,
    /// Nothing.
    Nothing,
}

/// The unit of a row of `metric`.
pub(super) fn unit(field: Field<'_>, metric: Code) -> Said {
    if field.is_empty() {
        // A term that is a pure number needs no unit.
        let pure = nomenclature::by_code(metric).is_some_and(|term| term.ucum.contains(&"1"));
        return if pure { known("1") } else { Said::Nothing };
    }
    // An MDC code by itself says all, and is what nearly all senders send.
    if let Some(unit) = field.leading_number().and_then(|code| nomenclature::unit(Code(code))) {
        return Said::Known(unit);
    }
    let first = field.first();
    match triplet(first, 1).or_else(|| triplet(first, 4)) {
        Some(ucum) => known(ucum),
        None => Said::Unknown,
    }
}

/// The unit, if it is known.
pub(crate) fn unit_of(field: Field<'_>, metric: Code) -> Option<Unit> {
    match unit(field, metric) {
        Said::Known(unit) => Some(unit),
        Said::Unknown | Said::Nothing => None,
    }
}

fn known(ucum: &str) -> Said {
    ucum.parse().map_or(Said::Unknown, Said::Known)
}

/// The triplet whose first component is `start`: code, text, system.
fn triplet<'a>(from: Repetition<'a>, start: usize) -> Option<&'a str> {
    let part = |number| from.component(number).raw().trim();
    let (code, text) = (part(start), part(start + 1));
    match part(start + 2) {
        "UCUM" => ucum(code),
        "MDC" => mdc(code).or_else(|| name(code)).or_else(|| name(text)),
        _ => mdc(code)
            .or_else(|| name(code))
            .or_else(|| name(text))
            .or_else(|| spelling(code))
            .or_else(|| spelling(text)),
    }
}

fn mdc(code: &str) -> Option<&'static str> {
    nomenclature::ucum(Code(code.parse().ok()?))
}

fn name(text: &str) -> Option<&'static str> {
    if text.starts_with("MDC_DIM_") { nomenclature::ucum(nomenclature::by_refid(text)?.code) } else { None }
}

/// A UCUM unit as the sender wrote it, if it can be one.
fn ucum(text: &str) -> Option<&str> {
    text.parse::<Unit>().is_ok().then_some(text)
}

fn spelling(text: &str) -> Option<&'static str> {
    let text = text.trim();
    SPELLINGS.iter().find(|(spelling, _)| spelling.eq_ignore_ascii_case(text)).map(|(_, ucum)| *ucum)
}
