//! Counts of the readings that were in no message to a destination.

use seal::{Code, Micros};

use super::{Reader, StoreError, Writer};
use crate::limits;
use crate::record::{LeftOut, LeftOutTerm, WhyLeftOut};

/// Stands for all codes beyond those that are told apart; it is none of ISO/IEEE 11073-10101.
const OTHERS: Code = Code(0);

impl Reader {
    /// What a destination was not sent, by code and reason.
    pub fn left_out(&self, destination: &str) -> Result<Vec<LeftOutTerm>, StoreError> {
        let sql =
            "SELECT code, why, count, first, last FROM left_out WHERE destination = ?1 ORDER BY code, why";
        let found = self.all(sql, [destination], |row| {
            let (code, why): (u32, String) = (row.get(0)?, row.get(1)?);
            let (count, first, last): (i64, i64, i64) = (row.get(2)?, row.get(3)?, row.get(4)?);
            Ok((Code(code), why, count.cast_unsigned(), Micros(first), Micros(last)))
        })?;
        let terms = found.into_iter().map(|(code, why, count, first, last)| {
            let code = Some(code).filter(|code| *code != OTHERS);
            let why = WhyLeftOut::from_word(&why)
                .ok_or(StoreError::Value { what: "why a reading was left out", value: why })?;
            Ok(LeftOutTerm { code, why, count, first, last })
        });
        terms.collect()
    }
}

impl Writer<'_> {
    /// Counts what a destination was not sent.
    pub(crate) fn count_left_out(&mut self, destination: &str, left_out: &LeftOut) -> Result<(), StoreError> {
        for (code, why, count) in left_out.iter() {
            let code = self.told_apart(destination, code, why)?;
            let sql = "INSERT INTO left_out (destination, code, why, count, first, last) VALUES (?1, ?2, ?3, ?4, ?5, ?5) \
                       ON CONFLICT DO UPDATE SET count = count + ?4, last = max(last, ?5)";
            let values = (destination, code.0, why.as_str(), count.cast_signed(), self.now.0);
            self.db.prepare_cached(sql)?.execute(values)?;
        }
        Ok(())
    }

    /// The code under which a reading is counted: its own, unless there are too many already. Codes are the senders' own words.
    fn told_apart(&self, destination: &str, code: Code, why: WhyLeftOut) -> Result<Code, StoreError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM left_out WHERE destination = ?1 AND code = ?2 AND why = ?3) OR \
                   (SELECT count(*) FROM left_out WHERE destination = ?1) < ?4";
        let values = (destination, code.0, why.as_str(), limits::LEFT_OUT_TERMS as i64);
        let may = self.reader().one(sql, values, |row| row.get::<_, bool>(0))?;
        Ok(if may.unwrap_or_default() { code } else { OTHERS })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::alarms::Rules;
    use crate::events::LiveFeed;
    use crate::registry::Registry;
    use crate::store::Store;

    #[tokio::test]
    async fn counts_grow_outlast_a_restart_and_are_told_apart_up_to_a_limit() {
        let folder = tempfile::tempdir().unwrap();
        let open = || {
            let rules = Arc::new(Rules::load(None).unwrap());
            Store::open(folder.path(), LiveFeed::default(), Arc::default(), Registry::default(), rules)
                .unwrap()
        };
        let count = async |store: &Store, codes: std::ops::Range<u32>, why| {
            let left_out: LeftOut = codes.map(|code| (Code(code), why)).collect();
            store.write(move |writer| writer.count_left_out("ehr", &left_out)).await.unwrap();
        };
        let store = open();
        count(&store, 7..8, WhyLeftOut::Unlisted).await;
        count(&store, 7..8, WhyLeftOut::Unlisted).await;
        count(&store, 7..8, WhyLeftOut::Staged).await;
        store.close().await;
        let store = open();
        let most = u32::try_from(limits::LEFT_OUT_TERMS).unwrap();
        count(&store, 1000..1000 + most, WhyLeftOut::Waveform).await;
        count(&store, 7..8, WhyLeftOut::Unlisted).await;
        let terms = store.read(|reader| reader.left_out("ehr")).await.unwrap();
        let of = |code, why| terms.iter().find(|one| (one.code, one.why) == (code, why)).map(|one| one.count);
        assert_eq!(of(Some(Code(7)), WhyLeftOut::Unlisted), Some(3));
        assert_eq!(of(Some(Code(7)), WhyLeftOut::Staged), Some(1));
        assert_eq!(of(Some(Code(1000)), WhyLeftOut::Waveform), Some(1));
        assert_eq!(of(None, WhyLeftOut::Waveform), Some(2), "beyond the limit");
        assert_eq!(terms.iter().map(|one| one.count).sum::<u64>(), 4 + u64::from(most));
        assert_eq!(terms.len(), limits::LEFT_OUT_TERMS + 1);
        assert_eq!(store.read(|reader| reader.left_out("other")).await.unwrap(), []);
    }
}
