//! Persons, places and identifiers as segments of several messages state them: PID, PV1-3, data types CX, PL and XPN.

use seal::Micros;

use crate::hl7::{Component, Field, Path, Precision, Repetition, Segment, Stamp, Zone};
use crate::limits::MOST_IDENTIFIERS;
use crate::person::{Birthday, Identifier, Location, Person, Said, Sex};
use crate::validate::{ErrorKind, Finding};

/// CX; `None` without an id.
pub(crate) fn identifier(from: Repetition<'_>) -> Option<Identifier> {
    let id = from.component(1);
    if id.is_empty() || id.is_null() {
        return None;
    }
    // CX-4 is an HD, whose parts are subcomponents here.
    let authority = from.component(4);
    let namespace = authority.subcomponent(1);
    let authority = if namespace.is_empty() { authority.subcomponent(2) } else { namespace };
    Some(Identifier {
        id: id.text().trim().to_owned(),
        authority: authority.text().into_owned(),
        kind: from.component(5).text().into_owned(),
    })
    .filter(|identifier| !identifier.id.is_empty())
}

/// All repetitions that have an id.
pub(crate) fn identifiers(from: Field<'_>) -> Vec<Identifier> {
    from.repetitions().take(MOST_IDENTIFIERS).filter_map(identifier).collect()
}

/// PL; `None` when no part of it is stated.
pub(crate) fn location(from: Field<'_>) -> Option<Location> {
    let text = |component| {
        let component = from.component(component).subcomponent(1);
        if component.is_null() { String::new() } else { component.text().into_owned() }
    };
    let location = Location { unit: text(1), room: text(2), bed: text(3), facility: text(4) };
    (!location.is_empty()).then_some(location)
}

/// A moment to the minute or finer, or to the day; a remark when something else stands there.
pub(crate) fn moment(
    from: Field<'_>,
    zone: &Zone,
    least: Precision,
    at: Path,
    remarks: &mut Vec<Finding>,
) -> Option<Micros> {
    let stamp = from.component(1);
    if stamp.is_empty() || stamp.is_null() {
        return None;
    }
    let read = Stamp::parse(stamp.raw()).filter(|stamp| stamp.precision() >= least);
    let moment = read.and_then(|stamp| stamp.moment(zone));
    if moment.is_none() {
        remarks.push(Finding::at(at, ErrorKind::DataType));
    }
    moment
}

/// PID, the `occurrence`-th of its message. What cannot be read of it is nothing said, with a remark.
pub(crate) fn person(pid: Segment<'_>, occurrence: u16, remarks: &mut Vec<Finding>) -> Person {
    let at = |field| Path::new(b"PID", field).of_occurrence(occurrence);
    let fields = pid.first_fields::<20>();
    let name = fields.field(5);
    let born = said(fields.field(7).component(1), Birthday::from_hl7).unwrap_or_else(|| {
        remarks.push(Finding::at(at(7), ErrorKind::DataType));
        Said::Nothing
    });
    let sex = said(fields.field(8).component(1), Sex::from_hl7).unwrap_or_else(|| {
        remarks.push(Finding::at(at(8), ErrorKind::TableValue));
        Said::Nothing
    });
    Person {
        identifiers: identifiers(fields.field(3)),
        // XPN-1 is an FN whose first subcomponent is the surname.
        family: text(name.component(1).subcomponent(1)),
        given: given(name),
        born,
        sex,
        account: identifier(fields.field(18).first()),
    }
}

fn given(name: Field<'_>) -> Said<String> {
    match (text(name.component(2)), text(name.component(3))) {
        (Said::This(first), Said::This(further)) => Said::This(format!("{first} {further}")),
        (first, Said::Nothing | Said::None) => first,
        (Said::Nothing | Said::None, further) => further,
    }
}

fn text(from: Component<'_>) -> Said<String> {
    said(from, |text| Some(text.to_owned())).unwrap_or_default()
}

/// `None` when something is said that `read` does not take.
fn said<T>(from: Component<'_>, read: impl Fn(&str) -> Option<T>) -> Option<Said<T>> {
    if from.is_empty() {
        Some(Said::Nothing)
    } else if from.is_null() {
        Some(Said::None)
    } else {
        read(from.text().trim()).map(Said::This)
    }
}
