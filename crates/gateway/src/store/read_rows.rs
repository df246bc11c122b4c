//! From rows to records: one function a table, with the columns it expects beside it.

use rusqlite::Row;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ValueRef};
use seal::{ChainHead, Counter, DeviceId, KeyId, Micros, Reason, SealHash};

use crate::audit::AuditRow;
use crate::record::{
    Association, AssociationId, AuditId, BatchId, ClockZone, Device, DeviceStatus, Digest, Enrolment, Form,
    NewPatient, Patient, PatientId, Proof, Refusal, RefusalId, Sex, Skew, SourceName, StoredBatch, Trust,
};

/// A column's text, parsed by `FromStr` or a table of words.
pub(super) struct Parsed<T>(pub(super) T);

macro_rules! column_words {
    // turns `Type: parser;` into: a text column of that type is read by that parser
    ($($type:ty: $parse:expr;)*) => {$(
        impl FromSql for Parsed<$type> {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                let parse: fn(&str) -> Option<$type> = $parse;
                parse(value.as_str()?).map(Parsed).ok_or(FromSqlError::InvalidType)
            }
        }
    )*};
}

column_words! {
    DeviceId: |text| text.parse().ok();
    SourceName: |text| text.parse().ok();
    Form: Form::from_word;
    ClockZone: |text| text.parse().ok();
    Reason: |text| text.parse().ok();
    DeviceStatus: status_from_word;
    Sex: sex_from_word;
}

/// A device's id in a column.
pub(super) fn parsed_device(row: &Row<'_>, column: usize) -> rusqlite::Result<DeviceId> {
    Ok(row.get::<_, Parsed<DeviceId>>(column)?.0)
}

/// A source's name in a column.
pub(super) fn parsed_source(row: &Row<'_>, column: usize) -> rusqlite::Result<SourceName> {
    Ok(row.get::<_, Parsed<SourceName>>(column)?.0)
}

pub(super) const fn status_word(status: DeviceStatus) -> &'static str {
    match status {
        DeviceStatus::Active => "active",
        DeviceStatus::Revoked => "revoked",
    }
}

fn status_from_word(word: &str) -> Option<DeviceStatus> {
    [DeviceStatus::Active, DeviceStatus::Revoked].into_iter().find(|one| status_word(*one) == word)
}

pub(super) const fn sex_word(sex: Sex) -> &'static str {
    match sex {
        Sex::Female => "female",
        Sex::Male => "male",
        Sex::Other => "other",
        Sex::Unknown => "unknown",
    }
}

fn sex_from_word(word: &str) -> Option<Sex> {
    [Sex::Female, Sex::Male, Sex::Other, Sex::Unknown].into_iter().find(|one| sex_word(*one) == word)
}

fn counter(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    let value: i64 = row.get(column)?;
    u64::try_from(value).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(column, value))
}

pub(super) const DEVICE: &str = "d.id, d.seal_key, d.seal_certificate, d.tls_certificate, d.status, d.enrolled, \
     coalesce(h.counter, 0), coalesce(h.hash, zeroblob(32)), d.source \
     FROM devices d LEFT JOIN heads h ON h.device = d.row";

pub(super) fn device(row: &Row<'_>) -> rusqlite::Result<Device> {
    let trust = match row.get::<_, Option<Parsed<SourceName>>>(8)? {
        Some(source) => Trust::Source(source.0),
        None => Trust::Seal(Box::new(Enrolment {
            seal_key: KeyId(row.get(1)?),
            seal_certificate: row.get(2)?,
            tls_certificate: row.get(3)?,
            head: ChainHead { counter: Counter(counter(row, 6)?), hash: SealHash(row.get(7)?) },
        })),
    };
    Ok(Device {
        id: row.get::<_, Parsed<DeviceId>>(0)?.0,
        trust,
        status: row.get::<_, Parsed<DeviceStatus>>(4)?.0,
        enrolled: Micros(row.get(5)?),
    })
}

pub(super) const PATIENT: &str = "id, identifier, family, given, born, sex FROM patients";

pub(super) fn patient(row: &Row<'_>) -> rusqlite::Result<Patient> {
    let person = NewPatient {
        identifier: row.get(1)?,
        family: row.get(2)?,
        given: row.get(3)?,
        born: row.get(4)?,
        sex: row.get::<_, Parsed<Sex>>(5)?.0,
    };
    Ok(Patient { id: PatientId(row.get(0)?), person })
}

