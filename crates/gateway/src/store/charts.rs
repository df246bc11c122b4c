//! What interval feeds keep: how far their charting has got, what they read to chart, and the charts on their way.
//!
//! A reading counts for an interval by its own time. Of each interval, a patient and a device, what stands can be asked for as it
//! was when the rows up to any one had been stored: so the difference between two such moments is what has to be told.

use rusqlite::Row;
use seal::{DeviceId, Micros};

use super::read_rows as rows;
use super::{Reader, StoreError, Writer};
use crate::record::{BatchId, Journal, PatientId, Place, StoredBatch};

/// How far a destination's charting has got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Charting {
    /// Every interval that ended before this has been charted ...
    pub(crate) horizon: Micros,
    /// ... from the rows up to this one.
    pub(crate) done: BatchId,
    /// No row up to this one has readings from the horizon on.
    pub(crate) open: BatchId,
}

/// A row as far as it matters for finding out what is to be charted.
#[derive(Clone, Debug)]
pub(crate) struct Outline {
    pub(crate) id: BatchId,
    pub(crate) device: DeviceId,
    pub(crate) patient: Option<PatientId>,
    pub(crate) time: Micros,
    pub(crate) first: Micros,
    pub(crate) last: Micros,
    pub(crate) received: Micros,
    /// The row whose readings this one gives to another patient.
    pub(crate) corrects: Option<BatchId>,
}

/// A row, and since which row its readings are another's.
#[derive(Debug)]
pub(crate) struct Standing {
    pub(crate) row: StoredBatch,
    pub(crate) superseded: Option<BatchId>,
}

impl Standing {
    /// Whether its readings were its patient's when the rows up to `at` had been stored.
    pub(crate) fn stood(&self, at: BatchId) -> bool {
        self.row.id <= at && self.superseded.is_none_or(|by| by > at)
    }
}

/// Whose rows, of which device, with a batch time from `from` on and before `to`.
#[derive(Clone, Debug)]
pub(crate) struct Stretch<'a> {
    pub(crate) patient: Option<PatientId>,
    pub(crate) device: &'a DeviceId,
    pub(crate) from: Micros,
    pub(crate) to: Micros,
    pub(crate) up_to: BatchId,
}

/// A chart to be sent.
#[derive(Clone, Debug)]
pub(crate) struct NewChart {
    pub(crate) place: Place,
    pub(crate) patient: Option<PatientId>,
    pub(crate) device: DeviceId,
    pub(crate) slot: Micros,
    pub(crate) wrong: bool,
    /// The message, or why there is none.
    pub(crate) message: Result<String, &'static str>,
}

/// A chart on its way.
#[derive(Debug)]
pub(crate) struct Chart {
    pub(crate) place: Place,
    pub(crate) patient: Option<PatientId>,
    /// The message, or why there is none.
    pub(crate) message: Result<String, String>,
}

const OUTLINE: &str = "b.id, d.id, b.patient, b.time, b.first, b.last, b.received, b.corrects \
     FROM batches b JOIN devices d ON d.row = b.device";

fn outline(row: &Row<'_>) -> rusqlite::Result<Outline> {
    Ok(Outline {
        id: BatchId(row.get(0)?),
        device: row.get::<_, rows::Parsed<DeviceId>>(1)?.0,
        patient: row.get::<_, Option<i64>>(2)?.map(PatientId),
        time: Micros(row.get(3)?),
        first: Micros(row.get(4)?),
        last: Micros(row.get(5)?),
        received: Micros(row.get(6)?),
        corrects: row.get::<_, Option<i64>>(7)?.map(BatchId),
    })
}

fn chart(row: &Row<'_>) -> rusqlite::Result<Chart> {
    let (message, reason): (Option<String>, Option<String>) = (row.get(2)?, row.get(3)?);
    Ok(Chart {
        place: Place(row.get(0)?),
        patient: row.get::<_, Option<i64>>(1)?.map(PatientId),
        message: message.ok_or(reason.unwrap_or_default()),
    })
}

impl Reader {
    /// How far a destination's charting has got; `None` before its first.
    pub(crate) fn charting(&self, destination: &str) -> Result<Option<Charting>, StoreError> {
        let sql = "SELECT horizon, done, open FROM charting WHERE destination = ?1";
        self.one(sql, [destination], |row| {
            let (horizon, done, open) = (row.get(0)?, row.get(1)?, row.get(2)?);
            Ok(Charting { horizon: Micros(horizon), done: BatchId(done), open: BatchId(open) })
        })
    }

    /// The rows after one up to another, in their order, at most `limit`.
    pub(crate) fn outlines(
        &self,
        after: BatchId,
        up_to: BatchId,
        limit: usize,
    ) -> Result<Vec<Outline>, StoreError> {
        let sql = format!("SELECT {OUTLINE} WHERE b.id > ?1 AND b.id <= ?2 ORDER BY b.id LIMIT ?3");
        self.all(&sql, (after.0, up_to.0, limit as i64), outline)
    }

    /// The last row before the first one after `after` that was received after `due` and not after `now`; without such a one, the last of all.
    pub(crate) fn received_by(
        &self,
        after: BatchId,
        due: Micros,
        now: Micros,
    ) -> Result<BatchId, StoreError> {
        let sql =
            "SELECT id FROM batches WHERE id > ?1 AND received > ?2 AND received <= ?3 ORDER BY id LIMIT 1";
        let cut = self.one(sql, (after.0, due.0, now.0), |row| row.get::<_, i64>(0))?;
        match cut {
            Some(cut) => Ok(BatchId(cut - 1).max(after)),
            None => {
                let Place(newest) = self.newest("", Journal::Batches)?;
                Ok(BatchId(newest).max(after))
            }
        }
    }

