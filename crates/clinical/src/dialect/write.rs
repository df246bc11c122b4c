//! From rows to a message.

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use seal::{Code, Flags, Micros};

use super::condense::round;
use super::template::{OfMessage, OfReading, Piece, Template};
use super::{Averaging, Charset, Dialect, Local, Offset, Row, Scope, Status, Unlisted, Value};
use crate::hl7::{MessageWriter, escape_into};
use crate::nomenclature;
use crate::pcd::Processing;
use crate::person::{Birthday, Location, Patient};

/// What is to be sent, apart from the rows.
#[derive(Debug, Clone, Copy)]
pub struct Sending<'a> {
    /// MSH-3.
    pub application: &'a str,
    /// MSH-4.
    pub facility: &'a str,
    /// MSH-5.
    pub receiving_application: &'a str,
    /// MSH-6.
    pub receiving_facility: &'a str,
    /// MSH-10: never the same for two messages.
    pub control_id: &'a str,
    /// Now.
    pub sent: Micros,
    /// What the message is for.
    pub processing: Processing,
    /// The patient.
    pub patient: &'a Patient,
    /// The account's number; may be empty.
    pub account: &'a str,
    /// The visit's number; may be empty.
    pub visit: &'a str,
    /// Where the patient lies.
    pub location: &'a Location,
    /// The device's id.
    pub device: &'a str,
    /// What the readings are from, the same when they are corrected: the seal's hash, or the interval.
    pub order: &'a str,
    /// Who vouches for them.
    pub vouched: Vouched<'a>,
}

/// Who vouches for the readings of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Vouched<'a> {
    /// The device's seals.
    Sealed,
    /// The source of this name alone.
    NotSealed(&'a str),
}

/// Why a row is not in the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeftOut {
    /// It is simulated or of a test, and the message is for production.
    Staged,
    /// Its code is in no `[[code]]`, and `unlisted` is `leave`.
    Unlisted,
}

/// A message, written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The whole message, for [`Dialect::encode`]; `None` when no row is left to send.
    pub message: Option<String>,
    /// The rows that are not in it, by their index.
    pub left_out: Vec<(usize, LeftOut)>,
}

/// The message of `rows` in `dialect`.
#[must_use]
pub fn write(dialect: &Dialect, sending: &Sending<'_>, rows: &[Row]) -> Written {
    let (mut kept, mut left_out) = (Vec::with_capacity(rows.len()), Vec::new());
    for (index, row) in rows.iter().enumerate() {
        match dialect.leaves_out(row, sending.processing) {
            Some(why) => left_out.push((index, why)),
            None => kept.push((row, dialect.local(row.code))),
        }
    }
    if kept.is_empty() {
        return Written { message: None, left_out };
    }
    let first = kept.iter().map(|(row, _)| row.from).min().unwrap_or(sending.sent);
    let last = kept.iter().map(|(row, _)| row.time).max().unwrap_or(sending.sent);
    let corrects = kept.iter().any(|(row, _)| row.status != Status::New);
    let filler = Filler { dialect, sending, first, last, corrects };
    let mut writer = MessageWriter::new();
    let of_reading = |rule: &&super::SegmentRule| rule.scope == Scope::Reading;
    let start = dialect.segments.iter().take_while(|rule| !of_reading(rule)).count();
    let (before, rest) = dialect.segments.split_at_checked(start).unwrap_or((&dialect.segments, &[]));
    let (each, after) =
        rest.split_at_checked(rest.iter().take_while(of_reading).count()).unwrap_or((rest, &[]));
    for rule in before {
        filler.segment(&mut writer, rule, None);
    }
    let mut seen: BTreeMap<Code, usize> = BTreeMap::new();
    for ((row, local), number) in kept.iter().zip(1_usize..) {
        let nth = seen.entry(row.code).and_modify(|count| *count += 1).or_insert(1);
        for rule in each {
            filler.segment(&mut writer, rule, Some(Filled { row, local: *local, number, nth: *nth }));
        }
    }
    for rule in after {
        filler.segment(&mut writer, rule, None);
    }
    Written { message: Some(writer.finish()), left_out }
}

