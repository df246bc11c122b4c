//! Refused messages are kept for a time and up to a size, then removed, the oldest first. How many there were is kept, and that
//! they were removed stands in the audit log, where each refusal stands as well.

use std::collections::BTreeMap;

use seal::Micros;

use super::{Reader, StoreError, Writer};
use crate::audit::{Action, Entry};

/// What a refused message takes besides its bytes and its words.
const ROW_BYTES: u64 = 128;

/// Which refused messages may go.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Removal {
    /// Those refused before this.
    pub(crate) before: Micros,
    /// And the oldest, until so many bytes have gone.
    pub(crate) bytes: u64,
}

/// What was removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Removed {
    pub(crate) messages: u64,
    pub(crate) bytes: u64,
}

struct Old {
    id: i64,
    time: i64,
    reason: String,
    device: String,
    bytes: u64,
}

impl Reader {
    /// How many bytes refused messages take.
    pub(crate) fn refusal_bytes(&self) -> Result<u64, StoreError> {
        let sql = "SELECT coalesce(sum(coalesce(length(bytes), 0) + length(detail) + ?1), 0) FROM refusals";
        let sum = self.one(sql, [ROW_BYTES.cast_signed()], |row| row.get::<_, i64>(0))?;
        Ok(sum.unwrap_or_default().cast_unsigned())
    }

    fn oldest_refusals(&self, limit: usize) -> Result<Vec<Old>, StoreError> {
        let sql = "SELECT id, time, reason, coalesce(device, ''), coalesce(length(bytes), 0) + length(detail) + ?2 \
                   FROM refusals ORDER BY id LIMIT ?1";
        self.all(sql, (limit as i64, ROW_BYTES.cast_signed()), |row| {
            let bytes = row.get::<_, i64>(4)?.cast_unsigned();
            Ok(Old { id: row.get(0)?, time: row.get(1)?, reason: row.get(2)?, device: row.get(3)?, bytes })
        })
    }
}

impl Writer<'_> {
    /// Removes refused messages, the oldest first, at most `limit` of them.
    pub(crate) fn remove_refusals(&mut self, removal: Removal, limit: usize) -> Result<Removed, StoreError> {
        let mut removed = Removed::default();
        let mut going = self.reader().oldest_refusals(limit)?;
        let stays = going.iter().position(|one| {
            let goes = one.time < removal.before.0 || removed.bytes < removal.bytes;
            if goes {
                removed = Removed { messages: removed.messages + 1, bytes: removed.bytes + one.bytes };
            }
            !goes
        });
        going.truncate(stays.unwrap_or(going.len()));
        let (Some(first), Some(last)) = (going.first(), going.last()) else { return Ok(removed) };
        self.db.prepare_cached("DELETE FROM refusals WHERE id <= ?1")?.execute([last.id])?;
        let mut counts: BTreeMap<(&str, &str), i64> = BTreeMap::new();
        for one in &going {
            *counts.entry((&one.device, &one.reason)).or_default() += 1;
        }
        for ((device, reason), count) in counts {
            let sql = "INSERT INTO refusals_removed (device, reason, count) VALUES (?1, ?2, ?3) \
                       ON CONFLICT DO UPDATE SET count = count + ?3";
            self.db.prepare_cached(sql)?.execute((device, reason, count))?;
        }
        let Removed { messages, bytes } = removed;
        let object = format!("messages {} to {}", first.id, last.id);
        let (from, to) = (stamp(first.time), stamp(last.time));
        let detail = format!("{messages} refused from {from} to {to}, {bytes} bytes");
        self.audit(Entry::done("system", Action::RemoveRefused, object).with_detail(detail))?;
        Ok(removed)
    }

    /// Has the bytes counted anew that are kept of each sender's refused messages, after some were removed.
    pub(crate) fn recount_quarantine(&mut self) {
        self.chains_changed = true;
    }
}

