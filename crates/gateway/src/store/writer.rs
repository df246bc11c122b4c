//! What can be changed. A [`Writer`] lives inside the committer's transaction: what it does is on disk
//! when its closure's waiter is answered, together with the audit rows and events it adds, or not at all.

use clinical::person::Identifier;
use rusqlite::{Connection, OptionalExtension};
use seal::{Claims, DeviceId, KeyId, Micros, Reason};

use super::read_rows::{sex_word, status_word};
use super::{Reader, StoreError};
use crate::audit::{AuditHead, AuditRow, Entry};
use crate::events::LiveEvent;
use crate::record::{
    Association, AssociationId, AssociationStep, DeviceStatus, Journal, NewPatient, Patient, PatientId,
    Place, RefusalId, SourceName, Trust,
};
use crate::registry::not_enrolled;

/// The door to every change.
#[derive(Debug)]
pub struct Writer<'a> {
    reader: &'a Reader,
    pub(super) db: &'a Connection,
    pub(super) now: Micros,
    pub(super) audit_head: AuditHead,
    pub(super) events: Vec<LiveEvent>,
    pub(super) registry_changed: bool,
    pub(super) chains_changed: bool,
}

impl<'a> Writer<'a> {
    pub(super) fn new(reader: &'a Reader, now: Micros, audit_head: AuditHead) -> Self {
        Self {
            reader,
            db: &reader.db,
            now,
            audit_head,
            events: Vec::new(),
            registry_changed: false,
            chains_changed: false,
        }
    }

    /// Runs one change so that its failure undoes it and nothing else of the transaction.
    pub(super) fn alone<T>(
        &mut self,
        change: impl FnOnce(&mut Self) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let before = (self.audit_head, self.events.len(), self.registry_changed, self.chains_changed);
        self.db.execute_batch("SAVEPOINT change")?;
        let done = change(self).and_then(|done| {
            self.db.execute_batch("RELEASE change")?;
            Ok(done)
        });
        if done.is_err() {
            self.audit_head = before.0;
            self.events.truncate(before.1);
            (self.registry_changed, self.chains_changed) = (before.2, before.3);
            // A full disk may have ended the whole transaction; then its end is noticed by whoever runs it.
            if !self.db.is_autocommit() {
                self.db.execute_batch("ROLLBACK TO change; RELEASE change")?;
            }
        }
        done
    }

    /// The time that this transaction's rows bear.
    pub fn now(&self) -> Micros {
        self.now
    }