    /// Whose a row's readings were before it gave them to another.
    pub(crate) fn patient_before(&self, row: &Outline) -> Result<Option<PatientId>, StoreError> {
        let Some(root) = row.corrects else { return Ok(None) };
        let sql = "SELECT patient FROM batches WHERE (id = ?1 OR corrects = ?1) AND id < ?2 ORDER BY id DESC LIMIT 1";
        let found = self.one(sql, (root.0, row.id.0), |row| row.get::<_, Option<i64>>(0))?;
        Ok(found.flatten().map(PatientId))
    }

    /// The rows of a stretch, by their times.
    pub(crate) fn standing(&self, stretch: &Stretch<'_>) -> Result<Vec<Standing>, StoreError> {
        let sql = format!(
            "SELECT {} WHERE b.device = (SELECT row FROM devices WHERE id = ?1) AND b.time >= ?2 AND b.time < ?3 \
             AND b.id <= ?4 AND b.patient IS ?5 ORDER BY b.time, b.id",
            rows::BATCH
        );
        let Stretch { patient, device, from, to, up_to } = stretch;
        let values = (device.as_str(), from.0, to.0, up_to.0, patient.map(|patient| patient.0));
        let found = self.all(&sql, values, rows::batch)?;
        found
            .into_iter()
            .map(|row| {
                let superseded = if row.replaced.is_some() { self.superseded(&row)? } else { None };
                Ok(Standing { row, superseded })
            })
            .collect()
    }

    /// The first row that gave a row's readings to another patient.
    fn superseded(&self, row: &StoredBatch) -> Result<Option<BatchId>, StoreError> {
        let sql = "SELECT min(id) FROM batches WHERE corrects = ?1 AND id > ?2";
        let root = row.corrects.unwrap_or(row.id);
        let found = self.one(sql, (root.0, row.id.0), |row| row.get::<_, Option<i64>>(0))?;
        Ok(found.flatten().map(BatchId))
    }

    /// The charts of a destination after a place, in their order, at most `limit`.
    pub(crate) fn charts(
        &self,
        destination: &str,
        after: Place,
        limit: usize,
    ) -> Result<Vec<Chart>, StoreError> {
        let sql = "SELECT id, patient, message, reason FROM charts WHERE destination = ?1 AND id > ?2 \
                   ORDER BY id LIMIT ?3";
        self.all(sql, (destination, after.0, limit as i64), chart)
    }

    /// Whether a chart was taken back by a later one.
    pub(crate) fn chart_taken_back(&self, destination: &str, place: Place) -> Result<bool, StoreError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM charts c JOIN charts w ON w.destination = c.destination \
                   AND w.patient IS c.patient AND w.device = c.device AND w.slot = c.slot AND w.wrong = 1 AND w.id > c.id \
                   WHERE c.destination = ?1 AND c.id = ?2)";
        let found = self.one(sql, (destination, place.0), |row| row.get::<_, bool>(0))?;
        Ok(found.unwrap_or_default())
    }

    /// The number of the newest chart of a destination, whether it is on its way or was answered; numbers never repeat.
    pub(crate) fn newest_chart(&self, destination: &str) -> Result<Place, StoreError> {
        let sql = "SELECT max(id) FROM charts WHERE destination = ?1";
        let waiting = self.one(sql, [destination], |row| row.get::<_, Option<i64>>(0))?.flatten();
        Ok(self.outbox(destination, Journal::Charts)?.max(Place(waiting.unwrap_or_default())))
    }
}

impl Writer<'_> {
    /// Puts charts on their way and notes how far the charting has got, both or neither. Charts that were answered go, but for those that a
    /// letter is of and those that take something back.
    pub(crate) fn chart(
        &mut self,
        destination: &str,
        charts: &[NewChart],
        reached: &Charting,
    ) -> Result<(), StoreError> {
        for one in charts {
            let sql = "INSERT INTO charts (destination, id, patient, device, slot, wrong, message, reason) \
                       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
            let patient = one.patient.map(|patient| patient.0);
            let (message, reason) = (one.message.as_ref().ok(), one.message.as_ref().err());
            let (device, wrong) = (one.device.as_str(), one.wrong);
            let values = (destination, one.place.0, patient, device, one.slot.0, wrong, message, reason);
            self.db.prepare_cached(sql)?.execute(values)?;
        }
        let answered = self.reader().outbox(destination, Journal::Charts)?;
        let sql = "DELETE FROM charts WHERE destination = ?1 AND id <= ?2 AND wrong = 0 AND NOT EXISTS \
                   (SELECT 1 FROM letters l WHERE l.destination = ?1 AND l.journal = 'charts' AND l.place = charts.id \
                   AND l.state IN ('lying', 'resend'))";
        self.db.prepare_cached(sql)?.execute((destination, answered.0))?;
        let sql = "INSERT INTO charting (destination, horizon, done, open) VALUES (?1, ?2, ?3, ?4) \
                   ON CONFLICT (destination) DO UPDATE SET horizon = ?2, done = ?3, open = ?4";
        let values = (destination, reached.horizon.0, reached.done.0, reached.open.0);
        self.db.prepare_cached(sql)?.execute(values)?;
        Ok(())
    }
}
