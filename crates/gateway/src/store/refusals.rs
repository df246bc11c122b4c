//! Refused messages are kept for a time and up to a size, then removed, the oldest first. How many there were is kept, and that
//! they were removed stands in the audit log, where each refusal stands as well.
//!
//! Beyond the size it is the sender with most of them whose oldest go: one that floods makes room for its own, and takes none from the others.

use std::collections::BTreeMap;

use seal::Micros;

use super::{Reader, StoreError, Writer};
use crate::audit::{Action, Entry};

/// What a refused message takes besides its bytes and its words.
const ROW_BYTES: u64 = 128;
/// Whose a refused message is: a device's, or of the source that it came by.
const SENDER: &str = "coalesce(device, origin, '')";

/// Which refused messages may go.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Removal {
    /// Those refused before this.
    Before(Micros),
    /// So many bytes of them, of whoever has most.
    Bytes(u64),
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

    /// Who has most of them: whose, how many bytes, and how many the next one has.
    fn greatest_refused(&self) -> Result<Option<(String, u64, u64)>, StoreError> {
        let sql = format!(
            "SELECT {SENDER}, sum(coalesce(length(bytes), 0) + length(detail) + ?1) AS taken FROM refusals \
             GROUP BY 1 ORDER BY taken DESC, 1 LIMIT 2"
        );
        let first = self.all(&sql, [ROW_BYTES.cast_signed()], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?.cast_unsigned()))
        })?;
        let next = first.get(1).map_or(0, |(_, bytes)| *bytes);
        Ok(first.into_iter().next().map(|(sender, bytes)| (sender, bytes, next)))
    }

    /// The oldest of one sender, or of all.
    fn oldest_refusals(&self, sender: Option<&str>, limit: usize) -> Result<Vec<Old>, StoreError> {
        let sql = format!(
            "SELECT id, time, reason, coalesce(device, ''), coalesce(length(bytes), 0) + length(detail) + ?2 \
             FROM refusals WHERE ?3 IS NULL OR {SENDER} = ?3 ORDER BY id LIMIT ?1"
        );
        self.all(&sql, (limit as i64, ROW_BYTES.cast_signed(), sender), |row| {
            let bytes = row.get::<_, i64>(4)?.cast_unsigned();
            Ok(Old { id: row.get(0)?, time: row.get(1)?, reason: row.get(2)?, device: row.get(3)?, bytes })
        })
    }
}

impl Writer<'_> {
    /// Removes refused messages, the oldest first, at most `limit` of them. With [`Removal::Bytes`] there may be more to do until nothing goes.
    pub(crate) fn remove_refusals(&mut self, removal: Removal, limit: usize) -> Result<Removed, StoreError> {
        let (sender, goal) = match removal {
            Removal::Before(_) => (None, u64::MAX),
            Removal::Bytes(bytes) => {
                let Some((sender, most, next)) = self.reader().greatest_refused()? else {
                    return Ok(Removed::default());
                };
                // Down to what the next one has; of what is beyond that half, the other half may be the next one's.
                let room = (most - next).min(bytes);
                (Some(sender), room + (bytes - room).div_ceil(2))
            }
        };
        let mut removed = Removed::default();
        let mut going = self.reader().oldest_refusals(sender.as_deref(), limit)?;
        let stays = going.iter().position(|one| {
            let goes = match removal {
                Removal::Before(time) => one.time < time.0,
                Removal::Bytes(_) => removed.bytes < goal,
            };
            if goes {
                removed = Removed { messages: removed.messages + 1, bytes: removed.bytes + one.bytes };
            }
            !goes
        });
        going.truncate(stays.unwrap_or(going.len()));
        let (Some(first), Some(last)) = (going.first(), going.last()) else { return Ok(removed) };
        let sql = format!("DELETE FROM refusals WHERE id <= ?1 AND (?2 IS NULL OR {SENDER} = ?2)");
        self.db.prepare_cached(&sql)?.execute((last.id, &sender))?;
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
        let whose = match sender.as_deref() {
            None => String::new(),
            Some("") => " of nobody known".into(),
            Some(sender) => format!(" of {sender}"),
        };
        let object = format!("messages {} to {}{whose}", first.id, last.id);
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
        let sql = "SELECT time FROM refusals ORDER BY id";
        let found = store.read(move |reader| reader.all(sql, [], |row| row.get::<_, i64>(0)));
        found.await.unwrap().into_iter().map(|time| time / DAY).collect()
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
        let whose = "messages 5 to 8 of mon-1";
        assert_eq!(told, [("remove-refused", whose), ("remove-refused", "messages 1 to 4")]);
        assert!(
            audit[1].detail.starts_with("4 refused from 1970-01-01T00:00:00Z to 1970-01-04"),
            "{audit:?}"
        );
        assert!(store.read(Reader::verify_audit).await.unwrap().is_ok());
    }

    #[tokio::test]
    async fn a_flood_makes_room_for_itself() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path(), 0..2).await;
        let fill = store.write(|writer| {
            for (day, device, origin) in [(2, None, "icu"), (3, Some("mon-2"), "mqtt"), (4, None, "icu")] {
                let sql = "INSERT INTO refusals (time, reason, device, source, origin, detail, length, bytes) \
                           VALUES (?1, 'malformed', ?2, 'a', ?3, '', 9, zeroblob(100000))";
                writer.db.execute(sql, (day * DAY, device, origin))?;
            }
            let sql = "INSERT INTO refusals (time, reason, device, source, detail, length) \
                       VALUES (?1, 'bad-hash', 'flood', 'mqtt', '', 9)";
            (0..20_000).try_for_each(|_| writer.db.execute(sql, [5 * DAY]).map(drop))?;
            Ok(())
        });
        fill.await.unwrap();
        let retention = Retention { refused_days: 100, refused_mib: 2, audit_days: None };
        assert!(remove_refused(&store, &retention, Micros(9 * DAY)).await.unwrap() > 10_000);
        let others = |rows: Vec<i64>| rows.into_iter().filter(|day| *day < 5).collect::<Vec<_>>();
        assert_eq!(others(kept(&store).await), [0, 1, 2, 3, 4], "only the flood's went");
        assert!(store.read(Reader::refusal_bytes).await.unwrap() <= 2 << 20);
        // What the next ones have comes into play when it must: the one with most gives.
        let retention = Retention { refused_mib: 1, ..retention };
        remove_refused(&store, &retention, Micros(9 * DAY)).await.unwrap();
        let left = others(kept(&store).await);
        assert!(left.ends_with(&[2, 3, 4]), "{left:?}");
        assert!(store.read(Reader::refusal_bytes).await.unwrap() <= 1 << 20);
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
