//! One observation: an OBX row with its types.

use std::borrow::Cow;

use seal::{Code, Decimal, Flags, Micros};

use super::ObxRow;
use crate::hl7::{Field, parse_time};
use crate::limits::MOST_SAMPLES;

/// Where in a device a row belongs: `MDS.VMD.CHAN.METRIC`, and a fifth level for facets of a metric (alarms). Senders change these numbers
/// from message to message; they say what belongs together within one message, nothing more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Containment {
    levels: [u32; 5],
    depth: u8,
}

impl Containment {
    /// Three to five numbers with dots between them.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (mut levels, mut depth, mut digits) = ([0_u32; 5], 0_u8, false);
        for byte in text.bytes() {
            match byte {
                b'0'..=b'9' => {
                    let level = levels.get_mut(usize::from(depth))?;
                    *level = level.checked_mul(10)?.checked_add(u32::from(byte - b'0'))?;
                    digits = true;
                }
                b'.' if digits => (depth, digits) = (depth + 1, false),
                _ => return None,
            }
        }
        if !digits {
            return None;
        }
        depth += 1;
        (depth >= 3).then_some(Self { levels, depth })
    }

    /// The numbers, as many as were sent.
    #[must_use]
    pub fn levels(&self) -> &[u32] {
        self.levels.get(..usize::from(self.depth)).unwrap_or_default()
    }

    /// Whether the row is of a device or a part of one rather than of a metric: its fourth level is 0.
    #[must_use]
    pub fn is_device_level(&self) -> bool {
        self.levels().get(3).is_none_or(|metric| *metric == 0)
    }
}

/// What OBX-11 says (HL7 table 0085).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResultStatus {
    /// `R`: not verified by a person.
    Unverified,
    /// `F`: final, validated.
    Final,
    /// `P`: preliminary.
    Preliminary,
    /// `C`: a correction.
    Corrected,
    /// `W`: it was of another patient.
    WrongPatient,
    /// `X`: no value can be had.
    NoValue,
    /// `D`: to be deleted.
    Deleted,
    /// Another value of the table.
    Other(u8),
}

impl ResultStatus {
    /// From the letter in OBX-11; `None` when it is not in table 0085.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let &[letter] = text.as_bytes() else { return None };
        Some(match letter {
            b'R' => Self::Unverified,
            b'F' => Self::Final,
            b'P' => Self::Preliminary,
            b'C' => Self::Corrected,
            b'W' => Self::WrongPatient,
            b'X' => Self::NoValue,
            b'D' => Self::Deleted,
            b'I' | b'O' | b'S' | b'U' | b'N' | b'B' | b'V' | b'A' => Self::Other(letter),
            _ => return None,
        })
    }
}

/// Why a row has no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// OBX-5 is empty.
    Empty,
    /// OBX-5 holds a number by which senders say "not available": 8388607, or -100 where nothing can be negative.
    Sentinel,
}

/// The value of a row.
#[derive(Debug, Clone, PartialEq)]
pub enum Observed<'a> {
    /// `NM`: one number.
    Number(Decimal),
    /// `NA`: samples of a waveform, `None` where there is none.
    Samples(Vec<Option<Decimal>>),
    /// Any other type, as text: the first component, escapes replaced.
    Text(Cow<'a, str>),
    /// None.
    Missing(Missing),
}

/// One OBX row.
#[derive(Debug, Clone, PartialEq)]
pub struct Observation<'a> {
    /// OBX-3.1: what was observed.
    pub code: Code,
    /// OBX-4: where in the device. Not all senders fill it.
    pub containment: Option<Containment>,
    /// OBX-5, with the type in OBX-2.
    pub value: Observed<'a>,
    /// OBX-6.1: the MDC unit, where it is a number.
    pub unit: Option<Code>,
    /// OBX-8, as far as it tells of the value's worth.
    pub flags: Flags,
    /// OBX-11.
    pub status: Option<ResultStatus>,
    /// OBX-14, otherwise the time of the order (OBR-7).
    pub time: Option<Micros>,
}

/// Why a row cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RowProblem {
    Identifier,
    Number,
    Time,
    TooManySamples,
}

/// Reads a row of the order whose time is `order_time`.
pub(super) fn observation<'a>(
    row: &ObxRow<'a>,
    order_time: Option<Micros>,
) -> Result<Observation<'a>, RowProblem> {
    let code = row.identifier.leading_number().map(Code).ok_or(RowProblem::Identifier)?;
    let unit = row.unit.leading_number().map(Code);
    let time = match row.time.raw() {
        "" => order_time,
        text => Some(parse_time(text).map_err(|_| RowProblem::Time)?),
    };
    Ok(Observation {
        code,
        containment: Containment::parse(row.sub_id.raw()),
        value: value(row, unit)?,
        unit,
        flags: flags(row.flags),
        status: ResultStatus::parse(row.status.raw()),
        time,
    })
}

