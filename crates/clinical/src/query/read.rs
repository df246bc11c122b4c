//! From a message to a query.

use super::{Criteria, Form, Query};
use crate::account::{Account, Fate, Place};
use crate::header::{Header, Kind};
use crate::hl7::{Component, Message, Path, Segment, Zone};
use crate::limits::MOST_CRITERIA;
use crate::person::Birthday;
use crate::validate::{ErrorKind, Finding};

/// Reads a query.
///
/// # Errors
/// The first thing that is missing or not understood; [`ErrorKind::UnknownKey`] is a parameter that is not read here.
pub fn read(message: &Message<'_>) -> Result<Query, Finding> {
    let header = Header::of(message, &Zone::UTC);
    if header.kind != Kind::Query {
        return Err(Finding::at(Path::new(b"MSH", 9).with_component(1), ErrorKind::MessageType));
    }
    let mut account = Account::open(message);
    let (form, name) =
        if header.event == "QRY^A19" { (Form::Original, b"QRD") } else { (Form::ByParameter, b"QPD") };
    let missing = |field| Finding::at(Path::new(name, field), ErrorKind::RequiredField);
    let definition = match form {
        Form::Original => message.segment("QRD"),
        Form::ByParameter => message.segment("QPD"),
    };
    let definition = definition.ok_or(Finding::at(Path::new(name, 1), ErrorKind::SegmentSequence))?;
    let (tag, criteria) = match form {
        Form::Original => (definition.field(4).component(1).text().into_owned(), subject(definition)),
        Form::ByParameter => (definition.field(2).component(1).text().into_owned(), parameters(definition)?),
    };
    account.set(definition, Fate::Mapped(Place::Query));
    if criteria == Criteria::default() {
        return Err(missing(if form == Form::Original { 8 } else { 3 }));
    }
    Ok(Query { header, form, tag, criteria, account })
}

/// QRD-8 (XCN): id, family, given; XCN-9 who gave the id.
fn subject(qrd: Segment<'_>) -> Criteria {
    let part = |number| said(qrd.field(8).component(number).subcomponent(1));
    Criteria {
        identifier: part(1),
        family: part(2),
        given: part(3),
        authority: part(9),
        ..Criteria::default()
    }
}

/// QPD-3: each repetition a parameter's name and its value.
fn parameters(qpd: Segment<'_>) -> Result<Criteria, Finding> {
    let mut criteria = Criteria::default();
    for (repetition, number) in qpd.field(3).repetitions().zip(1_u16..) {
        let at = Path::new(b"QPD", 3).of_repetition(number);
        if usize::from(number) > MOST_CRITERIA {
            return Err(Finding::at(at, ErrorKind::Internal));
        }
        let Some(value) = said(repetition.component(2)) else { continue };
        let name = repetition.component(1).text();
        let place = match name.trim() {
            "@PID.3" | "@PID.3.1" => &mut criteria.identifier,
            "@PID.3.4" | "@PID.3.4.1" => &mut criteria.authority,
            // The authority's universal id and the identifier's kind narrow nothing that the namespace does not.
            "@PID.3.4.2" | "@PID.3.4.3" | "@PID.3.5" => continue,
            "@PID.5.1" | "@PID.5.1.1" => &mut criteria.family,
            "@PID.5.2" => &mut criteria.given,
            "@PID.8" => &mut criteria.sex,
            "@PID.18" | "@PID.18.1" => &mut criteria.account,
            "@PV1.19" | "@PV1.19.1" => &mut criteria.visit,
            "@PV1.3.1" => &mut criteria.unit,
            "@PV1.3.2" => &mut criteria.room,
            "@PV1.3.3" => &mut criteria.bed,
            "@PID.7" | "@PID.7.1" => {
                let born = Birthday::from_hl7(&value);
                criteria.born = Some(born.ok_or(Finding::at(at.with_component(2), ErrorKind::DataType))?);
                continue;
            }
            _ => return Err(Finding::at(at.with_component(1), ErrorKind::UnknownKey)),
        };
        *place = Some(value);
    }
    Ok(criteria)
}

fn said(from: Component<'_>) -> Option<String> {
    let text = from.text();
    let text = text.trim();
    (!text.is_empty() && !from.is_null()).then(|| text.to_owned())
}
