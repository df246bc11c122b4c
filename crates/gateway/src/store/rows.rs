//! The one place where rows of `batches` are written.

use std::sync::Arc;

use seal::{Batch, DeviceId, Micros, Reading};

use super::{StoreError, Writer};
use crate::record::{AssociationId, BatchId, PatientId, Proof, StoredBatch};

/// A row to be written.
pub(super) struct NewRow {
    pub(super) device_row: i64,
    pub(super) device: DeviceId,
    pub(super) patient: Option<PatientId>,
    pub(super) association: Option<AssociationId>,
    pub(super) proof: Proof,
    pub(super) received: Micros,
    pub(super) bytes: Arc<[u8]>,
}

impl NewRow {
    /// Writes it; `batch` is what its bytes hold. `None` when the same bytes of the same source are there already.
    pub(super) fn insert(
        self,
        writer: &Writer<'_>,
        batch: &Batch,
    ) -> Result<Option<StoredBatch>, StoreError> {
        let (first, last) = span(batch);
        let (counter, unsealed, hash) = match &self.proof {
            Proof::Sealed { counter, hash } => (Some(counter.cast_signed()), None, hash.0),
            Proof::Unsealed { source, form, zone, digest } => {
                (None, Some((source.as_str(), form.as_str(), zone.as_str())), digest.0)
            }
        };
        let sql = "INSERT INTO batches (device, patient, association, counter, source, form, zone, time, first, \
                   last, received, hash, bytes) \
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13) \
                   ON CONFLICT (source, hash) WHERE source IS NOT NULL DO NOTHING";
        let inserted = writer.db.prepare_cached(sql)?.execute((
            self.device_row,
            self.patient.map(|id| id.0),
            self.association.map(|id| id.0),
            counter,
            unsealed.map(|(source, _, _)| source),
            unsealed.map(|(_, form, _)| form),
            unsealed.map(|(_, _, zone)| zone),
            batch.time.0,
            first.0,
            last.0,
            self.received.0,
            hash,
            &self.bytes[..],
        ))?;
        if inserted == 0 {
            return Ok(None);
        }
        Ok(Some(StoredBatch {
            id: BatchId(writer.db.last_insert_rowid()),
            device: self.device,
            patient: self.patient,
            association: self.association,
            proof: self.proof,
            corrects: None,
            replaced: None,
            time: batch.time,
            first,
            last,
            received: self.received,
            bytes: self.bytes,
        }))
    }
}

/// The times of the earliest and the latest sample; the batch's own time when it holds none.
fn span(batch: &Batch) -> (Micros, Micros) {
    let bounds = batch.readings.iter().map(|reading| match reading {
        Reading::Value { dt_us, .. } | Reading::Text { dt_us, .. } => (*dt_us, *dt_us),
        Reading::Wave { dt_us, period_us, samples, .. } => {
            let steps = samples.len().saturating_sub(1) as i64;
            (*dt_us, dt_us.saturating_add(steps.saturating_mul(i64::from(*period_us))))
        }
    });
    let span = bounds.reduce(|(first, last), (from, to)| (first.min(from), last.max(to)));
    let (first, last) = span.unwrap_or((0, 0));
    (batch.time.plus(first), batch.time.plus(last))
}
