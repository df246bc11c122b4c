//! Readings that were put with the wrong patient are given to the right one.
//!
//! Nothing is changed or removed: for each row of the wrong association a row is added that gives the same readings to the right
//! patient, and the old one says which. All that follows the order of rows (feeds, live listeners) so hears of it in its place.

use super::{StoreError, Writer};
use crate::events::LiveEvent;
use crate::record::{Association, AssociationId, AssociationStep, BatchId, Journal, PatientId, StoredBatch};

impl Writer<'_> {
    /// Puts another association in the place of this one, with the right patient. Gives it and how many rows were given to them.
    pub(crate) fn correct(
        &mut self,
        wrong: AssociationId,
        right: PatientId,
    ) -> Result<(Association, usize), StoreError> {
        let conflict = |what: String| StoreError::Conflict(what);
        let old = self.reader().association(wrong)?;
        let old = old.ok_or_else(|| conflict(format!("there is no association {wrong}")))?;
        if let Some(by) = old.replaced {
            return Err(conflict(format!("association {wrong} was put right by association {by} already")));
        }
        if self.reader().patient(right)?.is_none() {
            return Err(conflict(format!("there is no patient {right}")));
        }
        if old.patient == right {
            return Err(conflict(format!("association {wrong} is with patient {right} already")));
        }
        let new = self.replace_association(&old, right)?;
        let sql = "INSERT INTO batches (device, patient, association, corrects, time, first, last, received, hash, \
                   bytes) SELECT device, ?1, ?2, coalesce(corrects, id), time, first, last, received, hash, x'' \
                   FROM batches WHERE device = (SELECT row FROM devices WHERE id = ?4) AND association = ?3 \
                   AND replaced IS NULL ORDER BY id";
        let rows = self.db.prepare_cached(sql)?.execute((right.0, new.id.0, wrong.0, old.device.as_str()))?;
        // Of each reading only the youngest row stands.
        let sql = "UPDATE batches SET replaced = c.id FROM batches c WHERE c.association = ?1 \
                   AND c.corrects IS NOT NULL AND (batches.id = c.corrects OR batches.corrects = c.corrects) \
                   AND batches.id < c.id";
        self.db.prepare_cached(sql)?.execute([new.id.0])?;
        self.registry_changed = true;
        self.forget_score_inputs(old.patient, &old.device)?;
        self.tell(LiveEvent::Association(Association { replaced: Some(new.id), ..old }));
        Ok((new, rows))
    }

    /// Gives readings to the right patient that a message put with the wrong one by naming them, without any association: those of the device of
    /// one batch, up to another's, in either order. Gives the first of the two and how many rows were given.
    ///
    /// # Errors
    /// A conflict when either is not known, is of an association, of nobody or put right already, when they do not belong together, and when there is
    /// nothing wrong with them.
    pub(crate) fn correct_named(
        &mut self,
        (from, through): (BatchId, BatchId),
        right: PatientId,
    ) -> Result<(StoredBatch, usize), StoreError> {
        let conflict = |what: String| StoreError::Conflict(what);
        let (first, last) = (self.named(from)?, self.named(through)?);
        if (&first.device, first.patient) != (&last.device, last.patient) {
            return Err(conflict(format!(
                "batches {from} and {through} are not of one device and one patient"
            )));
        }
        if self.reader().patient(right)?.is_none() {
            return Err(conflict(format!("there is no patient {right}")));
        }
        let Some(wrong) = first.patient.filter(|wrong| *wrong != right) else {
            return Err(conflict(format!("batch {from} is patient {right}'s already")));
        };
        let newest = self.reader().newest("", Journal::Batches)?;
        let sql = "INSERT INTO batches (device, patient, corrects, time, first, last, received, hash, bytes) \
                   SELECT device, ?1, coalesce(corrects, id), time, first, last, received, hash, x'' FROM batches \
                   WHERE device = (SELECT row FROM devices WHERE id = ?2) AND patient = ?3 AND association IS NULL \
                   AND replaced IS NULL AND time BETWEEN ?4 AND ?5 ORDER BY id";
        let (begins, ends) = (first.time.min(last.time), first.time.max(last.time));
        let values = (right.0, first.device.as_str(), wrong.0, begins.0, ends.0);
        let rows = self.db.prepare_cached(sql)?.execute(values)?;
        let sql = "UPDATE batches SET replaced = c.id FROM batches c WHERE c.id > ?1 AND c.corrects IS NOT NULL \
                   AND (batches.id = c.corrects OR batches.corrects = c.corrects) AND batches.id < c.id";
        self.db.prepare_cached(sql)?.execute([newest.0])?;
        self.forget_score_inputs(wrong, &first.device)?;
        // What the score counts has changed, and who is shown at the device.
        self.tell(LiveEvent::AlarmSettings);
        Ok((first, rows))
    }

    /// A batch whose readings are somebody's because a message named them.
    fn named(&self, id: BatchId) -> Result<StoredBatch, StoreError> {
        let conflict = |what: String| StoreError::Conflict(what);
        let row = self.reader().batch(id)?.ok_or_else(|| conflict(format!("there is no batch {id}")))?;
        match (row.replaced, row.association, row.patient) {
            (Some(by), _, _) => Err(conflict(format!("batch {id} was put right by batch {by} already"))),
            (None, Some(of), _) => {
                Err(conflict(format!("batch {id} is of association {of}: put that right")))
            }
            (None, None, None) => Err(conflict(format!("batch {id} is nobody's"))),
            (None, None, Some(_)) => Ok(row),
        }
    }

    fn replace_association(
        &mut self,
        old: &Association,
        right: PatientId,
    ) -> Result<Association, StoreError> {
        let sql = "INSERT INTO associations (device, patient, bed, since, until, origin) \
                   SELECT device, ?2, bed, since, until, origin FROM associations WHERE id = ?1";
        let id = AssociationId(self.db.prepare_cached(sql)?.insert((old.id.0, right.0))?);
        let sql =
            "UPDATE associations SET replaced = ?2, until = coalesce(until, max(since, ?3)) WHERE id = ?1";
        self.db.prepare_cached(sql)?.execute((old.id.0, id.0, self.now.0))?;
        self.association_step(old.id, AssociationStep::Wrong, self.now)?;
        self.association_step(id, AssociationStep::Begun, old.from)?;
        if let Some(to) = old.to {
            self.association_step(id, AssociationStep::Ended, to)?;
        }
        Ok(Association { id, patient: right, replaced: None, ..old.clone() })
    }
}
