//! What becomes of a message inside the transaction: does its seal continue the device's chain, whose patient is it, and
//! what is written of it.

use std::collections::HashMap;
use std::sync::Arc;

use adapters::Alerts;
use rusqlite::Connection;
use seal::{ChainError, ChainHead, Counter, DeviceId, Micros, Reason, SealHash};

use super::device_alarms::Bedside;
use super::rows::NewRow;
use super::{StoreError, Writer};
use crate::alarms::engine::{Arrival, Engine};
use crate::alarms::{Change, Voice};
use crate::audit::{Action, Entry};
use crate::events::LiveEvent;
use crate::limits;
use crate::pipeline::{Outcome, Refused, Rejection, Sender, Unsealed, Verified, Whose};
use crate::record::{
    Association, Committed, DeviceStatus, PatientId, Proof, Refusal, RefusalId, Skew, SourceName,
};
use crate::registry::{Snapshot, Speaker};

/// The end of every device's chain, as far as it is stored or will be with this transaction.
#[derive(Debug, Default)]
pub(super) struct Chains {
    by_device: HashMap<DeviceId, Chain>,
    /// Those of which something is yet to be written, so that a commit costs nothing for the others, each once.
    unwritten: Vec<DeviceId>,
    /// Bytes kept of refused messages that came from a source and name no device, by the source's name.
    by_source: HashMap<String, u64>,
}

#[derive(Debug)]
struct Chain {
    row: i64,
    head: ChainHead,
    /// Whether it stands among those of which something is to be written.
    is_listed: bool,
    moved: bool,
    /// How far its clock is off, and whether that is to be written.
    skew: Skew,
    ticked: bool,
    /// When that was written last.
    skew_written: Micros,
    /// Bytes of its refused messages that are kept.
    quarantined: u64,
}

impl Chain {
    fn starting(row: i64) -> Self {
        let (head, skew) = (ChainHead::START, Skew::default());
        let (moved, ticked, skew_written) = (false, false, Micros(0));
        Self { row, head, is_listed: false, moved, skew, ticked, skew_written, quarantined: 0 }
    }

    /// Whether its clock was written long enough ago. A wall clock that was put back does not put it off.
    fn skew_is_due(&self, now: Micros) -> bool {
        let since = now.0.saturating_sub(self.skew_written.0);
        since < 0 || since >= limits::SKEW_WRITTEN.as_micros() as i64
    }
}