pub(super) const ASSOCIATION: &str = "a.id, d.id, a.patient, a.bed, a.since, a.until, a.replaced \
     FROM associations a JOIN devices d ON d.row = a.device";

pub(super) fn association(row: &Row<'_>) -> rusqlite::Result<Association> {
    Ok(Association {
        id: AssociationId(row.get(0)?),
        device: row.get::<_, Parsed<DeviceId>>(1)?.0,
        patient: PatientId(row.get(2)?),
        bed: row.get(3)?,
        from: Micros(row.get(4)?),
        to: row.get::<_, Option<i64>>(5)?.map(Micros),
        replaced: row.get::<_, Option<i64>>(6)?.map(AssociationId),
    })
}

/// A row that corrects has the proof and the bytes of the one it corrects, which is `o`.
pub(super) const BATCH: &str = "b.id, d.id, b.patient, b.association, coalesce(o.counter, b.counter), b.time, b.first, b.last, \
     b.received, b.hash, CASE WHEN o.id IS NULL THEN b.bytes ELSE o.bytes END, coalesce(o.source, b.source), \
     coalesce(o.form, b.form), b.corrects, b.replaced, coalesce(o.zone, b.zone) \
     FROM batches b JOIN devices d ON d.row = b.device LEFT JOIN batches o ON o.id = b.corrects";

pub(super) fn batch(row: &Row<'_>) -> rusqlite::Result<StoredBatch> {
    let hash: [u8; 32] = row.get(9)?;
    let proof = match row.get::<_, Option<Parsed<SourceName>>>(11)? {
        None => Proof::Sealed { counter: counter(row, 4)?, hash: SealHash(hash) },
        Some(Parsed(source)) => {
            let form = row.get::<_, Parsed<Form>>(12)?.0;
            let zone = row.get::<_, Parsed<ClockZone>>(15)?.0;
            Proof::Unsealed { source, form, zone, digest: Digest(hash) }
        }
    };
    Ok(StoredBatch {
        id: BatchId(row.get(0)?),
        device: row.get::<_, Parsed<DeviceId>>(1)?.0,
        patient: row.get::<_, Option<i64>>(2)?.map(PatientId),
        association: row.get::<_, Option<i64>>(3)?.map(AssociationId),
        proof,
        corrects: row.get::<_, Option<i64>>(13)?.map(BatchId),
        replaced: row.get::<_, Option<i64>>(14)?.map(BatchId),
        time: Micros(row.get(5)?),
        first: Micros(row.get(6)?),
        last: Micros(row.get(7)?),
        received: Micros(row.get(8)?),
        bytes: row.get_ref(10)?.as_blob()?.into(),
    })
}

pub(super) fn skew(row: &Row<'_>) -> rusqlite::Result<Skew> {
    Ok(Skew { count: counter(row, 0)?, mean: row.get(1)?, least: row.get(2)?, most: row.get(3)? })
}

pub(super) const REFUSAL: &str = "id, time, reason, device, counter, source, detail, length FROM refusals";

pub(super) fn refusal(row: &Row<'_>) -> rusqlite::Result<Refusal> {
    Ok(Refusal {
        id: RefusalId(row.get(0)?),
        time: Micros(row.get(1)?),
        reason: row.get::<_, Parsed<Reason>>(2)?.0,
        device: row.get::<_, Option<Parsed<DeviceId>>>(3)?.map(|device| device.0),
        counter: row.get::<_, Option<i64>>(4)?.map(i64::cast_unsigned),
        source: row.get(5)?,
        detail: row.get(6)?,
        length: counter(row, 7)?,
    })
}

pub(super) fn refusal_count(row: &Row<'_>) -> rusqlite::Result<(Option<String>, Reason, u64)> {
    Ok((row.get(0)?, row.get::<_, Parsed<Reason>>(1)?.0, counter(row, 2)?))
}

pub(super) const AUDIT: &str = "id, time, actor, action, object, outcome, detail, hash FROM audit";

pub(super) fn audit(row: &Row<'_>) -> rusqlite::Result<AuditRow> {
    Ok(AuditRow {
        id: AuditId(row.get(0)?),
        time: row.get(1)?,
        actor: row.get(2)?,
        action: row.get(3)?,
        object: row.get(4)?,
        outcome: row.get(5)?,
        detail: row.get(6)?,
        hash: row.get(7)?,
    })
}
