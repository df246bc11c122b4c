//! What follows when somebody comes, moves or goes (ADT), inside the committer's transaction.
//!
//! | event | visit | devices |
//! |---|---|---|
//! | A01, A04 | opened, at its place | those of the place are with the patient, if `by_location` |
//! | A02 | moves | those with the patient are taken away, unless `follow`; those of the new place are with the patient, if `by_location` |
//! | A03 | ends | all are taken away |
//! | A11 | never was | all are taken away |
//! | A12, A13 | the stretch before goes on | as for A02 and A01: those of the place are with the patient, if `by_location` |
//! | A08, A28, A31 | | |
//! | A40 | all that is the retired one's is the survivor's | open associations go on with the survivor |
//!
//! Every event is audited. A message that comes twice changes nothing the second time.

use clinical::adt::{Change, Event, Visit};
use clinical::person::{Identifier, Location};
use seal::{DeviceId, Micros};

use crate::audit::{Action, Entry};
use crate::config::Bedside;
use crate::record::{Association, Encounter, EncounterId, PatientId};
use crate::store::{StoreError, Writer};

/// One event, in the name of a source.
pub(crate) struct Admission<'a, 'db> {
    writer: &'a mut Writer<'db>,
    policy: &'a Bedside,
    /// As the audit log names it.
    actor: &'a str,
    at: Micros,
}

impl<'a, 'db> Admission<'a, 'db> {
    /// At the event's own time, or now when it does not say.
    pub(crate) fn of(
        writer: &'a mut Writer<'db>,
        policy: &'a Bedside,
        actor: &'a str,
        event: &Event,
    ) -> Self {
        let at = event.at.unwrap_or(writer.now());
        Self { writer, policy, actor, at }
    }

    /// Makes it so.
    pub(crate) fn apply(mut self, event: &Event) -> Result<(), StoreError> {
        let patient = self.patient(event)?;
        match &event.change {
            Change::Admit(visit) | Change::Register(visit) => self.arrive(patient, visit),
            Change::Transfer(visit) => self.transfer(patient, visit),
            Change::Discharge(visit) => self.discharge(patient, visit),
            Change::CancelAdmit(visit) => self.cancel_admit(patient, visit),
            Change::CancelTransfer(visit) => self.cancel_transfer(patient, visit),
            Change::CancelDischarge(visit) => self.cancel_discharge(patient, visit),
            Change::Update(_) | Change::AddPerson | Change::UpdatePerson => Ok(()),
            Change::Merge { retired } => self.merge(patient, retired),
        }
    }

    /// The patient of the event: registered when new, and with what the event says of them.
    fn patient(&mut self, event: &Event) -> Result<PatientId, StoreError> {
        match self.writer.reader().patient_by_identifiers(&event.person.identifiers)? {
            Some(known) => {
                self.writer.update_person(known, &event.person)?;
                self.audit(Action::UpdatePatient, known, String::new())?;
                Ok(known)
            }
            None => {
                let added = self.writer.add_person(&event.person)?;
                self.audit(Action::AddPatient, added, String::new())?;
                Ok(added)
            }
        }
    }

    fn audit(&mut self, action: Action, patient: PatientId, detail: String) -> Result<(), StoreError> {
        let entry = Entry::done(self.actor, action, format!("patient:{patient}"));
        self.writer.audit(entry.with_detail(detail))
    }

    /// The visit that the event is about; opened when it was not known.
    fn visit(&mut self, patient: PatientId, visit: &Visit) -> Result<EncounterId, StoreError> {
        if let Some(known) = self.writer.reader().encounter(patient, visit.number.as_ref())? {
            return Ok(known.id);
        }
        let admitted = visit.admitted.unwrap_or(self.at);
        self.writer.open_encounter(patient, visit.number.as_ref(), &visit.class, admitted)
    }

    fn known_visit(&self, patient: PatientId, visit: &Visit) -> Result<Option<Encounter>, StoreError> {
        let reader = self.writer.reader();
        let named = reader.encounter(patient, visit.number.as_ref())?;
        match named {
            Some(found) => Ok(Some(found)),
            None => Ok(reader.encounters(patient)?.into_iter().next()),
        }
    }

    fn arrive(&mut self, patient: PatientId, visit: &Visit) -> Result<(), StoreError> {
        let encounter = self.visit(patient, visit)?;
        self.settle(patient, encounter, visit.location.as_ref())?;
        self.audit(Action::Admit, patient, place_text(visit))
    }

