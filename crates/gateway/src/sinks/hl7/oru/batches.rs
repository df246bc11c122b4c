//! `interval = 0`: a message for each batch, as it was committed.

use clinical::dialect::{self, Row, Status};

use super::{About, NOBODY, Terms, UNREADABLE};
use crate::record::{Journal, LeftOut, Place, StoredBatch};
use crate::sinks::hl7::Kind;
use crate::sinks::outbox::{self, Item, Message, Work};
use crate::sinks::people::People;
use crate::store::{Reader, StoreError};

/// What such a feed sends.
pub(super) struct Batches(pub(super) Terms);

impl Kind for Batches {
    fn journal(&self) -> Journal {
        Journal::Batches
    }

    fn page(&self, reader: &Reader, after: Place, sending: Place) -> Result<Vec<Item>, StoreError> {
        self.items(reader, &outbox::batches_after(reader, after)?, sending)
    }

    fn again(&self, reader: &Reader, place: Place) -> Result<Work, StoreError> {
        outbox::batch_again(reader, place, |rows| self.items(reader, rows, place))
    }

    fn withdrawn(&self, reader: &Reader, place: Place) -> Result<Option<&'static str>, StoreError> {
        outbox::batch_withdrawn(reader, place)
    }

    fn encode<'t>(&self, text: &'t str) -> std::borrow::Cow<'t, [u8]> {
        self.0.dialect.encode(text)
    }
}

impl Batches {
    fn items(&self, reader: &Reader, rows: &[StoredBatch], sending: Place) -> Result<Vec<Item>, StoreError> {
        let mut people = People::new(reader, &self.0.facility);
        rows.iter().map(|row| self.item(&mut people, row, sending)).collect()
    }

    fn item(&self, people: &mut People<'_>, row: &StoredBatch, sending: Place) -> Result<Item, StoreError> {
        let item = |work| Ok(Item::whole(row.id.into(), row.patient, work));
        if row.replaced.is_some() && Place::from(row.id) > sending {
            // Put right before it was ever sent.
            return item(Work::Send(Vec::new()));
        }
        let mut messages = Vec::new();
        if let Some(wrong) = people.reader().corrected_by(row)?
            && let Ok(taken_back) = self.message(people, &wrong, &format!("MS{}-W", row.id), Status::Wrong)?
        {
            messages.extend(taken_back);
        }
        match self.message(people, row, &format!("MS{}", row.id), Status::New)? {
            Ok(message) => messages.extend(message),
            Err(reason) if messages.is_empty() => return item(Work::LayAside(reason.into())),
            // Nobody's now: what was sent is taken back and no more.
            Err(_) => {}
        }
        let left_out = match row.open() {
            Ok(opened) => self.0.left_out(&opened.batch, row.patient, |_| true),
            Err(_) => LeftOut::default(),
        };
        Ok(Item { left_out, ..Item::whole(row.id.into(), row.patient, Work::Send(messages)) })
    }

    fn message(
        &self,
        people: &mut People<'_>,
        row: &StoredBatch,
        control_id: &str,
        status: Status,
    ) -> Result<Result<Option<Message>, &'static str>, StoreError> {
        let Ok(opened) = row.open() else { return Ok(Err(UNREADABLE)) };
        let Some(patient) = row.patient else {
            // Demonstration and test data are nobody's on purpose: there is nothing for a person to look at.
            return Ok(if opened.is_staged() { Ok(None) } else { Err(NOBODY) });
        };
        let rows: Vec<Row> =
            dialect::rows(&opened.batch).into_iter().map(|row| Row { status, ..row }).collect();
        let about = About {
            control_id,
            order: &opened.proof().name(),
            patient,
            association: row.association,
            device: &row.device,
            proof: &row.proof,
        };
        let text = self.0.message(people, &about, &rows)?;
        Ok(text.map(|text| text.map(|text| Message { name: control_id.to_owned(), text })))
    }
}
