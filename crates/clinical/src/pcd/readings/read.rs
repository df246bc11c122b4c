//! The walk over a message's segments.

use seal::{Micros, Reading};

use super::device::Devices;
use super::row::{self, Row, Taken};
use super::wave::Rates;
use super::{Decoded, Origin, SealClaim, Withdrawn};
use crate::account::{Account, Fate, Place, Reason};
use crate::demographics::{location, person};
use crate::header::{Header, Kind};
use crate::hl7::{Message, Path, Precision, Segment, Stamp, Zone};
use crate::limits::MOST_OBSERVATIONS;
use crate::pcd::{Containment, ObxRow, Processing, SealName};
use crate::person::{Location, Person};
use crate::validate::{ErrorKind, Finding};

/// Most remarks on one message; the sender's people will look at the first ones first.
const MOST_REMARKS: usize = 20;

/// Reads a message of measurements. `zone` is where its sender's clock is, for stamps without an offset when MSH-7 has none either.
///
/// # Errors
/// What makes the whole of it unreadable: another type of message, two different patients, or no time at all.
pub fn readings(message: &Message<'_>, zone: &Zone) -> Result<Decoded, Finding> {
    let header = Header::of(message, zone);
    if header.kind != Kind::Observations {
        let at = Path::new(b"MSH", 9);
        return Err(if header.event.starts_with("ORU^") {
            Finding::at(at.with_component(2), ErrorKind::EventCode)
        } else {
            Finding::at(at.with_component(1), ErrorKind::MessageType)
        });
    }
    let mut walk = Walk::new(message, &header);
    for segment in message.segments() {
        walk.segment(message, *segment)?;
    }
    let time =
        walk.base.or(header.sent).ok_or(Finding::at(Path::new(b"OBR", 7), ErrorKind::RequiredField))?;
    Ok(Decoded {
        patient: walk.patient.unwrap_or_default(),
        location: walk.location,
        devices: walk.devices.all(&header.application),
        seal: walk.seal,
        time,
        readings: walk.readings,
        origins: walk.origins,
        withdrawn: walk.withdrawn,
        remarks: walk.remarks,
        account: walk.account,
        header,
    })
}

/// The order whose rows are being read.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Order {
    /// OBR-7.
    pub(super) from: Option<Micros>,
    /// OBR-8.
    pub(super) until: Option<Micros>,
}

struct Walk<'h> {
    header: &'h Header,
    patient: Option<Person>,
    location: Option<Location>,
    devices: Devices,
    seal: Option<SealClaim>,
    /// The time that the readings' times count from, once one is known.
    base: Option<Micros>,
    order: Option<Order>,
    rates: Rates,
    /// How many PID, OBR and OBX have come.
    seen: [u16; 3],
    readings: Vec<Reading>,
    origins: Vec<Origin>,
    withdrawn: Vec<Withdrawn>,
    remarks: Vec<Finding>,
    account: Account,
}

impl<'h> Walk<'h> {
    fn new(message: &Message<'_>, header: &'h Header) -> Self {
        let rows = message.segments().len();
        Self {
            header,
            patient: None,
            location: None,
            devices: Devices::default(),
            seal: None,
            base: None,
            order: None,
            rates: Rates::of(message),
            seen: [0; 3],
            readings: Vec::with_capacity(rows),
            origins: Vec::with_capacity(rows),
            withdrawn: Vec::new(),
            remarks: Vec::new(),
            account: Account::open(message),
        }
    }

    fn segment(&mut self, message: &Message<'_>, segment: Segment<'_>) -> Result<(), Finding> {
        match segment.name() {
            "PID" => self.person(segment)?,
            "PV1" => {
                self.location = self.location.take().or_else(|| location(segment.field(3)));
                self.account.set(segment, Fate::Mapped(Place::Visit));
            }
            "OBR" => self.order(segment),
            "OBX" => self.row(message, segment)?,
            "NTE" if self.seal.is_some() && segment.field(3).raw().starts_with("seal-counter=") => {
                self.account.set(segment, Fate::Mapped(Place::Seal));
            }
            _ => {}
        }
        Ok(())
    }

    /// The patient. One who comes again is the same one; another makes the message unreadable, since a batch is of one.
    fn person(&mut self, pid: Segment<'_>) -> Result<(), Finding> {
        let [occurrence, ..] = &mut self.seen;
        *occurrence = occurrence.saturating_add(1);
        let occurrence = *occurrence;
        let person = person(pid, occurrence, &mut self.remarks);
        self.account.set(pid, Fate::Mapped(Place::Patient));
        match &self.patient {
            None => self.patient = Some(person),
            Some(known) if known.identifiers == person.identifiers => {}
            Some(_) => {
                let at = Path::new(b"PID", 3).of_occurrence(occurrence);
                return Err(Finding::at(at, ErrorKind::SegmentSequence));
            }
        }
        Ok(())
    }

