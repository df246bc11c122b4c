//! What can be asked of the store. Every answer of one [`Reader`] belongs to the same moment.

use rusqlite::{Connection, OptionalExtension, Params, Row, ToSql};
use seal::{DeviceId, Micros, Reason, SealHash};

use super::StoreError;
use super::read_rows as rows;
use crate::audit::{self, AuditError, AuditHead, AuditRow};
use crate::limits;
use crate::record::{
    Association, AssociationId, AuditId, BatchId, Device, Digest, Journal, Patient, PatientId, Place, Proof,
    Refusal, RefusalId, Skew, SourceName, StoredBatch,
};

/// A connection to ask, and within [`Reader::at_one_moment`] a consistent view of the store.
#[derive(Debug)]
pub struct Reader {
    pub(super) db: Connection,
}

/// Which way a listing runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// Oldest first.
    #[default]
    OldestFirst,
    /// Newest first.
    NewestFirst,
}

/// Which rows are meant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rows {
    /// All: sealed, unsealed, corrections.
    #[default]
    All,
    /// What devices sealed, each once.
    Sealed,
}

/// Which batches are wanted. What is `None` does not narrow the answer.
#[derive(Clone, Debug, Default)]
pub struct BatchQuery {
    /// Of this patient.
    pub patient: Option<PatientId>,
    /// Of this device.
    pub device: Option<DeviceId>,
    /// Whose own time is this or later.
    pub from: Option<Micros>,
    /// Whose own time is before this.
    pub to: Option<Micros>,
    /// With a greater number than this.
    pub after: Option<BatchId>,
    /// With a smaller number than this.
    pub before: Option<BatchId>,
    /// Of which kind.
    pub rows: Rows,
    /// Which way.
    pub order: Order,
    /// At most so many; 0 and more than [`limits::PAGE_ROWS`] mean [`limits::PAGE_ROWS`].
    pub limit: usize,
}

/// A page of a listing that runs from the newest to the oldest.
#[derive(Clone, Copy, Debug, Default)]
pub struct Page {
    /// Only rows with a smaller number: the last one of the page before.
    pub before: Option<i64>,
    /// At most so many; 0 and more than [`limits::PAGE_ROWS`] mean [`limits::PAGE_ROWS`].
    pub limit: usize,
}

