//! Segments: stretches of the audit log that lie in files, and where the log goes on after them.

use seal::Micros;
use serde::Serialize;

use super::{Reader, StoreError, Writer};
use crate::audit::{Action, AuditHead, Entry};
use crate::record::AuditId;

/// A stretch of the audit log that lies in a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Segment {
    /// Its first row.
    pub first: AuditId,
    /// Its last row.
    pub last: AuditId,
    /// The chain's hash up to and including that row, hexadecimal.
    pub hash: String,
    /// The file's name when it was written.
    pub file: String,
    /// The file's SHA-256, hexadecimal.
    pub digest: String,
    /// When it was made, microseconds since the epoch.
    pub made: i64,
}

/// A segment whose file is on disk, to be noted.
#[derive(Clone, Debug)]
pub(crate) struct NewSegment {
    /// The row before its first.
    pub(crate) after: AuditHead,
    pub(crate) head: AuditHead,
    pub(crate) file: String,
    pub(crate) digest: [u8; 32],
}

impl Reader {
    /// The segments, in their order.
    pub fn audit_segments(&self) -> Result<Vec<Segment>, StoreError> {
        let sql = "SELECT first, last, hash, file, digest, made FROM audit_segments ORDER BY last";
        self.all(sql, [], |row| {
            let (hash, digest): ([u8; 32], [u8; 32]) = (row.get(2)?, row.get(4)?);
            Ok(Segment {
                first: AuditId(row.get(0)?),
                last: AuditId(row.get(1)?),
                hash: hex::encode(hash),
                file: row.get(3)?,
                digest: hex::encode(digest),
                made: row.get(5)?,
            })
        })
    }

    /// Where the audit log begins here: the end of the newest segment.
    pub fn audit_base(&self) -> Result<AuditHead, StoreError> {
        let sql = "SELECT last, hash FROM audit_segments ORDER BY last DESC LIMIT 1";
        let found = self.one(sql, [], |row| Ok(AuditHead { id: AuditId(row.get(0)?), hash: row.get(1)? }))?;
        Ok(found.unwrap_or(AuditHead::EMPTY))
    }

    /// The last row of the audit log before the first that was written at a time or later; the last of all where none was.
    pub(crate) fn audit_before(&self, time: Micros) -> Result<AuditId, StoreError> {
        let base = self.audit_base()?;
        let sql = "SELECT min(id) FROM audit WHERE id > ?1 AND time >= ?2";
        let first = self.one(sql, (base.id.0, time.0), |row| row.get::<_, Option<i64>>(0))?.flatten();
        match first {
            Some(first) => Ok(AuditId(first - 1)),
            None => Ok(self.audit_head()?.id),
        }
    }
}

impl Writer<'_> {
    /// Notes a segment. The audit log goes on after it from then on; its rows go with [`Self::remove_archived`].
    ///
    /// # Errors
    /// A conflict when the log does not begin where the segment does, or the segment's end is not a row of it.
    pub(crate) fn add_segment(&mut self, new: &NewSegment, actor: &str) -> Result<(), StoreError> {
        let NewSegment { after, head, file, digest } = new;
        if self.reader().audit_base()? != *after || self.reader().audit_hash(head.id)? != Some(head.hash) {
            return Err(StoreError::Conflict("the audit log was archived meanwhile".into()));
        }
        let sql = "INSERT INTO audit_segments (last, first, hash, file, digest, made) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        let first = after.id.0 + 1;
        self.db.prepare_cached(sql)?.execute((head.id.0, first, head.hash, file, digest, self.now.0))?;
        let entry = Entry::done(actor, Action::ArchiveAudit, format!("audit rows {first} to {}", head.id));
        let (head, digest) = (crate::audit::export::shown(head), hex::encode(digest));
        self.audit(entry.with_detail(format!("head {head}, in {file}, SHA-256 {digest}")))
    }

    /// Removes rows of the audit log that lie in segments, at most `limit` of them: how many there were.
    pub(crate) fn remove_archived(&mut self, limit: usize) -> Result<usize, StoreError> {
        let sql = "DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE id <= \
                   (SELECT coalesce(max(last), 0) FROM audit_segments) ORDER BY id LIMIT ?1)";
        Ok(self.db.prepare_cached(sql)?.execute([limit as i64])?)
    }
}