fn stamp(time: i64) -> String {
    jiff::Timestamp::from_microsecond(time).map(|time| format!("{time:.0}")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::alarms::Rules;
    use crate::config::Retention;
    use crate::events::LiveFeed;
    use crate::registry::Registry;
    use crate::retention::remove_refused;
    use crate::store::{Page, Store};

    const DAY: i64 = 24 * 3600 * 1_000_000;
    /// Of three of them two fit into a MiB.
    const LENGTH: i64 = 400_000;

    async fn store(folder: &std::path::Path, days: impl Iterator<Item = i64> + Send + 'static) -> Store {
        let rules = Arc::new(Rules::load(None).unwrap());
        let store =
            Store::open(folder, LiveFeed::default(), Arc::default(), Registry::default(), rules).unwrap();
        let fill = store.write(|writer| {
            for day in days {
                let sql = "INSERT INTO refusals (time, reason, device, source, detail, length, bytes) \
                           VALUES (?1, 'bad-hash', 'mon-1', 'mqtt', '', ?2, zeroblob(?2))";
                writer.db.execute(sql, (day * DAY, LENGTH))?;
            }
            Ok(())
        });
        fill.await.unwrap();
        store
    }

    async fn kept(store: &Store) -> Vec<i64> {
        let found = store.read(|reader| reader.refusals(Page::default())).await.unwrap();
        found.iter().rev().map(|one| one.time.0 / DAY).collect()
    }

    #[tokio::test]
    async fn refused_messages_go_after_their_time_or_beyond_their_size_the_oldest_first() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path(), 0..10).await;
        let retention = |refused_days, refused_mib| Retention { refused_days, refused_mib, audit_days: None };
        assert_eq!(remove_refused(&store, &retention(100, 10), Micros(9 * DAY)).await.unwrap(), 0);
        assert_eq!(remove_refused(&store, &retention(5, 10), Micros(9 * DAY)).await.unwrap(), 4);
        assert_eq!(kept(&store).await, [4, 5, 6, 7, 8, 9]);
        assert_eq!(remove_refused(&store, &retention(100, 1), Micros(9 * DAY)).await.unwrap(), 4);
        assert_eq!(kept(&store).await, [8, 9]);
        let counts = store.read(Reader::refusal_counts).await.unwrap();
        assert_eq!(counts.iter().map(|(_, _, count)| *count).collect::<Vec<_>>(), [10], "none is forgotten");
        let audit = store.read(|reader| reader.audit(Page::default())).await.unwrap();
        let told: Vec<_> = audit.iter().map(|row| (row.action.as_str(), row.object.as_str())).collect();
        assert_eq!(told, [("remove-refused", "messages 5 to 8"), ("remove-refused", "messages 1 to 4")]);
        assert!(
            audit[1].detail.starts_with("4 refused from 1970-01-01T00:00:00Z to 1970-01-04"),
            "{audit:?}"
        );
        assert!(store.read(Reader::verify_audit).await.unwrap().is_ok());
    }

    #[tokio::test]
    async fn a_long_past_goes_in_steps() {
        let folder = tempfile::tempdir().unwrap();
        let many = i64::try_from(crate::limits::REMOVED_ROWS).unwrap() + 7;
        let rules = Arc::new(Rules::load(None).unwrap());
        let store =
            Store::open(folder.path(), LiveFeed::default(), Arc::default(), Registry::default(), rules)
                .unwrap();
        let fill = store.write(move |writer| {
            let sql = "INSERT INTO refusals (time, reason, source, detail, length) VALUES (?1, 'malformed', 'mqtt', '', 9)";
            (0..many).try_for_each(|time| writer.db.execute(sql, [time]).map(drop))?;
            Ok(())
        });
        fill.await.unwrap();
        let removed = remove_refused(&store, &Retention::default(), Micros(1000 * DAY)).await.unwrap();
        assert_eq!(removed, many.cast_unsigned());
        assert_eq!(store.read(|reader| reader.audit(Page::default())).await.unwrap().len(), 2);
    }
}
