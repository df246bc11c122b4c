//! Messages without readings: who came and went, which device is with whom, what a device raises alarms about, who somebody is.
//!
//! Each is applied in one transaction, all of it or nothing, and the same bytes once; the source waits for the commit, since what comes
//! behind rests on it.

use clinical::hl7::Message;
use clinical::pcd::Processing;
use clinical::{adt, alarm, pcim, query};

use super::Shared;
use super::message::word_of;
use crate::alarms::DeviceAlarm;
use crate::audit::{Action, Entry};
use crate::config::PatientFrom;
use crate::record::device_of;
use crate::registry::{Admission, associations as registry, demographics};
use crate::sinks::person;
use crate::store::{StoreError, Writer, now};

/// Applies a message once, and keeps it.
async fn once(
    shared: &Shared,
    frame: &[u8],
    change: impl FnOnce(&mut Writer<'_>) -> Result<(), StoreError> + Send + 'static,
) -> Result<(), StoreError> {
    let (source, bytes) = (shared.config.name.clone(), frame.to_vec());
    let once = move |writer: &mut Writer<'_>| {
        if writer.keep_message(&source, &bytes)? { change(writer) } else { Ok(()) }
    };
    shared.services.store.write(once).await
}

/// What an admission system tells.
pub(super) async fn admission(shared: &Shared, notice: adt::Notice, frame: &[u8]) -> Result<(), StoreError> {
    let (policy, actor) = (shared.services.config.bedside.clone(), format!("source:{}", shared.config.name));
    let apply = move |writer: &mut Writer<'_>| {
        for event in &notice.events {
            Admission::of(writer, &policy, &actor, event).apply(event)?;
        }
        Ok(())
    };
    once(shared, frame, apply).await
}

/// What a device manager tells.
pub(super) async fn associations(
    shared: &Shared,
    notice: pcim::Notice,
    frame: &[u8],
) -> Result<(), StoreError> {
    let source = shared.config.name.clone();
    once(shared, frame, move |writer| registry::apply(writer, &source, &notice)).await
}

/// The alarms that a device raised.
pub(super) async fn alarms(shared: &Shared, notice: alarm::Notice, frame: &[u8]) -> Result<(), StoreError> {
    let (source, from) = (shared.config.name.clone(), shared.config.patient);
    let rules = shared.services.rules.clone();
    let apply = move |writer: &mut Writer<'_>| {
        let word = word_of(&notice.device, &notice.header);
        let device = device_of(&source, word).map_err(|error| StoreError::Conflict(error.to_string()))?;
        let (reader, now) = (writer.reader(), writer.now());
        let patient = match from {
            // What is not for the care of patients is about none.
            _ if notice.header.processing != Some(Processing::Production) => None,
            PatientFrom::Message => reader.patient_by_identifiers(&notice.patient.identifiers)?,
            PatientFrom::Association => {
                let all = reader.associations_of_device(&device)?;
                all.iter().rev().find(|one| one.covers(now)).map(|one| one.patient)
            }
            PatientFrom::Location => match &notice.location {
                Some(place) => reader.patient_in(place, now)?,
                None => None,
            },
        };
        for one in &notice.alarms {
            if let Some(alarm) = DeviceAlarm::of(one, &source, &device, patient, &rules, now) {
                writer.device_alarm(&alarm)?;
            }
        }
        Ok(())
    };
    once(shared, frame, apply).await
}

/// The answer to a question for patients, after it is noted that they were looked at.
pub(super) async fn question(shared: &Shared, message: &Message<'_>, asked: &query::Query) -> String {
    let (criteria, facility) = (asked.criteria.clone(), shared.services.config.facility.clone());
    let found = shared.services.store.read(move |reader| demographics::find(reader, &criteria)).await;
    let people: Vec<_> = found.iter().flatten().map(|one| person(&one.patient, &facility)).collect();
    let all: Vec<query::Found<'_>> = found
        .iter()
        .flatten()
        .zip(&people)
        .map(|(one, patient)| query::Found {
            patient,
            location: one.place.as_ref(),
            visit: one.visit.as_deref(),
        })
        .collect();
    let ids = found.iter().flatten().map(|one| one.patient.id.to_string()).collect();
    let noted = note_looks(shared, ids).await;
    let outcome = match found.as_ref().err().or(noted.as_ref().err()) {
        None => query::Outcome::Patients(&all),
        Some(error) => {
            tracing::error!(%error, "a question for patients could not be answered");
            query::Outcome::Failed
        }
    };
    query::answer(message, asked, outcome, &shared.next_control_id(), now())
}

async fn note_looks(shared: &Shared, patients: Vec<String>) -> Result<(), StoreError> {
    let actor = format!("source:{}", shared.config.name);
    let note = move |writer: &mut Writer<'_>| {
        patients.iter().try_for_each(|id| {
            writer.audit(Entry::done(&*actor, Action::ReadPatient, format!("patient {id}")))
        })
    };
    shared.services.store.write(note).await
}
