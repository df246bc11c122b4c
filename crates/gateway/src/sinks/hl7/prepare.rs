//! From stored batches to messages ready to be sent.

use std::collections::HashMap;

use clinical::pcd::{self, Acknowledgements, Attempt, Envelope, Outgoing, Processing, Waves};
use clinical::person;
use clinical::proof::Standing;
use seal::Micros;

use crate::config::{Hl7Feed, Purpose};
use crate::record::{AssociationId, BatchId, Patient, PatientId, Sex, StoredBatch};
use crate::sinks::outbox::{Item, Message, Work};
use crate::store::{Reader, StoreError};

/// What all messages of a feed have in common.
pub(super) fn envelope(feed: &Hl7Feed, facility: &str) -> Envelope {
    Envelope {
        application: "MEDSEAL".into(),
        facility: facility.into(),
        receiving_application: feed.receiving_application.clone(),
        receiving_facility: feed.receiving_facility.clone(),
        processing: match feed.purpose {
            Purpose::Production => Processing::Production,
            Purpose::Training => Processing::Training,
            Purpose::Debugging => Processing::Debugging,
        },
        acknowledgements: Acknowledgements::OnStorage,
        waves: if feed.waveforms { Waves::Send } else { Waves::Leave },
    }
}

/// The messages of these rows. Rows up to `sending` may have been sent before.
pub(super) fn items(
    reader: &Reader,
    envelope: &Envelope,
    rows: &[StoredBatch],
    sending: BatchId,
) -> Result<Vec<Item>, StoreError> {
    let mut people = People::new(reader);
    rows.iter().map(|row| item(row, envelope, &mut people, sending)).collect()
}

fn item(
    row: &StoredBatch,
    envelope: &Envelope,
    people: &mut People<'_>,
    sending: BatchId,
) -> Result<Item, StoreError> {
    let item = |work| Ok(Item { batch: row.id, patient: row.patient, work });
    if row.replaced.is_some() && row.id > sending {
        // Put right before it was ever sent.
        return item(Work::Send(Vec::new()));
    }
    let mut prepared = match people.reader.corrected_by(row)? {
        Some(wrong) => take_back(row, &wrong, envelope, people)?,
        None => Vec::new(),
    };
    let attempt = if row.id <= sending { Attempt::Again } else { Attempt::First };
    let control_id = format!("MS{}", row.id);
    match messages(row, &control_id, Standing::Current, attempt, envelope, people)? {
        Ok(messages) => {
            prepared.extend(messages);
            item(Work::Send(prepared))
        }
        Err(reason) if prepared.is_empty() => item(Work::LayAside(reason)),
        Err(_) => item(Work::Send(prepared)),
    }
}

/// What tells a record that the readings of the row `wrong` were another patient's.
fn take_back(
    row: &StoredBatch,
    wrong: &StoredBatch,
    envelope: &Envelope,
    people: &mut People<'_>,
) -> Result<Vec<Message>, StoreError> {
    let control_id = format!("MS{}-W", row.id);
    let messages = messages(wrong, &control_id, Standing::WrongPatient, Attempt::First, envelope, people)?;
    // Readings that were nobody's were never sent.
    Ok(messages.unwrap_or_default())
}

/// The messages of a row, or why there are none.
fn messages(
    row: &StoredBatch,
    control_id: &str,
    standing: Standing,
    attempt: Attempt,
    envelope: &Envelope,
    people: &mut People<'_>,
) -> Result<Result<Vec<Message>, &'static str>, StoreError> {
    let patient = row.patient.map(|id| people.patient(id, &envelope.facility)).transpose()?.flatten();
    let Some(patient) = patient else { return Ok(Err("no patient was with the device")) };
    let bed = row.association.map(|id| people.bed(id)).transpose()?.unwrap_or_default();
    // The store holds only what could be read; should the disk have changed it since, it is shown and not sent.
    let Ok(opened) = row.open() else { return Ok(Err("the stored batch cannot be read")) };
    let outgoing = Outgoing {
        control_id,
        sent: now(),
        patient: &patient,
        bed: &bed,
        batch: &opened.batch,
        proof: opened.proof(),
        standing,
        attempt,
    };
    let prepared = pcd::messages(envelope, &outgoing)
        .into_iter()
        .map(|message| Message { name: message.control_id, text: message.text });
    Ok(Ok(prepared.collect()))
}

fn now() -> Micros {
    Micros(jiff::Timestamp::now().as_microsecond())
}

/// Patients and beds, each looked up once a page.
struct People<'r> {
    reader: &'r Reader,
    patients: HashMap<PatientId, Option<person::Patient>>,
    beds: HashMap<AssociationId, String>,
}

impl<'r> People<'r> {
    fn new(reader: &'r Reader) -> Self {
        Self { reader, patients: HashMap::new(), beds: HashMap::new() }
    }

    fn patient(&mut self, id: PatientId, authority: &str) -> Result<Option<person::Patient>, StoreError> {
        if let Some(known) = self.patients.get(&id) {
            return Ok(known.clone());
        }
        let found = self.reader.patient(id)?.map(|found| person(&found, authority));
        self.patients.insert(id, found.clone());
        Ok(found)
    }

    fn bed(&mut self, id: AssociationId) -> Result<String, StoreError> {
        if let Some(known) = self.beds.get(&id) {
            return Ok(known.clone());
        }
        let bed = self.reader.association(id)?.map(|found| found.bed).unwrap_or_default();
        self.beds.insert(id, bed.clone());
        Ok(bed)
    }
}

/// A registered patient as messages and resources name one. A date of birth that is no date is left out.
pub(crate) fn person(patient: &Patient, authority: &str) -> person::Patient {
    let known = &patient.person;
    person::Patient {
        id: patient.id.to_string(),
        identifier: known.identifier.clone(),
        authority: authority.into(),
        family: known.family.clone(),
        given: known.given.clone(),
        born: known.born.as_deref().and_then(|born| born.parse().ok()),
        sex: match known.sex {
            Sex::Female => person::Sex::Female,
            Sex::Male => person::Sex::Male,
            Sex::Other => person::Sex::Other,
            Sex::Unknown => person::Sex::Unknown,
        },
    }
}
