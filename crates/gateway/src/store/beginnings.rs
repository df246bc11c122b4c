//! Where destinations begin: written when each is first seen, and kept.

use seal::Micros;

use super::{Reader, StoreError, Writer};
use crate::audit::{Action, Entry};
use crate::record::{Beginning, Journal, Place, Since};
use crate::sinks::Destination;

impl Reader {
    /// Where a destination began; `None` before it was first seen.
    pub fn beginning(&self, destination: &str, journal: Journal) -> Result<Option<Beginning>, StoreError> {
        let sql = "SELECT since, place, time FROM beginnings WHERE destination = ?1 AND journal = ?2";
        let found = self.one(sql, (destination, journal.as_str()), |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?, row.get::<_, i64>(2)?))
        })?;
        let Some((since, place, time)) = found else { return Ok(None) };
        let since =
            since.parse().map_err(|_| StoreError::Value { what: "where a feed began", value: since })?;
        Ok(Some(Beginning { since, place: Place(place), time: Micros(time) }))
    }

    /// The entries after one up to another that are about something of which the destination was never told, since it lies before
    /// where the destination began: readings that are put right, associations that never were.
    pub(crate) fn about_what_was_before(
        &self,
        beginning: Place,
        journal: Journal,
        (after, up_to): (Place, Place),
    ) -> Result<Vec<Place>, StoreError> {
        let sql = match journal {
            Journal::Batches => "SELECT id FROM batches WHERE id > ?2 AND id <= ?3 AND corrects <= ?1",
            Journal::Associations => {
                "SELECT s.id FROM association_steps s WHERE s.id > ?2 AND s.id <= ?3 AND \
                 (SELECT min(id) FROM association_steps b WHERE b.association = s.association) <= ?1"
            }
            // Charting knows where it began; an alarm of before that still holds is told.
            Journal::Charts | Journal::Alarms => return Ok(Vec::new()),
        };
        if beginning == Place(0) {
            return Ok(Vec::new());
        }
        self.all(sql, (beginning.0, after.0, up_to.0), |row| row.get(0).map(Place))
    }

    /// The last entry that is none of a destination's that begins so.
    fn before(&self, journal: Journal, since: Since) -> Result<Place, StoreError> {
        match (journal, since) {
            (Journal::Batches | Journal::Associations | Journal::Charts, Since::All) => Ok(Place(0)),
            (Journal::Batches | Journal::Charts, Since::Now) => self.newest("", Journal::Batches),
            (Journal::Batches | Journal::Charts, Since::Time(time)) => {
                self.received_before(Micros(time.as_microsecond()))
            }
            (Journal::Associations, Since::Now) => self.steps_before(Micros(i64::MAX)),
            (Journal::Associations, Since::Time(time)) => self.steps_before(Micros(time.as_microsecond())),
            (Journal::Alarms, Since::Now | Since::All | Since::Time(_)) => self.newest("", Journal::Alarms),
        }
    }

    /// The last row before the first that was received at a time or later. Rows are numbered as they are received but for steps of the
    /// clock, so halves are enough, and a store of years is searched in a moment.
    fn received_before(&self, time: Micros) -> Result<Place, StoreError> {
        let (mut before, mut after) = (0, self.newest("", Journal::Batches)?.0 + 1);
        while after - before > 1 {
            let middle = before + (after - before) / 2;
            let sql = "SELECT id, received FROM batches WHERE id >= ?1 ORDER BY id LIMIT 1";
            let found = self.one(sql, [middle], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)))?;
            match found {
                Some((id, received)) if received < time.0 => before = id.min(after - 1),
                Some(_) | None => after = middle,
            }
        }
        Ok(Place(before))
    }

    /// The last step before the first at a time or later, and before the one with which the oldest association began that still holds: who gets to
    /// know of associations from now on must know of those that there are.
    fn steps_before(&self, time: Micros) -> Result<Place, StoreError> {
        let sql = "SELECT min(s.id) FROM association_steps s JOIN associations a ON a.id = s.association \
                   WHERE s.time >= ?1 OR (s.step = 'begun' AND a.until IS NULL AND a.replaced IS NULL)";
        let first = self.one(sql, [time.0], |row| row.get::<_, Option<i64>>(0))?.flatten();
        match first {
            Some(first) => Ok(Place(first - 1)),
            None => self.newest("", Journal::Associations),
        }
    }
}

impl Writer<'_> {
    /// Notes where each destination begins that was never seen before. One for which nothing is configured begins now, but with the first entry where an
    /// older program, by which all began so, may have had it in its configuration.
    pub(crate) fn begin_feeds(&mut self, feeds: &[(Destination, Option<Since>)]) -> Result<(), StoreError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM unseen_before)";
        let older = self.reader().one(sql, [], |row| row.get::<_, bool>(0))?.unwrap_or_default();
        let otherwise = if older { Since::All } else { Since::Now };
        for (feed, since) in feeds {
            match (self.reader().beginning(&feed.name, feed.journal)?, since) {
                (None, _) => self.begin_feed(feed, since.unwrap_or(otherwise))?,
                (Some(known), Some(since)) if known.since != *since => {
                    tracing::warn!(feed = feed.name, began = %known.since, %since, "a feed's `since` is of no effect once it has begun");
                }
                (Some(_), _) => {}
            }
        }
        self.db.execute("DELETE FROM unseen_before", [])?;
        Ok(())
    }

    fn begin_feed(&mut self, feed: &Destination, since: Since) -> Result<(), StoreError> {
        let Destination { name, journal } = feed;
        let since = match journal {
            Journal::Batches | Journal::Associations | Journal::Charts => since,
            // What was over long ago calls nobody.
            Journal::Alarms => Since::Now,
        };
        let before = self.reader().before(*journal, since)?;
        let sql =
            "INSERT INTO beginnings (destination, journal, since, place, time) VALUES (?1, ?2, ?3, ?4, ?5)";
        let values = (name, journal.as_str(), since.to_string(), before.0, self.now.0);
        self.db.prepare_cached(sql)?.execute(values)?;
        match (journal, since) {
            (Journal::Charts, Since::All) => {}
            (Journal::Charts, Since::Now) => self.begin_charting(name, self.now, before)?,
            (Journal::Charts, Since::Time(time)) => {
                self.begin_charting(name, Micros(time.as_microsecond()), before)?;
            }
            (Journal::Batches | Journal::Associations | Journal::Alarms, _) => {
                let sql = "INSERT INTO outbox (destination, journal, place, sending) VALUES (?1, ?2, ?3, ?3) \
                           ON CONFLICT (destination, journal) DO NOTHING";
                self.db.prepare_cached(sql)?.execute((name, journal.as_str(), before.0))?;
            }
        }
        let entry = Entry::done("system", Action::BeginFeed, format!("destination:{name}"));
        self.audit(entry.with_detail(format!("{journal} since {since}: after {before}")))
    }

    fn begin_charting(&mut self, destination: &str, from: Micros, before: Place) -> Result<(), StoreError> {
        let sql = "INSERT INTO charting (destination, horizon, done, open) VALUES (?1, ?2, ?3, ?3) \
                   ON CONFLICT (destination) DO NOTHING";
        self.db.prepare_cached(sql)?.execute((destination, from.0, before.0))?;
        Ok(())
    }
}