/// The numbers with commas between them, for a list of SQL.
fn numbers(patients: &[PatientId]) -> String {
    patients.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

pub(super) fn rows_at_most(limit: usize) -> i64 {
    if limit == 0 { limits::PAGE_ROWS as i64 } else { limit.min(limits::PAGE_ROWS) as i64 }
}

impl Reader {
    pub(super) fn new(db: Connection) -> Self {
        Self { db }
    }

    /// Runs `read` so that all its answers belong to the same moment.
    pub(super) fn at_one_moment<T>(
        &self,
        read: impl FnOnce(&Self) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.db.execute_batch("BEGIN")?;
        let answer = read(self);
        self.db.execute_batch("COMMIT")?;
        answer
    }

    pub(super) fn all<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: fn(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, StoreError> {
        let mut statement = self.db.prepare_cached(sql)?;
        let found = statement.query_map(params, read)?.collect::<Result<_, _>>()?;
        Ok(found)
    }

    pub(super) fn one<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: fn(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>, StoreError> {
        Ok(self.db.prepare_cached(sql)?.query_row(params, read).optional()?)
    }

    /// The makers' certificates, DER.
    pub fn makers(&self) -> Result<Vec<Vec<u8>>, StoreError> {
        self.all("SELECT certificate FROM makers ORDER BY id", [], |row| row.get(0))
    }

    /// All devices, by id.
    pub fn devices(&self) -> Result<Vec<Device>, StoreError> {
        self.all(&format!("SELECT {} ORDER BY d.id", rows::DEVICE), [], rows::device)
    }

    /// One device.
    pub fn device(&self, id: &DeviceId) -> Result<Option<Device>, StoreError> {
        self.one(&format!("SELECT {} WHERE d.id = ?1", rows::DEVICE), [id.as_str()], rows::device)
    }

    /// All patients, by their number.
    pub fn patients(&self) -> Result<Vec<Patient>, StoreError> {
        self.all(&format!("SELECT {} ORDER BY id", rows::PATIENT), [], rows::patient)
    }

    /// One patient.
    pub fn patient(&self, id: PatientId) -> Result<Option<Patient>, StoreError> {
        self.one(&format!("SELECT {} WHERE id = ?1", rows::PATIENT), [id.0], rows::patient)
    }

    /// The patient with the hospital's identifier.
    pub fn patient_by_identifier(&self, identifier: &str) -> Result<Option<Patient>, StoreError> {
        self.one(&format!("SELECT {} WHERE identifier = ?1", rows::PATIENT), [identifier], rows::patient)
    }

    /// All associations, past and present, oldest first.
    pub fn associations(&self) -> Result<Vec<Association>, StoreError> {
        self.all(&format!("SELECT {} ORDER BY a.id", rows::ASSOCIATION), [], rows::association)
    }

    /// The associations that have not ended, by bed.
    pub fn current_associations(&self) -> Result<Vec<Association>, StoreError> {
        let sql = format!(
            "SELECT {} WHERE a.until IS NULL AND a.replaced IS NULL ORDER BY a.bed, a.id",
            rows::ASSOCIATION
        );
        self.all(&sql, [], rows::association)
    }

    /// A patient's associations, those merged into them included, oldest first.
    pub fn associations_of(&self, patient: PatientId) -> Result<Vec<Association>, StoreError> {
        let all = self.with_merged(patient)?;
        let sql = format!(
            "SELECT {} WHERE a.patient IN ({}) ORDER BY a.since, a.id",
            rows::ASSOCIATION,
            numbers(&all)
        );
        self.all(&sql, [], rows::association)
    }

    /// A device's associations, oldest first.
    pub fn associations_of_device(&self, device: &DeviceId) -> Result<Vec<Association>, StoreError> {
        let sql = format!(
            "SELECT {} WHERE a.device = (SELECT row FROM devices WHERE id = ?1) ORDER BY a.since, a.id",
            rows::ASSOCIATION
        );
        self.all(&sql, [device.as_str()], rows::association)
    }

    /// One association.
    pub fn association(&self, id: AssociationId) -> Result<Option<Association>, StoreError> {
        self.one(&format!("SELECT {} WHERE a.id = ?1", rows::ASSOCIATION), [id.0], rows::association)
    }

    /// One batch.
    pub fn batch(&self, id: BatchId) -> Result<Option<StoredBatch>, StoreError> {
        self.one(&format!("SELECT {} WHERE b.id = ?1", rows::BATCH), [id.0], rows::batch)
    }

    /// The batch of a device with this counter.
    pub fn batch_by_counter(
        &self,
        device: &DeviceId,
        counter: u64,
    ) -> Result<Option<StoredBatch>, StoreError> {
        let sql = format!("SELECT {} WHERE d.id = ?1 AND b.counter = ?2", rows::BATCH);
        self.one(&sql, (device.as_str(), counter.cast_signed()), rows::batch)
    }

    /// Whether this device has stored exactly this seal.
    pub fn has_seal(&self, device: &DeviceId, counter: u64, hash: &SealHash) -> Result<bool, StoreError> {
        let stored = self.batch_by_counter(device, counter)?;
        Ok(stored.is_some_and(|batch| batch.proof == Proof::Sealed { counter, hash: *hash }))
    }

    /// How far a device's clock is off; `None` before its first message.
    pub fn skew(&self, device: &DeviceId) -> Result<Option<Skew>, StoreError> {
        let sql = "SELECT c.count, c.mean, c.least, c.most FROM device_clocks c \
                   JOIN devices d ON d.row = c.device WHERE d.id = ?1";
        self.one(sql, [device.as_str()], rows::skew)
    }

    /// The row of a source's message that is stored already.
    pub fn batch_by_digest(
        &self,
        source: &SourceName,
        digest: &Digest,
    ) -> Result<Option<BatchId>, StoreError> {
        let sql = "SELECT id FROM batches WHERE source = ?1 AND hash = ?2";
        self.one(sql, (source.as_str(), digest.0), |row| row.get(0).map(BatchId))
    }

    /// The device's last batch.
    pub fn latest(&self, device: &DeviceId) -> Result<Option<StoredBatch>, StoreError> {
        let sql = format!(
            "SELECT {} WHERE b.device = (SELECT row FROM devices WHERE id = ?1) AND b.corrects IS NULL \
             ORDER BY b.counter DESC, b.id DESC LIMIT 1",
            rows::BATCH
        );
        self.one(&sql, [device.as_str()], rows::batch)
    }

    /// The batches that fit the query: by time for a patient or a device, by counter for what a device sealed, else by number.
    pub fn batches(&self, query: &BatchQuery) -> Result<Vec<StoredBatch>, StoreError> {
        let device = query.device.as_ref().map(DeviceId::as_str);
        let merged = match query.patient {
            Some(patient) => self.with_merged(patient)?,
            None => Vec::new(),
        };
        // More than one only of a patient into whom others were merged; then what is found is sorted.
        let of_patients = format!("b.patient IN ({})", numbers(&merged));
        let clauses = [
            ("b.patient = ?", query.patient.filter(|_| merged.len() == 1).map(|id| id.0)),
            ("b.time >= ?", query.from.map(|time| time.0)),
            ("b.time < ?", query.to.map(|time| time.0)),
            ("b.id > ?", query.after.map(|id| id.0)),
            ("b.id < ?", query.before.map(|id| id.0)),
        ];
        let mut wanted = match query.rows {
            Rows::All => vec!["1"],
            Rows::Sealed => vec!["b.counter IS NOT NULL"],
        };
        if merged.len() > 1 {
            wanted.push(&of_patients);
        }
        let mut values: Vec<&dyn ToSql> = Vec::new();
        if device.is_some() {
            wanted.push("b.device = (SELECT row FROM devices WHERE id = ?)");
            values.push(&device);
        }
        for (clause, value) in clauses.iter().filter(|(_, value)| value.is_some()) {
            wanted.push(clause);
            values.push(value);
        }
        let limit = rows_at_most(query.limit);
        values.push(&limit);
        let wanted = wanted.join(" AND ");
        let direction = match query.order {
            Order::OldestFirst => "ASC",
            Order::NewestFirst => "DESC",
        };
        let by = match (query.patient, device, query.rows) {
            (None, Some(_), Rows::Sealed) => format!("b.counter {direction}"),
            (Some(_), _, _) | (None, Some(_), Rows::All) => format!("b.time {direction}, b.id {direction}"),
            (None, None, _) => format!("b.id {direction}"),
        };
        let sql = format!("SELECT {} WHERE {wanted} ORDER BY {by} LIMIT ?", rows::BATCH);
        self.all(&sql, values.as_slice(), rows::batch)
    }

    /// Whose readings a row's are, corrections heeded.
    pub fn patient_of(&self, row: &StoredBatch) -> Result<Option<PatientId>, StoreError> {
        match row.replaced {
            None => Ok(row.patient),
            Some(by) => Ok(self.batch(by)?.and_then(|row| row.patient)),
        }
    }

    /// The row that stood for a batch's readings before this one, which corrects it.
    pub fn corrected_by(&self, row: &StoredBatch) -> Result<Option<StoredBatch>, StoreError> {
        let Some(root) = row.corrects else { return Ok(None) };
        let sql = format!(
            "SELECT {} WHERE (b.id = ?1 OR b.corrects = ?1) AND b.id < ?2 ORDER BY b.id DESC LIMIT 1",
            rows::BATCH
        );
        self.one(&sql, (root.0, row.id.0), rows::batch)
    }

    /// Refused messages, newest first.
    pub fn refusals(&self, page: Page) -> Result<Vec<Refusal>, StoreError> {
        self.page(rows::REFUSAL, page, rows::refusal)
    }

    /// One refused message.
    pub fn refusal(&self, id: RefusalId) -> Result<Option<Refusal>, StoreError> {
        self.one(&format!("SELECT {} WHERE id = ?1", rows::REFUSAL), [id.0], rows::refusal)
    }

    /// How many messages were refused, those removed since included, by the device on whose connection they came and by reason.
    pub fn refusal_counts(&self) -> Result<Vec<(Option<String>, Reason, u64)>, StoreError> {
        let sql = "SELECT device, reason, sum(count) FROM (SELECT device, reason, count(*) AS count FROM refusals \
                   GROUP BY device, reason UNION ALL SELECT nullif(device, ''), reason, count FROM refusals_removed) \
                   GROUP BY device, reason";
        self.all(sql, [], rows::refusal_count)
    }

    /// The bytes of a refused message, where they are kept.
    pub fn quarantined(&self, id: RefusalId) -> Result<Option<Vec<u8>>, StoreError> {
        let sql = "SELECT bytes FROM refusals WHERE id = ?1 AND bytes IS NOT NULL";
        self.one(sql, [id.0], |row| row.get(0))
    }

    /// The audit log, newest first.
    pub fn audit(&self, page: Page) -> Result<Vec<AuditRow>, StoreError> {
        self.page(rows::AUDIT, page, rows::audit)
    }

    /// The end of the audit log.
    pub fn audit_head(&self) -> Result<AuditHead, StoreError> {
        let last = self.audit(Page { before: None, limit: 1 })?;
        match last.first() {
            Some(row) => Ok(AuditHead { id: row.id, hash: row.hash }),
            None => self.audit_base(),
        }
    }

    /// The hash up to and including a row of the audit log.
    pub fn audit_hash(&self, id: AuditId) -> Result<Option<[u8; 32]>, StoreError> {
        self.one("SELECT hash FROM audit WHERE id = ?1", [id.0], |row| row.get(0))
    }

    /// Rows of the audit log after this one, oldest first, a page of them.
    pub fn audit_after(&self, id: AuditId) -> Result<Vec<AuditRow>, StoreError> {
        let sql = format!("SELECT {} WHERE id > ?1 ORDER BY id LIMIT ?2", rows::AUDIT);
        self.all(&sql, (id.0, limits::PAGE_ROWS as i64), rows::audit)
    }

    /// Checks the audit log as far as it lies here, after the newest segment, and returns its head.
    pub fn verify_audit(&self) -> Result<Result<AuditHead, AuditError>, StoreError> {
        let mut head = self.audit_base()?;
        loop {
            let found = self.audit_after(head.id)?;
            if found.is_empty() {
                return Ok(Ok(head));
            }
            head = match audit::verify(head, &found) {
                Ok(head) => head,
                Err(broken) => return Ok(Err(broken)),
            };
        }
    }

    /// How far a destination has got in a journal: every entry up to this one was answered. 0 at first.
    pub fn outbox(&self, destination: &str, journal: Journal) -> Result<Place, StoreError> {
        let sql = "SELECT place FROM outbox WHERE destination = ?1 AND journal = ?2";
        let found = self.one(sql, (destination, journal.as_str()), |row| row.get(0))?;
        Ok(Place(found.unwrap_or(0)))
    }

    /// Up to which entry a destination may have been sent any. 0 at first.
    pub fn sending(&self, destination: &str, journal: Journal) -> Result<Place, StoreError> {
        let sql = "SELECT sending FROM outbox WHERE destination = ?1 AND journal = ?2";
        let found = self.one(sql, (destination, journal.as_str()), |row| row.get(0))?;
        Ok(Place(found.unwrap_or(0)))
    }

    /// The newest entry of a journal, which for charts is the destination's own. 0 when it has none.
    pub fn newest(&self, destination: &str, journal: Journal) -> Result<Place, StoreError> {
        let sql = match journal {
            Journal::Batches => "SELECT max(id) FROM batches",
            Journal::Associations => "SELECT max(id) FROM association_steps",
            Journal::Alarms => "SELECT max(id) FROM alarm_steps",
            Journal::Charts => return self.newest_chart(destination),
        };
        let found = self.one(sql, [], |row| row.get::<_, Option<i64>>(0))?;
        Ok(Place(found.flatten().unwrap_or_default()))
    }

    pub(super) fn page<T>(
        &self,
        columns: &str,
        page: Page,
        read: fn(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, StoreError> {
        let sql = format!("SELECT {columns} WHERE id < ?1 ORDER BY id DESC LIMIT ?2");
        self.all(&sql, (page.before.unwrap_or(i64::MAX), rows_at_most(page.limit)), read)
    }
}
