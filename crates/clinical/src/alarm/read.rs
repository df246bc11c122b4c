//! From a message to alarms.

use seal::{Code, Micros, Unit};

use super::{Alarm, EVENT, Inactivation, Kind, Measured, Notice, Phase, Priority, State};
use crate::account::{Account, Fate, Place, Reason};
use crate::demographics::{location, moment, person};
use crate::header::{self, Header};
use crate::hl7::{Message, Path, Precision, Segment, Zone};
use crate::nomenclature;
use crate::pcd::{DeviceClaim, parse_decimal, unit_of};
use crate::person::{Location, Person};
use crate::validate::{ErrorKind, Finding};

/// MDC's partition of events.
const EVENTS: std::ops::Range<u32> = 3 << 16..4 << 16;

/// What a row of an alarm says, by its code or name.
#[derive(Clone, Copy)]
enum Facet {
    Event(Code),
    Source,
    Phase,
    State,
    Inactivation,
    Priority,
    Kind,
    Text,
}

impl Facet {
    fn of(obx: Segment<'_>) -> Option<Self> {
        let identifier = obx.field(3);
        let (code, name) = (identifier.component(1).raw().trim(), identifier.component(2).raw().trim());
        match (code, name) {
            ("68480", _) | (_, "MDC_ATTR_ALERT_SOURCE") => Some(Self::Source),
            ("68481" | "68165", _) | (_, "MDC_ATTR_EVENT_PHASE") => Some(Self::Phase),
            ("68482" | "68166", _) | (_, "MDC_ATTR_ALARM_STATE") => Some(Self::State),
            ("68483" | "68167", _) | (_, "MDC_ATTR_ALARM_INACTIVATION_STATE") => Some(Self::Inactivation),
            ("68484" | "68168", _) | (_, "MDC_ATTR_ALARM_PRIORITY") => Some(Self::Priority),
            ("68485", _) | (_, "MDC_ATTR_ALERT_TYPE") => Some(Self::Kind),
            ("68546", _) | (_, "MDC_ATTR_ALERT_TEXT") => Some(Self::Text),
            _ => code.parse().ok().filter(|code| EVENTS.contains(code)).map(|code| Self::Event(Code(code))),
        }
    }
}

/// Reads a message of alarms whose stamps without an offset are of `zone` when MSH-7 has none either.
///
/// # Errors
/// The first thing without which an alarm means nothing: another type of message, no order, no id, no event, no phase.
pub fn read(message: &Message<'_>, zone: &Zone) -> Result<Notice, Finding> {
    let header = Header::of(message, zone);
    if header.kind != header::Kind::Alarm {
        return Err(Finding::at(Path::new(b"MSH", 9).with_component(1), ErrorKind::MessageType));
    }
    let mut reader = Reader {
        header: &header,
        patient: None,
        location: None,
        device: None,
        open: None,
        counts: [0; 2],
        alarms: Vec::new(),
        remarks: Vec::new(),
        account: Account::open(message),
    };
    for segment in message.segments() {
        reader.segment(*segment)?;
    }
    reader.close()?;
    let Reader { patient, location, device, alarms, remarks, account, .. } = reader;
    if alarms.is_empty() {
        return Err(Finding::at(Path::new(b"OBR", 3), ErrorKind::SegmentSequence));
    }
    let device = device.unwrap_or_else(|| DeviceClaim::of_sender(&header.application));
    Ok(Notice { header, patient: patient.unwrap_or_default(), location, device, alarms, remarks, account })
}

/// An alarm whose rows are still being read.
struct Open {
    alarm: Alarm,
    event: Option<Code>,
    phase: Option<Phase>,
}

struct Reader<'h> {
    header: &'h Header,
    patient: Option<Person>,
    location: Option<Location>,
    device: Option<DeviceClaim>,
    open: Option<Open>,
    /// How many OBR and OBX have come.
    counts: [u16; 2],
    alarms: Vec<Alarm>,
    remarks: Vec<Finding>,
    account: Account,
}

