//! Proposed associations.

use seal::{DeviceId, Micros};

use super::read_rows::{parsed_device, parsed_source};
use super::{Reader, StoreError, Writer};
use crate::record::{AssociationId, PatientId, ProposalId, SourceName};
use crate::registry::{Proposal, Word, not_enrolled};

const PROPOSAL: &str = "p.id, d.id, p.patient, p.bed, p.since, p.source, p.reference, p.decided \
     FROM proposals p JOIN devices d ON d.row = p.device";

fn proposal(row: &rusqlite::Row<'_>) -> rusqlite::Result<Proposal> {
    Ok(Proposal {
        id: ProposalId(row.get(0)?),
        device: parsed_device(row, 1)?,
        patient: PatientId(row.get(2)?),
        bed: row.get(3)?,
        from: Micros(row.get(4)?),
        source: parsed_source(row, 5)?,
        reference: row.get(6)?,
        decided: row.get::<_, Option<i64>>(7)?.map(Micros),
    })
}

impl Reader {
    /// Those that nobody has decided yet, oldest first.
    pub fn open_proposals(&self) -> Result<Vec<Proposal>, StoreError> {
        self.all(&format!("SELECT {PROPOSAL} WHERE p.decided IS NULL ORDER BY p.id"), [], proposal)
    }

    /// One of them.
    pub fn proposal(&self, id: ProposalId) -> Result<Option<Proposal>, StoreError> {
        self.one(&format!("SELECT {PROPOSAL} WHERE p.id = ?1"), [id.0], proposal)
    }
}

impl Writer<'_> {
    /// Notes what a message said and nobody has checked. The same said again is the same proposal.
    pub(crate) fn propose(
        &mut self,
        device: &DeviceId,
        patient: PatientId,
        bed: &str,
        from: Micros,
        source: &SourceName,
        reference: &str,
    ) -> Result<ProposalId, StoreError> {
        let open = self.reader().open_proposals()?.into_iter();
        let alike = |one: &Proposal| {
            one.device == *device
                && one.patient == patient
                && one.source == *source
                && one.reference == reference
        };
        if let Some(known) = open.into_iter().find(alike) {
            return Ok(known.id);
        }
        let row = self.device_row(device)?.ok_or_else(|| not_enrolled(device))?;
        let sql = "INSERT INTO proposals (device, patient, bed, since, source, reference, made) \
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        let values = (row, patient.0, bed, from.0, source.as_str(), reference, self.now.0);
        Ok(ProposalId(self.db.prepare_cached(sql)?.insert(values)?))
    }

    /// Notes how a proposal was decided.
    pub(crate) fn close_proposal(&mut self, id: ProposalId, word: Word, who: &str) -> Result<(), StoreError> {
        let sql = "UPDATE proposals SET decided = ?2, decided_by = ?3, accepted = ?4 WHERE id = ?1";
        self.db.prepare_cached(sql)?.execute((id.0, self.now.0, who, word == Word::Accept))?;
        Ok(())
    }

    /// Notes by which id a message spoke of an association.
    pub(crate) fn set_reference(&mut self, id: AssociationId, reference: &str) -> Result<(), StoreError> {
        let sql = "UPDATE associations SET reference = ?2, origin = 'message' WHERE id = ?1";
        self.db.prepare_cached(sql)?.execute((id.0, reference))?;
        Ok(())
    }

    /// The devices of the open associations that messages spoke of by this id.
    pub(crate) fn devices_by_reference(&self, reference: &str) -> Result<Vec<DeviceId>, StoreError> {
        let sql = "SELECT d.id FROM associations a JOIN devices d ON d.row = a.device \
                   WHERE a.reference = ?1 AND a.until IS NULL AND a.replaced IS NULL ORDER BY d.id";
        self.reader().all(sql, [reference], |row| parsed_device(row, 0))
    }
}
