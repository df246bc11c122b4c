//! What becomes of a message inside the transaction: does its seal continue the device's chain, whose patient is it, and
//! what is written of it.

use std::collections::HashMap;
use std::sync::Arc;

use rusqlite::Connection;
use seal::{Batch, ChainError, ChainHead, Counter, DeviceId, Micros, Reading, Reason, SealHash};

use super::{StoreError, Writer};
use crate::alarms::engine::{Change, Engine};
use crate::audit::{Action, Entry};
use crate::events::LiveEvent;
use crate::limits;
use crate::pipeline::{Outcome, Refused, Rejection, Verified};
use crate::record::{BatchId, Committed, DeviceStatus, Refusal, RefusalId, StoredBatch, keeps_bytes};
use crate::registry::{Enrolled, Snapshot};

/// The end of every device's chain, as far as it is stored or will be with this transaction.
#[derive(Debug, Default)]
pub(super) struct Chains {
    by_device: HashMap<DeviceId, Chain>,
}

#[derive(Debug)]
struct Chain {
    row: i64,
    head: ChainHead,
    moved: bool,
    /// Bytes of its refused messages that are kept.
    quarantined: u64,
}

impl Chain {
    fn starting(row: i64) -> Self {
        Self { row, head: ChainHead::START, moved: false, quarantined: 0 }
    }
}

impl Chains {
    pub(super) fn load(db: &Connection) -> Result<Self, StoreError> {
        let mut statement = db.prepare(
            "SELECT d.id, d.row, coalesce(h.counter, 0), coalesce(h.hash, zeroblob(32)), coalesce(q.bytes, 0) \
             FROM devices d LEFT JOIN heads h ON h.device = d.row LEFT JOIN \
             (SELECT device, sum(length) AS bytes FROM refusals WHERE bytes IS NOT NULL GROUP BY device) q \
             ON q.device = d.id",
        )?;
        let mut rows = statement.query([])?;
        let mut by_device = HashMap::new();
        while let Some(row) = rows.next()? {
            let id: String = row.get(0)?;
            let id = id.parse().map_err(|_| StoreError::Value { what: "a device id", value: id })?;
            let counter = Counter(row.get::<_, i64>(2)?.cast_unsigned());
            let head = ChainHead { counter, hash: SealHash(row.get(3)?) };
            let quarantined = row.get::<_, i64>(4)?.cast_unsigned();
            by_device.insert(id, Chain { row: row.get(1)?, head, moved: false, quarantined });
        }
        Ok(Self { by_device })
    }

    /// Writes the heads that moved: one row a device, however many batches it sent.
    pub(super) fn store(&mut self, db: &Connection) -> Result<(), StoreError> {
        let sql = "INSERT INTO heads (device, counter, hash) VALUES (?1, ?2, ?3) \
                   ON CONFLICT (device) DO UPDATE SET counter = ?2, hash = ?3";
        let mut statement = db.prepare_cached(sql)?;
        for chain in self.by_device.values_mut().filter(|chain| chain.moved) {
            statement.execute((chain.row, chain.head.counter.0.cast_signed(), chain.head.hash.0))?;
            chain.moved = false;
        }
        Ok(())
    }

    /// Whether `length` more bytes of a device may be kept; they count from now on.
    fn may_quarantine(&mut self, device: &DeviceId, length: u64) -> bool {
        let Some(chain) = self.by_device.get_mut(device) else { return false };
        let sum = chain.quarantined.saturating_add(length);
        let within = sum <= limits::QUARANTINE_BYTES;
        if within {
            chain.quarantined = sum;
        }
        within
    }

    /// Makes a newly enrolled device known.
    fn find(&mut self, writer: &Writer<'_>, device: &DeviceId) -> Result<Option<&mut Chain>, StoreError> {
        if !self.by_device.contains_key(device)
            && let Some(row) = writer.device_row(device)?
        {
            self.by_device.insert(device.clone(), Chain::starting(row));
        }
        Ok(self.by_device.get_mut(device))
    }
}

/// One message before the committer.
pub(super) struct Admission<'a, 'db> {
    pub(super) writer: &'a mut Writer<'db>,
    pub(super) chains: &'a mut Chains,
    pub(super) alarms: &'a mut Engine,
    pub(super) registry: &'a Snapshot,
}