    fn transfer(&mut self, patient: PatientId, visit: &Visit) -> Result<(), StoreError> {
        let encounter = self.visit(patient, visit)?;
        if !self.policy.follow {
            self.take_devices_away(patient)?;
        }
        self.settle(patient, encounter, visit.location.as_ref())?;
        self.audit(Action::Transfer, patient, place_text(visit))
    }

    fn discharge(&mut self, patient: PatientId, visit: &Visit) -> Result<(), StoreError> {
        let at = visit.discharged.unwrap_or(self.at);
        if let Some(open) = self.known_visit(patient, visit)?.filter(Encounter::is_open) {
            self.writer.end_encounter(open.id, Some(at))?;
        }
        self.take_devices_away(patient)?;
        self.writer.end_settings(patient, self.actor)?;
        self.audit(Action::Discharge, patient, String::new())
    }

    fn cancel_admit(&mut self, patient: PatientId, visit: &Visit) -> Result<(), StoreError> {
        if let Some(known) = self.known_visit(patient, visit)? {
            self.writer.cancel_encounter(known.id, self.at)?;
        }
        self.take_devices_away(patient)?;
        self.audit(Action::CancelEvent, patient, "admission".into())
    }

    fn cancel_transfer(&mut self, patient: PatientId, visit: &Visit) -> Result<(), StoreError> {
        let encounter = self.visit(patient, visit)?;
        if !self.policy.follow {
            self.take_devices_away(patient)?;
        }
        if let Some(place) = &visit.location {
            self.writer.take_move_back(encounter, place, self.at)?;
            self.with_devices_of(patient, place)?;
        }
        self.audit(Action::CancelEvent, patient, format!("transfer; {}", place_text(visit)))
    }

    fn cancel_discharge(&mut self, patient: PatientId, visit: &Visit) -> Result<(), StoreError> {
        if let Some(known) = self.known_visit(patient, visit)? {
            self.writer.end_encounter(known.id, None)?;
            if let Some(place) = &visit.location {
                self.writer.move_to(known.id, place, self.at)?;
                self.with_devices_of(patient, place)?;
            }
        }
        self.audit(Action::CancelEvent, patient, "discharge".into())
    }

    fn merge(&mut self, survivor: PatientId, retired: &[Identifier]) -> Result<(), StoreError> {
        if let Some(found) = self.writer.reader().patient_by_identifiers(retired)?
            && found != survivor
        {
            self.writer.merge(survivor, found)?;
            self.audit(Action::MergePatients, survivor, format!("patient:{found} is the same person"))?;
        }
        self.writer.add_identifiers(survivor, retired)
    }

    /// At a place, with the devices that belong there.
    fn settle(
        &mut self,
        patient: PatientId,
        encounter: EncounterId,
        place: Option<&Location>,
    ) -> Result<(), StoreError> {
        let Some(place) = place else { return Ok(()) };
        self.writer.move_to(encounter, place, self.at)?;
        self.with_devices_of(patient, place)
    }

    /// Puts the devices of a place with the patient, where the policy says so.
    fn with_devices_of(&mut self, patient: PatientId, place: &Location) -> Result<(), StoreError> {
        if !self.policy.by_location {
            return Ok(());
        }
        let current = self.writer.reader().current_associations()?;
        for device in self.writer.reader().devices_at(&place.to_string())? {
            let Ok(device) = device.parse::<DeviceId>() else { continue };
            if current.iter().any(|one| one.device == device && one.patient == patient) {
                continue;
            }
            self.writer.associate(&device, patient, &place.bed_or_place(), self.at)?;
            self.audit(Action::Associate, patient, format!("device:{device} at {place}"))?;
        }
        Ok(())
    }

    fn take_devices_away(&mut self, patient: PatientId) -> Result<(), StoreError> {
        let open = self.writer.reader().associations_of(patient)?.into_iter().filter(Association::is_open);
        for one in open.collect::<Vec<_>>() {
            if self.writer.disassociate(&one.device, self.at)?.is_some() {
                self.audit(Action::Disassociate, patient, format!("device:{}", one.device))?;
            }
        }
        Ok(())
    }
}

fn place_text(visit: &Visit) -> String {
    visit.location.as_ref().map(ToString::to_string).unwrap_or_default()
}