impl Charset {
    /// As in MSH-18 (HL7 table 0211).
    fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "UNICODE UTF-8",
            Self::Ascii => "ASCII",
            Self::Latin1 => "8859/1",
        }
    }
}

impl Dialect {
    /// Why a row is in no message for this purpose; `None` when it is in one.
    #[must_use]
    pub fn leaves_out(&self, row: &Row, processing: Processing) -> Option<LeftOut> {
        match (processing, self.unlisted, self.local(row.code)) {
            (Processing::Production, _, _) if row.is_staged() => Some(LeftOut::Staged),
            (_, Unlisted::Leave, None) => Some(LeftOut::Unlisted),
            (_, _, _) => None,
        }
    }

    /// A message in the dialect's character set. A character that the set does not have goes out as a question mark.
    #[must_use]
    pub fn encode<'t>(&self, text: &'t str) -> Cow<'t, [u8]> {
        let highest = match self.charset {
            Charset::Utf8 => return Cow::Borrowed(text.as_bytes()),
            Charset::Ascii => 0x7f,
            Charset::Latin1 => 0xff,
        };
        let byte = |it| u8::try_from(it).ok().filter(|byte| *byte <= highest).unwrap_or(b'?');
        Cow::Owned(text.chars().map(byte).collect())
    }
}

/// The reading that a segment is of.
#[derive(Clone, Copy)]
struct Filled<'a> {
    row: &'a Row,
    local: Option<&'a Local>,
    /// Its place in the message, from 1.
    number: usize,
    /// Its place among the values of its code, from 1.
    nth: usize,
}

struct Filler<'a> {
    dialect: &'a Dialect,
    sending: &'a Sending<'a>,
    first: Micros,
    last: Micros,
    corrects: bool,
}