    fn order(&mut self, obr: Segment<'_>) {
        let [_, occurrence, _] = &mut self.seen;
        *occurrence = occurrence.saturating_add(1);
        let at = |field| Path::new(b"OBR", field).of_occurrence(*occurrence);
        let fields = obr.first_fields::<10>();
        let mut time = |field: u16| {
            let text = fields.field(field.into()).component(1);
            let moment = self.header.moment(text.raw());
            if moment.is_none() && !text.is_empty() && self.remarks.len() < MOST_REMARKS {
                self.remarks.push(Finding::at(at(field), ErrorKind::DataType));
            }
            moment
        };
        let order = Order { from: time(7), until: time(8) };
        self.base = self.base.or(order.from);
        self.order = Some(order);
        if self.seal.is_none() {
            self.seal = SealName::of_order(obr).map(SealClaim::of);
        }
        self.account.set(obr, Fate::Mapped(Place::Order));
    }

    fn row(&mut self, message: &Message<'_>, segment: Segment<'_>) -> Result<(), Finding> {
        let [.., occurrence] = &mut self.seen;
        *occurrence = occurrence.saturating_add(1);
        let at = |field| Path::new(b"OBX", field).of_occurrence(*occurrence);
        if self.order.is_none() {
            self.remarks.push(Finding::at(at(1), ErrorKind::SegmentSequence));
            // Once is enough to be told.
            self.order = Some(Order::default());
        }
        let base = match self.base.or(self.header.sent) {
            Some(base) => base,
            None => return Err(Finding::at(Path::new(b"OBR", 7), ErrorKind::RequiredField)),
        };
        self.base = Some(base);
        let fields = ObxRow::of(segment);
        let row = Row {
            place: Containment::parse(fields.sub_id.raw().trim()),
            fields,
            segment,
            order: self.order.unwrap_or_default(),
            base,
            header: self.header,
        };
        let device = self.devices.index(row.place);
        if let Some(claim) = row.claim() {
            self.devices.name(device, row.place, claim);
        }
        let mut remark = |field, kind| {
            if self.remarks.len() < MOST_REMARKS {
                self.remarks.push(Finding::at(at(field), kind));
            }
        };
        let taken = if self.readings.len() < MOST_OBSERVATIONS {
            row::take(&row, message, &self.rates, &mut remark)
        } else {
            Taken::Reported(Reason::TooMany)
        };
        let fate = self.keep(taken, segment, device);
        self.account.set(segment, fate);
        Ok(())
    }

    fn keep(&mut self, taken: Taken, segment: Segment<'_>, device: usize) -> Fate {
        match taken {
            Taken::Reading(reading, status) => {
                self.readings.push(staged(reading, self.header.processing));
                self.origins.push(Origin { segment: segment.number(), device, status });
                Fate::Mapped(Place::Reading(self.readings.len() - 1))
            }
            Taken::Withdrawn(code, time, status) => {
                self.withdrawn.push(Withdrawn { code, time, status, device });
                Fate::Mapped(Place::Withdrawn)
            }
            Taken::Device => Fate::Mapped(Place::Device(device)),
            Taken::Rate => Fate::Mapped(Place::Wave),
            Taken::Kept(reason) => Fate::Kept(reason),
            Taken::Reported(reason) => Fate::Reported(reason),
        }
    }
}

/// What is sent for training or debugging is not of a patient, whatever its rows say.
fn staged(mut reading: Reading, processing: Option<Processing>) -> Reading {
    match processing {
        Some(Processing::Production) | None => reading,
        Some(Processing::Training | Processing::Debugging) => {
            let (Reading::Value { flags, .. } | Reading::Wave { flags, .. } | Reading::Text { flags, .. }) =
                &mut reading;
            *flags = *flags | seal::Flags::TEST;
            reading
        }
    }
}

impl Header {
    /// A measurement's moment: to the minute at least, which is how fine some monitors send what was measured once.
    pub(super) fn moment(&self, text: &str) -> Option<Micros> {
        Stamp::parse(text)
            .filter(|stamp| stamp.precision() >= Precision::Minute)
            .and_then(|stamp| stamp.moment(&self.zone))
    }
}
