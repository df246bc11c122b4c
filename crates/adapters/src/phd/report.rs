//! A scan report: observations of objects, fixed (as the configuration lays them out) or variable (each attribute says what it is), of one
//! person or of several (A.11.5).

use clinical::hl7::Zone;
use clinical::nomenclature;
use jiff::civil::DateTime;
use seal::{Code, Flags, Micros};

use super::apdu::{self, Data, Message, SCAN_FIXED, SCAN_MP_FIXED, SCAN_MP_VAR, SCAN_VAR};
use super::attributes as id;
use super::configuration::{Configuration, Object, attributes};
use crate::decoded::{Metric, Place};
use crate::{Cursor, Number, Problem, Refusal, Sheet, clock, float, sfloat};

/// A report while it is read.
struct Scan<'a> {
    sheet: Sheet,
    is_untimed: bool,
    configuration: &'a Configuration,
    received: Option<Micros>,
    /// The agent's relative time when it was sent.
    sent: u32,
    zone: &'a Zone,
}

/// Reads the report that the APDU `original` is, by the configuration report `context`.
pub(super) fn read(
    context: &[u8],
    original: &[u8],
    received: Option<Micros>,
    zone: &Zone,
) -> Result<Scanned, Refusal> {
    let configuration = Configuration::read(Cursor::new(context))
        .map_err(|_| Refusal::at(0, Problem::Order("a report without its configuration")))?;
    let (_, body) = apdu::body(original)?;
    let data = Data::read(body)?;
    let Message::Event { time, kind, mut info, .. } = data.message else {
        return Err(Refusal::at(apdu::HEAD, Problem::Order("no event report")));
    };
    let mut scan = Scan {
        sheet: Sheet::new(),
        is_untimed: false,
        configuration: &configuration,
        received,
        sent: time,
        zone,
    };
    let at = info.at();
    info.u16()?;
    let number = info.at();
    info.u16()?;
    scan.sheet.kept(number, "report number", "tells reports of the agent apart");
    match kind {
        SCAN_FIXED | SCAN_VAR => scan.observations(&mut info, kind == SCAN_FIXED)?,
        SCAN_MP_FIXED | SCAN_MP_VAR => {
            let (count, length) = (info.u16()?, info.u16()?);
            let mut people = info.part(length.into())?;
            for _ in 0..count {
                scan.sheet.kept(
                    people.at(),
                    "person",
                    "who a device's user is, the gateway knows by association",
                );
                people.u16()?;
                scan.observations(&mut people, kind == SCAN_MP_FIXED)?;
            }
            people.end()?;
        }
        other => {
            let problem = Problem::Unknown { what: "event type", found: format!("{other:04X}") };
            return Err(Refusal::at(at, problem));
        }
    }
    info.end()?;
    let is_untimed = scan.is_untimed || !scan.sheet.has_seen_time();
    Ok(Scanned { sheet: scan.sheet, is_untimed })
}

/// What a report says.
pub(super) struct Scanned {
    pub(super) sheet: Sheet,
    /// Whether something in it has no time of its own.
    pub(super) is_untimed: bool,
}

/// An observation's attributes, taken apart.
struct Observation<'a> {
    object: &'a Object,
    attributes: Vec<(u16, Cursor<'a>)>,
    time: Micros,
    unit: Option<u16>,
    flags: Flags,
    is_invalid: bool,
}