impl Admission<'_, '_> {
    /// Stores a verified batch that continues its chain; refuses or recognises one that does not.
    pub(super) fn batch(self, verified: Verified) -> Result<Outcome, StoreError> {
        let device = verified.batch.device();
        let enrolled = self.registry.devices.get(device).filter(|one| one.status == DeviceStatus::Active);
        let chain = self.chains.find(self.writer, device)?;
        let (Some(enrolled), Some(chain)) = (enrolled, chain) else {
            let detail = format!("{device} was withdrawn while its message was under way");
            return self.refuse_verified(verified, Reason::RevokedDevice, detail);
        };
        match chain.head.next(&verified.batch) {
            Ok(head) => {
                let row = insert(self.writer, chain.row, enrolled, &verified)?;
                let id = row.id;
                chain.head = head;
                chain.moved = true;
                let batch = Arc::new(verified.batch.into_batch());
                let changes = self.alarms.batch(&batch, row.patient, self.writer.now);
                write_alarms(self.writer, self.alarms, changes)?;
                self.writer.tell(LiveEvent::Batch(Committed { row, batch }));
                Ok(Outcome::Committed(id))
            }
            Err(error @ ChainError::Repeated { .. }) => {
                let (counter, hash) = (verified.batch.counter().0, verified.batch.hash());
                if self.writer.reader().has_seal(device, counter, &hash)? {
                    return Ok(Outcome::Duplicate);
                }
                self.refuse_verified(verified, error.reason(), error.to_string())
            }
            Err(error @ (ChainError::Gap { .. } | ChainError::Broken { .. })) => {
                self.refuse_verified(verified, error.reason(), error.to_string())
            }
        }
    }

    fn refuse_verified(
        self,
        verified: Verified,
        reason: Reason,
        detail: String,
    ) -> Result<Outcome, StoreError> {
        let counter = Some(verified.batch.counter().0);
        self.refuse(Refused {
            device: verified.batch.device().clone(),
            source: verified.source,
            bytes: verified.batch.sealed_bytes().to_vec(),
            rejection: Rejection { reason, detail, counter },
        })
    }

    /// Lays a refused message into quarantine, writes it into the audit log and tells of it.
    pub(super) fn refuse(self, refused: Refused) -> Result<Outcome, StoreError> {
        let Refused { device, source, bytes, rejection } = refused;
        let Rejection { reason, detail, counter } = rejection.clone();
        let sql = "INSERT INTO refusals (time, reason, device, counter, source, detail, length, bytes) \
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
        let length = bytes.len() as u64;
        let kept = keeps_bytes(reason) && !bytes.is_empty() && self.chains.may_quarantine(&device, length);
        let kept = kept.then_some(&bytes);
        let (writer, alarms) = (self.writer, self.alarms);
        let id = writer.db.prepare_cached(sql)?.insert((
            writer.now.0,
            reason.as_str(),
            device.as_str(),
            counter.map(u64::cast_signed),
            source.as_ref(),
            &detail,
            length.cast_signed(),
            kept,
        ))?;
        let entry = Entry::refused(format!("device:{device}"), Action::Refuse, format!("message {id}"));
        writer.audit(entry.with_detail(format!("{reason}: {detail} ({source})")))?;
        if let Some(enrolled) = self.registry.devices.get(&device) {
            let patient = enrolled.association_at(writer.now).map(|one| one.patient);
            let change = alarms.refused(&device, patient, reason, writer.now);
            write_alarms(writer, alarms, change)?;
        }
        writer.tell(LiveEvent::Refused(Refusal {
            id: RefusalId(id),
            time: writer.now,
            reason,
            device: Some(device),
            counter,
            source: source.to_string(),
            detail,
            length,
        }));
        Ok(Outcome::Refused(rejection))
    }

    /// Looks for devices that should be heard of and are not.
    pub(super) fn tick(self) -> Result<(), StoreError> {
        let now = self.writer.now;
        let active = self.registry.devices.values().filter(|one| one.status == DeviceStatus::Active);
        let present = active.filter_map(|one| Some((one.id.clone(), one.association_at(now)?.patient)));
        let changes = self.alarms.tick(&present.collect(), now);
        write_alarms(self.writer, self.alarms, changes)
    }
}

fn write_alarms(
    writer: &mut Writer<'_>,
    alarms: &mut Engine,
    changes: impl IntoIterator<Item = Change>,
) -> Result<(), StoreError> {
    for change in changes {
        match change {
            Change::Raise { alarm, again } => {
                let id = writer.raise_alarm(&alarm, again)?;
                alarms.raised(&alarm.device, alarm.matter, id);
            }
            Change::Clear(id) => writer.clear_alarm(id)?,
        }
    }
    Ok(())
}

fn insert(
    writer: &Writer<'_>,
    device_row: i64,
    enrolled: &Enrolled,
    verified: &Verified,
) -> Result<StoredBatch, StoreError> {
    let batch = verified.batch.batch();
    let association = enrolled.association_at(batch.time);
    let (first, last) = span(batch);
    let sealed: Arc<[u8]> = verified.batch.sealed_bytes().into();
    let counter = verified.batch.counter().0;
    let sql = "INSERT INTO batches \
               (device, patient, association, counter, time, first, last, received, hash, sealed) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
    let id = writer.db.prepare_cached(sql)?.insert((
        device_row,
        association.map(|one| one.patient.0),
        association.map(|one| one.id.0),
        counter.cast_signed(),
        batch.time.0,
        first.0,
        last.0,
        verified.received.0,
        verified.batch.hash().0,
        &sealed[..],
    ))?;
    Ok(StoredBatch {
        id: BatchId(id),
        device: enrolled.id.clone(),
        patient: association.map(|one| one.patient),
        association: association.map(|one| one.id),
        counter,
        time: batch.time,
        first,
        last,
        received: verified.received,
        hash: verified.batch.hash(),
        sealed,
    })
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
