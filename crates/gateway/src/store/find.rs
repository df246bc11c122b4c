//! Finding somebody by what a person types or scans, and how far an association's rows have got.

use seal::Micros;

use super::read_rows as rows;
use super::{Reader, StoreError};
use crate::record::{Association, Journal, Patient, Place};

/// The rows of one association that stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reach {
    /// How many there are.
    pub rows: u64,
    /// How many of them rest on a device's own seal.
    pub sealed: u64,
    /// The time of the earliest.
    pub first: Option<Micros>,
    /// The time of the latest.
    pub last: Option<Micros>,
}

/// `text` as a pattern of SQL's LIKE that it occurs anywhere; its own wildcards stand for themselves.
fn anywhere(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 2);
    pattern.push('%');
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

impl Reader {
    /// Patients in whose name or numbers this text occurs, those with exactly this number first, then by name. Of merged ones only who
    /// is left.
    pub fn find_patients(&self, text: &str, limit: usize) -> Result<Vec<Patient>, StoreError> {
        let sql = format!(
            "SELECT {} WHERE merged IS NULL AND (identifier LIKE ?1 ESCAPE '\\' \
             OR given || ' ' || family LIKE ?1 ESCAPE '\\' OR family || ' ' || given LIKE ?1 ESCAPE '\\' \
             OR id IN (SELECT i.patient FROM patient_identifiers i WHERE i.id LIKE ?1 ESCAPE '\\')) \
             ORDER BY id IN (SELECT i.patient FROM patient_identifiers i WHERE i.id = ?2) DESC, family, given, id \
             LIMIT ?3",
            rows::PATIENT
        );
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.all(&sql, (anywhere(text), text, limit), rows::patient)
    }

    /// How many patients are known; of merged ones only who is left.
    pub fn count_patients(&self) -> Result<u64, StoreError> {
        let sql = "SELECT count(*) FROM patients WHERE merged IS NULL";
        let count: Option<i64> = self.one(sql, [], |row| row.get(0))?;
        Ok(count.unwrap_or(0).cast_unsigned())
    }

    /// Patients who are known by exactly this number, whoever gave it out.
    pub fn patients_by_number(&self, number: &str) -> Result<Vec<Patient>, StoreError> {
        let sql = format!(
            "SELECT {} WHERE merged IS NULL AND id IN (SELECT i.patient FROM patient_identifiers i WHERE i.id = ?1) \
             ORDER BY id",
            rows::PATIENT
        );
        self.all(&sql, [number], rows::patient)
    }

    /// The rows of an association.
    pub fn reach(&self, association: &Association) -> Result<Reach, StoreError> {
        let sql = format!(
            "SELECT count(*), count(coalesce(b.counter, r.counter)), min(b.time), max(b.time) {OF_ASSOCIATION}"
        );
        let read = |row: &rusqlite::Row<'_>| {
            let (rows, sealed): (i64, i64) = (row.get(0)?, row.get(1)?);
            let (first, last): (Option<i64>, Option<i64>) = (row.get(2)?, row.get(3)?);
            let (rows, sealed) = (rows.cast_unsigned(), sealed.cast_unsigned());
            Ok(Reach { rows, sealed, first: first.map(Micros), last: last.map(Micros) })
        };
        let found = self.one(&sql, (association.device.as_str(), association.id.0), read)?;
        Ok(found.unwrap_or(Reach { rows: 0, sealed: 0, first: None, last: None }))
    }

    /// How many of an association's rows a destination has answered at least; `None` for one that gets no rows.
    pub fn answered(
        &self,
        association: &Association,
        destination: &str,
        journal: Journal,
    ) -> Result<Option<u64>, StoreError> {
        let Place(position) = match journal {
            Journal::Associations | Journal::Alarms => return Ok(None),
            Journal::Batches => self.outbox(destination, journal)?,
            Journal::Charts if self.newest_chart(destination)? == self.outbox(destination, journal)? => {
                self.charting(destination)?.map_or(Place(0), |charting| charting.done.into())
            }
            // Which rows the charts on their way are of is not noted.
            Journal::Charts => Place(0),
        };
        let sql = format!("SELECT count(*) {OF_ASSOCIATION} AND b.id <= ?3");
        let values = (association.device.as_str(), association.id.0, position);
        let count: Option<i64> = self.one(&sql, values, |row| row.get(0))?;
        Ok(Some(count.unwrap_or(0).cast_unsigned()))
    }
}

/// The rows that stand for an association: those it was found by, less those that were put right to somebody else.
const OF_ASSOCIATION: &str = "FROM batches b LEFT JOIN batches r ON r.id = b.corrects \
     WHERE b.device = (SELECT row FROM devices WHERE id = ?1) AND b.association = ?2 AND b.replaced IS NULL";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_is_no_pattern() {
        assert_eq!(anywhere("A_1%\\"), "%A\\_1\\%\\\\%");
    }
}