impl Scan<'_> {
    /// A list of observations: count, length, then of each its handle and either its bytes or its attributes.
    fn observations(&mut self, from: &mut Cursor<'_>, fixed: bool) -> Result<(), Refusal> {
        let (count, length) = (from.u16()?, from.u16()?);
        let mut list = from.part(length.into())?;
        for _ in 0..count {
            let at = list.at();
            let handle = list.u16()?;
            let configuration = self.configuration;
            let object = configuration.object(handle);
            let attributes = if fixed {
                let length = list.u16()?;
                let mut bytes = list.part(length.into())?;
                object.map_or(Ok(Vec::new()), |object| laid_out(object, &mut bytes))
            } else {
                attributes(&mut list)
            };
            let read = match object {
                Some(object) => attributes.and_then(|attributes| self.observation(object, attributes)),
                None => Err(Refusal::at(
                    at,
                    Problem::Unknown { what: "object with handle", found: handle.to_string() },
                )),
            };
            // Each says its length, so what is wrong with one says nothing of the others.
            if let Err(Refusal { at, problem }) = read {
                self.sheet.reported(at, &format!("observation of object {handle}"), problem);
            }
        }
        list.end()
    }

    fn observation(&mut self, object: &Object, attributes: Vec<(u16, Cursor<'_>)>) -> Result<(), Refusal> {
        let (mut time, mut unit, mut flags, mut is_invalid) = (None, object.unit, Flags::NONE, false);
        for (attribute, value) in &attributes {
            let (at, mut value) = (value.at(), value.clone());
            match *attribute {
                id::TIME_ABSOLUTE => time = self.absolute(&mut value)?,
                id::TIME_BASE_OFFSET => time = base_offset(&mut value)?,
                id::TIME_RELATIVE => time = self.relative(value.u32()?),
                id::UNIT => unit = Some(value.u16()?),
                id::STATUS => (flags, is_invalid) = worth(value.u16()?),
                _ => continue,
            }
            value.end()?;
            self.sheet.kept(at, "time, unit or status", "said by the readings");
        }
        self.is_untimed |= time.is_none();
        let at = attributes.first().map_or(0, |(_, value)| value.at());
        let Some(time) = time.or(self.received) else {
            // A report without a time is read when it came; who looks only whether it has one reads it without.
            self.sheet.reported(at, "observation", Problem::Time("nothing".into()));
            return Ok(());
        };
        self.sheet.see(time);
        let observation = Observation { object, attributes, time, unit, flags, is_invalid };
        for (attribute, value) in observation.attributes.clone() {
            self.attribute(&observation, attribute, value)?;
        }
        Ok(())
    }

    fn attribute(
        &mut self,
        of: &Observation<'_>,
        attribute: u16,
        mut value: Cursor<'_>,
    ) -> Result<(), Refusal> {
        let (at, code) = (value.at(), of.object.code);
        let place = Place { at, time: of.time };
        match attribute {
            id::NUMBER_BASIC => self.number(of, place, code, sfloat(value.u16()?)),
            id::NUMBER_SIMPLE => self.number(of, place, code, float(value.u32()?)),
            id::NUMBER => {
                let (metric, state, unit) = (value.u16()?, value.u16()?, value.u16()?);
                let (flags, is_invalid) = worth(state);
                let own = Observation {
                    object: of.object,
                    attributes: Vec::new(),
                    time: of.time,
                    unit: Some(unit),
                    flags: of.flags | flags,
                    is_invalid: of.is_invalid || is_invalid,
                };
                self.number(&own, place, of.object.term(metric), float(value.u32()?));
            }
            id::COMPOUND_BASIC | id::COMPOUND_SIMPLE => self.compound(of, attribute, &mut value)?,
            id::WORD => {
                let term = value.u16()?;
                let partition = of.object.words.map_or(code.0 >> 16, u32::from);
                let word = Code(partition << 16 | u32::from(term));
                let name = nomenclature::refid(word);
                let text = if name.is_empty() { format!("MDC {word}") } else { name.to_owned() };
                self.sheet.text(place, "term", code, text, of.flags);
            }
            id::STRING => {
                let length = value.u16()?;
                let text = String::from_utf8_lossy(value.take(length.into())?);
                self.sheet.text(place, "string", code, text.trim_end_matches('\0').to_owned(), of.flags);
            }
            id::BITS_BASIC => {
                let bits = value.u16()?;
                self.sheet.text(place, "bits", code, format!("bits {bits:04X}"), of.flags);
            }
            id::BITS_SIMPLE => {
                let bits = value.u32()?;
                self.sheet.text(place, "bits", code, format!("bits {bits:08X}"), of.flags);
            }
            id::TIME_ABSOLUTE | id::TIME_BASE_OFFSET | id::TIME_RELATIVE | id::UNIT | id::STATUS => {
                return Ok(());
            }
            other => {
                match id::OTHERS.iter().find(|(known, _)| *known == other) {
                    Some((_, what)) => self.sheet.kept(at, what, "no reading is made of it"),
                    None => {
                        let problem = Problem::Unknown { what: "attribute", found: format!("{other:04X}") };
                        self.sheet.reported(at, "attribute", problem);
                    }
                }
                return Ok(());
            }
        }
        value.end()
    }

    fn compound(
        &mut self,
        of: &Observation<'_>,
        attribute: u16,
        value: &mut Cursor<'_>,
    ) -> Result<(), Refusal> {
        let (count, length) = (value.u16()?, value.u16()?);
        let mut numbers = value.part(length.into())?;
        for index in 0..usize::from(count) {
            let place = Place { at: numbers.at(), time: of.time };
            let number = match attribute {
                id::COMPOUND_BASIC => sfloat(numbers.u16()?),
                _ => float(numbers.u32()?),
            };
            match of.object.parts.get(index) {
                Some(term) => self.number(of, place, of.object.term(*term), number),
                None => {
                    let problem = Problem::Unknown {
                        what: "term of the compound's number",
                        found: (index + 1).to_string(),
                    };
                    self.sheet.reported(place.at, "number", problem);
                }
            }
        }
        numbers.end()
    }

    fn number(&mut self, of: &Observation<'_>, place: Place, code: Code, number: Number) {
        if of.is_invalid {
            return self.sheet.kept(place.at, "number", "the agent says that it is not valid");
        }
        let digits = of.unit.map_or_else(String::new, |unit| format!("(MDC {})", 0x4_0000 | u32::from(unit)));
        let metric = match of.unit {
            Some(unit) => Metric::mdc(code, unit, &digits),
            None => Metric { code, unit: None, said: "" },
        };
        self.sheet.number(place, "number", metric, number, of.flags);
    }

    /// A clock's face in binary-coded decimals: century, year, month, day, hour, minute, second, hundredths. All noughts: not set.
    fn absolute(&self, value: &mut Cursor<'_>) -> Result<Option<Micros>, Refusal> {
        let at = value.at();
        let bytes = value.take(8)?;
        if bytes.iter().all(|byte| *byte == 0) {
            return Ok(None);
        }
        let shown = hex::encode(bytes);
        let wrong = || Refusal::at(at, Problem::Time(shown.clone()));
        let two = |index: usize| shown.get(2 * index..2 * index + 2).and_then(|two| two.parse::<i8>().ok());
        let all = || {
            let year = i16::from(two(0)?) * 100 + i16::from(two(1)?);
            let nanos = i32::from(two(7)?) * 10_000_000;
            DateTime::new(year, two(2)?, two(3)?, two(4)?, two(5)?, two(6)?, nanos).ok()
        };
        let time = all().and_then(|face| clock::moment(face, self.zone));
        time.map(Some).ok_or_else(wrong)
    }

    /// So long before the report came as the agent's clock says.
    fn relative(&self, stamp: u32) -> Option<Micros> {
        /// The agent's clock is not known.
        const UNKNOWN: u32 = u32::MAX;
        let received = self.received?;
        let eighths = if self.sent == UNKNOWN { 0 } else { self.sent.wrapping_sub(stamp) };
        clock::within(received.plus(-i64::from(eighths) * 125))
    }
}

