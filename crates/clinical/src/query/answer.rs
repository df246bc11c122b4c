//! From what was found to the answer.

use seal::Micros;

use super::{Form, Query};
use crate::ack::Code;
use crate::hl7::{Message, MessageWriter, Segment, SegmentWriter, escape_into};
use crate::pcd::person;
use crate::person::{Location, Patient};

/// One patient that fits.
#[derive(Debug, Clone, Copy)]
pub struct Found<'a> {
    /// Who.
    pub patient: &'a Patient,
    /// Where they lie.
    pub location: Option<&'a Location>,
    /// The visit's number (PV1-19).
    pub visit: Option<&'a str>,
}

/// What came of the query.
#[derive(Debug, Clone, Copy)]
pub enum Outcome<'a> {
    /// These fit; none when nobody does.
    Patients(&'a [Found<'a>]),
    /// It could not be looked up now.
    Failed,
}

/// The answer to `query`, which is `message` read: with MSA and the query repeated, then a PID and a PV1 for each patient.
#[must_use]
pub fn answer(
    message: &Message<'_>,
    query: &Query,
    outcome: Outcome<'_>,
    control_id: &str,
    now: Micros,
) -> String {
    let (found, code) = match outcome {
        Outcome::Patients(found) => (found, Code::ApplicationAccept),
        Outcome::Failed => (&[][..], Code::ApplicationError),
    };
    let status = match outcome {
        Outcome::Patients([]) => "NF",
        Outcome::Patients(_) => "OK",
        Outcome::Failed => "AE",
    };
    let mut writer = MessageWriter::new();
    let kind = match query.form {
        Form::Original => ["ADR", "A19", "ADR_A19"],
        Form::ByParameter => ["RSP", "K22", "RSP_K21"],
    };
    writer.segment("MSH", |msh| crate::ack::header(msh, message, kind, control_id, now));
    writer.segment("MSA", |msa| {
        msa.field(1, code.letters());
        msa.field(2, &query.header.control_id);
    });
    match (query.form, message.segment("QRD"), message.segment("QPD")) {
        (Form::Original, Some(qrd), _) => copy(&mut writer, "QRD", qrd),
        (Form::ByParameter, _, Some(qpd)) => {
            let count = found.len().to_string();
            writer.segment("QAK", |qak| {
                qak.field(1, &query.tag);
                qak.field(2, status);
                qak.structured(3, &standard(qpd.field(1)));
                qak.field(4, &count);
            });
            copy(&mut writer, "QPD", qpd);
        }
        // A query has the segment of its form.
        (Form::Original | Form::ByParameter, _, _) => {}
    }
    for (one, number) in found.iter().zip(1_usize..) {
        writer.segment("PID", |pid| {
            pid.field(1, &number.to_string());
            person(pid, one.patient);
        });
        writer.segment("PV1", |pv1| visit(pv1, one));
    }
    writer.finish()
}

fn visit(pv1: &mut SegmentWriter<'_>, one: &Found<'_>) {
    pv1.field(1, "1");
    pv1.field(2, "I");
    if let Some(Location { unit, room, bed, facility }) = one.location {
        pv1.components(3, &[unit, room, bed, facility]);
    }
    pv1.field(19, one.visit.unwrap_or_default());
}

/// Repeats a segment of the query with the standard separators.
fn copy(writer: &mut MessageWriter, name: &'static str, from: Segment<'_>) {
    writer.segment(name, |to| {
        for (number, field) in (1..).zip(from.fields()) {
            to.structured(number, &standard(field));
        }
    });
}

/// A field with the standard separators.
fn standard(field: crate::hl7::Field<'_>) -> String {
    let mut out = String::new();
    for (index, repetition) in field.repetitions().enumerate() {
        out.push_str(if index > 0 { "~" } else { "" });
        for (index, component) in repetition.components().enumerate() {
            out.push_str(if index > 0 { "^" } else { "" });
            for (index, subcomponent) in component.subcomponents().enumerate() {
                out.push_str(if index > 0 { "&" } else { "" });
                escape_into(&subcomponent.text(), &mut out);
            }
        }
    }
    out
}