fn value<'a>(row: &ObxRow<'a>, unit: Option<Code>) -> Result<Observed<'a>, RowProblem> {
    if row.value.is_empty() {
        return Ok(Observed::Missing(Missing::Empty));
    }
    match row.value_type.raw() {
        "NM" => {
            let number = parse_decimal(row.value.raw()).ok_or(RowProblem::Number)?;
            if is_sentinel(number, unit.is_none_or(|unit| NEVER_MINUS_100.contains(&unit))) {
                Ok(Observed::Missing(Missing::Sentinel))
            } else {
                Ok(Observed::Number(number))
            }
        }
        "NA" => samples(row.value),
        _ => Ok(Observed::Text(row.value.component(1).text())),
    }
}

fn samples(field: Field<'_>) -> Result<Observed<'_>, RowProblem> {
    let mut samples = Vec::new();
    for component in field.repetitions().flat_map(|repetition| repetition.components()) {
        if samples.len() >= MOST_SAMPLES {
            return Err(RowProblem::TooManySamples);
        }
        samples.push(match component.raw() {
            "" => None,
            text => Some(parse_decimal(text).ok_or(RowProblem::Number)?),
        });
    }
    Ok(Observed::Samples(samples))
}

/// Units in which nothing measured is below zero: percent, beats, breaths, mmHg of a monitor's range, degrees of a body.
const NEVER_MINUS_100: [Code; 5] =
    [Code(262_688), Code(264_864), Code(264_928), Code(266_016), Code(268_192)];

/// Whether senders send `number` for "not available": 8388607, and -100 where what is measured is `never_negative`.
pub(super) fn is_sentinel(number: Decimal, never_negative: bool) -> bool {
    let is = |sentinel: i64| {
        // With up to three zeros after the point.
        let zeros = u32::try_from(-i32::from(number.exponent)).ok().filter(|zeros| *zeros <= 3);
        zeros.is_some_and(|zeros| number.mantissa == sentinel * 10_i64.pow(zeros))
    };
    is(8_388_607) || (never_negative && is(-100))
}

/// A number as HL7 writes it (data type NM): an optional sign, digits, and an optional point among them.
#[must_use]
pub(crate) fn parse_decimal(text: &str) -> Option<Decimal> {
    let (sign, unsigned) = match text.as_bytes() {
        [b'-', rest @ ..] => (-1, rest),
        [b'+', rest @ ..] => (1, rest),
        rest => (1, rest),
    };
    let (mut mantissa, mut places, mut digits, mut point) = (0_i64, 0_i8, 0_u32, false);
    for byte in unsigned {
        match byte {
            b'0'..=b'9' => {
                mantissa = mantissa.checked_mul(10)?.checked_add(i64::from(byte - b'0'))?;
                digits += 1;
                places += i8::from(point);
            }
            b'.' if !point => point = true,
            _ => return None,
        }
    }
    if digits == 0 { None } else { Decimal::new(sign * mantissa, -places) }
}

/// The words of OBX-8 that tell of a value's worth (PoCD mapping), and what they mean here.
pub(super) const FLAG_WORDS: [(Flags, &str); 5] = [
    (Flags::QUESTIONABLE, "QUES"),
    (Flags::SIMULATED, "DEMO"),
    (Flags::TEST, "TEST"),
    (Flags::CALIBRATING, "CAL"),
    (Flags::EARLY, "EARLY"),
];

fn flags(field: Field<'_>) -> Flags {
    if field.is_empty() {
        return Flags::NONE;
    }
    field.repetitions().fold(Flags::NONE, |all, repetition| {
        let word = repetition.component(1);
        FLAG_WORDS.iter().find(|(_, known)| *known == word.raw()).map_or(all, |(flag, _)| all | *flag)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_they_are_written() {
        for (text, mantissa, exponent) in
            [("37.1", 371, -1), ("-5", -5, 0), ("+3", 3, 0), (".5", 5, -1), ("5.", 5, 0), ("0.940", 940, -3)]
        {
            assert_eq!(parse_decimal(text), Some(Decimal { mantissa, exponent }), "{text}");
        }
        for text in ["", "-", ".", "1.2.3", "1e3", " 1", "99999999999999999999", "0.0000000000000000001", "ë"]
        {
            assert_eq!(parse_decimal(text), None, "{text}");
        }
    }

    #[test]
    fn containment_has_three_to_five_levels() {
        for (text, depth) in [("1.0.0.0", 4), ("1.3.1.150456", 4), ("1.1.1", 3), ("1.1.1.1.7", 5)] {
            assert_eq!(Containment::parse(text).map(|found| found.levels().len()), Some(depth), "{text}");
        }
        for text in ["", "1", "1.1", "1.1.1.1.1.1", "a.b.c", "1..1"] {
            assert_eq!(Containment::parse(text), None, "{text}");
        }
        assert!(Containment::parse("1.3.0.0").unwrap().is_device_level());
        assert!(!Containment::parse("1.3.1.1").unwrap().is_device_level());
    }

    #[test]
    fn sentinels_are_no_values() {
        for (text, never_negative, sentinel) in [
            ("8388607", false, true),
            ("8388607.0", true, true),
            ("-100", true, true),
            ("-100.00", true, true),
            ("-100", false, false),
            ("97", true, false),
            ("-1000", true, false),
        ] {
            let number = parse_decimal(text).unwrap();
            assert_eq!(is_sentinel(number, never_negative), sentinel, "{text}");
        }
    }
}