impl Filler<'_> {
    fn segment(&self, writer: &mut MessageWriter, rule: &super::SegmentRule, of: Option<Filled<'_>>) {
        let filled: Vec<(usize, String, bool)> = rule
            .fields
            .iter()
            .map(|(number, template)| {
                let (text, has_value) = self.fill(template, of);
                (*number, text, has_value)
            })
            .collect();
        let says_something = filled.iter().any(|(_, _, has_value)| *has_value);
        if !says_something && rule.fields.iter().any(|(_, template)| template.is_filled()) {
            return;
        }
        writer.segment(rule.name, |segment| {
            filled.iter().for_each(|(number, text, _)| segment.structured(*number, text));
        });
    }

    /// The template's text, without empty components at its end; and whether any name in it has a value.
    fn fill(&self, template: &Template, of: Option<Filled<'_>>) -> (String, bool) {
        let (mut out, mut has_value) = (String::new(), false);
        for piece in &template.pieces {
            let value = match piece {
                Piece::Literal(text) => {
                    out.push_str(text);
                    continue;
                }
                Piece::Message(name) => self.of_message(*name),
                // The parser lets a segment of the message name no reading.
                Piece::Reading(name) => of.map(|of| self.of_reading(*name, of)).unwrap_or_default(),
            };
            has_value |= !value.is_empty();
            escape_into(&value, &mut out);
        }
        out.truncate(out.trim_end_matches(['^', '&']).len());
        (out, has_value)
    }

    fn of_reading(&self, name: OfReading, of: Filled<'_>) -> String {
        let Filled { row, local, number, nth } = of;
        let local = |part: fn(&Local) -> &str, other: &str| local.map_or(other, part).to_owned();
        match name {
            OfReading::RowNumber => number.to_string(),
            OfReading::Type => match &row.value {
                Value::Number(_) => "NM".into(),
                Value::Text(_) => "ST".into(),
            },
            OfReading::Code => local(|it| &it.code, &row.code.to_string()),
            OfReading::Name => local(|it| &it.name, nomenclature::refid(row.code)),
            OfReading::System => local(|it| &it.system, "MDC"),
            OfReading::Mdc => row.code.to_string(),
            OfReading::Value => match (&row.value, of.local.and_then(|it| it.places)) {
                (Value::Number(number), Some(places)) => round(*number, places).to_string(),
                (Value::Number(number), None) => number.to_string(),
                (Value::Text(text), _) => text.clone(),
            },
            OfReading::ValueUnit => {
                of.local.and_then(|it| it.unit.clone()).unwrap_or_else(|| row.unit.clone())
            }
            OfReading::Ucum => row.unit.clone(),
            OfReading::Time => self.stamp(row.time),
            OfReading::Doubt => doubt(row.flags).into(),
            OfReading::Sub if nth == 1 => row.code.to_string(),
            OfReading::Sub => format!("{}.{nth}", row.code),
            OfReading::Status => row.status.letter().into(),
            OfReading::Count => row.count.to_string(),
            OfReading::Averaging => self.averaging(row).word().into(),
            OfReading::From => self.stamp(row.from),
            OfReading::Note => self.note(row),
        }
    }

    /// What was made of the values that a row stands for.
    fn averaging(&self, row: &Row) -> Averaging {
        match row.value {
            Value::Number(_) => self.dialect.averaging_of(row.code),
            Value::Text(_) => Averaging::Last,
        }
    }

    fn note(&self, row: &Row) -> String {
        let of = (self.dialect.interval_s > 0).then(|| {
            let (word, from) = (self.averaging(row).word(), self.stamp(row.from));
            format!("{word} of {} since {from}", row.count)
        });
        let vouched = match self.sending.vouched {
            Vouched::Sealed => None,
            Vouched::NotSealed(source) => Some(format!("not sealed, source {source}")),
        };
        of.into_iter().chain(vouched).collect::<Vec<_>>().join("; ")
    }

    fn of_message(&self, name: OfMessage) -> String {
        let Sending { patient, location, .. } = *self.sending;
        let text = match name {
            OfMessage::Application => self.sending.application,
            OfMessage::Facility => self.sending.facility,
            OfMessage::ReceivingApplication => self.sending.receiving_application,
            OfMessage::ReceivingFacility => self.sending.receiving_facility,
            OfMessage::Now => return self.stamp(self.sending.sent),
            OfMessage::ControlId => self.sending.control_id,
            OfMessage::Processing => self.sending.processing.letter(),
            OfMessage::Version => &self.dialect.version,
            OfMessage::Charset => self.dialect.charset.name(),
            OfMessage::Patient => &patient.identifier,
            OfMessage::Authority => &patient.authority,
            OfMessage::Family => &patient.family,
            OfMessage::Given => &patient.given,
            OfMessage::Born => return patient.born.map(Birthday::hl7).unwrap_or_default(),
            OfMessage::Sex => patient.sex.hl7(),
            OfMessage::Account => self.sending.account,
            OfMessage::Visit => self.sending.visit,
            OfMessage::Unit => &location.unit,
            OfMessage::Room => &location.room,
            OfMessage::Bed => &location.bed,
            OfMessage::Device => self.sending.device,
            OfMessage::Order => self.sending.order,
            OfMessage::First => return self.stamp(self.first),
            OfMessage::Last => return self.stamp(self.last),
            OfMessage::Report if self.corrects => "C",
            OfMessage::Report => "R",
        };
        text.to_owned()
    }

    fn stamp(&self, time: Micros) -> String {
        stamp(time, &self.dialect.zone, self.dialect.offset)
    }
}

/// To the second, in the dialect's zone; empty for what no calendar has.
fn stamp(time: Micros, zone: &TimeZone, offset: Offset) -> String {
    let form = match offset {
        Offset::State => "%Y%m%d%H%M%S%z",
        Offset::Leave => "%Y%m%d%H%M%S",
    };
    let moment = jiff::Timestamp::from_second(time.0.div_euclid(1_000_000));
    moment.map(|moment| moment.to_zoned(zone.clone()).strftime(form).to_string()).unwrap_or_default()
}

fn doubt(flags: Flags) -> &'static str {
    [(Flags::QUESTIONABLE, "QUES"), (Flags::CALIBRATING, "CAL"), (Flags::EARLY, "EARLY")]
        .into_iter()
        .find(|(flag, _)| flags.contains(*flag))
        .map_or("", |(_, word)| word)
}