    /// Reads within the transaction.
    pub fn reader(&self) -> &'a Reader {
        self.reader
    }

    /// Tells the live feed after the commit.
    pub fn tell(&mut self, event: LiveEvent) {
        self.events.push(event);
    }

    /// Adds a row to the audit log.
    pub fn audit(&mut self, entry: Entry) -> Result<(), StoreError> {
        let row = AuditRow::following(&self.audit_head, self.now, entry);
        let sql = "INSERT INTO audit (id, time, actor, action, object, outcome, detail, hash) \
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
        let values =
            (row.id.0, row.time, &row.actor, &row.action, &row.object, &row.outcome, &row.detail, row.hash);
        self.db.prepare_cached(sql)?.execute(values)?;
        self.audit_head = AuditHead { id: row.id, hash: row.hash };
        Ok(())
    }

    /// Accepts a maker; `false` when it was accepted already.
    pub fn add_maker(&mut self, certificate: &[u8]) -> Result<bool, StoreError> {
        let sql = "INSERT INTO makers (certificate, added) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
        self.registry_changed = true;
        Ok(self.db.prepare_cached(sql)?.execute((certificate, self.now.0))? > 0)
    }

    /// Adds an active device, or gives a known one new certificates; its status and chain stay as they are then.
    pub fn put_device(
        &mut self,
        id: &DeviceId,
        seal_key: KeyId,
        seal_certificate: &[u8],
        tls_certificate: &[u8],
    ) -> Result<(), StoreError> {
        if let Some(known) = self.reader().device(id)? {
            match known.trust {
                Trust::Seal(_) => {}
                Trust::Source(source) => {
                    return Err(StoreError::Conflict(format!("{id} is a device of the source {source}")));
                }
            }
        }
        let sql = "INSERT INTO devices (id, seal_key, seal_certificate, tls_certificate, status, enrolled) \
                   VALUES (?1, ?2, ?3, ?4, 'active', ?5) ON CONFLICT (id) DO UPDATE SET seal_key = ?2, \
                   seal_certificate = ?3, tls_certificate = ?4";
        let values = (id.as_str(), seal_key.0, seal_certificate, tls_certificate, self.now.0);
        self.db.prepare_cached(sql)?.execute(values)?;
        self.registry_changed = true;
        Ok(())
    }

    /// The row of a device for which a source speaks; made when it is new. A conflict when anybody else speaks for it.
    pub(super) fn device_of_source(&mut self, id: &DeviceId, source: &SourceName) -> Result<i64, StoreError> {
        let sql = "INSERT INTO devices (id, source, status, enrolled) VALUES (?1, ?2, 'active', ?3)";
        let id_text = id.as_str();
        match self.reader().device(id)?.map(|known| known.trust) {
            None => {
                self.registry_changed = true;
                Ok(self.db.prepare_cached(sql)?.insert((id_text, source.as_str(), self.now.0))?)
            }
            Some(Trust::Source(known)) if known == *source => {
                self.device_row(id)?.ok_or_else(|| not_enrolled(id))
            }
            Some(Trust::Source(_) | Trust::Seal(_)) => {
                Err(StoreError::Conflict(format!("{id} is not a device of the source {source}")))
            }
        }
    }

    /// Sets a device's status; `false` when there is no such device.
    pub fn set_status(&mut self, device: &DeviceId, status: DeviceStatus) -> Result<bool, StoreError> {
        let sql = "UPDATE devices SET status = ?2 WHERE id = ?1";
        self.registry_changed = true;
        Ok(self.db.prepare_cached(sql)?.execute((device.as_str(), status_word(status)))? > 0)
    }

    /// Registers a patient; one with a known identifier is a conflict.
    pub fn add_patient(&mut self, person: NewPatient) -> Result<Patient, StoreError> {
        if self.reader().patient_by_identifier(&person.identifier)?.is_some() {
            return Err(StoreError::Conflict(format!("patient {} is registered already", person.identifier)));
        }
        let sql = "INSERT INTO patients (identifier, family, given, born, sex) VALUES (?1, ?2, ?3, ?4, ?5)";
        let values = (&person.identifier, &person.family, &person.given, &person.born, sex_word(person.sex));
        let id = PatientId(self.db.prepare_cached(sql)?.insert(values)?);
        let number = person.identifier.clone();
        self.add_identifiers(id, &[Identifier { id: number, authority: String::new(), kind: "MR".into() }])?;
        Ok(Patient { id, person })
    }

    /// Puts a device with a patient from `from` on; its open association, if any, ends then. Tells of it.
    pub fn associate(
        &mut self,
        device: &DeviceId,
        patient: PatientId,
        bed: &str,
        from: Micros,
    ) -> Result<Association, StoreError> {
        let row = self.device_row(device)?.ok_or_else(|| not_enrolled(device))?;
        if self.reader().patient(patient)?.is_none() {
            return Err(StoreError::Conflict(format!("there is no patient {patient}")));
        }
        self.end_association(device, from)?;
        let sql = "INSERT INTO associations (device, patient, bed, since) VALUES (?1, ?2, ?3, ?4)";
        let id = self.db.prepare_cached(sql)?.insert((row, patient.0, bed, from.0))?;
        let id = AssociationId(id);
        self.registry_changed = true;
        self.association_step(id, AssociationStep::Begun, from)?;
        let (device, bed) = (device.clone(), bed.into());
        let made = Association { id, device, patient, bed, from, to: None, replaced: None };
        self.tell(LiveEvent::Association(made.clone()));
        Ok(made)
    }

    /// Ends the device's open association and tells of it; `None` when it has none.
    pub fn disassociate(&mut self, device: &DeviceId, at: Micros) -> Result<Option<Association>, StoreError> {
        let ended = self.end_association(device, at)?;
        if let Some(ended) = &ended {
            self.tell(LiveEvent::Association(ended.clone()));
        }
        Ok(ended)
    }

    fn end_association(&mut self, device: &DeviceId, at: Micros) -> Result<Option<Association>, StoreError> {
        let open = self.reader().associations_of_device(device)?.into_iter().find(Association::is_open);
        let Some(open) = open else { return Ok(None) };
        let to = at.max(open.from);
        self.registry_changed = true;
        self.db
            .prepare_cached("UPDATE associations SET until = ?2 WHERE id = ?1")?
            .execute((open.id.0, to.0))?;
        self.association_step(open.id, AssociationStep::Ended, to)?;
        Ok(Some(Association { to: Some(to), ..open }))
    }

    /// Adds what happened to an association to their journal.
    pub(super) fn association_step(
        &self,
        association: AssociationId,
        step: AssociationStep,
        time: Micros,
    ) -> Result<(), StoreError> {
        let sql = "INSERT INTO association_steps (association, step, time) VALUES (?1, ?2, ?3)";
        self.db.prepare_cached(sql)?.execute((association.0, step.as_str(), time.0))?;
        Ok(())
    }

    /// Moves a destination's position forward: every entry of the journal up to `place` was answered.
    pub fn advance_outbox(
        &mut self,
        destination: &str,
        journal: Journal,
        place: Place,
    ) -> Result<(), StoreError> {
        let sql = "INSERT INTO outbox (destination, journal, place) VALUES (?1, ?2, ?3) \
                   ON CONFLICT (destination, journal) DO UPDATE SET place = max(place, ?3)";
        self.db.prepare_cached(sql)?.execute((destination, journal.as_str(), place.0))?;
        Ok(())
    }

    /// Notes that entries up to `place` are about to be sent to a destination, so that after a crash those that may be there already are known.
    pub fn mark_sending(
        &mut self,
        destination: &str,
        journal: Journal,
        place: Place,
    ) -> Result<(), StoreError> {
        let sql = "INSERT INTO outbox (destination, journal, place, sending) VALUES (?1, ?2, 0, ?3) \
                   ON CONFLICT (destination, journal) DO UPDATE SET sending = max(sending, ?3)";
        self.db.prepare_cached(sql)?.execute((destination, journal.as_str(), place.0))?;
        Ok(())
    }

    /// Declares the seals before a refused one lost: the device's chain goes on with that one. Gives the device and the
    /// first and last counter lost.
    pub fn skip_gap(
        &mut self,
        message: RefusalId,
        next: Claims,
        actor: &str,
    ) -> Result<(DeviceId, u64, u64), StoreError> {
        let conflict = |what: &str| StoreError::Conflict(format!("message {message} {what}"));
        let refusal = self.reader().refusal(message)?.ok_or_else(|| conflict("does not exist"))?;
        let device = refusal.device.filter(|_| refusal.reason == Reason::CounterGap);
        let device = device.ok_or_else(|| conflict("was not refused for a gap"))?;
        let known = self.reader().device(&device)?;
        let head = known.as_ref().and_then(|known| known.trust.enrolment()).map(|enrolment| enrolment.head);
        let head = head.ok_or_else(|| not_enrolled(&device))?;
        let (first, last) = (head.counter.0 + 1, next.counter.0.saturating_sub(1));
        if last < first {
            return Err(conflict("no longer shows a gap"));
        }
        let row = self.device_row(&device)?.ok_or_else(|| not_enrolled(&device))?;
        let sql = "INSERT INTO gaps (device, first, last, accepted, actor) VALUES (?1, ?2, ?3, ?4, ?5)";
        let values = (row, first.cast_signed(), last.cast_signed(), self.now.0, actor);
        self.db.prepare_cached(sql)?.execute(values)?;
        let sql = "INSERT INTO heads (device, counter, hash) VALUES (?1, ?2, ?3) \
                   ON CONFLICT (device) DO UPDATE SET counter = ?2, hash = ?3";
        self.db.prepare_cached(sql)?.execute((row, last.cast_signed(), next.previous.0))?;
        self.chains_changed = true;
        Ok((device, first, last))
    }

    pub(crate) fn device_row(&self, device: &DeviceId) -> Result<Option<i64>, StoreError> {
        let mut statement = self.db.prepare_cached("SELECT row FROM devices WHERE id = ?1")?;
        Ok(statement.query_row([device.as_str()], |row| row.get(0)).optional()?)
    }
}