impl Chains {
    pub(super) fn load(db: &Connection) -> Result<Self, StoreError> {
        let mut statement = db.prepare(
            "SELECT d.id, d.row, coalesce(h.counter, 0), coalesce(h.hash, zeroblob(32)), coalesce(q.bytes, 0), \
             coalesce(c.count, 0), coalesce(c.mean, 0), coalesce(c.least, 0), coalesce(c.most, 0) \
             FROM devices d LEFT JOIN heads h ON h.device = d.row LEFT JOIN device_clocks c ON c.device = d.row LEFT JOIN \
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
            let skew = Skew {
                count: row.get::<_, i64>(5)?.cast_unsigned(),
                mean: row.get(6)?,
                least: row.get(7)?,
                most: row.get(8)?,
            };
            let chain = Chain { head, skew, quarantined, ..Chain::starting(row.get(1)?) };
            by_device.insert(id, chain);
        }
        let sql = "SELECT origin, sum(length) FROM refusals WHERE bytes IS NOT NULL AND device IS NULL \
                   AND origin IS NOT NULL GROUP BY origin";
        let mut statement = db.prepare(sql)?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?.cast_unsigned())))?;
        Ok(Self { by_device, unwritten: Vec::new(), by_source: rows.collect::<Result<_, _>>()? })
    }

    /// Writes the heads that moved and how far the clocks are off: one row a device, however many messages it sent. The clocks, which every
    /// row tells of as well, at most once in [`limits::SKEW_WRITTEN`].
    pub(super) fn store(&mut self, db: &Connection, now: Micros) -> Result<(), StoreError> {
        let sql = "INSERT INTO heads (device, counter, hash) VALUES (?1, ?2, ?3) \
                   ON CONFLICT (device) DO UPDATE SET counter = ?2, hash = ?3";
        let mut heads = db.prepare_cached(sql)?;
        let sql = "INSERT INTO device_clocks (device, count, mean, least, most) VALUES (?1, ?2, ?3, ?4, ?5) \
                   ON CONFLICT (device) DO UPDATE SET count = ?2, mean = ?3, least = ?4, most = ?5";
        let mut clocks = db.prepare_cached(sql)?;
        for device in std::mem::take(&mut self.unwritten) {
            let Some(chain) = self.by_device.get_mut(&device) else { continue };
            if std::mem::take(&mut chain.moved) {
                heads.execute((chain.row, chain.head.counter.0.cast_signed(), chain.head.hash.0))?;
            }
            if chain.ticked && chain.skew_is_due(now) {
                let skew = &chain.skew;
                clocks.execute((chain.row, skew.count.cast_signed(), skew.mean, skew.least, skew.most))?;
                (chain.ticked, chain.skew_written) = (false, now);
            }
            chain.is_listed = chain.ticked;
            if chain.is_listed {
                self.unwritten.push(device);
            }
        }
        Ok(())
    }

    /// The same with all clocks, whenever they were written last.
    pub(super) fn store_all(&mut self, db: &Connection, now: Micros) -> Result<(), StoreError> {
        self.by_device.values_mut().for_each(|chain| chain.skew_written = Micros(0));
        self.store(db, now)
    }

    /// Whether `length` more bytes of a sender may be kept; they count from now on.
    fn may_quarantine(&mut self, sender: &Sender, length: u64) -> bool {
        let kept = match sender {
            Sender::Device(device) => match self.by_device.get_mut(device) {
                Some(chain) => &mut chain.quarantined,
                None => return false,
            },
            Sender::Source(source) => self.by_source.entry(source.to_string()).or_default(),
        };
        let sum = kept.saturating_add(length);
        let within = sum <= limits::QUARANTINE_BYTES;
        if within {
            *kept = sum;
        }
        within
    }

    /// A device's chain, of which something is to be written with this transaction or soon.
    fn listed(&mut self, device: &DeviceId) -> Option<&mut Chain> {
        let chain = self.by_device.get_mut(device)?;
        if !std::mem::replace(&mut chain.is_listed, true) {
            self.unwritten.push(device.clone());
        }
        Some(chain)
    }

    /// The device's chain ends here now.
    fn advance(&mut self, device: &DeviceId, head: ChainHead) {
        if let Some(chain) = self.listed(device) {
            (chain.head, chain.moved) = (head, true);
        }
    }

    /// Notes how far a stored message's time is from that at which it came.
    fn tick(&mut self, device: &DeviceId, time: Micros, received: Micros) {
        if let Some(chain) = self.listed(device) {
            chain.skew.take(time.0.saturating_sub(received.0));
            chain.ticked = true;
        }
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
                let association = enrolled.association_at(verified.batch.batch().time);
                let new = NewRow {
                    device_row: chain.row,
                    device: device.clone(),
                    patient: association.map(|one| one.patient),
                    association: association.map(|one| one.id),
                    proof: Proof::Sealed { counter: verified.batch.counter().0, hash: verified.batch.hash() },
                    received: verified.received,
                    bytes: verified.batch.sealed_bytes().into(),
                };
                self.chains.advance(device, head);
                self.store(new, verified.batch.into_batch(), &Alerts::default())
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

    /// Stores a message without a seal, of a source that may deliver such.
    pub(super) fn unsealed(self, message: Unsealed) -> Result<Outcome, StoreError> {
        let (source, digest) = (&message.source, message.digest);
        let device = &message.batch.device;
        let device_row = match self.registry.devices.get(device).map(|known| (known.status, &known.speaker)) {
            None => match self.writer.device_of_source(device, source) {
                Ok(row) => row,
                Err(StoreError::Conflict(detail)) => {
                    return self.refuse_unsealed(message, Reason::WrongDevice, detail);
                }
                Err(error) => return Err(error),
            },
            Some((DeviceStatus::Revoked, _)) => {
                let detail = format!("{device} was withdrawn");
                return self.refuse_unsealed(message, Reason::RevokedDevice, detail);
            }
            Some((DeviceStatus::Active, Speaker::Source(known))) if known == source => {
                self.chains.find(self.writer, device)?.map(|chain| chain.row).unwrap_or_default()
            }
            Some((DeviceStatus::Active, Speaker::Source(_) | Speaker::Itself(_))) => {
                let detail = format!("{source} does not speak for {device}");
                return self.refuse_unsealed(message, Reason::WrongDevice, detail);
            }
        };
        let (patient, association) = self.whose(&message)?;
        let new = NewRow {
            device_row,
            device: device.clone(),
            patient,
            association: association.map(|one| one.id),
            proof: Proof::Unsealed {
                source: source.clone(),
                form: message.form,
                zone: message.zone.clone(),
                digest,
            },
            received: message.received,
            bytes: message.bytes.into(),
        };
        self.store(new, message.batch, &message.alerts)
    }

    /// The patient whose readings a message holds, and the association that says so, if one does.
    fn whose(&self, message: &Unsealed) -> Result<(Option<PatientId>, Option<&Association>), StoreError> {
        let device = self.registry.devices.get(&message.batch.device);
        let associated = device.and_then(|known| known.association_at(message.batch.time));
        match &message.whose {
            Whose::Nobody => Ok((None, None)),
            Whose::Associated => Ok((associated.map(|one| one.patient), associated)),
            Whose::Named(identifiers) => {
                let patient = self.writer.reader().patient_by_identifiers(identifiers)?;
                // The association tells the bed, where it is with the same patient.
                Ok((patient, associated.filter(|one| Some(one.patient) == patient)))
            }
            Whose::In(location) => {
                let patient = self.writer.reader().patient_in(location, message.batch.time)?;
                Ok((patient, associated.filter(|one| Some(one.patient) == patient)))
            }
        }
    }

    /// Writes a row, raises its alarms and tells of it.
    fn store(self, new: NewRow, batch: seal::Batch, alerts: &Alerts) -> Result<Outcome, StoreError> {
        let Some(row) = new.insert(self.writer, &batch)? else { return Ok(Outcome::Duplicate) };
        self.chains.tick(&row.device, row.time, row.received);
        let (id, batch) = (row.id, Arc::new(batch));
        let voice = match &row.proof {
            Proof::Sealed { .. } => Voice::Own,
            Proof::Unsealed { .. } => Voice::Source,
        };
        let arrival = Arrival { batch: &batch, patient: row.patient, voice, received: row.received };
        let changes = self.alarms.batch(arrival, self.writer.now);
        write_alarms(self.writer, self.alarms, changes)?;
        let bedside = Bedside { device: &row.device, patient: row.patient, rules: self.alarms.rules() };
        self.writer.device_alerts(alerts, bedside)?;
        self.writer.tell(LiveEvent::Batch(Committed { row, batch }));
        Ok(Outcome::Committed(id))
    }

    fn refuse_unsealed(
        self,
        message: Unsealed,
        reason: Reason,
        detail: String,
    ) -> Result<Outcome, StoreError> {
        // What was stored before its device was withdrawn, say, is acknowledged again.
        if self.writer.reader().batch_by_digest(&message.source, &message.digest)?.is_some() {
            return Ok(Outcome::Duplicate);
        }
        self.refuse(Refused {
            sender: Sender::Source(message.source),
            source: message.peer,
            bytes: message.bytes,
            rejection: Rejection { reason, detail, counter: None },
        })
    }

    fn refuse_verified(
        self,
        verified: Verified,
        reason: Reason,
        detail: String,
    ) -> Result<Outcome, StoreError> {
        let counter = Some(verified.batch.counter().0);
        self.refuse(Refused {
            sender: Sender::Device(verified.batch.device().clone()),
            source: verified.source,
            bytes: verified.batch.sealed_bytes().to_vec(),
            rejection: Rejection { reason, detail, counter },
        })
    }

    /// Lays a refused message into quarantine, writes it into the audit log and tells of it.
    pub(super) fn refuse(self, refused: Refused) -> Result<Outcome, StoreError> {
        let Refused { sender, source, bytes, rejection } = refused;
        let Rejection { reason, detail, counter } = rejection.clone();
        let sql = "INSERT INTO refusals (time, reason, device, counter, source, detail, length, bytes, origin) \
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
        let length = bytes.len() as u64;
        let kept =
            sender.keeps_bytes(reason) && !bytes.is_empty() && self.chains.may_quarantine(&sender, length);
        let kept = kept.then_some(&bytes);
        let (writer, alarms) = (self.writer, self.alarms);
        let id = writer.db.prepare_cached(sql)?.insert((
            writer.now.0,
            reason.as_str(),
            sender.device().map(DeviceId::as_str),
            counter.map(u64::cast_signed),
            source.as_ref(),
            &detail,
            length.cast_signed(),
            kept,
            sender.source().map(SourceName::as_str),
        ))?;
        let entry = Entry::refused(sender.to_string(), Action::Refuse, format!("message {id}"));
        writer.audit(entry.with_detail(format!("{reason}: {detail} ({source})")))?;
        if let Some(enrolled) = sender.device().and_then(|device| self.registry.devices.get(device)) {
            let patient = enrolled.association_at(writer.now).map(|one| one.patient);
            let change = alarms.refused(&enrolled.id, patient, reason, writer.now);
            write_alarms(writer, alarms, change)?;
        }
        writer.tell(LiveEvent::Refused(Refusal {
            id: RefusalId(id),
            time: writer.now,
            reason,
            device: sender.device().cloned(),
            counter,
            source: source.to_string(),
            detail,
            length,
        }));
        Ok(Outcome::Refused(rejection))
    }

    /// What follows from the passing of time: devices that should be heard of and are not, scores, alarms that move on.
    pub(super) fn tick(self) -> Result<(), StoreError> {
        let now = self.writer.now;
        for patient in self.alarms.strangers() {
            let known = self.writer.reader().patient(patient)?;
            self.alarms.meet(patient, known.and_then(|known| known.person.born).as_deref());
        }
        let active = self.registry.devices.values().filter(|one| one.status == DeviceStatus::Active);
        let present = active.filter_map(|one| {
            let voice = match &one.speaker {
                Speaker::Itself(_) => Voice::Own,
                Speaker::Source(_) => Voice::Source,
            };
            Some((one.id.clone(), (one.association_at(now)?.patient, voice)))
        });
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
                let id = writer.raise_alarm(&alarm, alarms.class(&alarm), again)?;
                alarms.raised(&alarm, id);
            }
            Change::Update(id, alarm) => writer.update_alarm(id, &alarm, alarms.class(&alarm))?,
            Change::Clear(id) => writer.clear_alarm(id)?,
            Change::Escalate(id, level, to) => writer.escalate_alarm(id, level, &to)?,
            Change::Resume(id) => writer.resume_alarm(id)?,
            Change::Score(score) => writer.tell(LiveEvent::Score(score)),
            Change::Keep(input) => writer.keep_score_input(&input)?,
        }
    }
    Ok(())
}