/// The attributes of a fixed observation, as the object lays them out.
fn laid_out<'a>(object: &Object, bytes: &mut Cursor<'a>) -> Result<Vec<(u16, Cursor<'a>)>, Refusal> {
    let mut found = Vec::new();
    for (attribute, length) in &object.map {
        found.push((*attribute, bytes.part(usize::from(*length))?));
    }
    bytes.end()?;
    Ok(found)
}

/// Seconds since 1900 in UTC, a fraction of 65,536, and the minutes by which the agent's face is off, which change nothing.
fn base_offset(value: &mut Cursor<'_>) -> Result<Option<Micros>, Refusal> {
    /// Seconds from 1900 to 1970.
    const EPOCH: i64 = 2_208_988_800;
    let at = value.at();
    let (seconds, fraction, _) = (value.u32()?, value.u16()?, value.u16()?);
    let micros = (i64::from(seconds) - EPOCH) * 1_000_000 + i64::from(fraction) * 1_000_000 / 65_536;
    clock::within(Micros(micros)).map(Some).ok_or_else(|| Refusal::at(at, Problem::Time(seconds.to_string())))
}

/// `MeasurementStatus`: what a value is worth, and whether it is none. The first bit is the greatest.
fn worth(bits: u16) -> (Flags, bool) {
    const MEANING: [(u16, Flags); 5] = [
        (0x4000, Flags::QUESTIONABLE),
        (0x1000, Flags::CALIBRATING),
        (0x0800, Flags::TEST),
        (0x0400, Flags::SIMULATED),
        (0x0040, Flags::EARLY),
    ];
    const INVALID: u16 = 0x8000;
    const NOT_AVAILABLE: u16 = 0x2000;
    let set = MEANING.into_iter().filter(|(bit, _)| bits & bit != 0);
    (set.fold(Flags::NONE, |all, (_, flag)| all | flag), bits & (INVALID | NOT_AVAILABLE) != 0)
}
