//! IHE PCD-01: each batch as it was committed, in a message of its own.

use clinical::pcd::{self, Attempt, Envelope, Outgoing, Waves};
use clinical::proof::Standing;
use seal::Reading;

use super::Kind;
use crate::record::{Journal, LeftOut, Place, StoredBatch, WhyLeftOut};
use crate::sinks::outbox::{self, Item, Message, Work};
use crate::sinks::people::People;
use crate::store::{Reader, StoreError};

/// What a PCD-01 feed sends.
pub(super) struct Pcd01 {
    pub(super) envelope: Envelope,
}

impl Kind for Pcd01 {
    fn journal(&self) -> Journal {
        Journal::Batches
    }

    fn page(&self, reader: &Reader, after: Place, sending: Place) -> Result<Vec<Item>, StoreError> {
        items(reader, &self.envelope, &outbox::batches_after(reader, after)?, sending)
    }

    fn again(&self, reader: &Reader, place: Place) -> Result<Work, StoreError> {
        outbox::batch_again(reader, place, |rows| items(reader, &self.envelope, rows, place))
    }

    fn withdrawn(&self, reader: &Reader, place: Place) -> Result<Option<&'static str>, StoreError> {
        outbox::batch_withdrawn(reader, place)
    }
}

/// The messages of these rows. Rows up to `sending` may have been sent before.
fn items(
    reader: &Reader,
    envelope: &Envelope,
    rows: &[StoredBatch],
    sending: Place,
) -> Result<Vec<Item>, StoreError> {
    let mut people = People::new(reader, &envelope.facility);
    rows.iter().map(|row| item(row, envelope, &mut people, sending)).collect()
}

fn item(
    row: &StoredBatch,
    envelope: &Envelope,
    people: &mut People<'_>,
    sending: Place,
) -> Result<Item, StoreError> {
    let item = |work| Ok(Item::whole(row.id.into(), row.patient, work));
    if row.replaced.is_some() && Place::from(row.id) > sending {
        // Put right before it was ever sent.
        return item(Work::Send(Vec::new()));
    }
    let mut prepared = match people.reader().corrected_by(row)? {
        Some(wrong) => take_back(row, &wrong, envelope, people)?,
        None => Vec::new(),
    };
    let attempt = if Place::from(row.id) <= sending { Attempt::Again } else { Attempt::First };
    let control_id = format!("MS{}", row.id);
    match messages(row, &control_id, Standing::Current, attempt, envelope, people)? {
        Ok(messages) => {
            prepared.extend(messages);
            let left_out = left_out(row, envelope);
            Ok(Item { left_out, ..Item::whole(row.id.into(), row.patient, Work::Send(prepared)) })
        }
        Err(reason) if prepared.is_empty() => item(Work::LayAside(reason.into())),
        Err(_) => item(Work::Send(prepared)),
    }
}

/// What of a row is in no message: waveforms, unless the feed sends them, and what is nobody's on purpose.
fn left_out(row: &StoredBatch, envelope: &Envelope) -> LeftOut {
    let Ok(opened) = row.open() else { return LeftOut::default() };
    let whole = row.patient.is_none().then_some(WhyLeftOut::Staged);
    outbox::left_out(&opened.batch, |reading| match (envelope.waves, reading) {
        (_, _) if whole.is_some() => whole,
        (Waves::Leave, Reading::Wave { .. }) => Some(WhyLeftOut::Waveform),
        (Waves::Leave | Waves::Send, _) => None,
    })
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
    let patient = row.patient.map(|id| people.patient(id)).transpose()?.flatten();
    let Some(patient) = patient else {
        // Demonstration and test data are nobody's on purpose: there is nothing for a person to look at.
        let staged = row.open().is_ok_and(|opened| opened.is_staged());
        return Ok(if staged { Ok(Vec::new()) } else { Err("no patient was with the device") });
    };
    let bed = people.bed(row.association)?;
    // The store holds only what could be read; should the disk have changed it since, it is shown and not sent.
    let Ok(opened) = row.open() else { return Ok(Err("the stored batch cannot be read")) };
    let outgoing = Outgoing {
        control_id,
        sent: super::now(),
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
