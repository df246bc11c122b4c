//! IHE PCIM: which device is with which patient, told whenever it changes here, by whomever.

use clinical::pcd::Envelope;
use clinical::pcim::{self, Outgoing, Told};

use super::Kind;
use crate::limits;
use crate::record::{AssociationEvent, AssociationStep, Journal, Place};
use crate::sinks::outbox::{Item, Message, Work};
use crate::sinks::people::People;
use crate::store::{Reader, StoreError};

/// What a PCIM feed sends.
pub(super) struct Pcim {
    pub(super) envelope: Envelope,
}

impl Kind for Pcim {
    fn journal(&self) -> Journal {
        Journal::Associations
    }

    fn page(&self, reader: &Reader, after: Place, _sending: Place) -> Result<Vec<Item>, StoreError> {
        let mut people = People::new(reader, &self.envelope.facility);
        let events = reader.association_events(after, limits::FEED_PAGE)?;
        events.iter().map(|event| self.item(&mut people, event)).collect()
    }

    fn again(&self, reader: &Reader, place: Place) -> Result<Work, StoreError> {
        let events = reader.association_events(Place(place.0.saturating_sub(1)), 1)?;
        let mut people = People::new(reader, &self.envelope.facility);
        match events.iter().find(|event| event.place == place) {
            Some(event) => self.item(&mut people, event).map(|item| item.work),
            None => Ok(Work::LayAside("the association is gone".into())),
        }
    }

    /// What happened has happened; what came after it is told after it.
    fn withdrawn(&self, _reader: &Reader, _place: Place) -> Result<Option<&'static str>, StoreError> {
        Ok(None)
    }
}

impl Pcim {
    fn item(&self, people: &mut People<'_>, event: &AssociationEvent) -> Result<Item, StoreError> {
        let AssociationEvent { place, association, .. } = event;
        let item = |work| Ok(Item::whole(*place, Some(association.patient), work));
        let Some(patient) = people.patient(association.patient)? else {
            return item(Work::LayAside("the patient is not known".into()));
        };
        let begun = match &event.reference {
            Some(reference) => reference.clone(),
            None => format!("MSA{}", association.id),
        };
        let own = format!("{begun}-{place}");
        let (told, id, parent, until) = match event.step {
            AssociationStep::Begun => (Told::Begun, &begun, None, None),
            AssociationStep::Ended => (Told::Ended, &own, Some(begun.as_str()), Some(event.time)),
            // It never was: it ends where it began.
            AssociationStep::Wrong => (Told::Wrong, &own, Some(begun.as_str()), Some(association.from)),
        };
        let name = format!("MA{place}");
        let outgoing = Outgoing {
            control_id: &name,
            sent: super::now(),
            patient: &patient,
            location: &people.location(association.patient, Some(association.id))?,
            device: association.device.as_str(),
            id,
            parent,
            told,
            from: association.from,
            until,
        };
        let text = pcim::message(&self.envelope, &outgoing);
        item(Work::Send(vec![Message { name, text }]))
    }
}
