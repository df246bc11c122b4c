//! The journal of associations: what happened to them, in the order of the commits.

use super::{Reader, StoreError};
use crate::record::{AssociationEvent, AssociationId, AssociationStep, Place};

impl Reader {
    /// What happened to associations after a place, at most `limit` steps.
    pub(crate) fn association_events(
        &self,
        after: Place,
        limit: usize,
    ) -> Result<Vec<AssociationEvent>, StoreError> {
        let sql =
            "SELECT id, association, step, time FROM association_steps WHERE id > ?1 ORDER BY id LIMIT ?2";
        let found = self.all(sql, (after.0, limit as i64), |row| {
            let step: String = row.get(2)?;
            Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, step, row.get::<_, i64>(3)?))
        })?;
        found
            .into_iter()
            .map(|(place, association, step, time)| {
                let damaged = |what| StoreError::Value { what, value: format!("step {place}") };
                let association = AssociationId(association);
                let sql = "SELECT reference FROM associations WHERE id = ?1";
                Ok(AssociationEvent {
                    place: Place(place),
                    step: AssociationStep::from_word(&step).ok_or_else(|| damaged("a step"))?,
                    time: seal::Micros(time),
                    association: self.association(association)?.ok_or_else(|| damaged("an association"))?,
                    reference: self.one(sql, [association.0], |row| row.get(0))?.flatten(),
                })
            })
            .collect()
    }
}
