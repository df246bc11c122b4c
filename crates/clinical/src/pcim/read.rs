//! From a message to associations.

use super::{ASSOCIATE, Act, Association, CONDITION, DISASSOCIATE, Notice, SERVICE, Standing, claims};
use crate::account::{Account, Fate, Place, Reason};
use crate::demographics::{location, moment, person};
use crate::header::{Header, Kind};
use crate::hl7::{Message, Path, Precision, Segment, Zone};
use crate::pcd::DeviceClaim;
use crate::person::{Location, Person};
use crate::validate::{ErrorKind, Finding};

/// Reads a message of associations whose stamps without an offset are of `zone` when MSH-7 has none either.
///
/// # Errors
/// The first thing without which an association means nothing: no patient, no device, nothing to do.
pub fn read(message: &Message<'_>, zone: &Zone) -> Result<Notice, Finding> {
    let header = Header::of(message, zone);
    if header.kind != Kind::Association || !claims(message) {
        return Err(Finding::at(Path::new(b"MSH", 9).with_component(1), ErrorKind::MessageType));
    }
    let mut reader = Reader {
        zone: &header.zone,
        remarks: Vec::new(),
        account: Account::open(message),
        patient: None,
        visited: None,
        open: None,
        orders: 0,
        rows: 0,
        done: Vec::new(),
    };
    for segment in message.segments() {
        reader.segment(*segment)?;
    }
    reader.close()?;
    let Reader { remarks, account, patient, done: associations, .. } = reader;
    let patient = patient.ok_or(Finding::at(Path::new(b"PID", 3), ErrorKind::SegmentSequence))?;
    if associations.is_empty() {
        return Err(Finding::at(Path::new(b"OBR", 4), ErrorKind::SegmentSequence));
    }
    Ok(Notice { header, patient, associations, remarks, account })
}

/// An association whose segments are still being read.
struct Open {
    id: String,
    parent: Option<String>,
    said: Option<(Act, Standing)>,
    devices: Vec<DeviceClaim>,
    location: Option<Location>,
    from: Option<seal::Micros>,
    until: Option<seal::Micros>,
    author: Option<String>,
}

struct Reader<'z> {
    zone: &'z Zone,
    remarks: Vec<Finding>,
    account: Account,
    patient: Option<Person>,
    visited: Option<Location>,
    open: Option<Open>,
    orders: u16,
    rows: u16,
    done: Vec<Association>,
}

impl Reader<'_> {
    fn segment(&mut self, segment: Segment<'_>) -> Result<(), Finding> {
        match segment.name() {
            "PID" if self.patient.is_none() => self.patient(segment)?,
            "PID" => self.account.set(segment, Fate::Reported(Reason::OutOfPlace)),
            "PV1" if self.visited.is_none() => {
                self.visited = location(segment.field(3));
                self.account.set(segment, Fate::Mapped(Place::Visit));
            }
            "OBR" => self.order(segment)?,
            "OBX" => self.row(segment)?,
            "PRT" => self.participation(segment),
            _ => {}
        }
        Ok(())
    }

    fn patient(&mut self, pid: Segment<'_>) -> Result<(), Finding> {
        let patient = person(pid, 1, &mut self.remarks);
        if patient.identifiers.is_empty() {
            return Err(Finding::at(Path::new(b"PID", 3).with_component(1), ErrorKind::RequiredField));
        }
        self.patient = Some(patient);
        self.account.set(pid, Fate::Mapped(Place::Patient));
        Ok(())
    }

    fn order(&mut self, obr: Segment<'_>) -> Result<(), Finding> {
        self.close()?;
        self.orders = self.orders.saturating_add(1);
        if obr.field(4).component(1).raw() != SERVICE {
            self.account.set(obr, Fate::Reported(Reason::NoPlace));
            return Ok(());
        }
        let at = |field| Path::new(b"OBR", field).of_occurrence(self.orders);
        let id = obr.field(3).component(1).text().into_owned();
        if id.is_empty() {
            return Err(Finding::at(at(3).with_component(1), ErrorKind::RequiredField));
        }
        // EIP: the filler's number is its second component, an EI of subcomponents.
        let (placer, filler) = (obr.field(29).component(1), obr.field(29).component(2));
        let parent = if filler.is_empty() { placer } else { filler }.subcomponent(1).text().into_owned();
        let from = moment(obr.field(7), self.zone, Precision::Minute, at(7), &mut self.remarks);
        let until = moment(obr.field(8), self.zone, Precision::Minute, at(8), &mut self.remarks);
        let parent = (!parent.is_empty()).then_some(parent);
        let (said, devices, location, author) = (None, Vec::new(), None, None);
        self.open = Some(Open { id, parent, said, devices, location, from, until, author });
        self.account.set(obr, Fate::Mapped(Place::Association));
        Ok(())
    }

    fn row(&mut self, obx: Segment<'_>) -> Result<(), Finding> {
        self.rows = self.rows.saturating_add(1);
        let at = |field| Path::new(b"OBX", field).of_occurrence(self.rows);
        let Some(open) = &mut self.open else {
            self.account.set(obx, Fate::Reported(Reason::OutOfPlace));
            return Ok(());
        };
        if obx.field(3).component(1).raw() != CONDITION {
            return Ok(());
        }
        let act = match obx.field(5).component(1).raw() {
            ASSOCIATE => Act::Associate,
            DISASSOCIATE => Act::Disassociate,
            "" => return Err(Finding::at(at(5), ErrorKind::RequiredField)),
            _ => return Err(Finding::at(at(5), ErrorKind::TableValue)),
        };
        let standing = match obx.field(11).component(1).raw() {
            "F" => Standing::Validated,
            // What is not said to be validated needs validation.
            _ => Standing::NeedsValidation,
        };
        open.said = Some((act, standing));
        self.account.set(obx, Fate::Mapped(Place::Association));
        Ok(())
    }

    fn participation(&mut self, prt: Segment<'_>) {
        let Some(open) = &mut self.open else {
            self.account.set(prt, Fate::Reported(Reason::OutOfPlace));
            return;
        };
        match prt.field(4).component(1).raw() {
            "EQUIP" => {
                let mut devices = prt.field(10).repetitions().filter_map(DeviceClaim::of).peekable();
                if devices.peek().is_none() {
                    self.account.set(prt, Fate::Reported(Reason::Missing));
                    return;
                }
                open.devices.extend(devices);
                open.location = location(prt.field(9)).or_else(|| open.location.take());
            }
            "AUT" => open.author = Some(prt.field(5).component(1).text().into_owned()),
            _ => return,
        }
        self.account.set(prt, Fate::Mapped(Place::Association));
    }

    /// Ends the association that is being read.
    fn close(&mut self) -> Result<(), Finding> {
        let Some(open) = self.open.take() else { return Ok(()) };
        let at = |segment, field| Path::new(segment, field).of_occurrence(self.orders);
        let (act, standing) = open.said.ok_or(Finding::at(at(b"OBX", 3), ErrorKind::SegmentSequence))?;
        // A disassociation may name the association alone.
        if open.devices.is_empty() && !(act == Act::Disassociate && open.parent.is_some()) {
            return Err(Finding::at(at(b"PRT", 10), ErrorKind::RequiredField));
        }
        let Open { id, parent, devices, location, from, until, author, .. } = open;
        let location = location.or_else(|| self.visited.clone());
        self.done.push(Association { id, parent, act, standing, devices, location, from, until, author });
        Ok(())
    }
}
