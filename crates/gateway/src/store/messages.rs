//! Messages without readings.

use super::{StoreError, Writer};
use crate::record::{Digest, SourceName};

impl Writer<'_> {
    /// Keeps a message; false when the same bytes were applied before.
    pub(crate) fn keep_message(&mut self, source: &SourceName, bytes: &[u8]) -> Result<bool, StoreError> {
        let sql = "INSERT INTO messages (source, received, digest, bytes) VALUES (?1, ?2, ?3, ?4) \
                   ON CONFLICT DO NOTHING";
        let values = (source.as_str(), self.now.0, Digest::of(bytes).0, bytes);
        Ok(self.db.prepare_cached(sql)?.execute(values)? > 0)
    }
}
