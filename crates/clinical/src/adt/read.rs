//! From a message to events.

use seal::Micros;

use super::{Change, Event, Notice, Trigger, Visit};
use crate::account::{Account, Fate, Place, Reason};
use crate::demographics::{identifier, identifiers, location, moment, person};
use crate::header::Header;
use crate::hl7::{Message, Path, Precision, Segment, Zone};
use crate::validate::{ErrorKind, Finding};

/// Reads an ADT message whose stamps without an offset are of `zone` when MSH-7 has none either.
///
/// # Errors
/// The first thing without which the event means nothing: another type of message, nobody named, no visit, nothing to merge.
pub fn read(message: &Message<'_>, zone: &Zone) -> Result<Notice, Finding> {
    let header = Header::of(message, zone);
    let event = message.segments().first().map(|header| header.field(9));
    let (kind, code) = event.map_or(("", ""), |field| (field.component(1).raw(), field.component(2).raw()));
    let at = Path::new(b"MSH", 9);
    if kind != "ADT" {
        return Err(Finding::at(at.with_component(1), ErrorKind::MessageType));
    }
    let trigger = Trigger::parse(code).ok_or(Finding::at(at.with_component(2), ErrorKind::EventCode))?;
    let mut reader = Reader { zone: &header.zone, remarks: Vec::new(), account: Account::open(message) };
    let at = reader.happened(message).or(header.sent);
    let groups = groups(message, trigger);
    if groups.is_empty() {
        return Err(Finding::at(Path::new(b"PID", 3), ErrorKind::SegmentSequence));
    }
    let mut events = Vec::with_capacity(groups.len());
    for (group, occurrence) in groups.iter().zip(1_u16..) {
        events.push(reader.event(group, occurrence, trigger, at)?);
    }
    reader.strays(message, &groups);
    let Reader { remarks, account, .. } = reader;
    Ok(Notice { header, events, remarks, account })
}

/// The segments of one patient.
struct Group<'a> {
    pid: Segment<'a>,
    mrg: Option<Segment<'a>>,
    pv1: Option<Segment<'a>>,
}

/// One group; of a merge, one for each PID.
fn groups<'a>(message: &Message<'a>, trigger: Trigger) -> Vec<Group<'a>> {
    let mut groups: Vec<Group<'a>> = Vec::new();
    for segment in message.segments().iter().copied() {
        let one_is_all = !groups.is_empty() && trigger != Trigger::Merge;
        match (segment.name(), groups.last_mut()) {
            ("PID", _) if !one_is_all => groups.push(Group { pid: segment, mrg: None, pv1: None }),
            ("MRG", Some(group)) if group.mrg.is_none() => group.mrg = Some(segment),
            ("PV1", Some(group)) if group.pv1.is_none() => group.pv1 = Some(segment),
            _ => {}
        }
    }
    groups
}

struct Reader<'z> {
    zone: &'z Zone,
    remarks: Vec<Finding>,
    account: Account,
}

impl Reader<'_> {
    /// EVN-6, else EVN-2.
    fn happened(&mut self, message: &Message<'_>) -> Option<Micros> {
        let evn = message.segment("EVN")?;
        self.account.set(evn, Fate::Mapped(Place::Event));
        let mut time = |field: u16| {
            let at = Path::new(b"EVN", field);
            moment(evn.field(field.into()), self.zone, Precision::Minute, at, &mut self.remarks)
        };
        let recorded = time(2);
        time(6).or(recorded)
    }

    fn event(
        &mut self,
        group: &Group<'_>,
        occurrence: u16,
        trigger: Trigger,
        at: Option<Micros>,
    ) -> Result<Event, Finding> {
        let person = person(group.pid, occurrence, &mut self.remarks);
        self.account.set(group.pid, Fate::Mapped(Place::Patient));
        if person.identifiers.is_empty() {
            let at = Path::new(b"PID", 3).of_occurrence(occurrence).with_component(1);
            return Err(Finding::at(at, ErrorKind::RequiredField));
        }
        let change = match trigger {
            Trigger::Admit => Change::Admit(self.visit(group)?),
            Trigger::Transfer => Change::Transfer(self.visit(group)?),
            Trigger::Discharge => Change::Discharge(self.visit(group)?),
            Trigger::Register => Change::Register(self.visit(group)?),
            Trigger::Update => Change::Update(self.visit(group).ok()),
            Trigger::CancelAdmit => Change::CancelAdmit(self.visit(group)?),
            Trigger::CancelTransfer => Change::CancelTransfer(self.visit(group)?),
            Trigger::CancelDischarge => Change::CancelDischarge(self.visit(group)?),
            Trigger::AddPerson => Change::AddPerson,
            Trigger::UpdatePerson => Change::UpdatePerson,
            Trigger::Merge => Change::Merge { retired: self.retired(group, occurrence)? },
        };
        Ok(Event { person, at, change })
    }

    fn retired(
        &mut self,
        group: &Group<'_>,
        occurrence: u16,
    ) -> Result<Vec<crate::person::Identifier>, Finding> {
        let at = Path::new(b"MRG", 1).of_occurrence(occurrence);
        let mrg = group.mrg.ok_or(Finding::at(at, ErrorKind::SegmentSequence))?;
        let retired = identifiers(mrg.field(1));
        if retired.is_empty() {
            return Err(Finding::at(at.with_component(1), ErrorKind::RequiredField));
        }
        self.account.set(mrg, Fate::Mapped(Place::Merged));
        Ok(retired)
    }

    fn visit(&mut self, group: &Group<'_>) -> Result<Visit, Finding> {
        let pv1 = group.pv1.ok_or(Finding::at(Path::new(b"PV1", 2), ErrorKind::SegmentSequence))?;
        self.account.set(pv1, Fate::Mapped(Place::Visit));
        let mut time = |field: u16| {
            let at = Path::new(b"PV1", field);
            moment(pv1.field(field.into()), self.zone, Precision::Day, at, &mut self.remarks)
        };
        let (admitted, discharged) = (time(44), time(45));
        Ok(Visit {
            class: pv1.field(2).component(1).text().into_owned(),
            location: location(pv1.field(3)),
            prior: location(pv1.field(6)),
            number: identifier(pv1.field(19).first()),
            admitted,
            discharged,
        })
    }

    /// Segments that are read, but were in a place where they say nothing to this event.
    fn strays(&mut self, message: &Message<'_>, groups: &[Group<'_>]) {
        for segment in
            message.segments().iter().filter(|it| matches!(it.name(), "PID" | "PV1" | "MRG" | "EVN"))
        {
            let number = segment.number();
            let taken = groups.iter().any(|group| {
                let of_group = [Some(group.pid), group.mrg, group.pv1];
                of_group.into_iter().flatten().any(|it| it.number() == number)
            });
            let is_event = message.segment("EVN").is_some_and(|evn| evn.number() == number);
            if !taken && !is_event {
                self.account.set(*segment, Fate::Reported(Reason::OutOfPlace));
            }
        }
    }
}