impl Reader<'_> {
    fn segment(&mut self, segment: Segment<'_>) -> Result<(), Finding> {
        match segment.name() {
            "PID" if self.patient.is_none() => {
                self.patient = Some(person(segment, 1, &mut self.remarks));
                self.account.set(segment, Fate::Mapped(Place::Patient));
            }
            "PID" => self.account.set(segment, Fate::Reported(Reason::OutOfPlace)),
            "PV1" if self.location.is_none() => {
                self.location = location(segment.field(3));
                self.account.set(segment, Fate::Mapped(Place::Visit));
            }
            "OBR" => self.order(segment)?,
            "OBX" => self.row(segment),
            _ => {}
        }
        Ok(())
    }

    fn order(&mut self, obr: Segment<'_>) -> Result<(), Finding> {
        self.close()?;
        let [orders, _] = &mut self.counts;
        *orders = orders.saturating_add(1);
        let at = |field| Path::new(b"OBR", field).of_occurrence(*orders);
        let id = obr.field(3).component(1).text().into_owned();
        if id.is_empty() {
            return Err(Finding::at(at(3).with_component(1), ErrorKind::RequiredField));
        }
        // EIP: placer and filler, EIs of subcomponents.
        let (placer, filler) = (obr.field(29).component(1), obr.field(29).component(2));
        let parent = if filler.is_empty() { placer } else { filler }.subcomponent(1).text().into_owned();
        let time = moment(obr.field(7), &self.header.zone, Precision::Minute, at(7), &mut self.remarks);
        let alarm = Alarm {
            instance: if parent.is_empty() { id.clone() } else { parent },
            id,
            event: Code(0),
            text: String::new(),
            source: None,
            measured: None,
            limits: String::new(),
            phase: Phase::Start,
            state: None,
            inactivation: Vec::new(),
            priority: None,
            kind: None,
            time: time.or(self.header.sent),
        };
        self.open = Some(Open { alarm, event: None, phase: None });
        self.account.set(obr, Fate::Mapped(Place::Order));
        Ok(())
    }

    fn row(&mut self, obx: Segment<'_>) {
        let [_, rows] = &mut self.counts;
        *rows = rows.saturating_add(1);
        let at = |field| Path::new(b"OBX", field).of_occurrence(*rows);
        if let (None, Some(claim)) = (&self.device, DeviceClaim::of(obx.field(18).first())) {
            self.device = Some(claim);
        }
        let Some(open) = &mut self.open else {
            self.account.set(obx, Fate::Reported(Reason::OutOfPlace));
            return;
        };
        let fate = match Facet::of(obx) {
            _ if obx.field(5).is_empty() => {
                let named = !obx.field(18).is_empty();
                if named { Fate::Mapped(Place::Device(0)) } else { Fate::Kept(Reason::NoValue) }
            }
            Some(facet) if open.take(facet, obx) => Fate::Mapped(Place::Alarm),
            Some(_) => {
                self.remarks.push(Finding::at(at(5), ErrorKind::TableValue));
                Fate::Reported(Reason::BadValue)
            }
            None if open.measure(obx) => Fate::Mapped(Place::Alarm),
            None => Fate::Kept(Reason::Facet),
        };
        if let Some(time) =
            Some(obx.field(14)).filter(|time| !time.is_empty() && matches!(fate, Fate::Mapped(Place::Alarm)))
        {
            open.time(moment(time, &self.header.zone, Precision::Minute, at(14), &mut self.remarks));
        }
        self.account.set(obx, fate);
    }

    /// Ends the alarm that is being read.
    fn close(&mut self) -> Result<(), Finding> {
        let Some(Open { alarm, event, phase }) = self.open.take() else { return Ok(()) };
        let [orders, _] = self.counts;
        let missing =
            |field| Finding::at(Path::new(b"OBX", field).of_occurrence(orders), ErrorKind::SegmentSequence);
        let (event, phase) = (event.ok_or(missing(3))?, phase.ok_or(missing(5))?);
        self.alarms.push(Alarm { event, phase, ..alarm });
        Ok(())
    }
}

impl Open {
    fn time(&mut self, time: Option<Micros>) {
        self.alarm.time = time.or(self.alarm.time);
    }

    /// Takes what a row says; false when its word is none of the table's.
    fn take(&mut self, facet: Facet, obx: Segment<'_>) -> bool {
        let value = obx.field(5);
        let word = value.component(1).raw().trim();
        match facet {
            Facet::Event(code) => self.event(code, obx),
            Facet::Source => self.alarm.source = self.alarm.source.or(word.parse().ok().map(Code)),
            Facet::Phase => return set(&mut self.phase, Phase::parse(word)),
            Facet::State => return set(&mut self.alarm.state, State::parse(word)),
            Facet::Inactivation => {
                let words = value.repetitions().map(|it| Inactivation::parse(it.component(1).raw().trim()));
                match words.collect::<Option<Vec<_>>>() {
                    Some(all) => self.alarm.inactivation = all,
                    None => return false,
                }
            }
            Facet::Priority => return set(&mut self.alarm.priority, Priority::parse(word)),
            Facet::Kind => return set(&mut self.alarm.kind, Kind::parse(word)),
            Facet::Text => self.alarm.text = value.component(1).text().into_owned(),
        }
        true
    }

    /// The event's row: the event is in OBX-3, or in OBX-5 when OBX-3 says only that it is one. What else is in OBX-5 is the source or words.
    fn event(&mut self, code: Code, obx: Segment<'_>) {
        let value = obx.field(5);
        let inner = value.component(1).raw().trim().parse().ok().map(Code);
        let generic = code.to_string() == EVENT;
        match inner {
            Some(event) if generic => self.event = Some(event),
            Some(source) => (self.event, self.alarm.source) = (Some(code), Some(source)),
            None => self.event = Some(code),
        }
        if self.alarm.text.is_empty() {
            // CWE-9 is the original text.
            let words = [value.component(9), value.component(2), value.component(1)].map(|part| part.text());
            let words = words.into_iter().find(|words| !words.is_empty() && words.parse::<u32>().is_err());
            self.alarm.text = words.unwrap_or_default().into_owned();
        }
        for word in obx.field(8).repetitions() {
            let word = word.component(1).raw().trim();
            self.alarm.priority = self.alarm.priority.or(Priority::parse(word));
            self.alarm.kind = self.alarm.kind.or(Kind::parse(word));
        }
    }

    /// The value that the alarm is about; false when the row holds none.
    fn measure(&mut self, obx: Segment<'_>) -> bool {
        let code = obx.field(3).component(1).raw().trim().parse().ok().map(Code);
        let (Some(code), Some(value)) = (code, parse_decimal(obx.field(5).raw().trim())) else {
            return false;
        };
        let unit: Option<Unit> = unit_of(obx.field(6), code);
        let known =
            nomenclature::by_code(code).is_some_and(|term| term.kind == nomenclature::Kind::Attribute);
        if known || self.alarm.measured.is_some() {
            return false;
        }
        self.alarm.source = Some(code);
        self.alarm.measured = Some(Measured { value, unit });
        self.alarm.limits = obx.field(7).first().component(1).text().into_owned();
        true
    }
}

fn set<T>(to: &mut Option<T>, word: Option<T>) -> bool {
    let known = word.is_some();
    if known {
        *to = word;
    }
    known
}
