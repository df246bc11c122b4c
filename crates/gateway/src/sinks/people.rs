//! Whom and what messages name: patients, devices, beds, each looked up once a page.

use std::collections::HashMap;
use std::rc::Rc;

use clinical::person::{self, Location};
use seal::DeviceId;

use crate::record::{AssociationId, Device, Patient, PatientId, Sex};
use crate::store::{Reader, StoreError};

/// What was looked up so far.
pub(super) struct People<'r> {
    reader: &'r Reader,
    /// Who gives the patients' identifiers.
    authority: &'r str,
    patients: HashMap<PatientId, Option<Rc<person::Patient>>>,
    devices: HashMap<DeviceId, Option<Rc<Device>>>,
    beds: HashMap<AssociationId, Rc<str>>,
    visits: HashMap<PatientId, Rc<Visit>>,
}

/// What is known of a patient's open visit.
#[derive(Debug, Default)]
pub(super) struct Visit {
    /// Its number; empty when the hospital sends none.
    pub(super) number: String,
    /// Where they lie.
    pub(super) place: Option<Location>,
}

impl<'r> People<'r> {
    pub(super) fn new(reader: &'r Reader, authority: &'r str) -> Self {
        let (patients, devices, beds, visits) = Default::default();
        Self { reader, authority, patients, devices, beds, visits }
    }

    pub(super) fn reader(&self) -> &'r Reader {
        self.reader
    }

    pub(super) fn patient(&mut self, id: PatientId) -> Result<Option<Rc<person::Patient>>, StoreError> {
        if let Some(known) = self.patients.get(&id) {
            return Ok(known.clone());
        }
        let found = self.reader.patient(id)?.map(|found| Rc::new(person(&found, self.authority)));
        self.patients.insert(id, found.clone());
        Ok(found)
    }

    pub(super) fn device(&mut self, id: &DeviceId) -> Result<Option<Rc<Device>>, StoreError> {
        if let Some(known) = self.devices.get(id) {
            return Ok(known.clone());
        }
        let found = self.reader.device(id)?.map(Rc::new);
        self.devices.insert(id.clone(), found.clone());
        Ok(found)
    }

    /// The bed of an association; nothing when none is known.
    pub(super) fn bed(&mut self, id: Option<AssociationId>) -> Result<Rc<str>, StoreError> {
        let Some(id) = id else { return Ok("".into()) };
        if let Some(known) = self.beds.get(&id) {
            return Ok(known.clone());
        }
        let bed: Rc<str> = self.reader.association(id)?.map(|found| found.bed).unwrap_or_default().into();
        self.beds.insert(id, bed.clone());
        Ok(bed)
    }

    pub(super) fn visit(&mut self, id: PatientId) -> Result<Rc<Visit>, StoreError> {
        if let Some(known) = self.visits.get(&id) {
            return Ok(known.clone());
        }
        let open = self.reader.encounter(id, None)?;
        let visit = Rc::new(open.map_or_else(Visit::default, |open| Visit {
            number: open.number.unwrap_or_default(),
            place: open.place.map(|place| Location::of_place(&place)),
        }));
        self.visits.insert(id, visit.clone());
        Ok(visit)
    }

    /// Where a patient lies: as their visit says, else at the bed of the association.
    pub(super) fn location(
        &mut self,
        patient: PatientId,
        association: Option<AssociationId>,
    ) -> Result<Location, StoreError> {
        match &self.visit(patient)?.place {
            Some(place) => Ok(place.clone()),
            None => Ok(Location { bed: self.bed(association)?.to_string(), ..Location::default() }),
        }
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
